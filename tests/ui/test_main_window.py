"""The whole window over stand-ins: opening, layout, memory, commands, closing, accessibility."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from terminal.domain import InstrumentId, Order, OrderStatus, OrderType, Side, StreamState
from terminal.trading.desk_order import DeskOrder
from terminal.ui.closing import ClosingDialog
from terminal.ui.main_window import MainWindow
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.preferences import Preferences
from terminal.ui.registry import PanelSpec, lazily
from terminal.ui.top_bar.search import InstrumentSearch

pytestmark = pytest.mark.window

PLAIN = ("chart", "ladder", "depth_curve", "trades", "ticket", "orders", "history", "fills", "balances")


class LinkedPanel(Panel):
    is_linked = True

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.seen: list[InstrumentId] = []

    def on_instrument(self, instrument: InstrumentId) -> None:
        self.seen.append(instrument)


def specs(**factories: Callable[[PanelContext], Panel]) -> list[PanelSpec]:
    listed = [
        PanelSpec(
            name="watchlist", title="Watchlist", factory=lazily("terminal.ui.watchlist.widget", "WatchlistPanel")
        ),
        PanelSpec(name="log", title="Log", factory=lazily("terminal.ui.log_panel.widget", "LogPanel")),
    ]
    for name in PLAIN:
        factory = factories.get(name, LinkedPanel)
        listed.append(PanelSpec(name=name, title=name.title(), factory=factory, may_repeat=name == "chart"))
    return listed


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "window.ini")


@pytest.fixture
def open_window(context: PanelContext, preferences: Preferences, qtbot: QtBot) -> Callable[..., MainWindow]:
    """Open a filled window of a size; keyword arguments replace panels' factories."""

    def open_(width: int = 1_600, height: int = 900, **factories: Callable[[PanelContext], Panel]) -> MainWindow:
        context.preferences = preferences
        window = MainWindow(context.theme, preferences)
        qtbot.addWidget(window, before_close_func=lambda w: w.close_for_good())
        window.resize(width, height)
        window.open()
        window.build(context, specs(**factories))
        window.fill_rest()
        qtbot.waitUntil(lambda: window.is_filled)
        context.frame_clock.run_frame()
        context.frame_clock.tick.emit(context.market.clock())
        return window

    return open_


def widths(window: MainWindow, *names: str) -> list[int]:
    panels = [window.panel(name) for name in names]
    return [panel.width() for panel in panels if panel is not None]


def test_the_skeleton_is_where_the_bars_and_panels_will_be(
    context: PanelContext, preferences: Preferences, qtbot: QtBot
) -> None:
    window = MainWindow(context.theme, preferences)
    qtbot.addWidget(window, before_close_func=lambda w: w.close_for_good())
    window.resize(1_600, 900)
    window.open()
    places = [(800, 1), (800, 38), (800, 42), (100, 60), (252, 400), (100, 69), (800, 876), (800, 890), (990, 300)]
    skeleton = window.grab().toImage()
    window.build(context, specs())
    window.fill_rest()
    qtbot.waitUntil(lambda: window.is_filled)
    full = window.grab().toImage()
    assert [full.pixelColor(*place).name() for place in places] == [
        skeleton.pixelColor(*place).name() for place in places
    ]


def test_the_other_panels_wait_until_there_is_time(
    context: PanelContext, preferences: Preferences, qtbot: QtBot
) -> None:
    window = MainWindow(context.theme, preferences)
    qtbot.addWidget(window, before_close_func=lambda w: w.close_for_good())
    made: list[str] = []
    window.panel_filled.connect(made.append)
    window.resize(1_600, 900)
    window.open()
    window.build(context, specs())
    qtbot.waitUntil(lambda: made == ["ladder"])
    assert not window.is_filled
    window.fill_light()
    qtbot.waitUntil(lambda: len(made) == 6)
    assert sorted(made) == ["balances", "ladder", "orders", "ticket", "trades", "watchlist"]
    window.fill_rest()
    qtbot.waitUntil(lambda: window.is_filled)
    assert sorted(made) == sorted(spec.name for spec in specs())
    assert made[6] == "chart"


def test_the_skeleton_can_be_closed(context: PanelContext, preferences: Preferences, qtbot: QtBot) -> None:
    window = MainWindow(context.theme, preferences)
    qtbot.addWidget(window)
    window.open()
    with qtbot.waitSignal(window.closing):
        window.close()
    assert window.is_closing


def test_the_default_layout_has_the_design_s_columns(open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    assert widths(window, "watchlist", "chart", "ladder", "ticket") == [250, 738, 300, 300]
    orders = window.panel("orders")
    assert orders is not None
    assert orders.height() == 230 - 26


def test_a_small_window_has_a_strip_and_the_tape_beside_the_ladder(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(1_280, 720)
    assert widths(window, "watchlist", "chart", "ladder", "ticket") == [44, 624, 300, 300]
    assert window.workspace is not None
    assert not window.workspace.is_on_top("trades")


def test_a_panel_that_fails_leaves_the_others_alone(
    open_window: Callable[..., MainWindow], context: PanelContext, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: PanelContext) -> Panel:
        raise RuntimeError("no chart today")

    window = open_window(chart=fail)
    assert window.panel("chart") is None
    assert window.panel("ticket") is not None
    assert "Chart could not be opened: no chart today" in [entry.text for entry in context.activity.entries]
    assert "panel chart could not be opened" in caplog.text


def test_linked_panels_follow_their_group(open_window: Callable[..., MainWindow], context: PanelContext) -> None:
    window = open_window()
    chart, ladder = window.panel("chart"), window.panel("ladder")
    assert isinstance(chart, LinkedPanel)
    assert isinstance(ladder, LinkedPanel)
    ladder.set_link("amber")
    eth = InstrumentId("hashkey-mena", "ETHUSDT")
    context.selection.select(eth)
    assert chart.seen[-1] == eth
    assert ladder.seen[-1] != eth
    context.link("amber").select(eth)
    assert ladder.seen[-1] == eth


def test_layout_links_and_size_come_back(
    open_window: Callable[..., MainWindow], preferences: Preferences, qapp: QApplication
) -> None:
    first = open_window()
    assert first.workspace is not None
    first.show_panel("log")
    ladder = first.panel("ladder")
    assert ladder is not None
    ladder.set_link("teal")
    first.close_for_good()
    second = open_window()
    assert second.workspace is not None
    assert second.workspace.is_on_top("log")
    again = second.panel("ladder")
    assert again is not None
    assert again.link == "teal"


def test_a_panel_that_is_newer_than_the_saved_layout_is_shown(
    open_window: Callable[..., MainWindow], preferences: Preferences
) -> None:
    first = open_window()
    assert first.workspace is not None
    first.workspace.close_panel("ticket")
    first.close_for_good()
    preferences.set_data("known_panels", ["chart", "ladder"])
    second = open_window()
    assert second.workspace is not None
    assert second.workspace.is_on_top("ticket")


@pytest.mark.parametrize("junk", [b"junk", b"\x00" * 64, b"<?xml version='1.0'?><QtAdvancedDockingSystem/>"])
def test_a_damaged_layout_falls_back_to_the_default(
    open_window: Callable[..., MainWindow], preferences: Preferences, junk: bytes
) -> None:
    preferences.set_blob("layout/wide", QByteArray(junk))
    preferences.set_data("known_panels", sorted(spec.name for spec in specs()))
    preferences.set_blob("geometry", QByteArray(junk))
    preferences.set_text("links", "{broken")
    window = open_window()
    assert widths(window, "watchlist", "chart", "ladder", "ticket") == [250, 738, 300, 300]


def test_a_smaller_window_gets_its_own_layout_and_the_large_one_comes_back(
    open_window: Callable[..., MainWindow], context: PanelContext, qtbot: QtBot
) -> None:
    window = open_window()
    assert window.workspace is not None
    context.arming.arm("hashkey-mena")
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: widths(window, "watchlist", "ladder", "ticket") == [44, 300, 300])
    assert context.arming.last_reason == "the layout was switched"
    window.resize(1600, 900)
    qtbot.waitUntil(lambda: widths(window, "watchlist", "chart", "ladder", "ticket") == [250, 738, 300, 300])


def test_resetting_the_layout_brings_closed_panels_back_and_disarms(
    open_window: Callable[..., MainWindow], context: PanelContext, qapp: QApplication
) -> None:
    window = open_window()
    assert window.workspace is not None
    context.arming.arm("hashkey-mena")
    window.workspace.close_panel("balances")
    window.reset_layout()
    qapp.processEvents()
    assert window.workspace.is_on_top("balances")
    assert not context.arming.any_armed
    assert widths(window, "watchlist", "chart", "ladder", "ticket") == [250, 738, 300, 300]


def test_another_chart_opens_beside_the_first(open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    window.new_panel("chart")
    assert isinstance(window.panel("chart-2"), LinkedPanel)
    assert window.panel("chart-2") is not window.panel("chart")


def test_the_search_selects_an_instrument(
    open_window: Callable[..., MainWindow], context: PanelContext, market: Any
) -> None:
    eth = market.add_instrument("hashkey-mena", "ETH", "USDT")
    window = open_window()
    window.open_search()
    search = window.findChild(InstrumentSearch)
    assert search is not None
    QTest.keyClicks(search.field, "usdt")
    QTest.keyClick(search.field, Qt.Key.Key_Down)
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert context.selection.instrument == eth
    assert window.windowTitle().startswith("ETH/USDT")


def test_a_click_in_the_watchlist_selects(
    open_window: Callable[..., MainWindow], context: PanelContext, market: Any
) -> None:
    eth = market.add_instrument("hashkey-mena", "ETH", "USDT")
    window = open_window()
    watchlist: Any = window.panel("watchlist")
    rows = watchlist.model.rows
    index = watchlist.model.index([row.pair for row in rows].index("ETH/USDT"))
    place = watchlist.list.visualRect(index).center()
    QTest.mouseClick(watchlist.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert context.selection.instrument == eth


def test_switching_the_theme_repaints_and_is_remembered(
    open_window: Callable[..., MainWindow], preferences: Preferences, context: PanelContext
) -> None:
    window = open_window()
    dark = window.grab().toImage().pixelColor(800, 300).lightness()
    window.actions_.toggle_theme.trigger()
    light = window.grab().toImage().pixelColor(800, 300).lightness()
    assert (dark < 40, light > 200) == (True, True)
    assert preferences.text("theme", "") == "light"


def test_clicks_and_keys_keep_the_trader_awake(open_window: Callable[..., MainWindow], context: Any) -> None:
    window = open_window()
    handle = window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_F9)
    assert context.arming.inputs == 1
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, window.rect().center())
    assert context.arming.inputs == 2


def test_real_money_puts_a_red_frame_around_the_window(
    open_window: Callable[..., MainWindow], market: Any, context: PanelContext
) -> None:
    window = open_window()
    corner = window.grab().toImage().pixelColor(0, 450).name()
    market.environments["hashkey-mena"] = "production"
    context.frame_clock.tick.emit(market.clock())
    red = context.theme.color("danger_fill").name()
    assert corner != red
    assert window.grab().toImage().pixelColor(0, 450).name() == red


def test_values_update_without_moving_anything(
    open_window: Callable[..., MainWindow], market: Any, context: Any
) -> None:
    window = open_window()
    bar = window.top_bar
    places = [bar.price.geometry(), bar.stats.geometry(), bar.arm_switch.geometry()]
    market.set_quote(InstrumentId("hashkey-mena", "BTCUSDT"), last="86961.11", bid="86960.00", ask="86961.10")
    context.frame_clock.run_frame()
    assert [bar.price.geometry(), bar.stats.geometry(), bar.arm_switch.geometry()] == places
    assert "86,961.11" in bar.price.accessibleDescription()


def test_a_stale_venue_dims_the_watchlist_and_colours_its_chip(
    open_window: Callable[..., MainWindow], market: Any, context: PanelContext
) -> None:
    window = open_window()
    watchlist: Any = window.panel("watchlist")
    before = watchlist.list.viewport().grab().toImage()
    market.set_stream("hashkey-mena", StreamState.STALE, "no heartbeat")
    context.frame_clock.run_frame()
    assert watchlist.list.viewport().grab().toImage() != before
    index = watchlist.model.index(1)
    assert "no heartbeat" in watchlist.model.data(index, Qt.ItemDataRole.ToolTipRole)
    chip = window.findChild(QAbstractButton, "venue_chip_hashkey-mena")
    assert chip is not None
    assert chip.accessibleDescription().startswith("stale")


def test_every_control_has_a_name(open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    window.open_search()
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    nameless = [
        f"{type(widget).__name__} {widget.objectName()!r} in {type(widget.parent()).__name__}"
        for kind in kinds
        for widget in window.findChildren(kind)
        if widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not widget.objectName().startswith("qt_")
        and not (widget.objectName() and widget.accessibleName())
        and not isinstance(widget.parent(), QComboBox)
        and not type(widget.parent()).__name__.startswith("QComboBox")
    ]
    assert nameless == []
    mute = [box.objectName() for box in window.findChildren(QComboBox) if not box.accessibleDescription()]
    assert mute == []


def working_order(status: OrderStatus = OrderStatus.OPEN) -> DeskOrder:
    order = Order(venue="hashkey-mena", symbol="BTCUSDT", side=Side.BUY, type=OrderType.LIMIT, status=status)
    return DeskOrder(key="k1", order=order, account="hashkey-mena", submitted=0, changed=0)


def closing_dialog(window: MainWindow) -> ClosingDialog:
    window.close()
    dialog = window.findChild(ClosingDialog)
    assert dialog is not None
    return dialog


def press(dialog: ClosingDialog, name: str) -> None:
    button = dialog.findChild(QPushButton, name)
    assert button is not None
    button.click()


def test_closing_without_orders_just_closes(open_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = open_window()
    with qtbot.waitSignal(window.closing):
        window.close()


def test_closing_with_orders_asks_and_can_be_taken_back(open_window: Callable[..., MainWindow], context: Any) -> None:
    window = open_window()
    context.desk.orders = [working_order()]
    press(closing_dialog(window), "closing_stay")
    assert window.isVisible()


def test_orders_can_be_left_at_the_venue(open_window: Callable[..., MainWindow], context: Any, qtbot: QtBot) -> None:
    window = open_window()
    context.desk.orders = [working_order()]
    with qtbot.waitSignal(window.closing):
        press(closing_dialog(window), "closing_leave")
    assert context.desk.cancels == []


@pytest.mark.parametrize(("status", "closes"), [(OrderStatus.CANCELED, True), (OrderStatus.UNKNOWN, False)])
async def test_orders_can_be_cancelled_and_an_unconfirmed_one_keeps_the_window(
    open_window: Callable[..., MainWindow], context: Any, status: OrderStatus, closes: bool
) -> None:
    window = open_window()
    context.desk.orders = [working_order(status)]
    dialog = closing_dialog(window)
    press(dialog, "closing_cancel_all")
    async with asyncio.timeout(5):
        while context.tasks.running:
            await asyncio.sleep(0)
    assert context.desk.cancels == [{}]
    assert window.isVisible() is not closes


def test_stopping_gives_every_watch_back(open_window: Callable[..., MainWindow], market: Any) -> None:
    window = open_window()
    assert market.watches
    window.close_for_good()
    assert [watch.watched for watch in market.watches if not watch.is_closed] == []
