"""HashKey's guard at the door: API key, signature, time window, rate limits, and listen keys.

Source: HashKey MENA document, sections "Authentication", "Access Restrictions" and "Create Listen Key"; PROTOCOLS 2.2,
2.3, 2.8. Everything is checked on the bytes as they were sent.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from terminal.simulator.hashkey_errors import HashKeyRefusal, incorrect_signature, missing
from terminal.simulator.rate_window import RateWindow

FORM = "application/x-www-form-urlencoded"
LISTEN_KEY_MS = 60 * 60_000

_DEFAULT_WINDOW_MS = 5_000
_AHEAD_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    key: str
    secret: str = field(repr=False)
    account_id: str
    is_master: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that passed the guard: its business parameters and its raw JSON body, if it has one.

    `account_id` is the key's own trading account.
    """

    account_id: str
    is_master: bool
    values: Mapping[str, str]
    body: bytes

    def get(self, name: str) -> str | None:
        """Return a parameter; an empty one counts as not sent."""
        return self.values.get(name) or None

    def need(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise missing(name)
        return value


def sign(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def without_signature(text: str) -> str:
    """Return a query or form text without its `signature` parameter, wherever it stands."""
    return "&".join(part for part in text.split("&") if part.partition("=")[0] != "signature")


async def check_signed(request: web.Request, key: ApiKey, *, now: int, json_body: bool = False) -> Asked:
    """Check content type, signature and time window of a signed request and return its parameters.

    totalParams is the query string directly followed by the body, both as sent, without `signature`. When the query
    holds any parameter, business parameters are taken from it alone. A JSON body (batchOrders) may be signed along
    or left out. Raises HashKeyRefusal.
    """
    query = request.raw_path.partition("?")[2]
    body = await request.read() if request.method != hdrs.METH_GET else b""
    if json_body and request.content_type != "application/json":
        raise HashKeyRefusal("-1004")
    if not json_body and body and request.content_type != FORM:
        raise HashKeyRefusal("-1004")
    try:
        form = "" if json_body else body.decode("utf-8")
    except UnicodeDecodeError:
        raise HashKeyRefusal("-1004") from None
    in_query = _pairs(query)
    in_body = _pairs(form)
    sent = {**in_body, **in_query}

    signature = sent.get("signature")
    if not signature:
        raise missing("signature")
    plain_query = without_signature(query).encode()
    contents = [plain_query + without_signature(form).encode()]
    if json_body:
        contents.append(plain_query + body)
    given = signature.lower().encode()
    if not any(hmac.compare_digest(sign(key.secret, content).encode(), given) for content in contents):
        raise incorrect_signature()
    _check_time(sent, now)
    values = in_query if set(in_query) - {"signature"} else in_body
    return Asked(account_id=key.account_id, is_master=key.is_master, values=values, body=body if json_body else b"")


def _pairs(text: str) -> dict[str, str]:
    # a repeated parameter counts with its first value
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, value)
    return found


def _check_time(sent: Mapping[str, str], now: int) -> None:
    timestamp = _whole(sent, "timestamp", None)
    window = _whole(sent, "recvWindow", _DEFAULT_WINDOW_MS)
    if not (timestamp < now + _AHEAD_MS and now - timestamp <= window):
        raise HashKeyRefusal("-1021")


def _whole(sent: Mapping[str, str], name: str, default: int | None) -> int:
    text = sent.get(name) or ""
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise missing(name)
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The document's default limits of one API key, in requests a second, and what follows a violation.

    The order limit suspends orders for `suspend_ms` ("Please wait 1 minute for the suspended period to expire");
    whoever goes on after a 429, `forgiven` more times within that minute, is blocked for `ban_ms` (HTTP 418; the
    document names no time).
    """

    queries: int = 2
    orders: int = 10
    transfers: int = 1
    suspend_ms: int = 60_000
    forgiven: int = 20
    ban_ms: int = 120_000


class RateGuard:
    """Counts the requests of each API key in its families: queries, orders, transfers, listen keys."""

    def __init__(self, clock: Callable[[], int], limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._windows: dict[tuple[str, str], RateWindow] = {}
        self._suspended: dict[tuple[str, str], int] = {}
        self._violations: list[int] = []
        self._banned_until = 0

    def reset(self) -> None:
        self._windows.clear()
        self._suspended.clear()
        self._violations.clear()
        self._banned_until = 0

    def check_ban(self) -> None:
        """Raise HTTP 418 while the client's address (all of loopback) is blocked."""
        left = self._banned_until - self._clock()
        if left > 0:
            raise HashKeyRefusal("0003", status=418, retry_after=-(-left // 1000))

    def count(self, key: str, family: str) -> None:
        """Count one request. Raises HashKeyRefusal with HTTP 429 when it is one too many."""
        now = self._clock()
        limits = self._limits
        until = self._suspended.get((key, family), 0)
        if now < until:
            self._violate(now, -(-(until - now) // 1000))
        window = self._windows.get((key, family))
        if window is None:
            own = {"orders": limits.orders, "transfers": limits.transfers}
            window = self._windows[key, family] = RateWindow(own.get(family, limits.queries))
        if window.take(now):
            return
        if family == "orders":
            self._suspended[(key, family)] = now + limits.suspend_ms
            self._violate(now, -(-limits.suspend_ms // 1000))
        self._violate(now, 1)

    def _violate(self, now: int, retry_after: int) -> None:
        self._violations = [time for time in self._violations if now - time < self._limits.suspend_ms]
        self._violations.append(now)
        if len(self._violations) > self._limits.forgiven:
            self._banned_until = now + self._limits.ban_ms
            self._violations.clear()
            self.check_ban()
        raise HashKeyRefusal("0003", status=429, retry_after=retry_after)


class ListenKeys:
    """The listen keys in force: each belongs to an account and lives for 60 minutes from its last renewal."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._keys: dict[str, tuple[str, int]] = {}

    def create(self, account_id: str) -> str:
        key = "".join(secrets.choice(string.ascii_letters) for _ in range(64))
        self._keys[key] = (account_id, self._clock() + LISTEN_KEY_MS)
        return key

    def renew(self, key: str, account_id: str) -> bool:
        if self.account_of(key) != account_id:
            return False
        self._keys[key] = (account_id, self._clock() + LISTEN_KEY_MS)
        return True

    def delete(self, key: str, account_id: str) -> bool:
        if self.account_of(key) != account_id:
            return False
        del self._keys[key]
        return True

    def account_of(self, key: str) -> str | None:
        """Return the account of a key in force, None for an unknown or expired one."""
        found = self._keys.get(key)
        if found is None or found[1] <= self._clock():
            return None
        return found[0]
