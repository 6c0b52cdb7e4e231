"""Draws rows, spread row and states of the ladder with QPainter; knows nothing of books or orders."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF, QStaticText

from terminal.domain import Side
from terminal.ui.depth_ladder.columns import RIGHT_PADDING, Columns, Zone
from terminal.ui.depth_ladder.view import Half, LadderView, Mine, MineState, RowView, SpreadView
from terminal.ui.theme.theme import Theme

ROW = 20
SPREAD = 24

_TEXT_LIMIT = 4_000
_WELL_LABEL = "Traded 5 m"


class _Text:
    """Prepared glyphs of the numbers in one font: shaping a text costs far more than drawing it."""

    def __init__(self, theme: Theme, role: str) -> None:
        self.font = theme.font(role)
        self._theme = theme
        self._role = role
        self._ascent = theme.metrics(role).ascent()
        self._texts: dict[str, tuple[QStaticText, float]] = {}
        self._lift = theme.baseline(role, 0, ROW) - self._ascent

    def width(self, text: str) -> float:
        return self._prepared(text)[1]

    def right(self, painter: QPainter, text: str, edge: float, top: float) -> float:
        """Draw `text` so that it ends at `edge`, centred in a row at `top`; returns where it begins."""
        static, width = self._prepared(text)
        left = round(edge - width)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(left, top + self._lift), static)
        return left

    def left(self, painter: QPainter, text: str, edge: float, top: float) -> float:
        """Draw `text` from `edge` on; returns where it ends."""
        static, width = self._prepared(text)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(round(edge), top + self._lift), static)
        return edge + width

    def _prepared(self, text: str) -> tuple[QStaticText, float]:
        found = self._texts.get(text)
        if found is None:
            if len(self._texts) > _TEXT_LIMIT:
                self._texts.clear()
            static = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            static.prepare(font=self.font)
            found = self._texts[text] = (static, self._theme.width(self._role, text))
        return found


class LadderPainter:
    """Fonts, pens and brushes of one theme; made anew when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        tokens = theme.tokens
        self._theme = theme
        self._number = _Text(theme, "number")
        self._small = _Text(theme, "small")
        self._figures = _Text(theme, "small_number")
        self._tiny = _Text(theme, "tiny_medium")
        self._last = _Text(theme, "total")
        self.panel = theme.color("panel")
        self._well = theme.color("well")
        self._hover = theme.color("hover")
        self._raised = theme.color("raised")
        self._second = theme.color("second")
        self._muted = theme.color("muted")
        self._plain = theme.color("text")
        self._accent = theme.color("accent")
        self._warning = theme.color("warning")
        self._warning_tint = theme.color("warning", 0.18)
        self._traded_bar = theme.color("muted", 0.25)
        self._sides = {Half.ASK: theme.color("sell_text"), Half.BID: theme.color("buy_text"), Half.GAP: self._second}
        leading = tokens.leading_alpha
        self._leading = {
            Half.ASK: theme.color("sell_text", leading),
            Half.BID: theme.color("buy_text", leading),
            Half.GAP: theme.color("second", leading),
        }
        self._has_leading = leading < 1
        self._size_bars = {
            Half.ASK: theme.color("sell_text", tokens.size_bar_alpha),
            Half.BID: theme.color("buy_text", tokens.size_bar_alpha),
        }
        self._sum_bars = {
            Half.ASK: theme.color("sell_text", tokens.sum_bar_alpha),
            Half.BID: theme.color("buy_text", tokens.sum_bar_alpha),
        }
        self._boxes = {
            side: (theme.color(name), theme.color(name, tokens.mark_alpha))
            for side, name in ((Side.BUY, "buy_text"), (Side.SELL, "sell_text"))
        }

    def row(self, painter: QPainter, row: RowView, top: int, columns: Columns, prefix: int) -> None:
        """Draw one row over its whole width at `top`."""
        half = row.half
        fill = painter.fillRect
        bid_left, bid_width = columns.bid
        ask_left, ask_width = columns.ask
        price_left, price_width = columns.price
        sum_left, sum_width = columns.sum
        end = sum_left + sum_width
        fill(0, top, end, ROW, self.panel)
        bar_top, bar_height = top + 1, ROW - 2
        number = self._number
        if half is Half.ASK:
            fill(bid_left, top, bid_width, ROW, self._well)
            if row.traded_bar:
                fill(price_left - row.traded_bar, bar_top, row.traded_bar, bar_height, self._traded_bar)
            if row.size_bar:
                fill(ask_left, bar_top, row.size_bar, bar_height, self._size_bars[half])
        elif half is Half.BID:
            fill(ask_left, top, ask_width, ROW, self._well)
            if row.traded_bar:
                fill(ask_left, bar_top, row.traded_bar, bar_height, self._traded_bar)
            if row.size_bar:
                fill(price_left - row.size_bar, bar_top, row.size_bar, bar_height, self._size_bars[half])
        if row.sum_bar:
            fill(end - row.sum_bar, bar_top, row.sum_bar, bar_height, self._sum_bars[half])
        if row.last:
            self._last_box(painter, row, top, price_left, price_width)
        else:
            self._price(painter, row, top, price_left + price_width - RIGHT_PADDING, prefix)
        size_edge, traded_edge = price_left - RIGHT_PADDING, ask_left + ask_width - RIGHT_PADDING
        if half is Half.ASK:
            size_edge, traded_edge = traded_edge, size_edge
        if row.size:
            painter.setPen(self._plain)
            number.right(painter, row.size, size_edge, top)
        if row.sum:
            painter.setPen(self._second)
            number.right(painter, row.sum, end - RIGHT_PADDING, top)
        if row.traded:
            painter.setPen(self._second)
            number.right(painter, row.traded, traded_edge, top)
        if row.mine is not None:
            self._mine(painter, row.mine, top, columns.mine)

    def well_label(self, painter: QPainter, half: Half, top: int, columns: Columns) -> None:
        """Say what the well shows, in a row of it that shows nothing."""
        left, width = columns.bid if half is Half.ASK else columns.ask
        if self._small.width(_WELL_LABEL) <= width - 2:
            painter.setPen(self._muted)
            self._small.right(painter, _WELL_LABEL, left + width - RIGHT_PADDING + 2, top)

    def hover(self, painter: QPainter, zone: Zone, top: int, columns: Columns, *, crossing: bool, down: bool) -> None:
        """Mark the cell under the pointer, over the painted row."""
        left, width = columns.span(zone)
        if crossing:
            painter.fillRect(left, top, width, ROW, self._well)
            painter.fillRect(left, top, width, ROW, self._warning_tint)
            painter.setPen(self._warning)
            text_width = self._tiny.width("CROSSES")
            self._tiny.left(painter, "CROSSES", left + (width - text_width) / 2, top)
        self._frame(painter, self._accent if down else (self._warning if crossing else self._muted), left, top, width)

    def spread(self, painter: QPainter, spread: SpreadView, top: int, width: int, *, dim: bool) -> None:
        """Draw the spread row: last price and size at the left, spread at the right."""
        painter.fillRect(0, top, width, SPREAD, self._raised)
        base = top + (SPREAD - ROW) / 2
        if dim:
            painter.setOpacity(0.5)
        if spread.arrow:
            half = Half.BID if spread.arrow > 0 else Half.ASK
            self._arrow(painter, spread.arrow, 14, base + ROW / 2, self._sides[half])
        x = 24.0
        if spread.unchanged:
            painter.setPen(self._muted)
            x = self._last.left(painter, spread.unchanged, x, base)
        painter.setPen(self._plain)
        x = self._last.left(painter, spread.changed, x, base) + 10
        painter.setPen(self._second)
        figures = self._figures
        edge = width - 8.0
        for text in (spread.bps, spread.spread):
            if text and edge - figures.width(text) >= x:
                edge = figures.right(painter, text, edge, base) - 10
        if spread.size and x + figures.width(spread.size) <= edge:
            figures.left(painter, spread.size, x, base)
        painter.setOpacity(1)

    def _price(self, painter: QPainter, row: RowView, top: int, edge: float, prefix: int) -> None:
        text = row.price
        painter.setPen(self._sides[row.half])
        if not self._has_leading or not prefix:
            self._number.right(painter, text, edge, top)
            return
        left = self._number.right(painter, text[prefix:], edge, top)
        painter.setPen(self._leading[row.half])
        self._number.right(painter, text[:prefix], left, top)

    def _last_box(self, painter: QPainter, row: RowView, top: int, left: int, width: int) -> None:
        side = Side.BUY if row.last > 0 else Side.SELL
        self._box(painter, side, left, top, width)
        self._arrow(painter, row.last, left + 5, top + ROW / 2, self._boxes[side][0])
        painter.setPen(self._plain)
        self._number.right(painter, row.price, left + width - RIGHT_PADDING, top)

    def _mine(self, painter: QPainter, mine: Mine, top: int, span: tuple[int, int]) -> None:
        left, width = span[0] + 2, span[1] - 4
        color, tint = self._boxes[mine.side]
        text, style = self._plain, Qt.PenStyle.SolidLine
        if mine.state is MineState.UNKNOWN:
            color, tint, style = self._warning, self._warning_tint, Qt.PenStyle.DashLine
        elif mine.state is not MineState.WORKING:
            text, style = self._second, Qt.PenStyle.DashLine
        painter.setPen(QPen(color, 1, style))
        painter.setBrush(tint)
        self._rounded(painter, left, top, width)
        painter.setPen(text)
        self._number.right(painter, mine.text, left + width - 4, top)
        if mine.state is MineState.CANCELLING:
            middle = top + ROW / 2
            painter.drawLine(QPointF(left + width - 4 - self._number.width(mine.text), middle),
                             QPointF(left + width - 4, middle))  # fmt: skip

    def _box(self, painter: QPainter, side: Side, left: int, top: int, width: int) -> None:
        color, tint = self._boxes[side]
        painter.setPen(color)
        painter.setBrush(tint)
        self._rounded(painter, left, top, width)

    def _frame(self, painter: QPainter, color: QColor, left: int, top: int, width: int) -> None:
        painter.setPen(color)
        painter.setBrush(QBrush(Qt.BrushStyle.NoBrush))
        painter.drawRect(QRectF(left + 0.5, top + 0.5, width - 1, ROW - 1))

    @staticmethod
    def _rounded(painter: QPainter, left: int, top: int, width: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawRoundedRect(QRectF(left + 0.5, top + 1.5, width - 1, ROW - 3), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    @staticmethod
    def _arrow(painter: QPainter, direction: int, x: float, y: float, color: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        tip, base = y - 2.5 * direction, y + 2 * direction
        painter.drawPolygon(QPolygonF([QPointF(x - 3, base), QPointF(x + 3, base), QPointF(x, tip)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def well_label_slots(view: LadderView) -> dict[int, Half]:
    """Return the outermost slots whose well shows nothing: the room for the words "Traded 5 m"."""
    slots: dict[int, Half] = {}
    if not view.rows:
        return slots
    top, bottom = view.rows[0], view.rows[-1]
    if top.half is Half.ASK and not top.traded:
        slots[0] = Half.ASK
    if bottom.half is Half.BID and not bottom.traded:
        slots[len(view.rows) - 1] = Half.BID
    return slots
