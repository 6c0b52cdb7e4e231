"""The simulated Crypto.com's stream: gzip frames of tickers, candles, prints and books, full and by change.

A book subscription gets the whole book at once, then one frame for each level that changed, and the whole book again
every few seconds, or when more than a handful of levels changed. Grouped books, and all after the admin command
`{"depth": "full"}`, come whole each time. Source: Crypto.com v1 document, "WebSocket API"; PROTOCOLS 4.5.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from aiohttp import WSMsgType, web

from terminal.domain import Trade
from terminal.simulator.candles import CandleStore, SimCandle
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.cryptocom_books import MAX_LEVELS, BookView, Sides, changes
from terminal.simulator.cryptocom_market import change_of
from terminal.simulator.cryptocom_payloads import number, rows_of, stream_trade
from terminal.simulator.delivery import Delivery
from terminal.simulator.faults import FaultBoard
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.sockets import ClientSocket
from terminal.simulator.world import VenueClock

INTERVALS = {
    "1min": "1m",
    "5min": "5m",
    "15min": "15m",
    "30min": "30m",
    "60min": "1h",
    "1day": "1d",
    "1week": "1w",
    "1month": "1M",
}
PING_EVERY_MS = 15_000
IDLE_MS = 60_000
_MOST_BARS = 300
_MOST_TRADES = 200
_MOST_CHANGES = 20
_DEPTH_EVERY_MS = 200
_QUOTES_EVERY_MS = 500
_FULL_EVERY_MS = 3_000
_SHORTEST_MS = 10


class Channel(NamedTuple):
    """`kind` is ticker, kline, trade_ticker or depth; `detail` an interval's name or a step."""

    kind: str
    symbol: str
    detail: str = ""

    @property
    def name(self) -> str:
        if self.kind == "depth":
            return f"market_{self.symbol}_depth_step{self.detail}"
        tail = f"_{self.detail}" if self.detail else ""
        return f"market_{self.symbol}_{self.kind}{tail}"


class Streams:
    """All sockets of the venue and their subscriptions."""

    def __init__(
        self,
        clock: VenueClock,
        engine: MatchingEngine,
        candles: CandleStore,
        books: BookView,
        *,
        faults: FaultBoard,
        keys: PayloadKeys,
        pace: float,
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._candles = candles
        self._books = books
        self._faults = faults
        self._delivery = Delivery("public", faults, keys)
        self._depth_every = max(_SHORTEST_MS, int(_DEPTH_EVERY_MS / pace))
        self._quotes_every = max(_SHORTEST_MS, int(_QUOTES_EVERY_MS / pace))
        self._sockets: dict[ClientSocket, int] = {}  # and when it is pinged next
        self._channels: dict[Channel, set[ClientSocket]] = {}
        self._told: dict[Channel, Sides] = {}
        self._told_state: dict[Channel, object] = {}
        self._full_at: dict[Channel, int] = {}
        self._due: dict[str, float] = {}
        self.is_full_only = False

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        response = web.WebSocketResponse(compress=False, max_msg_size=1 << 16)
        await response.prepare(request)
        now = self._clock.now()
        socket = ClientSocket(response, request, now=now)
        self._sockets[socket] = now + PING_EVERY_MS
        pump = asyncio.create_task(socket.pump())
        try:
            async for message in response:
                socket.last_heard = self._clock.now()
                if message.type is WSMsgType.TEXT:
                    self._hear(socket, message.data)
        finally:
            self._sockets.pop(socket, None)
            for channel in [channel for channel, sockets in self._channels.items() if socket in sockets]:
                self._leave(socket, channel)
            socket.abort()
            await pump
        return response

    def close(self) -> None:
        for socket in self._sockets:
            socket.abort()

    # what clients say

    def _hear(self, socket: ClientSocket, text: str) -> None:
        try:
            frame = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        if not isinstance(frame, dict) or "pong" in frame:
            return
        if "ping" in frame:  # it is the venue that pings: one build cuts whoever does
            socket.close(1000, "unexpected ping")
            return
        params = frame.get("params")
        if not isinstance(params, dict):
            return
        event, name = frame.get("event"), str(params.get("channel"))
        if event == "req" and name == "review":
            self._answer(socket, "review", {"event_rep": "rep", "channel": name, "data": self._review()})
            return
        channel = self._channel(name)
        if channel is None:
            return  # a pair or channel that does not exist is answered by nothing
        if event == "sub":
            self._subscribe(socket, channel, params)
        elif event == "unsub":
            self._leave(socket, channel)
        elif event == "req":
            self._request(socket, channel, params)

    def _channel(self, name: str) -> Channel | None:
        for symbol in self._engine.instruments:
            prefix = f"market_{symbol}_"
            if not name.startswith(prefix):
                continue
            rest = name.removeprefix(prefix)
            if rest in ("ticker", "trade_ticker"):
                return Channel(rest, symbol)
            kind, _, detail = rest.partition("_")
            if kind == "kline" and detail in INTERVALS:
                return Channel(kind, symbol, detail)
            if kind == "depth" and detail in ("step0", "step1", "step2"):
                return Channel(kind, symbol, detail[-1])
        return None

    def _subscribe(self, socket: ClientSocket, channel: Channel, params: Mapping[str, object]) -> None:
        ack: dict[str, object] = {"event_rep": "subed", "channel": channel.name}
        if "cb_id" in params:
            ack["cb_id"] = params["cb_id"]
        if channel.kind == "depth":
            ack |= {side: params[side] for side in ("asks", "bids") if side in params}
        ack |= {"ts": self._clock.server_time(), "status": "ok"}
        if channel.kind == "ticker":
            ack["lower_frame"] = "0"
        self._answer(socket, channel.kind, ack, symbol=channel.symbol)
        if channel.kind == "depth":
            if channel in self._channels:
                self._push_book(channel)  # who is there already first learns what changed
            self._channels.setdefault(channel, set()).add(socket)
            self._told[channel] = self._books.sides(channel.symbol, int(channel.detail))
            self._send_full(channel, (socket,))
            return
        self._channels.setdefault(channel, set()).add(socket)
        self._told_state.setdefault(channel, self._state_of(channel))

    def _leave(self, socket: ClientSocket, channel: Channel) -> None:
        sockets = self._channels.get(channel)
        if sockets is None:
            return
        sockets.discard(socket)
        if not sockets:
            del self._channels[channel]
            self._told.pop(channel, None)
            self._told_state.pop(channel, None)
            self._full_at.pop(channel, None)

    def _request(self, socket: ClientSocket, channel: Channel, params: Mapping[str, object]) -> None:
        answer: dict[str, object] = {"event_rep": "rep", "channel": channel.name}
        if "cb_id" in params:
            answer["cb_id"] = params["cb_id"]
        if channel.kind == "trade_ticker":
            top = params.get("top", _MOST_TRADES)
            count = min(top, _MOST_TRADES) if isinstance(top, int) and top > 0 else _MOST_TRADES
            recent = list(self._engine.recent_trades(channel.symbol))[-count:]
            rows = [stream_trade(trade) for trade in reversed(recent)]
            answer |= {"ts": self._clock.server_time(), "status": "ok", "top": count, "data": rows}
        elif channel.kind == "kline":
            if params.get("endIdx") == "":
                socket.abort()  # the document allows it, the platform closes the socket
                return
            if "since" in params:
                answer["since"] = params["since"]
            answer |= {"ts": self._clock.server_time(), "data": self._bars(channel, params)}
        else:
            return
        self._answer(socket, channel.kind, answer, symbol=channel.symbol)

    def _bars(self, channel: Channel, params: Mapping[str, object]) -> list[dict[str, object]]:
        start, end = _seconds(params.get("since")), _seconds(params.get("endIdx"))
        size = params.get("pageSize", _MOST_BARS)
        limit = min(size, _MOST_BARS) if isinstance(size, int) and size > 0 else _MOST_BARS
        bars = self._candles.history(
            channel.symbol,
            INTERVALS[channel.detail],
            limit=limit,
            start=start,
            end=end,
        )
        return [_bar(bar) for bar in bars]

    def _review(self) -> dict[str, object]:
        days = {symbol: self._candles.ticker24h(symbol) for symbol in self._engine.instruments}
        return {
            symbol: {
                "amount": format(day.quote_volume, "f"),
                "close": format(day.last, "f"),
                "high": format(day.high, "f"),
                "low": format(day.low, "f"),
                "open": format(day.open, "f"),
                "rose": format(change_of(day), "f"),
                "vol": format(day.base_volume, "f"),
            }
            for symbol, day in days.items()
            if day is not None
        }

    def _answer(self, socket: ClientSocket, kind: str, frame: object, *, symbol: str | None = None) -> None:
        self._delivery.send((socket,), kind, frame, symbol=symbol, packing=_zipped)

    # pushes

    def on_trade(self, trade: Trade) -> None:
        """Push a print at once."""
        channel = Channel("trade_ticker", trade.symbol)
        sockets = self._channels.get(channel)
        if sockets:
            row = stream_trade(trade)
            self._send(channel, sockets, {"id": row["id"], "ts": trade.time, "data": [row]})

    def step(self) -> None:
        """Push what is due, ping, and cut who has been silent for a minute. Called with every step of the venue."""
        now = self._clock.now()
        for socket, ping_at in list(self._sockets.items()):
            if now - socket.last_heard > IDLE_MS:
                socket.abort()
            elif now >= ping_at:
                self._sockets[socket] = now + PING_EVERY_MS
                if not self._faults.is_silent("public"):
                    socket.send(gzip.compress(msgspec.json.encode({"ping": now}), 1), binary=True)
        depth_is_due = self._is_due("depth", self._depth_every)
        quotes_are_due = self._is_due("quotes", self._quotes_every)
        for channel in list(self._channels):
            if channel.kind == "depth":
                if depth_is_due:
                    self._push_book(channel)
            elif channel.kind != "trade_ticker" and quotes_are_due:
                self._push_if_changed(channel)

    def _is_due(self, name: str, every_ms: int) -> bool:
        now = time.monotonic()
        due = self._due.get(name, now)
        if now < due:
            return False
        self._due[name] = max(due + every_ms / 1000, now)
        return True

    def _push_book(self, channel: Channel) -> None:
        now = self._clock.now()
        sides = self._books.sides(channel.symbol, int(channel.detail))
        told = self._told[channel]
        is_regular = now >= self._full_at.get(channel, 0)
        if sides is told and not is_regular:
            return
        bids, asks = changes(told[0], sides[0]), changes(told[1], sides[1])
        if not bids and not asks and not is_regular:
            return
        self._told[channel] = sides
        by_change = channel.detail == "0" and not self.is_full_only
        if is_regular or not by_change or len(bids) + len(asks) > _MOST_CHANGES:
            self._send_full(channel, self._channels[channel])
            return
        # what goes comes first: a book is never crossed by the order of its changes
        rows = [("buys", *level) for level in bids] + [("asks", *level) for level in asks]
        for side, price, quantity in sorted(rows, key=lambda row: row[2] != 0):
            tick = {"side": side, "price": number(price), "volume": number(quantity)}
            self._send(channel, self._channels[channel], tick)

    def _send_full(self, channel: Channel, sockets: Iterable[ClientSocket]) -> None:
        self._full_at[channel] = self._clock.now() + _FULL_EVERY_MS
        bids, asks = self._told[channel]
        # asks stand highest first, as in the document's sample
        tick = {"asks": rows_of(asks[:MAX_LEVELS][::-1]), "buys": rows_of(bids[:MAX_LEVELS])}
        self._send(channel, sockets, tick)

    def _push_if_changed(self, channel: Channel) -> None:
        state = self._state_of(channel)
        if state is None or state == self._told_state.get(channel):
            return
        self._told_state[channel] = state
        if channel.kind == "kline":
            bar = self._candles.current(channel.symbol, INTERVALS[channel.detail])
            if bar is not None:
                self._send(channel, self._channels[channel], _bar(bar))
            return
        day = self._candles.ticker24h(channel.symbol)
        if day is None:
            return
        now = self._clock.server_time()
        tick = {
            "id": now // 1000,
            "amount": number(day.quote_volume),
            "vol": number(day.base_volume),
            "open": number(day.open),
            "close": number(day.last),
            "high": number(day.high),
            "low": number(day.low),
            "rose": number(change_of(day)),
            "ts": now,
            "lower_frame": "0",
        }
        self._send(channel, self._channels[channel], tick)

    def _state_of(self, channel: Channel) -> object:
        """A value that changes when there is something new to push; None when there is nothing at all."""
        if channel.kind == "kline":
            bar = self._candles.current(channel.symbol, INTERVALS[channel.detail])
            return None if bar is None else (bar.t, bar.n, bar.v, bar.c)
        day = self._candles.ticker24h(channel.symbol)
        return None if day is None else (day.last, day.base_volume, day.open, day.high, day.low)

    def _send(self, channel: Channel, sockets: Iterable[ClientSocket], tick: Mapping[str, object]) -> None:
        payload = {"channel": channel.name, "ts": self._clock.server_time(), "tick": tick}
        self._delivery.send(sockets, channel.kind, payload, symbol=channel.symbol, packing=_zipped)


def _bar(bar: SimCandle) -> dict[str, object]:
    return {
        "id": bar.t // 1000,
        "amount": number(bar.qv),
        "vol": number(bar.v),
        "open": number(bar.o),
        "close": number(bar.c),
        "high": number(bar.h),
        "low": number(bar.l),
    }


def _seconds(value: object) -> int | None:
    """Return a time in seconds, as a number or its text, in ms."""
    text = str(value)
    return int(text) * 1000 if text.isascii() and text.isdigit() else None


def _zipped(encoded: bytes) -> tuple[bytes, bool]:
    return gzip.compress(encoded, compresslevel=1, mtime=0), True
