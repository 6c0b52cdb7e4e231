"""The order desk: the one place from which orders are sent and cancelled, and where every report about them ends.

The desk does not fill in for the venue: an order's state is what the venue said last, or UNKNOWN.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from terminal.accounts.account_book import AccountBook
from terminal.connectors.contract import Connector, Event
from terminal.domain import (
    Balance,
    FeeRates,
    Fill,
    InstrumentId,
    Order,
    OrderRequest,
    Side,
    StreamState,
    StreamStatus,
)
from terminal.domain.failures import Failure, VenueUnavailable
from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.arming import Arming
from terminal.trading.background import Background
from terminal.trading.cancelling import Canceller
from terminal.trading.checking import Checker
from terminal.trading.client_ids import ClientIds
from terminal.trading.desk_order import DeskOrder, JournalState, OrderKey
from terminal.trading.fees import FeeBook
from terminal.trading.journal import Journal
from terminal.trading.ledger import SOURCE, Ledger
from terminal.trading.market_view import MarketView
from terminal.trading.placing import Placer
from terminal.trading.portfolio import Portfolio
from terminal.trading.reconciliation import Reconciler, Reconciliation
from terminal.trading.risk import RiskBreach, RiskDenied, RiskLimits
from terminal.trading.settling import Settler
from terminal.trading.timing import Timing
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

__all__ = ["DeskOrder", "JournalState", "OrderDesk", "OrderKey", "RiskBreach", "RiskDenied", "TradingTopic"]


class OrderDesk:
    """Life: `start`, then any call, then `close`; all on one event loop.

    `connectors` (by account label) is read at each use: an account that connects after `start` is announced by
    `attach`. The journal, the portfolio, arming and the log are given, and share `changed`.
    """

    def __init__(
        self,
        *,
        accounts: AccountBook,
        connectors: Mapping[str, Connector],
        journal: Journal,
        market: MarketView,
        portfolio: Portfolio,
        arming: Arming,
        activity: ActivityLog,
        changed: ChangedTopics,
        clock: Clock,
        limits: Mapping[str, RiskLimits] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._accounts = accounts
        self._connectors = connectors
        self._journal = journal
        self._portfolio = portfolio
        self._arming = arming
        self._activity = activity
        self._changed = changed
        self._clock = clock
        self._timing = timing = timing if timing is not None else Timing()
        self._background = Background()
        self._ids = ClientIds(clock)
        self._ledger = Ledger(journal=journal, activity=activity, changed=changed, clock=clock)
        self._settler = Settler(ledger=self._ledger, connectors=connectors, timing=timing, background=self._background)
        self._placer = Placer(ledger=self._ledger, connectors=connectors, settler=self._settler)
        self._canceller = Canceller(
            ledger=self._ledger,
            connectors=connectors,
            settler=self._settler,
            timing=timing,
            background=self._background,
        )
        self._reconciler = Reconciler(
            ledger=self._ledger,
            connectors=connectors,
            portfolio=portfolio,
            settler=self._settler,
            timing=timing,
            background=self._background,
        )
        self._fees = FeeBook(
            connectors=connectors, background=self._background, activity=activity, changed=changed, clock=clock
        )
        self._checker = Checker(
            accounts=accounts,
            connectors=connectors,
            market=market,
            portfolio=portfolio,
            ledger=self._ledger,
            clock=clock,
            fee_rates=self._fees.rates,
            limits=limits,
        )
        self._settler.on_settled = self._after_settling
        self._streams: dict[str, StreamStatus] = {}
        self._early: list[Event] = []
        self._started = False
        self._closed = False

    # life

    async def start(self) -> None:
        """Open and replay the journal (orders are there at once), then attach the connected accounts.

        Raises JournalUnusable or OSError when there is no journal to write to.
        """
        if not self._journal.is_open:
            await self._journal.open()
        if self._journal.set_aside is not None:
            text = f"the journal was damaged; it was moved to {self._journal.set_aside} and a new one begun"
            self._activity.add(LogLevel.ERROR, SOURCE, text)
        await self._ledger.replay()
        self._started = True
        for event in self._early:
            self.on_event(event)
        self._early.clear()
        for account in tuple(self._connectors):
            await self.attach(account)
        self._background.start(self._reconcile_now_and_then(), "reconcile now and then")

    async def _reconcile_now_and_then(self) -> None:
        # whatever a stream failed to tell is found within a minute
        while True:
            await asyncio.sleep(self._timing.reconcile_every)
            for account in tuple(self._connectors):
                self._reconciler.start(account)

    def _after_settling(self, key: OrderKey) -> None:
        order = self.order(key)
        if order is not None and order.account in self._connectors:
            self._reconciler.start(order.account)

    async def attach(self, account: str) -> None:
        """Follow a connected account: start its stream and reconcile it in the background.

        Without a journal (`start` failed) nothing is followed and nothing can be sent.
        """
        if not self._started:
            return
        try:
            await self._connectors[account].start_account_stream()
        except Failure as failure:
            self._activity.add(LogLevel.WARNING, SOURCE, f"{account}: no account stream: {failure}")
        self._reconciler.start(account)

    async def reconcile(self, account: str) -> Reconciliation:
        """Compare with the venue now; returns when done. Its `failed` says why it could not be."""
        return await asyncio.shield(self._reconciler.start(account))

    async def close(self) -> None:
        """End what runs, write the journal to its end. Orders keep working at their venues."""
        self._closed = True  # what connectors still tell is found by the next start's reconciliation
        await self._background.close()
        await self._journal.close()

    # orders out

    def check(self, account: str, request: OrderRequest) -> list[RiskBreach]:
        """Return every rule the order would break if it were sent now; no effect."""
        return self.check_batch(account, [request])[0]

    def check_batch(self, account: str, requests: Sequence[OrderRequest]) -> list[list[RiskBreach]]:
        """Return the rules that each order would break if all were sent now, one after the other; no effect."""
        if not self._started or self._closed:
            return [[RiskBreach(field="order", rule="The journal is not open", hard=True, code="not_ready")]] * len(
                requests
            )
        return self._checker.check_all(account, requests)

    async def submit(self, account: str, request: OrderRequest, *, allow: frozenset[str] = frozenset()) -> DeskOrder:
        """Check, write, sync and send one order; returns once the venue's answer, or its absence, is known.

        `allow` names the codes of soft breaches that the trader accepted. Raises RiskDenied before anything is
        written. The order is visible from the first moment; refused and unknown outcomes are in its status.
        """
        [(order, sent)] = self._register(account, [request], allow)
        # what is on its way goes on when the caller gives up waiting
        return await asyncio.shield(self._background.start(self._placer.place(order, sent), f"place {order.key}"))

    async def submit_batch(
        self, account: str, requests: Sequence[OrderRequest], *, allow: frozenset[str] = frozenset()
    ) -> list[DeskOrder]:
        """Send several orders of one account as one act: all are checked, written and synced before the first goes out.

        As `submit`; one order that breaks a rule refuses the whole batch. Returns one order a request, in order.
        """
        pairs = self._register(account, requests, allow)
        if not pairs:
            return []
        name = f"place {len(pairs)} orders"
        return await asyncio.shield(self._background.start(self._placer.place_together(pairs), name))

    def _register(
        self, account: str, requests: Sequence[OrderRequest], allow: frozenset[str]
    ) -> list[tuple[DeskOrder, OrderRequest]]:
        denied = [
            breach
            for breaches in self.check_batch(account, requests)
            for breach in breaches
            if breach.hard or breach.code not in allow
        ]
        if denied:
            raise RiskDenied(denied)
        connector = self._connectors[account]
        # from here to the registration nothing waits: a second click finds the first order
        self._checker.sent(account, requests)
        pairs: list[tuple[DeskOrder, OrderRequest]] = []
        for request in requests:
            key = self._ids.mint()
            sent = replace(request, client_order_id=key if connector.capabilities.client_order_ids else None)
            pairs.append((self._placer.register(key, account, connector, sent), sent))
        return pairs

    async def test_order(self, account: str, request: OrderRequest) -> Failure | None:
        """Have the venue check an order without placing it; returns its refusal, None when it would take it."""
        connector = self._connectors.get(account)
        try:
            if connector is None:
                raise VenueUnavailable(f"{account} is not connected")
            await connector.test_order(request)
        except Failure as failure:
            return failure
        return None

    async def cancel(self, key: OrderKey) -> DeskOrder:
        """Cancel one order; needs no arming and passes no limit. The venue's yes is not the end: the order shows
        `pending_cancel` until the venue reports it cancelled. Raises KeyError for an unknown key."""
        return await self._canceller.cancel(key)

    async def cancel_batch(self, keys: Sequence[OrderKey]) -> list[DeskOrder]:
        """Cancel these orders, the venue's batches used where it has them; returns them as they then stand.

        One that had ended before, or that the venue does not cancel, shows what a query says of it. Raises KeyError
        for an unknown key.
        """
        orders = [self._ledger.registry.get(key) for key in keys]
        for key, order in zip(keys, orders, strict=True):
            if order is None:
                raise KeyError(f"no order {key}")
        return await self._cancel_together([order for order in orders if order is not None], None, None)

    async def cancel_all(
        self,
        *,
        account: str | None = None,
        venue: str | None = None,
        symbol: str | None = None,
        side: Side | None = None,
    ) -> list[DeskOrder]:
        """Cancel every working order that fits, all accounts at once.

        Returns the orders once all have ended, or as they stand a moment after the venues answered: what is
        not final then is still being settled.
        """
        chosen = [
            order
            for order in self.working()
            if (account is None or order.account == account)
            and (venue is None or order.order.venue == venue)
            and (symbol is None or order.order.symbol == symbol)
            and (side is None or order.order.side is side)
        ]
        return await self._cancel_together(chosen, symbol, side)

    async def _cancel_together(
        self, chosen: Sequence[DeskOrder], symbol: str | None, side: Side | None
    ) -> list[DeskOrder]:
        by_account: dict[str, list[DeskOrder]] = {}
        for order in chosen:
            if order.is_working:
                by_account.setdefault(order.account, []).append(order)
        await asyncio.gather(*(self._cancel_of(owner, orders, symbol, side) for owner, orders in by_account.items()))
        patience = self._timing.stream_first
        await asyncio.gather(*(self._ledger.wait_until_ended(order.key, patience) for order in chosen))
        for owner, orders in by_account.items():
            if len(orders) > 1 and not all(self._ledger.is_settled(order.key) for order in orders):
                # queries are scarce: one listing settles what the stream left open
                self._reconciler.start(owner)
        return [self.order(order.key) or order for order in chosen]

    async def _cancel_of(self, account: str, orders: list[DeskOrder], symbol: str | None, side: Side | None) -> None:
        connector = self._connectors.get(account)
        sent = [order for order in orders if order.key not in self._ledger.in_flight]
        if symbol is None or connector is None or "cancel_all" not in connector.capabilities.methods or len(sent) < 2:
            await self._canceller.cancel_many(orders)
            return
        flying = [order for order in orders if order.key in self._ledger.in_flight]
        await asyncio.gather(
            self._canceller.cancel_listed(connector, sent, symbol, side),
            *(self._canceller.cancel(order.key) for order in flying),
        )

    # reports in

    def on_event(self, event: Event) -> None:
        """The account half of a connector's sink: orders, fills, balances and the account stream's state."""
        if self._closed or not isinstance(event, (Order, Fill, Balance, StreamStatus)):
            return
        if not self._started:
            self._early.append(event)
            return
        account = self._account_of(event)
        if account is None:
            return
        if isinstance(event, Order):
            self._on_order(account, event)
        elif isinstance(event, Fill):
            self._on_fill(account, event)
        elif isinstance(event, Balance):
            self._portfolio.update(account, event)
        else:
            self._on_stream(account, event)

    def _on_order(self, account: str, report: Order) -> None:
        order = self._ledger.report(account, report, "stream")
        if order is None:
            return
        if self._reconciler.lacks_fills(account, order.key):
            self._reconciler.complete_fills_later(account, order.key, self._clock())

    def _on_fill(self, account: str, fill: Fill) -> None:
        self._ledger.fill(account, fill)
        order = self._ledger.registry.by_order_id(account, fill.order_id)
        if order is None:
            # an execution of an order that nobody has told of: the lists know it
            self._reconciler.start(account)
        elif self._reconciler.lacks_fills(account, order.key):
            self._reconciler.complete_fills_later(account, order.key, fill.time)

    def _on_stream(self, account: str, status: StreamStatus) -> None:
        self._streams[account] = status
        self._portfolio.mark(account, self.unreliable(account))
        self._changed.mark(TradingTopic.ORDERS)  # how far they can be relied on has changed
        self._arming.on_stream(account, status)
        if status.state is StreamState.LIVE:
            # what happened while it was away was told to nobody
            self._reconciler.start(account)

    def _account_of(self, event: Order | Fill | Balance | StreamStatus) -> str | None:
        if event.account is None and isinstance(event, StreamStatus):
            return None  # a market stream
        if event.account is not None and self._accounts.get(event.account) is not None:
            return event.account
        # who is meant is told by the event alone where a venue has several accounts
        accounts = self._accounts.on_venue(event.venue)
        return accounts[0].label if len(accounts) == 1 else None

    # what is known

    def unreliable(self, account: str) -> str | None:
        """Say in plain words why the account's orders and balances are only as last known; None: they are live."""
        status = self._streams.get(account)
        if status is None:
            return "not connected yet"
        if status.state is StreamState.LIVE:
            return None
        return status.reason or f"the account's stream is {status.state.value}"

    def working(self) -> list[DeskOrder]:
        """Return the orders that may still trade (unknown ones too), newest first."""
        return self._ledger.registry.working()

    def working_at(self, id: InstrumentId) -> list[DeskOrder]:
        return self._ledger.registry.working_at(id)

    def history(self, limit: int = 500) -> list[DeskOrder]:
        """Return the orders that ended, the last to end first."""
        return self._ledger.registry.ended(limit)

    def fills(self, limit: int = 500) -> list[Fill]:
        """Return the newest fills first."""
        return self._ledger.registry.fills(limit)

    def fills_of(self, key: OrderKey) -> list[Fill]:
        """Return the fills of one order, in the order in which they became known."""
        order = self.order(key)
        return [] if order is None else list(self._ledger.registry.fills_of(order))

    def order(self, key: OrderKey) -> DeskOrder | None:
        return self._ledger.registry.get(key)

    def reconciliation(self, account: str) -> Reconciliation | None:
        """Return the latest comparison with the venue; None before the first."""
        return self._reconciler.last.get(account)

    @property
    def journal_state(self) -> JournalState:
        return self._journal.state

    def limits(self, account: str) -> RiskLimits:
        return self._checker.limits(account)

    def set_limits(self, account: str, limits: RiskLimits) -> None:
        self._checker.set_limits(account, limits)

    def take_changed(self) -> set[TradingTopic]:
        """Return what changed since the last call; only the frame clock calls this."""
        return self._changed.take()

    def fee_rates(self, account: str, symbol: str) -> FeeRates | None:
        """Return the account's rates for a symbol; None until they were loaded, which the first call starts."""
        return self._fees.rates(account, symbol)
