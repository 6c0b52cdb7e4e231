"""HashKey's public streams: the sockets, what each has subscribed to, and the pushes at their documented pace.

Version 1 (`/quote/ws/v1`) pushes lists with a first history frame every 300 or 500 ms; version 2 (`/quote/ws/v2`)
acknowledges and pushes one object: books every 100 ms while they change, all else at once.
Source: HashKey MENA document, "Public Market Data Stream"; PROTOCOLS 2.6, 2.7.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

import msgspec
from aiohttp import WSMsgType, web

from terminal.domain import INTERVALS, Trade
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.delivery import Delivery
from terminal.simulator.faults import FaultBoard
from terminal.simulator.hashkey_books import BookView
from terminal.simulator.hashkey_payloads import trade_push
from terminal.simulator.hashkey_quotes import Quotes
from terminal.simulator.sockets import ClientSocket
from terminal.simulator.world import VenueClock

IDLE_MS = 60_000
_SHORTEST_MS = 10
HISTORY_TRADES = 60

_PLAIN_TOPICS_V1 = ("realtimes", "trade", "depth")
_TOPICS_V2 = ("kline", "realtimes", "trade", "depth", "bbo")


class Topic(NamedTuple):
    """One subscription: `interval` is "" but for klines; `is_binary` asks for compressed frames (version 1)."""

    version: int
    name: str
    symbol: str
    interval: str = ""
    is_binary: bool = False


class Pacing(NamedTuple):
    """Ms between two pushes of one topic (document, "Update frequency")."""

    v1: int = 300
    v1_realtimes: int = 500
    v2_depth: int = 100

    def at(self, pace: float) -> Pacing:
        """Return the pacing of a market that lives `pace` times as fast."""
        return Pacing(*(max(_SHORTEST_MS, int(ms / pace)) for ms in self))


PACING = Pacing()


class PublicStreams:
    """All public sockets of the venue and their subscriptions."""

    def __init__(
        self,
        clock: VenueClock,
        quotes: Quotes,
        books: BookView,
        symbols: Container[str],
        *,
        faults: FaultBoard,
        keys: PayloadKeys,
        pacing: Pacing,
        site: str | None,
    ) -> None:
        self._clock = clock
        self._quotes = quotes
        self._books = books
        self._symbols = symbols
        self._faults = faults
        self._delivery = Delivery("public", faults, keys)
        self._pacing = pacing
        self._site = {} if site is None else {"site": site}
        self._sockets: set[ClientSocket] = set()
        self._topics: dict[Topic, set[ClientSocket]] = {}
        self._next_push: dict[str, float] = {}
        self._told: dict[Topic, object] = {}
        self._prints: dict[str, list[Trade]] = {}
        self._traded: set[str] = set()

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends; the path tells the version."""
        version = 2 if request.path.endswith("v2") else 1
        response = web.WebSocketResponse(compress=False, max_msg_size=1 << 16)
        await response.prepare(request)
        socket = ClientSocket(response, request, now=self._clock.now())
        self._sockets.add(socket)
        pump = asyncio.create_task(socket.pump())
        try:
            async for message in response:
                socket.last_heard = self._clock.now()
                if message.type is WSMsgType.TEXT:
                    self._hear(socket, version, message.data)
        finally:
            self._sockets.discard(socket)
            self._leave(socket)
            socket.abort()
            await pump
        return response

    def close(self) -> None:
        for socket in self._sockets:
            socket.abort()

    # what clients say

    def _hear(self, socket: ClientSocket, version: int, text: str) -> None:
        try:
            frame = msgspec.json.decode(text)
        except msgspec.DecodeError:
            self._say(socket, {"code": "-10001", "desc": "Invalid JSON!"})
            return
        if not isinstance(frame, dict):
            self._say(socket, {"code": "-10001", "desc": "Invalid JSON!"})
        elif "ping" in frame:
            self._say(socket, {"pong": self._clock.server_time()})
        elif "pong" in frame:
            return
        elif version == 1:
            self._hear_v1(socket, frame)
        else:
            self._hear_v2(socket, frame)

    def _hear_v1(self, socket: ClientSocket, frame: Mapping[str, object]) -> None:
        event, name = frame.get("event"), str(frame.get("topic"))
        if event == "cancel_all":
            self._leave(socket)
            return
        base, _, interval = name.partition("_")
        is_kline = base == "kline" and interval in INTERVALS
        if event not in ("sub", "cancel") or not (is_kline or name in _PLAIN_TOPICS_V1):
            self._say(socket, {"code": "-10004", "desc": "Invalid topic!", "topic": name})
            return
        symbols = [symbol for symbol in str(frame.get("symbol")).split(",") if symbol]
        if not symbols or not all(symbol in self._symbols for symbol in symbols):
            self._say(socket, {"code": "-100010", "desc": "Invalid Symbols!", "topic": name})
            return
        params = frame.get("params")
        is_binary = isinstance(params, dict) and params.get("binary") in (True, "true")
        for symbol in symbols:
            topic = Topic(1, base, symbol, interval if is_kline else "", is_binary)
            if event == "cancel":
                self._drop(socket, topic)
            else:
                self._join(socket, topic)
                self._first_frame(socket, topic)

    def _hear_v2(self, socket: ClientSocket, frame: Mapping[str, object]) -> None:
        event, name, params = frame.get("event"), frame.get("topic"), frame.get("params")
        answer = {"topic": name, "event": event, "params": params}
        symbol = params.get("symbol") if isinstance(params, dict) else None
        interval = params.get("klineType") if isinstance(params, dict) and name == "kline" else ""
        if (
            event not in ("sub", "cancel")
            or name not in _TOPICS_V2
            or not isinstance(symbol, str)
            or symbol not in self._symbols
            or (name == "kline" and interval not in INTERVALS)
        ):
            self._say(socket, {**answer, "code": "-100011", "msg": "Parameter error!"})
            return
        topic = Topic(2, str(name), str(symbol), str(interval))
        if event == "cancel":
            self._drop(socket, topic)
        else:
            self._join(socket, topic)
        self._say(socket, {**answer, "code": "0", "msg": "Success", **self._site})

    def _say(self, socket: ClientSocket, frame: Mapping[str, object]) -> None:
        if not self._faults.is_silent("public"):
            socket.send(msgspec.json.encode(frame))

    # subscriptions

    def _join(self, socket: ClientSocket, topic: Topic) -> None:
        if topic not in self._topics:
            self._topics[topic] = set()
            # version 2 sends nothing before the first change
            self._told[topic] = self._state_of(topic)
        self._topics[topic].add(socket)

    def _drop(self, socket: ClientSocket, topic: Topic) -> None:
        sockets = self._topics.get(topic)
        if sockets is None:
            return
        sockets.discard(socket)
        if not sockets:
            del self._topics[topic]
            del self._told[topic]

    def _leave(self, socket: ClientSocket) -> None:
        for topic in [topic for topic, sockets in self._topics.items() if socket in sockets]:
            self._drop(socket, topic)

    # pushes

    def on_trade(self, trade: Trade) -> None:
        """Push a print to version 2 at once, keep it for version 1's next frame."""
        self._traded.add(trade.symbol)
        sockets = self._topics.get(Topic(2, "trade", trade.symbol))
        if sockets:
            payload = {"topic": "trade", "params": {"symbol": trade.symbol}, "data": trade_push(trade)}
            self._delivery.send(sockets, "trade", payload, symbol=trade.symbol)
        if Topic(1, "trade", trade.symbol) in self._topics or Topic(1, "trade", trade.symbol, "", True) in self._topics:
            self._prints.setdefault(trade.symbol, []).append(trade)

    def step(self) -> None:
        """Push what is due and cut sockets that have been idle for a minute. Called with every step of the venue."""
        now = self._clock.now()
        for socket in list(self._sockets):
            if now - socket.last_heard > IDLE_MS:
                socket.abort()
        due_v1 = self._is_due("v1", self._pacing.v1)
        due_v1_realtimes = self._is_due("v1_realtimes", self._pacing.v1_realtimes)
        due_v2_depth = self._is_due("v2_depth", self._pacing.v2_depth)
        due_second = self._is_due("second", 1000)
        for topic in list(self._topics):
            if topic.version == 1:
                is_due = due_v1_realtimes if topic.name == "realtimes" else due_v1
            elif topic.name == "depth":
                is_due = due_v2_depth
            elif topic.name == "bbo":
                is_due = True
            else:
                # candles and tickers change with trades, and with the clock when a bar or a day's edge passes
                is_due = topic.name != "trade" and (due_second or topic.symbol in self._traded)
            if is_due:
                self._push_if_changed(topic)
        if due_v1:
            self._prints.clear()
        self._traded.clear()

    def _is_due(self, name: str, every_ms: int) -> bool:
        now = time.monotonic()
        due = self._next_push.get(name, now)
        if now < due:
            return False
        # the next one counts from when this one was due, so steps that come late do not slow the pace
        self._next_push[name] = max(due + every_ms / 1000, now)
        return True

    def _push_if_changed(self, topic: Topic) -> None:
        if topic.version == 1 and topic.name == "trade":
            prints = self._prints.get(topic.symbol)
            if prints:
                self._push_v1(topic, [trade_push(trade) for trade in prints], self._topics[topic], is_first=False)
            return
        state = self._state_of(topic)
        if state is None or state == self._told[topic]:
            return
        self._told[topic] = state
        if topic.version == 1:
            self._push_v1(topic, [self._data_of(topic)], self._topics[topic], is_first=False)
        else:
            self._push_v2(topic)

    def _first_frame(self, socket: ClientSocket, topic: Topic) -> None:
        if topic.name == "trade":
            data: list[object] = [trade_push(trade) for trade in self._quotes.recent(topic.symbol)[-HISTORY_TRADES:]]
        elif self._state_of(topic) is None:
            data = []
        else:
            data = [self._data_of(topic)]
        self._push_v1(topic, data, (socket,), is_first=True)

    def _push_v1(self, topic: Topic, data: list[object], sockets: Iterable[ClientSocket], *, is_first: bool) -> None:
        params = {"realtimeInterval": "24h"}
        if topic.interval:
            params["klineType"] = topic.interval
        params["binary"] = "true" if topic.is_binary else "false"
        payload = {
            "symbol": topic.symbol,
            "symbolName": topic.symbol,
            "topic": topic.name,
            "params": params,
            "data": data,
            "f": is_first,
            "sendTime": self._clock.server_time(),
            "shared": False,
        }
        self._delivery.send(
            sockets,
            topic.name,
            payload,
            symbol=topic.symbol,
            key=_key(topic) if not is_first else None,
            packing=_compressed if topic.is_binary else None,
        )

    def _push_v2(self, topic: Topic) -> None:
        params = {"symbol": topic.symbol}
        if topic.interval:
            params["klineType"] = topic.interval
        payload = {"topic": topic.name, "params": params, "data": self._data_of(topic)}
        self._delivery.send(self._topics[topic], topic.name, payload, symbol=topic.symbol, key=_key(topic))

    def _state_of(self, topic: Topic) -> object:
        """A value that changes when there is something new to push; None when there is nothing at all."""
        if topic.name == "depth":
            return self._books.version(topic.symbol)
        if topic.name == "bbo":
            return self._books.touch(topic.symbol)
        if topic.name == "kline":
            return self._quotes.candle_state(topic.symbol, topic.interval)
        if topic.name == "realtimes":
            return self._quotes.day_state(topic.symbol)
        return None

    def _data_of(self, topic: Topic) -> object:
        symbol = topic.symbol
        if topic.name == "depth":
            return self._books.depth_v1(symbol) if topic.version == 1 else self._books.depth_v2(symbol)
        if topic.name == "bbo":
            return self._books.bbo(symbol)
        if topic.name == "kline":
            return self._quotes.kline_push(symbol, topic.interval, is_full=topic.version == 1)
        return self._quotes.realtimes(symbol, is_full=topic.version == 1)


def _key(topic: Topic) -> str | None:
    """Frames that an unsent newer one makes needless; prints and candles are all sent."""
    return (
        f"{topic.version}/{topic.name}/{topic.symbol}/{topic.is_binary}"
        if topic.name in ("depth", "bbo", "realtimes")
        else None
    )


def _compressed(encoded: bytes) -> tuple[bytes, bool]:
    return gzip.compress(encoded, compresslevel=1, mtime=0), True
