"""Venue truth against the journal: one path for start, reconnect and demand, one run an account at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.connectors.contract import Connector
from terminal.domain import Fill, Order, OrderStatus
from terminal.domain.failures import Failure, NotSupported
from terminal.trading.activity import LogLevel
from terminal.trading.background import Background
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.journal_records import RecordKind
from terminal.trading.ledger import Ledger
from terminal.trading.listings import fills_since, orders_since, patiently
from terminal.trading.portfolio import Portfolio
from terminal.trading.settling import Settler
from terminal.trading.timing import Timing

_SOURCE = "reconciliation"
_OVERLAP_MS = 5 * 60_000  # lists may lag, and clocks differ
_FIRST_LOOK_BACK_MS = 24 * 3_600_000
_LONGEST_LOOK_BACK_MS = 29 * 24 * 3_600_000  # venues keep the account's trades for 30 days


@dataclass(slots=True)
class Reconciliation:
    """What one run found. `differences` are sentences; `failed` says why it did not finish."""

    account: str
    started: int
    finished: int | None = None
    open_orders: int = 0
    history: int = 0
    fills: int = 0
    queried: int = 0
    new_fills: int = 0
    differences: list[str] = field(default_factory=list)
    failed: str | None = None


class Reconciler:
    """Compares and repairs; `last` keeps each account's latest run for the screen."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        connectors: Mapping[str, Connector],
        portfolio: Portfolio,
        settler: Settler,
        timing: Timing,
        background: Background,
    ) -> None:
        self.last: dict[str, Reconciliation] = {}
        self._ledger = ledger
        self._connectors = connectors
        self._portfolio = portfolio
        self._settler = settler
        self._timing = timing
        self._background = background
        self._running: dict[str, asyncio.Task[Reconciliation]] = {}
        self._again: set[str] = set()
        self._lacking: dict[str, set[OrderKey]] = {}

    def start(self, account: str) -> asyncio.Task[Reconciliation]:
        """Start a run; while one is under way another follows it, because the first may have asked too early."""
        running = self._running.get(account)
        if running is not None and not running.done():
            self._again.add(account)
            return running
        task = self._background.start(self._run_until_calm(account), f"reconcile {account}")
        self._running[account] = task
        return task

    def complete_fills_later(self, account: str, key: OrderKey, since: int) -> None:
        """Fetch the account's own trade list soon, unless the stream tells the order's missing fills, fees and
        sides of the book before."""
        waiting = self._lacking.get(account)
        if waiting is not None:
            waiting.add(key)
            return
        self._lacking[account] = {key}
        self._background.start(self._complete_fills(account, since), f"fills {account}")

    def lacks_fills(self, account: str, key: OrderKey) -> bool:
        """Tell whether something is missing of an order's fills that the venue may still tell."""
        connector = self._connectors.get(account)
        tells_maker = connector is None or connector.capabilities.tells_maker
        return self._ledger.registry.lacks_fills(key, tells_maker=tells_maker)

    async def _complete_fills(self, account: str, since: int) -> None:
        try:
            for attempt in range(2):
                # the list lags behind the stream; and one read serves the fills of a whole burst
                await asyncio.sleep(self._timing.fills_after * (1 + 2 * attempt))
                connector = self._connectors.get(account)
                lacking = any(self.lacks_fills(account, key) for key in self._lacking[account])
                if connector is None or not lacking:
                    return
                for fill in await fills_since(connector, since - _OVERLAP_MS, self._timing):
                    self._ledger.fill(account, fill, correct=True)
        except NotSupported:
            pass  # the venue has no such list: what the stream told stands
        except Failure as failure:
            self._ledger.activity.add(LogLevel.WARNING, _SOURCE, f"{account}: fills could not be read: {failure}")
        finally:
            del self._lacking[account]

    async def _run_until_calm(self, account: str) -> Reconciliation:
        while True:
            self._again.discard(account)
            result = await self._run(account)
            self.last[account] = result
            if account not in self._again:
                return result

    async def _run(self, account: str) -> Reconciliation:
        ledger, clock = self._ledger, self._ledger.clock
        result = Reconciliation(account=account, started=clock())
        connector = self._connectors.get(account)
        if connector is None:
            result.failed = "the account is not connected"
            return result
        try:
            await self._compare(connector, account, result)
        except Failure as failure:
            result.failed = str(failure)
            ledger.activity.add(LogLevel.WARNING, _SOURCE, f"{account}: not finished: {failure}")
            return result
        result.finished = clock()
        ledger.reconciled_until(account, result.started, _body(result))
        found = f"{len(result.differences)} differences" if result.differences else "no differences"
        text = f"{account}: {result.open_orders} open orders, {result.new_fills} new fills, {found}"
        ledger.activity.add(LogLevel.INFO, _SOURCE, text)
        return result

    async def _compare(self, connector: Connector, account: str, result: Reconciliation) -> None:
        ledger, timing = self._ledger, self._timing
        held = {order.key for order in ledger.registry.working() if order.account == account}
        since = self._since(account, result.started)
        asked = ledger.clock()
        balances = await patiently(connector.balances, timing)
        differing = self._portfolio.replace(account, balances, asked=asked)
        result.differences += [f"{asset}: balance differs" for asset in differing]
        listed = await patiently(connector.open_orders, timing)
        result.open_orders = len(listed)
        seen = {key for row in listed if (key := self._take(account, row, result)) is not None}
        try:
            history = await orders_since(connector, since, timing)
        except NotSupported:
            history = []
        result.history = len(history)
        for row in history:
            self._take(account, row, result)
        try:
            fills = await fills_since(connector, since, timing)
        except NotSupported:
            fills = []
        result.fills = len(fills)
        result.new_fills = sum(self._take_fill(account, fill) for fill in fills)
        for key in seen:
            if not ledger.is_settled(key) and key not in ledger.in_flight:
                self._settler.settle_later(key)  # a cancel asked for, by us or before a restart, and still listed
        for key in held - seen:
            await self._look_up(connector, key, result)

    def _since(self, account: str, now: int) -> int:
        known = self._ledger.reconciled.get(account)
        since = now - _FIRST_LOOK_BACK_MS if known is None else known - _OVERLAP_MS
        working = [order.submitted for order in self._ledger.registry.working() if order.account == account]
        if known is None and working:
            since = min(since, min(working) - _OVERLAP_MS)
        return max(since, now - _LONGEST_LOOK_BACK_MS)

    def _take(self, account: str, row: Order, result: Reconciliation) -> OrderKey | None:
        before = self._ledger.registry.find(account, row)
        after = self._ledger.report(account, row, "listing")
        if after is None:
            return None
        self._compare_one(before, after, result)
        return after.key

    def _take_fill(self, account: str, fill: Fill) -> bool:
        return self._ledger.fill(account, fill, correct=True)

    async def _look_up(self, connector: Connector, key: OrderKey, result: Reconciliation) -> None:
        """Ask for an order that we hold as working and the venue does not list."""
        ledger = self._ledger
        order = ledger.registry.get(key)
        if order is None or not order.is_working or key in ledger.in_flight:
            return
        if not ledger.is_settled(key):
            self._settler.settle_later(key)
            return
        result.queried += 1
        try:
            report = await patiently(lambda: connector.order(order.order), self._timing)
        except Failure as failure:
            reason = f"no longer listed, and a query brought no answer: {failure}"
            after = ledger.set_status(key, OrderStatus.UNKNOWN, reason, RecordKind.REPORT, {"origin": "listing"})
            self._settler.settle_later(key)
        else:
            body = {"origin": "query", "report": report}
            after = ledger.answer(key, report, RecordKind.REPORT, body, queried=True)
        self._compare_one(order, after, result)

    def _compare_one(self, before: DeskOrder | None, after: DeskOrder, result: Reconciliation) -> None:
        name = f"{after.order.symbol} {after.order.order_id or after.key}"
        if before is None:
            if after.is_working:
                result.differences.append(f"{name}: placed elsewhere, {after.status.value}")
        elif before.status is not after.status:
            result.differences.append(f"{name}: was {before.status.value}, is {after.status.value}")
        elif before.order.filled_quantity != after.order.filled_quantity:
            result.differences.append(f"{name}: filled {after.order.filled_quantity}")


def _body(result: Reconciliation) -> dict[str, object]:
    return {
        "started": result.started,
        "open_orders": result.open_orders,
        "history": result.history,
        "fills": result.fills,
        "new_fills": result.new_fills,
        "queried": result.queried,
        "differences": list(result.differences),
    }
