"""Market data as values: trades, candles, tickers, book snapshots and deltas.

Prices and quantities are `Decimal`, times are ints in Unix ms UTC, a missing value is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from terminal.domain.kinds import Side, Source

Level = tuple[Decimal, Decimal]
"""One book level: (price, quantity)."""


class InstrumentId(NamedTuple):
    """Names one instrument of one venue; `symbol` is the venue's own."""

    venue: str
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One public print. `side` is the aggressor; `id` is None where the venue gives none."""

    venue: str
    symbol: str
    price: Decimal
    quantity: Decimal
    side: Side
    time: int
    id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", Side(self.side))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One k-line bar; `time` is its opening time."""

    venue: str
    symbol: str
    interval: str
    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal | None = None
    quote_volume: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """What is known of an instrument's last 24 h and best quotes; `change` is a fraction (0.01 is +1 %).

    A ticker event carries only what its message had: a None field says nothing about the value before.
    """

    venue: str
    symbol: str
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_quantity: Decimal | None = None
    ask_quantity: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    base_volume: Decimal | None = None
    quote_volume: Decimal | None = None
    change: Decimal | None = None
    time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSnapshot:
    """A whole book (as deep as the venue sends): bids highest first, asks lowest first.

    `step` is the venue's own price grouping where one was asked for; `received` is this machine's ms.
    """

    venue: str
    symbol: str
    bids: Sequence[Level]
    asks: Sequence[Level]
    time: int | None = None
    step: str | None = None
    source: Source = Source.SNAPSHOT
    received: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.source))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDelta:
    """Changed levels; each quantity is the new absolute size at that price, 0 removes the level."""

    venue: str
    symbol: str
    bids: Sequence[Level]
    asks: Sequence[Level]
    time: int | None = None
    step: str | None = None
    source: Source = Source.STREAM
    received: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.source))
