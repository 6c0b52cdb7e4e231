"""Every order and fill in memory, found by our key, by client order id and by the venue's order id."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from terminal.domain import Fill, InstrumentId, Order, OrderStatus, apply
from terminal.domain.numbers import ZERO
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal_records import FillId


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a report did: the order before (None: it was not known) and after it, and the key of an order taken
    for a foreign one that turned out to be this one."""

    before: DeskOrder | None
    after: DeskOrder
    merged: OrderKey | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


class OrderRegistry:
    """Pure bookkeeping: no I/O and no clock; `now` is given."""

    def __init__(self) -> None:
        self._orders: dict[OrderKey, DeskOrder] = {}
        self._working: dict[OrderKey, None] = {}
        self._ended: dict[OrderKey, None] = {}  # in order of ending
        self._by_client_id: dict[tuple[str, str], OrderKey] = {}
        self._by_order_id: dict[tuple[str, str], OrderKey] = {}
        self._fills: dict[FillId, Fill] = {}
        self._fills_by_time: list[tuple[int, int, FillId]] = []
        self._fills_of: dict[tuple[str, str], dict[str, Decimal]] = {}  # (account, order id) -> quantity by trade id

    def get(self, key: OrderKey) -> DeskOrder | None:
        return self._orders.get(key)

    def working(self) -> list[DeskOrder]:
        """Return the orders that may still trade, newest first."""
        orders = [self._orders[key] for key in reversed(self._working)]
        return sorted(orders, key=lambda order: order.submitted, reverse=True)

    def working_at(self, id: InstrumentId) -> list[DeskOrder]:
        return [order for order in self.working() if order.instrument_id == id]

    def ended(self, limit: int) -> list[DeskOrder]:
        """Return up to `limit` orders that ended, the last to end first."""
        return [self._orders[key] for key, _ in zip(reversed(self._ended), range(limit), strict=False)]

    def fills(self, limit: int) -> list[Fill]:
        """Return up to `limit` fills, newest first."""
        return [self._fills[fill_id] for _, _, fill_id in reversed(self._fills_by_time[-limit:])] if limit > 0 else []

    def fills_of(self, order: DeskOrder) -> Iterator[Fill]:
        """Yield the fills of one order, in the order in which they became known."""
        order_id = order.order.order_id
        if order_id is not None:
            for trade_id in self._fills_of.get((order.account, order_id), ()):
                yield self._fills[order.account, order_id, trade_id]

    def lacks_fills(self, key: OrderKey, *, tells_maker: bool = True) -> bool:
        """Tell whether the order filled more than its known fills add up to, or one of them is not complete: without
        its fee or, where the venue tells who was the maker, without that."""
        order = self._orders.get(key)
        if order is None:
            return False
        fills = list(self.fills_of(order))
        if sum((fill.quantity for fill in fills), ZERO) < order.order.filled_quantity:
            return True
        return any(fill.fee is None or (tells_maker and fill.is_maker is None) for fill in fills)

    def by_order_id(self, account: str, order_id: str) -> DeskOrder | None:
        key = self._by_order_id.get((account, order_id))
        return None if key is None else self._orders[key]

    def put(self, order: DeskOrder) -> None:
        """Store one order under its key and its ids."""
        key = order.key
        self._orders[key] = order
        if order.is_working:
            self._working.setdefault(key)
            self._ended.pop(key, None)
        else:
            self._working.pop(key, None)
            self._ended.setdefault(key)
        if order.order.client_order_id is not None:
            self._by_client_id.setdefault((order.account, order.order.client_order_id), key)
        if order.order.order_id is not None:
            self._by_order_id[order.account, order.order.order_id] = key

    def find(self, account: str, report: Order) -> DeskOrder | None:
        """Return the order that a report is about, by the venue's id first, then by ours."""
        key: OrderKey | None = None
        if report.client_order_id is not None:
            key = self._by_client_id.get((account, report.client_order_id))
        if report.order_id is not None:
            by_order_id = self._by_order_id.get((account, report.order_id))
            known = self._orders.get(key) if key is not None else None
            # a client order id may be used again once its order ended; the venue's own id never is
            reused = known is not None and known.order.order_id not in (None, report.order_id)
            if by_order_id is not None and (known is None or known.foreign or reused):
                key = by_order_id
            elif reused:
                key = None
        return None if key is None else self._orders[key]

    def apply(self, account: str, report: Order, *, now: int, queried: bool = False) -> Applied:
        """Merge one report; an order that is not known is adopted as placed elsewhere.

        Raises ValueError for a report of an unknown order without any id.
        """
        before = self.find(account, report)
        if before is None:
            after = self._with_fills(_adopt(account, report, now))
            self.put(after)
            return Applied(before=None, after=after)
        return self.apply_to(before.key, report, now=now, queried=queried)

    def apply_to(self, key: OrderKey, report: Order, *, now: int, queried: bool = False) -> Applied:
        """Merge one report into the order with this key, whatever ids the report has."""
        before = self._orders[key]
        merged = None
        order = apply(_reopened(before.order, report), report, queried=queried)
        if order.order_id is not None:
            other = self._by_order_id.get((before.account, order.order_id))
            if other is not None and other != key and self._orders[other].foreign:
                # its stream report came before the reply that tells the venue's id of our own order
                order = apply(order, self._orders[other].order)
                self.drop(other)
                merged = other
        checking = before.checking and report.status is OrderStatus.UNKNOWN
        after = self._with_fills(replace(before, order=order, checking=checking))
        if after.order != before.order:
            after = replace(after, changed=now)
        self.put(after)
        return Applied(before=before, after=after, merged=merged)

    def drop(self, key: OrderKey) -> None:
        order = self._orders.pop(key)
        self._working.pop(key, None)
        self._ended.pop(key, None)
        client_id, order_id = order.order.client_order_id, order.order.order_id
        if client_id is not None and self._by_client_id.get((order.account, client_id)) == key:
            del self._by_client_id[order.account, client_id]
        if order_id is not None and self._by_order_id.get((order.account, order_id)) == key:
            del self._by_order_id[order.account, order_id]

    def has_fill(self, account: str, fill: Fill) -> bool:
        return (account, fill.order_id, fill.trade_id) in self._fills

    def add_fill(self, account: str, fill: Fill, *, correct: bool = False) -> Fill | None:
        """Count a fill once; a repeat completes what was not known, and replaces it when `correct` (the account's
        own trade list). Returns the fill as stored, None when nothing changed."""
        fill_id = (account, fill.order_id, fill.trade_id)
        known = self._fills.get(fill_id)
        stored = replace(fill, account=account) if known is None else _completed(known, fill, correct=correct)
        if stored == known:
            return None
        if known is None:
            insort(self._fills_by_time, (stored.time, len(self._fills_by_time), fill_id))
        elif known.time != stored.time:
            self._move_in_time(fill_id, known.time, stored.time)
        self._fills[fill_id] = stored
        self._fills_of.setdefault((account, fill.order_id), {})[fill.trade_id] = stored.quantity
        return stored

    def count_fills(self, account: str, fill: Fill, *, now: int) -> Applied | None:
        """Let the order of a fill know it: its filled quantity is never less than its fills add up to.

        None when the order is not known, or its quantity could not hold the fills.
        """
        probe = Order(
            venue=fill.venue,
            symbol=fill.symbol,
            status=OrderStatus.UNKNOWN,
            order_id=fill.order_id,
            client_order_id=fill.client_order_id,
        )
        order = self.find(account, probe)
        if order is None:
            return None
        # tells the venue's order id before the acknowledgement does; the status stays as it is
        return self.apply_to(order.key, replace(probe, status=order.order.status), now=now)

    def _with_fills(self, order: DeskOrder) -> DeskOrder:
        order_id = order.order.order_id
        if order_id is None:
            return order
        filled = sum(self._fills_of.get((order.account, order_id), {}).values(), ZERO)
        quantity = order.order.quantity
        if filled <= order.order.filled_quantity or (quantity is not None and filled > quantity):
            return order
        return replace(order, order=replace(order.order, filled_quantity=filled))

    def _move_in_time(self, fill_id: FillId, before: int, after: int) -> None:
        index = bisect_left(self._fills_by_time, (before, -1, ("", "", "")))
        while self._fills_by_time[index][2] != fill_id:
            index += 1
        _, number, _ = self._fills_by_time.pop(index)
        insort(self._fills_by_time, (after, number, fill_id))


def _reopened(order: Order, report: Order) -> Order:
    """An order that we ourselves called refused, and that the venue shows after all, is not refused."""
    concluded = order.status is OrderStatus.REJECTED and order.order_id is None
    if concluded and report.order_id is not None and report.status is not OrderStatus.REJECTED:
        return replace(order, status=OrderStatus.UNKNOWN, reason=None)
    return order


def _adopt(account: str, report: Order, now: int) -> DeskOrder:
    if report.order_id is not None:
        key = f"{account}:{report.order_id}"
    elif report.client_order_id is not None:
        key = f"{account}:client:{report.client_order_id}"
    else:
        raise ValueError("a report about an unknown order names no id")
    return DeskOrder(
        key=key,
        order=replace(report, account=account),
        account=account,
        submitted=report.created if report.created is not None else now,
        changed=now,
        foreign=True,
    )


def _completed(known: Fill, update: Fill, *, correct: bool) -> Fill:
    kept, other = (update, known) if correct else (known, update)
    return replace(
        kept,
        account=known.account,
        client_order_id=kept.client_order_id if kept.client_order_id is not None else other.client_order_id,
        fee=kept.fee if kept.fee is not None else other.fee,
        fee_asset=kept.fee_asset if kept.fee_asset is not None else other.fee_asset,
        is_maker=kept.is_maker if kept.is_maker is not None else other.is_maker,
        extra={**other.extra, **kept.extra},
    )
