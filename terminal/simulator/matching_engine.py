"""The simulated venue's matching engine: price-time priority, balances and locks, fees, self-trade prevention.

Pure and synchronous: time comes from the clock it is given, the market from `set_liquidity` and `aggress`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from terminal.domain import (
    Instrument,
    Level,
    OrderRequest,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    Trade,
)
from terminal.domain.numbers import ZERO
from terminal.simulator import engine_state
from terminal.simulator.ledger import Ledger
from terminal.simulator.order_checks import check_terms, new_order, taking_of
from terminal.simulator.order_records import OrderRecords
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
from terminal.simulator.settlement import Settlement
from terminal.simulator.tape import Tape

__all__ = ["EngineEvents", "Execution", "FeeSchedule", "IdSource", "MatchingEngine", "Refusal", "SimOrder"]


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
        self._tape = Tape(self._instruments)
        self._records = OrderRecords()
        self._ledger = Ledger(self._balance_changed)
        self._settlement = Settlement(self._ledger, self.instruments, fees=fees, ids=ids)

    # -- accounts

    def open_account(self, account_id: str, balances: Mapping[str, Decimal]) -> None:
        """Open a client account; raises ValueError if it exists or a balance is negative."""
        self._ledger.open(account_id, balances)
        self._records.open_account(account_id)
        self._settlement.executions[account_id] = []

    @property
    def accounts(self) -> tuple[str, ...]:
        return self._records.accounts

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
        order.order_id = self._ids.next_order(order.created)
        if not order.client_order_id:
            order.client_order_id = order.order_id
        self._settlement.lock(order, need)
        self._records.add(order)
        self.events.order(order, None)
        if order.time_in_force is TimeInForce.FOK and not plan.is_complete:
            self._end(order, OrderStatus.CANCELED, SELF_TRADE_CANCEL if plan.stopped_by_self else RISK_CANCEL)
            return order
        for own in plan.expired:
            self._take_off_book(own)
            self._end(own, OrderStatus.CANCELED, SELF_TRADE_CANCEL)
        self._execute(order.symbol, order.side, plan, order)
        if order.status.is_final:
            return order
        if order.type is OrderType.MARKET and plan.is_complete:
            self._end(order, OrderStatus.FILLED, "")
        elif plan.stopped_by_self:
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
        order = self._records.get(account_id, order_id)
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
        if order_id is not None:
            return self._records.get(account_id, order_id)
        return None if client_order_id is None else self._records.by_client_id(account_id, client_order_id)

    def orders(self, account_id: str) -> Sequence[SimOrder]:
        """Return all orders of an account, ended ones too, oldest first."""
        return self._records.of(account_id)

    def executions(self, account_id: str) -> Sequence[Execution]:
        """Return all executions of an account, oldest first."""
        return tuple(self._settlement.executions.get(account_id, ()))

    # -- the anonymous market

    def set_liquidity(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Set the absolute anonymous size at a level; zero removes it.

        Size that would cross client orders trades with them first and only its rest stands; anonymous size of
        the other side that it crosses is withdrawn without a print.
        """
        book = self._books[symbol]
        own = book.side(side)
        best = book.side(side.opposite).best
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
        """Tell whether client orders rest in this book."""
        return self._records.any_working(symbol)

    def aggress(self, symbol: str, side: Side, quantity: Decimal, limit: Decimal | None = None) -> None:
        """Send an anonymous taker order: it trades by price, then time; what does not trade is gone."""
        plan = plan_match(self._books[symbol], Taking(side=side, quantity=quantity, limit=limit))
        self._execute(symbol, side, plan, None)

    def print_trade(self, trade: Trade) -> None:
        """Publish a recorded print as it was, and let client orders have the part that would have reached them.

        Client orders at better prices than the print trade at their own prices (a print of their own); at the
        print's price they get what its size leaves after the anonymous size ahead of them. Anonymous size stays as
        it is: the recorded book tells how it changed.
        """
        side = trade.side.opposite
        is_within = trade.price.__le__ if side is Side.BUY else trade.price.__ge__
        left = trade.quantity
        for level in [level for level in self._books[trade.symbol].side(side) if level.orders]:
            if not is_within(level.price):
                break
            is_print_level = level.price == trade.price
            passed = ZERO
            for order, available in list(level.queue()):
                taken = min(left, available)
                if taken <= 0 or (order is None and not is_print_level):
                    continue
                left -= taken
                if order is None:
                    passed += taken
                    continue
                ticket_id = trade.id if is_print_level and trade.id else self._ids.next_ticket(trade.time)
                self._fill(order, level.price, taken, trade.time, ticket_id, is_maker=True)
                if not is_print_level:
                    self._print(trade.symbol, trade.side, level.price, taken, ticket_id)
            level.pass_anonymous(passed)
            self._clean(level, trade.symbol, side)
        self._publish(trade)

    def book(self, symbol: str, depth: int | None = None) -> tuple[list[Level], list[Level]]:
        """Return bids and asks, best first, client orders included."""
        return self._books[symbol].bids.top(depth), self._books[symbol].asks.top(depth)

    def book_version(self, symbol: str) -> int:
        """Return a number that grows with every change of the book."""
        return self._books[symbol].version

    def mark_price(self, symbol: str) -> Decimal | None:
        """Return the book's mid, or the last trade's price while a side is empty; None if neither is known."""
        book = self._books[symbol]
        bid, ask = book.bids.best, book.asks.best
        if bid is not None and ask is not None:
            return (bid + ask) / 2
        last = self._tape.last(symbol)
        return None if last is None else last.price

    def recent_trades(self, symbol: str) -> Sequence[Trade]:
        """Return the latest public prints, oldest first."""
        return self._tape.recent(symbol)

    def seed_trades(self, symbol: str, trades: Iterable[Trade]) -> None:
        """Take prints from before the start as the recent ones; nobody is told."""
        self._tape.seed(symbol, trades)

    def listen_to_trades(self, listener: Callable[[Trade], None]) -> None:
        """Call `listener` with every public print, before `events.trade`."""
        self._tape.listeners.append(listener)

    def set_instrument(self, instrument: Instrument) -> None:
        """Add an instrument, or replace its rules and status; orders that stand are not judged again."""
        if instrument.symbol not in self._instruments:
            self._books[instrument.symbol] = QueueBook()
            self._tape.open(instrument.symbol)
        self._instruments[instrument.symbol] = instrument

    # -- persistence

    def export_state(self) -> dict[str, object]:
        """Return accounts, orders, executions and id counters as plain JSON values, without the anonymous market."""
        return engine_state.dump(self._ids, self._ledger, self._records, self._settlement)

    def import_state(self, state: Mapping[str, object]) -> None:
        """Replace accounts, orders and executions by an exported state; working orders go back to the book.

        Raises ValueError naming what is missing, malformed or of an instrument this engine has not.
        """
        loaded = engine_state.load(state)
        unknown = sorted({order.symbol for order in loaded.orders} - set(self._instruments))
        if unknown:
            raise ValueError(f"the engine's state has orders of unknown instruments: {', '.join(unknown)}")
        self._ids.import_state(loaded.ids)
        self._ledger.import_state(loaded.balances)
        self._settlement.locks = dict(loaded.locks)
        self._settlement.executions = {account: [] for account in loaded.balances}
        for execution in loaded.executions:
            self._settlement.executions[execution.account_id].append(execution)
        for book in self._books.values():
            book.clear()
        self._records = OrderRecords()
        for account_id in loaded.balances:
            self._records.open_account(account_id)
        for order in sorted(loaded.orders, key=_acceptance):
            self._records.add(order)
            if order.status.is_working:
                self._rest(order)

    # -- inner workings

    def _prepare(self, account_id: str, request: OrderRequest) -> tuple[SimOrder, Plan, Decimal]:
        """Validate a request; return the order to be, the matches it would make and what it must lock."""
        instrument = self._instruments.get(request.symbol)
        if instrument is None:
            raise Refusal("symbol", f"no instrument {request.symbol}")
        if account_id not in self._ledger:
            raise Refusal("not_found", f"no account {account_id}")
        client_order_id = request.client_order_id or ""
        if client_order_id and self._records.by_client_id(account_id, client_order_id) is not None:
            raise Refusal("duplicate", f"client order id {client_order_id} was used before")
        mark = self.mark_price(request.symbol)
        check_terms(instrument, request, mark)
        most = instrument.max_open_orders
        if most is not None and self._records.working(account_id, request.symbol) >= most:
            raise Refusal("too_many_orders", f"{instrument.symbol} takes at most {most} open orders")
        order = new_order(account_id, request, self._clock())
        plan = plan_match(self._books[order.symbol], taking_of(order, instrument, mark))
        if order.type is OrderType.LIMIT_MAKER and plan.would_trade:
            raise Refusal("would_cross", "a limit maker order must not trade at once")
        return order, plan, self._settlement.need(order, plan)

    def _execute(self, symbol: str, side: Side, plan: Plan, taker: SimOrder | None) -> None:
        """Make the planned matches; `taker` None is the anonymous market."""
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
            self._print(symbol, side, level.price, quantity, ticket_id)

    def _meet(self, symbol: str, side: Side, price: Decimal, quantity: Decimal) -> Decimal:
        """Let arriving anonymous size trade with the client orders it crosses; returns how much traded."""
        traded = ZERO
        now = self._clock()
        for level in list(self._books[symbol].side(side.opposite)):
            if traded >= quantity or (level.price > price if side is Side.BUY else level.price < price):
                break
            level.set_anonymous(ZERO)
            for resting in list(level.orders):
                taken = min(quantity - traded, resting.order.remaining)
                if taken <= 0:
                    break
                traded += taken
                ticket_id = self._ids.next_ticket(now)
                self._fill(resting.order, level.price, taken, now, ticket_id, is_maker=True)
                self._print(symbol, side, level.price, taken, ticket_id)
            self._clean(level, symbol, side.opposite)
        return traded

    def _fill(
        self, order: SimOrder, price: Decimal, quantity: Decimal, now: int, ticket_id: str, *, is_maker: bool
    ) -> None:
        execution = self._settlement.fill(order, price, quantity, now=now, ticket_id=ticket_id, is_maker=is_maker)
        if order.status.is_final:
            self._settlement.release(order)
            self._records.ended(order)
        self.events.order(order, execution)

    def _end(self, order: SimOrder, status: OrderStatus, reason: str) -> None:
        order.status = status
        order.reason = reason
        order.updated = self._clock()
        self._settlement.release(order)
        self._records.ended(order)
        self.events.order(order, None)

    def _rest(self, order: SimOrder) -> None:
        if order.price is None:
            raise ValueError(f"order {order.order_id} cannot rest without a price")
        book = self._books[order.symbol]
        book.side(order.side).at(order.price).append(order)
        book.version += 1

    def _take_off_book(self, order: SimOrder) -> None:
        book = self._books[order.symbol]
        side = book.side(order.side)
        level = None if order.price is None else side.find(order.price)
        if level is not None:
            level.remove(order)
            side.drop_if_empty(level)
            book.version += 1

    def _clean(self, level: PriceLevel, symbol: str, side: Side) -> None:
        """Take ended orders, and the level if nothing is left of it, off the book."""
        book = self._books[symbol]
        level.drop_ended()
        book.side(side).drop_if_empty(level)
        book.version += 1

    def _print(self, symbol: str, side: Side, price: Decimal, quantity: Decimal, ticket_id: str) -> None:
        now = self._clock()
        self._publish(
            Trade(venue=self.venue, symbol=symbol, price=price, quantity=quantity, side=side, time=now, id=ticket_id)
        )

    def _balance_changed(self, account_id: str, asset: str) -> None:
        self.events.balance(account_id, asset)

    def _publish(self, trade: Trade) -> None:
        self._tape.publish(trade)
        self.events.trade(trade)


def _acceptance(order: SimOrder) -> int:
    return int(order.order_id)
