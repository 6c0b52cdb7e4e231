"""Market data: watches become subscriptions, and every return to life is followed by fresh data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any, cast

import pytest

from terminal.connectors.contract import Connector, ConnectorHealth
from terminal.domain import (
    BookSnapshot,
    Candle,
    Capabilities,
    Channel,
    Instrument,
    InstrumentId,
    Source,
    StreamState,
    StreamStatus,
    Ticker,
    Trade,
    VenueInfo,
)
from terminal.domain.failures import VenueUnavailable
from terminal.market import market_data
from terminal.market.candles import SeriesState
from terminal.market.hub import MarketHub
from terminal.market.market_data import MarketData
from terminal.market.topics import Topic

D = Decimal
BTC = InstrumentId("v", "BTCUSDT")
MINUTE = 60_000
INFO = VenueInfo(venue="v", name="Venue", short_name="V", code="V")


class FakeConnector:
    """Answers from fields, notes every call, and fails as often as told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failures = 0
        self.health = ConnectorHealth()
        self.capabilities = Capabilities(channels=frozenset(Channel), book_depth=200)
        self.book_size = D(1)

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        if self.failures > 0:
            self.failures -= 1
            raise VenueUnavailable("not now")

    async def instruments(self) -> list[Instrument]:
        self._note("instruments")
        return [Instrument(venue="v", symbol="BTCUSDT", base="BTC", quote="USDT")]

    async def subscribe(self, channel: Channel, symbol: str, interval: str | None = None) -> None:
        self.calls.append(("subscribe", channel, symbol, interval))

    async def unsubscribe(self, channel: Channel, symbol: str, interval: str | None = None) -> None:
        self.calls.append(("unsubscribe", channel, symbol, interval))

    async def order_book(self, symbol: str, depth: int | None = None, step: str | None = None) -> BookSnapshot:
        self._note("book", symbol, depth)
        return BookSnapshot(
            venue="v", symbol=symbol, bids=[(D(10), self.book_size)], asks=[(D(11), D(1))], source=Source.SNAPSHOT
        )

    async def trades(self, symbol: str) -> list[Trade]:
        self._note("trades", symbol)
        return []

    async def tickers(self) -> list[Ticker]:
        self._note("tickers")
        await asyncio.sleep(0)
        return [Ticker(venue="v", symbol="BTCUSDT", last=D(10)), Ticker(venue="v", symbol="ETHUSDT", last=D(3))]

    async def candles(
        self, symbol: str, interval: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Sequence[Candle]:
        self._note("candles", symbol, interval, start, end, limit)
        newest = 1_000 if end is None else end // MINUTE
        oldest = max(0, newest - 9)
        return [bar(index) for index in range(oldest, newest + 1)] if newest > 0 else []


def bar(index: int) -> Candle:
    return Candle(
        venue="v", symbol="BTCUSDT", interval="1m", time=index * MINUTE, open=D(1), high=D(1), low=D(1), close=D(1)
    )


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
async def market(connector: FakeConnector, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MarketData]:
    monkeypatch.setattr(market_data, "LINGER_SECONDS", 0.01)
    monkeypatch.setattr(market_data, "REPAIR_SECONDS", 0.01)
    monkeypatch.setattr(market_data, "LOSS_CHECK_SECONDS", 0.02)
    monkeypatch.setattr(market_data, "_RETRY_SECONDS", (0.01, 0.01, 0.01))
    market = MarketData(MarketHub(lambda: 1_000), lambda: 1_000)
    await market.add_venue(INFO, "simulated", cast(Connector, connector))
    yield market
    await market.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def live(market: MarketData) -> None:
    market.on_event(StreamStatus(venue="v", stream="market", state=StreamState.LIVE))


async def test_instruments_are_loaded_and_retried(market: MarketData, connector: FakeConnector) -> None:
    connector.failures = 2
    await until(lambda: BTC in market.instruments)
    assert market.problems == {}
    assert market.instruments[BTC].pair == "BTC/USDT"


async def test_two_watchers_share_one_subscription_and_the_last_one_ends_it(
    market: MarketData, connector: FakeConnector
) -> None:
    first, second = market.watch(Topic.BOOK, BTC), market.watch(Topic.BOOK, BTC)
    await until(lambda: not market.hub.book(BTC).book.is_empty)
    subscribed = ("subscribe", Channel.BOOK, "BTCUSDT", None)
    assert connector.calls.count(subscribed) == 1
    first.close()
    first.close()
    await asyncio.sleep(0.05)
    assert ("unsubscribe", Channel.BOOK, "BTCUSDT", None) not in connector.calls
    second.close()
    await until(lambda: ("unsubscribe", Channel.BOOK, "BTCUSDT", None) in connector.calls)


async def test_switching_back_at_once_does_not_unsubscribe(market: MarketData, connector: FakeConnector) -> None:
    market.watch(Topic.TRADES, BTC).close()
    market.watch(Topic.TRADES, BTC)
    await asyncio.sleep(0.05)
    assert [call for call in connector.calls if call[0] == "unsubscribe"] == []


async def test_a_returning_stream_is_followed_by_a_new_book(market: MarketData, connector: FakeConnector) -> None:
    market.watch(Topic.BOOK, BTC)
    live(market)
    await until(lambda: market.hub.book(BTC).freshness.is_reliable)
    market.on_event(StreamStatus(venue="v", stream="market", state=StreamState.DOWN, reason="gone"))
    assert not market.hub.book(BTC).freshness.is_reliable
    connector.book_size = D(5)
    connector.failures = 1
    live(market)
    await until(lambda: market.hub.book(BTC).freshness.is_reliable)
    assert market.hub.book(BTC).book.bids.best == (D(10), D(5))


async def test_a_crossed_book_is_fetched_anew(market: MarketData, connector: FakeConnector) -> None:
    market.watch(Topic.BOOK, BTC)
    live(market)
    await until(lambda: market.hub.book(BTC).freshness.is_reliable)
    market.on_event(
        BookSnapshot(venue="v", symbol="BTCUSDT", bids=[(D(12), D(1))], asks=[(D(11), D(1))], source=Source.STREAM)
    )
    assert not market.hub.book(BTC).freshness.is_reliable
    await until(lambda: market.hub.book(BTC).freshness.is_reliable)


async def test_an_unusable_message_is_followed_by_a_look_at_the_books(
    market: MarketData, connector: FakeConnector
) -> None:
    market.watch(Topic.BOOK, BTC)
    live(market)
    await until(lambda: not market.hub.book(BTC).book.is_empty)
    asked = connector.calls.count(("book", "BTCUSDT", 200))
    connector.health = ConnectorHealth(malformed={"v2 depth: unusable value": 1})
    connector.book_size = D(7)

    await until(lambda: connector.calls.count(("book", "BTCUSDT", 200)) > asked)
    await until(lambda: market.hub.book(BTC).book.bids.best == (D(10), D(7)))


async def test_tickers_of_many_watchers_cost_one_request(market: MarketData, connector: FakeConnector) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT"):
        market.watch(Topic.TICKER, InstrumentId("v", symbol))
    await until(lambda: market.hub.quote(InstrumentId("v", "ETHUSDT")).last is not None)
    assert connector.calls.count(("tickers",)) == 1


async def test_candles_are_loaded_and_older_pages_follow_to_the_start(market: MarketData) -> None:
    market.watch(Topic.CANDLES, BTC, "1m")
    series = market.hub.series(BTC, "1m")
    await until(lambda: series.state is SeriesState.READY)
    assert [c.time // MINUTE for c in series.candles] == list(range(991, 1001))
    added = await asyncio.gather(market.load_older(BTC, "1m"), market.load_older(BTC, "1m"))
    assert tuple(added) == (10, 10)
    assert series.candles[0].time // MINUTE == 981
    while not series.at_start:
        await market.load_older(BTC, "1m")
    assert series.candles[0].time == MINUTE
    assert await market.load_older(BTC, "1m") == 0


async def test_history_that_cannot_be_had_is_told_with_the_reason(market: MarketData, connector: FakeConnector) -> None:
    await until(lambda: BTC in market.instruments)
    connector.failures = 99
    market.watch(Topic.CANDLES, BTC, "1m")
    series = market.hub.series(BTC, "1m")
    await until(lambda: series.state is SeriesState.FAILED)
    assert series.reason == "not now"


async def test_sparkline_is_empty_until_loaded(market: MarketData) -> None:
    assert list(market.sparkline(BTC)) == []
    await until(lambda: len(market.sparkline(BTC)) == 10)
