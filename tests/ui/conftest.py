"""A panel context over a real hub and stand-ins for venues, desk and portfolio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from terminal.connectors.contract import ConnectorHealth
from terminal.domain import (
    Instrument,
    InstrumentId,
    StreamState,
    StreamStatus,
    Ticker,
    VenueInfo,
)
from terminal.market.hub import MarketHub
from terminal.market.topics import Changed, Topic
from terminal.trading.activity import ActivityLog
from terminal.trading.desk_order import JournalState
from terminal.trading.topics import ChangedTopics, TradingTopic
from terminal.ui.frame_clock import FrameClock
from terminal.ui.panel import PanelContext, Selection
from terminal.ui.tasks import Tasks
from terminal.ui.theme import Theme

START = 1_795_257_727_314
"""21 Nov 2026 10:42:07.314 UTC."""


class FakeClock:
    """A clock that tests set."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass
class FakeWatch:
    watched: tuple[Topic, InstrumentId, str]
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


class FakeMarket:
    """The face of MarketData over a real hub; venues and instruments are added by hand."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.hub = MarketHub(clock)
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.healths: dict[str, ConnectorHealth] = {}
        self.infos: dict[str, VenueInfo] = {}
        self.environments: dict[str, str] = {}
        self.sparks: dict[InstrumentId, Sequence[Decimal]] = {}
        self.watches: list[FakeWatch] = []
        self.problems: dict[str, str] = {}

    def add_venue(self, info: VenueInfo, environment: str = "simulated") -> None:
        self.infos[info.venue] = info
        self.environments[info.venue] = environment
        self.healths[info.venue] = ConnectorHealth(latency_ms=41)

    def add_instrument(self, venue: str, base: str, quote: str, tick: str = "0.01") -> InstrumentId:
        instrument = Instrument(
            venue=venue,
            symbol=base + quote,
            base=base,
            quote=quote,
            tick_size=Decimal(tick),
            lot_size=Decimal("0.00001"),
        )
        self.instruments[instrument.id] = instrument
        self.hub.mark(Changed(Topic.INSTRUMENTS))
        return instrument.id

    def set_stream(self, venue: str, state: StreamState, reason: str | None = None) -> None:
        self.hub.on_event(StreamStatus(venue=venue, stream="market", state=state, reason=reason, time=self.clock()))

    def set_quote(self, instrument: InstrumentId, **values: str) -> None:
        numbers: dict[str, Any] = {name: Decimal(value) for name, value in values.items()}
        self.hub.on_event(Ticker(venue=instrument.venue, symbol=instrument.symbol, **numbers))

    @property
    def venues(self) -> tuple[str, ...]:
        return tuple(self.infos)

    def venue_info(self, venue: str) -> VenueInfo:
        return self.infos[venue]

    def venue_name(self, venue: str, *, short: bool = False) -> str:
        return self.infos[venue].short_name if short else self.infos[venue].name

    def venue_code(self, venue: str) -> str:
        return self.infos[venue].code

    def environment(self, venue: str) -> str:
        return self.environments[venue]

    def health(self, venue: str) -> ConnectorHealth:
        return self.healths[venue]

    def watch(self, topic: Topic, instrument: InstrumentId, interval: str = "") -> FakeWatch:
        watch = FakeWatch((topic, instrument, interval))
        self.watches.append(watch)
        return watch

    def sparkline(self, instrument: InstrumentId) -> Sequence[Decimal]:
        return self.sparks.get(instrument, ())


@dataclass
class FakeAccounts:
    accounts: tuple[Any, ...] = ()

    def for_venue(self, venue: str) -> Any:
        return next((account for account in self.accounts if account.venue == venue), None)

    def on_venue(self, venue: str) -> tuple[Any, ...]:
        return tuple(account for account in self.accounts if account.venue == venue)

    def get(self, label: str) -> Any:
        return next((account for account in self.accounts if account.label == label), None)


@dataclass
class FakeArming:
    changed: ChangedTopics
    armed: set[str] = field(default_factory=set)
    last_reason: str | None = "disarmed at start"
    inputs: int = 0

    @property
    def any_armed(self) -> bool:
        return bool(self.armed)

    def is_armed(self, account: str) -> bool:
        return account in self.armed

    def arm(self, account: str) -> bool:
        self.armed.add(account)
        self.changed.mark(TradingTopic.ARMING)
        return True

    def disarm_all(self, reason: str) -> None:
        self.armed.clear()
        self.last_reason = reason
        self.changed.mark(TradingTopic.ARMING)

    def note_input(self) -> None:
        self.inputs += 1

    def layout_switched(self) -> None:
        self.disarm_all("the layout was switched")


@dataclass
class FakePortfolio:
    equity: Decimal | None = Decimal("145330.09")
    problem: str | None = None

    def polled(self, account: str) -> int | None:
        return None

    def total(self, in_currency: str = "USDT") -> Decimal | None:
        return self.equity

    def unvalued(self, in_currency: str = "USDT") -> list[str]:
        return []


@dataclass
class FakeDesk:
    changed: ChangedTopics
    journal_state: JournalState = field(default_factory=JournalState)
    orders: list[Any] = field(default_factory=list)
    cancels: list[dict[str, Any]] = field(default_factory=list)

    def working(self) -> list[Any]:
        return self.orders

    def unreliable(self, account: str) -> str | None:
        return None

    def fee_rates(self, account: str, symbol: str) -> Any:
        return None

    def fills(self, limit: int = 500) -> list[Any]:
        return []

    async def cancel_all(self, **chosen: Any) -> list[Any]:
        self.cancels.append(chosen)
        return list(self.orders)

    def take_changed(self) -> set[TradingTopic]:
        return self.changed.take()


VENUES = (
    VenueInfo(venue="hashkey-mena", name="HashKey MENA", short_name="HK MENA", code="HKM"),
    VenueInfo(venue="hashkey-global", name="HashKey Global", short_name="HK Global", code="HKG"),
    VenueInfo(venue="cryptocom", name="Crypto.com", short_name="Crypto.com", code="CDC"),
    VenueInfo(venue="hoo", name="Hoo", short_name="Hoo", code="HOO"),
    VenueInfo(venue="hashgreen", name="Hashgreen", short_name="Hashgreen", code="HG"),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    """One live venue with BTC/USDT quoted."""
    market = FakeMarket(clock)
    market.add_venue(VENUES[0])
    market.set_stream("hashkey-mena", StreamState.LIVE)
    btc = market.add_instrument("hashkey-mena", "BTC", "USDT")
    market.set_quote(btc, last="86959.21", bid="86958.90", ask="86960.38", change="0.0076")
    market.set_quote(btc, last="86960.43", high="88009.74", low="86211.14", base_volume="11271.1")
    return market


@pytest.fixture
def add_venue(market: FakeMarket) -> Callable[[int], str]:
    """Add the venue of a number (1 to 4) to the market, live."""

    def add(number: int) -> str:
        info = VENUES[number]
        market.add_venue(info)
        market.set_stream(info.venue, StreamState.LIVE)
        return info.venue

    return add


@pytest.fixture
def context(market: FakeMarket, clock: FakeClock, theme: Theme) -> PanelContext:
    """A context whose frame clock is run by hand, with BTC/USDT selected and one account."""
    return build_context(market, clock, theme)


def build_context(market: FakeMarket, clock: FakeClock, theme: Theme) -> PanelContext:
    changed = ChangedTopics()
    desk = FakeDesk(changed)
    account = SimpleNamespace(
        label="hashkey-mena", venue="hashkey-mena", environment="simulated", can_trade=True, name="main"
    )
    frame_clock = FrameClock(clock)
    frame_clock.add_source(market.hub)
    frame_clock.add_source(desk)
    parts: dict[str, Any] = {
        "market": market,
        "desk": desk,
        "portfolio": FakePortfolio(),
        "arming": FakeArming(changed),
        "accounts": FakeAccounts((account,)),
        "activity": ActivityLog(clock=clock, changed=changed),
    }
    return PanelContext(
        theme=theme,
        frame_clock=frame_clock,
        tasks=Tasks(),
        selection=Selection(InstrumentId("hashkey-mena", "BTCUSDT")),
        **parts,
    )
