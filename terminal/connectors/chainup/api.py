"""Calls to one REST host of the ChainUp engine: signed and unsigned, the clock they are stamped with, decoding."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from terminal.connectors import wire
from terminal.connectors.chainup import messages, signing
from terminal.connectors.chainup.lenient import strict
from terminal.connectors.chainup.profile import POLL, PUBLIC, USER, ChainUpProfile
from terminal.connectors.clock_keeper import ClockKeeper
from terminal.connectors.parameters import Parameters, key_and_secret
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.rest_client import Call, Prepared, RestClient
from terminal.connectors.venue_clock import VenueClock
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, VenueError
from terminal.domain.venue import Credentials

T = TypeVar("T")
R = TypeVar("R")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ENVELOPE = decoder(messages.Envelope)
_TICKERS = decoder(messages.Tickers)
_NO_SUCH_PATH = frozenset({404, 405})
_REFUSED = frozenset({400, 401, 403, 499})
"""Answers that a request got without having been executed."""
_CLOCK_OFF_MS = 5_000


class ChainUpApi:
    """Signs with the account's key; stamps requests with the venue's time where that is known.

    Every method raises what `RestClient.call` raises; a signed one raises `AuthFailed` without a key and secret
    of printable ASCII characters, before anything is sent.
    """

    def __init__(
        self,
        profile: ChainUpProfile,
        rest: RestClient,
        clock: VenueClock,
        credentials: Credentials | None,
        limits: RateLimiter,
    ) -> None:
        self.profile = profile
        self.clock = clock
        self._rest = rest
        self._credentials = credentials
        self._limits = limits
        self._owner = "" if credentials is None else credentials.key or ""
        self._keeper = ClockKeeper(self.server_time)
        self._tickers_path = "/v1/tickers"
        self._cancels_by_delete = True

    async def close(self) -> None:
        await self._keeper.close()
        await self._rest.close()

    def check_credentials(self) -> None:
        """Raise `AuthFailed` when there is no key or secret to sign with, or one that cannot travel."""
        key_and_secret(self.profile.venue, self._credentials)

    # unsigned

    async def public(
        self, path: str, parameters: Parameters, shape: msgspec.json.Decoder[T], convert: Callable[[T], R]
    ) -> R:
        """Make an unsigned read and return its converted `data`."""
        query = urlencode(parameters)
        call = Call(method="GET", path=path, group=PUBLIC, prepare=lambda: Prepared(query=query))
        return self._data(call, await self._rest.call(call), shape, convert)

    async def tickers(self) -> messages.Tickers:
        """Return the 24 h tickers of all pairs, and set the clock by their date: the venue has no call for its time.

        Source: GET /v1/tickers; clients of the venue called GET /v1/ticker without a symbol, which serves where the
        documented address does not exist.
        """
        started = self.clock.start()
        try:
            found = await self.public(self._tickers_path, (), _TICKERS, lambda reply: reply)
        except VenueError as failure:
            if failure.http_status not in _NO_SUCH_PATH or self._tickers_path == "/v1/ticker":
                raise
            self._tickers_path = "/v1/ticker"
            started = self.clock.start()
            found = await self.public(self._tickers_path, (), _TICKERS, lambda reply: reply)
        with contextlib.suppress(ValueError):
            self.clock.learn(started, wire.time_ms(found.date))
        return found

    async def server_time(self) -> int:
        """Return the venue's time in ms. Source: `date` of GET /v1/tickers"""
        await self.tickers()
        return self.clock.now_ms()

    # signed

    async def signed(
        self,
        path: str,
        parameters: Parameters,
        shape: msgspec.json.Decoder[T],
        convert: Callable[[T], R],
        *,
        method: str = "POST",
        write: bool = False,
        urgent: bool = False,
        about_order: bool = False,
        polled: bool = False,
    ) -> R:
        """Make a signed call and return its converted `data`; `polled` marks one that nobody asked for.

        All parameters travel in the form body, of a DELETE too. The one repetition is after a refusal while the clock
        was off: the refused request was not executed.
        """
        key, secret = key_and_secret(self.profile.venue, self._credentials)
        if not self.clock.is_synchronised:
            # without the venue's word this machine's clock serves, as it does the venue's own clients
            with contextlib.suppress(Failure):
                await self._keeper.synchronise()
        if polled:
            await self._limits.acquire(POLL, owner=self._owner)

        def prepare() -> Prepared:
            form = signing.signed_form(key, secret, parameters, self.clock.now_ms())
            return Prepared(body=form.encode(), headers=_FORM)

        call = Call(
            method=method,
            path=path,
            group=USER,
            prepare=prepare,
            write=write,
            urgent=urgent,
            about_order=about_order,
        )
        try:
            body = await self._rest.call(call)
        except Failure as failure:
            if failure.http_status not in _REFUSED or not await self._was_off():
                raise
            body = await self._rest.call(call)
        self._keeper.keep_warm()
        return self._data(call, body, shape, convert)

    async def _was_off(self) -> bool:
        """Ask for the venue's time anew; tell whether the clock was so far off that a request may have been refused
        for it. The venue has no word of its own for that, and states no tolerance."""
        before = self.clock.now_ms()
        started = time.monotonic()
        with contextlib.suppress(Failure):
            await self._keeper.synchronise()
        elapsed = (time.monotonic() - started) * 1000
        return abs(self.clock.now_ms() - before - elapsed) > _CLOCK_OFF_MS

    async def cancel(self, parameters: Parameters) -> None:
        """Cancel one order; accepted, not done.

        Source: DELETE /v1/order; clients of the venue called POST /v1/orders/cancel, which serves where the documented
        call does not exist (PROTOCOLS C2).
        """
        if self._cancels_by_delete:
            try:
                await self._cancel("DELETE", "/v1/order", parameters)
            except VenueError as failure:
                if failure.http_status not in _NO_SUCH_PATH:
                    raise
                self._cancels_by_delete = False
            else:
                return
        await self._cancel("POST", "/v1/orders/cancel", parameters)

    async def _cancel(self, method: str, path: str, parameters: Parameters) -> None:
        await self.signed(
            path,
            parameters,
            ANY,
            lambda _: None,
            method=method,
            write=True,
            urgent=True,
            about_order=True,
        )

    def _data(self, call: Call, body: bytes, shape: msgspec.json.Decoder[T], convert: Callable[[T], R]) -> R:
        """Return the converted `data` of a reply: null where the envelope has none, the whole of a reply that comes
        without an envelope."""
        body = strict(body)
        if body.lstrip().startswith(b"["):
            return self._rest.convert(call, body, shape, convert)

        def unwrapped(reply: messages.Envelope) -> R:
            data = bytes(reply.data)
            if not data and reply.code is None:
                return convert(shape.decode(body))
            return convert(shape.decode(data or b"null"))

        return self._rest.convert(call, body, _ENVELOPE, unwrapped)


ANY = decoder(msgspec.Raw)
"""Takes whatever comes, nothing too."""
