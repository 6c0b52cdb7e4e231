"""Frames of HashKey's public streams, made by hand for the measurements that must not measure their maker."""

from __future__ import annotations

import json
import random

LEVELS = 200
QUOTE = (
    b'{"topic":"bbo","params":{"symbol":"S00USDT"},"data":{"s":"S00USDT","b":"99.98","bz":"%017.6f","a":"100.01",'
    b'"az":"1.5000","t":1764659869550}}'
)
"""A quote whose bid size is the sender's monotonic clock in seconds."""


def framed(payload: bytes) -> bytes:
    """Return `payload` as one unmasked WebSocket text frame of fewer than 65,536 bytes (RFC 6455, 5.2)."""
    if len(payload) < 126:
        return b"\x81" + bytes([len(payload)]) + payload
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


def books(count: int, changed: int) -> list[bytes]:
    """Return version 1 book pushes of 200 levels a side; `changed` sizes a side differ from one to the next."""
    chance = random.Random(7)

    def size() -> str:
        return f"{chance.randint(1, 999_999) / 100_000:.5f}"

    bids = [[f"{97_000 - level * 0.37:.2f}", size()] for level in range(LEVELS)]
    asks = [[f"{97_001 + level * 0.37:.2f}", size()] for level in range(LEVELS)]
    frames = []
    for number in range(count):
        for row in chance.sample(bids, changed) + chance.sample(asks, changed):
            row[1] = size()
        data = {"e": 301, "s": "BTCUSDT", "t": 1_764_659_869_550 + number, "v": "1_1", "b": bids, "a": asks, "o": 0}
        frame = {"symbol": "BTCUSDT", "symbolName": "BTCUSDT", "topic": "depth", "params": {}, "data": [data]}
        frames.append(json.dumps(frame, separators=(",", ":")).encode())
    return frames
