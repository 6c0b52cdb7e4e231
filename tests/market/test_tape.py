"""The tape: prints counted once, gaps filled, volume by price over five minutes."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import Side, Trade
from terminal.market.freshness import Feed, Freshness
from terminal.market.tape import RING_SIZE, WINDOW_MS, Tape

D = Decimal


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def make(clock: Clock | None = None) -> Tape:
    return Tape(Freshness(Feed("v")), clock or Clock())


def trade(time: int, price: int = 100, quantity: int = 1, name: str | None = None) -> Trade:
    return Trade(venue="v", symbol="S", id=name, price=D(price), quantity=D(quantity), side=Side.BUY, time=time)


def test_a_print_with_a_known_id_is_counted_once() -> None:
    tape = make()
    assert tape.add(trade(1, name="a"))
    assert not tape.add(trade(1, name="a"))
    assert tape.total == 1
    assert tape.traded_at(D(100)) == 1


def test_two_equal_prints_without_id_both_count() -> None:
    tape = make()
    assert tape.add(trade(1))
    assert tape.add(trade(1))
    assert tape.total == 2


def test_rest_prints_stand_before_the_first_live_ones() -> None:
    tape = make()
    tape.add(trade(50, name="x"))
    assert tape.seed([trade(10), trade(20), trade(50)]) == 2
    assert [t.time for t in tape.trades] == [10, 20, 50]


def test_stream_history_after_a_rest_seed_is_not_doubled() -> None:
    tape = make()
    tape.seed([trade(10), trade(20), trade(20)])
    for index, time in enumerate((10, 20, 20, 30)):
        tape.add(trade(time, name=str(index)))
    assert [t.time for t in tape.trades] == [10, 20, 20, 30]


def test_a_gap_is_filled_between_the_old_and_the_new_prints() -> None:
    tape = make()
    tape.add(trade(10, name="a"))
    tape.mark_gap()
    tape.add(trade(40, name="d"))
    assert tape.seed([trade(10), trade(20), trade(30), trade(40)]) == 2
    assert [t.time for t in tape.trades] == [10, 20, 30, 40]


def test_volume_at_a_price_expires_after_the_window() -> None:
    clock = Clock()
    tape = make(clock)
    tape.add(trade(1, price=100, quantity=3))
    clock.now += WINDOW_MS - 1
    tape.add(trade(2, price=101, quantity=2))
    assert tape.traded_between(D(100), D(102)) == 5
    clock.now += 2
    assert tape.traded_at(D(100)) == 0
    assert tape.traded() == {D(101): D(2)}


def test_the_ring_is_bounded_and_the_total_is_not() -> None:
    tape = make()
    for index in range(RING_SIZE + 10):
        tape.add(trade(index, name=str(index)))
    assert len(tape.trades) == RING_SIZE
    assert tape.total == RING_SIZE + 10


def test_volumes_that_nobody_asks_for_are_not_kept_beyond_the_window() -> None:
    clock = Clock()
    tape = make(clock)
    for second in range(1_000):
        clock.now += 1_000
        tape.add(trade(clock.now, price=second))

    assert len(tape._recent) <= WINDOW_MS // 1_000 + 1
    assert len(tape._traded) <= WINDOW_MS // 1_000 + 1


def test_prints_of_lists_that_no_stream_tells_again_are_forgotten() -> None:
    tape = make()
    for gap in range(50):
        tape.mark_gap()
        start = gap * 1_000
        tape.seed([trade(start + index, price=1 + index) for index in range(1, 101)])

    assert len(tape._anonymous) <= 256
    # the newest ones are still known when the stream tells them with ids
    before = tape.total
    assert not tape.add(trade(49_000 + 100, price=101, name="again"))
    assert tape.total == before
