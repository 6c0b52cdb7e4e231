"""Where the ticket's parts stand: everything a taller panel has room for, and nothing that jumps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from terminal.ui.order_ticket.controls import MESSAGE_HEIGHT, ChoiceRow, MessageLine, NumberField, ReceiptView
from terminal.ui.order_ticket.view import Choice, TicketView
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect

MARGIN = 10
_LABEL_WIDTH = 86
_HEADER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a height has room for: lines below the fields, price buttons, header, all rows of the receipt."""

    lines: bool = True
    actions: bool = True
    header: bool = True
    all_rows: bool = True
    field: int = 26
    side: int = 28
    gap: int = 6
    row: int = ReceiptView.LOW_ROW


_SIZES = (
    Size(field=28, side=32, gap=8, row=ReceiptView.ROW),
    Size(field=28, side=32, gap=7),
    Size(),
    Size(all_rows=False),
    Size(all_rows=False, header=False),
    Size(all_rows=False, header=False, actions=False),
    Size(all_rows=False, header=False, actions=False, lines=False),
)
"""From the tallest to the lowest; the last is also used, scrolled, where even that does not fit."""


class HeaderLine(QWidget):
    """Venue and account at the left, fee rates at the right; where the venue has several accounts, a choice of them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._account, self._fees = "", ""
        self.setObjectName("ticket_header")
        self.setAccessibleName("Account and fee rates")
        self.accounts = SlimBox(theme, "ticket_account", "Account", self)
        self.accounts.hide()
        theme.changed.connect(self.update)

    @property
    def offers_accounts(self) -> bool:
        return self.accounts.count() > 1

    def show_accounts(self, choices: tuple[Choice, ...]) -> None:
        self.accounts.show_choices(choices, "The account that ticket and ladder trade with")
        self.accounts.setVisible(self.offers_accounts)
        self._place_accounts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_accounts()

    def _place_accounts(self) -> None:
        fees = self._theme.width("small_number", self._fees)
        needed = self.accounts.sizeHint().width()
        self.accounts.setGeometry(0, 0, min(needed, self.width() - round(fees) - 8), self.height())

    def show_texts(self, account: str, fees: str) -> None:
        if (account, fees) != (self._account, self._fees):
            self._account, self._fees = account, fees
            self.setAccessibleDescription(f"{account}, {fees}")
            self.setToolTip(plain_tooltip(f"{account}\n{fees}"))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        line = theme.baseline("text_strong", 0, self.height())
        start = ink.right("small_number", self.width(), line, self._fees, "second")
        if not self.offers_accounts:
            ink.left("text_strong", 0, line, ink.elided("text_strong", self._account, start - 8), "text")
        painter.end()


class SlimBox(QComboBox):
    """One of a few choices; without any that can be taken it says so."""

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: tuple[Choice, ...] = ()
        self._reason = ""
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setProperty("kind", "slim")

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.isEnabled():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        draw_round_rect(painter, QRectF(self.rect()), 3, border=theme.color("line"))
        line = theme.baseline("text", 0, self.height())
        ink.left("text", 8, line, ink.elided("text", self.currentText(), self.width() - 36), "muted")
        lock = theme.pixmap("lock", "muted", 14, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(self.width() - 22, (self.height() - 14) / 2), lock)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # scrolling past must not change what is sent
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def show_choices(self, choices: tuple[Choice, ...], reason: str) -> None:
        if (choices, reason) == (self._choices, self._reason):
            return
        self._choices, self._reason = choices, reason
        self.clear()
        for choice in choices:
            self.addItem(choice.label, choice.key)
            if choice.is_checked:
                self.setCurrentIndex(self.count() - 1)
        self.setEnabled(any(choice.is_enabled for choice in choices))
        self.setToolTip(plain_tooltip(reason))
        self.setAccessibleDescription(reason)


class PreventionBox(SlimBox):
    """The self-trade prevention modes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ticket_prevention", "Self-trade prevention", parent)


class TicketBody(QWidget):
    """All parts above the button, placed by hand so that each keeps its place whatever is shown in it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ticket_body")
        self._room = (0, 0)
        self.header = HeaderLine(theme, self)
        self.sides = ChoiceRow(theme, "side", "Side", "side", self)
        self.types = ChoiceRow(theme, "type", "Order type", "segment", self)
        self.price = NumberField(theme, "price", "Price", self)
        self.price_line = MessageLine(theme, "ticket_price_rule", "Price rule", self)
        self.price_actions = ChoiceRow(theme, "price_action", "Set price", "preset", self)
        self.quantity = NumberField(theme, "quantity", "Quantity", self)
        self.quantity_line = MessageLine(theme, "ticket_quantity_rule", "Quantity rule", self)
        self.presets = ChoiceRow(theme, "preset", "Size", "preset", self)
        self.percents = ChoiceRow(theme, "percent", "Share of the balance", "preset", self)
        self.total = NumberField(theme, "total", "Total", self)
        self.total_line = MessageLine(theme, "ticket_total_rule", "Total rule", self)
        self.times_label = _label("Time in force", self)
        self.times = ChoiceRow(theme, "time_in_force", "Time in force", "segment", self)
        self.prevention_label = _label("Self-trade", self)
        self.prevention = PreventionBox(theme, self)
        self.receipt = ReceiptView(theme, self)

    def _order_focus(self) -> None:
        chain: list[QWidget] = [self.header.accounts]
        for part in (self.sides, self.types, self.price, self.price_actions, self.quantity, self.presets):
            chain += part.buttons if isinstance(part, ChoiceRow) else [part.edit]
        chain += [*self.percents.buttons, self.total.edit, *self.times.buttons, self.prevention]
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)

    def show_view(self, view: TicketView) -> None:
        had_buttons = bool(self.sides.buttons)
        self.header.show_texts(view.account, view.fees)
        offered = self.header.offers_accounts
        self.header.show_accounts(view.accounts)
        if self.header.offers_accounts != offered:
            self.fit(*self._room)  # the head line takes room of its own
        self.sides.show_choices(view.sides)
        self.types.show_choices(view.types)
        self.price_actions.show_choices(view.price_actions)
        self.presets.show_choices(view.presets)
        self.percents.show_choices(view.percents)
        self.times.show_choices(view.times_in_force)
        if not had_buttons:
            self._order_focus()
        self.prevention_label.setText(view.option_label)
        self.prevention.setAccessibleName(view.option_label)
        self.prevention.show_choices(view.preventions, view.prevention_reason)
        for field, line, shown in (
            (self.price, self.price_line, view.price),
            (self.quantity, self.quantity_line, view.quantity),
            (self.total, self.total_line, view.total),
        ):
            field.show_view(shown)
            line.show_message(shown.message)
        fields = (view.price, view.quantity, view.total)
        self.receipt.show_rows(view.receipt, tuple(field.message.text for field in fields if field.is_wrong))

    def fit(self, width: int, height: int) -> None:
        """Take this room, or as much height as the parts need."""
        self._room = (width, height)
        self.setFixedSize(width, max(self.arrange(width, height), height))

    def arrange(self, width: int, height: int) -> int:
        """Place the parts for this much room; returns the height they need."""
        for size in _SIZES:
            plan = self._plan(size)
            needed = sum(part_height for _, part_height in plan)
            if needed <= height:
                break
        inner = width - 2 * MARGIN
        y = 0
        shown: set[QWidget] = set()
        for part, tall in plan:
            if part is self.times or part is self.prevention:
                label = self.times_label if part is self.times else self.prevention_label
                label.setGeometry(MARGIN, y, _LABEL_WIDTH, tall)
                part.setGeometry(MARGIN + _LABEL_WIDTH, y, inner - _LABEL_WIDTH, tall)
                shown.add(part)
            elif part is not None:
                part.setGeometry(MARGIN, y, inner, tall)
                shown.add(part)
            y += tall
        for optional in (self.header, self.price_actions, self.price_line, self.quantity_line, self.total_line):
            optional.setVisible(optional in shown)
        self.receipt.is_low = not size.all_rows
        self.receipt.row_height = size.row
        self.receipt.shows_mistakes = not size.lines
        return needed

    def _plan(self, size: Size) -> list[tuple[QWidget | None, int]]:
        """The parts from top to bottom with their heights; None is a gap."""
        gap, small, field = size.gap, 4, size.field
        line = MESSAGE_HEIGHT
        plan: list[tuple[QWidget | None, int]] = [(None, 4 if size.header else 8)]
        # whose order it is stays in sight where there is a choice
        if size.header or self.header.offers_accounts:
            plan += [(self.header, _HEADER), (None, 2)]
        plan += [(self.sides, size.side), (None, gap), (self.types, 26), (None, gap), (self.price, field)]
        plan += [(self.price_line, line) if size.lines else (None, small)]
        if size.actions:
            plan += [(self.price_actions, 20), (None, gap)]
        plan += [(self.quantity, field), (self.quantity_line, line) if size.lines else (None, small)]
        plan += [(self.presets, 20), (None, small), (self.percents, 20), (None, gap), (self.total, field)]
        plan += [(self.total_line, line + 2) if size.lines else (None, gap)]
        plan += [(self.times, 24), (None, small), (self.prevention, 24), (None, 6)]
        return [*plan, (self.receipt, (6 if size.all_rows else 4) * size.row + 6)]


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("kind", "second")
    return label
