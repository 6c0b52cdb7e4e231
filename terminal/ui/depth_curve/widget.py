"""The depth curve panel: cumulative bids and asks, with what a taker would pay under the pointer."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from terminal.domain import Instrument, InstrumentId, Side
from terminal.market.subscriptions import Watch
from terminal.market.topics import Changed, Topic
from terminal.ui import formatting
from terminal.ui.depth_curve.presenter import CurvePresenter, CurveView, Point, Readout
from terminal.ui.freshness_words import unreliable_words
from terminal.ui.number_columns import price_text
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.theme.drawing import Ink, draw_round_rect

_HEADER = 28
_AXIS = 22
_NOTCH = 120
_BANNER = 20
_MILLION = 1_000_000


class DepthCurve(Panel):
    """Cumulative depth of the linked instrument's book."""

    object_name = "depthCurve"
    title = "Depth curve"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._instrument: InstrumentId | None = None
        self._watch: Watch | None = None
        self._view: CurveView | None = None
        self._rules: Instrument | None = None
        self._message = ""
        self._banner = ""
        self._pointer: float | None = None
        self._wheel = 0
        self.presenter = CurvePresenter()
        self.setMouseTracking(True)
        self.setMinimumSize(200, 140)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        context.theme.changed.connect(self.update)
        context.frame_clock.tick.connect(self._request)
        self._frame = context.frame_clock.register(self, self._topics, self.render_now)

    # the panel

    def start(self) -> None:
        super().start()
        self._request()

    def stop(self) -> None:
        super().stop()
        self._frame.close()
        self._close_watch()

    def on_instrument(self, instrument: InstrumentId) -> None:
        if instrument != self._instrument:
            self._close_watch()
            self._instrument = instrument
            self.presenter.instrument = None
            self._watch = self.context.market.watch(Topic.BOOK, instrument)
        self._request()

    def _topics(self) -> tuple[object, ...]:
        return Changed(Topic.BOOK, self._instrument), Changed(Topic.STREAMS), Changed(Topic.INSTRUMENTS)

    def _request(self, *_: object) -> None:
        self._frame.request()

    def _close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        self._view = None
        self._banner = ""
        if self._instrument is None:
            self._message = "Choose an instrument in the watchlist or with Ctrl+K"
            self.update()
            return
        rules = self.context.market.instruments.get(self._instrument)
        live = self.context.market.hub.book(self._instrument)
        words = unreliable_words(live.freshness, self.context.market.clock())
        if rules is None:
            self._message = f"Waiting for the rules of {self._instrument.symbol}"
        else:
            if self.presenter.instrument != rules:
                self.presenter.set_instrument(rules)
            self._rules = rules
            self.presenter.held = self._pointer is not None
            self._view = self.presenter.refresh(live.book)
            self._message = f"{rules.pair}: no book on both sides yet\n{words}".strip()
            self._banner = words.capitalize()
        readout = self.readout
        self.setAccessibleDescription("" if readout is None else ", ".join(self._words(readout)))
        self.update()

    @property
    def view(self) -> CurveView | None:
        return self._view

    @property
    def message(self) -> str:
        """What stands where there is no curve."""
        return self._message

    @property
    def banner(self) -> str:
        """Why the book cannot be trusted, "" while it can."""
        return self._banner

    @property
    def readout(self) -> Readout | None:
        """What lies under the pointer."""
        if self._pointer is None or self._view is None:
            return None
        return self.presenter.read(self._pointer / max(1, self.width()))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self.context.theme, Ink(painter, self.context.theme)
        painter.fillRect(self.rect(), theme.color("panel"))
        view = self._view
        if view is None:
            painter.setFont(theme.font("text"))
            painter.setPen(theme.color("second"))
            box = self.rect().adjusted(16, 0, -16, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
            return
        if self._banner:
            painter.setOpacity(0.5)
        self._paint_axes(painter, ink, view)
        self._paint_side(painter, view.bids, "buy_text")
        self._paint_side(painter, view.asks, "sell_text")
        self._paint_sizes(ink, view)
        self._paint_mid(painter, view)
        self._paint_header(ink, view)
        painter.setOpacity(1)
        readout = self.readout
        if readout is not None:
            self._paint_readout(painter, ink, readout)
        if self._banner:
            painter.fillRect(0, 0, self.width(), _BANNER, theme.color("title_bar"))
            painter.fillRect(0, 0, self.width(), _BANNER, theme.color("warning", 0.16))
            text = ink.elided("small_medium", self._banner, self.width() - 20)
            ink.left("small_medium", 10, theme.baseline("small_medium", 0, _BANNER), text, "warning")

    @property
    def _plot(self) -> QRectF:
        return QRectF(0, _HEADER, self.width(), max(1, self.height() - _HEADER - _AXIS))

    def _at(self, point: Point) -> QPointF:
        plot = self._plot
        return QPointF(plot.left() + point.x * plot.width(), plot.bottom() - point.y * plot.height())

    def _paint_header(self, ink: Ink, view: CurveView) -> None:
        theme = self.context.theme
        baseline = theme.baseline("small_number", 0, _HEADER)
        x = ink.left("small", 10, baseline, "Mid", "second")
        ink.left("small_number_medium", x + 6, baseline, view.mid, "text")
        span = self.presenter.span
        words = f"spread {view.spread}" + ("" if span is None else f"    ± {formatting.percent(span, 4, sign=False)}")
        ink.right("small_number", self.width() - 8, baseline, _trimmed(words), "second")

    def _paint_axes(self, painter: QPainter, ink: Ink, view: CurveView) -> None:
        theme, plot = self.context.theme, self._plot
        for place, _ in view.size_marks:
            y = round(plot.bottom() - place * plot.height())
            painter.fillRect(0, y, self.width(), 1, theme.color("faint"))
        painter.fillRect(0, round(plot.bottom()), self.width(), 1, theme.color("line"))
        baseline = theme.baseline("small_number", plot.bottom() + 1, _AXIS - 1)
        free = 4.0
        for place, text in view.price_marks:
            half = theme.width("small_number", text) / 2
            x = place * plot.width()
            if x - half < free or x + half > self.width() - 4:
                continue
            painter.fillRect(round(x), round(plot.bottom()), 1, 4, theme.color("border"))
            ink.center("small_number", x, baseline, text, "second")
            free = x + half + 12

    def _paint_sizes(self, ink: Ink, view: CurveView) -> None:
        plot = self._plot
        for place, text in view.size_marks:
            ink.left("tiny_number", 6, round(plot.bottom() - place * plot.height()) - 3, text, "second")

    def _paint_side(self, painter: QPainter, corners: tuple[Point, ...], tone: str) -> None:
        if not corners:
            return
        theme = self.context.theme
        points = [self._at(corner) for corner in corners]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(tone, theme.tokens.size_bar_alpha))
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(QPen(theme.color(tone), 1))
        painter.drawPolyline(QPolygonF(points[:-1]))

    def _paint_mid(self, painter: QPainter, view: CurveView) -> None:
        plot = self._plot
        x = view.mid_x * plot.width()
        painter.setPen(QPen(self.context.theme.color("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_readout(self, painter: QPainter, ink: Ink, readout: Readout) -> None:
        theme, plot = self.context.theme, self._plot
        tone = "sell_text" if readout.side is Side.BUY else "buy_text"
        x = readout.x * plot.width()
        y = plot.bottom() - min(1.0, readout.y) * plot.height()
        painter.setPen(QPen(theme.color("second"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("panel"), 1.5))
        painter.setBrush(theme.color(tone))
        painter.drawEllipse(QPointF(x, y), 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        words = self._words(readout)
        width = max(theme.width("small_number", text) for text in words) + 16
        left = x + 10 if x + 10 + width < self.width() else x - 10 - width
        box = QRectF(max(2.0, left), plot.top() + 4, width, 18 * len(words) + 6)
        draw_round_rect(painter, box, 4, fill=theme.color("raised"), border=theme.color("border"))
        for number, text in enumerate(words):
            baseline = theme.baseline("small_number", box.top() + 3 + number * 18, 18)
            ink.left("small_number", box.left() + 8, baseline, text, tone if number == 0 else "text")

    def _words(self, readout: Readout) -> list[str]:
        rules = self._rules
        assert rules is not None
        verb = "Buy up to" if readout.side is Side.BUY else "Sell down to"
        lines = [
            f"{verb} {price_text(readout.price, rules.price_decimals)}",
            f"{_readable(readout.size, rules.quantity_decimals)} {rules.base}",
            f"{_readable(readout.value, 2)} {rules.quote}",
        ]
        if readout.average is not None and readout.slippage is not None:
            average = formatting.number(readout.average, rules.price_decimals)
            lines.append(f"avg {average}")
            lines.append(f"{formatting.basis_points(readout.slippage)} from mid")
        return lines

    # pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().x()
        self._request()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self._request()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pointer = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y()
        turns = int(self._wheel / _NOTCH)
        self._wheel -= turns * _NOTCH
        if turns:
            self.presenter.held = False
            self.presenter.zoom(-turns)
            self._request()
        event.accept()


def _readable(value: Decimal, decimals: int) -> str:
    """Return a size or value in full, from a million on in M, B or T."""
    return formatting.compact(value, 6) if value >= _MILLION else formatting.number(value, decimals)


def _trimmed(words: str) -> str:
    """Drop the trailing zeros of a percentage: "± 0.0500 %" reads "± 0.05 %"."""
    head, sign, tail = words.rpartition(" %")
    if not sign or "." not in head.rsplit(" ", 1)[-1]:
        return words
    return f"{head.rstrip('0').rstrip('.')}{sign}{tail}"
