"""Closing with working orders: leave them, cancel all, or stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from terminal.ui.orders.presenter import OrderRow
from terminal.ui.record_table import Align, Column, RecordTable
from terminal.ui.theme import Theme

_ROW = 20
_MOST_ROWS = 10


_COLUMNS: tuple[Column[OrderRow], ...] = (
    Column(key="venue", title="Venue", width=110, text=lambda row: row.venue, color=lambda _: "second"),
    Column(key="symbol", title="Symbol", width=90, text=lambda row: row.symbol),
    Column(key="side", title="Side", width=44, text=lambda row: row.side, color=lambda row: row.side_token),
    Column(key="price", title="Price", width=90, text=lambda row: row.price, align=Align.RIGHT, role="number"),
    Column(key="quantity", title="Quantity", width=90, text=lambda row: row.quantity, align=Align.RIGHT, role="number"),
    Column(key="filled", title="Filled", width=80, text=lambda row: row.filled, align=Align.RIGHT, role="number"),
    Column(key="state", title="State", width=120, text=lambda row: row.state_text, stretch=True),
)


class ClosingDialog(QDialog):
    """Opened with `open()`. Staying is the default: Esc and Enter close nothing."""

    def __init__(
        self,
        theme: Theme,
        orders: Sequence[OrderRow],
        *,
        leave: Callable[[], None],
        cancel_all: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("closing_dialog")
        self.setWindowTitle("Close Fathom")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._leave, self._cancel_all = leave, cancel_all
        count = len(orders)
        heading = QLabel(f"{count} working order{'' if count == 1 else 's'}")
        heading.setFont(theme.font("total"))
        note = QLabel("Left at the venue they stay in force and may fill while Fathom is closed.")
        note.setProperty("kind", "second")
        table: RecordTable[OrderRow] = RecordTable(
            theme, _COLUMNS, key=lambda row: row.key, name="closing_orders", title="Working orders", parent=self
        )
        table.set_rows(orders)
        table.setFixedHeight(_ROW * (min(count, _MOST_ROWS) + 1) + 2)
        stay = self._button("Stay", "closing_stay", "outline", self.reject)
        left = self._button("Leave them and close", "closing_leave", "outline", self._on_leave)
        cancel = self._button("Cancel all and close", "closing_cancel_all", "danger", self._on_cancel_all)
        stay.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(left)
        buttons.addWidget(stay)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        for widget in (heading, note, table):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self.resize(680, self.sizeHint().height())
        stay.setFocus()

    def _button(self, text: str, name: str, kind: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setProperty("kind", kind)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button

    def _on_leave(self) -> None:
        self.accept()
        self._leave()

    def _on_cancel_all(self) -> None:
        self.accept()
        self._cancel_all()
