"""Small drawing helpers shared by the panels that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from terminal.ui.theme.theme import Theme


class Ink:
    """Writes text of the theme's font roles with one painter. `color` is a token's name or a colour.

    Text stands on whole pixels, so that columns of figures stay in line; `baseline` comes from `Theme.baseline`.
    """

    __slots__ = ("_painter", "_theme")

    def __init__(self, painter: QPainter, theme: Theme) -> None:
        self._painter = painter
        self._theme = theme

    def left(self, role: str, x: float, baseline: float, text: str, color: str | QColor) -> float:
        """Write `text` from `x` on; returns the x where it ends."""
        self._write(role, x, baseline, text, color)
        return x + self._theme.width(role, text)

    def right(self, role: str, right: float, baseline: float, text: str, color: str | QColor) -> float:
        """Write `text` so that it ends at `right`; returns the x where it starts."""
        x = right - self._theme.width(role, text)
        self._write(role, x, baseline, text, color)
        return x

    def center(self, role: str, center: float, baseline: float, text: str, color: str | QColor) -> None:
        """Write `text` around the x `center`."""
        self._write(role, center - self._theme.width(role, text) / 2, baseline, text, color)

    def split_right(
        self, role: str, right: float, baseline: float, parts: tuple[str, str], colors: tuple[str, str]
    ) -> float:
        """Write a number whose leading part has its own (dimmed) colour; returns the x where it starts."""
        leading, rest = parts
        width = self._theme.width(role, leading + rest)
        x = float(round(right - width))
        if leading:
            self._write(role, x, baseline, leading, colors[0])
        if rest:
            self._write(role, x + width - self._theme.width(role, rest), baseline, rest, colors[1])
        return x

    def elided(self, role: str, text: str, width: float) -> str:
        """Return `text` cut to `width` px with an ellipsis where it does not fit."""
        if self._theme.width(role, text) <= width + 1:
            return text
        return self._theme.metrics(role).elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _write(self, role: str, x: float, baseline: float, text: str, color: str | QColor) -> None:
        painter, theme = self._painter, self._theme
        painter.setFont(theme.font(role))
        painter.setPen(theme.color(color) if isinstance(color, str) else color)
        painter.drawText(QPointF(round(x), baseline), text)


def draw_triangle(painter: QPainter, center: QPointF, size: float, color: QColor, *, up: bool) -> None:
    """Draw a filled triangle `size` px wide that points up or down."""
    half, tall = size / 2, size * 0.8 / 2
    tip = -tall if up else tall
    points = QPolygonF(
        [
            QPointF(center.x() - half, center.y() - tip),
            QPointF(center.x() + half, center.y() - tip),
            QPointF(center.x(), center.y() + tip),
        ]
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    painter.drawPolygon(points)
    painter.restore()


def draw_round_rect(
    painter: QPainter, rect: QRectF, radius: float, *, fill: QColor | None = None, border: QColor | None = None
) -> None:
    """Draw a box with round corners; a border is 1 px wide and lies inside `rect`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QBrush(fill) if fill is not None else QBrush(Qt.BrushStyle.NoBrush))
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(border, 1))
        rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(rect, radius, radius)
    painter.restore()
