"""The balances panel: a table of assets and a footer with the totals."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from terminal.market.topics import Changed, Topic
from terminal.trading.topics import TradingTopic
from terminal.ui import formatting
from terminal.ui.balances.presenter import BalanceRow, BalancesPresenter, Totals
from terminal.ui.brief import brief_reason
from terminal.ui.export_action import add_export
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.record_table import CELL_LEFT, CELL_RIGHT, Align, Column, RecordTable
from terminal.ui.theme import Theme

FOOTER_HEIGHT = 62
_ROW, _TOP = 18, 6
_SHARE_WIDTH = 33
_INSTRUMENTS = Changed(Topic.INSTRUMENTS)


def _dimmed(row: BalanceRow) -> str | None:
    return None if row.is_live else "muted"


# together 291 px: a panel of 300 px has room for them and for the scroll bar
def _columns(currency: str) -> list[Column[BalanceRow]]:
    return [
        Column(key="asset", title="Asset", width=48, role="text_medium", text=lambda row: row.asset,
               sort_key=lambda row: row.asset, tooltip=lambda row: row.places),
        Column(key="free", title="Free", width=75, align=Align.RIGHT, role="number", text=lambda row: row.free_text,
               color=_dimmed,
               sort_key=lambda row: row.free, copy=lambda row: formatting.exact(row.free),
               tooltip=lambda row: f"{formatting.exact(row.free)} {row.asset}"),
        Column(key="locked", title="Locked", width=60, align=Align.RIGHT, role="number",
               text=lambda row: row.locked_text, color=lambda row: "muted" if row.locked == 0 else None,
               sort_key=lambda row: row.locked, copy=lambda row: formatting.exact(row.locked),
               tooltip=lambda row: f"{formatting.exact(row.locked)} {row.asset}"),
        Column(key="value", title=f"Value, {currency}", width=75, align=Align.RIGHT, role="number",
               text=lambda row: row.value_text, sort_key=lambda row: row.value, stretch=True,
               color=lambda row: "second" if row.value is None else _dimmed(row),
               tooltip=lambda row: "No traded pair tells its worth" if row.value is None else row.value_text,
               copy=lambda row: formatting.exact(row.value)),
        Column(key="share", title="%", width=_SHARE_WIDTH, align=Align.RIGHT, role="number",
               text=lambda row: row.share_text, color=lambda row: "second", sort_key=lambda row: row.share),
    ]  # fmt: skip


class _Line(NamedTuple):
    """One line of the footer: texts, font roles of label and value, and their colour."""

    label: str
    value: str
    share: str
    label_role: str
    role: str
    token: str


class Footer(QWidget):
    """Total, what is stuck in orders, and what is in neither."""

    def __init__(self, theme: Theme, currency: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._currency = currency
        self._totals: Totals | None = None
        self._right = 0
        self.setObjectName("balances_footer")
        self.setFixedHeight(FOOTER_HEIGHT)
        theme.changed.connect(self.update)

    def set_right(self, right: int) -> None:
        """End the figures where the table's columns end: its scroll bar takes some px."""
        if right != self._right:
            self._right = right
            self.update()

    def show_totals(self, totals: Totals) -> None:
        if totals != self._totals:
            self._totals = totals
            self.setAccessibleName(f"Total {totals.total} {self._currency}, in orders {totals.locked}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, totals = self._theme, self._totals
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        if totals is not None:
            self._line(painter, 0, _Line("Total", totals.total, "100", "text_strong", "total", "text"))
            stuck = _Line("Stuck in orders", totals.locked, totals.locked_share, "text", "number", "second")
            self._line(painter, 1, stuck)
            if totals.unvalued:
                text = theme.metrics("small").elidedText(
                    f"not in the total: {totals.unvalued}", Qt.TextElideMode.ElideRight, self.width() - 16
                )
                painter.setFont(theme.font("small"))
                painter.setPen(theme.color("warning"))
                painter.drawText(QPointF(CELL_LEFT, theme.baseline("small", _TOP + 2 * _ROW, _ROW)), text)
        painter.end()

    def _line(self, painter: QPainter, row: int, line: _Line) -> None:
        theme = self._theme
        top = _TOP + row * _ROW
        painter.setPen(theme.color(line.token))
        painter.setFont(theme.font(line.label_role))
        painter.drawText(QPointF(CELL_LEFT, theme.baseline(line.label_role, top, _ROW)), line.label)
        painter.setFont(theme.font(line.role))
        edge = self._right or self.width()
        right = edge - _SHARE_WIDTH - CELL_RIGHT - theme.width(line.role, line.value)
        painter.drawText(QPointF(right, theme.baseline(line.role, top, _ROW)), line.value)
        if line.share and line.value != formatting.MISSING:
            painter.setFont(theme.font("number"))
            painter.setPen(theme.color("second"))
            left = edge - CELL_RIGHT - theme.width("number", line.share)
            painter.drawText(QPointF(left, theme.baseline("number", top, _ROW)), line.share)


class BalancesPanel(Panel):
    """Balances over all accounts by asset."""

    object_name = "balances"
    title = "Balances"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = BalancesPresenter(context.market, context.portfolio)
        self._columns = _columns(self.presenter.currency)
        self.table: RecordTable[BalanceRow] = RecordTable(
            context.theme,
            self._columns,
            key=lambda row: row.asset,
            name="balances_table",
            title="Balances",
            empty_text="No balances yet. They appear as soon as an account is connected.",
            parent=self,
        )
        self.table.menu_opening.connect(self._fill_menu)
        self._footer = Footer(context.theme, self.presenter.currency, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._footer)
        self._registration = context.frame_clock.register(self, self._topics, self.render_rows)
        # values move with every price; they are told anew in the same frame as the top bar's equity, so that both agree
        context.frame_clock.tick.connect(self._revalue)

    def stop(self) -> None:
        super().stop()
        self.context.frame_clock.tick.disconnect(self._revalue)
        self._registration.close()

    def _revalue(self, _now: int) -> None:
        self._registration.request()

    def _topics(self) -> set[Hashable]:
        return {TradingTopic.BALANCES, _INSTRUMENTS}

    def render_rows(self) -> None:
        rows = self.presenter.rows()
        self.table.set_rows(rows)
        totals = self.presenter.totals(rows, [account.label for account in self.context.accounts.accounts])
        self._footer.show_totals(totals)
        self._footer.set_right(self.table.viewport().width())
        problem = self.presenter.problem
        polled = self.presenter.polled(self.context.accounts.accounts)
        listed = f"listed {totals.age} ago" if totals.age and totals.age != "now" else ""
        self.set_subtitle(polled or listed if problem is None else f"as last known: {brief_reason(problem)}")

    def _fill_menu(self, menu: QMenu, row: BalanceRow | None) -> None:
        hide = QAction("Hide dust", menu)
        hide.setCheckable(True)
        hide.setChecked(self.presenter.hide_dust)
        hide.toggled.connect(self._set_hide_dust)
        menu.addAction(hide)
        add_export(menu, self._columns, self.table.rows, self)

    def _set_hide_dust(self, hide: bool) -> None:
        self.presenter.hide_dust = hide
        self._registration.request()
