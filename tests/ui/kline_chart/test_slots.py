"""Times and slots map to each other, whatever the interval and wherever a venue's candles begin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import INTERVALS
from terminal.ui.kline_chart.slots import TimeSlots

MONDAY = 1_795_392_000_000
"""23 Nov 2026 00:00 UTC."""

times = st.integers(-4_000_000_000_000, 4_000_000_000_000)


@given(st.sampled_from(INTERVALS), times, times)
def test_a_slot_begins_at_or_before_each_of_its_times(interval: str, phase: int, time: int) -> None:
    slots = TimeSlots(interval, phase)
    slot = slots.slot(time)
    assert slots.time(slot) <= time < slots.time(slot + 1)
    assert slot <= slots.position(time) < slot + 1
    assert slots.of_times(np.array([time], dtype=np.int64)).tolist() == [slot]


def test_weeks_begin_where_the_venue_begins_them() -> None:
    slots = TimeSlots.starting_at("1w", MONDAY)
    assert slots.time(slots.slot(MONDAY + 3 * 86_400_000)) == MONDAY


def test_months_follow_the_calendar() -> None:
    slots = TimeSlots("1M")
    november = slots.slot(MONDAY)
    assert slots.time(november + 1) - slots.time(november) == 30 * 86_400_000
    assert slots.time(november + 2) - slots.time(november + 1) == 31 * 86_400_000


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown candle interval '7m'"):
        TimeSlots("7m")
