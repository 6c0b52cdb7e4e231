"""The real program with a steering line: reads one JSON command a line from stdin, answers one JSON line each.

    python driven_app.py --data-dir DIR --simulator FILE

Commands (`do`): "click" a widget by object name (at x, y; modifiers), "type" text and "press" a key into a widget,
"look" at what the panels hold, "show" one in front, "grab" the window into a PNG. Mouse and keys go through
Qt's own event delivery to the real window on the display the process was given.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QWidget,
)

from terminal import app
from terminal.arguments import parse
from terminal.domain import InstrumentId
from terminal.program import Program
from terminal.ui.batch_entry.dialog import BatchDialog
from terminal.ui.batch_entry.view import BatchRow

Answer = dict[str, Any]
_MODIFIERS = {
    "": Qt.KeyboardModifier.NoModifier,
    "ctrl": Qt.KeyboardModifier.ControlModifier,
    "shift": Qt.KeyboardModifier.ShiftModifier,
}


class Reader(QObject):
    """Reads stdin in a thread; each line arrives in the window's thread.

    The commands run as plain Qt slots, never in a coroutine: Qt's test functions turn the event loop, and a task that
    is woken within another one is lost.
    """

    line = Signal(str)

    def start(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self.line.emit(line)


class DrivenProgram(Program):
    """Answers commands while the program runs as ever."""

    async def main(self) -> int:
        self._reader = Reader()
        self._reader.line.connect(self._serve)
        self._reader.start()
        return await super().main()

    def _serve(self, line: str) -> None:
        commands: dict[str, Callable[[Answer], Answer]] = {
            "click": self._click,
            "type": self._type,
            "press": self._press,
            "look": self._look,
            "show": self._show,
            "grab": self._grab,
            "record": self._record,
            "controls": self._controls,
            "select": self._select,
            "enabled": self._enabled,
            "step": self._step,
            "cancel_selected": self._cancel_selected,
            "close": self._close,
        }
        command = json.loads(line)
        try:
            answer = commands[command["do"]](command)
        except Exception as error:  # noqa: BLE001 - the test is told, whatever it was
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)

    def _widget(self, name: str) -> QWidget:
        found = [w for w in self.window.findChildren(QWidget, name) if w.isVisible()]
        if not found:
            raise LookupError(f"no visible widget {name}")
        return found[0]

    def _click(self, command: Answer) -> Answer:
        widget = self._widget(command["name"])
        if isinstance(widget, QAbstractScrollArea):
            widget = widget.viewport()
        position = QPoint(command["x"], command["y"]) if "x" in command else widget.rect().center()
        QTest.mouseMove(widget, position)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, _MODIFIERS[command.get("modifiers", "")], position)
        return {}

    def _type(self, command: Answer) -> Answer:
        widget = self._widget(command["name"])
        widget.setFocus()
        if isinstance(widget, QLineEdit):
            widget.selectAll()
        QTest.keyClicks(widget, command["text"])
        return {}

    def _press(self, command: Answer) -> Answer:
        widget = self._widget(command["name"])
        QTest.keySequence(widget, QKeySequence(command["key"]))
        return {}

    def _select(self, command: Answer) -> Answer:
        """Turn the window to an instrument, as the search and the watchlist do."""
        self.context.selection.select(InstrumentId(command["venue"], command["symbol"]))
        return {}

    def _enabled(self, command: Answer) -> Answer:
        return {"enabled": self._widget(command["name"]).isEnabled()}

    def _step(self, command: Answer) -> Answer:
        """Show the ladder's book in one of the venue's own steps, as its menu does."""
        self._panel("ladder").choose_step(command["step"])
        return {}

    def _cancel_selected(self, command: Answer) -> Answer:
        """Select every working order and press Delete."""
        panel = self._panel("orders")
        panel.table.selectAll()
        QTest.keyClick(panel.table, Qt.Key.Key_Delete)
        return {}

    def _show(self, command: Answer) -> Answer:
        """Bring a panel to the front of its tabs."""
        self.window.show_panel(command["panel"])
        return {}

    def _grab(self, command: Answer) -> Answer:
        shown = self.window if "name" not in command else self._widget(command["name"])
        return {"saved": shown.grab().save(command["file"], "PNG")}

    def _close(self, command: Answer) -> Answer:
        self.window.close_for_good()
        return {}

    def _look(self, command: Answer) -> Answer:
        selected = self.context.selection.instrument
        if selected is None or not self.window.is_filled:
            return {"filled": False}
        book = self.market.hub.book(selected)
        return {
            "filled": True,
            "batch_why_not": self._batch_reason(),
            "why_not": self._panel("ticket").view.submit.reason,
            "instrument": list(selected),
            "book": {
                "state": book.freshness.state.value,
                "reason": book.freshness.reason,
                "bids": [[str(price), str(size)] for price, size in book.book.bids.top(20)],
                "asks": [[str(price), str(size)] for price, size in book.book.asks.top(20)],
            },
            "watchlist_stale": sum(not self.market.hub.quote(i).freshness.is_reliable for i in self.market.instruments),
            "orders": self._orders(),
            "history": [self._order(row) for row in self._panel("history").presenter.history()],
            "fills": [
                {"price": row.price, "quantity": row.quantity, "fee": row.fee, "side": row.side}
                for row in self._panel("fills").presenter.fills()
            ],
            "balances": {row.asset: [str(row.free), str(row.locked)] for row in self._panel("balances").table.rows},
            "ladder": self._ladder(),
            "chart": self._chart(),
            "malformed": sum(self.market.health(selected.venue).malformed.values()),
            "dialogs": [w.objectName() for w in self.window.findChildren(QWidget) if w.isWindow() and w.isVisible()],
            "buttons": {b.objectName(): b.isEnabled() for b in self.window.findChildren(QPushButton) if b.isVisible()},
            "batch": [[row.price, row.quantity, row.state] for row in self._batch()],
            "ticket": self._panel("ticket").presenter.outcome().text,
            "account": self._panel("ticket").view.account,
            "toasts": [toast.note.text for toast in self.window.toasts.shown],
        }

    def _controls(self, command: Answer) -> Answer:
        """Every control of every panel, hidden tabs included, that a name is missing of."""
        kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QAbstractSlider, QAbstractSpinBox)
        own = [w for w in self.window.findChildren(QWidget) if isinstance(w, kinds) and not _is_part(w)]
        nameless = [
            f"{type(w).__name__} {w.objectName()!r} {w.accessibleName()!r} of {_panel_of(w)}"
            for w in own
            if not w.objectName() or not w.accessibleName()
        ]
        return {"count": len(own), "nameless": nameless}

    def _record(self, command: Answer) -> Answer:
        """Everything that is known and shown of the selected instrument, digit by digit."""
        selected = self.context.selection.instrument
        if selected is None:
            raise LookupError("no instrument is selected")
        hub = self.market.hub
        book, series = hub.book(selected).book, hub.series(selected, command["interval"])
        trades = self._panel("trades")
        trades.set_merging(False)
        trades.render_now()
        ladder = self._panel("ladder")
        last = series.last
        return {
            "bids": [[str(price), str(size)] for price, size in book.bids],
            "asks": [[str(price), str(size)] for price, size in book.asks],
            "trades": [
                [trade.id, str(trade.price), str(trade.quantity), trade.side.value]
                for trade in hub.tape(selected).trades
            ],
            "candle": None
            if last is None
            else [str(value) for value in (last.open, last.high, last.low, last.close, last.base_volume)],
            "ladder_step": str(ladder.presenter.grid.step),
            "ladder": self._ladder()["rows"],
            "tape": [[line.price, line.size, line.side.value] for line in trades.canvas.lines],
            "readout": [run.text for group in self._panel("chart").chart.state.readout for run in group],
        }

    def _panel(self, name: str) -> Any:
        panel = self.window.panel(name)
        if panel is None:
            raise LookupError(f"no panel {name}")
        return panel

    def _orders(self) -> list[Answer]:
        return [self._order(row) for row in self._panel("orders").table.rows]

    @staticmethod
    def _order(row: Any) -> Answer:
        return {
            "key": row.key,
            "side": row.side,
            "price": row.price,
            "quantity": row.quantity,
            "filled": row.filled,
            "state": row.state,
            "text": row.state_text,
        }

    def _batch_reason(self) -> str:
        dialog = self.window.findChild(BatchDialog)
        return "" if dialog is None or dialog.view is None else dialog.view.reason

    def _batch(self) -> Sequence[BatchRow]:
        dialog = self.window.findChild(BatchDialog)
        return () if dialog is None or dialog.view is None else dialog.view.rows

    def _ladder(self) -> Answer:
        view = self._panel("ladder").canvas.view
        rows = [] if view is None else view.rows
        return {
            "mine": [[row.price, row.mine.text, row.mine.side.value] for row in rows if row.mine is not None],
            "rows": [[row.half.value, row.price, row.size] for row in rows],
        }

    def _chart(self) -> Answer:
        state = self._panel("chart").chart.state
        return {"orders": [[line.price_text, line.title, line.note] for line in state.orders]}


def _panel_of(widget: QWidget) -> str:
    parent = widget.parentWidget()
    while parent is not None and not parent.objectName():
        parent = parent.parentWidget()
    return "no panel" if parent is None else parent.objectName()


def _is_part(widget: QWidget) -> bool:
    """Tell whether a library made the widget as a part of another and it is never seen or reached by itself."""
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    is_popup = widget.window().windowType() is Qt.WindowType.Popup  # the list of a combo box, named by its box
    # the docking library's own buttons, which our title bars replace
    is_replaced = not widget.isVisible() and type(widget).__module__.startswith("PySide6QtAds")
    return widget.isHidden() or is_popup or is_replaced or widget.objectName() == "tabCloseButton"


if __name__ == "__main__":
    sys.exit(app.run(parse(sys.argv[1:]), DrivenProgram))
