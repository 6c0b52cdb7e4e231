"""Rules that hold for any sequence of orders, cancels and market moves."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from terminal.domain import (
    Instrument,
    OrderRequest,
    OrderStatus,
    OrderType,
    PriceBand,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trade,
)
from terminal.simulator.matching_engine import EngineEvents, FeeSchedule, IdSource, MatchingEngine, Refusal

D = Decimal
ACCOUNTS = ("ann", "bob")
FEES = FeeSchedule(maker=D("0.001"), taker=D("0.002"))
BAND = PriceBand(buy_up=D("0.2"), sell_down=D("0.2"))
PAIRS = tuple(
    Instrument(
        venue="sim",
        symbol=base + quote,
        base=base,
        quote=quote,
        tick_size=D("0.5"),
        lot_size=D("0.1"),
        limit_band=BAND,
        market_band=BAND,
    )
    for base, quote in (("ABC", "USDT"), ("ABC", "USD"))
)
START = {"ABC": D(40), "USDT": D(4_000), "USD": D(4_000)}

symbols = st.sampled_from([pair.symbol for pair in PAIRS])
sides = st.sampled_from(list(Side))
prices = st.integers(180, 220).map(lambda ticks: ticks * D("0.5"))
quantities = st.integers(1, 120).map(lambda lots: lots * D("0.1"))


class Trading(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_700_000_000_000
        self.engine = self.new_engine()
        self.prints: list[Trade] = []
        self.engine.events = EngineEvents(trade=self.prints.append)
        for account in ACCOUNTS:
            self.engine.open_account(account, START)
        for pair in PAIRS:
            for offset in range(1, 6):
                self.engine.set_liquidity(pair.symbol, Side.BUY, 100 - offset * D("0.5"), D(2))
                self.engine.set_liquidity(pair.symbol, Side.SELL, 100 + offset * D("0.5"), D(2))

    def new_engine(self) -> MatchingEngine:
        return MatchingEngine("sim", PAIRS, clock=lambda: self.now, fees=FEES, ids=IdSource())

    @rule(
        account=st.sampled_from(ACCOUNTS),
        symbol=symbols,
        side=sides,
        price=prices,
        quantity=quantities,
        kind=st.sampled_from([OrderType.LIMIT, OrderType.LIMIT_MAKER]),
        tif=st.sampled_from([None, *TimeInForce]),
        stp=st.sampled_from([None, *SelfTradePrevention]),
    )
    def place(self, **terms: Any) -> None:
        self.send(
            terms["account"],
            OrderRequest(
                symbol=terms["symbol"],
                side=terms["side"],
                type=terms["kind"],
                price=terms["price"],
                quantity=terms["quantity"],
                time_in_force=terms["tif"],
                self_trade_prevention=terms["stp"],
            ),
        )

    @rule(
        account=st.sampled_from(ACCOUNTS),
        symbol=symbols,
        side=sides,
        quantity=quantities,
        by_amount=st.booleans(),
        stp=st.sampled_from(list(SelfTradePrevention)),
    )
    def place_at_market(self, **terms: Any) -> None:
        by_amount = terms["by_amount"]
        self.send(
            terms["account"],
            OrderRequest(
                symbol=terms["symbol"],
                side=terms["side"],
                type=OrderType.MARKET,
                quantity=None if by_amount else terms["quantity"],
                quote_amount=terms["quantity"] * 100 if by_amount else None,
                self_trade_prevention=terms["stp"],
            ),
        )

    def send(self, account: str, request: OrderRequest) -> None:
        self.now += 1
        try:
            self.engine.check(account, request)
        except Refusal as refusal:
            with pytest.raises(Refusal, match=refusal.kind):
                self.engine.place(account, request)
        else:
            self.engine.place(account, request)

    @rule(account=st.sampled_from(ACCOUNTS), pick=st.integers(0, 10_000))
    def cancel(self, account: str, pick: int) -> None:
        orders = self.engine.orders(account)
        if orders:
            order = orders[pick % len(orders)]
            was_final = order.status.is_final
            try:
                self.engine.cancel(account, order.order_id)
            except Refusal:
                assert was_final
            else:
                assert not was_final

    @rule(symbol=symbols, side=sides, price=prices, quantity=st.integers(0, 60).map(lambda lots: lots * D("0.1")))
    def quote(self, symbol: str, side: Side, price: D, quantity: D) -> None:
        self.engine.set_liquidity(symbol, side, price, quantity)

    @rule(symbol=symbols, side=sides, quantity=quantities, price=st.none() | prices)
    def aggress(self, symbol: str, side: Side, quantity: D, price: D | None) -> None:
        self.engine.aggress(symbol, side, quantity, price)

    @rule(symbol=symbols, side=sides, quantity=quantities, price=prices)
    def recorded_print(self, symbol: str, side: Side, quantity: D, price: D) -> None:
        trade = Trade(venue="sim", symbol=symbol, price=price, quantity=quantity, side=side, time=self.now, id="1")
        self.engine.print_trade(trade)

    @precondition(lambda self: any(self.engine.orders(account) for account in ACCOUNTS))
    @rule()
    def restart(self) -> None:
        """State survives a restart to the digit; only the anonymous market is gone."""
        state = json.loads(json.dumps(self.engine.export_state()))
        again = self.new_engine()
        again.import_state(state)
        assert again.export_state() == state
        for account in ACCOUNTS:
            assert again.balances(account) == self.engine.balances(account)
            assert again.orders(account) == self.engine.orders(account)
            assert again.executions(account) == self.engine.executions(account)
        for pair in PAIRS:
            for side in Side:
                for price, quantity in self.engine.anonymous_book(pair.symbol, side):
                    again.set_liquidity(pair.symbol, side, price, quantity)
            assert again.book(pair.symbol) == self.engine.book(pair.symbol)
        again.events = self.engine.events
        self.engine = again

    @invariant()
    def balances_follow_from_the_executions(self) -> None:
        """Free and locked together change by trades and fees alone, in every account and asset."""
        for account in ACCOUNTS:
            expected = dict(START)
            for execution in self.engine.executions(account):
                pair = self.engine.instruments[execution.symbol]
                sign = 1 if execution.side is Side.BUY else -1
                expected[pair.base] += sign * execution.quantity
                expected[pair.quote] -= sign * execution.quantity * execution.price
                expected[execution.fee_asset] -= execution.fee
            held = {asset: free + locked for asset, (free, locked) in self.engine.balances(account).items()}
            assert held == expected

    @invariant()
    def locks_are_what_the_working_orders_need(self) -> None:
        for account in ACCOUNTS:
            needed: dict[str, D] = defaultdict(D)
            for order in self.engine.orders(account):
                if order.status.is_working:
                    pair = self.engine.instruments[order.symbol]
                    assert order.price is not None
                    if order.side is Side.SELL:
                        needed[pair.base] += order.remaining
                    else:
                        rate = 1 + FEES.lock_rate(pair, order.side)
                        needed[pair.quote] += order.remaining * order.price * rate
            for asset, (free, locked) in self.engine.balances(account).items():
                assert free >= 0
                assert locked == needed[asset]

    @invariant()
    def orders_add_up_to_their_executions(self) -> None:
        for account in ACCOUNTS:
            quantity: dict[str, D] = defaultdict(D)
            value: dict[str, D] = defaultdict(D)
            for execution in self.engine.executions(account):
                quantity[execution.order_id] += execution.quantity
                value[execution.order_id] += execution.quantity * execution.price
            for order in self.engine.orders(account):
                assert order.filled_quantity == quantity[order.order_id]
                assert order.filled_value == value[order.order_id]
                if order.quantity is not None:
                    assert order.filled_quantity <= order.quantity
                    assert (order.filled_quantity == order.quantity) == (order.status is OrderStatus.FILLED)

    @invariant()
    def no_fill_is_worse_than_the_limit_and_none_is_with_oneself(self) -> None:
        sides: dict[tuple[str, str], set[Side]] = defaultdict(set)
        for account in ACCOUNTS:
            for execution in self.engine.executions(account):
                order = self.engine.order(account, order_id=execution.order_id)
                assert order is not None
                if order.price is not None:
                    gain = order.price - execution.price
                    assert gain >= 0 if order.side is Side.BUY else gain <= 0
                if execution.ticket_id != "1":
                    sides[account, execution.ticket_id].add(execution.side)
        assert all(len(seen) == 1 for seen in sides.values())

    @invariant()
    def books_are_sorted_uncrossed_and_positive(self) -> None:
        for pair in PAIRS:
            bids, asks = self.engine.book(pair.symbol)
            bid_prices, ask_prices = [price for price, _ in bids], [price for price, _ in asks]
            assert bid_prices == sorted(set(bid_prices), reverse=True)
            assert ask_prices == sorted(set(ask_prices))
            assert not bids or not asks or bid_prices[0] < ask_prices[0]
            assert all(quantity > 0 for _, quantity in bids + asks)

    @invariant()
    def working_orders_are_the_part_of_the_book_that_is_not_anonymous(self) -> None:
        for pair in PAIRS:
            for side, levels in zip((Side.BUY, Side.SELL), self.engine.book(pair.symbol), strict=True):
                ours: dict[D, D] = defaultdict(D)
                for account in ACCOUNTS:
                    for order in self.engine.orders(account):
                        if order.symbol == pair.symbol and order.side is side and order.status.is_working:
                            assert order.price is not None
                            ours[order.price] += order.remaining
                anonymous = dict(self.engine.anonymous_book(pair.symbol, side))
                assert dict(levels) == {
                    price: ours[price] + anonymous.get(price, D(0)) for price in {*ours, *anonymous}
                }


TestTrading = Trading.TestCase
TestTrading.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
