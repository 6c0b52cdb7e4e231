"""Panning, zooming and scaling keep what the hand holds in its place, and the market in sight."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.kline_chart.viewport import (
    RIGHT_MARGIN,
    STEPS,
    PriceMode,
    PriceScale,
    Viewport,
    body_width,
    wick_offset,
)


def make(first: int = 1_000, end: int = 3_000) -> Viewport:
    view = Viewport()
    view.resize(600, 400)
    view.set_extent(first, end)
    return view


def test_it_starts_at_the_newest_candle_with_a_margin() -> None:
    view = make()
    assert view.follows
    assert view.x_of(3_000) == 600 - RIGHT_MARGIN


def test_a_new_candle_moves_a_view_that_follows_and_no_other() -> None:
    view = make()
    view.set_extent(1_000, 3_001)
    assert view.x_of(3_001) == 600 - RIGHT_MARGIN
    view.pan(2_000)
    assert not view.follows
    right = view.right
    view.set_extent(1_000, 3_002)
    assert view.right == right


def test_history_put_in_front_moves_nothing() -> None:
    view = make()
    view.pan(900)
    right = view.right
    view.set_extent(0, 3_000)
    assert view.right == right


def test_panning_back_to_the_end_follows_again() -> None:
    view = make()
    view.pan(2_000)
    view.pan(-2_000)
    assert view.follows


@given(st.floats(0, 600), st.lists(st.integers(-4, 4), max_size=8))
def test_zooming_keeps_the_slot_under_the_pointer(anchor: float, levels: list[int]) -> None:
    view = make()
    view.pan(3_000)
    position = view.position_at(anchor)
    for level in levels:
        view.zoom(level, anchor)
        at_edge = view.right in (1_003, 2_997 + view.width / view.step)
        if at_edge:
            return  # the series' end in sight wins over the pointer
        assert math.isclose(view.position_at(anchor), position, abs_tol=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), max_size=10))
def test_some_candles_stay_in_sight_however_far_it_is_dragged(drags: list[float]) -> None:
    view = make()
    for px in drags:
        view.pan(px)
        assert view.right > 1_000
        assert view.left < 3_000


def test_fitting_shows_every_candle() -> None:
    view = make()
    view.fit()
    assert view.left <= 1_000
    assert view.right >= 3_000


@given(st.floats(0.001, 1e7), st.floats(1e-9, 10), st.sampled_from(PriceMode), st.floats(0, 1))
def test_prices_map_to_px_and_back(low: float, spread: float, mode: PriceMode, share: float) -> None:
    scale = PriceScale(low, low * (1 + spread), mode)
    price = low + (scale.high - low) * share
    assert math.isclose(scale.to_price(scale.to_px(price, 400), 400), price, rel_tol=1e-6)
    assert math.isclose(float(scale.many_to_px(np.array([price]), 400)[0]), scale.to_px(price, 400), abs_tol=1e-3)


def test_a_scale_of_prices_at_or_below_zero_is_even() -> None:
    assert PriceScale(-5, 10, PriceMode.LOG).mode is PriceMode.LINEAR


@pytest.mark.parametrize("mode", list(PriceMode))
def test_automatic_scaling_leaves_room_for_the_readout(mode: PriceMode) -> None:
    view = make()
    view.set_mode(mode)
    view.autoscale(100, 110)
    assert math.isclose(view.y_of(110), 52, abs_tol=0.01)
    assert math.isclose(view.y_of(100), 400 - 22, abs_tol=0.01)


def test_a_market_that_never_moved_has_a_scale_around_its_price() -> None:
    view = make()
    view.autoscale(0.00000123, 0.00000123)
    assert 0 < view.y_of(0.00000123) < 400
    assert view.scale.low < 0.00000123 < view.scale.high


def test_stretching_by_hand_ends_automatic_scaling() -> None:
    view = make()
    view.autoscale(100, 110)
    middle = view.price_at(200)
    view.stretch_price(2)
    view.autoscale(1, 2)
    assert not view.auto
    assert math.isclose(view.price_at(200), middle)


def test_only_a_scale_set_by_hand_is_dragged() -> None:
    view = make()
    view.autoscale(100, 110)
    before = view.scale.low
    view.drag_price(50)
    assert view.scale.low == before
    view.auto = False
    view.drag_price(50)
    assert view.scale.low > before


@given(st.sampled_from(STEPS))
def test_a_body_fits_its_slot_and_has_a_middle(step: float) -> None:
    width = body_width(step)
    assert width % 2 == 1
    assert width <= max(1, step)
    assert wick_offset(step) == (width - 1) / 2


def test_the_default_candle_is_five_of_six_px_wide() -> None:
    assert body_width(6) == 5
