"""The one WebSocket loop: connect, log in, subscribe, heartbeat, notice silence, back off, connect again.

What a venue says on the wire is a `StreamProtocol`, free of I/O; this loop moves its bytes. It repairs no
state: whoever needs a whole picture again asks for it when the stream returns to `live`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from terminal.connectors.addresses import is_loopback
from terminal.connectors.contract import Event, Tap, TapRecord
from terminal.connectors.redaction import Redactor
from terminal.connectors.venue_clock import machine_ms
from terminal.domain.failures import AuthFailed, Failure, NotSupported, PermissionDenied
from terminal.domain.kinds import StreamState

log = logging.getLogger(__name__)

# below warnings it writes whole frames and addresses that hold a listen key
logging.getLogger("websockets").setLevel(logging.WARNING)

_YIELD_EVERY_S = 0.004
_MAX_FRAME_BYTES = 8 * 1024 * 1024


class StreamProtocol(Protocol):
    """One connection's protocol, free of I/O. No method raises for anything a venue may send.

    `replies` collects frames to send in answer to received ones; the loop empties it after each frame.
    `is_ready` tells that the login, where there is one, has been accepted.
    """

    replies: list[str]

    @property
    def is_ready(self) -> bool: ...
    def opening(self, now: int) -> Sequence[str]:
        """Return the frames to send on a new connection: login or subscriptions."""

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        """Return the events of one received frame, in order."""

    def heartbeat(self, now: int) -> Sequence[str]:
        """Return the frames that keep the connection alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTiming:
    """Seconds. Without a frame for `stale_after` the stream is stale, for `reconnect_after` it is reconnected. After
    `probe_after` without one an extra heartbeat asks whether the peer still lives, so that a quiet market is told
    from a dead feed long before the next regular one; None: never.

    `pings`: the venue's own protocol has no heartbeat that the client may send, so the WebSocket's ping asks in its
    place; a pong is then a sign of life like a frame.

    The n-th attempt after a failure waits min(`longest_pause`, `first_pause` x 2^n), shortened by up to a half at
    random; n starts over once a connection has been live, and still heard, for `settled_after`. `refused_pause` is
    the least wait after the venue refused the key.
    """

    heartbeat_every: float
    stale_after: float
    reconnect_after: float
    open_within: float = 10.0
    first_pause: float = 0.5
    longest_pause: float = 30.0
    refused_pause: float = 60.0
    settled_after: float = 5.0
    probe_after: float | None = None
    pings: bool = False


StatusListener = Callable[[StreamState, str | None], None]
P = ParamSpec("P")


def guarded(listener: Callable[P, None], name: str) -> Callable[P, None]:
    """Return the listener made safe to call: what it raises is written to the log, once per cause, and goes no
    further, so that a fault of a listener does not end the stream it listens to."""
    causes: set[tuple[type, ...]] = set()

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            listener(*args, **kwargs)
        except Exception as error:
            cause = (type(error), *map(type, args))
            if cause not in causes:
                causes.add(cause)
                what = type(args[0]).__name__ if args else "nothing"
                log.exception("%s: a listener failed on %s; further such failures are not logged", name, what)

    return call


class StreamSession:
    """One lasting stream. `address` is asked for the URL before each connection (it may fetch a listen key).

    `on_status` is called on every change of state, `deliver` with every event; `on_refused` when the venue
    answers the opening handshake with a refusal. All run on the event loop; what the first two raise is logged.
    """

    def __init__(
        self,
        *,
        name: str,
        venue: str,
        account: str | None,
        address: Callable[[], Awaitable[str]],
        protocol: StreamProtocol,
        deliver: Callable[[Event], None],
        on_status: StatusListener,
        timing: StreamTiming,
        redact: Redactor,
        tap: Tap | None = None,
        on_refused: Callable[[int], None] | None = None,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._venue = venue
        self._account = account
        self._address = address
        self._protocol = protocol
        self._deliver = guarded(deliver, f"{venue} {name}")
        self._on_status = guarded(on_status, f"{venue} {name}")
        self._timing = timing
        self._redact = redact
        self._tap = tap
        self._on_refused = on_refused
        self._random_share = random_share
        self._task: asyncio.Task[None] | None = None
        self._connection: ClientConnection | None = None
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._failures_in_a_row = 0
        self._last_frame = 0.0
        self._state: StreamState | None = None
        self.reconnects = 0
        self.last_heard: int | None = None
        self.latency_ms: int | None = None

    @property
    def state(self) -> StreamState | None:
        """None before the start."""
        return self._state

    def start(self) -> None:
        """Begin to connect; a second call changes nothing."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"{self._venue} {self._name}")

    async def close(self) -> None:
        """End the stream: state `down`, socket closed, no further event."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self._set_state(StreamState.DOWN, "closed")

    def send(self, frame: str) -> None:
        """Send a frame if connected; else drop it (`opening` sends what still matters on the next connection)."""
        if self._connection is not None:
            self._outbox.put_nowait(frame)

    def restart(self, reason: str) -> None:
        """Give up the present connection, if any, and connect anew."""
        if self._connection is not None:
            self._drop(self._connection, reason)

    async def _run(self) -> None:
        while True:
            self._set_state(StreamState.CONNECTING, None)
            least_pause = 0.0
            try:
                reason = await self._one_connection()
            except (AuthFailed, PermissionDenied) as failure:
                reason, least_pause = str(failure), self._timing.refused_pause
            except NotSupported as failure:
                self._set_state(StreamState.DOWN, str(failure))
                return
            except Failure as failure:
                reason = str(failure)
            except InvalidStatus as error:
                status = error.response.status_code
                reason = f"the venue refused the stream (HTTP {status})"
                if self._on_refused is not None:
                    self._on_refused(status)
            except TimeoutError:
                reason = "no connection in time"
            except (OSError, WebSocketException, InvalidHandshake) as error:
                reason = f"no connection: {self._redact(str(error)) or type(error).__name__}"
            except Exception as error:
                log.exception("%s %s: unexpected end of the stream", self._venue, self._name)
                reason = f"internal error: {type(error).__name__}"
            self._set_state(StreamState.DOWN, reason)
            await asyncio.sleep(max(self._pause(), least_pause))
            self.reconnects += 1

    def _pause(self) -> float:
        exponent = min(self._failures_in_a_row, 16)
        self._failures_in_a_row += 1
        longest = min(self._timing.longest_pause, self._timing.first_pause * 2.0**exponent)
        return longest * (0.5 + 0.5 * self._random_share())

    async def _one_connection(self) -> str:
        """Serve one connection to its end and return why it ended."""
        url = await self._address()
        target = self._redact(url)
        connecting = _Connect(
            url,
            open_timeout=self._timing.open_within,
            ping_interval=20,
            ping_timeout=20,
            close_timeout=1,
            max_size=_MAX_FRAME_BYTES,
            max_queue=1024,
            compression=None,
            proxy=None if is_loopback(url) else True,
        )
        async with connecting as connection:
            self._record("opened", target, "")
            self._connection = connection
            self._outbox = asyncio.Queue()
            self._drop_reason: str | None = None
            for frame in self._protocol.opening(machine_ms()):
                self._outbox.put_nowait(frame)
            for frame in self._protocol.heartbeat(machine_ms()):
                self._outbox.put_nowait(frame)
            helpers = [
                asyncio.create_task(self._write(connection)),
                asyncio.create_task(self._watch(connection)),
            ]
            try:
                await self._receive(connection)
            except ConnectionClosed as closed:
                reason = self._drop_reason or _closing_words(closed)
            finally:
                self._connection = None
                for helper in helpers:
                    helper.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)
                self._record("closed", target, "")
            # told before the closing handshake is waited for
            self._set_state(StreamState.DOWN, reason)
        return reason

    async def _receive(self, connection: ClientConnection) -> None:
        protocol = self._protocol
        receive = connection.recv
        self._last_frame = last_yield = time.monotonic()
        live_since: float | None = None
        if protocol.is_ready:
            live_since = last_yield
            self._set_state(StreamState.LIVE, None)
        while True:
            frame = await receive(decode=False)
            now = time.monotonic()
            self._last_frame = now
            received = self.last_heard = machine_ms()
            if self._tap is not None:
                self._record("received", self._name, frame.decode(errors="replace"))
            events = protocol.on_frame(frame, received)
            if protocol.is_ready:
                live_since = live_since or now
                if now - live_since >= self._timing.settled_after:
                    self._failures_in_a_row = 0
                self._set_state(StreamState.LIVE, None)
            for event in events:
                self._deliver(event)
            if protocol.replies:
                for reply in protocol.replies:
                    self._outbox.put_nowait(reply)
                protocol.replies.clear()
            # recv() does not suspend while frames are queued; a window on the same loop needs its turn
            if now - last_yield > _YIELD_EVERY_S:
                await asyncio.sleep(0)
                last_yield = time.monotonic()

    async def _write(self, connection: ClientConnection) -> None:
        outbox = self._outbox
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = await outbox.get()
                self._record("sent", self._name, frame)
                await connection.send(frame)

    async def _watch(self, connection: ClientConnection) -> None:
        timing = self._timing
        next_heartbeat = time.monotonic() + timing.heartbeat_every
        probed_since: float | None = None
        while True:
            now = time.monotonic()
            silent = now - self._last_frame
            may_probe = timing.probe_after is not None and probed_since != self._last_frame
            is_probe = may_probe and timing.probe_after is not None and silent >= timing.probe_after
            if is_probe or now >= next_heartbeat:
                next_heartbeat = now + timing.heartbeat_every
                for frame in self._protocol.heartbeat(machine_ms()):
                    self._outbox.put_nowait(frame)
                if timing.pings:
                    await self._ping(connection)
            if is_probe:
                probed_since, may_probe = self._last_frame, False
            if silent >= timing.reconnect_after:
                self._drop(connection, f"no message for {silent:.0f} s")
                return
            if silent >= timing.stale_after:
                self._set_state(StreamState.STALE, f"no message for {silent:.0f} s")
            due = timing.reconnect_after if silent >= timing.stale_after else timing.stale_after
            if may_probe and timing.probe_after is not None:
                due = min(due, timing.probe_after)
            await asyncio.sleep(max(min(next_heartbeat - now, due - silent), 0.01))

    async def _ping(self, connection: ClientConnection) -> None:
        """Ask by the WebSocket's own ping, without waiting for the answer."""

        def heard(pong: asyncio.Future[float]) -> None:
            if not pong.cancelled() and pong.exception() is None and connection is self._connection:
                self._last_frame = time.monotonic()
                self.last_heard = machine_ms()
                self.latency_ms = round(pong.result() * 1000)
                self._revive()

        with contextlib.suppress(ConnectionClosed):
            pong: asyncio.Future[float] = await connection.ping()  # type: ignore[assignment]
            pong.add_done_callback(heard)

    def _revive(self) -> None:
        if self._state is StreamState.STALE and self._protocol.is_ready:
            self._set_state(StreamState.LIVE, None)

    def _drop(self, connection: ClientConnection, reason: str) -> None:
        self._drop_reason = reason
        # a dead peer answers no closing handshake, so the socket is cut
        connection.transport.abort()

    def _set_state(self, state: StreamState, reason: str | None) -> None:
        if state is self._state:
            return
        self._state = state
        self._on_status(state, reason)

    def _record(self, kind: str, target: str, text: str) -> None:
        if self._tap is not None:
            self._tap(
                TapRecord(
                    time=machine_ms(),
                    venue=self._venue,
                    account=self._account,
                    kind=kind,
                    target=target,
                    text=self._redact(text),
                )
            )


class _Connect(connect):
    """A connection attempt that follows no redirect: a stream belongs to the host it was configured for."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _closing_words(closed: ConnectionClosed) -> str:
    if closed.rcvd is None:
        return "the connection was lost"
    words = f"the venue closed the connection (code {closed.rcvd.code})"
    return f"{words}: {closed.rcvd.reason}" if closed.rcvd.reason else words
