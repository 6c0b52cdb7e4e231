"""The one option beside the time in force: a self-trade mode, or what the fee is paid in. Qt-free."""

from __future__ import annotations

from terminal.domain import Capabilities
from terminal.ui.order_ticket import words
from terminal.ui.order_ticket.form import FEE_AS_RECEIVED, FEE_IN_COIN, TicketForm
from terminal.ui.order_ticket.view import Choice


def option_label(offers: Capabilities) -> str:
    return "Fee paid in" if _is_about_fees(offers) else "Self-trade"


def option_reason(offers: Capabilities, venue: str) -> str:
    """Return why there is nothing to choose, "" when there is."""
    return "" if offers.self_trade_prevention or _is_about_fees(offers) else f"{venue} has no such option"


def option_choices(form: TicketForm) -> tuple[Choice, ...]:
    """Return the choices, the venue's own way first; their keys are those of `TicketForm.choose_option`."""
    offers = form.capabilities
    if _is_about_fees(offers):
        coin, pays = offers.fee_coin or "", form.pays_in_fee_coin
        return (
            Choice(key="", label="As set at the venue", is_checked=pays is None),
            Choice(key=FEE_IN_COIN, label=coin, is_checked=pays is True),
            Choice(key=FEE_AS_RECEIVED, label=f"Not in {coin}", is_checked=pays is False),
        )
    if not offers.self_trade_prevention:
        return (Choice(key="", label="No prevention setting", is_checked=True, is_enabled=False),)
    return (
        Choice(key="", label="Venue default", is_checked=form.prevention is None),
        *(
            Choice(key=mode, label=words.PREVENTION_LABELS[mode], is_checked=mode is form.prevention)
            for mode in offers.self_trade_prevention
        ),
    )


def _is_about_fees(offers: Capabilities) -> bool:
    return offers.fee_coin is not None and not offers.self_trade_prevention
