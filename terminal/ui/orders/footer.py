"""The line of totals under the working orders."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from terminal.ui.orders.presenter import Summary
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink

HEIGHT = 24
_LEFT, _WORD_GAP, _GAP = 8, 5, 16


class OrdersFooter(QWidget):
    """Labels in second text, figures in plain text; unknown orders stand out. Empty without orders."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: tuple[tuple[str, str, str], ...] = ()
        self.setObjectName("orders_footer")
        self.setAccessibleName("Totals of the working orders")
        self.setFixedHeight(HEIGHT)
        theme.changed.connect(self.update)

    def show_summary(self, summary: Summary | None) -> None:
        """Show these totals; None for no orders at all."""
        parts = () if summary is None else _parts(summary)
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleDescription(", ".join(f"{label} {value}" for label, value, _ in parts))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        if self._parts:
            painter.fillRect(0, 0, self.width(), 1, theme.color("faint"))
        line = theme.baseline("small", 1, HEIGHT - 1)
        x: float = _LEFT
        for label, value, token in self._parts:
            x = ink.left("small", x, line, label, "second") + _WORD_GAP
            x = ink.left("small_number_strong", x, line, value, token) + _GAP
        painter.end()


def _parts(summary: Summary) -> tuple[tuple[str, str, str], ...]:
    parts = [("Working", str(summary.working), "text")]
    if summary.unknown:
        parts.append(("Unknown", str(summary.unknown), "warning"))
    parts += [("Venues", str(summary.venues), "text"), ("Locked", summary.locked, "text")]
    if summary.polled:
        parts.append(("Polled", summary.polled, "second"))
    return tuple(parts)
