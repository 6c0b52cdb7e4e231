"""An account of the ChainUp engine watched by polling: it has no private stream.

What works or has just changed is asked for every second, an account at rest every ten. One round lists the open orders
of the pairs in which something works; an order that is no longer among them is asked for by its id, which tells how it
ended and its fills; then come the balances. When they moved without an order of ours, somebody else's order is looked
for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.connectors.chainup.order_queries import OrderQueries
from terminal.connectors.contract import Event
from terminal.connectors.poller import Poller
from terminal.domain.account import Fill
from terminal.domain.failures import OrderNotFound
from terminal.domain.kinds import OrderStatus, StreamState
from terminal.domain.numbers import ZERO
from terminal.domain.order import Order

BUSY_EVERY_S = 1.0
IDLE_EVERY_S = 10.0
_BUSY_FOR_S = 15.0
_LOOK_AROUND_EVERY_S = 60.0
_MOST_PAIRS = 3
_MOST_ORDERS = 4
"""Pairs listed and orders asked for in one round; the rest has its turn in the next ones."""
_LOST_AFTER = 5

_Facts = tuple[OrderStatus, Decimal, Decimal | None]


@dataclass(slots=True)
class _Watched:
    """An order that works, as far as it is known. `ask` says that its own answer is wanted, not only its line in a
    list; `told` is what the sink knows of it."""

    order: Order
    ask: bool = False
    told: _Facts | None = None
    trade_ids: set[str] = field(default_factory=set)
    filled: Decimal = ZERO
    missed: int = 0


class AccountFeed:
    """Orders and fills of one account as events when they are new, and its balances with every round."""

    def __init__(
        self,
        *,
        name: str,
        queries: OrderQueries,
        deliver: Callable[[Event], None],
        on_status: Callable[[StreamState, str | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queries = queries
        self._deliver = deliver
        self._clock = clock
        self._poller = Poller(name=name, ask=self._round, pause=self._pause, on_status=on_status)
        self._watched: dict[str, _Watched] = {}
        self._listed_at: dict[str, float] = {}
        self._amounts: dict[str, tuple[Decimal, Decimal]] = {}
        self._busy_until = float("-inf")
        self._look_around_at = float("-inf")

    def start(self) -> None:
        self._poller.start()

    async def close(self) -> None:
        await self._poller.close()

    def seen(self, order: Order) -> None:
        """Take what a call of the connector told of an order: one that works is watched from here on."""
        if self._poller.state is None or order.order_id is None:
            return
        known = self._watched.get(order.order_id)
        if known is not None:
            changed = known.order.status is not order.status
            known.order = order
            # how it ended, and its fills, are told by its own answer
            known.ask = known.ask or order.status.is_final
        elif order.status.is_working:
            changed = True
            self._watched[order.order_id] = _Watched(order)
        else:
            changed = False
        if changed:
            self.hurry()

    def hurry(self) -> None:
        """Something has just been done: ask at once, and often for a while."""
        self._busy_until = self._clock() + _BUSY_FOR_S
        self._poller.hurry()

    def _pause(self) -> float:
        is_busy = bool(self._watched) or self._clock() < self._busy_until
        return BUSY_EVERY_S if is_busy else IDLE_EVERY_S

    # one round

    async def _round(self) -> None:
        for symbol in self._pairs_to_list():
            self._listed_at[symbol] = self._clock()
            self._take_list(symbol, await self._queries.open_orders(symbol, polled=True))
        wanted = [watched for watched in self._watched.values() if watched.ask]
        for watched in wanted[:_MOST_ORDERS]:
            await self._ask(watched)
        moved = await self._ask_balances()
        if moved or self._clock() >= self._look_around_at:
            self._look_around_at = self._clock() + _LOOK_AROUND_EVERY_S
            for order in await self._queries.open_orders(None, polled=True):
                self._take(order)

    def _pairs_to_list(self) -> list[str]:
        pairs = {watched.order.symbol for watched in self._watched.values() if not watched.ask}
        return sorted(pairs, key=lambda symbol: (self._listed_at.get(symbol, 0.0), symbol))[:_MOST_PAIRS]

    def _take_list(self, symbol: str, listed: Iterable[Order]) -> None:
        rows = {order.order_id: order for order in listed}
        for order in rows.values():
            self._take(order)
        for order_id, watched in self._watched.items():
            if watched.order.symbol == symbol and order_id not in rows:
                watched.ask = True

    def _take(self, order: Order) -> None:
        """Take one line of a list: told when it is new, asked for when it has filled."""
        order_id = order.order_id or ""
        watched = self._watched.setdefault(order_id, _Watched(order))
        watched.order = order
        watched.ask = order.filled_quantity > watched.filled
        self._tell(watched)

    async def _ask(self, watched: _Watched) -> None:
        order_id = watched.order.order_id or ""
        try:
            order, fills = await self._queries.shown(watched.order, polled=True)
        except OrderNotFound:
            watched.missed += 1
            if watched.missed >= _LOST_AFTER:
                self._watched.pop(order_id, None)  # whoever sent it finds out what became of it
            return
        for fill in fills:
            self._tell_fill(watched, fill)
        watched.order, watched.missed = order, 0
        # an answer may tell of a fill sooner than of its trade
        watched.ask = order.filled_quantity > watched.filled
        self._tell(watched)
        if order.status.is_final and not watched.ask:
            self._watched.pop(order_id, None)

    def _tell(self, watched: _Watched) -> None:
        order = watched.order
        facts = (order.status, order.filled_quantity, order.average_price)
        if facts != watched.told:
            watched.told = facts
            self._busy_until = self._clock() + _BUSY_FOR_S
            self._deliver(order)

    def _tell_fill(self, watched: _Watched, fill: Fill) -> None:
        if fill.trade_id not in watched.trade_ids:
            watched.trade_ids.add(fill.trade_id)
            watched.filled += fill.quantity
            self._deliver(fill)

    async def _ask_balances(self) -> bool:
        """Tell all balances; True when they moved although no order of ours works."""
        balances = await self._queries.balances(polled=True)
        amounts = {one.asset: (one.free, one.locked) for one in balances}
        moved = bool(self._amounts) and amounts != self._amounts and not self._watched
        self._amounts = amounts
        for balance in balances:
            self._deliver(balance)
        return moved
