"""One figure of the performance report, and how it is printed beside its goal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measured figure. `goal` is the text printed; `met` is None where there is no goal or nothing to compare."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio_row(name: str, ours: float, reference: float, *, at_most: float, unit: str = "ms", note: str = "") -> Row:
    """Return a row for `ours / reference <= at_most`, both measured in the same run."""
    ratio = ours / reference
    return Row(
        name=name,
        value=f"{ours:.2f} {unit} / {reference:.2f} {unit} = {ratio:.2f}x",
        goal=f"<= {at_most:g}x",
        met=ratio <= at_most,
        note=note,
    )


def show(rows: Sequence[Row]) -> str:
    """Return the report as an aligned table."""
    words = {True: "met", False: "NOT MET", None: "-"}
    cells = [(row.name, row.value, row.goal, words[row.met], row.note) for row in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    return "\n".join("  ".join([*(cell[i].ljust(widths[i]) for i in range(4)), cell[4]]).rstrip() for cell in cells)
