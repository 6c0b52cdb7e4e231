"""Where the ladder's columns stand: fixed per instrument by its widest price."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil

RIGHT_PADDING = 6
"""Px between a number and the right edge of its column."""

_ARROW = 9  # px left of a price for the arrow of the last print


class Zone(Enum):
    """A column of the ladder."""

    MINE = "mine"
    BID = "bid"
    PRICE = "price"
    ASK = "ask"
    SUM = "sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Left edge and width in px of each column."""

    mine: tuple[int, int]
    bid: tuple[int, int]
    price: tuple[int, int]
    ask: tuple[int, int]
    sum: tuple[int, int]

    def at(self, x: float) -> Zone | None:
        for zone in Zone:
            left, width = self.span(zone)
            if left <= x < left + width:
                return zone
        return None

    def span(self, zone: Zone) -> tuple[int, int]:
        found: tuple[int, int] = getattr(self, zone.value)
        return found


def lay_out(width: int, widest_price: float) -> Columns:
    """Divide `width` px: 60, 63, 66, 63, 48 at 300; a wide price takes its room from the others.

    Sizes of seven characters keep a few px from the edge of their column; sums are cut to four digits and need less.
    """
    price = max(66, ceil(widest_price) + RIGHT_PADDING + _ARROW)
    mine, bid, ask = 60, 63, 63
    total = 45
    spare = width - price - mine - bid - ask - total
    if spare > 0:
        # own orders need no more room on a wide panel; depth and sums do
        bid = ask = 63 + spare * 3 // 10
        total += spare - 2 * (spare * 3 // 10)
    elif spare < 0:
        left = width - price - total
        # seven characters in their box, as long as the others keep as much
        mine = min(mine, left // 3)
        bid = ask = (left - mine) // 2
        mine = left - 2 * bid
    edges = [0, mine, mine + bid, mine + bid + price, mine + bid + price + ask]
    return Columns(
        mine=(edges[0], mine),
        bid=(edges[1], bid),
        price=(edges[2], price),
        ask=(edges[3], ask),
        sum=(edges[4], max(0, width - edges[4])),
    )
