"""Arrays of rectangles handed to QPainter in one call, without one Python object for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from shiboken6 import wrapInstance

_RECT_FIELDS = 4
"""A QRectF is x, y, width, height: doubles, in this order, without padding."""


def draw_rects(
    painter: QPainter,
    x: NDArray[np.generic],
    y: NDArray[np.generic],
    width: NDArray[np.generic] | float,
    height: NDArray[np.generic],
) -> None:
    """Draw rectangles with the painter's pen and brush."""
    if not len(x):
        return
    fields = np.empty((len(x), _RECT_FIELDS), dtype=np.float64)
    fields[:, 0], fields[:, 1], fields[:, 2], fields[:, 3] = x, y, width, height
    # the painter reads the array during the call, in which `fields` lives
    painter.drawRects(wrapInstance(fields.ctypes.data, QRectF), len(fields))  # type: ignore[call-overload]  # PySide6's stubs lack the overload for an array
