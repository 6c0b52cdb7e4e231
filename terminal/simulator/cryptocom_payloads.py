"""Orders, fills, books and prints as the simulated Crypto.com writes them.

Its JSON mixes texts and bare numbers, `0E-8` and `9744.2500000000000000` among them; each field here is spelled as in
the document's example of its call. Source: Crypto.com v1 document, the examples of every call; PROTOCOLS 4.4, 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_FLOOR, Decimal

import msgspec

from terminal.domain import Level, OrderStatus, OrderType, Side, Trade
from terminal.domain.numbers import ZERO
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.records import Execution, SimOrder

INIT, NEW, FILLED, PART_FILLED, CANCELED, PENDING_CANCEL, EXPIRED = range(7)
"""Order states, in the document's numbers."""

_STATES = {
    OrderStatus.OPEN: NEW,
    OrderStatus.PARTIALLY_FILLED: PART_FILLED,
    OrderStatus.FILLED: FILLED,
    OrderStatus.CANCELED: CANCELED,
    OrderStatus.EXPIRED: EXPIRED,
}
_STATE_WORDS = {
    INIT: "Initial order",
    NEW: "Unsettled",
    FILLED: "Completely Filled",
    PART_FILLED: "Partially Filled",
    CANCELED: "Cancelled",
    PENDING_CANCEL: "Cancelling",
    EXPIRED: "Abnormal order",
}
_API = 3
_EIGHT = Decimal("1E-8")
_SIXTEEN = Decimal("1E-16")


def eight(value: Decimal) -> str:
    """An amount as a text of eight decimals; a finer one keeps its digits."""
    return format(value.quantize(_EIGHT) if value == value.quantize(_EIGHT) else value, "f")


def bare(value: Decimal, step: Decimal = _SIXTEEN) -> msgspec.Raw:
    """An amount as a bare JSON number with all decimals of `step`; zero is written `0E-16`, as the venue does."""
    digits = -int(step.as_tuple().exponent)
    if value == 0:
        return msgspec.Raw(f"0E-{digits}".encode())
    padded = value.quantize(step) if value == value.quantize(step) else value
    return msgspec.Raw(format(padded, "f").encode())


def number(value: Decimal) -> msgspec.Raw:
    """An amount as a short bare JSON number."""
    return msgspec.Raw(format(value.normalize() if value else ZERO, "f").encode())


def state_of(order: SimOrder, cancelling: Callable[[str], bool]) -> int:
    """Return an order's state: one whose cancel was accepted waits for it."""
    if order.status.is_working and cancelling(order.order_id):
        return PENDING_CANCEL
    if order.status is OrderStatus.CANCELED and order.reason not in ("", "USER_CANCEL", "RISKLIMIT_CANCEL"):
        return EXPIRED
    return _STATES[order.status]


def order_row(order: SimOrder, engine: MatchingEngine, state: int) -> dict[str, object]:
    """One order of openOrders, allOrders and showOrder. `deal_price` is the quote value of its fills."""
    instrument = engine.instruments[order.symbol]
    fills = [fill for fill in engine.executions(order.account_id) if fill.order_id == order.order_id]
    spends = order.quote_amount is not None
    volume = order.quote_amount if order.quote_amount is not None else order.quantity or ZERO
    filled = order.filled_quantity
    price = order.price or ZERO
    average = order.filled_value / filled if filled else ZERO
    left = ZERO if spends or state == FILLED else volume - filled
    return {
        "side": order.side.upper(),
        "total_price": eight(volume if spends else price * volume),
        "fee": bare(sum((fill.fee for fill in fills), ZERO), _EIGHT),
        "created_at": order.created,
        "deal_price": bare(order.filled_value),
        "avg_price": eight(average.quantize(_EIGHT)),
        "countCoin": instrument.quote,
        "source": _API,
        "type": 2 if order.type is OrderType.MARKET else 1,
        "side_msg": order.side.upper(),
        "volume": eight(volume),
        "price": eight(price),
        "source_msg": "API",
        "status_msg": _STATE_WORDS[state],
        "deal_volume": eight(filled),
        "fee_coin": instrument.base if order.side is Side.BUY else instrument.quote,
        "id": int(order.order_id),
        "remain_volume": eight(left),
        "baseCoin": instrument.base,
        "status": state,
    }


def shown_fill(fill: Execution) -> dict[str, object]:
    """One fill of showOrder: it names neither its side (but as `type`) nor its order."""
    return {
        "volume": eight(fill.quantity),
        "feeCoin": fill.fee_asset,
        "price": eight(fill.price),
        "fee": eight(fill.fee),
        "ctime": fill.time // 1000 * 1000,
        "deal_price": eight(fill.price * fill.quantity),
        "id": int(fill.trade_id),
        "type": fill.side.upper(),
    }


def listed_fill(fill: Execution, user_id: int) -> dict[str, object]:
    """One fill of myTrades; its `deal_price` is cut to two digits."""
    side = "bid" if fill.side is Side.BUY else "ask"
    cut = (fill.price * fill.quantity).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
    return {
        **shown_fill(fill),
        "side": fill.side.upper(),
        "deal_price": format(cut, "f"),
        f"{side}_id": int(fill.order_id),
        f"{side}_user_id": user_id,
    }


def rows_of(levels: Iterable[Level]) -> list[tuple[msgspec.Raw, msgspec.Raw]]:
    return [(number(price), number(quantity)) for price, quantity in levels]


def rest_trade(trade: Trade) -> dict[str, object]:
    """One row of GET /v1/trades."""
    return {
        "amount": bare(trade.quantity),
        "price": bare(trade.price),
        "ctime": trade.time,
        "id": _id(trade),
        "type": trade.side.value,
    }


def stream_trade(trade: Trade) -> dict[str, object]:
    """One print of the stream."""
    return {
        "id": _id(trade),
        "side": trade.side.value,
        "price": number(trade.price),
        "vol": number(trade.quantity),
        "amount": number(trade.price * trade.quantity),
        "ts": trade.time,
    }


def _id(trade: Trade) -> int:
    return int(trade.id) if trade.id is not None and trade.id.isdigit() else 0
