"""Candles become arrays, and far out pixel columns, without losing a high or a low."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Candle
from terminal.ui.kline_chart.arrays import CandleArrays
from terminal.ui.kline_chart.slots import TimeSlots

MINUTE = 60_000


def load(slots: list[int], lows: list[float], highs: list[float]) -> CandleArrays:
    arrays = CandleArrays(TimeSlots("1m"))
    low, high = np.array(lows), np.array(highs)
    arrays.load(np.array(slots, dtype=np.int64) * MINUTE, [low, high, low, high, high - low])
    return arrays


gapped = st.lists(st.integers(1, 30), min_size=1, max_size=400).map(lambda steps: list(np.cumsum(steps)))


@given(gapped, st.sampled_from([0.9, 0.5, 0.2, 0.05, 0.01]), st.integers(0, 2**32 - 1))
def test_columns_lose_no_extreme_and_no_volume_peak(slots: list[int], step: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    lows = random.normal(100, 10, len(slots))
    arrays = load(slots, lows.tolist(), (lows + random.random(len(slots))).tolist())
    columns = arrays.columns(0, arrays.count, slots[0], step)
    assert columns.low.min() == arrays.low.min()
    assert columns.high.max() == arrays.high.max()
    assert columns.volume.max() == arrays.volume.max()
    assert (np.diff(columns.x) > 0).all()
    assert columns.open[0] == arrays.open[0]
    assert columns.close[-1] == arrays.close[-1]


@given(st.integers(2, 3_000))
def test_columns_are_at_most_one_a_pixel(count: int) -> None:
    arrays = load(list(range(count)), [1.0] * count, [2.0] * count)
    columns = arrays.columns(0, count, 0, 0.02)
    assert len(columns.x) <= count * 0.02 + 1


def test_a_range_covers_candles_cut_by_the_edges() -> None:
    arrays = load([10, 11, 14, 15], [1.0] * 4, [2.0] * 4)
    assert arrays.within(10.5, 14.5) == (0, 3)
    assert arrays.within(12.0, 14.0) == (2, 2)
    assert arrays.within(0.0, 5.0) == (0, 0)
    assert arrays.within(16.0, 20.0) == (4, 4)


def test_a_gap_has_no_candle() -> None:
    arrays = load([10, 11, 14], [1.0] * 3, [2.0] * 3)
    assert arrays.index_at(11) == 1
    assert arrays.index_at(12) is None
    assert arrays.index_at(15) is None


def test_prepending_moves_no_candle(candle: Callable[..., Candle]) -> None:
    arrays = CandleArrays(TimeSlots("1m"))
    arrays.replace_from(0, [candle(index, 100 + index) for index in (1, 0)])
    slots = arrays.slot.tolist()
    arrays.prepend([candle(index, 100 + index) for index in (4, 3, 2)])
    assert arrays.slot.tolist() == [slots[0] - 3, slots[0] - 2, slots[0] - 1, *slots]
    assert arrays.close.tolist() == [104, 103, 102, 101, 100]
    assert arrays.price_range(0, 5) == (97, 106)


def test_the_last_candle_changes_alone(candle: Callable[..., Candle]) -> None:
    arrays = CandleArrays(TimeSlots("1m"))
    arrays.replace_from(0, [candle(index, 100) for index in (2, 1, 0)])
    arrays.replace_from(2, [candle(0, 500)])
    assert arrays.close.tolist() == [100, 100, 500]
    assert arrays.price_range(0, 3) == (97, 502)
    arrays.replace_from(2, [candle(0, 101)])
    assert arrays.price_range(0, 3) == (97, 103)
