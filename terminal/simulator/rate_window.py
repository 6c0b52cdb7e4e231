"""A limit of requests a second, as the simulated venues count it."""

from __future__ import annotations

from collections import deque

# A client that paces itself exactly at the limit arrives a little unevenly: the last 50 ms of the second are forgiven.
_WINDOW_MS = 950


class RateWindow:
    """The requests taken within the last second."""

    def __init__(self, limit: int) -> None:
        self._taken: deque[int] = deque(maxlen=limit)
        self._limit = limit

    def take(self, now: int) -> bool:
        """Take one more; False when that would be too many."""
        if len(self._taken) == self._limit and 0 <= now - self._taken[0] < _WINDOW_MS:
            return False
        self._taken.append(now)
        return True
