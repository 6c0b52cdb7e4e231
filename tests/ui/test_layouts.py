"""The default layouts fill the window to the pixel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.layouts import COMPACT, GUTTER, HUGE, WIDE, layout_for, sizes


def test_the_columns_of_the_wide_layout_are_those_of_the_design() -> None:
    assert sizes(tuple(column.width for column in WIDE), 1_600) == [250, 738, 300, 300]


def test_the_columns_of_the_compact_layout_are_those_of_the_design() -> None:
    assert sizes(tuple(column.width for column in COMPACT), 1_280) == [44, 624, 300, 300]


@pytest.mark.parametrize(
    ("width", "height", "layout"),
    [(1_280, 720, COMPACT), (1_600, 700, COMPACT), (1_600, 900, WIDE), (1_920, 1_080, WIDE), (3_840, 2_160, HUGE)],
)
def test_the_window_size_chooses_the_layout(width: int, height: int, layout: object) -> None:
    assert layout_for(width, height) is layout


def test_every_layout_shows_the_same_panels() -> None:
    shown = [
        {panel for column in layout for area in column.areas for panel in area.panels}
        for layout in (WIDE, COMPACT, HUGE)
    ]
    assert shown[0] == shown[1] == shown[2]


@given(st.integers(min_value=1_024, max_value=8_000))
def test_columns_and_gutters_add_up_to_the_width(width: int) -> None:
    for layout in (WIDE, COMPACT):
        widths = sizes(tuple(column.width for column in layout), width)
        assert sum(widths) + GUTTER * (len(widths) - 1) == width
