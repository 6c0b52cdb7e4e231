"""What the ladder shows, as plain values: one frame of it is compared with the last to repaint changed rows only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from terminal.domain import OrderStatus, Side


class Half(Enum):
    """Which side of the touch a row is on; GAP is inside the spread."""

    ASK = "ask"
    BID = "bid"
    GAP = "gap"


class MineState(Enum):
    """How an own order's box is drawn."""

    WORKING = "working"
    PENDING = "pending"
    CANCELLING = "cancelling"
    UNKNOWN = "unknown"


class OwnOrder(NamedTuple):
    """One working order of ours as the ladder needs it; `remaining` is in base units."""

    key: str
    side: Side
    price: Decimal
    remaining: Decimal
    status: OrderStatus


class Mine(NamedTuple):
    """Own orders of one row and side, summed."""

    text: str
    side: Side
    state: MineState


class RowView(NamedTuple):
    """One painted row. Bars are px; `sum_bar` grows from the right edge; `last` is +1 / -1 for the row of the last
    print (up or down arrow), 0 for the others. `traded` stands in the half where a click would cross."""

    row: int
    half: Half
    price: str
    size: str
    size_bar: int
    traded: str
    traded_bar: int
    sum: str
    sum_bar: int
    last: int
    mine: Mine | None


class SpreadView(NamedTuple):
    """The spread row: last price as its unchanged and its changed digits, arrow (+1, -1, 0), last size, spread."""

    unchanged: str
    changed: str
    arrow: int
    size: str
    spread: str
    bps: str


class Headers(NamedTuple):
    """Column headers; units are in them, not in the cells. Each in its forms, longest first: the first that fits."""

    bid: tuple[str, ...]
    ask: tuple[str, ...]
    sum: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderView:
    """One frame. `split` is how many rows stand above the spread row; `prefix` how many leading letters all prices
    share; `imbalance` the bids' share in percent; `own_above` and `own_below` count own orders out of sight."""

    rows: tuple[RowView, ...]
    split: int
    spread: SpreadView
    headers: Headers
    prefix: int
    imbalance: int | None
    own_above: int
    own_below: int
    touch: str
