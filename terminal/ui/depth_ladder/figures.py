"""Figures of the ladder that follow from its rows: running sums, imbalance, and how texts share digits. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from terminal.domain.numbers import ZERO


def running_sums(rows: Mapping[int, Decimal], away: int) -> dict[int, Decimal]:
    """Running totals from the touch outwards (`away` is -1 for bids, +1 for asks), empty rows between included."""
    total = ZERO
    sums: dict[int, Decimal] = {}
    before: int | None = None
    for row, quantity in rows.items():
        if before is not None:
            for empty in range(before + away, row, away):
                sums[empty] = total
        total += quantity
        sums[row] = total
        before = row
    return sums


def header_forms(name: str, unit: str, base: str) -> tuple[str, ...]:
    """Return a header with its unit and asset, without the asset, and alone."""
    short = f"{name} {unit}".strip(" ,")
    return " ".join(part for part in (name, unit, base) if part), short, name.strip(",")


def imbalance(bids: Mapping[int, Decimal], asks: Mapping[int, Decimal], near: int) -> int | None:
    """Return the bids' share of the size within `near` rows of the touch, in whole percent."""
    bid = _near(bids, near)
    ask = _near(asks, near)
    if not bid + ask:
        return None
    return round(100 * bid / (bid + ask))


def _near(rows: Mapping[int, Decimal], near: int) -> Decimal:
    touch = next(iter(rows), 0)
    return sum((quantity for row, quantity in rows.items() if abs(row - touch) < near), ZERO)


def shared_prefix(first: str, second: str) -> int:
    """Return how many leading letters two texts of equal length share, and never all of them."""
    if len(first) != len(second):
        return 0
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        if one != other:
            return index
    return max(0, len(first) - 1)
