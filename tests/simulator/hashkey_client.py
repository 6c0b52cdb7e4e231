"""A plain client of the simulated HashKey: its own signing, no code shared with the simulator or the terminal."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

FORM = "application/x-www-form-urlencoded"
DEADLINE_S = 5.0
BATCH_PATH = "/api/v1.1/spot/batchOrders"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class HashKeyClient:
    """Speaks to one venue as the document describes it: GET in the query, everything else in the form body."""

    def __init__(
        self, session: aiohttp.ClientSession, address: Mapping[str, str], *, batch_path: str = BATCH_PATH
    ) -> None:
        self.session = session
        self.address = address
        self.batch_path = batch_path
        self.ahead = 0  # ms: how far the venue's clock was moved on

    def as_sub(self) -> HashKeyClient:
        """Return a client with the key of the sub account."""
        keys = {"key": self.address["sub_key"], "secret": self.address["sub_secret"]}
        return HashKeyClient(self.session, {**self.address, **keys}, batch_path=self.batch_path)

    def signature(self, text: str) -> str:
        return hmac.new(self.address["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()

    def signed(self, **params: object) -> str:
        text = urlencode({"timestamp": int(time.time() * 1000) + self.ahead, **params}, safe=",")
        return f"{text}&signature={self.signature(text)}"

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: str | None = None,
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly these bytes and return the decoded answer."""
        sent = dict({"X-HK-APIKEY": self.address["key"]} if headers is None else headers)
        if body is not None:
            sent["Content-Type"] = content_type
        url = f"{self.address['rest']}{path}" + (f"?{query}" if query else "")
        async with self.session.request(method, url, data=body, headers=sent) as answer:
            return Answer(answer.status, await answer.json(), dict(answer.headers))

    async def public(self, path: str, **params: object) -> Answer:
        return await self.send("GET", path, query=urlencode(params), headers={})

    async def call(self, method: str, path: str, **params: object) -> Answer:
        text = self.signed(**params)
        if method == "GET":
            return await self.send(method, path, query=text)
        return await self.send(method, path, body=text)

    async def place(self, **params: object) -> Answer:
        return await self.call("POST", "/api/v1.1/spot/order", **params)

    async def limit(self, side: str, quantity: str, price: str, symbol: str = "BTCUSDT", **more: object) -> Answer:
        return await self.place(symbol=symbol, side=side, type="LIMIT", quantity=quantity, price=price, **more)

    async def batch(self, orders: list[dict[str, object]]) -> Answer:
        query = self.signed()
        return await self.send(
            "POST",
            self.batch_path,
            query=query,
            body=json.dumps(orders),
            content_type="application/json",
        )

    async def ledger(self) -> Any:
        async with self.session.get(f"{self.address['admin']}/ledger") as answer:
            return await answer.json()

    async def admin(self, name: str, body: object, status: int = 200) -> Any:
        async with self.session.post(f"{self.address['admin']}/{name}", json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def advance(self, ms: int) -> None:
        """Move the venue's clock on; later requests carry its time."""
        await self.admin("market", {"advance": ms})
        self.ahead += ms

    async def liquidity(self, side: str, price: str, quantity: str, symbol: str = "BTCUSDT") -> None:
        level = {"symbol": symbol, "side": side, "price": price, "quantity": quantity}
        await self.admin("market", {"liquidity": level})

    async def hit(self, side: str, quantity: str, symbol: str = "BTCUSDT", limit: str | None = None) -> int:
        """Let an anonymous taker trade; returns how many fills the account got."""
        trade = {"symbol": symbol, "side": side, "quantity": quantity}
        if limit is not None:
            trade["limit"] = limit
        done = await self.admin("market", {"trade": trade})
        return int(done["trade"]["fills"])

    async def best(self, symbol: str = "BTCUSDT") -> dict[str, str]:
        row = (await self.public("/quote/v1/ticker/bookTicker", symbol=symbol)).body[0]
        return dict(row)

    async def listen_key(self) -> str:
        return str((await self.call("POST", "/api/v1/userDataStream")).body["listenKey"])

    async def private(self, listen_key: str | None = None) -> Stream:
        key = await self.listen_key() if listen_key is None else listen_key
        return Stream(await self.session.ws_connect(f"{self.address['private_stream']}/api/v1/ws/{key}"))

    async def stream(self, version: str) -> Stream:
        return Stream(await self.session.ws_connect(f"{self.address['stream']}/quote/ws/{version}"))


class Stream:
    """One WebSocket, read frame by frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, frame: object) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def raw(self, timeout_s: float = DEADLINE_S) -> aiohttp.WSMessage:
        return await asyncio.wait_for(self.socket.receive(), timeout_s)

    async def frame(self) -> Any:
        message = await self.raw()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    async def until(self, wanted: Callable[[Any], bool]) -> Any:
        """Return the first frame that is wanted; fails after the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame = await self.frame()
                if wanted(frame):
                    return frame

    async def event(self, name: str, **fields: object) -> Any:
        """Return the first event of a private stream with this name and these fields."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame = await self.frame()
                for event in frame if isinstance(frame, list) else []:
                    if event["e"] == name and all(event[key] == value for key, value in fields.items()):
                        return event

    async def ended(self) -> bool:
        """Tell whether the server ends the connection within the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                message = await self.socket.receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return True
