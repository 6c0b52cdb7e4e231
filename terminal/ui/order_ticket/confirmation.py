"""The confirmation: the exact order once more, over the ticket, so that market and orders stay in sight and reach."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from terminal.domain import Side
from terminal.ui.order_ticket.buttons import SendButton
from terminal.ui.order_ticket.view import Draft
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect

LOCK_MS = 400
"""How long the dialog takes no order after it appeared: the second click of a double click is not a yes."""

_HEADER = 74
_ROW = 19


class ConfirmationHeader(QWidget):
    """What will be sent, in the colour of its side, and where: LIVE or not."""

    def __init__(self, theme: Theme, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._draft = draft
        self.setFixedHeight(_HEADER)

    def show_draft(self, draft: Draft) -> None:
        self._draft = draft
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink, draft = self._theme, Ink(painter, self._theme), self._draft
        side = "buy_fill" if draft.request.side is Side.BUY else "sell_fill"
        painter.fillRect(self.rect(), theme.color(side))
        room = self.width() - 20
        wide = round(theme.width("badge", draft.environment)) + 12
        badge = QRectF(self.width() - wide - 10, 8, wide, 16)
        draw_round_rect(painter, badge, 3, border=theme.color("on_fill"))
        line = theme.baseline("badge", badge.top(), 16)
        ink.center("badge", badge.center().x(), line, draft.environment, "on_fill")
        ink.left("text_medium", 10, line, ink.elided("text_medium", "Send this order?", room - wide - 8), "on_fill")
        role = "submit" if theme.width("submit", draft.title) <= room else "number_strong"
        ink.left(role, 10, theme.baseline(role, 30, 20), ink.elided(role, draft.title, room), "on_fill")
        detail = ink.elided("submit_small", draft.detail, room)
        ink.left("submit_small", 10, theme.baseline("submit_small", 50, 16), detail, "on_fill")
        painter.end()


class PayloadRows(QWidget):
    """The payload, label and value a row."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: tuple[tuple[str, str], ...] = ()
        self.setObjectName("confirmation_payload")
        self.setAccessibleName("The order that will be sent")

    def show_rows(self, rows: tuple[tuple[str, str], ...]) -> None:
        self.rows = rows
        self.setFixedHeight(_ROW * len(rows))
        self.setAccessibleDescription(", ".join(f"{label} {value}" for label, value in rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        for index, (label, value) in enumerate(self.rows):
            line = theme.baseline("text", index * _ROW, _ROW)
            end = ink.left("text", 0, line, label, "second")
            ink.right("number", self.width(), line, ink.elided("number", value, self.width() - end - 10), "text")
        painter.end()


class Confirmation(QDialog):
    """Shows a draft and emits `confirmed` with it once; closing it any other way sends nothing.

    It lies inside the ticket and blocks no other part of the window. A draft with warnings also needs its box
    ticked. Space and Enter never send.
    """

    confirmed = Signal(object)

    def __init__(self, theme: Theme, draft: Draft, parent: QWidget) -> None:
        super().__init__(parent)
        # a dialog that is no window of its own: it covers the ticket and nothing else
        self.setWindowFlags(Qt.WindowType.Widget)
        self._theme = theme
        self._draft = draft
        self._is_done = False
        self._is_settled = False
        self._obstacle = ""
        self._seen = draft.allow
        self.setObjectName("ticket_confirmation")
        self.setAccessibleName("Confirm the order")
        self.setAutoFillBackground(True)
        self._header = ConfirmationHeader(theme, draft, self)
        self.payload = PayloadRows(theme, self)
        self._warnings = QLabel(self)
        self._warnings.setObjectName("confirmation_warnings")
        self._warnings.setAccessibleName("Warnings")
        self._warnings.setTextFormat(Qt.TextFormat.PlainText)
        self._warnings.setProperty("kind", "warning")
        self._warnings.setWordWrap(True)
        self.accept_box = QCheckBox("I have read this: send anyway", self)
        self.accept_box.setObjectName("confirmation_accept_warnings")
        self.accept_box.setAccessibleName("Send despite the warnings")
        self.accept_box.toggled.connect(self._update_send)
        self._status = QLabel(self)
        self._status.setObjectName("confirmation_status")
        self._status.setAccessibleName("Why it cannot be sent")
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._status.setWordWrap(True)
        self._status.setProperty("kind", "second")
        self.keep_button = QPushButton("Keep editing", self)
        self.keep_button.setObjectName("confirmation_keep_editing")
        self.keep_button.setAccessibleName("Keep editing")
        self.keep_button.setProperty("kind", "outline")
        self.keep_button.setFixedHeight(34)
        self.keep_button.clicked.connect(self.reject)
        self.send_button = SendButton(self)
        self.send_button.setText("Send")
        self.send_button.setObjectName("confirmation_send")
        self.send_button.setAccessibleName("Send the order")
        self.send_button.setProperty("kind", "buy" if draft.request.side is Side.BUY else "sell")
        self.send_button.setFixedHeight(34)
        self.send_button.clicked.connect(self.send)
        self._lay_out()
        self.show_draft(draft)
        QTimer.singleShot(LOCK_MS, self, self._settle)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 10)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        inner = QVBoxLayout()
        inner.setContentsMargins(10, 10, 10, 0)
        inner.setSpacing(8)
        inner.addWidget(self.payload)
        inner.addWidget(self._warnings)
        inner.addWidget(self.accept_box)
        inner.addStretch(1)
        inner.addWidget(self._status)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.keep_button, 1)
        buttons.addWidget(self.send_button, 1)
        inner.addLayout(buttons)
        layout.addLayout(inner, 1)

    @property
    def draft(self) -> Draft:
        return self._draft

    def show_draft(self, draft: Draft) -> None:
        """Show the same order with the figures of now; a warning that was not there before must be ticked anew."""
        if not draft.allow <= self._seen:
            self.accept_box.setChecked(False)
        self._seen = self._seen | draft.allow
        self._draft = draft
        self._obstacle = ""
        self._header.show_draft(draft)
        self.payload.show_rows(draft.rows)
        self._warnings.setText("\n".join(draft.warnings))
        self._warnings.setVisible(bool(draft.warnings))
        self.accept_box.setVisible(bool(draft.warnings))
        self._update_send()

    def show_obstacle(self, reason: str) -> None:
        """The order can no longer be sent as it stands."""
        self._obstacle = reason
        self._update_send()

    def send(self) -> None:
        """Send once, if nothing stands against it."""
        if self._is_done or self._why_not():
            return
        self._is_done = True
        self.send_button.setEnabled(False)
        self.confirmed.emit(self._draft)
        self.accept()

    def _settle(self) -> None:
        self._is_settled = True
        self._update_send()

    def _why_not(self) -> str:
        if self._obstacle:
            return f"Cannot be sent now: {self._obstacle}"
        if self._draft.warnings and not self.accept_box.isChecked():
            return "Tick the box to send despite the warning"
        return "" if self._is_settled else "One moment…"

    def _update_send(self) -> None:
        reason = self._why_not()
        self.send_button.setEnabled(not reason)
        self.send_button.setToolTip(reason if self._is_settled else "")
        waiting = reason and self._is_settled
        self._status.setText(reason if waiting else "Ctrl Enter sends, Esc keeps editing")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        painter.end()
