"""A typed number is either exactly what was meant or refused with the rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.number_entry import EMPTY, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("86000.50", "86000.50"),
        ("86,000.50", "86000.50"),
        ("1,234,567.5", "1234567.5"),
        ("1,234,567", "1234567"),
        (" 0.25 ", "0.25"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-3", "-3"),
        ("0", "0"),
    ],
)
def test_reads_plain_numbers_and_thousands_separators(text: str, value: str) -> None:
    assert read_number(text, "Price").value == Decimal(value)


@pytest.mark.parametrize("text", ["0,5", "1,23", "12,3456", "1,234", "86,000", ",5"])
def test_a_comma_that_may_be_a_decimal_one_is_refused_as_ambiguous(text: str) -> None:
    reading = read_number(text, "Quantity")
    assert reading.value is None
    assert "ambiguous" in (reading.problem or "")


def test_an_ambiguous_thousand_names_both_meanings() -> None:
    assert read_number("1,234", "Price").problem == "“1,234” is ambiguous: write 1234 or 1.234"


@pytest.mark.parametrize("text", ["1.234,50", "1,23,456.7", "1,2345.6", "86.000.50", "8,,000.5"])
def test_separators_in_wrong_places_are_refused(text: str) -> None:
    reading = read_number(text, "Price")
    assert reading.value is None
    assert reading.problem


@pytest.mark.parametrize(
    "text", ["abc", "NaN", "Infinity", "-inf", "1_000", "+5", "٣", "0x10", "5 BTC", "86 000", "--1"]
)
def test_what_is_no_number_is_refused_by_name(text: str) -> None:
    reading = read_number(text, "Price")
    assert reading.value is None
    assert reading.problem is not None
    assert reading.problem.startswith("Price must be a number")


def test_scientific_notation_is_refused() -> None:
    assert read_number("1e5", "Price").problem == "“1e5”: write plain digits, without e"


def test_too_many_digits_are_refused_and_quoted_in_short() -> None:
    assert read_number("1" * 80, "Quantity").problem == "Quantity has too many digits"
    assert len(read_number("x" * 5_000, "Quantity").problem or "") < 80


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_field_is_no_mistake(text: str) -> None:
    assert read_number(text, "Price") == EMPTY


@given(st.decimals(min_value=0, max_value=Decimal(10) ** 15, places=8))
def test_what_the_terminal_writes_reads_back_exactly(value: Decimal) -> None:
    grouped = f"{value:,.8f}"
    assert read_number(grouped, "Price").value == value
    assert read_number(f"{value:.8f}", "Price").value == value


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_a_reason_or_nothing(text: str) -> None:
    reading = read_number(text, "Price")
    if reading.value is not None:
        assert reading.value.is_finite()
        assert reading.problem is None
    elif text.strip():
        assert reading.problem
