"""Indicators equal a plain computation over the whole series, however the candles came in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.ui.kline_chart.pyramid import Floats
from terminal.ui.kline_chart.studies import BLOCK, STUDIES, Study, StudyKind

EMA20, EMA50, BOLL = STUDIES


def closes(count: int, seed: int = 1) -> Floats:
    return 100 + np.cumsum(np.random.default_rng(seed).normal(0, 1, count))


def plain_ema(values: Floats, period: int) -> Floats:
    result = np.full(len(values), np.nan)
    if len(values) >= period:
        result[period - 1] = values[:period].mean()
        for index in range(period, len(values)):
            result[index] = result[index - 1] + 2 / (period + 1) * (values[index] - result[index - 1])
    return result


def plain_band(values: Floats, period: int) -> tuple[Floats, Floats]:
    upper, lower = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for index in range(period - 1, len(values)):
        window = values[index - period + 1 : index + 1]
        upper[index], lower[index] = window.mean() + 2 * window.std(), window.mean() - 2 * window.std()
    return upper, lower


def fill(study: Study, values: Floats) -> None:
    while not study.fill(values, 0):
        assert study.valid_from > 0


@pytest.mark.parametrize("count", [0, 5, 19, 20, 21, 51, BLOCK + 300, 2 * BLOCK + 5])
def test_values_equal_a_plain_computation(count: int) -> None:
    values = closes(count)
    for kind, period in ((EMA20, 20), (EMA50, 50)):
        study = Study(kind)
        study.load(values)
        fill(study, values)
        np.testing.assert_allclose(study.lines[0], plain_ema(values, period), rtol=1e-9)
    band = Study(BOLL)
    band.load(values)
    fill(band, values)
    for line, expected in zip(band.lines, plain_band(values, 20), strict=True):
        np.testing.assert_allclose(line, expected, rtol=1e-9)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.floats(1, 1_000)), min_size=1, max_size=120))
def test_live_candles_give_what_a_fresh_start_gives(steps: list[tuple[bool, float]]) -> None:
    values = closes(60)
    live = [Study(kind) for kind in STUDIES]
    for study in live:
        study.load(values)
    for is_new, close in steps:
        values = np.append(values, close) if is_new else np.append(values[:-1], close)
        for study in live:
            study.follow(values, len(values) - 1)
    for study in live:
        fresh = Study(study.kind)
        fresh.load(values)
        fill(study, values)
        fill(fresh, values)
        for line, expected in zip(study.lines, fresh.lines, strict=True):
            np.testing.assert_allclose(line, expected, rtol=1e-9)


def test_many_live_candles_stay_exact_while_the_calculation_forgets() -> None:
    values = closes(6 * BLOCK)
    study = Study(EMA50)
    study.load(values[:10])
    for count in range(11, len(values) + 1):
        study.follow(values[:count], count - 1)
    np.testing.assert_allclose(study.lines[0], plain_ema(values, 50), rtol=1e-9)


@pytest.mark.parametrize("added", [1, 700, 1_500])
def test_older_candles_reach_into_the_values_after_them(added: int) -> None:
    values = closes(2_000 + added)
    for kind in STUDIES:
        study = Study(kind)
        study.load(values[added:])
        fill(study, values[added:])
        study.prepended(added, values)
        fill(study, values)
        fresh = Study(kind)
        fresh.load(values)
        fill(fresh, values)
        for line, expected in zip(study.lines, fresh.lines, strict=True):
            np.testing.assert_allclose(line, expected, rtol=1e-9)


def test_a_candle_changed_in_the_middle_changes_what_follows() -> None:
    values = closes(400)
    study = Study(EMA20)
    study.load(values)
    fill(study, values)
    values = values.copy()
    values[200] += 50
    study.follow(values, 200)
    fill(study, values)
    np.testing.assert_allclose(study.lines[0], plain_ema(values, 20), rtol=1e-9)


def test_loading_computes_the_newest_block_alone() -> None:
    study = Study(EMA20)
    study.load(closes(10 * BLOCK))
    assert study.valid_from == 9 * BLOCK
    assert study.values_at(10 * BLOCK - 1) is not None
    assert study.values_at(0) is None


@pytest.mark.parametrize("kind", STUDIES)
def test_a_series_that_began_with_its_live_candle_has_values_at_the_right_edge(kind: StudyKind) -> None:
    values = closes(300)
    study = Study(kind)
    study.load(values[-1:])
    study.prepended(299, values)
    values[-1] += 1
    study.follow(values, 299)
    assert study.values_at(299) is not None
    fresh = Study(kind)
    fresh.load(values)
    assert study.values_at(299) == pytest.approx(fresh.values_at(299))
