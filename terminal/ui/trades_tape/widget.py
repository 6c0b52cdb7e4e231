"""The trades tape panel: public prints, newest on top, that hold still while the pointer is over them."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QMenu, QToolButton, QToolTip, QVBoxLayout, QWidget

from terminal.domain import InstrumentId
from terminal.domain.numbers import plain
from terminal.market.subscriptions import Watch
from terminal.market.tape import Tape
from terminal.market.topics import Changed, Topic
from terminal.ui import formatting
from terminal.ui.freshness_words import unreliable_words
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.trades_tape.canvas import TapeCanvas
from terminal.ui.trades_tape.presenter import TapePresenter


class TradesTape(Panel):
    """Public prints of the linked instrument, with a size filter in the dock's title bar."""

    object_name = "tradesTape"
    title = "Trades"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self._instrument: InstrumentId | None = None
        self._watch: Watch | None = None
        self.presenter = TapePresenter(lambda text: theme.width("number", text))
        self.canvas = TapeCanvas(theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.setFocusProxy(self.canvas)
        self.filter_button = self._filter_button()
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.scrolled.connect(self._on_scrolled)
        self.canvas.resized.connect(self._request)
        self.canvas.copied.connect(self.copy)
        self.canvas.installEventFilter(self)
        theme.changed.connect(self.canvas.update)
        context.frame_clock.tick.connect(self._request)
        self._frame = context.frame_clock.register(self, self._topics, self.render_now)

    def _filter_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "flat")
        button.setObjectName("tradesTapeFilter")
        button.setAccessibleName("Filter trades by size")
        button.setToolTip("Show prints from this size on")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFont(self.context.theme.font("small_number"))
        menu = QMenu(button)
        menu.aboutToShow.connect(self._fill_menu)
        button.setMenu(menu)
        button.setText("all sizes")
        # the dock's title bar takes it over where there is one
        button.hide()
        return button

    # the panel

    def title_widget(self) -> QWidget | None:
        return self.filter_button

    def start(self) -> None:
        super().start()
        self._request()

    def stop(self) -> None:
        super().stop()
        self._frame.close()
        self._close_watch()

    def on_instrument(self, instrument: InstrumentId) -> None:
        if instrument != self._instrument:
            self._close_watch()
            self._instrument = instrument
            self.presenter.instrument = None
            self._watch = self.context.market.watch(Topic.TRADES, instrument)
            self.filter_button.setText("all sizes")
        self._request()

    def _topics(self) -> tuple[object, ...]:
        return Changed(Topic.TRADES, self._instrument), Changed(Topic.STREAMS), Changed(Topic.INSTRUMENTS)

    def _request(self, *_: object) -> None:
        self._frame.request()

    def _close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    @property
    def _tape(self) -> Tape | None:
        return None if self._instrument is None else self.context.market.hub.tape(self._instrument)

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        tape, presenter, canvas = self._tape, self.presenter, self.canvas
        if tape is None or self._instrument is None:
            self._show_empty("Choose an instrument in the watchlist or with Ctrl+K")
            return
        instrument = self.context.market.instruments.get(self._instrument)
        if instrument is None:
            self._show_empty(f"Waiting for the rules of {self._instrument.symbol}")
            return
        if presenter.instrument != instrument:
            presenter.set_instrument(instrument)
            if canvas.is_over_lines:
                presenter.pause(tape)
        presenter.resize(canvas.width())
        lines = presenter.refresh(tape, canvas.row_count)
        words = unreliable_words(tape.freshness, self.context.market.clock())
        badge = ""
        if presenter.is_paused:
            new = presenter.waiting
            badge = f"PAUSED {new:,} new" if new else "PAUSED"
        canvas.show_lines(
            lines,
            presenter.edges,
            presenter.titles,
            banner=words.capitalize() if lines else "",
            badge=badge,
            message=self._empty_words(tape, words),
        )

    def _show_empty(self, message: str) -> None:
        presenter = self.presenter
        self.canvas.show_lines((), presenter.edges, presenter.titles, banner="", badge="", message=message)

    def _empty_words(self, tape: Tape, words: str) -> str:
        if tape.trades:
            return f"No prints of {formatting.exact(self.presenter.least)} or more among the last {len(tape.trades):,}."
        return f"No trades yet\n{words}".strip() if words else "No trades yet. Prints appear here as they happen."

    # pause, filter, copy

    def _on_hovered(self, over: bool) -> None:
        tape = self._tape
        if over and tape is not None:
            self.presenter.pause(tape)
        else:
            self.presenter.resume()
        self._request()

    def _on_scrolled(self, lines: int) -> None:
        self.presenter.scroll(lines)
        self._request()

    def set_least(self, least: Decimal | None) -> None:
        """Show only prints of `least` base units or more; None shows all."""
        self.presenter.least = least
        self.filter_button.setText("all sizes" if least is None else f"size ≥ {plain(least)}")
        self._request()

    def set_merging(self, merges: bool) -> None:
        """Take neighbouring prints of one millisecond, side and price together."""
        self.presenter.merges = merges
        self._request()

    def _fill_menu(self) -> None:
        menu, tape = self.filter_button.menu(), self._tape
        menu.clear()
        group = QActionGroup(menu)
        sizes: list[Decimal | None] = [None]
        if tape is not None:
            sizes += self.presenter.thresholds(tape)
        if self.presenter.least not in sizes:
            sizes.append(self.presenter.least)
        for size in sizes:
            action = QAction("All sizes" if size is None else f"Size ≥ {plain(size)}", menu)
            action.setCheckable(True)
            action.setChecked(size == self.presenter.least)
            action.triggered.connect(lambda _=False, least=size: self.set_least(least))
            group.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        merging = menu.addAction("Merge prints of one moment and price")
        merging.setCheckable(True)
        merging.setChecked(self.presenter.merges)
        merging.toggled.connect(self.set_merging)
        menu.addAction("Copy visible prints", lambda: self.copy(None))

    def copy(self, index: int | None) -> None:
        """Copy one line, or all visible ones, with every digit."""
        runs = self.presenter.runs
        chosen = runs if index is None or index >= len(runs) else [runs[index]]
        QGuiApplication.clipboard().setText("\n".join(self.presenter.describe(run) for run in chosen))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and watched is self.canvas:
            index = self.canvas.line_at(event.pos())
            runs = self.presenter.runs
            if index is not None and index < len(runs):
                QToolTip.showText(event.globalPos(), self.presenter.describe(runs[index]), self.canvas)
            else:
                QToolTip.hideText()
            return True
        return False
