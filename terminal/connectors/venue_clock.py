"""The venue's clock, as far as it is known here: offset against this machine, measured over a round trip."""

from __future__ import annotations

import time
from collections.abc import Callable


def machine_ms() -> int:
    """Return this machine's time in Unix ms."""
    return time.time_ns() // 1_000_000


class VenueClock:
    """Tells the venue's time. It runs on the monotonic clock, so a change of this machine's clock does not move it."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = machine_ms,
    ) -> None:
        self._monotonic = monotonic
        self._wall_ms = wall_ms
        self._venue_minus_monotonic: float | None = None
        self.offset_ms: int | None = None
        self.round_trip_ms: int | None = None

    @property
    def is_synchronised(self) -> bool:
        return self._venue_minus_monotonic is not None

    def start(self) -> float:
        """Return a mark to hand to `learn` when the venue's answer has come."""
        return self._monotonic()

    def learn(self, started: float, venue_ms: int) -> None:
        """Take the venue's time `venue_ms`, asked for at `started` and just answered; it was true half-way."""
        now = self._monotonic()
        half_trip_ms = (now - started) * 500
        self._venue_minus_monotonic = venue_ms + half_trip_ms - now * 1000
        self.round_trip_ms = round(half_trip_ms * 2)
        self.offset_ms = round(venue_ms + half_trip_ms) - self._wall_ms()

    def now_ms(self) -> int:
        """Return the venue's time; this machine's while the offset is not known."""
        if self._venue_minus_monotonic is None:
            return self._wall_ms()
        return int(self._monotonic() * 1000 + self._venue_minus_monotonic)
