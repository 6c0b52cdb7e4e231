"""Puts the top bar together and keeps it current."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from terminal.domain import InstrumentId
from terminal.market.subscriptions import Watch
from terminal.market.topics import Topic
from terminal.trading.topics import TradingTopic
from terminal.ui.panel import PanelContext
from terminal.ui.top_bar.controls import ArmSwitch, EnvironmentBadge, InstrumentButton, VenueChipButton
from terminal.ui.top_bar.figures import BAR_HEIGHT, EquityFigure, PriceFigures, Separator, StatFigures
from terminal.ui.top_bar.presenter import EQUITY_CURRENCY, TopBarPresenter

_NARROW = 1_440


class TopBar(QWidget):
    """40 px over the docks. `search_requested` and `menu_requested` ask the window for their popups."""

    search_requested = Signal()
    menu_requested = Signal()
    log_requested = Signal()

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.presenter = TopBarPresenter(context.market, context.portfolio, context.arming, context.accounts)
        self._watch: Watch | None = None
        self._chips: dict[str, VenueChipButton] = {}
        self._narrow = False
        self._is_crowded = False
        self.setObjectName("top_bar")
        self.setAccessibleName("Top bar")
        self.setFixedHeight(BAR_HEIGHT)
        self._build()
        theme = context.theme
        theme.changed.connect(self._restyle)
        self._restyle()
        self._market_place = context.frame_clock.register(self, self.presenter.topics, self._render_market)
        self._trading_place = context.frame_clock.register(
            self, lambda: (TradingTopic.ARMING, TradingTopic.BALANCES), self._render_trading
        )
        context.frame_clock.tick.connect(self._on_tick)
        context.selection.changed.connect(self.show_instrument)
        if context.selection.instrument is not None:
            self.show_instrument(context.selection.instrument)
        else:
            self._show_pair()

    def _build(self) -> None:
        theme = self._context.theme
        self.menu_button = QToolButton(self)
        self.menu_button.setObjectName("main_menu_button")
        self.menu_button.setAccessibleName("Main menu")
        self.menu_button.setToolTip("Menu: theme, layout, panels")
        self.menu_button.setProperty("kind", "tool")
        self.menu_button.setIconSize(QSize(16, 16))
        self.menu_button.setFixedSize(28, 28)
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_button.clicked.connect(self.menu_requested)
        self.instrument_button = InstrumentButton(theme, self)
        self.instrument_button.clicked.connect(self.search_requested)
        self.price = PriceFigures(theme, self)
        self.stats = StatFigures(theme, self)
        self.equity = EquityFigure(theme, EQUITY_CURRENCY, self)
        self._chip_box = QWidget(self)
        self._chip_layout = QHBoxLayout(self._chip_box)
        self._chip_layout.setContentsMargins(0, 0, 0, 0)
        self._chip_layout.setSpacing(5)
        self.arm_switch = ArmSwitch(theme, self)
        self.arm_switch.clicked.connect(self._toggle_arming)
        self.badge = EnvironmentBadge(theme, self)
        layout = QHBoxLayout(self)
        self._layout = layout
        layout.setContentsMargins(4, 0, 8, 0)
        layout.setSpacing(0)
        parts: tuple[tuple[QWidget, int], ...] = (
            (self.menu_button, 4),
            (self.instrument_button, 14),
            (self.price, 14),
            (self.stats, 0),
        )
        for widget, gap in parts:
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
            layout.addSpacing(gap)
        layout.addStretch(1)
        layout.addWidget(self.equity)
        layout.addSpacing(10)
        layout.addWidget(Separator(theme, self), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addSpacing(8)
        layout.addWidget(self._chip_box)
        layout.addSpacing(4)
        layout.addWidget(Separator(theme, self), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addSpacing(10)
        layout.addWidget(self.arm_switch, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addSpacing(8)
        layout.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_instrument(self, instrument: InstrumentId) -> None:
        """Turn price and statistics to another instrument."""
        if self._watch is not None:
            self._watch.close()
        self.presenter.instrument = instrument
        self._watch = self._context.market.watch(Topic.TICKER, instrument)
        self.price.reset()
        self.stats.reset()
        self._render_market()
        self._render_trading()

    def stop(self) -> None:
        """Give back the watch."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self._market_place.close()
        self._trading_place.close()

    def _toggle_arming(self) -> None:
        self.presenter.toggle_arming()
        self._render_trading()

    def _render_market(self) -> None:
        self._show_pair()
        self.price.show_price(self.presenter.price())
        self.stats.show_stats(self.presenter.stats())
        self.badge.show_environment(self.presenter.environment())
        self._render_chips()

    def _show_pair(self) -> None:
        self.instrument_button.show_instrument(*self.presenter.pair(), self.presenter.short_venue())

    def _render_chips(self) -> None:
        chips = self.presenter.chips(self._context.market.clock())
        narrow = self._is_crowded
        for chip in chips:
            button = self._chips.get(chip.venue)
            if button is None:
                button = VenueChipButton(self._context.theme, chip, self._chip_box)
                button.clicked.connect(self.log_requested)
                self._chips[chip.venue] = button
                self._chip_layout.addWidget(button)
            button.show_chip(chip, narrow=narrow)
        if not narrow:
            # full names are given up once they do not fit, and not taken back with every shorter figure
            self._layout.activate()
            if self._layout.minimumSize().width() > self.width() and self.isVisible():
                self._is_crowded = True
                for chip in chips:
                    self._chips[chip.venue].show_chip(chip, narrow=True)

    def _render_trading(self) -> None:
        self.equity.show_value(self.presenter.equity(), self.presenter.unvalued(), self.presenter.equity_problem())
        self.arm_switch.show_view(self.presenter.arming())

    def _on_tick(self, now: int) -> None:
        # ages and latencies move without any message
        self._render_chips()
        self.price.show_price(self.presenter.price())
        self._render_trading()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._is_crowded = False
        narrow = event.size().width() < _NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self.instrument_button.set_width(186 if narrow else 204)
            self.stats.set_narrow(narrow)
        self._render_chips()

    def _restyle(self) -> None:
        self.menu_button.setIcon(self._context.theme.icon("menu"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._context.theme.color("panel"))
        painter.end()
