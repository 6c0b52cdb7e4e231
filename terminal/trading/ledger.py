"""The one way in which orders and fills change: merged by the domain's rules, then journaled, then marked dirty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from terminal.domain import Fill, Order, OrderRequest, OrderStatus
from terminal.domain.numbers import plain
from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal import Journal
from terminal.trading.journal_records import JournalRecord, RecordKind
from terminal.trading.listings import matching
from terminal.trading.order_registry import Applied, OrderRegistry
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

SOURCE = "orders"
"""The activity log's source name for everything about orders."""

_UNSETTLED = frozenset({OrderStatus.PENDING, OrderStatus.PENDING_CANCEL, OrderStatus.UNKNOWN})

_TOLD = frozenset({OrderStatus.OPEN, OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})


def describe(order: Order) -> str:
    """Say in a few words what an order asks for: "buy 0.5 BTCUSDT at 100", "buy BTCUSDT for 50"."""
    words = [
        "order" if order.side is None else order.side.value,
        "" if order.quantity is None else plain(order.quantity),
        order.symbol,
        "" if order.price is None else f"at {plain(order.price)}",
        "" if order.quote_amount is None else f"for {plain(order.quote_amount)}",
    ]
    return " ".join(word for word in words if word)


class Ledger:
    """Registry, journal and dirty marks together; used by the desk and its helpers only."""

    def __init__(self, *, journal: Journal, activity: ActivityLog, changed: ChangedTopics, clock: Clock) -> None:
        self.registry = OrderRegistry()
        self.reconciled: dict[str, int] = {}
        self.unsent: set[OrderKey] = set()  # written or being written, but not handed to a connector yet
        self.absent: set[OrderKey] = set()  # concluded to have never reached the venue
        self.in_flight: set[OrderKey] = set()  # from the first millisecond until the venue's reply is known
        self.activity = activity
        self.clock = clock
        self._journal = journal
        self._changed = changed
        self._waiting: dict[OrderKey, asyncio.Event] = {}

    async def replay(self) -> None:
        """Load what the journal knows. Orders whose send had no answer become UNKNOWN; all that may still work
        are marked as being checked."""
        replay = await self._journal.replay()
        for account, fill in replay.fills:
            self.registry.add_fill(account, fill)
        for stored in replay.orders:
            order = stored
            if stored.status is OrderStatus.PENDING:
                reason = "the program ended before the venue answered"
                order = replace(stored, order=replace(stored.order, status=OrderStatus.UNKNOWN, reason=reason))
            self.registry.put(replace(order, progress=None, checking=order.is_working))
        self.reconciled.update(replay.reconciled)
        self._changed.mark(TradingTopic.ORDERS)
        self._changed.mark(TradingTopic.FILLS)

    def register(self, order: DeskOrder) -> None:
        """Show an order that is about to be written and sent."""
        self.registry.put(order)
        self._touched(order.key)

    async def write_intent(self, order: DeskOrder, request: OrderRequest) -> None:
        """Write and sync an order before it is sent. Raises JournalFailed."""
        await self._journal.append(self._record(RecordKind.INTENT, order, {"request": request}))

    async def synced(self) -> None:
        """Return once all that was recorded so far is on disk. Raises JournalFailed."""
        await self._journal.flush()

    def note(self, kind: RecordKind, key: OrderKey, body: Mapping[str, object]) -> None:
        """Record something about an order that does not change it."""
        order = self.registry.get(key)
        if order is not None:
            self._journal.enqueue(self._record(kind, order, body))

    def report(self, account: str, report: Order, origin: str, *, queried: bool = False) -> DeskOrder | None:
        """Take the venue's word about an order, whoever placed it; None when it names no order at all.

        `origin` is "stream", "query" or "listing"; `queried` as in `terminal.domain.order.may_become`.
        """
        late = self._concluded_too_early(account, report)
        if late is not None:
            self.absent.discard(late.key)
            return self.answer(late.key, report, RecordKind.REPORT, {"origin": origin, "report": report, "late": True})
        try:
            applied = self.registry.apply(account, report, now=self.clock(), queried=queried)
        except ValueError as error:
            self.activity.add(LogLevel.WARNING, SOURCE, f"{report.venue}: {error}")
            return None
        self._write_applied(applied, RecordKind.REPORT, {"origin": origin, "report": report})
        return applied.after

    def _concluded_too_early(self, account: str, report: Order) -> DeskOrder | None:
        """Return the order that we took for one that never arrived, and that this report of an order nobody knows can
        be: at a venue without client order ids its lists may be late."""
        if not self.absent or report.order_id is None or self.registry.find(account, report) is not None:
            return None
        held = [order for key in self.absent if (order := self.registry.get(key)) is not None]
        fitting = [
            order
            for order in held
            if order.account == account
            and order.order.client_order_id is None
            and matching(order.order, order.submitted, [report], lambda _: False)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def answer(
        self, key: OrderKey, report: Order, kind: RecordKind, body: Mapping[str, object], *, queried: bool = False
    ) -> DeskOrder:
        """Take the answer to a request about this very order (its ids may be new to us), and record it always."""
        applied = self.registry.apply_to(key, report, now=self.clock(), queried=queried)
        self._write_applied(applied, kind, body, always=True)
        return applied.after

    def set_status(
        self, key: OrderKey, status: OrderStatus, reason: str | None, kind: RecordKind, body: Mapping[str, object]
    ) -> DeskOrder:
        """Take what we concluded ourselves: a refusal, an unknown outcome, a cancel on its way."""
        order = self._get(key).order
        return self.answer(key, replace(order, status=status, reason=reason, extra={}), kind, body)

    def progress(self, key: OrderKey, text: str | None) -> None:
        """Say what is being done about an order; None: nothing any more. Not recorded."""
        order = self.registry.get(key)
        if order is not None and order.progress != text:
            self.registry.put(replace(order, progress=text))
            self._changed.mark(TradingTopic.ORDERS)

    def fill(self, account: str, fill: Fill, *, correct: bool = False) -> bool:
        """Count a fill once; True when it is new. `correct` marks the venue's own trade list."""
        known = self.registry.has_fill(account, fill)
        stored = self.registry.add_fill(account, fill, correct=correct)
        if stored is None:
            return False
        self._journal.enqueue(JournalRecord(kind=RecordKind.FILL, account=account, time=self.clock(), fill=stored))
        self._changed.mark(TradingTopic.FILLS)
        if known:
            return False
        applied = self.registry.count_fills(account, stored, now=self.clock())
        if applied is not None:
            self._write_applied(applied, RecordKind.REPORT, {"origin": "fill", "trade_id": stored.trade_id})
        if not correct:  # what a list tells of the past is summed up by who asked for it
            text = f"{stored.side.value} {plain(stored.quantity)} {stored.symbol} filled at {plain(stored.price)}"
            self.activity.add(LogLevel.INFO, SOURCE, text)
        return True

    def reconciled_until(self, account: str, until: int, body: Mapping[str, object]) -> None:
        """Record one finished reconciliation: the account's history is known up to `until` (ms)."""
        self.reconciled[account] = until
        self._journal.enqueue(
            JournalRecord(
                kind=RecordKind.RECONCILIATION, account=account, time=self.clock(), body=body, reconciled=until
            )
        )

    def is_settled(self, key: OrderKey) -> bool:
        """Tell whether the venue's word about the order is known, and no request about it is open."""
        order = self.registry.get(key)
        return order is None or order.status not in _UNSETTLED

    def is_working(self, key: OrderKey) -> bool:
        order = self.registry.get(key)
        return order is not None and order.is_working

    async def wait_until_settled(self, key: OrderKey, timeout: float) -> bool:
        """Wait at most `timeout` seconds for a report that settles the order; True when it is settled."""
        return await self._wait_until(lambda: self.is_settled(key), key, timeout)

    async def wait_until_ended(self, key: OrderKey, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the order's end; True when it came."""
        return await self._wait_until(lambda: not self.is_working(key), key, timeout)

    async def _wait_until(self, condition: Callable[[], bool], key: OrderKey, timeout: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not condition() and (left := deadline - loop.time()) > 0:
            await self.wait_for_change(key, left)
        return condition()

    async def wait_for_change(self, key: OrderKey, timeout: float) -> bool:
        """Wait until the order changes, at most `timeout` seconds; True when it did."""
        event = self._waiting.setdefault(key, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def wake(self, key: OrderKey) -> None:
        """Let those who wait for a change of the order look again."""
        event = self._waiting.pop(key, None)
        if event is not None:
            event.set()

    def _write_applied(
        self, applied: Applied, kind: RecordKind, body: Mapping[str, object], *, always: bool = False
    ) -> None:
        if applied.merged is not None:
            into = {"into": applied.after.key}
            self._journal.enqueue(
                JournalRecord(
                    kind=RecordKind.MERGED,
                    account=applied.after.account,
                    time=self.clock(),
                    key=applied.merged,
                    body=into,
                    dropped=applied.merged,
                )
            )
        if always or applied.before is None or applied.before.order != applied.after.order:
            self._journal.enqueue(self._record(kind, applied.after, body))
        if applied.changed:
            self._touched(applied.after.key)
            self._tell(applied)

    def _tell(self, applied: Applied) -> None:
        before, after = applied.before, applied.after
        if before is None or before.foreign or before.status is after.status:
            return
        if before.status.is_final:
            text = f"{describe(after.order)}: taken for refused, but the venue has it: {after.status.value}"
            self.activity.add(LogLevel.WARNING, SOURCE, text)
            return
        if after.status in _TOLD:
            self.activity.add(LogLevel.INFO, SOURCE, f"{describe(after.order)}: {after.status.value}")

    def _record(self, kind: RecordKind, order: DeskOrder, body: Mapping[str, object]) -> JournalRecord:
        return JournalRecord(kind=kind, account=order.account, time=self.clock(), key=order.key, body=body, state=order)

    def _touched(self, key: OrderKey) -> None:
        self._changed.mark(TradingTopic.ORDERS)
        self.wake(key)

    def _get(self, key: OrderKey) -> DeskOrder:
        order = self.registry.get(key)
        if order is None:
            raise KeyError(f"no order {key}")
        return order
