"""The menu of the ladder's grouping: how wide a row is, and which of the venue's own books is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

FINEST = "finest"


class GroupMenu(QMenu):
    """`widths` holds the row widths, their data the ticks; `steps` the venue's own groupings, their data the step."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.widths = QActionGroup(self)
        self.steps = QActionGroup(self)


def group_menu(
    parent: QWidget, widths: Sequence[tuple[int, str, bool]], steps: Sequence[str], chosen: str, venue: str
) -> GroupMenu:
    """Return the menu; the venue's part is left out where it groups nothing. The first step is the finest."""
    menu = GroupMenu(parent)
    menu.setObjectName("depthLadderGroups")
    if len(steps) > 1:
        menu.addSection(f"Book of {venue}")
        for index, step in enumerate(steps):
            text = f"Step {step}, {FINEST}" if index == 0 else f"Step {step}, grouped by the venue"
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData("" if index == 0 else step)
            action.setChecked(action.data() == chosen)
            menu.steps.addAction(action)
    menu.addSection("A row holds")
    for ticks, text, is_chosen in widths:
        action = menu.addAction(f"{text}  ({ticks:,} tick{'' if ticks == 1 else 's'})")
        action.setCheckable(True)
        action.setData(ticks)
        action.setChecked(is_chosen)
        menu.widths.addAction(action)
    return menu
