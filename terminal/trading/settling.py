"""Finding out an order's fate: asks by id, then looks through the lists, and concludes only on evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderStatus
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    InvalidOrder,
    MalformedMessage,
    NotSupported,
    OrderNotFound,
    PermissionDenied,
    RateLimited,
)
from terminal.domain.order import is_another
from terminal.trading.activity import LogLevel
from terminal.trading.background import Background
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal_records import RecordKind
from terminal.trading.ledger import SOURCE, Ledger
from terminal.trading.listings import fills_since, have_same_terms, matching, orders_since
from terminal.trading.timing import Timing

_CLOCKS_APART_MS = 60_000  # how far the venue's clock may be off when its lists are searched from our send time
MATCHED = "Matched by listing: the venue has one order with these very terms, placed then"
"""The reason of an order whose answer was lost at a venue without client order ids, and which its lists have."""

_QUESTIONS_AT_ONCE = 2  # of one account: the rest of a burst is mostly settled by the stream or by a listing


@dataclass(slots=True)
class _Inquiry:
    """What was asked about one order so far."""

    since: int
    asked: int = 0
    absent: int = 0
    outcome: str = ""
    wait: float = 0.0


class Settler:
    """One inquiry an order at a time. `connectors` is read at each use, so it may change.

    `on_settled` hears of every order whose fate had to be asked for: its fills and balances were told to nobody.
    """

    def __init__(
        self, *, ledger: Ledger, connectors: Mapping[str, Connector], timing: Timing, background: Background
    ) -> None:
        self._ledger = ledger
        self._connectors = connectors
        self._timing = timing
        self._background = background
        self._running: dict[OrderKey, asyncio.Task[None]] = {}
        self.on_settled: Callable[[OrderKey], None] | None = None
        self._cancel_accepted: dict[OrderKey, int] = {}
        self._arrived: set[OrderKey] = set()
        self._asking: dict[str, asyncio.Semaphore] = {}

    def settle_later(self, key: OrderKey, *, stream_first: bool = False) -> asyncio.Task[None]:
        """Start (or join) the inquiry about one order; `stream_first` gives the stream a moment to answer."""
        running = self._running.get(key)
        if running is not None and not running.done():
            return running
        task = self._background.start(self._settle(key, stream_first), f"settle {key}")
        self._running[key] = task
        return task

    def cancel_accepted(self, key: OrderKey) -> None:
        """The venue took a cancel: for a moment its word "open" does not bring the order back."""
        self._cancel_accepted[key] = self._ledger.clock()

    def cancel_refused(self, key: OrderKey) -> None:
        """The venue refused the cancel: its next word "open" holds."""
        self._cancel_accepted.pop(key, None)

    def surely_arrived(self, key: OrderKey) -> None:
        """The venue said that it has the order already: it is never concluded that it does not."""
        self._arrived.add(key)

    async def _settle(self, key: OrderKey, stream_first: bool) -> None:
        ledger = self._ledger
        inquiry = _Inquiry(since=ledger.clock())
        try:
            if stream_first and await ledger.wait_until_settled(key, self._timing.stream_first):
                return
            while not ledger.is_settled(key):
                await self._ask(key, inquiry)
                inquiry.asked += 1
                if ledger.is_settled(key):
                    break
                wait = max(self._timing.delay(inquiry.asked - 1), inquiry.wait)
                inquiry.wait = 0.0
                ledger.progress(key, f"{inquiry.outcome}, try {inquiry.asked}, next in {wait:.0f} s")
                await ledger.wait_until_settled(key, wait)
            if self.on_settled is not None:
                self.on_settled(key)
        finally:
            ledger.progress(key, None)
            self._running.pop(key, None)
            self._cancel_accepted.pop(key, None)

    async def _ask(self, key: OrderKey, inquiry: _Inquiry) -> None:
        order = self._ledger.registry.get(key)
        connector = None if order is None else self._connectors.get(order.account)
        if order is None or connector is None:
            inquiry.outcome = "waiting for the connection"
            return
        if order.order.order_id is None and order.order.client_order_id is None:
            # the venue knows no client order ids: its lists are all there is to go by, so they are read at once
            if await self._search(connector, order, inquiry, after_ms=self._timing.unlisted_after_ms):
                inquiry.absent += 1
            return
        self._ledger.progress(key, f"asking the venue, try {inquiry.asked + 1}")
        try:
            report = await self._query(connector, order)
            if report is None:
                return
        except (OrderNotFound, NotSupported, InvalidOrder) as failure:
            inquiry.absent += 1
            inquiry.outcome = "not found" if isinstance(failure, OrderNotFound) else "cannot be asked for by id"
            if self._is_long_absent(inquiry, self._timing.absent_after_ms):
                await self._search(connector, order, inquiry, after_ms=self._timing.absent_after_ms)
        except RateLimited as failure:
            inquiry.outcome = "rate limited"
            inquiry.wait = failure.retry_after or 0.0
        except (AuthFailed, PermissionDenied) as failure:
            inquiry.outcome = f"the venue refuses to tell: {failure}"
            inquiry.wait = self._timing.refused_delay
        except Failure as failure:
            inquiry.outcome = f"no answer: {failure}"
        else:
            inquiry.outcome = f"the venue says {report.status.value}"
            accepted = self._cancel_accepted.get(key)
            holds = accepted is None or self._ledger.clock() - accepted >= self._timing.cancel_grace_ms
            body = {"origin": "query", "try": inquiry.asked + 1, "report": report}
            self._ledger.answer(key, report, RecordKind.REPORT, body, queried=holds)

    async def _query(self, connector: Connector, order: DeskOrder) -> Order | None:
        """Ask for one order; None when it was settled while others were being asked for."""
        async with self._asking.setdefault(order.account, asyncio.Semaphore(_QUESTIONS_AT_ONCE)):
            if self._ledger.is_settled(order.key):
                return None
            report = await connector.order(order.order)
            if is_another(order.order, report):
                raise MalformedMessage("the venue's answer is about another order")
            return report

    def _is_long_absent(self, inquiry: _Inquiry, after_ms: int) -> bool:
        return inquiry.absent >= self._timing.absent_tries and self._ledger.clock() - inquiry.since >= after_ms

    async def _search(self, connector: Connector, order: DeskOrder, inquiry: _Inquiry, *, after_ms: int) -> bool:
        """Look for an order that cannot be asked for; conclude that it never arrived when no list has it `after_ms`
        after the inquiry began. Returns whether the lists could be read."""
        ledger, key, symbol = self._ledger, order.key, order.order.symbol
        ledger.progress(key, "listing")
        start = order.submitted - _CLOCKS_APART_MS
        try:
            listed = await connector.open_orders(symbol)
            history = await orders_since(connector, start, self._timing, symbol)
            fills = await fills_since(connector, start, self._timing, symbol)
        except Failure as failure:
            inquiry.outcome = f"listing failed: {failure}"
            return False
        current = ledger.registry.get(key)
        if current is None or ledger.is_settled(key):
            return True
        found = {
            row.order_id: row
            for row in matching(
                current.order, current.submitted, [*history, *listed], lambda id: self._is_taken(current, id)
            )
        }
        rivals = self._rivals(current) if found else 0
        if len(found) == 1 and not rivals:
            (row,) = found.values()
            body: dict[str, object] = {"origin": "listing", "report": row}
            if current.order.order_id is None and current.order.client_order_id is None:
                row = replace(row, reason=MATCHED)
                body["matched"] = "symbol, side, type, price, quantity, total and time"
            ledger.answer(key, row, RecordKind.CONCLUSION, body, queried=True)
            return True
        own_fills = [
            fill
            for fill in fills
            if (fill.client_order_id is not None and fill.client_order_id == current.order.client_order_id)
            or (fill.order_id == current.order.order_id)
        ]
        for fill in own_fills:
            ledger.fill(current.account, fill, correct=True)
        evidence = {
            "queries": inquiry.absent,
            "asked_for_ms": ledger.clock() - inquiry.since,
            "open_orders": len(listed),
            "history": len(history),
            "fills": len(fills),
            "candidates": sorted(id for id in found if id is not None),
        }
        if found:
            ids = ", ".join(sorted(id for id in found if id is not None))
            inquiry.outcome = f"{len(found)} orders at the venue could be this one ({ids})"
            if rivals:
                inquiry.outcome += f", and {rivals} more of yours with these terms have no answer yet"
        elif own_fills or current.order.order_id is not None or key in self._arrived:
            inquiry.outcome = "the venue had this order, but no longer tells of it"
        elif not self._is_long_absent(inquiry, after_ms):
            inquiry.outcome = "not in the venue's lists yet"
            return True
        else:
            reason = f"never reached the venue: {inquiry.absent} queries, open orders, history and fills are without it"
            ledger.absent.add(key)
            ledger.set_status(key, OrderStatus.REJECTED, reason, RecordKind.CONCLUSION, evidence)
            ledger.activity.add(LogLevel.WARNING, SOURCE, f"{symbol}: an order {reason}")
            return True
        if current.status is not OrderStatus.UNKNOWN:
            ledger.set_status(key, OrderStatus.UNKNOWN, inquiry.outcome, RecordKind.CONCLUSION, evidence)
        inquiry.wait = self._timing.refused_delay
        return True

    def _rivals(self, order: DeskOrder) -> int:
        """Return how many other orders of ours with these very terms have no id of the venue yet: a row that fits this
        one may be theirs."""
        if order.order.order_id is not None or order.order.client_order_id is not None:
            return 0
        others = [
            other
            for other in self._ledger.registry.working()
            if other.key != order.key and other.account == order.account and other.order.order_id is None
        ]
        return sum(have_same_terms(other.order, order.order) for other in others)

    def _is_taken(self, order: DeskOrder, order_id: str) -> bool:
        holder = self._ledger.registry.by_order_id(order.account, order_id)
        # an order seen on the stream before our reply was adopted as foreign: it may well be ours
        return holder is not None and not holder.foreign
