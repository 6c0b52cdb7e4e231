"""Draws the status bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolTip, QWidget

from terminal.ui.panel import PanelContext
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.status_bar.presenter import Budget, Cell, StatusPresenter
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink

HEIGHT = 22
_GAP = 12
_METER = 36
_NARROW = 1_440


class StatusFigures(QWidget):
    """The labelled figures and the budget meters, in one pass. Each figure keeps the widest room it ever needed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cells: tuple[Cell, ...] = ()
        self._budgets: tuple[Budget, ...] = ()
        self._rooms: dict[str, float] = {}
        self._tips: list[tuple[QRectF, str]] = []
        self.setObjectName("status_figures")
        self.setAccessibleName("Program state")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    def show_state(self, cells: tuple[Cell, ...], budgets: tuple[Budget, ...]) -> None:
        if (cells, budgets) == (self._cells, self._budgets):
            return
        self._cells, self._budgets = cells, budgets
        spoken = [f"{cell.label} {cell.value}".strip() for cell in cells]
        spoken += [f"rate budget {budget.name} {budget.percent}" for budget in budgets]
        self.setAccessibleDescription(", ".join(spoken))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink, theme = Ink(painter, self._theme), self._theme
        line = theme.baseline("small_number_medium", 0, HEIGHT)
        self._tips = []
        x, narrow = 10.0, self.window().width() < _NARROW
        for cell in self._cells:
            start = x
            if cell.label:
                x = ink.left("small", x, line, cell.label, "second") + 5
            ink.left("small_number_medium", x, line, cell.value, cell.token)
            wide = theme.width("small_number_medium", cell.value)
            # figures that grow must not push their neighbours to and fro
            self._rooms[cell.name] = max(self._rooms.get(cell.name, 0.0), wide)
            x += self._rooms[cell.name] + _GAP
            self._tips.append((QRectF(start, 0, x - start, HEIGHT), cell.tooltip))
            painter.fillRect(QRectF(round(x), 5, 1, HEIGHT - 10), theme.color("line"))
            x += _GAP + 1
        if self._budgets:
            x = ink.left("small", x, line, "Rate budget left", "second") + 10
        for budget in self._budgets:
            start = x
            x = ink.left("small_medium", x, line, budget.code, "second") + 6
            self._meter(painter, x, budget)
            x += _METER + 6
            calm = budget.token == "good"
            if not calm or not narrow:
                ink.left("small_number_medium", x, line, budget.percent, "text" if calm else budget.token)
                x += theme.width("small_number_medium", "100 %")
            x += _GAP
            self._tips.append((QRectF(start, 0, x - start, HEIGHT), f"{budget.name}: requests that are left now"))
        painter.end()

    def _meter(self, painter: QPainter, x: float, budget: Budget) -> None:
        top = (HEIGHT - 6) // 2
        painter.fillRect(QRectF(x, top, _METER, 6), self._theme.color("line"))
        painter.fillRect(QRectF(x, top, round(_METER * budget.share), 6), self._theme.color(budget.token))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            tip = next((text for rect, text in self._tips if rect.contains(event.pos())), "")
            QToolTip.showText(event.globalPos(), plain_tooltip(tip), self)
            return True
        return super().event(event)


class StatusBar(QWidget):
    """22 px under the docks. `log_requested` asks for the log panel."""

    log_requested = Signal()
    zone_changed = Signal(bool)

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.presenter = StatusPresenter(context.market, context.desk)
        self.setObjectName("status_bar")
        self.setAccessibleName("Status bar")
        self.setFixedHeight(HEIGHT)
        theme = context.theme
        self._figures = StatusFigures(theme, self)
        self._malformed = QPushButton(self)
        self._malformed.setObjectName("malformed_button")
        self._malformed.setAccessibleName("Messages that could not be used: open the log")
        self._malformed.setProperty("kind", "status")
        self._malformed.clicked.connect(self.log_requested)
        self._malformed.hide()
        self._clock = QPushButton(self)
        self._clock.setObjectName("clock_button")
        self._clock.setAccessibleName("Clock: switch between UTC and local time")
        self._clock.setToolTip("Click to switch between UTC and local time")
        self._clock.setProperty("kind", "status")
        self._clock.clicked.connect(self.toggle_zone)
        for button in (self._malformed, self._clock):
            button.setFont(theme.font("small_number_medium"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._clock.setFixedWidth(round(theme.width("small_number_medium", "30 Nov 2026  00:00:00 local")) + 18)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 2, 0)
        layout.setSpacing(4)
        layout.addWidget(self._figures, 1)
        layout.addWidget(self._malformed)
        layout.addWidget(self._clock)
        context.frame_clock.tick.connect(self.refresh)
        theme.changed.connect(self.update)

    def set_utc(self, utc: bool) -> None:
        self.presenter.utc = utc
        self._show_time(self._context.market.clock())

    def toggle_zone(self) -> None:
        self.set_utc(not self.presenter.utc)
        self.zone_changed.emit(self.presenter.utc)

    def refresh(self, now: int) -> None:
        """Show the state at `now`, Unix ms."""
        presenter = self.presenter
        self._figures.show_state(presenter.cells(now, self._context.frame_clock.lag_ms), presenter.budgets())
        count = presenter.malformed()
        if count:
            self._malformed.setText(f"{count:,} malformed")
            self._malformed.setToolTip(plain_tooltip(presenter.malformed_causes()))
        self._malformed.setVisible(count > 0)
        self._show_time(now)

    def _show_time(self, now: int) -> None:
        self._clock.setText(self.presenter.time(now))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._context.theme.color("title_bar"))
        painter.end()
