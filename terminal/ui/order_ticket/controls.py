"""The ticket's small parts: number field, message line, rows of choices, receipt."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from terminal.ui.order_ticket.view import Choice, FieldView, Message, ReceiptRow
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect

NUMBER_RIGHT = 46
"""How far before the right edge every number ends, in fields and receipt."""
UNIT_LEFT = 40
MESSAGE_HEIGHT = 14

_LABEL_LEFT = 10
_WHEEL_STEP = 120


class NumberEdit(QLineEdit):
    """A line for one number: arrows and the wheel step it, Shift by ten."""

    stepped = Signal(int)
    entered = Signal()
    left = Signal()

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turned = 0
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFrame(False)
        self.setStyleSheet("QLineEdit { border: 0; background: transparent; padding: 0; min-height: 0; }")
        # what Qt would cut from a long paste would leave another, valid number
        self.setMaxLength(32_767)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            tenfold = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit((10 if tenfold else 1) * (1 if event.key() == Qt.Key.Key_Up else -1))
            event.accept()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        # with Shift some systems turn the wheel sideways
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._turned / _WHEEL_STEP)
        self._turned -= notches * _WHEEL_STEP
        if notches:
            tenfold = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(notches * (10 if tenfold else 1))
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._turned = 0
        self.entered.emit()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # the edit's own menu and another window take the focus for a moment only
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.left.emit()


class NumberField(QWidget):
    """A framed field: label and badge at the left, the number in its column, the unit in its own."""

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._view = FieldView()
        self.edit = NumberEdit(f"ticket_{name}", title, self)
        self.edit.setFont(theme.font("ticket"))
        for signal in (self.edit.entered, self.edit.left, theme.changed):
            signal.connect(self.update)

    def show_view(self, view: FieldView) -> None:
        edit = self.edit
        if edit.text() != view.text:
            place = edit.cursorPosition()
            at_end = place == len(edit.text())
            edit.setText(view.text)
            edit.setCursorPosition(len(view.text) if at_end else min(place, len(view.text)))
        if view == self._view:
            return
        self._view = view
        edit.setEnabled(view.is_enabled)
        edit.setAccessibleDescription(
            " ".join(part for part in (view.placeholder, view.unit, view.badge, view.message.text) if part)
        )
        self.setToolTip(plain_tooltip(view.tooltip))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        left = round(_LABEL_LEFT + self._theme.width("text", self._title) + 8)
        # a line edit keeps 2 px beside its text
        self.edit.setGeometry(left, 0, self.width() - NUMBER_RIGHT + 2 - left, self.height() - 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink, view = self._theme, Ink(painter, self._theme), self._view
        if view.is_wrong:
            border = "danger"
        elif self.edit.hasFocus():
            border = "accent"
        else:
            border = "border" if view.is_enabled else "line"
        fill = theme.color("well" if view.is_enabled else "panel")
        draw_round_rect(painter, QRectF(self.rect()), 4, fill=fill, border=theme.color(border))
        line = theme.baseline("text", 0, self.height())
        x = ink.left("text", _LABEL_LEFT, line, self._title, "second" if view.is_enabled else "muted") + 8
        if view.badge:
            wide = theme.width("badge", view.badge) + 12
            box = QRectF(x, (self.height() - 16) / 2, round(wide), 16)
            draw_round_rect(painter, box, 3, fill=theme.color("warning", 0.18))
            ink.left("badge", x + 6, theme.baseline("badge", box.top(), 16), view.badge, "warning")
        unit = ink.elided("text", view.unit, UNIT_LEFT - 6)
        ink.left("text", self.width() - UNIT_LEFT, line, unit, "second" if view.is_enabled else "muted")
        if view.placeholder and not view.text:
            # the line edit's own placeholder is too faint to be read as a number
            base = theme.baseline("number", 0, self.height())
            ink.right("number", self.width() - NUMBER_RIGHT, base, view.placeholder, "second")
        painter.end()


class MessageLine(QWidget):
    """One line of small text that keeps its place whether it says something or not."""

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.message = Message()
        self.setObjectName(name)
        self.setAccessibleName(title)
        theme.changed.connect(self.update)

    def show_message(self, message: Message) -> None:
        if message == self.message:
            return
        self.message = message
        self.setAccessibleDescription(message.text)
        self.setToolTip(plain_tooltip(message.text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.message.text:
            return
        painter = QPainter(self)
        ink, theme = Ink(painter, self._theme), self._theme
        text, role = self.message.text, "small_number"
        if theme.width(role, text) > self.width():
            role = "tiny_number"
        line = theme.baseline(role, 0, MESSAGE_HEIGHT)
        ink.left(role, 0, line, ink.elided(role, text, self.width()), self.message.token)
        painter.end()


class ChoiceRow(QFrame):
    """Buttons side by side, one for each choice; `picked` carries the key of the one that was pressed."""

    picked = Signal(str)
    edited = Signal(int)

    def __init__(self, theme: Theme, name: str, title: str, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = kind
        self._name = name
        self._choices: tuple[Choice, ...] = ()
        self.buttons: list[QPushButton] = []
        self.setObjectName(f"ticket_{name}")
        self.setAccessibleName(title)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0 if kind == "segment" else 4)
        if kind == "segment":
            self.setProperty("kind", "segments")
            self._row.setContentsMargins(1, 1, 1, 1)

    def show_choices(self, choices: Sequence[Choice]) -> None:
        if choices == self._choices:
            return
        self._choices = tuple(choices)
        while len(self.buttons) < len(choices):
            self._add(len(self.buttons), choices[len(self.buttons)])
        for button, choice in zip(self.buttons, choices, strict=True):
            if button.text() != choice.label:
                button.setText(choice.label)
                button.setAccessibleName(f"{self.accessibleName()}: {choice.label}")
            button.setChecked(choice.is_checked)
            button.setFont(self._theme.font(self._role(choice)))
            button.setEnabled(choice.is_enabled)
            button.setToolTip(plain_tooltip(choice.tooltip))
            button.setAccessibleDescription(choice.tooltip)

    def _add(self, index: int, choice: Choice) -> None:
        button = QPushButton(choice.label, self)
        button.setObjectName(f"{self.objectName()}_{choice.key or index}")
        button.setAccessibleName(f"{self.accessibleName()}: {choice.label}")
        button.setProperty("kind", f"side-{choice.key}" if self._kind == "side" else self._kind)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setMinimumWidth(10)
        button.clicked.connect(lambda: self._on_clicked(index))
        button.installEventFilter(self)
        self.buttons.append(button)
        self._row.addWidget(button, 1)

    def _role(self, choice: Choice) -> str:
        if self._kind == "side":
            return "total"
        if self._kind == "preset":
            return "small_number_strong" if choice.is_checked else "small_number"
        return "text_strong" if choice.is_checked else "text"

    def _on_clicked(self, index: int) -> None:
        # what is checked is decided by the order as it stands, not by the press
        self.buttons[index].setChecked(self._choices[index].is_checked)
        self.picked.emit(self._choices[index].key)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._kind != "segment":
            return
        painter = QPainter(self)
        for (left, first), (right, second) in pairwise(zip(self.buttons, self._choices, strict=True)):
            if not first.is_checked and not second.is_checked:
                x = (left.geometry().right() + right.x()) // 2
                painter.fillRect(x, 6, 1, self.height() - 12, self._theme.color("line"))
        painter.end()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() is QEvent.Type.MouseButtonDblClick and watched in self.buttons:
            self.edited.emit(self.buttons.index(watched))
        return False


class ReceiptView(QWidget):
    """What the order would do: label, number and unit in the columns of the fields."""

    ROW = 18
    LOW_ROW = 17

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[ReceiptRow, ...] = ()
        self._mistakes: tuple[str, ...] = ()
        self.is_low = False
        self.row_height = self.ROW
        self.shows_mistakes = False
        self.setObjectName("ticket_receipt")
        self.setAccessibleName("Receipt")
        theme.changed.connect(self.update)

    def show_rows(self, rows: tuple[ReceiptRow, ...], mistakes: tuple[str, ...]) -> None:
        """Show the receipt. `mistakes` take its first rows where the fields have no line of their own."""
        if (rows, mistakes) == (self._rows, self._mistakes):
            return
        self._rows, self._mistakes = rows, mistakes
        self.setAccessibleDescription(", ".join(f"{row.label} {row.value} {row.unit}".strip() for row in rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        y, height = 5, self.row_height
        rows = [row for row in self._rows if not (self.is_low and row.is_spare)]
        if self.shows_mistakes and self._mistakes:
            rows = [ReceiptRow(label=mistake, token="danger") for mistake in self._mistakes]
        for row in rows:
            line = theme.baseline("text", y, height)
            loud = row.token in ("warning", "danger")
            label_color = row.token if loud and (not row.value or row.token == "warning") else "second"
            if row.value:
                start = ink.right("number", self.width() - NUMBER_RIGHT, line, row.value, row.token)
                ink.left("text", 0, line, ink.elided("text", row.label, start - 8), label_color)
                unit = ink.elided("text", row.unit, UNIT_LEFT - 2)
                ink.left("text", self.width() - UNIT_LEFT, line, unit, "second")
            else:
                role = "text" if theme.width("text", row.label) <= self.width() else "small"
                ink.left(role, 0, line, ink.elided(role, row.label, self.width()), label_color)
            y += height
        painter.end()
