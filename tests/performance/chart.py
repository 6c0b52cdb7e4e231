"""The chart's cost by number of candles, and beside VeighNa's chart where an environment with vnpy is given.

Both charts are 1600x900, hold the same random walk with volume and no indicators, and show the same number of
candles. A figure is from the change to the painted widget. The peer is measured between two measurements of ours,
for a shared machine's speed wanders; of our two the mean counts.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import overload

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from terminal.domain import Candle, Instrument, Source
from terminal.market.candles import CandleSeries, SeriesState
from terminal.market.freshness import Feed, Freshness
from terminal.ui.kline_chart.chart_view import ChartView
from terminal.ui.kline_chart.presenter import ChartPresenter
from terminal.ui.kline_chart.pyramid import Floats
from terminal.ui.kline_chart.series import ChartSeries
from terminal.ui.kline_chart.studies import STUDIES
from terminal.ui.theme import Theme
from tests.performance.report import Row, median, ratio_row

WIDTH, HEIGHT = 1_600, 900
PEER_CANDLES = 100_000
STEP = 16.0
ROUNDS = 120

_START = 1_700_000_040_000
_MINUTE = 60_000
_PEER_SCRIPT = Path(__file__).with_name("peer_vnpy.py")
_GOALS = {"first": ("first paint", None), "pan": ("pan", 8), "last": ("last candle", 20), "zoom_out": ("zoom out", 500)}

_INSTRUMENT = Instrument(
    venue="hashkey-mena",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Ms of one chart: opening, panning by a candle, a new value of the last candle, all candles in view."""

    first: float
    pan: float
    last: float
    zoom_out: float


def _candle(index: int, opened: int, price: int) -> Candle:
    return Candle(
        venue=_INSTRUMENT.venue, symbol=_INSTRUMENT.symbol, interval="1m", time=_START + index * _MINUTE,
        open=Decimal(opened), high=Decimal(max(opened, price) + 9), low=Decimal(min(opened, price) - 9),
        close=Decimal(price), base_volume=Decimal(3),
    )  # fmt: skip


def _walk(count: int) -> list[int]:
    rng = random.Random(1)
    prices = [100_000]
    for _ in range(count):
        prices.append(prices[-1] + rng.randint(-50, 50))
    return prices


class _Candles(Sequence[Candle]):
    """A long random walk as candles made when asked for: a million held ones would measure their memory."""

    def __init__(self, prices: Sequence[int]) -> None:
        self._prices = prices

    def __len__(self) -> int:
        return len(self._prices) - 1

    @overload
    def __getitem__(self, index: int) -> Candle: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candle]: ...
    def __getitem__(self, index: int | slice) -> Candle | list[Candle]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = index % len(self)
        return _candle(place, self._prices[place], self._prices[place + 1])

    def fields(self) -> list[Floats]:
        """Return open, high, low, close and volume as arrays."""
        prices = np.array(self._prices, dtype=np.float64)
        opens, closes = prices[:-1], prices[1:]
        high, low = np.maximum(opens, closes) + 9, np.minimum(opens, closes) - 9
        return [opens, high, low, closes, np.full(len(self), 3.0)]


class _Chart:
    """A shown chart view whose frames are painted by hand."""

    def __init__(self, app: QApplication, theme: Theme) -> None:
        feed = Feed(_INSTRUMENT.venue)
        self.source = CandleSeries(_INSTRUMENT.id, "1m", Freshness(feed))
        self.source.freshness.touch(Source.SNAPSHOT, _START)
        self.source.state = SeriesState.READY
        self.chart = ChartView(theme)
        self.chart.resize(WIDTH, HEIGHT)
        self.chart.show()
        app.processEvents()
        self.series = ChartSeries(self.source)

    def open(self) -> None:
        """Place the loaded series at its end and paint it."""
        arrays = self.series.arrays
        self.chart.show_series(ChartPresenter(self.series, _INSTRUMENT, "BTC/USDT"))
        self.chart.view.set_extent(arrays.first_slot, arrays.last_slot + 1)
        self.chart.view.set_step(STEP)
        self.paint()

    def paint(self) -> None:
        self.chart.refresh()
        self.chart.viewport().repaint()

    def pan(self) -> None:
        self.chart.view.pan(STEP)
        self.paint()

    def zoom_out(self) -> None:
        self.chart.view.fit()
        self.paint()

    def close(self) -> None:
        self.chart.close()
        self.chart.deleteLater()

    @property
    def visible(self) -> int:
        start, stop = self.chart.state.visible
        return stop - start


def _timed(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1_000


def _often(action: Callable[[], None]) -> float:
    return median(_timed(action) for _ in range(ROUNDS))


def _live(app: QApplication, theme: Theme, candles: list[Candle]) -> tuple[Figures, int]:
    """Measure the whole way from the market's series, and return the number of candles in view too."""
    chart = _Chart(app, theme)
    chart.source.merge(candles)

    def first() -> None:
        chart.series.sync()
        chart.open()

    def last_candle() -> None:
        newest = chart.source.candles[-1]
        chart.source.add_live(replace(newest, close=newest.close + 1, high=newest.high + 1))
        chart.series.sync()
        chart.paint()

    opened = _timed(first)
    visible = chart.visible
    panned = _often(chart.pan)
    chart.chart.view.to_end()
    changed = _often(last_candle)
    figures = Figures(opened, panned, changed, _timed(chart.zoom_out))
    chart.close()
    return figures, visible


def _by_count(app: QApplication, theme: Theme, count: int, *, studies: bool = False) -> Figures:
    """Measure a chart whose arrays are given, so that the number of candles is all that differs."""
    chart = _Chart(app, theme)
    candles = _Candles(_walk(count))
    chart.source.candles = candles  # type: ignore[assignment]  # a list in all but its type: only read here
    times = _START + np.arange(count, dtype=np.int64) * _MINUTE

    def first() -> None:
        chart.series.arrays.load(times, candles.fields())
        chart.series.set_studies(list(STUDIES) if studies else [])
        chart.open()

    def last_candle() -> None:
        chart.series.arrays.replace_from(count - 1, candles[count - 1 :])
        for study in chart.series.studies:
            study.follow(chart.series.arrays.close, count - 1)
        chart.paint()

    opened = _timed(first)
    panned = _often(chart.pan)
    chart.chart.view.to_end()
    changed = _often(last_candle)
    chart.zoom_out()
    figures = Figures(opened, panned, changed, _often(chart.zoom_out))
    chart.close()
    return figures


def _peer(python: str, visible: int) -> Figures:
    """Run the peer's script; raises CalledProcessError when it fails."""
    done = subprocess.run(
        [python, str(_PEER_SCRIPT), str(PEER_CANDLES), str(visible)], capture_output=True, text=True, check=True
    )
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def measure(peer_python: str | None = None) -> list[Row]:
    """Return the report's rows; those against VeighNa only with the interpreter of an environment that has vnpy."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme()
    theme.apply(app)
    rows = _growth(app, theme)
    if peer_python is not None:
        rows += _against_peer(app, theme, peer_python)
    return rows


def _best(figures: Sequence[Figures]) -> Figures:
    return Figures(*(min(getattr(each, field.name) for each in figures) for field in fields(Figures)))


def _growth(app: QApplication, theme: Theme) -> list[Row]:
    # taken in turns and the better one kept: a neighbour's burst must not pass for growth
    turns = [(_by_count(app, theme, 1_000), _by_count(app, theme, 1_000_000)) for _ in range(2)]
    small, large = (_best([turn[place] for turn in turns]) for place in (0, 1))
    rows = [
        ratio_row(f"chart {words}, 1M candles against 1k", getattr(large, name), getattr(small, name), at_most=1.5)
        for name, words in (("pan", "pan"), ("last", "last candle"))
    ]
    rows.append(Row(name="chart, all of 1M candles in view", value=f"{large.zoom_out:.2f} ms", goal="<= 16 ms",
                    met=large.zoom_out <= 16))  # fmt: skip
    studied = _by_count(app, theme, PEER_CANDLES, studies=True)
    rows.append(Row(name="chart pan, 100k candles, three indicators", value=f"{studied.pan:.2f} ms", goal="<= 16 ms",
                    met=studied.pan <= 16))  # fmt: skip
    return rows


def _against_peer(app: QApplication, theme: Theme, python: str) -> list[Row]:
    prices = _walk(PEER_CANDLES)
    candles = [_candle(index, prices[index], prices[index + 1]) for index in range(PEER_CANDLES)]
    before, visible = _live(app, theme, candles)
    theirs = _peer(python, visible)
    after, _ = _live(app, theme, candles)
    rows = []
    for name, (words, goal) in _GOALS.items():
        ours, peer = (getattr(before, name) + getattr(after, name)) / 2, getattr(theirs, name)
        ratio = peer / ours
        rows.append(
            Row(
                name=f"chart {words}, 100k candles, against VeighNa",
                value=f"{ours:.2f} ms / {peer:.2f} ms: {ratio:.1f}x faster",
                goal="" if goal is None else f">= {goal}x",
                met=None if goal is None else ratio >= goal,
                note=f"{visible} candles in view",
            )
        )
    return rows


if __name__ == "__main__":
    from tests.performance.report import show

    print(show(measure(sys.argv[1] if len(sys.argv) > 1 else None)))
