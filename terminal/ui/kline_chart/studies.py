"""Indicators of the chart, computed by talipp: a new value of the last candle costs one step, never the history.

History is filled in from the newest candle backwards, as far as somebody looks, in blocks of bounded cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from talipp.indicators import BB, EMA

from terminal.ui.kline_chart.pyramid import Floats

BLOCK = 1_000
"""Candles computed at once while history is filled in: about 7 ms of the dearest study."""

_MOST_SAMPLES = 4_000

_SETTLE = 14
"""Periods after which a moving average no longer depends on where it began, to one part in 10**12."""


@dataclass(frozen=True, slots=True)
class StudyKind:
    """One indicator with its parameters. `colours` are tokens, one a line; `has_band` fills between the first two.

    `make` builds the incremental calculation, `values_of` reads its newest result as one float a line.
    """

    key: str
    title: str
    period: int
    colours: tuple[str, ...]
    make: Callable[[], Any]
    values_of: Callable[[Any], tuple[float, ...]]
    width: float = 1.5
    has_band: bool = False
    scale_line: int | None = None
    """The line that the automatic price scale keeps in view; None: none."""


def _ema(key: str, period: int, colour: str) -> StudyKind:
    return StudyKind(
        key=key,
        title=f"EMA {period}",
        period=period,
        colours=(colour,),
        make=lambda: EMA(period),
        values_of=lambda value: (float(value),),
    )


def _bollinger(period: int, deviations: int) -> StudyKind:
    return StudyKind(
        key="boll",
        title=f"BOLL {period}, {deviations}",
        period=period,
        colours=("band", "band"),
        make=lambda: BB(period, deviations),
        values_of=lambda value: (float(value.ub), float(value.lb)),
        width=1.0,
        has_band=True,
        scale_line=0,
    )


STUDIES: tuple[StudyKind, ...] = (_ema("ema20", 20, "ema_fast"), _ema("ema50", 50, "ema_slow"), _bollinger(20, 2))


class Study:
    """The values of one indicator over a candle series: one array a line, NaN where there are too few candles.

    `valid_from` is the index from which the arrays are computed.
    """

    def __init__(self, kind: StudyKind) -> None:
        self.kind = kind
        self.count = 0
        self.valid_from = 0
        self._live: Any = None
        self._live_count = 0
        self._lines = [np.empty(0, dtype=np.float64) for _ in kind.colours]

    @property
    def lines(self) -> list[Floats]:
        return [line[: self.count] for line in self._lines]

    def load(self, closes: Floats) -> None:
        """Follow a new series; only its newest block is computed now."""
        self._lines = [np.full(len(closes), np.nan) for _ in self._lines]
        self.count = len(closes)
        self.valid_from = self.count
        self._restart(closes)

    def prepended(self, added: int, closes: Floats) -> None:
        """Make room for `added` older candles; `closes` has them already."""
        self._lines = [np.concatenate((np.full(added, np.nan), line)) for line in self._lines]
        self.count += added
        # the first values were computed without what came before them
        self.valid_from = min(self.count, self.valid_from + added + self._settling)
        if self._live_count < self._settling:
            # a series that began with its live candle alone: the calculation lacks what came before
            self._restart(closes)

    def follow(self, closes: Floats, start: int) -> None:
        """Take closes that changed from index `start` on: the last one, or some appended ones."""
        if start < self.count - 1 or self._live is None:
            self._reserve(len(closes))
            self.count = len(closes)
            self.valid_from = min(self.valid_from, start) if self._live is not None else self.count
            self._restart(closes, start)
            return
        self._reserve(len(closes))
        if start == self.count - 1:
            self._live.update(float(closes[start]))
            self._write(start, self._live)
            start += 1
        for index in range(start, len(closes)):
            self._live.add(float(closes[index]))
            self._write(index, self._live)
        self._live_count += len(closes) - self.count
        self.count = len(closes)
        if self._live_count > 2 * (self._settling + BLOCK):
            self._live.purge_oldest(self._live_count - self._settling)
            self._live_count = self._settling

    def fill(self, closes: Floats, first: int) -> bool:
        """Compute one more block of older values; True when everything from index `first` on is known."""
        if self.valid_from > max(0, first):
            # a whole block even when less is asked for, or each px of a pan would compute a candle
            start = max(0, self.valid_from - BLOCK)
            self._compute(closes, start, self.valid_from)
            self.valid_from = start
        return self.valid_from <= max(0, first)

    def peak(self, line: int, start: int, stop: int) -> float | None:
        """Return the largest known value of a line in an index range, sampled where the range is long."""
        shown = self._lines[line][start : min(stop, self.count) : max(1, (stop - start) // _MOST_SAMPLES)]
        highest = np.fmax.reduce(shown, initial=-np.inf)
        return float(highest) if np.isfinite(highest) else None

    def values_at(self, index: int) -> tuple[float, ...] | None:
        """Return one value a line; None where there is none (yet)."""
        values = tuple(float(line[index]) for line in self._lines)
        return None if any(math.isnan(value) for value in values) else values

    @property
    def _settling(self) -> int:
        return _SETTLE * self.kind.period

    def _restart(self, closes: Floats, start: int | None = None) -> None:
        """Build the live calculation anew, so that it ends at the last candle."""
        first = max(0, self.count - BLOCK) if start is None else max(0, min(start, self.count - BLOCK))
        self._live = self._compute(closes, first, self.count)
        self._live_count = self.count - max(0, first - self._settling)
        self.valid_from = min(self.valid_from, first)

    def _compute(self, closes: Floats, start: int, stop: int) -> Any:
        calculation = self.kind.make()
        for value in closes[max(0, start - self._settling) : start].tolist():
            calculation.add(value)
        for index, value in enumerate(closes[start:stop].tolist(), start):
            calculation.add(value)
            self._write(index, calculation)
        return calculation

    def _write(self, index: int, calculation: Any) -> None:
        newest = calculation[-1]
        values: Sequence[float] = (np.nan,) * len(self._lines) if newest is None else self.kind.values_of(newest)
        for line, value in zip(self._lines, values, strict=True):
            line[index] = value

    def _reserve(self, count: int) -> None:
        if count > len(self._lines[0]):
            room = count + count // 8 + 256
            self._lines = [
                np.concatenate((line[: self.count], np.full(room - self.count, np.nan))) for line in self._lines
            ]
