"""The activity log: what happened, in plain words, bounded, repeats folded into a count."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum

from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

_FOLD_WITHIN_MS = 60_000
_FOLD_AMONG = 20  # newest entries that are looked at for a repeat


class LogLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of the log. `time` is this machine's ms of the latest of `count` occurrences.

    `cause` is what lines about different orders have in common ("the balance is too small"); None: the text itself.
    """

    time: int
    level: LogLevel
    source: str
    text: str
    count: int = 1
    cause: str | None = None


class ActivityLog:
    """The last `capacity` entries, newest last. Callers keep secrets out of the text."""

    def __init__(self, *, clock: Clock, changed: ChangedTopics | None = None, capacity: int = 2_000) -> None:
        self.entries: deque[LogEntry] = deque(maxlen=capacity)
        self.version = 0
        self._clock = clock
        self._changed = changed if changed is not None else ChangedTopics()

    def add(self, level: LogLevel | str, source: str, text: str, *, cause: str | None = None) -> LogEntry:
        """Append one line; the same line again within a minute moves to the end with a higher count."""
        now = self._clock()
        entry = LogEntry(time=now, level=LogLevel(level), source=source, text=text, cause=cause)
        for index in range(len(self.entries) - 1, max(-1, len(self.entries) - 1 - _FOLD_AMONG), -1):
            earlier = self.entries[index]
            if now - earlier.time > _FOLD_WITHIN_MS:
                break
            if (earlier.level, earlier.source, earlier.text) == (entry.level, source, text):
                del self.entries[index]
                entry = replace(entry, count=earlier.count + 1)
                break
        self.entries.append(entry)
        self.version += 1
        self._changed.mark(TradingTopic.LOG)
        return entry
