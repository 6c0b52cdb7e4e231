"""Places labels: apart from each other beside one line, or one after the other in lines that wrap."""

from __future__ import annotations

from collections.abc import Sequence


def pushed_apart(centres: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return the centres of labels moved so that none overlaps another, each as near its place as can be.

    The order along the axis is kept (equal centres: in the order given). All stay between `top` and `bottom`
    as long as they fit; otherwise they are stacked from `top` on. Neighbours that touch move as one block whose
    middle is the mean of what its labels want.
    """
    order = sorted(range(len(centres)), key=lambda index: centres[index])
    # each block: [start, total height, sum of wanted starts of the block as a whole, indexes]
    blocks: list[tuple[float, float, float, list[int]]] = []
    for index in order:
        height = heights[index]
        wanted = centres[index] - height / 2
        block = (_clamped(wanted, height, top, bottom), height, wanted, [index])
        while blocks and blocks[-1][0] + blocks[-1][1] > block[0]:
            _, before_height, before_wanted, before = blocks.pop()
            _, block_height, block_wanted, members = block
            # a label deeper in the block wants the block to begin its offset earlier
            total_wanted = before_wanted + block_wanted - before_height * len(members)
            joined, total = before + members, before_height + block_height
            block = (_clamped(total_wanted / len(joined), total, top, bottom), total, total_wanted, joined)
        blocks.append(block)
    result = [0.0] * len(centres)
    for start, _, _, members in blocks:
        y = start
        for index in members:
            result[index] = y + heights[index] / 2
            y += heights[index]
    return result


def _clamped(start: float, height: float, top: float, bottom: float) -> float:
    return max(top, min(start, bottom - height))


def wrapped(widths: Sequence[float], gap: float, left: float, right: float) -> list[tuple[float, int]]:
    """Return left edge and line (from 0) of texts set one after the other, `gap` apart, between `left` and `right`.

    A text wider than a whole line has one to itself.
    """
    places: list[tuple[float, int]] = []
    x, line = left, 0
    for width in widths:
        if x + width > right and x > left:
            x, line = left, line + 1
        places.append((x, line))
        x += width + gap
    return places
