"""Qt without a display, and one styled application for every test that needs a window."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Callable

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from terminal.ui.theme import Theme


@pytest.fixture(scope="session")
def event_loop_factory() -> Callable[[], qasync.QEventLoop]:
    """A maker of event loops on the Qt application, for tests that need both."""
    return lambda: qasync.QEventLoop(QApplication.instance() or QApplication([]))


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark theme, applied."""
    theme = Theme()
    theme.apply(qapp)
    return theme
