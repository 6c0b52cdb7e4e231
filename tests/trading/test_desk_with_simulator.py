"""The desk against a simulated venue in its own process: whatever is switched on, the end equals its ledger."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal.accounts.account_book import AccountBook
from terminal.connectors import Endpoints, open_connector
from terminal.connectors.contract import Connector, Event
from terminal.domain import Instrument, InstrumentId, OrderRequest, OrderStatus, OrderType, Side, TimeInForce
from terminal.trading.activity import ActivityLog
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk
from terminal.trading.journal import Journal
from terminal.trading.market_view import MarketPrices
from terminal.trading.portfolio import Portfolio
from terminal.trading.risk import RiskLimits
from terminal.trading.timing import Timing
from terminal.trading.topics import ChangedTopics

S = OrderStatus
VENUE = "hashkey-mena"
ACCOUNT = f"{VENUE}/main"
PLACE, CANCEL = "/api/v1.1/spot/order", "/api/v1/spot/order"
ROOT = Path(__file__).resolve().parents[2]
TIMING = Timing(
    delays=(0.2, 0.5, 0.7, 1.0), stream_first=0.5, fills_after=0.3, absent_after_ms=1_500, cancel_grace_ms=1_000
)


@pytest.fixture(scope="module")
def line() -> Iterator[Mapping[str, str]]:
    """The start line of one simulator process, shared by the tests of this file."""
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal.simulator", "--venue", VENUE, "--seed", "1", "--port", "0", "--json",
         "--exit-with-stdin"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())[VENUE]
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


class Admin:
    """The simulator's own word: what really happened, and what shall go wrong."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def orders(self) -> dict[str, Mapping[str, Any]]:
        """Return the ledger's orders by client order id."""
        ledger = (await self._client.get(f"{self._url}/ledger")).json()
        return {order["client_order_id"]: order for order in ledger["orders"]}

    async def fills(self) -> list[Mapping[str, Any]]:
        return list((await self._client.get(f"{self._url}/ledger")).json()["fills"])

    async def fault(self, **rule: Any) -> None:
        answer = await self._client.post(f"{self._url}/faults", json={"count": 1, **rule})
        answer.raise_for_status()

    async def market(self, **command: Any) -> None:
        (await self._client.post(f"{self._url}/market", json=command)).raise_for_status()

    async def calm(self) -> None:
        await self._client.delete(f"{self._url}/faults")
        await self.market(reset_limits=True)


class StillMarket:
    def __init__(self, instrument: Instrument, prices: MarketPrices) -> None:
        self.known = instrument
        self._prices = prices

    def instrument(self, id: InstrumentId) -> Instrument | None:
        return self.known if id == self.known.id else None

    def prices(self, id: InstrumentId, request: OrderRequest) -> MarketPrices:
        return self._prices

    def price_of(self, base: str, quote: str) -> Decimal | None:
        return None


@dataclass
class Rig:
    desk: OrderDesk
    connector: Connector
    admin: Admin
    instrument: Instrument
    prices: MarketPrices
    portfolio: Portfolio
    activity: ActivityLog

    def resting(self, steps: int = 0) -> OrderRequest:
        """A buy far enough below the market to rest, a little different for each `steps`."""
        assert self.prices.bid is not None
        price = self.instrument.round_price(self.prices.bid * (90 - steps) / 100, Side.BUY)
        quantity = self.instrument.round_quantity(Decimal(200) / price)
        return OrderRequest(
            symbol=self.instrument.symbol,
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time_in_force=TimeInForce.GTC,
        )

    def status(self, key: str) -> OrderStatus:
        order = self.desk.order(key)
        assert order is not None
        return order.status

    def is_in(self, key: str, *statuses: OrderStatus) -> bool:
        return self.status(key) in statuses

    async def until(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not condition():
            assert loop.time() < deadline, (self.desk.working(), [entry.text for entry in self.activity.entries])
            await asyncio.sleep(0.01)

    async def agrees_with_the_ledger(self, key: str) -> None:
        order, truth = self.desk.order(key), (await self.admin.orders()).get(key)
        assert order is not None
        if truth is None:
            assert order.status is S.REJECTED
        else:
            expected = (truth["status"], Decimal(truth["filled_quantity"]), truth["order_id"])
            assert (order.status.value, order.order.filled_quantity, order.order.order_id) == expected


RigMaker = Callable[[], Awaitable[Rig]]


@pytest.fixture
async def make_rig(line: Mapping[str, str], tmp_path: Path) -> AsyncIterator[RigMaker]:
    """Build desks on one journal; the second one built is a restart (end the first one before)."""
    made: list[tuple[OrderDesk, Connector]] = []
    client = httpx.AsyncClient()
    admin = Admin(line["admin"], client)
    await admin.calm()

    async def make() -> Rig:
        def clock() -> int:
            return time.time_ns() // 1_000_000

        changed = ChangedTopics()
        connectors: dict[str, Connector] = {}
        accounts = AccountBook.of_simulator({VENUE: line})
        desk: OrderDesk | None = None

        def sink(event: Event) -> None:
            assert desk is not None
            desk.on_event(event)

        connector = open_connector(
            VENUE,
            endpoints=Endpoints(rest=line["rest"], stream=line["stream"], private_stream=line["private_stream"]),
            credentials=accounts.credentials(ACCOUNT),
            account=ACCOUNT,
            sink=sink,
        )
        symbols = await connector.instruments()
        instrument = next(found for found in symbols if found.symbol == "BTCUSDT")
        book = await connector.order_book(instrument.symbol)
        prices = MarketPrices(bid=book.bids[0][0], ask=book.asks[0][0], last=book.bids[0][0])
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
            limits={ACCOUNT: RiskLimits(orders_per_second=None)},
            timing=TIMING,
        )
        connectors[ACCOUNT] = connector
        made.append((desk, connector))
        await desk.start()
        rig = Rig(desk, connector, admin, instrument, prices, portfolio, activity)
        await rig.until(lambda: desk.reconciliation(ACCOUNT) is not None)
        return rig

    yield make
    for desk, connector in made:
        await desk.close()
        await connector.close()
    await client.aclose()


@pytest.fixture
async def rig(make_rig: RigMaker) -> Rig:
    return await make_rig()


async def test_resting_order_is_cancelled_by_the_stream(rig: Rig) -> None:
    order = await rig.desk.submit(ACCOUNT, rig.resting())
    assert order.status is S.OPEN
    locked = rig.portfolio.free(ACCOUNT, rig.instrument.quote)
    await rig.agrees_with_the_ledger(order.key)
    await rig.desk.cancel(order.key)
    await rig.until(lambda: rig.status(order.key) is S.CANCELED)
    await rig.agrees_with_the_ledger(order.key)
    await rig.until(lambda: rig.portfolio.free(ACCOUNT, rig.instrument.quote) != locked)


async def test_market_order_fills_and_every_fill_gets_its_fee(rig: Rig) -> None:
    held = rig.portfolio.free(ACCOUNT, rig.instrument.base)
    request = OrderRequest(
        symbol=rig.instrument.symbol,
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=rig.resting().quantity,
    )
    order = await rig.desk.submit(ACCOUNT, request)
    await rig.until(lambda: rig.status(order.key) is S.FILLED)
    await rig.until(lambda: sum(fill.quantity for fill in rig.desk.fills_of(order.key)) == request.quantity)
    await rig.until(lambda: all(fill.is_maker is False for fill in rig.desk.fills_of(order.key)))
    await rig.agrees_with_the_ledger(order.key)

    truth = {fill["trade_id"]: fill for fill in await rig.admin.fills() if fill["client_order_id"] == order.key}
    told = {fill.trade_id: fill for fill in rig.desk.fills_of(order.key)}
    assert truth.keys() == told.keys()
    for trade_id, fill in told.items():
        assert fill.fee == Decimal(truth[trade_id]["fee"])
        assert fill.fee_asset == truth[trade_id]["fee_asset"]
    await rig.until(lambda: rig.portfolio.free(ACCOUNT, rig.instrument.base) != held)


@pytest.mark.parametrize("kind", ["drop", "5xx", "garbage", "429"])
async def test_every_fault_of_a_send_ends_as_the_ledger_says(rig: Rig, kind: str) -> None:
    for steps, when in enumerate(("before", "after")):
        await rig.admin.fault(kind=kind, when=when, method="POST", path=PLACE)
        order = await rig.desk.submit(ACCOUNT, rig.resting(steps))
        await rig.admin.calm()
        await rig.until(partial(rig.is_in, order.key, S.OPEN, S.REJECTED))
        await rig.agrees_with_the_ledger(order.key)
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED, S.REJECTED))
        await rig.agrees_with_the_ledger(order.key)


@pytest.mark.parametrize("kind", ["drop", "5xx", "garbage"])
async def test_every_fault_of_a_cancel_ends_cancelled(rig: Rig, kind: str) -> None:
    for steps, when in enumerate(("before", "after")):
        order = await rig.desk.submit(ACCOUNT, rig.resting(steps))
        await rig.admin.fault(kind=kind, when=when, method="DELETE", path=CANCEL)
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED))
        await rig.agrees_with_the_ledger(order.key)


async def test_duplicate_missing_and_disordered_frames_change_nothing(rig: Rig) -> None:
    for steps, kind in enumerate(("duplicate", "gap", "reorder")):
        await rig.admin.fault(kind=kind, channel="executionReport", count=2)
        order = await rig.desk.submit(ACCOUNT, rig.resting(steps))
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED))
        await rig.agrees_with_the_ledger(order.key)
        await rig.admin.calm()


async def test_fill_while_away_is_there_after_the_restart(rig: Rig, make_rig: RigMaker) -> None:
    order = await rig.desk.submit(ACCOUNT, rig.resting())
    await rig.desk.close()
    await rig.connector.close()
    request = rig.resting()
    await rig.admin.market(
        trade={
            "symbol": request.symbol,
            "side": "sell",
            "quantity": "100000",
            "limit": str(request.price),
        }
    )
    again = await make_rig()
    await again.until(lambda: not again.desk.working() or again.desk.working()[0].key != order.key)
    assert again.status(order.key) is S.FILLED
    await again.agrees_with_the_ledger(order.key)
    assert sum(fill.quantity for fill in again.desk.fills_of(order.key)) == request.quantity


async def test_cancel_all_empties_the_book_of_this_account(rig: Rig) -> None:
    orders = [await rig.desk.submit(ACCOUNT, rig.resting(steps)) for steps in range(4)]
    await rig.desk.cancel_all(symbol=rig.instrument.symbol)
    await rig.until(lambda: not any(rig.status(order.key).is_working for order in orders))
    for order in orders:
        await rig.agrees_with_the_ledger(order.key)
