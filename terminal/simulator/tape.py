"""The public prints of one venue: the latest of each instrument, and who hears of new ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from terminal.domain import Trade

RECENT_TRADES = 200


class Tape:
    """Keeps the last `RECENT_TRADES` prints an instrument."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._recent: dict[str, deque[Trade]] = {}
        self.listeners: list[Callable[[Trade], None]] = []
        for symbol in symbols:
            self.open(symbol)

    def open(self, symbol: str) -> None:
        self._recent[symbol] = deque(maxlen=RECENT_TRADES)

    def seed(self, symbol: str, trades: Iterable[Trade]) -> None:
        """Take prints from before the start; nobody is told."""
        self._recent[symbol].extend(trades)

    def publish(self, trade: Trade) -> None:
        self._recent[trade.symbol].append(trade)
        for listener in self.listeners:
            listener(trade)

    def recent(self, symbol: str) -> Sequence[Trade]:
        """Return the latest prints, oldest first."""
        return tuple(self._recent[symbol])

    def last(self, symbol: str) -> Trade | None:
        recent = self._recent[symbol]
        return recent[-1] if recent else None
