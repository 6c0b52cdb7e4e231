"""The main window: top bar, docks, status bar; what it remembers; how it opens and closes.

It opens as a skeleton that needs nothing but theme and preferences: a painted backdrop. `build` then puts the bars in;
the docks and the panels follow one at a time, so that no import or construction holds up the frame before it. The
first price is meant to be seen before heavy panels are made: those after the ladder wait for `fill_light`, `fill_rest`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QVBoxLayout, QWidget

from terminal.ui.backdrop import Backdrop
from terminal.ui.layout_memory import LayoutMemory

# the skeleton is on screen before any of these is imported
if TYPE_CHECKING:
    from terminal.domain import InstrumentId
    from terminal.ui.panel import Panel, PanelContext
    from terminal.ui.preferences import Preferences
    from terminal.ui.registry import PanelSpec
    from terminal.ui.theme import Theme
    from terminal.ui.workspace import Workspace

_log = logging.getLogger(__name__)

DEFAULT_SIZE = (1_600, 900)
SMALLEST_SIZE = (1_024, 640)
AUTOSAVE_MS = 60_000
RESIZED_MS = 250
FIRST_PANELS = ("ladder",)
HEAVY_PANEL = "chart"


class MainWindow(QMainWindow):
    """One window: `open` it as a skeleton, `build` it over a `PanelContext`, `fill_rest` when there is time.

    `panel_filled` tells the name of each panel that was made, `filled` that every one was, `closing` that the window
    is about to close for good (its state is saved by then). Closing with working orders asks first. Panels reach
    stored choices through the context's `preferences`.
    """

    panel_filled = Signal(str)
    filled = Signal()
    closing = Signal()

    def __init__(self, theme: Theme, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.workspace: Workspace | None = None
        self._to_fill: list[str] = []
        self._light: list[str] = []
        self._rest: list[str] = []
        self._is_built = False
        self._may_fill_light = False
        self._may_fill_rest = False
        self._is_filled = False
        self._is_closing = False
        self.setObjectName("main_window")
        self.setWindowTitle("Fathom")
        self.setMinimumSize(*SMALLEST_SIZE)
        central = QWidget(self)
        central.setObjectName("central")
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._central, self._central_layout = central, layout
        self._backdrop: Backdrop | None = Backdrop(theme, central)
        layout.addWidget(self._backdrop, 1)
        self.setCentralWidget(central)
        self._restore_window()

    # opening

    def open(self) -> None:
        """Show the skeleton."""
        self.show()
        # no button starts with the focus: Space must not press anything by accident
        self._central.setFocus()

    def build(self, context: PanelContext, specs: Sequence[PanelSpec]) -> None:
        """Put in the bars, and begin to fill: the docks and the first panels, then, after `fill_rest`, the others."""
        from terminal.ui.actions import WindowActions, WindowCommands
        from terminal.ui.input_watch import InputWatch
        from terminal.ui.live_frame import LiveFrame
        from terminal.ui.toasts import Toasts

        self._context = context
        self._specs = {spec.name: spec for spec in specs}
        theme = context.theme
        self._build_bars()
        self._live_frame = LiveFrame(theme, self)
        self.toasts = Toasts(theme, self)
        commands = WindowCommands(
            search=self.open_search,
            switch_theme=self._switch_theme,
            switch_preset=self._switch_preset,
            reset_layout=self.reset_layout,
            show_panel=self.show_panel,
            new_panel=self.new_panel,
            panic=self._panic,
            about=self._about,
            quit=self._quit,
        )
        self.actions_ = WindowActions(self, theme, specs, commands)
        self._resized = QTimer(self)  # the layout follows once the size has come to rest
        self._resized.setSingleShot(True)
        self._resized.setInterval(RESIZED_MS)
        self._resized.timeout.connect(self._adapt_layout)
        self._autosave = QTimer(self)
        self._autosave.setInterval(AUTOSAVE_MS)
        self._autosave.timeout.connect(self.save)
        self._autosave.start()
        context.selection.changed.connect(self._on_instrument)
        context.frame_clock.tick.connect(self._on_tick)
        self._input = InputWatch(context.arming.note_input, self)
        self._input.watch(self.windowHandle())
        self._is_built = True
        QTimer.singleShot(0, self.fill_next)

    def _build_bars(self) -> None:
        from terminal.ui.status_bar.widget import StatusBar
        from terminal.ui.top_bar.widget import TopBar

        context, central = self._context, self._central
        self.top_bar = TopBar(context, central)
        self.top_bar.search_requested.connect(self.open_search)
        self.top_bar.menu_requested.connect(self._open_menu)
        self.top_bar.log_requested.connect(lambda: self.show_panel("log"))
        self.status_bar = StatusBar(context, central)
        self.status_bar.log_requested.connect(lambda: self.show_panel("log"))
        self.status_bar.set_utc(self.preferences.flag("utc", True))
        self.status_bar.zone_changed.connect(lambda utc: self.preferences.set_flag("utc", utc))
        if self._backdrop is not None:
            self._backdrop.has_bars = False
        self._central_layout.insertWidget(0, self.top_bar)
        self._central_layout.addWidget(self.status_bar)

    def fill_light(self) -> None:
        """Let the panels on screen be made that need no heavy library."""
        self._may_fill_light = True
        self._go_on_filling()

    def fill_rest(self) -> None:
        """Let every panel be made: the light ones, then the chart, then those behind other tabs."""
        self._may_fill_light = self._may_fill_rest = True
        self._go_on_filling()

    def _go_on_filling(self) -> None:
        # while steps are due, the next one sees what was allowed
        if self.workspace is not None and not self._to_fill and not self._is_filled:
            QTimer.singleShot(0, self.fill_next)

    def fill_next(self) -> None:
        """Take the next step: the docks, then one panel a step. Reschedules itself until all are there."""
        if self._is_closing:
            return
        if self.workspace is None:
            self._make_workspace()
        elif self._to_fill:
            self._fill(self._to_fill.pop(0))
        if self._may_fill_light:
            self._to_fill += self._light
            self._light = []
        if self._may_fill_rest:
            self._to_fill += self._rest
            self._rest = []
        if self._to_fill:
            QTimer.singleShot(0, self.fill_next)
        elif self._may_fill_rest and not self._is_filled:
            self._is_filled = True
            self.filled.emit()

    @property
    def is_filled(self) -> bool:
        return self._is_filled

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    def bring_to_front(self) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def _make_workspace(self) -> None:
        # importing the docking library takes longer than the first frame
        from terminal.ui.workspace import Workspace

        host = QWidget(self.centralWidget())
        host.setObjectName("workspace_host")
        workspace = Workspace(self._context.theme, host, tuple(self._specs.values()))
        for name in self._dock_names():
            workspace.add_dock(name)
        self.workspace = workspace
        index = self._central_layout.indexOf(self._backdrop) if self._backdrop is not None else 1
        if self._backdrop is not None:
            host.resize(self._backdrop.size())
            self._central_layout.removeWidget(self._backdrop)
            self._backdrop.deleteLater()
            self._backdrop = None
        self._central_layout.insertWidget(index, host, 1)
        host.show()
        self._layouts = LayoutMemory(self.preferences, self._specs)
        self._layouts.restore(workspace, self.size(), self._dock_room())
        names = workspace.names
        seen = [name for name in names if workspace.is_on_top(name)]
        self._to_fill = [name for name in FIRST_PANELS if name in seen]
        self._light = [name for name in seen if name not in FIRST_PANELS and not name.startswith(HEAVY_PANEL)]
        # the chart needs the heaviest libraries: everything else that is seen is on screen before it
        self._rest = [name for name in seen if name.startswith(HEAVY_PANEL)]
        self._rest += [name for name in names if name not in seen]
        self.toasts.raise_all()
        self._live_frame.raise_()

    def _dock_names(self) -> list[str]:
        names = list(self._specs)
        stored = self.preferences.data("extra_panels")
        for name in stored if isinstance(stored, list) else ():
            if isinstance(name, str) and name.partition("-")[0] in self._specs and name not in names:
                names.append(name)
        return names

    def _fill(self, name: str) -> None:
        assert self.workspace is not None
        spec = self._specs[name.partition("-")[0]]
        try:
            panel = spec.factory(self._context)
            self.workspace.fill(name, panel)
            links = self.preferences.data("links")
            colour = links.get(name) if isinstance(links, dict) else None
            if isinstance(colour, str) and colour != panel.link:
                panel.set_link(colour)
            panel.start()
            self.panel_filled.emit(name)
        except Exception as error:  # noqa: BLE001 - one broken panel must not take the window away
            from terminal.trading.activity import LogLevel

            _log.exception("panel %s could not be opened", name)
            self._context.activity.add(LogLevel.ERROR, "window", f"{spec.title} could not be opened: {error}")
            label = QLabel(f"{spec.title} could not be opened.\nThe log says why.")
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setProperty("kind", "second")
            self.workspace.fill(name, label)

    # layout

    def reset_layout(self) -> None:
        """Go back to the default layout for the window's size."""
        if self.workspace is not None:
            self._layouts.reset(self.workspace, self.size(), self._dock_room())
            self._context.arming.layout_switched()

    def _dock_room(self) -> QSize:
        return QSize(self.width(), self.height() - self.top_bar.height() - self.status_bar.height())

    def _adapt_layout(self) -> None:
        """Switch to the layout of the window's new class of sizes; what is clicked moves, so everything disarms."""
        if self.workspace is None or not self._is_filled or self._layouts.fits(self.size()):
            return
        # not saved here: the docks have been squeezed or stretched by now, the autosave kept them as they were
        self._layouts.restore(self.workspace, self.size(), self._dock_room())
        self._context.arming.layout_switched()

    def show_panel(self, name: str) -> None:
        """Open a panel and bring it to the top."""
        if self.workspace is not None:
            self.workspace.show_panel(name)

    def new_panel(self, name: str) -> None:
        """Open another instance of a panel in a window of its own."""
        if self.workspace is None:
            return
        new = self.workspace.new_name(name)
        self.workspace.add_dock(new)
        self.workspace.float_dock(new)
        self._fill(new)

    def panel(self, name: str) -> Panel | None:
        return None if self.workspace is None else self.workspace.panel(name)

    # memory

    def _restore_window(self) -> None:
        geometry = self.preferences.blob("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            screen = QGuiApplication.primaryScreen().availableGeometry()
            size = QRect(0, 0, *DEFAULT_SIZE)
            if screen.width() < size.width() or screen.height() < size.height():
                size = QRect(0, 0, min(size.width(), screen.width()), min(size.height(), screen.height()))
            self.resize(size.size())

    def save(self) -> None:
        """Store geometry, layout, link groups, theme and instrument."""
        store = self.preferences
        store.set_blob("geometry", self.saveGeometry())
        if self.workspace is not None and self._is_filled:
            self._layouts.save(self.workspace, self.size())
            extra = [name for name in self.workspace.names if "-" in name]
            store.set_data("extra_panels", extra)
            names = {name: self.workspace.panel(name) for name in self.workspace.names}
            store.set_data("links", {name: panel.link for name, panel in names.items() if panel is not None})
        if self._context.selection.instrument is not None:
            store.set_data("instrument", list(self._context.selection.instrument))
        if not store.sync():
            from terminal.trading.activity import LogLevel

            self._context.activity.add(LogLevel.WARNING, "window", "The layout could not be saved to disk")

    def _on_tick(self, now: int) -> None:
        self._live_frame.show_live(self.top_bar.presenter.environment() == "LIVE")

    def _on_instrument(self, instrument: InstrumentId) -> None:
        pair, venue = self.top_bar.presenter.pair()
        self.setWindowTitle(f"{pair} {venue} · Fathom")

    # commands

    def open_search(self) -> None:
        """Open the instrument search under its button."""
        self.search_for(self._context.selection.select, self.top_bar.instrument_button)

    def search_for(self, on_chosen: Callable[[InstrumentId], None], below: QWidget) -> None:
        """Open the search below a widget and hand over the choice."""
        from terminal.ui.top_bar.search import InstrumentSearch  # not needed for the first frame

        search = InstrumentSearch(self._context.theme, self._context.market, self)
        search.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        search.open_at(below.mapToGlobal(QPoint(0, below.height() + 4)), on_chosen)

    def _open_menu(self) -> None:
        menu = self.actions_.menu(self.top_bar.menu_button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button = self.top_bar.menu_button
        menu.popup(button.mapToGlobal(QPoint(0, button.height() + 4)))

    def _switch_theme(self, dark: bool) -> None:
        self._context.theme.switch(dark=dark)
        self.preferences.set_text("theme", "dark" if dark else "light")
        self._context.frame_clock.request_all()

    def _switch_preset(self, preset: str) -> None:
        self._context.theme.switch(preset=preset)
        self.preferences.set_text("colours", preset)
        self._context.frame_clock.request_all()

    def _panic(self) -> None:
        from terminal.ui.panic import cancel_everything  # not needed for the first frame

        self._context.tasks.start(cancel_everything(self._context, self.toasts), "cancel all orders")

    def _about(self) -> None:
        from terminal.ui.about import AboutDialog  # not needed for the first frame

        AboutDialog(self._context.theme, self).open()

    def _quit(self) -> None:
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_built:
            self._live_frame.fit()
            self._resized.start()

    # closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_built and not self._is_closing and self._context.desk.working():
            self._ask_about_orders()
            event.ignore()
            return
        self._is_closing = True
        if self._is_built:
            self._autosave.stop()
            self.save()
            if self.workspace is not None:
                for panel in self.workspace.panels():
                    panel.stop()
            self.top_bar.stop()
        super().closeEvent(event)
        self.closing.emit()

    def _ask_about_orders(self) -> None:
        # only needed with working orders
        from terminal.ui.closing import ClosingDialog
        from terminal.ui.orders.presenter import OrdersPresenter

        if self.findChild(ClosingDialog) is not None:
            return
        context = self._context
        rows = OrdersPresenter(context.market, context.desk, context.portfolio).working()
        ClosingDialog(
            context.theme,
            rows,
            leave=self.close_for_good,
            cancel_all=self._start_cancel_and_close,
            parent=self,
        ).open()

    def _start_cancel_and_close(self) -> None:
        self._context.tasks.start(self._cancel_and_close(), "cancel all orders and close")

    async def _cancel_and_close(self) -> None:
        from terminal.ui.panic import cancel_everything

        results = await cancel_everything(self._context, self.toasts)
        # an order whose end is not confirmed keeps the window open: the note and the log tell which
        if all(result.status.is_final for result in results):
            self.close_for_good()

    def close_for_good(self) -> None:
        """Close without asking."""
        self._is_closing = True
        self.close()
