"""HashKey's JSON bodies and events, field for field as the document's examples have them.

Ids and times are strings in private JSON and ints under /quote; amounts are plain strings without trailing zeros.
Sources: HashKey MENA document, the "Response Content" of each endpoint and "User Data Stream"; PROTOCOLS 2.4 to 2.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from terminal.domain import Instrument, Level, OrderStatus, OrderType, Side, Trade
from terminal.domain.numbers import ZERO
from terminal.simulator.records import Execution, FeeSchedule, SimOrder

EXCHANGE_ID = "301"

_STATUS = {
    OrderStatus.PENDING: "PENDING_NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.REJECTED: "REJECTED",
}
_AVERAGE_DECIMALS = 8


def amount(value: Decimal | None) -> str:
    """Return a number as the venue writes it: plain, no trailing zeros, "0" for none."""
    if not value:
        return "0"
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    # books are written thousands of times a second: only what ends in a zero is stripped
    return text.rstrip("0").rstrip(".") if text[-1] == "0" and "." in text else text


def status_of(order: SimOrder) -> str:
    if order.status is OrderStatus.CANCELED:
        return "PARTIALLY_CANCELED" if order.filled_quantity else "CANCELED"
    return _STATUS[order.status]


def average_price(order: SimOrder) -> Decimal:
    """Return the mean fill price at eight decimals, zero before the first fill."""
    if not order.filled_quantity:
        return ZERO
    mean = order.filled_value / order.filled_quantity
    return mean.quantize(Decimal(1).scaleb(-_AVERAGE_DECIMALS), rounding=ROUND_HALF_EVEN)


def order_ack(order: SimOrder) -> dict[str, object]:
    """The answer to a new order; a batch has it without `concentration`."""
    return {
        "accountId": order.account_id,
        "symbol": order.symbol,
        "symbolName": order.symbol,
        "clientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "transactTime": str(order.created),
        "price": amount(order.price),
        "origQty": amount(order.quantity),
        "executedQty": amount(order.filled_quantity),
        "status": status_of(order),
        "timeInForce": order.time_in_force.value,
        "type": order.type.value.upper(),
        "side": order.side.value.upper(),
        "reqAmount": amount(order.quote_amount),
    }


def cancel_ack(order: SimOrder) -> dict[str, object]:
    """The answer to a cancel: the order as it stood when the cancel was accepted."""
    ack = order_ack(order)
    del ack["symbolName"], ack["reqAmount"]
    return ack


def order_row(order: SimOrder, *, with_reason: bool = False) -> dict[str, object]:
    """One order of a query or listing; the single query adds the deprecated fee fields, reason and stpMode."""
    row: dict[str, object] = {
        "accountId": order.account_id,
        "exchangeId": EXCHANGE_ID,
        "symbol": order.symbol,
        "symbolName": order.symbol,
        "clientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "price": amount(order.price),
        "origQty": amount(order.quantity),
        "executedQty": amount(order.filled_quantity),
        "cummulativeQuoteQty": amount(order.filled_value),
        "cumulativeQuoteQty": amount(order.filled_value),
        "avgPrice": amount(average_price(order)),
        "status": status_of(order),
        "timeInForce": order.time_in_force.value,
        "type": order.type.value.upper(),
        "side": order.side.value.upper(),
        "stopPrice": "0.0",
        "icebergQty": "0.0",
        "time": str(order.created),
        "updateTime": str(order.updated),
        "isWorking": True,
        "reqAmount": amount(order.quote_amount),
    }
    if with_reason:
        row |= {
            "feeCoin": "",
            "feeAmount": "0",
            "sumFeeAmount": "0",
            "ordCxlReason": order.reason,
            "stpMode": order.self_trade_prevention.value.upper(),
        }
    return row


def sub_order_row(order: SimOrder) -> dict[str, object]:
    """One order of the sub account's listings: with reason and stpMode, without the deprecated fee fields."""
    tail = {"ordCxlReason": order.reason, "stpMode": order.self_trade_prevention.value.upper()}
    return {**order_row(order), **tail}


def fill_row(fill: Execution) -> dict[str, object]:
    """One row of account/trades."""
    fee = amount(fill.fee)
    return {
        "id": fill.trade_id,
        "clientOrderId": fill.client_order_id,
        "ticketId": fill.ticket_id,
        "symbol": fill.symbol,
        "symbolName": fill.symbol,
        "orderId": fill.order_id,
        "matchOrderId": "0",
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "commission": fee,
        "commissionAsset": fill.fee_asset,
        "time": str(fill.time),
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.is_maker,
        "fee": {
            "feeCoinId": fill.fee_asset,
            "feeCoinName": fill.fee_asset,
            "fee": fee,
            "originCoinId": fill.fee_asset,
            "originCoinName": fill.fee_asset,
            "originFee": fee,
        },
        "feeCoinId": fill.fee_asset,
        "feeAmount": fee,
        "makerRebate": "0",
        "hskDeduct": False,
        "hskDeductPrice": "",
    }


def balance_row(asset: str, free: Decimal, locked: Decimal) -> dict[str, object]:
    return {
        "asset": asset,
        "assetId": asset,
        "assetName": asset,
        "total": amount(free + locked),
        "free": amount(free),
        "locked": amount(locked),
    }


def fee_row(instrument: Instrument, fees: FeeSchedule) -> dict[str, object]:
    """One pair of vipInfo."""
    buys = fees.fee_asset(instrument, Side.BUY)
    sells = fees.fee_asset(instrument, Side.SELL)
    return {
        "symbol": instrument.symbol,
        "productType": "Token-Fiat" if instrument.quote in fees.fiat else "Token-Token",
        "buyMakerFeeCurrency": buys,
        "buyTakerFeeCurrency": buys,
        "sellMakerFeeCurrency": sells,
        "sellTakerFeeCurrency": sells,
        "actualMakerRate": amount(fees.maker),
        "actualTakerRate": amount(fees.taker),
    }


# private stream


def account_event(name: str, balances: Mapping[str, tuple[Decimal, Decimal]], now: int) -> dict[str, object]:
    """outboundAccountInfo and its custody and fiat twins: the free and locked amounts of the assets that changed."""
    return {
        "e": name,
        "E": str(now),
        "T": True,
        "W": True,
        "D": True,
        "B": [
            {"a": asset, "f": amount(free), "l": amount(locked), "r": ""} for asset, (free, locked) in balances.items()
        ],
    }


def order_event(order: SimOrder, fill: Execution | None, now: int) -> dict[str, object]:
    """executionReport of one change of an order, with the fill that caused it."""
    kind = order.type.value.upper()
    if order.type is OrderType.MARKET:
        kind = "MARKET_OF_QUOTE" if order.quantity is None else "MARKET_OF_BASE"
    return {
        "e": "executionReport",
        "E": str(now),
        "s": order.symbol,
        "c": order.client_order_id,
        "S": order.side.value.upper(),
        "o": kind,
        "f": order.time_in_force.value,
        "q": amount(order.quantity),
        "p": amount(order.price),
        "X": status_of(order),
        "i": order.order_id,
        "l": amount(fill.quantity) if fill else "0",
        "z": amount(order.filled_quantity),
        "L": amount(fill.price) if fill else "",
        "n": amount(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else "",
        "u": True,
        "w": True,
        "m": order.type is OrderType.LIMIT_MAKER,
        "O": str(order.created),
        "Z": amount(order.filled_value),
        "C": False,
        "v": "0",
        "reqAmt": amount(order.quote_amount),
        "d": fill.trade_id if fill else "",
        "r": amount(order.remaining),
        "V": amount(average_price(order)),
        "P": "0",
        "lo": False,
        "lt": "",
        "x": order.reason,
    }


def ticket_event(fill: Execution, now: int) -> dict[str, object]:
    """ticketInfo of one fill."""
    return {
        "e": "ticketInfo",
        "E": str(now),
        "s": fill.symbol,
        "q": amount(fill.quantity),
        "t": str(fill.time),
        "p": amount(fill.price),
        "T": fill.trade_id,
        "o": fill.order_id,
        "c": fill.client_order_id,
        "a": fill.account_id,
        "m": fill.is_maker,
        "S": fill.side.value.upper(),
    }


# market data


def levels(side: Iterable[Level]) -> list[tuple[str, str]]:
    return [(amount(price), amount(quantity)) for price, quantity in side]


def trade_row(trade: Trade) -> dict[str, object]:
    """One print of GET trades; `ibm`: the buyer is the maker, so the aggressor sold."""
    return {
        "t": trade.time,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "ibm": trade.side is Side.SELL,
    }


def trade_push(trade: Trade) -> dict[str, object]:
    """One print of the public streams."""
    return {
        "v": trade.id or "",
        "t": trade.time,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "m": trade.side is Side.SELL,
    }
