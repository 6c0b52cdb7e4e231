"""Which rows are on screen, and when they may move.

Static centring: rows stay where they are while the touch walks through them, and are recentred once it leaves the
middle third. While the pointer is over a clickable column nothing moves at all, the spread row included.
"""

from __future__ import annotations


class Viewport:
    """A window of `count` contiguous rows, highest first, with the spread row above row `split`.

    When the touch is out of sight the spread row waits at the edge nearest to it.
    """

    def __init__(self) -> None:
        self.count = 0
        self.top = 0
        self.split = 0
        self.frozen = False
        self.scrolled = False
        self.held_back = False
        self._centred = False

    @property
    def bottom(self) -> int:
        return self.top - self.count + 1

    @property
    def split_slot(self) -> int:
        """How many rows stand above the spread row: 0 .. count."""
        return max(0, min(self.count, self.top - self.split))

    def reset(self) -> None:
        """Forget the position: the next touch is centred."""
        self.scrolled = False
        self.held_back = False
        self._centred = False

    def resize(self, count: int) -> None:
        """Show `count` rows from now on, keeping the spread row's distance from the middle."""
        if count == self.count:
            return
        slot = self.top - self.split
        self.top += (count - self.count) // 2 if self._centred and 0 <= slot <= self.count else 0
        self.count = count

    def follow(self, bid: int | None, ask: int | None) -> None:
        """Take the rows of the best bid and ask; moves the spread row and, when it must, all rows."""
        if bid is None and ask is None:
            return
        lowest = bid if bid is not None else (ask or 0) - 1
        highest = (ask if ask is not None else lowest + 1) - 1
        if not self._centred:
            self.split = (lowest + highest + 1) // 2
            self.centre()
            return
        wanted = self.split
        if not lowest <= self.split <= highest:
            wanted = lowest if self.split < lowest else highest
        moves = wanted != self.split
        off_centre = not self._in_middle_third(wanted) and not self.scrolled
        if self.frozen:
            self.held_back = moves or off_centre
            return
        self.held_back = False
        self.split = wanted
        if off_centre:
            self.centre()

    def centre(self) -> None:
        """Put the spread row into the middle; also ends a scroll by hand."""
        self.top = self.split + self.count // 2
        self.scrolled = False
        self.held_back = False
        self._centred = True

    def centre_on(self, row: int) -> None:
        """Put `row` into the middle and stay there."""
        self.top = row + self.count // 2
        self.scrolled = True
        self._centred = True

    def scroll(self, rows: int) -> None:
        """Move by hand: positive towards higher prices. Automatic centring rests until `centre`."""
        self.top = max(self.count, self.top + rows)
        self.scrolled = True

    def row_at(self, slot: int) -> int:
        return self.top - slot

    def _in_middle_third(self, split: int) -> bool:
        slot = self.top - split
        return self.count / 3 <= slot <= self.count * 2 / 3
