"""Decode and apply a whole book of 200 levels a side: from the received bytes to the market hub's live book.

With the interpreter of an environment that has ccxt, ccxt.pro is given the very same frames in the same run. It
keeps floats; our figure includes exact decimals.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import time
from pathlib import Path

from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.stream import PublicStream, Topic
from terminal.connectors.wire import Malformed
from terminal.domain import InstrumentId
from terminal.market.hub import MarketHub
from tests.performance.report import Row, median
from tests.performance.wire_frames import LEVELS, books

ROUNDS = 600
WARM_UP = 50
CHANGED = {"a dozen sizes change": 6, "every size changes": LEVELS}
GOAL = {"a dozen sizes change": 4}
"""Times ccxt.pro's. A book in which every size changes is shown for the worst case: no market moves so."""

_VENUE, _SYMBOL = "hashkey-mena", "BTCUSDT"
_PEER_SCRIPT = Path(__file__).with_name("peer_ccxt.py")


def _ours(frames: list[bytes]) -> float:
    """Return the median us of a frame."""
    parser = Parser(_VENUE, None, Malformed(_VENUE, logging.getLogger(__name__)))
    stream = PublicStream("v1", parser, lambda topic, why: None)
    stream.want(Topic("depth", _SYMBOL))
    hub = MarketHub(lambda: 1)
    taken = []
    for frame in frames:
        start = time.perf_counter()
        for event in stream.on_frame(frame, 1):
            hub.on_event(event)
        taken.append((time.perf_counter() - start) * 1e6)
    live = hub.book(InstrumentId(_VENUE, _SYMBOL))
    if live.version != len(frames) or len(live.book.bids) != LEVELS:
        raise RuntimeError("the frames were not taken")
    return median(taken[WARM_UP:])


def _peer(python: str, frames: list[bytes]) -> float:
    """Return the peer's median us of a frame; raises CalledProcessError when its script fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frames"
        file.write_bytes(b"\n".join(frames))
        done = subprocess.run(
            [python, str(_PEER_SCRIPT), str(file), str(WARM_UP)], capture_output=True, text=True, check=True
        )
    return float(json.loads(done.stdout.splitlines()[-1])["median"])


def measure(peer_python: str | None = None) -> list[Row]:
    """Ours is measured before and after the peer; the mean counts."""
    rows = []
    for words, changed in CHANGED.items():
        goal = GOAL.get(words)
        goal_words = "" if goal is None else f">= {goal}x ccxt.pro"
        name = f"book of {LEVELS} levels a side, decode and apply, {words}"
        frames = books(ROUNDS, changed)
        ours = _ours(frames)
        if peer_python is None:
            rows.append(Row(name=name, value=f"{ours:.0f} us", goal=goal_words, note="run with --with-peers"))
            continue
        theirs = _peer(peer_python, frames)
        ours = (ours + _ours(frames)) / 2
        ratio = theirs / ours
        rows.append(
            Row(
                name=name,
                value=f"{ours:.0f} us / ccxt.pro {theirs:.0f} us: {ratio:.1f}x as fast",
                goal=goal_words,
                met=None if goal is None else ratio >= goal,
            )
        )
    return rows
