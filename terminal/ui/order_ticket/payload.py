"""The exact order, line by line, as the confirmation shows it before it is sent. Qt-free."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import FeeRates, OrderRequest
from terminal.ui import formatting
from terminal.ui.order_ticket import words
from terminal.ui.order_ticket.form import TicketForm
from terminal.ui.order_ticket.receipt import Receipt


def payload_rows(
    request: OrderRequest, form: TicketForm, account: str, receipt: Receipt, fees: FeeRates | None
) -> tuple[tuple[str, str], ...]:
    """Return labels and values: first what is sent, to the last digit, then what it would do by the book of now.

    The number of rows depends on the request alone, so that nothing moves while the market does.
    """
    instrument = form.instrument
    base, quote = instrument.base, instrument.quote
    rows = [
        ("Account", account),
        ("Instrument", f"{instrument.pair} ({instrument.symbol})"),
        ("Type", words.TYPE_LABELS[request.type]),
    ]
    for label, value, unit in (
        ("Price", request.price, quote),
        ("Quantity", request.quantity, base),
        ("Total", request.quote_amount, quote),
    ):
        if value is not None:
            rows.append((label, f"{_exact(value)} {unit}"))
    if request.time_in_force is not None:
        rows.append(("Time in force", request.time_in_force))
    if request.self_trade_prevention is not None:
        rows.append(("Self-trade", words.PREVENTION_LABELS[request.self_trade_prevention]))
    if request.fee_in_platform_coin is not None:
        coin = form.capabilities.fee_coin or "the venue's coin"
        rows.append(("Fee paid in", coin if request.fee_in_platform_coin else f"not in {coin}"))
    if request.price is not None and request.quantity is not None:
        rows.append(("Value", f"{words.money(request.price * request.quantity, quote)} {quote}"))
    else:
        rows.append(("Value, about", f"{words.money(receipt.taken_value or None, quote)} {quote}"))
    worst = "nothing is taken" if receipt.worst is None else f"{words.exact_price(receipt.worst, instrument)} {quote}"
    return (
        *rows,
        ("Worst fill now", worst),
        ("Fee", words.fee_text(receipt, instrument, fees, told=form.capabilities.tells_fees)),
    )


def _exact(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    return formatting.number(value, max(0, -exponent) if isinstance(exponent, int) else 0)
