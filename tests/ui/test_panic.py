"""Panic cancels everything and says what became of each order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.domain import Order, OrderStatus, OrderType, Side
from terminal.trading.activity import LogLevel
from terminal.trading.desk_order import DeskOrder
from terminal.ui.panic import cancel_everything, receipt, summary
from terminal.ui.theme import Theme
from terminal.ui.toasts import Toasts


def order(status: OrderStatus, price: str | None = "86941.50") -> DeskOrder:
    return DeskOrder(
        key=status.value,
        order=Order(
            venue="hashkey-mena",
            symbol="BTCUSDT",
            side=Side.BUY,
            type=OrderType.LIMIT,
            status=status,
            price=None if price is None else Decimal(price),
            quantity=Decimal("0.12"),
        ),
        account="main",
        submitted=0,
        changed=0,
    )


@pytest.fixture
def toasts(theme: Theme, qtbot: QtBot) -> Toasts:
    host = QWidget()
    qtbot.addWidget(host)
    toasts = Toasts(theme, host)
    toasts.setParent(host)
    return toasts


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (OrderStatus.CANCELED, "Cancelled: buy 0.12 BTCUSDT at 86941.50"),
        (OrderStatus.FILLED, "Filled before the cancel arrived: buy 0.12 BTCUSDT at 86941.50"),
        (OrderStatus.UNKNOWN, "Not confirmed, still being checked: buy 0.12 BTCUSDT at 86941.50"),
        (OrderStatus.PENDING_CANCEL, "Not confirmed, still being checked: buy 0.12 BTCUSDT at 86941.50"),
        (OrderStatus.EXPIRED, "Expired: buy 0.12 BTCUSDT at 86941.50"),
    ],
)
def test_each_order_has_a_receipt(status: OrderStatus, told: str) -> None:
    assert receipt(order(status)) == told


def test_a_cancel_that_has_not_left_is_not_said_to_be_checked() -> None:
    waiting = replace(
        order(OrderStatus.PENDING_CANCEL), progress="cancel NOT sent, again in 30 s: the limit is used up"
    )
    assert receipt(waiting) == "Cancel NOT sent, again in 30 s: buy 0.12 BTCUSDT at 86941.50"


def test_an_order_without_a_price_is_a_market_order() -> None:
    assert receipt(order(OrderStatus.CANCELED, None)) == "Cancelled: buy 0.12 BTCUSDT at market"


def test_the_sum_names_every_end() -> None:
    ends = (OrderStatus.CANCELED, OrderStatus.CANCELED, OrderStatus.FILLED, OrderStatus.UNKNOWN, OrderStatus.REJECTED)
    assert summary([order(end) for end in ends]) == "2 cancelled, 1 filled, 1 unconfirmed, 1 ended otherwise"


async def test_an_unconfirmed_cancel_is_an_error(context: Any, toasts: Toasts) -> None:
    context.desk.orders = [order(OrderStatus.CANCELED), order(OrderStatus.UNKNOWN)]
    await cancel_everything(context, toasts)
    assert context.desk.cancels == [{}]
    assert [entry.level for entry in context.activity.entries] == [LogLevel.INFO, LogLevel.ERROR]
    assert [(toast.note.level, toast.note.text) for toast in toasts.shown] == [
        (LogLevel.ERROR, "1 cancelled, 1 unconfirmed")
    ]


async def test_without_orders_nothing_is_sent(context: Any, toasts: Toasts) -> None:
    await cancel_everything(context, toasts)
    assert context.desk.cancels == []
    assert [toast.note.text for toast in toasts.shown] == ["No working orders to cancel."]
