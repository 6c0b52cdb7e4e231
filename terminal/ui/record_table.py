"""The table of every live list: rows updated in place, sorted by value, painted by the table itself.

A QTableView gives keyboard, selection and accessibility; its cells are painted in one pass over the visible rows,
which costs about a third of a delegate call per cell.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from terminal.ui.record_header import RecordHeader
from terminal.ui.record_model import Align, Column, RecordModel, sort_records
from terminal.ui.record_painter import CELL_LEFT, CELL_RIGHT, needed_width, paint_cell, paint_empty, paint_surface
from terminal.ui.theme import Theme

__all__ = ["CELL_LEFT", "CELL_RIGHT", "Align", "Column", "RecordTable"]

R = TypeVar("R")

HEADER_HEIGHT = 20
SPARE_WIDTH = 8


class RecordTable(QTableView, Generic[R]):
    """A list of records of type R.

    `key` names a record through updates: the selection stays on it. `row_height` is 20 (compact) or 24.
    `set_rows` replaces what is shown and repaints only rows whose text or colour changed. `row_mark` returns a
    token's name to tint a whole row and mark its left edge, or None.

    Signals: `row_selected` (record or None), `row_activated` (record: double click or Enter), `cell_clicked`
    (record, column key) for columns marked clickable, `menu_opening` (QMenu, record or None) to add entries.
    """

    row_selected = Signal(object)
    row_activated = Signal(object)
    cell_clicked = Signal(object, str)
    menu_opening = Signal(object, object)

    def __init__(
        self,
        theme: Theme,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Hashable],
        name: str,
        title: str,
        row_height: int = 20,
        empty_text: str = "",
        row_mark: Callable[[R], str | None] | None = None,
        multi_select: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns = tuple(columns)
        self._key = key
        self._row_height = row_height
        self._empty_text = empty_text
        self._row_mark = row_mark
        self._source: Sequence[R] = ()
        self._sort_column: int | None = None
        self._sort_descending = True
        self._painted: dict[int, tuple[object, ...]] = {}
        self._hovered = -1
        self._pressed: tuple[int, int] | None = None
        self._model: RecordModel[R] = RecordModel(self._columns, self)
        self.setModel(self._model)
        self._set_up(name, title, multi_select)
        theme.changed.connect(self._repaint)

    # records

    @property
    def rows(self) -> Sequence[R]:
        """The records in the order shown."""
        return self._model.rows

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show these records; the given order holds until the user sorts by a column."""
        self._source = rows
        self._show(self._sorted(rows))

    def selected(self) -> R | None:
        """Return the selected record (the current one of several)."""
        index = self.currentIndex()
        if not index.isValid() or not self.selectionModel().isRowSelected(index.row()):
            return None
        return self._model.rows[index.row()]

    def selected_rows(self) -> list[R]:
        """Return every selected record in the order shown."""
        return [self._model.rows[row] for row in sorted(i.row() for i in self.selectionModel().selectedRows())]

    def row_at(self, position: QPoint) -> R | None:
        """Return the record under a position of the viewport."""
        row = self.rowAt(position.y())
        return self._model.rows[row] if 0 <= row < len(self._model.rows) else None

    def set_empty_text(self, text: str) -> None:
        if text != self._empty_text:
            self._empty_text = text
            self._repaint()

    def set_row_height(self, height: int) -> None:
        self._row_height = height
        self.verticalHeader().setDefaultSectionSize(height)
        self._repaint()

    def set_column_width(self, key: str, width: int) -> None:
        """Give a column another fixed width (the widest value of an instrument)."""
        for index, column in enumerate(self._columns):
            if column.key == key:
                self.setColumnWidth(index, width)
        self._stretch()

    def set_column_title(self, key: str, title: str) -> None:
        """Rename a column: its unit changed."""
        self._model.set_title(key, title)
        self.horizontalHeader().viewport().update()

    def sort_by(self, key: str | None, *, descending: bool = True) -> None:
        """Sort by a column's value, or keep the given order with None."""
        keys = [column.key for column in self._columns]
        self._sort_column = None if key is None else keys.index(key)
        self._sort_descending = descending
        self.horizontalHeader().viewport().update()
        self._show(self._sorted(self._source))

    def copy_selection(self) -> None:
        """Put the selected rows on the clipboard: tab separated, every digit, with a header line."""
        rows = self.selected_rows()
        if rows:
            QGuiApplication.clipboard().setText(self._model.as_text(rows))

    # set-up and order

    def _set_up(self, name: str, title: str, multi_select: bool) -> None:
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFont(self._theme.font("text"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if multi_select else mode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        header = RecordHeader(self._theme, self, self.sort_state)
        header.setObjectName(f"{name}_header")
        header.setAccessibleName(f"{title} columns")
        self.setHorizontalHeader(header)
        header.setSectionsClickable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(8)
        header.setFixedHeight(HEADER_HEIGHT)
        header.sectionClicked.connect(self._header_clicked)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(8)
        vertical.setDefaultSectionSize(self._row_height)
        for index, column in enumerate(self._columns):
            self.setColumnWidth(index, column.width)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.verticalScrollBar().valueChanged.connect(self._grow_columns)

    def sort_state(self) -> tuple[int | None, bool]:
        """Return the sorted column's index (None: the given order) and whether it descends."""
        return self._sort_column, self._sort_descending

    def _header_clicked(self, index: int) -> None:
        column = self._columns[index]
        if column.sort_key is None:
            return
        if self._sort_column != index:
            self.sort_by(column.key, descending=True)
        elif self._sort_descending:
            self.sort_by(column.key, descending=False)
        else:
            self.sort_by(None)

    def _sorted(self, rows: Sequence[R]) -> Sequence[R]:
        sort_key = None if self._sort_column is None else self._columns[self._sort_column].sort_key
        return rows if sort_key is None else sort_records(rows, sort_key, descending=self._sort_descending)

    def _show(self, rows: Sequence[R]) -> None:
        selected = {self._key(row) for row in self.selected_rows()}
        count_changed = self._model.replace(rows)
        if selected:
            self._select(selected)
        self._grow_columns()
        if count_changed:
            self.viewport().update()
            return
        first, last = self._visible_rows(self.viewport().rect())
        for row in range(first, last + 1):
            self._update_changed(row)

    def _update_changed(self, row: int) -> None:
        """Have repainted what changed of a row: single cells, or all of it where its mark did."""
        painted, look = self._painted.get(row), self._look(row)
        if painted is None or painted[0] != look[0]:
            self.viewport().update(self._row_rect(row))
        elif painted != look:
            rect = self._row_rect(row)
            for index, (before, now) in enumerate(zip(painted[1:], look[1:], strict=True)):
                if before != now:
                    left, width = self.columnViewportPosition(index), self.columnWidth(index)
                    self.viewport().update(left, rect.top(), width, rect.height())

    def _select(self, keys: set[Hashable]) -> None:
        model = self.selectionModel()
        wanted = [index for index, row in enumerate(self._model.rows) if self._key(row) in keys]
        if [index.row() for index in model.selectedRows()] == wanted:
            return
        flags = QItemSelectionModel.SelectionFlag
        model.blockSignals(True)
        model.clearSelection()
        for row in wanted:
            model.select(self._model.index(row, 0), flags.Select | flags.Rows)
        if wanted:
            model.setCurrentIndex(self._model.index(wanted[0], 0), flags.NoUpdate)
        model.blockSignals(False)
        if not wanted:
            self.row_selected.emit(None)
        self.viewport().update()

    def _selection_changed(self) -> None:
        self.viewport().update()
        self.row_selected.emit(self.selected())

    # geometry

    def _visible_rows(self, rect: QRect) -> tuple[int, int]:
        offset, count = self.verticalOffset(), len(self._model.rows)
        first = max(0, (rect.top() + offset) // self._row_height)
        last = min(count - 1, (rect.bottom() + offset) // self._row_height)
        return first, last

    def _row_rect(self, row: int) -> QRect:
        top = row * self._row_height - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self._row_height)

    def _stretch(self) -> None:
        index = next((i for i, column in enumerate(self._columns) if column.stretch), None)
        if index is None:
            return
        least = self._columns[index].width
        others = sum(self.columnWidth(i) for i in range(len(self._columns)) if i != index)
        room = self.viewport().width() - others
        # the upright scroll bar takes its few pixels from this column: a second bar for them would help nobody
        self.setColumnWidth(index, room if room >= least - SPARE_WIDTH else least)

    def _grow_columns(self) -> None:
        """Make room for the longest visible texts; room once given is kept, so that columns hold still."""
        first, last = self._visible_rows(self.viewport().rect())
        rows = self._model.rows[first : last + 1]
        for index, column in enumerate(self._columns):
            if column.grows:
                self.setColumnWidth(index, max(self.columnWidth(index), needed_width(self._theme, column, rows)))
        self._stretch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch()

    # painting

    def _repaint(self) -> None:
        self._painted.clear()
        self.viewport().update()
        self.horizontalHeader().viewport().update()

    def _look(self, row: int) -> tuple[object, ...]:
        record = self._model.rows[row]
        mark = None if self._row_mark is None else self._row_mark(record)
        return (mark, *(column.look(record) for column in self._columns))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("panel"))
        if not self._model.rows:
            paint_empty(painter, self._theme, self.viewport().rect(), self._empty_text)
            painter.end()
            return
        region = event.region()
        first, last = self._visible_rows(event.rect())
        spans = [(self.columnViewportPosition(i), self.columnWidth(i), c) for i, c in enumerate(self._columns)]
        if len(self._painted) > 4 * (last - first + 1) + 256:
            self._painted.clear()
        for row in range(first, last + 1):
            rect = self._row_rect(row)
            # the rectangle around two changed rows holds all that lie between
            if region.intersects(rect):
                self._paint_under(painter, row, rect)
                for left, width, column in spans:
                    cell = QRect(left, rect.top(), width, rect.height())
                    if region.intersects(cell):
                        paint_cell(painter, self._theme, cell, column, self._model.rows[row])
        painter.end()

    def _paint_under(self, painter: QPainter, row: int, rect: QRect) -> None:
        record = self._model.rows[row]
        self._painted[row] = self._look(row)
        mark = None if self._row_mark is None else self._row_mark(record)
        selected = self.selectionModel().isRowSelected(row)
        focused, hovered = self.hasFocus(), row == self._hovered
        paint_surface(painter, self._theme, rect, mark, selected=selected, focused=focused, hovered=hovered)

    # mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        position = event.position().toPoint()
        self._hover(self.rowAt(position.y()))
        column = self.columnAt(position.x())
        clickable = column >= 0 and self._columns[column].clickable and self.rowAt(position.y()) >= 0
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            for changed in (self._hovered, row):
                if changed >= 0:
                    self.viewport().update(self._row_rect(changed))
            self._hovered = row

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        self._pressed = (self.rowAt(position.y()), self.columnAt(position.x()))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        position = event.position().toPoint()
        released = (self.rowAt(position.y()), self.columnAt(position.x()))
        pressed, self._pressed = self._pressed, None
        if event.button() is not Qt.MouseButton.LeftButton or released != pressed or min(released) < 0:
            return
        column = self._columns[released[1]]
        if column.clickable:
            self.cell_clicked.emit(self._model.rows[released[0]], column.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        record = self.row_at(event.position().toPoint())
        if record is not None:
            self.row_activated.emit(record)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected() is not None:
            self.row_activated.emit(self.selected())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        record = self.row_at(event.pos())
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if record is not None:
            column = self._columns[max(0, self.columnAt(event.pos().x()))]
            value = column.copied(record)
            if value:
                copy_cell = menu.addAction(f"Copy {value[:40]}")
                copy_cell.triggered.connect(lambda: QGuiApplication.clipboard().setText(value))
            copy_rows = menu.addAction("Copy row" if len(self.selected_rows()) < 2 else "Copy rows")
            copy_rows.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
            copy_rows.triggered.connect(self.copy_selection)
        self.menu_opening.emit(menu, record)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(event.globalPos())
