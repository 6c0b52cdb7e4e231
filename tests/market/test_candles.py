"""Candle series: history and stream joined without gap or double."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Candle, InstrumentId
from terminal.market.candles import CandleSeries
from terminal.market.freshness import Feed, Freshness

MINUTE = 60_000


def make() -> CandleSeries:
    return CandleSeries(InstrumentId("v", "S"), "1m", Freshness(Feed("v")))


def bar(index: int, close: int = 1) -> Candle:
    price = Decimal(close)
    return Candle(
        venue="v", symbol="S", interval="1m", time=index * MINUTE, open=price, high=price, low=price, close=price
    )


def times(series: CandleSeries) -> list[int]:
    return [candle.time // MINUTE for candle in series.candles]


bars = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=15)
steps = st.lists(st.tuples(st.booleans(), bars), max_size=6)


@given(steps)
def test_times_always_ascend_and_readers_can_keep_up(sequence: list[tuple[bool, list[tuple[int, int]]]]) -> None:
    series = make()
    drawn: list[Candle] = []
    second: list[Candle] = []
    seen = series.version
    for live, rows in sequence:
        if live:
            for index, close in rows:
                series.add_live(bar(index, close))
        else:
            series.merge([bar(index, close) for index, close in sorted(dict(rows).items())])
        assert times(series) == sorted(set(times(series)))
        # a reader that follows `prepended` and `changed_from` ends with the same candles
        new_in_front = series.candles[: series.prepended]
        drawn = new_in_front + drawn
        if series.changed_from is not None:
            drawn[series.changed_from :] = series.candles[series.changed_from :]
        series.mark_drawn()
        assert drawn == series.candles
        # and so does one of several readers, each at a version of its own, however seldom it looks
        if len(rows) % 2:
            change = series.changes_since(seen)
            assert change is not None
            second = series.candles[: change.prepended] + second
            if change.start is not None:
                second[change.start :] = series.candles[change.start :]
            seen = series.version
            assert second == series.candles


def test_the_forming_bar_of_the_stream_is_kept_over_rest() -> None:
    series = make()
    series.add_live(bar(5, 7))
    series.merge([bar(4, 1), bar(5, 2)])
    assert [c.close for c in series.candles] == [Decimal(1), Decimal(7)]


def test_a_completed_bar_is_taken_from_rest() -> None:
    series = make()
    series.add_live(bar(4, 3))
    series.add_live(bar(5, 3))
    series.merge([bar(4, 9)])
    assert series.candles[0].close == Decimal(9)


def test_a_jump_of_the_stream_tells_of_missing_bars() -> None:
    series = make()
    assert series.add_live(bar(1))
    assert series.add_live(bar(2))
    assert not series.add_live(bar(5))
    assert series.merge([bar(3), bar(4)]) == 2
    assert times(series) == [1, 2, 3, 4, 5]


def test_merging_the_same_history_again_changes_nothing() -> None:
    series = make()
    series.merge([bar(1), bar(2)])
    version = series.version
    assert series.merge([bar(1), bar(2)]) == 0
    assert series.version == version
