"""The three number fields as they are shown: text, estimate, badge, and the line of the rule. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from terminal.domain import OrderBook, OrderType, Side
from terminal.domain.numbers import plain
from terminal.ui import formatting
from terminal.ui.order_ticket import words
from terminal.ui.order_ticket.checks import Finding
from terminal.ui.order_ticket.form import Field, Market, TicketForm
from terminal.ui.order_ticket.receipt import Receipt
from terminal.ui.order_ticket.view import FieldView, Message

CROSSES = "CROSSES"


def price_view(form: TicketForm, book: OrderBook, found: Sequence[Finding], receipt: Receipt | None) -> FieldView:
    """Return the price field; at market it only estimates."""
    quote = form.instrument.quote
    if form.type is OrderType.MARKET:
        estimate, told = "", "At market: no price is sent"
        if receipt is not None and receipt.average is not None and receipt.worst is not None:
            average = receipt.average.quantize(Decimal(1).scaleb(-form.instrument.price_decimals))
            estimate = f"about {formatting.price(average, form.instrument)}"
            told = f"At market, worst fill now {formatting.price(receipt.worst, form.instrument)}"
        message, is_wrong = _message(Field.PRICE, found, told)
        return FieldView(
            placeholder=estimate, unit=quote, message=message, is_wrong=is_wrong, is_enabled=False,
            tooltip="A market order has no price",
        )  # fmt: skip
    message, is_wrong = _message(Field.PRICE, found, _price_hint(form, book))
    return FieldView(
        text=form.price.text(form.price.value),
        unit=quote,
        badge=CROSSES if form.crosses(book) else "",
        message=message,
        is_wrong=is_wrong,
        tooltip=_tooltip(message),
    )


def quantity_view(form: TicketForm, found: Sequence[Finding], receipt: Receipt | None, venue: str) -> FieldView:
    rules = form.instrument
    limits = rules.limits_for(form.type)
    hint = "" if rules.lot_size is None else f"Lot {plain(rules.lot_size)}"
    bounds = [
        f"at least {formatting.quantity(limits.min_quantity.normalize())}" if limits.min_quantity else "",
        f"at most {formatting.quantity(limits.max_quantity.normalize())}" if limits.max_quantity else "",
    ]
    told = ", ".join(part for part in (hint, *bounds) if part)
    message, is_wrong = _message(Field.QUANTITY, found, told)
    can_quantity = form.type is not OrderType.MARKET or form.takes_quantity
    estimate = ""
    if form.is_by_total and receipt is not None and receipt.taken:
        estimate = f"about {words.held(receipt.taken, rules, rules.base)}"
    return FieldView(
        text=form.quantity.text(form.quantity.value),
        placeholder=estimate,
        unit=rules.base,
        message=message,
        is_wrong=is_wrong,
        is_enabled=can_quantity,
        tooltip=_tooltip(message) if can_quantity else f"{venue} takes market {form.side.value} orders by total only",
    )


def total_view(
    form: TicketForm, found: Sequence[Finding], receipt: Receipt | None, market: Market, venue: str
) -> FieldView:
    rules = form.instrument
    free = market.free_quote if form.side is Side.BUY else market.free_base
    asset = rules.quote if form.side is Side.BUY else rules.base
    told = f"Free {words.held(free, rules, asset)} {asset}" if free is not None else "Balances are not known yet"
    message, is_wrong = _message(Field.TOTAL, found, told)
    estimate = ""
    if form.type is OrderType.MARKET and not form.is_by_total and receipt is not None and receipt.taken:
        estimate = f"about {words.money(receipt.taken_value, rules.quote)}"
    can_total = form.type is not OrderType.MARKET or form.takes_quote_amount
    return FieldView(
        text=form.total_text(),
        placeholder=estimate,
        unit=rules.quote,
        message=message,
        is_wrong=is_wrong,
        is_enabled=can_total,
        tooltip=_tooltip(message) if can_total else f"{venue} takes market {form.side.value} orders by quantity only",
    )


def _price_hint(form: TicketForm, book: OrderBook) -> str:
    tick = "" if form.instrument.tick_size is None else f"Tick {plain(form.instrument.tick_size)}"
    mid, price = book.mid, form.price.value
    if mid is None or price is None or price <= 0 or mid <= 0:
        return tick
    away = (price - mid) / mid
    where = f"{formatting.basis_points(abs(away))} {'above' if away > 0 else 'below'} mid" if away else "at mid"
    return f"{tick}, {where}" if tick else where


def _message(field: Field, found: Sequence[Finding], hint: str) -> tuple[Message, bool]:
    """The worst finding of the field, else its hint; a number not given yet is no mistake."""
    here = [finding for finding in found if finding.field is field and not finding.is_missing]
    for finding in here:
        if finding.is_hard:
            return Message(text=finding.rule, token="danger"), True
    if here:
        return Message(text=here[0].rule, token="warning"), False
    return Message(text=hint), False


def _tooltip(message: Message) -> str:
    return message.text if message.token != "muted" else ""
