"""Pre-trade checks: every rule named, hard and soft kept apart, nothing refused that the rules allow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import (
    FeeRates,
    Instrument,
    InstrumentStatus,
    OrderRequest,
    OrderType,
    PriceBand,
    Side,
)
from terminal.domain.instrument import OpeningRules
from terminal.trading.market_view import MarketPrices
from terminal.trading.risk import RecentOrder, RiskLimits, Situation, check_order, order_value

BTC = Instrument(
    venue="testing",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.5"),
    lot_size=Decimal("0.01"),
    min_quantity=Decimal("0.02"),
    max_quantity=Decimal(50),
    min_notional=Decimal(10),
    max_notional=Decimal(4_000),
)
PRICES = MarketPrices(bid=Decimal(99), ask=Decimal(101), last=Decimal(100))
FEES = FeeRates(
    symbol="BTCUSDT", maker=Decimal("0.001"), taker=Decimal("0.002"), buy_fee_asset="BTC", sell_fee_asset="USDT"
)


def situation(**changes: Any) -> Situation:
    base = Situation(
        instrument=BTC,
        now=100_000,
        limits=RiskLimits(),
        prices=PRICES,
        free_base=Decimal(20),
        free_quote=Decimal(2_000),
        fees=FEES,
    )
    return replace(base, **changes)


def limit(side: Side = Side.BUY, quantity: str = "1", price: str = "100") -> OrderRequest:
    return OrderRequest(
        symbol="BTCUSDT", side=side, type=OrderType.LIMIT, quantity=Decimal(quantity), price=Decimal(price)
    )


def market(side: Side = Side.BUY, quantity: str | None = "1", quote_amount: str | None = None) -> OrderRequest:
    return OrderRequest(
        symbol="BTCUSDT",
        side=side,
        type=OrderType.MARKET,
        quantity=None if quantity is None else Decimal(quantity),
        quote_amount=None if quote_amount is None else Decimal(quote_amount),
    )


def codes(request: OrderRequest, **changes: Any) -> list[tuple[str, bool]]:
    return [(breach.code, breach.hard) for breach in check_order(request, situation(**changes))]


@pytest.mark.parametrize(
    "request_", [limit(), limit(Side.SELL), market(), market(Side.SELL), market(quantity=None, quote_amount="50")]
)
def test_sound_order_passes(request_: OrderRequest) -> None:
    assert codes(request_) == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (limit(price="100.25"), "price"),
        (limit(price="-1"), "price"),
        (limit(quantity="1.005"), "quantity"),
        (limit(quantity="0"), "quantity"),
        (limit(quantity="0.01"), "quantity"),
        (limit(quantity="51", price="50"), "quantity"),
        (limit(quantity="0.05"), "notional"),
        (limit(quantity="41"), "notional"),
        (market(quantity=None, quote_amount="5"), "notional"),
        (market(quantity=None), "quantity"),
        (market(quote_amount="50"), "quantity"),
        (replace(limit(), price=None), "price"),
        (replace(market(), price=Decimal(100)), "price"),
        (replace(limit(), quantity=None, quote_amount=Decimal(100)), "type"),
    ],
)
def test_broken_rule_of_the_instrument_is_hard_and_names_its_field(request_: OrderRequest, field: str) -> None:
    breaches = check_order(request_, situation())
    assert breaches
    assert {(breach.field, breach.hard, breach.code) for breach in breaches} == {(field, True, "rule")}
    assert all(breach.rule for breach in breaches)


def test_balance_is_checked_after_the_fee_in_the_asset_it_is_taken_from() -> None:
    quote_fee = replace(FEES, buy_fee_asset="USDT")
    assert codes(limit(), free_quote=Decimal("99.99")) == [("balance", True)]
    assert codes(limit(), free_quote=Decimal(100)) == []
    assert codes(limit(), free_quote=Decimal(100), fees=quote_fee) == [("balance", True)]
    assert codes(limit(), free_quote=Decimal("100.2"), fees=quote_fee) == []
    assert codes(limit(), free_quote=Decimal(100), fees=replace(FEES, buy_fee_asset=None)) == [("fee", False)]
    assert codes(limit(Side.SELL), free_base=Decimal("0.99")) == [("balance", True)]
    assert codes(limit(Side.SELL), free_base=Decimal(1)) == []
    assert codes(market(), free_quote=Decimal(100)) == [("balance", True)]
    assert codes(market(quantity=None, quote_amount="500"), free_quote=Decimal(499)) == [("balance", True)]
    assert codes(limit(), free_quote=None) == []


def test_price_far_on_the_expensive_side_asks() -> None:
    assert codes(limit(price="106")) == []
    assert codes(limit(price="106.5")) == [("price", False)]
    assert codes(limit(Side.SELL, price="94.5")) == []
    assert codes(limit(Side.SELL, price="94")) == [("price", False)]
    assert codes(limit(price="50")) == []
    assert codes(limit(price="50"), limits=RiskLimits(far_band=Decimal("0.2"))) == [("price", False)]
    assert codes(limit(price="500"), limits=RiskLimits(price_band=None)) == []


def test_market_order_that_would_sweep_the_book_asks() -> None:
    assert codes(market(), prices=replace(PRICES, worst=Decimal(120))) == [("slippage", False)]
    assert codes(market(Side.SELL), prices=replace(PRICES, worst=Decimal(98))) == []


def test_band_of_the_venue_is_measured_from_the_last_price_and_asks() -> None:
    banded = replace(BTC, limit_band=PriceBand(buy_up=Decimal("0.02"), sell_down=Decimal("0.02")))
    assert codes(limit(price="102.5"), instrument=banded) == [("band", False)]
    assert codes(limit(price="102"), instrument=banded) == []


def test_order_value_is_bounded_in_the_limits_currency() -> None:
    tight = RiskLimits(max_order_value=Decimal(90))
    assert codes(limit(), limits=tight) == [("value", True)]
    assert codes(limit(quantity="0.9"), limits=tight) == []
    in_aed = replace(tight, value_currency="AED", max_order_value=Decimal(300))
    assert codes(limit(), limits=in_aed) == [("value", False)]
    assert codes(limit(), limits=in_aed, quote_rate=Decimal("3.67")) == [("value", True)]


def test_flow_limits() -> None:
    other = RecentOrder(time=99_500, request=limit(price="99"))
    assert codes(limit(), recent=[other] * 4) == []
    assert codes(limit(), recent=[other] * 5) == [("rate", True)]
    assert codes(limit(), recent=[replace(other, time=98_900)] * 9) == []
    same = RecentOrder(time=90_001, request=replace(limit(), client_order_id="F1"))
    assert codes(limit(), recent=[same]) == [("duplicate", False)]
    assert codes(limit(), recent=[replace(same, time=90_000)]) == []
    assert codes(limit(), limits=RiskLimits(max_open_orders=3), open_orders=3) == [("open_orders", True)]
    assert codes(limit(), instrument=replace(BTC, max_open_orders=2), open_orders_here=2) == [("open_orders", True)]


def test_state_of_account_instrument_and_book() -> None:
    assert codes(limit(), can_trade=False) == [("read_only", True)]
    assert codes(limit(), instrument=None) == [("halted", True)]
    assert codes(limit(), instrument=replace(BTC, status=InstrumentStatus.HALTED)) == [("halted", True)]
    assert codes(limit(), prices=replace(PRICES, stale="stream down")) == [("stale", False)]


def test_hard_breaches_come_first() -> None:
    found = codes(limit(quantity="30"), prices=replace(PRICES, stale="x"), can_trade=False)
    assert found == [("read_only", True), ("balance", True), ("stale", False)]


amounts = st.decimals(min_value=-10, max_value=5_000, places=3)
sides = st.sampled_from(Side)


@given(side=sides, quantity=amounts, price=amounts, free=st.decimals(min_value=0, max_value=5_000, places=3))
def test_what_passes_keeps_every_rule(side: Side, quantity: Decimal, price: Decimal, free: Decimal) -> None:
    request = OrderRequest(symbol="BTCUSDT", side=side, type=OrderType.LIMIT, quantity=quantity, price=price)
    if check_order(request, situation(free_base=free, free_quote=free, fees=None)):
        return
    assert price > 0
    assert price % Decimal("0.5") == 0
    assert quantity % Decimal("0.01") == 0
    assert Decimal("0.02") <= quantity <= 50
    assert 10 <= price * quantity <= 4_000
    assert (price * quantity if side is Side.BUY else quantity) <= free
    assert price <= Decimal(101) * Decimal("1.05") if side is Side.BUY else price >= Decimal(99) * Decimal("0.95")


@given(side=sides, quantity=amounts, price=amounts)
def test_stricter_limits_never_allow_more(side: Side, quantity: Decimal, price: Decimal) -> None:
    request = OrderRequest(symbol="BTCUSDT", side=side, type=OrderType.LIMIT, quantity=quantity, price=price)
    loose = {breach.code for breach in check_order(request, situation())}
    strict = RiskLimits(price_band=Decimal("0.01"), far_band=Decimal("0.01"), max_order_value=Decimal(50))
    tight = {breach.code for breach in check_order(request, situation(limits=strict, free_quote=Decimal(10)))}
    assert loose <= tight


@given(side=sides, quote_amount=st.one_of(st.none(), amounts), quantity=st.one_of(st.none(), amounts))
def test_check_of_a_market_order_always_answers(
    side: Side, quote_amount: Decimal | None, quantity: Decimal | None
) -> None:
    request = OrderRequest(
        symbol="BTCUSDT", side=side, type=OrderType.MARKET, quantity=quantity, quote_amount=quote_amount
    )
    both_or_none = (quantity is None) == (quote_amount is None)
    empty = situation(prices=MarketPrices(), free_base=None, free_quote=None, fees=None)
    refused = any(breach.hard for breach in check_order(request, empty))
    assert refused or not both_or_none


def test_order_value_is_exact_or_at_the_touch() -> None:
    assert order_value(limit(quantity="2"), PRICES) == 200
    assert order_value(market(quantity="2"), PRICES) == 202
    assert order_value(market(Side.SELL, quantity="2"), PRICES) == 198
    assert order_value(market(quantity=None, quote_amount="50"), PRICES) == 50
    assert order_value(market(), MarketPrices()) is None


def test_opening_window_refuses_market_orders_and_bounds_limit_prices() -> None:
    opening = OpeningRules(
        no_market_from=0,
        no_market_until=200_000,
        limit_from=0,
        limit_until=200_000,
        limit_min_price=Decimal(95),
        limit_max_price=Decimal(105),
    )
    opens = replace(BTC, opening=opening)

    assert ("rule", True) in codes(market(), instrument=opens)
    assert codes(market(), instrument=opens, now=200_000) == []
    assert codes(market(), instrument=opens, now=199_000, clock_offset_ms=1_000) == []  # by the venue's clock
    assert ("rule", True) in codes(market(), instrument=opens, now=200_000, clock_offset_ms=-1_000)
    assert codes(limit(price="100"), instrument=opens) == []
    assert ("rule", True) in codes(limit(price="94.5"), instrument=opens)


def market_by_quantity(quantity: str, side: Side = Side.BUY) -> OrderRequest:
    return OrderRequest(symbol="BTCUSDT", side=side, type=OrderType.MARKET, quantity=Decimal(quantity))


@pytest.mark.parametrize(
    ("quantity", "hard", "rule"),
    [
        ("0.02", True, "Total must be at least 10 USDT; this is about 2.02 USDT now"),
        ("0.09", True, "Total must be at least 10 USDT; this is about 9.09 USDT now"),
        ("45", True, "Total must be at most 4,000 USDT; this is about 4,545.00 USDT now"),
        ("39.7", False, "Total must be at most 4,000 USDT; this is about 4,009.70 USDT now"),
    ],
)
def test_a_market_order_by_quantity_is_held_to_the_venues_amounts(quantity: str, hard: bool, rule: str) -> None:
    found = check_order(market_by_quantity(quantity), situation(free_quote=Decimal(10_000)))
    amounts = [breach for breach in found if "Total must" in breach.rule]
    assert [(breach.rule, breach.hard, breach.field) for breach in amounts] == [(rule, hard, "quantity")]


def test_a_market_order_within_the_amounts_breaks_none() -> None:
    assert check_order(market_by_quantity("1"), situation()) == []
