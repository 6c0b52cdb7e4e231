"""Remembers the arrangement of the docks, one for each class of window sizes.

An arrangement made on a large screen would be crushed in a small window, so each class keeps its own; a class seen for
the first time starts with its default.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from terminal.ui.layouts import layout_name, layout_of
from terminal.ui.preferences import Preferences

if TYPE_CHECKING:
    from terminal.ui.workspace import Workspace


class LayoutMemory:
    """`shown` is the class of the arrangement on screen; None before the first."""

    def __init__(self, preferences: Preferences, panels: Iterable[str]) -> None:
        self._preferences = preferences
        self._panels = sorted(panels)
        self.shown: str | None = None

    def fits(self, window: QSize) -> bool:
        """Tell whether the arrangement on screen is of the class of this window size."""
        return self.shown == layout_name(window.width(), window.height())

    def restore(self, workspace: Workspace, window: QSize, area: QSize) -> None:
        """Arrange the docks as they last were in windows of this class."""
        # docks must have been placed once before a saved state can be restored
        self.reset(workspace, window, area)
        state = self._preferences.blob(f"layout/{self.shown}")
        # an arrangement saved before a panel existed would hide it for good
        is_current = self._preferences.data("known_panels") == self._panels
        if state is not None and is_current and not workspace.restore_state(state):
            self.reset(workspace, window, area)

    def reset(self, workspace: Workspace, window: QSize, area: QSize) -> None:
        """Arrange the docks in the default way for this class; `area` is the room that they have."""
        self.shown = layout_name(window.width(), window.height())
        workspace.apply_layout(layout_of(self.shown), area.width(), area.height())

    def save(self, workspace: Workspace, window: QSize) -> None:
        """Remember the arrangement on screen for its class, unless the window has just left that class."""
        if self.fits(window):
            self._preferences.set_blob(f"layout/{self.shown}", workspace.save_state())
            self._preferences.set_data("known_panels", self._panels)
