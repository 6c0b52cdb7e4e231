"""HTTP calls to one venue: budgets, signing, time limits, and what every way to fail means.

The rule that keeps money safe: a write that was not sent is VenueUnavailable, a write that may have left this
machine and got no trustworthy answer (time-out, reset, 5xx, an unreadable 2xx) is OutcomeUnknown and never
repeated here; a read may be sent again once when the connection was lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import httpx
import msgspec

from terminal.connectors.addresses import is_loopback, required
from terminal.connectors.contract import Tap, TapRecord
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.redaction import Redactor
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import UNREADABLE
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    MalformedMessage,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)

T = TypeVar("T")
R = TypeVar("R")

# below warnings these write addresses with signatures and headers with keys
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_MAX_REPLY_BYTES = 32 * 1024 * 1024
_PAUSE_AFTER_429_S = 60.0
_PAUSE_AFTER_CODE_S = 5.0
_LEAST_BAN_S = 60.0
"""A ban that says it is over already is no word to go on at once: going on is what led to it."""
_LEAST_PAUSE_S = 1.0
"""The same for a pause."""
_TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=90.0)
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The exact bytes of one request: `query` without its question mark, and the body. Both are sent as given."""

    query: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One endpoint call. `prepare` runs when the call has its turn, so that its timestamp is fresh."""

    method: str
    path: str
    group: str
    prepare: Callable[[], Prepared] = Prepared
    write: bool = False
    urgent: bool = False
    about_order: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: bytes
    retry_after: float | None = None


class Judge(Protocol):
    """A venue's reading of a reply: the failure it states, or None for success. Raises one of `UNREADABLE`
    when the body is not JSON or is nested too deeply."""

    def __call__(self, call: Call, reply: Reply) -> Failure | None: ...


class RestClient:
    """Calls to one base URL over warm connections. `owner` names whose budgets the calls use; `pause_after_429` is
    how many seconds nothing is sent after an HTTP 429 that names no time."""

    def __init__(
        self,
        *,
        venue: str,
        account: str | None,
        base_url: str | None,
        judge: Judge,
        limits: RateLimiter,
        owner: str,
        redact: Redactor,
        tap: Tap | None = None,
        pause_after_429: float = _PAUSE_AFTER_429_S,
    ) -> None:
        self._venue = venue
        self._account = account
        self._base_url = base_url
        self._judge = judge
        self._limits = limits
        self._owner = owner
        self._redact = redact
        self._tap = tap
        self._pause_after_429 = pause_after_429
        self._exchanges: set[asyncio.Task[Reply]] = set()
        self._closed = False
        self._http: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """End the calls under way, with VenueUnavailable or OutcomeUnknown, and close the connections."""
        self._closed = True
        for exchange in self._exchanges:
            exchange.cancel()
        if self._http is not None:
            await self._http.aclose()

    async def call(self, call: Call) -> bytes:
        """Return the body of a successful reply.

        Raises the failure that the venue states or that the exchange met, as told in the module's docstring;
        `RateLimited` when no budget is free within 5 s; `NotSupported` without a base URL.
        """
        attempts_left = 1 if call.write else 2
        required(self._venue, "rest", self._base_url)
        while True:
            attempts_left -= 1
            if self._closed:
                raise VenueUnavailable("The connection to the venue is closed", venue=self._venue)
            await self._limits.acquire(call.group, owner=self._owner, urgent=call.urgent)
            try:
                return self._checked(call, await self._exchange(call))
            except _ConnectionLost as lost:
                if attempts_left == 0:
                    raise lost.failure from lost

    def decode(self, call: Call, body: bytes, reader: msgspec.json.Decoder[T]) -> T:
        """Return the decoded body of a successful reply; raise `unreadable` when its shape is wrong."""
        try:
            return reader.decode(body)
        except UNREADABLE as error:
            raise self.unreadable(call, str(error)) from error

    def convert(self, call: Call, body: bytes, reader: msgspec.json.Decoder[T], convert: Callable[[T], R]) -> R:
        """Return a successful reply's body decoded and converted; raise `unreadable` when either cannot be done."""
        reply = self.decode(call, body, reader)
        try:
            return convert(reply)
        except UNREADABLE as error:
            raise self.unreadable(call, str(error)) from error

    def unreadable(self, call: Call, why: str) -> Failure:
        """Return the failure that an unreadable 2xx reply is: OutcomeUnknown for a write, else MalformedMessage."""
        if call.write:
            return OutcomeUnknown(f"The venue's answer could not be read: {why}", venue=self._venue)
        return MalformedMessage(f"The venue's answer could not be read: {why}", venue=self._venue)

    async def _exchange(self, call: Call) -> Reply:
        # a task of its own, so that `close` can end the exchange without cancelling the caller
        exchange = asyncio.ensure_future(self._send(call))
        self._exchanges.add(exchange)
        try:
            return await exchange
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._closed and current is not None and not current.cancelling():
                raise self._no_answer(call, "the connection was closed") from None
            raise
        finally:
            self._exchanges.discard(exchange)

    async def _send(self, call: Call) -> Reply:
        base_url = required(self._venue, "rest", self._base_url)
        http = self._client(base_url)
        prepared = call.prepare()
        target = call.path if not prepared.query else f"{call.path}?{prepared.query}"
        self._record("request", f"{call.method} {target}", prepared.body)
        request = http.build_request(
            call.method, base_url + target, content=prepared.body, headers=dict(prepared.headers)
        )
        try:
            response = await http.send(request, stream=True)
            try:
                body = await self._read(call, response)
            finally:
                await response.aclose()
        except _NOT_SENT as error:
            raise VenueUnavailable(f"The venue cannot be reached: {self._words(error)}", venue=self._venue) from error
        except httpx.TimeoutException as error:
            raise self._no_answer(call, "no answer in time") from error
        except httpx.HTTPError as error:
            failure = self._no_answer(call, f"the connection was lost: {self._words(error)}")
            raise _ConnectionLost(failure) from error
        self._record("reply", f"{response.status_code} {call.method} {call.path}", body)
        return Reply(status=response.status_code, body=body, retry_after=_retry_after(response))

    def _client(self, base_url: str) -> httpx.AsyncClient:
        # made at the first call: reading the certificates takes longer than opening a window should wait
        if self._http is None:
            # a proxy of the environment must never stand between this machine and itself; plain http on loopback
            # has no certificate to check, and no redirect leads from it to https
            loopback = is_loopback(base_url)
            self._http = httpx.AsyncClient(
                timeout=_TIMEOUT,
                limits=_LIMITS,
                follow_redirects=False,
                trust_env=not loopback,
                verify=not (loopback and base_url.startswith("http://")),
            )
        return self._http

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        received = bytearray()
        async for piece in response.aiter_bytes():
            received += piece
            if len(received) > _MAX_REPLY_BYTES:
                raise self.unreadable(call, "it is too large")
        return bytes(received)

    def _checked(self, call: Call, reply: Reply) -> bytes:
        status = reply.status
        if status in (418, 429):
            raise self._limited(reply)
        if status >= 500 or status == 408:
            raise self._server_failed(call, reply)
        if 300 <= status < 400:
            raise self._server_failed(call, reply, "the venue answered with a redirect, which is refused")
        try:
            failure = self._judge(call, reply)
        except UNREADABLE as error:
            if status < 300:
                raise self.unreadable(call, str(error)) from error
            raise self._refused(reply) from error
        if failure is None and status >= 400:
            failure = self._refused(reply)
        if isinstance(failure, RateLimited):
            failure = self.paused(failure, reply.retry_after)
        if failure is not None:
            raise failure
        return reply.body

    def _limited(self, reply: Reply) -> Failure:
        if reply.status == 418:
            return self._banned(reply.retry_after)
        pause_s = max(reply.retry_after, _LEAST_PAUSE_S) if reply.retry_after is not None else self._pause_after_429
        self._limits.pause(pause_s)
        text = f"Too many requests; the venue asks for a pause of {pause_s:.0f} s"
        return RateLimited(text, retry_after=pause_s, venue=self._venue, http_status=429)

    def _banned(self, seconds: float | None) -> Failure:
        if seconds is not None:
            seconds = max(seconds, _LEAST_BAN_S)
        how_long = (
            "nothing is sent any more: once the ban is over, start Fathom again"
            if seconds is None
            else f"nothing is sent for {seconds:.0f} s"
        )
        text = f"The venue has banned this address for too many requests; {how_long}"
        self._limits.stop(text, seconds)
        return RateLimited(text, retry_after=seconds, is_ban=True, venue=self._venue, http_status=418)

    def paused(self, failure: RateLimited, retry_after: float | None = None) -> RateLimited:
        """Stop sending for a while after a rate limit that is told by its code: milder than HTTP 429, so that cancels
        may still leave within their wait."""
        pause_s = retry_after if retry_after is not None else _PAUSE_AFTER_CODE_S
        self._limits.pause(pause_s)
        return RateLimited(
            failure.text,
            retry_after=pause_s,
            venue=failure.venue,
            code=failure.code,
            message=failure.message,
            http_status=failure.http_status,
        )

    def _server_failed(self, call: Call, reply: Reply, why: str | None = None) -> Failure:
        code, message = None, None
        try:
            stated = self._judge(call, reply)
        except UNREADABLE:
            stated = None
        if stated is not None:
            code, message = stated.code, stated.message
        why = why or f"the venue's server failed (HTTP {reply.status})"
        kind = OutcomeUnknown if call.write else VenueUnavailable
        text = f"It is not known whether this was executed: {why}" if call.write else why[0].upper() + why[1:]
        return kind(text, venue=self._venue, code=code, message=message, http_status=reply.status)

    def _refused(self, reply: Reply) -> Failure:
        return refusal(self._venue, reply.status)

    def _no_answer(self, call: Call, why: str) -> Failure:
        if call.write:
            return OutcomeUnknown(f"It is not known whether this was executed: {why}", venue=self._venue)
        return VenueUnavailable(f"The venue did not answer: {why}", venue=self._venue)

    def _words(self, error: Exception) -> str:
        return self._redact(str(error)) or type(error).__name__

    def _record(self, kind: str, target: str, body: bytes | None) -> None:
        if self._tap is None:
            return
        text = "" if body is None else self._redact(body.decode(errors="replace"))
        self._tap(
            TapRecord(
                time=machine_ms(),
                venue=self._venue,
                account=self._account,
                kind=kind,
                target=self._redact(target),
                text=text,
            )
        )


def refusal(venue: str, status: int, *, code: str | None = None, message: str | None = None) -> Failure:
    """Return the failure of a refusal that only its HTTP status explains."""
    kind = {401: AuthFailed, 403: PermissionDenied}.get(status, VenueError)
    text = f"The venue refused the request (HTTP {status})"
    return kind(text, venue=venue, code=code, message=message, http_status=status)


class _ConnectionLost(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 6 else None
