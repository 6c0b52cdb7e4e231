"""What orders and fills do to balances: locks at placement, payment and fees at each fill, release at the end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from terminal.domain import Instrument, OrderStatus, Side
from terminal.domain.numbers import ZERO, plain
from terminal.simulator.ledger import Ledger
from terminal.simulator.queue_book import Plan
from terminal.simulator.records import Execution, FeeSchedule, IdSource, Refusal, SimOrder


class Settlement:
    """Locks, payments and executions of the client orders of one venue."""

    def __init__(
        self, ledger: Ledger, instruments: Mapping[str, Instrument], *, fees: FeeSchedule, ids: IdSource
    ) -> None:
        self._ledger = ledger
        self._instruments = instruments
        self._fees = fees
        self._ids = ids
        self.locks: dict[str, Decimal] = {}
        """Order id -> what is still locked for it, in the asset it pays with."""
        self.executions: dict[str, list[Execution]] = {}
        """Account -> its executions, oldest first."""

    def need(self, order: SimOrder, plan: Plan) -> Decimal:
        """Return the most an order can cost: base for a sell; quote, and the quote fee, for a buy.

        Raises Refusal "funds" if the account has less than that free.
        """
        need = self._need(order, plan)
        asset = self._paying_asset(order)
        free = self._ledger.free(order.account_id, asset)
        if free < need:
            raise Refusal("funds", f"{plain(need)} {asset} needed, {plain(free)} free")
        return need

    def lock(self, order: SimOrder, need: Decimal) -> None:
        self._ledger.lock(order.account_id, self._paying_asset(order), need)
        self.locks[order.order_id] = need

    def release(self, order: SimOrder) -> None:
        """Give back what is still locked for an order that has ended."""
        rest = self.locks.pop(order.order_id)
        if rest:
            self._ledger.unlock(order.account_id, self._paying_asset(order), rest)

    def fill(
        self, order: SimOrder, price: Decimal, quantity: Decimal, *, now: int, ticket_id: str, is_maker: bool
    ) -> Execution:
        """Pay for one fill out of the order's lock, note it on the order and return its execution."""
        instrument = self._instruments[order.symbol]
        value = price * quantity
        fee_asset = self._fees.fee_asset(instrument, order.side)
        fee = self._fees.rate(is_maker=is_maker) * (quantity if fee_asset == instrument.base else value)
        if order.side is Side.BUY:
            freed = (price if order.price is None else order.price) * quantity
            freed += freed * self._fees.lock_rate(instrument, order.side)
            spent = value + (fee if fee_asset == instrument.quote else ZERO)
            received = quantity - (fee if fee_asset == instrument.base else ZERO)
        else:
            freed = spent = quantity
            received = value - fee
        self.locks[order.order_id] -= freed
        self._ledger.spend_locked(order.account_id, self._paying_asset(order), freed, spent)
        self._ledger.credit(order.account_id, self._received_asset(order), received)
        order.filled_quantity += quantity
        order.filled_value += value
        order.updated = now
        is_done = order.quantity is not None and order.filled_quantity >= order.quantity
        order.status = OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED
        execution = Execution(
            trade_id=self._ids.next_order(now),
            ticket_id=ticket_id,
            order_id=order.order_id,
            account_id=order.account_id,
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
        self.executions[order.account_id].append(execution)
        return execution

    def _need(self, order: SimOrder, plan: Plan) -> Decimal:
        if order.side is Side.SELL:
            return plan.quantity if order.quantity is None else order.quantity
        if order.price is not None and order.quantity is not None:
            value = order.price * order.quantity
        else:
            value = plan.value if order.quote_amount is None else order.quote_amount
        return value * (1 + self._fees.lock_rate(self._instruments[order.symbol], order.side))

    def _paying_asset(self, order: SimOrder) -> str:
        instrument = self._instruments[order.symbol]
        return instrument.quote if order.side is Side.BUY else instrument.base

    def _received_asset(self, order: SimOrder) -> str:
        instrument = self._instruments[order.symbol]
        return instrument.base if order.side is Side.BUY else instrument.quote
