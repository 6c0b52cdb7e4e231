"""The live theme: hands out colours, fonts and icons, and restyles the whole program when it is switched."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from terminal.ui.theme.fonts import load_fonts, make_font
from terminal.ui.theme.icons import render_icon
from terminal.ui.theme.stylesheet import stylesheet
from terminal.ui.theme.tokens import Tokens, tokens_for

_log = logging.getLogger(__name__)

_RATIOS = (1.0, 2.0)
_MOST_WIDTHS = 16_384


class Theme(QObject):
    """Colours, fonts and icons now in use. Widgets that paint themselves repaint on `changed`."""

    changed = Signal()

    def __init__(self, *, dark: bool = True, preset: str = "green_red", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preset = preset
        self._tokens = tokens_for(dark=dark, preset=preset)
        self._colors: dict[tuple[str, float], QColor] = {}
        self._fonts: dict[str, QFont] = {}
        self._metrics: dict[str, QFontMetricsF] = {}
        self._widths: dict[tuple[str, str], float] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str | None], QIcon] = {}
        self._app: QApplication | None = None

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    @property
    def is_dark(self) -> bool:
        return self._tokens.dark

    @property
    def preset(self) -> str:
        return self._preset

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return a token's colour with opacity `alpha`; raises AttributeError for an unknown token.

        The returned object is shared: never change it.
        """
        key = (name, alpha)
        color = self._colors.get(key)
        if color is None:
            color = QColor(str(getattr(self._tokens, name)))
            color.setAlphaF(alpha)
            self._colors[key] = color
        return color

    def font(self, role: str) -> QFont:
        """Return the font of a role ("text", "number", "small", "header", "price", ... see theme.fonts.ROLES)."""
        font = self._fonts.get(role)
        if font is None:
            font = self._fonts[role] = make_font(role)
        return font

    def metrics(self, role: str) -> QFontMetricsF:
        """Return the metrics of a role's font, cached."""
        metrics = self._metrics.get(role)
        if metrics is None:
            metrics = self._metrics[role] = QFontMetricsF(self.font(role))
        return metrics

    def width(self, role: str, text: str) -> float:
        """Return the width of `text` in px, cached: live cells show the same few texts again and again."""
        key = (role, text)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) >= _MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[key] = self.metrics(role).horizontalAdvance(text)
        return width

    def baseline(self, role: str, top: float, height: float) -> int:
        """Return the y of the baseline that centres capitals and figures in a box, rounded to a whole px."""
        return round(top + (height + self.metrics(role).capHeight()) / 2)

    def pixmap(self, name: str, color: str = "second", size: int = 16, ratio: float = 1.0) -> QPixmap:
        """Return an icon's picture; `color` is a token's name."""
        key = (name, color, size, ratio)
        pixmap = self._pixmaps.get(key)
        if pixmap is None:
            pixmap = render_icon(name, self.color(color).name(), size, ratio)
            self._pixmaps[key] = pixmap
        return pixmap

    def icon(self, name: str, color: str | None = None) -> QIcon:
        """Return a 16 px icon; without a colour it is second text, and plain text under the pointer or when on."""
        key = (name, color)
        icon = self._icons.get(key)
        if icon is None:
            icon = QIcon()
            for ratio in _RATIOS:
                icon.addPixmap(self.pixmap(name, color or "second", 16, ratio), QIcon.Mode.Normal)
                icon.addPixmap(self.pixmap(name, color or "text", 16, ratio), QIcon.Mode.Active)
                icon.addPixmap(self.pixmap(name, color or "text", 16, ratio), QIcon.Mode.Normal, QIcon.State.On)
                icon.addPixmap(self.pixmap(name, "border", 16, ratio), QIcon.Mode.Disabled)
            self._icons[key] = icon
        return icon

    def apply(self, app: QApplication) -> None:
        """Load the fonts and style the program; call once, before the first window is made."""
        failed = load_fonts()
        if failed:
            _log.warning("bundled fonts could not be read, the system's font is used: %s", ", ".join(failed))
        self._app = app
        # "Fusion" looks the same on every platform and honours the palette
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(self.font("text"))
        self._restyle()

    def switch(self, *, dark: bool | None = None, preset: str | None = None) -> None:
        """Change theme or colour preset at once, everywhere; raises KeyError for an unknown preset."""
        new_dark = self._tokens.dark if dark is None else dark
        new_preset = self._preset if preset is None else preset
        tokens = tokens_for(dark=new_dark, preset=new_preset)
        if tokens == self._tokens:
            return
        self._tokens, self._preset = tokens, new_preset
        self._colors.clear()
        self._pixmaps.clear()
        self._icons.clear()
        if self._app is not None:
            self._restyle()
        self.changed.emit()

    def set_role(self, widget: QWidget, role: str) -> None:
        """Give a standard widget the font of a role."""
        widget.setFont(self.font(role))

    def _restyle(self) -> None:
        assert self._app is not None
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(stylesheet(self._tokens))

    def _palette(self) -> QPalette:
        palette = QPalette()
        role, group = QPalette.ColorRole, QPalette.ColorGroup
        for target, token in (
            (role.Window, "panel"),
            (role.WindowText, "text"),
            (role.Base, "well"),
            (role.AlternateBase, "panel"),
            (role.ToolTipBase, "raised"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "muted"),
            (role.Text, "text"),
            (role.Button, "raised"),
            (role.ButtonText, "text"),
            (role.BrightText, "on_fill"),
            (role.Light, "raised"),
            (role.Midlight, "raised"),
            (role.Mid, "line"),
            (role.Dark, "line"),
            (role.Shadow, "window"),
            (role.Highlight, "selected"),
            (role.HighlightedText, "text"),
            (role.Link, "accent_text"),
            (role.LinkVisited, "accent_text"),
            (role.Accent, "accent"),
        ):
            palette.setColor(target, self.color(token))
        for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
            palette.setColor(group.Disabled, target, self.color("muted"))
        return palette
