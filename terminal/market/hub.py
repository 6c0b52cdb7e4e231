"""The live state of every watched instrument: changed per message, painted per frame.

`on_event` is the market half of a connector's sink: it applies one event in place and marks its key dirty. The
frame clock takes the dirty keys once a frame. No queue, thread, signal or bus lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from terminal.domain import (
    BookDelta,
    BookSnapshot,
    Candle,
    Channel,
    InstrumentId,
    OrderBook,
    Source,
    StreamState,
    StreamStatus,
    Ticker,
    Trade,
)
from terminal.market.candles import CandleSeries
from terminal.market.freshness import Feed, Fresh, Freshness
from terminal.market.tape import Tape
from terminal.market.topics import Changed, Topic

CROSSED = "crossed: best bid at or above best ask"
TIME_WENT_BACK = "its time went back"
AWAITING_SNAPSHOT = "waiting for a new snapshot after the reconnect"

_TICKER_FIELDS = (
    "last", "bid", "ask", "bid_quantity", "ask_quantity", "open", "high", "low",
    "base_volume", "quote_volume", "change", "time",
)  # fmt: skip


class LiveBook:
    """One instrument's book with its freshness, plain or grouped by one of the venue's own price steps; `version` grows
    with every change."""

    __slots__ = ("book", "freshness", "instrument", "key", "step", "version")

    def __init__(self, instrument: InstrumentId, feed: Feed, step: str = "") -> None:
        self.instrument = instrument
        self.step = step
        self.book = OrderBook()
        self.freshness = Freshness(feed)
        self.version = 0
        self.key = Changed(Topic.BOOK, instrument, step)


class LiveTicker:
    """The newest known value of each ticker field; a field that a message lacks keeps its value."""

    __slots__ = (
        "ask", "ask_quantity", "base_volume", "bid", "bid_quantity", "change", "freshness", "high", "key",
        "last", "low", "open", "previous_last", "quote_volume", "time",
    )  # fmt: skip

    def __init__(self, instrument: InstrumentId, feed: Feed) -> None:
        self.last: Decimal | None = None
        self.previous_last: Decimal | None = None
        self.bid: Decimal | None = None
        self.ask: Decimal | None = None
        self.bid_quantity: Decimal | None = None
        self.ask_quantity: Decimal | None = None
        self.open: Decimal | None = None
        self.high: Decimal | None = None
        self.low: Decimal | None = None
        self.base_volume: Decimal | None = None
        self.quote_volume: Decimal | None = None
        self.change: Decimal | None = None
        self.time: int | None = None
        self.freshness = Freshness(feed)
        self.key = Changed(Topic.TICKER, instrument)

    def take(self, ticker: Ticker) -> None:
        """Merge one event; a different last price moves the old one to `previous_last`."""
        if ticker.last is not None and ticker.last != self.last:
            self.previous_last = self.last
        for name in _TICKER_FIELDS:
            value = getattr(ticker, name)
            if value is not None:
                setattr(self, name, value)

    def fill(self, ticker: Ticker) -> None:
        """Take only the fields that are not known yet."""
        for name in _TICKER_FIELDS:
            if getattr(self, name) is None:
                setattr(self, name, getattr(ticker, name))

    def take_last(self, trade: Trade) -> None:
        """A print is newer than any ticker's last price."""
        if trade.price != self.last:
            self.previous_last = self.last
            self.last = trade.price


class MarketHub:
    """All live market objects, created on first ask and kept. `clock` gives this machine's Unix ms."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        self._books: dict[tuple[InstrumentId, str], LiveBook] = {}
        self._tapes: dict[InstrumentId, Tape] = {}
        self._tickers: dict[InstrumentId, LiveTicker] = {}
        self._series: dict[tuple[InstrumentId, str], CandleSeries] = {}
        self._dirty: set[Changed] = set()
        self._to_repair: set[tuple[InstrumentId, str]] = set()
        self._gaps: set[tuple[InstrumentId, str]] = set()
        self.messages = 0
        self._apply: Mapping[type, Callable[..., None]] = {
            BookSnapshot: self._on_snapshot,
            BookDelta: self._on_delta,
            Trade: self._on_trade,
            Ticker: self._on_ticker,
            Candle: self._on_candle,
            StreamStatus: self._on_status,
        }

    # reading

    def book(self, instrument: InstrumentId, step: str = "") -> LiveBook:
        found = self._books.get((instrument, step))
        if found is None:
            found = self._books[instrument, step] = LiveBook(instrument, self._feed(instrument.venue), step)
        return found

    def tape(self, instrument: InstrumentId) -> Tape:
        found = self._tapes.get(instrument)
        if found is None:
            found = self._tapes[instrument] = Tape(Freshness(self._feed(instrument.venue)), self._clock)
        return found

    def quote(self, instrument: InstrumentId) -> LiveTicker:
        found = self._tickers.get(instrument)
        if found is None:
            found = self._tickers[instrument] = LiveTicker(instrument, self._feed(instrument.venue))
        return found

    def series(self, instrument: InstrumentId, interval: str) -> CandleSeries:
        key = (instrument, interval)
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = CandleSeries(instrument, interval, Freshness(self._feed(instrument.venue)))
        return found

    def stream(self, venue: str) -> StreamStatus | None:
        """Return the state of the venue's market stream; None before its first word."""
        return self._feed(venue).status

    def last_heard(self, venue: str) -> int | None:
        return self._feed(venue).last_heard

    # what the frame clock and the market data service take

    def take_changed(self) -> set[Changed]:
        """Return the keys that changed since the last call and forget them. Only the frame clock calls it."""
        changed, self._dirty = self._dirty, set()
        return changed

    def mark(self, changed: Changed) -> None:
        self._dirty.add(changed)

    def take_repairs(self) -> set[tuple[InstrumentId, str]]:
        """Return the books (instrument, step) that need a REST snapshot (crossed, time went back) and forget them."""
        repairs, self._to_repair = self._to_repair, set()
        return repairs

    def take_gaps(self) -> set[tuple[InstrumentId, str]]:
        """Return the candle series with bars missing before their newest one and forget them."""
        gaps, self._gaps = self._gaps, set()
        return gaps

    # writing

    def on_event(self, event: object) -> None:
        """Apply one market event; events of other kinds are not ours and change nothing."""
        apply = self._apply.get(type(event))
        if apply is not None:
            self.messages += 1
            apply(event)

    def heard(self, venue: str, time: int) -> None:
        """Note a sign of life of the venue's market stream that carried no data (a heartbeat)."""
        feed = self._feed(venue)
        if feed.last_heard is None or time > feed.last_heard:
            feed.last_heard = time

    def _feed(self, venue: str) -> Feed:
        feed = self._feeds.get(venue)
        if feed is None:
            feed = self._feeds[venue] = Feed(venue)
        return feed

    def _touch(self, freshness: Freshness, venue: str, source: Source) -> None:
        now = self._clock()
        freshness.touch(source, now)
        if source is Source.STREAM:
            self._feed(venue).last_heard = now

    def _on_snapshot(self, snapshot: BookSnapshot) -> None:
        live = self.book(InstrumentId(snapshot.venue, snapshot.symbol), snapshot.step or "")
        book, freshness = live.book, live.freshness
        went_back = snapshot.time is not None and book.time is not None and snapshot.time < book.time
        if went_back and freshness.problem is None and not book.is_empty:
            if snapshot.source is Source.STREAM:
                freshness.problem = TIME_WENT_BACK
                self._to_repair.add((live.instrument, live.step))
                self._dirty.add(live.key)
            return
        book.apply_snapshot(snapshot)
        live.version += 1
        self._touch(freshness, snapshot.venue, snapshot.source)
        self._judge(live)
        self._dirty.add(live.key)

    def _on_delta(self, delta: BookDelta) -> None:
        live = self.book(InstrumentId(delta.venue, delta.symbol), delta.step or "")
        if live.book.is_empty and live.freshness.received is None:
            return  # a delta means nothing before the first snapshot
        live.book.apply_delta(delta)
        live.version += 1
        self._touch(live.freshness, delta.venue, delta.source)
        self._judge(live)
        self._dirty.add(live.key)

    def _judge(self, live: LiveBook) -> None:
        if live.book.is_crossed:
            live.freshness.problem = CROSSED
        elif live.book.time_went_back:
            live.freshness.problem = TIME_WENT_BACK
        else:
            live.freshness.problem = None
            return
        self._to_repair.add((live.instrument, live.step))

    def _on_trade(self, trade: Trade) -> None:
        instrument = InstrumentId(trade.venue, trade.symbol)
        tape = self.tape(instrument)
        if not tape.add(trade):
            return
        self._touch(tape.freshness, trade.venue, Source.STREAM)
        self._dirty.add(Changed(Topic.TRADES, instrument))
        ticker = self.quote(instrument)
        if ticker.freshness.received is not None:
            ticker.take_last(trade)
            self._dirty.add(ticker.key)

    def seed_trades(self, instrument: InstrumentId, trades: list[Trade]) -> None:
        """Fill a REST list of prints (oldest first) into the tape."""
        tape = self.tape(instrument)
        tape.seed(trades)
        self._touch(tape.freshness, instrument.venue, Source.SNAPSHOT)
        self._dirty.add(Changed(Topic.TRADES, instrument))

    def _on_ticker(self, ticker: Ticker) -> None:
        live = self.quote(InstrumentId(ticker.venue, ticker.symbol))
        live.take(ticker)
        self._touch(live.freshness, ticker.venue, Source.STREAM)
        live.freshness.problem = None
        self._dirty.add(live.key)

    def seed_ticker(self, ticker: Ticker) -> None:
        """Take a ticker that came by REST: all of it, or beside a live stream only what that has not told yet."""
        if ticker.change is None and ticker.last is not None and ticker.open:
            # not every listing states the change that its own prices imply
            ticker = replace(ticker, change=(ticker.last - ticker.open) / ticker.open)
        live = self.quote(InstrumentId(ticker.venue, ticker.symbol))
        if live.freshness.source is Source.STREAM and live.freshness.is_reliable:
            live.fill(ticker)
            self._dirty.add(live.key)
            return
        live.take(ticker)
        self._touch(live.freshness, ticker.venue, Source.SNAPSHOT)
        live.freshness.problem = None
        self._dirty.add(live.key)

    def _on_candle(self, candle: Candle) -> None:
        instrument = InstrumentId(candle.venue, candle.symbol)
        series = self.series(instrument, candle.interval)
        if not series.add_live(candle):
            self._gaps.add((instrument, candle.interval))
        self._touch(series.freshness, candle.venue, Source.STREAM)
        series.freshness.problem = None
        self._dirty.add(Changed(Topic.CANDLES, instrument, candle.interval))

    def _on_status(self, status: StreamStatus) -> None:
        if status.account is not None:
            return  # an account's own stream says nothing about market data
        if status.symbol is not None:
            self._on_channel_status(InstrumentId(status.venue, status.symbol), status)
            return
        feed = self._feed(status.venue)
        was_live = feed.is_live
        feed.status = status
        if status.state is StreamState.LIVE:
            feed.last_heard = self._clock()
        elif was_live:
            self._lose(status.venue)
        self._dirty.add(Changed(Topic.STREAMS))
        self._mark_venue(status.venue)

    def _on_channel_status(self, instrument: InstrumentId, status: StreamStatus) -> None:
        """One channel of one instrument is silent: what is shown of it is only as last known until it speaks."""
        if status.channel is Channel.BOOK:
            for (owner, _), book in self._books.items():
                if owner == instrument:
                    book.freshness.problem = status.reason
                    self._dirty.add(book.key)
        elif status.channel is Channel.TICKER and instrument in self._tickers:
            ticker = self._tickers[instrument]
            ticker.freshness.problem = status.reason
            self._dirty.add(ticker.key)

    def _lose(self, venue: str) -> None:
        # what was true when the stream fell silent is kept on screen, dimmed, until new data replaces it
        for (instrument, _), live in self._books.items():
            if instrument.venue == venue and live.freshness.received is not None:
                live.freshness.problem = AWAITING_SNAPSHOT
        for instrument, tape in self._tapes.items():
            if instrument.venue == venue:
                tape.mark_gap()
        for instrument, ticker in self._tickers.items():
            if instrument.venue == venue and ticker.freshness.received is not None:
                ticker.freshness.problem = AWAITING_SNAPSHOT
        for (instrument, _), series in self._series.items():
            if instrument.venue == venue and series.freshness.received is not None:
                series.freshness.problem = AWAITING_SNAPSHOT

    def _mark_venue(self, venue: str) -> None:
        for (instrument, _), live in self._books.items():
            if instrument.venue == venue:
                self._dirty.add(live.key)
        for instrument in self._tapes:
            if instrument.venue == venue:
                self._dirty.add(Changed(Topic.TRADES, instrument))
        for instrument in self._tickers:
            if instrument.venue == venue:
                self._dirty.add(Changed(Topic.TICKER, instrument))
        for instrument, interval in self._series:
            if instrument.venue == venue:
                self._dirty.add(Changed(Topic.CANDLES, instrument, interval))


__all__ = ["Changed", "Fresh", "Freshness", "LiveBook", "LiveTicker", "MarketHub", "Topic"]
