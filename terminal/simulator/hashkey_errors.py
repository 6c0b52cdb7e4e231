"""HashKey's refusals: the document's error codes with its texts, and which code each engine refusal becomes.

Source: HashKey MENA document, section "Error Codes". A refusal is HTTP 400 with `{"code", "msg"}`; only the rate limits
are HTTP 429 and 418 (section "General API Information").
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from terminal.domain import OrderType, Side
from terminal.simulator.hashkey_error_texts import TEXTS

_ENGINE_CODES = {
    "symbol": "0201",
    "halted": "-1151",
    "price_tick": "0209",
    "price_band": "0210",
    "price_min": "-1133",
    "price_max": "-1132",
    "quantity_lot": "-1137",
    "quantity_min": "-1136",
    "quantity_max": "-1135",
    "notional_min": "-1140",
    "notional_max": "-1206",
    "funds": "0401",
    "would_cross": "-1156",
    "tif": "-1115",
    "type": "0206",
    "duplicate": "-1141",
    "not_found": "0211",
    "already_filled": "-1139",
    "already_cancelled": "-1142",
    "too_many_orders": "-2017",
    "amount_precision": "-1148",
}

# the document keeps separate codes for the sides of limit orders and common ones for the rest
_LIMIT_QUANTITY_CODES = {
    ("quantity_min", Side.BUY): "-1200",
    ("quantity_max", Side.BUY): "-1201",
    ("quantity_min", Side.SELL): "-1202",
    ("quantity_max", Side.SELL): "-1203",
}


class HashKeyRefusal(Exception):
    """A request the venue refuses; `code` and `text` go to the client, `retry_after` is in seconds."""

    def __init__(
        self, code: str, text: str | None = None, *, status: int = 400, retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.text = TEXTS[code] if text is None else text
        self.status = status
        self.retry_after = retry_after

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "msg": self.text}

    def response(self) -> web.Response:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        body = msgspec.json.encode(self.as_json())
        return web.Response(status=self.status, body=body, content_type="application/json", headers=headers)


def missing(field: str) -> HashKeyRefusal:
    """A required field is absent or cannot be read (code 0001, first meaning)."""
    return HashKeyRefusal("0001", f"Required field {field} missing or invalid")


def illegal(field: str) -> HashKeyRefusal:
    """A field has a value that is not allowed (code -1130)."""
    return HashKeyRefusal("-1130", f"Illegal parameter '{field}'")


def incorrect_signature() -> HashKeyRefusal:
    """Code 0001, second meaning."""
    return HashKeyRefusal("0001", "Incorrect signature")


def engine_code(kind: str, *, type_: OrderType | None = None, side: Side | None = None) -> str:
    """Return the document's code for an engine refusal; type and side choose among the quantity codes."""
    if side is not None and type_ in (OrderType.LIMIT, OrderType.LIMIT_MAKER):
        specific = _LIMIT_QUANTITY_CODES.get((kind, side))
        if specific is not None:
            return specific
    return _ENGINE_CODES.get(kind, "-1149")
