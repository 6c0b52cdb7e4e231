"""The k-line chart panel: joins the live candle series, own orders and fills with the picture."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from terminal.domain import INTERVALS, InstrumentId
from terminal.domain.failures import Failure
from terminal.market.candles import SeriesState
from terminal.market.subscriptions import Watch
from terminal.market.topics import Changed, Topic
from terminal.trading.topics import TradingTopic
from terminal.ui import formatting
from terminal.ui.kline_chart.chart_view import ChartView
from terminal.ui.kline_chart.presenter import ChartPresenter, describe
from terminal.ui.kline_chart.scene_state import ChartKind
from terminal.ui.kline_chart.series import ChartSeries
from terminal.ui.kline_chart.studies import STUDIES
from terminal.ui.kline_chart.toolbar import Toolbar
from terminal.ui.kline_chart.viewport import PriceMode
from terminal.ui.panel import Panel, PanelContext

DEFAULT_INTERVAL = "1m"

_PREFETCH = 0.5
"""Older candles are fetched once less than this share of the view's width is left before the oldest one."""

_RETRY_MS = 5_000


class ChartPanel(Panel):
    """Candles of the selected instrument, with volume, indicators, own orders and fills."""

    object_name = "klineChart"
    title = "Chart"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._instrument: InstrumentId | None = None
        self._interval = DEFAULT_INTERVAL
        self._studies = [kind.key for kind in STUDIES]
        self._series: ChartSeries | None = None
        self._watch: Watch | None = None
        self._placed = False
        self._kept_time: int | None = None
        self._is_loading_older = False
        self._retry_older_at = 0
        self._older_problem: str | None = None
        self.toolbar = Toolbar(context.theme, self)
        self.chart = ChartView(context.theme, self)
        self.chart.setObjectName("klineChartView")
        self.chart.setAccessibleName("Candle chart")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.chart, 1)
        self.setFocusProxy(self.chart)
        self._frame = context.frame_clock.register(self, self._topics, self.render_now)
        self._connect()
        self.toolbar.set_interval(self._interval)
        self.toolbar.set_studies(self._studies)

    def _connect(self) -> None:
        toolbar, chart = self.toolbar, self.chart
        toolbar.interval_chosen.connect(self.set_interval)
        toolbar.kind_chosen.connect(self.set_kind)
        toolbar.studies_chosen.connect(self.set_studies)
        toolbar.log_switched.connect(self._set_log)
        toolbar.percent_switched.connect(self._set_percent)
        toolbar.auto_switched.connect(chart.set_auto)
        chart.view_changed.connect(self._on_view_changed)
        chart.cancel_asked.connect(self._cancel)
        chart.menu_asked.connect(self._show_menu)
        self.context.frame_clock.tick.connect(self._on_tick)

    # the panel

    def stop(self) -> None:
        super().stop()
        self._frame.close()
        self._close_watch()

    def on_instrument(self, instrument: InstrumentId) -> None:
        if instrument != self._instrument:
            self.chart.view.auto = True  # another instrument's prices have no place on this one's scale
            self._turn(instrument, self._interval)

    @property
    def interval(self) -> str:
        return self._interval

    def set_interval(self, interval: str) -> None:
        """Show candles of another interval; raises ValueError for one the terminal does not know."""
        if interval not in INTERVALS:
            raise ValueError(f"unknown candle interval {interval!r}")
        self.toolbar.set_interval(interval)
        if interval != self._interval:
            if self._instrument is None:
                self._interval = interval
            else:
                self._turn(self._instrument, interval)

    def set_kind(self, kind: ChartKind) -> None:
        self.chart.state.kind = kind
        self.toolbar.set_kind(kind)
        self.chart.refresh()

    def set_studies(self, keys: Iterable[str]) -> None:
        """Show the indicators with these keys; unknown ones are left out."""
        chosen = set(keys)
        self._studies = [kind.key for kind in STUDIES if kind.key in chosen]
        self.toolbar.set_studies(self._studies)
        if self._series is not None:
            self._series.set_studies([kind for kind in STUDIES if kind.key in chosen])
            self.chart.show_series(self.chart.state.presenter)
        self._frame.request()

    def save_state(self) -> dict[str, object]:
        """Return what belongs into a saved layout."""
        state = self.chart.state
        return {
            "interval": self._interval,
            "kind": state.kind.value,
            "indicators": list(self._studies),
            "log": state.view.mode is PriceMode.LOG,
            "percent": state.is_percent,
            "step": state.view.step,
        }

    def restore_state(self, state: dict[str, object]) -> None:
        """Take a saved layout's part; anything unreadable in it is left out."""
        interval, kind, studies = state.get("interval"), state.get("kind"), state.get("indicators")
        if isinstance(interval, str) and interval in INTERVALS:
            self.set_interval(interval)
        if kind in {known.value for known in ChartKind}:
            self.set_kind(ChartKind(kind))
        if isinstance(studies, list):
            self.set_studies([str(key) for key in studies])
        self._set_log(state.get("log") is True)
        self._set_percent(state.get("percent") is True)
        step = state.get("step")
        if isinstance(step, int | float):
            self.chart.view.set_step(float(step))

    # turning to a series

    def _turn(self, instrument: InstrumentId, interval: str) -> None:
        """Show another series at the time that was looked at, or at its newest candles when those were."""
        view, series = self.chart.view, self._series
        if series is not None and self._placed:
            self._kept_time = None if view.follows else series.slots.time(int(view.right))
        self._close_watch()
        self._instrument, self._interval = instrument, interval
        market = self.context.market
        # the new series is watched before the old watch's time runs out, so switching back costs nothing
        self._watch = market.watch(Topic.CANDLES, instrument, interval)
        self._series = ChartSeries(market.hub.series(instrument, interval))
        self._series.set_studies([kind for kind in STUDIES if kind.key in self._studies])
        view.extent = None
        self._placed = False
        self._is_loading_older = False
        self._older_problem = None
        self._retry_older_at = 0
        self._describe()
        self._frame.request()
        if self.isVisible():
            self.render_now()

    def _describe(self) -> None:
        """Take the instrument's rules and the venue's intervals, which may be loaded later than the candles."""
        if self._instrument is None or self._series is None:
            return
        market, instrument = self.context.market, self._instrument
        rules = market.instruments.get(instrument)
        pair = instrument.symbol if rules is None else rules.pair
        known = instrument.venue in market.venues
        venue = market.venue_name(instrument.venue) if known else instrument.venue
        self.set_subtitle(f"{pair}, {venue}")
        self.toolbar.set_offered(market.capabilities(instrument.venue).intervals if known else INTERVALS, venue)
        self.chart.show_series(ChartPresenter(self._series, rules, pair))
        self._take_orders()
        self._take_fills()

    def _close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    # frames

    def _topics(self) -> list[object]:
        topics: list[object] = [Changed(Topic.STREAMS), Changed(Topic.INSTRUMENTS)]
        topics += [TradingTopic.ORDERS, TradingTopic.FILLS]
        if self._instrument is not None:
            topics.append(Changed(Topic.CANDLES, self._instrument, self._interval))
        return topics

    def render_now(self) -> None:
        """Bring the picture up to date with the market and the desk."""
        series, changed = self._series, self._frame.changed
        if series is None:
            return
        if Changed(Topic.INSTRUMENTS) in changed:
            self._describe()
        if TradingTopic.ORDERS in changed:
            self._take_orders()
        if TradingTopic.FILLS in changed:
            self._take_fills()
        series.sync()
        self._place()
        self._tell()
        self.chart.refresh()
        if not series.fill_studies(self.chart.state.visible[0] - 1):
            self._frame.request()
        self._load_older_if_near()

    def _place(self) -> None:
        """Tell the view what the series spans; a series that has just arrived is shown where it was looked at."""
        series, view = self._series, self.chart.view
        if series is None or not series.arrays.count:
            return
        view.set_extent(series.arrays.first_slot, series.arrays.last_slot + 1)
        if not self._placed:
            self._placed = True
            if self._kept_time is not None:
                view.show(series.slots.position(self._kept_time), follows=False)
            # the axis is as wide as this series' prices, and its time phase known, only now
            self.chart.show_series(self.chart.state.presenter)
            self._take_fills()

    def _tell(self) -> None:
        """Refresh the words that depend on the clock and on the state of the feed."""
        state, presenter = self.chart.state, self.chart.state.presenter
        if presenter is None or self._instrument is None:
            return
        market = self.context.market
        now = market.clock()
        state.last = presenter.last_price(market.hub.quote(self._instrument), now)
        state.warning = presenter.warning(now)
        state.notice = presenter.notice()
        state.history_note = self._history_note()
        self.toolbar.set_scale(log=state.view.mode is PriceMode.LOG, percent=state.is_percent, auto=state.view.auto)

    def _take_orders(self) -> None:
        presenter = self.chart.state.presenter
        if presenter is not None and self._instrument is not None:
            self.chart.state.orders = presenter.order_lines(self.context.desk.working_at(self._instrument))

    def _take_fills(self) -> None:
        presenter = self.chart.state.presenter
        if presenter is not None and self._instrument is not None:
            self.chart.state.fills = presenter.fill_marks(self.context.desk.fills(), self._instrument)

    def _on_tick(self, now: object) -> None:
        """Once a second: the countdown runs, ages grow."""
        if self._series is not None and self.isVisible():
            self._tell()
            self.chart.repaint_soon()

    def _on_view_changed(self) -> None:
        self._frame.request()

    # older candles

    def _load_older_if_near(self) -> None:
        series, view = self._series, self.chart.view
        if series is None or self._instrument is None or not self._placed or self._is_loading_older:
            return
        source = series.source
        near = view.left - series.arrays.first_slot < _PREFETCH * view.width / view.step
        if not near or source.at_start or source.state is not SeriesState.READY:
            return
        if self.context.market.clock() < self._retry_older_at:
            return
        self._is_loading_older = True
        self._older_problem = None
        self.context.tasks.start(self._load_older(series, self._instrument), "load older candles")
        self._tell()

    async def _load_older(self, series: ChartSeries, instrument: InstrumentId) -> None:
        problem: str | None = None
        try:
            await self.context.market.load_older(instrument, series.source.interval)
        except Failure as failure:
            problem = str(failure)
        if series is not self._series:
            return  # the panel has turned to another series meanwhile
        self._is_loading_older = False
        self._older_problem = problem
        if problem is not None:
            self._retry_older_at = self.context.market.clock() + _RETRY_MS
        self._frame.request()

    def _history_note(self) -> str:
        series, view = self._series, self.chart.view
        if series is None or not series.arrays.count:
            return ""
        if self._is_loading_older:
            return f"Loading older candles, {formatting.number(Decimal(series.arrays.count), 0)} loaded…"
        if view.left > series.arrays.first_slot:
            return ""
        if self._older_problem is not None:
            return f"Older candles could not be loaded: {self._older_problem}"
        return "Start of history" if series.source.at_start else ""

    # what the hand asks for

    def _set_log(self, log: bool) -> None:
        self.chart.view.set_mode(PriceMode.LOG if log else PriceMode.LINEAR)
        self._frame.request()

    def _set_percent(self, percent: bool) -> None:
        self.chart.state.is_percent = percent
        self._frame.request()

    def _cancel(self, key: str) -> None:
        self.context.tasks.start(self.context.desk.cancel(key), "cancel order")

    def _show_menu(self, price: Decimal | None, at: QPoint) -> None:
        menu = self.menu_for(price)
        menu.popup(at)

    def menu_for(self, price: Decimal | None) -> QMenu:
        """Return the context menu at a price; None stands for a place beside the prices."""
        menu = QMenu(self)
        menu.setObjectName("klineChartMenu")
        menu.setAccessibleName("Chart menu")
        presenter = self.chart.state.presenter
        if price is not None and price > 0 and presenter is not None:
            text = presenter.price_text(price)
            menu.addAction(f"Use {text} in the ticket").triggered.connect(
                lambda: self.selection.price_picked.emit(price)
            )
            menu.addAction(f"Copy {text}").triggered.connect(lambda: _copy(formatting.exact(price)))
            index = presenter.shown_index(self._hovered_slot())
            if index is not None:
                candle = presenter.series.candle(index)
                menu.addAction("Copy this candle").triggered.connect(lambda: _copy(describe(candle)))
            menu.addSeparator()
        menu.addAction("All loaded candles").triggered.connect(self.chart.fit)
        menu.addAction("Newest candles\tEnd").triggered.connect(self.chart.reset)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _hovered_slot(self) -> int | None:
        pointer = self.chart.state.pointer
        return None if pointer is None else self.chart.view.slot_at(pointer[0])


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
