"""Prices and quantities of a ladder: rules that hold for all inputs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Instrument
from terminal.domain.numbers import floor_to_step, is_multiple
from terminal.ui.batch_entry.plan import Split, ladder_prices, ladder_quantities

STEPS = st.sampled_from(["0.01", "0.5", "1", "0.00000001", "25"]).map(Decimal)


def instrument(tick: Decimal, lot: Decimal) -> Instrument:
    return Instrument(venue="v", symbol="AB", base="A", quote="B", tick_size=tick, lot_size=lot)


@given(tick=STEPS, first=st.integers(1, 10**7), last=st.integers(1, 10**7), count=st.integers(2, 20))
def test_prices_are_distinct_ticks_within_the_bounds_or_refused(
    tick: Decimal, first: int, last: int, count: int
) -> None:
    rules = instrument(tick, Decimal(1))
    low, high = sorted((first * tick, last * tick))
    try:
        prices = ladder_prices(first * tick, last * tick, count, rules)
    except ValueError:
        assert abs(last - first) < count - 1
        return
    assert prices[0] == first * tick
    assert prices[-1] == last * tick
    assert len(set(prices)) == count
    assert all(low <= price <= high and is_multiple(price, tick) for price in prices)
    assert prices == sorted(prices, reverse=first > last)


@given(
    lot=STEPS,
    total=st.decimals(min_value=0, max_value=10**6, places=8),
    prices=st.lists(st.integers(1, 10**6).map(Decimal), min_size=2, max_size=20),
    split=st.sampled_from(Split),
)
def test_quantities_are_whole_lots_that_sum_to_the_total_rounded_down(
    lot: Decimal, total: Decimal, prices: list[Decimal], split: Split
) -> None:
    quantities = ladder_quantities(total, prices, split, instrument(Decimal("0.01"), lot))

    assert sum(quantities) == floor_to_step(total, lot)
    assert all(quantity >= 0 and (quantity == 0 or is_multiple(quantity, lot)) for quantity in quantities)


def test_rising_and_falling_sizes_mirror_each_other() -> None:
    rules = instrument(Decimal(1), Decimal("0.01"))
    prices = [Decimal(price) for price in (10, 11, 12)]

    assert ladder_quantities(Decimal(6), prices, Split.RISING, rules) == [1, 2, 3]
    assert ladder_quantities(Decimal(6), prices, Split.FALLING, rules) == [3, 2, 1]


def test_same_value_gives_the_lower_price_the_larger_size() -> None:
    quantities = ladder_quantities(
        Decimal(3), [Decimal(100), Decimal(50)], Split.VALUE, instrument(Decimal(1), Decimal("0.01"))
    )

    assert quantities == [1, 2]


def test_too_few_ticks_are_refused_with_their_number() -> None:
    with pytest.raises(ValueError, match=r"Only 3 prices from 100\.00 to 100\.02: 4 orders need as many"):
        ladder_prices(Decimal("100.00"), Decimal("100.02"), 4, instrument(Decimal("0.01"), Decimal(1)))
