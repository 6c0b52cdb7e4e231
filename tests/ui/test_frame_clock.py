"""What changed is drawn once a frame, only where it can be seen."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import NamedTuple

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from terminal.ui.frame_clock import FrameClock


class Kind(Enum):
    BOOK = 1
    TAPE = 2


class Key(NamedTuple):
    what: Kind
    name: str


class Source:
    def __init__(self) -> None:
        self.dirty: set[Hashable] = set()

    def take_changed(self) -> set[Hashable]:
        taken, self.dirty = self.dirty, set()
        return taken


class Drawn(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def render_now(self) -> None:
        self.count += 1


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock(source: Source) -> FrameClock:
    clock = FrameClock(lambda: 1_000)
    clock.add_source(source)
    return clock


@pytest.fixture
def panel(qtbot: QtBot) -> Drawn:
    panel = Drawn()
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_a_panel_is_drawn_once_at_first_and_then_only_after_a_change(
    clock: FrameClock, source: Source, panel: Drawn
) -> None:
    clock.register(panel, lambda: {Key(Kind.BOOK, "a")}, panel.render_now)
    clock.run_frame()
    clock.run_frame()
    assert panel.count == 1
    source.dirty = {Key(Kind.BOOK, "b"), Key(Kind.TAPE, "a")}
    clock.run_frame()
    assert panel.count == 1
    source.dirty = {Key(Kind.BOOK, "a")}
    clock.run_frame()
    assert panel.count == 2


def test_a_topic_alone_stands_for_every_instrument(clock: FrameClock, source: Source, panel: Drawn) -> None:
    seen: list[set[Hashable]] = []
    place = clock.register(panel, lambda: {Kind.BOOK}, lambda: seen.append(set(place.changed)))
    clock.run_frame()
    source.dirty = {Key(Kind.BOOK, "a"), Key(Kind.BOOK, "b"), Key(Kind.TAPE, "a")}
    clock.run_frame()
    assert seen == [set(), {Key(Kind.BOOK, "a"), Key(Kind.BOOK, "b")}]


def test_what_changed_while_hidden_is_drawn_when_shown(clock: FrameClock, source: Source, panel: Drawn) -> None:
    clock.register(panel, lambda: {Key(Kind.BOOK, "a")}, panel.render_now)
    clock.run_frame()
    panel.hide()
    source.dirty = {Key(Kind.BOOK, "a")}
    clock.run_frame()
    assert panel.count == 1
    panel.show()
    clock.run_frame()
    assert panel.count == 2


def test_a_broken_panel_is_reported_once_and_stops_no_other(
    source: Source, panel: Drawn, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[str] = []
    clock = FrameClock(lambda: 0, failed=lambda name, error: reported.append(f"{name}: {error}"))
    clock.add_source(source)
    panel.setObjectName("broken")

    def fail() -> None:
        raise ValueError("no")

    broken = clock.register(panel, set, fail)
    clock.register(panel, set, panel.render_now)
    clock.run_frame()
    broken.request()
    clock.run_frame()
    assert panel.count == 1
    assert reported == ["broken: no"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_deleted_panel_is_forgotten(clock: FrameClock, source: Source, qtbot: QtBot) -> None:
    panel = Drawn()
    panel.show()
    clock.register(panel, lambda: {Key(Kind.BOOK, "a")}, panel.render_now)
    panel.deleteLater()
    qtbot.waitUntil(lambda: not isValid(panel))
    source.dirty = {Key(Kind.BOOK, "a")}
    clock.run_frame()


def test_a_closed_place_draws_no_more(clock: FrameClock, panel: Drawn) -> None:
    place = clock.register(panel, set, panel.render_now)
    place.close()
    clock.run_frame()
    assert panel.count == 0


def test_the_timer_runs_frames_and_ticks(clock: FrameClock, qtbot: QtBot) -> None:
    with qtbot.waitSignal(clock.tick, timeout=3_000) as ticked:
        clock.start()
    qtbot.waitUntil(lambda: clock.frames >= 3)
    clock.stop()
    assert ticked.args == [1_000]
