"""The price pane (grid, candles, indicator lines) and the volume pane.

Only visible candles are touched, all of one colour in one call; below a px a candle, columns of the pyramid are drawn.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from terminal.ui.kline_chart.arrays import CandleArrays
from terminal.ui.kline_chart.primitives import draw_rects, rects
from terminal.ui.kline_chart.pyramid import Floats
from terminal.ui.kline_chart.scene_state import ChartKind, SceneState
from terminal.ui.kline_chart.studies import Study
from terminal.ui.kline_chart.viewport import body_width, wick_offset
from terminal.ui.theme.contrast import blend

Flags = NDArray[np.bool_]

_MIN_BODY_STEP = 3.0
"""Px a slot below which there is no room for a body beside a wick."""

VOLUME_TITLE_HEIGHT = 17


class Pane(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no type information
    """A pane's content, drawn in px from its own top left corner."""

    def __init__(self, state: SceneState) -> None:
        super().__init__()
        self._state = state
        self._rect = QRectF()

    def set_size(self, width: float, height: float) -> None:
        self.prepareGeometryChange()
        self._rect = QRectF(0, 0, width, height)

    def boundingRect(self) -> QRectF:
        return self._rect

    def _draw_grid(self, painter: QPainter, *, prices: bool) -> None:
        state, rect = self._state, self._rect
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(state.theme.color("faint")))
        across = np.array([round(tick.px) for tick in state.time_ticks], dtype=np.float64)
        draw_rects(painter, rects(across, np.zeros_like(across), 1, np.full_like(across, rect.height())))
        if prices:
            down = np.array([round(tick.px) for tick in state.price_ticks], dtype=np.float64)
            draw_rects(painter, rects(np.zeros_like(down), down, rect.width(), np.ones_like(down)))

    def _lefts(self, arrays: CandleArrays, start: int, stop: int) -> NDArray[np.int64]:
        """Return the whole px at which each candle's slot begins."""
        view = self._state.view
        lefts: NDArray[np.int64] = np.floor((arrays.slot[start:stop] - view.left) * view.step + 1e-6).astype(np.int64)
        return lefts


class PricePane(Pane):
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        state = self._state
        self._draw_grid(painter, prices=True)
        start, stop = state.visible
        if state.presenter is None or stop <= start:
            return
        studies = state.presenter.series.studies
        arrays = state.presenter.series.arrays
        for study in studies:
            if study.kind.has_band:
                self._draw_band(painter, arrays, study)
        if state.kind is ChartKind.LINE:
            self._draw_closes(painter, arrays)
        elif state.view.step < 1:
            self._draw_columns(painter, arrays, start, stop)
        else:
            self._draw_candles(painter, arrays, start, stop)
        for study in studies:
            self._draw_study(painter, arrays, study)

    def _y(self, prices: Floats) -> Floats:
        return self._state.view.scale.many_to_px(prices, self._rect.height())

    def _draw_candles(self, painter: QPainter, arrays: CandleArrays, start: int, stop: int) -> None:
        step = self._state.view.step
        height = self._rect.height()
        left = self._lefts(arrays, start, stop)
        opens, closes = arrays.open[start:stop], arrays.close[start:stop]
        prices = np.concatenate((arrays.high[start:stop], arrays.low[start:stop], opens, closes))
        # a px far outside is all the same; clipping keeps a zoomed-in candle within the painter's range
        top, bottom, open_y, close_y = np.rint(np.clip(self._y(prices), -height, 2 * height)).reshape(4, -1)
        up = closes >= opens
        wicks = rects(left + wick_offset(step), top, 1, np.maximum(bottom - top, 1))
        bodies = rects(left, np.minimum(open_y, close_y), body_width(step), np.maximum(np.abs(open_y - close_y), 1))
        is_hollow = self._state.kind is ChartKind.HOLLOW
        for flags, token in ((up, "candle_up"), (~up, "candle_down")):
            self._fill_with(painter, token)
            if step < _MIN_BODY_STEP:
                draw_rects(painter, wicks[flags])
            elif is_hollow and token == "candle_up":
                draw_rects(painter, wicks[flags])
                self._draw_hollow(painter, bodies[flags])
            else:
                draw_rects(painter, np.concatenate((wicks[flags], bodies[flags])))

    def _draw_hollow(self, painter: QPainter, bodies: Floats) -> None:
        theme = self._state.theme
        painter.setPen(QPen(theme.color("candle_up"), 1))
        painter.setBrush(QBrush(theme.color("panel")))
        # an outline of 1 px lies half outside its rectangle
        draw_rects(painter, bodies - np.array([0, 0, 1, 1]))

    def _fill_with(self, painter: QPainter, token: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._state.theme.color(token)))

    def _draw_columns(self, painter: QPainter, arrays: CandleArrays, start: int, stop: int) -> None:
        view = self._state.view
        columns = arrays.columns(start, stop, view.left, view.step)
        height = self._rect.height()
        top = np.rint(np.clip(self._y(columns.high), -height, 2 * height))
        bottom = np.rint(np.clip(self._y(columns.low), -height, 2 * height))
        bars = rects(columns.x, top, 1, np.maximum(bottom - top, 1))
        up = columns.close >= columns.open
        for flags, token in ((up, "candle_up"), (~up, "candle_down")):
            self._fill_with(painter, token)
            draw_rects(painter, bars[flags])

    def _draw_closes(self, painter: QPainter, arrays: CandleArrays) -> None:
        line = self._line(arrays, arrays.close)
        if line is not None:
            self._stroke(painter, line, self._state.theme.color("accent"), 1.5)

    def _draw_study(self, painter: QPainter, arrays: CandleArrays, study: Study) -> None:
        for values, token in zip(study.lines, study.kind.colours, strict=True):
            line = self._line(arrays, values)
            if line is not None:
                self._stroke(painter, line, self._state.theme.color(token), study.kind.width)

    def _draw_band(self, painter: QPainter, arrays: CandleArrays, study: Study) -> None:
        upper = self._line(arrays, study.lines[0])
        lower = self._line(arrays, study.lines[1])
        if upper is None or lower is None:
            return
        theme = self._state.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(theme.color("band", 0.10 if theme.is_dark else 0.08)))
        outline = (np.concatenate((one, other[::-1])) for one, other in zip(upper, lower, strict=True))
        painter.drawPolygon(pg.functions.arrayToQPolygonF(*outline))

    def _line(self, arrays: CandleArrays, values: Floats) -> tuple[Floats, Floats] | None:
        """Return px of a line through the visible values and one beyond each edge; about one point a px at most."""
        view = self._state.view
        start, stop = self._state.visible
        start, stop = max(0, start - 1), min(arrays.count, stop + 1)
        stride = max(1, int(1 / view.step))
        start -= start % stride
        shown = values[start:stop:stride]
        known = ~np.isnan(shown)
        if not known.any():
            return None
        slot = arrays.slot[start:stop:stride][known].astype(np.float64)
        x = (slot - view.left) * view.step + wick_offset(view.step) + 0.5
        height = self._rect.height()
        # drawn past the edges, so that what leaves the pane leaves it at the right angle
        return x, np.clip(self._y(shown[known]), -4 * height, 5 * height)

    def _stroke(self, painter: QPainter, line: tuple[Floats, Floats], colour: QColor, width: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin))
        painter.drawPolyline(pg.functions.arrayToQPolygonF(*line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class VolumePane(Pane):
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        state, rect = self._state, self._rect
        self._draw_grid(painter, prices=False)
        painter.setPen(QPen(state.theme.color("line"), 1))
        painter.drawLine(QLineF(0, 0, rect.width(), 0))
        start, stop = state.visible
        if state.presenter is None or stop <= start or state.volume_peak <= 0:
            return
        self._draw_volumes(painter, state.presenter.series.arrays, start, stop)
        baseline = state.theme.baseline("small", 3, 14)
        title = state.presenter.volume_title
        state.texts.draw(painter, "small", (10, baseline), title, state.theme.color("second"))

    def _draw_volumes(self, painter: QPainter, arrays: CandleArrays, start: int, stop: int) -> None:
        state, rect = self._state, self._rect
        step = state.view.step
        if step < 1:
            columns = arrays.columns(start, stop, state.view.left, step)
            x, volume, up, width = columns.x, columns.volume, columns.close >= columns.open, 1
        else:
            x, volume = self._lefts(arrays, start, stop), arrays.volume[start:stop]
            up, width = arrays.close[start:stop] >= arrays.open[start:stop], body_width(step)
        room = rect.height() - VOLUME_TITLE_HEIGHT
        # a bar of any trade at all is at least 1 px high, one of no trade is none
        height = np.where(volume > 0, np.maximum(np.rint(volume * (room / state.volume_peak)), 1), 0)
        bars = rects(x, rect.height() - height, width, height)
        tokens = state.theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        for flags, token in ((up, "candle_up"), (~up, "candle_down")):
            # mixed beforehand: many translucent rectangles cost twenty times what opaque ones do
            colour = blend(getattr(tokens, token), tokens.panel, tokens.volume_alpha)
            painter.setBrush(QBrush(QColor(colour)))
            draw_rects(painter, bars[flags])
