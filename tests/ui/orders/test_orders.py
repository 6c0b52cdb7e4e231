"""Orders, history and fills: what the tables say, and that a cancel reaches the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain import Fill, Order, OrderStatus, Side
from terminal.trading.desk_order import DeskOrder
from terminal.ui.orders.footer import OrdersFooter
from terminal.ui.orders.presenter import OrdersPresenter
from terminal.ui.orders.widget import FillsPanel, HistoryPanel, OrdersPanel
from terminal.ui.panel import PanelContext

D = Decimal
START = 1_795_257_727_314


def make(status: str = "open", *, key: str = "k1", **known: Any) -> DeskOrder:
    facts = {
        "venue": "hashkey-mena", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "status": status,
        "price": D("86941.5"), "quantity": D("0.12"), "created": START - 13 * 60_000, **known,
    }  # fmt: skip
    extra = {name: facts.pop(name) for name in ("progress", "foreign", "checking") if name in facts}
    order = Order(**facts)
    return DeskOrder(key=key, order=order, account="hashkey-mena/main", submitted=START, changed=START, **extra)


class Desk:
    """Orders and fills set by the test; cancels are noted."""

    def __init__(self) -> None:
        self.orders: list[DeskOrder] = []
        self.ended: list[DeskOrder] = []
        self.done: list[Fill] = []
        self.cancelled: list[object] = []
        self.problem: str | None = None

    def working(self) -> list[DeskOrder]:
        return self.orders

    def history(self, limit: int = 500) -> list[DeskOrder]:
        return self.ended

    def fills(self, limit: int = 500) -> list[Fill]:
        return self.done

    def unreliable(self, account: str) -> str | None:
        return self.problem

    async def cancel(self, key: str) -> None:
        self.cancelled.append(key)

    async def cancel_batch(self, keys: list[str]) -> list[DeskOrder]:
        self.cancelled.extend(keys)
        return [order for order in self.orders if order.key in keys]

    async def cancel_all(self, **chosen: object) -> list[DeskOrder]:
        self.cancelled.append(chosen)
        return self.orders


class Portfolio:
    def __init__(self) -> None:
        self.polls: dict[str, int] = {}

    def polled(self, account: str) -> int | None:
        return self.polls.get(account)

    def value(self, asset: str, amount: Decimal, in_currency: str = "USDT") -> Decimal | None:
        return amount if asset == in_currency else None


@pytest.fixture
def desk(context: PanelContext) -> Desk:
    desk = Desk()
    context.desk = desk  # type: ignore[assignment]  # a stand-in
    context.portfolio = Portfolio()  # type: ignore[assignment]  # a stand-in
    return desk


def presenter(context: PanelContext) -> OrdersPresenter:
    return OrdersPresenter(context.market, context.desk, context.portfolio)


def test_a_partly_filled_order_tells_how_much(context: PanelContext, desk: Desk) -> None:
    desk.orders = [make("partially_filled", filled_quantity=D("0.045"))]
    (row,) = presenter(context).working()
    assert (row.age, row.venue, row.symbol, row.side) == ("13 m", "HashKey MENA", "BTC/USDT", "Buy")
    assert (row.price, row.quantity, row.filled) == ("86,941.50", "0.12000", "0.04500")
    assert row.state_text == "Partly filled, 37.5 %"
    assert row.can_cancel


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (make("unknown", progress="asking the venue, try 2"), "UNKNOWN, asking the venue, try 2"),
        (make("open", checking=True), "Open, as last known, asking the venue"),
        (make("open", foreign=True), "Open, placed elsewhere"),
        (make("open", type="limit_maker"), "Open, limit-maker"),
        (make("open", time_in_force="IOC"), "Open, IOC"),
        (make("canceled", reason="SELF_TRADE_CANCEL"), "Cancelled, SELF_TRADE_CANCEL"),
        (make("rejected", reason="Too small"), "Rejected, Too small"),
        (make("pending"), "Sending"),
    ],
)
def test_every_state_is_told_in_words(context: PanelContext, desk: Desk, order: DeskOrder, text: str) -> None:
    assert presenter(context).row(order, START).state_text == text


def test_orders_of_a_lost_connection_are_marked_as_last_known(context: PanelContext, desk: Desk) -> None:
    desk.problem = "connection lost"
    row = presenter(context).row(make("open"), START)
    assert (row.state_text, row.state_token) == ("Open, as last known: connection lost", "muted")
    assert presenter(context).row(make("filled"), START).state_text == "Filled"


def test_an_unknown_order_never_claims_that_nothing_filled(context: PanelContext, desk: Desk) -> None:
    assert presenter(context).row(make("unknown"), START).filled == "?"
    assert presenter(context).row(make("open"), START).filled == "0"


def test_market_orders_have_no_price_and_may_be_by_amount(context: PanelContext, desk: Desk) -> None:
    row = presenter(context).row(make(type="market", price=None, quantity=None, quote_amount=D(1000)), START)
    assert (row.price, row.quantity) == ("Market", "1,000.00 USDT")


def test_the_summary_counts_unknown_orders_apart_and_values_what_is_locked(context: PanelContext, desk: Desk) -> None:
    desk.orders = [make(), make("unknown", key="k2"), make(key="k3", side="sell")]
    view = presenter(context)
    summary = view.summary(view.working())
    assert (summary.working, summary.unknown, summary.venues) == (2, 1, 1)
    assert summary.locked == "> 20,865.96 USDT"  # what the sell locks has no known value


@pytest.fixture
def panel(context: PanelContext, desk: Desk, qtbot: QtBot) -> OrdersPanel:
    panel = OrdersPanel(context)
    qtbot.addWidget(panel)
    panel.resize(738, 230)
    panel.show()
    panel.start()
    return panel


def run(context: PanelContext, act: Callable[[], None]) -> None:
    async def go() -> None:
        act()
        while context.tasks.running:
            await asyncio.sleep(0)

    asyncio.run(go())


def click_cancel(panel: OrdersPanel, row: int) -> None:
    table = panel.table
    column = table.model().columnCount() - 1
    center = table.visualRect(table.model().index(row, column)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=center)


def test_a_click_on_the_cross_cancels_that_order(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make(key="k1"), make(key="k2")]
    panel.render_rows()
    run(context, lambda: click_cancel(panel, 1))
    assert desk.cancelled == ["k2"]


def test_an_order_that_is_being_cancelled_has_no_cross(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make("pending_cancel")]
    panel.render_rows()
    run(context, lambda: click_cancel(panel, 0))
    assert desk.cancelled == []


def test_a_press_that_leaves_the_cross_cancels_nothing(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make()]
    panel.render_rows()
    table = panel.table
    cross = table.visualRect(table.model().index(0, table.model().columnCount() - 1)).center()

    def gesture() -> None:
        QTest.mousePress(table.viewport(), Qt.MouseButton.LeftButton, pos=cross)
        QTest.mouseRelease(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, cross.y()))

    run(context, gesture)
    assert desk.cancelled == []


def test_delete_cancels_the_selected_orders(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make(key="k1"), make(key="k2")]
    panel.render_rows()
    panel.table.selectAll()
    run(context, lambda: QTest.keyClick(panel, Qt.Key.Key_Delete))
    assert desk.cancelled == ["k1", "k2"]


def test_cancelling_several_tells_each_order_s_own_fate(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make(key="k1"), make(key="k2")]
    panel.render_rows()
    panel.table.selectAll()

    def venue_answers() -> None:
        desk.orders = [make("canceled", key="k1"), make("filled", key="k2")]
        QTest.keyClick(panel, Qt.Key.Key_Delete)

    run(context, venue_answers)
    said = [entry.text for entry in context.activity.entries]
    assert any(text.startswith("Cancelled: ") for text in said)
    assert any(text.startswith("Filled before the cancel arrived: ") for text in said)
    assert "2 orders: 1 cancelled, 1 filled" in said


def test_cancel_pair_and_cancel_all_say_what_they_reach(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    title = panel.title_widget()
    title.show()
    desk.orders = [make()]
    panel.render_rows()
    pair, everything = (title.findChild(type(panel._cancel_all), name) for name in ("cancel_pair", "cancel_all"))
    assert pair is not None
    assert everything is not None
    assert pair.text() == "Cancel BTC/USDT"
    run(context, pair.click)
    run(context, everything.click)
    assert desk.cancelled == [{"venue": "hashkey-mena", "symbol": "BTCUSDT"}, {}]
    desk.orders = []
    panel.render_rows()
    assert not everything.isEnabled()
    assert "no working orders" in everything.toolTip()


def test_the_tab_counts_the_working_orders_and_the_footer_sums_them_up(
    context: PanelContext, desk: Desk, panel: OrdersPanel
) -> None:
    desk.orders = [make(key="k1"), make("unknown", key="k2")]
    panel.render_rows()
    footer = panel.findChild(OrdersFooter)
    assert footer is not None
    assert panel.count == 2
    assert footer.accessibleDescription().startswith("Working 1, Unknown 1, Venues 1, Locked ")
    desk.orders = []
    panel.render_rows()
    assert panel.count == 0
    assert footer.accessibleDescription() == ""


def test_a_narrow_table_tells_venues_by_their_codes(context: PanelContext, desk: Desk, panel: OrdersPanel) -> None:
    desk.orders = [make()]
    panel.render_rows()
    venue = panel.table.model().index(0, 1)
    assert venue.data() == "HashKey MENA"
    panel.resize(624, 168)
    assert venue.data() == "HKM"


def test_tables_follow_the_desk_by_frames(context: PanelContext, desk: Desk, qtbot: QtBot) -> None:
    history, fills = HistoryPanel(context), FillsPanel(context)
    for each in (history, fills):
        qtbot.addWidget(each)
        each.show()
    desk.ended = [make("filled", filled_quantity=D("0.12"), average_price=D("86941.5"), updated=START)]
    desk.done = [
        Fill(
            venue="hashkey-mena", symbol="BTCUSDT", trade_id="1", order_id="2", side=Side.BUY, price=D("86941.50"),
            quantity=D("0.12"), time=START, fee=D("0.00012"), fee_asset="BTC", is_maker=True,
        )
    ]  # fmt: skip
    context.frame_clock.request_all()
    context.frame_clock.run_frame()
    assert history.table.rows[0].desk_order.status is OrderStatus.FILLED
    assert history.table.rows[0].average == "86,941.50"
    row = fills.table.rows[0]
    assert (row.time, row.value, row.fee, row.liquidity) == ("10:42:07.314", "10,432.98", "0.00012000", "Maker")


def test_orders_that_are_polled_tell_their_age(context: PanelContext, desk: Desk) -> None:
    desk.orders = [make()]
    view = presenter(context)
    assert view.summary(view.working()).polled == ""
    context.portfolio.polls["hashkey-mena/main"] = context.market.clock() - 3_000  # type: ignore[attr-defined]
    assert view.summary(view.working()).polled == "HK MENA 3 s ago"
