"""The order ticket panel: brings market and keys to the presenter, and its confirmed drafts to the order desk."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QScrollArea, QWidget

from terminal.domain import InstrumentId, OrderRequest, OrderType, Side, TimeInForce
from terminal.market.subscriptions import Watch
from terminal.market.topics import Changed, Topic
from terminal.trading.risk import RiskDenied
from terminal.trading.topics import TradingTopic
from terminal.ui.order_ticket.body import MARGIN, TicketBody
from terminal.ui.order_ticket.buttons import Footer, SubmitButton
from terminal.ui.order_ticket.confirmation import Confirmation
from terminal.ui.order_ticket.controls import MESSAGE_HEIGHT, ChoiceRow, MessageLine
from terminal.ui.order_ticket.form import Field, TicketForm
from terminal.ui.order_ticket.presenter import TicketPresenter
from terminal.ui.order_ticket.view import Draft, TicketView
from terminal.ui.panel import Panel, PanelContext

_ROOMY_HEIGHT = 520


class TicketPanel(Panel):
    """Types, checks and sends one order. Works disarmed, but then always asks."""

    object_name = "ticket"
    title = "Order ticket"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self.presenter = TicketPresenter(
            market=context.market,
            desk=context.desk,
            portfolio=context.portfolio,
            arming=context.arming,
            accounts=context.accounts,
        )
        self._watches: list[Watch] = []
        self._instrument: InstrumentId | None = None
        self._preset_editor: QLineEdit | None = None
        self.confirmation: Confirmation | None = None
        self.view: TicketView | None = None
        self._scroll = QScrollArea(self)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = TicketBody(theme)
        self._scroll.setWidget(self.body)
        self.outcome = MessageLine(theme, "ticket_outcome", "What became of the last order", self)
        self.submit_button = SubmitButton(theme, self)
        self.footer = Footer(theme, self)
        self.batch_button = QPushButton("Batch…", self)
        self.batch_button.setObjectName("ticket_batch")
        self.batch_button.setAccessibleName("Batch of limit orders")
        self.batch_button.setToolTip("A ladder of up to 20 limit orders between two prices (Ctrl+Shift+B)")
        self.batch_button.setProperty("kind", "small")
        self.batch_button.setFont(theme.font("small_medium"))
        self.batch_button.setFixedHeight(20)
        # a focused button would act on Space
        self.batch_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._connect()
        self._frame = context.frame_clock.register(self, self._topics, self.render_now)

    def _connect(self) -> None:
        body = self.body
        body.header.accounts.activated.connect(self._on_account)
        body.sides.picked.connect(self._on_side)
        body.types.picked.connect(self._on_type)
        body.price_actions.picked.connect(self._on_price_action)
        body.presets.picked.connect(self._on_preset)
        body.presets.edited.connect(self.edit_preset)
        body.percents.picked.connect(self._on_percent)
        body.times.picked.connect(self._on_time_in_force)
        body.prevention.activated.connect(self._on_prevention)
        for field, part in ((Field.PRICE, body.price), (Field.QUANTITY, body.quantity), (Field.TOTAL, body.total)):
            part.edit.textEdited.connect(lambda text, field=field: self._on_typed(field, text))
            part.edit.stepped.connect(lambda steps, field=field: self._on_stepped(field, steps))
            part.edit.entered.connect(lambda field=field: self._on_edit(field, True))
            part.edit.left.connect(lambda field=field: self._on_edit(field, False))
        self.submit_button.clicked.connect(self.submit)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.submit_or_confirm)
        self.batch_button.clicked.connect(self.open_batch)
        batch = QShortcut(QKeySequence("Ctrl+Shift+B"), self)
        batch.setAutoRepeat(False)
        batch.activated.connect(self.open_batch)
        self.context.frame_clock.tick.connect(self._request)
        self._follow_selection()

    # the panel

    def title_widget(self) -> QWidget:
        return self.batch_button

    def fill_menu(self, menu: QMenu) -> None:
        menu.addAction("Batch of limit orders…").triggered.connect(self.open_batch)
        check = menu.addAction("Check this order with the venue")
        check.setEnabled(self.presenter.testable() is not None)
        check.setToolTip("Asks the venue what it would say; nothing is placed")
        check.triggered.connect(self.check_with_venue)

    def check_with_venue(self) -> None:
        """Have the venue check the order that stands in the ticket, without placing it."""
        asked = self.presenter.testable()
        if asked is not None and self._instrument is not None:
            self.presenter.checking()
            self.context.tasks.start(self._check(*asked, self._instrument), "check the order with the venue")
            self.render_now()

    async def _check(self, account: str, request: OrderRequest, instrument: InstrumentId) -> None:
        verdict = await self.context.desk.test_order(account, request)
        self.presenter.checked(instrument, verdict)
        self._request()

    def open_batch(self) -> None:
        """Open the batch dialog for the instrument and account shown; nothing while either is not known."""
        form, account = self.presenter.form, self.presenter.account
        if form is None or account is None:
            return
        from terminal.ui.batch_entry.dialog import BatchDialog

        BatchDialog(self.context, form.instrument, account, self.window()).show()

    def start(self) -> None:
        super().start()
        self._request()

    def stop(self) -> None:
        super().stop()
        self._close_confirmation()
        self._frame.close()
        self._close_watches()

    def set_link(self, colour: str) -> None:
        before = self._selection
        super().set_link(colour)
        if self._selection is not before:
            before.price_picked.disconnect(self.pick_price)
            before.side_picked.disconnect(self.pick_side)
            before.preset_changed.disconnect(self._on_preset_chosen)
            self._follow_selection()

    def _follow_selection(self) -> None:
        self._selection.price_picked.connect(self.pick_price)
        self._selection.side_picked.connect(self.pick_side)
        self._selection.preset_changed.connect(self._on_preset_chosen)

    def on_instrument(self, instrument: InstrumentId) -> None:
        """Turn to another instrument; what was typed for the former one is gone."""
        if instrument != self._instrument:
            self._close_confirmation()
            self._close_preset_editor()
            self._close_watches()
            self._instrument = instrument
            market = self.context.market
            self._watches = [market.watch(Topic.BOOK, instrument), market.watch(Topic.TICKER, instrument)]
            self.presenter.set_instrument(instrument)
            self.presenter.presets.chosen = self._selection.preset_quantity
            self._show_subtitle()
            if self._is_started:
                self.render_now()
        self._request()

    def _show_subtitle(self) -> None:
        form = self.presenter.form
        self.set_subtitle("" if form is None else form.instrument.pair)

    def _topics(self) -> tuple[object, ...]:
        instrument = self._instrument
        return (
            Changed(Topic.BOOK, instrument),
            Changed(Topic.STREAMS),
            Changed(Topic.INSTRUMENTS),
            TradingTopic.ORDERS,
            TradingTopic.BALANCES,
            TradingTopic.FEES,
            TradingTopic.ARMING,
        )

    def _request(self, *_: object) -> None:
        self._frame.request()

    def _close_watches(self) -> None:
        for watch in self._watches:
            watch.close()
        self._watches.clear()

    # drawing

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        view = self.presenter.view(self.context.market.clock())
        self._update_confirmation(view)
        if view == self.view:
            return
        self.view = view
        self._show_subtitle()
        self.body.show_view(view)
        self.outcome.show_message(view.outcome)
        self.submit_button.show_view(view.submit)
        self.footer.show_message(view.footer)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        button = 48 if height >= _ROOMY_HEIGHT else 44
        bottom = height - 9 - 16
        self.footer.setGeometry(MARGIN, bottom, width - 2 * MARGIN, 16)
        self.submit_button.setGeometry(MARGIN, bottom - 7 - button, width - 2 * MARGIN, button)
        above = self.submit_button.y() - 3 - MESSAGE_HEIGHT
        self.outcome.setGeometry(MARGIN, above, width - 2 * MARGIN, MESSAGE_HEIGHT)
        self._scroll.setGeometry(QRect(0, 0, width, above))
        self.body.fit(width, above)
        if self.confirmation is not None:
            self.confirmation.setGeometry(self.rect())

    # what the trader does

    def _form(self) -> TicketForm | None:
        return self.presenter.form

    def _edited(self) -> None:
        self.presenter.edited()
        self.render_now()

    def _on_account(self, index: int) -> None:
        # an order that waits for its yes was meant for the other account
        self._close_confirmation()
        self.presenter.choose_account(self.body.header.accounts.itemData(index))
        self.render_now()

    def _on_side(self, key: str) -> None:
        self.pick_side(Side(key))

    def pick_side(self, side: Side) -> None:
        """Take the side of a click in the ladder or of the ticket's own buttons."""
        form = self._form()
        if form is not None:
            self._close_confirmation()
            form.choose_side(side, self.presenter.market())
            self._edited()

    def pick_price(self, price: Decimal) -> None:
        """Take a price that was clicked in the ladder or the chart; a market order becomes a limit order."""
        form = self._form()
        if form is not None:
            self._close_confirmation()
            if form.type is OrderType.MARKET and OrderType.LIMIT in form.capabilities.order_types:
                form.choose_type(OrderType.LIMIT)
            form.set_price(price)
            self._edited()

    def _on_type(self, key: str) -> None:
        form = self._form()
        if form is not None:
            form.choose_type(OrderType(key))
            self._edited()

    def _on_time_in_force(self, key: str) -> None:
        form = self._form()
        if form is not None:
            form.choose_time_in_force(TimeInForce(key))
            self._edited()

    def _on_prevention(self, index: int) -> None:
        form = self._form()
        if form is not None:
            form.choose_option(str(self.body.prevention.itemData(index)))
            self._edited()

    def _on_price_action(self, key: str) -> None:
        form = self._form()
        if form is not None:
            form.act_on_price(key, self.presenter.market())
            self._edited()

    def _on_preset(self, key: str) -> None:
        form, instrument = self._form(), self._instrument
        sizes = None if instrument is None else self.presenter.presets.sizes(instrument)
        if form is not None and sizes is not None:
            form.set_quantity(sizes[int(key)])
            self.selection.choose_preset(sizes[int(key)])
            self._edited()

    def _on_preset_chosen(self, quantity: Decimal | None) -> None:
        self.presenter.presets.chosen = quantity
        self._request()

    def _on_percent(self, key: str) -> None:
        form = self._form()
        if form is not None:
            form.use_percent(int(key), self.presenter.market())
            self._edited()

    def _on_typed(self, field: Field, text: str) -> None:
        form = self._form()
        if form is not None:
            form.type_into(field, text)
            self._edited()

    def _on_stepped(self, field: Field, steps: int) -> None:
        form = self._form()
        if form is not None and field is not Field.TOTAL:
            if field is Field.PRICE:
                form.step_price(steps, self.presenter.market())
            else:
                form.step_quantity(steps)
            self._edited()

    def _on_edit(self, field: Field, begins: bool) -> None:
        form = self._form()
        if form is None:
            return
        if begins:
            form.begin_edit(field)
        else:
            form.end_edit(field)
        self.render_now()

    # presets

    def edit_preset(self, index: int) -> None:
        """Open a line over a size button; Enter takes the new size, Esc or leaving keeps the old one."""
        instrument = self._instrument
        sizes = None if instrument is None else self.presenter.presets.sizes(instrument)
        if sizes is None:
            return
        self._close_preset_editor()
        row: ChoiceRow = self.body.presets
        editor = QLineEdit(str(sizes[index]), row)
        editor.setObjectName("ticket_preset_editor")
        editor.setAccessibleName(f"New size for button {index + 1}")
        editor.setProperty("kind", "slim")
        editor.setGeometry(row.buttons[index].geometry())
        editor.returnPressed.connect(lambda: self._take_preset(index))
        editor.editingFinished.connect(self._close_preset_editor)
        self._preset_editor = editor
        editor.selectAll()
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_preset(self, index: int) -> None:
        form, editor, instrument = self._form(), self._preset_editor, self._instrument
        if form is None or editor is None or instrument is None:
            return
        problem = self.presenter.presets.edit(form.instrument, index, editor.text())
        if problem:
            self.presenter.note(problem)
        else:
            self._on_preset(str(index))
        self._close_preset_editor()
        self.render_now()

    def _close_preset_editor(self) -> None:
        editor, self._preset_editor = self._preset_editor, None
        if editor is not None:
            editor.hide()
            editor.deleteLater()

    # sending

    def submit_or_confirm(self) -> None:
        """Ctrl+Enter: submit the ticket, or send what is being confirmed."""
        if self.confirmation is not None:
            self.confirmation.send()
        else:
            self.submit()

    def submit(self) -> None:
        """Ask, or send at once when armed and nothing speaks against it. Does nothing while a rule is broken."""
        if self.confirmation is not None:
            return
        draft = self.presenter.draft()
        if draft is None:
            self.render_now()
        elif draft.needs_confirmation:
            self._confirm(draft)
        else:
            self._send(draft)

    def _confirm(self, draft: Draft) -> None:
        dialog = Confirmation(self.context.theme, draft, self)
        dialog.confirmed.connect(self._send)
        dialog.finished.connect(self._on_confirmation_closed)
        self.confirmation = dialog
        self._scroll.setEnabled(False)
        self.submit_button.hide()
        dialog.setGeometry(self.rect())
        dialog.show()
        dialog.raise_()
        dialog.keep_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _update_confirmation(self, view: TicketView) -> None:
        dialog = self.confirmation
        if dialog is None:
            return
        draft = self.presenter.draft()
        if draft is None:
            dialog.show_obstacle(view.submit.reason)
        elif (draft.account, draft.request) == (dialog.draft.account, dialog.draft.request):
            dialog.show_draft(draft)
        else:
            self._close_confirmation()

    def _on_confirmation_closed(self) -> None:
        dialog, self.confirmation = self.confirmation, None
        focused = QApplication.focusWidget()
        self._scroll.setEnabled(True)
        self.submit_button.show()
        if dialog is not None:
            if focused is None or dialog.isAncestorOf(focused):
                self.body.quantity.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            dialog.deleteLater()
        self._request()

    def _close_confirmation(self) -> None:
        if self.confirmation is not None:
            self.confirmation.reject()

    def _send(self, draft: Draft) -> None:
        instrument = self._instrument
        if instrument is None or self.presenter.is_sending:
            return
        self.presenter.sending()
        self.context.tasks.start(self._submit(draft, instrument), "place order")
        self._request()  # drawing now would keep the order waiting

    async def _submit(self, draft: Draft, instrument: InstrumentId) -> None:
        presenter = self.presenter
        try:
            presenter.sent(await self.context.desk.submit(draft.account, draft.request, allow=draft.allow))
        except RiskDenied as denied:
            presenter.denied(instrument, denied.breaches)
        finally:
            if presenter.is_sending:
                presenter.failed(instrument)
            self._request()
