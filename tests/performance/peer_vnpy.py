"""VeighNa's chart measured offscreen; run by the interpreter of an environment that has vnpy, prints one JSON line.

It imports nothing of ours. Times are ms: medians of many rounds, `zoom_out` and `first` single ones.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from vnpy.chart import CandleItem, ChartWidget, VolumeItem  # type: ignore[import-not-found]  # the peers have an environment of their own
from vnpy.trader.constant import Exchange, Interval  # type: ignore[import-not-found]  # as above
from vnpy.trader.object import BarData  # type: ignore[import-not-found]  # as above
from vnpy.trader.ui import QtWidgets  # type: ignore[import-not-found]  # as above

WIDTH, HEIGHT = 1600, 900


def make_bars(count: int) -> list[BarData]:
    """Return the random walk that the other chart is given too."""
    rng = random.Random(1)
    price, begin = 100_000, datetime(2024, 1, 1)  # noqa: DTZ001 - the library wants naive times
    bars = []
    for index in range(count):
        opened = price
        price += rng.randint(-50, 50)
        bars.append(
            BarData(
                gateway_name="peer",
                symbol="BTCUSDT",
                exchange=Exchange.LOCAL,
                datetime=begin + timedelta(minutes=index),
                interval=Interval.MINUTE,
                open_price=opened,
                high_price=max(opened, price) + 9,
                low_price=min(opened, price) - 9,
                close_price=price,
                volume=3,
            )
        )
    return bars


def timed(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1_000


def measure(count: int, visible: int) -> dict[str, float]:
    app = QtWidgets.QApplication([])
    chart = ChartWidget()
    chart.add_plot("candle", hide_x_axis=True)
    chart.add_plot("volume", maximum_height=200)
    chart.add_item(CandleItem, "candle", "candle")
    chart.add_item(VolumeItem, "volume", "volume")
    chart.add_cursor()
    chart.resize(WIDTH, HEIGHT)
    chart.show()
    app.processEvents()
    bars = make_bars(count)
    chart._bar_count = visible

    def first() -> None:
        chart.update_history(bars)
        chart.move_to_right()
        app.processEvents()
        chart.viewport().repaint()

    def pan() -> None:
        chart._right_ix -= 1
        chart._update_x_range()
        chart.viewport().repaint()

    def last_candle() -> None:
        bar = copy(bars[-1])
        bar.close_price += 1
        bar.high_price += 1
        chart.update_bar(bar)
        chart.viewport().repaint()
        app.processEvents()

    def zoom_out() -> None:
        chart._bar_count, chart._right_ix = count, count
        chart._update_x_range()
        chart.viewport().repaint()

    result = {"first": timed(first), "pan": statistics.median(timed(pan) for _ in range(60))}
    chart.move_to_right()
    app.processEvents()
    result["last"] = statistics.median(timed(last_candle) for _ in range(20))
    result["zoom_out"] = timed(zoom_out)
    return result


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
