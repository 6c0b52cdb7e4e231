"""The red frame that says real money is at stake."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from terminal.ui.theme import Theme

_WIDTH = 2


class LiveFrame(QWidget):
    """A red frame around the window while real money is at stake."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self.setObjectName("live_frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_live(self, live: bool) -> None:
        if live == self.isVisible():
            return
        self.setVisible(live)
        self.fit()

    def fit(self) -> None:
        """Follow the window's size; only the frame itself covers what lies below."""
        rect = self._window.rect()
        self.setGeometry(rect)
        inner = rect.adjusted(_WIDTH, _WIDTH, -_WIDTH, -_WIDTH)
        self.setMask(QRegion(rect).subtracted(QRegion(inner)))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("danger_fill"))
        painter.end()
