"""The painted figures of the top bar: last price, day's statistics, equity. None of them takes input."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_triangle
from terminal.ui.top_bar.presenter import PriceView, Stat

BAR_HEIGHT = 40
_LABEL_LINE = 16
_VALUE_LINE = 31
_STAT_GAP = 16


class _Figures(QWidget):
    """Keeps the widest width it needed since `reset`, so that nothing beside it moves with each price."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._room = 0
        self.setObjectName(name)
        self.setFixedHeight(BAR_HEIGHT)
        theme.changed.connect(self.update)

    def reset(self) -> None:
        self._room = 0

    def _need(self, width: float) -> None:
        if width > self._room:
            self._room = round(width)
            self.setFixedWidth(self._room)

    def sizeHint(self) -> QSize:
        return QSize(self._room, BAR_HEIGHT)


class PriceFigures(_Figures):
    """The last price (20 px, unchanged leading digits dimmed), its direction and the day's change."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "last_price", parent)
        self._view = PriceView()
        self.setAccessibleName("Last price")

    def show_price(self, view: PriceView) -> None:
        if view == self._view:
            return
        self._view = view
        theme = self._theme
        self._need(18 + theme.width("price", view.text) + 12 + theme.width("ticket", view.change) + 6)
        note = "" if view.problem is None else f", not live: {view.problem}"
        self.setAccessibleDescription(f"{view.text}, {view.change} in 24 hours{note}")
        self.setToolTip("" if view.problem is None else plain_tooltip(f"Not live: {view.problem}"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        view, theme = self._view, self._theme
        painter = QPainter(self)
        ink = Ink(painter, theme)
        line = theme.baseline("price", 0, BAR_HEIGHT)
        if view.direction:
            color = theme.color("buy_text" if view.direction > 0 else "sell_text")
            draw_triangle(painter, QPointF(7, BAR_HEIGHT / 2), 10, color, up=view.direction > 0)
        leading, rest = view.parts
        x = ink.left("price", 18, line, leading, "muted") if leading else 18.0
        x = ink.left("price", x, line, rest, "text" if view.problem is None else "muted")
        ink.left("ticket", x + 12, line, view.change, view.change_token if view.problem is None else "muted")
        painter.end()


class StatFigures(_Figures):
    """Two-line figures side by side: a 10 px label over a 12 px value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "day_figures", parent)
        self._stats: tuple[Stat, ...] = ()
        self._narrow = False
        self._rooms: dict[str, float] = {}
        self.setAccessibleName("Day")

    def reset(self) -> None:
        super().reset()
        self._rooms.clear()

    def set_narrow(self, narrow: bool) -> None:
        """Leave out what room is short for: the volume, and the spread in basis points."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.reset()
            self._lay_out()

    def show_stats(self, stats: tuple[Stat, ...]) -> None:
        if stats != self._stats:
            self._stats = stats
            self.setAccessibleDescription(
                ", ".join(f"{stat.label} {stat.value} {stat.more}".rstrip() for stat in stats)
            )
            self._lay_out()

    def _shown(self) -> list[tuple[Stat, str]]:
        shown = [stat for stat in self._stats if not self._narrow or stat.name != "volume"]
        return [(stat, stat.value if self._narrow else f"{stat.value}  {stat.more}".rstrip()) for stat in shown]

    def _lay_out(self) -> None:
        theme = self._theme
        for stat, value in self._shown():
            wide = max(theme.width("tiny", stat.label), theme.width("number_medium", value))
            self._rooms[stat.name] = max(self._rooms.get(stat.name, 0.0), wide)
        self._need(sum(self._rooms.values()) + _STAT_GAP * len(self._rooms))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = Ink(painter, self._theme)
        x = 0.0
        for stat, value in self._shown():
            ink.left("tiny", x, _LABEL_LINE, stat.label, "second")
            ink.left("number_medium", x, _VALUE_LINE, value, "text")
            x += self._rooms.get(stat.name, 0.0) + _STAT_GAP
        painter.end()


class EquityFigure(_Figures):
    """Total equity, right aligned."""

    def __init__(self, theme: Theme, currency: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "equity", parent)
        self._label = f"Equity, {currency}"
        self._value = ""
        self._problem: str | None = None
        self.setAccessibleName(self._label)

    def show_value(self, value: str, unvalued: list[str], problem: str | None) -> None:
        """Show the total; dimmed, with the reason as tooltip, while it is only as last known."""
        tips = [f"Without {', '.join(unvalued)}: no price is known"] if unvalued else []
        if problem is not None:
            tips.append(f"As last known: {problem}")
        tip = "\n".join(tips)
        if problem != self._problem:
            self._problem = problem
            self.update()
        if tip != self.toolTip():
            self.setToolTip(plain_tooltip(tip))
        if value != self._value:
            self._value = value
            self.setAccessibleDescription(value)
            wide = max(self._theme.width("tiny", self._label), self._theme.width("total", value))
            self._need(wide + 2)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = Ink(painter, self._theme)
        ink.right("tiny", self.width() - 1, _LABEL_LINE, self._label, "second")
        ink.right("total", self.width() - 1, _VALUE_LINE + 1, self._value, "text" if self._problem is None else "muted")
        painter.end()


class Separator(QWidget):
    """A thin upright line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(1, 20)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("line"))
        painter.end()
