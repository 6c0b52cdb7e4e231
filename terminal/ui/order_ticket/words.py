"""How the ticket says things: names of kinds, receipt rows, what the button does, how a sent order fares. Qt-free."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from terminal.domain import (
    FeeRates,
    Instrument,
    OrderBook,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import decimals_of, plain
from terminal.trading.desk_order import DeskOrder
from terminal.ui import formatting
from terminal.ui.brief import brief_progress
from terminal.ui.order_ticket.receipt import Receipt, most_fee
from terminal.ui.order_ticket.sizing import money_decimals, shown_down
from terminal.ui.order_ticket.view import Message, ReceiptRow

TYPE_LABELS = {OrderType.LIMIT: "Limit", OrderType.MARKET: "Market", OrderType.LIMIT_MAKER: "Limit-maker"}
SIDE_LABELS = {Side.BUY: "Buy", Side.SELL: "Sell"}
PREVENTION_LABELS = {
    SelfTradePrevention.EXPIRE_TAKER: "Expire the taker",
    SelfTradePrevention.EXPIRE_MAKER: "Expire the maker",
}
TIME_IN_FORCE_MEANING = {
    TimeInForce.GTC: "Good till cancelled: what does not trade at once stays in the book",
    TimeInForce.IOC: "Immediate or cancel: what does not trade at once comes back",
    TimeInForce.FOK: "Fill or kill: trades whole at once, or not at all",
}
ENVIRONMENT_LABELS = {"production": "LIVE", "sandbox": "SANDBOX", "simulated": "SIMULATED"}


def money(value: Decimal | None, asset: str) -> str:
    return formatting.number(value, money_decimals(asset))


def held(value: Decimal | None, instrument: Instrument, asset: str) -> str:
    """Return a balance, cut rather than rounded: it never looks larger than it is."""
    if value is None:
        return formatting.MISSING
    decimals = instrument.quantity_decimals if asset == instrument.base else money_decimals(asset)
    return formatting.number(shown_down(value, decimals), decimals)


def rate(fraction: Decimal) -> str:
    """Return a fee rate with at least two decimals and all that it has."""
    percent = (fraction * 100).normalize()
    exponent = percent.as_tuple().exponent
    digits = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{formatting.number(percent, digits)} %"


def fee_rates(fees: FeeRates | None) -> str:
    return "fees –" if fees is None else f"maker {rate(fees.maker)}   taker {rate(fees.taker)}"


def size(quantity: Decimal, instrument: Instrument) -> str:
    """Return a quantity without needless zeros: "0.25 BTC"."""
    return f"{formatting.quantity(quantity.normalize() if quantity else quantity)} {instrument.base}"


def exact_price(price: Decimal, instrument: Instrument) -> str:
    """Return a price with all its digits: what will be sent is never abbreviated."""
    return formatting.number(price, max(instrument.price_decimals, decimals_of(price)))


def title(request: OrderRequest, instrument: Instrument) -> str:
    """Return what the button does: "Buy 0.25 BTC at 86,962.98"."""
    verb = SIDE_LABELS[request.side]
    if request.quote_amount is not None:
        return f"{verb} {instrument.base} for {formatting.quantity(request.quote_amount)} {instrument.quote} at market"
    assert request.quantity is not None
    where = "at market" if request.price is None else f"at {exact_price(request.price, instrument)}"
    return f"{verb} {size(request.quantity, instrument)} {where}"


def detail(request: OrderRequest, instrument: Instrument, receipt: Receipt, fees: FeeRates | None) -> str:
    """Return the bound that goes with the title: what the order costs at most, or brings at least."""
    quote = instrument.quote
    if request.quote_amount is not None:
        return f"about {size(shown_down(receipt.taken, instrument.quantity_decimals), instrument)} by the book now"
    if request.price is None:
        return f"about {money(receipt.taken_value, quote)} {quote} by the book now" if receipt.taken else "no book now"
    assert request.quantity is not None
    value = request.price * request.quantity
    bound = "at most" if request.side is Side.BUY else "at least"
    if fees is None:
        return f"{bound} {money(value, quote)} {quote}, fee not known"
    fee = most_fee(request, value, fees)
    if request.side is Side.BUY:
        told = fees.buy_fee_asset
        if told == instrument.base:
            return f"{bound} {money(_up(value, quote), quote)} {quote}, fee in {told}"
        return f"{bound} {money(_up(value + fee, quote), quote)} {quote} with fee {money(fee, quote)}"
    if fees.sell_fee_asset == instrument.base:
        return f"{bound} {money(shown_down(value, money_decimals(quote)), quote)} {quote}, fee in {instrument.base}"
    return (
        f"{bound} {money(shown_down(value - fee, money_decimals(quote)), quote)} {quote} after fee {money(fee, quote)}"
    )


def _up(value: Decimal, asset: str) -> Decimal:
    """At most: never shown smaller than it is."""
    return value.quantize(Decimal(1).scaleb(-money_decimals(asset)), rounding=ROUND_CEILING)


def receipt_rows(
    request: OrderRequest | None,
    receipt: Receipt | None,
    *,
    instrument: Instrument,
    book: OrderBook,
    fees: FeeRates | None,
    unreliable: str,
    fees_told: bool = True,
) -> tuple[ReceiptRow, ...]:
    """Return the six rows; four of them are kept where the ticket is low. `fees_told`: the venue tells its rates."""
    if request is None or receipt is None:
        return _blank_rows(instrument, unreliable)
    rows = _execution_rows(request, receipt, instrument, book)
    if unreliable:
        # what the book says is not known to be so any more: the reason takes the first row, the rest is dimmed
        notice = ReceiptRow(label=f"Book {unreliable}", token="warning")
        kept = [ReceiptRow(label=r.label, value=r.value, unit=r.unit, token="muted") for r in rows[1:]]
        rows = [
            notice,
            kept[0],
            ReceiptRow(label=kept[1].label, value=kept[1].value, unit=kept[1].unit, token="muted", is_spare=True),
        ]
    return (*rows, _fee_row(receipt, instrument, fees, told=fees_told), *_balance_rows(receipt, instrument))


def _blank_rows(instrument: Instrument, unreliable: str) -> tuple[ReceiptRow, ...]:
    first = ReceiptRow(label="Takes now, average", value=formatting.MISSING, unit=instrument.quote, is_spare=True)
    if unreliable:
        first = ReceiptRow(label=f"Book {unreliable}", token="warning")
    rows = [first]
    for label, unit, spare in (
        ("Worst fill", instrument.quote, False),
        ("Share of visible depth", "%", bool(unreliable)),
        ("Fee", instrument.quote, False),
        ("Balance after", instrument.quote, False),
        ("", instrument.base, True),
    ):
        rows.append(ReceiptRow(label=label, value=formatting.MISSING, unit=unit, token="muted", is_spare=spare))
    return tuple(rows)


def _execution_rows(
    request: OrderRequest, receipt: Receipt, instrument: Instrument, book: OrderBook
) -> list[ReceiptRow]:
    quote = instrument.quote
    share = ReceiptRow(
        label="Share of visible depth",
        value=formatting.number(receipt.share * 100, 2) if receipt.share is not None else formatting.MISSING,
        unit="%",
    )
    if receipt.taken:
        average = receipt.average.quantize(Decimal(1).scaleb(-instrument.price_decimals)) if receipt.average else None
        worst = ReceiptRow(label="Worst fill", value=_digits(receipt.worst, instrument), unit=quote)
        if receipt.rests or receipt.ends:
            wanted = receipt.taken + receipt.rests + receipt.ends
            part = f"Takes {percent_of(receipt.taken, wanted)} now, average"
            token = "warning" if receipt.ends else "text"
            first = ReceiptRow(label=part, value=_digits(average, instrument), unit=quote, token=token, is_spare=True)
            if receipt.ends:
                rest = ReceiptRow(
                    label="Comes back unfilled", value=held(receipt.ends, instrument, instrument.base),
                    unit=instrument.base, token="warning",
                )  # fmt: skip
                return [first, worst, rest]
            return [first, worst, share]
        first = ReceiptRow(label="Takes now, average", value=_digits(average, instrument), unit=quote, is_spare=True)
        return [first, worst, share]
    nothing = ReceiptRow(label="Takes now", value="nothing", token="second", is_spare=True)
    if receipt.rests:
        ahead = ReceiptRow(
            label="Ahead in the queue", value=held(receipt.ahead, instrument, instrument.base), unit=instrument.base
        )
        return [nothing, ahead, _distance_row(request, book)]
    ends = ReceiptRow(
        label="Comes back unfilled",
        value=held(receipt.ends, instrument, instrument.base) if receipt.ends else formatting.MISSING,
        unit=instrument.base,
        token="warning",
    )
    return [nothing, ends, share]


def _distance_row(request: OrderRequest, book: OrderBook) -> ReceiptRow:
    best = (book.bids if request.side is Side.BUY else book.asks).best
    own = "bid" if request.side is Side.BUY else "ask"
    if best is None or request.price is None:
        return ReceiptRow(label=f"From the best {own}", value=formatting.MISSING, unit="bps")
    away = (request.price - best[0]) / best[0] * 10_000
    if away == 0:
        return ReceiptRow(label=f"Joins the best {own}", value="0.00", unit="bps")
    better = away > 0 if request.side is Side.BUY else away < 0
    label = f"Better than the best {own}" if better else f"Behind the best {own}"
    return ReceiptRow(label=label, value=formatting.number(abs(away), 2), unit="bps")


def _fee_row(receipt: Receipt, instrument: Instrument, fees: FeeRates | None, *, told: bool = True) -> ReceiptRow:
    if fees is None or receipt.fee is None:
        label = "Fee, rates not known yet" if told else "Fee, told with each fill"
        return ReceiptRow(label=label, value=formatting.MISSING, unit=instrument.quote)
    if receipt.taken and receipt.rests:
        label = "Fee, taker and maker"
    elif receipt.rests:
        label = f"Fee, maker {rate(fees.maker)}"
    else:
        label = f"Fee, taker {rate(fees.taker)}"
    if fees.tier:
        label += f", {fees.tier}"
    return ReceiptRow(label=label, value=fee_amount(receipt.fee, receipt.fee_asset, instrument), unit=receipt.fee_asset)


def fee_text(receipt: Receipt, instrument: Instrument, fees: FeeRates | None, *, told: bool = True) -> str:
    """Return the fee by the book of now, with its rate and asset, in one line."""
    if fees is None or receipt.fee is None:
        return "rates not known yet" if told else "the venue tells it with each fill"
    row = _fee_row(receipt, instrument, fees)
    asset = receipt.fee_asset if receipt.fee_told else f"{receipt.fee_asset} (the venue does not say in which asset)"
    return f"{row.value} {asset}, {row.label.removeprefix('Fee, ')}"


def fee_amount(fee: Decimal, asset: str, instrument: Instrument) -> str:
    decimals = max(8, instrument.quantity_decimals) if asset == instrument.base else money_decimals(asset)
    return formatting.number(fee, decimals)


def _balance_rows(receipt: Receipt, instrument: Instrument) -> tuple[ReceiptRow, ...]:
    label = "Balance once filled" if receipt.rests else "Balance after"
    quote, base = receipt.quote_after, receipt.base_after
    return (
        ReceiptRow(
            label=label, value=held(quote, instrument, instrument.quote), unit=instrument.quote, token=_sign(quote)
        ),
        ReceiptRow(
            label="", value=held(base, instrument, instrument.base), unit=instrument.base, token=_sign(base),
            is_spare=True,
        ),
    )  # fmt: skip


def percent_of(part: Decimal, whole: Decimal) -> str:
    """Return a share without decimals, cut: 99.9 % filled is not all."""
    return f"{int(part / whole * 100)} %"


def _sign(value: Decimal | None) -> str:
    return "danger" if value is not None and value < 0 else "text"


def _digits(value: Decimal | None, instrument: Instrument) -> str:
    return formatting.price(value, instrument)


def outcome(order: DeskOrder, instrument: Instrument | None) -> Message:
    """Return how a sent order fares, by what the venue said last."""
    at, held_order = formatting.clock(order.submitted), order.order
    status, reason = held_order.status, held_order.reason
    said = f": {reason}" if reason else ""
    filled = plain(held_order.filled_quantity.normalize()) if held_order.filled_quantity else "0"
    match status:
        case OrderStatus.PENDING:
            text, token = "Sending…", "second"
        case OrderStatus.OPEN:
            text, token = "Accepted: open", "good"
        case OrderStatus.PARTIALLY_FILLED:
            text, token = f"Accepted: {filled} filled, rest open", "good"
        case OrderStatus.FILLED:
            average = formatting.price(held_order.average_price, instrument)
            price = "" if held_order.average_price is None else f" at {average}"
            text, token = f"Filled {filled}{price}", "good"
        case OrderStatus.PENDING_CANCEL:
            text, token = "Cancel sent, not confirmed yet", "second"
        case OrderStatus.CANCELED:
            text, token = f"Ended, {filled} filled{said}", "warning"
        case OrderStatus.EXPIRED:
            text, token = f"Expired, {filled} filled{said}", "warning"
        case OrderStatus.REJECTED:
            text, token = f"Rejected{said or ': the venue gave no reason'}", "danger"
        case OrderStatus.UNKNOWN:
            doing = "being reconciled" if order.progress is None else brief_progress(order.progress)
            text, token = f"UNKNOWN: {doing}", "warning"
    return Message(text=f"{at}  {text}", token=token)
