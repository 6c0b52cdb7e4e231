"""The ladder's refresh against a QTableWidget that shows the same frames of the same book, in one run.

Both are given the same frames and paint them at the same size; the table holds texts and colours only, no bars.
A refresh is from the new frame to the painted widget. `calm` changes a few levels a frame, `busy` most visible rows.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from decimal import Decimal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QHeaderView, QTableWidget, QTableWidgetItem

from terminal.domain import BookDelta, BookSnapshot, Instrument, OrderBook, Side, Trade
from terminal.ui.depth_ladder.canvas import LadderCanvas
from terminal.ui.depth_ladder.presenter import LadderPresenter, LadderSource
from terminal.ui.depth_ladder.view import Half, LadderView
from terminal.ui.theme import Theme
from tests.performance.report import Row, median, ratio_row

WIDTH, HEIGHT = 300, 840
ROUNDS = 200
WARM_UP = 20
CALM, BUSY = 3, 60

_INSTRUMENT = Instrument(
    venue="hashkey-mena",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
)


class _Market:
    """A seeded book of 200 levels a side and five minutes of traded volume."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self.book = OrderBook()
        bids, asks = self._side(-1), self._side(1)
        self._bids, self._asks = [level[0] for level in bids], [level[0] for level in asks]
        self.book.apply_snapshot(BookSnapshot(venue=_INSTRUMENT.venue, symbol=_INSTRUMENT.symbol, bids=bids, asks=asks))
        # the table has no spread row, so the last print stays the same
        self._last = Trade(
            venue=_INSTRUMENT.venue,
            symbol=_INSTRUMENT.symbol,
            price=self._asks[0],
            quantity=self._size(),
            side=Side.BUY,
            time=0,
        )
        self.traded = {price: self._size() for price in self._bids[:100] + self._asks[:100]}

    def _size(self) -> Decimal:
        return Decimal(self._random.randint(1, 300_000)).scaleb(-5)

    def _side(self, direction: int) -> list[tuple[Decimal, Decimal]]:
        price = Decimal("86960.10") + direction * Decimal("0.11")
        levels = []
        for _ in range(200):
            levels.append((price, self._size()))
            price += direction * Decimal(self._random.randint(5, 60)).scaleb(-2)
        return levels

    def change(self, levels: int) -> LadderSource:
        """Give `levels` levels a side near the touch new sizes."""
        bids = [(price, self._size()) for price in self._random.sample(self._bids[:120], levels)]
        asks = [(price, self._size()) for price in self._random.sample(self._asks[:120], levels)]
        self.book.apply_delta(BookDelta(venue=_INSTRUMENT.venue, symbol=_INSTRUMENT.symbol, bids=bids, asks=asks))
        return LadderSource(book=self.book, traded=self.traded, last=self._last)


class _Table(QTableWidget):
    """The plain way: one item a cell, changed texts and colours set in place."""

    def __init__(self, theme: Theme, rows: int) -> None:
        super().__init__(rows, 5)
        self._colors = {
            Half.ASK: QColor(theme.tokens.sell_text),
            Half.BID: QColor(theme.tokens.buy_text),
            Half.GAP: QColor(theme.tokens.second),
        }
        self._halves: list[Half | None] = [None] * rows
        self.setFont(theme.font("number"))
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(20)
        self.setShowGrid(False)
        self._items: list[list[QTableWidgetItem]] = []
        for row in range(rows):
            items = [QTableWidgetItem() for _ in range(5)]
            for column, item in enumerate(items):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
            self._items.append(items)

    def show_view(self, view: LadderView) -> None:
        for index, row in enumerate(view.rows):
            bid, ask = (row.traded, row.size) if row.half is Half.ASK else (row.size, row.traded)
            mine = "" if row.mine is None else row.mine.text
            for column, text in enumerate((mine, bid, row.price, ask, row.sum)):
                item = self._items[index][column]
                if item.text() != text:
                    item.setText(text)
            if self._halves[index] is not row.half:
                self._halves[index] = row.half
                self._items[index][2].setForeground(self._colors[row.half])


def _time(frames: Callable[[], LadderView], show: Callable[[LadderView], None], app: QApplication) -> float:
    """Return the median ms from a new frame to the painted widget."""
    taken = []
    for turn in range(WARM_UP + ROUNDS):
        view = frames()
        start = time.perf_counter()
        show(view)
        app.processEvents()
        if turn >= WARM_UP:
            taken.append((time.perf_counter() - start) * 1_000)
    return median(taken)


def measure() -> list[Row]:
    """Return the rows of the report."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme()
    theme.apply(app)
    presenter = LadderPresenter(lambda text: theme.width("number", text))
    presenter.set_instrument(_INSTRUMENT)
    canvas = LadderCanvas(presenter, theme)
    canvas.resize(WIDTH, HEIGHT)
    presenter.resize(WIDTH, canvas.row_count)
    table = _Table(theme, canvas.row_count)
    table.resize(WIDTH, HEIGHT + 24)
    rows = []
    for name, levels in (("calm", CALM), ("busy", BUSY)):
        market = _Market()

        def frame(market: _Market = market, levels: int = levels) -> LadderView:
            view = presenter.refresh(market.change(levels))
            assert view is not None
            return view

        presented = _present(market, presenter, levels)
        canvas.show()
        ours = _time(frame, canvas.show_view, app)
        canvas.hide()
        table.show()
        theirs = _time(frame, table.show_view, app)
        table.hide()
        title = f"ladder refresh, {name} ({canvas.row_count} rows)"
        rows.append(ratio_row(title, ours, theirs, at_most=0.6, note=f"rows made in {presented:.2f} ms for either"))
    return rows


def _present(market: _Market, presenter: LadderPresenter, levels: int) -> float:
    taken = []
    for _ in range(ROUNDS):
        source = market.change(levels)
        start = time.perf_counter()
        presenter.refresh(source)
        taken.append((time.perf_counter() - start) * 1_000)
    return median(taken)


if __name__ == "__main__":
    from tests.performance.report import show

    print(show(measure()))
