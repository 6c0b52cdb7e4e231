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


class Cells:
    """Sets of a row's cells, as bits of an int: they are compared for every row in every frame."""

    MINE = 1
    BID = 2
    PRICE = 4
    ASK = 8
    SUM = 16
    ALL = 31


def changed_cells(old: RowView, new: RowView) -> int:
    """Return which cells of a row differ between two frames, as bits of `Cells`."""
    if old == new:
        return 0
    if old.half is not new.half or old.row != new.row:
        return Cells.ALL
    cells = 0
    if old.mine != new.mine:
        cells |= Cells.MINE
    if old.price != new.price or old.last != new.last:
        cells |= Cells.PRICE
    own, other = (Cells.ASK, Cells.BID) if new.half is Half.ASK else (Cells.BID, Cells.ASK)
    if old.size != new.size or old.size_bar != new.size_bar:
        cells |= own
    if old.traded != new.traded or old.traded_bar != new.traded_bar:
        cells |= other
    if old.sum != new.sum or old.sum_bar != new.sum_bar:
        cells |= Cells.SUM
    return cells


def well_cell(half: Half) -> int:
    """Return the cell of a row in which an order would cross: it shows traded volume."""
    return Cells.BID if half is Half.ASK else Cells.ASK


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
