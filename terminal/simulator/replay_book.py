"""A recorded book, whole, and the best levels of it that the simulated venue shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from decimal import Decimal
from operator import neg, pos

from terminal.domain import Level, Side
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.replay_files import BookMessage

SHOWN_LEVELS = 200


class _RecordedSide:
    """Sizes by key; a key is the price, negated for bids, so that the best is always the smallest."""

    __slots__ = ("keys", "sizes", "to_key")

    def __init__(self, side: Side) -> None:
        self.to_key = neg if side is Side.BUY else pos
        self.keys: list[Decimal] = []
        self.sizes: dict[Decimal, Level] = {}

    def set(self, key: Decimal, price: Decimal, quantity: Decimal) -> None:
        if quantity > 0:
            if key not in self.sizes:
                insort(self.keys, key)
            self.sizes[key] = (price, quantity)
        elif self.sizes.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]

    def edge(self) -> Decimal | None:
        """The key of the last level that is shown; None for an empty side."""
        return self.keys[:SHOWN_LEVELS][-1] if self.keys else None


class RecordedBook:
    """Follows one symbol's recording in full and keeps the engine's anonymous book equal to its best 200 a side."""

    def __init__(self, engine: MatchingEngine, symbol: str) -> None:
        self._engine = engine
        self._symbol = symbol
        self._sides = {side: _RecordedSide(side) for side in Side}
        self._seen = engine.book_version(symbol)

    def apply(self, message: BookMessage) -> None:
        """Apply one message as a whole."""
        met_clients = self._engine.has_client_orders(self._symbol)
        met_clients |= self._engine.book_version(self._symbol) != self._seen
        if message.is_snapshot:
            self._sides = {side: _RecordedSide(side) for side in Side}
        edges = {side: recorded.edge() for side, recorded in self._sides.items()}
        touched: dict[Side, list[Decimal]] = {side: [] for side in Side}
        for side, price, quantity in message.rows:
            recorded = self._sides[side]
            key = recorded.to_key(price)
            recorded.set(key, price, quantity)
            touched[side].append(key)
        if message.is_snapshot:
            self._show_all()
        else:
            self._show(touched, edges)
            if met_clients:
                self._restore()
        self._seen = self._engine.book_version(self._symbol)

    def _show(self, touched: dict[Side, list[Decimal]], edges: dict[Side, Decimal | None]) -> None:
        """Bring the touched levels, and those that came into or fell out of the best 200, to the engine."""
        placed: list[tuple[Side, Decimal, Decimal]] = []
        for side, recorded in self._sides.items():
            old, new = edges[side], recorded.edge()
            for key in touched[side]:
                level = recorded.sizes.get(key)
                if level is not None and new is not None and key <= new:
                    placed.append((side, *level))
                else:
                    self._set(side, recorded.to_key(key), Decimal(0))
            if old is None or new is None or old == new:
                continue
            if new > old:
                entered = recorded.keys[bisect_right(recorded.keys, old) : SHOWN_LEVELS]
                placed.extend((side, *recorded.sizes[key]) for key in entered)
            else:
                for key in recorded.keys[SHOWN_LEVELS : bisect_right(recorded.keys, old)]:
                    self._set(side, recorded.to_key(key), Decimal(0))
        # what leaves, leaves first: the book never crosses on the way
        for side, price, quantity in placed:
            self._set(side, price, quantity)

    def _show_all(self) -> None:
        for side in Side:
            for price, _ in self._engine.anonymous_book(self._symbol, side):
                self._set(side, price, Decimal(0))
        for side, recorded in self._sides.items():
            for key in recorded.keys[:SHOWN_LEVELS]:
                self._set(side, *recorded.sizes[key])

    def _restore(self) -> None:
        """Put back what clients took: the recording goes on as if they had not been there.

        Levels that cross a resting client order stay away: their size has traded with it already.
        """
        for side, recorded in self._sides.items():
            others = self._engine.book(self._symbol, 1)[1 if side is Side.BUY else 0]
            barrier = recorded.to_key(others[0][0]) if others else None
            for key in recorded.keys[:SHOWN_LEVELS]:
                if barrier is None or key > barrier:
                    self._set(side, *recorded.sizes[key])

    def _set(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        self._engine.set_liquidity(self._symbol, side, price, quantity)
