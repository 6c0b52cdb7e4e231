"""Text laid out once and drawn often: laying out costs ten times more than drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QStaticText

from terminal.ui.theme import Theme

_MOST = 1_024


class Texts:
    """Draws short plain texts in the theme's font roles. Positions are whole px, so that figures stay crisp."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._laid_out: dict[tuple[str, str], QStaticText] = {}
        self._widths: dict[tuple[str, str], float] = {}

    def width(self, role: str, text: str) -> float:
        width = self._widths.get((role, text))
        if width is None:
            if len(self._widths) >= _MOST:
                self._widths.clear()
            width = self._widths[role, text] = self._theme.width(role, text)
        return width

    def draw(self, painter: QPainter, role: str, at: tuple[float, float], text: str, colour: QColor) -> float:
        """Draw `text` from `at`, its left end and its baseline; returns the x where it ends."""
        x, baseline = at
        static = self._laid_out.get((role, text))
        font = self._theme.font(role)
        if static is None:
            if len(self._laid_out) >= _MOST:
                self._laid_out.clear()
            static = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            static.prepare(font=font)
            self._laid_out[role, text] = static
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawStaticText(QPointF(round(x), round(baseline - self._theme.metrics(role).ascent())), static)
        return x + self.width(role, text)

    def draw_centred(self, painter: QPainter, role: str, at: tuple[float, float], text: str, colour: QColor) -> None:
        """Draw `text` around `at`, its middle and its baseline."""
        self.draw(painter, role, (at[0] - self.width(role, text) / 2, at[1]), text, colour)

    def clear(self) -> None:
        self._laid_out.clear()
        self._widths.clear()
