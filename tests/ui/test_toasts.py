"""Notes: one per cause, counted, gone by themselves unless they tell of an error."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from terminal.trading.activity import ActivityLog, LogLevel
from terminal.ui.frame_clock import FrameClock
from terminal.ui.news import News
from terminal.ui.theme import Theme
from terminal.ui.toasts import MOST, Toasts


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 700)
    host.show()
    return host


@pytest.fixture
def toasts(theme: Theme, host: QWidget) -> Toasts:
    return Toasts(theme, host)


def texts(toasts: Toasts) -> list[str]:
    return [toast.note.text for toast in toasts.shown]


def test_the_same_cause_is_counted_not_repeated(toasts: Toasts) -> None:
    for text in ("refused once", "refused again", "refused a third time"):
        toasts.show_note(LogLevel.ERROR, text, cause="connect")
    assert texts(toasts) == ["refused a third time"]
    assert toasts.shown[0].count == 3


def test_refusals_of_several_orders_for_one_reason_are_one_note(toasts: Toasts, host: QWidget) -> None:
    activity = ActivityLog(clock=lambda: 1_000)
    news = News(activity, toasts, FrameClock(lambda: 1_000), host)
    for price in (100, 99, 98):
        activity.add("warning", "orders", f"buy 1 BTCUSDT at {price}: too small", cause="too small")

    news.show_new()

    assert texts(toasts) == ["orders: buy 1 BTCUSDT at 98: too small"]
    assert toasts.shown[0].count == 3
    assert len(activity.entries) == 3  # the log keeps each


def test_notes_stand_above_each_other_inside_the_window(toasts: Toasts, host: QWidget) -> None:
    for number in range(3):
        toasts.show_note("info", f"note {number}")
    tops = [toast.y() for toast in toasts.shown]
    assert tops == sorted(tops)
    assert all(host.rect().contains(toast.geometry()) for toast in toasts.shown)
    host.resize(700, 500)
    assert all(host.rect().contains(toast.geometry()) for toast in toasts.shown)


def test_only_errors_stay(toasts: Toasts) -> None:
    for level in LogLevel:
        toasts.show_note(level, level.value)
    assert {toast.note.text: toast.hides_itself for toast in toasts.shown} == {
        "info": True,
        "warning": True,
        "error": False,
    }


def test_an_error_outlives_lesser_notes_when_room_is_short(toasts: Toasts) -> None:
    toasts.show_note("error", "the order's fate is unknown")
    for number in range(MOST):
        toasts.show_note("info", f"note {number}")
    assert len(toasts.shown) == MOST
    assert "the order's fate is unknown" in texts(toasts)
    assert "note 0" not in texts(toasts)


def test_a_note_can_be_closed(toasts: Toasts) -> None:
    toast = toasts.show_note("error", "no")
    button = toast.findChild(QToolButton, "toast_close")
    assert button is not None
    button.click()
    assert toasts.shown == ()


def test_markup_from_a_venue_stays_text(toasts: Toasts) -> None:
    toast = toasts.show_note("error", "<a href='x'>click</a>")
    assert "<a href='x'>click</a>" in [label.text() for label in toast.findChildren(QLabel)]
    formats = {label.textFormat().name for label in toast.findChildren(QLabel) if label.text().startswith("<")}
    assert formats == {"PlainText"}
