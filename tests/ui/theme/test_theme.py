"""The theme hands out what it promises and can be switched while it is in use."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from terminal.ui.resources import resource_path
from terminal.ui.theme import Theme
from terminal.ui.theme.fonts import ROLES
from terminal.ui.theme.stylesheet import stylesheet


def test_the_bundled_typeface_is_used(theme: Theme) -> None:
    assert {QFontInfo(theme.font(role)).family() for role in ROLES} == {"Inter"}


def test_figures_of_number_roles_have_one_width(theme: Theme) -> None:
    for role in (name for name, font in ROLES.items() if font.tabular):
        widths = [theme.width(role, digit * 10) for digit in "0123456789"]
        assert max(widths) - min(widths) < 0.5, role


def test_no_text_is_smaller_than_ten_pixels() -> None:
    assert min(role.size for role in ROLES.values()) >= 10


def test_switching_changes_colours_at_once_and_tells_so(theme: Theme, qapp: QApplication) -> None:
    seen: list[str] = []
    theme.changed.connect(lambda: seen.append(theme.color("panel").name()))
    theme.switch(dark=False)
    theme.switch(dark=False)
    assert seen == ["#ffffff"]
    assert qapp.palette().window().color().name() == "#ffffff"


def test_an_unknown_preset_is_refused_and_changes_nothing(theme: Theme) -> None:
    with pytest.raises(KeyError):
        theme.switch(preset="pink")
    assert theme.preset == "green_red"


def test_icons_are_tinted_and_as_sharp_as_the_screen(theme: Theme) -> None:
    picture = theme.pixmap("search", "accent", 16, 2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (32, 2.0)
    image = picture.toImage()
    solid = {
        image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alphaF() > 0.99
    }
    assert solid == {theme.color("accent").name()}


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="unicorn"):
        resource_path("icons", "unicorn.svg")


def test_every_bundled_icon_can_be_drawn(theme: Theme) -> None:
    for path in resource_path("icons").glob("*.svg"):
        picture = theme.pixmap(path.stem, "text").toImage()
        assert any(picture.pixelColor(x, y).alpha() for x in range(16) for y in range(16)), path.name


def test_licences_lie_beside_fonts_and_icons() -> None:
    assert "Open Font License" in resource_path("fonts", "OFL.txt").read_text(encoding="utf-8")
    assert "ISC License" in resource_path("icons", "LICENSE.txt").read_text(encoding="utf-8")


def test_the_style_sheet_has_a_value_for_every_name(theme: Theme) -> None:
    sheet = stylesheet(theme.tokens)
    assert "$" not in sheet
    assert len(re.findall(r"#[0-9A-Fa-f]{6}\b", sheet)) > 50
