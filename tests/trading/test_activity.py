"""The activity log folds repeats, stays bounded and tells that it changed."""

from __future__ import annotations

import pytest

from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.topics import ChangedTopics, TradingTopic


class Time:
    now = 0


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def log(time: Time) -> ActivityLog:
    return ActivityLog(clock=lambda: time.now, capacity=5)


def test_repeat_within_a_minute_is_counted_and_moves_to_the_end(log: ActivityLog, time: Time) -> None:
    log.add("warning", "orders", "slow")
    log.add(LogLevel.INFO, "orders", "other")
    time.now = 59_000
    entry = log.add("warning", "orders", "slow")
    assert (entry.count, entry.time) == (2, 59_000)
    assert [(found.text, found.count) for found in log.entries] == [("other", 1), ("slow", 2)]
    assert log.version == 3


def test_repeat_after_a_minute_is_a_new_line(log: ActivityLog, time: Time) -> None:
    log.add("info", "orders", "slow")
    time.now = 60_001
    log.add("info", "orders", "slow")
    assert [found.count for found in log.entries] == [1, 1]


@pytest.mark.parametrize(("level", "source", "text"), [("error", "s", "t"), ("info", "x", "t"), ("info", "s", "u")])
def test_different_lines_are_not_folded(log: ActivityLog, level: str, source: str, text: str) -> None:
    log.add("info", "s", "t")
    log.add(level, source, text)
    assert len(log.entries) == 2


def test_log_is_bounded(log: ActivityLog) -> None:
    for number in range(9):
        log.add("info", "s", str(number))
    assert [entry.text for entry in log.entries] == ["4", "5", "6", "7", "8"]


def test_unknown_level_is_refused(log: ActivityLog) -> None:
    with pytest.raises(ValueError):
        log.add("loud", "s", "t")


def test_panels_are_told() -> None:
    changed = ChangedTopics()
    ActivityLog(clock=lambda: 0, changed=changed).add("info", "s", "t")
    assert changed.take() == {TradingTopic.LOG}
    assert changed.take() == set()
