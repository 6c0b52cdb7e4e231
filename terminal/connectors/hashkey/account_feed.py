"""HashKey's private stream with its listen key: made before each connection, renewed, given back (PROTOCOLS 2.8)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import msgspec

from terminal.connectors.contract import Event, Tap
from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.private_stream import PrivateStream
from terminal.connectors.redaction import Redactor
from terminal.connectors.stream_session import StreamSession, StreamTiming
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure
from terminal.domain.kinds import StreamState

log = logging.getLogger(__name__)

TIMING = StreamTiming(heartbeat_every=10.0, stale_after=45.0, reconnect_after=75.0)
"""The server pings every 30 s; it is not documented whether it answers the client's pings (PROTOCOLS 2.8)."""

_RENEW_EVERY_S = 30 * 60.0
_PATH = "/api/v1/userDataStream"
_KEY = decoder(messages.ListenKey)
_ANY = decoder(msgspec.Raw)


class AccountFeed:
    """The private stream of one account."""

    def __init__(
        self,
        *,
        api: HashKeyApi,
        base_url: str,
        parser: Parser,
        deliver: Callable[[Event], None],
        on_status: Callable[[StreamState, str | None], None],
        redact: Redactor,
        tap: Tap | None,
        timing: StreamTiming = TIMING,
        renew_every: float = _RENEW_EVERY_S,
    ) -> None:
        self._api = api
        self._base_url = base_url
        self._redact = redact
        self._renew_every = renew_every
        self._listen_key: str | None = None
        self._renewing: asyncio.Task[None] | None = None
        self.protocol = PrivateStream(parser)
        self.session = StreamSession(
            name="private",
            venue=parser.venue,
            account=parser.account,
            address=self._address,
            protocol=self.protocol,
            deliver=deliver,
            on_status=on_status,
            timing=timing,
            redact=redact,
            tap=tap,
        )

    def start(self) -> None:
        self.session.start()

    async def close(self) -> None:
        """Close the socket and give the listen key back; what goes wrong in that is of no consequence."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self.session.close()
        if self._listen_key is not None:
            with contextlib.suppress(Failure, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._api.signed("DELETE", _PATH, (("listenKey", self._listen_key),), _ANY, lambda _: None)

    async def _address(self) -> str:
        old = self._listen_key
        self._listen_key = await self._api.signed("POST", _PATH, (), _KEY, lambda reply: reply.listen_key)
        self._redact.replace(old, self._listen_key)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
        return f"{self._base_url}/api/v1/ws/{self._listen_key}"

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._renew_every)
            if self._listen_key is None:
                continue
            try:
                await self._api.signed("PUT", _PATH, (("listenKey", self._listen_key),), _ANY, lambda _: None)
            except Failure as failure:
                log.warning("%s: the listen key was not renewed (%s)", self._api.profile.venue, failure)
                self.session.restart("the listen key was not renewed")
