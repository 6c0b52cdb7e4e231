"""Finding the items of a venue's document, each with the line of its first mention."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Items = dict[str, int]
"""An item's name and the line of its first mention (from 1)."""

Inventory = dict[str, dict[str, Items]]
"""Document -> kind of item -> items."""


def found_in(lines: Sequence[str], *patterns: str, start: int = 1, until: str | None = None) -> Items:
    """Return the first group of every match, from a line on and up to the first one that begins with `until`."""
    found: Items = {}
    for number, line in numbered(lines, start, len(lines)):
        if until is not None and line.startswith(until):
            break
        for pattern in patterns:
            for word in re.findall(pattern, line):
                found.setdefault(word, number)
    return found


def numbered(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[int, str]]:
    return ((number, lines[number - 1]) for number in range(start, min(end, len(lines)) + 1))


def line_of(lines: Sequence[str], heading: str) -> int:
    return lines.index(heading) + 1
