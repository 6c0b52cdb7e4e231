"""Sending orders, one or a batch: written and synced first, sent once, and each reply sorted into accepted, refused or
unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderRequest, OrderStatus
from terminal.domain.failures import DuplicateOrder, Failure, MalformedMessage, OutcomeUnknown
from terminal.domain.order import is_another
from terminal.trading.activity import LogLevel
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal import JournalFailed
from terminal.trading.journal_records import RecordKind
from terminal.trading.ledger import SOURCE, Ledger, describe
from terminal.trading.settling import Settler


class Placer:
    """Nothing here ever sends an order twice."""

    def __init__(self, *, ledger: Ledger, connectors: Mapping[str, Connector], settler: Settler) -> None:
        self._ledger = ledger
        self._connectors = connectors
        self._settler = settler

    def register(self, key: OrderKey, account: str, connector: Connector, request: OrderRequest) -> DeskOrder:
        """Make the order visible before anything else happens to it."""
        now = self._ledger.clock()
        order = Order(
            venue=connector.venue,
            account=account,
            symbol=request.symbol,
            client_order_id=request.client_order_id,
            side=request.side,
            type=request.type,
            price=request.price,
            quantity=request.quantity,
            quote_amount=request.quote_amount,
            time_in_force=request.time_in_force,
            status=OrderStatus.PENDING,
        )
        desk_order = DeskOrder(key=key, order=order, account=account, submitted=now, changed=now)
        self._ledger.unsent.add(key)
        self._ledger.in_flight.add(key)
        self._ledger.register(desk_order)
        return desk_order

    async def place(self, order: DeskOrder, request: OrderRequest) -> DeskOrder:
        """Write, sync, send and sort the reply. Venue refusals and unknown outcomes are in the order returned."""
        ledger, key = self._ledger, order.key
        try:
            try:
                await ledger.write_intent(order, request)
            except JournalFailed as failure:
                return self._refused(order, f"not sent: {failure}", {"outcome": "not sent"})
            if key not in ledger.unsent:
                return self._current(order)
            ledger.unsent.discard(key)
            return await self._send(order, request)
        finally:
            ledger.unsent.discard(key)
            ledger.in_flight.discard(key)
            ledger.wake(key)

    async def place_together(self, orders: Sequence[tuple[DeskOrder, OrderRequest]]) -> list[DeskOrder]:
        """Write and sync all, then send them in the venue's batches; each reply is sorted as that of one order.

        The orders belong to one account. Nothing is sent unless all of them are on disk.
        """
        ledger = self._ledger
        keys = [order.key for order, _ in orders]
        try:
            try:
                await asyncio.gather(*(ledger.write_intent(order, request) for order, request in orders))
            except JournalFailed as failure:
                return [self._refused(order, f"not sent: {failure}", {"outcome": "not sent"}) for order, _ in orders]
            left = [(order, request) for order, request in orders if order.key in ledger.unsent]
            connector = self._connectors.get(orders[0][0].account)
            size = 1 if connector is None else connector.capabilities.batch_sizes.get("place_orders", 1)
            for start in range(0, len(left), size):
                chunk = [pair for pair in left[start : start + size] if pair[0].key in ledger.unsent]
                ledger.unsent.difference_update(order.key for order, _ in chunk)
                if connector is None or len(chunk) == 1:
                    for order, request in chunk:
                        await self._send(order, request)
                elif chunk:
                    await self._send_together(connector, chunk)
            return [self._current(order) for order, _ in orders]
        finally:
            for key in keys:
                ledger.unsent.discard(key)
                ledger.in_flight.discard(key)
                ledger.wake(key)

    async def _send(self, order: DeskOrder, request: OrderRequest) -> DeskOrder:
        connector = self._connectors.get(order.account)
        if connector is None:
            return self._refused(order, "not sent: the account is not connected", {"outcome": "not sent"})
        try:
            reply: Order | Exception = await connector.place_order(request)
        except asyncio.CancelledError:
            self._abandoned(order)
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong says what is known of this order
            reply = error
        return self._sort(order, reply)

    async def _send_together(self, connector: Connector, chunk: Sequence[tuple[DeskOrder, OrderRequest]]) -> None:
        replies: Sequence[Order | Exception]
        try:
            replies = await connector.place_orders([request for _, request in chunk])
        except asyncio.CancelledError:
            for order, _ in chunk:
                self._abandoned(order)
            raise
        except Exception as error:  # noqa: BLE001 - as above, of each of them
            replies = [error] * len(chunk)
        if len(replies) != len(chunk):
            replies = [OutcomeUnknown(f"{len(replies)} answers to {len(chunk)} orders")] * len(chunk)
        pairs = [(order, reply) for (order, _), reply in zip(chunk, replies, strict=True)]
        if any(isinstance(reply, Order) and is_another(order.order, reply) for order, reply in pairs):
            # the answers are not in the order of the orders: a refusal among them, too, may be another order's
            replies = [OutcomeUnknown("the venue's answers are in another order")] * len(chunk)
        for (order, _), reply in zip(chunk, replies, strict=True):
            self._sort(order, reply)

    def _sort(self, order: DeskOrder, reply: Order | Exception) -> DeskOrder:
        """Take one order's answer, or what came instead of it."""
        ledger, key = self._ledger, order.key
        if isinstance(reply, DuplicateOrder):
            # our id is used once, so what the venue has under it is this order
            self._settler.surely_arrived(key)
            return self._unknown(order, f"taken before: {reply}", _evidence("duplicate", reply))
        if isinstance(reply, Failure):
            if reply.may_have_executed or isinstance(reply, (OutcomeUnknown, MalformedMessage)):
                return self._unknown(order, f"outcome unknown: {reply}", _evidence("unknown", reply))
            return self._refused(order, str(reply), _evidence("refused", reply))
        if isinstance(reply, Exception):
            # bytes may have left before a connector broke: the fate is unknown
            body = {"outcome": "unknown", "failure": type(reply).__name__}
            return self._unknown(order, f"outcome unknown: the connector failed ({type(reply).__name__})", body)
        if is_another(order.order, reply):
            seen: dict[str, object] = {"outcome": "unknown", "report": reply}
            return self._unknown(order, "outcome unknown: the venue's answer is about another order", seen)
        after = ledger.answer(key, reply, RecordKind.REPLY, {"outcome": "accepted", "report": reply})
        if after.status in (OrderStatus.PENDING, OrderStatus.UNKNOWN):
            self._settler.settle_later(key, stream_first=True)
        return after

    def _abandoned(self, order: DeskOrder) -> None:
        self._unknown(order, "the program stopped waiting for the answer", {"outcome": "unknown"})

    def _refused(self, order: DeskOrder, reason: str, body: Mapping[str, object]) -> DeskOrder:
        ledger = self._ledger
        after = ledger.set_status(order.key, OrderStatus.REJECTED, reason, RecordKind.REPLY, body)
        ledger.activity.add(LogLevel.WARNING, SOURCE, f"{describe(order.order)}: {reason}", cause=reason)
        return after

    def _unknown(self, order: DeskOrder, reason: str, body: Mapping[str, object]) -> DeskOrder:
        ledger = self._ledger
        current = self._current(order)
        if current.status is not OrderStatus.PENDING and not _is_awaited(current):
            # a stream report told the order's state before the answer failed
            ledger.note(RecordKind.REPLY, order.key, {**body, "reason": reason})
            return current
        after = ledger.set_status(order.key, OrderStatus.UNKNOWN, reason, RecordKind.REPLY, body)
        ledger.activity.add(
            LogLevel.WARNING, SOURCE, f"{describe(order.order)}: {reason}; asking the venue", cause=reason
        )
        self._settler.settle_later(order.key)
        return after

    def _current(self, order: DeskOrder) -> DeskOrder:
        return self._ledger.registry.get(order.key) or order


def _is_awaited(order: DeskOrder) -> bool:
    return order.status is OrderStatus.PENDING_CANCEL and order.order.order_id is None


def _evidence(outcome: str, failure: Failure) -> dict[str, object]:
    return {
        "outcome": outcome,
        "failure": type(failure).__name__,
        "code": failure.code,
        "message": failure.message,
        "http_status": failure.http_status,
        "text": failure.text,
    }
