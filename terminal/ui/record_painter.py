"""Paints the rows and cells of a record table."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from terminal.ui.record_model import Align, Column
from terminal.ui.theme import Theme

R = TypeVar("R")

CELL_RIGHT = 6
CELL_LEFT = 8


def needed_width(theme: Theme, column: Column[R], records: Sequence[R]) -> int:
    """Return the px that the longest text of these records needs in a column, with its padding."""
    widest = max((theme.width(column.role, column.text(record)) for record in records), default=0.0)
    return ceil(widest) + CELL_LEFT + CELL_RIGHT


def paint_surface(
    painter: QPainter, theme: Theme, row: QRect, mark: str | None, *, selected: bool, focused: bool, hovered: bool
) -> None:
    """Paint what lies under a row's cells. `mark` is the token that tints the whole row, or None."""
    edge = QRect(row.left(), row.top(), 2, row.height())
    if selected:
        painter.fillRect(row, theme.color("selected"))
        if focused:
            painter.fillRect(edge, theme.color("accent"))
    elif mark is not None:
        painter.fillRect(row, theme.color(mark, 0.10))
    elif hovered:
        painter.fillRect(row, theme.color("hover"))
    if mark is not None:
        painter.fillRect(edge, theme.color(mark))


def paint_cell(painter: QPainter, theme: Theme, cell: QRect, column: Column[R], record: R) -> None:
    """Paint the record's text or icon in a column, or let the column paint itself."""
    if column.paint is not None:
        column.paint(painter, QRectF(cell), record, theme)
        return
    text, color = column.look(record)
    if column.icon is not None:
        _paint_icon(painter, theme, cell, column.icon(record), color or "second")
    elif text:
        painter.setPen(theme.color(color or "text"))
        _paint_text(painter, theme, cell, column, text)


def _paint_text(painter: QPainter, theme: Theme, cell: QRect, column: Column[R], text: str) -> None:
    role = column.role
    wide = theme.width(role, text)
    room = cell.width() - CELL_RIGHT - (CELL_LEFT if column.align is Align.LEFT else 0)
    if wide > room + 1:
        text = theme.metrics(role).elidedText(text, Qt.TextElideMode.ElideRight, room)
        wide = theme.width(role, text)
    if column.align is Align.RIGHT:
        x = cell.right() + 1 - CELL_RIGHT - wide
    elif column.align is Align.LEFT:
        x = cell.left() + CELL_LEFT
    else:
        x = cell.left() + (cell.width() - wide) / 2
    painter.setFont(theme.font(role))
    painter.drawText(QPoint(round(x), theme.baseline(role, cell.top(), cell.height())), text)


def _paint_icon(painter: QPainter, theme: Theme, cell: QRect, name: str | None, color: str) -> None:
    if name is None:
        return
    size = min(14, cell.height() - 4)
    pixmap = theme.pixmap(name, color, size, painter.device().devicePixelRatioF())
    painter.drawPixmap(cell.center() - QPoint(size // 2 - 1, size // 2 - 1), pixmap)


def paint_empty(painter: QPainter, theme: Theme, rect: QRect, text: str) -> None:
    """Paint what an empty table teaches, centred."""
    painter.setFont(theme.font("text"))
    painter.setPen(theme.color("second"))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(rect.adjusted(16, 8, -16, -8), int(flags), text)
