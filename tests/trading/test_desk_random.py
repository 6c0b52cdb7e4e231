"""A random session with faults on every call: in the end the desk knows what the venue knows, and nothing twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import Order, OrderRequest, OrderStatus
from terminal.domain.failures import (
    ClockSkew,
    DuplicateOrder,
    InvalidOrder,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
)
from tests.trading.conftest import ACCOUNT, Bench, BenchMaker, FakeConnector

S = OrderStatus
OPERATIONS = 80
WITHDRAWN = "cancelled before it was sent"


class Session:
    """Draws operations; every report may be told at once, late, twice or never."""

    def __init__(self, bench: Bench, buy: OrderRequest, source: random.Random) -> None:
        self.bench = bench
        self.venue: FakeConnector = bench.connector
        self.buy = buy
        self.source = source
        self.told: list[Any] = []
        self.number = 0
        self.sends: list[asyncio.Future[Any]] = []

    def tell(self, event: Any) -> None:
        for _ in range(self.source.choice((0, 1, 1, 1, 2))):
            self.bench.desk.on_event(event)
        self.told.append(event)

    def step(self) -> None:
        draw = self.source.choices(
            (self.submit, self.cancel, self.fill, self.repeat, self.reconcile), weights=(5, 3, 5, 3, 1)
        )
        draw[0]()

    def submit(self) -> None:
        self.number += 1
        self.venue.on("place_order", self.source.choice((self.accept, self.accept_then_fail, self.refuse, self.lose)))
        request = replace(self.buy, price=Decimal(9_000 + self.number) / 100)
        self.sends.append(asyncio.ensure_future(self.bench.desk.submit(ACCOUNT, request)))

    async def accept(self, request: OrderRequest) -> Order:
        order = self.venue.take(request)
        self.tell(order)
        return order

    async def accept_then_fail(self, request: OrderRequest) -> Order:
        self.tell(self.venue.take(request))
        raise self.source.choice((OutcomeUnknown("timed out"), DuplicateOrder("taken")))

    async def refuse(self, request: OrderRequest) -> Order:
        raise self.source.choice((InvalidOrder("no"), RateLimited("slow"), VenueUnavailable("resting")))

    async def lose(self, request: OrderRequest) -> Order:
        raise OutcomeUnknown("timed out")

    def cancel(self) -> None:
        working = self.bench.desk.working()
        if working:
            how: tuple[Callable[[Order], Awaitable[Any]], ...] = (self.take_cancel, self.take_cancel_and_fail)
            faults = (RateLimited("slow", retry_after=0.001), ClockSkew("off"), OutcomeUnknown("timed out"))
            self.venue.on("cancel_order", self.source.choice((*how, *faults)))
            key = self.source.choice(working).key
            self.sends.append(asyncio.ensure_future(self.bench.desk.cancel(key)))

    async def take_cancel(self, order: Order) -> Order:
        known = self.venue.known(order)
        if known.status.is_working:
            assert known.order_id is not None
            self.tell(self.venue.change(known.order_id, S.CANCELED))
        return replace(known, status=S.OPEN)

    async def take_cancel_and_fail(self, order: Order) -> Order:
        await self.take_cancel(order)
        raise OutcomeUnknown("HTTP 500")

    def fill(self) -> None:
        working = [order for order in self.venue.book.values() if order.status.is_working]
        if working:
            order = self.source.choice(working)
            assert order.order_id is not None
            assert order.quantity is not None
            filled = order.filled_quantity + Decimal("0.5")
            done = filled >= order.quantity
            fill = self.venue.fill(order.order_id, f"t{len(self.venue.trades_done)}", "0.5", is_maker=True)
            self.venue.trades_done.append(replace(fill, fee=Decimal("0.01"), fee_asset="BTC"))
            report = self.venue.change(order.order_id, S.FILLED if done else S.PARTIALLY_FILLED, str(filled))
            for event in self.source.sample([fill, report], 2):
                self.tell(event)

    def repeat(self) -> None:
        if self.told:
            self.bench.desk.on_event(self.source.choice(self.told))

    def reconcile(self) -> None:
        self.sends.append(asyncio.ensure_future(self.bench.desk.reconcile(ACCOUNT)))


@pytest.mark.parametrize("seed", range(12))
async def test_desk_and_venue_agree_after_any_session(make_bench: BenchMaker, buy: OrderRequest, seed: int) -> None:
    source = random.Random(seed)
    bench = await make_bench()
    session = Session(bench, buy, source)
    for _ in range(OPERATIONS):
        session.step()
        for _ in range(source.randrange(4)):
            await asyncio.sleep(0.001)
    await asyncio.gather(*session.sends)
    bench.connector.script.clear()
    await bench.until(lambda: not any(order.status is S.UNKNOWN for order in bench.desk.working()))
    await bench.desk.reconcile(ACCOUNT)
    await bench.until(lambda: differences(bench) == [])

    withdrawn = [order for order in bench.desk.history(10_000) if order.order.reason == WITHDRAWN]
    assert bench.connector.count("place_order") == session.number - len(withdrawn)
    assert len(bench.desk.fills(10_000)) == len(bench.connector.trades_done)
    await bench.desk.close()
    again = await make_bench(connector=bench.connector, start=False)
    again.connector.on("balances", asyncio.Event().wait)
    await again.desk.start()
    assert summary(again) == summary(bench)


def differences(bench: Bench) -> list[str]:
    """Return where desk and venue disagree: an order the venue does not have must have been refused."""
    truth = {order.client_order_id: order for order in bench.connector.book.values()}
    found = []
    for known in [*bench.desk.working(), *bench.desk.history(10_000)]:
        order = truth.pop(known.key, None)
        if order is None:
            if known.status is not S.REJECTED and known.order.reason != WITHDRAWN:
                found.append(f"the venue has no {known}")
        elif (known.status, known.order.filled_quantity) != (order.status, order.filled_quantity):
            state = f"{known.status} {known.order.filled_quantity}"
            found.append(f"{known.key} {state} is {order.status} {order.filled_quantity}")
    return found + [f"unknown to the desk: {order}" for order in truth.values()]


def summary(bench: Bench) -> dict[str, tuple[OrderStatus, Decimal]]:
    orders = [*bench.desk.working(), *bench.desk.history(10_000)]
    return {order.key: (order.status, order.order.filled_quantity) for order in orders}
