"""Every text is readable on every surface it stands on, in both themes and all presets."""

from __future__ import annotations

import pytest

from terminal.ui.theme.contrast import blend, contrast
from terminal.ui.theme.tokens import LINK_COLOURS, PRESETS, Tokens, tokens_for

THEMES = [
    pytest.param(tokens_for(dark=dark, preset=preset), id=f"{'dark' if dark else 'light'}-{preset}")
    for dark in (True, False)
    for preset in PRESETS
]
SURFACES = ("panel", "title_bar", "well", "raised", "hover", "selected")


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#4B8BFF", "#4B8BFF") == 1.0


@pytest.mark.parametrize("tokens", THEMES)
def test_text_is_readable(tokens: Tokens) -> None:
    poor = {
        (name, surface): round(contrast(getattr(tokens, name), getattr(tokens, surface)), 2)
        for name in ("text", "second")
        for surface in SURFACES
        if contrast(getattr(tokens, name), getattr(tokens, surface)) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("tokens", THEMES)
def test_muted_and_coloured_text_is_readable_where_it_stands(tokens: Tokens) -> None:
    poor = {
        (name, surface): round(contrast(getattr(tokens, name), getattr(tokens, surface)), 2)
        for name in ("muted", "buy_text", "sell_text", "warning", "danger", "accent_text", "good")
        for surface in ("panel", "title_bar", "well")
        if contrast(getattr(tokens, name), getattr(tokens, surface)) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("tokens", THEMES)
def test_states_and_sides_stand_out_from_every_surface(tokens: Tokens) -> None:
    names = ("buy_text", "sell_text", "warning", "danger", "good", "accent", "muted", *LINK_COLOURS.values())
    poor = {
        (name, surface): round(contrast(getattr(tokens, name), getattr(tokens, surface)), 2)
        for name in names
        for surface in SURFACES
        if contrast(getattr(tokens, name), getattr(tokens, surface)) < 3
    }
    assert poor == {}


@pytest.mark.parametrize("tokens", THEMES)
def test_candles_stand_out_from_the_panel(tokens: Tokens) -> None:
    assert min(contrast(candle, tokens.panel) for candle in (tokens.candle_up, tokens.candle_down)) >= 3


@pytest.mark.parametrize("tokens", THEMES)
def test_white_is_readable_on_filled_buttons(tokens: Tokens) -> None:
    fills = (tokens.buy_fill, tokens.sell_fill, tokens.danger_fill)
    assert min(contrast(tokens.on_fill, fill) for fill in fills) >= 4.5


@pytest.mark.parametrize("tokens", THEMES)
def test_text_is_readable_on_size_bars(tokens: Tokens) -> None:
    bars = [blend(side, tokens.panel, tokens.size_bar_alpha) for side in (tokens.buy_text, tokens.sell_text)]
    assert min(contrast(tokens.text, bar) for bar in bars) >= 4.5


def test_presets_change_buy_and_sell_only() -> None:
    first, second = tokens_for(dark=True), tokens_for(dark=True, preset="blue_orange")
    changed = {name for name in Tokens.__slots__ if getattr(first, name) != getattr(second, name)}
    assert changed == {"buy_text", "buy_fill", "candle_up", "sell_text", "sell_fill", "candle_down"}


def test_a_colour_in_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="#RRGGBB"):
        contrast("white", "#000000")
