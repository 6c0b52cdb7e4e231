"""How far a piece of market data can be trusted right now, and why.

A quiet market is not a stale one: what counts is whether the connection that would tell of a change is alive, not
when the last change came.
"""

from __future__ import annotations

from enum import Enum

from terminal.domain import Source, StreamState, StreamStatus


class Fresh(Enum):
    WAITING = "waiting"  # nothing has arrived yet
    LIVE = "live"
    STALE = "stale"
    DOWN = "down"


class Feed:
    """One venue's market stream as the hub sees it: its state and its last sign of life (this machine's ms)."""

    __slots__ = ("last_heard", "status", "venue")

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.status: StreamStatus | None = None
        self.last_heard: int | None = None

    @property
    def is_live(self) -> bool:
        return self.status is not None and self.status.state is StreamState.LIVE


class Freshness:
    """Freshness of one book, tape, ticker or candle series.

    `received` is when its last update came (this machine's ms). `problem` is what makes it untrustworthy although
    the stream lives: a crossed book, a time that went back, a snapshot still missing after a reconnect.
    """

    __slots__ = ("_feed", "problem", "received", "source")

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.source: Source | None = None
        self.received: int | None = None
        self.problem: str | None = None

    @property
    def state(self) -> Fresh:
        status = self._feed.status
        if status is not None and status.state is StreamState.DOWN:
            return Fresh.DOWN
        if status is not None and status.state is StreamState.STALE:
            return Fresh.STALE
        if self.received is None:
            return Fresh.WAITING
        if self.problem is not None:
            return Fresh.STALE
        if status is None or status.state is StreamState.CONNECTING:
            # data from REST alone, or kept over a lost connection: nothing would tell of a change
            return Fresh.STALE
        return Fresh.LIVE

    @property
    def is_reliable(self) -> bool:
        return self.state is Fresh.LIVE

    @property
    def reason(self) -> str | None:
        """Why the data is not live, in plain words; None while it is."""
        state = self.state
        if state is Fresh.LIVE:
            return None
        status = self._feed.status
        if status is None:
            return "not connected yet"
        if status.state is not StreamState.LIVE:
            return status.reason or f"stream {status.state.value}"
        if state is Fresh.WAITING:
            return "waiting for the first data"
        return self.problem

    def age(self, now: int) -> int | None:
        """Return ms since the last sign of life that covers this data; None before any."""
        if self.received is None:
            return None
        latest = self.received
        if self.state is Fresh.LIVE and self._feed.last_heard is not None:
            latest = max(latest, self._feed.last_heard)
        return max(0, now - latest)

    def since_update(self, now: int) -> int | None:
        """Return ms since the last update itself: how long ago this piece of data was told; None before any."""
        return None if self.received is None else max(0, now - self.received)

    def touch(self, source: Source, now: int) -> None:
        """Note an update from `source` at `now`."""
        self.source = source
        self.received = now
