from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import BookSnapshot, Instrument, OrderBook, Side
from terminal.ui.depth_curve.presenter import CurvePresenter, steps

D = Decimal
BTC = Instrument(venue="v", symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D("0.01"))


def book_of(distance: int = 40, middle: int = 10_000) -> OrderBook:
    """Sizes of 1 at every unit of price on both sides, from 1 to `distance` away from the mid."""
    book = OrderBook()
    book.apply_snapshot(
        BookSnapshot(
            venue="v",
            symbol="BTCUSDT",
            bids=[(D(middle - n), D(1)) for n in range(1, distance + 1)],
            asks=[(D(middle + n), D(1)) for n in range(1, distance + 1)],
        )
    )
    return book


@pytest.fixture
def presenter() -> CurvePresenter:
    presenter = CurvePresenter()
    presenter.set_instrument(BTC)
    return presenter


levels = st.dictionaries(
    st.integers(1, 100_000).map(lambda n: D(n) / 100), st.integers(1, 10**8).map(lambda n: D(n).scaleb(-5)), min_size=1
)


@given(levels)
def test_steps_add_up_to_the_book_and_never_fall(side: dict[Decimal, Decimal]) -> None:
    found = steps(sorted(side.items()))
    assert found[-1].size == sum(side.values())
    assert found[-1].value == sum(price * size for price, size in side.items())
    assert [step.size for step in found] == sorted(step.size for step in found)


def test_both_sides_fill_the_width_and_the_mid_is_in_the_middle(presenter: CurvePresenter) -> None:
    view = presenter.refresh(book_of())
    assert view is not None
    assert presenter.span == D("0.002")
    assert view.mid_x == pytest.approx(0.5)
    assert view.bids[-1].x == pytest.approx(0.0)
    assert view.asks[-1].x == pytest.approx(1.0)
    assert 0.8 < max(point.y for point in view.asks) <= 1.0
    assert all(0 <= point.y <= 1 for point in (*view.bids, *view.asks))


def test_the_pointer_reads_what_a_taker_would_pay_up_to_there(presenter: CurvePresenter) -> None:
    presenter.refresh(book_of())
    above = presenter.read(0.5 + 5.4 / 40)  # 5.4 above the mid of 10,000, 40 wide
    assert above is not None
    assert (above.side, above.price, above.size, above.value) == (Side.BUY, D(10_005), D(5), D(50_015))
    assert (above.average, above.slippage) == (D(10_003), D("0.0003"))
    below = presenter.read(0.5 - 5.4 / 40)
    assert below is not None
    assert (below.side, below.price, below.size, below.average) == (Side.SELL, D(9_995), D(5), D(9_997))


def test_inside_the_spread_nothing_is_read(presenter: CurvePresenter) -> None:
    presenter.refresh(book_of())
    assert presenter.read(0.501) is None


def test_readings_agree_with_walking_the_book(presenter: CurvePresenter) -> None:
    book = book_of()
    presenter.refresh(book)
    read = presenter.read(0.8)
    assert read is not None
    cost = book.cost_of(Side.BUY, read.size)
    assert (read.value, read.average, read.price) == (cost.value, cost.average, cost.worst)


def test_the_width_holds_still_while_it_is_being_read(presenter: CurvePresenter) -> None:
    presenter.refresh(book_of())
    presenter.held = True
    view = presenter.refresh(book_of(distance=400, middle=10_010))
    assert view is not None
    assert presenter.span == D("0.002")
    assert view.mid_x == pytest.approx(0.75)
    presenter.held = False
    presenter.refresh(book_of(distance=400))
    assert presenter.span == D("0.02")


def test_zooming_goes_along_one_two_five(presenter: CurvePresenter) -> None:
    presenter.zoom(-1)
    presenter.refresh(book_of())
    assert presenter.span == D("0.001")
    presenter.zoom(2)
    view = presenter.refresh(book_of())
    assert presenter.span == D("0.005")
    assert view is not None
    assert view.asks[-1].x < 1  # the book ends before the edge: the curve must not pretend to go on


def test_a_missing_side_has_no_curve(presenter: CurvePresenter) -> None:
    assert presenter.refresh(OrderBook()) is None
    assert presenter.read(0.5) is None


def test_marks_are_inside_the_drawing_and_in_order(presenter: CurvePresenter) -> None:
    view = presenter.refresh(book_of())
    assert view is not None
    for marks in (view.price_marks, view.size_marks):
        places = [place for place, _ in marks]
        assert len(places) >= 2
        assert places == sorted(places)
        assert all(0 <= place <= 1 for place in places)
