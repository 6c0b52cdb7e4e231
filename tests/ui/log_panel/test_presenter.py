"""The log shows what was asked for, newest first."""

from __future__ import annotations

from terminal.trading.activity import LogEntry, LogLevel
from terminal.ui.log_panel.presenter import line, shown_entries

ENTRIES = [
    LogEntry(time=1, level=LogLevel.INFO, source="HashKey MENA", text="Stream connected"),
    LogEntry(time=2, level=LogLevel.ERROR, source="desk", text="Order rejected:\nprice off the tick", count=3),
    LogEntry(time=3, level=LogLevel.WARNING, source="HashKey MENA", text="Stream silent"),
]


def test_the_newest_entry_comes_first() -> None:
    assert [entry.time for entry in shown_entries(ENTRIES, "")] == [3, 2, 1]


def test_every_word_of_the_filter_must_be_there_in_any_column() -> None:
    assert [entry.time for entry in shown_entries(ENTRIES, "STREAM mena")] == [3, 1]
    assert [entry.time for entry in shown_entries(ENTRIES, "error desk")] == [2]


def test_lesser_levels_are_left_out() -> None:
    assert [entry.time for entry in shown_entries(ENTRIES, "", LogLevel.WARNING)] == [3, 2]


def test_an_entry_is_one_line_with_its_count() -> None:
    assert line(ENTRIES[1]) == "Order rejected: price off the tick  × 3"
