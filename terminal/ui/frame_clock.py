"""One timer for the whole window: asks what changed, renders the visible panels concerned, once a frame."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_log = logging.getLogger(__name__)

FRAME_MS = 16
TICK_MS = 1_000
_NS_PER_MS = 1_000_000


class ChangeSource(Protocol):
    """Anything with dirty keys: the market hub, the order desk."""

    def take_changed(self) -> Iterable[Hashable]: ...


Topics = Callable[[], Iterable[Hashable]]
Render = Callable[[], None]
Failed = Callable[[str, Exception], None]


class Registration:
    """One panel's place on the clock.

    `changed` holds the keys that changed since the last render; read it inside `render`. A key is matched when
    `topics` names it, or names its `what` (every instrument's change of that topic).
    """

    def __init__(self, widget: QWidget, topics: Topics, render: Render) -> None:
        self._widget = widget
        self._topics = topics
        self._render = render
        self._failed = False
        self.changed: set[Hashable] = set()
        self.is_pending = True  # the first frame renders everything
        self.is_closed = False

    def request(self) -> None:
        """Ask for a render on the next frame, whatever changed (an animation, a new instrument, a new theme)."""
        self.is_pending = True

    def close(self) -> None:
        self.is_closed = True

    @property
    def is_alive(self) -> bool:
        return not self.is_closed and isValid(self._widget)

    def take(self, dirty: set[Hashable], kinds: dict[Hashable, set[Hashable]]) -> None:
        for wanted in self._topics():
            if wanted in dirty:
                self.changed.add(wanted)
                self.is_pending = True
            found = kinds.get(wanted)
            if found:
                self.changed |= found
                self.is_pending = True

    def render_if_visible(self, failed: Failed | None) -> None:
        if not self.is_pending or not self._widget.isVisible():
            return
        self.is_pending = False
        try:
            self._render()
        except Exception as error:  # noqa: BLE001 - one broken panel must not stop the others
            if not self._failed:
                self._failed = True
                name = self._widget.objectName() or type(self._widget).__name__
                _log.error("panel %s could not be drawn", name, exc_info=error)
                if failed is not None:
                    failed(name, error)
        finally:
            self.changed.clear()


class FrameClock(QObject):
    """Runs at 60 Hz and does nothing in a frame in which nothing changed.

    `tick` is emitted once a second with the clock's ms, for ages. `lag_ms` is the longest time of the last whole
    second by which a frame came late: the event loop was busy that long.
    """

    tick = Signal(object)

    def __init__(
        self, clock: Callable[[], int], *, failed: Failed | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._failed = failed
        self._sources: list[ChangeSource] = []
        self._registrations: list[Registration] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.run_frame)
        self._last_frame: int | None = None
        self._next_tick = 0
        self._worst_lag = 0.0
        self.lag_ms = 0.0
        self.frames = 0

    def add_source(self, source: ChangeSource) -> None:
        self._sources.append(source)

    def register(self, widget: QWidget, topics: Topics, render: Render) -> Registration:
        """Call `render` in each frame in which one of `topics` changed while `widget` is visible.

        What changes while the widget is hidden is rendered in the first frame after it is shown again.
        """
        registration = Registration(widget, topics, render)
        self._registrations.append(registration)
        return registration

    def request_all(self) -> None:
        """Render every visible panel on the next frame."""
        for registration in self._registrations:
            registration.request()

    def start(self) -> None:
        self._last_frame = None
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def run_frame(self) -> None:
        """Run one frame now; the timer calls it."""
        self._measure()
        dirty: set[Hashable] = set()
        for source in self._sources:
            dirty.update(source.take_changed())
        self._forget_dead()
        if dirty:
            kinds: dict[Hashable, set[Hashable]] = {}
            for key in dirty:
                what = getattr(key, "what", None)
                if what is not None:
                    kinds.setdefault(what, set()).add(key)
            for registration in self._registrations:
                registration.take(dirty, kinds)
        for registration in tuple(self._registrations):
            registration.render_if_visible(self._failed)
        self.frames += 1

    def _forget_dead(self) -> None:
        if not all(registration.is_alive for registration in self._registrations):
            self._registrations = [registration for registration in self._registrations if registration.is_alive]

    def _measure(self) -> None:
        now = time.monotonic_ns() // _NS_PER_MS
        if self._last_frame is not None:
            self._worst_lag = max(self._worst_lag, float(now - self._last_frame - FRAME_MS))
        self._last_frame = now
        if now >= self._next_tick:
            self._next_tick = now + TICK_MS
            self.lag_ms, self._worst_lag = self._worst_lag, 0.0
            self.tick.emit(self._clock())
