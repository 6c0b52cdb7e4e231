"""Calls to one HashKey REST host: signed and unsigned requests, the clock they are stamped with, decoding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from terminal.connectors import wire
from terminal.connectors.hashkey import messages, signing
from terminal.connectors.hashkey.endpoints import PUBLIC, QUERY, HashKeyProfile
from terminal.connectors.hashkey.errors import entry_failure
from terminal.connectors.rest_client import Call, Prepared, RestClient
from terminal.connectors.venue_clock import VenueClock
from terminal.connectors.wire import UNREADABLE, decoder
from terminal.domain.failures import AuthFailed, ClockSkew, Failure, RateLimited
from terminal.domain.venue import Credentials

T = TypeVar("T")
R = TypeVar("R")

_FORM = "application/x-www-form-urlencoded"
_TIME = decoder(messages.ServerTime)
_KEEP_WARM_EVERY_S = 20.0


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
        self._synchronising: asyncio.Task[int] | None = None
        self._keeping_warm: asyncio.Task[None] | None = None

    async def close(self) -> None:
        tasks = [task for task in (self._keeping_warm, self._synchronising) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
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
        venue_ms = self._convert(call, body, _TIME, lambda reply: wire.time_ms(reply.server_time))
        self.clock.learn(started, venue_ms)
        return venue_ms

    async def public(
        self,
        path: str,
        parameters: signing.Parameters,
        shape: msgspec.json.Decoder[T],
        convert: Callable[[T], R],
    ) -> R:
        """Make an unsigned read and return its converted reply."""
        query = signing.encode(parameters)
        call = Call(method="GET", path=path, group=PUBLIC, prepare=lambda: Prepared(query=query))
        return self._convert(call, await self._rest.call(call), shape, convert)

    async def signed(
        self,
        method: str,
        path: str,
        parameters: signing.Parameters,
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
            await self._synchronise()
        try:
            body = await self._rest.call(call)
        except ClockSkew:
            await self._synchronise()
            body = await self._rest.call(call)
        self._keep_warm()
        return self._convert(call, body, shape, convert)

    def entry_failure(self, code: object, words: object) -> Failure | None:
        """Return the failure that one entry of a batch's answer states, None for success; a rate limit among them
        stops sending for a while, as in any other answer."""
        failure = entry_failure(self.profile, code, words)
        return self._rest.paused(failure) if isinstance(failure, RateLimited) else failure

    def _keys(self) -> tuple[str, str]:
        credentials = self._credentials
        if credentials is None or not credentials.key or not credentials.secret:
            raise AuthFailed("This needs an API key and its secret", venue=self.profile.venue)
        for name, value in (("key", credentials.key), ("secret", credentials.secret)):
            # both come by copy and paste: what came along is told, never cut off silently
            if not all("!" <= character <= "~" for character in value):
                text = (
                    f"The API {name} contains a character that cannot be part of a {name}"
                    " (a space, a line break, an invisible character or a letter with an accent, for example)"
                )
                raise AuthFailed(text, venue=self.profile.venue)
        return credentials.key, credentials.secret

    def _convert(self, call: Call, body: bytes, shape: msgspec.json.Decoder[T], convert: Callable[[T], R]) -> R:
        reply = self._rest.decode(call, body, shape)
        try:
            return convert(reply)
        except UNREADABLE as error:
            raise self._rest.unreadable(call, str(error)) from error

    async def _synchronise(self) -> None:
        # calls made at the same time share one question
        if self._synchronising is None or self._synchronising.done():
            self._synchronising = asyncio.create_task(self.server_time())
        await asyncio.shield(self._synchronising)

    def _keep_warm(self) -> None:
        """Keep a connection open from the first signed call on: an order must not wait for DNS, TCP and TLS."""
        if self._keeping_warm is None:
            self._keeping_warm = asyncio.create_task(self._ask_now_and_then())

    async def _ask_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_WARM_EVERY_S)
            try:
                await self.server_time()
            except Failure:
                continue  # the next real call meets the same failure and tells it


def pairs(*fields: tuple[str, object | None]) -> Sequence[tuple[str, str]]:
    """Return the parameters that have a value, as text."""
    return [(name, str(value)) for name, value in fields if value is not None]
