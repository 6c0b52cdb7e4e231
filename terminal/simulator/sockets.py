"""The sending side of one client's WebSocket: a bounded queue that never lets a slow client hold the venue back.

A frame is encoded once and shared by every socket. A frame with a key (a book) replaces an unsent one of the same
key, so a slow client gets the newest book; when the queue of all other frames is full, the socket is closed.
"""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import WSMsgType, web

QUEUE_LIMIT = 20_000
"""Unsent frames a client may leave before it is closed; about two seconds of the busiest load test."""


class ClientSocket:
    """One accepted WebSocket. `last_heard` is the venue's ms of the client's last frame."""

    def __init__(
        self, socket: web.WebSocketResponse, request: web.Request, *, now: int, limit: int = QUEUE_LIMIT
    ) -> None:
        self._socket = socket
        self._transport = request.transport
        self._limit = limit
        self._queue: deque[tuple[str | None, bytes, WSMsgType]] = deque()
        self._newest: dict[str, tuple[bytes, WSMsgType]] = {}
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self.last_heard = now

    def send(self, frame: bytes, *, key: str | None = None, binary: bool = False) -> None:
        """Queue a frame; a closing socket takes none."""
        if self._closing is not None:
            return
        kind = WSMsgType.BINARY if binary else WSMsgType.TEXT
        if key is not None:
            if key in self._newest:
                self._newest[key] = (frame, kind)
                return
            self._newest[key] = (frame, kind)
            self._queue.append((key, b"", kind))
        else:
            self._queue.append((None, frame, kind))
        if len(self._queue) > self._limit:
            self.abort()
        self._wake.set()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye after what is queued has been sent."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()

    def abort(self) -> None:
        """Cut the connection: no close frame, nothing more sent."""
        self._queue.clear()
        self._newest.clear()
        if self._transport is not None:
            self._transport.abort()
        self._closing = (1006, "")
        self._wake.set()

    async def pump(self) -> None:
        """Send what is queued until the socket closes. Run as a task beside the receiving loop."""
        try:
            while not self._socket.closed:
                while self._queue:
                    key, frame, kind = self._queue.popleft()
                    if key is not None:
                        frame, kind = self._newest.pop(key)
                    await self._socket.send_frame(frame, kind)
                if self._closing is not None:
                    code, reason = self._closing
                    if code != 1006:
                        await self._socket.close(code=code, message=reason.encode())
                    return
                self._wake.clear()
                await self._wake.wait()
        except ConnectionError:
            # the client went away between two frames: the receiving loop ends by itself
            return
