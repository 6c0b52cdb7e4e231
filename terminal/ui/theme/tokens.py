"""Every colour of the window by name, for the dark and the light theme, and the buy/sell colour presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Colours as "#RRGGBB"; the `*_alpha` fields are opacities from 0 to 1.

    `buy_*`, `sell_*` and `candle_*` follow the preset; `good`, `warning` and `danger` (connection states, errors,
    the LIVE frame) never do.
    """

    dark: bool
    # surfaces
    window: str
    panel: str
    title_bar: str
    raised: str
    well: str
    hover: str
    selected: str
    # lines
    line: str
    faint: str
    border: str
    # text
    text: str
    second: str
    muted: str
    # market sides
    buy_text: str
    sell_text: str
    buy_fill: str
    sell_fill: str
    candle_up: str
    candle_down: str
    # states
    good: str
    warning: str
    danger: str
    danger_fill: str
    on_fill: str
    accent: str
    accent_text: str
    # link colours beside the accent
    link_amber: str
    link_violet: str
    link_teal: str
    # chart lines
    ema_fast: str
    ema_slow: str
    band: str
    # opacities
    size_bar_alpha: float
    sum_bar_alpha: float
    volume_alpha: float
    mark_alpha: float
    leading_alpha: float


DARK = Tokens(
    dark=True,
    window="#0A0D12",
    panel="#11161D",
    title_bar="#151B23",
    raised="#1C2430",
    well="#0C1016",
    hover="#18202A",
    selected="#182640",
    line="#232B36",
    faint="#1A212A",
    border="#313C4A",
    text="#DEE4ED",
    second="#9AA5B5",
    muted="#808C9D",
    buy_text="#2BAE86",
    sell_text="#EE6C64",
    buy_fill="#17805F",
    sell_fill="#C2413A",
    candle_up="#26A27B",
    candle_down="#DE5B53",
    good="#2BAE86",
    warning="#E0A52E",
    danger="#EE6C64",
    danger_fill="#C2413A",
    on_fill="#FFFFFF",
    accent="#4B8BFF",
    accent_text="#7FAEFF",
    link_amber="#E0A52E",
    link_violet="#A78BFA",
    link_teal="#35B5C9",
    ema_fast="#E3B34C",
    ema_slow="#8C9BFF",
    band="#56708F",
    size_bar_alpha=0.22,
    sum_bar_alpha=0.10,
    volume_alpha=0.38,
    mark_alpha=0.25,
    leading_alpha=0.86,
)

LIGHT = Tokens(
    dark=False,
    window="#DDE3EA",
    panel="#FFFFFF",
    title_bar="#F4F6F9",
    raised="#E9EEF4",
    well="#F7F9FB",
    hover="#F1F4F8",
    selected="#DFE9FB",
    line="#D6DDE6",
    faint="#E8EDF2",
    border="#B9C4D1",
    text="#131A23",
    second="#4A5667",
    muted="#5E6B7E",
    buy_text="#0B7A58",
    sell_text="#C4362E",
    buy_fill="#0B7A58",
    sell_fill="#C4362E",
    candle_up="#159170",
    candle_down="#D9483F",
    good="#0B7A58",
    warning="#8A5D00",
    danger="#C4362E",
    danger_fill="#C4362E",
    on_fill="#FFFFFF",
    accent="#1F63E0",
    accent_text="#1A57C8",
    link_amber="#8A5D00",
    link_violet="#6D45D9",
    link_teal="#0B7285",
    ema_fast="#B07A00",
    ema_slow="#5A66D6",
    band="#8FA3BA",
    size_bar_alpha=0.22,
    sum_bar_alpha=0.10,
    volume_alpha=0.40,
    mark_alpha=0.22,
    leading_alpha=1.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePair:
    """One side's colours in one theme: as text, as the fill under white text, as a candle."""

    text: str
    fill: str
    candle: str


_GREEN_DARK = SidePair(text=DARK.buy_text, fill=DARK.buy_fill, candle=DARK.candle_up)
_RED_DARK = SidePair(text=DARK.sell_text, fill=DARK.sell_fill, candle=DARK.candle_down)
_GREEN_LIGHT = SidePair(text=LIGHT.buy_text, fill=LIGHT.buy_fill, candle=LIGHT.candle_up)
_RED_LIGHT = SidePair(text=LIGHT.sell_text, fill=LIGHT.sell_fill, candle=LIGHT.candle_down)
_BLUE_DARK = SidePair(text="#5B9BFF", fill="#2B63C6", candle="#4285F0")
_ORANGE_DARK = SidePair(text="#F0883E", fill="#A8540F", candle="#E0762A")
_BLUE_LIGHT = SidePair(text="#1A57C8", fill="#1A57C8", candle="#2D6FE0")
_ORANGE_LIGHT = SidePair(text="#A8480B", fill="#A8480B", candle="#CC6A1E")
_BRIGHT_DARK = SidePair(text="#DEE4ED", fill="#59677A", candle="#C6CFDB")
_GREY_DARK = SidePair(text="#98A4B6", fill="#47525F", candle="#6F7C8F")
_INK_LIGHT = SidePair(text="#131A23", fill="#2C3948", candle="#2C3948")
_GREY_LIGHT = SidePair(text="#586579", fill="#586579", candle="#7C8A9C")

PRESETS: Mapping[str, tuple[tuple[SidePair, SidePair], tuple[SidePair, SidePair]]] = {
    "green_red": ((_GREEN_DARK, _RED_DARK), (_GREEN_LIGHT, _RED_LIGHT)),
    "red_green": ((_RED_DARK, _GREEN_DARK), (_RED_LIGHT, _GREEN_LIGHT)),
    "blue_orange": ((_BLUE_DARK, _ORANGE_DARK), (_BLUE_LIGHT, _ORANGE_LIGHT)),
    "monochrome": ((_BRIGHT_DARK, _GREY_DARK), (_INK_LIGHT, _GREY_LIGHT)),
}
"""Preset name -> ((buy, sell) in dark, (buy, sell) in light)."""

PRESET_TITLES: Mapping[str, str] = {
    "green_red": "Green up, red down",
    "red_green": "Red up, green down",
    "blue_orange": "Blue up, orange down",
    "monochrome": "Monochrome",
}

LINK_COLOURS: Mapping[str, str] = {
    "blue": "accent",
    "amber": "link_amber",
    "violet": "link_violet",
    "teal": "link_teal",
}
"""Link group name -> the token that draws its dot."""


def tokens_for(*, dark: bool, preset: str = "green_red") -> Tokens:
    """Return the tokens of a theme with a preset's buy and sell colours; raises KeyError for an unknown preset."""
    base = DARK if dark else LIGHT
    buy, sell = PRESETS[preset][0 if dark else 1]
    return replace(
        base,
        buy_text=buy.text,
        buy_fill=buy.fill,
        candle_up=buy.candle,
        sell_text=sell.text,
        sell_fill=sell.fill,
        candle_down=sell.candle,
    )
