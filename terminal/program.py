"""The running program: live state, venues and window, built in order and ended in the opposite one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.accounts.simulated_venues import SimulatedVenues, SimulatorFailed, VenueLines, parse_start_line
from terminal.domain import Endpoints, InstrumentId
from terminal.domain.failures import Failure
from terminal.market.hub import MarketHub
from terminal.market.market_data import MarketData
from terminal.market.topics import Changed, Topic
from terminal.trading.activity import ActivityLog
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk
from terminal.trading.journal import Journal, JournalUnusable
from terminal.trading.live_market import LiveMarket
from terminal.trading.portfolio import Portfolio
from terminal.trading.topics import ChangedTopics
from terminal.trading.transfers import Transfers
from terminal.ui.frame_clock import FrameClock
from terminal.ui.panel import PanelContext, Selection
from terminal.ui.tasks import Tasks

if TYPE_CHECKING:
    from terminal.arguments import Arguments
    from terminal.connectors.contract import Connector
    from terminal.market.subscriptions import Watch
    from terminal.ui.main_window import MainWindow
    from terminal.ui.marks import Marks
    from terminal.ui.preferences import Preferences
    from terminal.ui.single_instance import SingleInstance
    from terminal.ui.theme import Theme

log = logging.getLogger(__name__)

_CLOCK_STEP_NS = 1_000_000
FIRST_SYMBOL = "BTCUSDT"
LATEST_LISTING_MS = 5_000
"""How long the window waits for the instruments of the venue it last showed before it shows another's."""

LATEST_PRICE_S = 0.9
"""How long accounts and the panels below the ladder wait for the first live price."""


def now_ms() -> int:
    """This machine's wall clock in Unix ms."""
    return time.time_ns() // _CLOCK_STEP_NS


def steady_ms() -> int:
    """A clock that is never set, in ms."""
    return time.monotonic_ns() // _CLOCK_STEP_NS


class Program:
    """Builds live state at once, window and venues in `main`, and ends everything in the opposite order."""

    def __init__(
        self,
        *,
        arguments: Arguments,
        data_dir: Path,
        instance: SingleInstance,
        simulated: SimulatedVenues | None,
        marks: Marks,
        window: MainWindow,
        theme: Theme,
        preferences: Preferences,
    ) -> None:
        self.arguments = arguments
        self.simulated = simulated
        self.window = window
        self.preferences = preferences
        self._instance = instance
        self._marks = marks
        self._connectors: dict[str, Connector] = {}
        self._stack = AsyncExitStack()
        self._closing = asyncio.Event()
        self._venues_known = asyncio.Event()
        self._price_shown = asyncio.Event()
        self._early: Watch | None = None
        self._early_id: InstrumentId | None = None
        self._told_malformed: set[tuple[str, str]] = set()
        self._exit_code = 0

        changed = ChangedTopics()
        self.market = MarketData(MarketHub(now_ms), now_ms)
        self.accounts = AccountBook()
        self.activity = ActivityLog(clock=now_ms, changed=changed)
        self.arming = Arming(accounts=self.accounts, clock=now_ms, monotonic=steady_ms, changed=changed)
        live_market = LiveMarket(self.market)
        self.portfolio = Portfolio(price_of=live_market.price_of, clock=now_ms, changed=changed)
        self.journal = Journal(data_dir / "journal.sqlite", clock=now_ms, changed=changed)
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
        self.transfers = Transfers(
            accounts=self.accounts,
            connectors=self._connectors,
            journal=self.journal,
            activity=self.activity,
            changed=changed,
            clock=now_ms,
        )
        self.tasks = Tasks(self._report_task)
        self.frame_clock = FrameClock(now_ms, failed=self._report_panel)
        self.frame_clock.add_source(self.market.hub)
        self.frame_clock.add_source(self.desk)
        self.accounts.follow(self._on_account)
        self.context: PanelContext = PanelContext(
            market=self.market,
            desk=self.desk,
            portfolio=self.portfolio,
            arming=self.arming,
            accounts=self.accounts,
            activity=self.activity,
            theme=theme,
            frame_clock=self.frame_clock,
            tasks=self.tasks,
            selection=Selection(),
            preferences=preferences,
            transfers=self.transfers,
        )

    # running

    async def main(self) -> int:
        """Run until the window is closed; returns the exit code."""
        self.window.closing.connect(self._closing.set)
        if not self.window.is_closing:
            try:
                await self._run()
            except Exception:
                log.critical("the program could not be started", exc_info=True)
                raise  # to the terminal
        await self._stop()
        return self._exit_code

    async def _run(self) -> None:
        connecting = self.tasks.start(self._connect(), "connect the venues")
        await asyncio.sleep(0)  # the first requests are on their way while the window is built
        self._build_window()
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        sys.excepthook = self._on_python_error
        self._end_on_signals()
        self._choose_instrument()
        self.frame_clock.start()
        self.frame_clock.tick.connect(self._on_tick)
        self._instance.raise_asked.connect(self.window.bring_to_front)
        if self.arguments.screenshot is None:  # a window that goes away by itself cannot be raised
            self._instance.listen()
        self.tasks.start(self._fill_rest(), "open the panels")
        if self.arguments.screenshot is not None:
            self.tasks.start(self._screenshot(self.arguments.screenshot), "take the screenshot")
        await self._closing.wait()
        connecting.cancel()

    def _build_window(self) -> None:
        from terminal.ui.news import News
        from terminal.ui.panels import PANELS

        self._marks.first_price.connect(self._price_shown.set)
        self.window.panel_filled.connect(self._on_panel)
        self.window.filled.connect(self._collect_garbage)
        self.window.build(self.context, PANELS)
        self.news = News(self.activity, self.window.toasts, self.frame_clock, self.window)

    def _on_panel(self, name: str) -> None:
        # after the ladder in the clock's order: it has drawn when the marks look
        if name == "ladder":
            self._marks.watch_first_price(self.context, self.window)

    async def _fill_rest(self) -> None:
        if self.simulated is not None:
            self.window.fill_light()  # the simulator's boot leaves the time
            await self._venues_known.wait()
        await self._price_or_late()
        self.window.fill_rest()

    async def _price_or_late(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LATEST_PRICE_S):
                await self._price_shown.wait()

    @staticmethod
    def _collect_garbage() -> None:
        # what start-up made stays: later collections need not look at it
        gc.freeze()
        gc.enable()

    def _end_on_signals(self) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            # Windows has no signal handlers in an event loop; there the window is closed by its button
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(name, self.window.close_for_good)

    async def _connect(self) -> None:
        """Learn where the venues are, open each one's market data, then the journal, then each one's account."""
        if self.simulated is not None:
            await self._start_desk()  # the simulator boots meanwhile
        try:
            venues = await self._venue_lines()
        except (SimulatorFailed, OSError, ValueError) as failure:
            self.activity.add("error", "simulator", f"the simulated venues did not start: {failure}")
            venues = {}
        self._venues_known.set()
        simulated = AccountBook.of_simulator(venues)
        for account in simulated.accounts:
            self.accounts.add(account, simulated.credentials(account.label))
        wanted = self._wanted()
        shown_first = wanted.venue if wanted is not None and wanted.venue in venues else next(iter(venues), None)
        # venues are independent: none waits for another that is slow to answer
        opened = await asyncio.gather(
            *(self._open_market(venue, line, is_first=venue == shown_first) for venue, line in venues.items())
        )
        public = dict(zip(venues, opened, strict=True))
        # orders and balances are asked for after the first price: their work would hold it up
        if public:
            await self._price_or_late()
        if self.simulated is None:
            await self._start_desk()
        await asyncio.gather(
            *(
                self._open_account(account, venues[venue], connector)
                for venue, connector in public.items()
                if connector is not None
                for account in self.accounts.on_venue(venue)
            )
        )
        if venues and self.simulated is not None:
            self.tasks.start(self.simulated.supervise(), "watch the simulator")

    async def _start_desk(self) -> None:
        try:
            await self.desk.start()
            await self.transfers.start()
        except (JournalUnusable, OSError) as error:
            self.activity.add("error", "journal", f"no order can be sent: the journal cannot be written: {error}")

    async def _venue_lines(self) -> VenueLines:
        if self.simulated is not None:
            return await self.simulated.ready()
        if self.arguments.simulator is None:
            raise ValueError("no venue is configured")
        return parse_start_line(self.arguments.simulator.read_text(encoding="utf-8"))

    async def _open_market(self, venue: str, line: Mapping[str, str], *, is_first: bool) -> Connector | None:
        """Open a venue's public connector; None when that failed, which is told."""
        from terminal.connectors import open_connector
        from terminal.connectors.venues import VENUES

        try:
            public = open_connector(venue, endpoints=_endpoints(line), sink=self.market.on_event)
            await self._stack.enter_async_context(public)
            await self.market.add_venue(VENUES[venue], "simulated", public)
        except Failure as failure:
            self.activity.add("error", venue, f"could not be opened: {failure}")
            return None
        if is_first:
            self._watch_early(venue)
        return public

    async def _open_account(self, account: AccountInfo, line: Mapping[str, str], public: Connector) -> None:
        """Open an account's private connector; it shares the venue's request budget with the others."""
        from terminal.connectors import open_connector

        try:
            private = open_connector(
                account.venue,
                endpoints=_endpoints(line),
                credentials=self.accounts.credentials(account.label),
                account=account.label,
                sink=self.desk.on_event,
                limits=public.limits,
            )
            await self._stack.enter_async_context(private)
            self._connectors[account.label] = private
            await self.desk.attach(account.label)
            self.transfers.attach(account.label)
        except Failure as failure:
            self.activity.add("error", account.label, f"could not be opened: {failure}")

    def _on_account(self, account: AccountInfo) -> None:
        # armed in its own time, not by the choice
        self.arming.disarm(account.label, "the account was chosen anew")
        self.frame_clock.request_all()

    def _on_tick(self, _now: int) -> None:
        self.arming.check()
        for venue in self.market.venues:
            for cause, count in self.market.health(venue).malformed.items():
                if (venue, cause) not in self._told_malformed:
                    self._told_malformed.add((venue, cause))
                    name = self.market.venue_name(venue)
                    self.activity.add("warning", venue, f"{name} sent {count} unusable messages: {cause}")

    async def _screenshot(self, target: Path) -> None:
        await asyncio.sleep(self.arguments.after)
        if not self.window.grab().save(str(target), "PNG"):
            print(f"The screenshot could not be written to {target}.", file=sys.stderr)
            self._exit_code = 1
        self.window.close_for_good()

    # the first instrument

    def _wanted(self) -> InstrumentId | None:
        """Return the instrument of the last time."""
        stored = self.preferences.data("instrument")
        is_pair = isinstance(stored, list) and len(stored) == 2 and all(isinstance(part, str) for part in stored)
        return InstrumentId(*stored) if is_pair else None

    def _watch_early(self, venue: str) -> None:
        """Ask for the book that will be shown before the venue's instruments are known."""
        wanted = self._wanted()
        if wanted is None or wanted.venue != venue:
            wanted = InstrumentId(venue, FIRST_SYMBOL)
        if self.context.selection.instrument is None:
            self._early = self.market.watch(Topic.BOOK, wanted)
            self._early_id = wanted

    def _choose_instrument(self) -> None:
        """Select the instrument of the last time, else the first venue's most traded pair, once it is known."""
        selection, market = self.context.selection, self.market
        latest = steady_ms() + LATEST_LISTING_MS

        def look() -> None:
            if selection.instrument is not None or not market.instruments:
                return
            early = self._early_id
            if early is not None and early in market.instruments:
                selection.select(early)
            elif (
                early is not None
                and steady_ms() < latest
                and not any(i.venue == early.venue for i in market.instruments)
            ):
                return  # another venue was faster
            else:
                first = next((i for i in market.instruments if i.symbol == FIRST_SYMBOL), None)
                selection.select(first if first is not None else next(iter(market.instruments)))
            self._end_early_watch()

        place = self.frame_clock.register(self.window, lambda: (Changed(Topic.INSTRUMENTS),), look)
        asyncio.get_running_loop().call_later(LATEST_LISTING_MS / 1_000, place.request)

    def _end_early_watch(self) -> None:
        # the panels hold watches of their own by now
        if self._early is not None:
            self._early.close()
            self._early = None

    # ending

    async def _stop(self) -> None:
        self.frame_clock.stop()
        await self.transfers.close()
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


def _endpoints(line: Mapping[str, str]) -> Endpoints:
    return Endpoints(rest=line.get("rest"), stream=line.get("stream"), private_stream=line.get("private_stream"))
