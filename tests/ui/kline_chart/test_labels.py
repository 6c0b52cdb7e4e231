"""Labels never overlap while there is room, keep their order, and stay where they belong if they can."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.kline_chart.labels import pushed_apart, wrapped

places = st.lists(st.tuples(st.floats(-100, 700), st.sampled_from([18.0, 28.0])), max_size=15)


@given(places)
def test_labels_do_not_overlap_and_stay_inside(wanted: list[tuple[float, float]]) -> None:
    centres = [centre for centre, _ in wanted]
    heights = [height for _, height in wanted]
    placed = pushed_apart(centres, heights, 0, 600)
    boxes = sorted((y - h / 2, y + h / 2) for y, h in zip(placed, heights, strict=True))
    assert all(end <= start + 1e-6 for (_, end), (start, _) in pairwise(boxes))
    assert all(start >= -1e-6 and end <= 600 + 1e-6 for start, end in boxes)


@given(places)
def test_labels_keep_their_order(wanted: list[tuple[float, float]]) -> None:
    centres = [centre for centre, _ in wanted]
    placed = pushed_apart(centres, [height for _, height in wanted], 0, 600)
    order = sorted(range(len(centres)), key=lambda index: centres[index])
    assert [placed[index] for index in order] == sorted(placed)


def test_labels_with_room_are_not_moved() -> None:
    assert pushed_apart([300, 100, 200], [18, 18, 18], 0, 600) == [300, 100, 200]


def test_two_labels_at_one_place_part_by_equal_halves() -> None:
    assert pushed_apart([100, 100], [18, 18], 0, 600) == [91, 109]


def test_too_many_labels_are_stacked_from_the_top() -> None:
    assert pushed_apart([50, 50, 50], [40, 40, 40], 0, 100) == [20, 60, 100]


def test_texts_wrap_where_the_line_ends() -> None:
    assert wrapped([40, 40, 40], 10, 10, 110) == [(10, 0), (60, 0), (10, 1)]


def test_a_text_wider_than_a_line_has_one_to_itself() -> None:
    assert wrapped([500, 20], 10, 10, 110) == [(10, 0), (10, 1)]
