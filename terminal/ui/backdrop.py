"""What stands in the window until the docks are there: the panels' surfaces at their default places."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from terminal.ui.layouts import GUTTER, TITLE_HEIGHT, layout_for, sizes
from terminal.ui.theme import Theme


class Backdrop(QWidget):
    """Painted, not built: the window's first frame must not wait for the docks. `painted` tells that it is done."""

    painted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("backdrop")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("window"))
        layout = layout_for(self.window().width(), self.window().height())
        x = 0
        for column, width in zip(layout, sizes(tuple(c.width for c in layout), self.width()), strict=True):
            y = GUTTER
            heights = sizes(tuple(area.height for area in column.areas), self.height() - 2 * GUTTER)
            for height in heights:
                painter.fillRect(QRect(x, y, width, height), theme.color("panel"))
                painter.fillRect(QRect(x, y, width, TITLE_HEIGHT - 1), theme.color("title_bar"))
                painter.fillRect(QRect(x, y + TITLE_HEIGHT - 1, width, 1), theme.color("line"))
                y += height + GUTTER
            x += width + GUTTER
        painter.end()
        self.painted.emit()
