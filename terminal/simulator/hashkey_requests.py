"""Reads the parameters of HashKey requests into domain values, refusing what the document does not allow.

Source: HashKey MENA document, sections "Test New Order", "Create Order v1.1", and the parameter tables of the listings;
PROTOCOLS 2.4 for the meaning of `quantity` on the legacy v1 path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from terminal.domain import OrderRequest, OrderType, SelfTradePrevention, Side, TimeInForce
from terminal.domain.numbers import parse_decimal
from terminal.simulator.hashkey_errors import HashKeyRefusal, illegal, missing

DAY_MS = 86_400_000

_MAX_CLIENT_ID = 255
_TIMES_IN_FORCE = {
    OrderType.LIMIT: (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
    OrderType.LIMIT_MAKER: (TimeInForce.GTC,),
    OrderType.MARKET: (TimeInForce.IOC,),
}
_TEST_TIMES_IN_FORCE = {
    OrderType.LIMIT: (TimeInForce.GTC,),
    OrderType.LIMIT_MAKER: (TimeInForce.GTC,),
    OrderType.MARKET: (TimeInForce.IOC,),
}


class OrderForm(StrEnum):
    """Which of the three order endpoints was called; they read the same parameters a little differently."""

    V1_1 = "v1.1"
    LEGACY = "v1"
    TEST = "test"


def read_order(sent: Mapping[str, str], form: OrderForm) -> OrderRequest:
    """Return the order that was asked for. Raises HashKeyRefusal with the document's code."""
    symbol = _need(sent, "symbol")
    side = _side(_need(sent, "side"))
    kind = _type(_need(sent, "type"))
    client_id = sent.get("newClientOrderId") or None
    if client_id is not None and len(client_id) > _MAX_CLIENT_ID:
        raise HashKeyRefusal("-1123")
    time_in_force = _time_in_force(sent, kind, form)
    self_trade = _self_trade_prevention(sent)
    quantity_text, amount_text = sent.get("quantity") or None, sent.get("amount") or None
    quantity: Decimal | None = None
    quote_amount: Decimal | None = None
    price: Decimal | None = None
    if kind is OrderType.MARKET:
        if quantity_text and amount_text:
            raise HashKeyRefusal("-1129")
        if amount_text and form is OrderForm.V1_1:
            quote_amount = _positive(amount_text, "-1126")
        elif quantity_text is None:
            raise missing("quantity")
        elif form is OrderForm.LEGACY and side is Side.BUY:
            quote_amount = _positive(quantity_text, "-1126")
        else:
            quantity = _positive(quantity_text, "-1126")
    else:
        if amount_text:
            raise HashKeyRefusal("-1014")
        quantity = _positive(_need(sent, "quantity"), "-1126")
        price = _positive(_need(sent, "price"), "0207")
    return OrderRequest(
        symbol=symbol,
        side=side,
        type=kind,
        quantity=quantity,
        quote_amount=quote_amount,
        price=price,
        time_in_force=time_in_force,
        self_trade_prevention=self_trade,
        client_order_id=client_id,
    )


def _need(sent: Mapping[str, str], name: str) -> str:
    value = sent.get(name)
    if not value:
        raise missing(name)
    return value


def _side(text: str) -> Side:
    if text not in ("BUY", "SELL"):
        raise HashKeyRefusal("-1117")
    return Side(text)


def _type(text: str) -> OrderType:
    if text not in ("LIMIT", "MARKET", "LIMIT_MAKER"):
        raise HashKeyRefusal("0206")
    return OrderType(text)


def _time_in_force(sent: Mapping[str, str], kind: OrderType, form: OrderForm) -> TimeInForce:
    allowed = (_TEST_TIMES_IN_FORCE if form is OrderForm.TEST else _TIMES_IN_FORCE)[kind]
    text = sent.get("timeInForce") or None
    if text is None:
        return allowed[0]
    if text not in allowed:
        raise HashKeyRefusal("-1115")
    return TimeInForce(text)


def _self_trade_prevention(sent: Mapping[str, str]) -> SelfTradePrevention:
    text = sent.get("stpMode") or "EXPIRE_TAKER"
    if text not in ("EXPIRE_TAKER", "EXPIRE_MAKER"):
        raise illegal("stpMode")
    return SelfTradePrevention(text)


def _positive(text: str, code: str) -> Decimal:
    try:
        value = parse_decimal(text)
    except ValueError:
        raise HashKeyRefusal(code) from None
    if value <= 0:
        raise HashKeyRefusal(code)
    return value


def read_side(sent: Mapping[str, str]) -> Side | None:
    """Return the optional `side` filter of a listing or mass cancel."""
    text = sent.get("side") or None
    return None if text is None else _side(text)


def read_whole(sent: Mapping[str, str], name: str) -> int | None:
    """Return an optional whole number. Raises HashKeyRefusal -1130 naming the parameter."""
    text = sent.get(name) or None
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise illegal(name)
    return int(text)


def read_limit(sent: Mapping[str, str], *, default: int, maximum: int) -> int:
    """Return the optional `limit`; above its maximum it counts as the maximum."""
    value = read_whole(sent, "limit")
    if value is None:
        return default
    if value < 1:
        raise illegal("limit")
    return min(value, maximum)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in ms, both ends included; None is open."""

    start: int | None
    end: int | None

    def __contains__(self, time: int) -> bool:
        return (self.start is None or time >= self.start) and (self.end is None or time <= self.end)


def read_span(sent: Mapping[str, str], *, now: int, days: int, code: str) -> Span:
    """Return startTime..endTime. Raises HashKeyRefusal `code` when it reaches back further than `days` days."""
    start, end = read_whole(sent, "startTime"), read_whole(sent, "endTime")
    oldest = now - days * DAY_MS
    if (start is not None and start < oldest) or (end is not None and end < oldest):
        raise HashKeyRefusal(code)
    if start is not None and end is not None and end < start:
        raise illegal("endTime")
    return Span(start, end)
