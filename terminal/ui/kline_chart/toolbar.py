"""The chart's toolbar: intervals, chart kind, indicators, scale switches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from terminal.domain import INTERVALS
from terminal.ui.kline_chart.scene_state import ChartKind
from terminal.ui.kline_chart.studies import STUDIES
from terminal.ui.theme import Theme

HEIGHT = 28
BUTTON_INTERVALS = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")

_INTERVAL_WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month"}
_KIND_WORDS = {
    ChartKind.CANDLES: ("Candles", "chart-candlestick"),
    ChartKind.HOLLOW: ("Hollow candles", "chart-candlestick"),
    ChartKind.LINE: ("Line", "chart-line"),
}
# narrower than the program's buttons: seven intervals and two menus share a row with the scale switches
_STYLE = "QToolButton { padding: 0 5px; min-height: 20px; border-radius: 3px; }"


def interval_words(interval: str) -> str:
    """Return an interval as people say it: "15 minutes"."""
    count, unit = interval[:-1], _INTERVAL_WORDS[interval[-1]]
    return f"{count} {unit}" + ("" if count == "1" else "s")


class Toolbar(QWidget):
    """Emits what the hand chose; shows what `set_...` says."""

    interval_chosen = Signal(str)
    kind_chosen = Signal(object)
    studies_chosen = Signal(object)
    log_switched = Signal(bool)
    percent_switched = Signal(bool)
    auto_switched = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._offered: tuple[str, ...] = INTERVALS
        self._interval = BUTTON_INTERVALS[0]
        self._kind = ChartKind.CANDLES
        self.setFixedHeight(HEIGHT)
        self.setObjectName("klineChartToolbar")
        self.setAccessibleName("Chart toolbar")
        self.setStyleSheet(_STYLE)
        self.interval_buttons = {name: self._interval_button(name) for name in BUTTON_INTERVALS}
        self.more = self._menu_button("klineChartMoreIntervals", "All intervals")
        self.kind_button = self._menu_button("klineChartKind", "Chart kind")
        self.kind_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.study_button = self._menu_button("klineChartIndicators", "Indicators")
        self.log_button = self._switch("log", "klineChartLog", "Logarithmic price scale", self.log_switched)
        self.percent_button = self._switch(
            "%", "klineChartPercent", "Price marks as change since the first visible close", self.percent_switched
        )
        self.auto_button = self._switch(
            "auto", "klineChartAuto", "Fit the price scale to what is visible (A)", self.auto_switched
        )
        self.auto_button.setChecked(True)
        self.study_actions: dict[str, QAction] = {}
        self._fill_kinds()
        self._fill_studies()
        self._fill_intervals()
        self._lay_out()
        self.restyle()
        theme.changed.connect(self.restyle)

    def set_interval(self, interval: str) -> None:
        """Mark the interval that is shown."""
        self._interval = interval
        for name, button in self.interval_buttons.items():
            button.setChecked(name == interval)
        self._fill_intervals()

    def set_offered(self, intervals: Sequence[str], venue: str) -> None:
        """Offer what the venue has; the other intervals stay visible, disabled, and say so."""
        self._offered = tuple(intervals)
        for name, button in self.interval_buttons.items():
            button.setEnabled(name in self._offered)
            words = interval_words(name)
            button.setToolTip(words if name in self._offered else f"{venue} has no candles of {words}")
        self._fill_intervals()

    def set_kind(self, kind: ChartKind) -> None:
        self._kind = kind
        words, icon = _KIND_WORDS[kind]
        self.kind_button.setIcon(self._theme.icon(icon))
        self.kind_button.setToolTip(f"Chart kind: {words}")
        for action in self.kind_button.menu().actions():
            action.setChecked(action.data() is kind)

    def set_studies(self, keys: Sequence[str]) -> None:
        """Tick the indicators that are shown."""
        for key, action in self.study_actions.items():
            action.setChecked(key in keys)
        self.study_button.setText(f"Indicators {len(keys)}" if keys else "Indicators")

    def set_scale(self, *, log: bool, percent: bool, auto: bool) -> None:
        self.log_button.setChecked(log)
        self.percent_button.setChecked(percent)
        self.auto_button.setChecked(auto)

    def restyle(self) -> None:
        self.more.setIcon(self._theme.icon("chevron-down"))
        self.set_kind(self._kind)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        painter.setPen(self._theme.color("line"))
        painter.drawLine(0, HEIGHT - 1, self.width(), HEIGHT - 1)
        middle = (self.more.geometry().right() + self.kind_button.geometry().left()) // 2
        painter.drawLine(middle, 7, middle, HEIGHT - 9)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drop_what_does_not_fit()

    def minimumSizeHint(self) -> QSize:
        # the panel may be narrower than the whole row: intervals drop out, the menu keeps them
        return QSize(self._fixed_width(), HEIGHT)

    # parts

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 1)
        layout.setSpacing(1)
        for button in self.interval_buttons.values():
            layout.addWidget(button)
        layout.addWidget(self.more)
        layout.addSpacing(10)
        layout.addWidget(self.kind_button)
        layout.addWidget(self.study_button)
        layout.addStretch(1)
        for button in (self.log_button, self.percent_button, self.auto_button):
            layout.addWidget(button)

    def _fixed_width(self) -> int:
        fixed = (
            self.more, self.kind_button, self.study_button, self.log_button, self.percent_button, self.auto_button
        )  # fmt: skip
        return sum(button.sizeHint().width() + 1 for button in fixed) + 26

    def _drop_what_does_not_fit(self) -> None:
        room = self.width() - self._fixed_width()
        for button in self.interval_buttons.values():
            room -= button.sizeHint().width() + 1
            button.setVisible(room >= 0)

    def _button(self, text: str, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setProperty("kind", "flat")
        button.setFont(self._theme.font("text"))
        return button

    def _interval_button(self, interval: str) -> QToolButton:
        button = self._button(interval, f"klineChartInterval{interval}", interval_words(interval))
        button.setCheckable(True)
        button.setChecked(interval == self._interval)
        button.clicked.connect(partial(self._choose_interval, interval))
        return button

    def _choose_interval(self, interval: str) -> None:
        # a second click on the shown interval must not leave its button unmarked
        self.set_interval(self._interval)
        if interval != self._interval:
            self.interval_chosen.emit(interval)

    def _menu_button(self, name: str, words: str) -> QToolButton:
        button = self._button("", name, words)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        menu = QMenu(button)
        menu.setAccessibleName(words)
        button.setMenu(menu)
        return button

    def _switch(self, text: str, name: str, words: str, switched: SignalInstance) -> QToolButton:
        button = self._button(text, name, words)
        button.setCheckable(True)
        # `clicked` comes from the hand alone, `toggled` from `set_scale` too
        button.clicked.connect(switched)
        return button

    def _fill_intervals(self) -> None:
        menu = self.more.menu()
        menu.clear()
        group = QActionGroup(menu)
        for interval in INTERVALS:
            action = QAction(f"{interval}\t{interval_words(interval)}", menu)
            action.setObjectName(f"klineChartChoose{interval}")
            action.setCheckable(True)
            action.setChecked(interval == self._interval)
            action.setEnabled(interval in self._offered)
            action.triggered.connect(partial(self._choose_interval, interval))
            group.addAction(action)
            menu.addAction(action)
        is_hidden = self._interval not in self.interval_buttons
        self.more.setText(self._interval if is_hidden else "")

    def _fill_kinds(self) -> None:
        menu = self.kind_button.menu()
        group = QActionGroup(menu)
        for kind, (words, _) in _KIND_WORDS.items():
            action = QAction(words, menu)
            action.setData(kind)
            action.setCheckable(True)
            action.triggered.connect(partial(self.kind_chosen.emit, kind))
            group.addAction(action)
            menu.addAction(action)

    def _fill_studies(self) -> None:
        menu = self.study_button.menu()
        for kind in STUDIES:
            action = QAction(kind.title, menu)
            action.setObjectName(f"klineChartStudy_{kind.key}")
            action.setCheckable(True)
            action.triggered.connect(self._choose_studies)
            menu.addAction(action)
            self.study_actions[kind.key] = action

    def _choose_studies(self) -> None:
        self.studies_chosen.emit([key for key, action in self.study_actions.items() if action.isChecked()])
