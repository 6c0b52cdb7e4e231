"""The tables of working orders, order history and fills."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from terminal.domain import InstrumentId
from terminal.market.topics import Changed, Topic
from terminal.trading.activity import LogLevel
from terminal.trading.desk_order import OrderKey
from terminal.trading.topics import TradingTopic
from terminal.ui import formatting
from terminal.ui.export_action import add_export
from terminal.ui.orders.columns import ended_at, fill_columns, order_columns
from terminal.ui.orders.footer import OrdersFooter
from terminal.ui.orders.presenter import FillRow, OrderRow, OrdersPresenter
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.panic import summary, tell_receipts
from terminal.ui.record_table import Column, RecordTable

R = TypeVar("R")

_INSTRUMENTS = Changed(Topic.INSTRUMENTS)
_NARROW = 700
"""Below this many px venues are told by their codes, and times without seconds."""
_CODE_WIDTH = 48
_FULL_TIME, _SHORT_TIME = 117, 93


class OrdersPanel(Panel):
    """Working orders of all accounts; the cross at the end of a row, or Delete, cancels."""

    object_name = "orders"
    title = "Orders"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = OrdersPresenter(context.market, context.desk, context.portfolio)
        self._columns = order_columns(ended=False, venue_text=self._venue_text)
        self.table: RecordTable[OrderRow] = RecordTable(
            context.theme,
            self._columns,
            key=lambda row: row.key,
            name="orders_table",
            title="Working orders",
            row_height=24,
            empty_text="No working orders. Click a price in the ladder or use the ticket.",
            row_mark=lambda row: "warning" if row.is_unknown else None,
            multi_select=True,
            parent=self,
        )
        self.table.cell_clicked.connect(self._on_cell)
        self.table.menu_opening.connect(self._fill_menu)
        self.table.row_activated.connect(lambda row: context.selection.select(row.desk_order.instrument_id))
        self._footer = OrdersFooter(context.theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._footer)
        self._title = QWidget()
        self._cancel_pair = self._button("Cancel pair", "cancel_pair", self._cancel_selected_pair)
        self._cancel_all = self._button("Cancel all", "cancel_all", self._cancel_everything)
        self._cancel_all.setProperty("kind", "danger")
        title_layout = QHBoxLayout(self._title)
        title_layout.setContentsMargins(0, 0, 0, 0)
        title_layout.setSpacing(6)
        title_layout.addWidget(self._cancel_pair)
        title_layout.addWidget(self._cancel_all)
        self._registration = context.frame_clock.register(self, self._topics, self.render_rows)
        # ages grow without anything changing
        self._ages = QTimer(self)
        self._ages.setInterval(1_000)
        self._ages.timeout.connect(self._on_second)
        self._ages.start()

    def _button(self, text: str, name: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setProperty("kind", "small")
        button.setFont(self.context.theme.font("small_medium"))
        button.setFixedHeight(20)
        # a focused button would act on Space
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(act)
        return button

    def title_widget(self) -> QWidget:
        return self._title

    def on_instrument(self, instrument: InstrumentId) -> None:
        self._registration.request()

    def _venue_text(self, row: OrderRow) -> str:
        return row.venue if self.width() >= _NARROW else self.presenter.venue_code(row.desk_order.order.venue)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        _fit_venue(self.table, self._columns, event.size().width())

    def stop(self) -> None:
        super().stop()
        self._ages.stop()
        self._registration.close()

    def _topics(self) -> set[Hashable]:
        return {TradingTopic.ORDERS, _INSTRUMENTS}

    def _on_second(self) -> None:
        self._registration.request()
        # the count on the tab is seen while the table is not
        self.set_count(len(self.context.desk.working()))

    def render_rows(self) -> None:
        rows = self.presenter.working()
        self.table.set_rows(rows)
        self._footer.show_summary(self.presenter.summary(rows) if rows else None)
        self.set_count(len(rows))
        instrument = self.selection.instrument
        here = [] if instrument is None else [row for row in rows if row.desk_order.instrument_id == instrument]
        self._cancel_pair.setVisible(instrument is not None)
        if instrument is not None:
            text = f"Cancel {self.presenter.pair_of(instrument)}"
            self._cancel_pair.setText(text)
            self._cancel_pair.setAccessibleName(text)
        self._cancel_pair.setEnabled(bool(here))
        self._cancel_pair.setToolTip("" if here else "This instrument has no working orders")
        self._cancel_all.setEnabled(bool(rows))
        self._cancel_all.setToolTip(
            "Cancel every working order on every venue" if rows else "There are no working orders"
        )

    def _on_cell(self, row: OrderRow, column: str) -> None:
        if column == "cancel" and row.can_cancel:
            self._cancel([row])

    def _cancel(self, rows: list[OrderRow]) -> None:
        keys = [row.key for row in rows if row.can_cancel]
        if len(keys) == 1:
            self.context.tasks.start(self.context.desk.cancel(keys[0]), "cancel order")
        elif keys:
            self.context.tasks.start(self._cancel_together(keys), f"cancel {len(keys)} orders")

    async def _cancel_together(self, keys: list[OrderKey]) -> None:
        results = await self.context.desk.cancel_batch(keys)
        tell_receipts(self.context, results)
        self.context.activity.add(LogLevel.INFO, "orders", f"{len(results)} orders: {summary(results)}")

    def _cancel_selected_pair(self) -> None:
        instrument = self.selection.instrument
        if instrument is not None:
            work = self.context.desk.cancel_all(venue=instrument.venue, symbol=instrument.symbol)
            self.context.tasks.start(work, f"cancel {instrument.symbol}")

    def _cancel_everything(self) -> None:
        self.context.tasks.start(self.context.desk.cancel_all(), "cancel all orders")

    def _fill_menu(self, menu: QMenu, row: OrderRow | None) -> None:
        chosen = [each for each in self.table.selected_rows() if each.can_cancel]
        if row is not None and row.can_cancel and row not in chosen:
            chosen = [row]
        if chosen:
            text = "Cancel order" if len(chosen) == 1 else f"Cancel {len(chosen)} orders"
            menu.addAction(text).triggered.connect(lambda: self._cancel(chosen))
        add_export(menu, self._columns, self.table.rows, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.isAutoRepeat():
            self._cancel(self.table.selected_rows())
        else:
            super().keyPressEvent(event)


class HistoryPanel(Panel):
    """Orders that ended, the last one first."""

    object_name = "history"
    title = "History"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = OrdersPresenter(context.market, context.desk, context.portfolio)
        self._columns = order_columns(ended=True, venue_text=self._venue_text, time_text=self._time_text)
        self.table: RecordTable[OrderRow] = RecordTable(
            context.theme,
            self._columns,
            key=lambda row: row.key,
            name="history_table",
            title="Order history",
            empty_text="No ended orders yet. Filled, cancelled and rejected orders are listed here.",
            multi_select=True,
            parent=self,
        )
        self.table.menu_opening.connect(lambda menu, _row: add_export(menu, self._columns, self.table.rows, self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self._registration = context.frame_clock.register(
            self, lambda: {TradingTopic.ORDERS, _INSTRUMENTS}, lambda: self.table.set_rows(self.presenter.history())
        )

    def _venue_text(self, row: OrderRow) -> str:
        return row.venue if self.width() >= _NARROW else self.presenter.venue_code(row.desk_order.order.venue)

    def _time_text(self, row: OrderRow) -> str:
        return formatting.day_time(ended_at(row), seconds=self.width() >= _NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        _fit_venue(self.table, self._columns, event.size().width())
        self.table.set_column_width("time", _FULL_TIME if event.size().width() >= _NARROW else _SHORT_TIME)

    def stop(self) -> None:
        super().stop()
        self._registration.close()


class FillsPanel(Panel):
    """Executions of the accounts' orders with their fees, the newest first."""

    object_name = "fills"
    title = "Fills"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = OrdersPresenter(context.market, context.desk, context.portfolio)
        self._columns = fill_columns(venue_text=self._venue_text)
        self.table: RecordTable[FillRow] = RecordTable(
            context.theme,
            self._columns,
            key=lambda row: (row.fill.account, row.fill.order_id, row.fill.trade_id),
            name="fills_table",
            title="Fills",
            empty_text="No fills yet. Every execution of your orders is listed here with its fee.",
            multi_select=True,
            parent=self,
        )
        self.table.menu_opening.connect(lambda menu, _row: add_export(menu, self._columns, self.table.rows, self))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self._registration = context.frame_clock.register(
            self, lambda: {TradingTopic.FILLS, _INSTRUMENTS}, lambda: self.table.set_rows(self.presenter.fills())
        )

    def _venue_text(self, row: FillRow) -> str:
        return row.venue if self.width() >= _NARROW else self.presenter.venue_code(row.fill.venue)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        _fit_venue(self.table, self._columns, event.size().width())

    def stop(self) -> None:
        super().stop()
        self._registration.close()


def _fit_venue(table: RecordTable[R], columns: Sequence[Column[R]], width: int) -> None:
    full = next(column.width for column in columns if column.key == "venue")
    table.set_column_width("venue", _CODE_WIDTH if width < _NARROW else full)
