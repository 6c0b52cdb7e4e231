"""What stands in the window until it is built: the surfaces of bars and panels at their default places."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from terminal.ui.layouts import GUTTER, STATUS_BAR_HEIGHT, TITLE_HEIGHT, TOP_BAR_HEIGHT, layout_for, sizes
from terminal.ui.theme import Theme


class Backdrop(QWidget):
    """Painted, not built: the window's first frame waits for nothing.

    `has_bars` tells that it stands for the bars as well; without, it stands for the docks between them.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.has_bars = True
        self.setObjectName("backdrop")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("window"))
        docks = self.rect()
        if self.has_bars:
            painter.fillRect(QRect(0, 0, self.width(), TOP_BAR_HEIGHT), theme.color("panel"))
            foot = QRect(0, self.height() - STATUS_BAR_HEIGHT, self.width(), STATUS_BAR_HEIGHT)
            painter.fillRect(foot, theme.color("title_bar"))
            docks.adjust(0, TOP_BAR_HEIGHT, 0, -STATUS_BAR_HEIGHT)
        layout = layout_for(self.window().width(), self.window().height())
        x = 0
        for column, width in zip(layout, sizes(tuple(c.width for c in layout), self.width()), strict=True):
            y = docks.top() + GUTTER
            heights = sizes(tuple(area.height for area in column.areas), docks.height() - 2 * GUTTER)
            for height in heights:
                painter.fillRect(QRect(x, y, width, height), theme.color("panel"))
                painter.fillRect(QRect(x, y, width, TITLE_HEIGHT - 1), theme.color("title_bar"))
                painter.fillRect(QRect(x, y + TITLE_HEIGHT - 1, width, 1), theme.color("line"))
                y += height + GUTTER
            x += width + GUTTER
        painter.end()
