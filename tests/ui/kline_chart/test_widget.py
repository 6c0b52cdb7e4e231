"""The chart in the hand: drag, wheel, keys, axes, scroll-back, switching, own orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import Candle, InstrumentId, StreamState
from terminal.domain.failures import VenueUnavailable
from terminal.market.candles import SeriesState
from terminal.trading.desk_order import DeskOrder
from terminal.trading.topics import TradingTopic
from terminal.ui.kline_chart.scene_state import ChartKind
from terminal.ui.kline_chart.viewport import PriceMode
from terminal.ui.kline_chart.widget import ChartPanel

VENUE = "hashkey-mena"
BTC, ETH = InstrumentId(VENUE, "BTCUSDT"), InstrumentId(VENUE, "ETHUSDT")

MakeCandle = Callable[..., Candle]
MakeOrder = Callable[..., DeskOrder]

LEFT = Qt.MouseButton.LeftButton


def frames(panel: ChartPanel, count: int = 1) -> None:
    for _ in range(count):
        panel.context.frame_clock.run_frame()


def mouse(panel: ChartPanel, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton = LEFT) -> None:
    viewport = panel.chart.viewport()
    where = QPointF(viewport.mapToGlobal(at))
    pressed = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    QApplication.sendEvent(viewport, QMouseEvent(kind, at, where, button, pressed, Qt.KeyboardModifier.NoModifier))


def drag(panel: ChartPanel, start: QPointF, by: QPointF, steps: int = 4) -> None:
    mouse(panel, QEvent.Type.MouseButtonPress, start)
    for step in range(1, steps + 1):
        mouse(panel, QEvent.Type.MouseMove, start + by * (step / steps))
    mouse(panel, QEvent.Type.MouseButtonRelease, start + by)


def click(panel: ChartPanel, at: QPointF) -> None:
    mouse(panel, QEvent.Type.MouseButtonPress, at)
    mouse(panel, QEvent.Type.MouseButtonRelease, at)


def wheel(
    panel: ChartPanel, at: QPointF, turned: QPoint, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    viewport = panel.chart.viewport()
    event = QWheelEvent(
        at, QPointF(viewport.mapToGlobal(at)), QPoint(), turned, Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def go_to_start(panel: ChartPanel) -> None:
    QTest.keyClick(panel.chart, Qt.Key.Key_Home)


def has_crosshair(panel: ChartPanel) -> bool:
    return panel.chart.state.crosshair is not None


def last_text(panel: ChartPanel) -> str | None:
    last = panel.chart.state.last
    return None if last is None else last.text


def paint(panel: ChartPanel) -> None:
    assert not panel.grab().isNull()


def show_orders(panel: ChartPanel, desk: Any, orders: list[DeskOrder]) -> None:
    desk.orders = orders
    desk.changed.mark(TradingTopic.ORDERS)
    frames(panel)
    paint(panel)


def in_plot(panel: ChartPanel) -> QPointF:
    return QPointF(300, 200)


def on_price_axis(panel: ChartPanel) -> QPointF:
    return QPointF(panel.chart.view.width + 30, 200)


def on_time_axis(panel: ChartPanel) -> QPointF:
    return QPointF(300, panel.chart.height() - 10)


# moving


def test_it_opens_at_the_newest_candle(panel: ChartPanel) -> None:
    view = panel.chart.view
    assert view.follows
    assert panel.chart.state.visible[1] == 300
    assert panel.subtitle == "BTC/USDT, HashKey MENA"


def test_dragging_pans_by_the_pointers_way(panel: ChartPanel) -> None:
    view = panel.chart.view
    right = view.right
    drag(panel, in_plot(panel), QPointF(120, 0))
    assert view.right == pytest.approx(right - 120 / view.step)
    assert not view.follows


def test_a_new_candle_moves_only_a_chart_at_the_end(panel: ChartPanel, chart_market: Any, candle: MakeCandle) -> None:
    view = panel.chart.view
    right = view.right
    newest = candle(0)
    chart_market.hub.on_event(replace(newest, time=newest.time + 60_000))
    frames(panel)
    assert view.right == pytest.approx(right + 1)
    drag(panel, in_plot(panel), QPointF(200, 0))
    right = view.right
    chart_market.hub.on_event(replace(newest, time=newest.time + 120_000))
    frames(panel)
    assert view.right == right


def test_the_wheel_zooms_about_the_pointer(panel: ChartPanel) -> None:
    view = panel.chart.view
    drag(panel, in_plot(panel), QPointF(300, 0))
    position, step = view.position_at(300), view.step
    wheel(panel, in_plot(panel), QPoint(0, 120))
    assert view.step > step
    assert view.position_at(300) == pytest.approx(position)


def test_small_turns_of_a_touch_pad_add_up(panel: ChartPanel) -> None:
    view = panel.chart.view
    step = view.step
    for _ in range(3):
        wheel(panel, in_plot(panel), QPoint(0, 30))
    assert view.step == step
    wheel(panel, in_plot(panel), QPoint(0, 30))
    assert view.step > step


def test_the_wheel_sideways_pans(panel: ChartPanel) -> None:
    right = panel.chart.view.right
    wheel(panel, in_plot(panel), QPoint(120, 0))
    assert panel.chart.view.right < right


def test_the_price_axis_scales_and_a_double_click_resets_it(panel: ChartPanel) -> None:
    view = panel.chart.view
    span = view.scale.high - view.scale.low
    wheel(panel, on_price_axis(panel), QPoint(0, -120))
    frames(panel)
    assert view.scale.high - view.scale.low > span
    assert not panel.toolbar.auto_button.isChecked()
    mouse(panel, QEvent.Type.MouseButtonDblClick, on_price_axis(panel))
    frames(panel)
    assert view.scale.high - view.scale.low == pytest.approx(span)
    assert panel.toolbar.auto_button.isChecked()


def test_dragging_the_price_axis_stretches_prices(panel: ChartPanel) -> None:
    view = panel.chart.view
    span = view.scale.high - view.scale.low
    drag(panel, on_price_axis(panel), QPointF(0, 80))
    assert view.scale.high - view.scale.low > span
    assert not view.auto


def test_dragging_the_time_axis_zooms(panel: ChartPanel) -> None:
    step = panel.chart.view.step
    drag(panel, on_time_axis(panel), QPointF(-40, 0), steps=2)
    assert panel.chart.view.step < step
    mouse(panel, QEvent.Type.MouseButtonDblClick, on_time_axis(panel))
    assert panel.chart.view.step == step
    assert panel.chart.view.follows


def test_the_keyboard_moves_the_chart(panel: ChartPanel) -> None:
    view, chart = panel.chart.view, panel.chart
    right = view.right
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert view.right < right
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert view.right == pytest.approx(right)
    step = view.step
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert view.step > step
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    assert view.step == step
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert view.left == pytest.approx(chart.state.presenter.series.arrays.first_slot if chart.state.presenter else 0)
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert view.follows
    view.auto = False
    QTest.keyClick(chart, Qt.Key.Key_A)
    assert view.auto


def test_the_crosshair_follows_the_pointer_and_leaves_with_it(panel: ChartPanel) -> None:
    state = panel.chart.state
    mouse(panel, QEvent.Type.MouseMove, in_plot(panel), Qt.MouseButton.NoButton)
    assert has_crosshair(panel)
    hovered = state.readout
    paint(panel)
    mouse(panel, QEvent.Type.MouseMove, on_price_axis(panel), Qt.MouseButton.NoButton)
    assert not has_crosshair(panel)
    assert state.readout != hovered


# history


def test_scrolling_back_loads_older_candles_and_moves_nothing(
    panel: ChartPanel, chart_market: Any, tasks: Any, candle: MakeCandle
) -> None:
    chart_market.older = [candle(index, 90) for index in range(800, 299, -1)]
    chart_market.gate = asyncio.Event()
    view, state = panel.chart.view, panel.chart.state
    go_to_start(panel)
    frames(panel, 3)
    assert chart_market.older_calls == 1
    assert state.history_note == "Loading older candles, 300 loaded…"
    paint(panel)
    left = view.left
    chart_market.gate.set()
    tasks.finish()
    frames(panel, 2)
    assert view.left == left
    assert panel.chart.state.presenter is not None
    assert panel.chart.state.presenter.series.arrays.count == 801
    assert state.history_note == ""


def test_the_start_of_history_is_told_and_not_asked_for_again(panel: ChartPanel, chart_market: Any, tasks: Any) -> None:
    go_to_start(panel)
    frames(panel, 2)
    tasks.finish()
    drag(panel, in_plot(panel), QPointF(100, 0))
    frames(panel, 3)
    assert panel.chart.state.history_note == "Start of history"
    assert chart_market.older_calls == 1


def test_a_failed_load_says_why_and_is_tried_again_later(panel: ChartPanel, chart_market: Any, tasks: Any) -> None:
    chart_market.failure = VenueUnavailable("connection refused")
    go_to_start(panel)
    drag(panel, in_plot(panel), QPointF(100, 0))
    frames(panel, 2)
    tasks.finish()
    frames(panel, 3)
    assert panel.chart.state.history_note == "Older candles could not be loaded: connection refused"
    assert chart_market.older_calls == 1
    chart_market.now += 6_000
    panel.chart.view_changed.emit()
    frames(panel)
    assert chart_market.older_calls == 2
    tasks.finish()


def test_a_load_that_ends_after_a_switch_does_no_harm(
    panel: ChartPanel, chart_market: Any, tasks: Any, candle: MakeCandle
) -> None:
    chart_market.gate = asyncio.Event()
    chart_market.older = [candle(400)]
    go_to_start(panel)
    frames(panel, 2)
    panel.context.selection.select(ETH)
    chart_market.gate.set()
    tasks.finish()
    frames(panel)
    assert panel.chart.state.history_note == ""
    assert panel.chart.state.notice is not None


# switching


def test_switching_the_interval_keeps_the_time_looked_at(
    panel: ChartPanel, chart_market: Any, candle: MakeCandle
) -> None:
    series = panel.chart.state.presenter
    assert series is not None
    panel.chart.view.pan(600)
    time = series.series.slots.time(int(panel.chart.view.right))
    chart_market.seed(BTC, "5m", [candle(index, 100, interval="5m") for index in range(299, -1, -1)])
    panel.toolbar.interval_buttons["5m"].click()
    frames(panel, 2)
    shown = panel.chart.state.presenter
    assert shown is not None
    assert panel.interval == "5m"
    assert abs(shown.series.slots.time(int(panel.chart.view.right)) - time) <= 300_000
    assert (BTC, "1m") in chart_market.closed_watches


def test_switching_the_interval_at_the_end_stays_at_the_end(
    panel: ChartPanel, chart_market: Any, candle: MakeCandle
) -> None:
    chart_market.seed(BTC, "5m", [candle(index, 100, interval="5m") for index in range(299, -1, -1)])
    panel.set_interval("5m")
    frames(panel)
    assert panel.chart.view.follows
    assert panel.chart.state.visible[1] == 300


def test_another_instrument_is_shown_from_its_first_candle_on(
    panel: ChartPanel, chart_market: Any, candle: MakeCandle
) -> None:
    panel.context.selection.select(ETH)
    frames(panel)
    notice = panel.chart.state.notice
    assert notice is not None
    assert notice.title == "Loading candles"
    assert last_text(panel) is None
    paint(panel)
    chart_market.seed(ETH, "1m", [candle(index, 2_845, symbol="ETHUSDT") for index in range(50, -1, -1)])
    frames(panel)
    assert last_text(panel) == "2,845.00"
    assert panel.subtitle == "ETH/USDT, HashKey MENA"
    paint(panel)


def test_intervals_the_venue_lacks_are_disabled_and_say_so(panel: ChartPanel) -> None:
    button = panel.toolbar.interval_buttons["15m"]
    assert not button.isEnabled()
    assert button.toolTip() == "HashKey MENA has no candles of 15 minutes"
    assert panel.toolbar.interval_buttons["5m"].isEnabled()


def test_an_unknown_interval_is_refused(panel: ChartPanel) -> None:
    with pytest.raises(ValueError, match="unknown candle interval '7m'"):
        panel.set_interval("7m")


def test_every_kind_draws_at_every_zoom(panel: ChartPanel) -> None:
    panel.set_studies([])
    for step in (0.05, 1.0, 2.0, 6.0, 48.0):
        panel.chart.view.set_step(step)
        pictures = []
        for kind in ChartKind:
            panel.set_kind(kind)
            frames(panel)
            pictures.append(panel.chart.grab().toImage())
        candles, hollow, line = pictures
        assert line != candles
        assert (hollow != candles) == (step >= 3)  # narrower candles have no body to leave hollow


def test_indicators_are_switched_from_the_menu(panel: ChartPanel) -> None:
    panel.toolbar.study_actions["boll"].trigger()
    frames(panel)
    assert [entry.title for entry in panel.chart.state.legend] == ["EMA 20", "EMA 50"]
    assert panel.toolbar.study_button.text() == "Indicators 2"
    panel.toolbar.study_actions["boll"].trigger()
    frames(panel)
    assert len(panel.chart.state.legend) == 3


def test_log_and_percent_change_the_scale(panel: ChartPanel) -> None:
    panel.toolbar.log_button.click()
    panel.toolbar.percent_button.click()
    frames(panel)
    assert panel.chart.view.scale.mode is PriceMode.LOG
    assert all(tick.text.endswith("%") for tick in panel.chart.state.price_ticks)
    paint(panel)


def test_a_saved_state_is_taken_up_again(panel: ChartPanel) -> None:
    panel.set_kind(ChartKind.HOLLOW)
    panel.set_studies(["ema50"])
    panel.toolbar.log_button.click()
    panel.chart.view.set_step(12)
    saved = panel.save_state()
    panel.restore_state({"interval": "5m", "kind": "candles", "indicators": [], "step": 3})
    assert panel.save_state() != saved
    panel.restore_state(saved)
    assert panel.save_state() == saved


def test_damaged_saved_state_is_left_out(panel: ChartPanel) -> None:
    panel.restore_state({"interval": "9x", "kind": 3, "indicators": "boll", "step": "wide"})
    assert panel.interval == "1m"
    assert panel.chart.state.kind is ChartKind.CANDLES


# own orders


def cancel_place(panel: ChartPanel, key: str) -> QPointF:
    return next(button.rect.center() for button in panel.chart.overlay.cancel_buttons if button.key == key)


def test_releasing_on_an_orders_cross_cancels_it(panel: ChartPanel, desk: Any, tasks: Any, order: MakeOrder) -> None:
    show_orders(panel, desk, [order("a", "101"), order("b", "103")])
    click(panel, cancel_place(panel, "b"))
    tasks.finish()
    assert desk.cancelled == ["b"]


def test_leaving_the_cross_before_releasing_cancels_nothing(panel: ChartPanel, desk: Any, order: MakeOrder) -> None:
    show_orders(panel, desk, [order("a", "101"), order("b", "103")])
    drag(panel, cancel_place(panel, "a"), QPointF(200, 0))
    drag(panel, cancel_place(panel, "a"), cancel_place(panel, "b") - cancel_place(panel, "a"))
    assert desk.cancelled == []


def test_an_order_already_being_cancelled_is_not_cancelled_again(
    panel: ChartPanel, desk: Any, order: MakeOrder
) -> None:
    show_orders(panel, desk, [order("a", "101", status="pending_cancel")])
    click(panel, cancel_place(panel, "a"))
    assert desk.cancelled == []


def test_another_instruments_orders_have_no_line(panel: ChartPanel, desk: Any, order: MakeOrder) -> None:
    show_orders(panel, desk, [order("a", "101", symbol="ETHUSDT")])
    assert panel.chart.overlay.cancel_buttons == []


def test_labels_of_orders_at_one_price_do_not_cover_each_other(panel: ChartPanel, desk: Any, order: MakeOrder) -> None:
    show_orders(panel, desk, [order(str(number), "101") for number in range(5)])
    boxes = [button.rect for button in panel.chart.overlay.cancel_buttons]
    assert len(boxes) == 5
    assert not any(a.intersects(b) for a in boxes for b in boxes if a is not b)


# states


def test_a_stale_stream_is_told_on_the_chart(panel: ChartPanel, chart_market: Any) -> None:
    chart_market.set_stream(StreamState.STALE, "no heartbeat")
    frames(panel)
    state = panel.chart.state
    assert state.warning is not None
    assert "no heartbeat" in state.warning
    assert state.last is not None
    assert not state.last.is_reliable
    paint(panel)


def test_the_countdown_runs_without_any_trade(panel: ChartPanel, chart_market: Any) -> None:
    chart_market.now += 1_000
    panel.context.frame_clock.tick.emit(chart_market.now)
    assert panel.chart.state.last is not None
    assert panel.chart.state.last.detail == "00:52"


def test_failed_history_is_told(panel: ChartPanel, chart_market: Any) -> None:
    series = chart_market.hub.series(ETH, "1m")
    series.state, series.reason = SeriesState.FAILED, "code 1121"
    panel.context.selection.select(ETH)
    frames(panel)
    assert panel.chart.state.notice is not None
    assert panel.chart.state.notice.detail == "code 1121"
    paint(panel)


def test_the_menu_hands_the_price_to_the_ticket(panel: ChartPanel, qtbot: QtBot) -> None:
    menu = panel.menu_for(Decimal("101.50"))
    with qtbot.waitSignal(panel.context.selection.price_picked) as picked:
        menu.actions()[0].trigger()
    assert picked.args == [Decimal("101.50")]
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == "101.50"


def test_switching_the_theme_repaints(panel: ChartPanel) -> None:
    dark = panel.chart.grab().toImage()
    panel.context.theme.switch(dark=False)
    try:
        frames(panel)
        assert panel.chart.grab().toImage() != dark
    finally:
        panel.context.theme.switch(dark=True)


def test_every_control_has_a_name(panel: ChartPanel) -> None:
    toolbar = panel.toolbar
    controls: list[QWidget] = [
        *toolbar.interval_buttons.values(), toolbar.more, toolbar.kind_button, toolbar.study_button,
        toolbar.log_button, toolbar.percent_button, toolbar.auto_button, panel.chart,
    ]  # fmt: skip
    assert all(control.objectName() and control.accessibleName() for control in controls)
    assert len({control.objectName() for control in controls}) == len(controls)


def test_a_narrow_panel_drops_intervals_into_the_menu(panel: ChartPanel) -> None:
    panel.resize(380, 400)
    assert not panel.toolbar.interval_buttons["1w"].isVisible()
    assert panel.toolbar.auto_button.geometry().right() < 380
    panel.resize(738, 514)
    assert panel.toolbar.interval_buttons["1w"].isVisible()


def test_stopping_gives_the_watch_back(panel: ChartPanel, chart_market: Any) -> None:
    panel.stop()
    assert chart_market.closed_watches == [(BTC, "1m")]


def test_the_prices_stay_below_the_readout_however_often_it_wraps(panel: ChartPanel) -> None:
    view = panel.chart.view
    highest = 108.0
    wide = view.y_of(highest)
    panel.resize(380, 514)
    frames(panel)
    assert panel.chart.readout.rows() > 2
    assert view.y_of(highest) > wide
    panel.resize(738, 514)
    frames(panel)
    assert view.y_of(highest) == pytest.approx(wide)
