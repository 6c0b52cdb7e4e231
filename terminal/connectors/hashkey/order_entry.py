"""An order request as HashKey's parameters; pure. Refuses what the venue does not have before any byte is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from terminal.connectors.hashkey.endpoints import HashKeyProfile
from terminal.connectors.parameters import Parameters, pairs
from terminal.domain.failures import InvalidOrder, NotSupported
from terminal.domain.kinds import OrderType, SelfTradePrevention, Side, TimeInForce
from terminal.domain.numbers import plain
from terminal.domain.order import Order, OrderRequest

T = TypeVar("T")

TIMES_IN_FORCE: Mapping[OrderType, tuple[TimeInForce, ...]] = MappingProxyType(
    {
        OrderType.LIMIT: (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
        OrderType.LIMIT_MAKER: (TimeInForce.GTC,),
        OrderType.MARKET: (TimeInForce.IOC,),
    }
)
"""PROTOCOLS 2.4, create order"""

TESTED_TIMES_IN_FORCE: Mapping[OrderType, TimeInForce] = MappingProxyType(
    {
        OrderType.LIMIT: TimeInForce.GTC,
        OrderType.LIMIT_MAKER: TimeInForce.GTC,
        OrderType.MARKET: TimeInForce.IOC,
    }
)
"""What orderTest takes."""

_PREVENTION: Mapping[SelfTradePrevention, str] = MappingProxyType(
    {
        SelfTradePrevention.EXPIRE_TAKER: "EXPIRE_TAKER",
        SelfTradePrevention.EXPIRE_MAKER: "EXPIRE_MAKER",
    }
)
_CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)


def buys_base_at_market(request: OrderRequest) -> bool:
    """Tell whether an order is a market buy of a base quantity, which older order paths take for a quote amount."""
    return request.type is OrderType.MARKET and request.side is Side.BUY and request.quote_amount is None


def order_path(profile: HashKeyProfile, request: OrderRequest) -> str:
    """Return the path a single order goes to: the meaning of a market buy's quantity depends on it."""
    return profile.market_buy_by_base_path if buys_base_at_market(request) else profile.order_path


def order_parameters(profile: HashKeyProfile, request: OrderRequest) -> Parameters:
    """Return a new order's parameters in the document's order.

    Raises `InvalidOrder` naming the field for a missing, superfluous or impossible value, `NotSupported` for
    a time in force, self-trade mode or quote amount that the venue does not have for such an order.
    """
    _check_amounts(profile, request)
    if request.client_order_id is not None and not _CLIENT_ORDER_ID.fullmatch(request.client_order_id):
        text = "A client order id is 1 to 255 letters, digits, - or _"
        raise InvalidOrder(text, field="client_order_id", venue=profile.venue)
    if request.time_in_force is not None and request.time_in_force not in TIMES_IN_FORCE[request.type]:
        allowed = ", ".join(TIMES_IN_FORCE[request.type])
        text = f"Time in force {request.time_in_force} is not available for {request.type} orders, only {allowed}"
        raise NotSupported(text, venue=profile.venue)
    prevention = request.self_trade_prevention
    if prevention is not None and prevention not in profile.self_trade_prevention:
        text = profile.lacks.get("self_trade_prevention", f"The venue has no self-trade mode {prevention}")
        raise NotSupported(text, venue=profile.venue)
    if request.fee_in_platform_coin is not None:
        raise NotSupported("HashKey has no coin of its own that fees could be paid in", venue=profile.venue)
    if request.quote_amount is not None and request.side not in profile.quote_amount_sides:
        raise NotSupported(f"A market {request.side} names a quantity here, not a quote amount", venue=profile.venue)
    return pairs(
        ("symbol", request.symbol),
        ("side", request.side.upper()),
        ("type", request.type.upper()),
        ("price", _plain(request.price)),
        ("quantity", _plain(request.quantity)),
        (profile.quote_amount_field, _plain(request.quote_amount)),
        ("newClientOrderId", request.client_order_id),
        ("timeInForce", request.time_in_force),
        ("stpMode", None if prevention is None else _PREVENTION[prevention]),
    )


def named(order: Order, client_id_field: str) -> Parameters:
    """Return how a request names an existing order: by the venue's id, else by its client order id."""
    if order.order_id is not None:
        return (("orderId", order.order_id),)
    if order.client_order_id is not None:
        return ((client_id_field, order.client_order_id),)
    raise InvalidOrder("The order has neither an order id nor a client order id", venue=order.venue)


def chunks(items: Sequence[T], size: int) -> Sequence[Sequence[T]]:
    """Return the items in groups of at most `size`, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _check_amounts(profile: HashKeyProfile, request: OrderRequest) -> None:
    market = request.type is OrderType.MARKET
    wrong: tuple[str, str] | None = None
    if not request.symbol:
        wrong = ("symbol", "An order needs a symbol")
    elif market and request.price is not None:
        wrong = ("price", "A market order has no price")
    elif not market and request.price is None:
        wrong = ("price", f"A {request.type} order needs a price")
    elif not market and request.quote_amount is not None:
        wrong = ("quote_amount", "Only a market order may name a quote amount")
    elif (request.quantity is None) == (request.quote_amount is None):
        wrong = ("quantity", "An order names either a quantity or, at market, a quote amount")
    for field in ("price", "quantity", "quote_amount"):
        value: Decimal | None = getattr(request, field)
        if wrong is None and value is not None and not (value.is_finite() and value > 0):
            wrong = (field, f"An order's {field.replace('_', ' ')} must be above zero")
    if wrong is not None:
        raise InvalidOrder(wrong[1], field=wrong[0], venue=profile.venue)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
