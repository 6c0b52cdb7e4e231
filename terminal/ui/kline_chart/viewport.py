"""What part of the market the chart shows: which slots, which prices, and how the hand moves them. Knows no Qt.

Positions on the time axis are slots (see slots.py); a candle in slot s fills s to s + 1. Prices are floats, used for
geometry only.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from enum import Enum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])

STEPS = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.008, 0.012, 0.02, 0.03, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0,
    1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0, 16.0, 20.0, 24.0, 30.0, 38.0, 48.0, 64.0, 80.0,
)  # fmt: skip
"""Pixels a slot that zooming stops at: whole ones from 2 up, so that all candles are equally wide."""

DEFAULT_STEP = 6.0
RIGHT_MARGIN = 48.0
"""Empty px between the newest candle and the price axis."""

DEFAULT_TOP_ROOM = 52.0
"""Px above the highest price, for the readout and the legend of one row each."""

_KEEP_VISIBLE = 3
"""Candles that stay in view however far the chart is dragged."""


class PriceMode(Enum):
    LINEAR = "linear"
    LOG = "log"


class PriceScale:
    """Maps prices to px from the top of a pane, evenly or by logarithm."""

    __slots__ = ("_high", "_low", "high", "low", "mode")

    def __init__(self, low: float, high: float, mode: PriceMode = PriceMode.LINEAR) -> None:
        if mode is PriceMode.LOG and low <= 0:
            mode = PriceMode.LINEAR  # no logarithm of nothing
        self.mode = mode
        self.low, self.high = low, high
        self._low, self._high = self._flat(low), self._flat(high)

    def _flat(self, price: float) -> float:
        return math.log(price) if self.mode is PriceMode.LOG else price

    @property
    def flat_range(self) -> tuple[float, float]:
        """Low and high on the axis' own even scale (logarithms when it is logarithmic)."""
        return self._low, self._high

    def to_px(self, price: float, height: float) -> float:
        """Return px from the top; far away for a price that has no place on a logarithmic scale."""
        if self.mode is PriceMode.LOG and price <= 0:
            return 10.0 * height
        return (self._high - self._flat(price)) * height / (self._high - self._low)

    def many_to_px(self, prices: NDArray[np.float64], height: float) -> NDArray[np.float64]:
        flat = np.log(np.maximum(prices, 1e-300)) if self.mode is PriceMode.LOG else prices
        px: NDArray[np.float64] = (self._high - flat) * (height / (self._high - self._low))
        return px

    def to_price(self, px: float, height: float) -> float:
        flat = self._high - px * (self._high - self._low) / height
        return math.exp(flat) if self.mode is PriceMode.LOG else flat

    def moved(self, px: float, height: float) -> PriceScale:
        """Return the scale after its content was dragged down by `px`."""
        shift = px * (self._high - self._low) / height
        return self._between(self._low + shift, self._high + shift)

    def stretched(self, factor: float) -> PriceScale:
        """Return the scale with `factor` times the range, its middle kept."""
        middle, half = (self._low + self._high) / 2, (self._high - self._low) / 2 * factor
        return self._between(middle - half, middle + half)

    def with_room(self, top: float, bottom: float) -> PriceScale:
        """Return the scale widened, so that its prices leave the shares `top` and `bottom` of the height free."""
        span = (self._high - self._low) / (1 - top - bottom)
        return self._between(self._low - span * bottom, self._high + span * top)

    def _between(self, low: float, high: float) -> PriceScale:
        if self.mode is PriceMode.LOG:
            low, high = math.exp(low), math.exp(high)
        if not (math.isfinite(low) and math.isfinite(high)) or not high - low > abs(high) * 1e-12:
            return self
        return PriceScale(low, high, self.mode)


class Viewport:
    """The visible slots and prices.

    `right` is the position at the right edge of the pane, `step` the px a slot takes, `extent` the first slot and
    the slot after the last one of the series. While `follows`, a new candle moves the view along.
    """

    def __init__(self) -> None:
        self.width = 600.0
        self.height = 400.0
        self.step = DEFAULT_STEP
        self.right = 0.0
        self.extent: tuple[int, int] | None = None
        self.follows = True
        self.auto = True
        self.mode = PriceMode.LINEAR
        self.scale = PriceScale(0.0, 1.0)
        self.top_room = DEFAULT_TOP_ROOM

    @property
    def left(self) -> float:
        return self.right - self.width / self.step

    def x_of(self, position: float) -> float:
        """Return px from the left edge."""
        return self.width - (self.right - position) * self.step

    def position_at(self, x: float) -> float:
        return self.right - (self.width - x) / self.step

    def slot_at(self, x: float) -> int:
        return math.floor(self.position_at(x))

    def middle_of(self, slot: int) -> float:
        """Return the px of the middle of a slot, where its wick stands."""
        return round_down(self.x_of(slot)) + wick_offset(self.step)

    def y_of(self, price: float) -> float:
        return self.scale.to_px(price, self.height)

    def price_at(self, y: float) -> float:
        return self.scale.to_price(y, self.height)

    def resize(self, width: float, height: float) -> None:
        """Take the pane's new size; the right edge stays."""
        self.width, self.height = max(1.0, width), max(1.0, height)
        self._keep_in_sight()

    def set_extent(self, first: int, end: int) -> None:
        """Take the series' first slot and the slot after its last; new candles move a view that follows."""
        before, self.extent = self.extent, (first, end)
        if before is None:
            self.to_end()
        elif self.follows and end != before[1]:
            self.right += end - before[1]
        self._keep_in_sight()

    def to_end(self) -> None:
        """Show the newest candle at the right, with a margin, and follow it."""
        self.follows = True
        if self.extent is not None:
            self.right = self.extent[1] + min(RIGHT_MARGIN, self.width / 4) / self.step
            self._keep_in_sight()

    def to_start(self) -> None:
        if self.extent is not None:
            self.right = self.extent[0] + self.width / self.step
            self._moved()

    def fit(self) -> None:
        """Show every candle there is."""
        if self.extent is not None:
            slots = self.extent[1] - self.extent[0]
            fitting = max(1.0, self.width - RIGHT_MARGIN) / slots
            self.step = STEPS[max(0, bisect_right(STEPS, fitting) - 1)]
            self.to_end()

    def set_step(self, step: float) -> None:
        """Take the nearest zoom step at or below `step`; the right edge stays."""
        self.step = STEPS[max(self._widest, bisect_right(STEPS, step) - 1)]
        self.show(self.right, follows=self.follows)

    def show(self, right: float, *, follows: bool) -> None:
        """Put a position at the right edge, as when an earlier view is taken up again."""
        self.right, self.follows = right, follows
        if follows:
            self.to_end()
        else:
            self._keep_in_sight()

    def pan(self, px: float) -> None:
        """Drag the content by `px` to the right (towards the past)."""
        self.right -= px / self.step
        self._moved()

    def zoom(self, levels: int, anchor: float) -> None:
        """Zoom in by `levels` steps (out when negative); what is at px `anchor` stays there."""
        index = bisect_right(STEPS, self.step) - 1
        position = self.position_at(anchor)
        self.step = STEPS[min(max(index + levels, self._widest), len(STEPS) - 1)]
        self.right = position + (self.width - anchor) / self.step
        self._moved()

    def autoscale(self, low: float, high: float) -> None:
        """Fit the prices `low` to `high` into the pane, the readout's lines above them kept free."""
        if not self.auto or not (math.isfinite(low) and math.isfinite(high)):
            return
        if high <= low:
            half = abs(high) * 0.001 or 0.5
            low, high = low - half, high + half
        # four tenths of a low pane at most, whatever the readout takes
        top, bottom = min(self.top_room / self.height, 0.25), min(22 / self.height, 0.15)
        self.scale = PriceScale(low, high, self.mode).with_room(top, bottom)

    def drag_price(self, px: float) -> None:
        """Move the prices by `px` downwards; only a scale that is not automatic moves."""
        if not self.auto:
            self.scale = self.scale.moved(px, self.height)

    def stretch_price(self, factor: float) -> None:
        """Show `factor` times the price range; from now on the scale is set by hand."""
        self.auto = False
        self.scale = self.scale.stretched(factor)

    def set_mode(self, mode: PriceMode) -> None:
        self.mode = mode
        self.scale = PriceScale(self.scale.low, self.scale.high, mode)

    @property
    def _widest(self) -> int:
        """The index of the widest zoom: one px a slot, or what shows twice the series."""
        slots = 1 if self.extent is None else self.extent[1] - self.extent[0]
        return max(0, bisect_right(STEPS, min(1.0, self.width / (2 * slots))) - 1)

    def _moved(self) -> None:
        self._keep_in_sight()
        self.follows = self.extent is not None and self.right >= self.extent[1]

    def _keep_in_sight(self) -> None:
        if self.extent is None:
            return
        first, end = self.extent
        lowest = first + min(_KEEP_VISIBLE, end - first)
        highest = end - min(_KEEP_VISIBLE, end - first) + self.width / self.step
        self.right = min(max(self.right, lowest), highest)


def round_down(px: float) -> int:
    """Return the whole pixel that holds `px`."""
    return math.floor(px + 1e-6)


def body_width(step: float) -> int:
    """Return the px of a candle's body: odd, so that the wick stands in its middle; 5 of 6 by default."""
    width = int(step * 5 / 6) if step >= 3 else int(step)
    return max(1, width - 1 if width % 2 == 0 else width)


def wick_offset(step: float) -> int:
    """Return the px from a slot's left edge to its wick."""
    return body_width(step) // 2
