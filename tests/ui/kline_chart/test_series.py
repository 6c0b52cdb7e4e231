"""The arrays follow a live series through everything that happens to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain import Candle, InstrumentId
from terminal.market.candles import CandleSeries
from terminal.market.freshness import Feed, Freshness
from terminal.ui.kline_chart.series import ChartSeries
from terminal.ui.kline_chart.studies import STUDIES


def make() -> tuple[CandleSeries, ChartSeries]:
    series = CandleSeries(InstrumentId("v", "S"), "1m", Freshness(Feed("v")))
    chart = ChartSeries(series)
    chart.set_studies(list(STUDIES))
    return series, chart


changes = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.lists(st.tuples(st.integers(0, 90), st.integers(50, 150)), max_size=12)),
    max_size=10,
)


def check_after(candle: Callable[..., Candle], sequence: list[tuple[bool, bool, list[tuple[int, int]]]]) -> None:
    series, chart = make()
    for is_live, is_drawn, rows in sequence:
        candles = [candle(age, close) for age, close in rows]
        if is_live:
            for one in candles:
                series.add_live(one)
        else:
            series.merge(sorted({one.time: one for one in candles}.values(), key=lambda one: one.time))
        if is_drawn:
            chart.sync()
    chart.sync()
    assert chart.arrays.close.tolist() == [float(one.close) for one in series.candles]
    assert chart.arrays.slot.tolist() == [chart.slots.slot(one.time) for one in series.candles]
    for study in chart.studies:
        assert len(study.lines[0]) == len(series.candles)
    if series.candles:
        low, high = chart.arrays.price_range(0, chart.arrays.count)
        assert (low, high) == (min(chart.arrays.low), max(chart.arrays.high))


def test_arrays_equal_the_series_after_any_history(candle: Callable[..., Candle]) -> None:
    @settings(max_examples=60)
    @given(changes)
    def holds(sequence: list[tuple[bool, bool, list[tuple[int, int]]]]) -> None:
        check_after(candle, sequence)

    holds()


def test_nothing_is_done_when_nothing_changed(candle: Callable[..., Candle]) -> None:
    series, chart = make()
    series.merge([candle(1), candle(0)])
    assert chart.sync()
    assert not chart.sync()


def test_two_charts_follow_one_series(candle: Callable[..., Candle]) -> None:
    series, first = make()
    second = ChartSeries(series)
    series.merge([candle(index) for index in (3, 2, 1)])
    first.sync()
    series.add_live(candle(0, 120))
    first.sync()
    second.sync()
    series.merge([candle(5), candle(4)])
    first.sync()
    second.sync()
    assert np.array_equal(first.arrays.close, second.arrays.close)
    assert first.arrays.count == 6


def test_an_indicator_switched_on_later_has_its_values_at_once(candle: Callable[..., Candle]) -> None:
    series, chart = make()
    chart.set_studies([])
    series.merge([candle(index, 100 + index % 5) for index in range(99, -1, -1)])
    chart.sync()
    chart.set_studies([STUDIES[0]])
    assert chart.studies[0].values_at(99) is not None
