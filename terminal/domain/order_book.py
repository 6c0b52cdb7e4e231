"""A live order book: one dict and one sorted price list a side, all Decimals.

A book never holds a zero or negative quantity. It reports, and never hides, a crossed state and a time that
went back: who owns the book decides what to do (mark it stale, fetch a snapshot).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from terminal.domain.kinds import Side
from terminal.domain.market import BookDelta, BookSnapshot, Level
from terminal.domain.numbers import ZERO, ceil_to_step, floor_to_step

_price_of = itemgetter(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedLevel:
    """One row of a grouped book: quantity and cumulative quantity from the touch outwards."""

    price: Decimal
    quantity: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What taking `filled` base units now would cost: average and worst price, quote value.

    `filled` is less than asked when the visible book is too thin. Prices are None when nothing fills.
    """

    filled: Decimal
    value: Decimal
    average: Decimal | None
    worst: Decimal | None


class BookSide:
    """Price levels of one side: quantities by price, and the prices in ascending order."""

    __slots__ = ("_best_is_highest", "_prices", "_quantities")

    def __init__(self, *, best_is_highest: bool) -> None:
        self._best_is_highest = best_is_highest
        self._quantities: dict[Decimal, Decimal] = {}
        self._prices: list[Decimal] = []  # always ascending

    def __len__(self) -> int:
        return len(self._prices)

    def replace(self, levels: Iterable[Level]) -> None:
        """Take `levels` as the whole side; non-positive quantities and prices are left out."""
        levels = list(levels)
        quantities = dict(levels)
        prices = sorted(quantities)  # one pass where they come in order, either way round
        # two looks find what must be left out; most often nothing must
        if prices and (prices[0] <= 0 or min(quantities.values()) <= 0):
            quantities = {price: quantity for price, quantity in levels if quantity > 0 and price > 0}
            prices = sorted(quantities)
        self._quantities = quantities
        self._prices = prices

    def update(self, levels: Iterable[Level]) -> None:
        """Set each level to its new absolute quantity; zero (or less) removes it, an unknown price is ignored."""
        quantities = self._quantities
        prices = self._prices
        for price, quantity in levels:
            if quantity > 0:
                if price not in quantities:
                    if price <= 0:
                        continue
                    insort(prices, price)
                quantities[price] = quantity
            elif quantities.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]

    @property
    def best(self) -> Level | None:
        """The touch: highest bid or lowest ask."""
        if not self._prices:
            return None
        price = self._prices[-1 if self._best_is_highest else 0]
        return price, self._quantities[price]

    def quantity_at(self, price: Decimal) -> Decimal:
        return self._quantities.get(price, ZERO)

    def __iter__(self) -> Iterator[Level]:
        """Yield levels from the touch outwards."""
        quantities = self._quantities
        ordered = reversed(self._prices) if self._best_is_highest else iter(self._prices)
        for price in ordered:
            yield price, quantities[price]

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the touch outwards."""
        quantities = self._quantities
        prices = self._prices[: -count - 1 : -1] if self._best_is_highest else self._prices[:count]
        return [(price, quantities[price]) for price in prices]

    def grouped(self, step: Decimal, count: int) -> list[GroupedLevel]:
        """Return up to `count` rows of width `step`; bids round down and asks up, so groups never cross."""
        to_step = floor_to_step if self._best_is_highest else ceil_to_step
        rows: list[GroupedLevel] = []
        cumulative = ZERO
        current: Decimal | None = None
        quantity = ZERO
        for price, size in self:
            bucket = to_step(price, step)
            if bucket != current:
                if current is not None:
                    rows.append(GroupedLevel(price=current, quantity=quantity, cumulative=cumulative))
                    if len(rows) == count:
                        return rows
                current, quantity = bucket, ZERO
            quantity += size
            cumulative += size
        if current is not None:
            rows.append(GroupedLevel(price=current, quantity=quantity, cumulative=cumulative))
        return rows


class OrderBook:
    """Both sides of one instrument's book, kept current by snapshots and deltas."""

    __slots__ = ("asks", "bids", "time", "time_went_back")

    def __init__(self) -> None:
        self.bids = BookSide(best_is_highest=True)
        self.asks = BookSide(best_is_highest=False)
        self.time: int | None = None
        self.time_went_back = False

    def apply_snapshot(self, snapshot: BookSnapshot) -> None:
        """Replace the whole book; a snapshot always ends an earlier disorder of times."""
        self.bids.replace(snapshot.bids)
        self.asks.replace(snapshot.asks)
        self.time = snapshot.time
        self.time_went_back = False

    def apply_delta(self, delta: BookDelta) -> None:
        """Change single levels. `time_went_back` stays set until the next snapshot."""
        if delta.time is not None:
            if self.time is not None and delta.time < self.time:
                self.time_went_back = True
            self.time = delta.time
        self.bids.update(delta.bids)
        self.asks.update(delta.asks)

    def clear(self) -> None:
        self.bids.replace(())
        self.asks.replace(())
        self.time = None
        self.time_went_back = False

    @property
    def is_empty(self) -> bool:
        return len(self.bids) == 0 and len(self.asks) == 0

    @property
    def is_crossed(self) -> bool:
        """The best bid is at or above the best ask: the book cannot be right."""
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid[0] >= ask[0]

    @property
    def mid(self) -> Decimal | None:
        bid, ask = self.bids.best, self.asks.best
        return None if bid is None or ask is None else (bid[0] + ask[0]) / 2

    @property
    def spread(self) -> Decimal | None:
        bid, ask = self.bids.best, self.asks.best
        return None if bid is None or ask is None else ask[0] - bid[0]

    def cost_of(self, side: Side, quantity: Decimal, limit: Decimal | None = None) -> Cost:
        """Walk the opposite side for `quantity` base units, never past `limit`. Fees are not included."""
        return _walk(self._taken_by(side), quantity=quantity, limit=limit, side=side)

    def cost_of_value(self, side: Side, value: Decimal) -> Cost:
        """Walk the opposite side until `value` of quote currency is spent (or received)."""
        filled = spent = ZERO
        worst: Decimal | None = None
        for price, size in self._taken_by(side):
            left = value - spent
            if left <= 0:
                break
            take = min(size, left / price)
            filled += take
            spent += take * price
            worst = price
        return Cost(filled=filled, value=spent, average=spent / filled if filled else None, worst=worst)

    def depth_within(self, side: Side, limit: Decimal) -> Decimal:
        """Return the base quantity that a taker on `side` finds up to and including `limit`."""
        total = ZERO
        for price, size in self._taken_by(side):
            if price > limit if side is Side.BUY else price < limit:
                break
            total += size
        return total

    def _taken_by(self, side: Side) -> BookSide:
        return self.asks if side is Side.BUY else self.bids


def _walk(levels: BookSide, *, quantity: Decimal, limit: Decimal | None, side: Side) -> Cost:
    filled = value = ZERO
    worst: Decimal | None = None
    for price, size in levels:
        if filled >= quantity:
            break
        if limit is not None and (price > limit if side is Side.BUY else price < limit):
            break
        take = min(size, quantity - filled)
        filled += take
        value += take * price
        worst = price
    return Cost(filled=filled, value=value, average=value / filled if filled else None, worst=worst)


def crossing(bids: Sequence[Level], asks: Sequence[Level]) -> bool:
    """Tell whether a snapshot's sides (in any order) cross or lock."""
    if not bids or not asks:
        return False
    return max(bids, key=_price_of)[0] >= min(asks, key=_price_of)[0]
