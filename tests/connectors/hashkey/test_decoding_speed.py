"""Decoding a full book costs a small multiple of what reading its JSON alone costs."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import msgspec

from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.stream import PublicStream, Topic


def best_of(rounds: int, action: Callable[[], object]) -> float:
    """Return the shortest time of an action: other programs can only make it longer."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def books(count: int) -> list[bytes]:
    """Books of 200 levels a side of which a dozen change from one to the next."""
    chance = random.Random(7)
    bids = [[f"{97_000 - level * 0.37:.2f}", f"{chance.random() + 0.001:.5f}"] for level in range(200)]
    asks = [[f"{97_001 + level * 0.37:.2f}", f"{chance.random() + 0.001:.5f}"] for level in range(200)]
    frames = []
    for number in range(count):
        for row in chance.sample(bids, 6) + chance.sample(asks, 6):
            row[1] = f"{chance.random() + 0.001:.5f}"
        data = {"s": "BTCUSDT", "t": 1_764_659_869_550 + number, "b": bids, "a": asks}
        frames.append(json.dumps({"topic": "depth", "params": {"symbol": "BTCUSDT"}, "data": data}).encode())
    return frames


def test_a_book_with_few_changes_costs_little_more_than_its_json(parser: Parser) -> None:
    stream = PublicStream("v2", parser, lambda topic, why: None)
    stream.want(Topic("depth", "BTCUSDT"))
    frames = iter(books(60))
    stream.on_frame(next(frames), 1)
    to_domain = best_of(50, lambda: stream.on_frame(next(frames), 1))
    last = books(1)[0]
    json_alone = best_of(50, lambda: msgspec.json.decode(last))
    assert stream.messages == 51
    assert to_domain < 8 * json_alone
