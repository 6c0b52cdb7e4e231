"""The transfers panel: an account's wallets, transfers between own accounts, and what moved in and out."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from terminal.domain.failures import Failure
from terminal.domain.wallet import DepositProof, Transfer, TransferRequest
from terminal.trading.activity import LogLevel
from terminal.trading.topics import TradingTopic
from terminal.trading.transfers import SOURCE, STATEMENT_DAYS, TransferDenied, Transfers
from terminal.trading.wallet_state import Outcome
from terminal.ui.export_action import add_export
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.record_table import Column, RecordTable
from terminal.ui.transfers.columns import (
    holding_columns,
    statement_columns,
    sub_fill_columns,
    sub_order_columns,
    transfer_columns,
)
from terminal.ui.transfers.forms import AddressForm, ProofDialog, TransferForm, button, combo, label, refill, say
from terminal.ui.transfers.presenter import (
    LISTINGS,
    SUB_PAGES,
    Page,
    Said,
    TransfersPresenter,
    needs_proof,
    record_key,
)

_TABS = (
    Page.ACCOUNTS, Page.TRANSFER, Page.ADDRESS, Page.DEPOSITS, Page.WITHDRAWALS, Page.FIAT, Page.STATEMENT,
    Page.SUB_OPEN,
)  # fmt: skip


class TransfersPanel(Panel):
    """Reads while it is visible, on demand and after a transfer: the venues allow few such queries."""

    object_name = "transfers"
    title = "Transfers"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        transfers = context.transfers
        if transfers is None:
            raise ValueError("the context holds no transfers")
        self._transfers: Transfers = transfers
        self.presenter = TransfersPresenter(transfers, context.accounts, context.market)
        self._sub_page = Page.SUB_OPEN
        self.account_box = combo("transfers_account", "Account", self)
        self.summary = label("", self, "transfers_summary")
        self.progress = label("", self, "transfers_progress")
        self.refresh_button = button("Refresh", "transfers_refresh", "outline", self)
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("transfers_tabs")
        self.tabs.setAccessibleName("Transfers pages")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for page in _TABS:
            self.tabs.addTab("Sub" if page is Page.SUB_OPEN else page.value)
        self.flow_box = combo("transfers_flow", "Kind of statement line", self)
        self.sub_view = combo("transfers_sub_view", "What of the sub account", self)
        for page, text in zip(SUB_PAGES, ("Working orders", "Order history", "Fills"), strict=True):
            self.sub_view.addItem(text, page)
        self.sub_box = combo("transfers_sub_account", "Sub account", self)
        self.form = TransferForm(context.theme, self.presenter, self)
        self.address = AddressForm(context.theme, self.presenter, self)
        self.tables: dict[Page, RecordTable[Any]] = {}
        self._columns: dict[Page, list[Column[Any]]] = {
            Page.ACCOUNTS: holding_columns(),
            Page.DEPOSITS: transfer_columns(proof=True),
            Page.WITHDRAWALS: transfer_columns(),
            Page.FIAT: transfer_columns(both_ways=True),
            Page.STATEMENT: statement_columns(self.presenter.account_name),
            Page.SUB_OPEN: sub_order_columns(),
            Page.SUB_ORDERS: sub_order_columns(),
            Page.SUB_FILLS: sub_fill_columns(),
        }
        self._stack = QStackedWidget(self)
        self._pages: dict[Page, QWidget] = {Page.TRANSFER: self.form, Page.ADDRESS: self.address}
        for page, columns in self._columns.items():
            self._pages[page] = self.tables[page] = self._table(page, columns)
        for widget in self._pages.values():
            self._stack.addWidget(widget)
        self._lay_out()
        self._connect()
        self._registration = context.frame_clock.register(self, lambda: (TradingTopic.WALLET,), self.render_now)
        context.frame_clock.tick.connect(self._on_tick)

    def _table(self, page: Page, columns: list[Column[Any]]) -> RecordTable[Any]:
        table: RecordTable[Any] = RecordTable(
            self.context.theme,
            columns,
            key=(lambda row: (row.id, row.asset)) if page is Page.ACCOUNTS else record_key,
            name=f"transfers_{page.name.lower()}",
            title=page.value,
            parent=self,
        )
        table.menu_opening.connect(lambda menu, _row: self._fill_menu(page, menu))
        return table

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 2, 8, 2)
        head.setSpacing(8)
        head.addWidget(self.account_box)
        head.addWidget(self.summary, 1)
        for widget in (self.flow_box, self.sub_box, self.sub_view, self.progress, self.refresh_button):
            head.addWidget(widget)
        # what is told here must not push what is pressed
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.account_box.setFixedWidth(130)
        self.sub_box.setFixedWidth(150)
        self.flow_box.setFixedWidth(180)
        self.refresh_button.setFixedWidth(64)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_page)
        self.account_box.activated.connect(self._on_account)
        self.flow_box.activated.connect(self.refresh)
        self.sub_box.activated.connect(self.refresh)
        self.sub_view.activated.connect(self._on_sub_view)
        self.refresh_button.clicked.connect(self.refresh)
        self.form.confirmed.connect(self._move)
        self.address.asked.connect(self._show_address)
        self.tables[Page.DEPOSITS].cell_clicked.connect(self._on_deposit)

    def stop(self) -> None:
        super().stop()
        self.context.frame_clock.tick.disconnect(self._on_tick)
        self._registration.close()

    def on_visible(self, visible: bool) -> None:
        if visible:
            self._read_missing()

    @property
    def page(self) -> Page:
        page = _TABS[self.tabs.currentIndex()]
        return self._sub_page if page is Page.SUB_OPEN else page

    def show_page(self, page: Page) -> None:
        """Bring a page to the front."""
        if page in SUB_PAGES:
            self._sub_page = page
            self.sub_view.setCurrentIndex(self.sub_view.findData(page))
            page = Page.SUB_OPEN
        self.tabs.setCurrentIndex(_TABS.index(page))
        self._on_page()

    # reading

    def refresh(self) -> None:
        """Read again what is shown."""
        account, page = self.presenter.account, self.page
        if account is None or self.presenter.missing(page) is not None:
            return
        if page in LISTINGS:
            work = self._transfers.load_listing(
                account, LISTINGS[page], flow=self.flow_box.currentData(), sub_account=self.sub_box.currentData()
            )
            self._start(work, f"read {page.value.lower()}")
        elif page is not Page.ADDRESS:
            self._start(self._transfers.load(account), "read the accounts")

    def _read_missing(self) -> None:
        account = self.presenter.account
        if account is None or not self.isVisible():
            return
        overview = self.presenter.state.overview
        if overview.time is None and not overview.is_loading:
            self._start(self._transfers.load(account), "read the accounts")
        if self.page in LISTINGS and self.presenter.reading(self.page).time is None:
            self.refresh()
        self._registration.request()

    def _start(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self.context.tasks.start(work, name)

    def _on_tick(self, _now: int) -> None:
        # an account may have connected since; ages grow without anything changing
        if self.presenter.state.overview.time is None:
            self._read_missing()
        self._registration.request()

    # drawing

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        presenter, page = self.presenter, self.page
        refill(self.account_box, presenter.choices())
        refill(self.sub_box, [(id, id) for id in presenter.sub_accounts()])
        refill(self.flow_box, self._flows())
        self.flow_box.setVisible(page is Page.STATEMENT)
        self.sub_box.setVisible(page in SUB_PAGES)
        self.sub_view.setVisible(page in SUB_PAGES)
        has_room = page not in SUB_PAGES and page is not Page.STATEMENT
        text = presenter.summary() if has_room else ""
        room = self.summary.width()
        self.summary.setText(self.context.theme.metrics("text").elidedText(text, Qt.TextElideMode.ElideRight, room))
        self.summary.setToolTip(plain_tooltip(text))
        missing = presenter.missing(page)
        progress = presenter.progress(page)
        say(self.context.theme, self.progress, Said() if missing else progress)
        self.refresh_button.setEnabled(missing is None and not presenter.reading(page).is_loading)
        self.refresh_button.setToolTip(missing or "Read again")
        self._stack.setCurrentWidget(self._pages[page])
        if page is Page.TRANSFER:
            self.form.show_state()
        elif page is Page.ADDRESS:
            self.address.show_state()
        else:
            table = self.tables[page]
            table.set_empty_text(presenter.empty(page))
            table.set_rows(presenter.holdings() if page is Page.ACCOUNTS else presenter.reading(page).rows)

    def _flows(self) -> list[tuple[tuple[int, int] | None, str]]:
        info = None if self.presenter.account is None else self.context.accounts.get(self.presenter.account)
        if info is None or info.venue not in self.context.market.venues:
            return []
        kinds = self.context.market.capabilities(info.venue).flow_types
        everything: tuple[tuple[int, int] | None, str] = (None, f"Everything, {STATEMENT_DAYS} days")
        return [everything, *(((kind.code, kind.days), f"{kind.text}, {kind.days} days") for kind in kinds)]

    def _fill_menu(self, page: Page, menu: QMenu) -> None:
        add_export(menu, self._columns[page], self.tables[page].rows, self)

    # what the trader does

    def _on_page(self) -> None:
        self._read_missing()
        self.render_now()

    def _on_sub_view(self) -> None:
        self._sub_page = self.sub_view.currentData()
        self._on_page()

    def _on_account(self, index: int) -> None:
        self.presenter.pick(self.account_box.itemData(index))
        self._on_page()

    def _show_address(self, asset: str, network: str | None) -> None:
        if self.presenter.account is not None:
            self._start(self._transfers.load_addresses(self.presenter.account, asset, network), "read the address")

    def _move(self, request: TransferRequest) -> None:
        if self.presenter.account is not None:
            self._start(self._submit(self.presenter.account, request), "move assets")

    async def _submit(self, account: str, request: TransferRequest) -> None:
        try:
            sent = await self._transfers.submit(account, request)
        except TransferDenied as denied:
            self.context.activity.add(LogLevel.WARNING, SOURCE, f"{account}: not moved: {denied.rule}")
            return
        if sent.outcome is not Outcome.REFUSED:
            await self._transfers.load(account)

    def _on_deposit(self, row: Transfer, _column: str) -> None:
        info = None if self.presenter.account is None else self.context.accounts.get(self.presenter.account)
        if info is None or not needs_proof(row):
            return
        account = info.label
        dialog = ProofDialog(row, self.context.market.capabilities(info.venue).deposit_exchanges, self)
        dialog.given.connect(lambda proof: self._start(self._authenticate(account, proof), "confirm the sender"))
        dialog.open()

    async def _authenticate(self, account: str, proof: DepositProof) -> None:
        try:
            await self._transfers.authenticate(account, proof)
        except Failure as failure:
            fate = "it is not known whether the sender was confirmed" if failure.may_have_executed else "not confirmed"
            self.context.activity.add(LogLevel.ERROR, SOURCE, f"{account}: {fate}: {failure}")
        # whatever the answer was, the list says how the deposit stands
        await self._transfers.load_listing(account, LISTINGS[Page.DEPOSITS])
