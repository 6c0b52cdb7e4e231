"""The venue's rules for a new order (PROTOCOLS 2.4, 2.5), and the record it makes of one it takes."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import (
    Instrument,
    InstrumentStatus,
    OrderRequest,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import is_multiple, plain
from terminal.simulator.queue_book import Taking
from terminal.simulator.records import Refusal, SimOrder

TIMES_IN_FORCE: dict[OrderType, tuple[TimeInForce, ...]] = {
    OrderType.LIMIT: (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
    OrderType.LIMIT_MAKER: (TimeInForce.GTC,),
    OrderType.MARKET: (TimeInForce.IOC,),
}
"""What each order type may name; the first is what holds when a request names none."""


def time_in_force_of(request: OrderRequest) -> TimeInForce:
    """Return the request's time in force, or its type's default; raises Refusal "tif"."""
    allowed = TIMES_IN_FORCE[request.type]
    chosen = allowed[0] if request.time_in_force is None else request.time_in_force
    if chosen not in allowed:
        raise Refusal("tif", f"{request.type} orders take {', '.join(allowed)}, not {chosen}")
    return chosen


def check_terms(instrument: Instrument, request: OrderRequest, mark: Decimal | None) -> None:
    """Check all that needs neither the book nor the account; raises Refusal.

    `mark` is the mark price, the centre of the price bands; None lifts them, as nothing has traded yet.
    """
    if instrument.status is not InstrumentStatus.TRADING:
        raise Refusal("halted", f"{instrument.symbol} is not trading ({instrument.status})")
    time_in_force_of(request)
    if request.type is OrderType.MARKET:
        _check_market(instrument, request, mark)
        return
    if request.quote_amount is not None:
        raise Refusal("type", "only market orders take a quote amount")
    if request.price is None:
        raise Refusal("type", f"{request.type} orders need a price")
    if request.quantity is None:
        raise Refusal("type", f"{request.type} orders need a quantity")
    _check_price(instrument, request, request.price, mark)
    _check_quantity(instrument, request.type, request.quantity)
    _check_notional(instrument, request.type, request.price * request.quantity)


def new_order(account_id: str, request: OrderRequest, now: int) -> SimOrder:
    """Return the record of a checked request, its defaults filled in; its order id is still empty."""
    return SimOrder(
        order_id="",
        account_id=account_id,
        client_order_id=request.client_order_id or "",
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        time_in_force=time_in_force_of(request),
        price=None if request.type is OrderType.MARKET else request.price,
        quantity=request.quantity,
        quote_amount=request.quote_amount,
        self_trade_prevention=request.self_trade_prevention or SelfTradePrevention.EXPIRE_TAKER,
        created=now,
        updated=now,
    )


def taking_of(order: SimOrder, instrument: Instrument, mark: Decimal | None) -> Taking:
    """Return what a new order wants from the other side; a market order is held to its price band."""
    return Taking(
        side=order.side,
        quantity=order.quantity,
        value=order.quote_amount,
        limit=_market_limit(instrument, order.side, mark) if order.price is None else order.price,
        lot=instrument.lot_size,
        account_id=order.account_id,
        prevention=order.self_trade_prevention,
    )


def _market_limit(instrument: Instrument, side: Side, mark: Decimal | None) -> Decimal | None:
    """Return the worst price a market order may trade at (its price band); None while there is no such bound."""
    band = instrument.market_band
    if band is None or mark is None:
        return None
    if side is Side.BUY:
        return mark * (1 + band.buy_up) if band.buy_up else None
    return mark * (1 - band.sell_down) if band.sell_down else None


def _check_market(instrument: Instrument, request: OrderRequest, mark: Decimal | None) -> None:
    if (request.quantity is None) == (request.quote_amount is None):
        raise Refusal("type", "a market order needs either a quantity or a quote amount")
    if request.quantity is not None:
        _check_quantity(instrument, request.type, request.quantity)
        if mark is not None:
            _check_notional(instrument, request.type, mark * request.quantity)
    if request.quote_amount is not None:
        step = instrument.quote_step
        if request.quote_amount > 0 and step is not None and not is_multiple(request.quote_amount, step):
            raise Refusal("amount_precision", f"the amount must be a multiple of {plain(step)} {instrument.quote}")
        _check_notional(instrument, request.type, request.quote_amount)


def _check_price(instrument: Instrument, request: OrderRequest, price: Decimal, mark: Decimal | None) -> None:
    if price <= 0:
        raise Refusal("price_min", "the price must be above zero")
    if instrument.tick_size is not None and not is_multiple(price, instrument.tick_size):
        raise Refusal("price_tick", f"the price must be a multiple of {plain(instrument.tick_size)}")
    for breach in instrument.band_breaches(request.side, request.type, price, mark):
        raise Refusal("price_band", breach.rule)


def _check_quantity(instrument: Instrument, order_type: OrderType, quantity: Decimal) -> None:
    limits = instrument.limits_for(order_type)
    if quantity <= 0:
        raise Refusal("quantity_min", "the quantity must be above zero")
    if instrument.lot_size is not None and not is_multiple(quantity, instrument.lot_size):
        raise Refusal("quantity_lot", f"the quantity must be a multiple of {plain(instrument.lot_size)}")
    if limits.min_quantity is not None and quantity < limits.min_quantity:
        raise Refusal("quantity_min", f"the quantity must be at least {plain(limits.min_quantity)} {instrument.base}")
    if limits.max_quantity is not None and quantity > limits.max_quantity:
        raise Refusal("quantity_max", f"the quantity must be at most {plain(limits.max_quantity)} {instrument.base}")


def _check_notional(instrument: Instrument, order_type: OrderType, notional: Decimal) -> None:
    limits = instrument.limits_for(order_type)
    if notional <= 0:
        raise Refusal("notional_min", "the amount must be above zero")
    if limits.min_notional is not None and notional < limits.min_notional:
        raise Refusal("notional_min", f"the amount must be at least {plain(limits.min_notional)} {instrument.quote}")
    if limits.max_notional is not None and notional > limits.max_notional:
        raise Refusal("notional_max", f"the amount must be at most {plain(limits.max_notional)} {instrument.quote}")
