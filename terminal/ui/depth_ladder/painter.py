"""Draws rows, spread row and states of the ladder with QPainter; knows nothing of books or orders."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF, QStaticText

from terminal.domain import Side
from terminal.ui.depth_ladder.columns import RIGHT_PADDING, Columns, Zone
from terminal.ui.depth_ladder.view import Cells, Half, LadderView, Mine, MineState, RowView, SpreadView
from terminal.ui.theme.theme import Theme

ROW = 20
SPREAD = 24

_TEXT_LIMIT = 4_000
_WELL_LABEL = "Traded 5m"


class _Text:
    """Writes numbers and words of one font role, centred in a row.

    Tabular figures are as wide as their letters together, so widths come from a table; texts that come back every
    frame (prices) are kept prepared, for shaping costs more than drawing.
    """

    def __init__(self, theme: Theme, role: str) -> None:
        self._font = theme.font(role)
        self._theme = theme
        self._role = role
        self._widths: dict[str, float] = {}
        self._prepared: dict[str, QStaticText] = {}
        self._baseline = theme.baseline(role, 0, ROW)
        self._static_top = self._baseline - theme.metrics(role).ascent()

    def use(self, painter: QPainter) -> None:
        """Give the painter this font; the caller does so once for many texts."""
        painter.setFont(self._font)

    def width(self, text: str) -> float:
        widths = self._widths
        try:
            return sum([widths[letter] for letter in text])
        except KeyError:
            for letter in text:
                widths[letter] = self._theme.width(self._role, letter)
            return sum(widths[letter] for letter in text)

    def right(self, painter: QPainter, text: str, edge: float, top: float) -> float:
        """Write `text` so that it ends at `edge`, in a row at `top`; returns where it begins."""
        left = edge - self.width(text)
        painter.drawText(QPointF(left, top + self._baseline), text)
        return left

    def left(self, painter: QPainter, text: str, x: float, top: float) -> float:
        """Write `text` from `x` on; returns where it ends."""
        painter.drawText(QPointF(x, top + self._baseline), text)
        return x + self.width(text)

    def kept(self, painter: QPainter, text: str, edge: float, top: float) -> float:
        """As `right`, for a text that will be drawn again."""
        static = self._prepared.get(text)
        if static is None:
            if len(self._prepared) > _TEXT_LIMIT:
                self._prepared.clear()
            static = self._prepared[text] = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.prepare(font=self._font)
        left = edge - self.width(text)
        painter.drawStaticText(QPointF(left, top + self._static_top), static)
        return left


class LadderPainter:
    """Fonts, pens and brushes of one theme; made anew when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        tokens = theme.tokens
        self._theme = theme
        self._number = _Text(theme, "number")
        self._label = _Text(theme, "tiny")
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
        self._prefix = 0
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

    def begin(self, painter: QPainter, prefix: int) -> None:
        """Set the painter up for cells; `prefix` is how many leading letters all prices share."""
        self._number.use(painter)
        self._prefix = prefix if self._has_leading else 0

    def cells(self, painter: QPainter, row: RowView, top: int, columns: Columns, cells: int) -> None:
        """Draw some cells (bits of `Cells`) of one row at `top`, backgrounds included."""
        if cells & Cells.PRICE:
            self._price(painter, row, top, columns.price)
        if cells & Cells.BID:
            self._depth(painter, row, top, columns.bid, is_bid=True)
        if cells & Cells.ASK:
            self._depth(painter, row, top, columns.ask, is_bid=False)
        if cells & Cells.SUM:
            self._sum(painter, row, top, columns.sum)
        if cells & Cells.MINE:
            self._mine(painter, row.mine, top, columns.mine)

    def _depth(self, painter: QPainter, row: RowView, top: int, span: tuple[int, int], *, is_bid: bool) -> None:
        """One cell of the bid or ask column: size in its own half, traded volume in the well of the other one."""
        left, width = span
        fill = painter.fillRect
        if row.half is Half.GAP:
            fill(left, top, width, ROW, self.panel)
            return
        if is_bid is (row.half is Half.BID):
            background, bar, text = self.panel, row.size_bar, row.size
            bar_color, color = self._size_bars[row.half], self._plain
        else:
            background, bar, text = self._well, row.traded_bar, row.traded
            bar_color, color = self._traded_bar, self._second
        fill(left, top, width, ROW, background)
        if bar:
            # bars grow away from the price column
            fill(left + width - bar if is_bid else left, top + 1, bar, ROW - 2, bar_color)
        if text:
            painter.setPen(color)
            self._number.right(painter, text, left + width - RIGHT_PADDING, top)

    def _sum(self, painter: QPainter, row: RowView, top: int, span: tuple[int, int]) -> None:
        left, width = span
        painter.fillRect(left, top, width, ROW, self.panel)
        if row.sum:
            end = left + width
            painter.fillRect(end - row.sum_bar, top + 1, row.sum_bar, ROW - 2, self._sum_bars[row.half])
            painter.setPen(self._second)
            self._number.right(painter, row.sum, end - RIGHT_PADDING, top)

    def well_label(self, painter: QPainter, half: Half, top: int, columns: Columns) -> None:
        """Say what the well shows, in a row of it that shows nothing."""
        left, width = columns.bid if half is Half.ASK else columns.ask
        if self._label.width(_WELL_LABEL) <= width - RIGHT_PADDING:
            painter.setPen(self._muted)
            self._label.use(painter)
            self._label.right(painter, _WELL_LABEL, left + width - RIGHT_PADDING, top)
            self._number.use(painter)

    def hover(self, painter: QPainter, zone: Zone, top: int, columns: Columns, *, crossing: bool, down: bool) -> None:
        """Mark the cell under the pointer, over the painted row."""
        left, width = columns.span(zone)
        if crossing:
            painter.fillRect(left, top, width, ROW, self._well)
            painter.fillRect(left, top, width, ROW, self._warning_tint)
            painter.setPen(self._warning)
            self._tiny.use(painter)
            text_width = self._tiny.width("CROSSES")
            self._tiny.left(painter, "CROSSES", left + (width - text_width) / 2, top)
        self._frame(painter, self._accent if down else (self._warning if crossing else self._muted), left, top, width)

    def spread(self, painter: QPainter, spread: SpreadView, top: int, width: int) -> None:
        """Draw the spread row: last price and size at the left, spread at the right."""
        painter.fillRect(0, top, width, SPREAD, self._raised)
        base = top + (SPREAD - ROW) / 2
        if spread.arrow:
            half = Half.BID if spread.arrow > 0 else Half.ASK
            self._arrow(painter, spread.arrow, 14, base + ROW / 2, self._sides[half])
        x = 24.0
        self._last.use(painter)
        if spread.unchanged:
            painter.setPen(self._muted)
            x = self._last.left(painter, spread.unchanged, x, base)
        painter.setPen(self._plain)
        x = self._last.left(painter, spread.changed, x, base) + 10
        painter.setPen(self._second)
        figures = self._figures
        figures.use(painter)
        edge = width - 8.0
        for text in (spread.bps, spread.spread):
            if text and edge - figures.width(text) >= x:
                edge = figures.right(painter, text, edge, base) - 10
        if spread.size and x + figures.width(spread.size) <= edge:
            figures.left(painter, spread.size, x, base)

    def _price(self, painter: QPainter, row: RowView, top: int, span: tuple[int, int]) -> None:
        left, width = span
        edge = left + width - RIGHT_PADDING
        painter.fillRect(left, top, width, ROW, self.panel)
        text, number = row.price, self._number
        if row.last:
            side = Side.BUY if row.last > 0 else Side.SELL
            self._box(painter, side, left, top, width)
            self._arrow(painter, row.last, left + 5, top + ROW / 2, self._boxes[side][0])
            painter.setPen(self._plain)
            number.kept(painter, text, edge, top)
            return
        painter.setPen(self._sides[row.half])
        prefix = self._prefix
        if not prefix:
            number.kept(painter, text, edge, top)
            return
        middle = number.kept(painter, text[prefix:], edge, top)
        painter.setPen(self._leading[row.half])
        number.kept(painter, text[:prefix], middle, top)

    def _mine(self, painter: QPainter, mine: Mine | None, top: int, span: tuple[int, int]) -> None:
        painter.fillRect(span[0], top, span[1], ROW, self.panel)
        if mine is None:
            return
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
        edge = left + width - 3
        begin = self._number.right(painter, mine.text, edge, top)
        if mine.state is MineState.CANCELLING:
            middle = top + ROW / 2
            painter.drawLine(QPointF(begin, middle), QPointF(edge, middle))

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
    """Return the outermost slots whose well shows nothing: the room for the words "Traded 5m"."""
    slots: dict[int, Half] = {}
    if not view.rows:
        return slots
    top, bottom = view.rows[0], view.rows[-1]
    if top.half is Half.ASK and not top.traded:
        slots[0] = Half.ASK
    if bottom.half is Half.BID and not bottom.traded:
        slots[len(view.rows) - 1] = Half.BID
    return slots
