"""Around the ladder's rows: the toolbar with group and imbalance, the column headers, the footer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from terminal.ui.depth_ladder.columns import RIGHT_PADDING, Columns, Zone
from terminal.ui.depth_ladder.hints import Hint, Line
from terminal.ui.depth_ladder.view import Headers
from terminal.ui.theme.drawing import Ink, draw_round_rect, draw_triangle
from terminal.ui.theme.theme import Theme

_TOOLBAR = 28
_HEADER = 20
_FOOTER = 44
_KEY_HEIGHT = 15
_BAR = 3


class GroupStepper(QWidget):
    """How many ticks a row holds, between a minus and a plus button."""

    stepped = Signal(int)
    opened = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setFixedHeight(20)
        self.minus = self._button("minus", "depthLadderFiner", "Finer price groups", -1)
        self.plus = self._button("plus", "depthLadderCoarser", "Coarser price groups", 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.minus)
        layout.addStretch(1)
        layout.addWidget(self.plus)
        self.setMinimumWidth(86)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Choose how the book is grouped")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def set_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            wanted = max(86, round(self._theme.width("number_medium", text)) + 52)
            self.setMinimumWidth(wanted)
            self.setAccessibleDescription(f"Price group {text}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        draw_round_rect(painter, box, 3, fill=self._theme.color("well"), border=self._theme.color("border"))
        painter.setPen(self._theme.color("border"))
        for x in (19, self.width() - 20):
            painter.drawLine(x, 1, x, self.height() - 2)
        Ink(painter, self._theme).center(
            "number_medium", self.width() / 2, self._theme.baseline("number_medium", 0, 20), self._text, "text"
        )

    def restyle(self) -> None:
        self.minus.setIcon(self._theme.icon("minus"))
        self.plus.setIcon(self._theme.icon("plus"))
        self.update()

    def _button(self, icon: str, name: str, words: str, change: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setToolTip(f"{words} (Ctrl+wheel)")
        button.setProperty("kind", "tool")
        button.setIcon(self._theme.icon(icon))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(18, 18)
        button.setStyleSheet("min-width: 16px; min-height: 16px;")
        button.clicked.connect(lambda: self.stepped.emit(change))
        return button


class Toolbar(QWidget):
    """Group stepper, ticks in a row or the FROZEN badge, and the imbalance of the book."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ticks = ""
        self._badge = ""
        self._badge_warns = False
        self._bids: int | None = None
        self.setFixedHeight(_TOOLBAR)
        self.setObjectName("depthLadderToolbar")
        self.stepper = GroupStepper(theme, self)
        label = QLabel("Group", self)
        label.setProperty("kind", "second")
        label.setFont(theme.font("text"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 8, 0)
        layout.setSpacing(6)
        layout.addWidget(label)
        layout.addWidget(self.stepper)
        layout.addStretch(1)

    def show_state(self, group: str, ticks: int, bids: int | None, badge: str, *, warns: bool, step: str = "") -> None:
        """`bids` is the bids' share in percent; `badge` ("FROZEN 3 s") takes the place of the ticks, and so does the
        venue's own price step."""
        self.stepper.set_text(group)
        words = "1 tick" if ticks == 1 else f"{ticks:,} ticks"
        state = (f"venue step {step}" if step else words, bids, badge, warns)
        if state == (self._ticks, self._bids, self._badge, self._badge_warns):
            return
        self._ticks, self._bids, self._badge, self._badge_warns = state
        share = "" if bids is None else f"Bids {bids} % of the visible size, asks {100 - bids} %"
        self.setAccessibleDescription(share)
        self.setToolTip(share)
        self.update()

    @property
    def badge(self) -> str:
        return self._badge

    def restyle(self) -> None:
        self.stepper.restyle()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        width = self.width()
        painter.fillRect(0, _TOOLBAR - 1, width, 1, theme.color("faint"))
        left = self.stepper.geometry().right() + 8
        right = float(width)
        if self._bids is not None:
            right = self._paint_imbalance(painter, ink, self._bids)
        if self._badge:
            self._paint_badge(painter, ink, left)
        elif theme.width("small", self._ticks) + left + 6 <= right:
            ink.left("small", left, theme.baseline("small", 0, _TOOLBAR), self._ticks, "muted")

    def _paint_imbalance(self, painter: QPainter, ink: Ink, bids: int) -> float:
        edge, length = self.width() - 8, 64
        text = f"Bids {bids} %"
        ink.right("small_number", edge, self._theme.baseline("small_number", 2, 16), text, "second")
        part = max(0, min(length, round(length * bids / 100)))
        top = 20
        painter.fillRect(edge - length, top, part, _BAR, self._theme.color("buy_text"))
        painter.fillRect(edge - length + part + 1, top, max(0, length - part - 1), _BAR, self._theme.color("sell_text"))
        return edge - max(length, self._theme.width("small_number", text))

    def _paint_badge(self, painter: QPainter, ink: Ink, left: float) -> None:
        theme = self._theme
        tone = "warning" if self._badge_warns else "second"
        width = theme.width("tiny_number_medium", self._badge) + 10
        box = QRectF(left - 2, 6, width, 16)
        draw_round_rect(painter, box, 3, fill=theme.color(tone, 0.16), border=theme.color(tone))
        ink.left("tiny_number_medium", left + 3, theme.baseline("tiny_number_medium", 6, 16), self._badge, tone)


class HeaderRow(QWidget):
    """Column headers; while the book cannot be trusted, why and since when stands here instead."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._headers = Headers(("Bid",), ("Ask",), ("Σ",))
        self._columns: Columns | None = None
        self._own = (0, 0)
        self._banner = ""
        self.setFixedHeight(_HEADER)
        self.setObjectName("depthLadderHeader")

    @property
    def banner(self) -> str:
        return self._banner

    def show_headers(self, headers: Headers, columns: Columns, own_above: int, own_below: int) -> None:
        state = (headers, columns, (own_above, own_below))
        if state != (self._headers, self._columns, self._own):
            self._headers, self._columns, self._own = state
            self.update()

    def show_banner(self, text: str) -> None:
        """Say why the book cannot be trusted; "" gives the headers back."""
        if text != self._banner:
            self._banner = text
            self.setAccessibleDescription(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(0, _HEADER - 1, self.width(), 1, theme.color("faint"))
        if self._banner:
            painter.fillRect(self.rect(), theme.color("warning", 0.16))
            baseline = theme.baseline("small_medium", 0, _HEADER)
            text = ink.elided("small_medium", self._banner, self.width() - 20)
            ink.left("small_medium", 10, baseline, text, "warning")
            return
        if self._columns is None:
            return
        baseline = theme.baseline("header", 0, _HEADER - 1)
        self._paint_mine(painter, ink, baseline)
        for zone, forms in (
            (Zone.BID, self._headers.bid),
            (Zone.PRICE, ("Price",)),
            (Zone.ASK, self._headers.ask),
            (Zone.SUM, self._headers.sum),
        ):
            left, width = self._columns.span(zone)
            fits = (form for form in forms if theme.width("header", form) <= width - 4)
            ink.right("header", left + width - RIGHT_PADDING, baseline, next(fits, ""), "second")

    def _paint_mine(self, painter: QPainter, ink: Ink, baseline: float) -> None:
        """Own orders out of sight take the place of the word: how many above, how many below."""
        if not any(self._own):
            ink.left("header", 10, baseline, "Mine", "second")
            return
        x = 8.0
        for count, up in zip(self._own, (True, False), strict=True):
            if count:
                draw_triangle(painter, QPointF(x + 3, 9.5), 7, self._theme.color("accent"), up=up)
                x = ink.left("small_number_medium", x + 9, baseline, str(count), "text") + 7


class Footer(QWidget):
    """Two lines: what the mouse does here, or what a click under the pointer would send."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self.setFixedHeight(_FOOTER)
        self.setObjectName("depthLadderFooter")
        self.setAccessibleName("What the mouse does in the ladder")

    @property
    def text(self) -> str:
        """Both lines as plain words."""
        return "\n".join("  ".join(f"{hint.key} {hint.words}".strip() for hint in line) for line in self._lines)

    def show_lines(self, *lines: Line) -> None:
        if lines != self._lines:
            self._lines = lines
            self.setAccessibleDescription(self.text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("title_bar"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        for number, line in enumerate(self._lines[:2]):
            self._paint_line(painter, line, 3 + number * 20)

    def _paint_line(self, painter: QPainter, line: Line, top: int) -> None:
        theme, ink = self._theme, Ink(painter, self._theme)
        widths = [self._width(hint) for hint in line]
        gap = 10.0
        if len(line) > 1:
            gap = max(6.0, min(14.0, (self.width() - 16 - sum(widths)) / (len(line) - 1)))
        x = 8.0
        for hint, width in zip(line, widths, strict=True):
            words_at = x
            if hint.key:
                key_width = theme.width("key", hint.key) + 8
                box = QRectF(round(x), top + 2, key_width, _KEY_HEIGHT)
                draw_round_rect(painter, box, 3, fill=theme.color("raised"), border=theme.color("border"))
                ink.left("key", round(x) + 4, theme.baseline("key", top + 2, _KEY_HEIGHT), hint.key, "text")
                words_at += key_width + 4
            words = ink.elided("small_number", hint.words, self.width() - 6 - words_at)
            ink.left("small_number", words_at, theme.baseline("small_number", top, 19), words, hint.tone)
            x += width + gap

    def _width(self, hint: Hint) -> float:
        words = self._theme.width("small_number", hint.words)
        return words + (self._theme.width("key", hint.key) + 12 if hint.key else 0)


def warning(text: str) -> Line:
    """A line that says why nothing was sent."""
    return (Hint("", text, "warning"),)
