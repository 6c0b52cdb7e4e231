"""Two hundred lost replies at a venue without client order ids: each ends in exactly one order, or none, and the truth.

The simulated Crypto.com runs in this process with generous limits, so that the whole takes seconds; the connector, its
polling and the desk are the program's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from terminal.accounts.account_book import AccountBook
from terminal.connectors import Credentials, Endpoints, open_connector
from terminal.connectors.chainup.profile import POLL, PUBLIC, USER
from terminal.connectors.contract import Connector, Event
from terminal.connectors.rate_limiter import Budget, RateLimiter
from terminal.domain import OrderRequest, OrderStatus, OrderType, Side
from terminal.simulator.cryptocom import CryptoComVenue
from terminal.simulator.faults import FaultBoard, FaultKind, FaultRule
from terminal.simulator.instruments import CRYPTOCOM, CRYPTOCOM_TERMS, digits_only, start_prices
from terminal.simulator.loopback import Loopback
from terminal.simulator.records import SimOrder
from terminal.simulator.state import MemoryStore
from terminal.simulator.world import WorldSettings, build_world
from terminal.trading.activity import ActivityLog
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk
from terminal.trading.desk_order import DeskOrder
from terminal.trading.journal import Journal
from terminal.trading.market_view import MarketPrices
from terminal.trading.portfolio import Portfolio
from terminal.trading.risk import RiskLimits
from terminal.trading.settling import MATCHED
from terminal.trading.timing import Timing
from terminal.trading.topics import ChangedTopics
from tests.trading.simulated_desk import StillMarket

RUNS = 200
ACCOUNT = f"{CRYPTOCOM}/main"
SYMBOL = "btcusdt"
QUICK = Timing(
    delays=(0.02, 0.04, 0.08),
    refused_delay=0.1,
    stream_first=0.3,
    absent_after_ms=150,
    unlisted_after_ms=150,
    cancel_grace_ms=400,
)
MANY = {group: Budget(requests=100_000, period_s=1.0) for group in (PUBLIC, USER, POLL)}
FAULTS = [
    (kind, when) for kind in (FaultKind.DROP, FaultKind.SERVER_ERROR, FaultKind.GARBAGE) for when in ("before", "after")
]

S = OrderStatus
D = Decimal


@dataclass
class Bench:
    venue: CryptoComVenue
    connector: Connector
    desk: OrderDesk
    portfolio: Portfolio
    made: int = 0

    def request(self, draw: random.Random) -> OrderRequest:
        """An order that no other one of the test resembles: one that rests, one that takes, or one at market."""
        self.made += 1
        bids, asks = self.venue.engine.book(SYMBOL, 5)
        own = D(self.made) / 1_000_000
        kind = draw.choice(["rests", "takes", "market buy", "market sell"])
        if kind == "market buy":
            total = D(20) + D(self.made) / 100
            return OrderRequest(symbol=SYMBOL, side=Side.BUY, type=OrderType.MARKET, quantity=None, quote_amount=total)
        quantity = D("0.0002") + own
        if kind == "market sell":
            return OrderRequest(symbol=SYMBOL, side=Side.SELL, type=OrderType.MARKET, quantity=quantity)
        side = draw.choice(list(Side))
        away = D("0.95") if kind == "rests" else D("1.001")
        if side is Side.SELL:
            away = 2 - away
        price = ((asks if side is Side.BUY else bids)[0][0] * away).quantize(D("0.01"))
        return OrderRequest(symbol=SYMBOL, side=side, type=OrderType.LIMIT, quantity=quantity, price=price)

    def true_orders(self, request: OrderRequest) -> list[SimOrder]:
        return [
            order
            for order in self.venue.engine.orders(self.venue.identity.account_id)
            if (order.side, order.price, order.quantity, order.quote_amount)
            == (request.side, request.price, request.quantity, request.quote_amount)
        ]

    def now(self, key: str) -> DeskOrder:
        found = self.desk.order(key)
        assert found is not None
        return found

    def is_in(self, key: str, *statuses: OrderStatus) -> bool:
        return self.now(key).status in statuses

    def agrees(self, key: str, truth: SimOrder) -> bool:
        order = self.now(key).order
        said = (order.status, order.filled_quantity, order.order_id)
        return said == (truth.status, truth.filled_quantity, truth.order_id)

    async def until(self, condition: Callable[[], object], within: float = 20.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.005)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    faults = FaultBoard(seed=5)
    world_of = partial(build_world, settings=WorldSettings(seed=5), store=MemoryStore(), faults=faults)
    pairs = [pair for pair in CRYPTOCOM_TERMS if pair.symbol == SYMBOL]
    world = world_of(CRYPTOCOM, digits_only(CRYPTOCOM, pairs), start_prices(pairs))
    venue = CryptoComVenue(world, market_limit=100_000, user_limit=100_000)
    venue.open_market()
    venue.is_frozen = True
    host = Loopback(venue, port=0, admin_token=venue.identity.admin_token)
    await host.start()
    running = asyncio.create_task(venue.run())
    changed = ChangedTopics()
    line = {"rest": host.base, "stream": host.stream_base, "key": venue.identity.key, "secret": venue.identity.secret}
    accounts = AccountBook.of_simulator({CRYPTOCOM: line})
    connectors: dict[str, Connector] = {}
    desks: list[OrderDesk] = []

    def clock() -> int:
        return time.time_ns() // 1_000_000

    def sink(event: Event) -> None:
        desks[0].on_event(event)

    connector = open_connector(
        CRYPTOCOM,
        endpoints=Endpoints(rest=host.base, stream=host.stream_base),
        credentials=Credentials(key=venue.identity.key, secret=venue.identity.secret),
        account=ACCOUNT,
        sink=sink,
        limits=RateLimiter(CRYPTOCOM, MANY),
    )
    (instrument,) = await connector.instruments()
    bids, asks = venue.engine.book(SYMBOL, 1)
    prices = MarketPrices(bid=bids[0][0], ask=asks[0][0], last=bids[0][0])
    activity = ActivityLog(clock=clock, changed=changed)
    portfolio = Portfolio(price_of=lambda base, quote: None, clock=clock, changed=changed)
    desk = OrderDesk(
        accounts=accounts,
        connectors=connectors,
        journal=Journal(tmp_path / "journal.sqlite", clock=clock, changed=changed),
        market=StillMarket(instrument, prices),
        portfolio=portfolio,
        arming=Arming(accounts=accounts, clock=clock, monotonic=clock, changed=changed),
        activity=activity,
        changed=changed,
        clock=clock,
        limits={ACCOUNT: RiskLimits(orders_per_second=None, max_open_orders=None)},
        timing=QUICK,
    )
    desks.append(desk)
    connectors[ACCOUNT] = connector
    await desk.start()
    made = Bench(venue, connector, desk, portfolio)
    await made.until(lambda: desk.reconciliation(ACCOUNT) is not None)
    yield made
    await desk.close()
    await connector.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await host.stop()


@pytest.mark.timeout(300)
async def test_every_lost_reply_ends_in_one_order_or_none_and_the_truth(bench: Bench) -> None:
    draw = random.Random(20)
    allow = frozenset({"slippage", "price", "notional", "balance", "fee", "stale", "duplicate", "large"})
    arrived = matched = 0
    for run in range(RUNS):
        kind, when = FAULTS[run % len(FAULTS)]
        request = bench.request(draw)
        bench.venue.faults.add(FaultRule(kind=kind, when=when, method="POST", path="/v1/order", count=1))
        sent = await bench.desk.submit(ACCOUNT, request, allow=allow)
        bench.venue.faults.clear()
        await bench.until(partial(bench.is_in, sent.key, S.OPEN, S.FILLED, S.CANCELED, S.REJECTED))
        true = bench.true_orders(request)
        assert len(true) == (0 if when == "before" and kind is not FaultKind.GARBAGE else 1), (run, kind, when)
        if not true:
            assert bench.now(sent.key).status is S.REJECTED
            assert "never reached the venue" in (bench.now(sent.key).order.reason or "")
            continue
        arrived += 1
        await bench.until(partial(bench.agrees, sent.key, true[0]))
        found = bench.now(sent.key).order
        matched += found.reason == MATCHED
        if request.quote_amount is not None:
            assert true[0].filled_value <= request.quote_amount
        if found.status is S.OPEN:
            await bench.desk.cancel(sent.key)
            await bench.until(partial(bench.is_in, sent.key, S.CANCELED))
    assert arrived > RUNS * 6 // 10
    assert matched == arrived
    assert all(not order.foreign for order in [*bench.desk.working(), *bench.desk.history(1_000)])


@pytest.mark.parametrize("total", ["20", "33.33", "77.77", "123.456789", "5000"])
async def test_a_market_buy_spends_the_amount_asked_for_and_not_one_tick_more(bench: Bench, total: str) -> None:
    instrument = bench.venue.engine.instruments[SYMBOL]
    before = bench.venue.engine.balances(bench.venue.identity.account_id)["USDT"][0]
    request = OrderRequest(symbol=SYMBOL, side=Side.BUY, type=OrderType.MARKET, quote_amount=D(total))
    sent = await bench.desk.submit(ACCOUNT, request, allow=frozenset({"slippage", "large"}))
    await bench.until(lambda: bench.now(sent.key).status is S.FILLED)
    await bench.until(lambda: filled(bench, sent.key) == bench.now(sent.key).order.filled_quantity)
    spent = sum((fill.price * fill.quantity for fill in bench.desk.fills_of(sent.key)), D(0))
    after = bench.venue.engine.balances(bench.venue.identity.account_id)["USDT"][0]
    assert before - after == spent <= D(total)
    assert instrument.lot_size is not None
    dearest = max(fill.price for fill in bench.desk.fills_of(sent.key))
    assert D(total) - spent < dearest * instrument.lot_size
    await bench.until(lambda: bench.portfolio.free(ACCOUNT, "USDT") == after)


def filled(bench: Bench, key: str) -> Decimal:
    return sum((fill.quantity for fill in bench.desk.fills_of(key)), D(0))
