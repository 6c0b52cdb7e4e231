from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import BookSnapshot, OrderBook, Side
from terminal.domain.numbers import ZERO
from terminal.ui.depth_ladder.grouping import (
    GROUPS,
    PriceGrid,
    allowed_groups,
    ask_rows,
    bid_rows,
    common_group,
    group_for,
    next_group,
    traded_rows,
)

D = Decimal
TICK = D("0.01")

quantities = st.integers(1, 10**9).map(lambda n: D(n).scaleb(-5))
ticks_above = st.integers(1, 4_000)


@st.composite
def books(draw: st.DrawFn) -> OrderBook:
    """A book whose bids all lie below its asks, at any distance and density."""
    touch = draw(st.integers(5_000, 9_000_000))
    bids = draw(st.dictionaries(st.integers(0, 4_000), quantities, min_size=1, max_size=40))
    asks = draw(st.dictionaries(ticks_above, quantities, min_size=1, max_size=40))
    book = OrderBook()
    book.apply_snapshot(
        BookSnapshot(
            venue="v",
            symbol="s",
            bids=[((touch - below) * TICK, size) for below, size in bids.items()],
            asks=[((touch + above) * TICK, size) for above, size in asks.items()],
        )
    )
    return book


groups = st.sampled_from(GROUPS[:15])


@given(books(), groups)
def test_no_liquidity_is_lost_or_made_inside_the_rows_shown(book: OrderBook, ticks: int) -> None:
    grid = PriceGrid(TICK, ticks)
    assert sum(bid_rows(book.bids, grid, -1).values()) == sum(size for _, size in book.bids)
    assert sum(ask_rows(book.asks, grid, 10**9).values()) == sum(size for _, size in book.asks)


@given(books(), groups, st.integers(0, 30))
def test_a_row_holds_exactly_the_orders_of_its_prices(book: OrderBook, ticks: int, depth: int) -> None:
    grid = PriceGrid(TICK, ticks)
    best_bid, best_ask = book.bids.best, book.asks.best
    assert best_bid is not None
    assert best_ask is not None
    low, high = grid.floor(best_bid[0]) - depth, grid.ceiling(best_ask[0]) + depth
    for row, size in bid_rows(book.bids, grid, low).items():
        assert row >= low
        assert size == sum(q for p, q in book.bids if grid.price(row) <= p < grid.price(row + 1))
    for row, size in ask_rows(book.asks, grid, high).items():
        assert row <= high
        assert size == sum(q for p, q in book.asks if grid.price(row - 1) < p <= grid.price(row))


@given(books(), groups)
def test_grouped_sides_never_cross_or_touch(book: OrderBook, ticks: int) -> None:
    grid = PriceGrid(TICK, ticks)
    assert max(bid_rows(book.bids, grid, -1)) < min(ask_rows(book.asks, grid, 10**9))


@given(books(), groups)
def test_rounding_is_never_better_for_the_user_than_the_book(book: OrderBook, ticks: int) -> None:
    grid = PriceGrid(TICK, ticks)
    for price, _ in book.bids:
        assert grid.price(grid.row_of(price, Side.BUY)) <= price
    for price, _ in book.asks:
        assert grid.price(grid.row_of(price, Side.SELL)) >= price


@given(books(), groups)
def test_rows_are_told_from_the_touch_outwards(book: OrderBook, ticks: int) -> None:
    grid = PriceGrid(TICK, ticks)
    assert list(bid_rows(book.bids, grid, -1)) == sorted(bid_rows(book.bids, grid, -1), reverse=True)
    assert list(ask_rows(book.asks, grid, 10**9)) == sorted(ask_rows(book.asks, grid, 10**9))


@given(st.dictionaries(st.integers(1, 10_000).map(lambda n: n * TICK), quantities), groups, st.integers(0, 5_000))
def test_every_traded_unit_is_counted_in_one_row(traded: dict[Decimal, Decimal], ticks: int, split: int) -> None:
    grid = PriceGrid(TICK, ticks)
    assert sum(traded_rows(traded, grid, split).values(), ZERO) == sum(traded.values(), ZERO)


def test_prices_off_the_tick_land_in_the_row_that_holds_them() -> None:
    grid = PriceGrid(D("0.5"), 2)
    assert grid.floor(D("10.3")) == 10
    assert grid.ceiling(D("10.3")) == 11
    assert grid.ceiling(D("11")) == 11


def test_a_row_of_no_width_is_refused() -> None:
    with pytest.raises(ValueError, match="positive number of ticks"):
        PriceGrid(TICK, 0)


@given(books())
def test_the_group_chosen_for_a_book_keeps_its_spread_within_a_few_rows(book: OrderBook) -> None:
    best_bid, best_ask = book.bids.best, book.asks.best
    assert best_bid is not None
    assert best_ask is not None
    ticks = group_for(book, TICK, 10)
    allowed = allowed_groups(best_bid[0], TICK)
    grid = PriceGrid(TICK, ticks)
    assert ticks in allowed
    assert ticks == allowed[-1] or grid.ceiling(best_ask[0]) - grid.floor(best_bid[0]) <= 4


def test_an_empty_book_is_shown_at_its_tick() -> None:
    assert group_for(OrderBook(), TICK, 10) == 1


def test_the_stepper_goes_through_one_two_five_and_stops_at_both_ends() -> None:
    def step(ticks: int, change: int) -> int:
        return next_group(ticks, change, D(100), TICK)

    assert [step(1, 1), step(2, 1), step(5, 1), step(10, -1)] == [2, 5, 10, 5]
    assert step(1, -1) == 1
    assert step(1_000, 1) == 1_000  # a row is never wider than a tenth of the price


@given(books(), st.sampled_from(GROUPS[:12]))
def test_how_a_venue_grouped_its_book_is_read_off_its_prices(book: OrderBook, ticks: int) -> None:
    grid = PriceGrid(TICK, ticks)
    grouped = OrderBook()
    grouped.apply_snapshot(
        BookSnapshot(
            venue="v",
            symbol="s",
            bids=[(grid.price(row), size) for row, size in bid_rows(book.bids, grid, -1).items()],
            asks=[(grid.price(row), size) for row, size in ask_rows(book.asks, grid, 10**9).items()],
        )
    )
    found = common_group(grouped, TICK)
    assert found >= ticks or found % 2 == 0 or found == 1
    assert all(price % (TICK * found) == 0 for side in (grouped.bids, grouped.asks) for price, _ in side)
