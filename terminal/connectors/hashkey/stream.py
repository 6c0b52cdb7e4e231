"""HashKey's public streams, versions 1 and 2, free of I/O: subscriptions out, frames in, domain events out
(PROTOCOLS 2.6 and 2.7)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from terminal.connectors import wire
from terminal.connectors.compression import inflated
from terminal.connectors.contract import Event
from terminal.connectors.hashkey import stream_messages as frames
from terminal.connectors.hashkey.error_codes import STREAM_ERRORS
from terminal.connectors.hashkey.errors import code_of, words_of
from terminal.connectors.hashkey.messages import Verdict
from terminal.connectors.hashkey.parse import Parser, aggressor
from terminal.connectors.wire import LevelReader, decoder, union_decoder
from terminal.domain.kinds import Channel, Source
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade

_V2 = union_decoder(frames.V2Kline | frames.V2Realtimes | frames.V2Trade | frames.V2Depth | frames.V2Bbo)
_V1 = union_decoder(frames.V1Kline | frames.V1Realtimes | frames.V1Trade | frames.V1Depth)
_CONTROL = decoder(frames.ControlFrame)

_TOPICS: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.BOOK: "depth",
        Channel.TRADES: "trade",
        Channel.TICKER: "realtimes",
        Channel.CANDLES: "kline",
        Channel.QUOTES: "bbo",
    }
)


_CLOCK_MOVED_MS = 5000
"""A book this much older than the one before comes from a clock that was set back, not from a frame overtaken on
its way; dropping it would freeze the book."""


class Topic(NamedTuple):
    """One subscription: `kind` is the venue's topic name, `interval` is set for klines."""

    kind: str
    symbol: str
    interval: str | None = None


def topic_of(channel: Channel, symbol: str, interval: str | None) -> Topic:
    return Topic(_TOPICS[channel], symbol, interval if channel is Channel.CANDLES else None)


class PublicStream:
    """One version's protocol: which topics are wanted, and what its frames mean.

    `on_topic_error` is told which topic the venue refused (None when it cannot be told) and why. `heard` holds the
    wanted topics that have pushed data since they were asked for on this connection, `acknowledged` those whose
    subscription the venue has answered without an error. `compressed` asks version 1 for compressed frames; they are
    read whether asked for or not.
    """

    is_ready = True

    def __init__(
        self,
        version: str,
        parser: Parser,
        on_topic_error: Callable[[Topic | None, str], None],
        *,
        compressed: bool = False,
    ) -> None:
        self._dialect = _DIALECTS[version]
        self._version = version
        self._compressed = compressed
        self._parser = parser
        self._malformed = parser.malformed
        self._on_topic_error = on_topic_error
        self._levels = LevelReader()
        self._book_times: dict[str, int] = {}
        self._ping_sent: int | None = None
        self.replies: list[str] = []
        self.wanted: dict[Topic, None] = {}
        self.heard: set[Topic] = set()
        self.acknowledged: set[Topic] = set()
        self.messages = 0
        self.latency_ms: int | None = None

    # frames out

    def want(self, topic: Topic) -> str:
        """Remember a subscription for every later connection and return the frame that asks for it now."""
        self.wanted[topic] = None
        return self._frame(topic, "sub")

    def drop(self, topic: Topic) -> str:
        """Forget a subscription and return the frame that ends it now."""
        self.wanted.pop(topic, None)
        self.heard.discard(topic)
        self.acknowledged.discard(topic)
        if topic.kind == "depth":
            self._book_times.pop(topic.symbol, None)
        return self._frame(topic, "cancel")

    def drop_rest(self, topic: Topic) -> str | None:
        """Return the frame that ends whatever the venue may still send, once nothing is wanted any more; `topic` is
        the one dropped last. Only version 1 has one."""
        return None if self.wanted or not self._dialect.has_cancel_all else self._frame(topic, "cancel_all")

    def _frame(self, topic: Topic, event: str) -> str:
        return self._dialect.subscribe(topic, event, self._compressed)

    def opening(self, now: int) -> Sequence[str]:
        self.heard.clear()
        self.acknowledged.clear()
        self._book_times.clear()
        self._ping_sent = None
        return [self._frame(topic, "sub") for topic in self.wanted]

    def heartbeat(self, now: int) -> Sequence[str]:
        self._ping_sent = now
        return [f'{{"ping":{now}}}']

    # frames in

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        self.messages += 1
        try:
            text = inflated(frame)
        except ValueError as error:
            self._malformed.count(f"{self._version} stream: not JSON", error)
            return ()
        try:
            return self._on_frame(text, received)
        except RecursionError as error:
            self._malformed.count(f"{self._version} stream: nested too deeply", error)
            return ()

    def _on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        try:
            push = self._dialect.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return self._on_control(frame, error, received)
        if push.data is None or push.event is not None or push.code is not None:
            return self._on_control(frame, None, received)
        try:
            return self._events(push, received)
        except ValueError as error:
            self._malformed.count(f"{self._version} {type(push).__name__[2:].lower()}: unusable value", error)
            return ()

    def _events(self, push: Any, received: int) -> Sequence[Event]:
        params = push.params
        symbol = wire.text(self._dialect.symbol(push))
        data = push.data if isinstance(push.data, list) else (push.data,)
        kind, convert = _CONVERTERS[type(push)]
        interval = None
        if kind == "kline":
            interval = wire.text(None if params is None else params.kline_type)
        topic = Topic(kind, symbol, interval)
        if topic not in self.wanted:
            return ()  # a push that crossed our cancellation
        self.heard.add(topic)
        events: list[Event] = []
        for item in data:
            event = convert(self, topic, item, received)
            if event is not None:
                events.append(event)
        return events

    def _on_control(self, frame: bytes, error: Exception | None, received: int) -> Sequence[Event]:
        try:
            control = _CONTROL.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            cause = "wrong shape" if isinstance(error, msgspec.ValidationError) else "not JSON"
            self._malformed.count(f"{self._version} stream: {cause}", error)
            return ()
        if control.pong is not None:
            if self._ping_sent is not None:
                self.latency_ms = max(received - self._ping_sent, 0)
                self._ping_sent = None
            return ()
        if type(control.ping) in (int, str):
            self.replies.append(json.dumps({"pong": control.ping}))
            return ()
        verdict = Verdict(code=control.code, msg=control.msg, desc=control.desc)
        code = code_of(verdict)
        if code is not None:
            self._on_error(control, code, words_of(verdict))
        elif control.event == "sub":
            self.acknowledged.update(self._meant(control))
        elif control.event is None and control.msg is None and control.code is None:
            self._malformed.count(f"{self._version} stream: unknown message", error or control.topic)
        return ()

    def _on_error(self, control: frames.ControlFrame, code: str, words: str | None) -> None:
        sentence = STREAM_ERRORS.get(code, "The venue refused a subscription")
        self._malformed.count(f"{self._version} stream: subscription refused", f"{sentence}: {code} {words or ''}")
        meant = self._meant(control)
        if control.symbol is None and (control.params is None or control.params.symbol is None):
            meant = [topic for topic in meant if topic not in self.heard and topic not in self.acknowledged]
        if not meant:
            self._on_topic_error(None, sentence)
        for topic in meant:
            self._on_topic_error(topic, sentence)

    def _meant(self, control: frames.ControlFrame) -> list[Topic]:
        """Return the wanted topics that an answer speaks of: what it does not name may be anything."""
        params = control.params or frames.Params()
        symbol = params.symbol if params.symbol is not None else control.symbol
        kind, _, interval = str(control.topic).partition("_")
        interval = interval or params.kline_type
        return [
            topic
            for topic in self.wanted
            if topic.kind == kind and symbol in (None, topic.symbol) and interval in (None, "", topic.interval)
        ]

    # one item of data -> one event

    def _depth(self, topic: Topic, data: frames.DepthData, received: int) -> Event | None:
        moment = wire.optional_time(data.t)
        if moment is not None:
            behind = self._book_times.get(topic.symbol, 0) - moment
            if 0 < behind < _CLOCK_MOVED_MS:
                self._malformed.count(f"{self._version} depth: older than the book before", topic.symbol)
                return None
            self._book_times[topic.symbol] = moment
        return BookSnapshot(
            venue=self._parser.venue,
            symbol=topic.symbol,
            bids=self._levels.bids(data.b),
            asks=self._levels.asks(data.a),
            time=moment,
            source=Source.STREAM,
            received=received,
        )

    def _trade(self, topic: Topic, data: frames.TradeData, received: int) -> Event:
        return Trade(
            venue=self._parser.venue,
            symbol=topic.symbol,
            id=wire.optional_text(data.v),
            price=wire.positive(data.p),
            quantity=wire.positive(data.q),
            side=aggressor(wire.flag(data.m)),
            time=wire.time_ms(data.t),
        )

    def _kline(self, topic: Topic, data: frames.KlineData, received: int) -> Candle:
        return self._parser.candle_of(
            topic.symbol,
            topic.interval or "",
            time=data.t,
            opened=data.o,
            high=data.h,
            low=data.low,
            close=data.c,
            base_volume=data.v,
            quote_volume=data.qv,
        )

    def _realtimes(self, topic: Topic, data: frames.RealtimesData, received: int) -> Event:
        return Ticker(
            venue=self._parser.venue,
            symbol=topic.symbol,
            last=wire.known(data.c),
            open=wire.known(data.o),
            high=wire.known(data.h),
            low=wire.known(data.low),
            base_volume=wire.optional_number(data.v),
            quote_volume=wire.optional_number(data.qv),
            change=wire.optional_number(data.m),
            time=wire.optional_time(data.t),
        )

    def _bbo(self, topic: Topic, data: frames.BboData, received: int) -> Event:
        return Ticker(
            venue=self._parser.venue,
            symbol=topic.symbol,
            bid=wire.known(data.b),
            bid_quantity=wire.known(data.bz),
            ask=wire.known(data.a),
            ask_quantity=wire.known(data.az),
            time=wire.optional_time(data.t),
        )


_Converter = Callable[[PublicStream, Topic, Any, int], Event | None]
_CONVERTERS: Mapping[type, tuple[str, _Converter]] = MappingProxyType(
    {
        frames.V2Kline: ("kline", PublicStream._kline),
        frames.V2Realtimes: ("realtimes", PublicStream._realtimes),
        frames.V2Trade: ("trade", PublicStream._trade),
        frames.V2Depth: ("depth", PublicStream._depth),
        frames.V2Bbo: ("bbo", PublicStream._bbo),
        frames.V1Kline: ("kline", PublicStream._kline),
        frames.V1Realtimes: ("realtimes", PublicStream._realtimes),
        frames.V1Trade: ("trade", PublicStream._trade),
        frames.V1Depth: ("depth", PublicStream._depth),
    }
)


class _Dialect(NamedTuple):
    decode: Callable[[bytes], Any]
    subscribe: Callable[[Topic, str, bool], str]
    symbol: Callable[[Any], Any]
    kinds: frozenset[str]
    has_cancel_all: bool


def _subscribe_v2(topic: Topic, event: str, _compressed: bool) -> str:
    params = {"symbol": topic.symbol}
    if topic.interval is not None:
        params["klineType"] = topic.interval
    return json.dumps({"topic": topic.kind, "event": event, "params": params})


def _subscribe_v1(topic: Topic, event: str, compressed: bool) -> str:
    name = topic.kind if topic.interval is None else f"{topic.kind}_{topic.interval}"
    return json.dumps({"symbol": topic.symbol, "topic": name, "event": event, "params": {"binary": compressed}})


_DIALECTS: Mapping[str, _Dialect] = MappingProxyType(
    {
        "v2": _Dialect(
            _V2.decode,
            _subscribe_v2,
            lambda push: None if push.params is None else push.params.symbol,
            frozenset({"kline", "realtimes", "trade", "depth", "bbo"}),
            has_cancel_all=False,
        ),
        "v1": _Dialect(
            _V1.decode,
            _subscribe_v1,
            lambda push: push.symbol,
            frozenset({"kline", "realtimes", "trade", "depth"}),
            has_cancel_all=True,
        ),
    }
)


def offers(version: str, kind: str) -> bool:
    """Tell whether a version of the public stream has a topic."""
    return kind in _DIALECTS[version].kinds
