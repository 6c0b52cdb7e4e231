"""Every rule an order breaks as it stands in the form, field by field. Qt-free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminal.domain import InstrumentStatus, OrderBook, OrderRequest, OrderType
from terminal.trading.risk import RiskBreach
from terminal.ui.order_ticket import sizing
from terminal.ui.order_ticket.form import Field, NumberInput, TicketForm

Check = Callable[[OrderRequest], Sequence[RiskBreach]]

WOULD_TAKE = "Would take: rejected by the venue as limit-maker"

_FIELDS = {"price": Field.PRICE, "quantity": Field.QUANTITY, "notional": Field.TOTAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that stands against the order. `field` None: the order as a whole.

    `is_missing` marks a number that has not been given yet: that is no mistake. `is_hard` refuses the order;
    else it is a warning that the trader may accept by its `code`.
    """

    field: Field | None
    rule: str
    is_hard: bool = True
    is_missing: bool = False
    code: str = "rule"


def findings(form: TicketForm, book: OrderBook, check: Check) -> list[Finding]:
    """Return all findings: the fields' own first, in the order of the screen, then the order's."""
    found = [*_price(form, book), *_quantity(form), *_total(form)]
    request = form.request()
    if request is not None:
        seen = {(finding.field, finding.rule) for finding in found}
        for breach in check(request):
            field = _FIELDS.get(breach.field)
            if (field, breach.rule) not in seen:
                found.append(Finding(field=field, rule=breach.rule, is_hard=breach.hard, code=breach.code))
    elif form.instrument.status is not InstrumentStatus.TRADING:
        rule = f"{form.instrument.pair} is not trading ({form.instrument.status.value})"
        found.append(Finding(field=None, rule=rule, code="halted"))
    return found


def _price(form: TicketForm, book: OrderBook) -> list[Finding]:
    if form.type is OrderType.MARKET:
        return []
    unread = _unread(form.price, Field.PRICE, "Enter a price")
    if unread is not None:
        return [unread]
    assert form.price.value is not None
    found = [Finding(field=Field.PRICE, rule=b.rule) for b in form.instrument.price_breaches(form.price.value)]
    if not found and form.type is OrderType.LIMIT_MAKER and form.crosses(book):
        found.append(Finding(field=Field.PRICE, rule=WOULD_TAKE))
    return found


def _quantity(form: TicketForm) -> list[Finding]:
    if form.is_by_total or (form.leads is Field.TOTAL and form.quantity.value is None):
        return []
    unread = _unread(form.quantity, Field.QUANTITY, "Enter a quantity")
    if unread is not None:
        return [unread]
    assert form.quantity.value is not None
    breaches = form.instrument.quantity_breaches(form.quantity.value, form.type)
    return [Finding(field=Field.QUANTITY, rule=breach.rule) for breach in breaches]


def _total(form: TicketForm) -> list[Finding]:
    if form.leads is not Field.TOTAL:
        return []
    unread = _unread(form.total, Field.TOTAL, "Enter a total")
    if unread is not None:
        return [unread]
    total = form.total.value
    assert total is not None
    if total <= 0:
        return [Finding(field=Field.TOTAL, rule="Total must be above zero")]
    if form.is_by_total:
        rule = sizing.typed_total_problem(total, form.instrument)
        return [] if rule is None else [Finding(field=Field.TOTAL, rule=rule)]
    if form.quantity.value is None and form.price.value is not None and form.price.value > 0:
        return [Finding(field=Field.TOTAL, rule="Total pays for less than one lot")]
    return []


def _unread(number: NumberInput, field: Field, wanted: str) -> Finding | None:
    if number.problem is not None:
        return Finding(field=field, rule=number.problem)
    return Finding(field=field, rule=wanted, is_missing=True) if number.value is None else None
