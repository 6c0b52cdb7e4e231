"""HashKey's private stream: account, order and ticket events over `/api/v1/ws/{listenKey}`.

Frames are JSON arrays of events. The server pings every 30 s; a client that says nothing for 60 minutes, or whose
listen key has ended, is closed. Source: HashKey MENA document, "PrivateStream Heartbeat" and "User Data Stream";
PROTOCOLS 2.8.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

import msgspec
from aiohttp import WSMsgType, web

from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.delivery import Delivery
from terminal.simulator.faults import FaultBoard
from terminal.simulator.hashkey_auth import ListenKeys
from terminal.simulator.hashkey_errors import HashKeyRefusal
from terminal.simulator.sockets import ClientSocket
from terminal.simulator.world import VenueClock

PING_MS = 30_000
QUIET_MS = 60 * 60_000


class _Session:
    __slots__ = ("account_id", "channel_id", "key", "next_ping", "socket")

    def __init__(self, key: str, account_id: str, socket: ClientSocket, now: int) -> None:
        self.key = key
        self.account_id = account_id
        self.socket = socket
        self.channel_id = f"{secrets.token_hex(8)}-00000001-{secrets.token_hex(4)}"
        self.next_ping = now + PING_MS


class PrivateStreams:
    """All private sockets of the venue."""

    def __init__(self, clock: VenueClock, listen_keys: ListenKeys, faults: FaultBoard, keys: PayloadKeys) -> None:
        self._clock = clock
        self._listen_keys = listen_keys
        self._faults = faults
        self._delivery = Delivery("private", faults, keys)
        self._sessions: list[_Session] = []

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends. A key that is not in force is refused with HTTP 401."""
        key = request.match_info["listen_key"]
        account_id = self._listen_keys.account_of(key)
        if account_id is None:
            return HashKeyRefusal("-1002", status=401).response()
        response = web.WebSocketResponse(compress=False, max_msg_size=1 << 16)
        await response.prepare(request)
        now = self._clock.now()
        session = _Session(key, account_id, ClientSocket(response, request, now=now), now)
        self._sessions.append(session)
        pump = asyncio.create_task(session.socket.pump())
        try:
            async for message in response:
                session.socket.last_heard = self._clock.now()
                if message.type is WSMsgType.TEXT:
                    self._hear(session, message.data)
        finally:
            self._sessions.remove(session)
            session.socket.abort()
            await pump
        return response

    def publish(self, account_id: str, events: Sequence[dict[str, object]]) -> None:
        """Send events of one account to all its sockets, each kind of one moment in one frame."""
        sockets = [session.socket for session in self._sessions if session.account_id == account_id]
        if not sockets:
            return
        for name in dict.fromkeys(str(event["e"]) for event in events):
            frame = [event for event in events if event["e"] == name]
            symbol = frame[0].get("s")
            self._delivery.send(sockets, name, frame, symbol=None if symbol is None else str(symbol))

    def end(self, listen_key: str) -> None:
        """Close the sockets of a deleted key."""
        for session in self._sessions:
            if session.key == listen_key:
                session.socket.close(1000, "listen key deleted")

    def step(self) -> None:
        """Ping, and close what has expired. Called with every step of the venue."""
        now = self._clock.now()
        for session in list(self._sessions):
            if self._listen_keys.account_of(session.key) is None:
                session.socket.close(1000, "listen key expired")
            elif now - session.socket.last_heard > QUIET_MS:
                session.socket.close(1000, "no heartbeat")
            elif now >= session.next_ping:
                session.next_ping = now + PING_MS
                if not self._faults.is_silent("private"):
                    ping = {"ping": self._clock.server_time(), "channelId": session.channel_id}
                    session.socket.send(msgspec.json.encode(ping))

    def close(self) -> None:
        for session in self._sessions:
            session.socket.abort()

    def _hear(self, session: _Session, text: str) -> None:
        try:
            frame = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        # the documented sample pings too; subscriptions sent here mean nothing
        if isinstance(frame, dict) and "ping" in frame and not self._faults.is_silent("private"):
            session.socket.send(msgspec.json.encode({"pong": self._clock.server_time()}))
