"""A chart panel over a real hub, with a market whose history and failures the test decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from terminal.domain import (
    INTERVAL_MS,
    Candle,
    Capabilities,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    OrderStatus,
    OrderType,
    Side,
    Source,
    StreamState,
    StreamStatus,
)
from terminal.domain.failures import VenueUnavailable
from terminal.market.candles import SeriesState
from terminal.market.hub import MarketHub
from terminal.market.topics import Changed, Topic
from terminal.trading.desk_order import DeskOrder
from terminal.trading.topics import ChangedTopics, TradingTopic
from terminal.ui.frame_clock import FrameClock
from terminal.ui.kline_chart.widget import ChartPanel
from terminal.ui.panel import PanelContext, Selection
from terminal.ui.theme import Theme

NOW = 1_795_257_727_314
"""21 Nov 2026 10:42:07.314 UTC."""

VENUE = "hashkey-mena"
BTC = InstrumentId(VENUE, "BTCUSDT")
ETH = InstrumentId(VENUE, "ETHUSDT")

MakeCandle = Callable[..., Candle]


def make_candle(index: int, close: int | str = 100, *, interval: str = "1m", symbol: str = "BTCUSDT") -> Candle:
    """Return the candle that opened `index` intervals before the one of NOW; its body is one unit high."""
    length = INTERVAL_MS[interval]
    price = Decimal(close)
    return Candle(
        venue=VENUE, symbol=symbol, interval=interval, time=NOW - NOW % length - index * length,
        open=price - 1, high=price + 2, low=price - 3, close=price, base_volume=Decimal("1.5"),
    )  # fmt: skip


@dataclass
class ChartMarket:
    """What the chart uses of MarketData; `older` holds the candles that `load_older` finds, `gate` holds it up."""

    now: int = NOW
    intervals: tuple[str, ...] = ("1m", "5m", "1h", "1d", "1w")
    venues: tuple[str, ...] = (VENUE,)
    older: list[Candle] = field(default_factory=list)
    older_calls: int = 0
    failure: VenueUnavailable | None = None
    gate: asyncio.Event | None = None
    closed_watches: list[tuple[InstrumentId, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hub = MarketHub(self.clock)
        self.instruments: dict[InstrumentId, Instrument] = {}
        for base in ("BTC", "ETH"):
            instrument = Instrument(
                venue=VENUE, symbol=f"{base}USDT", base=base, quote="USDT",
                tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"),
            )  # fmt: skip
            self.instruments[instrument.id] = instrument
        self.set_stream(StreamState.LIVE)

    def clock(self) -> int:
        return self.now

    def venue_name(self, venue: str) -> str:
        return "HashKey MENA"

    def capabilities(self, venue: str) -> Capabilities:
        return Capabilities(intervals=self.intervals)

    def watch(self, topic: Topic, instrument: InstrumentId, interval: str = "") -> Any:
        closed = self.closed_watches

        class _Watch:
            def close(self) -> None:
                closed.append((instrument, interval))

        return _Watch()

    def set_stream(self, state: StreamState, reason: str | None = None) -> None:
        self.hub.on_event(StreamStatus(venue=VENUE, stream="market", state=state, reason=reason, time=self.now))

    def seed(self, instrument: InstrumentId, interval: str, candles: list[Candle]) -> None:
        """Give a series its first history, as the market does when it is watched."""
        series = self.hub.series(instrument, interval)
        series.merge(candles)
        series.state = SeriesState.READY
        series.freshness.touch(Source.SNAPSHOT, self.now)
        self.hub.mark(Changed(Topic.CANDLES, instrument, interval))

    async def load_older(self, instrument: InstrumentId, interval: str) -> int:
        self.older_calls += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        series = self.hub.series(instrument, interval)
        added = series.merge(self.older)
        series.at_start = added == 0
        self.hub.mark(Changed(Topic.CANDLES, instrument, interval))
        return added


@dataclass
class ChartDesk:
    """What the chart uses of OrderDesk; cancels are noted."""

    changed: ChangedTopics = field(default_factory=ChangedTopics)
    orders: list[DeskOrder] = field(default_factory=list)
    known_fills: list[Fill] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def working_at(self, instrument: InstrumentId) -> list[DeskOrder]:
        return [order for order in self.orders if order.instrument_id == instrument]

    def fills(self, limit: int = 500) -> list[Fill]:
        return self.known_fills[:limit]

    async def cancel(self, key: str) -> None:
        self.cancelled.append(key)

    def take_changed(self) -> set[TradingTopic]:
        return self.changed.take()


@dataclass
class HandTasks:
    """Runs a coroutine at once as far as it goes; what waits is finished by `finish`."""

    loop: asyncio.AbstractEventLoop
    running: list[asyncio.Task[Any]] = field(default_factory=list)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = self.loop.create_task(work, name=name)
        self.running.append(task)
        self.step()
        return task

    def step(self) -> None:
        """Let every task go on until it waits for something."""
        for _ in range(3):
            self.loop.run_until_complete(asyncio.sleep(0))

    def finish(self) -> None:
        tasks, self.running = self.running, []
        for task in tasks:
            self.loop.run_until_complete(task)


def make_order(key: str = "k1", price: str = "99", **changes: Any) -> DeskOrder:
    values: dict[str, Any] = {
        "venue": VENUE, "symbol": "BTCUSDT", "side": Side.BUY, "type": OrderType.LIMIT, "status": OrderStatus.OPEN,
        "price": Decimal(price), "quantity": Decimal("0.12"),
    }  # fmt: skip
    held = {name: changes.pop(name) for name in ("progress", "checking") if name in changes}
    order = Order(**(values | changes))
    return DeskOrder(key=key, order=order, account="main", submitted=NOW, changed=NOW, **held)


@pytest.fixture
def candle() -> MakeCandle:
    return make_candle


@pytest.fixture
def order() -> Callable[..., DeskOrder]:
    return make_order


@pytest.fixture
def chart_market() -> ChartMarket:
    return ChartMarket()


@pytest.fixture
def desk() -> ChartDesk:
    return ChartDesk()


@pytest.fixture
def tasks() -> Iterator[HandTasks]:
    loop = asyncio.new_event_loop()
    tasks = HandTasks(loop)
    yield tasks
    for task in tasks.running:
        task.cancel()
    if tasks.running:
        loop.run_until_complete(asyncio.wait(tasks.running))
    loop.close()


@pytest.fixture
def panel(
    qtbot: QtBot, theme: Theme, chart_market: ChartMarket, desk: ChartDesk, tasks: HandTasks
) -> Iterator[ChartPanel]:
    """A shown chart of 300 one-minute candles of BTC/USDT; frames are run by hand."""
    chart_market.seed(BTC, "1m", [make_candle(index, 100 + index % 7) for index in range(299, -1, -1)])
    panel = make_panel(chart_market, desk, tasks, theme)
    qtbot.addWidget(panel)
    panel.resize(738, 514)
    panel.show()
    panel.start()
    panel.context.frame_clock.run_frame()
    yield panel
    panel.stop()


def make_panel(market: ChartMarket, desk: ChartDesk, tasks: HandTasks, theme: Theme) -> ChartPanel:
    frame_clock = FrameClock(market.clock)
    frame_clock.add_source(market.hub)
    frame_clock.add_source(desk)
    parts: dict[str, Any] = {
        "market": market, "desk": desk, "portfolio": None, "arming": None, "accounts": None, "activity": None,
        "tasks": tasks,
    }  # fmt: skip
    return ChartPanel(PanelContext(theme=theme, frame_clock=frame_clock, selection=Selection(BTC), **parts))
