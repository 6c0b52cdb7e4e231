"""Marks stand at round values, far enough apart, for any price and any stretch of time."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import INTERVALS
from terminal.ui.kline_chart.slots import TimeSlots
from terminal.ui.kline_chart.ticks import PRICE_SPACING, percent_ticks, price_step, price_ticks, time_ticks
from terminal.ui.kline_chart.viewport import STEPS, PriceMode, PriceScale, Viewport

NINE = 1_795_251_600_000
"""21 Nov 2026 09:00 UTC."""


@given(
    st.floats(1e-6, 1e6),
    st.floats(1e-4, 50),
    st.sampled_from(["0.01", "0.5", "5", "0.00000001"]),
    st.floats(120, 2_000),
)
def test_price_steps_are_multiples_of_the_tick_and_wide_enough(
    low: float, spread: float, tick: str, height: float
) -> None:
    step = price_step(low * spread, height, Decimal(tick))
    assert step % Decimal(tick) == 0
    assert float(step) >= low * spread * PRICE_SPACING / height * 0.999


@given(st.floats(1e-6, 1e6), st.floats(1e-4, 100), st.sampled_from(PriceMode))
def test_price_marks_keep_their_distance_and_fall_inside(low: float, spread: float, mode: PriceMode) -> None:
    scale = PriceScale(low, low * (1 + spread), mode)
    ticks = price_ticks(scale, 480, Decimal("0.00000001"), 8)
    px = [tick.px for tick in ticks]
    assert all(0 <= place <= 480 for place in px)
    assert all(b - a >= PRICE_SPACING - 1 for a, b in pairwise(px))


def texts(scale: PriceScale, tick: str, decimals: int) -> list[str]:
    return [mark.text for mark in price_ticks(scale, 480, Decimal(tick), decimals)]


def test_prices_have_the_digits_of_the_tick() -> None:
    assert texts(PriceScale(86_750, 87_100), "0.01", 2) == [
        "87,100.00", "87,050.00", "87,000.00", "86,950.00", "86,900.00", "86,850.00", "86,800.00", "86,750.00",
    ]  # fmt: skip


def test_tiny_prices_are_compressed_and_exact() -> None:
    marks = texts(PriceScale(0.00000120, 0.00000130), "0.00000001", 8)
    assert marks[0] == "0.0(5)130"
    assert "0.0(5)125" in marks


def test_a_wide_logarithmic_scale_counts_in_one_two_five() -> None:
    assert texts(PriceScale(1, 1_000, PriceMode.LOG), "0.01", 2) == [
        "1,000.00", "500.00", "200.00", "100.00", "50.00", "20.00", "10.00", "5.00", "2.00", "1.00",
    ]  # fmt: skip


def test_percent_marks_count_from_the_base() -> None:
    marks = {tick.text: tick.px for tick in percent_ticks(PriceScale(95, 105), 480, 100)}
    assert marks["0.00 %"] == 240
    assert "+2.00 %" in marks
    assert "−2.00 %" in marks


def view_at(right: float, step: float = 6, width: float = 600) -> Viewport:
    view = Viewport()
    view.resize(width, 400)
    view.step, view.right = step, right
    return view


def test_minutes_are_marked_at_round_quarters() -> None:
    slots = TimeSlots("1m")
    marks = time_ticks(view_at(slots.slot(NINE) + 100), slots)
    assert [mark.text for mark in marks] == ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30"]


def test_midnight_names_the_day() -> None:
    slots = TimeSlots("1h")
    marks = time_ticks(view_at(slots.slot(NINE), step=12), slots)
    assert [mark.text for mark in marks if mark.is_major] == ["20 Nov", "21 Nov"]
    assert "12:00" in [mark.text for mark in marks]


def test_days_name_the_month_where_it_begins() -> None:
    slots = TimeSlots("1d")
    marks = {mark.text: mark.is_major for mark in time_ticks(view_at(slots.slot(NINE), step=16), slots)}
    assert marks["Nov"]
    assert marks["11 Nov"] is False


@given(st.sampled_from(INTERVALS), st.sampled_from([step for step in STEPS if step >= 0.12]), st.integers(100, 3_840))
def test_time_marks_ascend_and_fall_inside(interval: str, step: float, width: int) -> None:
    slots = TimeSlots(interval)
    view = view_at(slots.slot(NINE), min(step, 64.0), width)
    px = [mark.px for mark in time_ticks(view, slots)]
    assert px == sorted(px)
    assert all(0 <= place <= width for place in px)
    assert all(b - a >= 40 for a, b in pairwise(px))


@pytest.mark.parametrize("interval", ["1w", "1M"])
def test_centuries_of_slots_are_no_trouble(interval: str) -> None:
    slots = TimeSlots(interval)
    assert time_ticks(view_at(slots.slot(NINE), 1, 3_840), slots)
