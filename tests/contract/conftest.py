"""Every venue's simulator in a process of its own, one connector a test, and the simulator's own ledger."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import httpx
import pytest

from terminal.connectors import Credentials, Endpoints, open_connector, rate_budget
from terminal.connectors.contract import Connector, Event
from terminal.connectors.rate_limiter import RateLimiter
from terminal.domain import BookDelta, BookSnapshot, Instrument, OrderRequest, Side, StreamState, StreamStatus

T = TypeVar("T")

VENUES = ("hashkey-mena", "hashkey-global", "cryptocom")
"""The venues that have a connector; each runs through the whole suite."""


class Until(Protocol):
    async def __call__(self, condition: Callable[[], object], within: float = 10.0) -> None: ...


@pytest.fixture
def until() -> Until:
    """Wait until a condition holds; fail after `within` seconds."""

    async def wait(condition: Callable[[], object], within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.01)

    return wait


@dataclass(frozen=True)
class Simulated:
    """One simulated venue and how to reach it."""

    venue: str
    rest: str
    stream: str
    private_stream: str
    key: str
    secret: str
    admin: str
    sub_key: str
    sub_secret: str
    sub_account: str

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(rest=self.rest, stream=self.stream, private_stream=self.private_stream)

    @property
    def credentials(self) -> Credentials:
        return Credentials(key=self.key, secret=self.secret)

    @property
    def sub_credentials(self) -> Credentials:
        return Credentials(key=self.sub_key, secret=self.sub_secret)

    def ledger(self) -> dict[str, Any]:
        """What really happened at the venue."""
        found: dict[str, Any] = httpx.get(f"{self.admin}/ledger", timeout=5, trust_env=False).json()
        return found

    def orders(self, request: OrderRequest) -> list[dict[str, Any]]:
        """The venue's own orders that a request made: by its client order id where it has one, else by its terms,
        which the suite's requests share with no other."""
        if request.client_order_id is not None:
            found = [row for row in self.ledger()["orders"] if row["client_order_id"] == request.client_order_id]
        else:
            found = [row for row in self.ledger()["orders"] if _terms(row) == _asked(request)]
        return found

    def fault(self, **rule: object) -> None:
        """Switch a fault on."""
        httpx.post(f"{self.admin}/faults", json=rule, timeout=5, trust_env=False).raise_for_status()

    def clear_faults(self) -> None:
        httpx.delete(f"{self.admin}/faults", timeout=5, trust_env=False).raise_for_status()


def _terms(row: dict[str, Any]) -> tuple[object, ...]:
    amounts = (row[name] and Decimal(row[name]) for name in ("price", "quantity", "quote_amount"))
    return row["symbol"], row["side"], *amounts


def _asked(request: OrderRequest) -> tuple[object, ...]:
    return request.symbol, request.side.value, request.price, request.quantity, request.quote_amount


@contextmanager
def simulator(venue: str, *options: str) -> Iterator[tuple[Simulated, subprocess.Popen[bytes]]]:
    """Run one venue's simulator in a process of its own."""
    command = [sys.executable, "-m", "terminal.simulator", "--venue", venue, "--seed", "1", "--json", *options]
    with subprocess.Popen([*command, "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())[venue]
        fields = ("rest", "stream", "private_stream", "key", "secret", "admin", "sub_key", "sub_secret", "sub_account")
        yield Simulated(venue=venue, **{name: started.get(name, "") for name in fields}), process
        process.terminate()


@pytest.fixture
def start_simulator() -> Callable[..., AbstractContextManager[tuple[Simulated, subprocess.Popen[bytes]]]]:
    """Return the maker of further simulators, for tests that kill them."""
    return simulator


@pytest.fixture(scope="session", params=VENUES)
def running(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    """The venue's simulator, up for the whole suite."""
    with simulator(request.param, "--port", "0") as (started, _):
        yield started


@pytest.fixture(scope="session")
def limits(running: Simulated) -> RateLimiter:
    """One budget for the whole suite, for the venue counts all of its calls."""
    return rate_budget(running.venue)


@pytest.fixture
def simulated(running: Simulated) -> Iterator[Simulated]:
    """The simulated venue without faults."""
    running.clear_faults()
    yield running
    running.clear_faults()


class Events(list[Event]):
    """What the connector told its sink."""

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self if isinstance(event, kind)]

    def books(self) -> list[BookSnapshot | BookDelta]:
        """Whole books and changes of them, as they came."""
        return [event for event in self if isinstance(event, BookSnapshot | BookDelta)]

    def states(self, *, private: bool) -> list[StreamState]:
        return [status.state for status in self.of(StreamStatus) if (status.account is not None) is private]


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def connector(simulated: Simulated, limits: RateLimiter, events: Events) -> AsyncIterator[Connector]:
    async with open_connector(
        simulated.venue,
        endpoints=simulated.endpoints,
        credentials=simulated.credentials,
        sink=events.append,
        limits=limits,
    ) as opened:
        yield opened


@pytest.fixture
async def instrument(connector: Connector) -> Instrument:
    """A busy instrument of the venue."""
    instruments = await connector.instruments()
    return next((one for one in instruments if one.base == "BTC"), instruments[0])


@pytest.fixture
async def far_below(connector: Connector, instrument: Instrument) -> Decimal:
    """A price at which a buy rests."""
    book = await connector.order_book(instrument.symbol, depth=5)
    return instrument.round_price(book.bids[0][0] * Decimal("0.93"), Side.BUY)
