"""The simulated venue's book: price levels that queue client orders and anonymous size by time.

At each price there is one lump of anonymous size and any number of client orders. Anonymous size that stood
there when an order came is ahead of it; size added later is behind it; size taken away leaves from the back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.domain import Level, SelfTradePrevention, Side
from terminal.domain.numbers import ZERO, floor_to_step
from terminal.simulator.records import SimOrder


@dataclass(slots=True)
class Resting:
    """A client order in a queue; `ahead` is the anonymous size of its level that trades before it."""

    order: SimOrder
    ahead: Decimal


class PriceLevel:
    """All that waits at one price."""

    __slots__ = ("anonymous", "orders", "price")

    def __init__(self, price: Decimal) -> None:
        self.price = price
        self.anonymous = ZERO
        self.orders: list[Resting] = []

    @property
    def quantity(self) -> Decimal:
        if not self.orders:
            return self.anonymous
        return self.anonymous + sum((resting.order.remaining for resting in self.orders), ZERO)

    def set_anonymous(self, quantity: Decimal) -> None:
        self.anonymous = quantity
        for resting in self.orders:
            resting.ahead = min(resting.ahead, quantity)

    def take_anonymous(self, quantity: Decimal) -> None:
        """Remove size from the front of the queue: it traded."""
        self.anonymous -= quantity
        self.pass_anonymous(quantity)

    def pass_anonymous(self, quantity: Decimal) -> None:
        """Let the orders move up by anonymous size that left from the front of the queue."""
        for resting in self.orders:
            resting.ahead = max(resting.ahead - quantity, ZERO)

    def append(self, order: SimOrder) -> None:
        self.orders.append(Resting(order, self.anonymous))

    def remove(self, order: SimOrder) -> None:
        self.orders = [resting for resting in self.orders if resting.order is not order]

    def drop_ended(self) -> None:
        if self.orders:
            self.orders = [resting for resting in self.orders if resting.order.status.is_working]

    def queue(self) -> Iterator[tuple[SimOrder | None, Decimal]]:
        """Yield (order, or None for anonymous size, quantity) in order of priority."""
        passed = ZERO
        for resting in self.orders:
            if resting.ahead > passed:
                yield None, resting.ahead - passed
                passed = resting.ahead
            yield resting.order, resting.order.remaining
        if self.anonymous > passed:
            yield None, self.anonymous - passed


class QueueSide:
    """The levels of one side, kept sorted by price."""

    __slots__ = ("_levels", "_prices", "side")

    def __init__(self, side: Side) -> None:
        self.side = side
        self._prices: list[Decimal] = []  # ascending on both sides
        self._levels: list[PriceLevel] = []

    def __len__(self) -> int:
        return len(self._prices)

    def find(self, price: Decimal) -> PriceLevel | None:
        index = bisect_left(self._prices, price)
        if index < len(self._prices) and self._prices[index] == price:
            return self._levels[index]
        return None

    def at(self, price: Decimal) -> PriceLevel:
        """Return the level at this price, made if there was none."""
        index = bisect_left(self._prices, price)
        if index < len(self._prices) and self._prices[index] == price:
            return self._levels[index]
        level = PriceLevel(price)
        self._prices.insert(index, price)
        self._levels.insert(index, level)
        return level

    def drop_if_empty(self, level: PriceLevel) -> None:
        if level.orders or level.anonymous > 0:
            return
        index = bisect_left(self._prices, level.price)
        if index < len(self._prices) and self._levels[index] is level:
            del self._prices[index]
            del self._levels[index]

    @property
    def best(self) -> Decimal | None:
        if not self._prices:
            return None
        return self._prices[-1] if self.side is Side.BUY else self._prices[0]

    def __iter__(self) -> Iterator[PriceLevel]:
        """Yield the levels from the touch outwards."""
        return reversed(self._levels) if self.side is Side.BUY else iter(self._levels)

    def top(self, depth: int | None) -> list[Level]:
        """Return up to `depth` (price, quantity) from the touch outwards, client orders included."""
        levels = self._levels
        if self.side is Side.BUY:
            chosen = levels[::-1] if depth is None else levels[: -depth - 1 : -1]
        else:
            chosen = levels if depth is None else levels[:depth]
        return [(level.price, level.anonymous if not level.orders else level.quantity) for level in chosen]


class QueueBook:
    """Both sides of one instrument; `version` grows with every change."""

    __slots__ = ("asks", "bids", "version")

    def __init__(self) -> None:
        self.bids = QueueSide(Side.BUY)
        self.asks = QueueSide(Side.SELL)
        self.version = 0

    def clear(self) -> None:
        self.bids = QueueSide(Side.BUY)
        self.asks = QueueSide(Side.SELL)
        self.version += 1

    def side(self, side: Side) -> QueueSide:
        return self.bids if side is Side.BUY else self.asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What an incoming order wants from the other side of the book.

    Exactly one of `quantity` (base) and `value` (quote, traded in whole lots) bounds it; `limit` is the worst price.
    `account_id` None is the anonymous market, which never trades with itself in the sense of prevention.
    """

    side: Side
    quantity: Decimal | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    lot: Decimal | None = None
    account_id: str | None = None
    prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_TAKER


@dataclass(slots=True)
class Plan:
    """The matches an incoming order would make, in order, and how it ends; nothing has happened yet."""

    steps: list[tuple[PriceLevel, SimOrder | None, Decimal]] = field(default_factory=list)
    expired: list[SimOrder] = field(default_factory=list)
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    is_complete: bool = False
    stopped_by_self: bool = False

    @property
    def would_trade(self) -> bool:
        """The order meets something on the other side, if only the account's own order."""
        return bool(self.steps or self.expired) or self.stopped_by_self


def plan_match(book: QueueBook, taking: Taking) -> Plan:
    """Walk the other side by price, then time, and note every match that `taking` would make."""
    plan = Plan()
    limit = taking.limit
    buys = taking.side is Side.BUY
    price: Decimal | None = None
    for level in book.side(taking.side.opposite):
        price = level.price
        if _wanted(taking, plan, price) <= 0 or (limit is not None and (price > limit if buys else price < limit)):
            break
        for order, available in level.queue():
            wanted = _wanted(taking, plan, price)
            if wanted <= 0:
                break
            if order is not None and order.account_id == taking.account_id:
                if taking.prevention is SelfTradePrevention.EXPIRE_TAKER:
                    plan.stopped_by_self = True
                    return plan
                plan.expired.append(order)
                continue
            quantity = min(wanted, available)
            plan.steps.append((level, order, quantity))
            plan.quantity += quantity
            plan.value += quantity * price
    plan.is_complete = bool(plan.steps) and price is not None and _wanted(taking, plan, price) <= 0
    return plan


def _wanted(taking: Taking, plan: Plan, price: Decimal) -> Decimal:
    if taking.quantity is not None:
        return taking.quantity - plan.quantity
    if taking.value is None:
        return ZERO
    left = (taking.value - plan.value) / price
    return left if taking.lot is None else floor_to_step(left, taking.lot)
