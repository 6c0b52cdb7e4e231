"""The depth ladder panel: brings book, prints and own orders to the rows, and clicks to the order desk."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from terminal.domain import (
    InstrumentId,
    InstrumentStatus,
    OrderRequest,
    Side,
)
from terminal.market.freshness import Freshness
from terminal.market.subscriptions import Watch
from terminal.market.topics import Changed, Topic
from terminal.trading.risk import RiskDenied
from terminal.trading.topics import TradingTopic
from terminal.ui.depth_ladder.canvas import LadderCanvas
from terminal.ui.depth_ladder.chrome import Footer, HeaderRow, Toolbar, warning
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.gesture import (
    CancelOwn,
    Cell,
    ClickGrammar,
    Intent,
    PickPrice,
    Refused,
    RestOrder,
    Situation,
    side_of,
)
from terminal.ui.depth_ladder.group_menu import group_menu
from terminal.ui.depth_ladder.hints import grammar, under_pointer
from terminal.ui.depth_ladder.orders import order_request, own_orders, previous_price
from terminal.ui.depth_ladder.presenter import LadderPresenter, LadderSource
from terminal.ui.freshness_words import unreliable_words
from terminal.ui.panel import Panel, PanelContext

_GROUPS_KEY = "ladder/groups"

MESSAGE_MS = 4_000
"""How long the footer says why nothing was sent."""


class DepthLadder(Panel):
    """The book by price, with own orders; a click rests or cancels an order when the account is armed."""

    object_name = "depthLadder"
    title = "Ladder"
    is_linked = True

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        theme = context.theme
        self._clock = context.market.clock
        self._instrument: InstrumentId | None = None
        self._watches: list[Watch] = []
        self._steps: dict[InstrumentId, str] = {}
        self._message: tuple[str, int] | None = None
        self._entered: int | None = None
        self.presenter = LadderPresenter(lambda text: theme.width("number", text))
        self.grammar = ClickGrammar()
        self.toolbar = Toolbar(theme, self)
        self.header = HeaderRow(theme, self)
        self.canvas = LadderCanvas(self.presenter, theme, self)
        self.footer = Footer(theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.toolbar, self.header):
            layout.addWidget(part)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.footer)
        self.setFocusProxy(self.canvas)
        self._connect()
        self._restore_groups()
        self._frame = context.frame_clock.register(self, self._topics, self.render_now)

    def _connect(self) -> None:
        canvas = self.canvas
        canvas.pointed.connect(self._on_pointed)
        canvas.pressed.connect(self._on_pressed)
        canvas.released.connect(self._on_released)
        canvas.repeated.connect(self._on_repeated)
        canvas.recentred.connect(self.recentre)
        canvas.scrolled.connect(self._on_scrolled)
        canvas.regrouped.connect(self.regroup)
        canvas.abandoned.connect(self._abandon)
        canvas.resized.connect(self._on_resized)
        self.toolbar.stepper.stepped.connect(self.regroup)
        self.toolbar.stepper.opened.connect(self._show_groups)
        self.context.theme.changed.connect(self._on_theme)
        self.context.frame_clock.tick.connect(self._on_tick)
        self._selection.preset_changed.connect(self._request)

    # the panel

    def start(self) -> None:
        super().start()
        self._request()

    def stop(self) -> None:
        super().stop()
        self._abandon("The ladder was closed: nothing was sent")
        self._frame.close()
        self._close_watches()

    def set_link(self, colour: str) -> None:
        before = self._selection
        super().set_link(colour)
        if self._selection is not before:
            before.preset_changed.disconnect(self._request)
            self._selection.preset_changed.connect(self._request)

    def on_instrument(self, instrument: InstrumentId) -> None:
        """Turn to another instrument; a button that is down sends nothing."""
        if instrument != self._instrument:
            self._abandon("The instrument changed: nothing was sent")
            self._close_watches()
            self._instrument = instrument
            self.presenter.instrument = None
            # the old rows must not take a click for the new instrument
            self.canvas.show_view(None)
            self._watch(instrument)
        self._request()

    @property
    def step(self) -> str:
        """Which of the venue's own price groupings is shown; "" is its finest book."""
        return "" if self._instrument is None else self._steps.get(self._instrument, "")

    def choose_step(self, step: str) -> None:
        """Show the book as the venue itself groups it; "" is its finest one."""
        instrument = self._instrument
        if instrument is None or step == self.step:
            return
        self._abandon("The grouping changed: nothing was sent")
        self._steps[instrument] = step
        self._close_watches()
        self._watch(instrument)
        self.presenter.forget_group()
        self._request()

    def _watch(self, instrument: InstrumentId) -> None:
        market = self.context.market
        # the finest book always: whether a click crosses is decided by it
        self._watches = [market.watch(Topic.BOOK, instrument), market.watch(Topic.TRADES, instrument)]
        if self.step:
            self._watches.append(market.watch(Topic.BOOK, instrument, self.step))

    def _show_groups(self) -> None:
        """Open the menu of row widths, and of the venue's own price steps where it has them."""
        instrument = self._instrument
        if instrument is None or self.presenter.instrument is None:
            return
        steps = self.context.market.capabilities(instrument.venue).book_steps
        venue = self.context.market.venue_name(instrument.venue)
        menu = group_menu(self, self.presenter.group_choices(), steps, self.step, venue)
        menu.widths.triggered.connect(lambda action: self.regroup_to(int(action.data())))
        menu.steps.triggered.connect(lambda action: self.choose_step(str(action.data())))
        menu.popup(self.toolbar.stepper.mapToGlobal(self.toolbar.stepper.rect().bottomLeft()))

    def regroup_to(self, ticks: int) -> None:
        """Let a row hold so many ticks."""
        self._abandon("The grouping changed: nothing was sent")
        self.presenter.regroup_to(ticks)
        self._save_groups()
        self._request()

    def _restore_groups(self) -> None:
        """Take the groups chosen by hand in earlier runs; anything unreadable is left out."""
        preferences = self.context.preferences
        saved = None if preferences is None else preferences.data(_GROUPS_KEY)
        groups: dict[tuple[str, str], int] = {}
        for entry in saved if isinstance(saved, list) else ():
            match entry:
                case [str(venue), str(symbol), int(ticks)]:
                    groups[(venue, symbol)] = ticks
        self.presenter.restore_groups(groups)

    def _save_groups(self) -> None:
        preferences = self.context.preferences
        if preferences is not None:
            groups = self.presenter.groups
            preferences.set_data(_GROUPS_KEY, [[*key, ticks] for key, ticks in groups.items()])

    def _topics(self) -> tuple[object, ...]:
        instrument = self._instrument
        return (
            Changed(Topic.BOOK, instrument),
            Changed(Topic.BOOK, instrument, self.step),
            Changed(Topic.TRADES, instrument),
            Changed(Topic.STREAMS),
            Changed(Topic.INSTRUMENTS),
            TradingTopic.ORDERS,
            TradingTopic.ARMING,
        )

    def _request(self, *_: object) -> None:
        self._frame.request()

    def _close_watches(self) -> None:
        for watch in self._watches:
            watch.close()
        self._watches.clear()

    # drawing

    def render_now(self) -> None:
        """Draw the newest state; the frame clock calls it when something changed."""
        instrument = self._instrument
        if instrument is None:
            self.canvas.show_view(None, message="Choose an instrument in the watchlist or with Ctrl+K")
            return
        found = self.context.market.instruments.get(instrument)
        presenter = self.presenter
        if found is None:
            self.canvas.show_view(None, message=f"Waiting for the rules of {instrument.symbol}")
            return
        if presenter.instrument != found:
            presenter.set_instrument(found)
        hub = self.context.market.hub
        live = hub.book(instrument, self.step)
        tape = hub.tape(instrument)
        presenter.resize(self.canvas.width(), self.canvas.row_count)
        presenter.viewport.frozen = self._is_frozen
        last = tape.trades[-1] if tape.trades else None
        columns = presenter.columns
        view = presenter.refresh(
            LadderSource(
                book=live.book,
                traded=tape.traded(),
                last=last,
                previous_price=previous_price(tape.trades),
                orders=own_orders(self.context.desk.working_at(instrument)),
                is_grouped=bool(self.step),
            )
        )
        freshness = live.freshness
        if not freshness.is_reliable:
            self._abandon("The book is no longer live: nothing was sent")
        self.canvas.show_view(view, message=self._waiting_words(freshness), dim=not freshness.is_reliable)
        if columns != presenter.columns:
            self.canvas.repaint_all()
        if view is not None:
            self.header.show_headers(view.headers, presenter.columns, view.own_above, view.own_below)
            if view.touch != self.accessibleDescription():
                self.setAccessibleDescription(view.touch)
        self._show_words(freshness, None if view is None else view.imbalance)

    def _show_words(self, freshness: Freshness, imbalance: int | None) -> None:
        now = self._clock()
        viewport = self.presenter.viewport
        has_view = self.canvas.view is not None
        self.header.show_banner(unreliable_words(freshness, now).capitalize() if has_view else "")
        badge, warns = "", False
        if self._entered is not None and has_view:
            badge = f"FROZEN {max(0, now - self._entered) // 1000} s"
            warns = viewport.held_back
        elif viewport.scrolled and has_view:
            badge = "SCROLLED"
        ticks = self.presenter.group
        width = self.presenter.group_text if has_view else ""
        self.toolbar.show_state(width, ticks, imbalance, badge, warns=warns, step=self.step)
        self._show_footer(now)

    def _show_footer(self, now: int) -> None:
        if self._instrument is None:
            self.footer.show_lines()
            return
        situation = self._situation(self._instrument)
        first, second = grammar(situation)
        cell = self.canvas.cell
        if self._message is not None and now < self._message[1]:
            first = warning(self._message[0])
        elif cell is not None:
            orders = self.presenter.orders_at(cell.row, situation.orders)
            first = under_pointer(cell, situation, orders, self.presenter.full_price) or first
        self.footer.show_lines(first, second)

    def _waiting_words(self, freshness: Freshness) -> str:
        symbol = self.presenter.instrument.pair if self.presenter.instrument else ""
        reason = freshness.reason or "no orders on either side"
        return f"{symbol}: no book yet\n{reason}" if freshness.received is None else f"{symbol}: empty book\n{reason}"

    def _situation(self, instrument: InstrumentId) -> Situation:
        context = self.context
        account = context.accounts.for_venue(instrument.venue)
        no_account = None
        if account is None:
            no_account = "No account here"
        elif not account.can_trade:
            no_account = "Read-only account"
        live = context.market.hub.book(instrument)
        # the newest touch, not the one of the last frame: whether a click crosses is decided by what is true now
        bid, ask = live.book.bids.best, live.book.asks.best
        shown = context.market.hub.book(instrument, self.step)
        now = self._clock()
        unreliable = unreliable_words(live.freshness, now) or unreliable_words(shown.freshness, now) or None
        rules = self.presenter.instrument
        if unreliable is None and rules is not None and rules.status is not InstrumentStatus.TRADING:
            unreliable = rules.status.value
        return Situation(
            instrument=instrument,
            best_bid=None if bid is None else bid[0],
            best_ask=None if ask is None else ask[0],
            armed=account is not None and context.arming.is_armed(account.label),
            preset=self._selection.preset_quantity,
            no_account=no_account,
            unreliable=unreliable,
            orders=own_orders(self.context.desk.working_at(instrument)),
        )

    # pointer

    @property
    def _is_frozen(self) -> bool:
        return self._entered is not None or self.grammar.pressed is not None

    def _on_pointed(self, cell: Cell | None) -> None:
        if cell is None:
            self._entered = None
        elif self._entered is None:
            self._entered = self._clock()
        # the badge and the hint must not wait for the book to change
        self._request()

    def _on_tick(self, _now: object) -> None:
        # ages, the badge's seconds and the end of a message
        self._request()

    def _on_pressed(self, cell: Cell, ctrl: bool) -> None:
        if self._instrument is None:
            return
        situation = self._situation(self._instrument)
        own = self.presenter.orders_at(cell.row, situation.orders)
        if cell.zone is not Zone.MINE:
            own = []
        self.grammar.press(cell, situation, own, ctrl=ctrl, now=self._clock())
        self.canvas.set_down(self.grammar.pressed)

    def _on_repeated(self) -> None:
        self._say("Double click: only the first click counts")

    def _on_released(self, cell: Cell | None, ctrl: bool) -> None:
        self.canvas.set_down(None)
        if self._instrument is None:
            return
        situation = self._situation(self._instrument)
        intent = self.grammar.release(cell, situation, ctrl=ctrl, now=self._clock())
        if intent is not None:
            self._carry_out(intent, self._instrument, None if cell is None else side_of(cell.zone))
        self._request()

    def _abandon(self, reason: str) -> None:
        if self.grammar.pressed is not None:
            self.grammar.abandon(reason)
            self.canvas.set_down(None)
            self._say(reason)

    def _on_scrolled(self, rows: int) -> None:
        self._abandon("The ladder was scrolled: nothing was sent")
        self.presenter.viewport.scroll(rows)
        self._request()

    def _on_resized(self) -> None:
        self._abandon("The ladder was resized: nothing was sent")
        self._request()

    def recentre(self) -> None:
        """Put the spread into the middle and follow it again."""
        self._abandon("The ladder was recentred: nothing was sent")
        self.presenter.recentre()
        self._request()

    def regroup(self, change: int) -> None:
        """Go along 1, 2, 5, 10.. ticks a row: positive is coarser."""
        self._abandon("The grouping changed: nothing was sent")
        self.presenter.regroup(change)
        self._save_groups()
        self._request()

    # what a click does

    def _carry_out(self, intent: Intent, instrument: InstrumentId, side: Side | None) -> None:
        match intent:
            case Refused(reason):
                self._say(reason)
            case PickPrice(price, because):
                if side is not None:
                    self._selection.side_picked.emit(side)
                self._selection.price_picked.emit(price)
                if because is not None:
                    self._say(because)
            case CancelOwn(keys):
                for key in keys:
                    self.context.tasks.start(self._cancel(key), "cancel order")
            case RestOrder():
                account = self.context.accounts.for_venue(instrument.venue)
                if account is not None:
                    offers = self.context.market.capabilities(instrument.venue)
                    request = order_request(intent, instrument.symbol, offers)
                    self.context.tasks.start(self._submit(account.label, request), "place order")

    async def _submit(self, account: str, request: OrderRequest) -> None:
        try:
            placed = await self.context.desk.submit(account, request)
        except RiskDenied as denied:
            self._say(f"Not sent: {denied.breaches[0].rule}" if denied.breaches else "Not sent")
            return
        if placed.order.status.is_final and placed.order.reason:
            self._say(f"{placed.order.status.value.capitalize()}: {placed.order.reason}")
        self._request()

    async def _cancel(self, key: str) -> None:
        await self.context.desk.cancel(key)
        self._request()

    def _say(self, text: str) -> None:
        self._message = (text, self._clock() + MESSAGE_MS)
        self._request()

    # appearance

    def _on_theme(self) -> None:
        self.toolbar.restyle()
        self.canvas.repaint_all()
        for part in (self.header, self.footer):
            part.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._abandon("The window lost the focus: nothing was sent")
