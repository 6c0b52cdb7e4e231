"""The report's groups of figures, each measured by a module of this package."""

from __future__ import annotations

from importlib import import_module

from tests.performance.report import Row

GROUPS = {
    "startup": "rows",
    "tick_to_paint": "rows",
    "order": "measure",
    "stream": "measure",
    "book": "measure",
    "ladder": "measure",
    "tables": "measure",
    "chart": "measure",
    "journal": "measure",
}
"""A module of this package, and its function that returns rows."""

WITH_PEERS = frozenset({"book", "chart"})
"""Groups whose function takes the interpreter of the peers' environment, or None."""


def run_group(name: str, peers: str | None) -> list[Row]:
    """Measure one group; the caller gives it a process of its own."""
    measure = getattr(import_module(f"tests.performance.{name}"), GROUPS[name])
    rows: list[Row] = measure(peers) if name in WITH_PEERS else measure()
    return rows
