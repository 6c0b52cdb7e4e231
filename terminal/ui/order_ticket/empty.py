"""The ticket without an instrument: everything is there and nothing can be pressed. Qt-free."""

from __future__ import annotations

from terminal.domain import InstrumentId, Side, TimeInForce
from terminal.ui import formatting
from terminal.ui.order_ticket import words
from terminal.ui.order_ticket.sizing import PERCENTS, PRESETS
from terminal.ui.order_ticket.view import NOTHING, Choice, FieldView, Message, ReceiptRow, SubmitView, TicketView


def empty_view(instrument: InstrumentId | None) -> TicketView:
    """Return what stands there until an instrument is chosen, or until its rules have arrived."""
    if instrument is None:
        reason = "Choose an instrument in the watchlist or with Ctrl+K"
    else:
        reason = f"Waiting for the rules of {instrument.symbol}"
    field = FieldView(is_enabled=False)
    labels = ("Bid", "Mid", "Ask", "+1 tick", f"{formatting.MINUS}1 tick")
    return TicketView(
        account="No instrument" if instrument is None else instrument.symbol,
        fees="",
        sides=tuple(Choice(key=side, label=words.SIDE_LABELS[side], is_enabled=False) for side in Side),
        types=tuple(Choice(key=kind, label=label, is_enabled=False) for kind, label in words.TYPE_LABELS.items()),
        price=field,
        price_actions=tuple(Choice(key=label, label=label, is_enabled=False) for label in labels),
        quantity=field,
        presets=tuple(Choice(key=str(n), label=formatting.MISSING, is_enabled=False) for n in range(PRESETS)),
        percents=tuple(Choice(key=str(n), label=f"{n} %", is_enabled=False) for n in PERCENTS),
        total=field,
        times_in_force=tuple(Choice(key=time, label=time, is_enabled=False) for time in TimeInForce),
        preventions=(Choice(key="", label=formatting.MISSING, is_checked=True, is_enabled=False),),
        prevention_reason="",
        option_label="Self-trade",
        receipt=(ReceiptRow(label=reason, token="second"),),
        outcome=NOTHING,
        submit=SubmitView(title="Order", detail="", side=Side.BUY, reason=reason),
        footer=Message(text=reason, token="second"),
    )
