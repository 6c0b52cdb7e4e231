"""Minimum or maximum over any stretch of a long array at a cost that does not grow with its length.

Level 0 is the array itself, each further level holds the extreme of FACTOR neighbours of the level below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FACTOR = 4


class Pyramid:
    """Extremes of one array; `reduce` is `np.minimum` or `np.maximum`.

    The array is handed in with every call, because its owner may move it to a larger buffer; the pyramid keeps
    only the levels above it.
    """

    def __init__(self, reduce: Any) -> None:
        self._reduce = reduce
        self._levels: list[Floats] = []
        self._counts: list[int] = []

    def rebuild(self, values: Floats) -> None:
        """Take a new array."""
        self._levels = []
        self._counts = []
        self.update(values, 0)

    def update(self, values: Floats, start: int) -> None:
        """Follow an array that changed, grew or shrank from index `start` on."""
        below = values
        depth = 0
        while len(below) > FACTOR:
            # a level that did not exist before holds nothing to keep
            start = 0 if depth == len(self._levels) else start // FACTOR
            count = -(-len(below) // FACTOR)
            level = self._level(depth, count, keep=start)
            whole = len(below) // FACTOR
            if start < whole:
                groups = below[start * FACTOR : whole * FACTOR].reshape(-1, FACTOR)
                self._reduce.reduce(groups, axis=1, out=level[start:whole])
            if whole < count:
                level[whole] = self._reduce.reduce(below[whole * FACTOR :])
            below = level[:count]
            depth += 1
        del self._levels[depth:], self._counts[depth:]

    def level(self, values: Floats, depth: int) -> Floats:
        """Return the extremes of groups of FACTOR**depth values; depth 0 is `values` itself."""
        return values if depth == 0 else self._levels[depth - 1][: self._counts[depth - 1]]

    @property
    def depth(self) -> int:
        """The coarsest level there is."""
        return len(self._counts)

    def extreme(self, values: Floats, start: int, stop: int) -> float:
        """Return the extreme of values[start:stop]; raises ValueError when that is empty."""
        if not 0 <= start < stop <= len(values):
            raise ValueError(f"no values in {start}:{stop} of {len(values)}")
        reduce = self._reduce.reduce
        found: list[float] = []
        depth = 0
        while True:
            level = self.level(values, depth)
            if stop - start <= 2 * FACTOR or depth == self.depth:
                found.append(float(reduce(level[start:stop])))
                return float(reduce(found))
            inner_start = -(-start // FACTOR)
            inner_stop = stop // FACTOR
            if start < inner_start * FACTOR:
                found.append(float(reduce(level[start : inner_start * FACTOR])))
            if inner_stop * FACTOR < stop:
                found.append(float(reduce(level[inner_stop * FACTOR : stop])))
            start, stop, depth = inner_start, inner_stop, depth + 1

    def _level(self, depth: int, count: int, *, keep: int) -> Floats:
        """Return the buffer of one level with room for `count`, its first `keep` values preserved."""
        if depth == len(self._levels):
            self._levels.append(np.empty(count + count // 8, dtype=np.float64))
            self._counts.append(count)
            return self._levels[depth]
        if len(self._levels[depth]) < count:
            grown = np.empty(count + count // 8 + 1, dtype=np.float64)
            grown[:keep] = self._levels[depth][:keep]
            self._levels[depth] = grown
        self._counts[depth] = count
        return self._levels[depth]
