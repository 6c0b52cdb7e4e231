"""Opens the program: whatever must be there before the first frame, and nothing else.

Start: data directory and its lock; the simulator's child process, if it is ours (it boots meanwhile); Qt, and the
window's skeleton in the theme's colours, which is painted before anything else is imported. Then the program's log,
fonts and style, the event loop, and in it `terminal.program`: live state, the venues' market data, top bar and
ladder; after the first live price, or when it is late, the journal, the accounts and the other panels. While a
simulator of ours still boots, the journal and the panels that need no heavy library come first.

Stop, in the opposite order: the window stops its panels; the desk ends what runs and writes the journal to its end;
market data ends; the connectors close; the simulator sees its input close; the event loop ends; the lock is given
back.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from terminal.ui.main_window import DEFAULT_SIZE, MainWindow
from terminal.ui.marks import Marks
from terminal.ui.preferences import Preferences
from terminal.ui.single_instance import SingleInstance
from terminal.ui.theme import Theme
from terminal.ui.theme.tokens import PRESETS

# every import of this module is paid for before the first frame: the others stand where they are needed
if TYPE_CHECKING:
    from terminal.accounts.simulated_venues import SimulatedVenues
    from terminal.arguments import Arguments
    from terminal.program import Program

LATEST_FRAME_MS = 400


DEFAULT_PRESET = "green_red"


def run(arguments: Arguments, program: type[Program] | None = None) -> int:
    """Open the window and stay until it is closed; returns the exit code. Tests give a `program` they can steer."""
    # nothing that start-up makes is garbage; the program turns collection on again once its panels are there
    gc.disable()
    marks = Marks(arguments.timings)
    try:
        data_dir = _prepare_data_dir(arguments)
    except OSError as error:
        print(f"Fathom cannot use its data directory: {error}. Give another with --data-dir.", file=sys.stderr)
        return 1
    instance = SingleInstance(data_dir)
    if not instance.acquire():
        return _raise_other(instance, arguments)
    try:
        simulated = _launch_simulator(arguments, data_dir) if arguments.simulator is None else None
        app = QApplication(sys.argv[:1])
        app.setApplicationName("Fathom")
        app.setQuitOnLastWindowClosed(False)
        preferences = Preferences(data_dir / "window.ini", keeps=arguments.screenshot is None)
        theme = _theme(arguments, preferences)
        window = MainWindow(theme, preferences)
        if arguments.size is not None or arguments.screenshot is not None:
            window.resize(*(arguments.size or DEFAULT_SIZE))
        _show_first_frame(window, marks)
        theme.apply(app)
        return _run_program(
            app, program, arguments=arguments, data_dir=data_dir, instance=instance, simulated=simulated, marks=marks,
            window=window, theme=theme, preferences=preferences,
        )  # fmt: skip
    finally:
        gc.enable()
        instance.release()


def _theme(arguments: Arguments, preferences: Preferences) -> Theme:
    dark = preferences.flag("dark", True) if arguments.theme is None else arguments.theme == "dark"
    preset = preferences.text("preset", DEFAULT_PRESET)
    return Theme(dark=dark, preset=preset if preset in PRESETS else DEFAULT_PRESET)


def _prepare_data_dir(arguments: Arguments) -> Path:
    # journal, log and layout are for their owner's eyes only
    os.umask(0o077)
    data_dir = arguments.data_dir
    if data_dir is None:
        import platformdirs

        data_dir = Path(platformdirs.user_data_dir("fathom", appauthor=False))
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise PermissionError(f"{data_dir} cannot be written to")
    return data_dir


def _raise_other(instance: SingleInstance, arguments: Arguments) -> int:
    if arguments.screenshot is not None:
        print("Fathom is already open with this data directory: give another with --data-dir.", file=sys.stderr)
        return 1
    if instance.ask_to_raise():
        print("Fathom is already open: its window was raised.", file=sys.stderr)
        return 0
    print("Another Fathom holds this data directory but does not answer: end it first.", file=sys.stderr)
    return 1


def _launch_simulator(arguments: Arguments, data_dir: Path) -> SimulatedVenues:
    from terminal.accounts.simulated_venues import SimulatedVenues, simulator_command

    simulated = SimulatedVenues(
        simulator_command(data_dir / "simulator", arguments.simulator_extra), data_dir / "simulator.log"
    )
    simulated.launch()
    return simulated


def _show_first_frame(window: MainWindow, marks: Marks) -> None:
    """Show the skeleton and return once it was painted."""
    painting = QEventLoop()
    marks.first_frame.connect(painting.quit)
    # a window that opens minimized is never painted
    QTimer.singleShot(LATEST_FRAME_MS, painting.quit)
    marks.watch_first_frame(window)
    window.open()
    painting.exec()


def _run_program(
    app: QApplication,
    program: type[Program] | None,
    *,
    arguments: Arguments,
    data_dir: Path,
    instance: SingleInstance,
    simulated: SimulatedVenues | None,
    marks: Marks,
    window: MainWindow,
    theme: Theme,
    preferences: Preferences,
) -> int:
    import asyncio

    import qasync

    from terminal.program_log import start_program_log

    start_program_log(data_dir / "fathom.log")
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        from terminal.program import Program

        running = (program or Program)(
            arguments=arguments, data_dir=data_dir, instance=instance, simulated=simulated, marks=marks,
            window=window, theme=theme, preferences=preferences,
        )  # fmt: skip
        return int(loop.run_until_complete(running.main()))
