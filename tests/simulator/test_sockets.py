"""The sending queue of one client: order kept, newest book wins, a client that never reads is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from terminal.simulator.sockets import ClientSocket

LIMIT = 50


class Server:
    """Accepts one WebSocket and lets the test send through it."""

    def __init__(self) -> None:
        self.socket: ClientSocket | None = None
        self.ready = asyncio.Event()
        self.go = asyncio.Event()
        self.port = 0

    async def accept(self, request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        self.socket = ClientSocket(response, request, now=0, limit=LIMIT)
        self.ready.set()
        await self.go.wait()
        pump = asyncio.create_task(self.socket.pump())
        async for _ in response:
            pass
        self.socket.abort()
        await pump
        return response

    async def sender(self) -> ClientSocket:
        async with asyncio.timeout(5):
            await self.ready.wait()
        assert self.socket is not None
        return self.socket


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/", server.accept)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()


async def received(client: aiohttp.ClientWebSocketResponse) -> list[str]:
    """Return the text frames until the connection ends."""
    async with asyncio.timeout(5):
        return [message.data async for message in client]


async def test_frames_arrive_in_order_and_a_newer_book_takes_the_older_ones_place(server: Server) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{server.port}/") as client:
        sender = await server.sender()
        sender.send(b"trade 1")
        sender.send(b"book 1", key="book")
        sender.send(b"trade 2")
        sender.send(b"book 2", key="book")
        sender.close()
        server.go.set()
        assert await received(client) == ["trade 1", "book 2", "trade 2"]


async def test_more_than_the_limit_unsent_closes_the_connection(server: Server) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{server.port}/") as client:
        sender = await server.sender()
        for number in range(LIMIT + 1):
            sender.send(b"trade %d" % number)
        server.go.set()
        assert await received(client) == []


async def test_books_alone_never_fill_the_queue(server: Server) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{server.port}/") as client:
        sender = await server.sender()
        for number in range(LIMIT * 4):
            sender.send(b"book %d" % number, key="book")
        sender.close()
        server.go.set()
        assert await received(client) == [f"book {LIMIT * 4 - 1}"]


async def test_nothing_is_sent_after_closing(server: Server) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{server.port}/") as client:
        sender = await server.sender()
        sender.send(b"last")
        sender.close(1000, "goodbye")
        sender.send(b"too late")
        server.go.set()
        assert await received(client) == ["last"]
        assert client.close_code == 1000
