"""What a record table shows: its columns, and the Qt model that keyboard, selection and screen readers use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter

from terminal.ui.plain_text import plain_tooltip

if TYPE_CHECKING:
    from terminal.ui.theme import Theme

R = TypeVar("R")

Index = QModelIndex | QPersistentModelIndex


class Align(Enum):
    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


@dataclass(frozen=True, kw_only=True)
class Column(Generic[R]):
    """One column. Functions take a record; `color` and `icon` return names of a theme token and of an icon.

    `width` is fixed in px, with `grows` it is the least and follows the longest text seen; the one column with
    `stretch` takes the rest and is at least that wide. `sort_key` None
    makes the column unsortable, a sort value None stays at the end. `copy` gives the full precision for the clipboard
    (the shown text by default). `paint` draws the whole cell itself; then `text` still serves copying and screen
    readers, and must change whenever the drawing does. `role` is a font role of the theme.
    """

    key: str
    title: str
    width: int
    text: Callable[[R], str]
    align: Align = Align.LEFT
    role: str = "text"
    color: Callable[[R], str | None] | None = None
    sort_key: Callable[[R], Any] | None = None
    tooltip: Callable[[R], str] | None = None
    copy: Callable[[R], str] | None = None
    paint: Callable[[QPainter, QRectF, R, Theme], None] | None = None
    icon: Callable[[R], str | None] | None = None
    clickable: bool = False
    stretch: bool = False
    grows: bool = False

    def look(self, record: R) -> tuple[str, str | None]:
        """Return the cell's text and colour: what decides whether it must be painted again."""
        return self.text(record), None if self.color is None else self.color(record)

    def copied(self, record: R) -> str:
        return self.text(record) if self.copy is None else self.copy(record)


def sort_records(rows: Sequence[R], sort_key: Callable[[R], Any], *, descending: bool) -> list[R]:
    """Return the records by value; those without one stay at the end in both directions."""
    known, unknown = [], []
    for row in rows:
        value = sort_key(row)
        if value is None:
            unknown.append(row)
        else:
            known.append((value, row))
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in known] + unknown


class RecordModel(QAbstractTableModel, Generic[R]):
    """The records in the order shown."""

    def __init__(self, columns: Sequence[Column[R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._titles = {column.key: column.title for column in columns}
        self.rows: Sequence[R] = ()

    def replace(self, rows: Sequence[R]) -> bool:
        """Take other records; returns whether their number changed. The view repaints, cells are not announced."""
        before, after = len(self.rows), len(rows)
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            self.rows = rows
            self.endInsertRows()
        elif after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            self.rows = rows
            self.endRemoveRows()
        else:
            self.rows = rows
        return before != after

    def as_text(self, rows: Sequence[R]) -> str:
        """Return records for the clipboard: tab separated, every digit, under a line of titles."""
        shown = [column for column in self._columns if column.title]
        lines = ["\t".join(self._titles[column.key] for column in shown)]
        lines += ["\t".join(column.copied(row) for column in shown) for row in rows]
        return "\n".join(lines)

    def title(self, column: Column[R]) -> str:
        return self._titles[column.key]

    def set_title(self, key: str, title: str) -> None:
        self._titles[key] = title

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        column, record = self._columns[index.column()], self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(record)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(column.text(record) if column.tooltip is None else column.tooltip(record))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._titles[column.key]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.align is Align.RIGHT
        return None
