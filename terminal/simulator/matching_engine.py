"""The simulated venue's matching engine: price-time priority, balances and locks, fees, self-trade prevention.

Pure and synchronous: time comes from the clock it is given, the market from `set_liquidity` and `aggress`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from terminal.domain import (
    Instrument,
    Level,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trade,
)
from terminal.domain.numbers import ZERO, plain
from terminal.simulator import engine_state
from terminal.simulator.ledger import Ledger
from terminal.simulator.order_checks import check_terms, time_in_force_of
from terminal.simulator.queue_book import Plan, PriceLevel, QueueBook, Taking, plan_match
from terminal.simulator.records import (
    RISK_CANCEL,
    SELF_TRADE_CANCEL,
    USER_CANCEL,
    EngineEvents,
    Execution,
    FeeSchedule,
    IdSource,
    Refusal,
    SimOrder,
)

__all__ = [
    "EngineEvents",
    "Execution",
    "FeeSchedule",
    "IdSource",
    "MatchingEngine",
    "Refusal",
    "SimOrder",
]

RECENT_TRADES = 200
"""Public prints kept an instrument, for those who ask for the latest ones."""


class MatchingEngine:
    """Books, orders and balances of one simulated venue."""

    def __init__(
        self,
        venue: str,
        instruments: Sequence[Instrument],
        *,
        clock: Callable[[], int],
        fees: FeeSchedule,
        ids: IdSource,
    ) -> None:
        self.venue = venue
        self.events = EngineEvents()
        self.fees = fees
        self._clock = clock
        self._ids = ids
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        self.instruments: Mapping[str, Instrument] = MappingProxyType(self._instruments)
        self._books = {symbol: QueueBook() for symbol in self._instruments}
        self._recent: dict[str, deque[Trade]] = {s: deque(maxlen=RECENT_TRADES) for s in self._instruments}
        self._trade_listeners: list[Callable[[Trade], None]] = []
        self._ledger = Ledger(self._balance_changed)
        self._orders: dict[str, dict[str, SimOrder]] = {}  # account -> order id -> order, oldest first
        self._client_ids: dict[str, dict[str, str]] = {}  # account -> client order id -> order id
        self._open: dict[tuple[str, str], int] = {}  # (account, symbol) -> working orders
        self._open_by_symbol: dict[str, int] = {}
        self._executions: dict[str, list[Execution]] = {}
        self._locks: dict[str, Decimal] = {}  # order id -> what of its asset is still locked for it

    # -- accounts

    def open_account(self, account_id: str, balances: Mapping[str, Decimal]) -> None:
        """Open a client account; raises ValueError if it exists."""
        self._ledger.open(account_id, balances)
        self._orders[account_id] = {}
        self._client_ids[account_id] = {}
        self._executions[account_id] = []

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(self._orders)

    def balances(self, account_id: str) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Return asset -> (free, locked); raises KeyError for an unknown account."""
        return self._ledger.balances(account_id)

    def credit(self, account_id: str, asset: str, amount: Decimal) -> None:
        """Deposit (or, negative, withdraw) an amount; raises ValueError if the free balance does not cover it."""
        self._ledger.credit(account_id, asset, amount)

    # -- client orders

    def place(self, account_id: str, request: OrderRequest) -> SimOrder:
        """Check, accept and match an order; returns it as it stands after matching. Raises Refusal."""
        order, plan, need = self._prepare(account_id, request)
        now = self._clock()
        order.order_id = self._ids.next_order(now)
        if not order.client_order_id:
            order.client_order_id = order.order_id
        asset = self._locked_asset(order)
        self._ledger.lock(account_id, asset, need)
        self._locks[order.order_id] = need
        self._orders[account_id][order.order_id] = order
        self._client_ids[account_id][order.client_order_id] = order.order_id
        self._count_open(order, 1)
        self.events.order(order, None)
        if order.time_in_force is TimeInForce.FOK and not plan.is_complete:
            self._end(order, OrderStatus.CANCELED, SELF_TRADE_CANCEL if plan.stopped_by_self else RISK_CANCEL)
            return order
        for own in plan.expired:
            self._take_off_book(own)
            self._end(own, OrderStatus.CANCELED, SELF_TRADE_CANCEL)
        self._execute(order.symbol, order.side, plan, order)
        if order.type is OrderType.MARKET and plan.is_complete and order.status.is_working:
            self._end(order, OrderStatus.FILLED, "")
        elif order.status.is_working:
            if plan.stopped_by_self:
                self._end(order, OrderStatus.CANCELED, SELF_TRADE_CANCEL)
            elif order.time_in_force is TimeInForce.GTC:
                self._rest(order)
            else:
                self._end(order, OrderStatus.CANCELED, RISK_CANCEL)
        return order

    def check(self, account_id: str, request: OrderRequest) -> None:
        """Validate an order exactly as `place` would, without any effect; raises Refusal."""
        self._prepare(account_id, request)

    def cancel(self, account_id: str, order_id: str, reason: str = USER_CANCEL) -> SimOrder:
        """Cancel a working order; raises Refusal not_found, already_filled or already_cancelled."""
        order = self._orders.get(account_id, {}).get(order_id)
        if order is None:
            raise Refusal("not_found", f"no order {order_id}")
        if order.status is OrderStatus.FILLED:
            raise Refusal("already_filled", f"order {order_id} is filled")
        if order.status.is_final:
            raise Refusal("already_cancelled", f"order {order_id} is cancelled")
        self._take_off_book(order)
        self._end(order, OrderStatus.CANCELED, reason)
        return order

    def order(
        self, account_id: str, *, order_id: str | None = None, client_order_id: str | None = None
    ) -> SimOrder | None:
        """Return an order by either id, working or ended; None if there is none."""
        if order_id is None and client_order_id is not None:
            order_id = self._client_ids.get(account_id, {}).get(client_order_id)
        return None if order_id is None else self._orders.get(account_id, {}).get(order_id)

    def orders(self, account_id: str) -> Sequence[SimOrder]:
        """Return all orders of an account, ended ones too, oldest first."""
        return list(self._orders.get(account_id, {}).values())

    def executions(self, account_id: str) -> Sequence[Execution]:
        """Return all executions of an account, oldest first."""
        return tuple(self._executions.get(account_id, ()))

    # -- the anonymous market

    def set_liquidity(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Set the absolute anonymous size at a level; zero removes it.

        Size that would cross client orders trades with them first and only its rest stands; anonymous size of
        the other side that it crosses is withdrawn without a print.
        """
        book = self._books[symbol]
        own = book.side(side)
        other = book.side(side.opposite)
        best = other.best
        if quantity > 0 and best is not None and (price >= best if side is Side.BUY else price <= best):
            quantity -= self._meet(symbol, side, price, quantity)
        level = own.at(price) if quantity > 0 else own.find(price)
        if level is None or level.anonymous == quantity:
            return
        level.set_anonymous(quantity)
        own.drop_if_empty(level)
        book.version += 1

    def liquidity(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        """Return the anonymous size that stands at a level."""
        level = self._books[symbol].side(side).find(price)
        return ZERO if level is None else level.anonymous

    def anonymous_book(self, symbol: str, side: Side) -> list[Level]:
        """Return the anonymous levels of one side, best first."""
        return [(level.price, level.anonymous) for level in self._books[symbol].side(side) if level.anonymous > 0]

    def has_client_orders(self, symbol: str) -> bool:
        """Tell whether any client order may rest in this book."""
        return self._open_by_symbol.get(symbol, 0) > 0

    def aggress(self, symbol: str, side: Side, quantity: Decimal, limit: Decimal | None = None) -> None:
        """Send an anonymous taker order: it trades by price, then time; what does not trade is gone."""
        plan = plan_match(self._books[symbol], Taking(side=side, quantity=quantity, limit=limit))
        self._execute(symbol, side, plan, None)

    def print_trade(self, trade: Trade) -> None:
        """Publish a recorded print as it was, and let client orders have the part that would have reached them.

        Client orders at better prices than the print trade at their own prices; at the print's price they get
        what its size leaves after the anonymous size ahead of them. Anonymous size stays: the recording tells it.
        """
        book = self._books[trade.symbol]
        resting = book.side(trade.side.opposite)
        left = trade.quantity
        touched = [
            level
            for level in resting
            if level.orders and (level.price >= trade.price if trade.side is Side.SELL else level.price <= trade.price)
        ]
        for level in touched:
            ahead = ZERO
            for waiting in list(level.orders):
                if level.price == trade.price:
                    ahead = min(waiting.ahead, left)
                filled = min(left - ahead, waiting.order.remaining)
                if filled <= 0:
                    continue
                left -= filled
                ticket_id = trade.id if level.price == trade.price and trade.id is not None else None
                self._fill_maker(waiting.order, filled, trade.time, ticket_id)
            if level.price == trade.price:
                for waiting in level.orders:
                    waiting.ahead = max(waiting.ahead - trade.quantity, ZERO)
            self._clean(level, trade.symbol, trade.side.opposite)
        self._publish(trade)

    def book(self, symbol: str, depth: int | None = None) -> tuple[list[Level], list[Level]]:
        """Return bids and asks, best first, client orders included."""
        book = self._books[symbol]
        return book.bids.top(depth), book.asks.top(depth)

    def book_version(self, symbol: str) -> int:
        return self._books[symbol].version

    def best(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Return the best bid and ask price; None for an empty side."""
        book = self._books[symbol]
        return book.bids.best, book.asks.best

    def mark_price(self, symbol: str) -> Decimal | None:
        """Return the book's mid, or the last trade's price while a side is empty; None if neither is known."""
        bid, ask = self.best(symbol)
        if bid is not None and ask is not None:
            return (bid + ask) / 2
        recent = self._recent[symbol]
        return recent[-1].price if recent else None

    def recent_trades(self, symbol: str) -> Sequence[Trade]:
        """Return the latest public prints, oldest first."""
        return tuple(self._recent[symbol])

    def seed_trades(self, symbol: str, trades: Iterable[Trade]) -> None:
        """Take prints from before the start as the recent ones; nobody is told."""
        self._recent[symbol].extend(trades)

    def listen_to_trades(self, listener: Callable[[Trade], None]) -> None:
        """Call `listener` with every public print, before `events.trade`."""
        self._trade_listeners.append(listener)

    def set_instrument(self, instrument: Instrument) -> None:
        """Add an instrument, or replace its rules and status; orders that stand are not judged again."""
        if instrument.symbol not in self._instruments:
            self._books[instrument.symbol] = QueueBook()
            self._recent[instrument.symbol] = deque(maxlen=RECENT_TRADES)
        self._instruments[instrument.symbol] = instrument

    # -- persistence

    def lock_of(self, order_id: str) -> Decimal:
        """Return what is still locked for a working order; zero for an ended one."""
        return self._locks.get(order_id, ZERO)

    def export_state(self) -> dict[str, object]:
        """Return accounts, orders, executions and id counters as plain JSON values; without the anonymous market."""
        return {
            "ids": self._ids.export_state(),
            "balances": self._ledger.export_state(),
            "orders": [engine_state.dump_order(o) for orders in self._orders.values() for o in orders.values()],
            "executions": [engine_state.dump_execution(e) for rows in self._executions.values() for e in rows],
            "locks": {order_id: plain(amount) for order_id, amount in self._locks.items()},
        }

    def import_state(self, state: Mapping[str, object]) -> None:
        """Replace accounts, orders and executions by an exported state; working orders go back to the book.

        Raises ValueError naming what is missing or malformed.
        """
        loaded = engine_state.load(state)
        self._ids.import_state(loaded.ids)
        self._ledger.import_state(loaded.balances)
        self._locks = dict(loaded.locks)
        self._orders = {account: {} for account in loaded.balances}
        self._client_ids = {account: {} for account in loaded.balances}
        self._executions = {account: [] for account in loaded.balances}
        self._open = {}
        self._open_by_symbol = {}
        for book in self._books.values():
            book.bids, book.asks = QueueBook().bids, QueueBook().asks
            book.version += 1
        for order in sorted(loaded.orders, key=lambda loaded_order: int(loaded_order.order_id)):
            self._orders[order.account_id][order.order_id] = order
            self._client_ids[order.account_id][order.client_order_id] = order.order_id
            if order.status.is_working:
                self._count_open(order, 1)
                self._rest(order)
        for execution in loaded.executions:
            self._executions[execution.account_id].append(execution)

    # -- inner workings

    def _prepare(self, account_id: str, request: OrderRequest) -> tuple[SimOrder, Plan, Decimal]:
        """Validate a request; return the order to be, the matches it would make and what it must lock."""
        instrument = self._instruments.get(request.symbol)
        if instrument is None:
            raise Refusal("symbol", f"no instrument {request.symbol}")
        if account_id not in self._ledger:
            raise Refusal("not_found", f"no account {account_id}")
        client_order_id = request.client_order_id or ""
        if client_order_id and client_order_id in self._client_ids[account_id]:
            raise Refusal("duplicate", f"client order id {client_order_id} was used before")
        mark = self.mark_price(request.symbol)
        check_terms(instrument, request, mark)
        open_orders = self._open.get((account_id, request.symbol), 0)
        if instrument.max_open_orders is not None and open_orders >= instrument.max_open_orders:
            raise Refusal("too_many_orders", f"{instrument.symbol} takes {instrument.max_open_orders} open orders")
        now = self._clock()
        order = SimOrder(
            order_id="",
            account_id=account_id,
            client_order_id=client_order_id,
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            time_in_force=time_in_force_of(request),
            price=None if request.type is OrderType.MARKET else request.price,
            quantity=request.quantity,
            quote_amount=request.quote_amount,
            self_trade_prevention=request.self_trade_prevention or SelfTradePrevention.EXPIRE_TAKER,
            created=now,
            updated=now,
        )
        plan = plan_match(
            self._books[order.symbol],
            Taking(
                side=order.side,
                quantity=order.quantity,
                value=order.quote_amount,
                limit=order.price if order.price is not None else self._market_limit(instrument, order.side, mark),
                lot=instrument.lot_size,
                account_id=account_id,
                prevention=order.self_trade_prevention,
            ),
        )
        if order.type is OrderType.LIMIT_MAKER and (plan.steps or plan.expired or plan.stopped_by_self):
            raise Refusal("would_cross", "a limit maker order must not trade at once")
        need = self._need(instrument, order, plan)
        asset = self._locked_asset(order)
        free = self._ledger.free(account_id, asset)
        if free < need:
            raise Refusal("funds", f"{plain(need)} {asset} needed, {plain(free)} free")
        return order, plan, need

    @staticmethod
    def _market_limit(instrument: Instrument, side: Side, mark: Decimal | None) -> Decimal | None:
        band = instrument.market_band
        if band is None or mark is None:
            return None
        if side is Side.BUY:
            return mark * (1 + band.buy_up) if band.buy_up else None
        return mark * (1 - band.sell_down) if band.sell_down else None

    def _need(self, instrument: Instrument, order: SimOrder, plan: Plan) -> Decimal:
        """What the order can cost at most: base for a sell, quote (and a quote fee) for a buy."""
        if order.side is Side.SELL:
            return plan.quantity if order.quantity is None else order.quantity
        if order.price is not None and order.quantity is not None:
            value = order.price * order.quantity
        elif order.quote_amount is not None:
            value = order.quote_amount
        else:
            value = plan.value
        return value * (1 + self.fees.lock_rate(instrument, order.side))

    def _locked_asset(self, order: SimOrder) -> str:
        instrument = self._instruments[order.symbol]
        return instrument.quote if order.side is Side.BUY else instrument.base

    def _execute(self, symbol: str, side: Side, plan: Plan, taker: SimOrder | None) -> None:
        """Make the planned matches; `taker` None is the anonymous market."""
        if not plan.steps:
            return
        now = self._clock()
        for level, maker, quantity in plan.steps:
            ticket_id = self._ids.next_ticket(now)
            if maker is None:
                level.take_anonymous(quantity)
            else:
                self._fill(maker, level.price, quantity, now, ticket_id, is_maker=True)
            if taker is not None:
                self._fill(taker, level.price, quantity, now, ticket_id, is_maker=False)
            self._clean(level, symbol, side.opposite)
            self._print(symbol, level.price, quantity, side, now, ticket_id)

    def _meet(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> Decimal:
        """Let arriving anonymous size trade with the client orders it crosses; returns how much traded."""
        other = self._books[symbol].side(side.opposite)
        traded = ZERO
        now = self._clock()
        for level in list(other):
            if traded >= quantity or (level.price > price if side is Side.BUY else level.price < price):
                break
            level.set_anonymous(ZERO)
            for resting in list(level.orders):
                fill = min(quantity - traded, resting.order.remaining)
                if fill <= 0:
                    break
                traded += fill
                ticket_id = self._ids.next_ticket(now)
                self._fill(resting.order, level.price, fill, now, ticket_id, is_maker=True)
                self._print(symbol, level.price, fill, side, now, ticket_id)
            self._clean(level, symbol, side.opposite)
        return traded

    def _fill_maker(self, order: SimOrder, quantity: Decimal, now: int, ticket_id: str | None) -> None:
        """Fill a resting order out of a recorded print; a fill that is no part of it gets a print of its own."""
        price = order.price
        if price is None:
            raise ValueError(f"order {order.order_id} rests without a price")
        own_ticket = ticket_id or self._ids.next_ticket(now)
        self._fill(order, price, quantity, now, own_ticket, is_maker=True)
        if ticket_id is None:
            self._print(order.symbol, price, quantity, order.side.opposite, now, own_ticket)

    def _fill(
        self, order: SimOrder, price: Decimal, quantity: Decimal, now: int, ticket_id: str, *, is_maker: bool
    ) -> None:
        instrument = self._instruments[order.symbol]
        value = price * quantity
        fee_asset = self.fees.fee_asset(instrument, order.side)
        rate = self.fees.rate(is_maker=is_maker)
        fee = rate * (quantity if fee_asset == instrument.base else value)
        account = order.account_id
        order.filled_quantity += quantity
        order.filled_value += value
        order.updated = now
        if order.side is Side.BUY:
            spent = value + (fee if fee_asset == instrument.quote else ZERO)
            freed = self._freed_by_fill(instrument, order, price, quantity)
            self._locks[order.order_id] -= freed
            self._ledger.spend_locked(account, instrument.quote, freed, spent)
            self._ledger.credit(account, instrument.base, quantity - (fee if fee_asset == instrument.base else ZERO))
        else:
            self._locks[order.order_id] -= quantity
            self._ledger.spend_locked(account, instrument.base, quantity, quantity)
            self._ledger.credit(account, instrument.quote, value - fee)
        execution = Execution(
            trade_id=self._ids.next_order(now),
            ticket_id=ticket_id,
            order_id=order.order_id,
            account_id=account,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            price=price,
            quantity=quantity,
            fee=fee,
            fee_asset=fee_asset,
            is_maker=is_maker,
            time=now,
        )
        self._executions[account].append(execution)
        if order.quantity is not None and order.filled_quantity >= order.quantity:
            order.status = OrderStatus.FILLED
            self._release(order)
        else:
            order.status = OrderStatus.PARTIALLY_FILLED
        self.events.order(order, execution)

    def _freed_by_fill(self, instrument: Instrument, order: SimOrder, price: Decimal, quantity: Decimal) -> Decimal:
        """How much of a buy's lock stood for this fill: at its limit price, or at the market's."""
        unit = price if order.price is None else order.price
        return unit * quantity * (1 + self.fees.lock_rate(instrument, order.side))

    def _release(self, order: SimOrder) -> None:
        """Give back what is still locked for an order that has ended."""
        rest = self._locks.pop(order.order_id)
        self._count_open(order, -1)
        if rest:
            self._ledger.unlock(order.account_id, self._locked_asset(order), rest)

    def _end(self, order: SimOrder, status: OrderStatus, reason: str) -> None:
        order.status = status
        order.reason = reason
        order.updated = self._clock()
        self._release(order)
        self.events.order(order, None)

    def _rest(self, order: SimOrder) -> None:
        if order.price is None:
            raise ValueError(f"order {order.order_id} cannot rest without a price")
        book = self._books[order.symbol]
        book.side(order.side).at(order.price).append(order)
        book.version += 1

    def _take_off_book(self, order: SimOrder) -> None:
        if order.price is None:
            return
        book = self._books[order.symbol]
        side = book.side(order.side)
        level = side.find(order.price)
        if level is not None:
            level.remove(order)
            side.drop_if_empty(level)
            book.version += 1

    def _clean(self, level: PriceLevel, symbol: str, side: Side) -> None:
        """Take ended orders, and the level if nothing is left of it, off the book."""
        book = self._books[symbol]
        if level.orders:
            level.orders = [resting for resting in level.orders if resting.order.status.is_working]
        book.side(side).drop_if_empty(level)
        book.version += 1

    def _count_open(self, order: SimOrder, change: int) -> None:
        key = (order.account_id, order.symbol)
        self._open[key] = self._open.get(key, 0) + change
        self._open_by_symbol[order.symbol] = self._open_by_symbol.get(order.symbol, 0) + change

    def _print(self, symbol: str, price: Decimal, quantity: Decimal, side: Side, now: int, ticket_id: str) -> None:
        self._publish(
            Trade(venue=self.venue, symbol=symbol, price=price, quantity=quantity, side=side, time=now, id=ticket_id)
        )

    def _publish(self, trade: Trade) -> None:
        self._recent[trade.symbol].append(trade)
        for listener in self._trade_listeners:
            listener(trade)
        self.events.trade(trade)

    def _balance_changed(self, account_id: str, asset: str) -> None:
        self.events.balance(account_id, asset)
