"""What the batch dialog shows at one moment, as plain data. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import OrderRequest, Side
from terminal.ui.order_ticket.view import Choice, FieldView, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One order of the ladder: as it would be sent, or as it fares once it was."""

    number: int
    price: str
    quantity: str
    value: str
    state: str
    token: str
    exact_price: Decimal
    exact_quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft:
    """The orders as they would be sent now. `allow` names the warnings that the trader accepted."""

    account: str
    requests: tuple[OrderRequest, ...]
    allow: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """Everything the dialog draws. `reason` says why nothing can be sent; "" when it can."""

    heading: str
    badge: str
    side: Side
    sides: tuple[Choice, ...]
    types: tuple[Choice, ...]
    times: tuple[Choice, ...]
    splits: tuple[Choice, ...]
    preventions: tuple[Choice, ...]
    prevention_reason: str
    first: FieldView
    last: FieldView
    count: FieldView
    total: FieldView
    rows: tuple[BatchRow, ...]
    summary: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    is_accepted: bool
    outcome: Message
    button: str
    detail: str
    reason: str
    is_sent: bool
