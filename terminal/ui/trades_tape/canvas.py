"""The tape's lines on screen: header, prints, and where the pointer is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from terminal.domain import Side
from terminal.ui.theme.drawing import Ink, draw_round_rect, draw_triangle
from terminal.ui.theme.theme import Theme
from terminal.ui.trades_tape.presenter import Edges, PrintView, Title

ROW = 20
_HEADER = 21
_MARK = 98
_NOTCH = 120
_WHEEL_LINES = 3


class TapeCanvas(QWidget):
    """Header and lines. `hovered` tells whether the pointer is over the lines; `scrolled` carries lines back."""

    hovered = Signal(bool)
    scrolled = Signal(int)
    resized = Signal()
    copied = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[PrintView, ...] = ()
        self._titles: tuple[Title, ...] = ()
        self._edges = Edges(price=164, size=226, value=290, bar=56)
        self._banner = ""
        self._badge = ""
        self._message = ""
        self._is_over = False
        self._pointed: int | None = None
        self._wheel = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(_HEADER + 3 * ROW)
        self.setObjectName("tradesTapeRows")
        self.setAccessibleName("Public trades, newest first")

    @property
    def row_count(self) -> int:
        """How many whole lines fit."""
        return max(1, (self.height() - _HEADER) // ROW)

    @property
    def message(self) -> str:
        """What stands where there are no lines."""
        return self._message

    @property
    def is_over_lines(self) -> bool:
        """The pointer is over the lines, which must not move then."""
        return self._is_over

    @property
    def lines(self) -> tuple[PrintView, ...]:
        return self._lines

    @property
    def badge(self) -> str:
        return self._badge

    @property
    def banner(self) -> str:
        return self._banner

    def show_lines(
        self,
        lines: tuple[PrintView, ...],
        edges: Edges,
        titles: tuple[Title, ...],
        *,
        banner: str,
        badge: str,
        message: str,
    ) -> None:
        """Show another frame; `banner` says why the tape cannot be trusted, `badge` that it is paused."""
        header = (edges, titles, banner, badge)
        if header != (self._edges, self._titles, self._banner, self._badge):
            if banner != self._banner or edges != self._edges:
                self.update()
            else:
                self.update(0, 0, self.width(), _HEADER)
        if lines != self._lines or message != self._message:
            self.update(0, _HEADER, self.width(), self.height() - _HEADER)
        self._edges, self._titles, self._banner, self._badge = header
        self._lines, self._message = lines, message

    def line_at(self, position: QPoint) -> int | None:
        """Return the index of the line at a point."""
        index = (position.y() - _HEADER) // ROW
        return index if 0 <= index < len(self._lines) and position.y() >= _HEADER else None

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        painter.fillRect(event.rect(), theme.color("panel"))
        if event.rect().top() < _HEADER:
            self._paint_header(painter, ink)
        if not self._lines:
            painter.setFont(theme.font("text"))
            painter.setPen(theme.color("second"))
            box = QRect(16, _HEADER, self.width() - 32, self.height() - _HEADER)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
            return
        if self._banner:
            painter.setOpacity(0.5)
        for index, line in enumerate(self._lines):
            top = _HEADER + index * ROW
            if event.rect().intersects(QRect(0, top, self.width(), ROW)):
                self._paint_line(painter, ink, line, top, is_pointed=index == self._pointed)

    def _paint_header(self, painter: QPainter, ink: Ink) -> None:
        theme, edges = self._theme, self._edges
        painter.fillRect(0, _HEADER - 1, self.width(), 1, theme.color("faint"))
        baseline = theme.baseline("header", 0, _HEADER - 1)
        if self._banner:
            painter.fillRect(0, 0, self.width(), _HEADER, theme.color("warning", 0.16))
            text = ink.elided("small_medium", self._banner, self.width() - 20)
            ink.left("small_medium", 10, theme.baseline("small_medium", 0, _HEADER), text, "warning")
            return
        if self._badge:
            width = theme.width("tiny_number_medium", self._badge) + 10
            box = QRectF(8, 2, width, 16)
            draw_round_rect(painter, box, 3, fill=theme.color("accent", 0.16), border=theme.color("accent"))
            at = theme.baseline("tiny_number_medium", 2, 16)
            ink.left("tiny_number_medium", 13, at, self._badge, "accent_text")
        else:
            ink.left("header", 10, baseline, "Time, UTC", "second")
        rights = (edges.price, edges.size, edges.value)
        rooms = (60, edges.size - edges.price - 8, edges.value - edges.size - 8)
        for right, room, forms in zip(rights, rooms, self._titles, strict=False):
            fits = (form for form in forms if theme.width("header", form) <= room)
            ink.right("header", right, baseline, next(fits, ""), "second")

    def _paint_line(self, painter: QPainter, ink: Ink, line: PrintView, top: int, *, is_pointed: bool) -> None:
        theme, edges = self._theme, self._edges
        tone = "buy_text" if line.side is Side.BUY else "sell_text"
        if is_pointed:
            painter.fillRect(0, top, self.width(), ROW, theme.color("hover"))
        if line.bar:
            bar = theme.color(tone, theme.tokens.size_bar_alpha)
            painter.fillRect(edges.size + 4 - line.bar, top + 1, line.bar, ROW - 2, bar)
        baseline = theme.baseline("number", top, ROW)
        after = ink.left("number", 10, baseline, line.time, "second")
        ink.left("number", after, baseline, line.milliseconds, "muted")
        draw_triangle(
            painter, QPointF(_MARK, top + ROW / 2), 6, theme.color(tone), up=line.side is Side.BUY
        )  # fmt: skip
        ink.right("number", edges.price, baseline, line.price, tone)
        ink.right("number_strong" if line.heavy else "number", edges.size, baseline, line.size, "text")
        ink.right("number", edges.value, baseline, line.value, "second")

    # pointer

    def _point(self, position: QPoint | None) -> None:
        is_over = position is not None and position.y() >= _HEADER
        pointed = None if position is None else self.line_at(position)
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()
        if is_over != self._is_over:
            self._is_over = is_over
            self.hovered.emit(is_over)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point(event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._point(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y()
        steps = int(self._wheel / _NOTCH)
        self._wheel -= steps * _NOTCH
        if steps:
            self.scrolled.emit(-steps * _WHEEL_LINES)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit(self._pointed)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()
