from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.depth_ladder.viewport import Viewport


@pytest.fixture
def viewport() -> Viewport:
    """Rows 109 .. 90 with the spread row between 100 and 99."""
    viewport = Viewport()
    viewport.resize(20)
    viewport.follow(99, 100)
    return viewport


def test_the_first_touch_is_centred(viewport: Viewport) -> None:
    assert (viewport.top, viewport.bottom, viewport.split_slot) == (109, 90, 10)


def test_rows_stay_while_the_touch_walks_inside_the_middle_third(viewport: Viewport) -> None:
    viewport.follow(101, 102)
    assert viewport.top == 109
    assert viewport.split_slot == 8


def test_rows_are_recentred_once_the_touch_leaves_the_middle_third(viewport: Viewport) -> None:
    viewport.follow(104, 105)
    assert viewport.split_slot == 10
    assert viewport.top == 114


def test_nothing_moves_while_frozen_and_the_move_is_made_up_for_afterwards(viewport: Viewport) -> None:
    viewport.frozen = True
    viewport.follow(104, 105)
    assert (viewport.top, viewport.split_slot) == (109, 10)
    assert viewport.held_back
    viewport.frozen = False
    viewport.follow(104, 105)
    assert (viewport.top, viewport.split_slot) == (114, 10)
    assert not viewport.held_back


def test_scrolling_by_hand_rests_the_centring_until_it_is_asked_for(viewport: Viewport) -> None:
    viewport.scroll(30)
    viewport.follow(99, 100)
    assert viewport.bottom == 120
    assert viewport.split_slot == 20  # the spread row waits at the edge nearest to the touch
    viewport.centre()
    assert viewport.split_slot == 10


def test_rows_below_a_price_of_zero_cannot_be_scrolled_to(viewport: Viewport) -> None:
    viewport.scroll(-10_000)
    assert viewport.bottom == 1


def test_the_spread_row_stays_where_it_is_inside_a_wide_spread(viewport: Viewport) -> None:
    viewport.follow(96, 104)
    assert viewport.split_slot == 10
    viewport.follow(98, 106)
    assert viewport.split_slot == 10


def test_a_one_sided_book_is_followed_by_the_side_it_has(viewport: Viewport) -> None:
    viewport.follow(None, 100)
    viewport.follow(99, None)
    assert viewport.split_slot == 10
    viewport.follow(None, None)
    assert viewport.split_slot == 10


def test_a_new_height_keeps_the_spread_near_the_middle(viewport: Viewport) -> None:
    viewport.resize(30)
    viewport.follow(99, 100)
    assert viewport.split_slot == 15


@given(st.lists(st.tuples(st.integers(50, 500), st.integers(1, 9)), min_size=1))
def test_the_spread_row_always_parts_bids_from_asks_when_nothing_holds_it(touches: list[tuple[int, int]]) -> None:
    viewport = Viewport()
    viewport.resize(21)
    for bid, width in touches:
        viewport.follow(bid, bid + width)
        assert bid <= viewport.split < bid + width
        assert viewport.count / 3 <= viewport.split_slot <= viewport.count * 2 / 3
