"""An order request as the ChainUp engine's parameters; pure. Refuses what it does not have before any byte is sent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from terminal.connectors.chainup.profile import ChainUpProfile
from terminal.connectors.parameters import Parameters, pairs
from terminal.domain.failures import InvalidOrder, NotSupported
from terminal.domain.kinds import OrderType, Side, TimeInForce
from terminal.domain.numbers import plain
from terminal.domain.order import Order, OrderRequest

TIMES_IN_FORCE: Mapping[OrderType, tuple[TimeInForce, ...]] = MappingProxyType(
    {OrderType.LIMIT: (TimeInForce.GTC,), OrderType.MARKET: (TimeInForce.IOC,)}
)
"""The request has no such field: a limit order rests until it is cancelled, a market order takes what there is."""

_TYPES: Mapping[OrderType, str] = MappingProxyType({OrderType.LIMIT: "1", OrderType.MARKET: "2"})


def order_parameters(profile: ChainUpProfile, request: OrderRequest) -> Parameters:
    """Return a new order's parameters. Source: POST /v1/order

    `volume` means the base quantity, but for a market buy the total to spend. Raises `InvalidOrder` naming the field
    for a missing, superfluous or impossible value, `NotSupported` for what the venue does not have.
    """
    _check_options(profile, request)
    _check_amounts(profile, request)
    spends = request.type is OrderType.MARKET and request.side is Side.BUY
    pays_in_fee_coin = request.fee_in_platform_coin
    return pairs(
        ("side", request.side.upper()),
        ("type", _TYPES[request.type]),
        ("volume", _plain(request.quote_amount if spends else request.quantity)),
        ("price", _plain(request.price)),
        ("symbol", request.symbol),
        ("fee_is_user_exchange_coin", None if pays_in_fee_coin is None else str(int(pays_in_fee_coin))),
    )


def named(venue: str, order: Order) -> Parameters:
    """Return how a request names an existing order: by the venue's id and its pair."""
    if order.order_id is None:
        raise NotSupported("The venue knows orders by its own id alone, and this one has none yet", venue=venue)
    return (("order_id", order.order_id), ("symbol", order.symbol))


def _check_options(profile: ChainUpProfile, request: OrderRequest) -> None:
    missing: str | None = None
    if request.type not in _TYPES:
        missing = f"{profile.name} has no {request.type} orders"
    elif request.time_in_force is not None and request.time_in_force not in TIMES_IN_FORCE[request.type]:
        allowed = ", ".join(TIMES_IN_FORCE[request.type])
        missing = f"Time in force {request.time_in_force} is not available for {request.type} orders, only {allowed}"
    elif request.self_trade_prevention is not None:
        missing = f"{profile.name} has no self-trade modes"
    elif request.client_order_id is not None:
        missing = f"{profile.name} takes no client order ids"
    if missing is not None:
        raise NotSupported(missing, venue=profile.venue)


def _check_amounts(profile: ChainUpProfile, request: OrderRequest) -> None:
    market, buys = request.type is OrderType.MARKET, request.side is Side.BUY
    wrong: tuple[str, str] | None = None
    if not request.symbol:
        wrong = ("symbol", "An order needs a symbol")
    elif market and request.price is not None:
        wrong = ("price", "A market order has no price")
    elif not market and request.price is None:
        wrong = ("price", "A limit order needs a price")
    elif market and buys and request.quote_amount is None:
        wrong = ("quote_amount", "A market buy names the total to spend here, not a quantity")
    elif market and buys and request.quantity is not None:
        wrong = ("quantity", "A market buy names the total to spend alone")
    elif not (market and buys) and request.quote_amount is not None:
        wrong = ("quote_amount", "Only a market buy names a total to spend")
    elif not (market and buys) and request.quantity is None:
        wrong = ("quantity", "An order names a quantity")
    for field in ("price", "quantity", "quote_amount"):
        value: Decimal | None = getattr(request, field)
        if wrong is None and value is not None and not (value.is_finite() and value > 0):
            wrong = (field, f"An order's {field.replace('_', ' ')} must be above zero")
    if wrong is not None:
        raise InvalidOrder(wrong[1], field=wrong[0], venue=profile.venue)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
