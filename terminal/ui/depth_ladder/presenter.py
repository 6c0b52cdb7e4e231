"""Turns one instrument's book, prints and own orders into the rows that the ladder paints. No Qt.

Prices are exact Decimals on the grid of `grouping`; only bar lengths are floats, in px.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.domain import Instrument, OrderBook, OrderStatus, Side, Trade
from terminal.domain.numbers import ZERO, decimals_of
from terminal.ui import formatting
from terminal.ui.depth_ladder.columns import RIGHT_PADDING, Columns, lay_out
from terminal.ui.depth_ladder.figures import header_forms, imbalance, running_sums, shared_prefix
from terminal.ui.depth_ladder.grouping import (
    GROUPS,
    PriceGrid,
    allowed_groups,
    ask_rows,
    bid_rows,
    common_group,
    group_for,
    next_group,
    tick_of,
    traded_rows,
)
from terminal.ui.depth_ladder.view import (
    Half,
    Headers,
    LadderView,
    Mine,
    MineState,
    OwnOrder,
    RowView,
    SpreadView,
)
from terminal.ui.depth_ladder.viewport import Viewport
from terminal.ui.number_columns import BarScale, Measure, QuantityFormat, eights, price_text

_MINE_PADDING = 7  # px of the box around an own order's size

_STATES: Mapping[OrderStatus, MineState] = {
    OrderStatus.PENDING: MineState.PENDING,
    OrderStatus.PENDING_CANCEL: MineState.CANCELLING,
    OrderStatus.UNKNOWN: MineState.UNKNOWN,
}
_WIDE_SPREAD = Decimal("0.01")
"""A fraction from which on whole basis points are enough."""
_WORST = (MineState.UNKNOWN, MineState.PENDING, MineState.CANCELLING, MineState.WORKING)

_NO_SPREAD = SpreadView("", "–", 0, "", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSource:
    """What one frame is made of; `traded` is base volume by price over the last five minutes."""

    book: OrderBook
    traded: Mapping[Decimal, Decimal] = field(default_factory=dict)
    last: Trade | None = None
    previous_price: Decimal | None = None
    orders: Sequence[OwnOrder] = ()
    is_grouped: bool = False


class LadderPresenter:
    """One ladder: its instrument, grouping and window of rows. `refresh` returns the next frame.

    `measure` gives a number's width in px; column widths and digits follow from it once per instrument.
    """

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self.viewport = Viewport()
        self.instrument: Instrument | None = None
        self.columns: Columns = lay_out(300, 0)
        self.grid = PriceGrid(Decimal(1), 1)
        self._width = 300
        self._chosen: dict[tuple[str, str], int] = {}
        self._grouped = False
        self._widest_price = 0.0
        self._price_texts: dict[int, str] = {}
        self._sizes = QuantityFormat(measure)
        self._sums = QuantityFormat(measure, most_decimals=3)
        self._traded = QuantityFormat(measure, digits=3)
        self._mine = QuantityFormat(measure, writes_unit=True)
        self._size_scale = BarScale()
        self._sum_scale = BarScale()
        self._traded_scale = BarScale()
        self._best: tuple[Decimal | None, Decimal | None] = (None, None)

    # what is shown

    def set_instrument(self, instrument: Instrument) -> None:
        """Show another instrument: centred anew, grouped as it was last time or as its book asks for."""
        self.instrument = instrument
        chosen = self._chosen.get((instrument.venue, instrument.symbol))
        self._grouped = chosen is not None
        self._widest_price = 0.0
        self._best = (None, None)
        self.viewport.reset()
        self._regrid(chosen or 1)
        self._lay_out()

    def resize(self, width: int, rows: int) -> None:
        """Fit into `width` px and `rows` whole rows."""
        self.viewport.resize(rows)
        if width != self._width:
            self._width = width
            self._lay_out()

    # grouping

    @property
    def group(self) -> int:
        """Ticks in a row."""
        return self.grid.ticks

    @property
    def groups(self) -> dict[tuple[str, str], int]:
        """The groups chosen by hand, by (venue, symbol), to be saved with the layout."""
        return self._chosen

    def restore_groups(self, groups: Mapping[tuple[str, str], int]) -> None:
        """Take saved groups; a value that is no group is left out."""
        self._chosen.update({key: ticks for key, ticks in groups.items() if ticks in GROUPS})

    def forget_group(self) -> None:
        """Group the book anew by what it asks for, as if none had been chosen."""
        if self.instrument is not None:
            self._chosen.pop((self.instrument.venue, self.instrument.symbol), None)
            self.set_instrument(self.instrument)

    def group_choices(self) -> list[tuple[int, str, bool]]:
        """Return every row width there is: ticks, its text, whether it is the present one."""
        reference = self._best[0] or self._best[1]
        if reference is None:
            return []
        tick = self.grid.tick
        return [
            (ticks, self._price_text_of(tick * ticks), ticks == self.grid.ticks)
            for ticks in allowed_groups(reference, tick)
        ]

    def regroup(self, change: int) -> None:
        """Go `change` places along 1, 2, 5, 10..; keeps the touch, or the middle row when scrolled away."""
        reference = self._best[0] or self._best[1]
        if reference is not None:
            self.regroup_to(next_group(self.grid.ticks, change, reference, self.grid.tick))

    def regroup_to(self, ticks: int) -> None:
        """Let a row hold so many ticks; keeps the touch, or the middle row when scrolled away."""
        instrument = self.instrument
        if instrument is None or ticks == self.grid.ticks or ticks not in GROUPS:
            return
        self._chosen[(instrument.venue, instrument.symbol)] = ticks
        self._grouped = True
        viewport = self.viewport
        middle = self.grid.price(viewport.row_at(viewport.count // 2))
        was_scrolled = viewport.scrolled
        self._regrid(ticks)
        viewport.reset()
        self._follow()
        if was_scrolled:
            viewport.centre_on(self.grid.floor(max(middle, ZERO)))

    def recentre(self) -> None:
        """Put the touch into the middle at once, whatever holds the rows in place."""
        viewport = self.viewport
        frozen, viewport.frozen = viewport.frozen, False
        self._follow()
        viewport.centre()
        viewport.frozen = frozen

    @property
    def group_text(self) -> str:
        """The row's width as a price: "2.00"."""
        return self._price_text_of(self.grid.step)

    # prices of rows

    def price_at(self, slot: int) -> Decimal:
        """Return the exact price of the `slot`-th row from the top: the price that a click there sends."""
        return self.grid.price(self.viewport.row_at(slot))

    @property
    def best(self) -> tuple[Decimal | None, Decimal | None]:
        """Best bid and ask of the frame shown."""
        return self._best

    def full_price(self, price: Decimal) -> str:
        """Return a price with all its digits."""
        return self._price_text_of(price)

    def orders_at(self, row: int, orders: Sequence[OwnOrder]) -> list[OwnOrder]:
        """Return the own orders that row `row` stands for."""
        return [order for order in orders if self.grid.row_of(order.price, order.side) == row]

    # the frame

    def refresh(self, source: LadderSource) -> LadderView | None:
        """Return the next frame; None while there is no instrument, no room or no book."""
        instrument = self.instrument
        book = source.book
        viewport = self.viewport
        if instrument is None or viewport.count < 1 or book.is_empty:
            return None
        bid, ask = book.bids.best, book.asks.best
        self._best = (bid[0] if bid else None, ask[0] if ask else None)
        # narrower rows than the venue's own would be empty between its prices
        least = common_group(book, self.grid.tick) if source.is_grouped else 1
        if not self._grouped:
            self._grouped = True
            self._regrid(max(least, group_for(book, self.grid.tick, max(1, viewport.count // 2 - 1))))
        elif self.grid.ticks < least:
            self._regrid(least)
            viewport.reset()
        self._make_room_for_prices()
        self._follow()
        return self._frame(instrument, source)

    def _frame(self, instrument: Instrument, source: LadderSource) -> LadderView:
        grid, viewport, book = self.grid, self.viewport, source.book
        best_bid, best_ask = self._best
        touch_bid = grid.floor(best_bid) if best_bid is not None else None
        touch_ask = grid.ceiling(best_ask) if best_ask is not None else None
        near = max(1, viewport.count // 2)
        lowest = viewport.bottom if touch_bid is None else min(viewport.bottom, touch_bid - near + 1)
        highest = viewport.top if touch_ask is None else max(viewport.top, touch_ask + near - 1)
        bids = bid_rows(book.bids, grid, lowest)
        asks = ask_rows(book.asks, grid, highest)
        sums = running_sums(bids, -1) | running_sums(asks, 1)
        low, high = viewport.bottom, viewport.top
        traded = traded_rows(source.traded, grid, viewport.split)
        self._fit(range(low, high + 1), {**bids, **asks}, sums, traded)
        mine, above, below = self._own(source.orders, low, high)
        last_row, arrow = self._last(source.last)
        rows = []
        sum_scale, size_scale, traded_scale = self._sum_scale, self._size_scale, self._traded_scale
        size_width = self.columns.ask[1]
        sum_width = self.columns.sum[1]
        for row in range(high, low - 1, -1):
            half = Half.GAP
            quantity: Decimal | None = None
            if touch_ask is not None and row >= touch_ask:
                half, quantity = Half.ASK, asks.get(row)
            elif touch_bid is not None and row <= touch_bid:
                half, quantity = Half.BID, bids.get(row)
            size, size_bar, total, sum_bar = "", 0, "", 0
            if quantity is not None:
                size = self._sizes.text(quantity)
                size_bar = size_scale.length(float(quantity), size_width)
            cumulative = sums.get(row)
            if cumulative is not None:
                total = self._sums.text(cumulative)
                sum_bar = sum_scale.length(float(cumulative), sum_width)
            traded_text, traded_bar = "", 0
            volume = traded.get(row)
            if volume is not None and half is not Half.GAP:
                traded_text = self._traded.text(volume)
                traded_bar = traded_scale.length(float(volume), size_width)
            rows.append(
                RowView(
                    row, half, self._price_text(row), size, size_bar, traded_text, traded_bar, total, sum_bar,
                    arrow if row == last_row else 0, mine.get(row),
                )
            )  # fmt: skip
        return LadderView(
            rows=tuple(rows),
            split=viewport.split_slot,
            spread=self._spread(source, arrow),
            headers=self._headers(instrument),
            prefix=shared_prefix(rows[0].price, rows[-1].price),
            imbalance=imbalance(bids, asks, near),
            own_above=above,
            own_below=below,
            touch=self._touch(instrument, book),
        )

    def _follow(self) -> None:
        bid, ask = self._best
        self.viewport.follow(
            None if bid is None else self.grid.floor(bid), None if ask is None else self.grid.ceiling(ask)
        )

    def _fit(
        self,
        shown: range,
        sizes: Mapping[int, Decimal],
        sums: Mapping[int, Decimal],
        traded: Mapping[int, Decimal],
    ) -> None:
        """Make room for the largest value on screen, in digits and in bar length."""
        for values, digits, scale in (
            (sizes, self._sizes, self._size_scale),
            (sums, self._sums, self._sum_scale),
            (traded, self._traded, self._traded_scale),
        ):
            largest = max((value for row, value in values.items() if row in shown), default=ZERO)
            digits.fit(largest)
            scale.fit(float(largest))

    def _own(self, orders: Sequence[OwnOrder], low: int, high: int) -> tuple[dict[int, Mine], int, int]:
        by_row: dict[int, list[OwnOrder]] = {}
        above = below = 0
        for order in orders:
            row = self.grid.row_of(order.price, order.side)
            if row > high:
                above += 1
            elif row < low:
                below += 1
            else:
                by_row.setdefault(row, []).append(order)
        totals = {row: sum((order.remaining for order in found), ZERO) for row, found in by_row.items()}
        self._mine.fit(max(totals.values(), default=ZERO))
        boxes = {}
        for row, found in by_row.items():
            states = {_STATES.get(order.status, MineState.WORKING) for order in found}
            state = next(state for state in _WORST if state in states)
            # our own buys and sells are never added up
            text = self._mine.text(totals[row]) if len({order.side for order in found}) == 1 else f"{len(found)} mixed"
            boxes[row] = Mine(text, found[0].side, state)
        return boxes, above, below

    def _last(self, last: Trade | None) -> tuple[int | None, int]:
        if last is None:
            return None, 0
        return self.grid.row_of(last.price, last.side.opposite), 1 if last.side is Side.BUY else -1

    def _spread(self, source: LadderSource, arrow: int) -> SpreadView:
        bid, ask = self._best
        spread = bps = ""
        if bid is not None and ask is not None:
            spread = f"spread {self._price_text_of(ask - bid)}"
            fraction = (ask - bid) * 2 / (ask + bid)
            bps = formatting.basis_points(fraction, 2 if fraction < _WIDE_SPREAD else 0)
        last = source.last
        if last is None:
            return _NO_SPREAD._replace(spread=spread, bps=bps)
        text = self._price_text_of(last.price)
        same = 0
        if source.previous_price is not None:
            same = shared_prefix(text, self._price_text_of(source.previous_price))
        size = f"{last.quantity:,.{self._size_decimals}f}"
        return SpreadView(text[:same], text[same:], arrow, size, spread, bps)

    @property
    def _size_decimals(self) -> int:
        return self.instrument.quantity_decimals if self.instrument else 0

    def _headers(self, instrument: Instrument) -> Headers:
        base = instrument.base
        size, total = self._sizes.unit, self._sums.unit
        return Headers(
            header_forms("Bid,", size, base), header_forms("Ask,", size, base), header_forms("Σ", total, base)
        )

    def _touch(self, instrument: Instrument, book: OrderBook) -> str:
        bid, ask = book.bids.best, book.asks.best
        words = [instrument.pair]
        if bid is not None:
            words.append(f"best bid {self._price_text_of(bid[0])} for {bid[1]:,f} {instrument.base}")
        if ask is not None:
            words.append(f"best ask {self._price_text_of(ask[0])} for {ask[1]:,f} {instrument.base}")
        return ", ".join(words)

    # widths and texts

    def _regrid(self, ticks: int) -> None:
        assert self.instrument is not None
        self.grid = PriceGrid(tick_of(self.instrument), ticks)
        self._row_decimals = decimals_of(self.grid.step)
        self._price_texts.clear()
        for scale in (self._size_scale, self._sum_scale, self._traded_scale):
            scale.reset()
        self._reset_formats()

    def _reset_formats(self) -> None:
        decimals = self._size_decimals
        columns = self.columns
        self._sizes.reset(decimals, columns.bid[1] - RIGHT_PADDING)
        self._traded.reset(decimals, columns.bid[1] - RIGHT_PADDING)
        self._sums.reset(decimals, columns.sum[1] - RIGHT_PADDING)
        self._mine.reset(decimals, columns.mine[1] - _MINE_PADDING)

    def _make_room_for_prices(self) -> None:
        price = max(price for price in (*self._best, ZERO) if price is not None)
        widest = self._measure(eights(self._price_text_of(price)))
        if widest > self._widest_price:
            self._widest_price = widest
            self._lay_out()

    def _lay_out(self) -> None:
        columns = lay_out(self._width, self._widest_price)
        if columns != self.columns:
            self.columns = columns
            self._reset_formats()

    def _price_text(self, row: int) -> str:
        found = self._price_texts.get(row)
        if found is None:
            price = self.grid.price(row)
            found = self._price_texts[row] = f"{price:,.{self._row_decimals}f}" if row > 0 else ""
        return found

    def _price_text_of(self, price: Decimal) -> str:
        decimals = self.instrument.price_decimals if self.instrument else 0
        return price_text(price, decimals)
