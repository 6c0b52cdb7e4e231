"""The lines of text at the chart's top left: readout of a candle, legend, warning, progress of loading."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from terminal.ui.kline_chart.kept_picture import KeptPicture
from terminal.ui.kline_chart.scene_state import SceneState
from terminal.ui.theme.drawing import draw_round_rect

TEXT_TOP = 4

_LEFT = 10
READOUT_ROW = 18
_LINE_GAP = 12
_MOST_ROWS = 8


class Readout(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no type information
    def __init__(self, state: SceneState) -> None:
        super().__init__()
        self._state = state
        self._rect = QRectF()
        self._picture = KeptPicture(self)

    def set_width(self, width: float) -> None:
        self.prepareGeometryChange()
        self._rect = QRectF(0, 0, width, TEXT_TOP + _MOST_ROWS * READOUT_ROW)

    def boundingRect(self) -> QRectF:
        return self._rect

    def refresh(self) -> None:
        """Take up the state's texts."""
        state = self._state
        self._picture.show(
            (state.theme.tokens, state.readout, state.legend, state.warning, state.history_note, self._rect)
        )

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        bottom = self._draw_readout(painter)
        self._draw_history_note(painter, bottom)

    def _draw_readout(self, painter: QPainter) -> float:
        """Draw readout, legend and warning as lines that wrap at the pane's width; returns where they end."""
        state, theme, texts = self._state, self._state.theme, self._state.texts
        right = state.view.width - 8
        x, top = float(_LEFT), float(TEXT_TOP)
        for group in state.readout:
            width = sum(run.gap + texts.width(run.role, run.text) for run in group)
            if x + width > right and x > _LEFT:
                x, top = float(_LEFT), top + READOUT_ROW
            for run in group:
                baseline = theme.baseline(run.role, top, READOUT_ROW)
                x = texts.draw(painter, run.role, (x + run.gap, baseline), run.text, theme.color(run.colour))
            x += _LINE_GAP
        if state.legend and state.readout:
            top = self._draw_legend(painter, top + READOUT_ROW, right)
        if state.warning:
            top += READOUT_ROW
            baseline = theme.baseline("text_medium", top, READOUT_ROW)
            texts.draw(painter, "text_medium", (_LEFT, baseline), state.warning, theme.color("warning"))
        return top + READOUT_ROW

    def _draw_legend(self, painter: QPainter, top: float, right: float) -> float:
        state, theme, texts = self._state, self._state.theme, self._state.texts
        x = float(_LEFT)
        for entry in state.legend:
            width = 13 + texts.width("text", entry.title)
            width += sum(6 + texts.width("number", value) for value in entry.values)
            if x + width > right and x > _LEFT:
                x, top = float(_LEFT), top + READOUT_ROW
            baseline = theme.baseline("number", top, READOUT_ROW)
            painter.fillRect(QRectF(x, round(top + READOUT_ROW / 2) - 1, 9, 2), theme.color(entry.colour))
            x = texts.draw(painter, "text", (x + 13, baseline), entry.title, theme.color("second"))
            for value in entry.values:
                x = texts.draw(painter, "number", (x + 6, baseline), value, theme.color("text"))
            x += 14
        return top

    def _draw_history_note(self, painter: QPainter, top: float) -> None:
        state, theme = self._state, self._state.theme
        if not state.history_note:
            return
        width = state.texts.width("small", state.history_note) + 16
        box = QRectF(_LEFT, top + 4, round(width), 20)
        draw_round_rect(painter, box, 3, fill=theme.color("raised"))
        baseline = theme.baseline("small", box.top(), box.height())
        state.texts.draw(painter, "small", (_LEFT + 8, baseline), state.history_note, theme.color("second"))
