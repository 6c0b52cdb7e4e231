from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import BookSnapshot, Source, StreamState
from terminal.ui.depth_curve.widget import DepthCurve
from terminal.ui.panel import PanelContext

D = Decimal
VENUE = "hashkey-mena"


def put_book(market: Any) -> None:
    market.hub.on_event(
        BookSnapshot(
            venue=VENUE,
            symbol="BTCUSDT",
            source=Source.STREAM,
            bids=[(D(10_000 - n), D(1)) for n in range(1, 41)],
            asks=[(D(10_000 + n), D(1)) for n in range(1, 41)],
        )
    )


@pytest.fixture
def curve(context: PanelContext, market: Any, qtbot: QtBot) -> Iterator[DepthCurve]:
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(400, 500)
    curve = DepthCurve(context, frame)
    curve.setGeometry(0, 0, 300, 400)
    frame.show()
    QTest.mouseMove(frame, QPoint(380, 480))
    curve.start()
    put_book(market)
    context.frame_clock.run_frame()
    yield curve
    curve.stop()


def test_the_curve_is_drawn_from_the_live_book(curve: DepthCurve) -> None:
    assert curve.view is not None
    assert curve.view.mid == "10,000.00"
    assert curve.readout is None


def test_the_pointer_reads_price_size_value_and_slippage(curve: DepthCurve, context: PanelContext) -> None:
    QTest.mouseMove(curve, QPoint(225, 200))
    context.frame_clock.run_frame()
    readout = curve.readout
    assert readout is not None
    assert readout.price == D(10_010)
    assert (
        curve.accessibleDescription()
        == "Buy up to 10,010.00, 10.00000 BTC, 100,055.00 USDT, avg 10,005.50, 5.50 bps from mid"
    )
    curve.grab()


def test_a_stale_book_is_dimmed_and_says_why(curve: DepthCurve, market: Any, context: PanelContext) -> None:
    market.set_stream(VENUE, StreamState.DOWN, "connection refused")
    context.frame_clock.run_frame()
    assert curve.banner.startswith("Down")
    assert curve.banner.endswith("connection refused")


def test_without_a_book_the_panel_says_what_it_waits_for(curve: DepthCurve, market: Any, context: PanelContext) -> None:
    context.selection.select(market.add_instrument(VENUE, "ETH", "USDT"))
    context.frame_clock.run_frame()
    assert curve.view is None
    assert curve.message.startswith("ETH/USDT: no book on both sides yet")
    curve.grab()
