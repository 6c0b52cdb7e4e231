"""What the ticket shows at one moment, as plain data. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import OrderRequest, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line and how loud it is: `token` is a colour of the theme."""

    text: str = ""
    token: str = "muted"


NOTHING = Message()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A number field. `text` is what stands in it, `placeholder` an estimate shown while it is empty.

    `message` is the line of the field: what limits it, or the rule that it breaks; `is_wrong` frames it red.
    """

    text: str = ""
    placeholder: str = ""
    unit: str = ""
    badge: str = ""
    message: Message = NOTHING
    is_wrong: bool = False
    is_enabled: bool = True
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several buttons; a disabled one tells why in `tooltip`."""

    key: str
    label: str
    is_checked: bool = False
    is_enabled: bool = True
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """`is_spare` rows are left out where the ticket is low."""

    label: str
    value: str = ""
    unit: str = ""
    token: str = "text"
    is_spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitView:
    """The button: two lines that say what it does. `reason` says why it is disabled; "" while it is not."""

    title: str
    detail: str
    side: Side
    reason: str = ""

    @property
    def is_enabled(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """Everything the panel draws."""

    account: str
    fees: str
    sides: tuple[Choice, ...]
    types: tuple[Choice, ...]
    price: FieldView
    price_actions: tuple[Choice, ...]
    quantity: FieldView
    presets: tuple[Choice, ...]
    percents: tuple[Choice, ...]
    total: FieldView
    times_in_force: tuple[Choice, ...]
    preventions: tuple[Choice, ...]
    prevention_reason: str
    option_label: str
    receipt: tuple[ReceiptRow, ...]
    outcome: Message
    submit: SubmitView
    footer: Message
    accounts: tuple[Choice, ...] = ()
    """The accounts of the venue, by label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order ready to be sent, exactly as shown: `allow` are the codes of the warnings that were listed."""

    account: str
    request: OrderRequest
    title: str
    detail: str
    rows: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    allow: frozenset[str]
    environment: str
    needs_confirmation: bool
    price: Decimal | None = None
