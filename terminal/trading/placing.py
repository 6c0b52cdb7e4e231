"""Sending one order: written and synced first, sent once, and its reply sorted into accepted, refused or unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderRequest, OrderStatus
from terminal.domain.failures import DuplicateOrder, Failure, MalformedMessage, OutcomeUnknown
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

    async def _send(self, order: DeskOrder, request: OrderRequest) -> DeskOrder:
        ledger, key = self._ledger, order.key
        connector = self._connectors.get(order.account)
        if connector is None:
            return self._refused(order, "not sent: the account is not connected", {"outcome": "not sent"})
        try:
            reply = await connector.place_order(request)
        except asyncio.CancelledError:
            self._unknown(order, "the program stopped waiting for the answer", {"outcome": "unknown"})
            raise
        except DuplicateOrder as failure:
            # our id is used once, so what the venue has under it is this order
            self._settler.surely_arrived(key)
            return self._unknown(order, f"taken before: {failure}", _evidence("duplicate", failure))
        except Failure as failure:
            if failure.may_have_executed or isinstance(failure, (OutcomeUnknown, MalformedMessage)):
                return self._unknown(order, f"outcome unknown: {failure}", _evidence("unknown", failure))
            return self._refused(order, str(failure), _evidence("refused", failure))
        except Exception as error:  # noqa: BLE001 - bytes may have left before a connector broke: the fate is unknown
            body = {"outcome": "unknown", "failure": type(error).__name__}
            return self._unknown(order, f"outcome unknown: the connector failed ({type(error).__name__})", body)
        after = ledger.answer(key, reply, RecordKind.REPLY, {"outcome": "accepted", "report": reply})
        if after.status in (OrderStatus.PENDING, OrderStatus.UNKNOWN):
            self._settler.settle_later(key, stream_first=True)
        return after

    def _refused(self, order: DeskOrder, reason: str, body: Mapping[str, object]) -> DeskOrder:
        ledger = self._ledger
        after = ledger.set_status(order.key, OrderStatus.REJECTED, reason, RecordKind.REPLY, body)
        ledger.activity.add(LogLevel.WARNING, SOURCE, f"{describe(order.order)}: {reason}")
        return after

    def _unknown(self, order: DeskOrder, reason: str, body: Mapping[str, object]) -> DeskOrder:
        ledger = self._ledger
        current = self._current(order)
        if current.status is not OrderStatus.PENDING and not _is_awaited(current):
            # a stream report told the order's state before the answer failed
            ledger.note(RecordKind.REPLY, order.key, {**body, "reason": reason})
            return current
        after = ledger.set_status(order.key, OrderStatus.UNKNOWN, reason, RecordKind.REPLY, body)
        ledger.activity.add(LogLevel.WARNING, SOURCE, f"{describe(order.order)}: {reason}; asking the venue")
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
