"""Toasts: short notes at the bottom right of the window, one per cause, with a count."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from terminal.trading.activity import LogLevel
from terminal.ui.brief import brief_text
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import draw_round_rect

WIDTH = 340
MOST = 4
_MARGIN, _GAP = 12, 8
_MOST_LETTERS = 140
"""What four lines hold: a note must not bury the panels; the log has the whole text."""
_SHOWN_MS = {LogLevel.INFO: 5_000, LogLevel.WARNING: 9_000}
_ICONS = {LogLevel.INFO: "info", LogLevel.WARNING: "triangle-alert", LogLevel.ERROR: "circle-alert"}
_TOKENS = {LogLevel.INFO: "accent", LogLevel.WARNING: "warning", LogLevel.ERROR: "danger"}


@dataclass(frozen=True, slots=True)
class Note:
    """`cause` is what makes two notes the same one; it defaults to the text."""

    level: LogLevel
    text: str
    cause: str


class Toast(QWidget):
    """One note. Errors stay until they are closed."""

    closed = Signal(str)

    def __init__(self, theme: Theme, note: Note, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.note = note
        self.count = 0
        self.setObjectName("toast")
        self.setFixedWidth(WIDTH)
        self._icon = QLabel(self)
        self._icon.setFixedSize(16, 16)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._count = QLabel(self)
        self._count.setProperty("kind", "second")
        self._count.setFont(theme.font("small_number_medium"))
        self._close = QToolButton(self)
        self._close.setProperty("kind", "tool")
        self._close.setObjectName("toast_close")
        self._close.setAccessibleName("Close note")
        self._close.setIconSize(QSize(14, 14))
        self._close.clicked.connect(self.close_now)
        layout = QHBoxLayout(self)
        self._layout = layout
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._icon, 0, top)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._count, 0, top)
        layout.addWidget(self._close, 0, top)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        self._restyle()

    def show_note(self, note: Note) -> None:
        """Show the note (again): the count grows and the time starts anew."""
        self.note = note
        self.count += 1
        shown_text = brief_text(note.text, _MOST_LETTERS)
        self._text.setText(shown_text)
        self._text.setToolTip("" if shown_text == note.text else plain_tooltip(note.text))
        self._count.setText(f"× {self.count}" if self.count > 1 else "")
        self._count.setVisible(self.count > 1)
        self.setAccessibleName(f"{note.level.value}: {note.text}")
        self._restyle()
        shown = _SHOWN_MS.get(note.level)
        if shown is None:
            self._timer.stop()
        else:
            self._timer.start(shown)
        self.setFixedHeight(self._layout.heightForWidth(WIDTH))

    @property
    def hides_itself(self) -> bool:
        return self._timer.isActive()

    def close_now(self) -> None:
        self._timer.stop()
        self.closed.emit(self.note.cause)

    def _restyle(self) -> None:
        level, ratio = self.note.level, self.devicePixelRatioF()
        self._icon.setPixmap(self._theme.pixmap(_ICONS[level], _TOKENS[level], 16, ratio))
        self._close.setIcon(self._theme.icon("x"))
        self.update()

    def enterEvent(self, event: QEvent) -> None:
        # what is being read must not vanish
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        shown = _SHOWN_MS.get(self.note.level)
        if shown is not None:
            self._timer.start(shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        draw_round_rect(painter, QRectF(self.rect()), 4, fill=theme.color("raised"), border=theme.color("border"))
        painter.fillRect(QRectF(0, 4, 3, self.height() - 8), theme.color(_TOKENS[self.note.level]))
        painter.end()


class Toasts(QObject):
    """The stack of notes over a window. At most `MOST` are shown; the oldest that is no error gives way."""

    def __init__(self, theme: Theme, host: QWidget, *, bottom: int = 22) -> None:
        super().__init__(host)
        self._theme = theme
        self._host = host
        self._bottom = bottom
        self._toasts: dict[str, Toast] = {}
        host.installEventFilter(self)
        theme.changed.connect(self._restyle)

    @property
    def shown(self) -> tuple[Toast, ...]:
        return tuple(self._toasts.values())

    def show_note(self, level: LogLevel | str, text: str, *, cause: str | None = None) -> Toast:
        """Show a note, or count it where its cause is on screen already."""
        note = Note(LogLevel(level), text, text if cause is None else cause)
        toast = self._toasts.get(note.cause)
        if toast is None:
            self._make_room()
            toast = Toast(self._theme, note, self._host)
            toast.closed.connect(self._remove)
            self._toasts[note.cause] = toast
        toast.show_note(note)
        toast.show()
        toast.raise_()
        self._place()
        return toast

    def raise_all(self) -> None:
        """Bring the notes to the front again after the window got new children."""
        for toast in self._toasts.values():
            toast.raise_()

    def _make_room(self) -> None:
        if len(self._toasts) < MOST:
            return
        calm = [cause for cause, toast in self._toasts.items() if toast.note.level is not LogLevel.ERROR]
        self._remove(calm[0] if calm else next(iter(self._toasts)))

    def _remove(self, cause: str) -> None:
        toast = self._toasts.pop(cause, None)
        if toast is not None:
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._bottom - _MARGIN
        for toast in reversed(self._toasts.values()):
            toast.move(self._host.width() - WIDTH - _MARGIN, bottom - toast.height())
            bottom -= toast.height() + _GAP

    def _restyle(self) -> None:
        for toast in self._toasts.values():
            toast.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and watched is self._host:
            self._place()
        return False
