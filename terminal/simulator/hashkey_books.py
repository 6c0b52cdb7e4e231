"""Books as HashKey shows them: cut to 200 levels a side, encoded once per version for all streams and requests.

Source: HashKey MENA document, "Get Order book", "Get Merge Depth", both "Depth" streams and "BBO"; PROTOCOLS 2.6, 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from terminal.domain import Level
from terminal.simulator.hashkey_payloads import EXCHANGE_ID, amount, levels
from terminal.simulator.matching_engine import MatchingEngine

MAX_LEVELS = 200


@dataclass(frozen=True, slots=True)
class _Encoded:
    version: int
    time: int
    bids: msgspec.Raw
    asks: msgspec.Raw


class BookView:
    """The books of one venue as its clients see them. `time` is when a book last changed, as far as was looked."""

    def __init__(self, engine: MatchingEngine, server_time: Callable[[], int]) -> None:
        self._engine = engine
        self._server_time = server_time
        self._first_version = server_time() // 10  # message versions must not fall behind over a restart
        self._encoded: dict[str, _Encoded] = {}
        self._touches: dict[str, tuple[int, tuple[Level | None, Level | None]]] = {}

    def version(self, symbol: str) -> int:
        return self._engine.book_version(symbol)

    def touch(self, symbol: str) -> tuple[Level | None, Level | None]:
        """Return the best bid and ask."""
        version = self._engine.book_version(symbol)
        kept = self._touches.get(symbol)
        if kept is not None and kept[0] == version:
            return kept[1]
        bids, asks = self._engine.book(symbol, 1)
        touch = (bids[0] if bids else None, asks[0] if asks else None)
        self._touches[symbol] = (version, touch)
        return touch

    def depth(self, symbol: str, limit: int) -> dict[str, object]:
        """GET depth."""
        bids, asks = self._engine.book(symbol, limit)
        return {"t": self._current(symbol).time, "b": levels(bids), "a": levels(asks)}

    def merged(self, symbol: str, limit: int, scale: int) -> dict[str, object]:
        """GET depth/merged: levels grouped ten ticks at a time for each step of `scale`."""
        tick = self._engine.instruments[symbol].tick_size or Decimal("0.01")
        step = tick.scaleb(scale)
        bids, asks = self._engine.book(symbol, None)
        return {
            "t": self._current(symbol).time,
            "b": levels(_grouped(bids, step, ROUND_FLOOR)[:limit]),
            "a": levels(_grouped(asks, step, ROUND_CEILING)[:limit]),
        }

    def depth_v1(self, symbol: str) -> dict[str, object]:
        book = self._current(symbol)
        return {
            "e": int(EXCHANGE_ID),
            "s": symbol,
            "t": book.time,
            "v": f"{self._first_version + book.version}_18",
            "b": book.bids,
            "a": book.asks,
            "o": 0,
        }

    def depth_v2(self, symbol: str) -> dict[str, object]:
        book = self._current(symbol)
        return {
            "s": symbol,
            "t": book.time,
            "v": f"{self._first_version + book.version}_2",
            "b": book.bids,
            "a": book.asks,
        }

    def bbo(self, symbol: str) -> dict[str, object]:
        bid, ask = self.touch(symbol)
        return {"s": symbol, **_best("b", "bz", bid), **_best("a", "az", ask), "t": self._server_time()}

    def book_ticker(self, symbol: str) -> dict[str, object]:
        bid, ask = self.touch(symbol)
        return {"s": symbol, **_best("b", "bq", bid), **_best("a", "aq", ask), "t": self._server_time()}

    def _current(self, symbol: str) -> _Encoded:
        version = self._engine.book_version(symbol)
        kept = self._encoded.get(symbol)
        if kept is not None and kept.version == version:
            return kept
        bids, asks = self._engine.book(symbol, MAX_LEVELS)
        encode = msgspec.json.encode
        fresh = _Encoded(
            version, self._server_time(), msgspec.Raw(encode(levels(bids))), msgspec.Raw(encode(levels(asks)))
        )
        self._encoded[symbol] = fresh
        return fresh


def _best(price_key: str, size_key: str, level: Level | None) -> dict[str, str]:
    if level is None:
        return {price_key: "", size_key: ""}
    return {price_key: amount(level[0]), size_key: amount(level[1])}


def _grouped(side: Iterable[Level], step: Decimal, rounding: str) -> list[Level]:
    sums: dict[Decimal, Decimal] = {}
    for price, quantity in side:
        group = (price / step).to_integral_value(rounding=rounding) * step
        sums[group] = sums.get(group, Decimal(0)) + quantity
    return list(sums.items())
