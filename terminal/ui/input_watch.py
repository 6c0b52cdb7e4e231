"""Tells when somebody acts at the keyboard or the mouse: an idle trader is disarmed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

_ACTS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin})


class InputWatch(QObject):
    """Watches every window of the program that gets the focus, torn-off panels too.

    It listens to the native windows, not to the application: a filter there would see every event of every widget.
    """

    def __init__(self, note: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._note = note
        self._watched: set[int] = set()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self.watch)

    def watch(self, window: QWindow | None) -> None:
        """Listen to a window; None (no window has the focus) changes nothing."""
        if window is None or id(window) in self._watched:
            return
        self._watched.add(id(window))
        window.installEventFilter(self)
        window.destroyed.connect(partial(self._forget, id(window)))

    def _forget(self, window: int) -> None:
        self._watched.discard(window)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ACTS:
            self._note()
        return False
