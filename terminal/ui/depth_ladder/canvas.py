"""The ladder's rows on screen: paints what changed, and tells which cell the mouse is over."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.gesture import Cell, crosses, side_of
from terminal.ui.depth_ladder.painter import ROW, SPREAD, LadderPainter, well_label_slots
from terminal.ui.depth_ladder.presenter import LadderPresenter
from terminal.ui.depth_ladder.view import Cells, LadderView, changed_cells, well_cell
from terminal.ui.theme.theme import Theme

CLICKABLE = frozenset({Zone.MINE, Zone.BID, Zone.PRICE, Zone.ASK})

_DIMMED = 0.55  # opacity of rows that cannot be trusted
_NOTCH = 120  # angle units of one wheel step
_WHEEL_ROWS = 3


class LadderCanvas(QWidget):
    """Rows of one ladder. Signals carry a `Cell` (None: no cell) and whether Ctrl is held."""

    pointed = Signal(object)
    pressed = Signal(object, bool)
    released = Signal(object, bool)
    repeated = Signal()
    recentred = Signal()
    scrolled = Signal(int)
    regrouped = Signal(int)
    abandoned = Signal(str)
    resized = Signal()

    def __init__(self, presenter: LadderPresenter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._theme = theme
        self._painter = LadderPainter(theme)
        self._view: LadderView | None = None
        self._picture: QPixmap | None = None
        self._message = ""
        self._dim = False
        self._pointer: QPoint | None = None
        self._cell: Cell | None = None
        self._down: Cell | None = None
        self._wheel = 0
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(SPREAD + 4 * ROW)
        self.setObjectName("depthLadderRows")
        self.setAccessibleName("Depth ladder rows")

    # what to show

    @property
    def view(self) -> LadderView | None:
        return self._view

    @property
    def message(self) -> str:
        """What stands where there is no frame."""
        return self._message

    @property
    def cell(self) -> Cell | None:
        """The clickable cell under the pointer."""
        return self._cell

    @property
    def row_count(self) -> int:
        """How many whole rows fit beside the spread row."""
        return max(0, (self.height() - SPREAD) // ROW)

    def show_view(self, view: LadderView | None, *, message: str = "", dim: bool = False) -> None:
        """Show another frame; draws the cells that differ. `message` stands where there is no frame."""
        before, self._view = self._view, view
        if message != self._message or dim != self._dim:
            self._message, self._dim = message, dim
            self.update()
        if before is None or view is None or not _is_same_layout(before, view):
            self._redraw_all()
        elif before is not view:
            self._redraw_changes(before, view)
        self._look_under_pointer()

    def repaint_all(self) -> None:
        """The columns or the theme changed."""
        self._painter = LadderPainter(self._theme)
        self._redraw_all()

    def set_down(self, cell: Cell | None) -> None:
        """Show which cell is held down."""
        if cell != self._down:
            self._down = cell
            self.update()

    # geometry

    def slot_top(self, slot: int) -> int:
        """Return the y of the `slot`-th row."""
        split = self._view.split if self._view is not None else 0
        return self._pad() + slot * ROW + (SPREAD if slot >= split else 0)

    def slot_at(self, y: int) -> int | None:
        """Return the row under `y`; None on the spread row and outside."""
        if self._view is None:
            return None
        rows = len(self._view.rows)
        y -= self._pad()
        split_top = self._view.split * ROW
        if split_top <= y < split_top + SPREAD:
            return None
        slot = (y if y < split_top else y - SPREAD) // ROW
        return slot if 0 <= slot < rows else None

    def cell_at(self, position: QPoint) -> Cell | None:
        """Return the cell at a point, None where there is none."""
        slot = self.slot_at(position.y())
        zone = self._presenter.columns.at(position.x())
        if slot is None or zone is None or self._view is None:
            return None
        row = self._view.rows[slot].row
        price = self._presenter.grid.price(row)
        return Cell(zone, row, price) if price > 0 else None

    def center_of(self, zone: Zone, row: int) -> QPoint | None:
        """Return the middle of a cell, None when the row is out of sight."""
        if self._view is None:
            return None
        for slot, shown in enumerate(self._view.rows):
            if shown.row == row:
                left, width = self._presenter.columns.span(zone)
                return QPoint(left + width // 2, self.slot_top(slot) + ROW // 2)
        return None

    def _pad(self) -> int:
        return max(0, self.height() - SPREAD - self.row_count * ROW) // 2

    def _row_rect(self, slot: int) -> QRect:
        return QRect(0, self.slot_top(slot), self.width(), ROW)

    def _spread_rect(self) -> QRect:
        split = self._view.split if self._view is not None else 0
        return QRect(0, self._pad() + split * ROW, self.width(), SPREAD)

    # drawing: rows are kept in a picture of their own, where only changed cells are drawn again

    def _redraw_all(self) -> None:
        self._picture = None
        self.update()

    def _redraw_changes(self, before: LadderView, view: LadderView) -> None:
        if self._picture is None:
            self.update()
            return
        painter = QPainter(self._picture)
        self._painter.begin(painter, view.prefix)
        columns = self._presenter.columns
        labels = well_label_slots(view)
        labels_moved = labels != well_label_slots(before)
        last = len(view.rows) - 1
        pad, split = self._pad(), view.split
        top, bottom = self.height(), 0
        for slot, (old, new) in enumerate(zip(before.rows, view.rows, strict=True)):
            cells = Cells.ALL if labels_moved and slot in (0, last) else changed_cells(old, new)
            if not cells:
                continue
            y = pad + slot * ROW + (SPREAD if slot >= split else 0)
            self._painter.cells(painter, new, y, columns, cells)
            if slot in labels and cells & well_cell(labels[slot]):
                self._painter.well_label(painter, labels[slot], y, columns)
            top, bottom = min(top, y), max(bottom, y + ROW)
        if before.spread != view.spread:
            rect = self._spread_rect()
            self._painter.spread(painter, view.spread, rect.top(), self.width())
            top, bottom = min(top, rect.top()), max(bottom, rect.bottom() + 1)
        painter.end()
        if bottom > top:
            self.update(0, top, self.width(), bottom - top)

    def _draw_picture(self, view: LadderView) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._painter.panel)
        painter = QPainter(picture)
        self._painter.begin(painter, view.prefix)
        columns = self._presenter.columns
        for slot, row in enumerate(view.rows):
            self._painter.cells(painter, row, self.slot_top(slot), columns, Cells.ALL)
        for slot, half in well_label_slots(view).items():
            self._painter.well_label(painter, half, self.slot_top(slot), columns)
        self._painter.spread(painter, view.spread, self._spread_rect().top(), self.width())
        painter.end()
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        view = self._view
        if view is None:
            painter.fillRect(self.rect(), self._painter.panel)
            self._paint_message(painter)
            return
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatioF() != ratio:
            self._picture = self._draw_picture(view)
        area = event.rect()
        if self._dim:
            painter.fillRect(area, self._painter.panel)
            painter.setOpacity(_DIMMED)
        source = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
        painter.drawPixmap(QRectF(area), self._picture, source)
        painter.setOpacity(1)
        self._paint_hover(painter, view)

    def _paint_hover(self, painter: QPainter, view: LadderView) -> None:
        cell = self._cell
        if cell is None:
            return
        for slot, row in enumerate(view.rows):
            if row.row == cell.row:
                self._painter.hover(
                    painter,
                    cell.zone,
                    self.slot_top(slot),
                    self._presenter.columns,
                    crossing=self.is_crossing(cell),
                    down=cell == self._down,
                )

    def _paint_message(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("text"))
        painter.setPen(self._theme.color("second"))
        box = self.rect().adjusted(16, 0, -16, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)

    def is_crossing(self, cell: Cell) -> bool:
        """Tell whether an order in this cell would trade at once."""
        side = side_of(cell.zone)
        return side is not None and crosses(side, cell.price, *self._presenter.best)

    # pointer

    def _look_under_pointer(self) -> None:
        cell = None if self._pointer is None else self.cell_at(self._pointer)
        if cell is not None and cell.zone not in CLICKABLE:
            cell = None
        if cell != self._cell:
            for changed in (self._cell, cell):
                self._update_row(changed)
            self._cell = cell
            self.pointed.emit(cell)

    def _update_row(self, cell: Cell | None) -> None:
        if cell is None or self._view is None:
            return
        for slot, row in enumerate(self._view.rows):
            if row.row == cell.row:
                self.update(self._row_rect(slot))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer = event.position().toPoint()
        self._look_under_pointer()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._look_under_pointer()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().toPoint()
        self._look_under_pointer()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().toPoint()
        self._look_under_pointer()
        if event.button() is not Qt.MouseButton.LeftButton:
            self.abandoned.emit("Another button was pressed: nothing was sent")
            return
        cell = self.cell_at(self._pointer)
        if cell is not None:
            self.pressed.emit(cell, _has_ctrl(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Qt's default would treat the second press of a double click as a new click, and rest a second order
        if event.button() is Qt.MouseButton.LeftButton:
            self.repeated.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().toPoint()
        if not self.rect().contains(self._pointer):
            self._pointer = None
        self._look_under_pointer()
        if event.button() is Qt.MouseButton.RightButton and self._pointer is not None:
            self.recentred.emit()
        elif event.button() is Qt.MouseButton.LeftButton:
            cell = None if self._pointer is None else self.cell_at(self._pointer)
            self.released.emit(cell, _has_ctrl(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        self._wheel += delta
        steps, self._wheel = int(self._wheel / _NOTCH), self._wheel - int(self._wheel / _NOTCH) * _NOTCH
        if steps:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.regrouped.emit(-steps)
            else:
                self.scrolled.emit(steps * _WHEEL_ROWS)
        event.accept()

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._down is not None:
            self.abandoned.emit("Abandoned: nothing was sent")
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.recentred.emit()
        elif event.key() in _SCROLL_KEYS:
            self.scrolled.emit(_SCROLL_KEYS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.regrouped.emit(1 if event.key() == Qt.Key.Key_Plus else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.abandoned.emit("The ladder lost the focus: nothing was sent")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pointer = None
        self._look_under_pointer()
        self.abandoned.emit("The ladder was hidden: nothing was sent")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._picture = None
        self.resized.emit()


_SCROLL_KEYS = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}


def _is_same_layout(before: LadderView, view: LadderView) -> bool:
    return before.split == view.split and before.prefix == view.prefix and len(before.rows) == len(view.rows)


def _has_ctrl(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
