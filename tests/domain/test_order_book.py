"""The order book against a plain dict, under every sequence of snapshots and deltas."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import BookDelta, BookSnapshot, Level, OrderBook, Side
from terminal.domain.order_book import crossing

D = Decimal
levels = st.lists(
    st.tuples(st.integers(min_value=-2, max_value=40).map(D), st.integers(min_value=-2, max_value=5).map(D)),
    max_size=12,
)
messages = st.lists(st.tuples(st.booleans(), levels, levels), max_size=10)


def snapshot(bids: list[Level], asks: list[Level], time: int | None = None) -> BookSnapshot:
    return BookSnapshot(venue="v", symbol="S", bids=bids, asks=asks, time=time)


def delta(bids: list[Level], asks: list[Level], time: int | None = None) -> BookDelta:
    return BookDelta(venue="v", symbol="S", bids=bids, asks=asks, time=time)


@given(messages)
def test_book_equals_a_plain_dict_and_holds_only_positive_levels(
    sequence: list[tuple[bool, list[Level], list[Level]]],
) -> None:
    book = OrderBook()
    expected: tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]] = ({}, {})
    for whole, bids, asks in sequence:
        if whole:
            book.apply_snapshot(snapshot(bids, asks))
            expected = ({}, {})
        else:
            book.apply_delta(delta(bids, asks))
        for side, rows in zip(expected, (bids, asks), strict=True):
            for price, quantity in rows:
                if quantity > 0 and price > 0:
                    side[price] = quantity
                elif quantity <= 0 and not whole:
                    side.pop(price, None)
                elif whole:
                    continue
    assert list(book.bids) == sorted(expected[0].items(), reverse=True)
    assert list(book.asks) == sorted(expected[1].items())
    assert all(price > 0 and quantity > 0 for side in (book.bids, book.asks) for price, quantity in side)


@given(levels, levels)
def test_a_crossed_snapshot_is_reported(bids: list[Level], asks: list[Level]) -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot(bids, asks))
    kept_bids, kept_asks = list(book.bids), list(book.asks)
    assert book.is_crossed == crossing(kept_bids, kept_asks)
    assert book.is_crossed == bool(kept_bids and kept_asks and kept_bids[0][0] >= kept_asks[0][0])


@given(levels, levels, st.sampled_from([D(1), D(2), D(5), D("0.5"), D(10)]))
def test_grouping_keeps_every_unit_and_never_narrows_the_spread(
    bids: list[Level], asks: list[Level], step: Decimal
) -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot(bids, asks))
    for side in (book.bids, book.asks):
        rows = side.grouped(step, 1000)
        assert sum((row.quantity for row in rows), D(0)) == sum((q for _, q in side), D(0))
        assert not rows or rows[-1].cumulative == sum((row.quantity for row in rows), D(0))
        assert len({row.price for row in rows}) == len(rows)
    if book.bids.best and book.asks.best and not book.is_crossed:
        assert book.bids.grouped(step, 1)[0].price <= book.bids.best[0]
        assert book.asks.grouped(step, 1)[0].price >= book.asks.best[0]


@given(levels, st.integers(min_value=1, max_value=30).map(D), st.none() | st.integers(min_value=0, max_value=40).map(D))
def test_cost_walks_the_book_as_a_taker_would(asks: list[Level], quantity: Decimal, limit: Decimal | None) -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot([], asks))
    cost = book.cost_of(Side.BUY, quantity, limit)
    left, value, worst = quantity, D(0), None
    for price, size in book.asks:
        if left <= 0 or (limit is not None and price > limit):
            break
        take = min(left, size)
        left, value, worst = left - take, value + take * price, price
    assert (cost.filled, cost.value, cost.worst) == (quantity - left, value, worst)


def test_cost_of_a_value_spends_no_more_than_asked() -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot([], [(D(10), D(1)), (D(20), D(1))]))
    cost = book.cost_of_value(Side.BUY, D(20))
    assert cost.value == D(20)
    assert (cost.filled, cost.worst) == (D("1.5"), D(20))
    assert book.cost_of_value(Side.BUY, D(100)).value == D(30)


def test_time_that_goes_back_is_told_until_the_next_snapshot() -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot([(D(1), D(1))], [(D(2), D(1))], time=10))
    book.apply_delta(delta([], [], time=9))
    book.apply_delta(delta([], [], time=11))
    assert book.time_went_back
    book.apply_snapshot(snapshot([(D(1), D(1))], [(D(2), D(1))], time=12))
    assert not book.time_went_back


def test_top_returns_levels_from_the_touch_outwards() -> None:
    book = OrderBook()
    book.apply_snapshot(snapshot([(D(1), D(5)), (D(3), D(6)), (D(2), D(7))], [(D(9), D(1)), (D(4), D(2))]))
    assert book.bids.top(2) == [(D(3), D(6)), (D(2), D(7))]
    assert book.asks.top(5) == [(D(4), D(2)), (D(9), D(1))]
    assert book.spread == 1
    assert book.mid == D("3.5")
    assert book.depth_within(Side.BUY, D(4)) == 2
