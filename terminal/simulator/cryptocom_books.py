"""Books as the simulated Crypto.com shows them: three steps of grouping, and what has changed since a push.

The document calls the steps "Merger depth 0-2" and does not say how wide they are: here ten ticks more a step.
Source: Crypto.com v1 document, "Get the order book" and both "Subscribe to order book"; PROTOCOLS 4.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from terminal.domain import Level
from terminal.simulator.matching_engine import MatchingEngine

MAX_LEVELS = 150
STEPS = (0, 1, 2)

Sides = tuple[list[Level], list[Level]]
"""Bids and asks, best first."""


class BookView:
    """The books of one venue as its clients see them."""

    def __init__(self, engine: MatchingEngine) -> None:
        self._engine = engine
        self._kept: dict[tuple[str, int], tuple[int, Sides]] = {}

    def version(self, symbol: str) -> int:
        return self._engine.book_version(symbol)

    def sides(self, symbol: str, step: int) -> Sides:
        """Return the visible levels of both sides, best first."""
        version = self._engine.book_version(symbol)
        kept = self._kept.get((symbol, step))
        if kept is not None and kept[0] == version:
            return kept[1]
        if step == 0:
            found: Sides = self._engine.book(symbol, MAX_LEVELS)
        else:
            tick = self._engine.instruments[symbol].tick_size or Decimal("0.01")
            width = tick.scaleb(step)
            bids, asks = self._engine.book(symbol, None)
            found = (
                _grouped(bids, width, ROUND_FLOOR)[:MAX_LEVELS],
                _grouped(asks, width, ROUND_CEILING)[:MAX_LEVELS],
            )
        self._kept[symbol, step] = (version, found)
        return found


def changes(before: Iterable[Level], after: Iterable[Level]) -> list[Level]:
    """Return the levels of one side that differ, each with its new size; 0 for one that is no longer there."""
    old, new = dict(before), dict(after)
    gone = [(price, Decimal(0)) for price in old if price not in new]
    return [*gone, *((price, size) for price, size in new.items() if old.get(price) != size)]


def _grouped(side: Iterable[Level], width: Decimal, rounding: str) -> list[Level]:
    sums: dict[Decimal, Decimal] = {}
    for price, quantity in side:
        group = (price / width).to_integral_value(rounding=rounding) * width
        sums[group] = sums.get(group, Decimal(0)) + quantity
    return list(sums.items())
