"""The chart's picture and how the hand moves it: a pyqtgraph view with a view box, two axes and our items."""

from __future__ import annotations

from decimal import Decimal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from terminal.ui import formatting
from terminal.ui.kline_chart.axes import PriceAxis, TimeAxis
from terminal.ui.kline_chart.overlay import CancelButton, Overlay
from terminal.ui.kline_chart.panes import PricePane, VolumePane
from terminal.ui.kline_chart.presenter import ChartPresenter
from terminal.ui.kline_chart.readout import READOUT_ROW, TEXT_TOP, Readout
from terminal.ui.kline_chart.scene_state import PRICE_AXIS_WIDTH, TIME_AXIS_HEIGHT, VOLUME_HEIGHT, SceneState
from terminal.ui.kline_chart.texts import Texts
from terminal.ui.kline_chart.ticks import percent_ticks, price_ticks, time_ticks
from terminal.ui.kline_chart.viewport import DEFAULT_STEP, Viewport
from terminal.ui.theme import Theme

_DRAG_START = 3
"""Px the pointer moves before a press becomes a drag."""

_WHEEL_NOTCH = 120
_SHORT_PANE = 240


class ChartView(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no type information
    """Draws what its `state` holds and moves its `state.view`.

    `view_changed` is emitted after the hand moved the view, `cancel_asked` with the key of an order whose x was
    released, `menu_asked` with the price under the pointer (None beside the pane) and the global position.
    """

    view_changed = Signal()
    cancel_asked = Signal(str)
    menu_asked = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.color("panel"))
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        # every frame paints everything anew, and each item sets the pen and brush that it uses
        self.setOptimizationFlag(self.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(self.OptimizationFlag.DontAdjustForAntialiasing)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.state = SceneState(theme, Texts(theme))
        self.price_box = pg.ViewBox(enableMouse=False, enableMenu=False)
        self.price_axis = PriceAxis(self.state)
        self.time_axis = TimeAxis(self.state)
        self.price_box.disableAutoRange()
        self.price_pane = PricePane(self.state)
        self.price_pane.setParentItem(self.price_box)
        self.volume_pane = VolumePane(self.state)
        self.overlay = Overlay(self.state)
        self.readout = Readout(self.state)
        parts = (self.price_box, self.volume_pane, self.price_axis, self.time_axis, self.readout, self.overlay)
        for item in parts:
            self.addItem(item)
        self._press: QPointF | None = None
        self._last_drag = QPointF()
        self._is_dragging = False
        self._pressed_cancel: CancelButton | None = None
        self._wheel_left = 0
        self._text_rows = 0
        self._read: object = None
        self._rows_of: object = None
        theme.changed.connect(self.restyle)

    @property
    def view(self) -> Viewport:
        return self.state.view

    def restyle(self) -> None:
        """Take up a new theme."""
        self.setBackground(self.state.theme.color("panel"))
        self.state.texts.clear()
        self.refresh()

    def show_series(self, presenter: ChartPresenter | None) -> None:
        """Draw another series; the caller has set up the view's place."""
        self.state.presenter = presenter
        self.state.axis_width = self._needed_axis_width()
        self._arrange()

    def refresh(self) -> None:
        """Recompute what is visible and repaint on the next occasion."""
        self.state.texts.set_ratio(self.devicePixelRatioF())
        self._read_candle()
        self._scale_prices()
        self._find_ticks()
        self._tell_box()
        self._follow_pointer()
        self.repaint_soon()

    def repaint_soon(self) -> None:
        """Paint the state as it is now on the next occasion; where things stand has not changed."""
        self.price_axis.refresh()
        self.readout.refresh()
        self.viewport().update()

    def close(self) -> bool:
        """Close as any widget does: the base class would destroy the scene under items that Python still holds."""
        return QWidget.close(self)

    # geometry

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # the base class calls this from its constructor
        if event is not None and hasattr(self, "overlay"):
            self._arrange()
            self.refresh()

    def _arrange(self) -> None:
        state = self.state
        self._text_rows = 0
        width, height = float(self.width()), float(self.height())
        state.volume_height = VOLUME_HEIGHT if height >= _SHORT_PANE else round(height * 0.2)
        plot_width = max(1.0, width - state.axis_width)
        pane_height = max(1.0, height - TIME_AXIS_HEIGHT - state.volume_height)
        self.view.resize(plot_width, pane_height)
        self.price_box.setGeometry(QRectF(0, 0, plot_width, pane_height))
        self.volume_pane.setPos(0, pane_height)
        self.price_axis.setWidth(state.axis_width)
        self.time_axis.setHeight(TIME_AXIS_HEIGHT)
        self.price_axis.setGeometry(QRectF(plot_width, 0, state.axis_width, height - TIME_AXIS_HEIGHT))
        self.time_axis.setGeometry(QRectF(0, height - TIME_AXIS_HEIGHT, width, TIME_AXIS_HEIGHT))
        self.price_pane.set_size(plot_width, pane_height)
        self.volume_pane.set_size(plot_width, state.volume_height)
        self.overlay.set_size(width, height)
        self.readout.set_width(plot_width)

    def _needed_axis_width(self) -> int:
        presenter = self.state.presenter
        last = None if presenter is None else presenter.series.source.last
        if presenter is None or last is None:
            return PRICE_AXIS_WIDTH
        texts = (presenter.price_text(price) for price in (last.open, last.high, last.low, last.close))
        widest = max(self.state.texts.width("small_number_strong", text) for text in texts)
        return max(PRICE_AXIS_WIDTH, round(widest) + 16)

    def _scale_prices(self) -> None:
        state, view, presenter = self.state, self.view, self.state.presenter
        state.visible, state.volume_peak, state.volume_peak_text = (0, 0), 0.0, ""
        if presenter is None or not presenter.series.arrays.count:
            return
        arrays = presenter.series.arrays
        start, stop = state.visible = arrays.within(view.left, view.right)
        if stop <= start:
            return
        low, high = arrays.price_range(start, stop)
        for study in presenter.series.studies:
            if study.kind.scale_line is not None:
                peak = study.peak(study.kind.scale_line, start, stop)
                high = high if peak is None else max(high, peak)
        # never fewer rows than before: a hovered candle with shorter numbers must not move the prices
        if self._rows_of is not self._read or not self._text_rows:
            self._rows_of = self._read
            self._text_rows = max(self._text_rows, self.readout.rows() - bool(state.warning))
        view.top_room = TEXT_TOP + (self._text_rows + bool(state.warning)) * READOUT_ROW + 12
        view.autoscale(low, high)
        state.volume_peak = arrays.volume_peak(start, stop)
        if state.volume_peak > 0:
            state.volume_peak_text = formatting.compact(Decimal(repr(state.volume_peak)), digits=3)

    def _find_ticks(self) -> None:
        state, view, presenter = self.state, self.view, self.state.presenter
        state.price_ticks, state.time_ticks = [], []
        if presenter is None or not presenter.series.arrays.count:
            return
        arrays = presenter.series.arrays
        state.time_ticks = time_ticks(view, presenter.series.slots)
        base = float(arrays.close[min(state.visible[0], arrays.count - 1)])
        if state.is_percent and base > 0:
            state.price_ticks = percent_ticks(view.scale, view.height, base)
        else:
            state.price_ticks = price_ticks(view.scale, view.height, presenter.tick, presenter.decimals)

    def _tell_box(self) -> None:
        view = self.view
        # automatic ranges were switched off once and for all; doing it again in each frame costs
        self.price_box.setRange(
            xRange=(view.left, view.right), yRange=view.scale.flat_range, padding=0, disableAutoRange=False
        )

    def _hovered_slot(self) -> int | None:
        return None if self.state.pointer is None else self.view.slot_at(self.state.pointer[0])

    def _read_candle(self) -> None:
        """Read out the candle under the pointer, which may have stayed while the chart moved, else the last."""
        state, presenter, slot = self.state, self.state.presenter, self._hovered_slot()
        about = None if presenter is None else presenter.reading(slot)
        if about is not None and about == self._read:
            return
        self._read = about
        state.readout = [] if presenter is None else presenter.readout(slot)
        state.legend = [] if presenter is None else presenter.legend(slot)

    def _follow_pointer(self) -> None:
        """Tell price and time at the pointer."""
        state, presenter, slot = self.state, self.state.presenter, self._hovered_slot()
        state.crosshair = None
        if presenter is not None and presenter.series.arrays.count and state.pointer is not None and slot is not None:
            state.crosshair = presenter.crosshair(self.view.price_at(state.pointer[1]), slot)

    # the hand

    def _zone(self, at: QPointF) -> str:
        if at.x() >= self.view.width:
            return "price axis" if at.y() < self.view.height else "corner"
        return "time axis" if at.y() >= self.height() - TIME_AXIS_HEIGHT else "plot"

    def _moved(self) -> None:
        self.refresh()
        self.view_changed.emit()

    def _cancel_button_at(self, at: QPointF) -> CancelButton | None:
        return next((button for button in self.overlay.cancel_buttons if button.rect.contains(at)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() is Qt.MouseButton.LeftButton:
            self._press = self._last_drag = event.position()
            self._is_dragging = False
            self._pressed_cancel = self._cancel_button_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        at = event.position()
        if self._press is not None and self._pressed_cancel is None:
            if not self._is_dragging and (at - self._press).manhattanLength() >= _DRAG_START:
                self._is_dragging = True
            if self._is_dragging:
                self._drag(self._zone(self._press), at - self._last_drag)
                self._last_drag = at
        self._hover(at)

    def _drag(self, zone: str, by: QPointF) -> None:
        view = self.view
        if zone == "price axis":
            view.stretch_price(1.004 ** by.y())
        elif zone == "time axis":
            notches = int(by.x() / 8)
            if not notches:
                return
            view.zoom(notches, view.width)
        else:
            view.pan(by.x())
            view.drag_price(by.y())
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        pressed, self._pressed_cancel, self._press = self._pressed_cancel, None, None
        under = self._cancel_button_at(event.position())
        # the same order's x under press and release: a label that moved meanwhile cancels nothing else
        if pressed is not None and under is not None and under.key == pressed.key and under.reason is None:
            self.cancel_asked.emit(under.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() is not Qt.MouseButton.LeftButton or self._cancel_button_at(event.position()) is not None:
            return
        zone = self._zone(event.position())
        if zone == "price axis":
            self.set_auto(True)
        elif zone in ("time axis", "corner"):
            self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        at, turned = event.position(), event.angleDelta()
        zone = self._zone(at)
        sideways = turned.x() if abs(turned.x()) > abs(turned.y()) else 0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways = turned.x() or turned.y()
        if sideways:
            self.view.pan(sideways / 2)
        elif zone == "price axis" or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.view.stretch_price(0.9 ** (turned.y() / _WHEEL_NOTCH))
        else:
            # a touch pad sends many small turns: zoom once they add up to a notch
            self._wheel_left += turned.y()
            levels = int(self._wheel_left / _WHEEL_NOTCH)
            self._wheel_left -= levels * _WHEEL_NOTCH
            if not levels:
                return
            self.view.zoom(levels, min(at.x(), self.view.width))
        self._moved()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.state.pointer = None
        self.state.hovered_order = None
        self._read_candle()
        self._follow_pointer()
        self.repaint_soon()

    def _hover(self, at: QPointF) -> None:
        state = self.state
        button = self._cancel_button_at(at)
        state.hovered_order = None if button is None else button.key
        in_plot = self._zone(at) == "plot" and button is None
        state.pointer = (at.x(), at.y()) if in_plot else None
        if button is not None:
            cursor = Qt.CursorShape.PointingHandCursor
            told = button.reason or f"Cancel {button.title}"
            QToolTip.showText(self.mapToGlobal(at.toPoint()), told, self)
        else:
            cursor = {
                "plot": Qt.CursorShape.CrossCursor,
                "price axis": Qt.CursorShape.SizeVerCursor,
                "time axis": Qt.CursorShape.SizeHorCursor,
            }.get(self._zone(at), Qt.CursorShape.ArrowCursor)
        if self.viewport().cursor().shape() is not cursor:
            self.viewport().setCursor(cursor)
        self._read_candle()
        self._follow_pointer()
        self.repaint_soon()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        at = QPointF(event.pos())
        price = None
        presenter = self.state.presenter
        if presenter is not None and presenter.series.arrays.count and at.y() < self.view.height:
            price = presenter.rounded(self.view.price_at(at.y()))
        self.menu_asked.emit(price, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        view, key = self.view, event.key()
        far = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        candles = view.width / view.step / 2 if far else max(1.0, 12 / view.step)
        anchor = view.width if view.follows else view.width / 2
        if key == Qt.Key.Key_Left:
            view.pan(candles * view.step)
        elif key == Qt.Key.Key_Right:
            view.pan(-candles * view.step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Up):
            view.zoom(1, anchor)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Down):
            view.zoom(-1, anchor)
        elif key == Qt.Key.Key_Home:
            view.to_start()
        elif key == Qt.Key.Key_End:
            view.to_end()
        elif key == Qt.Key.Key_A:
            view.auto = True
        else:
            QWidget.keyPressEvent(self, event)
            return
        event.accept()
        self._moved()

    def set_auto(self, auto: bool) -> None:
        """Fit the price scale to what is visible, from now on (or leave it to the hand)."""
        self.view.auto = auto
        self._moved()

    def fit(self) -> None:
        """Show every candle that is loaded."""
        self.view.fit()
        self._moved()

    def reset(self) -> None:
        """Show the newest candles at the default width."""
        self.view.step = DEFAULT_STEP
        self.view.auto = True
        self.view.to_end()
        self._moved()
