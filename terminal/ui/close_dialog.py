"""The question before the window closes while orders work: leave them, cancel them all, or stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from terminal.ui.orders.presenter import OrderRow, OrdersPresenter
from terminal.ui.panel import PanelContext

if TYPE_CHECKING:
    from terminal.ui.main_window import MainWindow

_MOST_LISTED = 8


def ask_before_closing(context: PanelContext, window: MainWindow) -> bool:
    """Return True when the window may close at once; else the question is open and closes the window later."""
    rows = OrdersPresenter(context.market, context.desk, context.portfolio).working()
    if not rows:
        return True
    if window.findChild(QDialog, "close_dialog") is None:
        CloseDialog(context, window, rows).open()
    return False


class CloseDialog(QDialog):
    """Lists the working orders. Escape stays; nothing is the default button, so Enter decides nothing."""

    def __init__(self, context: PanelContext, window: MainWindow, rows: list[OrderRow]) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self.setObjectName("close_dialog")
        self.setWindowTitle("Working orders")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        count = "One order is" if len(rows) == 1 else f"{len(rows)} orders are"
        title = QLabel(f"{count} still working at the venues")
        title.setFont(context.theme.font("title"))
        layout.addWidget(title)
        listed = [
            f"{row.side} {row.quantity} {row.symbol} at {row.price}, {row.venue}: {row.state_text}"
            for row in rows[:_MOST_LISTED]
        ]
        if len(rows) > _MOST_LISTED:
            listed.append(f"and {len(rows) - _MOST_LISTED} more")
        orders = QLabel("\n".join(listed))
        orders.setTextFormat(Qt.TextFormat.PlainText)
        orders.setFont(context.theme.font("number"))
        layout.addWidget(orders)
        note = QLabel("Left alone they can still fill while Fathom is closed.")
        note.setProperty("kind", "second")
        layout.addWidget(note)
        buttons = QHBoxLayout()
        buttons.addWidget(self._button("Leave them and close", "close_leave", self._leave))
        buttons.addWidget(self._button("Cancel all and close", "close_cancel_all", self._cancel_all))
        buttons.addStretch(1)
        buttons.addWidget(self._button("Stay", "close_stay", self.reject))
        layout.addLayout(buttons)

    def _button(self, text: str, name: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    def _leave(self) -> None:
        self.accept()
        self._window.close_for_good()

    def _cancel_all(self) -> None:
        self.setEnabled(False)
        self._context.tasks.start(self._cancel_and_close(), "cancel all orders before closing")

    async def _cancel_and_close(self) -> None:
        left = [order for order in await self._context.desk.cancel_all() if order.is_working]
        self.accept()
        # what the venue has accepted to cancel ends without us; anything else keeps the window open to be seen
        if all(order.status.value == "pending_cancel" for order in left):
            self._window.close_for_good()
