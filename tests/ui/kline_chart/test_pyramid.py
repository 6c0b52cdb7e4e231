"""The pyramid gives what a plain minimum or maximum gives, after any history of changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.kline_chart.pyramid import FACTOR, Pyramid

numbers = st.floats(min_value=-1e12, max_value=1e12)
series = st.lists(numbers, min_size=1, max_size=300)


@given(series, st.data(), st.sampled_from([np.minimum, np.maximum]))
def test_an_extreme_equals_the_naive_one(values: list[float], data: st.DataObject, reduce: Any) -> None:
    array = np.array(values)
    pyramid = Pyramid(reduce)
    pyramid.rebuild(array)
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    naive = min if reduce is np.minimum else max
    assert pyramid.extreme(array, start, stop) == naive(values[start:stop])


@given(series, st.lists(st.tuples(st.integers(0, 320), st.lists(numbers, max_size=40)), max_size=5))
def test_levels_follow_changes_as_if_built_anew(values: list[float], changes: list[tuple[int, list[float]]]) -> None:
    pyramid = Pyramid(np.maximum)
    pyramid.rebuild(np.array(values))
    for position, tail in changes:
        start = min(position, len(values))
        values = values[:start] + tail or [0.0]
        pyramid.update(np.array(values), min(start, len(values) - 1))
    fresh = Pyramid(np.maximum)
    fresh.rebuild(np.array(values))
    assert pyramid.depth == fresh.depth
    for depth in range(fresh.depth + 1):
        expected = fresh.level(np.array(values), depth)
        assert pyramid.level(np.array(values), depth).tolist() == expected.tolist()


@given(series)
def test_each_level_holds_the_extremes_of_its_groups(values: list[float]) -> None:
    array = np.array(values)
    pyramid = Pyramid(np.minimum)
    pyramid.rebuild(array)
    for depth in range(1, pyramid.depth + 1):
        group = FACTOR**depth
        naive = [min(values[index : index + group]) for index in range(0, len(values), group)]
        assert pyramid.level(array, depth).tolist() == naive


def test_an_empty_range_is_refused() -> None:
    pyramid = Pyramid(np.minimum)
    array = np.arange(10.0)
    pyramid.rebuild(array)
    for start, stop in ((3, 3), (5, 2), (-1, 4), (2, 11)):
        with pytest.raises(ValueError, match="no values in"):
            pyramid.extreme(array, start, stop)
