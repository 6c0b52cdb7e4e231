from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Instrument, Side, Trade
from terminal.domain.numbers import ZERO
from terminal.market.freshness import Feed, Freshness
from terminal.market.tape import Tape
from terminal.ui.trades_tape.presenter import TapePresenter, merge

D = Decimal
NOW = 1_795_257_727_314
BTC = Instrument(venue="v", symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D("0.01"), lot_size=D("0.00001"))
Print = Callable[..., Trade]


def measure(text: str) -> float:
    return sum(3.3 if letter in ".," else 7.8 for letter in text)


def make_print(
    price: str = "86960.43", quantity: str = "0.0142", side: Side = Side.BUY, *, ago: int = 0, id: str | None = None
) -> Trade:
    return Trade(venue="v", symbol="BTCUSDT", price=D(price), quantity=D(quantity), side=side, time=NOW - ago, id=id)


@pytest.fixture
def tape() -> Tape:
    return Tape(Freshness(Feed("v")), lambda: NOW)


@pytest.fixture
def presenter() -> TapePresenter:
    presenter = TapePresenter(measure)
    presenter.set_instrument(BTC)
    return presenter


def test_the_newest_print_is_on_top_with_all_its_columns(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print("86960.21", "0.25", Side.SELL, ago=1_473))
    tape.add(make_print())
    first, second = presenter.refresh(tape, 10)
    assert (first.time, first.milliseconds, first.price, first.size, first.value, first.side) == (
        "10:42:07", ".314", "86,960.43", "0.01420", "1,235", Side.BUY,
    )  # fmt: skip
    assert (second.time, second.milliseconds, second.side, second.value) == ("10:42:05", ".841", Side.SELL, "21,740")
    assert second.bar > first.bar > 0


def test_no_more_lines_are_made_than_fit(presenter: TapePresenter, tape: Tape) -> None:
    for ago in range(50, 0, -1):
        tape.add(make_print(ago=ago))
    assert len(presenter.refresh(tape, 7)) == 7


def test_prints_of_one_moment_side_and_price_are_taken_together(presenter: TapePresenter, tape: Tape) -> None:
    for quantity in ("0.1", "0.2", "0.3"):
        tape.add(make_print(quantity=quantity))
    tape.add(make_print(quantity="1", side=Side.SELL))
    assert [line.size for line in presenter.refresh(tape, 9)] == ["1.00000", "0.60000"]
    assert presenter.runs[1].count == 3
    presenter.merges = False
    assert len(presenter.refresh(tape, 9)) == 4


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 100), st.sampled_from(list(Side)), st.integers(0, 3)), max_size=40
    )
)
def test_merging_neither_loses_nor_makes_volume_or_value(prints: list[tuple[int, int, Side, int]]) -> None:
    trades = [make_print(str(price), str(size), side, ago=ago) for price, size, side, ago in prints]
    runs = list(merge(trades))
    assert sum((run.quantity for run in runs), ZERO) == sum((trade.quantity for trade in trades), ZERO)
    assert sum((run.value for run in runs), ZERO) == sum((t.price * t.quantity for t in trades), ZERO)
    assert sum(run.count for run in runs) == len(trades)


def test_the_filter_hides_what_is_smaller(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print(quantity="0.5", ago=2))
    tape.add(make_print(quantity="0.01", ago=1))
    presenter.least = D("0.1")
    assert [line.size for line in presenter.refresh(tape, 9)] == ["0.50000"]


def test_paused_lines_stay_and_new_ones_are_counted(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print("100", ago=9))
    presenter.refresh(tape, 9)
    presenter.pause(tape)
    presenter.least = D("0.01")
    tape.add(make_print("101", ago=8))
    tape.add(make_print("102", "0.001", ago=7))
    assert [line.price for line in presenter.refresh(tape, 9)] == ["100.00"]
    assert presenter.waiting == 1  # the small one will not be shown
    presenter.resume()
    assert [line.price for line in presenter.refresh(tape, 9)] == ["101.00", "100.00"]
    assert presenter.waiting == 0


def test_paused_lines_outlive_the_ring(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print("100"))
    presenter.pause(tape)
    for index in range(2_500):
        tape.add(make_print("101", id=str(index)))
    assert [line.price for line in presenter.refresh(tape, 9)] == ["100.00"]
    assert presenter.waiting == 2_000


def test_paused_lines_can_be_scrolled_to_the_oldest_and_back(presenter: TapePresenter, tape: Tape) -> None:
    for price in range(100, 120):
        tape.add(make_print(str(price), ago=200 - price))
    presenter.scroll(3)
    assert presenter.refresh(tape, 5)[0].price == "119.00"  # only held lines scroll
    presenter.pause(tape)
    presenter.scroll(3)
    assert presenter.refresh(tape, 5)[0].price == "116.00"
    presenter.scroll(500)
    assert [line.price for line in presenter.refresh(tape, 5)] == ["104.00", "103.00", "102.00", "101.00", "100.00"]
    assert presenter.offset == 15
    presenter.scroll(-500)
    assert presenter.refresh(tape, 5)[0].price == "119.00"


def test_large_prints_are_marked_once_there_is_something_to_compare(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print(quantity="9"))
    assert not presenter.refresh(tape, 5)[0].heavy
    for ago in range(200, 0, -1):
        tape.add(make_print(quantity="0.01", ago=ago))
    tape.add(make_print(quantity="5"))
    heavy, light, *_ = presenter.refresh(tape, 5)
    assert heavy.heavy
    assert not light.heavy


def test_sizes_to_filter_by_come_from_the_prints(presenter: TapePresenter, tape: Tape) -> None:
    assert presenter.thresholds(tape) == []
    for n in range(1, 101):
        tape.add(make_print(quantity=str(D(n) / 1000)))
    assert presenter.thresholds(tape) == [D("0.05"), D("0.07"), D("0.09")]


def test_every_digit_is_copied(presenter: TapePresenter, tape: Tape) -> None:
    tape.add(make_print("86960.43", "0.01420", id="77"))
    presenter.refresh(tape, 5)
    assert presenter.describe(presenter.runs[0]) == (
        "21 Nov 2026  10:42:07.314 UTC  bought  0.01420 BTC  at 86960.43 USDT  value 1234.8381060 USDT  id 77"
    )


def test_the_filter_of_one_instrument_does_not_hide_prints_of_another(presenter: TapePresenter) -> None:
    presenter.least = D(5)
    presenter.set_instrument(BTC)
    assert presenter.least is None


def test_tiny_prices_keep_their_digits_and_huge_sizes_name_their_unit(tape: Tape) -> None:
    pepe = Instrument(venue="v", symbol="PEPEUSDT", base="PEPE", quote="USDT", tick_size=D("0.00000001"), lot_size=D(1))
    presenter = TapePresenter(measure)
    presenter.set_instrument(pepe)
    tape.add(make_print("0.00000123", "952170000"))
    (line,) = presenter.refresh(tape, 5)
    assert line.price == "0.00000123"
    assert presenter.titles[1][1] == "M PEPE"
    edges = presenter.edges
    assert edges.price < edges.size < edges.value
