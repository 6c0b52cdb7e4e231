from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain import BookSnapshot, InstrumentId, OrderStatus, OrderType, Side, Source, StreamState, TimeInForce
from terminal.trading.risk import RiskBreach
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.widget import DepthLadder
from terminal.ui.preferences import Preferences

D = Decimal
VENUE = "hashkey-mena"


def wheel(bench: Any, notches: int, *, ctrl: bool = False) -> None:
    canvas = bench.ladder.canvas
    event = QWheelEvent(
        QPointF(280, 100),
        canvas.mapToGlobal(QPointF(280, 100)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
    bench.frame()


# orders


def test_a_click_rests_a_post_only_order_for_the_preset_at_the_price_clicked(bench: Any) -> None:
    bench.click(Zone.BID, 98)
    ((account, request),) = bench.desk.requests
    assert account == VENUE
    assert (request.side, request.price, request.quantity) == (Side.BUY, D(98), D("0.25"))
    assert (request.type, request.time_in_force) == (OrderType.LIMIT_MAKER, None)


def test_a_click_in_the_ask_column_sells(bench: Any) -> None:
    bench.click(Zone.ASK, 105)
    assert [(request.side, request.price) for request in bench.sent] == [(Side.SELL, D(105))]


def test_a_crossing_click_is_marked_and_needs_ctrl(bench: Any) -> None:
    bench.hover(Zone.BID, 103)
    assert "Ctrl Click buy 0.25 at 103" in bench.footer
    bench.click(Zone.BID, 103)
    assert bench.sent == []
    assert "Would cross" in bench.footer
    bench.click(Zone.BID, 103, ctrl=True)
    (request,) = bench.sent
    assert (request.type, request.time_in_force) == (OrderType.LIMIT, TimeInForce.GTC)


def test_letting_go_of_ctrl_before_the_button_takes_nothing(bench: Any) -> None:
    bench.press(Zone.BID, 103, ctrl=True)
    bench.release(Zone.BID, 103)
    assert bench.sent == []


def test_disarmed_clicks_fill_the_ticket_and_say_so(bench: Any) -> None:
    bench.arming.disarm_all("test")
    bench.frame()
    sides: list[Side] = []
    bench.context.selection.side_picked.connect(sides.append)
    bench.click(Zone.ASK, 105)
    assert (bench.sent, bench.picked, sides) == ([], [D(105)], [Side.SELL])
    assert "Disarmed: click fills the ticket" in bench.footer


def test_clicking_the_price_fills_the_ticket(bench: Any) -> None:
    bench.click(Zone.PRICE, 97)
    assert (bench.sent, bench.picked) == ([], [D(97)])


def test_clicking_an_own_order_cancels_it_even_disarmed_and_down(bench: Any) -> None:
    bench.desk.hold("k1", Side.SELL, "105")
    bench.arming.disarm_all("test")
    bench.market.set_stream(VENUE, StreamState.DOWN, "refused")
    bench.frame()
    bench.click(Zone.MINE, 105)
    assert bench.desk.cancelled == ["k1"]


def test_acting_happens_on_release_not_on_press(bench: Any) -> None:
    bench.press(Zone.BID, 98)
    assert bench.sent == []
    bench.release(Zone.BID, 98)
    assert len(bench.sent) == 1


@pytest.mark.parametrize(("zone", "price"), [(Zone.BID, 97), (Zone.ASK, 98), (Zone.PRICE, 98)])
def test_releasing_in_another_cell_sends_nothing(bench: Any, zone: Zone, price: int) -> None:
    bench.press(Zone.BID, 98)
    bench.release(zone, price)
    assert (bench.sent, bench.picked) == ([], [])
    assert "nothing was sent" in bench.footer


def test_releasing_outside_the_ladder_sends_nothing(bench: Any) -> None:
    bench.press(Zone.BID, 98)
    QTest.mouseRelease(bench.ladder.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(-40, -40))
    assert bench.sent == []


def test_escape_abandons_the_gesture(bench: Any) -> None:
    bench.press(Zone.BID, 98)
    QTest.keyClick(bench.ladder.canvas, Qt.Key.Key_Escape)
    bench.release(Zone.BID, 98)
    assert bench.sent == []
    assert "Abandoned" in bench.footer


def test_a_double_and_a_triple_click_rest_one_order(bench: Any) -> None:
    bench.click(Zone.BID, 98)
    canvas, point = bench.ladder.canvas, bench.at(Zone.BID, 98)
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    bench.clock.now += 300
    bench.click(Zone.BID, 98)
    assert len(bench.sent) == 1


def test_another_button_while_one_is_down_abandons_the_gesture(bench: Any) -> None:
    bench.press(Zone.BID, 98)
    QTest.mousePress(bench.ladder.canvas, Qt.MouseButton.MiddleButton, pos=bench.at(Zone.BID, 98))
    QTest.mouseRelease(bench.ladder.canvas, Qt.MouseButton.MiddleButton, pos=bench.at(Zone.BID, 98))
    bench.release(Zone.BID, 98)
    assert bench.sent == []


@pytest.mark.parametrize("state", [StreamState.STALE, StreamState.DOWN])
def test_a_lost_stream_during_a_click_sends_nothing_even_if_it_comes_back(bench: Any, state: StreamState) -> None:
    bench.press(Zone.BID, 98)
    bench.market.set_stream(VENUE, state, "no heartbeat")
    bench.frame()
    bench.market.set_stream(VENUE, StreamState.LIVE)
    bench.frame()
    bench.release(Zone.BID, 98)
    assert bench.sent == []


def test_a_stale_book_refuses_orders_in_words(bench: Any) -> None:
    bench.market.set_stream(VENUE, StreamState.STALE, "no heartbeat")
    bench.clock.now += 6_200
    bench.frame()
    bench.click(Zone.BID, 98)
    assert bench.sent == []
    assert "Nothing sent, the book is stale" in bench.footer
    assert bench.ladder.header.banner.startswith("Stale 6.2 s: no heartbeat")


def test_another_instrument_during_a_click_sends_nothing(bench: Any) -> None:
    eth = bench.market.add_instrument(VENUE, "ETH", "USDT", tick="1")
    bench.press(Zone.BID, 98)
    point = bench.at(Zone.BID, 98)
    bench.context.selection.select(eth)
    bench.context.selection.choose_preset(D(1))
    QTest.mouseRelease(bench.ladder.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert bench.sent == []


def test_another_instrument_forgets_the_size_of_a_click(bench: Any) -> None:
    eth = bench.market.add_instrument(VENUE, "ETH", "USDT", tick="1")
    bench.context.selection.select(eth)
    assert bench.context.selection.preset_quantity is None


def test_the_book_moving_under_the_pointer_changes_neither_row_nor_price_sent(bench: Any) -> None:
    bench.hover(Zone.BID, 98)
    before = bench.prices()
    bench.press(Zone.BID, 98)
    bench.book(bid=110, ask=112)
    bench.frame()
    assert bench.prices() == before
    bench.release(Zone.BID, 98)
    assert [request.price for request in bench.sent] == [D(98)]


def test_a_buy_that_the_moving_book_turns_into_a_taker_is_not_sent(bench: Any) -> None:
    bench.press(Zone.BID, 98)
    bench.book(bid=90, ask=92)
    bench.frame()
    bench.release(Zone.BID, 98)
    assert bench.sent == []
    assert "The book moved" in bench.footer


@pytest.mark.parametrize("how", ["scroll", "group", "centre"])
def test_moving_the_rows_while_the_button_is_down_sends_nothing(bench: Any, how: str) -> None:
    bench.press(Zone.BID, 98)
    if how == "centre":
        QTest.keyClick(bench.ladder.canvas, Qt.Key.Key_Space)
    else:
        wheel(bench, 1, ctrl=how == "group")
    QTest.mouseRelease(bench.ladder.canvas, Qt.MouseButton.LeftButton, pos=QPoint(90, 300))
    assert bench.sent == []


def test_without_a_size_the_footer_asks_for_one(bench: Any) -> None:
    bench.context.selection.choose_preset(None)
    bench.frame()
    bench.click(Zone.BID, 98)
    assert bench.sent == []
    assert "Choose a size in the ticket first" in bench.footer


def test_an_order_refused_by_the_checks_says_which_rule(bench: Any) -> None:
    bench.desk.denial = RiskBreach(field="quantity", rule="Quantity must be at least 1 BTC", hard=True, code="rule")
    bench.click(Zone.BID, 98)
    assert "Not sent: Quantity must be at least 1 BTC" in bench.footer


def test_an_order_rejected_by_the_venue_says_why(bench: Any) -> None:
    bench.desk.ending = (OrderStatus.REJECTED, "it would have traded at once")
    bench.click(Zone.BID, 98)
    assert "Rejected: it would have traded at once" in bench.footer


def test_a_grouped_row_names_and_sends_the_same_exact_price(bench: Any) -> None:
    wheel(bench, -2, ctrl=True)
    assert bench.ladder.presenter.group == 5
    row = 98 // 5
    bench.hover(Zone.BID, row)
    assert "buy 0.25 at 95" in bench.footer
    bench.click(Zone.BID, row)
    assert [request.price for request in bench.sent] == [D(95)]


# rows on screen


def test_nothing_moves_while_the_pointer_is_over_a_clickable_column(bench: Any) -> None:
    bench.hover(Zone.ASK, 104)
    before = bench.prices()
    bench.clock.now += 3_400
    bench.book(bid=130, ask=132)
    bench.frame()
    assert bench.prices() == before
    assert bench.ladder.toolbar.badge == "FROZEN 3 s"
    bench.leave()
    bench.frame()
    assert bench.prices() != before
    assert bench.ladder.toolbar.badge == ""


def test_the_wheel_scrolls_and_space_brings_the_touch_back(bench: Any) -> None:
    before = bench.prices()
    wheel(bench, 5)
    assert bench.prices()[0] == str(int(before[0]) + 15)
    assert bench.ladder.toolbar.badge == "SCROLLED"
    QTest.keyClick(bench.ladder.canvas, Qt.Key.Key_Space)
    bench.frame()
    assert bench.prices() == before


def test_space_does_nothing_while_another_widget_has_the_focus(bench: Any) -> None:
    wheel(bench, 5)
    before = bench.prices()
    bench.ladder.toolbar.stepper.plus.setFocus()
    QTest.keyClick(bench.ladder.footer, Qt.Key.Key_Space)
    bench.frame()
    assert bench.prices() == before


def test_a_right_click_recentres(bench: Any) -> None:
    before = bench.prices()
    wheel(bench, 5)
    QTest.mouseClick(bench.ladder.canvas, Qt.MouseButton.RightButton, pos=QPoint(150, 100))
    bench.frame()
    assert bench.prices() == before
    assert bench.sent == []


def test_the_stepper_regroups(bench: Any) -> None:
    QTest.mouseClick(bench.ladder.toolbar.stepper.plus, Qt.MouseButton.LeftButton)
    bench.frame()
    assert bench.ladder.presenter.group == 2


def test_own_orders_stand_beside_their_price(bench: Any) -> None:
    bench.desk.hold("k1", Side.BUY, "97", "0.05")
    bench.desk.hold("k2", Side.BUY, "97", "0.025")
    bench.frame()
    view = bench.ladder.canvas.view
    boxes = {row.price: row.mine.text for row in view.rows if row.mine is not None}
    assert boxes == {"97": "0.07500"}


def test_only_changed_rows_are_drawn_again(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    QApplication.processEvents()
    bench.ladder.grab()
    canvas = bench.ladder.canvas
    drawn: list[int] = []
    cells = canvas._painter.cells

    def note(painter: Any, row: Any, top: int, columns: Any, changed: int) -> None:
        drawn.append(row.row)
        cells(painter, row, top, columns, changed)

    monkeypatch.setattr(canvas._painter, "cells", note)
    bench.desk.hold("k1", Side.BUY, "97")
    bench.frame()
    assert drawn == [97]


def test_a_frame_drawn_in_parts_looks_like_one_drawn_at_once(bench: Any) -> None:
    bench.ladder.grab()
    bench.desk.hold("k1", Side.BUY, "97")
    bench.trade("102")
    bench.book(bid=101, ask=102)
    bench.frame()
    in_parts = bench.ladder.canvas.grab().toImage()
    bench.ladder.canvas.repaint_all()
    assert bench.ladder.canvas.grab().toImage() == in_parts


def test_the_ladder_waits_in_words_without_a_book(bench: Any) -> None:
    eth = bench.market.add_instrument(VENUE, "ETH", "USDT")
    bench.context.selection.select(eth)
    bench.frame()
    assert bench.ladder.canvas.view is None
    assert bench.ladder.canvas.message == "ETH/USDT: no book yet\nwaiting for the first data"


def test_an_unknown_instrument_is_waited_for(bench: Any) -> None:
    bench.context.selection.select(InstrumentId(VENUE, "XYZ"))
    bench.frame()
    assert bench.ladder.canvas.view is None


def test_watches_are_given_back(bench: Any) -> None:
    bench.ladder.stop()
    assert all(watch.is_closed for watch in bench.market.watches)


def test_groups_chosen_by_hand_outlive_the_program(bench: Any, tmp_path: Path, qtbot: QtBot) -> None:
    preferences = Preferences(tmp_path / "window.ini")
    preferences.set_data("ladder/groups", [[VENUE, "ETHUSDT", 5], ["bad"], 7, [VENUE, "XRPUSDT", 3]])
    bench.context.preferences = preferences
    ladder = DepthLadder(bench.context)
    qtbot.addWidget(ladder)
    assert ladder.presenter.groups == {(VENUE, "ETHUSDT"): 5}
    wheel(bench, -1, ctrl=True)
    assert preferences.data("ladder/groups") == [[VENUE, "BTCUSDT", 2]]


def test_rows_of_the_old_instrument_take_no_click_for_the_new_one(bench: Any) -> None:
    point = bench.at(Zone.BID, 98)
    bench.context.selection.select(bench.market.add_instrument(VENUE, "ETH", "USDT", tick="1"))
    bench.context.selection.choose_preset(D(1))
    QTest.mouseClick(bench.ladder.canvas, Qt.MouseButton.LeftButton, pos=point)
    assert (bench.sent, bench.picked) == ([], [])


def test_a_book_that_moved_since_the_last_frame_decides_over_crossing(bench: Any) -> None:
    bench.book(bid=90, ask=92)
    bench.click(Zone.BID, 98)
    assert bench.sent == []


def test_the_touch_is_told_in_words(bench: Any) -> None:
    assert bench.ladder.accessibleDescription() == "BTC/USDT, best bid 100 for 1 BTC, best ask 102 for 1 BTC"


def test_the_theme_can_be_switched(bench: Any) -> None:
    dark = bench.ladder.canvas.grab().toImage().pixelColor(2, 2)
    bench.context.theme.switch(dark=False)
    assert bench.ladder.canvas.grab().toImage().pixelColor(2, 2) != dark


def test_a_step_of_the_venue_is_shown_while_clicks_are_judged_by_the_finest_book(bench: Any) -> None:
    """The grouped book's best ask is 110; the real one is 102: a buy at 105 would take."""
    coarse = BookSnapshot(
        venue=VENUE, symbol="BTCUSDT", source=Source.STREAM, step="1",
        bids=[(D(90 - 10 * n), D(5)) for n in range(8)], asks=[(D(110 + 10 * n), D(5)) for n in range(20)],
    )  # fmt: skip
    bench.ladder.choose_step("1")
    bench.market.hub.on_event(coarse)
    bench.frame()
    assert bench.ladder.step == "1"
    assert bench.ladder.presenter.group >= 10
    assert all(int(price) % 10 == 0 for price in bench.prices())
    situation = bench.ladder._situation(InstrumentId(VENUE, "BTCUSDT"))
    assert (situation.best_bid, situation.best_ask) == (D(100), D(102))
    bench.ladder.choose_step("")
    bench.frame()
    assert bench.ladder.presenter.group < 10


def test_a_step_that_no_longer_comes_stops_clicks_though_the_finest_book_lives(bench: Any) -> None:
    bench.ladder.choose_step("1")
    bench.frame()
    situation = bench.ladder._situation(InstrumentId(VENUE, "BTCUSDT"))
    assert situation.unreliable is not None
