"""The stream receive loop on Qt's event loop against the same loop on asyncio's own.

A sender process writes ready-made quote frames: as fast as they are taken for the rate, at a fixed pace for the age
of a message when its event is applied, and for the longest time in which a 16 ms timer of the window's loop got no
turn.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.public_feed import TIMING
from terminal.connectors.hashkey.stream import PublicStream, Topic
from terminal.connectors.redaction import Redactor
from terminal.connectors.stream_session import StreamSession
from terminal.connectors.wire import Malformed
from terminal.domain import Ticker
from terminal.market.hub import MarketHub
from tests.performance.report import Row, median, percentile, ratio_row
from tests.performance.wire_frames import QUOTE, framed

SECONDS = 2.0
ROUNDS = 3
PACE, FAST_PACE = 10_000, 50_000
BURST = 0.002
TIMER_MS = 16
FRAME_MS = 1000 / 60
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


@dataclass(frozen=True, slots=True)
class Received:
    """Messages a second, ages (ms) and the timer's longest lateness (ms)."""

    rate: float
    p50: float
    worst_gap: float


def _serve(listener: socket.socket, pace: int | None) -> None:
    """Send to one client until it goes away."""
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    key = next(line.split(b": ")[1] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    with suppress(OSError):
        _send(connection, pace)


def _send(connection: socket.socket, pace: int | None) -> None:
    started, sent = time.monotonic(), 0
    while True:
        if pace is None:
            count = 200
        else:
            time.sleep(BURST)
            count = int((time.monotonic() - started) * pace) - sent
        sent += count
        connection.sendall(framed(QUOTE % time.monotonic()) * count)


async def _receive(port: int, watch: Callable[[list[float]], object]) -> Received:
    ages: list[float] = []
    hub = MarketHub(lambda: 1)
    stream = PublicStream("v2", Parser("v", None, Malformed("v", logging.getLogger(__name__))), lambda topic, why: None)
    stream.want(Topic("bbo", "S00USDT"))

    def deliver(event: object) -> None:
        hub.on_event(event)
        if isinstance(event, Ticker) and event.bid_quantity is not None:
            ages.append((time.monotonic() - float(event.bid_quantity)) * 1_000)

    async def address() -> str:
        return f"ws://127.0.0.1:{port}/quote/ws/v2"

    session = StreamSession(
        name="public", venue="v", account=None, address=address, protocol=stream, deliver=deliver,
        on_status=lambda state, reason: None, timing=TIMING, redact=Redactor(),
    )  # fmt: skip
    session.start()
    async with asyncio.timeout(10):
        while not ages:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    ages.clear()
    gaps: list[float] = []
    timer = watch(gaps)
    began = time.monotonic()
    await asyncio.sleep(SECONDS)
    rate = len(ages) / (time.monotonic() - began)
    del timer
    found = Received(rate, percentile(ages, 0.5), max(gaps, default=0.0))
    await session.close()
    return found


def _on_asyncio(port: int) -> Received:
    return asyncio.run(_receive(port, lambda gaps: None))


def _on_qt(port: int) -> Received:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import qasync
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    def watch(gaps: list[float]) -> QTimer:
        last = time.monotonic()

        def turn() -> None:
            nonlocal last
            now = time.monotonic()
            gaps.append((now - last) * 1_000)
            last = now

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(turn)
        timer.start(TIMER_MS)
        return timer

    loop = qasync.QEventLoop(QApplication([]))
    work: Coroutine[Any, Any, Received] = _receive(port, watch)
    with loop:
        return loop.run_until_complete(work)  # type: ignore[no-any-return]  # qasync is not typed


def _run(receiver: Callable[[int], Received], pace: int | None) -> Received:
    """Receive in a process of its own from a sender in another."""
    context = multiprocessing.get_context("spawn")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = context.Process(target=_serve, args=(listener, pace), daemon=False)
        sender.start()
        port = listener.getsockname()[1]
        try:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                return pool.submit(receiver, port).result(60)
        finally:
            sender.terminate()
            sender.join(10)


def measure() -> list[Row]:
    """Both loops in turns; the medians are compared."""
    full = [(_run(_on_asyncio, None), _run(_on_qt, None)) for _ in range(ROUNDS)]
    paced = [(_run(_on_asyncio, PACE), _run(_on_qt, PACE)) for _ in range(ROUNDS)]
    bare, ours = median(pair[0].rate for pair in full), median(pair[1].rate for pair in full)
    fast = _run(_on_qt, FAST_PACE)
    return [
        Row(
            name="stream receive, quotes taken a second, Qt's loop against asyncio's",
            value=f"{ours:,.0f} / {bare:,.0f} = {ours / bare:.2f}x",
            goal=">= 0.8x",
            met=ours / bare >= 0.8,
        ),
        ratio_row(f"the same: age when applied at {PACE:,} msg/s, p50", median(pair[1].p50 for pair in paced),
                  median(pair[0].p50 for pair in paced), at_most=1.5),
        Row(
            name=f"the same: longest pause of the window's loop at {FAST_PACE:,} msg/s",
            value=f"{fast.worst_gap - TIMER_MS:.0f} ms at {fast.rate:,.0f} msg/s",
            goal=f"<= {2 * FRAME_MS:.0f} ms",
            met=fast.worst_gap - TIMER_MS <= 2 * FRAME_MS,
        ),
    ]  # fmt: skip
