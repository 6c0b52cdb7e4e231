"""The state cell of the orders tables: word or badge, progress bar, and the note behind it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from terminal.ui import formatting

if TYPE_CHECKING:
    from terminal.ui.orders.presenter import OrderRow
    from terminal.ui.theme import Theme

_LEFT, _GAP = 8, 10
_BAR_WIDTH, _BAR_HEIGHT = 52, 4
_BADGE_HEIGHT, _BADGE_PADDING = 16, 6
_WIDEST_SHARE = "100.0 %"


def paint_state(painter: QPainter, rect: QRectF, row: OrderRow, theme: Theme) -> None:
    """Draw an order's state into its cell."""
    x = rect.left() + _LEFT
    baseline = theme.baseline("text", rect.top(), rect.height())
    if row.is_unknown:
        x = _badge(painter, x, rect, row.state, theme)
    else:
        painter.setFont(theme.font("text"))
        painter.setPen(theme.color(row.state_token))
        painter.drawText(QPointF(x, baseline), row.state)
        x += theme.width("text", row.state) + _GAP
    if row.fraction is not None:
        room = rect.right() - x - theme.width("number", _WIDEST_SHARE)
        # the figure says more than the bar where only one has room
        if room >= _BAR_WIDTH + 8:
            x = _bar(painter, x, rect, row, theme)
        if room >= 0:
            x = _share(painter, x, rect, row.fraction, theme)
    room = rect.right() - 4 - x
    if row.short_note and room > 0:
        note = theme.metrics("small").elidedText(row.short_note, Qt.TextElideMode.ElideRight, room)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("second"))
        painter.drawText(QPointF(x, theme.baseline("small", rect.top(), rect.height())), note)


def _badge(painter: QPainter, x: float, rect: QRectF, text: str, theme: Theme) -> float:
    width = theme.width("badge", text) + 2 * _BADGE_PADDING
    box = QRectF(x - 2, rect.top() + (rect.height() - _BADGE_HEIGHT) / 2, width, _BADGE_HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("warning", 0.22))
    painter.drawRoundedRect(box, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(theme.font("badge"))
    painter.setPen(theme.color("warning"))
    painter.drawText(QPointF(box.left() + _BADGE_PADDING, theme.baseline("badge", rect.top(), rect.height())), text)
    return box.right() + _GAP


def _bar(painter: QPainter, x: float, rect: QRectF, row: OrderRow, theme: Theme) -> float:
    top = rect.top() + (rect.height() - _BAR_HEIGHT) / 2
    painter.fillRect(QRectF(x, top, _BAR_WIDTH, _BAR_HEIGHT), theme.color("line"))
    done = _BAR_WIDTH * min(1.0, float(row.fraction or 0))
    painter.fillRect(QRectF(x, top, done, _BAR_HEIGHT), theme.color(row.side_token or "accent"))
    return x + _BAR_WIDTH + 8


def _share(painter: QPainter, x: float, rect: QRectF, fraction: Decimal, theme: Theme) -> float:
    painter.setFont(theme.font("number"))
    painter.setPen(theme.color("text"))
    baseline = theme.baseline("number", rect.top(), rect.height())
    painter.drawText(QPointF(x, baseline), formatting.percent(fraction, 1, sign=False))
    return x + theme.width("number", _WIDEST_SHARE) + _GAP
