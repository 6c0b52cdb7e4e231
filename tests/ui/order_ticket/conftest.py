"""A ticket over a real hub and the real pre-trade rules; the desk answers as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from terminal.domain import (
    BookSnapshot,
    Capabilities,
    FeeRates,
    Instrument,
    InstrumentId,
    Order,
    OrderLimits,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    StreamState,
    StreamStatus,
    Ticker,
    TimeInForce,
)
from terminal.market.hub import MarketHub
from terminal.trading.desk_order import DeskOrder
from terminal.trading.live_market import LiveMarket
from terminal.trading.risk import RecentOrder, RiskBreach, RiskDenied, RiskLimits, Situation, check_order
from terminal.trading.topics import TradingTopic
from terminal.ui.frame_clock import FrameClock
from terminal.ui.order_ticket.presenter import TicketPresenter
from terminal.ui.order_ticket.widget import TicketPanel
from terminal.ui.panel import PanelContext, Selection
from terminal.ui.theme import Theme

NOW = 1_795_257_727_314
"""21 Nov 2026 10:42:07.314 UTC."""

VENUE = "hashkey-mena"
ACCOUNT = "hashkey-mena/main"
BTC = InstrumentId(VENUE, "BTCUSDT")
ETH = InstrumentId(VENUE, "ETHUSDT")

FULL = Capabilities(
    methods=frozenset({"fee_rates"}),
    order_types=(OrderType.LIMIT, OrderType.MARKET, OrderType.LIMIT_MAKER),
    times_in_force=(TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
    times_in_force_by_type={
        OrderType.LIMIT: (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
        OrderType.LIMIT_MAKER: (TimeInForce.GTC,),
        OrderType.MARKET: (TimeInForce.IOC,),
    },
    self_trade_prevention=(SelfTradePrevention.EXPIRE_TAKER, SelfTradePrevention.EXPIRE_MAKER),
    market_quote_amount=True,
    client_order_ids=True,
)


def instrument(base: str, tick: str, lot: str, **more: Any) -> Instrument:
    rules: dict[str, Any] = {
        "min_quantity": Decimal(lot),
        "max_quantity": Decimal(100_000),
        "min_notional": Decimal(5),
        "max_notional": Decimal(5_000_000),
        "quote_step": Decimal("0.00000001"),
        "market_limits": OrderLimits(
            min_quantity=Decimal(lot),
            max_quantity=Decimal(50),
            min_notional=Decimal(5),
            max_notional=Decimal(2_500_000),
        ),
    }
    return Instrument(
        venue=VENUE,
        symbol=f"{base}USDT",
        base=base,
        quote="USDT",
        tick_size=Decimal(tick),
        lot_size=Decimal(lot),
        **{**rules, **more},
    )


def snapshot(id: InstrumentId, bids: dict[str, str], asks: dict[str, str]) -> BookSnapshot:
    def levels(side: dict[str, str]) -> tuple[tuple[Decimal, Decimal], ...]:
        return tuple((Decimal(price), Decimal(quantity)) for price, quantity in side.items())

    return BookSnapshot(venue=id.venue, symbol=id.symbol, bids=levels(bids), asks=levels(asks), time=NOW)


@dataclass
class Watched:
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


class Market:
    """The face of MarketData over a real hub."""

    def __init__(self) -> None:
        self.now = NOW
        self.hub = MarketHub(self.clock)
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.offers = FULL
        self.watched: list[Watched] = []

    def clock(self) -> int:
        return self.now

    def instrument(self, id: InstrumentId) -> Instrument | None:
        return self.instruments.get(id)

    def capabilities(self, venue: str) -> Capabilities:
        return self.offers

    def venue_name(self, venue: str, *, short: bool = False) -> str:
        return "HK MENA" if short else "HashKey MENA"

    def environment(self, venue: str) -> str:
        return "simulated"

    def watch(self, *_: object) -> Watched:
        self.watched.append(Watched())
        return self.watched[-1]

    def add(self, rules: Instrument) -> None:
        self.instruments[rules.id] = rules

    def set_stream(self, state: StreamState, reason: str | None = None) -> None:
        self.hub.on_event(StreamStatus(venue=VENUE, stream="market", state=state, reason=reason, time=self.now))

    def set_book(self, id: InstrumentId, bids: dict[str, str], asks: dict[str, str]) -> None:
        self.hub.on_event(snapshot(id, bids, asks))

    def set_last(self, id: InstrumentId, last: str) -> None:
        self.hub.on_event(Ticker(venue=id.venue, symbol=id.symbol, last=Decimal(last)))


class Portfolio:
    def __init__(self) -> None:
        self.amounts: dict[str, Decimal] | None = {"USDT": Decimal("41381.06"), "BTC": Decimal("0.45910")}

    def free(self, account: str, asset: str) -> Decimal | None:
        return None if self.amounts is None else self.amounts.get(asset, Decimal(0))

    def value(self, asset: str, amount: Decimal, in_currency: str = "USDT") -> Decimal | None:
        return amount if asset == in_currency else None


class Arming:
    def __init__(self) -> None:
        self.armed: set[str] = set()

    def is_armed(self, account: str) -> bool:
        return account in self.armed


class Accounts:
    def __init__(self) -> None:
        self.account: Any = SimpleNamespace(
            label=ACCOUNT, venue=VENUE, environment="simulated", can_trade=True, name="main"
        )

        self.others: tuple[Any, ...] = ()

    def for_venue(self, venue: str) -> Any:
        return self.account

    def on_venue(self, venue: str) -> tuple[Any, ...]:
        return tuple(
            sorted(
                (each for each in (self.account, *self.others) if each is not None), key=lambda account: account.label
            )
        )

    def add_sub(self) -> None:
        self.others = (
            SimpleNamespace(label="hashkey-mena/sub", venue=VENUE, environment="simulated", can_trade=True, name="sub"),
        )

    def choose(self, label: str) -> None:
        known = self.on_venue(VENUE)
        self.account = next(account for account in known if account.label == label)
        self.others = tuple(account for account in known if account is not self.account)


class Gate:
    """Awaited, it holds its coroutine back until it is open."""

    def __init__(self) -> None:
        self.is_open = False

    def __await__(self) -> Generator[None, None, None]:
        while not self.is_open:
            yield


@dataclass
class Desk:
    """Checks by the real rules; `answer` is the order's state after it was sent, held back until `gate` is open."""

    market: Market
    portfolio: Portfolio
    accounts: Accounts
    fees: FeeRates | None = field(
        default_factory=lambda: FeeRates(
            symbol="BTCUSDT", maker=Decimal(0), taker=Decimal("0.001"), buy_fee_asset="USDT"
        )
    )
    limits: RiskLimits = field(default_factory=RiskLimits)
    sent: list[tuple[str, OrderRequest, frozenset[str]]] = field(default_factory=list)
    recent: list[RecentOrder] = field(default_factory=list)
    orders: dict[str, DeskOrder] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=lambda: {"status": OrderStatus.OPEN})
    denies: list[RiskBreach] = field(default_factory=list)
    error: Exception | None = None
    gate: Gate | None = None

    def check(self, account: str, request: OrderRequest) -> list[RiskBreach]:
        id = InstrumentId(VENUE, request.symbol)
        rules = self.market.instrument(id)
        free = self.portfolio.free
        return check_order(
            request,
            Situation(
                instrument=rules,
                now=self.market.now,
                limits=self.limits,
                prices=LiveMarket(self.market).prices(id, request),  # type: ignore[arg-type] # a stand-in
                can_trade=self.accounts.account.can_trade,
                free_base=free(account, rules.base) if rules else None,
                free_quote=free(account, rules.quote) if rules else None,
                fees=self.fees,
                recent=self.recent,
            ),
        )

    async def submit(self, account: str, request: OrderRequest, *, allow: frozenset[str] = frozenset()) -> DeskOrder:
        denied = [b for b in (*self.denies, *self.check(account, request)) if b.hard or b.code not in allow]
        if denied:
            raise RiskDenied(denied)
        self.sent.append((account, request, allow))
        self.recent.append(RecentOrder(time=self.market.now, request=request))
        if self.gate is not None:
            await self.gate
        if self.error is not None:
            raise self.error
        key = f"key-{len(self.sent)}"
        order = Order(
            venue=VENUE, symbol=request.symbol, side=request.side, type=request.type, price=request.price,
            quantity=request.quantity, **self.answer,
        )  # fmt: skip
        self.orders[key] = DeskOrder(key=key, order=order, account=account, submitted=NOW, changed=NOW)
        return self.orders[key]

    def report(self, key: str, **changes: Any) -> None:
        """The venue says something new of an order."""
        held = self.orders[key]
        self.orders[key] = replace(held, order=replace(held.order, **changes))

    def order(self, key: str) -> DeskOrder | None:
        return self.orders.get(key)

    def fee_rates(self, account: str, symbol: str) -> FeeRates | None:
        return self.fees

    def take_changed(self) -> set[TradingTopic]:
        return {TradingTopic.ORDERS}


class Tasks:
    """Runs what is started when a test says so; the desk stand-in needs no loop but its gate does."""

    def __init__(self) -> None:
        self.started: list[Any] = []

    def start(self, work: Any, name: str) -> None:
        self.started.append(work)

    def run(self) -> None:
        """Let all started work go on until it waits or ends."""
        for work in list(self.started):
            try:
                work.send(None)
            except StopIteration:
                self.started.remove(work)

    def close(self) -> None:
        for work in self.started:
            work.close()


@dataclass
class World:
    """Everything around a ticket."""

    market: Market
    portfolio: Portfolio
    arming: Arming
    accounts: Accounts
    desk: Desk
    tasks: Tasks

    def parts(self) -> dict[str, Any]:
        return {
            "market": self.market,
            "desk": self.desk,
            "portfolio": self.portfolio,
            "arming": self.arming,
            "accounts": self.accounts,
        }

    def arm(self) -> None:
        self.arming.armed.add(ACCOUNT)


@pytest.fixture
def world() -> Iterable[World]:
    """HashKey MENA with a live BTC/USDT book and a quiet ETH/USDT one."""
    market, portfolio, accounts = Market(), Portfolio(), Accounts()
    market.add(instrument("BTC", "0.01", "0.00001"))
    market.add(instrument("ETH", "0.01", "0.0001"))
    market.set_stream(StreamState.LIVE)
    market.set_book(
        BTC,
        bids={"86960.21": "0.40612", "86959.80": "0.75530", "86957.00": "5.0"},
        asks={"86960.43": "0.20000", "86961.10": "0.48350", "86990.00": "8.0"},
    )
    market.set_book(ETH, bids={"2845.21": "3.0"}, asks={"2845.30": "4.0"})
    market.set_last(BTC, "86960.43")
    market.set_last(ETH, "2845.30")
    tasks = Tasks()
    yield World(market, portfolio, Arming(), accounts, Desk(market, portfolio, accounts), tasks)
    tasks.close()


@pytest.fixture
def presenter(world: World) -> TicketPresenter:
    """A presenter turned to BTC/USDT."""
    presenter = TicketPresenter(**world.parts())
    presenter.set_instrument(BTC)
    return presenter


@pytest.fixture
def make_panel(world: World, theme: Theme, qtbot: Any) -> Callable[..., TicketPanel]:
    """Make a shown ticket panel of a size in px."""

    def make(width: int = 300, height: int = 570) -> TicketPanel:
        parts = world.parts()
        context = PanelContext(
            theme=theme,
            activity=SimpleNamespace(),  # type: ignore[arg-type] # the ticket logs nothing itself
            frame_clock=FrameClock(world.market.clock),
            tasks=world.tasks,  # type: ignore[arg-type] # a stand-in
            selection=Selection(BTC),
            **parts,
        )
        panel = TicketPanel(context)
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        panel.start()
        panel.render_now()
        return panel

    return make


@pytest.fixture
def panel(make_panel: Callable[..., TicketPanel]) -> TicketPanel:
    return make_panel()


@pytest.fixture
def gate(world: World) -> Gate:
    """Holds the desk's answer back until a test opens it."""
    world.desk.gate = Gate()
    return world.desk.gate
