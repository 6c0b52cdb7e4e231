"""The live lists' table against a QTableWidget that shows the same texts, and its cost by number of rows.

A refresh is from the new records to the painted widget. Both tables have the same size, columns and font; the plain
one gets only the texts that changed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem

from terminal.ui.record_table import Align, Column, RecordTable
from terminal.ui.theme import Theme
from tests.performance.report import Row, median, ratio_row

WIDTH, HEIGHT = 700, 840
ROWS = 40
ROUNDS = 150
WARM_UP = 15
CALM, BUSY = 4, 40
FEW, MANY = 10, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A row as a presenter hands it over: ready texts."""

    key: str
    age: str
    side: str
    price: str
    quantity: str
    filled: str
    state: str


def _row(number: int) -> _Order:
    price = f"{86_960 - number * 0.07:,.2f}"
    return _Order(key=f"F{number}", age="0:01", side="Buy", price=price, quantity="0.5000", filled="0", state="Open")


def _columns() -> list[Column[_Order]]:
    """As many and as wide as the working orders have."""
    right, number = Align.RIGHT, "number"
    return [
        Column(key="age", title="Age", width=42, align=right, role=number, text=lambda row: row.age),
        Column(key="venue", title="Venue", width=96, text=lambda row: "HashKey MENA"),
        Column(key="symbol", title="Symbol", width=76, text=lambda row: "BTC/USDT"),
        Column(key="side", title="Side", width=40, text=lambda row: row.side, color=lambda row: "buy_text"),
        Column(key="price", title="Price", width=78, align=right, role=number, text=lambda row: row.price),
        Column(key="quantity", title="Quantity", width=76, align=right, role=number, text=lambda row: row.quantity),
        Column(key="filled", title="Filled", width=72, align=right, role=number, text=lambda row: row.filled),
        Column(key="state", title="State", width=90, text=lambda row: row.state, stretch=True),
        Column(key="cancel", title="", width=26, text=lambda row: "Cancel", icon=lambda row: "x"),
    ]


class _List:
    """Orders of which some change in three cells with every frame: age, filled and state."""

    def __init__(self, count: int, changing: int) -> None:
        self._random = random.Random(7)
        self._changing = changing
        self.rows = [_row(number) for number in range(count)]

    def next(self) -> list[_Order]:
        rows = list(self.rows)
        for place in self._random.sample(range(min(len(rows), ROWS)), min(self._changing, len(rows))):
            before, chance = rows[place], self._random.randint
            rows[place] = replace(
                before, age=f"0:{chance(10, 59)}", filled=f"0.{chance(1, 4999):04}", state=f"{chance(1, 99)} % filled"
            )
        self.rows = rows
        return rows


@dataclass(frozen=True, slots=True)
class _Cell:
    column: int
    text: Callable[[_Order], str]


class _Plain(QTableWidget):
    """The plain way: one item a cell, changed texts set in place."""

    def __init__(self, theme: Theme, rows: int) -> None:
        columns = _columns()
        super().__init__(rows, len(columns))
        self.setFont(theme.font("number"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(20)
        self.setShowGrid(False)
        self._cells = [_Cell(place, column.text) for place, column in enumerate(columns)]
        self._items: list[list[QTableWidgetItem]] = []
        for place, column in enumerate(columns):
            self.setColumnWidth(place, column.width)
        for row in range(rows):
            items = [QTableWidgetItem() for _ in columns]
            for place, item in enumerate(items):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, place, item)
            self._items.append(items)

    def set_rows(self, rows: list[_Order]) -> None:
        for row, items in zip(rows, self._items, strict=True):
            for cell in self._cells:
                text, item = cell.text(row), items[cell.column]
                if item.text() != text:
                    item.setText(text)


def _time(app: QApplication, frames: Callable[[], list[_Order]], show: Callable[[list[_Order]], None]) -> float:
    taken = []
    for turn in range(WARM_UP + ROUNDS):
        rows = frames()
        start = time.perf_counter()
        show(rows)
        app.processEvents()
        if turn >= WARM_UP:
            taken.append((time.perf_counter() - start) * 1_000)
    return median(taken)


def _ours(app: QApplication, theme: Theme, count: int, changing: int) -> float:
    table: RecordTable[_Order] = RecordTable(theme, _columns(), key=lambda row: row.key, name="orders", title="Orders")
    table.resize(WIDTH, HEIGHT)
    table.show()
    taken = _time(app, _List(count, changing).next, table.set_rows)
    table.close()
    return taken


def _plain(app: QApplication, theme: Theme, count: int, changing: int) -> float:
    table = _Plain(theme, count)
    table.resize(WIDTH, HEIGHT)
    table.show()
    taken = _time(app, _List(count, changing).next, table.set_rows)
    table.close()
    return taken


def measure() -> list[Row]:
    """Return the rows of the report."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme()
    theme.apply(app)
    ours, plain = partial(_ours, app, theme), partial(_plain, app, theme)
    rows = [
        ratio_row(f"orders table refresh, {changing} of {ROWS} rows change", ours(ROWS, changing),
                  plain(ROWS, changing), at_most=1.2, note="against QTableWidget")
        for changing in (CALM, BUSY)
    ]  # fmt: skip
    few, many = ours(FEW, CALM), ours(MANY, CALM)
    rows.append(
        Row(
            name=f"orders table refresh, {MANY:,} rows against {FEW}",
            value=f"{many:.2f} ms / {few:.2f} ms",
            goal="<= 16 ms",
            met=many <= 16,
        )
    )
    return rows
