"""The matching engine: priority, balances, every order kind, prevention, the anonymous market."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from terminal.domain import (
    Instrument,
    InstrumentStatus,
    OrderRequest,
    OrderStatus,
    OrderType,
    PriceBand,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trade,
)
from terminal.simulator.instruments import hashkey_mena_instruments
from terminal.simulator.matching_engine import (
    EngineEvents,
    Execution,
    FeeSchedule,
    IdSource,
    MatchingEngine,
    Refusal,
    SimOrder,
)

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
FEES = FeeSchedule(maker=D("0.001"), taker=D("0.002"))
NOW = 1_700_000_000_000

Place = Callable[..., SimOrder]


def pair(symbol: str, base: str, quote: str) -> Instrument:
    band = PriceBand(buy_up=D("0.1"), sell_down=D("0.1"))
    return Instrument(
        venue="sim",
        symbol=symbol,
        base=base,
        quote=quote,
        tick_size=D("0.1"),
        lot_size=D("0.01"),
        quote_step=D("0.01"),
        limit_band=band,
        market_band=band,
        max_open_orders=3,
    )


@pytest.fixture
def engine() -> MatchingEngine:
    instruments = [pair("XYZUSDT", "XYZ", "USDT"), pair("XYZUSD", "XYZ", "USD")]
    made = MatchingEngine("sim", instruments, clock=lambda: NOW, fees=FEES, ids=IdSource())
    for account in ("ann", "bob"):
        made.open_account(account, {"XYZ": D(100), "USDT": D(100_000), "USD": D(100_000)})
    return made


@pytest.fixture
def market(engine: MatchingEngine) -> MatchingEngine:
    """Bids 100.0 and 99.9, asks 100.2 and 100.3, five units each."""
    for side, price in ((BUY, "100.0"), (BUY, "99.9"), (SELL, "100.2"), (SELL, "100.3")):
        engine.set_liquidity("XYZUSDT", side, D(price), D(5))
    return engine


def limit(
    side: Side,
    price: str,
    quantity: str,
    *,
    symbol: str = "XYZUSDT",
    kind: OrderType = OrderType.LIMIT,
    tif: TimeInForce | None = None,
    stp: SelfTradePrevention | None = None,
    client_id: str | None = None,
) -> OrderRequest:
    return OrderRequest(
        symbol=symbol,
        side=side,
        type=kind,
        price=D(price),
        quantity=D(quantity),
        time_in_force=tif,
        self_trade_prevention=stp,
        client_order_id=client_id,
    )


def market_order(
    side: Side, *, quantity: str | None = None, amount: str | None = None, symbol: str = "XYZUSDT"
) -> OrderRequest:
    return OrderRequest(
        symbol=symbol,
        side=side,
        type=OrderType.MARKET,
        quantity=None if quantity is None else D(quantity),
        quote_amount=None if amount is None else D(amount),
    )


def fills(engine: MatchingEngine, account: str) -> list[tuple[D, D]]:
    return [(execution.price, execution.quantity) for execution in engine.executions(account)]


def kind_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.kind


# -- resting and taking


def test_a_limit_order_that_does_not_cross_rests_and_locks_its_cost(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "99.9", "2"))
    assert order.status is OrderStatus.OPEN
    assert market.balances("ann")["USDT"] == (D("99800.2"), D("199.8"))
    assert market.book("XYZUSDT")[0] == [(D("100.0"), D(5)), (D("99.9"), D(7))]


def test_a_crossing_limit_order_takes_the_better_prices_and_rests_with_what_is_left(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "100.2", "7"))
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert order.filled_quantity == D(5)
    assert order.filled_value == D(501)
    assert market.book("XYZUSDT")[0][0] == (D("100.2"), D(2))
    # 501 paid, 2 x 100.2 locked; the fee comes out of the coins bought
    assert market.balances("ann")["USDT"] == (D("100000") - D(501) - D("200.4"), D("200.4"))
    assert market.balances("ann")["XYZ"] == (D(105) - D(5) * D("0.002"), D(0))


def test_a_taker_at_a_better_price_gets_the_difference_back(market: MatchingEngine) -> None:
    market.place("ann", limit(BUY, "100.3", "5"))
    assert market.balances("ann")["USDT"] == (D(100_000) - D(501), D(0))


def test_earlier_anonymous_size_trades_before_a_client_order_and_later_size_after_it(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "100.0", "2"))
    market.set_liquidity("XYZUSDT", BUY, D("100.0"), D(9))  # 5 were there before, 4 came after
    market.aggress("XYZUSDT", SELL, D(5))
    assert order.filled_quantity == 0
    market.aggress("XYZUSDT", SELL, D("1.5"))
    assert order.filled_quantity == D("1.5")
    market.aggress("XYZUSDT", SELL, D(1))
    assert order.status is OrderStatus.FILLED
    assert market.book("XYZUSDT")[0][0] == (D("100.0"), D("3.5"))


def test_withdrawn_anonymous_size_moves_a_client_order_up(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "100.0", "2"))
    market.set_liquidity("XYZUSDT", BUY, D("100.0"), D(1))
    market.aggress("XYZUSDT", SELL, D(2))
    assert order.filled_quantity == D(1)


def test_orders_of_one_price_fill_in_the_order_of_their_arrival(market: MatchingEngine) -> None:
    first = market.place("ann", limit(BUY, "100.1", "1"))
    second = market.place("bob", limit(BUY, "100.1", "1"))
    market.aggress("XYZUSDT", SELL, D("1.5"))
    assert (first.filled_quantity, second.filled_quantity) == (D(1), D("0.5"))


def test_a_better_price_comes_before_an_earlier_order(market: MatchingEngine) -> None:
    earlier = market.place("ann", limit(BUY, "100.0", "1"))
    better = market.place("bob", limit(BUY, "100.1", "1"))
    market.aggress("XYZUSDT", SELL, D(1))
    assert (earlier.filled_quantity, better.filled_quantity) == (D(0), D(1))


def test_two_clients_trade_at_the_makers_price_with_one_ticket_and_two_trade_ids(market: MatchingEngine) -> None:
    market.place("ann", limit(SELL, "100.1", "1"))
    market.place("bob", limit(BUY, "100.2", "1"))
    (sold,), (bought,) = market.executions("ann"), market.executions("bob")
    assert sold.price == bought.price == D("100.1")
    assert sold.ticket_id == bought.ticket_id
    assert sold.trade_id != bought.trade_id
    assert (sold.is_maker, bought.is_maker) == (True, False)
    assert (sold.fee, sold.fee_asset) == (D("100.1") * D("0.001"), "USDT")
    assert (bought.fee, bought.fee_asset) == (D("0.002"), "XYZ")


def test_a_pair_against_fiat_takes_the_fee_in_fiat_on_both_sides_and_locks_it(engine: MatchingEngine) -> None:
    engine.set_liquidity("XYZUSD", SELL, D("100.0"), D(1))
    order = engine.place("ann", limit(BUY, "100.0", "3", symbol="XYZUSD"))
    (bought,) = engine.executions("ann")
    assert (bought.fee, bought.fee_asset) == (D("0.2"), "USD")
    # 2 more at 100 are locked with the dearer of the two rates
    assert engine.balances("ann")["USD"] == (D(100_000) - D("100.2") - D("200.4"), D("200.4"))
    engine.aggress("XYZUSD", SELL, D(2))
    assert order.status is OrderStatus.FILLED
    # as a maker the rest cost 0.2, not 0.4: the difference is free again
    assert engine.balances("ann")["USD"] == (D(100_000) - D("100.2") - D("200.2"), D(0))


# -- kinds of orders


def test_immediate_or_cancel_takes_what_there_is_and_cancels_the_rest(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "100.2", "7", tif=TimeInForce.IOC))
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "RISKLIMIT_CANCEL")
    assert order.filled_quantity == D(5)
    assert market.balances("ann")["USDT"][1] == 0


def test_fill_or_kill_trades_whole_or_not_at_all(market: MatchingEngine) -> None:
    killed = market.place("ann", limit(BUY, "100.2", "5.01", tif=TimeInForce.FOK))
    assert (killed.status, killed.filled_quantity) == (OrderStatus.CANCELED, D(0))
    assert market.balances("ann")["USDT"] == (D(100_000), D(0))
    filled = market.place("ann", limit(BUY, "100.3", "10", tif=TimeInForce.FOK))
    assert filled.status is OrderStatus.FILLED


def test_a_limit_maker_order_is_refused_if_it_would_trade(market: MatchingEngine) -> None:
    assert kind_of(lambda: market.place("ann", limit(BUY, "100.2", "1", kind=OrderType.LIMIT_MAKER))) == "would_cross"
    assert market.place("ann", limit(BUY, "100.1", "1", kind=OrderType.LIMIT_MAKER)).status is OrderStatus.OPEN


def test_a_market_order_by_quantity_walks_the_book(market: MatchingEngine) -> None:
    order = market.place("ann", market_order(BUY, quantity="6"))
    assert order.status is OrderStatus.FILLED
    assert fills(market, "ann") == [(D("100.2"), D(5)), (D("100.3"), D(1))]
    assert market.balances("ann")["USDT"] == (D(100_000) - D("601.3"), D(0))


def test_a_market_buy_by_amount_spends_at_most_the_amount_in_whole_lots(market: MatchingEngine) -> None:
    order = market.place("ann", market_order(BUY, amount="250"))
    assert (order.status, order.quantity) == (OrderStatus.FILLED, None)
    assert order.filled_quantity == D("2.49")
    assert order.filled_value == D("249.498")
    assert market.balances("ann")["USDT"] == (D(100_000) - D("249.498"), D(0))


def test_a_market_sell_by_amount_sells_what_brings_the_amount(market: MatchingEngine) -> None:
    order = market.place("ann", market_order(SELL, amount="600"))
    assert (order.status, order.filled_value) == (OrderStatus.FILLED, D(500) + D("99.9"))
    assert market.balances("ann")["XYZ"] == (D(94), D(0))


def test_a_market_order_stops_at_the_price_band(market: MatchingEngine) -> None:
    market.set_liquidity("XYZUSDT", SELL, D("120.0"), D(50))  # the mark is 100.1, the band ends at 110.11
    order = market.place("ann", market_order(BUY, quantity="20"))
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "RISKLIMIT_CANCEL")
    assert order.filled_quantity == D(10)


def test_a_market_order_into_an_empty_side_is_cancelled_at_once(engine: MatchingEngine) -> None:
    order = engine.place("ann", market_order(SELL, quantity="1"))
    assert (order.status, order.filled_quantity) == (OrderStatus.CANCELED, D(0))
    assert engine.balances("ann")["XYZ"] == (D(100), D(0))


def test_a_time_in_force_that_the_type_has_not_is_refused(market: MatchingEngine) -> None:
    request = limit(BUY, "99.0", "1", kind=OrderType.LIMIT_MAKER, tif=TimeInForce.IOC)
    assert kind_of(lambda: market.place("ann", request)) == "tif"


# -- self-trade prevention


def test_prevention_expires_the_taker_by_default(market: MatchingEngine) -> None:
    maker = market.place("ann", limit(SELL, "100.1", "1"))
    taker = market.place("ann", limit(BUY, "100.2", "3"))
    assert (taker.status, taker.reason, taker.filled_quantity) == (OrderStatus.CANCELED, "SELF_TRADE_CANCEL", D(0))
    assert maker.status is OrderStatus.OPEN


def test_prevention_keeps_what_the_taker_traded_before_it_met_its_own_order(market: MatchingEngine) -> None:
    market.place("ann", limit(SELL, "100.2", "1"))  # behind five anonymous units
    taker = market.place("ann", limit(BUY, "100.3", "8"))
    assert (taker.status, taker.reason, taker.filled_quantity) == (OrderStatus.CANCELED, "SELF_TRADE_CANCEL", D(5))


def test_prevention_can_expire_the_maker_instead(market: MatchingEngine) -> None:
    maker = market.place("ann", limit(SELL, "100.1", "1"))
    taker = market.place("ann", limit(BUY, "100.2", "3", stp=SelfTradePrevention.EXPIRE_MAKER))
    assert (maker.status, maker.reason) == (OrderStatus.CANCELED, "SELF_TRADE_CANCEL")
    assert taker.status is OrderStatus.FILLED
    assert fills(market, "ann") == [(D("100.2"), D(3))]
    assert market.balances("ann")["XYZ"][1] == 0


def test_a_killed_order_leaves_the_makers_it_would_have_expired(market: MatchingEngine) -> None:
    maker = market.place("ann", limit(SELL, "100.1", "1"))
    stp = SelfTradePrevention.EXPIRE_MAKER
    market.place("ann", limit(BUY, "100.2", "30", tif=TimeInForce.FOK, stp=stp))
    assert maker.status is OrderStatus.OPEN


# -- refusals


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (limit(BUY, "99.95", "1"), "price_tick"),
        (limit(BUY, "0", "1"), "price_min"),
        (limit(BUY, "110.2", "1"), "price_band"),
        (limit(SELL, "90.0", "1"), "price_band"),
        (limit(BUY, "99.9", "0.005"), "quantity_lot"),
        (limit(BUY, "99.9", "0"), "quantity_min"),
        (limit(BUY, "99.9", "-1"), "quantity_min"),
        (limit(BUY, "99.9", "1", symbol="NOPE"), "symbol"),
        (limit(BUY, "99.9", "5000"), "funds"),
        (limit(SELL, "100.5", "101"), "funds"),
        (market_order(BUY, amount="10.001"), "amount_precision"),
        (market_order(BUY, amount="0"), "notional_min"),
        (market_order(BUY), "type"),
        (market_order(BUY, quantity="1", amount="10"), "type"),
        (market_order(BUY, amount="200000"), "funds"),
        (OrderRequest(symbol="XYZUSDT", side=BUY, type=OrderType.LIMIT, quantity=D(1)), "type"),
        (OrderRequest(symbol="XYZUSDT", side=BUY, type=OrderType.LIMIT, price=D(1), quote_amount=D(1)), "type"),
        (OrderRequest(symbol="XYZUSDT", side=BUY, type=OrderType.LIMIT, price=D(1)), "type"),
    ],
)
def test_a_broken_rule_is_refused_by_name_and_changes_nothing(
    market: MatchingEngine, request_: OrderRequest, kind: str
) -> None:
    before = (market.balances("ann"), market.book("XYZUSDT"))
    assert kind_of(lambda: market.place("ann", request_)) == kind
    assert kind_of(lambda: market.check("ann", request_)) == kind
    assert (market.balances("ann"), market.book("XYZUSDT")) == before
    assert market.orders("ann") == []


def test_checking_a_good_order_changes_nothing(market: MatchingEngine) -> None:
    market.check("ann", limit(BUY, "100.2", "1"))
    assert market.orders("ann") == []
    assert market.balances("ann")["USDT"] == (D(100_000), D(0))


def test_bounds_of_quantity_and_value_differ_for_market_orders() -> None:
    made = MatchingEngine("sim", hashkey_mena_instruments(), clock=lambda: NOW, fees=FEES, ids=IdSource())
    made.open_account("ann", {"USDT": D(10**9), "AED": D(10**9)})
    for side, price in ((BUY, "3.672"), (SELL, "3.673")):
        made.set_liquidity("USDTAED", side, D(price), D(10**6))

    def placing(kind: OrderType, quantity: D | None = None, quote_amount: D | None = None) -> str:
        price = D("3.672") if kind is OrderType.LIMIT else None
        request = OrderRequest(
            symbol="USDTAED", side=SELL, type=kind, price=price, quantity=quantity, quote_amount=quote_amount
        )
        return kind_of(lambda: made.place("ann", request))

    assert placing(OrderType.LIMIT, quantity=D("200000.01")) == "quantity_max"
    assert placing(OrderType.LIMIT, quantity=D("0.29")) == "quantity_min"
    assert placing(OrderType.LIMIT, quantity=D("199999.99")) == "notional_max"
    assert placing(OrderType.MARKET, quantity=D("100000.01")) == "quantity_max"
    assert placing(OrderType.MARKET, quote_amount=D("366661")) == "notional_max"
    assert placing(OrderType.MARKET, quote_amount=D("0.99")) == "notional_min"


def test_a_client_order_id_is_taken_once_even_after_its_order_ended(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "99.0", "1", client_id="mine"))
    market.cancel("ann", order.order_id)
    assert kind_of(lambda: market.place("ann", limit(BUY, "99.0", "1", client_id="mine"))) == "duplicate"
    assert market.place("bob", limit(BUY, "99.0", "1", client_id="mine")).client_order_id == "mine"


def test_an_instrument_takes_only_so_many_open_orders(market: MatchingEngine) -> None:
    orders = [market.place("ann", limit(BUY, "99.0", "1")) for _ in range(3)]
    assert kind_of(lambda: market.place("ann", limit(BUY, "99.0", "1"))) == "too_many_orders"
    market.cancel("ann", orders[0].order_id)
    assert market.place("ann", limit(BUY, "99.0", "1")).status is OrderStatus.OPEN


def test_a_halted_instrument_takes_no_orders_and_lets_them_be_cancelled(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "99.0", "1"))
    halted = Instrument(
        venue="sim", symbol="XYZUSDT", base="XYZ", quote="USDT", status=InstrumentStatus.HALTED, tick_size=D("0.1")
    )
    market.set_instrument(halted)
    assert kind_of(lambda: market.place("ann", limit(BUY, "99.0", "1"))) == "halted"
    assert market.cancel("ann", order.order_id).status is OrderStatus.CANCELED


# -- cancelling and asking


def test_cancelling_frees_the_lock_and_leaves_the_book(market: MatchingEngine) -> None:
    order = market.place("ann", limit(SELL, "100.1", "3"))
    market.cancel("ann", order.order_id)
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "USER_CANCEL")
    assert market.balances("ann")["XYZ"] == (D(100), D(0))
    assert market.book("XYZUSDT")[1][0] == (D("100.2"), D(5))


def test_a_refused_cancel_says_why(market: MatchingEngine) -> None:
    filled = market.place("ann", market_order(BUY, quantity="1"))
    cancelled = market.place("ann", limit(BUY, "99.0", "1"))
    market.cancel("ann", cancelled.order_id)
    assert kind_of(lambda: market.cancel("ann", filled.order_id)) == "already_filled"
    assert kind_of(lambda: market.cancel("ann", cancelled.order_id)) == "already_cancelled"
    assert kind_of(lambda: market.cancel("ann", "1")) == "not_found"
    assert kind_of(lambda: market.cancel("bob", filled.order_id)) == "not_found"


def test_ended_orders_stay_to_be_asked_for_by_either_id(market: MatchingEngine) -> None:
    order = market.place("ann", market_order(BUY, quantity="1"))
    assert market.order("ann", order_id=order.order_id) is order
    assert market.order("ann", client_order_id=order.client_order_id) is order
    assert market.order("bob", order_id=order.order_id) is None
    assert market.orders("ann") == [order]


def test_order_ids_ascend_and_have_at_most_nineteen_digits(market: MatchingEngine) -> None:
    ids = [market.place("ann", limit(BUY, "99.0", "1")).order_id for _ in range(3)]
    assert ids == sorted(ids)
    assert all(order_id.isdigit() and len(order_id) <= 19 for order_id in ids)


# -- the anonymous market and the events


def test_arriving_anonymous_size_trades_with_the_client_orders_it_crosses(market: MatchingEngine) -> None:
    order = market.place("ann", limit(BUY, "100.1", "2"))
    market.set_liquidity("XYZUSDT", SELL, D("100.1"), D(3))
    assert order.status is OrderStatus.FILLED
    bids, asks = market.book("XYZUSDT")
    assert asks[0] == (D("100.1"), D(1))
    assert bids[0] == (D("100.0"), D(5))


def test_anonymous_size_never_crosses_the_other_side(market: MatchingEngine) -> None:
    market.set_liquidity("XYZUSDT", SELL, D("99.9"), D(1))
    bids, asks = market.book("XYZUSDT")
    assert bids == []
    assert asks[0] == (D("99.9"), D(1))


def test_a_recorded_print_fills_client_orders_it_reached_and_is_published_as_it_was(market: MatchingEngine) -> None:
    better = market.place("ann", limit(BUY, "100.1", "1"))
    at_price = market.place("ann", limit(BUY, "100.0", "2"))  # behind five anonymous units
    prints: list[Trade] = []
    market.events = EngineEvents(trade=prints.append)
    recorded = Trade(venue="sim", symbol="XYZUSDT", price=D("100.0"), quantity=D(7), side=SELL, time=NOW, id="77")
    market.print_trade(recorded)
    assert better.status is OrderStatus.FILLED
    assert at_price.filled_quantity == D(1)
    assert prints[-1] == recorded
    assert [(p.price, p.quantity) for p in prints[:-1]] == [(D("100.1"), D(1))]
    assert market.executions("ann")[-1].ticket_id == "77"
    assert market.liquidity("XYZUSDT", BUY, D("100.0")) == D(5)


def test_every_change_is_told_in_its_order(market: MatchingEngine) -> None:
    told: list[tuple[str, OrderStatus, D | None]] = []
    prints: list[Trade] = []
    assets: set[tuple[str, str]] = set()

    def on_order(order: SimOrder, execution: Execution | None) -> None:
        told.append((order.client_order_id, order.status, None if execution is None else execution.quantity))

    market.events = EngineEvents(
        order=on_order, trade=prints.append, balance=lambda account, asset: assets.add((account, asset))
    )
    order = market.place("ann", limit(BUY, "100.2", "6", client_id="a"))
    market.cancel("ann", order.order_id)
    assert told == [
        ("a", OrderStatus.OPEN, None),
        ("a", OrderStatus.PARTIALLY_FILLED, D(5)),
        ("a", OrderStatus.CANCELED, None),
    ]
    assert [(p.price, p.quantity, p.side) for p in prints] == [(D("100.2"), D(5), BUY)]
    assert assets == {("ann", "USDT"), ("ann", "XYZ")}


def test_the_book_version_grows_with_every_change_and_only_then(market: MatchingEngine) -> None:
    version = market.book_version("XYZUSDT")
    market.set_liquidity("XYZUSDT", BUY, D("100.0"), D(5))
    assert market.book_version("XYZUSDT") == version
    market.set_liquidity("XYZUSDT", BUY, D("100.0"), D(6))
    assert market.book_version("XYZUSDT") > version


def test_the_mark_price_is_the_mid_and_without_a_side_the_last_trade(market: MatchingEngine) -> None:
    assert market.mark_price("XYZUSDT") == D("100.1")
    market.aggress("XYZUSDT", BUY, D(10))
    assert market.mark_price("XYZUSDT") == D("100.3")
    assert market.mark_price("XYZUSD") is None


# -- state


def test_state_survives_the_round_trip_and_keeps_the_order_of_the_queue(market: MatchingEngine) -> None:
    first = market.place("ann", limit(BUY, "100.1", "1"))
    market.place("bob", limit(BUY, "100.1", "1"))
    market.place("ann", market_order(BUY, amount="250"))
    state = json.loads(json.dumps(market.export_state()))
    again = MatchingEngine("sim", list(market.instruments.values()), clock=lambda: NOW, fees=FEES, ids=IdSource())
    again.import_state(state)
    assert again.export_state() == state
    again.aggress("XYZUSDT", SELL, D(1))
    restored = again.order("ann", order_id=first.order_id)
    assert restored is not None
    assert restored.status is OrderStatus.FILLED
    assert again.place("ann", limit(BUY, "99.0", "1")).order_id > max(order.order_id for order in market.orders("bob"))


@pytest.mark.parametrize("missing", ["ids", "balances", "orders", "executions", "locks"])
def test_state_that_lacks_a_part_is_refused_by_name(market: MatchingEngine, missing: str) -> None:
    state = market.export_state()
    del state[missing]
    with pytest.raises(ValueError, match=missing):
        market.import_state(state)


def test_state_with_orders_of_an_unknown_instrument_is_refused(market: MatchingEngine) -> None:
    market.place("ann", limit(BUY, "99.0", "1"))
    other = MatchingEngine("sim", [pair("ABCUSD", "ABC", "USD")], clock=lambda: NOW, fees=FEES, ids=IdSource())
    with pytest.raises(ValueError, match="XYZUSDT"):
        other.import_state(market.export_state())
