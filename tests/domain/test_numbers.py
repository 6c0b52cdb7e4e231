"""Strict decimal parsing and rounding to steps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.numbers import (
    ceil_to_step,
    decimals_of,
    floor_to_step,
    is_multiple,
    parse_decimal,
    plain,
)

steps = st.integers(min_value=-10, max_value=3).map(lambda e: Decimal(1).scaleb(e))
values = st.decimals(min_value=Decimal("1e-10"), max_value=Decimal("1e9"), places=10)


@pytest.mark.parametrize(
    "text",
    ["0", "-0.5", "9744.2500000000000000", "0E-8", "0E-16", "1e5", "6086.715847759989968887", "1." + "3" * 32],
)
def test_every_form_the_venues_send_is_kept_to_the_digit(text: str) -> None:
    assert parse_decimal(text) == Decimal(text)
    assert parse_decimal(text).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "NaN", "sNaN", "Infinity", "-inf", "1_000", "٣", "1e1000000", "1e41", "1e-41", "+1", ".5",
     "5.", "1,5", "0x10", "1" * 65, "1." + "0" * 70, "--1", "1e"],
)  # fmt: skip
def test_what_is_not_a_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        parse_decimal(text)


@given(values, steps)
def test_floor_and_ceiling_enclose_the_value_within_one_step(value: Decimal, step: Decimal) -> None:
    low, high = floor_to_step(value, step), ceil_to_step(value, step)
    assert low <= value <= high
    assert high - low in (0, step)
    assert is_multiple(low, step)
    assert is_multiple(high, step)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20")))
def test_plain_text_never_uses_an_exponent_and_reads_back(value: Decimal) -> None:
    text = plain(value)
    assert "e" not in text.lower()
    assert Decimal(text) == value


@pytest.mark.parametrize(("step", "digits"), [("0.01", 2), ("0.50", 1), ("1", 0), ("10", 0), ("1e-8", 8)])
def test_decimals_follow_the_step(step: str, digits: int) -> None:
    assert decimals_of(Decimal(step)) == digits
