"""One candle series: history from REST and live bars from the stream, joined without gap or double."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from enum import Enum
from operator import attrgetter
from typing import NamedTuple

from terminal.domain import INTERVAL_MS, Candle, InstrumentId
from terminal.market.freshness import Freshness

_time_of = attrgetter("time")


class SeriesState(Enum):
    EMPTY = "empty"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


_REMEMBERED_CHANGES = 512


class SeriesChange(NamedTuple):
    """How a series differs from an earlier version: bars put in front, and the index from which bars differ."""

    prepended: int
    start: int | None


class CandleSeries:
    """Candles of one instrument and interval, oldest first, times strictly ascending.

    `version` grows with every change. A reader that draws keeps up by `changed_from`: the index from which
    candles differ since its last `mark_drawn` (None when nothing changed), and `prepended`, how many candles were
    put in front since then.
    """

    def __init__(self, instrument: InstrumentId, interval: str, freshness: Freshness) -> None:
        self.instrument = instrument
        self.interval = interval
        self.freshness = freshness
        self.candles: list[Candle] = []
        self.version = 0
        self.state = SeriesState.EMPTY
        self.reason: str | None = None
        self.at_start = False
        self.prepended = 0
        self._changed_from: int | None = None
        self._changes: deque[SeriesChange] = deque(maxlen=_REMEMBERED_CHANGES)  # one a version, newest last

    @property
    def changed_from(self) -> int | None:
        return self._changed_from

    def mark_drawn(self) -> None:
        self._changed_from = None
        self.prepended = 0

    def changes_since(self, version: int) -> SeriesChange | None:
        """Return what changed after `version`, for any number of readers; None when that is too long ago to tell."""
        missed = self.version - version
        if missed < 0 or missed > len(self._changes):
            return None
        prepended, start = 0, None
        for index in range(len(self._changes) - missed, len(self._changes)):
            change = self._changes[index]
            prepended += change.prepended
            if start is not None:
                start += change.prepended
            if change.start is not None:
                start = change.start if start is None else min(start, change.start)
        return SeriesChange(prepended, start)

    @property
    def last(self) -> Candle | None:
        return self.candles[-1] if self.candles else None

    def add_live(self, candle: Candle) -> bool:
        """Take one bar from the stream; False when it tells of a gap before it (bars are missing).

        A bar older than the newest replaces the one of its time; a stream without quote volume keeps the known one.
        """
        candles = self.candles
        if not candles or candle.time > candles[-1].time:
            gap = bool(candles) and self._skips(candles[-1].time, candle.time)
            candles.append(candle)
            self._touch(len(candles) - 1)
            return not gap
        index = len(candles) - 1
        if candle.time != candles[-1].time:
            index = bisect_left(candles, candle.time, key=_time_of)
            if candles[index].time != candle.time:
                candles.insert(index, candle)
                self._touch(index)
                return True
        if candles[index] != candle:
            candles[index] = candle
            self._touch(index)
        return True

    def merge(self, history: Sequence[Candle]) -> int:
        """Join REST bars (oldest first) with what is there; returns how many are new.

        Where both have a bar, a completed one is taken from REST; the newest, still forming one stays as the
        stream told it, for REST may lag behind.
        """
        if not history:
            return 0
        by_time = {candle.time: candle for candle in history}
        newest = self.candles[-1] if self.candles else None
        if newest is not None and newest.time in by_time:
            by_time[newest.time] = newest
        known = {candle.time for candle in self.candles}
        added = [time for time in by_time if time not in known]
        before_first = 0
        if self.candles:
            first = self.candles[0].time
            before_first = sum(1 for time in added if time < first)
        merged = {candle.time: candle for candle in self.candles}
        changed = [time for time, candle in by_time.items() if merged.get(time) != candle]
        if not changed:
            return 0
        merged.update(by_time)
        self.candles = [merged[time] for time in sorted(merged)]
        self.prepended += before_first
        if self._changed_from is not None:
            self._changed_from += before_first
        pure_prepend = len(changed) == before_first
        if pure_prepend and newest is not None:
            self.version += 1
            self._changes.append(SeriesChange(before_first, None))
        else:
            self._touch(bisect_left(self.candles, min(changed), key=_time_of), before_first)
        return len(added)

    def _skips(self, earlier: int, later: int) -> bool:
        length = INTERVAL_MS.get(self.interval)
        return length is not None and later - earlier > length

    def _touch(self, index: int, prepended: int = 0) -> None:
        self.version += 1
        self._changes.append(SeriesChange(prepended, index))
        if self._changed_from is None or index < self._changed_from:
            self._changed_from = index
