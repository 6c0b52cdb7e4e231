from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.number_columns import BarScale, QuantityFormat, price_text

D = Decimal
WIDTH = 52.0


def measure(text: str) -> float:
    return sum(3.3 if letter in ".," else 7.8 for letter in text)


@pytest.fixture
def column() -> QuantityFormat:
    column = QuantityFormat(measure)
    column.reset(5, WIDTH)
    return column


def test_all_decimals_are_shown_while_they_fit(column: QuantityFormat) -> None:
    assert not column.fit(D("3.41255"))
    assert column.text(D("0.3")) == "0.30000"


def test_a_wide_number_takes_decimals_from_the_whole_column(column: QuantityFormat) -> None:
    assert column.fit(D("1234.56"))
    assert column.text(D("0.36508")) == "0.4"
    assert column.text(D("1234.56")) == "1,234.6"


def test_a_huge_number_gives_the_whole_column_a_unit(column: QuantityFormat) -> None:
    column.fit(D(8_766_500_000))
    assert (column.unit, column.text(D(8_766_500_000)), column.text(D(1_527_900_000))) == ("M", "8,766.5", "1,527.9")


def test_the_format_does_not_widen_again_until_reset(column: QuantityFormat) -> None:
    column.fit(D("1234.56"))
    assert not column.fit(D("1"))
    assert column.decimals == 1
    column.reset(5, WIDTH)
    assert column.decimals == 5


def test_a_number_too_small_for_the_column_never_reads_zero(column: QuantityFormat) -> None:
    column.fit(D("123456"))
    assert column.text(D("0.2")) == "<1"
    assert column.text(D(0)) == "0"


@given(st.integers(1, 10**9), st.integers(0, 12))
def test_no_quantity_ever_reads_zero(units: int, power: int) -> None:
    column = QuantityFormat(measure)
    column.reset(5, WIDTH)
    column.fit(D(10) ** power)
    assert column.text(D(units).scaleb(-5)).strip("0.,") != ""


def test_money_drops_all_decimals_or_none() -> None:
    column = QuantityFormat(measure, most_decimals=2, all_or_none=True)
    column.reset(2, WIDTH)
    column.fit(D("10557.93"))
    assert column.text(D("10557.93")) == "10,558"


def test_rough_columns_keep_three_digits_of_their_largest_number() -> None:
    column = QuantityFormat(measure, digits=3)
    for largest, shown in (("0.0012", "0.00120"), ("0.13", "0.130"), ("4.69", "4.69"), ("312.5", "312")):
        column.reset(5, WIDTH)
        column.fit(D(largest))
        assert column.text(D(largest)) == shown


def test_a_column_without_room_in_its_header_writes_the_unit_itself() -> None:
    column = QuantityFormat(measure, writes_unit=True)
    column.reset(0, WIDTH)
    column.fit(D(123_456_789))
    assert column.text(D(123_456_789)) == "123.46M"


@given(st.decimals(min_value=0, max_value=10**14, places=5))
def test_every_number_fits_a_column_sized_by_it(largest: Decimal) -> None:
    column = QuantityFormat(measure)
    column.reset(5, WIDTH)
    column.fit(largest)
    assert measure(column.text(largest)) <= WIDTH


@given(
    st.lists(st.integers(1, 10**9).map(lambda n: D(n).scaleb(-5)), min_size=2),
)
def test_larger_numbers_never_read_smaller(values: list[Decimal]) -> None:
    column = QuantityFormat(measure)
    column.reset(5, WIDTH)
    column.fit(max(values))
    read = [D(column.text(value).lstrip("<").replace(",", "")) for value in sorted(values)]
    assert read == sorted(read)


def test_a_price_is_never_rounded() -> None:
    assert price_text(D("86960.4"), 2) == "86,960.40"
    assert price_text(D("86960.4375"), 2) == "86,960.4375"


def test_bars_grow_at_once_and_shrink_only_when_half_empty() -> None:
    scale = BarScale()
    scale.fit(10)
    assert (scale.length(10, 60), scale.length(5, 60), scale.length(0, 60)) == (60, 30, 0)
    scale.fit(6)
    assert scale.length(6, 60) == 36
    scale.fit(4)
    assert scale.length(4, 60) == 60
    assert scale.length(0.0001, 60) == 1


def test_an_unfitted_scale_draws_no_bar() -> None:
    assert BarScale().length(5, 60) == 0
