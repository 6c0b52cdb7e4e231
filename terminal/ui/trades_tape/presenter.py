"""Which prints the tape shows, newest first, and how each one reads. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from math import ceil
from typing import NamedTuple

from terminal.domain import Instrument, Side, Trade
from terminal.domain.numbers import ZERO
from terminal.market.tape import Tape
from terminal.ui import formatting
from terminal.ui.number_columns import BarScale, Measure, QuantityFormat, eights, price_text

_HEAVY_SHARE = 20
"""One print in so many is marked heavy."""

_HEAVY_EVERY = 100  # prints between two looks at what is heavy
_TIME_RIGHT = 86
_MARK = 98
_PRICE_LEFT = 103


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One line of the tape: a print, or several of one moment, side and price taken together."""

    trade: Trade
    quantity: Decimal
    count: int

    @property
    def value(self) -> Decimal:
        return self.trade.price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Right edges in px of the tape's columns; `bar` is how long a size bar may get."""

    price: int
    size: int
    value: int
    bar: int


Title = tuple[str, ...]


class PrintView(NamedTuple):
    """One painted line."""

    time: str
    milliseconds: str
    price: str
    side: Side
    size: str
    bar: int
    heavy: bool
    value: str


class TapePresenter:
    """One tape: filter, merging and pause. `measure` gives a number's width in px.

    While paused the lines stay as they are and `waiting` counts what has come since.
    """

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self.instrument: Instrument | None = None
        self.least: Decimal | None = None
        self.merges = True
        self._width = 300
        self._widest_price = 0.0
        self.edges = Edges(price=164, size=226, value=290, bar=56)
        self._sizes = QuantityFormat(measure)
        self._values = QuantityFormat(measure, most_decimals=2, all_or_none=True)
        self._scale = BarScale()
        self._heavy: Decimal | None = None
        self._heavy_at = -_HEAVY_EVERY
        self._held: Sequence[Trade] | None = None
        self._held_total = 0
        self._offset = 0
        self._runs: list[Run] = []
        self.waiting = 0

    def set_instrument(self, instrument: Instrument) -> None:
        """Show another instrument from its newest print on; the size filter belongs to the old one and ends."""
        self.instrument = instrument
        self.least = None
        self._widest_price = 0.0
        self._heavy, self._heavy_at = None, -_HEAVY_EVERY
        self._scale.reset()
        self.resume()
        self._lay_out()

    def resize(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self._lay_out()

    # pause and scrolling back

    @property
    def is_paused(self) -> bool:
        return self._held is not None

    @property
    def offset(self) -> int:
        """Lines scrolled back from the newest one."""
        return self._offset

    def pause(self, tape: Tape) -> None:
        """Hold the lines as they are."""
        if self._held is None:
            self._held = tuple(tape.trades)
            self._held_total = tape.total

    def resume(self) -> None:
        """Follow the newest print again."""
        self._held = None
        self._offset = 0
        self.waiting = 0

    def scroll(self, lines: int) -> None:
        """Go back (positive) or forth in the held lines."""
        if self._held is not None:
            self._offset = max(0, self._offset + lines)

    # lines

    @property
    def runs(self) -> Sequence[Run]:
        """What the lines of the last frame stand for, with every digit."""
        return self._runs

    def refresh(self, tape: Tape, count: int) -> tuple[PrintView, ...]:
        """Return up to `count` lines, newest first."""
        instrument = self.instrument
        if instrument is None:
            return ()
        trades: Sequence[Trade] = tape.trades if self._held is None else self._held
        if self._held is not None:
            self.waiting = self._count_new(tape)
        self._look_for_heavy(tape)
        lines = self._lines(trades)
        skipped = list(islice(lines, self._offset))
        self._runs = list(islice(lines, count))
        if skipped and len(self._runs) < count:
            # scrolled past the oldest print: stay on the last full page
            everything = [*skipped, *self._runs]
            self._offset = max(0, len(everything) - count)
            self._runs = everything[self._offset :]
        self._fit()
        return tuple(self._view(instrument, run) for run in self._runs)

    @property
    def titles(self) -> tuple[Title, Title, Title]:
        """Headers of price, size and value: the longest form first, for the widget to take the first that fits."""
        base, quote = (self.instrument.base, self.instrument.quote) if self.instrument else ("", "")
        size, value = self._sizes.unit, self._values.unit
        sized = f"{size} {base}".strip()
        return ("Price",), (f"Size, {sized}", sized, f"Size {size}".strip()), (f"{value} {quote}".strip(), value)

    def thresholds(self, tape: Tape) -> list[Decimal]:
        """Return a few sizes worth filtering by, taken from the prints themselves: ascending, rounded to one digit."""
        sizes = sorted(trade.quantity for trade in tape.trades)
        if not sizes:
            return []
        found = []
        for share in (50, 75, 90, 97):
            size = _one_digit(sizes[min(len(sizes) - 1, len(sizes) * share // 100)])
            if size not in found:
                found.append(size)
        return sorted(found)

    def describe(self, run: Run) -> str:
        """Return a line with every digit: what is copied and what the tooltip says."""
        trade, instrument = run.trade, self.instrument
        assert instrument is not None
        words = [
            f"{formatting.date_time(trade.time)}.{trade.time % 1_000:03d} UTC",
            "bought" if trade.side is Side.BUY else "sold",
            f"{formatting.exact(run.quantity)} {instrument.base}",
            f"at {formatting.exact(trade.price)} {instrument.quote}",
            f"value {formatting.exact(run.value)} {instrument.quote}",
        ]
        if run.count > 1:
            words.append(f"{run.count} prints")
        elif trade.id is not None:
            words.append(f"id {trade.id}")
        return "  ".join(words)

    def _lines(self, newest_last: Sequence[Trade]) -> Iterator[Run]:
        runs = merge(reversed(newest_last)) if self.merges else _single(reversed(newest_last))
        least = self.least
        return runs if least is None else (run for run in runs if run.quantity >= least)

    def _count_new(self, tape: Tape) -> int:
        new = min(tape.total - self._held_total, len(tape.trades))
        if self.least is None:
            return new
        newest = islice(reversed(tape.trades), new)
        return sum(1 for trade in newest if trade.quantity >= self.least)

    def _look_for_heavy(self, tape: Tape) -> None:
        if tape.total - self._heavy_at < _HEAVY_EVERY:
            return
        self._heavy_at = tape.total
        sizes = sorted(trade.quantity for trade in tape.trades)
        # a handful of prints says nothing about what is large here
        self._heavy = sizes[-(len(sizes) // _HEAVY_SHARE)] if len(sizes) >= _HEAVY_SHARE * 2 else None

    def _fit(self) -> None:
        runs = self._runs
        if not runs:
            return
        decimals = 0 if self.instrument is None else self.instrument.price_decimals
        highest = max(run.trade.price for run in runs)
        widest = self._measure(eights(price_text(highest, decimals)))
        if widest > self._widest_price:
            self._widest_price = widest
            self._lay_out()
        largest = max(run.quantity for run in runs)
        self._sizes.fit(largest)
        self._values.fit(max(run.value for run in runs))
        self._scale.fit(float(largest))

    def _view(self, instrument: Instrument, run: Run) -> PrintView:
        trade = run.trade
        time = formatting.clock(trade.time, milliseconds=True)
        return PrintView(
            time=time[:8],
            milliseconds=time[8:],
            price=price_text(trade.price, instrument.price_decimals),
            side=trade.side,
            size=self._sizes.text(run.quantity),
            bar=self._scale.length(float(run.quantity), self.edges.bar),
            heavy=self._heavy is not None and run.quantity > self._heavy,
            value=self._values.text(run.value),
        )

    def _lay_out(self) -> None:
        price = max(164, ceil(_PRICE_LEFT + self._widest_price))
        value = self._width - 10
        room = value - price
        size = price + max(40, room * 62 // 126)
        self.edges = Edges(price=price, size=size, value=value, bar=size - price - 6)
        decimals = 0 if self.instrument is None else self.instrument.quantity_decimals
        self._sizes.reset(decimals, size - price - 9)
        self._values.reset(2, value - size - 10)


def merge(newest_first: Iterable[Trade]) -> Iterator[Run]:
    """Take neighbouring prints of the same millisecond, side and price together."""
    head: Trade | None = None
    quantity, count = ZERO, 0
    for trade in newest_first:
        if head is not None and (trade.time, trade.price, trade.side) == (head.time, head.price, head.side):
            quantity += trade.quantity
            count += 1
            continue
        if head is not None:
            yield Run(trade=head, quantity=quantity, count=count)
        head, quantity, count = trade, trade.quantity, 1
    if head is not None:
        yield Run(trade=head, quantity=quantity, count=count)


def _single(newest_first: Iterable[Trade]) -> Iterator[Run]:
    return (Run(trade=trade, quantity=trade.quantity, count=1) for trade in newest_first)


def _one_digit(value: Decimal) -> Decimal:
    """Round down to one significant digit: 0.0472 is 0.04."""
    exponent = value.adjusted()
    return Decimal(int(value.scaleb(-exponent))).scaleb(exponent)
