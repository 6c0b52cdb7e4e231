"""Prices as whole steps of a grid: bids round down and asks up, so that grouping never opens a gap or crosses.

A row of the ladder is an integer index on the grid; its price is index x step. Rows are contiguous: every index
between two visible ones is a row too, whether or not anyone rests an order there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from terminal.domain import Instrument, Level, OrderBook, Side
from terminal.domain.numbers import ZERO

GROUPS: tuple[int, ...] = tuple(lead * 10**power for power in range(9) for lead in (1, 2, 5))
"""Ticks in a row: 1, 2, 5, 10 ... 5 x 10^8."""

_CACHE_LIMIT = 20_000


class PriceGrid:
    """Rows of `ticks` ticks each. Prices off the tick (a venue's slip) still land in the row that holds them."""

    def __init__(self, tick: Decimal, ticks: int) -> None:
        if tick <= 0 or ticks < 1:
            raise ValueError(f"a row must be a positive number of ticks: {ticks} x {tick}")
        self.tick = tick
        self.ticks = ticks
        self.step = tick * ticks
        # a price's division costs more than everything else done with a level, and prices come back every frame
        self._floors: dict[Decimal, int] = {}
        self._ceilings: dict[Decimal, int] = {}

    def floor(self, price: Decimal) -> int:
        """Return the highest row at or below `price`: where a bid belongs."""
        found = self._floors.get(price)
        if found is None:
            if len(self._floors) > _CACHE_LIMIT:
                self._floors.clear()
            found = self._floors[price] = int(price // self.step)
        return found

    def ceiling(self, price: Decimal) -> int:
        """Return the lowest row at or above `price`: where an ask belongs."""
        found = self._ceilings.get(price)
        if found is None:
            if len(self._ceilings) > _CACHE_LIMIT:
                self._ceilings.clear()
            floor = self.floor(price)
            found = self._ceilings[price] = floor if self.step * floor == price else floor + 1
        return found

    def row_of(self, price: Decimal, side: Side) -> int:
        return self.floor(price) if side is Side.BUY else self.ceiling(price)

    def price(self, row: int) -> Decimal:
        return self.step * row


def tick_of(instrument: Instrument) -> Decimal:
    """Return the instrument's tick, or one unit of the last digit shown where the venue names none."""
    return instrument.tick_size or Decimal(1).scaleb(-instrument.price_decimals)


def bid_rows(levels: Iterable[Level], grid: PriceGrid, lowest: int) -> dict[int, Decimal]:
    """Return the quantity by row, best first, of bids at rows `lowest` and up. Levels come from the touch outwards."""
    rows: dict[int, Decimal] = {}
    floor = grid.floor
    for price, quantity in levels:
        row = floor(price)
        if row < lowest:
            break
        rows[row] = rows[row] + quantity if row in rows else quantity
    return rows


def ask_rows(levels: Iterable[Level], grid: PriceGrid, highest: int) -> dict[int, Decimal]:
    """Return the quantity by row, best first, of asks at rows up to `highest`. Levels come from the touch outwards."""
    rows: dict[int, Decimal] = {}
    ceiling = grid.ceiling
    for price, quantity in levels:
        row = ceiling(price)
        if row > highest:
            break
        rows[row] = rows[row] + quantity if row in rows else quantity
    return rows


def traded_rows(traded: Mapping[Decimal, Decimal], grid: PriceGrid, split: int) -> dict[int, Decimal]:
    """Return traded volume by row: above row `split` prices round up as asks do, below it down as bids do.

    A price between row `split` and the one above it counts to the nearer side of the spread it was printed in:
    up when its row up is nearer, so that each print is counted once.
    """
    rows: dict[int, Decimal] = {}
    for price, quantity in traded.items():
        low = grid.floor(price)
        row = low
        if low > split or (low == split and (price - grid.price(low)) * 2 >= grid.step):
            row = grid.ceiling(price)
        rows[row] = rows.get(row, ZERO) + quantity
    return rows


def group_for(book: OrderBook, tick: Decimal, rows_a_side: int) -> int:
    """Return the smallest group that fills nearly all rows around the touch and keeps the spread in two rows.

    A book at its own tick is often a spread of empty rows; this picks what shows depth. A book too sparse for that
    gets the group that fills most rows. 1 for a book without two sides.
    """
    bid, ask = book.bids.best, book.asks.best
    if bid is None or ask is None or rows_a_side < 1:
        return 1
    allowed = allowed_groups(bid[0], tick)
    best, most = allowed[-1], 0
    reach = min(len(book.bids), rows_a_side) + min(len(book.asks), rows_a_side)
    for ticks in allowed:
        grid = PriceGrid(tick, ticks)
        if ask[0] - bid[0] > grid.step * 2:
            continue
        top, bottom = grid.floor(bid[0]), grid.ceiling(ask[0])
        filled = len(bid_rows(book.bids, grid, top - rows_a_side + 1))
        filled += len(ask_rows(book.asks, grid, bottom + rows_a_side - 1))
        if filled * 20 >= reach * 19:
            return ticks
        if filled > most:
            best, most = ticks, filled
    return best


def common_group(book: OrderBook, tick: Decimal) -> int:
    """Return the largest group on whose rows all prices of a book lie: how a venue has grouped it; 1 for a book at its
    tick."""
    prices = [price for side in (book.bids, book.asks) for price, _ in side]
    best = 1
    for group in GROUPS:
        step = tick * group
        if prices and all(price % step == 0 for price in prices):
            best = group
        elif group > best * 10:
            break
    return best


def next_group(ticks: int, change: int, price: Decimal, tick: Decimal) -> int:
    """Return the group `change` places along `GROUPS`."""
    allowed = allowed_groups(price, tick)
    at = min(range(len(allowed)), key=lambda index: abs(allowed[index] - ticks))
    return allowed[max(0, min(len(allowed) - 1, at + change))]


def allowed_groups(price: Decimal, tick: Decimal) -> list[int]:
    """Return the groups whose rows are at most a tenth of the price; always the tick itself."""
    return [group for group in GROUPS if tick * group * 10 <= price] or [1]
