"""A desk on a simulated venue, built as the program builds it; also runs as a process that is killed in the middle."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

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

VENUE = "hashkey-mena"
ACCOUNT = f"{VENUE}/main"
PLACE, CANCEL = "/api/v1.1/spot/order", "/api/v1/spot/order"
TIMING = Timing(
    delays=(0.2, 0.5, 0.7, 1.0), stream_first=0.5, fills_after=0.3, absent_after_ms=1_500, cancel_grace_ms=1_000
)


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
    made: int = 0

    async def close(self) -> None:
        await self.desk.close()
        await self.connector.close()

    def resting(self) -> OrderRequest:
        """A buy far enough below the market to rest, each a little different from those before."""
        assert self.prices.bid is not None
        self.made += 1
        price = self.instrument.round_price(self.prices.bid * (900 - self.made) / 1_000, Side.BUY)
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
            assert order.status is OrderStatus.REJECTED
        else:
            expected = (truth["status"], Decimal(truth["filled_quantity"]), truth["order_id"])
            assert (order.status.value, order.order.filled_quantity, order.order.order_id) == expected


async def open_rig(line: Mapping[str, str], journal: Path, admin: Admin) -> Rig:
    """Build and start a desk; returns once its first reconciliation is done."""
    changed = ChangedTopics()
    connectors: dict[str, Connector] = {}
    accounts = AccountBook.of_simulator({VENUE: line})
    desk: OrderDesk | None = None

    def clock() -> int:
        return time.time_ns() // 1_000_000

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
    instrument = next(found for found in await connector.instruments() if found.symbol == "BTCUSDT")
    async with asyncio.timeout(10):
        # a market that was just swept through shows an empty side for a moment
        while not (book := await connector.order_book(instrument.symbol)).bids or not book.asks:
            await asyncio.sleep(0.1)
    prices = MarketPrices(bid=book.bids[0][0], ask=book.asks[0][0], last=book.bids[0][0])
    activity = ActivityLog(clock=clock, changed=changed)
    portfolio = Portfolio(price_of=lambda base, quote: None, clock=clock, changed=changed)
    desk = OrderDesk(
        accounts=accounts,
        connectors=connectors,
        journal=Journal(journal, clock=clock, changed=changed),
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
    await desk.start()
    rig = Rig(desk, connector, admin, instrument, prices, portfolio, activity)
    await rig.until(lambda: rig.desk.reconciliation(ACCOUNT) is not None)
    return rig


async def submit_and_wait_to_be_killed(line: Mapping[str, str], journal: Path) -> None:
    async with httpx.AsyncClient() as client:
        rig = await open_rig(line, journal, Admin(line["admin"], client))
        await rig.desk.submit(ACCOUNT, rig.resting())
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(submit_and_wait_to_be_killed(json.loads(sys.argv[1]), Path(sys.argv[2])))
