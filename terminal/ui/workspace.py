"""The docks: the only module that knows the docking library (QtAds)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import PySide6QtAds as QtAds
from PySide6.QtCore import QByteArray, QEvent, QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from terminal.ui.dock_title import DockTitle
from terminal.ui.layouts import GUTTER, Area, Layout, sizes
from terminal.ui.panel import Panel
from terminal.ui.registry import PanelSpec
from terminal.ui.theme import Theme
from terminal.ui.theme.tokens import LINK_COLOURS

_log = logging.getLogger(__name__)

STATE_VERSION = 1
_NARROW = 120


class Workspace(QObject):
    """Panels in docks: tabbed, split, floating. `layout_changed` is emitted after docks were moved or closed."""

    layout_changed = Signal()

    def __init__(self, theme: Theme, host: QWidget, specs: Sequence[PanelSpec]) -> None:
        super().__init__(host)
        self._theme = theme
        self._specs = {spec.name: spec for spec in specs}
        self._docks: dict[str, Any] = {}
        self._panels: dict[str, Panel] = {}
        self._titles: dict[int, DockTitle] = {}
        flag = QtAds.CDockManager.eConfigFlag
        QtAds.CDockManager.setConfigFlags(
            flag.OpaqueSplitterResize
            | flag.XmlCompressionEnabled
            | flag.DisableStylesheet
            | flag.AlwaysShowTabs
            | flag.DisableTabTextEliding
            | flag.FloatingContainerHasWidgetTitle
            | flag.DoubleClickUndocksWidget
        )
        self._manager = QtAds.CDockManager(host)
        self._manager.setObjectName("dock_manager")
        self._manager.setAccessibleName("Panels")
        self._manager.dockAreaCreated.connect(self._dress_area)
        layout = QVBoxLayout(host)
        layout.setContentsMargins(0, GUTTER, 0, GUTTER)
        layout.setSpacing(0)
        layout.addWidget(self._manager)
        self._host_layout = layout

    # docks and panels

    @property
    def names(self) -> tuple[str, ...]:
        """Every dock's name, also of closed ones."""
        return tuple(self._docks)

    def panel(self, name: str) -> Panel | None:
        return self._panels.get(name)

    def panels(self) -> tuple[Panel, ...]:
        return tuple(self._panels.values())

    def add_dock(self, name: str) -> None:
        """Make an empty dock; `name` is a panel's name, or one with a number: "chart-2"."""
        title = self._title(name)
        dock = QtAds.CDockWidget(self._manager, title)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setMinimumSizeHintMode(QtAds.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromContent)
        dock.setWidget(QWidget(), QtAds.CDockWidget.eInsertMode.ForceNoScrollArea)
        tab = dock.tabWidget()
        tab.setObjectName(f"{name}_tab")
        tab.setAccessibleName(title)
        dock.viewToggled.connect(lambda _: self.layout_changed.emit())
        self._docks[name] = dock

    def _title(self, name: str) -> str:
        kind, _, number = name.partition("-")
        return f"{self._specs[kind].title} {number}".rstrip()

    def fill(self, name: str, widget: QWidget) -> None:
        """Put a panel (or what stands for one that failed) into its dock."""
        dock = self._docks[name]
        old = dock.takeWidget()
        dock.setWidget(widget, QtAds.CDockWidget.eInsertMode.ForceNoScrollArea)
        if old is not None:
            old.deleteLater()
        if isinstance(widget, Panel):
            self._panels[name] = widget
            widget.count_changed.connect(partial(self._show_count, name))
            self._show_count(name, widget.count)
        area = dock.dockAreaWidget()
        if area is not None:
            self._refresh_area(area)

    def _show_count(self, name: str, count: int) -> None:
        title = f"{self._title(name)}  {count}" if count else self._title(name)
        dock = self._docks[name]
        dock.setWindowTitle(title)
        dock.tabWidget().setAccessibleName(title)

    def is_on_top(self, name: str) -> bool:
        """Tell whether the dock can be seen: open and the current tab."""
        dock = self._docks[name]
        return not dock.isClosed() and bool(dock.isCurrentTab())

    def show_panel(self, name: str) -> None:
        """Open the dock and bring its tab to the top."""
        dock = self._docks.get(name)
        if dock is None:
            return
        if dock.isClosed():
            dock.toggleView(True)
        dock.setAsCurrentTab()
        dock.raise_()

    def close_panel(self, name: str) -> None:
        """Close the dock; its panel lives on and comes back with `show_panel`."""
        self._docks[name].toggleView(False)

    def new_name(self, name: str) -> str:
        """Return a free dock name for another instance of a panel: "chart-2"."""
        number = 2
        while f"{name}-{number}" in self._docks:
            number += 1
        return f"{name}-{number}"

    def float_dock(self, name: str) -> None:
        """Open a dock that is in no area yet as a window of its own."""
        self._manager.addDockWidgetFloating(self._docks[name])

    # layout

    def apply_layout(self, layout: Layout, width: int, height: int) -> None:
        """Place the docks as `layout` says in a window area of `width` x `height` px; others are closed."""
        for dock in self._docks.values():
            if dock.dockAreaWidget() is not None:
                self._manager.removeDockWidget(dock)
        place = QtAds.DockWidgetArea
        stacks: list[list[tuple[Area, Any]]] = []
        for column in layout:
            stack: list[tuple[Area, Any]] = []
            for area in column.areas:
                beside = stack[-1][1] if stack else None
                where = place.RightDockWidgetArea if beside is None else place.BottomDockWidgetArea
                placed = self._place_tabs(area.panels, where, beside)
                if placed is not None:
                    stack.append((area, placed))
            stacks.append(stack)
        self._park_unplaced(stacks)
        self._dress_splitters()
        # a splitter takes sizes only once it has a size of its own
        self._manager.resize(width, height - 2 * GUTTER)
        self._host_layout.activate()
        columns = [(column, stack) for column, stack in zip(layout, stacks, strict=True) if stack]
        widths = tuple(column.width for column, _ in columns)
        self._set_sizes(
            [stack[0][1].parentWidget() if len(stack) > 1 else stack[0][1] for _, stack in columns], widths, width
        )
        for _, stack in columns:
            if len(stack) > 1:
                heights = tuple(area.height for area, _ in stack)
                self._set_sizes([placed for _, placed in stack], heights, height - 2 * GUTTER)
        self.layout_changed.emit()

    def _park_unplaced(self, stacks: list[list[tuple[Area, Any]]]) -> None:
        # a dock that was never placed is unknown to the manager: it could be neither restored nor shown
        home = next((placed for stack in stacks for _, placed in stack), None)
        for dock in self._docks.values():
            if dock.dockAreaWidget() is None and home is not None:
                current = home.currentIndex()
                self._manager.addDockWidgetTabToArea(dock, home)
                dock.toggleView(False)
                home.setCurrentIndex(current)

    def _place_tabs(self, names: Sequence[str], where: Any, beside: Any) -> Any:
        area = None
        for name in names:
            dock = self._docks.get(name)
            if dock is None:
                continue
            if area is None:
                area = (
                    self._manager.addDockWidget(where, dock)
                    if beside is None
                    else self._manager.addDockWidget(where, dock, beside)
                )
            else:
                self._manager.addDockWidgetTabToArea(dock, area)
            dock.toggleView(True)
        if area is not None:
            area.setCurrentIndex(0)
            self._refresh_area(area)
        return area

    @staticmethod
    def _set_sizes(parts_of_splitter: Sequence[QWidget], parts: tuple[int, ...], total: int) -> None:
        splitter = parts_of_splitter[0].parentWidget()
        if isinstance(splitter, QSplitter) and splitter.count() == len(parts):
            splitter.setSizes(sizes(parts, total))

    def save_state(self) -> QByteArray:
        return QByteArray(self._manager.saveState(STATE_VERSION))

    def restore_state(self, state: QByteArray) -> bool:
        """Restore a saved layout; returns False and changes nothing when it is damaged or of another version."""
        try:
            restored = bool(self._manager.restoreState(state, STATE_VERSION))
        except (RuntimeError, TypeError, ValueError) as error:
            _log.warning("saved layout could not be read: %s", error)
            return False
        # a state that hides everything is as good as damaged
        if restored and all(dock.isClosed() for dock in self._docks.values()):
            return False
        self._dress_splitters()
        return restored

    # title bars

    def _dress_area(self, area: Any) -> None:
        bar = area.titleBar()
        # a strip must not be held open by its title's tabs
        bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        title = DockTitle(self._theme, partial(self._fill_menu, area), bar)
        self._titles[id(area)] = title
        bar.insertWidget(0, title.dot)
        bar.insertWidget(2, title.subtitle)
        bar.insertWidget(-1, title.corner)
        area.destroyed.connect(partial(self._titles.pop, id(area), None))
        area.currentChanged.connect(lambda _: self._refresh_area(area))
        area.installEventFilter(self)
        self._dress_splitters()
        self._refresh_area(area)

    def _refresh_area(self, area: Any) -> None:
        title = self._titles.get(id(area))
        if title is None:
            return
        dock = area.currentDockWidget()
        opened = area.openedDockWidgets()
        for each in area.dockWidgets():
            tab = each.tabWidget()
            alone = len(opened) <= 1
            if tab.property("alone") != alone:
                tab.setProperty("alone", alone)
                tab.style().unpolish(tab)
                tab.style().polish(tab)
        if dock is not None:
            name = dock.objectName()
            title.show_panel(name, self._title(name), self._panels.get(name))
            title.set_alone(len(opened) <= 1)

    def _dress_splitters(self) -> None:
        for splitter in self._manager.findChildren(QSplitter):
            if splitter.handleWidth() != GUTTER:
                splitter.setHandleWidth(GUTTER)
                splitter.setChildrenCollapsible(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and id(watched) in self._titles:
            area: Any = watched
            # a strip has no room for a title
            area.titleBar().setVisible(area.width() >= _NARROW)
        return False

    def _fill_menu(self, area: Any, menu: QMenu) -> None:
        dock = area.currentDockWidget()
        if dock is None:
            return
        name = dock.objectName()
        panel = self._panels.get(name)
        if panel is not None and panel.is_linked:
            links = menu.addMenu("Link group")
            links.setObjectName("link_menu")
            group = QActionGroup(links)
            for colour in LINK_COLOURS:
                action = links.addAction(colour.capitalize())
                action.setCheckable(True)
                action.setChecked(colour == panel.link)
                group.addAction(action)
                action.triggered.connect(partial(self._set_link, panel, colour))
        if panel is not None:
            panel.fill_menu(menu)
        menu.addSeparator()
        menu.addAction("Tear off into a window", dock.setFloating).setEnabled(not dock.isFloating())
        close: Callable[[], None] = partial(dock.toggleView, False)
        menu.addAction("Close panel", close)

    @staticmethod
    def _set_link(panel: Panel, colour: str) -> None:
        panel.set_link(colour)
