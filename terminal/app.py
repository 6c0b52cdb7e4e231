"""The composition root: every object of the program is built here, in order.

Start: data directory and its lock; the simulator's child process (it boots meanwhile); Qt, theme and the empty window,
which is painted before anything else happens; then, in the event loop: live state, journal, panels one by one, and
the venues' connectors as soon as the simulator says where they are.

Stop, in the opposite order: the window stops its panels; the desk ends what runs and writes the journal to its end;
market data ends; the connectors close; the simulator sees its input close; the lock is given back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import platformdirs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from terminal.accounts.simulated_venues import (
    SimulatedVenues,
    SimulatorFailed,
    VenueLines,
    parse_start_line,
    simulator_command,
)
from terminal.arguments import Arguments
from terminal.domain import InstrumentId
from terminal.market.topics import Changed, Topic
from terminal.program_log import start_program_log
from terminal.ui.marks import Marks
from terminal.ui.single_instance import SingleInstance
from terminal.ui.theme import Theme

if TYPE_CHECKING:
    from terminal.connectors.contract import Connector
    from terminal.ui.main_window import MainWindow
    from terminal.ui.panel import PanelContext

log = logging.getLogger(__name__)

_CLOCK_STEP_NS = 1_000_000
FIRST_SYMBOL = "BTCUSDT"


def now_ms() -> int:
    """This machine's wall clock in Unix ms."""
    return time.time_ns() // _CLOCK_STEP_NS


def steady_ms() -> int:
    """A clock that is never set, in ms."""
    return time.monotonic_ns() // _CLOCK_STEP_NS


def run(arguments: Arguments, program: type[Program] | None = None) -> int:
    """Open the window and stay until it is closed; returns the exit code. Tests give a `program` they can steer."""
    marks = Marks(arguments.timings)
    try:
        data_dir = _prepare_data_dir(arguments)
    except OSError as error:
        print(f"Fathom cannot use its data directory: {error}. Give another with --data-dir.", file=sys.stderr)
        return 1
    instance = SingleInstance(data_dir)
    if not instance.acquire():
        return _raise_other(instance, arguments)
    start_program_log(data_dir / "fathom.log")
    simulated = None
    if arguments.simulator is None:
        simulated = SimulatedVenues(
            simulator_command(data_dir / "simulator", arguments.simulator_extra), data_dir / "simulator.log"
        )
        simulated.launch()
    try:
        app = QApplication(sys.argv[:1])
        return _run_window(app, (program or Program)(arguments, data_dir, instance, simulated, marks))
    finally:
        instance.release()


def _prepare_data_dir(arguments: Arguments) -> Path:
    given = arguments.data_dir
    data_dir = given if given is not None else Path(platformdirs.user_data_dir("fathom", appauthor=False))
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


def _run_window(app: QApplication, program: Program) -> int:
    app.setApplicationName("Fathom")
    app.setQuitOnLastWindowClosed(False)
    # imported after the simulator's process was started: it boots meanwhile
    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        program.show(app)
        return int(loop.run_until_complete(program.main()))


class Program:
    """Holds what was built and ends it in the opposite order."""

    def __init__(
        self,
        arguments: Arguments,
        data_dir: Path,
        instance: SingleInstance,
        simulated: SimulatedVenues | None,
        marks: Marks,
    ) -> None:
        self.arguments = arguments
        self.data_dir = data_dir
        self.simulated = simulated
        self._instance = instance
        self._marks = marks
        self._connectors: dict[str, Connector] = {}
        self._stack = AsyncExitStack()
        self._closing = asyncio.Event()
        self._exit_code = 0

    # building

    def show(self, app: QApplication) -> None:
        """Build live state and the window around it, and show the window, still without its heavy panels."""
        from terminal.accounts.account_book import AccountBook
        from terminal.market.hub import MarketHub
        from terminal.market.market_data import MarketData
        from terminal.trading.activity import ActivityLog
        from terminal.trading.arming import Arming
        from terminal.trading.desk import OrderDesk
        from terminal.trading.journal import Journal
        from terminal.trading.live_market import LiveMarket
        from terminal.trading.portfolio import Portfolio
        from terminal.trading.topics import ChangedTopics
        from terminal.ui.frame_clock import FrameClock
        from terminal.ui.main_window import MainWindow
        from terminal.ui.news import News
        from terminal.ui.panel import PanelContext, Selection
        from terminal.ui.panels import PANELS
        from terminal.ui.preferences import Preferences
        from terminal.ui.tasks import Tasks

        preferences = Preferences(self.data_dir / "window.ini")
        dark = (self.arguments.theme or preferences.text("theme", "dark")) == "dark"
        self.theme = Theme(dark=dark, preset=preferences.text("colours", "green_red"))
        self.theme.apply(app)

        changed = ChangedTopics()
        self.market = MarketData(MarketHub(now_ms), now_ms)
        self.accounts = AccountBook()
        self.activity = ActivityLog(clock=now_ms, changed=changed)
        self.arming = Arming(accounts=self.accounts, clock=now_ms, monotonic=steady_ms, changed=changed)
        live_market = LiveMarket(self.market)
        self.portfolio = Portfolio(price_of=live_market.price_of, clock=now_ms, changed=changed)
        self.journal = Journal(self.data_dir / "journal.sqlite", clock=now_ms, changed=changed)
        self.desk = OrderDesk(
            accounts=self.accounts,
            connectors=self._connectors,
            journal=self.journal,
            market=live_market,
            portfolio=self.portfolio,
            arming=self.arming,
            activity=self.activity,
            changed=changed,
            clock=now_ms,
        )
        self.tasks = Tasks(self._report_task)
        self.frame_clock = FrameClock(now_ms, failed=self._report_panel)
        self.frame_clock.add_source(self.market.hub)
        self.frame_clock.add_source(self.desk)
        self.context: PanelContext = PanelContext(
            market=self.market,
            desk=self.desk,
            portfolio=self.portfolio,
            arming=self.arming,
            accounts=self.accounts,
            activity=self.activity,
            theme=self.theme,
            frame_clock=self.frame_clock,
            tasks=self.tasks,
            selection=Selection(),
            preferences=preferences,
        )
        self.preferences = preferences
        self.window: MainWindow = MainWindow(self.context, PANELS, preferences)
        self.window.closing.connect(self._closing.set)
        self.news = News(self.activity, self.window.toasts, self.frame_clock, self.window)
        if self.arguments.size is not None:
            self.window.resize(*self.arguments.size)
        self._marks.watch_first_frame(self.window)
        self.window.open()
        self._instance.raise_asked.connect(self._bring_to_front)
        self._instance.listen()

    def _bring_to_front(self) -> None:
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()

    # running

    async def main(self) -> int:
        """Run until the window is closed; returns the exit code."""
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        sys.excepthook = self._on_python_error
        self._end_on_signals()
        await self._first_frame_painted()
        connecting = self.tasks.start(self._connect(), "connect the venues")
        self._choose_instrument()
        self.frame_clock.start()
        self.frame_clock.tick.connect(lambda _: self.arming.check())
        if self.arguments.screenshot is not None:
            self.tasks.start(self._screenshot(self.arguments.screenshot), "take the screenshot")
        self._marks.watch_first_price(self.context, self.window)
        await self._closing.wait()
        connecting.cancel()
        await self._stop()
        return self._exit_code

    def _end_on_signals(self) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            # Windows has no signal handlers in an event loop; there the window is closed by its button
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(name, self.window.close_for_good)

    async def _first_frame_painted(self) -> None:
        # paint events run when the loop is idle: nothing heavy may start before
        async with asyncio.timeout(5):
            while not self._marks.has_first_frame:
                await asyncio.sleep(0)

    async def _connect(self) -> None:
        """Open the journal, learn where the venues are, and open a public and an account connector for each."""
        from terminal.trading.journal import JournalUnusable

        try:
            await self.desk.start()
        except (JournalUnusable, OSError) as error:
            self.activity.add("error", "journal", f"no order can be sent: the journal cannot be written: {error}")
        try:
            venues = await self._venue_lines()
        except (SimulatorFailed, OSError, ValueError) as failure:
            self.activity.add("error", "simulator", f"the simulated venues did not start: {failure}")
            return
        from terminal.accounts.account_book import AccountBook

        simulated = AccountBook.of_simulator(venues)
        for account in simulated.accounts:
            self.accounts.add(account, simulated.credentials(account.label))
        for venue, line in venues.items():
            await self._open_venue(venue, line)
        if self.simulated is not None:
            self.tasks.start(self.simulated.supervise(), "watch the simulator")

    async def _venue_lines(self) -> VenueLines:
        if self.simulated is not None:
            return await self.simulated.ready()
        if self.arguments.simulator is None:
            raise ValueError("no venue is configured")
        return parse_start_line(self.arguments.simulator.read_text(encoding="utf-8"))

    async def _open_venue(self, venue: str, line: Mapping[str, str]) -> None:
        from terminal.connectors import Endpoints, open_connector
        from terminal.connectors.venues import VENUES
        from terminal.domain.failures import Failure

        endpoints = Endpoints(
            rest=line.get("rest"), stream=line.get("stream"), private_stream=line.get("private_stream")
        )
        try:
            public = open_connector(venue, endpoints=endpoints, sink=self.market.on_event)
            await self._stack.enter_async_context(public)
            await self.market.add_venue(VENUES[venue], "simulated", public)
            account = self.accounts.for_venue(venue)
            if account is None:
                return
            private = open_connector(
                venue,
                endpoints=endpoints,
                credentials=self.accounts.credentials(account.label),
                account=account.label,
                sink=self.desk.on_event,
                limits=public.limits,
            )
            await self._stack.enter_async_context(private)
            self._connectors[account.label] = private
            await self.desk.attach(account.label)
        except Failure as failure:
            self.activity.add("error", venue, f"could not be opened: {failure}")

    async def _screenshot(self, target: Path) -> None:
        await asyncio.sleep(self.arguments.after)
        if not self.window.grab().save(str(target), "PNG"):
            print(f"The screenshot could not be written to {target}.", file=sys.stderr)
            self._exit_code = 1
        self.window.close_for_good()

    def _choose_instrument(self) -> None:
        """Select the instrument of the last time, else the first venue's most traded pair, once it is known."""
        selection, market = self.context.selection, self.market
        stored = self.preferences.data("instrument")
        wanted = InstrumentId(*stored) if isinstance(stored, list) and len(stored) == 2 else None

        def look() -> None:
            if selection.instrument is not None or not market.instruments:
                return
            if wanted is not None and wanted in market.instruments:
                selection.select(wanted)
                return
            first = next((i for i in market.instruments if i.symbol == FIRST_SYMBOL), None)
            selection.select(first if first is not None else next(iter(market.instruments)))

        self.frame_clock.register(self.window, lambda: (Changed(Topic.INSTRUMENTS),), look)

    # ending

    async def _stop(self) -> None:
        self.frame_clock.stop()
        await self.desk.close()
        await self.market.close()
        await self.tasks.close()
        await self._stack.aclose()
        if self.simulated is not None:
            await self.simulated.stop()
        self._marks.write()

    # what went wrong

    def _report_task(self, name: str, error: BaseException) -> None:
        self.activity.add("error", "program", f"{name} failed: {error}")

    def _report_panel(self, name: str, error: Exception) -> None:
        self.activity.add("error", "program", f"the panel {name} could not be drawn: {error}")

    def _on_loop_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        log.error("unhandled in the event loop: %s", context.get("message"), exc_info=error)
        self.activity.add("error", "program", f"unexpected: {error or context.get('message')}")

    def _on_python_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("unhandled", exc_info=(kind, error, trace))
        self.activity.add("error", "program", f"unexpected: {error}")
