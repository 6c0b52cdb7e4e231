"""What every connector is besides its venue: its names, its life, what it tells its sink."""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn, Self

from terminal.connectors.contract import Event, Sink
from terminal.connectors.missing import MissingMethods, not_offered
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.venue_clock import machine_ms
from terminal.domain.failures import NotSupported, VenueUnavailable
from terminal.domain.kinds import Channel, StreamState
from terminal.domain.venue import Capabilities, Credentials, StreamStatus


class VenueConnector(MissingMethods):
    """Base of connectors: a venue's own is built of its parts and adds its methods."""

    def __init__(
        self,
        venue: str,
        capabilities: Capabilities,
        *,
        credentials: Credentials | None,
        account: str | None,
        sink: Sink | None,
        limits: RateLimiter,
    ) -> None:
        self._venue = venue
        self._capabilities = capabilities
        self._account = account
        self._sink = sink
        self._limits = limits
        self._owner = "" if credentials is None else credentials.key or credentials.token or ""
        self._closed = False

    @property
    def venue(self) -> str:
        return self._venue

    @property
    def account(self) -> str | None:
        return self._account

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def limits(self) -> RateLimiter:
        return self._limits

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every socket and task; a second call changes nothing."""
        if not self._closed:
            self._closed = True
            await self._close()

    async def _close(self) -> None:
        """Close what the venue's own connector opened; called once."""
        raise NotImplementedError

    def missing(self, method: str) -> NoReturn:
        raise not_offered(self._venue, self._capabilities, method)

    def _check_open(self) -> None:
        if self._closed:
            raise VenueUnavailable("The connection to the venue is closed", venue=self._venue)

    def _channel(self, channel: Channel | str, interval: str | None) -> Channel:
        """Return the channel of a subscription; raise `NotSupported` for what the venue's streams do not have."""
        self._check_open()
        try:
            known = Channel(channel)
        except ValueError:
            names = ", ".join(sorted(self._capabilities.channels))
            raise NotSupported(f"There is no channel {channel!r:.40}; there are {names}", venue=self._venue) from None
        if known not in self._capabilities.channels:
            self.missing(known)
        if known is Channel.CANDLES and interval not in self._capabilities.intervals:
            names = ", ".join(self._capabilities.intervals)
            raise NotSupported(f"Candles exist for {names}", venue=self._venue)
        return known

    def _deliver(self, event: Event) -> None:
        if self._sink is not None:
            self._sink(event)

    def _tell(self, stream: str, account: str | None, state: StreamState, reason: str | None) -> None:
        self._deliver(
            StreamStatus(
                venue=self._venue, stream=stream, account=account, state=state, reason=reason, time=machine_ms()
            )
        )
