"""The watchlist panel: filter, list, footer; an icon strip where it is narrow."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QActionGroup, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from terminal.domain import InstrumentId
from terminal.market.subscriptions import Watch
from terminal.market.topics import Changed, Topic
from terminal.ui import formatting
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect
from terminal.ui.watchlist.entries import Sort, WatchEntries
from terminal.ui.watchlist.presenter import CrossRow, GroupRow, Row, VenueRow, WatchlistPresenter
from terminal.ui.watchlist.rows import (
    AGE_RIGHT,
    ASK_RIGHT,
    BID_RIGHT,
    VENUE_LEFT,
    RowDelegate,
    RowModel,
    right_shift,
)

_STRIP_BELOW = 120
_SORT_TITLES = {Sort.ADDED: "As added", Sort.NAME: "By name", Sort.CHANGE: "By 24 h change", Sort.VOLUME: "By volume"}


class _Header(QWidget):
    """Column titles over the list."""

    def __init__(self, theme: Theme, over: QListView, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._list = over
        self.setFixedHeight(20)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink = Ink(painter, self._theme)
        line = self._theme.baseline("header", 0, self.height())
        shift = right_shift(self._list.viewport().width())
        ink.left("header", VENUE_LEFT, line, "Venue", "second")
        for title, right in (("Bid", BID_RIGHT), ("Ask", ASK_RIGHT), ("Age", AGE_RIGHT)):
            ink.right("header", right + shift, line, title, "second")
        painter.end()


class KeyCap(QWidget):
    """A key combination drawn as a key."""

    def __init__(self, theme: Theme, keys: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = keys
        self.setFixedSize(round(theme.width("key", keys)) + 8, 15)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        draw_round_rect(painter, QRectF(self.rect()), 3, fill=theme.color("raised"), border=theme.color("border"))
        Ink(painter, theme).center("key", self.width() / 2, theme.baseline("key", 0, 15), self._keys, "text")
        painter.end()


class WatchlistPanel(Panel):
    """Instruments of all venues by pair. A click or Enter shows one in the main panels."""

    object_name = "watchlist_panel"
    title = "Watchlist"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = WatchlistPresenter(context.market, WatchEntries(context.preferences), self._taker_fee)
        self._watches: dict[InstrumentId, Watch] = {}
        self._is_strip = False
        self._needs_regroup = True
        self._build()
        self._place = context.frame_clock.register(self, self._topics, self._render)
        context.frame_clock.tick.connect(self._on_tick)
        context.selection.changed.connect(lambda _: self.list.viewport().update())
        context.theme.changed.connect(self._restyle)
        self._restyle()

    def _taker_fee(self, instrument: InstrumentId) -> Decimal | None:
        account = self.context.accounts.for_venue(instrument.venue)
        rates = None if account is None else self.context.desk.fee_rates(account.label, instrument.symbol)
        return None if rates is None else rates.taker

    def _build(self) -> None:
        theme = self.context.theme
        self.field = QLineEdit(self)
        self.field.setObjectName("watchlist_filter")
        self.field.setAccessibleName("Filter instruments")
        self.field.setPlaceholderText("Filter instruments")
        self.field.setClearButtonEnabled(False)
        self.field.textChanged.connect(self._on_filter)
        self._glass = QLabel(self.field)
        self._field_row = QWidget(self)
        row = QHBoxLayout(self._field_row)
        row.setContentsMargins(8, 7, 8, 5)
        row.addWidget(self.field)
        keys = KeyCap(theme, "Ctrl K", self.field)
        keys.setToolTip("Search all instruments")
        inside = QHBoxLayout(self.field)
        inside.setContentsMargins(8, 0, 6, 0)
        inside.addWidget(self._glass, 0, Qt.AlignmentFlag.AlignVCenter)
        self.field.setTextMargins(20, 0, keys.width() + 4, 0)
        inside.addStretch(1)
        inside.addWidget(keys, 0, Qt.AlignmentFlag.AlignVCenter)
        self.list = QListView(self)
        self._header = _Header(theme, self.list, self)
        self.list.setObjectName("watchlist_list")
        self.list.setAccessibleName("Watched instruments")
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setMouseTracking(True)
        self.list.setProperty("kind", "bare")
        self.model = RowModel(self.list)
        self.delegate = RowDelegate(theme, lambda: self.context.selection.instrument, self.list)
        self.list.setModel(self.model)
        self.list.setItemDelegate(self.delegate)
        self.list.clicked.connect(self._on_chosen)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_row_menu)
        self._empty = QLabel("Waiting for the venues' instruments.", self)
        self._empty.setProperty("kind", "second")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.add_button = QPushButton("Add", self)
        self.add_button.setObjectName("watchlist_add")
        self.add_button.setAccessibleName("Add an instrument to the watchlist")
        self.add_button.setProperty("kind", "flat")
        self.add_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_button.clicked.connect(self._add)
        self._count = QLabel(self)
        self._count.setProperty("kind", "second")
        self._count.setFont(theme.font("small_number"))
        self._footer = QWidget(self)
        self._footer.setFixedHeight(25)
        foot = QHBoxLayout(self._footer)
        foot.setContentsMargins(4, 0, 8, 0)
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        foot.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._field_row)
        layout.addWidget(self._header)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._footer)
        self.list.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 80)

    def stop(self) -> None:
        super().stop()
        self._place.close()
        for watch in self._watches.values():
            watch.close()
        self._watches.clear()

    # rendering

    def _topics(self) -> tuple[object, ...]:
        return (Topic.TICKER, Changed(Topic.INSTRUMENTS), Changed(Topic.STREAMS))

    def _render(self) -> None:
        changed: set[InstrumentId] = set()
        for key in self._place.changed:
            if isinstance(key, Changed):
                if key.instrument is None:
                    self._needs_regroup = True
                else:
                    changed.add(key.instrument)
        if self._needs_regroup:
            self._regroup()
        else:
            self.presenter.forget(changed)
        self._show_rows()

    def _regroup(self) -> None:
        self._needs_regroup = False
        self.presenter.regroup()
        self.presenter.forget()
        watched = set(self.presenter.entries.instruments)
        for instrument in tuple(self._watches):
            if instrument not in watched:
                self._watches.pop(instrument).close()
        for instrument in watched:
            if instrument not in self._watches:
                self._watches[instrument] = self.context.market.watch(Topic.TICKER, instrument)

    def _show_rows(self) -> None:
        rows: list[Row] = self.presenter.rows(self.context.market.clock())
        if self._is_strip:
            rows = [row for row in rows if isinstance(row, GroupRow)]
        self.model.replace(rows)
        self.list.setVisible(bool(rows))
        self._empty.setVisible(not rows and not self._is_strip)
        if not rows:
            is_filtered = bool(self.presenter.filter)
            self._empty.setText(
                "Nothing matches the filter." if is_filtered else "Waiting for the venues' instruments."
            )
        self._count.setText(self.presenter.footer())

    def _on_tick(self, now: int) -> None:
        if not self.isVisible():
            return
        # an order by a live value is renewed only while no pointer aims at a row
        if self.presenter.entries.sort in (Sort.CHANGE, Sort.VOLUME) and not self.list.underMouse():
            self.presenter.regroup()
        self._show_rows()

    def _restyle(self) -> None:
        theme = self.context.theme
        self._glass.setPixmap(theme.pixmap("search", "second", 16, self.devicePixelRatioF()))
        self.add_button.setIcon(theme.icon("plus"))
        self.list.viewport().update()

    def _ask_for_render(self) -> None:
        self._needs_regroup = True
        self._place.request()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        strip = event.size().width() < _STRIP_BELOW
        if strip != self._is_strip:
            self._is_strip = strip
            self.delegate.is_strip = strip
            for part in (self._field_row, self._header, self._footer):
                part.setVisible(not strip)
            if strip:
                self.field.clear()
            self.model.replace([])
            self._show_rows()

    # input

    def _on_filter(self, text: str) -> None:
        self.presenter.filter = text
        self._ask_for_render()

    def _on_chosen(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()]
        if isinstance(row, GroupRow | VenueRow):
            self.context.selection.select(row.instrument)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.list.currentIndex()
        row = self.model.rows[index.row()] if index.isValid() else None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self._on_chosen(index)
        elif event.key() == Qt.Key.Key_Delete and isinstance(row, VenueRow):
            self._remove(row.instrument)
        elif event.key() == Qt.Key.Key_Asterisk and row is not None:
            self._star(row.pair)
        else:
            super().keyPressEvent(event)

    def _add(self) -> None:
        # only needed on a click
        from terminal.ui.top_bar.search import InstrumentSearch

        search = InstrumentSearch(self.context.theme, self.context.market, self)
        search.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self.add_button.mapToGlobal(QPoint(0, 0)) - QPoint(0, search.height() + 4)
        search.open_at(corner, self._added)

    def _added(self, instrument: InstrumentId) -> None:
        self.presenter.entries.add(instrument)
        self._ask_for_render()

    def _remove(self, instrument: InstrumentId) -> None:
        self.presenter.entries.remove(instrument)
        self._ask_for_render()

    def _star(self, pair: str) -> None:
        self.presenter.entries.toggle_star(pair)
        self._ask_for_render()

    def _set_sort(self, sort: Sort) -> None:
        self.presenter.entries.set_sort(sort)
        self._ask_for_render()

    def fill_menu(self, menu: QMenu) -> None:
        sorting = menu.addMenu("Order")
        sorting.setObjectName("watchlist_order_menu")
        group = QActionGroup(sorting)
        for sort, title in _SORT_TITLES.items():
            action = sorting.addAction(title)
            action.setCheckable(True)
            action.setChecked(sort is self.presenter.entries.sort)
            group.addAction(action)
            action.triggered.connect(partial(self._set_sort, sort))
        menu.addAction("Add instrument…", self._add)

    def _open_row_menu(self, position: QPoint) -> None:
        index = self.list.indexAt(position)
        if not index.isValid():
            return
        row = self.model.rows[index.row()]
        if isinstance(row, CrossRow):
            return
        menu = QMenu(self)
        menu.setObjectName("watchlist_row_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show in main panels", partial(self._on_chosen, index))
        starred = self.presenter.entries.is_starred(row.pair)
        menu.addAction(f"{'Unstar' if starred else 'Star'} {row.pair}", partial(self._star, row.pair))
        quote = self.context.market.hub.quote(row.instrument)
        for title, value in (("last", quote.last), ("bid", quote.bid), ("ask", quote.ask)):
            if value is not None:
                text = formatting.exact(value)
                menu.addAction(f"Copy {title} {text}", partial(QGuiApplication.clipboard().setText, text))
        if isinstance(row, VenueRow):
            menu.addSeparator()
            menu.addAction("Remove from the list", partial(self._remove, row.instrument))
        menu.popup(self.list.viewport().mapToGlobal(position))
