"""A scripted connector, a market that stands still, and a desk built from them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import pytest

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.connectors.contract import ConnectorHealth
from terminal.connectors.missing import MissingMethods, not_offered
from terminal.connectors.rate_limiter import RateLimiter
from terminal.domain import (
    Balance,
    BookSnapshot,
    Candle,
    Capabilities,
    Channel,
    Credentials,
    FeeRates,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    Side,
    Ticker,
    TimeInForce,
    Trade,
)
from terminal.domain.failures import Failure, NotSupported, OrderNotFound
from terminal.trading.activity import ActivityLog
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk
from terminal.trading.journal import Journal
from terminal.trading.market_view import MarketPrices
from terminal.trading.portfolio import Portfolio
from terminal.trading.risk import RiskLimits
from terminal.trading.timing import Timing
from terminal.trading.topics import ChangedTopics

VENUE, ACCOUNT, SYMBOL = "testing", "testing/main", "BTCUSDT"

FAST = Timing(
    delays=(0.005, 0.01, 0.02),
    refused_delay=0.02,
    stream_first=0.03,
    fills_after=0.01,
    absent_after_ms=40,
    cancel_grace_ms=60,
)


class FakeMarket:
    """One instrument with a still market: bid 99, ask 101."""

    def __init__(self) -> None:
        self.btc: Instrument | None = Instrument(
            venue=VENUE,
            symbol=SYMBOL,
            base="BTC",
            quote="USDT",
            tick_size=Decimal("0.01"),
            lot_size=Decimal("0.001"),
            min_notional=Decimal("1"),
        )
        self.stale: str | None = None

    def instrument(self, id: InstrumentId) -> Instrument | None:
        return self.btc if id == (VENUE, SYMBOL) else None

    def prices(self, id: InstrumentId, request: OrderRequest) -> MarketPrices:
        return MarketPrices(bid=Decimal(99), ask=Decimal(101), last=Decimal(100), stale=self.stale)

    def price_of(self, base: str, quote: str) -> Decimal | None:
        return Decimal(100) if (base, quote) == ("BTC", "USDT") else None


@dataclass
class FakeConnector(MissingMethods):
    """A venue with a small truth of its own; `script` puts failures and detours in front of single calls.

    `script[method]` holds one step a call: a Failure to raise before anything happens, or a coroutine function
    that replaces the call (it gets the call's arguments).
    """

    venue: str = VENUE
    account: str | None = ACCOUNT
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(methods=frozenset({"cancel_all", "fee_rates"}), client_order_ids=True)
    )
    health: ConnectorHealth = field(default_factory=ConnectorHealth)
    limits: RateLimiter = field(default_factory=lambda: RateLimiter(VENUE, {}))
    script: dict[str, deque[Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    book: dict[str, Order] = field(default_factory=dict)
    trades_done: list[Fill] = field(default_factory=list)
    holdings: list[Balance] = field(default_factory=list)
    sink: Callable[[Any], None] = lambda event: None
    next_id: int = 1

    def count(self, method: str) -> int:
        return sum(1 for name, _ in self.calls if name == method)

    def on(self, method: str, *steps: Any) -> None:
        self.script.setdefault(method, deque()).extend(steps)

    async def _step(self, method: str, *arguments: Any) -> Any:
        self.calls.append((method, arguments[0] if arguments else None))
        await asyncio.sleep(0)
        steps = self.script.get(method)
        if not steps:
            return None
        step = steps.popleft()
        if isinstance(step, Failure):
            raise step
        return await step(*arguments)

    def take(self, request: OrderRequest, status: OrderStatus = OrderStatus.OPEN) -> Order:
        """The venue takes an order into its truth."""
        order_id = str(self.next_id)
        self.next_id += 1
        order = Order(
            venue=self.venue,
            account=self.account,
            symbol=request.symbol,
            order_id=order_id,
            client_order_id=request.client_order_id,
            side=request.side,
            type=request.type,
            price=request.price,
            quantity=request.quantity,
            status=status,
            created=1_000,
            updated=1_000,
        )
        self.book[order_id] = order
        return order

    def change(self, order_id: str, status: OrderStatus, filled: str | None = None) -> Order:
        """Change the truth of one order; returns it, to be told on the stream or not."""
        before = self.book[order_id]
        quantity = before.filled_quantity if filled is None else Decimal(filled)
        order = replace(before, status=status, filled_quantity=quantity)
        self.book[order_id] = order
        return order

    def fill(self, order_id: str, trade_id: str, quantity: str, **more: Any) -> Fill:
        order = self.book[order_id]
        assert order.side is not None
        return Fill(
            venue=self.venue,
            account=self.account,
            symbol=order.symbol,
            trade_id=trade_id,
            order_id=order_id,
            client_order_id=order.client_order_id,
            side=order.side,
            price=order.price or Decimal(100),
            quantity=Decimal(quantity),
            time=2_000,
            **more,
        )

    def known(self, order: Order) -> Order:
        for row in self.book.values():
            if row.order_id == order.order_id or (
                order.order_id is None and row.client_order_id == order.client_order_id
            ):
                return row
        raise OrderNotFound("no such order", venue=self.venue)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        self.calls.append(("close", None))

    async def server_time(self) -> int:
        return 0

    async def instruments(self) -> list[Instrument]:
        return []

    async def tickers(self, symbols: Sequence[str] | None = None) -> list[Ticker]:
        return []

    async def order_book(self, symbol: str, depth: int | None = None, step: str | None = None) -> BookSnapshot:
        return BookSnapshot(venue=self.venue, symbol=symbol, bids=(), asks=())

    async def trades(self, symbol: str, limit: int | None = None) -> list[Trade]:
        return []

    async def candles(
        self, symbol: str, interval: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Candle]:
        return []

    async def subscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        raise NotSupported("no market here")

    async def unsubscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        raise NotSupported("no market here")

    async def start_account_stream(self) -> None:
        self.calls.append(("start_account_stream", None))

    async def place_order(self, request: OrderRequest) -> Order:
        done = await self._step("place_order", request)
        return done if done is not None else self.take(request)

    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        done = await self._step("place_orders", requests)
        return list(done) if done is not None else [self.take(request) for request in requests]

    async def test_order(self, request: OrderRequest) -> Order:
        await self._step("test_order", request)
        return Order(venue=self.venue, symbol=request.symbol, status=OrderStatus.PENDING)

    async def cancel_order(self, order: Order) -> Order:
        done = await self._step("cancel_order", order)
        if done is not None:
            assert isinstance(done, Order)
            return done
        known = self.known(order)
        assert known.order_id is not None
        self.sink(self.change(known.order_id, OrderStatus.CANCELED))
        return replace(known, status=OrderStatus.OPEN)

    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]:
        done = await self._step("cancel_orders", orders)
        if done is not None:
            return list(done)
        for order in orders:
            assert order.order_id is not None
            self.sink(self.change(order.order_id, OrderStatus.CANCELED))
        return [replace(order, status=OrderStatus.PENDING) for order in orders]

    async def cancel_all(self, symbol: str | None = None, side: Side | str | None = None) -> None:
        if await self._step("cancel_all", symbol, side) is not None:
            return
        for order_id, order in list(self.book.items()):
            if order.status.is_working and symbol in (None, order.symbol) and side in (None, order.side):
                self.sink(self.change(order_id, OrderStatus.CANCELED))

    async def order(self, order: Order) -> Order:
        done = await self._step("order", order)
        return done if done is not None else self.known(order)

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        done = await self._step("open_orders", symbol)
        return done if done is not None else [row for row in self.book.values() if row.status.is_working]

    async def order_history(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        await self._step("order_history", start)
        return [row for row in self.book.values() if not row.status.is_working]

    async def fills(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
        *,
        client_order_id: str | None = None,
        from_id: str | None = None,
        to_id: str | None = None,
    ) -> list[Fill]:
        await self._step("fills", start)
        return list(self.trades_done)

    async def balances(self, account_id: str | None = None) -> list[Balance]:
        await self._step("balances")
        return list(self.holdings)

    async def fee_rates(self, symbol: str) -> FeeRates:
        await self._step("fee_rates", symbol)
        return FeeRates(symbol=symbol, maker=Decimal("0.001"), taker=Decimal("0.002"))

    def missing(self, method: str) -> NoReturn:
        raise not_offered(self.venue, self.capabilities, method)


class FakeClock:
    """Milliseconds that follow the event loop, from a fixed start."""

    def __init__(self) -> None:
        self.start = 1_800_000_000_000
        self.ahead = 0

    def __call__(self) -> int:
        return self.start + self.ahead + int(asyncio.get_running_loop().time() * 1_000)


@dataclass
class Bench:
    """A desk and everything around it."""

    desk: OrderDesk
    connector: FakeConnector
    market: FakeMarket
    portfolio: Portfolio
    arming: Arming
    activity: ActivityLog
    journal: Journal
    clock: FakeClock

    async def until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        """Wait for a condition; fails with the log when it does not come true."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not condition():
            said = [entry.text for entry in self.activity.entries]
            orders = [*self.desk.working(), *self.desk.history()]
            assert loop.time() < deadline, f"not in time: {orders}; log: {said}"
            await asyncio.sleep(0.002)


BenchMaker = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[BenchMaker]:
    """Build desks on one journal file: the second one built is a restart. All are closed at the end."""
    made: list[Bench] = []

    async def make(
        *,
        connector: FakeConnector | None = None,
        limits: RiskLimits | None = None,
        timing: Timing = FAST,
        can_trade: bool = True,
        start: bool = True,
    ) -> Bench:
        clock, changed, market = FakeClock(), ChangedTopics(), FakeMarket()
        info = AccountInfo(label=ACCOUNT, venue=VENUE, environment="simulated", can_trade=can_trade, name="main")
        accounts = AccountBook([(info, Credentials(key="k", secret="s"))])
        activity = ActivityLog(clock=clock, changed=changed)
        portfolio = Portfolio(price_of=market.price_of, clock=clock, changed=changed)
        arming = Arming(accounts=accounts, clock=clock, monotonic=clock, changed=changed)
        journal = Journal(tmp_path / "journal.sqlite3", clock=clock, changed=changed)
        fake = connector if connector is not None else FakeConnector()
        if not fake.holdings:
            fake.holdings = [
                Balance(venue=VENUE, account=ACCOUNT, asset=asset, free=Decimal(free), locked=Decimal(0))
                for asset, free in (("USDT", 10_000), ("BTC", 10))
            ]
        desk = OrderDesk(
            accounts=accounts,
            connectors={ACCOUNT: fake},
            journal=journal,
            market=market,
            portfolio=portfolio,
            arming=arming,
            activity=activity,
            changed=changed,
            clock=clock,
            limits={ACCOUNT: limits if limits is not None else RiskLimits(orders_per_second=None)},
            timing=timing,
        )
        fake.sink = desk.on_event
        bench = Bench(desk, fake, market, portfolio, arming, activity, journal, clock)
        made.append(bench)
        if start:
            await desk.start()
            await desk.reconcile(ACCOUNT)
        return bench

    yield make
    for bench in made:
        await bench.desk.close()


@pytest.fixture
async def bench(make_bench: BenchMaker) -> Bench:
    return await make_bench()


@pytest.fixture
def buy() -> OrderRequest:
    """A limit buy of 1 BTC at 100, inside the market and every rule."""
    return OrderRequest(
        symbol=SYMBOL,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(1),
        price=Decimal(100),
        time_in_force=TimeInForce.GTC,
    )
