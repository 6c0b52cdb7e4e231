"""The bundled Inter family and its roles: which size, weight and figures each kind of text has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtGui import QFont, QFontDatabase

from terminal.ui.resources import resource_path

FAMILY = "Inter"

_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


class FontRole(NamedTuple):
    """Size in px, weight, and whether figures are tabular and aligned with capitals."""

    size: int
    weight: QFont.Weight
    tabular: bool


_REGULAR, _MEDIUM, _SEMIBOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold

ROLES: Mapping[str, FontRole] = {
    "text": FontRole(12, _REGULAR, False),
    "text_medium": FontRole(12, _MEDIUM, False),
    "text_strong": FontRole(12, _SEMIBOLD, False),
    "number": FontRole(12, _REGULAR, True),
    "number_medium": FontRole(12, _MEDIUM, True),
    "number_strong": FontRole(12, _SEMIBOLD, True),
    "small": FontRole(11, _REGULAR, False),
    "small_medium": FontRole(11, _MEDIUM, False),
    "small_strong": FontRole(11, _SEMIBOLD, False),
    "small_number": FontRole(11, _REGULAR, True),
    "small_number_medium": FontRole(11, _MEDIUM, True),
    "small_number_strong": FontRole(11, _SEMIBOLD, True),
    "tiny": FontRole(10, _REGULAR, False),
    "tiny_medium": FontRole(10, _MEDIUM, False),
    "tiny_number": FontRole(10, _REGULAR, True),
    "tiny_number_medium": FontRole(10, _MEDIUM, True),
    "header": FontRole(11, _REGULAR, False),
    "title": FontRole(12, _SEMIBOLD, False),
    "tab": FontRole(12, _REGULAR, False),
    "price": FontRole(20, _SEMIBOLD, True),
    "ticket": FontRole(14, _MEDIUM, True),
    "total": FontRole(14, _SEMIBOLD, True),
    "button": FontRole(12, _MEDIUM, True),
    "submit": FontRole(15, _SEMIBOLD, True),
    "submit_small": FontRole(11, _MEDIUM, True),
    "badge": FontRole(11, _SEMIBOLD, False),
    "key": FontRole(10, _MEDIUM, False),
}


def load_fonts() -> list[str]:
    """Register the bundled font files with Qt; returns the names of files that could not be read."""
    failed = []
    for name in _FILES:
        try:
            path = resource_path("fonts", name)
        except FileNotFoundError:
            failed.append(name)
            continue
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            failed.append(name)
    return failed


def make_font(role: str) -> QFont:
    """Return the font of a role; raises KeyError for an unknown one."""
    size, weight, tabular = ROLES[role]
    font = QFont(FAMILY)
    font.setPixelSize(size)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setFeature(QFont.Tag("case"), 1)
    return font
