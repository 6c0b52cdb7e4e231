"""Shows what the activity log tells as warning or error in a toast, one per cause."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.topics import TradingTopic
from terminal.ui.frame_clock import FrameClock
from terminal.ui.toasts import MOST, Toasts


class News:
    """Follows the log from now on; what was logged before is not shown again."""

    def __init__(self, activity: ActivityLog, toasts: Toasts, clock: FrameClock, window: QWidget) -> None:
        self._activity = activity
        self._toasts = toasts
        self._seen = activity.version
        clock.register(window, lambda: (TradingTopic.LOG,), self.show_new)

    def show_new(self) -> None:
        """Show the warnings and errors since the last call."""
        new = self._activity.version - self._seen
        self._seen = self._activity.version
        if new <= 0:
            return
        entries = list(self._activity.entries)[-new:]
        for entry in [each for each in entries if each.level is not LogLevel.INFO][-MOST:]:
            cause = f"{entry.source} {entry.cause or entry.text}"
            self._toasts.show_note(entry.level, f"{entry.source}: {entry.text}", cause=cause)
