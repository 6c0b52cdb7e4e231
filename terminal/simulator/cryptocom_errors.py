"""What the simulated Crypto.com refuses, and how it says so.

Source: Crypto.com v1 document, "Response Status Code"; the codes are the platform's, PROTOCOLS 4.6.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from terminal.simulator.records import Refusal

_WORDS = {
    "5": "order failed",
    "8": "cancel order failed",
    "13": "system error, please contact the administrator",
    "19": "available balance is insufficient",
    "22": "order does not exist",
    "10062": "the precision exceeds the maximum set by the system",
    "10064": "the price or quantity is below the minimum set by the system",
    "10067": "the price is outside of the limit",
    "10071": "market orders are not supported for the time being",
    "100001": "system error",
    "100002": "system upgrade, please try again later",
    "100004": "illegal request parameter",
    "100005": "parameter sign is not valid",
}
_OF_ENGINE = {
    "symbol": "100004",
    "halted": "10071",
    "price_tick": "10062",
    "price_band": "10067",
    "price_min": "10064",
    "quantity_lot": "10062",
    "quantity_min": "10064",
    "notional_min": "10064",
    "amount_precision": "10062",
    "funds": "19",
    "not_found": "22",
    "already_filled": "8",
    "already_cancelled": "8",
}


class CryptoComRefusal(Exception):
    """A request that the venue refuses: an envelope with a code that is not zero, under this HTTP status."""

    def __init__(self, code: str, text: str | None = None, *, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.text = _WORDS.get(code, "failed") if text is None else text
        self.status = status

    def response(self) -> web.Response:
        body = msgspec.json.encode({"code": self.code, "msg": self.text, "data": None})
        return web.Response(status=self.status, body=body, content_type="application/json")


def invalid(field: str) -> CryptoComRefusal:
    """A parameter is missing or cannot be used: HTTP 499, "input validation error"."""
    return CryptoComRefusal("100004", f"illegal request parameter: {field}", status=499)


def unauthorised() -> CryptoComRefusal:
    """The key is unknown, the signature wrong or the time too far off: HTTP 401."""
    return CryptoComRefusal("100005", status=401)


def of_engine(refusal: Refusal) -> CryptoComRefusal:
    """What the engine refuses is told by its code, under HTTP 200."""
    return CryptoComRefusal(_OF_ENGINE.get(refusal.kind, "5"))


def too_many() -> web.Response:
    """HTTP 429 names no time and is no JSON (PROTOCOLS 4.3)."""
    return web.Response(status=429, text="Too Many Requests")
