"""The window's own commands and its menu: search, theme, colours, layout, panels, about, quit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from terminal.ui.registry import PanelSpec
from terminal.ui.theme import Theme
from terminal.ui.theme.tokens import PRESET_TITLES


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCommands:
    """What the menu's entries do."""

    search: Callable[[], None]
    switch_theme: Callable[[bool], None]
    switch_preset: Callable[[str], None]
    reset_layout: Callable[[], None]
    show_panel: Callable[[str], None]
    new_panel: Callable[[str], None]
    panic: Callable[[], None]
    about: Callable[[], None]
    quit: Callable[[], None]


class WindowActions:
    """Actions with their shortcuts, valid in the whole window."""

    def __init__(self, window: QWidget, theme: Theme, specs: Sequence[PanelSpec], commands: WindowCommands) -> None:
        self._window = window
        self._theme = theme
        self._specs = tuple(specs)
        self._commands = commands
        self.search = self._action("search", "Search instruments…", commands.search, "Ctrl+K")
        self.panic = self._action("panic", "Cancel all orders everywhere", commands.panic, "Ctrl+Shift+X")
        self.reset = self._action("reset_layout", "Reset layout", commands.reset_layout)
        self.about = self._action("about", "About Fathom", commands.about)
        self.quit = self._action("quit", "Quit", commands.quit, "Ctrl+Q")
        toggle = partial(self._toggle_theme)
        self.toggle_theme = self._action("toggle_theme", "Switch dark and light", toggle, "Ctrl+Shift+L")

    def _action(self, name: str, text: str, run: Callable[[], None], keys: str = "") -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(f"action_{name}")
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(_unchecked(run))
        self._window.addAction(action)
        return action

    def _toggle_theme(self) -> None:
        self._commands.switch_theme(not self._theme.is_dark)

    def menu(self, parent: QWidget) -> QMenu:
        """Return a new main menu; the caller pops it up."""
        menu = QMenu(parent)
        menu.setObjectName("main_menu")
        menu.setAccessibleName("Main menu")
        menu.addAction(self.search)
        menu.addSeparator()
        self._add_theme(menu)
        self._add_presets(menu)
        menu.addAction(self.reset)
        menu.addSeparator()
        self._add_panels(menu)
        menu.addSeparator()
        menu.addAction(self.panic)
        menu.addSeparator()
        menu.addAction(self.about)
        menu.addAction(self.quit)
        return menu

    def _add_theme(self, menu: QMenu) -> None:
        themes = menu.addMenu("Theme")
        themes.setObjectName("theme_menu")
        group = QActionGroup(themes)
        for title, dark in (("Dark", True), ("Light", False)):
            self._choice(themes, group, title, dark == self._theme.is_dark, partial(self._commands.switch_theme, dark))

    def _add_presets(self, menu: QMenu) -> None:
        colours = menu.addMenu("Buy and sell colours")
        colours.setObjectName("colours_menu")
        group = QActionGroup(colours)
        for name, title in PRESET_TITLES.items():
            run = partial(self._commands.switch_preset, name)
            self._choice(colours, group, title, name == self._theme.preset, run)

    def _add_panels(self, menu: QMenu) -> None:
        panels = menu.addMenu("Show panel")
        panels.setObjectName("panels_menu")
        for spec in self._specs:
            panels.addAction(spec.title).triggered.connect(partial(_run, self._commands.show_panel, spec.name))
        repeated = [spec for spec in self._specs if spec.may_repeat]
        if repeated:
            more = menu.addMenu("New panel")
            more.setObjectName("new_panel_menu")
            for spec in repeated:
                more.addAction(spec.title).triggered.connect(partial(_run, self._commands.new_panel, spec.name))

    @staticmethod
    def _choice(menu: QMenu, group: QActionGroup, title: str, checked: bool, run: Callable[[], None]) -> None:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(checked)
        group.addAction(action)
        action.triggered.connect(_unchecked(run))


def _unchecked(run: Callable[[], None]) -> Callable[[bool], None]:
    """Return a slot that leaves out the "checked" that Qt hands to every action."""

    def slot(_checked: bool = False) -> None:
        run()

    return slot


def _run(command: Callable[[str], None], name: str, _checked: bool = False) -> None:
    command(name)
