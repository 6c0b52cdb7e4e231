"""Where a candle stands on the time axis: one slot an interval, counted from 1970, so that gaps stay gaps.

Slots are absolute: history put in front of a series moves no candle.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from terminal.domain import INTERVAL_MS

MONTH = "1M"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(time: int) -> datetime:
    """Return Unix ms as UTC; times before 1970 too, which the platform's own function may refuse."""
    return _EPOCH + timedelta(milliseconds=time)


class TimeSlots:
    """Maps Unix ms to slots and back for one interval.

    `phase` is where the venue's candles begin within the interval (weeks start on a Monday, 1970 on a Thursday).
    Raises ValueError for an interval that the terminal does not know.
    """

    def __init__(self, interval: str, phase: int = 0) -> None:
        if interval != MONTH and interval not in INTERVAL_MS:
            raise ValueError(f"unknown candle interval {interval!r}")
        self.interval = interval
        self.length = None if interval == MONTH else INTERVAL_MS[interval]
        self.phase = 0 if self.length is None else phase % self.length

    @classmethod
    def starting_at(cls, interval: str, time: int) -> TimeSlots:
        """Return the slots in which a candle that opens at `time` stands at the start of its slot."""
        return cls(interval, time)

    def slot(self, time: int) -> int:
        """Return the slot that holds `time`."""
        if self.length is None:
            moment = moment_of(time)
            return (moment.year - 1970) * 12 + moment.month - 1
        return (time - self.phase) // self.length

    def position(self, time: int) -> float:
        """Return the place of `time` on the axis, in slots, with its fraction within the slot."""
        slot = self.slot(time)
        start, end = self.time(slot), self.time(slot + 1)
        return slot + (time - start) / (end - start)

    def time(self, slot: int) -> int:
        """Return the ms at which a slot begins."""
        if self.length is None:
            year, month = divmod(slot, 12)
            return int(datetime(1970 + year, month + 1, 1, tzinfo=UTC).timestamp()) * 1_000
        return slot * self.length + self.phase

    def of_times(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the slots of many times at once."""
        if self.length is None:
            months: NDArray[np.int64] = times.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
            return months
        return (times - self.phase) // self.length
