"""Instrument rules: rounding that never helps against the user, and every broken rule named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Instrument, OpeningRules, OrderLimits, OrderType, PriceBand, Side

D = Decimal
prices = st.decimals(min_value=D("0.00000001"), max_value=D(1_000_000), places=8)
steps = st.sampled_from([D("0.00000001"), D("0.01"), D("0.5"), D("0.25"), D(1), D(10)])


def make(**changes: object) -> Instrument:
    rules: dict[str, object] = {
        "venue": "hashkey-mena", "symbol": "BTCUSDT", "base": "BTC", "quote": "USDT",
        "tick_size": D("0.01"), "lot_size": D("0.00001"), "min_quantity": D("0.0001"), "max_quantity": D(100),
        "min_notional": D(10), "max_notional": D(1_000_000),
    }  # fmt: skip
    return Instrument(**{**rules, **changes})  # type: ignore[arg-type]  # keyword arguments built at run time


@given(prices, steps)
def test_rounding_never_improves_a_price_against_the_user(price: Decimal, tick: Decimal) -> None:
    instrument = make(tick_size=tick)
    assert instrument.round_price(price, Side.BUY) <= price
    assert instrument.round_price(price, Side.SELL) >= price
    for side in Side:
        assert not [b for b in instrument.price_breaches(instrument.round_price(price, side)) if "tick" in b.rule]


@given(prices, steps)
def test_rounded_quantity_is_whole_lots_and_never_more(quantity: Decimal, lot: Decimal) -> None:
    rounded = make(lot_size=lot).round_quantity(quantity)
    assert rounded <= quantity
    assert quantity - rounded < lot
    assert rounded % lot == 0


@pytest.mark.parametrize(
    ("price", "word"), [("0", "above zero"), ("-1", "above zero"), ("1.005", "tick 0.01"), ("1.01", None)]
)
def test_price_rules_are_named(price: str, word: str | None) -> None:
    breaches = make().price_breaches(D(price))
    assert [word is not None and word in b.rule for b in breaches] == ([True] if word else [])
    assert all(b.field == "price" for b in breaches)


@pytest.mark.parametrize(
    ("quantity", "word"),
    [("0", "above zero"), ("0.000105", "lot"), ("0.00009", "at least 0.0001"), ("101", "at most 100"), ("1", None)],
)
def test_quantity_rules_are_named(quantity: str, word: str | None) -> None:
    breaches = make().quantity_breaches(D(quantity), OrderType.LIMIT)
    assert any(word in b.rule for b in breaches) if word else breaches == []


def test_market_orders_follow_their_own_limits() -> None:
    instrument = make(market_limits=OrderLimits(min_quantity=D("0.001"), max_quantity=D(5), max_notional=D(100)))
    assert "at most 5 BTC for a market order" in instrument.quantity_breaches(D(6), OrderType.MARKET)[0].rule
    assert instrument.quantity_breaches(D(6), OrderType.LIMIT) == []
    assert "at most 100 USDT" in instrument.notional_breaches(D(101), OrderType.MARKET)[0].rule


def test_notional_bounds_are_named() -> None:
    assert "at least 10 USDT" in make().notional_breaches(D("9.99"), OrderType.LIMIT)[0].rule
    assert "above zero" in make().notional_breaches(D(0), OrderType.LIMIT)[0].rule


def test_price_band_is_measured_from_the_mark_price() -> None:
    instrument = make(limit_band=PriceBand(buy_up=D("0.1"), sell_down=D("0.1")))
    buy = instrument.band_breaches(Side.BUY, OrderType.LIMIT, D("110.01"), D(100))
    assert "110" in buy[0].rule
    assert instrument.band_breaches(Side.BUY, OrderType.LIMIT, D(110), D(100)) == []
    assert instrument.band_breaches(Side.BUY, OrderType.LIMIT, D(1), D(100)) == []
    assert instrument.band_breaches(Side.SELL, OrderType.LIMIT, D("89.99"), D(100))
    assert instrument.band_breaches(Side.SELL, OrderType.LIMIT, D(1000), None) == []


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="tick_size must be positive"):
        make(tick_size=D(0))


OPENING = OpeningRules(
    no_market_from=1_000_000,
    no_market_until=2_000_000,
    limit_from=1_500_000,
    limit_until=3_000_000,
    limit_min_price=D("0.1"),
    limit_max_price=D(1000),
)


@pytest.mark.parametrize(
    ("now", "is_refused"), [(999_999, False), (1_000_000, True), (1_999_999, True), (2_000_000, False)]
)
def test_no_market_order_is_taken_in_its_window(now: int, *, is_refused: bool) -> None:
    breaches = make(opening=OPENING).opening_breaches(OrderType.MARKET, None, now)
    assert [(b.field, b.rule) for b in breaches] == (
        [("type", "Market orders are not taken until 1970-01-01 00:33:20 UTC")] if is_refused else []
    )


@pytest.mark.parametrize("order_type", [OrderType.LIMIT, OrderType.LIMIT_MAKER])
@pytest.mark.parametrize(
    ("price", "now", "word"),
    [
        ("0.09", 1_499_999, None),
        ("0.09", 1_500_000, "at least 0.1 until 1970-01-01 00:50:00 UTC"),
        ("0.1", 1_500_000, None),
        ("1000", 2_999_999, None),
        ("1000.01", 2_999_999, "at most 1,000 until"),
        ("1000.01", 3_000_000, None),
    ],
)
def test_limit_prices_are_bounded_in_their_window(
    order_type: OrderType, price: str, now: int, word: str | None
) -> None:
    breaches = make(opening=OPENING).opening_breaches(order_type, D(price), now)
    assert [word is not None and word in b.rule for b in breaches] == ([True] if word else [])
    assert all(b.field == "price" for b in breaches)


def test_a_window_may_be_open_on_one_side_and_without_bounds_is_none() -> None:
    started = make(opening=OpeningRules(no_market_from=5))
    assert started.opening_breaches(OrderType.MARKET, None, 4) == []
    assert started.opening_breaches(OrderType.MARKET, None, 5)[0].rule == "Market orders are not taken for now"
    ending = make(opening=OpeningRules(limit_until=5, limit_max_price=D(1)))
    assert ending.opening_breaches(OrderType.LIMIT, D(2), 4)
    assert ending.opening_breaches(OrderType.LIMIT, D(2), 5) == []
    assert ending.opening_breaches(OrderType.LIMIT, None, 4) == []
    prices_only = make(opening=OpeningRules(limit_min_price=D(1)))
    assert prices_only.opening_breaches(OrderType.LIMIT, D("0.5"), 4) == []
    assert make().opening_breaches(OrderType.MARKET, None, 4) == []
