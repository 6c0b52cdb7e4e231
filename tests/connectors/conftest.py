"""A tiny venue on loopback that says exactly what a test tells it to, and the documents' own payloads."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import WSMsgType, web

from terminal.domain import Endpoints

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads"


class Until(Protocol):
    async def __call__(self, condition: Callable[[], object], within: float = 5.0) -> None: ...


@pytest.fixture
def until() -> Until:
    """Wait until a condition holds; fail after `within` seconds."""

    async def wait(condition: Callable[[], object], within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """Return a payload file of the HashKey document, as sent."""
    return lambda name: (PAYLOADS / "hashkey" / f"{name}.json").read_bytes()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]


Reply = web.StreamResponse | bytes | str
Handler = Callable[[Request], Awaitable[Reply] | Reply]


@dataclass
class Socket:
    """One WebSocket connection as the venue sees it."""

    path: str
    connection: web.WebSocketResponse
    received: list[Any] = field(default_factory=list)

    async def push(self, message: bytes | str | object) -> None:
        if isinstance(message, bytes):
            message = message.decode()
        await self.connection.send_str(message if isinstance(message, str) else json.dumps(message))

    async def push_zipped(self, message: str | object) -> None:
        """Send a frame as the ChainUp engine does: binary, gzip."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self.connection.send_bytes(gzip.compress(text.encode()))

    def cut(self) -> None:
        """Break the connection as a failing network does."""
        transport = self.connection._req.transport if self.connection._req is not None else None
        assert transport is not None
        transport.abort()

    def frames(self, **fields: object) -> list[Any]:
        """The received frames that carry these fields."""
        return [
            frame
            for frame in self.received
            if isinstance(frame, dict) and all(frame.get(name) == value for name, value in fields.items())
        ]


class LoopbackVenue:
    """Answers REST calls by `routes` ("GET /path" -> body, or a handler) and keeps every request and socket."""

    def __init__(self) -> None:
        self.routes: dict[str, Handler | Reply] = {}
        self.requests: list[Request] = []
        self.sockets: list[Socket] = []
        self.answers_pings = True
        self.refused_paths: dict[str, int] = {}
        self.on_open: Callable[[Socket], Awaitable[None]] | None = None
        self.port = 0

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(rest=self.http, stream=self.ws, private_stream=self.ws)

    def asked(self, target: str) -> list[Request]:
        method, path = target.split(" ")
        return [request for request in self.requests if request.method == method and request.path == path]

    def open_sockets(self, path: str | None = None) -> list[Socket]:
        return [
            socket for socket in self.sockets if not socket.connection.closed and (path is None or socket.path == path)
        ]

    async def serve(self, incoming: web.Request) -> web.StreamResponse:
        if incoming.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(incoming)
        request = Request(
            incoming.method,
            incoming.path,
            incoming.query_string,
            (await incoming.read()).decode(),
            dict(incoming.headers),
        )
        raw_query = incoming.raw_path.partition("?")[2]
        request = Request(request.method, request.path, raw_query, request.body, request.headers)
        self.requests.append(request)
        route = self.routes.get(f"{request.method} {request.path}")
        if route is None:
            return web.json_response({"code": "-1004", "msg": "no such route"}, status=400)
        reply = route(request) if callable(route) else route
        if isinstance(reply, Awaitable) and not isinstance(reply, web.StreamResponse):
            reply = await reply
        if isinstance(reply, bytes | str):
            body = reply.encode() if isinstance(reply, str) else reply
            return web.Response(body=body, content_type="application/json")
        assert isinstance(reply, web.StreamResponse)
        return reply

    async def _socket(self, incoming: web.Request) -> web.StreamResponse:
        refused = self.refused_paths.get(incoming.path)
        if refused is not None:
            return web.Response(status=refused)
        connection = web.WebSocketResponse(autoping=True)
        await connection.prepare(incoming)
        socket = Socket(incoming.path, connection)
        self.sockets.append(socket)
        if self.on_open is not None:
            await self.on_open(socket)
        async for message in connection:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            socket.received.append(frame)
            if "ping" in frame and self.answers_pings:
                await socket.push({"pong": frame["ping"] + 1})
        return connection


@pytest.fixture
async def venue() -> AsyncIterator[LoopbackVenue]:
    served = LoopbackVenue()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    addresses = runner.addresses
    served.port = addresses[0][1]
    yield served
    for socket in served.open_sockets():
        await socket.connection.close()
    await runner.cleanup()
