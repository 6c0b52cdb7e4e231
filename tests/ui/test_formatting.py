"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Instrument
from terminal.ui import formatting

BTC = Instrument(
    venue="v", symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=Decimal("0.01"), lot_size=Decimal("0.00001")
)
PEPE = Instrument(venue="v", symbol="PEPEUSDT", base="PEPE", quote="USDT", tick_size=Decimal("0.00000001"))

numbers = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=8)


def test_a_price_has_the_digits_of_the_tick_and_thousands_separators() -> None:
    assert formatting.price(Decimal("86960.4"), BTC) == "86,960.40"


def test_a_price_off_the_tick_keeps_its_digits() -> None:
    assert formatting.price(Decimal("86960.4375"), BTC) == "86,960.4375"


def test_leading_zeros_of_a_tiny_price_are_compressed() -> None:
    assert formatting.price(Decimal("0.00000123"), PEPE) == "0.0(5)123"
    assert formatting.price(Decimal("0.00012345"), PEPE) == "0.00012345"


def test_missing_values_are_a_dash() -> None:
    shown = {formatting.price(None), formatting.quantity(None), formatting.percent(None), formatting.age(None)}
    assert shown == {"–"}


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [("0.0076", "+0.76 %"), ("-0.0042", "−0.42 %"), ("0", "0.00 %"), ("-0.000001", "0.00 %"), ("1.5", "+150.00 %")],
)
def test_a_percentage_tells_its_sign(fraction: str, shown: str) -> None:
    assert formatting.percent(Decimal(fraction)) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (-5, "0ms"),
        (41, "41ms"),
        (949, "949ms"),
        (950, "0.9s"),
        (6_200, "6.2s"),
        (9_960, "9s"),
        (52_000, "52s"),
        (780_000, "13 m"),
        (7_200_000, "2 h"),
        (300_000_000, "3 d"),
    ],
)
def test_an_age_is_told_in_the_largest_fitting_unit(milliseconds: int, shown: str) -> None:
    assert formatting.age(milliseconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12.3456", "12.34"),
        ("54872", "54,872"),
        ("123456", "123.4K"),
        ("9876543", "9.876M"),
        ("-2500000000", "−2.500B"),
    ],
)
def test_large_numbers_are_shortened_without_growing(value: str, shown: str) -> None:
    assert formatting.compact(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("before", "now", "parts"),
    [
        ("86,959.21", "86,960.43", ("86,9", "60.43")),
        ("86,960.21", "86,960.43", ("86,960", ".43")),
        ("99.99", "100.00", ("", "100.00")),
        (None, "1.00", ("", "1.00")),
        ("1.00", "1.00", ("", "1.00")),
    ],
)
def test_the_unchanged_leading_digits_are_split_off(before: str | None, now: str, parts: tuple[str, str]) -> None:
    assert formatting.split_changed(before, now) == parts


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        ("0.0001", "1.00 bps"),
        ("0.000022", "0.22 bps"),
        ("0.0000001", "0.001 bps"),
        ("0.00000003", "0.0003 bps"),
        ("0.000000002", "<0.0001 bps"),
        ("0", "0.00 bps"),
        ("-0.0000001", "0.00 bps"),
        ("-0.00200", "−20.00 bps"),
    ],
)
def test_basis_points_too_small_for_two_digits_get_more(fraction: str, shown: str) -> None:
    assert formatting.basis_points(Decimal(fraction)) == shown


def test_times_are_told_in_utc() -> None:
    assert formatting.clock(1_795_257_727_314, milliseconds=True) == "10:42:07.314"
    assert formatting.date_time(1_795_257_727_314) == "21 Nov 2026  10:42:07"
    assert formatting.day_time(1_795_257_727_314) == "21 Nov  10:42:07"
    assert formatting.day_time(1_795_257_727_314, seconds=False) == "21 Nov 10:42"


def test_what_is_copied_has_every_digit_and_no_separators() -> None:
    assert formatting.exact(Decimal("1234567.10")) == "1234567.10"
    assert formatting.exact(Decimal("1E-8")) == "0.00000001"


@given(numbers)
def test_a_shown_number_reads_back_as_the_number_rounded(value: Decimal) -> None:
    text = formatting.number(value, 8).replace(",", "").replace(formatting.MINUS, "-")
    assert Decimal(text) == value


@given(numbers)
def test_a_shown_price_loses_no_digit(value: Decimal) -> None:
    text = formatting.price(abs(value) + 1).replace(",", "")
    assert Decimal(text) == abs(value) + 1


@given(st.text(alphabet="0123456789.,", max_size=12), st.text(alphabet="0123456789.,", max_size=12))
def test_splitting_loses_no_character(before: str, now: str) -> None:
    assert "".join(formatting.split_changed(before, now)) == now
