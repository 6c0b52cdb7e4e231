"""The terminal without its window: market data, order desk and every instrument watched, as the program runs them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from terminal.accounts.account_book import AccountBook
from terminal.accounts.simulated_venues import VenueLines
from terminal.connectors import open_connector
from terminal.connectors.contract import Connector, Event
from terminal.connectors.venues import VENUES
from terminal.domain import (
    BookSnapshot,
    Candle,
    Endpoints,
    InstrumentId,
    OrderRequest,
    OrderType,
    Side,
    Source,
    Ticker,
    TimeInForce,
    Trade,
)
from terminal.market.freshness import Freshness
from terminal.market.hub import MarketHub
from terminal.market.market_data import MarketData
from terminal.market.subscriptions import Watch
from terminal.market.topics import Topic
from terminal.trading.activity import ActivityLog
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk, RiskDenied
from terminal.trading.journal import Journal
from terminal.trading.live_market import LiveMarket
from terminal.trading.portfolio import Portfolio
from terminal.trading.topics import ChangedTopics
from tests.soak.venue import until

FRAME_S = 1 / 60
TICK_S = 0.02
INTERVAL = "1m"
EVERY_ORDER_S = 20.0
_COUNTED = {BookSnapshot: "books", Trade: "trades", Ticker: "tickers and quotes", Candle: "candles"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Client:
    """Opens every venue of the simulator's line. `listen` gets each market event after it was applied."""

    def __init__(self, lines: VenueLines, folder: Path) -> None:
        self.lines = lines
        self.listen: Callable[[Event], None] = lambda event: None
        self.counts: dict[str, Counter[str]] = {venue: Counter() for venue in lines}
        self.books: dict[str, Counter[str]] = {venue: Counter() for venue in lines}
        self.lateness: deque[tuple[float, float]] = deque(maxlen=int(60 / TICK_S))
        self.problems: list[str] = []
        self.public: dict[str, Connector] = {}
        self.private: dict[str, Connector] = {}
        changed = ChangedTopics()
        self.market = MarketData(MarketHub(now_ms), now_ms)
        self.accounts = AccountBook.of_simulator(lines)
        live = LiveMarket(self.market)
        self.desk = OrderDesk(
            accounts=self.accounts,
            connectors=self.private,
            journal=Journal(folder / "journal.sqlite", clock=now_ms, changed=changed),
            market=live,
            portfolio=Portfolio(price_of=live.price_of, clock=now_ms, changed=changed),
            arming=Arming(accounts=self.accounts, clock=now_ms, monotonic=steady_ms, changed=changed),
            activity=ActivityLog(clock=now_ms, changed=changed),
            changed=changed,
            clock=now_ms,
        )
        self._watches: list[Watch] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.desk.start()
        for venue, line in self.lines.items():
            ends = Endpoints(rest=line["rest"], stream=line["stream"], private_stream=line["private_stream"])
            self.public[venue] = public = open_connector(venue, endpoints=ends, sink=self._on_event)
            await self._stack.enter_async_context(public)
            await self.market.add_venue(VENUES[venue], "simulated", public)
            account = self.accounts.for_venue(venue)
            if account is None:
                raise LookupError(f"{venue} has no account")
            private = open_connector(
                venue,
                endpoints=ends,
                credentials=self.accounts.credentials(account.label),
                account=account.label,
                sink=self.desk.on_event,
                limits=public.limits,
            )
            await self._stack.enter_async_context(private)
            self.private[account.label] = private
            await self.desk.attach(account.label)
        self._start(self._frames())
        self._start(self._measure_lateness())
        if not await until(lambda: all(self.instruments(venue) for venue in self.lines), 60):
            raise TimeoutError("the venues' instruments were not listed within a minute")
        for id in self.market.instruments:
            for topic in (Topic.BOOK, Topic.TRADES, Topic.TICKER):
                self._watches.append(self.market.watch(topic, id))
            self._watches.append(self.market.watch(Topic.CANDLES, id, INTERVAL))
        if not await until(lambda: all(self.is_whole(venue) for venue in self.lines), 120):
            waiting = [name for venue in self.lines for name in self.not_live(venue)]
            raise TimeoutError(f"not live within two minutes: {', '.join(waiting)}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.desk.close()
        await self.market.close()
        await self._stack.aclose()

    # what is known

    def instruments(self, venue: str) -> list[InstrumentId]:
        return [id for id in self.market.instruments if id.venue == venue]

    def not_live(self, venue: str) -> list[str]:
        """Name what of the venue is not shown as live right now."""
        return [name for name, freshness in self._shown(venue) if not freshness.is_reliable]

    def still_live(self, venue: str) -> list[str]:
        """Name what of the venue is shown as live right now."""
        return [name for name, freshness in self._shown(venue) if freshness.is_reliable]

    def is_whole(self, venue: str) -> bool:
        return not self.not_live(venue)

    def malformed(self, venue: str) -> int:
        return sum(self.public[venue].health.malformed.values())

    def worst_lateness(self, since: float) -> float:
        """Return how late (s) the loop was at most since that moment of its own clock."""
        return max((late for at, late in self.lateness if at >= since), default=0.0)

    def _shown(self, venue: str) -> list[tuple[str, Freshness]]:
        hub = self.market.hub
        found: list[tuple[str, Freshness]] = []
        for id in self.instruments(venue):
            found += [
                (f"{id.symbol} book", hub.book(id).freshness),
                (f"{id.symbol} ticker", hub.quote(id).freshness),
                (f"{id.symbol} candles", hub.series(id, INTERVAL).freshness),
            ]
        return found

    # what runs beside

    def start_orders(self) -> None:
        """Place an order now and then at every venue until the end."""
        for venue in self.lines:
            self._start(self._trade(venue))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def _on_event(self, event: Event) -> None:
        self.market.on_event(event)
        what = _COUNTED.get(type(event))
        if what is not None and (not isinstance(event, BookSnapshot) or event.source is Source.STREAM):
            self.counts[event.venue][what] += 1
            if isinstance(event, BookSnapshot):
                self.books[event.venue][event.symbol] += 1
        self.listen(event)

    async def _frames(self) -> None:
        while True:
            await asyncio.sleep(FRAME_S)
            self.market.hub.take_changed()
            self.desk.take_changed()

    async def _measure_lateness(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lateness.append((loop.time(), max(0.0, loop.time() - due)))

    async def _trade(self, venue: str) -> None:
        """In turns: a limit order that rests and is cancelled, and one that takes what it finds."""
        turn = 0
        while True:
            await asyncio.sleep(EVERY_ORDER_S)
            turn += 1
            try:
                await self._one_order(venue, takes=turn % 2 == 0)
            except RiskDenied:
                continue  # the book is marked stale just now: the desk rightly does not send
            except Exception as error:  # noqa: BLE001 - the run goes on and tells
                self.problems.append(f"order at {venue}: {type(error).__name__}: {error}")

    async def _one_order(self, venue: str, *, takes: bool) -> None:
        account = self.accounts.for_venue(venue)
        id = InstrumentId(venue, "BTCUSDT")
        instrument = self.market.instruments.get(id)
        best = self.market.hub.book(id).book.asks.best if takes else self.market.hub.book(id).book.bids.best
        if account is None or instrument is None or instrument.lot_size is None or best is None:
            return
        price = best[0] if takes else best[0] * 9 / 10
        request = OrderRequest(
            symbol=id.symbol,
            side=Side.BUY,
            type=OrderType.LIMIT,
            price=instrument.round_price(price, Side.BUY),
            quantity=instrument.lot_size * 20,
            time_in_force=TimeInForce.IOC if takes else TimeInForce.GTC,
        )
        order = await self.desk.submit(account.label, request, allow=frozenset({"duplicate"}))
        if not takes and order.is_working:
            await asyncio.sleep(1)
            await self.desk.cancel(order.key)
