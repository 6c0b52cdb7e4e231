"""Lucide icons tinted and rendered at the screen's pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from terminal.ui.resources import resource_path

STROKE = 1.3
"""Line width in px of an icon drawn at 16 px."""

_SOURCE_STROKE = 'stroke-width="2"'


def render_icon(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """Return icon `name` in `colour`, `size` px wide on a screen of pixel ratio `ratio`.

    Raises FileNotFoundError when there is no such icon.
    """
    # the library is needed only once there are icons, which the first frame has none of
    from PySide6.QtSvg import QSvgRenderer

    svg = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    # the drawings are 24 units wide: a line of STROKE px at 16 px is STROKE * 24 / 16 units
    svg = svg.replace(_SOURCE_STROKE, f'stroke-width="{STROKE * 24 / 16:.3f}"').replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    pixels = round(size * ratio)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
