"""Arrays of rectangles handed to QPainter in one call, without one Python object for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from shiboken6 import wrapInstance

_RECT_FIELDS = 4
"""A QRectF is x, y, width, height: doubles, in this order, without padding."""


def rects(
    x: NDArray[np.generic], y: NDArray[np.generic], width: NDArray[np.generic] | float, height: NDArray[np.generic]
) -> NDArray[np.float64]:
    """Return rectangles as rows of x, y, width, height."""
    rows = np.empty((len(x), _RECT_FIELDS), dtype=np.float64)
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x, y, width, height
    return rows


def draw_rects(painter: QPainter, rows: NDArray[np.float64]) -> None:
    """Draw rectangles with the painter's pen and brush."""
    if len(rows):
        rows = np.ascontiguousarray(rows)
        # the painter reads the array during the call, in which `rows` lives
        painter.drawRects(wrapInstance(rows.ctypes.data, QRectF), len(rows))  # type: ignore[call-overload]  # PySide6's stubs lack the overload for an array
