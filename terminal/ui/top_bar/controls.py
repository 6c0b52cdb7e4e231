"""The top bar's own controls: instrument button, venue chips, arming switch, environment badge."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink, draw_round_rect
from terminal.ui.top_bar.figures import BAR_HEIGHT
from terminal.ui.top_bar.presenter import ArmingView, VenueChip
from terminal.ui.venue_state import Marker

_FIELD = 28


class _Control(QAbstractButton):
    """A button that paints itself, with a visible focus ring."""

    def __init__(self, theme: Theme, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def _frame(self, painter: QPainter, rect: QRectF) -> None:
        theme = self._theme
        fill = "hover" if self.underMouse() else "well"
        border = "accent" if self.hasFocus() else "border"
        draw_round_rect(painter, rect, 4, fill=theme.color(fill), border=theme.color(border))


class InstrumentButton(_Control):
    """The instrument shown; opens the search."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "instrument_button", "Instrument: search all venues", parent)
        self._pair, self._venue, self._short_venue = "", "", ""
        self.setToolTip("Search instruments of all venues (Ctrl+K)")
        self.set_width(204)

    def set_width(self, width: int) -> None:
        self.setFixedSize(width, _FIELD)

    def show_instrument(self, pair: str, venue: str, short_venue: str) -> None:
        if (pair, venue, short_venue) == (self._pair, self._venue, self._short_venue):
            return
        self._pair, self._venue, self._short_venue = pair, venue, short_venue
        self.setText(f"{pair} {venue}")
        self.setAccessibleDescription(f"{pair}, {venue}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        self._frame(painter, QRectF(self.rect()))
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(QPointF(8, 6), theme.pixmap("search", "second", 16, ratio))
        end = self.width() - 22
        pair = ink.elided("title", self._pair, end - 30)
        x = ink.left("title", 30, theme.baseline("title", 0, _FIELD), pair, "text") + 7
        if end - x > 24:
            fits = theme.width("small", self._venue) <= end - x
            venue = ink.elided("small", self._venue if fits else self._short_venue, end - x)
            ink.left("small", x, theme.baseline("small", 0, _FIELD), venue, "second")
        painter.drawPixmap(QPointF(self.width() - 20, 7), theme.pixmap("chevron-down", "second", 14, ratio))
        painter.end()


class VenueChipButton(_Control):
    """A venue's name over its state; the marker's shape tells the state without colour."""

    def __init__(self, theme: Theme, chip: VenueChip, parent: QWidget | None = None) -> None:
        super().__init__(theme, f"venue_chip_{chip.venue}", f"{chip.name} connection", parent)
        self._chip = chip
        self._narrow = False
        self._room = 0
        self.setFixedHeight(BAR_HEIGHT - 4)
        self.show_chip(chip, narrow=False)

    def show_chip(self, chip: VenueChip, *, narrow: bool) -> None:
        if chip == self._chip and narrow == self._narrow and self._room:
            return
        if narrow != self._narrow:
            self._room = 0
        self._chip, self._narrow = chip, narrow
        state = chip.state
        note = "" if state.reason is None else f": {state.reason}"
        self.setAccessibleDescription(f"{state.text}{note}")
        self.setToolTip(plain_tooltip(f"{chip.name}: {state.text}{note}"))
        theme = self._theme
        wide = 14 + max(theme.width("small_medium", self._title), theme.width("small_number", self._state)) + 4
        if wide > self._room:
            self._room = round(wide)
            self.setFixedWidth(self._room)
        self.update()

    @property
    def _title(self) -> str:
        return self._chip.code if self._narrow else self._chip.name

    @property
    def _state(self) -> str:
        state = self._chip.state
        # where room is short a live venue tells its latency only; any other state keeps its word
        return state.detail or state.word if self._narrow and state.is_live else state.text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink, state = self._theme, Ink(painter, self._theme), self._chip.state
        if self.underMouse() or self.hasFocus():
            border = theme.color("accent") if self.hasFocus() else None
            draw_round_rect(painter, QRectF(self.rect()), 3, fill=theme.color("hover"), border=border)
        _draw_marker(painter, QPointF(6, 11), state.marker, theme.color(state.token))
        ink.left("small_medium", 14, 15, self._title, "text")
        ink.left("small_number", 14, 29, self._state, "second" if state.is_live else state.token)
        painter.end()


def _draw_marker(painter: QPainter, center: QPointF, marker: Marker, color: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.5))
    if marker is Marker.DOT:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(center, 3, 3)
    elif marker is Marker.RING:
        painter.drawEllipse(center, 2.5, 2.5)
    elif marker is Marker.TRIANGLE:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([center + QPointF(-3.5, 3), center + QPointF(3.5, 3), center + QPointF(0, -3.5)]))
    else:
        painter.drawLine(center + QPointF(-3, -3), center + QPointF(3, 3))
        painter.drawLine(center + QPointF(-3, 3), center + QPointF(3, -3))
    painter.restore()


class ArmSwitch(_Control):
    """ARMED or DISARMED; a click changes it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "arm_switch", "Arming of ladder and chart", parent)
        self._view = ArmingView(0, 0, None, "DISARMED", "")
        self.setCheckable(False)
        self.setFixedSize(round(44 + theme.width("title", "DISARMED") + 14), _FIELD)

    @property
    def is_armed(self) -> bool:
        return self._view.armed > 0

    def show_view(self, view: ArmingView) -> None:
        if view == self._view:
            return
        self._view = view
        self.setText(view.text)
        self.setAccessibleDescription(f"{view.text}. {view.tooltip}")
        self.setToolTip(plain_tooltip(view.tooltip))
        self.update()

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink, armed = self._theme, Ink(painter, self._theme), self.is_armed
        fill = theme.color("warning", 0.16) if armed else theme.color("raised")
        border = "accent" if self.hasFocus() else "warning" if armed else "border"
        draw_round_rect(painter, QRectF(self.rect()), 4, fill=fill, border=theme.color(border))
        track = QRectF(9, 7, 26, 14)
        knob = QPointF(track.right() - 7 if armed else track.left() + 7, track.center().y())
        draw_round_rect(
            painter,
            track,
            7,
            fill=theme.color("warning") if armed else theme.color("well"),
            border=theme.color("warning" if armed else "muted"),
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("panel" if armed else "second"))
        painter.drawEllipse(knob, 4.5, 4.5)
        ink.left("title", 44, theme.baseline("title", 0, _FIELD), self._view.text, "warning" if armed else "text")
        painter.end()


class EnvironmentBadge(QWidget):
    """LIVE, SANDBOX or SIMULATED. LIVE is red and filled."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setObjectName("environment_badge")
        self.setAccessibleName("Environment")
        self.setFixedHeight(22)
        theme.changed.connect(self.update)

    def show_environment(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        self.setAccessibleDescription(text)
        self.setToolTip(
            {
                "LIVE": "Real venues: orders cost real money",
                "SANDBOX": "The venues' own test systems",
                "SIMULATED": "Simulated venues on this machine: no real money",
            }.get(text, "")
        )
        self.setFixedWidth(round(self._theme.width("badge", text)) + 22)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, ink = self._theme, Ink(painter, self._theme)
        live = self._text == "LIVE"
        color = "danger_fill" if live else "warning"
        fill = theme.color("danger_fill") if live else None
        draw_round_rect(painter, QRectF(self.rect()), 3, fill=fill, border=theme.color(color))
        line = theme.baseline("badge", 0, self.height())
        ink.center("badge", self.width() / 2, line, self._text, "on_fill" if live else "warning")
        painter.end()
