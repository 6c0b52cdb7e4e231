"""What lies on top of both panes: lines of orders and the last price, fills, crosshair, notices."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from terminal.domain import Side
from terminal.ui.kline_chart.labels import pushed_apart
from terminal.ui.kline_chart.readout import TEXT_TOP
from terminal.ui.kline_chart.scene_state import SceneState
from terminal.ui.kline_chart.view_models import FillMark, OrderLine
from terminal.ui.theme.drawing import draw_round_rect

_LEFT = 10
_LABEL_HEIGHT = 18
_LABEL_SPACING = 20
_CROSS_WIDTH = 18
_ROW = 18
_MOST_LABELS = 60
"""Order labels drawn at once; more would cover the chart, and their lines still show."""


@dataclass(frozen=True, slots=True)
class CancelButton:
    """The x of one order's label, in px of the view."""

    key: str
    rect: QRectF
    reason: str | None
    title: str


class Overlay(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no type information
    """`cancel_buttons` tells where the x of each order was drawn last."""

    def __init__(self, state: SceneState) -> None:
        super().__init__()
        self._state = state
        self._rect = QRectF()
        self.cancel_buttons: list[CancelButton] = []

    def set_size(self, width: float, height: float) -> None:
        self.prepareGeometryChange()
        self._rect = QRectF(0, 0, width, height)

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        view = self._state.view
        painter.save()
        painter.setClipRect(QRectF(0, 0, view.width, view.height))
        self._draw_last_line(painter)
        self._draw_fills(painter)
        self._draw_orders(painter)
        self._draw_notice(painter)
        painter.restore()
        self._draw_crosshair(painter)

    # lines

    def _draw_last_line(self, painter: QPainter) -> None:
        state, last = self._state, self._state.last
        if last is None:
            return
        token = ("buy_text" if last.is_up else "sell_text") if last.is_reliable else "muted"
        self._dashed(painter, state.theme.color(token), state.view.y_of(last.price), (1, 2))

    def _draw_orders(self, painter: QPainter) -> None:
        state, view = self._state, self._state.view
        self.cancel_buttons = []
        shown = [line for line in state.orders if 0 <= view.y_of(line.price) <= view.height]
        for line in shown:
            self._dashed(painter, self._colour(line), view.y_of(line.price), (5, 3))
        labelled = shown[:_MOST_LABELS]
        centres = pushed_apart(
            [view.y_of(line.price) for line in labelled],
            [float(_LABEL_SPACING)] * len(labelled),
            TEXT_TOP + 2 * _ROW + 2,
            view.height - 2,
        )
        for line, centre in zip(labelled, centres, strict=True):
            self._draw_label(painter, line, round(centre))

    def _colour(self, line: OrderLine) -> QColor:
        if line.is_uncertain:
            return self._state.theme.color("warning")
        return self._state.theme.color("buy_text" if line.side is Side.BUY else "sell_text")

    def _draw_label(self, painter: QPainter, line: OrderLine, centre: int) -> None:
        state, theme, texts = self._state, self._state.theme, self._state.texts
        colour = self._colour(line)
        top = centre - _LABEL_HEIGHT // 2
        title_width = texts.width("number_strong", line.title)
        note_width = texts.width("number", line.note) + 8 if line.note else 0.0
        width = round(10 + title_width + note_width + 8) + _CROSS_WIDTH
        box = QRectF(_LEFT, top, width, _LABEL_HEIGHT)
        draw_round_rect(painter, box, 3, fill=theme.color("panel"), border=colour)
        painter.fillRect(QRectF(_LEFT + 1, top + 2, 3, _LABEL_HEIGHT - 4), colour)
        baseline = theme.baseline("number_strong", top, _LABEL_HEIGHT)
        x = texts.draw(painter, "number_strong", (_LEFT + 10, baseline), line.title, colour)
        if line.note:
            ink = theme.color("warning" if line.is_uncertain else "second")
            texts.draw(painter, "number", (x + 8, baseline), line.note, ink)
        button = QRectF(_LEFT + width - _CROSS_WIDTH, top, _CROSS_WIDTH, _LABEL_HEIGHT)
        hovered = state.hovered_order == line.key
        if hovered and line.cancel_reason is None:
            painter.fillRect(button.adjusted(1, 1, -1, -1), theme.color("raised"))
        separator = QColor(colour)
        separator.setAlphaF(0.6)
        painter.setPen(QPen(separator, 1))
        painter.drawLine(QLineF(button.left(), top + 1, button.left(), top + _LABEL_HEIGHT - 2))
        ink = theme.color("border" if line.cancel_reason else "text" if hovered else "second")
        self._draw_cross(painter, button.center(), ink)
        self.cancel_buttons.append(CancelButton(line.key, button, line.cancel_reason, line.title))

    def _draw_cross(self, painter: QPainter, middle: QPointF, colour: QColor) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, y, arm = middle.x(), middle.y(), 3.5
        painter.drawLine(QLineF(x - arm, y - arm, x + arm, y + arm))
        painter.drawLine(QLineF(x - arm, y + arm, x + arm, y - arm))
        painter.restore()

    def _dashed(self, painter: QPainter, colour: QColor, y: float, pattern: tuple[int, int]) -> None:
        # past the pane's height the painter need not be troubled
        if not -1 <= y <= self._state.view.height + 1:
            return
        pen = QPen(colour, 1)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(pattern)
        painter.setPen(pen)
        painter.drawLine(QLineF(0, round(y), self._state.view.width, round(y)))

    # fills

    def _draw_fills(self, painter: QPainter) -> None:
        view = self._state.view
        taken: list[QRectF] = []
        for mark in reversed(self._state.fills):
            x, y = view.middle_of(mark.slot) + 0.5, view.y_of(mark.price)
            if -20 <= x <= view.width + 20 and -20 <= y <= view.height + 20:
                self._draw_fill(painter, mark, QPointF(x, y), taken)

    def _draw_fill(self, painter: QPainter, mark: FillMark, tip: QPointF, taken: list[QRectF]) -> None:
        """Draw a triangle whose tip is the price: a buy from below, a sell from above; text where there is room."""
        theme, texts = self._state.theme, self._state.texts
        is_buy = mark.side is Side.BUY
        colour = theme.color("buy_text" if is_buy else "sell_text")
        down = 6.0 if is_buy else -6.0
        corners = [tip, QPointF(tip.x() - 4, tip.y() + down), QPointF(tip.x() + 4, tip.y() + down)]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("panel"), 1.5))
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF(corners))
        painter.restore()
        width = texts.width("small_number_medium", mark.text)
        top = tip.y() + (8 if is_buy else -22)
        place = QRectF(round(tip.x() - width / 2), round(top), width, 14)
        if any(place.intersects(other) for other in taken):
            return
        taken.append(place)
        backing = QColor(theme.color("panel"))
        backing.setAlphaF(0.7)
        painter.fillRect(place.adjusted(-2, 0, 2, 0), backing)
        baseline = theme.baseline("small_number_medium", place.top(), 14)
        texts.draw(painter, "small_number_medium", (place.left(), baseline), mark.text, colour)

    # texts

    def _draw_notice(self, painter: QPainter) -> None:
        state, theme, notice = self._state, self._state.theme, self._state.notice
        if notice is None:
            return
        middle, top = state.view.width / 2, state.view.height / 2 - _ROW
        baseline = theme.baseline("text_strong", top, _ROW)
        state.texts.draw_centred(painter, "text_strong", (middle, baseline), notice.title, theme.color("second"))
        if notice.detail:
            painter.setFont(theme.font("text"))
            painter.setPen(theme.color("muted"))
            room = QRectF(16, top + _ROW + 2, state.view.width - 32, 3 * _ROW)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), notice.detail)

    # crosshair

    def _draw_crosshair(self, painter: QPainter) -> None:
        state, view = self._state, self._state.view
        if state.pointer is None or state.crosshair is None:
            return
        pen = QPen(state.theme.color("muted"), 1)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern((3, 3))
        painter.setPen(pen)
        x = view.middle_of(view.slot_at(state.pointer[0]))
        painter.drawLine(QLineF(x, 0, x, view.height + state.volume_height))
        painter.drawLine(QLineF(0, round(state.pointer[1]), view.width, round(state.pointer[1])))
