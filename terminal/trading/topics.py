"""What changed in the trading state since the frame clock last looked, and the clock everybody here is given."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

Clock = Callable[[], int]
"""This machine's time in Unix ms; injected, so that tests decide it."""


class TradingTopic(Enum):
    """Parts of the trading state that panels are bound to."""

    ORDERS = auto()
    FILLS = auto()
    BALANCES = auto()
    FEES = auto()
    ARMING = auto()
    LOG = auto()
    JOURNAL = auto()
    WALLET = auto()


class ChangedTopics:
    """The set of topics that changed; shared by the desk, the portfolio, arming and the activity log."""

    def __init__(self) -> None:
        self._changed: set[TradingTopic] = set()

    def mark(self, topic: TradingTopic) -> None:
        self._changed.add(topic)

    def take(self) -> set[TradingTopic]:
        """Return what changed since the last call and forget it."""
        changed = self._changed
        self._changed = set()
        return changed
