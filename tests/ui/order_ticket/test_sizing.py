"""Sizes are whole lots and never cost more than there is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import FeeRates, Instrument, OrderBook, Side
from terminal.domain.numbers import is_multiple
from terminal.ui.order_ticket import sizing

LOTS = ("0.00001", "0.0001", "0.001", "0.1", "1", "100", "0.3")
TICKS = ("0.01", "0.00000001", "1", "0.05")


def rules(lot: str = "0.00001", tick: str = "0.01", min_quantity: str | None = None) -> Instrument:
    least = None if min_quantity is None else Decimal(min_quantity)
    return Instrument(
        venue="v",
        symbol="S",
        base="BTC",
        quote="USDT",
        tick_size=Decimal(tick),
        lot_size=Decimal(lot),
        min_quantity=least,
    )


def test_presets_of_a_dear_coin_are_the_familiar_ones() -> None:
    sizes = sizing.default_presets(rules(min_quantity="0.00001"), Decimal("86960.43"))
    assert sizes == tuple(Decimal(size) for size in ("0.01", "0.05", "0.10", "0.25", "0.50"))


def test_presets_of_a_cheap_coin_are_large() -> None:
    sizes = sizing.default_presets(rules(lot="100"), Decimal("0.00001384"))
    assert sizes[0] == Decimal(10_000_000)


def test_presets_without_a_price_start_at_ten_times_the_smallest_order() -> None:
    assert sizing.default_presets(rules(min_quantity="0.001"), None)[0] == Decimal("0.01")


@given(
    lot=st.sampled_from(LOTS),
    least=st.sampled_from(LOTS),
    worth=st.none() | st.decimals(min_value="0.00000001", max_value=10**6, places=8),
)
def test_presets_are_whole_lots_and_may_be_ordered(lot: str, least: str, worth: Decimal | None) -> None:
    instrument = rules(lot=lot, min_quantity=str(Decimal(lot) * (1 + Decimal(least) // Decimal(lot))))
    for size in sizing.default_presets(instrument, worth):
        assert is_multiple(size, Decimal(lot))
        assert instrument.min_quantity is not None
        assert size >= instrument.min_quantity


@given(
    value=st.decimals(min_value=0, max_value=10**9, places=8),
    price=st.decimals(min_value="0.00000001", max_value=10**6, places=8),
    lot=st.sampled_from(LOTS),
)
def test_a_total_is_never_exceeded_and_never_undershot_by_a_lot(value: Decimal, price: Decimal, lot: str) -> None:
    quantity = sizing.quantity_for(value, price, rules(lot=lot))
    assert is_multiple(quantity, Decimal(lot))
    assert quantity * price <= value
    assert (quantity + Decimal(lot)) * price > value


@given(
    free=st.decimals(min_value=0, max_value=10**9, places=8),
    price=st.decimals(min_value="0.00000001", max_value=10**6, places=8),
    rate=st.decimals(min_value=0, max_value="0.05", places=5),
    percent=st.sampled_from(sizing.PERCENTS),
    lot=st.sampled_from(LOTS),
)
def test_a_share_of_the_balance_covers_its_own_fee(
    free: Decimal, price: Decimal, rate: Decimal, percent: int, lot: str
) -> None:
    fees = FeeRates(symbol="S", maker=Decimal(0), taker=rate, buy_fee_asset="USDT")
    instrument = rules(lot=lot)
    reserve = sizing.fee_reserve(Side.BUY, fees, instrument)
    quantity = sizing.quantity_for(sizing.spendable(free, percent, reserve), price, instrument)
    assert quantity * price * (1 + rate) <= free * percent / 100
    assert is_multiple(quantity, Decimal(lot))


@pytest.mark.parametrize(
    ("side", "buy_asset", "sell_asset", "kept"),
    [
        (Side.BUY, "USDT", None, "0.001"),
        (Side.BUY, None, None, "0.001"),
        (Side.BUY, "BTC", None, "0"),
        (Side.SELL, None, "USDT", "0"),
        (Side.SELL, None, "BTC", "0.001"),
    ],
)
def test_the_fee_is_kept_free_only_in_the_asset_that_is_spent(
    side: Side, buy_asset: str | None, sell_asset: str | None, kept: str
) -> None:
    fees = FeeRates(
        symbol="S", maker=Decimal(0), taker=Decimal("0.001"), buy_fee_asset=buy_asset, sell_fee_asset=sell_asset
    )
    assert sizing.fee_reserve(side, fees, rules()) == Decimal(kept)


def test_a_market_size_comes_from_the_visible_book_in_whole_lots() -> None:
    book = OrderBook()
    book.asks.replace([(Decimal(100), Decimal(1)), (Decimal(200), Decimal(10))])
    assert sizing.market_quantity_for(Decimal(350), Side.BUY, book, rules(lot="0.1")) == Decimal("2.2")


@given(
    value=st.decimals(min_value="0.001", max_value=10**5, places=4),
    step=st.sampled_from(TICKS),
    steps=st.integers(-20, 20).filter(bool),
)
def test_steps_land_on_the_grid_in_their_direction(value: Decimal, step: str, steps: int) -> None:
    moved = sizing.stepped(value, Decimal(step), steps)
    assert is_multiple(moved, Decimal(step))
    assert (moved > value) == (steps > 0)
    assert abs(moved - value) <= abs(steps) * Decimal(step)
