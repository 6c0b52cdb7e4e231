"""The column titles of a record table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from terminal.ui.record_painter import CELL_LEFT, CELL_RIGHT
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import draw_triangle

SortState = Callable[[], tuple[int | None, bool]]
"""Returns the sorted column's index (None: the given order) and whether it descends."""


class RecordHeader(QHeaderView):
    """Column titles: 11 px second text, a small triangle beside the sorted one."""

    def __init__(self, theme: Theme, table: QTableView, sort_state: SortState) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._theme = theme
        self._table = table
        self._sort_state = sort_state
        self.setFont(theme.font("header"))

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:  # noqa: N802 - Qt's name
        theme = self._theme
        painter.fillRect(rect, theme.color("panel"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("faint"))
        model = self._table.model()
        title = str(model.headerData(index, Qt.Orientation.Horizontal) or "")
        if not title:
            return
        sorted_by, descending = self._sort_state()
        is_right = bool(model.headerData(index, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole))
        wide = theme.width("header", title)
        baseline = theme.baseline("header", rect.top(), rect.height())
        x = rect.right() + 1 - CELL_RIGHT - wide if is_right else rect.left() + CELL_LEFT
        painter.setFont(theme.font("header"))
        painter.setPen(theme.color("text" if index == sorted_by else "second"))
        painter.drawText(QPoint(round(x), baseline), title)
        if index == sorted_by:
            center = (
                QRectF(x - 9, rect.top(), 7, rect.height())
                if is_right
                else QRectF(x + wide + 3, rect.top(), 7, rect.height())
            )
            draw_triangle(painter, center.center(), 6, theme.color("text"), up=not descending)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("panel"))
        painter.end()
        super().paintEvent(event)
