"""The batch dialog over a real hub and the real rules: what it shows, refuses and sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import Order, OrderRequest, OrderStatus, StreamState
from terminal.trading.desk_order import DeskOrder
from terminal.trading.risk import RiskBreach, RiskDenied
from terminal.ui.batch_entry.dialog import BatchDialog
from terminal.ui.batch_entry.view import BatchView
from terminal.ui.frame_clock import FrameClock
from terminal.ui.panel import PanelContext, Selection
from terminal.ui.theme import Theme
from tests.ui.order_ticket.conftest import (
    ACCOUNT,
    BTC,
    FULL,
    NOW,
    VENUE,
    Accounts,
    Arming,
    Desk,
    Market,
    Portfolio,
    instrument,
)


class BatchDesk(Desk):
    """Also takes batches; `answers` are the states of the orders of the next one."""

    answers: Sequence[dict[str, Any]] = ()
    batches: int = 0

    def check_batch(self, account: str, requests: Sequence[OrderRequest]) -> list[list[RiskBreach]]:
        return [self.check(account, request) for request in requests]

    async def submit_batch(
        self, account: str, requests: Sequence[OrderRequest], *, allow: frozenset[str] = frozenset()
    ) -> list[DeskOrder]:
        self.batches += 1
        if self.denies:
            raise RiskDenied(self.denies)
        orders = []
        for index, request in enumerate(requests):
            self.sent.append((account, request, allow))
            answer = self.answers[index] if index < len(self.answers) else {"status": OrderStatus.OPEN}
            order = Order(venue=VENUE, symbol=request.symbol, side=request.side, price=request.price,
                          quantity=request.quantity, **answer)  # fmt: skip
            key = f"key-{index}"
            self.orders[key] = DeskOrder(key=key, order=order, account=account, submitted=NOW, changed=NOW)
            orders.append(self.orders[key])
        return orders


class Tasks:
    def __init__(self) -> None:
        self.started: list[Any] = []

    def start(self, work: Any, name: str) -> None:
        self.started.append(work)

    def run(self) -> None:
        for work in self.started:
            asyncio.run(work)
        self.started.clear()


class Setting:
    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.market = Market()
        self.market.offers = replace(FULL, batch_sizes={"place_orders": 20})
        self.market.set_stream(StreamState.LIVE)
        self.market.add(instrument("BTC", "0.01", "0.00001"))
        self.market.set_book(BTC, {"100.00": "5"}, {"100.10": "5"})
        self.market.set_last(BTC, "100.05")
        self.accounts = Accounts()
        self.arming = Arming()
        self.arming.armed.add(ACCOUNT)
        self.desk = BatchDesk(self.market, Portfolio(), self.accounts)
        self.tasks = Tasks()
        clock = FrameClock(self.market.clock)
        self.context = PanelContext(
            market=cast(Any, self.market),
            desk=cast(Any, self.desk),
            portfolio=cast(Any, self.desk.portfolio),
            arming=cast(Any, self.arming),
            accounts=cast(Any, self.accounts),
            activity=cast(Any, None),
            theme=theme,
            frame_clock=clock,
            tasks=cast(Any, self.tasks),
            selection=Selection(BTC),
        )
        self.parent = QWidget()
        qtbot.addWidget(self.parent)
        self.dialog = BatchDialog(self.context, self.market.instruments[BTC], self.accounts.account, self.parent)
        self.dialog.show()
        self.send = self.dialog.send_button
        qtbot.waitUntil(lambda: self.dialog._is_settled)

    def fill(self, first: str, last: str, count: str, total: str) -> BatchView:
        for name, text in (("first", first), ("last", last), ("count", count), ("total", total)):
            edit = self.dialog.fields[name].edit
            edit.clear()
            QTest.keyClicks(edit, text)
        return self.view

    @property
    def view(self) -> BatchView:
        view = self.dialog.view
        assert view is not None
        return view

    @property
    def prices(self) -> list[str]:
        return [row.price for row in self.dialog.table.rows]


@pytest.fixture
def setting(qtbot: QtBot, theme: Theme) -> Setting:
    return Setting(qtbot, theme)


def test_two_prices_and_a_total_make_the_orders(setting: Setting) -> None:
    view = setting.fill("99.00", "98.00", "5", "1")

    assert setting.prices == ["99.00", "98.75", "98.50", "98.25", "98.00"]
    assert [row.quantity for row in view.rows] == ["0.20000"] * 5
    assert {row.state for row in view.rows} == {"Rests"}
    assert view.button == "Place 5 buy orders, 1.00000 BTC"
    assert view.reason == ""


def test_one_click_sends_once_and_tells_each_outcome(setting: Setting) -> None:
    setting.desk.answers = [
        {"status": OrderStatus.OPEN},
        {"status": OrderStatus.REJECTED, "reason": "The free balance is too small"},
        {"status": OrderStatus.UNKNOWN},
    ]
    setting.fill("99.00", "98.00", "3", "1")

    QTest.mouseDClick(setting.send, Qt.MouseButton.LeftButton)
    QTest.mouseClick(setting.send, Qt.MouseButton.LeftButton)
    setting.tasks.run()
    setting.dialog.render_now()

    assert setting.desk.batches == 1
    assert [row.state for row in setting.view.rows] == [
        "Accepted: open",
        "Rejected: The free balance is too small",
        "UNKNOWN: being reconciled",
    ]
    assert setting.view.outcome.text == "3 orders: 1 open, 1 rejected, 1 UNKNOWN"
    assert not setting.send.isEnabled()


def test_disarmed_batch_needs_a_yes_of_its_own_and_a_new_one_after_every_change(setting: Setting) -> None:
    setting.arming.armed.clear()
    view = setting.fill("99.00", "98.00", "3", "1")

    assert view.warnings == ("Disarmed: sending 3 orders needs your yes",)
    assert not setting.send.isEnabled()
    QTest.keyClick(setting.dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert setting.tasks.started == []

    setting.dialog.accept_box.setChecked(True)
    assert setting.send.isEnabled()
    setting.fill("99.00", "98.00", "3", "2")
    assert not setting.dialog.accept_box.isChecked()
    assert not setting.send.isEnabled()


def test_orders_that_cross_need_the_box_ticked(setting: Setting) -> None:
    view = setting.fill("100.20", "99.00", "3", "1")

    assert view.rows[0].state == "Crosses: trades at once"
    assert not setting.send.isEnabled()
    setting.dialog.accept_box.setChecked(True)
    assert setting.send.isEnabled()


def test_a_tick_holds_for_the_orders_it_was_given_to_and_no_others(setting: Setting) -> None:
    setting.fill("100.20", "99.00", "3", "1")
    setting.dialog.accept_box.setChecked(True)
    assert setting.send.isEnabled()

    setting.market.set_book(BTC, {"98.00": "5"}, {"98.10": "5"})  # now all of them cross
    setting.dialog.render_now()
    assert not setting.dialog.accept_box.isChecked()
    assert not setting.send.isEnabled()

    setting.dialog.accept_box.setChecked(True)
    setting.fill("100.20", "99.00", "3", "2")
    assert not setting.dialog.accept_box.isChecked()
    assert not setting.send.isEnabled()


def test_limit_maker_that_crosses_is_refused(setting: Setting) -> None:
    setting.dialog._on_choice("type", "limit_maker")
    view = setting.fill("100.20", "99.00", "3", "1")

    assert "Order 1: Would take" in view.reason
    assert not setting.send.isEnabled()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (("", "98", "5", "1"), "Enter the first price"),
        (("99", "99", "5", "1"), "The two prices must differ"),
        (("99.001", "98", "5", "1"), "Price must be a multiple of the tick 0.01"),
        (("99", "98", "21", "1"), "A batch has 2 to 20 orders"),
        (("99", "98", "1", "1"), "A batch has 2 to 20 orders"),
        (("99", "98", "2.5", "1"), "A batch has 2 to 20 orders"),
        (("99", "98.99", "5", "1"), "Only 2 prices from 99 to 98.99: 5 orders need as many"),
        (("99", "98", "5", "-1"), "Total quantity must be above zero"),
        (("99", "98", "5", "abc"), "Total quantity must be a number, not “abc”"),
        (("99", "98", "5", "0.0001"), "Order 1: Total must be at least 5 USDT (and 4 more)"),
    ],
)
def test_bad_input_names_the_rule_and_sends_nothing(
    setting: Setting, typed: tuple[str, str, str, str], reason: str
) -> None:
    view = setting.fill(*typed)

    assert view.reason == reason
    assert not setting.send.isEnabled()
    setting.dialog.send()
    assert setting.desk.batches == 0


def test_enter_and_space_never_send(setting: Setting) -> None:
    setting.fill("99.00", "98.00", "3", "1")
    setting.send.setFocus()

    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        QTest.keyClick(setting.send, key)
        QTest.keyClick(setting.dialog.fields["total"].edit, key)

    assert setting.tasks.started == []
    assert setting.dialog.isVisible()


def test_refusal_by_the_desk_is_told_and_nothing_counts_as_sent(setting: Setting) -> None:
    setting.fill("99.00", "98.00", "3", "1")
    setting.desk.denies = [RiskBreach(field="order", rule="The journal is not open", hard=True, code="not_ready")]

    setting.dialog.send()
    setting.tasks.run()
    setting.dialog.render_now()

    assert setting.view.outcome.text == "Nothing was sent: The journal is not open"
    assert setting.dialog.presenter.keys == ()


def test_closing_gives_back_the_watch(setting: Setting) -> None:
    setting.dialog.close()

    assert all(watched.is_closed for watched in setting.market.watched)
