"""Cumulative size on both sides of the mid price, as steps to draw and as exact figures to read. No Qt.

Geometry is in floats (fractions of the drawing area); what is read off is Decimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from terminal.domain import Instrument, Level, OrderBook, Side
from terminal.domain.numbers import ZERO
from terminal.ui.number_columns import price_text

_SPANS = tuple(Decimal(lead).scaleb(power) for power in range(-7, 1) for lead in (1, 2, 5) if lead * 10**power <= 0.5)
"""Half widths of the drawing as fractions of the mid price: 1, 2, 5 x 10^-7 up to 50 %."""


class Step(NamedTuple):
    """From `price` outwards the cumulative size is `size` base units, worth `value` of quote currency."""

    price: Decimal
    size: Decimal
    value: Decimal


class Point(NamedTuple):
    """A corner of a curve in fractions of the drawing: x from left, y from the bottom."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """What lies between the mid and the price under the pointer.

    `average` is what taking all of `size` would pay; `slippage` its distance from the mid as a fraction.
    """

    side: Side
    price: Decimal
    x: float
    y: float
    size: Decimal
    value: Decimal
    average: Decimal | None
    slippage: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveView:
    """One frame. `price_marks` and `size_marks` are (place, text) pairs along the axes."""

    bids: tuple[Point, ...]
    asks: tuple[Point, ...]
    mid_x: float
    price_marks: tuple[tuple[float, str], ...]
    size_marks: tuple[tuple[float, str], ...]
    mid: str
    spread: str


class CurvePresenter:
    """Depth of one book. The half width follows the book until the trader zooms; both hold still while `held`."""

    def __init__(self) -> None:
        self.instrument: Instrument | None = None
        self.held = False
        self._zoom = 0
        self._span: Decimal | None = None
        self._middle: Decimal | None = None
        self._mid: Decimal | None = None
        self._peak = 0.0
        self._bids: list[Step] = []
        self._asks: list[Step] = []

    def set_instrument(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self._zoom = 0
        self._span = self._middle = self._mid = None
        self._peak = 0.0
        self._bids, self._asks = [], []

    def zoom(self, change: int) -> None:
        """Show less (negative) or more (positive) around the mid, along 1, 2, 5."""
        self._zoom += change
        self._peak = 0.0

    @property
    def span(self) -> Decimal | None:
        """Half the width of the drawing as a fraction of the mid price."""
        return self._span

    def refresh(self, book: OrderBook) -> CurveView | None:
        """Return the next frame; None while a side is missing."""
        mid = book.mid
        if mid is None or self.instrument is None:
            return None
        self._mid = mid
        self._bids, self._asks = steps(book.bids), steps(book.asks)
        if not self.held or self._middle is None:
            self._middle = mid
            self._span = self._fitting_span(mid)
        low, high = self._low, self._high
        bids = [step for step in self._bids if step.price >= low]
        asks = [step for step in self._asks if step.price <= high]
        self._scale(max((float(side[-1].size) for side in (bids, asks) if side), default=0.0))
        spread = book.spread
        decimals = self.instrument.price_decimals
        return CurveView(
            bids=self._corners(bids, 0.0 if len(bids) < len(self._bids) else None),
            asks=self._corners(asks, 1.0 if len(asks) < len(self._asks) else None),
            mid_x=self._x(mid),
            price_marks=self._price_marks(),
            size_marks=self._size_marks(),
            mid=price_text(mid, decimals),
            spread="" if spread is None else price_text(spread, decimals),
        )

    def read(self, x: float) -> Readout | None:
        """Return the figures at `x` (a fraction of the width); None inside the spread and without a book."""
        mid = self._mid
        if mid is None or self._middle is None:
            return None
        price = self._low + (self._high - self._low) * Decimal(repr(x))
        side = Side.SELL if price < mid else Side.BUY
        # below the mid lie the bids that a seller would take
        taken = self._bids if side is Side.SELL else self._asks
        reached: Step | None = None
        for step in taken:
            if step.price < price if side is Side.SELL else step.price > price:
                break
            reached = step
        if reached is None:
            return None
        average = reached.value / reached.size
        return Readout(
            side=side,
            price=reached.price,
            x=x,
            y=self._y(reached.size),
            size=reached.size,
            value=reached.value,
            average=average,
            slippage=abs(average - mid) / mid,
        )

    @property
    def _low(self) -> Decimal:
        assert self._middle is not None
        return self._middle * (1 - (self._span or ZERO))

    @property
    def _high(self) -> Decimal:
        assert self._middle is not None
        return self._middle * (1 + (self._span or ZERO))

    def _fitting_span(self, mid: Decimal) -> Decimal:
        """Return the widest half width that both sides still fill, moved by the zoom."""
        reach = min((mid - self._bids[-1].price) / mid, (self._asks[-1].price - mid) / mid)
        at = max((index for index, span in enumerate(_SPANS) if span <= reach), default=0)
        return _SPANS[max(0, min(len(_SPANS) - 1, at + self._zoom))]

    def _scale(self, largest: float) -> None:
        # grows at once, shrinks late: the curve must not pump with every order
        if largest > self._peak or largest < self._peak * 0.6:
            self._peak = largest * 1.08

    def _x(self, price: Decimal) -> float:
        return float((price - self._low) / (self._high - self._low))

    def _y(self, size: Decimal) -> float:
        return float(size) / self._peak if self._peak else 0.0

    def _corners(self, side: Sequence[Step], edge: float | None) -> tuple[Point, ...]:
        if not side:
            return ()
        points = [Point(self._x(side[0].price), 0.0), Point(self._x(side[0].price), self._y(side[0].size))]
        for before, step in pairwise(side):
            x = self._x(step.price)
            points.append(Point(x, self._y(before.size)))
            points.append(Point(x, self._y(step.size)))
        if edge is not None:
            # the book goes on past the drawing's edge
            points.append(Point(edge, points[-1].y))
        points.append(Point(points[-1].x, 0.0))
        return tuple(points)

    def _price_marks(self) -> tuple[tuple[float, str], ...]:
        assert self.instrument is not None
        decimals = self.instrument.price_decimals
        unit = _nice(float(self._high - self._low) / 8)
        return tuple(
            (self._x(price), f"{price:,.{decimals if unit < 1 else 0}f}")
            for price in _multiples(unit, self._low, self._high)
        )

    def _size_marks(self) -> tuple[tuple[float, str], ...]:
        if not self._peak:
            return ()
        unit = _nice(self._peak / 4)
        marks = _multiples(unit, ZERO, Decimal(repr(self._peak)))
        return tuple((self._y(size), _short(size)) for size in marks if size)


def steps(levels: Iterable[Level]) -> list[Step]:
    """Return the cumulative size and value at each level, from the touch outwards."""
    size = value = ZERO
    found = []
    for price, quantity in levels:
        size += quantity
        value += price * quantity
        found.append(Step(price, size, value))
    return found


def _nice(rough: float) -> Decimal:
    """Return the 1, 2 or 5 x 10^n at or above `rough`."""
    value = Decimal(repr(rough)) if rough > 0 else Decimal(1)
    power = value.adjusted()
    for lead in (1, 2, 5):
        if Decimal(lead).scaleb(power) >= value:
            return Decimal(lead).scaleb(power)
    return Decimal(1).scaleb(power + 1)


def _multiples(unit: Decimal, low: Decimal, high: Decimal) -> list[Decimal]:
    first = int(low / unit) + (0 if low <= 0 else 1)
    return [unit * number for number in range(first, int(high / unit) + 1)]


def _short(size: Decimal) -> str:
    for unit, shift in (("B", 9), ("M", 6), ("K", 3)):
        if size >= Decimal(1).scaleb(shift):
            return f"{size.scaleb(-shift).normalize():f}{unit}"
    return f"{size.normalize():f}"
