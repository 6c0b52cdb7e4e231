"""The default layouts as plain data: columns of tab groups with their sizes in px."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STRIP_WIDTH = 44
GUTTER = 4
TOP_BAR_HEIGHT = 40
STATUS_BAR_HEIGHT = 22
TITLE_HEIGHT = 26

COMPACT_WIDTH = 1_440
COMPACT_HEIGHT = 800


@dataclass(frozen=True, slots=True)
class Area:
    """Tabs in one place, the first one on top. `height` 0 takes what is left."""

    panels: tuple[str, ...]
    height: int = 0


@dataclass(frozen=True, slots=True)
class ColumnOfAreas:
    """Areas from top to bottom. `width` 0 takes what is left."""

    areas: tuple[Area, ...]
    width: int = 0


Layout = tuple[ColumnOfAreas, ...]

WIDE: Layout = (
    ColumnOfAreas((Area(("watchlist",)),), 250),
    ColumnOfAreas((Area(("chart",)), Area(("orders", "history", "fills", "transfers", "log"), 230))),
    ColumnOfAreas((Area(("ladder", "depth_curve")), Area(("trades",), 230)), 300),
    ColumnOfAreas((Area(("ticket",)), Area(("balances",), 230)), 300),
)
"""For 1600x900 and more."""

COMPACT: Layout = (
    ColumnOfAreas((Area(("watchlist",)),), STRIP_WIDTH),
    ColumnOfAreas((Area(("chart",)), Area(("orders", "history", "fills", "transfers", "log"), 168))),
    ColumnOfAreas((Area(("ladder", "trades", "depth_curve")),), 300),
    ColumnOfAreas((Area(("ticket",)), Area(("balances",), 168)), 300),
)
"""For 1280x720: the watchlist is an icon strip, the tape joins the ladder's tabs."""

HUGE: Layout = (
    ColumnOfAreas((Area(("watchlist",)),), 280),
    ColumnOfAreas((Area(("chart",)), Area(("orders", "history", "fills", "transfers", "log"), 300))),
    ColumnOfAreas((Area(("ladder",)), Area(("depth_curve",), 300)), 320),
    ColumnOfAreas((Area(("trades",)),), 320),
    ColumnOfAreas((Area(("ticket",)), Area(("balances",), 300)), 320),
)
"""For windows wider than 2400 px: ladder and tape stand side by side."""


_LAYOUTS: Mapping[str, Layout] = {"compact": COMPACT, "wide": WIDE, "huge": HUGE}


def layout_name(width: int, height: int) -> str:
    """Return the class of a window size: "compact", "wide" or "huge"."""
    if width < COMPACT_WIDTH or height < COMPACT_HEIGHT:
        return "compact"
    return "huge" if width >= 2_400 else "wide"


def layout_of(name: str) -> Layout:
    """Return the default layout of a class of window sizes."""
    return _LAYOUTS[name]


def layout_for(width: int, height: int) -> Layout:
    """Return the default layout for a window of this size."""
    return layout_of(layout_name(width, height))


def sizes(parts: tuple[int, ...], total: int) -> list[int]:
    """Return the px of each part of a row or column `total` px long; those of 0 share what is left."""
    free = max(0, total - GUTTER * (len(parts) - 1) - sum(parts))
    flexible = parts.count(0)
    return [part or free // flexible for part in parts]
