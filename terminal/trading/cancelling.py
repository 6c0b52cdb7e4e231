"""Cancelling: never blocked by arming or limits; repeated where that is safe; settled by the venue's word only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderStatus, Side
from terminal.domain.failures import (
    ClockSkew,
    Failure,
    MalformedMessage,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
)
from terminal.domain.order import is_another
from terminal.trading.activity import LogLevel
from terminal.trading.background import Background
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal import JournalFailed
from terminal.trading.journal_records import RecordKind
from terminal.trading.ledger import SOURCE, Ledger
from terminal.trading.settling import Settler
from terminal.trading.timing import Timing

_JOURNAL_PATIENCE_S = 2.0  # a cancel lowers the risk, so it does not wait longer than this for a slow disk
_REFUSAL_PATIENCE_S = 5.0
NOT_SENT = "NOT sent"
"""How the progress of an order says that its cancel has not left yet."""


class Canceller:
    """One cancel an order at a time: asking again while one is on its way joins it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        settler: Settler,
        timing: Timing,
        background: Background,
    ) -> None:
        self._ledger = ledger
        self._connectors = connectors
        self._settler = settler
        self._timing = timing
        self._background = background
        self._running: dict[OrderKey, asyncio.Event] = {}

    async def cancel(self, key: OrderKey) -> DeskOrder:
        """Ask the venue to cancel; returns once it is known how the first attempt ended. What is left to do
        (settle, send again) goes on. Raises KeyError for an unknown key."""
        told = self._running.get(key)
        if told is None:
            self._get(key)
            told = self._running[key] = asyncio.Event()
            self._background.start(self._cancel(key), f"cancel {key}").add_done_callback(lambda _: self._ended(key))
        await told.wait()
        return self._get(key)

    async def cancel_many(self, orders: Sequence[DeskOrder]) -> None:
        """Cancel orders of one account together, in the venue's own batches where it has them."""
        connector = self._connectors.get(orders[0].account)
        size = 0 if connector is None else connector.capabilities.batch_sizes.get("cancel_orders", 0)
        together = [
            order
            for order in orders
            if size > 1 and order.order.order_id is not None and order.key not in self._running
        ]
        if connector is None or len(together) < 2:
            together = []
        keys = {order.key for order in together}
        single = [self.cancel(order.key) for order in orders if order.key not in keys]
        chunks = [together[start : start + size] for start in range(0, len(together), size)] if together else []
        batches = [self._cancel_batch(connector, chunk) for chunk in chunks] if connector is not None else []
        await asyncio.gather(*single, *batches)

    async def cancel_listed(
        self, connector: Connector, orders: Sequence[DeskOrder], symbol: str, side: Side | None
    ) -> None:
        """Use the venue's own "cancel all" of a symbol; falls back to one by one when it fails.

        What the venue still lists as open a while after its yes is cancelled again, in the background.
        """
        await self._announce(orders)
        try:
            await connector.cancel_all(symbol, side)
        except Failure as failure:
            self._ledger.activity.add(LogLevel.WARNING, SOURCE, f"cancel all {symbol}: {failure}; one by one instead")
            await asyncio.gather(*(self.cancel(order.key) for order in orders))
            return
        for order in orders:
            self._accepted(order.key, None)
        keys = [order.key for order in orders]
        self._background.start(self._cancel_left(connector, keys, symbol), f"see cancel all {symbol} through")

    async def _cancel_left(self, connector: Connector, keys: Sequence[OrderKey], symbol: str) -> None:
        """Cancel what a "cancel all" left open: venues cap it without saying so."""
        ledger, patience = self._ledger, self._timing.cancel_grace_ms / 1000
        for _ in range(self._timing.cancel_tries):
            left = await self._still_open(connector, keys, symbol, patience)
            if not left:
                return
            text = f"{symbol}: still open after cancel all: {len(left)}; cancelling them again"
            ledger.activity.add(LogLevel.WARNING, SOURCE, text)
            await self.cancel_many([self._get(key) for key in left])
            keys = list(left)
        left = await self._still_open(connector, keys, symbol, patience)
        stuck = {key: row for key, row in left.items() if row is not None}
        if not stuck:
            return  # a query settles what an unreadable listing left in doubt
        reason = f"{self._timing.cancel_tries + 1} cancels had no effect"
        ledger.activity.add(LogLevel.ERROR, SOURCE, f"{symbol}: still open after cancel all: {len(stuck)}; {reason}")
        for key, row in stuck.items():
            self._settler.cancel_refused(key)
            body = {"origin": "listing", "report": row}
            ledger.answer(key, replace(row, reason=reason), RecordKind.REPORT, body, queried=True)

    async def _still_open(
        self, connector: Connector, keys: Sequence[OrderKey], symbol: str, patience: float
    ) -> dict[OrderKey, Order | None]:
        """Return the orders that the venue lists as open after `patience` seconds, as it lists them; with a
        listing that failed all that have not ended, with None: cancelling one too many is safe."""
        ledger = self._ledger
        await asyncio.gather(*(ledger.wait_until_ended(key, patience) for key in keys))
        if not any(ledger.is_working(key) for key in keys):
            return {}
        try:
            rows = await connector.open_orders(symbol)
        except Failure as failure:
            ledger.activity.add(LogLevel.WARNING, SOURCE, f"{symbol}: listing after cancel all failed: {failure}")
            return {key: None for key in keys if ledger.is_working(key)}
        rows = [row for row in rows if row.status is not OrderStatus.PENDING_CANCEL]
        by_id = {row.order_id: row for row in rows if row.order_id is not None}
        by_client_id = {row.client_order_id: row for row in rows if row.client_order_id is not None}
        found: dict[OrderKey, Order | None] = {}
        for key in filter(ledger.is_working, keys):
            order = self._get(key).order
            row = by_id.get(order.order_id or "") or by_client_id.get(order.client_order_id or "")
            if row is not None:
                found[key] = row
        return found

    async def _cancel_batch(self, connector: Connector, orders: Sequence[DeskOrder]) -> None:
        await self._announce(orders)
        try:
            replies = await connector.cancel_orders([self._get(order.key).order for order in orders])
        except Failure:
            # which of them were cancelled is open; asking for each again is safe
            await asyncio.gather(*(self.cancel(order.key) for order in orders))
            return
        again = []
        for order, reply in zip(orders, replies, strict=True):
            if isinstance(reply, Failure):
                again.append(self.cancel(order.key))
            else:
                self._accepted(order.key, reply)
        await asyncio.gather(*again)

    async def _announce(self, orders: Sequence[DeskOrder]) -> None:
        for order in orders:
            self._ledger.set_status(order.key, OrderStatus.PENDING_CANCEL, None, RecordKind.CANCEL, {})
        await self._synced()

    async def _synced(self) -> None:
        try:
            await asyncio.wait_for(self._ledger.synced(), _JOURNAL_PATIENCE_S)
        except (JournalFailed, TimeoutError) as failure:
            text = f"cancelling without the journal: {failure or 'the disk is slow'}"
            self._ledger.activity.add(LogLevel.ERROR, SOURCE, text)

    def _ended(self, key: OrderKey) -> None:
        self._tell(key)
        self._running.pop(key, None)

    def _tell(self, key: OrderKey) -> None:
        told = self._running.get(key)
        if told is not None:
            told.set()

    async def _cancel(self, key: OrderKey) -> None:
        ledger = self._ledger
        order = self._get(key)
        if not order.is_working:
            return
        if key in ledger.unsent:
            ledger.unsent.discard(key)
            ledger.set_status(key, OrderStatus.CANCELED, "cancelled before it was sent", RecordKind.CANCEL, {})
            return
        await self._announce([order])
        for attempt in range(self._timing.cancel_tries):
            if not self._get(key).is_working:
                return
            if attempt:
                ledger.set_status(key, OrderStatus.PENDING_CANCEL, None, RecordKind.CANCEL, {"try": attempt + 1})
            if not await self._send(key):
                return

    async def _send(self, key: OrderKey) -> bool:
        """Send one cancel; True when the order is still working and the cancel should be sent again."""
        ledger, timing = self._ledger, self._timing
        for attempt in range(timing.rate_limited_tries):
            order = self._get(key)
            if not order.is_working:
                return False
            connector = self._connectors.get(order.account)
            try:
                if connector is None:
                    raise VenueUnavailable("the account is not connected")
                reply = await connector.cancel_order(order.order)
                if is_another(order.order, reply):
                    raise MalformedMessage("the venue's answer is about another order")
            except (RateLimited, ClockSkew, VenueUnavailable) as failure:
                if failure.may_have_executed:
                    return await self._unknown(key, failure)
                if isinstance(failure, RateLimited) and failure.is_ban and failure.retry_after is None:
                    return self._cannot_leave(key, failure)
                wait = timing.delay(attempt)
                if isinstance(failure, RateLimited) and failure.retry_after is not None:
                    wait = max(wait, failure.retry_after)
                if isinstance(failure, RateLimited) and failure.is_ban:
                    text = f"{order.order.symbol}: the cancel waits: {failure.text}"
                    ledger.activity.add(LogLevel.ERROR, SOURCE, text, cause=failure.text)
                    ledger.progress(key, f"cancel {NOT_SENT}, banned by the venue, again in {wait:.0f} s")
                else:
                    # a failure with an HTTP status is the venue's own word; without one nothing has left this machine
                    fate = "not taken" if failure.http_status is not None else NOT_SENT
                    ledger.progress(key, f"cancel {fate}, again in {wait:.0f} s: {failure}")
                self._tell(key)
                ended = await ledger.wait_until_ended(key, wait)
                ledger.progress(key, None)
                if ended:
                    return False
            except (OutcomeUnknown, MalformedMessage) as failure:
                return await self._unknown(key, failure)
            except Failure as failure:
                if failure.may_have_executed:
                    return await self._unknown(key, failure)
                return await self._refused(key, failure)
            else:
                self._accepted(key, reply)
                return False
        self._settler.settle_later(key)
        return False

    def _accepted(self, key: OrderKey, reply: Order | None) -> None:
        order = self._get(key)
        if order.is_working and order.status is not OrderStatus.PENDING_CANCEL:
            # a query crossed the cancel and brought the order back to work for a moment
            self._ledger.set_status(key, OrderStatus.PENDING_CANCEL, None, RecordKind.CANCEL, {})
        if reply is None:
            self._ledger.note(RecordKind.CANCEL_REPLY, key, {"outcome": "accepted"})
        else:
            body = {"outcome": "accepted", "report": reply}
            self._ledger.answer(key, reply, RecordKind.CANCEL_REPLY, body)
        if not self._ledger.is_settled(key):
            self._settler.cancel_accepted(key)
            self._settler.settle_later(key, stream_first=True)

    async def _unknown(self, key: OrderKey, failure: Failure) -> bool:
        reason = f"cancel outcome unknown: {failure}"
        body = {"outcome": "unknown", "failure": type(failure).__name__, "text": str(failure)}
        self._ledger.set_status(key, OrderStatus.UNKNOWN, reason, RecordKind.CANCEL_REPLY, body)
        self._ledger.activity.add(LogLevel.WARNING, SOURCE, f"{self._get(key).order.symbol}: {reason}")
        self._tell(key)
        await asyncio.shield(self._settler.settle_later(key))
        return self._get(key).is_working

    def _cannot_leave(self, key: OrderKey, failure: Failure) -> bool:
        """No cancel leaves this machine any more. What the order does at the venue is told by its stream alone."""
        reason = f"the cancel was NOT sent: {failure.text}. Cancel it at the venue itself"
        body = {"outcome": "not sent", "failure": type(failure).__name__, "text": str(failure)}
        self._ledger.set_status(key, OrderStatus.UNKNOWN, reason, RecordKind.CANCEL_REPLY, body)
        text = f"{self._get(key).order.symbol}: {reason}"
        self._ledger.activity.add(LogLevel.ERROR, SOURCE, text, cause=failure.text)
        return False

    async def _refused(self, key: OrderKey, failure: Failure) -> bool:
        """Whatever the refusal says, the order's state comes from a query."""
        ledger = self._ledger
        body = {"outcome": "refused", "failure": type(failure).__name__, "text": str(failure)}
        ledger.note(RecordKind.CANCEL_REPLY, key, body)
        if isinstance(failure, OrderNotFound) and key in ledger.in_flight:
            # the cancel overtook the order on its way: send it again once the order's own answer is there
            while key in ledger.in_flight:
                await ledger.wait_for_change(key, 1.0)
            return self._get(key).is_working
        self._settler.cancel_refused(key)
        settling = self._settler.settle_later(key)
        await asyncio.wait({settling}, timeout=_REFUSAL_PATIENCE_S)
        self._tell(key)
        await asyncio.shield(settling)
        working = self._get(key).is_working
        if working:
            text = f"{self._get(key).order.symbol}: the venue refused to cancel an order that still works: {failure}"
            ledger.activity.add(LogLevel.WARNING, SOURCE, text)
        # "not found" about an order that then turns up: the cancel came too early, not too late
        return working and isinstance(failure, (OrderNotFound, OrderAlreadyClosed))

    def _get(self, key: OrderKey) -> DeskOrder:
        order = self._ledger.registry.get(key)
        if order is None:
            raise KeyError(f"no order {key}")
        return order
