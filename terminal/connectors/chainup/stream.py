"""The ChainUp engine's market stream, free of I/O: subscriptions and requests out, frames in, events out
(PROTOCOLS 4.5)."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from terminal.connectors import wire
from terminal.connectors.chainup import messages
from terminal.connectors.chainup.lenient import strict
from terminal.connectors.chainup.parse import Parser
from terminal.connectors.compression import inflated
from terminal.connectors.contract import Event
from terminal.connectors.wire import UNREADABLE, LevelReader, decode_each, decoder
from terminal.domain.kinds import Channel, Side, Source
from terminal.domain.market import BookDelta, Candle, Trade

KLINES: Mapping[str, str] = MappingProxyType(
    {
        "1m": "1min",
        "5m": "5min",
        "15m": "15min",
        "30m": "30min",
        "1h": "60min",
        "1d": "1day",
        "1w": "1week",
        "1M": "1month",
    }
)
"""Interval -> its name in a channel"""

REVIEW = "review"
BOOK_LEVELS = 150
MOST_BARS = 300
MOST_TRADES = 200
_REMEMBERED_TRADES = 1000
_CLOCK_MOVED_MS = 5000
"""A book this much older than the one before comes from a clock that was set back, not from a frame overtaken on
its way; dropping it would freeze the book."""

_FRAME = decoder(messages.Frame)
_BOOK = decoder(messages.Book)
_DAY = decoder(messages.DayTick)
_DAYS = decoder(dict[str, msgspec.Raw])
_KLINE = decoder(messages.KlineTick)
_TRADES = decoder(messages.TradeTick)
_TRADE = decoder(messages.StreamTrade)
_ROWS = decoder(list[msgspec.Raw])


class Topic(NamedTuple):
    """One subscription: `detail` is the interval of candles, the step of a book ("0" is the finest)."""

    kind: Channel
    symbol: str
    detail: str = ""

    @property
    def name(self) -> str:
        """The venue's channel."""
        if self.kind is Channel.BOOK:
            return f"market_{self.symbol}_depth_step{self.detail}"
        if self.kind is Channel.CANDLES:
            return f"market_{self.symbol}_kline_{KLINES[self.detail]}"
        if self.kind is Channel.TRADES:
            return f"market_{self.symbol}_trade_ticker"
        return f"market_{self.symbol}_ticker"


class Question(NamedTuple):
    """A request for candles that waits for its answer: the frame that asks, and who is told."""

    topic: Topic
    frame: str
    answered: Callable[[list[Candle]], None]


class MarketStream:
    """One connection's protocol: what is wanted, and what its frames mean.

    `heard` maps each wanted topic to this machine's ms of its last data (or of its acknowledgement, where that came
    first); `asked` to when it was asked for. `last_data` is when anything but a ping came. `steps` maps a book's topic
    to the step its events name. `delisted` holds the pairs that the venue says it has taken off.
    """

    is_ready = True

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._malformed = parser.malformed
        self._levels = LevelReader()
        self._by_name: dict[str, Topic] = {}
        self._books: dict[Topic, int] = {}  # time of the newest book of this connection
        self._trades: dict[str, deque[str]] = {}
        self._questions: dict[str, Question] = {}
        self._numbers = itertools.count(1)
        self.replies: list[str] = []
        self.steps: dict[Topic, str | None] = {}
        self.heard: dict[Topic, int] = {}
        self.asked: dict[Topic, int] = {}
        self.last_data = 0
        self.messages = 0
        self.delisted: set[str] = set()

    @property
    def wanted(self) -> Sequence[Topic]:
        return tuple(self._by_name.values())

    # frames out

    def want(self, topic: Topic, now: int, step: str | None = None) -> Sequence[str]:
        """Remember a subscription for every later connection and return the frames that ask for it now."""
        self._by_name[topic.name] = topic
        self.steps[topic] = step
        self.asked[topic] = now
        return self._opening_of(topic)

    def drop(self, topic: Topic) -> str:
        """Forget a subscription and return the frame that ends it: undocumented, and answered by nothing."""
        self._by_name.pop(topic.name, None)
        self.steps.pop(topic, None)
        self.heard.pop(topic, None)
        self.asked.pop(topic, None)
        self._books.pop(topic, None)
        if topic.kind is Channel.TRADES:
            self._trades.pop(topic.symbol, None)
        return _frame("unsub", topic.name, "")

    def ask(
        self, topic: Topic, answered: Callable[[list[Candle]], None], *, end: int | None, size: int
    ) -> tuple[str, str]:
        """Remember a request for the candles of `topic` up to `end` (s; None: the latest) and return its id and frame.

        An empty endIdx closes the socket, although the document allows it: without an end there is none.
        """
        number = f"fathom-{next(self._numbers)}"
        fields: dict[str, object] = {"pageSize": size} if end is None else {"endIdx": str(end), "pageSize": size}
        frame = _frame("req", topic.name, number, **fields)
        self._questions[number] = Question(topic, frame, answered)
        return number, frame

    def forget(self, number: str) -> None:
        """Nobody waits for that answer any more."""
        self._questions.pop(number, None)

    def opening(self, now: int) -> Sequence[str]:
        self.heard.clear()
        self._books.clear()
        self.asked = dict.fromkeys(self._by_name.values(), now)
        self.last_data = now
        frames = [frame for topic in self._by_name.values() for frame in self._opening_of(topic)]
        return list(dict.fromkeys([*frames, *(question.frame for question in self._questions.values())]))

    def _opening_of(self, topic: Topic) -> Sequence[str]:
        name = topic.name
        subscribe = _frame("sub", name, name)
        if topic.kind is Channel.BOOK:
            return (_frame("sub", name, name, asks=BOOK_LEVELS, bids=BOOK_LEVELS),)
        if topic.kind is Channel.TRADES:
            # the answer tells, in order, the prints that a lost connection missed
            return _frame("req", name, name, top=MOST_TRADES), subscribe
        if topic.kind is Channel.TICKER:
            # a pair's ticker is pushed when it changes; where it stands now only the review of all pairs says
            return subscribe, _frame("req", REVIEW, REVIEW)
        return (subscribe,)

    def heartbeat(self, now: int) -> Sequence[str]:
        """The venue pings; a client that does so in its way is cut by one build (PROTOCOLS 4.5)."""
        return ()

    # frames in

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        self.messages += 1
        try:
            text = inflated(frame)
            try:
                message = _FRAME.decode(text)
            except msgspec.DecodeError:
                text = strict(text)
                message = _FRAME.decode(text)
        except UNREADABLE as error:
            self._malformed.count("stream: not JSON", error)
            return ()
        if message.ping is not None:
            self.replies.append(json.dumps({"pong": message.ping}))
            return ()
        if message.pong is not None:
            return ()
        self.last_data = received
        try:
            return self._on_message(message, received)
        except UNREADABLE as error:
            self._malformed.count(f"stream: unusable {_kind(message.channel)}", error)
            return ()

    def _on_message(self, message: messages.Frame, received: int) -> Sequence[Event]:
        if message.channel == REVIEW:
            return self._on_review(message)
        if message.status not in (None, "ok"):
            self._malformed.count("stream: a request was refused", f"{message.channel}: {message.status}")
            return ()
        name = wire.text(message.channel)
        if _has(message.data):
            question = self._questions.pop(str(message.cb_id), None)
            if question is not None and question.topic.name == name:
                question.answered(self._bars(question.topic, message.data))
                return ()
        topic = self._by_name.get(name)
        if topic is None:
            return ()  # a push that crossed our unsubscription
        self._note_listing(topic.symbol, message.lower_frame)
        if _has(message.tick):
            self.heard[topic] = received
            return self._on_tick(topic, bytes(message.tick), message.ts, received)
        if _has(message.data) and topic.kind is Channel.TRADES:
            self.heard[topic] = received
            return self._prints(topic, _ROWS.decode(message.data))
        self.heard.setdefault(topic, received)
        return ()

    def _on_tick(self, topic: Topic, tick: bytes, ts: object, received: int) -> Sequence[Event]:
        if topic.kind is Channel.BOOK:
            return self._on_book(topic, _BOOK.decode(tick), ts, received)
        if topic.kind is Channel.TRADES:
            return self._prints(topic, _TRADES.decode(tick).data)
        if topic.kind is Channel.CANDLES:
            return (self._parser.stream_candle(topic.symbol, topic.detail, _KLINE.decode(tick)),)
        day = _DAY.decode(tick)
        self._note_listing(topic.symbol, day.lower_frame)
        return (self._parser.day_ticker(topic.symbol, day, ts=ts),)

    def _on_book(self, topic: Topic, tick: messages.Book, ts: object, received: int) -> Sequence[Event]:
        moment = wire.optional_time(ts)
        newest = self._books.get(topic)
        if newest is not None and moment is not None and 0 < newest - moment < _CLOCK_MOVED_MS:
            self._malformed.count("stream: a book older than the one before", topic.name)
            return ()
        step = self.steps.get(topic)
        event: Event
        if tick.side is None:
            event = self._parser.book(
                topic.symbol, tick, self._levels, step=step, source=Source.STREAM, received=received, ts=ts
            )
        elif newest is None:
            return ()  # a change of a book that was not told yet
        else:
            side, price, quantity = self._parser.changed_level(topic.symbol, tick)
            level = ((price, quantity),)
            event = BookDelta(
                venue=self._parser.venue,
                symbol=topic.symbol,
                bids=level if side is Side.BUY else (),
                asks=level if side is Side.SELL else (),
                time=moment,
                step=step,
                source=Source.STREAM,
                received=received,
            )
        self._books[topic] = moment if moment is not None else newest or 0
        return (event,)

    def _prints(self, topic: Topic, rows: Sequence[msgspec.Raw]) -> Sequence[Trade]:
        """Return the prints that were not told before, oldest first: an answer and the pushes after it overlap."""
        found = decode_each(
            rows,
            lambda row: self._parser.stream_trade(topic.symbol, _TRADE.decode(row)),
            self._malformed,
            "stream: unusable trade",
        )
        seen = self._trades.setdefault(topic.symbol, deque(maxlen=_REMEMBERED_TRADES))
        known = set(seen)
        fresh = {trade.id: trade for trade in found if trade.id not in known}
        seen.extend(id for id in fresh if id is not None)
        return sorted(fresh.values(), key=lambda trade: (trade.time, len(trade.id or ""), trade.id or ""))

    def _bars(self, topic: Topic, data: msgspec.Raw) -> list[Candle]:
        return decode_each(
            _ROWS.decode(data),
            lambda row: self._parser.stream_candle(topic.symbol, topic.detail, _KLINE.decode(row)),
            self._malformed,
            "stream: unusable candle",
        )

    def _on_review(self, message: messages.Frame) -> Sequence[Event]:
        days = _DAYS.decode(message.data)
        wanted = [topic.symbol for topic in self._by_name.values() if topic.kind is Channel.TICKER]
        return decode_each(
            [(symbol, days[symbol]) for symbol in wanted if symbol in days],
            lambda row: self._parser.day_ticker(row[0], _DAY.decode(row[1]), ts=message.ts),
            self._malformed,
            "stream: unusable review",
        )

    def _note_listing(self, symbol: str, lower_frame: object) -> None:
        """Note whether the venue says that it has taken the pair off ("1")."""
        if lower_frame in ("1", 1):
            self.delisted.add(symbol)
        elif lower_frame in ("0", 0):
            self.delisted.discard(symbol)


def _frame(event: str, channel: str, cb_id: str, **fields: object) -> str:
    params: dict[str, object] = {"channel": channel}
    if cb_id:
        params["cb_id"] = cb_id
    return json.dumps({"event": event, "params": {**params, **fields}})


def _has(value: msgspec.Raw) -> bool:
    return bytes(value) not in (b"", b"null")


def _kind(channel: object) -> str:
    """Return what a message is about, from a small set of words: causes of malformed messages are counted by it."""
    name = channel if isinstance(channel, str) else ""
    return next((word for word in ("depth", "kline", "trade_ticker", "ticker", REVIEW) if word in name), "message")
