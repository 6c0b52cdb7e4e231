"""The two axes: pyqtgraph axis items that draw the chart's own marks and tags."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from terminal.domain import Side
from terminal.ui.kline_chart.kept_picture import KeptPicture
from terminal.ui.kline_chart.labels import pushed_apart
from terminal.ui.kline_chart.scene_state import SceneState
from terminal.ui.kline_chart.view_models import OrderLine
from terminal.ui.theme.contrast import blend

TAG_HEIGHT = 18
LAST_TAG_HEIGHT = 28
_TEXT_LEFT = 8


class PriceAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no type information
    """Prices at the right, with tags for the last price, own orders and the crosshair."""

    def __init__(self, state: SceneState) -> None:
        super().__init__("right")
        self._state = state
        self._picture = KeptPicture(self)

    def refresh(self) -> None:
        """Take up the state's marks and tags."""
        state, view = self._state, self._state.view
        places = tuple(view.y_of(line.price) for line in state.orders)
        last = None if state.last is None else (state.last, view.y_of(state.last.price))
        pointer = None if state.pointer is None or not self._shows_crosshair else (state.pointer[1], state.crosshair)
        self._picture.show(
            (state.theme.tokens, state.price_ticks, state.volume_peak_text, state.orders, places, last, pointer)
        )

    def boundingRect(self) -> QRectF:
        return QRectF(self.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        state, rect = self._state, self.rect()
        theme, height = state.theme, state.view.height
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(QLineF(0, 0, 0, rect.height()))
        orders = [line for line in state.orders if 0 <= state.view.y_of(line.price) <= height]
        centres, heights = self._tag_places(orders)
        covered = list(zip(centres, heights, strict=True))
        if self._shows_crosshair and state.pointer is not None:
            covered.append((state.pointer[1], TAG_HEIGHT))
        for tick in state.price_ticks:
            baseline = theme.baseline("small_number", tick.px - 7, 14)
            hidden = any(abs(tick.px - centre) < tall / 2 + 6 for centre, tall in covered)
            if not hidden and baseline - 9 >= 0 and baseline <= height:
                state.texts.draw(painter, "small_number", (_TEXT_LEFT, baseline), tick.text, theme.color("second"))
        if state.volume_peak_text:
            baseline = theme.baseline("small_number", height + 3, 14)
            state.texts.draw(
                painter, "small_number", (_TEXT_LEFT, baseline), state.volume_peak_text, theme.color("muted")
            )
        for line, centre in zip(orders, centres, strict=False):
            self._draw_order(painter, rect, centre, line)
        if state.last is not None:
            self._draw_last(painter, rect, centres[-1], heights[-1])
        if self._shows_crosshair:
            self._draw_crosshair(painter, rect)

    @property
    def _shows_crosshair(self) -> bool:
        state = self._state
        return state.crosshair is not None and state.pointer is not None and state.pointer[1] <= state.view.height

    def _tag_places(self, orders: list[OrderLine]) -> tuple[list[float], list[float]]:
        """Return middle and height of each order's tag, and of the last price's as the last."""
        view, last = self._state.view, self._state.last
        wanted = [view.y_of(line.price) for line in orders]
        heights = [float(TAG_HEIGHT)] * len(orders)
        if last is not None:
            tall = LAST_TAG_HEIGHT if last.detail else TAG_HEIGHT
            # its first line stands at the price; beyond the pane's edge the tag stays in sight there
            at = min(max(view.y_of(last.price), 0), view.height)
            wanted.append(at + (tall - TAG_HEIGHT) / 2)
            heights.append(float(tall))
        return pushed_apart(wanted, heights, 0, view.height), heights

    def _draw_order(self, painter: QPainter, rect: QRectF, centre: float, line: OrderLine) -> None:
        state, theme = self._state, self._state.theme
        token = "warning" if line.is_uncertain else "buy_text" if line.side is Side.BUY else "sell_text"
        top = round(centre - TAG_HEIGHT / 2)
        fill = blend(theme.color(token).name(), theme.tokens.panel, theme.tokens.mark_alpha)
        painter.fillRect(QRectF(1, top, rect.width() - 1, TAG_HEIGHT), QColor(fill))
        painter.fillRect(QRectF(1, top, 3, TAG_HEIGHT), theme.color(token))
        baseline = theme.baseline("small_number_medium", top, TAG_HEIGHT)
        state.texts.draw(painter, "small_number_medium", (_TEXT_LEFT, baseline), line.price_text, theme.color("text"))

    def _draw_last(self, painter: QPainter, rect: QRectF, centre: float, height: float) -> None:
        state, theme, last = self._state, self._state.theme, self._state.last
        assert last is not None
        top = round(centre - height / 2)
        if last.is_reliable:
            fill, ink = theme.color("buy_fill" if last.is_up else "sell_fill"), theme.color("on_fill")
        else:
            fill, ink = theme.color("raised"), theme.color("muted")
        painter.fillRect(QRectF(1, top, rect.width() - 1, height), fill)
        role = "small_number_strong"
        if not last.detail:
            state.texts.draw(painter, role, (_TEXT_LEFT, theme.baseline(role, top, height)), last.text, ink)
            return
        state.texts.draw(painter, role, (_TEXT_LEFT, theme.baseline(role, top + 1, 15)), last.text, ink)
        baseline = theme.baseline("tiny_number_medium", top + 14, 13)
        detail_ink = ink if last.is_reliable else theme.color("warning")
        state.texts.draw(painter, "tiny_number_medium", (_TEXT_LEFT, baseline), last.detail, detail_ink)

    def _draw_crosshair(self, painter: QPainter, rect: QRectF) -> None:
        state, theme = self._state, self._state.theme
        assert state.crosshair is not None
        assert state.pointer is not None
        top = min(max(round(state.pointer[1]) - TAG_HEIGHT // 2, 0), round(state.view.height) - TAG_HEIGHT)
        painter.fillRect(QRectF(1, top, rect.width() - 1, TAG_HEIGHT), theme.color("raised"))
        baseline = theme.baseline("small_number_medium", top, TAG_HEIGHT)
        text = state.crosshair.price_text
        state.texts.draw(painter, "small_number_medium", (_TEXT_LEFT, baseline), text, theme.color("text"))


class TimeAxis(pg.AxisItem):  # type: ignore[misc]  # as above
    """Times at the bottom, with a tag for the crosshair."""

    def __init__(self, state: SceneState) -> None:
        super().__init__("bottom")
        self._state = state

    def boundingRect(self) -> QRectF:
        return QRectF(self.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        state, theme, rect = self._state, self._state.theme, self.rect()
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(QLineF(0, 0, rect.width(), 0))
        for tick in state.time_ticks:
            role = "small_number_medium" if tick.is_major else "small_number"
            half = state.texts.width(role, tick.text) / 2
            if tick.px - half < 2 or tick.px + half > state.view.width:
                continue
            colour = theme.color("text" if tick.is_major else "second")
            baseline = theme.baseline(role, 0, rect.height())
            state.texts.draw_centred(painter, role, (tick.px, baseline), tick.text, colour)
        self._draw_crosshair(painter, rect)

    def _draw_crosshair(self, painter: QPainter, rect: QRectF) -> None:
        state, theme = self._state, self._state.theme
        if state.crosshair is None or state.pointer is None:
            return
        role = "small_number_medium"
        width = round(state.texts.width(role, state.crosshair.time_text)) + 16
        middle = state.view.middle_of(state.view.slot_at(state.pointer[0]))
        left = min(max(middle - width // 2, 0), round(state.view.width) - width)
        painter.fillRect(QRectF(left, 1, width, rect.height() - 1), theme.color("raised"))
        baseline = theme.baseline(role, 0, rect.height())
        text = state.crosshair.time_text
        state.texts.draw_centred(painter, role, (left + width / 2, baseline), text, theme.color("text"))
