"""Between the ladder and the order desk: own orders as the ladder needs them, a click as an order request. No Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from terminal.domain import Capabilities, OrderRequest, OrderType, TimeInForce, Trade
from terminal.trading.desk_order import DeskOrder
from terminal.ui.depth_ladder.gesture import RestOrder
from terminal.ui.depth_ladder.view import OwnOrder


def own_orders(working: Iterable[DeskOrder]) -> list[OwnOrder]:
    """Return the working orders that stand at a price with a quantity."""
    own = []
    for held in working:
        order = held.order
        if order.price is None or order.side is None or order.remaining is None:
            continue
        own.append(OwnOrder(held.key, order.side, order.price, order.remaining, order.status))
    return own


def order_request(intent: RestOrder, symbol: str, offers: Capabilities) -> OrderRequest:
    """Return the order of a click. A resting click is post-only where the venue has that: it cannot take, even when
    the book moves before it arrives."""
    post_only = not intent.may_cross and OrderType.LIMIT_MAKER in offers.order_types
    kind = OrderType.LIMIT_MAKER if post_only else OrderType.LIMIT
    times = offers.times_in_force_by_type.get(kind, () if post_only else offers.times_in_force)
    return OrderRequest(
        symbol=symbol,
        side=intent.side,
        type=kind,
        quantity=intent.quantity,
        price=intent.price,
        time_in_force=TimeInForce.GTC if TimeInForce.GTC in times else None,
    )


def previous_price(trades: deque[Trade]) -> Decimal | None:
    """Return the newest earlier price that differs from the last one: digits that both share are dimmed."""
    prices = (trade.price for trade in reversed(trades))
    newest = next(prices, None)
    return next((price for price in prices if price != newest), newest)
