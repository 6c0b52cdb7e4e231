"""The buttons that send, and the line that says what they will do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from terminal.domain import Side
from terminal.ui.order_ticket.view import Message, SubmitView
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect

_SENDING_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select})


class SendButton(QPushButton):
    """A button that sends an order: Space and Enter never press it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoDefault(False)
        self.setDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SENDING_KEYS:
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SENDING_KEYS:
            event.ignore()
            return
        super().keyReleaseEvent(event)


class SubmitButton(SendButton):
    """Two lines: what it does, and what that costs at most."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = SubmitView(title="", detail="", side=Side.BUY, reason="-")
        self.setObjectName("ticket_submit")
        theme.changed.connect(self.update)

    def show_view(self, view: SubmitView) -> None:
        if view == self._view:
            return
        self._view = view
        self.setAccessibleName(view.title)
        self.setAccessibleDescription(view.reason or view.detail)
        self.setToolTip(plain_tooltip(view.reason))
        self.setEnabled(view.is_enabled)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink, view = self._theme, Ink(painter, self._theme), self._view
        box = QRectF(self.rect())
        if self.isEnabled():
            fill = theme.color("buy_fill" if view.side is Side.BUY else "sell_fill")
            if self.isDown():
                fill = fill.darker(118)
            elif self.underMouse():
                fill = fill.darker(108)
            border = theme.color("text") if self.hasFocus() else None
            draw_round_rect(painter, box, 4, fill=fill, border=border)
        else:
            draw_round_rect(painter, box, 4, fill=theme.color("raised"), border=theme.color("line"))
        color = "on_fill" if self.isEnabled() else "muted"
        room, middle = self.width() - 16, self.width() / 2
        role = "submit" if theme.width("submit", view.title) <= room else "number_strong"
        height = self.height()
        ink.center(role, middle, theme.baseline(role, 0, height / 2 + 6), ink.elided(role, view.title, room), color)
        detail = ink.elided("submit_small", view.detail, room)
        ink.center("submit_small", middle, theme.baseline("submit_small", height / 2, height / 2 - 4), detail, color)
        painter.end()


class Footer(QWidget):
    """The line below the button: what a press will do or why it cannot, and the keys that press it."""

    KEYS = "Ctrl Enter"

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.message = Message()
        self.setObjectName("ticket_footer")
        self.setAccessibleName("What the button will do")
        self.setFixedHeight(16)
        theme.changed.connect(self.update)

    def show_message(self, message: Message) -> None:
        if message != self.message:
            self.message = message
            self.setAccessibleDescription(message.text)
            self.setToolTip(plain_tooltip(message.text))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        wide = round(theme.width("key", self.KEYS)) + 8
        room, text = self.width() - wide - 8.0, self.message.text
        role = "text" if theme.width("text", text) <= room else "small"
        if theme.width(role, text) > room:
            # a reason that would be cut is worth more than the hint at the keys
            room = self.width()
            role = "small" if theme.width("small", text) <= room else "tiny_number"
        else:
            cap = QRectF(self.width() - wide, 0.0, wide, 16)
            draw_round_rect(painter, cap, 3, fill=theme.color("raised"), border=theme.color("border"))
            ink.center("key", cap.center().x(), theme.baseline("key", 0, 16), self.KEYS, "text")
        ink.left(role, 0, theme.baseline(role, 0, 16), ink.elided(role, self.message.text, room), self.message.token)
        painter.end()
