"""A venue that only talks: HashKey's public v2 stream at a fixed message rate, for load measurements.

    python -m tests.performance.feeder --rate 10000 --instruments 40

prints the JSON line that `python -m terminal --simulator FILE` takes. Every `bbo` push carries, as its bid size, the
sender's monotonic clock in seconds with microseconds, so that a receiver on this machine can tell how old it is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import time
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
LEVELS = 200
DEPTH_EVERY = 0.1
BURST = 0.002


class Feeder:
    """Serves just enough REST for a client to start, and pushes quotes, prints and books."""

    def __init__(self, rate: int, instruments: int) -> None:
        self.rate = rate
        self.symbols = [f"S{index:02d}USDT" for index in range(instruments)]
        self.random = random.Random(7)
        self.sockets: list[tuple[web.WebSocketResponse, set[tuple[str, str]]]] = []
        self.sent = 0
        self.trade_id = 1

    # REST

    async def rest(self, request: web.Request) -> web.Response:
        path = request.path
        now = int(time.time() * 1000)
        answers: dict[str, Any] = {
            "/api/v1/time": {"serverTime": now},
            "/api/v1/ping": {},
            "/api/v1/exchangeInfo": {"serverTime": str(now), "symbols": [self.symbol(name) for name in self.symbols]},
            "/quote/v1/ticker/24hr": [self.ticker(name, now) for name in self.symbols],
            "/quote/v1/depth": self.book(now),
            "/quote/v1/trades": [],
            "/quote/v1/klines": self.klines(now)[-int(request.query.get("limit", "1000")) :],
            "/api/v1/userDataStream": {"listenKey": "measure"},
            "/api/v1/account": {"balances": [], "userId": "1"},
            "/api/v1/account/vipInfo": {"code": 0, "data": []},
            "/api/v1/account/trades": [],
            "/api/v1/spot/openOrders": [],
            "/api/v1/spot/tradeOrders": [],
        }
        if path not in answers:
            return web.json_response({"code": "-1020", "msg": "Unsupported operation"}, status=400)
        return web.json_response(answers[path])

    def symbol(self, name: str) -> Json:
        return {
            "symbol": name, "symbolName": name, "status": "TRADING", "baseAsset": name[:-4], "quoteAsset": "USDT",
            "filters": [
                {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
                {"filterType": "LOT_SIZE", "minQty": "0.0001", "maxQty": "1000", "stepSize": "0.0001"},
                {"filterType": "MIN_NOTIONAL", "minNotional": "1"},
            ],
        }  # fmt: skip

    def ticker(self, name: str, now: int) -> Json:
        return {
            "t": now, "s": name, "c": "100.00", "h": "101.00", "l": "99.00", "o": "99.50", "b": "99.99", "a": "100.01",
            "v": "1000", "qv": "100000", "it": "SPOT",
        }  # fmt: skip

    def book(self, now: int) -> Json:
        mid = 10_000
        size = self.random.randint
        return {
            "t": now,
            "b": [[f"{(mid - 1 - i) / 100:.2f}", f"{size(1, 99999) / 10000:.4f}"] for i in range(LEVELS)],
            "a": [[f"{(mid + 1 + i) / 100:.2f}", f"{size(1, 99999) / 10000:.4f}"] for i in range(LEVELS)],
        }

    def klines(self, now: int) -> list[list[object]]:
        first = now // 60_000 * 60_000 - 999 * 60_000
        return [
            [first + i * 60_000, "100", "100.5", "99.5", "100.1", "10", 0, "1000", 5, "5", "500"] for i in range(1000)
        ]

    # streams

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        topics: set[tuple[str, str]] = set()
        self.sockets.append((socket, topics))
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if "ping" in frame:
                await socket.send_json({"pong": int(time.time() * 1000)})
            elif frame.get("event") == "sub":
                topics.add((frame["topic"], frame["params"]["symbol"]))
                await socket.send_json({**frame, "code": "0", "msg": "Success"})
            elif frame.get("event") == "cancel":
                topics.discard((frame["topic"], frame["params"]["symbol"]))
        self.sockets = [entry for entry in self.sockets if entry[0] is not socket]
        return socket

    async def push_forever(self) -> None:
        start = time.monotonic()
        due = 0.0
        next_depth = 0.0
        while True:
            await asyncio.sleep(BURST)
            elapsed = time.monotonic() - start
            count = int(elapsed * self.rate - due)
            due += count
            for socket, topics in list(self.sockets):
                if socket.closed or not topics:
                    continue
                ordered = sorted(topic for topic in topics if topic[0] in ("bbo", "realtimes", "trade"))
                for index in range(count if ordered else 0):
                    topic, name = ordered[(self.sent + index) % len(ordered)]
                    await self.push(socket, topic, name)
                self.sent += count
                if elapsed >= next_depth:
                    for topic, name in topics:
                        if topic == "depth":
                            await self.push(socket, topic, name)
            if elapsed >= next_depth:
                next_depth = elapsed + DEPTH_EVERY

    async def push(self, socket: web.WebSocketResponse, topic: str, name: str) -> None:
        now = int(time.time() * 1000)
        cents = self.random.randint(-20, 20)
        data: Json
        if topic == "bbo":
            data = {
                "s": name, "b": f"{99.99 + cents / 100:.2f}", "bz": f"{time.monotonic():.6f}",
                "a": f"{100.01 + cents / 100:.2f}", "az": "1.5000", "t": now,
            }  # fmt: skip
        elif topic == "trade":
            self.trade_id += 1
            data = {"v": str(self.trade_id), "t": now, "p": f"{100 + cents / 100:.2f}", "q": "0.0100", "m": cents > 0}
        elif topic == "realtimes":
            data = {
                "t": now, "s": name, "o": "99.50", "h": "101.00", "l": "99.00", "c": f"{100 + cents / 100:.2f}",
                "v": "1000", "qv": "100000", "m": "0.005",
            }  # fmt: skip
        else:
            book = self.book(now)
            data = {"s": name, "t": now, "v": "1_1", "b": book["b"], "a": book["a"]}
        with contextlib.suppress(ConnectionError):  # the client went away in the middle
            await socket.send_str(json.dumps({"topic": topic, "params": {"symbol": name}, "data": data}))

    async def private(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket


async def serve(rate: int, instruments: int) -> None:
    feeder = Feeder(rate, instruments)
    app = web.Application()
    app.router.add_get("/quote/ws/v2", feeder.stream)
    app.router.add_get("/api/v1/ws/{key}", feeder.private)
    app.router.add_route("*", "/{path:.*}", feeder.rest)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    if not isinstance(server, asyncio.Server):
        raise TypeError("the server has no sockets")
    port = server.sockets[0].getsockname()[1]
    line = {
        "hashkey-mena": {
            "rest": f"http://127.0.0.1:{port}", "stream": f"ws://127.0.0.1:{port}",
            "private_stream": f"ws://127.0.0.1:{port}", "key": "key", "secret": "secret", "admin": "",
        }
    }  # fmt: skip
    print(json.dumps(line), flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    pushing = asyncio.create_task(feeder.push_forever())
    await stop.wait()
    pushing.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=10_000, help="messages a second to each client")
    parser.add_argument("--instruments", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(serve(given.rate, given.instruments))
