"""What a soak run found, as rows of figure, goal and verdict. Pure: times in seconds, memory in MiB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tests.performance.report import Row, median, percentile

MARK_WITHIN = MappingProxyType({"disconnect": 1.0, "silence": 8.0, "crossed book": 1.0, "malformed frame": 1.0})
"""How soon each kind of injection must be marked; a silence after the longest probe (6 s without a frame) and 2 s."""

REPAIR_WITHIN = MappingProxyType({"disconnect": 15.0, "silence": 15.0, "crossed book": 5.0, "malformed frame": 35.0})
"""How soon all must be live again: after the fault itself, after a silence from the moment the venue speaks again.
A reconnect pauses for up to 0.5 s and fetches every book, tape and candle series within the request budget.
A book whose frame could not be read is right again with its next frame, at the latest after the check each 30 s."""

FLAT_SHARE, FLAT_MIB = 0.05, 5.0


@dataclass(slots=True, kw_only=True)
class Injection:
    """One fault. `at` is seconds into the run; `marked` and `repaired` are seconds from the fault, None: never.

    The fault's moment is the last one at which the venue was asked and had not acted on it yet. `lateness` is the
    longest that this process's event loop was late until the mark, `unequal` names the books that did not become
    equal to the venue's own listing, `still_trusted` what was shown as live although it was marked.
    """

    kind: str
    venue: str
    symbol: str | None
    at: float
    marked: float | None = None
    repaired: float | None = None
    lateness: float = 0.0
    unequal: tuple[str, ...] = ()
    still_trusted: tuple[str, ...] = ()

    @property
    def is_marked(self) -> bool:
        """Tell whether it was marked in time, on everything that it concerned."""
        return self.marked is not None and self.marked <= MARK_WITHIN[self.kind] and not self.still_trusted

    @property
    def is_repaired(self) -> bool:
        return self.repaired is not None and self.repaired <= REPAIR_WITHIN[self.kind] and not self.unequal

    def complaint(self) -> str | None:
        """Say what went wrong with it; None: nothing."""
        wrong: list[str] = []
        if self.marked is None:
            wrong.append("never marked")
        elif self.marked > MARK_WITHIN[self.kind]:
            wrong.append(f"marked after {self.marked:.2f} s (loop late by {self.lateness * 1000:.0f} ms)")
        if self.still_trusted:
            wrong.append(f"still shown as live: {', '.join(self.still_trusted)}")
        if self.repaired is None:
            wrong.append("never repaired")
        elif self.repaired > REPAIR_WITHIN[self.kind]:
            wrong.append(f"repaired after {self.repaired:.2f} s")
        if self.unequal:
            wrong.append(f"books not equal to the venue's: {', '.join(self.unequal)}")
        if not wrong:
            return None
        where = f"{self.venue} {self.symbol}" if self.symbol else self.venue
        return f"{self.at:7.1f} s  {self.kind} at {where}: {'; '.join(wrong)}"


def injection_rows(injections: Sequence[Injection]) -> list[Row]:
    """Return two rows a kind: how soon it was marked, and how soon all was live and equal again."""
    rows: list[Row] = []
    for kind in MARK_WITHIN:
        found = [injection for injection in injections if injection.kind == kind]
        if not found:
            continue
        marked = [injection.marked for injection in found if injection.marked is not None]
        repaired = [injection.repaired for injection in found if injection.repaired is not None]
        in_time, whole = sum(i.is_marked for i in found), sum(i.is_repaired for i in found)
        late = max(injection.lateness for injection in found)
        rows += [
            Row(
                name=f"{kind}: marked in time",
                value=f"{in_time} of {len(found)}{_spread(marked)}",
                goal=f"all <= {MARK_WITHIN[kind]:g} s",
                met=in_time == len(found),
                note=f"loop late by up to {late * 1000:.0f} ms meanwhile",
            ),
            Row(
                name=f"{kind}: repaired, books equal",
                value=f"{whole} of {len(found)}{_spread(repaired)}",
                goal=f"all <= {REPAIR_WITHIN[kind]:g} s",
                met=whole == len(found),
            ),
        ]
    return rows


def _spread(seconds: Sequence[float]) -> str:
    return f", median {median(seconds):.2f} s, longest {max(seconds):.2f} s" if seconds else ""


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the least-squares slope of (seconds, value) points, a second; 0 for fewer than two moments."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def memory_rows(samples: Sequence[tuple[float, float]]) -> list[Row]:
    """Judge the resident size (seconds, MiB) after the warm-up: flat is growth below 5 % or 5 MiB, whichever is
    more, both by the fitted line over the whole time and from the first minute's median to the last one's."""
    if len(samples) < 2:
        return [Row(name="memory after the warm-up", value="not measured: the run was too short", met=None)]
    began, ended = samples[0][0], samples[-1][0]
    first = median([value for time, value in samples if time <= began + 60])
    last = median([value for time, value in samples if time >= ended - 60])
    allowed = max(FLAT_MIB, first * FLAT_SHARE)
    fitted = slope(samples) * (ended - began)
    span = f"{(ended - began) / 60:.1f} min"
    top = max(value for _, value in samples)
    return [
        Row(
            name=f"memory, fitted growth over {span}",
            value=f"{fitted:+.1f} MiB ({slope(samples) * 3600:+.1f} MiB/h)",
            goal=f"< {allowed:.1f} MiB",
            met=fitted < allowed,
        ),
        Row(
            name="memory, first minute to last",
            value=f"{first:.1f} -> {last:.1f} MiB, highest {top:.1f} MiB",
            goal=f"< +{allowed:.1f} MiB",
            met=last - first < allowed,
        ),
    ]


def rate_row(venue: str, what: str, counts: Sequence[int], *, documented: float, pace: float) -> Row:
    """Compare the frames taken in each whole second with the documented push rate times `pace`, by the median."""
    wanted = documented * pace
    found = median(counts) if counts else 0.0
    return Row(
        name=f"{venue}: {what} a second",
        value=f"{found:,.0f}",
        goal=f"documented {documented:,.0f} x {pace:g} = {wanted:,.0f}",
        met=found >= 0.9 * wanted,
        note="within a tenth counts as met",
    )


def lateness_row(lateness: Sequence[float]) -> Row:
    """Report how late the event loop gave a 20 ms timer its turn; no goal, for the machine shares in it."""
    if not lateness:
        return Row(name="event loop lateness", value="not measured")
    return Row(
        name="event loop lateness, worst of each second",
        value=f"median {median(lateness) * 1000:.0f} ms, p99 {percentile(lateness, 0.99) * 1000:.0f} ms, "
        f"worst {max(lateness) * 1000:.0f} ms",
    )


def zero_row(name: str, found: Sequence[str]) -> Row:
    """Return a row whose goal is that nothing was found; the note lists the first few that were."""
    return Row(name=name, value=str(len(found)), goal="0", met=not found, note="; ".join(found[:5]))
