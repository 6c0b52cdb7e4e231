"""The moments that start-up is measured by."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import BookSnapshot, StreamState
from terminal.ui.marks import Marks
from terminal.ui.panel import PanelContext

pytestmark = pytest.mark.window


def test_the_first_frame_is_the_first_paint(qtbot: QtBot, tmp_path: Path) -> None:
    marks = Marks(tmp_path / "timings.json")
    window = QWidget()
    qtbot.addWidget(window)
    marks.watch_first_frame(window)
    with qtbot.waitSignal(marks.first_frame):
        window.show()
    assert list(json.loads((tmp_path / "timings.json").read_text())) == ["first_frame"]


def test_only_a_live_book_of_the_selected_instrument_is_a_first_price(
    context: PanelContext, market: Any, qtbot: QtBot
) -> None:
    marks = Marks(None)
    told: list[str] = []
    marks.first_price.connect(lambda: told.append("price"))
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    marks.watch_first_price(context, window)

    def frame() -> list[str]:
        context.frame_clock.run_frame()
        QApplication.processEvents()
        return told

    assert frame() == []
    market.hub.on_event(book("ETHUSDT"))
    assert frame() == []
    market.set_stream("hashkey-mena", StreamState.STALE, "no heartbeat")
    market.hub.on_event(book("BTCUSDT"))
    assert frame() == []
    market.set_stream("hashkey-mena", StreamState.LIVE)
    assert frame() == ["price"]
    market.hub.on_event(book("BTCUSDT"))
    assert frame() == ["price"]


def book(symbol: str) -> BookSnapshot:
    one = Decimal(1)
    return BookSnapshot(venue="hashkey-mena", symbol=symbol, bids=[(Decimal(99), one)], asks=[(Decimal(101), one)])
