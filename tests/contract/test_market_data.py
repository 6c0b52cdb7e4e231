"""The contract's public side, for every venue: reads, streams, and what happens to them when the venue misbehaves."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from terminal.connectors.contract import Connector, Event
from terminal.domain import (
    INTERVAL_MS,
    BookSnapshot,
    Candle,
    Instrument,
    Source,
    StreamState,
    Ticker,
    Trade,
)
from terminal.domain.failures import InstrumentNotFound, MalformedMessage, NotSupported, VenueUnavailable

if TYPE_CHECKING:
    from tests.contract.conftest import Events, Simulated, Until


async def test_the_venues_time(connector: Connector) -> None:
    assert abs(await connector.server_time() - time.time() * 1000) < 5000


async def test_instruments_carry_their_rules(connector: Connector) -> None:
    instruments = await connector.instruments()
    assert len({instrument.symbol for instrument in instruments}) == len(instruments) > 5
    for instrument in instruments:
        assert instrument.venue == connector.venue
        assert instrument.base
        assert instrument.quote
        assert instrument.tick_size
        assert instrument.lot_size


async def test_tickers(connector: Connector, instrument: Instrument) -> None:
    tickers = await connector.tickers()
    assert len(tickers) > 5
    (one,) = await connector.tickers([instrument.symbol])
    assert one.symbol == instrument.symbol
    assert one.last is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.last <= one.high


async def test_a_book_is_sorted_on_the_grid_and_not_crossed(connector: Connector, instrument: Instrument) -> None:
    book = await connector.order_book(instrument.symbol, depth=50)
    bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
    assert 0 < len(bids) <= 50
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert all(quantity > 0 for _, quantity in [*book.bids, *book.asks])
    assert all(instrument.price_breaches(price) == [] for price in bids + asks)
    assert book.source is Source.SNAPSHOT
    assert book.received is not None


async def test_trades_are_oldest_first(connector: Connector, instrument: Instrument) -> None:
    trades = await connector.trades(instrument.symbol, limit=20)
    assert 0 < len(trades) <= 20
    assert [trade.time for trade in trades] == sorted(trade.time for trade in trades)


async def test_candles_are_oldest_first_and_in_step(connector: Connector, instrument: Instrument) -> None:
    candles = await connector.candles(instrument.symbol, "5m", limit=200)
    times = [candle.time for candle in candles]
    assert len(times) == 200
    assert times == sorted(set(times))
    assert all(moment % INTERVAL_MS["5m"] == 0 for moment in times)
    assert all(candle.low <= min(candle.open, candle.close) for candle in candles)
    assert all(candle.high >= max(candle.open, candle.close) for candle in candles)
    earlier = await connector.candles(instrument.symbol, "5m", end=times[0] - 1, limit=50)
    assert earlier
    assert all(candle.time < times[0] for candle in earlier)


async def test_every_interval_of_the_capabilities_is_served(connector: Connector, instrument: Instrument) -> None:
    for interval in connector.capabilities.intervals:
        candles = await connector.candles(instrument.symbol, interval, limit=2)
        assert candles[-1].interval == interval


async def test_an_unknown_instrument_is_told(connector: Connector) -> None:
    with pytest.raises(InstrumentNotFound):
        await connector.order_book("NOSUCHPAIR")


async def test_streams_deliver_every_channel(
    connector: Connector, instrument: Instrument, events: Events, until: Until
) -> None:
    symbol = instrument.symbol
    for channel in connector.capabilities.channels:
        await connector.subscribe(channel, symbol, interval="1m")
    wanted: list[type[Event]] = [BookSnapshot, Trade, Ticker, Candle]
    await until(lambda: all(events.of(kind) for kind in wanted))
    await until(lambda: any(ticker.bid for ticker in events.of(Ticker)))
    await until(lambda: any(ticker.change is not None for ticker in events.of(Ticker)))
    assert events.states(private=False) == [StreamState.CONNECTING, StreamState.LIVE]
    assert all(getattr(event, "symbol", None) in (None, symbol) for event in events)
    book = events.of(BookSnapshot)[-1]
    assert book.source is Source.STREAM
    assert book.bids[0][0] < book.asks[0][0]
    assert len(book.bids) > 50
    health = connector.health
    assert health.messages > 0
    assert health.last_heard is not None
    assert health.malformed == {}


async def test_streamed_prints_are_those_of_the_venue(
    connector: Connector, instrument: Instrument, events: Events, until: Until
) -> None:
    await connector.subscribe("trades", instrument.symbol)
    await until(lambda: len(events.of(Trade)) >= 5)
    # the newest ones: a list of a hundred does not reach back far in a busy market
    streamed = [(t.time, t.price, t.quantity, t.side) for t in events.of(Trade)[-5:]]
    listed = {(t.time, t.price, t.quantity, t.side) for t in await connector.trades(instrument.symbol, limit=100)}
    assert set(streamed) <= listed


async def test_after_unsubscribing_nothing_more_comes(
    connector: Connector, instrument: Instrument, events: Events, until: Until
) -> None:
    await connector.subscribe("trades", instrument.symbol)
    await connector.subscribe("book", instrument.symbol)
    await until(lambda: events.of(Trade) and events.of(BookSnapshot))
    await connector.unsubscribe("trades", instrument.symbol)
    prints, books = len(events.of(Trade)), len(events.books())
    await until(lambda: len(events.books()) >= books + 5)
    assert len(events.of(Trade)) == prints


async def test_subscribing_waits_for_nothing(connector: Connector, instrument: Instrument, events: Events) -> None:
    started = time.perf_counter()
    for _ in range(50):
        await connector.subscribe("book", instrument.symbol)
    assert time.perf_counter() - started < 0.5
    assert events.of(BookSnapshot) == []


async def test_a_dropped_stream_is_told_at_once_and_comes_back(
    connector: Connector, simulated: Simulated, instrument: Instrument, events: Events, until: Until
) -> None:
    await connector.subscribe("book", instrument.symbol)
    await until(lambda: events.of(BookSnapshot))
    simulated.fault(kind="drop", channel="public", count=1)
    await until(lambda: StreamState.DOWN in events.states(private=False))
    await until(lambda: events.states(private=False)[-1] is StreamState.LIVE)
    seen = len(events.of(BookSnapshot))
    await until(lambda: len(events.of(BookSnapshot)) > seen)
    assert events.states(private=False) == [
        StreamState.CONNECTING, StreamState.LIVE, StreamState.DOWN, StreamState.CONNECTING, StreamState.LIVE,
    ]  # fmt: skip
    assert connector.health.reconnects == 1


@pytest.mark.parametrize("kind", ["nan", "negative", "wrong_type", "garbage"])
async def test_bad_frames_are_counted_and_never_delivered(
    connector: Connector, simulated: Simulated, instrument: Instrument, events: Events, until: Until, *, kind: str
) -> None:
    for channel in ("book", "trades", "ticker"):
        await connector.subscribe(channel, instrument.symbol)
    await until(lambda: events.of(BookSnapshot))
    simulated.fault(kind=kind, channel="public", count=5)
    await until(lambda: sum(connector.health.malformed.values()) >= 3)
    seen = len(events.of(BookSnapshot))
    await until(lambda: len(events.of(BookSnapshot)) > seen)
    assert StreamState.DOWN not in events.states(private=False)
    for book in events.of(BookSnapshot):
        assert all(price > 0 and quantity > 0 for price, quantity in [*book.bids, *book.asks])
    assert all(trade.price > 0 and trade.quantity > 0 for trade in events.of(Trade))


@pytest.mark.parametrize("kind", ["duplicate", "reorder", "gap", "extra_fields", "unknown_enum"])
async def test_a_disturbed_stream_goes_on(
    connector: Connector, simulated: Simulated, instrument: Instrument, events: Events, until: Until, *, kind: str
) -> None:
    simulated.fault(kind=kind, channel="public", count=10)
    await connector.subscribe("book", instrument.symbol)
    await connector.subscribe("trades", instrument.symbol)
    await until(lambda: len(events.books()) >= 15 and events.of(Trade))
    times = [book.time for book in events.books() if book.time is not None]
    assert times == sorted(times)
    assert StreamState.DOWN not in events.states(private=False)


async def test_a_crossed_book_is_passed_on_as_sent(
    connector: Connector, simulated: Simulated, instrument: Instrument, events: Events, until: Until
) -> None:
    simulated.fault(kind="crossed", channel="depth", count=3)
    await connector.subscribe("book", instrument.symbol)
    await until(lambda: any(book.bids[0][0] >= book.asks[0][0] for book in events.of(BookSnapshot)), within=20)


async def test_reads_say_what_went_wrong(connector: Connector, simulated: Simulated, instrument: Instrument) -> None:
    path = "/v1/depth" if simulated.venue == "cryptocom" else "/quote/v1/depth"
    simulated.fault(kind="5xx", path=path, count=1)
    with pytest.raises(VenueUnavailable):
        await connector.order_book(instrument.symbol)
    simulated.fault(kind="garbage", path=path, count=1)
    with pytest.raises(MalformedMessage):
        await connector.order_book(instrument.symbol)
    simulated.fault(kind="drop", path=path, count=1)
    assert (await connector.order_book(instrument.symbol)).bids


async def test_what_a_venue_lacks_is_refused(connector: Connector, instrument: Instrument) -> None:
    with pytest.raises(NotSupported):
        await connector.subscribe("no such channel", instrument.symbol)
    with pytest.raises(NotSupported):
        await connector.candles(instrument.symbol, "17m")


async def test_closing_twice_is_harmless_and_leaves_no_task(
    connector: Connector, instrument: Instrument, events: Events, until: Until
) -> None:
    before = asyncio.all_tasks()
    await connector.subscribe("book", instrument.symbol)
    await connector.start_account_stream()
    await until(lambda: events.of(BookSnapshot) and StreamState.LIVE in events.states(private=True))
    await connector.close()
    await connector.close()
    assert events.states(private=False)[-1] is StreamState.DOWN
    assert events.states(private=True)[-1] is StreamState.DOWN
    assert asyncio.all_tasks() <= before
    with pytest.raises(VenueUnavailable):
        await connector.subscribe("book", instrument.symbol)
