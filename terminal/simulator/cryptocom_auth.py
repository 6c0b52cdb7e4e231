"""The simulated Crypto.com's guard: signatures over form bodies, the time of requests, ten requests a second.

Source: Crypto.com v1 document, "Request Signing" and "Response Status Code"; the window of 30 s is PROTOCOLS 4.2.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from terminal.simulator.cryptocom_errors import CryptoComRefusal, invalid, unauthorised
from terminal.simulator.rate_window import RateWindow

FORM = "application/x-www-form-urlencoded"
WINDOW_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    key: str
    secret: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that passed the guard: whose it is, and its own parameters."""

    account_id: str
    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """Return a parameter; an empty one counts as not sent."""
        return self.values.get(name) or None

    def need(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise invalid(name)
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number above zero."""
        text = self.get(name)
        if text is None and default is not None:
            return default
        if text is None or not (text.isascii() and text.isdigit() and len(text) <= 20) or int(text) < 1:
            raise invalid(name)
        return int(text)


def signature(secret: str, values: Mapping[str, str]) -> str:
    """Return the signature of these values: names in ascending order, each followed by its value, empty ones and the
    signature itself left out, the secret at the end; SHA-256 in hex."""
    parts = [name + values[name] for name in sorted(values) if values[name] and name != "sign"]
    return hashlib.sha256(("".join(parts) + secret).encode()).hexdigest()


def check_signed(content_type: str, body: bytes, keys: Mapping[str, ApiKey], now: int) -> Asked:
    """Check a request's body and return what it asks for. Raises CryptoComRefusal."""
    if content_type != FORM:
        raise CryptoComRefusal("100004", f"the content type must be {FORM}", status=499)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError:
        raise invalid("body") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise invalid("a parameter given twice")
    for name in ("api_key", "time", "sign"):
        if not values.get(name):
            raise invalid(name)
    key = keys.get(values["api_key"])
    if key is None or not hmac.compare_digest(signature(key.secret, values), values["sign"].lower()):
        raise unauthorised()
    sent = values["time"]
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 16) or abs(int(sent) - now) > WINDOW_MS:
        raise unauthorised()
    own = {name: value for name, value in values.items() if name not in ("api_key", "time", "sign")}
    return Asked(account_id=key.account_id, values=own)


class Guard:
    """Ten requests a second for each address, and ten for each user."""

    def __init__(self, clock: Callable[[], int], *, market: int = 10, user: int = 10) -> None:
        self._clock = clock
        self._limits = {"market": market, "user": user}
        self._windows: dict[tuple[str, str], RateWindow] = {}

    def lets(self, group: str, owner: str) -> bool:
        """Count a request; False when it is one too many."""
        window = self._windows.get((group, owner))
        if window is None:
            window = self._windows[group, owner] = RateWindow(self._limits[group])
        return window.take(self._clock())

    def reset(self) -> None:
        self._windows.clear()


def address_of(request: web.Request) -> str:
    return request.remote or ""
