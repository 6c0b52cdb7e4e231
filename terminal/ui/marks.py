"""When the first frame and the first live price were on screen: written to a file for measurements."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

    from terminal.ui.panel import PanelContext


class Marks(QObject):
    """Moments on this machine's monotonic clock, in seconds; `path` None: kept, not written.

    `first_frame` and `first_price` are emitted once each, when the moment has come.
    """

    first_frame = Signal()
    first_price = Signal()

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self._path = path
        self._moments: dict[str, float] = {}

    def watch_first_frame(self, window: QWidget) -> None:
        """Note the moment after the window's first paint."""
        window.installEventFilter(self)

    def watch_first_price(self, context: PanelContext, window: QWidget) -> None:
        """Note the moment after the first frame in which the ladder showed a live book of the selected instrument.

        Call once the ladder is in its place: it is then drawn before this is asked, in each frame.
        """
        context.frame_clock.register(window, lambda: self._book_topics(context), lambda: self._look(context))

    def _book_topics(self, context: PanelContext) -> set[object]:
        instrument = context.selection.instrument
        if instrument is None or "first_price" in self._moments:
            return set()
        return {context.market.hub.book(instrument).key}

    def _look(self, context: PanelContext) -> None:
        instrument = context.selection.instrument
        if instrument is not None and context.market.hub.book(instrument).freshness.is_reliable:
            # widgets paint when the loop turns next
            QTimer.singleShot(0, lambda: self._note("first_price", self.first_price))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, lambda: self._note("first_frame", self.first_frame))
        return False

    def _note(self, name: str, told: SignalInstance) -> None:
        if name not in self._moments:
            self._moments[name] = time.monotonic()
            self.write()
            told.emit()

    def write(self) -> None:
        """Write what is known so far."""
        if self._path is not None:
            self._path.write_text(json.dumps(self._moments), encoding="utf-8")
