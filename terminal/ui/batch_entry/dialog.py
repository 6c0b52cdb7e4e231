"""The batch dialog: fields at the left, the orders they describe at the right, one button that sends them.

It is no modal window: market, orders and the panic key stay in reach. The preview is the confirmation; Space and
Enter never send, and what was sent stays until it is closed.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from terminal.accounts.account_book import AccountInfo
from terminal.domain import Instrument, Side
from terminal.market.topics import Changed, Topic
from terminal.trading.risk import RiskDenied
from terminal.trading.topics import TradingTopic
from terminal.ui.batch_entry.presenter import BatchPresenter
from terminal.ui.batch_entry.view import BatchDraft, BatchRow, BatchView
from terminal.ui.order_ticket.body import PreventionBox
from terminal.ui.order_ticket.buttons import SendButton
from terminal.ui.order_ticket.confirmation import LOCK_MS
from terminal.ui.order_ticket.controls import ChoiceRow, MessageLine, NumberField
from terminal.ui.panel import PanelContext
from terminal.ui.record_table import Align, Column, RecordTable

_FIELDS_WIDTH = 292
_COLUMNS: tuple[Column[BatchRow], ...] = (
    Column(key="number", title="#", width=28, align=Align.RIGHT, role="number", text=lambda row: str(row.number),
           color=lambda _: "second"),
    Column(key="price", title="Price", width=90, grows=True, align=Align.RIGHT, role="number",
           text=lambda row: row.price, copy=lambda row: str(row.exact_price)),
    Column(key="quantity", title="Quantity", width=84, grows=True, align=Align.RIGHT, role="number",
           text=lambda row: row.quantity, copy=lambda row: str(row.exact_quantity)),
    Column(key="value", title="Value", width=90, grows=True, align=Align.RIGHT, role="number",
           text=lambda row: row.value),
    Column(key="state", title="State", width=150, stretch=True, text=lambda row: row.state,
           color=lambda row: row.token, tooltip=lambda row: row.state),
)  # fmt: skip


class BatchDialog(QDialog):
    """Opened with `show()`. Follows the market while it is open; sends each batch once."""

    def __init__(self, context: PanelContext, instrument: Instrument, account: AccountInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("batch_dialog")
        self.setWindowTitle("Batch of limit orders")
        self.setAccessibleName("Batch of limit orders")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self._context = context
        self.presenter = BatchPresenter(
            market=context.market, desk=context.desk, arming=context.arming, instrument=instrument, account=account
        )
        self.view: BatchView | None = None
        self._is_settled = False
        self._watch = context.market.watch(Topic.BOOK, instrument.id)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._frame = context.frame_clock.register(
            self,
            lambda: (
                Changed(Topic.BOOK, instrument.id),
                TradingTopic.ORDERS,
                TradingTopic.BALANCES,
                TradingTopic.FEES,
                TradingTopic.ARMING,
            ),
            self.render_now,
        )
        self.resize(940, 560)
        QTimer.singleShot(LOCK_MS, self, self._settle)
        self.render_now()
        self.first.edit.setFocus()

    # parts

    def _make_parts(self) -> None:
        theme = self._context.theme
        self.heading = self._text("batch_heading", "Instrument and account")
        self.heading.setFont(theme.font("total"))
        self.badge = self._text("batch_environment", "Environment")
        self.badge.setProperty("kind", "warning")
        self.sides = ChoiceRow(theme, "batch_side", "Side", "side", self)
        self.types = ChoiceRow(theme, "batch_type", "Order type", "segment", self)
        self.first = NumberField(theme, "batch_first", "First price", self)
        self.last = NumberField(theme, "batch_last", "Last price", self)
        self.count = NumberField(theme, "batch_count", "Orders", self)
        self.total = NumberField(theme, "batch_total", "Total quantity", self)
        self.fields = {"first": self.first, "last": self.last, "count": self.count, "total": self.total}
        self.lines = {
            name: MessageLine(theme, f"batch_{name}_rule", f"{title} rule", self)
            for name, title in (
                ("first", "First price"),
                ("last", "Last price"),
                ("count", "Orders"),
                ("total", "Total quantity"),
            )
        }
        self.splits = ChoiceRow(theme, "batch_split", "Sizes", "segment", self)
        self.times = ChoiceRow(theme, "batch_time", "Time in force", "segment", self)
        self.prevention = PreventionBox(theme, self)
        self.prevention.setObjectName("batch_prevention")
        self.table: RecordTable[BatchRow] = RecordTable(
            theme,
            _COLUMNS,
            key=lambda row: row.number,
            name="batch_orders",
            title="The orders of this batch",
            empty_text="Two prices and a total size make the orders.",
            parent=self,
        )
        self.summary = [
            (self._text(f"batch_summary_{i}", "Summary"), self._text(f"batch_figure_{i}", "Figure")) for i in range(4)
        ]
        self.warnings = self._text("batch_warnings", "Warnings")
        self.warnings.setProperty("kind", "warning")
        self.warnings.setWordWrap(True)
        self.accept_box = QCheckBox("I have read this: send", self)
        self.accept_box.setObjectName("batch_accept_warnings")
        self.accept_box.setAccessibleName("Yes, send these orders")
        self.outcome = MessageLine(theme, "batch_outcome", "What became of the orders", self)
        self.reason = self._text("batch_reason", "Why it cannot be sent")
        self.reason.setProperty("kind", "second")
        self.reason.setWordWrap(True)
        self.close_button = self._button("Close", "batch_close")
        self.again_button = self._button("New batch", "batch_again")
        self.send_button = SendButton(self)
        self.send_button.setObjectName("batch_send")
        self.send_button.setFixedHeight(34)

    def _text(self, name: str, title: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAccessibleDescription(title)
        return label

    def _button(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setProperty("kind", "outline")
        button.setAutoDefault(False)
        button.setFixedHeight(34)
        return button

    def _lay_out(self) -> None:
        fields = QVBoxLayout()
        fields.setSpacing(4)
        for part, height in (
            (self.sides, 30),
            (self.types, 26),
            (self.first, 28),
            (self.lines["first"], 14),
            (self.last, 28),
            (self.lines["last"], 14),
            (self.count, 28),
            (self.lines["count"], 14),
            (self.total, 28),
            (self.lines["total"], 14),
        ):
            part.setFixedSize(_FIELDS_WIDTH, height)
            fields.addWidget(part)
        choices: tuple[tuple[str, QWidget], ...] = (
            ("Sizes", self.splits),
            ("Time in force", self.times),
            ("Self-trade", self.prevention),
        )
        for title, choice in choices:
            label = QLabel(title, self)
            label.setProperty("kind", "second")
            fields.addWidget(label)
            choice.setFixedSize(_FIELDS_WIDTH, 26)
            fields.addWidget(choice)
        fields.addStretch(1)
        figures = QGridLayout()
        figures.setHorizontalSpacing(24)
        figures.setVerticalSpacing(2)
        for index, (label, figure) in enumerate(self.summary):
            label.setProperty("kind", "second")
            figure.setFont(self._context.theme.font("number"))
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            row, column = index % 2, 2 * (index // 2)
            figures.addWidget(label, row, column)
            figures.addWidget(figure, row, column + 1)
        figures.setColumnStretch(1, 1)
        figures.setColumnStretch(3, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.table, 1)
        right.addLayout(figures)
        right.addWidget(self.warnings)
        right.addWidget(self.accept_box)
        self.outcome.setFixedHeight(16)
        right.addWidget(self.outcome)
        right.addWidget(self.reason)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.badge)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addLayout(fields)
        middle.addLayout(right, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.send_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addLayout(middle, 1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        for name, field in self.fields.items():
            field.edit.textEdited.connect(lambda text, name=name: self._on_typed(name, text))
            field.edit.stepped.connect(lambda steps, name=name: self._on_stepped(name, steps))
        for what, row in (
            ("side", self.sides),
            ("type", self.types),
            ("split", self.splits),
            ("time", self.times),
        ):
            row.picked.connect(lambda key, what=what: self._on_choice(what, key))
        self.prevention.activated.connect(
            lambda index: self._on_choice("prevention", self.prevention.itemData(index) or "")
        )
        self.accept_box.toggled.connect(self._on_accept)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._on_finished)
        self.again_button.clicked.connect(self._on_again)
        self.send_button.clicked.connect(self.send)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.send)
        self._context.frame_clock.tick.connect(self._request)

    # what the trader does

    def _on_typed(self, name: str, text: str) -> None:
        self.presenter.form.type_into(name, text)
        self._edited()

    def _on_stepped(self, name: str, steps: int) -> None:
        book = self._context.market.hub.book(self.presenter.instrument.id).book
        self.presenter.form.step(name, steps, book)
        self._edited()

    def _on_choice(self, what: str, key: str) -> None:
        self.presenter.form.choose(what, key)
        self._edited()

    def _on_accept(self, accepts: bool) -> None:
        self.presenter.accept(accepts)
        self.render_now()

    def _on_again(self) -> None:
        self.presenter.again()
        self.accept_box.setChecked(False)
        self.render_now()

    def _edited(self) -> None:
        self.presenter.edited()
        self.render_now()

    def send(self) -> None:
        """Send the batch that is shown, once, if nothing stands against it."""
        draft = self.presenter.draft() if self._is_settled else None
        if draft is None:
            self.render_now()
            return
        self.presenter.sending()
        self._context.tasks.start(self._submit(draft), "place a batch of orders")
        self.render_now()

    async def _submit(self, draft: BatchDraft) -> None:
        presenter = self.presenter
        try:
            presenter.sent(await self._context.desk.submit_batch(draft.account, draft.requests, allow=draft.allow))
        except RiskDenied as denied:
            presenter.denied(denied.breaches)
        finally:
            if presenter.is_sending:
                presenter.failed()
            self._request()

    # drawing

    def _settle(self) -> None:
        # the second click of the double click that opened the dialog is not a yes
        self._is_settled = True
        self.render_now()

    def _request(self, *_: object) -> None:
        self._frame.request()

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        view = self.presenter.view()
        self._show_accept(view)
        self.send_button.setEnabled(self._is_settled and not view.reason)
        if view == self.view:
            return
        self.view = view
        self.heading.setText(view.heading)
        self.badge.setText(view.badge)
        self.sides.show_choices(view.sides)
        self.types.show_choices(view.types)
        self.splits.show_choices(view.splits)
        self.times.show_choices(view.times)
        self.prevention.show_choices(view.preventions, view.prevention_reason)
        for name, shown in (
            ("first", view.first),
            ("last", view.last),
            ("count", view.count),
            ("total", view.total),
        ):
            self.fields[name].show_view(shown)
            self.lines[name].show_message(shown.message)
        for row in (self.sides, self.types, self.splits, self.times):
            row.setEnabled(not view.is_sent)
        self.table.set_rows(view.rows)
        for (label, figure), (title, text) in zip(self.summary, view.summary, strict=True):
            label.setText(title)
            figure.setText(text)
        self.outcome.show_message(view.outcome)
        self.reason.setText("" if view.is_sent else view.reason or "Ctrl Enter sends, Esc closes")
        self.again_button.setVisible(view.is_sent)
        self.again_button.setEnabled(not self.presenter.is_sending)
        self.send_button.setText(view.button)
        self.send_button.setAccessibleName(view.button)
        self.send_button.setAccessibleDescription(view.reason or view.detail)
        self.send_button.setToolTip(view.reason or view.detail)
        self._show_side(view.side)

    def _show_accept(self, view: BatchView) -> None:
        has_warnings = bool(view.warnings) and not view.is_sent
        if self.accept_box.isChecked() and (not has_warnings or not view.is_accepted):
            self.accept_box.setChecked(False)
        self.warnings.setText("\n".join(view.warnings) if has_warnings else "")
        self.warnings.setVisible(has_warnings)
        self.accept_box.setVisible(has_warnings)

    def _show_side(self, side: Side) -> None:
        kind = "buy" if side is Side.BUY else "sell"
        if self.send_button.property("kind") != kind:
            self.send_button.setProperty("kind", kind)
            self.send_button.style().unpolish(self.send_button)
            self.send_button.style().polish(self.send_button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # a dialog presses its default button on Enter: nothing here is sent by Enter alone
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)

    def _on_finished(self) -> None:
        self._frame.close()
        self._watch.close()
