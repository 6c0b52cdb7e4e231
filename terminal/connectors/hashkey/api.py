"""Calls to one HashKey REST host: signed and unsigned requests, the clock they are stamped with, decoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from terminal.connectors import wire
from terminal.connectors.clock_keeper import ClockKeeper
from terminal.connectors.hashkey import messages, signing
from terminal.connectors.hashkey.endpoints import PUBLIC, QUERY, HashKeyProfile
from terminal.connectors.hashkey.errors import entry_failure
from terminal.connectors.parameters import Parameters, key_and_secret
from terminal.connectors.rest_client import Call, Prepared, RestClient
from terminal.connectors.venue_clock import VenueClock
from terminal.connectors.wire import decoder
from terminal.domain.failures import ClockSkew, Failure, RateLimited
from terminal.domain.venue import Credentials

T = TypeVar("T")
R = TypeVar("R")

_FORM = "application/x-www-form-urlencoded"
_TIME = decoder(messages.ServerTime)


class HashKeyApi:
    """Signs with the account's key over the exact bytes sent; asks for the venue's time before the first signed
    call and again when the venue says that a request's time was off.

    Every method raises what `RestClient.call` raises; a signed one raises `AuthFailed` without a key and secret
    of printable ASCII characters, before anything is sent.
    """

    def __init__(
        self, profile: HashKeyProfile, rest: RestClient, clock: VenueClock, credentials: Credentials | None
    ) -> None:
        self.profile = profile
        self.clock = clock
        self._rest = rest
        self._credentials = credentials
        self._keeper = ClockKeeper(self.server_time)

    async def close(self) -> None:
        await self._keeper.close()
        await self._rest.close()

    def check_credentials(self) -> None:
        """Raise `AuthFailed` when there is no key or secret to sign with, or one that cannot travel."""
        self._keys()

    async def server_time(self) -> int:
        """Return the venue's time in ms and set the clock by it. Source: GET /api/v1/time"""
        started = 0.0

        def prepare() -> Prepared:
            nonlocal started
            started = self.clock.start()
            return Prepared()

        call = Call(method="GET", path="/api/v1/time", group=PUBLIC, prepare=prepare)
        body = await self._rest.call(call)
        venue_ms = self._rest.convert(call, body, _TIME, lambda reply: wire.time_ms(reply.server_time))
        self.clock.learn(started, venue_ms)
        return venue_ms

    async def public(
        self,
        path: str,
        parameters: Parameters,
        shape: msgspec.json.Decoder[T],
        convert: Callable[[T], R],
    ) -> R:
        """Make an unsigned read and return its converted reply."""
        query = signing.encode(parameters)
        call = Call(method="GET", path=path, group=PUBLIC, prepare=lambda: Prepared(query=query))
        return self._rest.convert(call, await self._rest.call(call), shape, convert)

    async def signed(
        self,
        method: str,
        path: str,
        parameters: Parameters,
        shape: msgspec.json.Decoder[T],
        convert: Callable[[T], R],
        *,
        group: str = QUERY,
        write: bool = False,
        urgent: bool = False,
        about_order: bool = False,
        json_body: bytes | None = None,
    ) -> R:
        """Make a signed call and return its converted reply.

        All parameters travel in the query of a GET, else in the form body, never in both; a `json_body` travels
        unsigned beside a signed query (batchOrders, PROTOCOLS 2.2). The one repetition of a write is after
        `ClockSkew`, which says that it was not executed.
        """
        key, secret = self._keys()
        headers = dict.fromkeys(self.profile.key_headers, key)

        def prepare() -> Prepared:
            text = signing.signed(secret, parameters, self.clock.now_ms())
            if json_body is not None:
                return Prepared(query=text, body=json_body, headers={**headers, "Content-Type": "application/json"})
            if method == "GET":
                return Prepared(query=text, headers=headers)
            return Prepared(body=text.encode(), headers={**headers, "Content-Type": _FORM})

        call = Call(
            method=method,
            path=path,
            group=group,
            prepare=prepare,
            write=write,
            urgent=urgent,
            about_order=about_order,
        )
        if not self.clock.is_synchronised:
            await self._keeper.synchronise()
        try:
            body = await self._rest.call(call)
        except ClockSkew:
            await self._keeper.synchronise()
            body = await self._rest.call(call)
        self._keeper.keep_warm()
        return self._rest.convert(call, body, shape, convert)

    def entry_failure(self, code: object, words: object) -> Failure | None:
        """Return the failure that one entry of a batch's answer states, None for success; a rate limit among them
        stops sending for a while, as in any other answer."""
        failure = entry_failure(self.profile, code, words)
        return self._rest.paused(failure) if isinstance(failure, RateLimited) else failure

    def _keys(self) -> tuple[str, str]:
        return key_and_secret(self.profile.venue, self._credentials)
