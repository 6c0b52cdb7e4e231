"""Market data as the screen uses it: instruments, watches, history; fed by one connector a venue.

A connector keeps its streams up by itself but repairs no state. That is done here: whenever a stream (again) lives,
every watched book, tape and candle series of the venue is fetched anew; a book that crosses or whose time goes back
is fetched at once; and watched books are compared with REST now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from terminal.connectors.contract import Connector, ConnectorHealth
from terminal.domain import (
    INTERVAL_MS,
    Candle,
    Capabilities,
    Channel,
    Instrument,
    InstrumentId,
    InstrumentStatus,
    Source,
    StreamState,
    StreamStatus,
    Ticker,
    VenueInfo,
)
from terminal.domain.failures import Failure
from terminal.market.candles import SeriesState
from terminal.market.hub import MarketHub
from terminal.market.subscriptions import Interest, Subscriptions, Watch
from terminal.market.topics import Changed, Topic

log = logging.getLogger(__name__)

HISTORY_BARS = 1_000
SPARK_INTERVAL, SPARK_POINTS = "30m", 48
BOOK_CHECK_SECONDS = 30.0
LOSS_CHECK_SECONDS = 3.0
REPAIR_SECONDS = 0.25
LINGER_SECONDS = 5.0
_RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)

_CHANNELS: Mapping[Topic, tuple[Channel, ...]] = MappingProxyType(
    {
        Topic.BOOK: (Channel.BOOK,),
        Topic.TRADES: (Channel.TRADES,),
        Topic.TICKER: (Channel.TICKER, Channel.QUOTES),
        Topic.CANDLES: (Channel.CANDLES,),
    }
)


@dataclass(slots=True)
class _Venue:
    info: VenueInfo
    environment: str
    connector: Connector
    subscribed: set[Interest] = field(default_factory=set)
    seeding: set[Interest] = field(default_factory=set)
    again: set[Interest] = field(default_factory=set)


def _options(interest: Interest) -> Mapping[str, str]:
    """Return what a subscription names besides its channel and symbol."""
    if not interest.detail:
        return {}
    return {"step" if interest.what is Topic.BOOK else "interval": interest.detail}


class MarketData:
    """The facade of the market room. Construct, `add_venue` for each, read through `hub`, `close` at the end."""

    def __init__(self, hub: MarketHub, clock: Callable[[], int]) -> None:
        self.hub = hub
        self.clock = clock
        self._venues: dict[str, _Venue] = {}
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._sparklines: dict[InstrumentId, list[Decimal]] = {}
        self._subscriptions = Subscriptions(self._begin, self._linger)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loading_tickers: dict[str, asyncio.Future[list[Ticker]]] = {}
        self._loading_older: dict[tuple[InstrumentId, str], asyncio.Task[int]] = {}
        self._spark_queue: asyncio.Queue[InstrumentId] = asyncio.Queue()
        self._spark_asked: set[InstrumentId] = set()
        self.instruments: Mapping[InstrumentId, Instrument] = MappingProxyType(self._instruments)
        self.problems: dict[str, str] = {}

    # venues

    async def add_venue(self, info: VenueInfo, environment: str, connector: Connector) -> None:
        """Take a venue's (already opened) connector; its instruments are loaded in the background.

        `environment` is "simulated", "sandbox" or "production". The connector's sink must reach `on_event`.
        """
        first = not self._venues
        self._venues[info.venue] = _Venue(info=info, environment=environment, connector=connector)
        self.hub.mark(Changed(Topic.INSTRUMENTS))
        self._spawn(self._load_venue(info.venue), f"load {info.venue}")
        if first:
            self._spawn(self._repair_forever(), "repair books")
            self._spawn(self._check_forever(), "check books")
            self._spawn(self._sparklines_forever(), "sparklines")

    async def close(self) -> None:
        """End all background work; connectors are closed by whoever opened them."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def venues(self) -> tuple[str, ...]:
        return tuple(self._venues)

    def venue_info(self, venue: str) -> VenueInfo:
        return self._venues[venue].info

    def venue_name(self, venue: str, *, short: bool = False) -> str:
        info = self._venues[venue].info
        return info.short_name if short else info.name

    def venue_code(self, venue: str) -> str:
        return self._venues[venue].info.code

    def environment(self, venue: str) -> str:
        return self._venues[venue].environment

    def capabilities(self, venue: str) -> Capabilities:
        return self._venues[venue].connector.capabilities

    def health(self, venue: str) -> ConnectorHealth:
        return self._venues[venue].connector.health

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        return self._instruments.get(instrument)

    # events

    def on_event(self, event: object) -> None:
        """The market half of a connector's sink."""
        self.hub.on_event(event)
        is_stream = isinstance(event, StreamStatus) and event.account is None and event.symbol is None
        if isinstance(event, StreamStatus) and is_stream and event.state is StreamState.LIVE:
            self._resync(event.venue)

    # watching

    def watch(self, topic: Topic, instrument: InstrumentId, detail: str = "") -> Watch:
        """Keep a book, tape, ticker or candle series current until the returned watch is closed.

        `detail` is the interval of candles, or the price step of a book (one of the venue's `book_steps`).
        """
        return self._subscriptions.watch(Interest(topic, instrument, detail))

    def _begin(self, interest: Interest) -> None:
        venue = self._venues.get(interest.instrument.venue)
        if venue is None:
            return  # its venue is added later and picks the interest up then
        if interest not in venue.subscribed:
            venue.subscribed.add(interest)
            self._spawn(self._subscribe(venue, interest), "subscribe")
        self._seed(venue, interest)

    def _linger(self, interest: Interest) -> None:
        # switching back and forth between two instruments must not unsubscribe and subscribe each time
        self._spawn(self._unsubscribe_later(interest), "unsubscribe")

    async def _subscribe(self, venue: _Venue, interest: Interest) -> None:
        for channel in _CHANNELS[interest.what]:
            if channel in venue.connector.capabilities.channels:
                await venue.connector.subscribe(channel, interest.instrument.symbol, **_options(interest))

    async def _unsubscribe_later(self, interest: Interest) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        venue = self._venues.get(interest.instrument.venue)
        if venue is None or interest in self._subscriptions or interest not in venue.subscribed:
            return
        venue.subscribed.discard(interest)
        for channel in _CHANNELS[interest.what]:
            if channel in venue.connector.capabilities.channels:
                await venue.connector.unsubscribe(channel, interest.instrument.symbol, **_options(interest))

    def _resync(self, name: str) -> None:
        venue = self._venues.get(name)
        if venue is None:
            return
        order = (Topic.BOOK, Topic.TICKER, Topic.CANDLES, Topic.TRADES)
        for interest in sorted(self._subscriptions.of_venue(name), key=lambda i: order.index(i.what)):
            self._seed(venue, interest)

    # seeding by REST

    def _seed(self, venue: _Venue, interest: Interest) -> None:
        if interest in venue.seeding:
            venue.again.add(interest)  # what is being fetched may predate the reconnect
            return
        venue.seeding.add(interest)
        self._spawn(self._seed_once(venue, interest), "seed")

    async def _seed_once(self, venue: _Venue, interest: Interest) -> None:
        try:
            for pause in (*_RETRY_SECONDS, None):
                venue.again.discard(interest)
                try:
                    await self._fetch(venue.connector, interest)
                except Failure as failure:
                    self._note_failure(interest, failure)
                    if pause is None:
                        return
                    await asyncio.sleep(pause)
                    if interest not in self._subscriptions:
                        return
                else:
                    if interest not in venue.again:
                        return
        finally:
            venue.seeding.discard(interest)
            venue.again.discard(interest)

    async def _fetch(self, connector: Connector, interest: Interest) -> None:
        instrument = interest.instrument
        if interest.what is Topic.BOOK:
            await self.refresh(instrument, interest.detail)
        elif interest.what is Topic.TRADES:
            self.hub.seed_trades(instrument, await connector.trades(instrument.symbol))
        elif interest.what is Topic.TICKER:
            await self._fetch_tickers(connector, instrument.venue)
        elif interest.what is Topic.CANDLES:
            await self._fetch_candles(connector, instrument, interest.detail)

    async def _fetch_tickers(self, connector: Connector, venue: str) -> None:
        # one REST call tells all tickers of a venue: watchers that ask at the same time share it
        running = self._loading_tickers.get(venue)
        if running is None:
            running = asyncio.ensure_future(connector.tickers())
            self._loading_tickers[venue] = running
            running.add_done_callback(lambda _: self._loading_tickers.pop(venue, None))
        for ticker in await asyncio.shield(running):
            self.hub.seed_ticker(ticker)

    async def _fetch_candles(self, connector: Connector, instrument: InstrumentId, interval: str) -> None:
        series = self.hub.series(instrument, interval)
        if not series.candles:
            series.state = SeriesState.LOADING
            self.hub.mark(Changed(Topic.CANDLES, instrument, interval))
        history = await connector.candles(instrument.symbol, interval, limit=HISTORY_BARS)
        series.merge(history)
        series.state, series.reason = SeriesState.READY, None
        series.freshness.touch(series.freshness.source or Source.SNAPSHOT, self.clock())
        series.freshness.problem = None
        self.hub.mark(Changed(Topic.CANDLES, instrument, interval))

    def _note_failure(self, interest: Interest, failure: Failure) -> None:
        log.info("%s %s: %s", interest.what.value, interest.instrument.symbol, failure)
        if interest.what is Topic.CANDLES:
            series = self.hub.series(interest.instrument, interest.detail)
            if not series.candles:
                series.state, series.reason = SeriesState.FAILED, str(failure)
                self.hub.mark(Changed(Topic.CANDLES, interest.instrument, interest.detail))

    async def refresh(self, instrument: InstrumentId, step: str = "") -> None:
        """Fetch the instrument's book by REST now, grouped by the venue's `step`. Raises the connector's failure."""
        connector = self._venues[instrument.venue].connector
        depth = connector.capabilities.book_depth
        self.hub.on_event(await connector.order_book(instrument.symbol, depth, step or None))

    async def load_older(self, instrument: InstrumentId, interval: str) -> int:
        """Load one page of candles before the oldest known; returns how many were added, 0 at the start of history.

        Calls that overlap share one request. Raises the connector's failure.
        """
        key = (instrument, interval)
        running = self._loading_older.get(key)
        if running is None:
            running = asyncio.ensure_future(self._load_older(instrument, interval))
            self._loading_older[key] = running
            running.add_done_callback(lambda _: self._loading_older.pop(key, None))
        return await asyncio.shield(running)

    async def _load_older(self, instrument: InstrumentId, interval: str) -> int:
        series = self.hub.series(instrument, interval)
        venue = self._venues.get(instrument.venue)
        if venue is None or not series.candles or series.at_start:
            return 0
        oldest = series.candles[0].time
        length = INTERVAL_MS.get(interval, 31 * INTERVAL_MS["1d"])
        page: list[Candle] = await venue.connector.candles(
            instrument.symbol, interval, start=oldest - length * HISTORY_BARS, end=oldest - 1, limit=HISTORY_BARS
        )
        added = series.merge([candle for candle in page if candle.time < oldest])
        series.at_start = added == 0
        self.hub.mark(Changed(Topic.CANDLES, instrument, interval))
        return added

    # sparklines

    def sparkline(self, instrument: InstrumentId) -> Sequence[Decimal]:
        """Return closes over the last 24 h, oldest first; empty until loaded (the first ask loads them)."""
        if instrument not in self._spark_asked and instrument.venue in self._venues:
            self._spark_asked.add(instrument)
            self._spark_queue.put_nowait(instrument)
        return self._sparklines.get(instrument, ())

    async def _sparklines_forever(self) -> None:
        while True:
            instrument = await self._spark_queue.get()
            connector = self._venues[instrument.venue].connector
            try:
                bars = await connector.candles(instrument.symbol, SPARK_INTERVAL, limit=SPARK_POINTS)
            except Failure as failure:
                log.info("sparkline of %s: %s", instrument.symbol, failure)
                await asyncio.sleep(_RETRY_SECONDS[2])
                self._spark_queue.put_nowait(instrument)
                continue
            self._sparklines[instrument] = [bar.close for bar in bars]
            self.hub.mark(Changed(Topic.TICKER, instrument))

    # background work

    async def _load_venue(self, name: str) -> None:
        venue = self._venues[name]
        pauses = iter(_RETRY_SECONDS)
        while True:
            try:
                found = await venue.connector.instruments()
                break
            except Failure as failure:
                self.problems[name] = str(failure)
                self.hub.mark(Changed(Topic.INSTRUMENTS))
                await asyncio.sleep(next(pauses, _RETRY_SECONDS[-1]))
        self.problems.pop(name, None)
        for instrument in found:
            self._instruments[instrument.id] = instrument
        self.hub.mark(Changed(Topic.INSTRUMENTS))
        for interest in self._subscriptions.of_venue(name):
            self._begin(interest)

    async def _repair_forever(self) -> None:
        while True:
            await asyncio.sleep(REPAIR_SECONDS)
            for venue in self._venues.values():
                heard = venue.connector.health.last_heard
                if heard is not None:
                    self.hub.heard(venue.info.venue, heard)
            for instrument, step in self.hub.take_repairs():
                self._seed_if_watched(Interest(Topic.BOOK, instrument, step))
            for instrument, interval in self.hub.take_gaps():
                self._seed_if_watched(Interest(Topic.CANDLES, instrument, interval))

    def _seed_if_watched(self, interest: Interest) -> None:
        venue = self._venues.get(interest.instrument.venue)
        if venue is not None and interest in self._subscriptions:
            self._seed(venue, interest)

    async def _check_forever(self) -> None:
        """Compare books with REST now and then, and soon after a venue sent something that could not be used: it may
        have been the last word about a book whose market then fell quiet."""
        checked: dict[str, tuple[float, int]] = {}
        while True:
            await asyncio.sleep(LOSS_CHECK_SECONDS)
            now = asyncio.get_running_loop().time()
            for venue in self._venues.values():
                name, unusable = venue.info.venue, sum(venue.connector.health.malformed.values())
                last, seen = checked.setdefault(name, (now, 0))
                since = now - last
                if since >= BOOK_CHECK_SECONDS or (unusable != seen and since >= LOSS_CHECK_SECONDS):
                    checked[name] = now, unusable
                    self._check_books(name)

    def _check_books(self, venue: str) -> None:
        for interest in tuple(self._subscriptions):
            if interest.what is Topic.BOOK and interest.instrument.venue == venue:
                self._seed_if_watched(interest)

    def tradable(self, venue: str) -> list[Instrument]:
        """Return the venue's instruments that trade now, by symbol."""
        found = [i for i in self._instruments.values() if i.venue == venue and i.status is InstrumentStatus.TRADING]
        return sorted(found, key=lambda instrument: instrument.symbol)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("market data task %s failed", task.get_name(), exc_info=task.exception())
