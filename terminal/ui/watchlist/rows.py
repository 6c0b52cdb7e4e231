"""Draws the watchlist's rows and gives them to Qt's list view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from terminal.domain import InstrumentId
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink
from terminal.ui.watchlist.presenter import CrossRow, GroupRow, Row, VenueRow

Index = QModelIndex | QPersistentModelIndex

GROUP_HEIGHT, VENUE_HEIGHT, CROSS_HEIGHT, STRIP_HEIGHT = 26, 20, 18, 40
VENUE_LEFT, BID_RIGHT, ASK_RIGHT, AGE_RIGHT = 14, 135, 203, 242
_SPARK_WIDTH, _SPARK_HEIGHT = 40, 16


class RowModel(QAbstractListModel):
    """The rows as Qt wants them; `replace` announces only what changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def replace(self, rows: list[Row]) -> bool:
        """Take new rows; returns whether their places changed (added, removed, another order)."""
        moved = len(rows) != len(self.rows) or any(
            type(new) is not type(old) or _place(new) != _place(old) for new, old in zip(rows, self.rows, strict=True)
        )
        if moved:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return True
        before, self.rows = self.rows, rows
        for number, (new, old) in enumerate(zip(rows, before, strict=True)):
            if new != old:
                index = self.index(number)
                self.dataChanged.emit(index, index)
        return False

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, VenueRow) and row.problem is not None:
            return plain_tooltip(f"{row.venue}: {row.problem}. Last heard {row.age} ago.")
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, GroupRow):
            return plain_tooltip(row.spoken)
        return None


def _place(row: Row) -> object:
    return row.instrument if isinstance(row, VenueRow) else row.pair


def right_shift(width: float) -> float:
    """Return how far the right columns move in a list wider than the usual 250 px."""
    return max(0.0, width - AGE_RIGHT - 8)


def _polyline(spark: Sequence[float]) -> QPolygonF:
    step = _SPARK_WIDTH / (len(spark) - 1)
    return QPolygonF(
        [QPointF(i * step, _SPARK_HEIGHT - 1 - value * (_SPARK_HEIGHT - 2)) for i, value in enumerate(spark)]
    )


class RowDelegate(QStyledItemDelegate):
    """Paints one row a call. `selected` returns the instrument shown in the main panels."""

    def __init__(
        self, theme: Theme, selected: Callable[[], InstrumentId | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._selected = selected
        self.is_strip = False
        self._lines: dict[str, tuple[tuple[float, ...], QPolygonF]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.model().rows[index.row()]  # type: ignore[attr-defined]  # the view shows a RowModel only
        if self.is_strip:
            return QSize(10, STRIP_HEIGHT)
        if isinstance(row, GroupRow):
            return QSize(10, GROUP_HEIGHT)
        return QSize(10, VENUE_HEIGHT if isinstance(row, VenueRow) else CROSS_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.model().rows[index.row()]  # type: ignore[attr-defined]  # the view shows a RowModel only
        rect = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        theme = self._theme
        chosen = self._selected()
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if self.is_strip and isinstance(row, GroupRow):
            is_chosen = chosen is not None and chosen == row.instrument
            self._surface(painter, rect, is_chosen, hovered)
            self._paint_cell(painter, rect, row)
        elif isinstance(row, GroupRow):
            painter.fillRect(rect, theme.color("hover" if hovered else "title_bar"))
            self._paint_group(painter, rect, row)
        elif isinstance(row, VenueRow):
            self._surface(painter, rect, chosen == row.instrument, hovered)
            self._paint_venue(painter, rect, row)
        else:
            self._paint_cross(painter, rect, row)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _surface(self, painter: QPainter, rect: QRectF, chosen: bool, hovered: bool) -> None:
        if chosen:
            painter.fillRect(rect, self._theme.color("selected"))
            painter.fillRect(QRectF(rect.left(), rect.top(), 2, rect.height()), self._theme.color("accent"))
        elif hovered:
            painter.fillRect(rect, self._theme.color("hover"))

    def _paint_group(self, painter: QPainter, rect: QRectF, row: GroupRow) -> None:
        theme, ink = self._theme, Ink(painter, self._theme)
        line = theme.baseline("text", rect.top(), rect.height())
        left, right = rect.left() + 8, rect.left() + AGE_RIGHT + right_shift(rect.width())
        token = row.change_token if row.is_live else "muted"
        x = ink.right("small_number_medium", right, line, row.change, token)
        change_room = theme.width("small_number_medium", "+0.00 %")
        price_right = min(x, right - change_room) - 5
        colors = ("muted", "text") if row.is_live else ("muted", "muted")
        x = ink.split_right("number_medium", price_right, line, row.parts, colors)
        name = ink.elided("title", f"★ {row.pair}" if row.starred else row.pair, x - left - 6)
        end = ink.left("title", left, line, name, "text")
        # in one column for all pairs; a long name pushes it, and without room there is none
        spark_left = max(rect.left() + 79, end + 5)
        if row.spark and spark_left + _SPARK_WIDTH <= x - 4:
            top = rect.top() + (rect.height() - _SPARK_HEIGHT) / 2
            self._spark(painter, QRectF(spark_left, top, _SPARK_WIDTH, _SPARK_HEIGHT), row)

    def _spark(self, painter: QPainter, box: QRectF, row: GroupRow) -> None:
        known = self._lines.get(row.pair)
        # the presenter keeps the same tuple until a candle changes
        if known is None or known[0] is not row.spark:
            known = self._lines[row.pair] = (row.spark, _polyline(row.spark))
        painter.save()
        painter.translate(box.topLeft())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color(row.change_token), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(known[1])
        painter.restore()

    def _paint_venue(self, painter: QPainter, rect: QRectF, row: VenueRow) -> None:
        theme, ink = self._theme, Ink(painter, self._theme)
        line = theme.baseline("small", rect.top(), rect.height())
        shift = right_shift(rect.width())
        bid_right, ask_right, age_right = BID_RIGHT + shift, ASK_RIGHT + shift, AGE_RIGHT + shift
        live = row.problem is None
        number = "text" if live else "muted"
        for text, right, best, token in (
            (row.bid, bid_right, row.best_bid, "buy_text"),
            (row.ask, ask_right, row.best_ask, "sell_text"),
        ):
            if best:
                wide = theme.width("small_number_medium", text)
                mark = QRectF(right - wide - 3, rect.top() + 2, wide + 6, rect.height() - 4)
                painter.fillRect(mark, theme.color(token, theme.tokens.mark_alpha))
            ink.right("small_number_medium", right, line, text, number)
        name_room = bid_right - theme.width("small_number_medium", row.bid) - VENUE_LEFT - 8
        # a name that is cut says less than the venue's code
        fits = theme.width("small", row.venue) <= name_room
        name = row.venue if fits else ink.elided("small", row.code, name_room)
        ink.left("small", rect.left() + VENUE_LEFT, line, name, "second" if live else "muted")
        ink.right("tiny_number", age_right, line, row.age, "second" if live else "warning")

    def _paint_cross(self, painter: QPainter, rect: QRectF, row: CrossRow) -> None:
        theme, ink = self._theme, Ink(painter, self._theme)
        line = theme.baseline("small", rect.top(), rect.height()) - 1
        right = rect.left() + ASK_RIGHT + right_shift(rect.width())
        x = ink.right("small_number_medium", right, line, row.value, "second")
        label = ink.elided("small", row.label, x - VENUE_LEFT - 4)
        ink.left("small", rect.left() + VENUE_LEFT, line, label, "second")

    def _paint_cell(self, painter: QPainter, rect: QRectF, row: GroupRow) -> None:
        ink = Ink(painter, self._theme)
        center = rect.center().x()
        name = ink.elided("text_strong", row.base, rect.width() - 6)
        token = row.change_token if row.is_live else "muted"
        if row.quote:
            ink.center("text_strong", center, rect.top() + 13, name, "text")
            ink.center("tiny", center, rect.top() + 24, ink.elided("tiny", f"/{row.quote}", rect.width()), "second")
            ink.center("tiny_number_medium", center, rect.top() + 36, row.short_change, token)
        else:
            ink.center("text_strong", center, rect.top() + 17, name, "text")
            ink.center("small_number_medium", center, rect.top() + 31, row.short_change, token)
