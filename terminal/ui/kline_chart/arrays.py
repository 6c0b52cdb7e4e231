"""Candles as arrays of floats, the only floats of the chart: made for geometry, never for a number that is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from terminal.domain import Candle
from terminal.ui.kline_chart.pyramid import FACTOR, Floats, Pyramid
from terminal.ui.kline_chart.slots import TimeSlots

Slots = NDArray[np.int64]

_FIELDS = ("open", "high", "low", "close", "volume")


class Columns(NamedTuple):
    """What is drawn where several candles share a pixel: one entry a pixel column that holds any candle."""

    x: NDArray[np.int64]
    low: Floats
    high: Floats
    open: Floats
    close: Floats
    volume: Floats


class CandleArrays:
    """Open, high, low, close, volume and slot of each candle, oldest first, with their extremes per level of detail."""

    def __init__(self, slots: TimeSlots) -> None:
        self.slots = slots
        self.count = 0
        self._slot: Slots = np.empty(0, dtype=np.int64)
        self._fields: dict[str, Floats] = {name: np.empty(0, dtype=np.float64) for name in _FIELDS}
        self._lows = Pyramid(np.minimum)
        self._highs = Pyramid(np.maximum)
        self._volumes = Pyramid(np.maximum)

    @property
    def slot(self) -> Slots:
        return self._slot[: self.count]

    @property
    def open(self) -> Floats:
        return self._fields["open"][: self.count]

    @property
    def high(self) -> Floats:
        return self._fields["high"][: self.count]

    @property
    def low(self) -> Floats:
        return self._fields["low"][: self.count]

    @property
    def close(self) -> Floats:
        return self._fields["close"][: self.count]

    @property
    def volume(self) -> Floats:
        return self._fields["volume"][: self.count]

    @property
    def first_slot(self) -> int:
        return int(self._slot[0])

    @property
    def last_slot(self) -> int:
        return int(self._slot[self.count - 1])

    def load(self, times: NDArray[np.int64], fields: Sequence[Floats]) -> None:
        """Take whole arrays: opening times in ms, then open, high, low, close and volume."""
        self.count = len(times)
        self._slot = self.slots.of_times(times)
        for name, values in zip(_FIELDS, fields, strict=True):
            self._fields[name] = np.array(values, dtype=np.float64)
        self._lows.rebuild(self.low)
        self._highs.rebuild(self.high)
        self._volumes.rebuild(self.volume)

    def replace_from(self, index: int, candles: Sequence[Candle]) -> None:
        """Make `candles` the arrays' content from `index` on: the newest candle changed, or some were added."""
        if len(candles) == 1:
            self._set(index, candles[0])
        else:
            self._reserve(index + len(candles))
            times, fields = _as_arrays(candles)
            stop = index + len(candles)
            self._slot[index:stop] = self.slots.of_times(times)
            for name, values in zip(_FIELDS, fields, strict=True):
                self._fields[name][index:stop] = values
        self.count = index + len(candles)
        self._lows.update(self.low, index)
        self._highs.update(self.high, index)
        self._volumes.update(self.volume, index)

    def prepend(self, candles: Sequence[Candle]) -> None:
        """Put older candles in front."""
        times, fields = _as_arrays(candles)
        slot, old = self.slot, [self._fields[name][: self.count] for name in _FIELDS]
        self._slot = np.concatenate((self.slots.of_times(times), slot))
        self.count = len(self._slot)
        for name, values, tail in zip(_FIELDS, fields, old, strict=True):
            self._fields[name] = np.concatenate((values, tail))
        self._lows.rebuild(self.low)
        self._highs.rebuild(self.high)
        self._volumes.rebuild(self.volume)

    def within(self, left: float, right: float) -> tuple[int, int]:
        """Return the index range of candles of which any part lies between the positions `left` and `right`."""
        slot = self.slot
        # whole numbers: with a float numpy would convert the whole array first
        start = int(slot.searchsorted(math.floor(left)))
        stop = int(slot.searchsorted(math.ceil(right)))
        return start, max(start, stop)

    def index_at(self, slot: int) -> int | None:
        """Return the index of the candle in `slot`; None in a gap."""
        index = int(self.slot.searchsorted(slot))
        return index if index < self.count and self._slot[index] == slot else None

    def price_range(self, start: int, stop: int) -> tuple[float, float]:
        """Return lowest low and highest high of a non-empty index range."""
        return self._lows.extreme(self.low, start, stop), self._highs.extreme(self.high, start, stop)

    def volume_peak(self, start: int, stop: int) -> float:
        """Return the largest volume of a non-empty index range."""
        return self._volumes.extreme(self.volume, start, stop)

    def columns(self, start: int, stop: int, left: float, step: float) -> Columns:
        """Return one column a pixel for the candles of a non-empty index range; `step` px a slot is below 1.

        Read from the level whose groups are just narrower than a pixel, so the cost depends on the width alone.
        """
        depth = 0
        group = 1
        while depth < self._lows.depth and group * FACTOR * step <= 1:
            depth += 1
            group *= FACTOR
        first, last = start // group, -(-stop // group)
        heads = np.arange(first, last, dtype=np.int64) * group
        x = np.floor((self._slot[heads] - left) * step).astype(np.int64)
        begins = np.flatnonzero(np.concatenate(([True], x[1:] != x[:-1])))
        low = np.minimum.reduceat(self._lows.level(self.low, depth)[first:last], begins)
        high = np.maximum.reduceat(self._highs.level(self.high, depth)[first:last], begins)
        volume = np.maximum.reduceat(self._volumes.level(self.volume, depth)[first:last], begins)
        opens = heads[begins]
        closes = np.minimum(np.concatenate((opens[1:], [last * group])), self.count) - 1
        return Columns(x[begins], low, high, self.open[opens], self.close[closes], volume)

    def _set(self, index: int, candle: Candle) -> None:
        self._reserve(index + 1)
        fields = self._fields
        self._slot[index] = self.slots.slot(candle.time)
        fields["open"][index] = candle.open
        fields["high"][index] = candle.high
        fields["low"][index] = candle.low
        fields["close"][index] = candle.close
        fields["volume"][index] = _volume(candle.base_volume)

    def _reserve(self, count: int) -> None:
        if count <= len(self._slot):
            return
        room = count + count // 8 + 256
        self._slot = np.concatenate((self.slot, np.empty(room - self.count, dtype=np.int64)))
        for name in _FIELDS:
            kept = self._fields[name][: self.count]
            self._fields[name] = np.concatenate((kept, np.empty(room - self.count, dtype=np.float64)))


def _volume(value: Decimal | None) -> float:
    # a venue that names no volume draws no bar
    return 0.0 if value is None else float(value)


def _as_arrays(candles: Sequence[Candle]) -> tuple[NDArray[np.int64], list[Floats]]:
    """Return opening times and the fields in the order of `_FIELDS`; a field at a time is thrice as fast as a row."""
    count = len(candles)
    times = np.fromiter((candle.time for candle in candles), dtype=np.int64, count=count)
    fields = [np.fromiter(map(attrgetter(name), candles), dtype=np.float64, count=count) for name in _FIELDS[:-1]]
    volumes = (_volume(candle.base_volume) for candle in candles)
    return times, [*fields, np.fromiter(volumes, dtype=np.float64, count=count)]
