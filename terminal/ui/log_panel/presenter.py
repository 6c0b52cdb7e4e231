"""Which log entries are shown. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.trading.activity import LogEntry, LogLevel

_RANKS = {LogLevel.INFO: 0, LogLevel.WARNING: 1, LogLevel.ERROR: 2}

TOKENS = {LogLevel.INFO: "second", LogLevel.WARNING: "warning", LogLevel.ERROR: "danger"}
"""The colour of each level's word."""


def shown_entries(entries: Iterable[LogEntry], text: str, least: LogLevel = LogLevel.INFO) -> list[LogEntry]:
    """Return entries of at least a level that contain every word of `text`, newest first."""
    words = text.casefold().split()
    found = [
        entry
        for entry in entries
        if _RANKS[entry.level] >= _RANKS[least]
        and all(word in f"{entry.level} {entry.source} {entry.text}".casefold() for word in words)
    ]
    found.reverse()
    return found


def line(entry: LogEntry) -> str:
    """Return the entry's text as one line, with its count where it happened more than once."""
    text = " ".join(entry.text.split())
    return f"{text}  × {entry.count:,}" if entry.count > 1 else text
