from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import Side, StreamState, Trade
from terminal.ui.panel import PanelContext
from terminal.ui.trades_tape.widget import TradesTape

D = Decimal
VENUE = "hashkey-mena"


@pytest.fixture
def tape(context: PanelContext, qtbot: QtBot) -> Iterator[TradesTape]:
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(400, 500)
    tape = TradesTape(context, frame)
    tape.setGeometry(0, 0, 300, 204)
    frame.show()
    QTest.mouseMove(frame, QPoint(380, 480))
    QApplication.processEvents()
    tape.start()
    context.frame_clock.run_frame()
    yield tape
    tape.stop()


def add_print(market: Any, price: str, quantity: str = "0.0142", *, later: int = 0) -> None:
    market.hub.on_event(
        Trade(
            venue=VENUE, symbol="BTCUSDT", price=D(price), quantity=D(quantity), side=Side.BUY,
            time=market.clock.now + later,
        )
    )  # fmt: skip


def prices(tape: TradesTape) -> list[str]:
    return [line.price for line in tape.canvas.lines]


def test_prints_appear_newest_first(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100")
    add_print(market, "101", later=1)
    context.frame_clock.run_frame()
    assert prices(tape) == ["101.00", "100.00"]
    assert tape.canvas.badge == ""


def test_nothing_moves_under_the_pointer_and_what_is_new_is_counted(
    tape: TradesTape, market: Any, context: PanelContext
) -> None:
    add_print(market, "100")
    context.frame_clock.run_frame()
    QTest.mouseMove(tape.canvas, QPoint(100, 60))
    add_print(market, "101", later=1)
    context.frame_clock.run_frame()
    assert prices(tape) == ["100.00"]
    assert tape.canvas.badge == "PAUSED 1 new"
    QTest.mouseMove(tape.canvas, QPoint(100, 4))
    context.frame_clock.run_frame()
    assert prices(tape) == ["101.00", "100.00"]
    assert tape.canvas.badge == ""


def test_a_size_filter_is_named_in_the_title_bar(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100", "0.5")
    add_print(market, "101", "0.001", later=1)
    tape.set_least(D("0.01"))
    context.frame_clock.run_frame()
    assert prices(tape) == ["100.00"]
    assert tape.title_widget() is tape.filter_button
    assert tape.filter_button.text() == "size ≥ 0.01"


def test_a_filter_that_hides_everything_says_so(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100")
    tape.set_least(D(9))
    context.frame_clock.run_frame()
    assert tape.canvas.message == "No prints of 9 or more among the last 1."


def test_the_menu_offers_sizes_seen_and_merging(tape: TradesTape, market: Any) -> None:
    for index in range(9):
        add_print(market, "100", "0.05", later=index)
    tape.filter_button.menu().aboutToShow.emit()
    texts = [action.text() for action in tape.filter_button.menu().actions() if action.text()]
    assert texts == ["All sizes", "Size ≥ 0.05", "Merge prints of one moment and price", "Copy visible prints"]
    tape.filter_button.menu().actions()[1].trigger()
    assert tape.presenter.least == D("0.05")


def test_a_stale_tape_says_why(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100")
    market.set_stream(VENUE, StreamState.STALE, "no heartbeat")
    context.frame_clock.run_frame()
    assert tape.canvas.banner.endswith("no heartbeat")


def test_an_empty_tape_tells_what_it_waits_for(tape: TradesTape) -> None:
    assert tape.canvas.message.startswith("No trades yet")


def test_visible_prints_are_copied_with_every_digit(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100.01", "0.01420")
    context.frame_clock.run_frame()
    QTest.keySequence(tape.canvas, QKeySequence(QKeySequence.StandardKey.Copy))
    assert "0.01420 BTC  at 100.01 USDT" in QGuiApplication.clipboard().text()


def test_another_instrument_shows_its_own_prints(tape: TradesTape, market: Any, context: PanelContext) -> None:
    add_print(market, "100")
    tape.set_least(D("0.001"))
    eth = market.add_instrument(VENUE, "ETH", "USDT")
    context.selection.select(eth)
    context.frame_clock.run_frame()
    assert prices(tape) == []
    assert tape.filter_button.text() == "all sizes"
    assert [watch.is_closed for watch in market.watches] == [True, False]
