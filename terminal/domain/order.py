"""Orders and the one transition table through which every report about an order passes.

Reports come from acknowledgements, streams, listings and queries, late, twice or out of order. `apply` merges
one into what is known: a final status is never left, a filled quantity never shrinks, ids are never lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from terminal.domain.kinds import (
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What the trader wants. Exactly one of `quantity` (base) and `quote_amount` (market orders) is set.

    `fee_in_platform_coin` says whether the fee is paid in the venue's own coin; None leaves it to the venue.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_amount: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    self_trade_prevention: SelfTradePrevention | None = None
    client_order_id: str | None = None
    fee_in_platform_coin: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", Side(self.side))
        object.__setattr__(self, "type", OrderType(self.type))
        if self.time_in_force is not None:
            object.__setattr__(self, "time_in_force", TimeInForce(self.time_in_force))
        if self.self_trade_prevention is not None:
            object.__setattr__(self, "self_trade_prevention", SelfTradePrevention(self.self_trade_prevention))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as far as it is known. `created` and `updated` are the venue's ms; `extra` its other ids."""

    venue: str
    symbol: str
    side: Side | None = None
    type: OrderType | None = None
    status: OrderStatus
    account: str | None = None
    order_id: str | None = None
    client_order_id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_amount: Decimal | None = None
    filled_quantity: Decimal = ZERO
    average_price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    created: int | None = None
    updated: int | None = None
    reason: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", OrderStatus(self.status))
        if self.side is not None:
            object.__setattr__(self, "side", Side(self.side))
        if self.type is not None:
            object.__setattr__(self, "type", OrderType(self.type))
        if self.time_in_force is not None:
            object.__setattr__(self, "time_in_force", TimeInForce(self.time_in_force))

    @property
    def remaining(self) -> Decimal | None:
        """Base quantity not yet filled; None for an order by quote amount."""
        if self.quantity is None:
            return None
        return max(self.quantity - self.filled_quantity, ZERO)


_S = OrderStatus
_WORKING_REPORTS = frozenset({_S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.UNKNOWN})
_ENDINGS = frozenset({_S.FILLED, _S.CANCELED, _S.REJECTED, _S.EXPIRED})

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.PENDING: frozenset({_S.OPEN}) | _WORKING_REPORTS | _ENDINGS,
    _S.OPEN: _WORKING_REPORTS | _ENDINGS,
    # a late acknowledgement ("open") says nothing against a fill that was already reported
    _S.PARTIALLY_FILLED: frozenset({_S.PENDING_CANCEL, _S.UNKNOWN}) | _ENDINGS,
    # reports of a working order cross the cancel request on the wire: only a query made after the venue's
    # answer (`queried`) brings the order back to work
    _S.PENDING_CANCEL: frozenset({_S.UNKNOWN}) | _ENDINGS,
    _S.UNKNOWN: frozenset({_S.OPEN, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL}) | _ENDINGS,
    _S.FILLED: frozenset(),
    _S.CANCELED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.EXPIRED: frozenset(),
}
"""From each status, the statuses that a report may lead to. Final statuses lead nowhere."""

_BACK_TO_WORK = frozenset({_S.OPEN, _S.PARTIALLY_FILLED})


def may_become(current: OrderStatus, reported: OrderStatus, *, queried: bool = False) -> bool:
    """Tell whether a report may move an order from `current` to `reported`.

    `queried` marks the answer to a query sent after the order's last request was answered: it may also bring
    an order back from PENDING_CANCEL to work.
    """
    if reported in TRANSITIONS[current]:
        return True
    return queried and current is _S.PENDING_CANCEL and reported in _BACK_TO_WORK


def is_another(order: Order, answer: Order) -> bool:
    """Tell whether an answer about `order` speaks of another one: an id, symbol or side that both name differs."""
    return any(
        ours is not None and theirs is not None and ours != theirs
        for ours, theirs in (
            (order.order_id, answer.order_id),
            (order.client_order_id, answer.client_order_id),
            (order.symbol, answer.symbol),
            (order.side, answer.side),
        )
    )


def apply(order: Order, report: Order, *, queried: bool = False) -> Order:
    """Return `order` after `report`, the venue's word about the same order.

    Safe for repeated, late and out-of-order reports: applying one twice changes nothing more, a filled quantity
    never shrinks, a final status is never left, and an id once known stays. A fill that is reported after the
    end still counts (venues report the cancel before the last fill), the status stays.
    """
    status = report.status if may_become(order.status, report.status, queried=queried) else order.status
    grew = report.filled_quantity > order.filled_quantity
    average_price = order.average_price
    # fills may have raised the quantity before a report tells the average that goes with it
    is_newest = report.filled_quantity >= order.filled_quantity
    if report.average_price is not None and (is_newest or average_price is None):
        average_price = report.average_price
    took_status = status is not order.status or report.status is order.status
    return replace(
        order,
        status=status,
        account=order.account if order.account is not None else report.account,
        order_id=order.order_id if order.order_id is not None else report.order_id,
        client_order_id=order.client_order_id if order.client_order_id is not None else report.client_order_id,
        side=order.side if order.side is not None else report.side,
        type=order.type if order.type is not None else report.type,
        price=order.price if order.price is not None else report.price,
        quantity=order.quantity if order.quantity is not None else report.quantity,
        quote_amount=order.quote_amount if order.quote_amount is not None else report.quote_amount,
        filled_quantity=report.filled_quantity if grew else order.filled_quantity,
        average_price=average_price,
        time_in_force=order.time_in_force if order.time_in_force is not None else report.time_in_force,
        created=order.created if order.created is not None else report.created,
        updated=_later(order.updated, report.updated),
        reason=report.reason if took_status and report.reason is not None else _kept_reason(order, status),
        extra={**order.extra, **report.extra} if report.extra else order.extra,
    )


def _kept_reason(order: Order, status: OrderStatus) -> str | None:
    # "outcome unknown: timed out" must not stay on an order that turned out to be open
    if order.status is _S.UNKNOWN and status is not _S.UNKNOWN:
        return None
    return order.reason


def _later(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return first if second is None else second
    return max(first, second)
