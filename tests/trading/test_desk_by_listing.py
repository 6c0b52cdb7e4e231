"""A venue without client order ids: a lost answer is found by listing, or stays unknown where nothing tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import Capabilities, Order, OrderRequest, OrderStatus, OrderType, Side
from terminal.domain.failures import NotSupported, OutcomeUnknown, VenueUnavailable
from terminal.trading.settling import MATCHED
from tests.trading.conftest import ACCOUNT, FAST, SYMBOL, Bench, BenchMaker, FakeConnector

S = OrderStatus
SLOW_LISTS = replace(FAST, unlisted_after_ms=60)


@dataclass
class Nameless(FakeConnector):
    """A venue that knows orders by its own ids alone."""

    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(methods=frozenset({"cancel_all"}), tells_maker=False)
    )
    clock: Callable[[], int] = lambda: 0
    hidden: set[str] = field(default_factory=set)

    def take(self, request: OrderRequest, status: OrderStatus = OrderStatus.OPEN) -> Order:
        assert request.client_order_id is None
        order = super().take(request, status)
        assert order.order_id is not None
        stamped = replace(order, created=self.clock(), quote_amount=request.quote_amount)
        self.book[order.order_id] = stamped
        return stamped

    async def order(self, order: Order) -> Order:
        if order.order_id is None:
            raise NotSupported("known by the venue's own id alone")
        return await super().order(order)

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        return [row for row in await super().open_orders(symbol) if row.order_id not in self.hidden]


@pytest.fixture
async def bench(make_bench: BenchMaker) -> Bench:
    made = await make_bench(connector=Nameless(), timing=SLOW_LISTS)
    venue_of(made).clock = made.clock
    return made


def venue_of(bench: Bench) -> Nameless:
    assert isinstance(bench.connector, Nameless)
    return bench.connector


def losing(bench: Bench, *, arrives: bool = True) -> Callable[..., Any]:
    """Return a call whose answer is lost after the venue took the order, or before."""

    async def place(request: OrderRequest) -> Order:
        if arrives:
            bench.connector.take(request)
        raise OutcomeUnknown("no answer in time")

    return place


def status(bench: Bench, key: str) -> OrderStatus:
    order = bench.desk.order(key)
    assert order is not None
    return order.status


async def test_a_lost_answer_is_matched_by_listing_and_says_so(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", losing(bench))
    order = await bench.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN
    await bench.until(lambda: status(bench, order.key) is S.OPEN)
    found = bench.desk.order(order.key)
    assert found is not None
    assert (found.order.order_id, found.order.reason) == ("1", MATCHED)
    assert len(bench.connector.book) == 1
    assert bench.connector.count("place_order") == 1


async def test_a_market_buy_is_matched_by_its_total(bench: Bench) -> None:
    other = OrderRequest(symbol=SYMBOL, side=Side.BUY, type=OrderType.MARKET, quote_amount=Decimal(70))
    venue_of(bench).take(other, S.FILLED)
    bench.connector.on("place_order", losing(bench))
    order = await bench.desk.submit(ACCOUNT, replace(other, quote_amount=Decimal(50)))
    await bench.until(lambda: status(bench, order.key) is S.OPEN)
    found = bench.desk.order(order.key)
    assert found is not None
    assert found.order.order_id == "2"


async def test_an_order_with_two_candidates_stays_unknown_and_names_them(bench: Bench, buy: OrderRequest) -> None:
    async def place(request: OrderRequest) -> Order:
        bench.connector.take(request)
        bench.connector.take(request)  # somebody else's, with the very same terms
        raise OutcomeUnknown("no answer in time")

    bench.connector.on("place_order", place)
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: "2 orders at the venue could be this one (1, 2)" in progress(bench, order.key))
    assert status(bench, order.key) is S.UNKNOWN


def progress(bench: Bench, key: str) -> str:
    order = bench.desk.order(key)
    assert order is not None
    return order.progress or ""


async def test_two_of_ours_with_the_same_terms_are_not_mixed_up(bench: Bench, buy: OrderRequest) -> None:
    """One arrived and one did not; the list has one row, and nothing tells whose it is."""
    bench.connector.on("place_order", losing(bench), losing(bench, arrives=False))
    first, second = await asyncio.gather(
        bench.desk.submit(ACCOUNT, buy), bench.desk.submit(ACCOUNT, buy, allow=frozenset({"duplicate"}))
    )
    await bench.until(lambda: "no answer yet" in progress(bench, first.key) + progress(bench, second.key))
    assert {status(bench, first.key), status(bench, second.key)} == {S.UNKNOWN}


async def test_an_order_that_no_list_has_never_arrived(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", losing(bench, arrives=False))
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: status(bench, order.key) is S.REJECTED)
    found = bench.desk.order(order.key)
    assert found is not None
    assert (found.order.reason or "").startswith("never reached the venue")
    assert bench.connector.count("open_orders") >= 3


async def test_a_list_that_fails_concludes_nothing(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", losing(bench))
    bench.connector.on("order_history", *[VenueUnavailable("away")] * 8)
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: status(bench, order.key) is S.OPEN)


async def test_a_list_that_comes_late_brings_the_order_back(bench: Bench, buy: OrderRequest) -> None:
    venue = venue_of(bench)
    venue.hidden.add("1")
    venue.on("place_order", losing(bench))
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: status(bench, order.key) is S.REJECTED)
    venue.hidden.clear()
    venue.sink(venue.book["1"])
    await bench.until(lambda: status(bench, order.key) is S.OPEN)
    assert [one.key for one in bench.desk.working()] == [order.key]


async def test_a_polled_order_that_comes_before_its_answer_is_ours(bench: Bench, buy: OrderRequest) -> None:
    """The list tells of it while its own answer is still on the way, or lost."""

    async def place(request: OrderRequest) -> Order:
        bench.connector.sink(bench.connector.take(request))
        raise OutcomeUnknown("no answer in time")

    bench.connector.on("place_order", place)
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: status(bench, order.key) is S.OPEN)
    assert [one.key for one in bench.desk.working()] == [order.key]


async def test_fills_that_do_not_tell_the_maker_are_not_asked_for_again(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    asked = bench.connector.count("fills")
    bench.connector.sink(bench.connector.fill("1", "t1", "1", fee=Decimal("0.001"), fee_asset="BTC"))
    bench.connector.sink(bench.connector.change("1", S.FILLED, "1"))
    await bench.until(lambda: status(bench, order.key) is S.FILLED)
    assert not bench.desk._reconciler.lacks_fills(ACCOUNT, order.key)
    assert bench.connector.count("fills") == asked
