"""The venue's clock as it is known here."""

from __future__ import annotations

from terminal.connectors.venue_clock import VenueClock


class Machine:
    def __init__(self) -> None:
        self.monotonic_s = 50.0
        self.wall_ms = 1_700_000_000_000

    def monotonic(self) -> float:
        return self.monotonic_s

    def wall(self) -> int:
        return self.wall_ms

    def pass_ms(self, ms: int) -> None:
        self.monotonic_s += ms / 1000
        self.wall_ms += ms


def clock(machine: Machine) -> VenueClock:
    return VenueClock(monotonic=machine.monotonic, wall_ms=machine.wall)


def test_before_the_first_answer_it_is_the_machines_clock() -> None:
    machine = Machine()
    known = clock(machine)
    assert not known.is_synchronised
    assert known.offset_ms is None
    assert known.now_ms() == machine.wall_ms


def test_the_answer_was_true_half_way_through_the_round_trip() -> None:
    machine = Machine()
    known = clock(machine)
    started = known.start()
    machine.pass_ms(80)
    known.learn(started, machine.wall_ms + 5000 - 40)
    assert known.offset_ms == 5000
    assert known.round_trip_ms == 80
    assert known.now_ms() == machine.wall_ms + 5000
    machine.pass_ms(1234)
    assert known.now_ms() == machine.wall_ms + 5000


def test_a_jump_of_the_machines_clock_does_not_move_it() -> None:
    machine = Machine()
    known = clock(machine)
    known.learn(known.start(), machine.wall_ms)
    before = known.now_ms()
    machine.wall_ms += 3_600_000
    assert known.now_ms() == before
