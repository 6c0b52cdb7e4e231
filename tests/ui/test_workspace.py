"""Docks show what their panels tell about themselves."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.ui.layouts import Area, ColumnOfAreas
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.registry import PanelSpec
from terminal.ui.theme import Theme
from terminal.ui.workspace import Workspace


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(600, 300)
    return host


@pytest.fixture
def workspace(theme: Theme, host: QWidget) -> Workspace:
    workspace = Workspace(theme, host, [PanelSpec(name="orders", title="Orders", factory=Panel, may_repeat=True)])
    for name in ("orders", "orders-2"):
        workspace.add_dock(name)
    workspace.apply_layout((ColumnOfAreas((Area(("orders", "orders-2")),)),), 600, 300)
    return workspace


def tab_name(host: QWidget, name: str) -> str:
    (tab,) = host.findChildren(QWidget, f"{name}_tab")
    return str(tab.accessibleName())


def test_a_tab_shows_how_many_entries_wait_in_its_panel(
    host: QWidget, workspace: Workspace, context: PanelContext
) -> None:
    panel = Panel(context)
    panel.set_count(2)
    workspace.fill("orders-2", panel)
    assert tab_name(host, "orders-2") == "Orders 2  2"
    panel.set_count(0)
    assert tab_name(host, "orders-2") == "Orders 2"
    assert tab_name(host, "orders") == "Orders"
