"""Colours, fonts and icons of the window, in one place."""

from terminal.ui.theme.theme import Theme
from terminal.ui.theme.tokens import DARK, LIGHT, PRESETS, Tokens, tokens_for

__all__ = ["DARK", "LIGHT", "PRESETS", "Theme", "Tokens", "tokens_for"]
