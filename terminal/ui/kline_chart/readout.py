"""The lines of text at the chart's top left: readout of a candle, legend, warning, progress of loading."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from terminal.ui.kline_chart.kept_picture import KeptPicture
from terminal.ui.kline_chart.labels import wrapped
from terminal.ui.kline_chart.scene_state import SceneState
from terminal.ui.theme.drawing import draw_round_rect

TEXT_TOP = 4
READOUT_ROW = 18

_LEFT = 10
_GROUP_GAP = 12
_DASH, _VALUE_GAP, _ENTRY_GAP = 13, 6, 14
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

    def rows(self) -> int:
        """Return how many lines of text there are now, the progress of loading left out."""
        lines = [line for _, line in self._readout_places()]
        legend = [line for _, line in self._legend_places()]
        return sum(max(each) + 1 for each in (lines, legend) if each) + (1 if self._state.warning else 0)

    def _readout_places(self) -> list[tuple[float, int]]:
        texts = self._state.texts
        widths = [sum(run.gap + texts.width(run.role, run.text) for run in group) for group in self._state.readout]
        return wrapped(widths, _GROUP_GAP, _LEFT, self._state.view.width - 8)

    def _legend_places(self) -> list[tuple[float, int]]:
        if not self._state.readout:
            return []
        texts = self._state.texts
        widths = [
            _DASH + texts.width("text", entry.title)
            + sum(_VALUE_GAP + texts.width("number", value) for value in entry.values)
            for entry in self._state.legend
        ]  # fmt: skip
        return wrapped(widths, _ENTRY_GAP, _LEFT, self._state.view.width - 8)

    def _draw_readout(self, painter: QPainter) -> float:
        """Draw readout, legend and warning; returns the y where they end."""
        state, theme, texts = self._state, self._state.theme, self._state.texts
        top = float(TEXT_TOP)
        places = self._readout_places()
        for (left, line), group in zip(places, state.readout, strict=True):
            x = left
            for run in group:
                baseline = theme.baseline(run.role, top + line * READOUT_ROW, READOUT_ROW)
                x = texts.draw(painter, run.role, (x + run.gap, baseline), run.text, theme.color(run.colour))
        top += READOUT_ROW * (places[-1][1] + 1 if places else 0)
        top = self._draw_legend(painter, top)
        if state.warning:
            baseline = theme.baseline("text_medium", top, READOUT_ROW)
            texts.draw(painter, "text_medium", (_LEFT, baseline), state.warning, theme.color("warning"))
            top += READOUT_ROW
        return top

    def _draw_legend(self, painter: QPainter, top: float) -> float:
        theme, texts = self._state.theme, self._state.texts
        places = self._legend_places()
        for (left, line), entry in zip(places, self._state.legend, strict=False):
            y = top + line * READOUT_ROW
            baseline = theme.baseline("number", y, READOUT_ROW)
            painter.fillRect(QRectF(left, round(y + READOUT_ROW / 2) - 1, 9, 2), theme.color(entry.colour))
            x = texts.draw(painter, "text", (left + _DASH, baseline), entry.title, theme.color("second"))
            for value in entry.values:
                x = texts.draw(painter, "number", (x + _VALUE_GAP, baseline), value, theme.color("text"))
        return top + READOUT_ROW * (places[-1][1] + 1 if places else 0)

    def _draw_history_note(self, painter: QPainter, top: float) -> None:
        state, theme = self._state, self._state.theme
        if not state.history_note:
            return
        width = state.texts.width("small", state.history_note) + 16
        box = QRectF(_LEFT, top + 4, round(width), 20)
        draw_round_rect(painter, box, 3, fill=theme.color("raised"))
        baseline = theme.baseline("small", box.top(), box.height())
        state.texts.draw(painter, "small", (_LEFT + 8, baseline), state.history_note, theme.color("second"))
