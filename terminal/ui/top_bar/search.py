"""The instrument search: a popup over the window, filtered as typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from terminal.domain import InstrumentId
from terminal.market.market_data import MarketData
from terminal.ui.record_table import Align, Column, RecordTable
from terminal.ui.theme import Theme
from terminal.ui.top_bar.matches import Match, find_matches

_WIDTH, _HEIGHT = 460, 380
_RENEWAL_MS = 500
_PLACEHOLDER = "Search instruments of all venues"
_NOTHING = "Nothing matches. Try a coin (BTC), a pair (BTC/USDT) or a venue."


class InstrumentSearch(QFrame):
    """Emits `chosen` with the InstrumentId. Arrows move, Enter takes, Esc closes."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, market: MarketData, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._market = market
        self._on_chosen: Callable[[InstrumentId], None] | None = None
        self.setObjectName("instrument_search")
        self.setAccessibleName("Instrument search")
        self.resize(_WIDTH, _HEIGHT)
        self.field = QLineEdit(self)
        self.field.setObjectName("instrument_search_field")
        self.field.setAccessibleName("Search instruments")
        self.field.setPlaceholderText(_PLACEHOLDER)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        columns: Sequence[Column[Match]] = (
            Column(key="pair", title="Pair", width=120, text=lambda m: m.pair, role="text_medium"),
            Column(
                key="venue",
                title="Venue",
                width=120,
                text=lambda m: m.venue_name,
                color=lambda _: "second",
                stretch=True,
            ),
            Column(key="last", title="Last", width=110, text=lambda m: m.last, align=Align.RIGHT, role="number"),
            Column(
                key="change",
                title="24 h",
                width=80,
                text=lambda m: m.change,
                align=Align.RIGHT,
                role="number",
                color=lambda m: m.change_token,
            ),
        )
        self.table: RecordTable[Match] = RecordTable(
            theme,
            columns,
            key=lambda match: match.instrument,
            name="instrument_search_list",
            title="Found instruments",
            row_height=24,
            empty_text=_NOTHING,
            parent=self,
        )
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.clicked.connect(lambda _: self._take())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.table, 1)
        self._renewal = QTimer(self)
        self._renewal.setInterval(_RENEWAL_MS)
        self._renewal.timeout.connect(self._renew)

    def open_at(self, position: QPoint, on_chosen: Callable[[InstrumentId], None]) -> None:
        """Show the popup with its corner at a place of the screen; `on_chosen` is called with the choice."""
        self._on_chosen = on_chosen
        self.field.clear()
        self._filter("")
        self.move(position)
        self.show()
        self.field.setFocus()
        self._renewal.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._renewal.stop()

    def _renew(self) -> None:
        # prices of instruments that nobody watched arrive while the list is open
        self.table.set_rows(find_matches(self._market, self.field.text()))

    def _filter(self, text: str) -> None:
        self.table.set_rows(find_matches(self._market, text))
        if self.table.rows:
            self.table.selectRow(0)

    def _take(self) -> None:
        match = self.table.selected()
        if match is None:
            return
        self.close()
        if self._on_chosen is not None:
            self._on_chosen(match.instrument)
        self.chosen.emit(match.instrument)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
            return True
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
        if key in steps and self.table.rows:
            row = self.table.currentIndex().row() + steps[Qt.Key(key)]
            self.table.selectRow(min(max(row, 0), len(self.table.rows) - 1))
            self.table.scrollTo(self.table.currentIndex())
            return True
        return False
