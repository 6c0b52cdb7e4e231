"""ccxt.pro's whole way of a book push measured; run by the interpreter of an environment that has ccxt.

    peer_ccxt.py FRAMES WARM_UP

FRAMES holds one version 1 depth push a line. It imports nothing of ours and prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from ccxt.async_support.base.ws.client import json_parser  # type: ignore[import-not-found]  # the peers have an environment of their own
from ccxt.pro import hashkey  # type: ignore[import-not-found]  # as above


class Waiters:
    """Stands in for the connection: nobody waits for a book."""

    def resolve(self, result: Any, message_hash: str) -> None:
        pass


async def measure(frames: list[bytes], warm_up: int) -> float:
    exchange, waiters = hashkey(), Waiters()
    taken = []
    try:
        for frame in frames:
            start = time.perf_counter()
            exchange.handle_order_book(waiters, json_parser.loads(frame))
            taken.append((time.perf_counter() - start) * 1e6)
    finally:
        await exchange.close()
    if not all(len(book["bids"]) == len(book["asks"]) == 200 for book in exchange.orderbooks.values()):
        raise RuntimeError("the frames were not taken")
    return statistics.median(taken[warm_up:])


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_bytes().split(b"\n")
    print(json.dumps({"median": asyncio.run(measure(lines, int(sys.argv[2])))}))
