"""The desk's batches: several orders or cancels as one act, and the truth about each of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from terminal.domain import Capabilities, Order, OrderRequest, OrderStatus
from terminal.domain.failures import Failure, InvalidOrder, OrderAlreadyClosed, OutcomeUnknown
from terminal.trading.desk import RiskDenied
from terminal.trading.risk import RiskLimits
from tests.trading.conftest import ACCOUNT, Bench, BenchMaker, FakeConnector

S = OrderStatus
BATCHING = Capabilities(
    methods=frozenset({"place_orders", "cancel_orders"}),
    batch_sizes={"place_orders": 3, "cancel_orders": 100},
    client_order_ids=True,
)


@pytest.fixture
async def batching(make_bench: BenchMaker) -> Bench:
    return await make_bench(connector=FakeConnector(capabilities=BATCHING))


def ladder(buy: OrderRequest, count: int) -> list[OrderRequest]:
    return [replace(buy, price=Decimal(100 - index)) for index in range(count)]


async def test_batch_goes_out_in_the_venues_batches_with_an_id_of_its_own_each(
    batching: Bench, buy: OrderRequest
) -> None:
    orders = await batching.desk.submit_batch(ACCOUNT, ladder(buy, 5))

    assert [order.status for order in orders] == [S.OPEN] * 5
    assert [order.order.price for order in orders] == [100, 99, 98, 97, 96]
    assert len({order.key for order in orders}) == 5
    assert batching.connector.count("place_orders") == 2  # 3 and 2
    assert batching.connector.count("place_order") == 0


async def test_every_order_of_a_batch_is_on_disk_before_the_first_is_sent(batching: Bench, buy: OrderRequest) -> None:
    on_disk: list[int] = []

    async def look(requests: Sequence[OrderRequest]) -> None:
        on_disk.append(len((await batching.journal.replay()).orders))

    batching.connector.script["place_orders"] = deque([look])
    await batching.desk.submit_batch(ACCOUNT, ladder(buy, 3))

    assert on_disk == [3]


async def test_venue_without_batches_gets_one_order_after_the_other(bench: Bench, buy: OrderRequest) -> None:
    orders = await bench.desk.submit_batch(ACCOUNT, ladder(buy, 3))

    assert [order.status for order in orders] == [S.OPEN] * 3
    assert bench.connector.count("place_order") == 3


async def test_partial_failure_refuses_only_the_orders_that_the_venue_refused(
    batching: Bench, buy: OrderRequest
) -> None:
    connector = batching.connector

    async def mixed(requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        return [connector.take(requests[0]), InvalidOrder("too small", field="quantity"), connector.take(requests[2])]

    connector.script["place_orders"] = deque([mixed])
    orders = await batching.desk.submit_batch(ACCOUNT, ladder(buy, 3))

    assert [order.status for order in orders] == [S.OPEN, S.REJECTED, S.OPEN]
    assert orders[1].order.reason == "too small"


async def test_lost_answer_leaves_every_order_of_the_batch_unknown_until_the_venue_tells(
    batching: Bench, buy: OrderRequest
) -> None:
    connector = batching.connector

    async def take_then_lose(requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        for request in requests[:2]:
            connector.take(request)
        raise OutcomeUnknown("timed out")

    connector.script["place_orders"] = deque([take_then_lose])
    orders = await batching.desk.submit_batch(ACCOUNT, ladder(buy, 3))

    assert {order.status for order in orders} <= {S.UNKNOWN, S.OPEN}
    keys = [order.key for order in orders]
    desk = batching.desk
    await batching.until(lambda: [order.status for key in keys if (order := desk.order(key))][:2] == [S.OPEN, S.OPEN])
    assert connector.count("place_orders") == 1


async def test_answers_in_another_order_are_given_to_no_order(batching: Bench, buy: OrderRequest) -> None:
    desk, connector = batching.desk, batching.connector

    async def shuffled(requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        first, second = connector.take(requests[0]), connector.take(requests[1])
        return [second, first, InvalidOrder("too small", field="quantity")]

    connector.script["place_orders"] = deque([shuffled])
    orders = await desk.submit_batch(ACCOUNT, ladder(buy, 3))

    # the refusal may have been another order's: only what the venue has under our ids counts
    assert S.REJECTED not in {order.status for order in orders}
    keys = [order.key for order in orders]
    await batching.until(lambda: [known.status for key in keys[:2] if (known := desk.order(key))] == [S.OPEN] * 2)
    for key in keys[:2]:
        known = desk.order(key)
        assert known is not None
        assert connector.book[known.order.order_id or ""].client_order_id == key
        assert connector.book[known.order.order_id or ""].price == known.order.price


async def test_answer_about_another_order_leaves_ours_unknown(batching: Bench, buy: OrderRequest) -> None:
    connector = batching.connector

    async def other(request: OrderRequest) -> Order:
        return replace(connector.take(request), client_order_id="OTHER")

    connector.script["place_order"] = deque([other])
    order = await batching.desk.submit(ACCOUNT, buy)

    assert order.status is S.UNKNOWN
    assert order.order.order_id is None
    await batching.until(lambda: (known := batching.desk.order(order.key)) is not None and known.status is S.OPEN)


async def test_query_answered_about_another_order_settles_nothing(batching: Bench, buy: OrderRequest) -> None:
    connector = batching.connector

    async def lost(request: OrderRequest) -> Order:
        connector.take(request)
        raise OutcomeUnknown("timed out")

    async def other(order: Order) -> Order:
        return replace(order, order_id="99", client_order_id="OTHER", status=S.CANCELED)

    connector.script["place_order"] = deque([lost])
    connector.script["order"] = deque([other])
    order = await batching.desk.submit(ACCOUNT, buy)

    await batching.until(lambda: (known := batching.desk.order(order.key)) is not None and known.status is S.OPEN)
    assert connector.count("order") >= 2


async def test_one_order_that_breaks_a_rule_refuses_the_whole_batch(batching: Bench, buy: OrderRequest) -> None:
    requests = [*ladder(buy, 2), replace(buy, price=Decimal("99.123456789"))]

    with pytest.raises(RiskDenied):
        await batching.desk.submit_batch(ACCOUNT, requests)

    assert batching.desk.working() == []
    assert batching.connector.count("place_orders") == 0


async def test_balance_is_checked_for_the_batch_as_a_whole(batching: Bench, buy: OrderRequest) -> None:
    requests = [replace(order, quantity=Decimal(40)) for order in ladder(buy, 3)]  # 4,000 each of 10,000

    found = batching.desk.check_batch(ACCOUNT, requests)

    assert [[breach.code for breach in breaches] for breaches in found] == [[], [], ["balance"]]
    assert all(batching.desk.check(ACCOUNT, request) == [] for request in requests)


async def test_open_orders_are_counted_through_the_batch(make_bench: BenchMaker, buy: OrderRequest) -> None:
    limits = RiskLimits(orders_per_second=None, max_open_orders=2)
    bench = await make_bench(connector=FakeConnector(capabilities=BATCHING), limits=limits)

    found = bench.desk.check_batch(ACCOUNT, ladder(buy, 3))

    assert [[breach.code for breach in breaches] for breaches in found] == [[], [], ["open_orders"]]


async def test_batch_counts_as_one_act_in_the_rate_of_orders(make_bench: BenchMaker, buy: OrderRequest) -> None:
    limits = RiskLimits(orders_per_second=2)
    bench = await make_bench(connector=FakeConnector(capabilities=BATCHING), limits=limits)

    await bench.desk.submit_batch(ACCOUNT, ladder(buy, 3))
    assert bench.desk.check(ACCOUNT, replace(buy, price=Decimal(90))) == []
    await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(90)))

    assert [breach.code for breach in bench.desk.check(ACCOUNT, replace(buy, price=Decimal(89)))] == ["rate"]


async def test_same_batch_again_at_once_is_asked_about(batching: Bench, buy: OrderRequest) -> None:
    await batching.desk.submit_batch(ACCOUNT, ladder(buy, 3))

    with pytest.raises(RiskDenied, match="same order"):
        await batching.desk.submit_batch(ACCOUNT, ladder(buy, 3))


async def test_batch_goes_on_when_the_caller_gives_up_waiting(batching: Bench, buy: OrderRequest) -> None:
    caller = asyncio.ensure_future(batching.desk.submit_batch(ACCOUNT, ladder(buy, 3)))
    await asyncio.sleep(0)
    caller.cancel()

    await batching.until(lambda: [order.status for order in batching.desk.working()] == [S.OPEN] * 3)


async def test_cancelling_by_ids_shows_one_that_had_filled_as_filled(batching: Bench, buy: OrderRequest) -> None:
    desk, connector = batching.desk, batching.connector
    orders = await desk.submit_batch(ACCOUNT, ladder(buy, 3))
    filled = orders[1].order.order_id
    assert filled is not None

    async def one_is_gone(asked: Sequence[Order]) -> list[Order | Failure]:
        connector.change(filled, S.FILLED, "1")
        answers: list[Order | Failure] = []
        for order in asked:
            assert order.order_id is not None
            if order.order_id == filled:
                answers.append(OrderAlreadyClosed("ended"))
            else:
                connector.sink(connector.change(order.order_id, S.CANCELED))
                answers.append(replace(order, status=S.PENDING))
        return answers

    async def gone_too(order: Order) -> Order:
        raise OrderAlreadyClosed("ended")

    connector.script["cancel_orders"] = deque([one_is_gone])
    connector.script["cancel_order"] = deque([gone_too])
    ended = await desk.cancel_batch([order.key for order in orders])

    assert [order.status for order in ended] == [S.CANCELED, S.FILLED, S.CANCELED]


async def test_cancelling_a_batch_of_unknown_keys_is_an_error(batching: Bench) -> None:
    with pytest.raises(KeyError):
        await batching.desk.cancel_batch(["nothing"])


async def test_test_order_tells_the_venues_verdict_and_places_nothing(batching: Bench, buy: OrderRequest) -> None:
    assert await batching.desk.test_order(ACCOUNT, buy) is None
    batching.connector.script["test_order"] = deque([InvalidOrder("too small", field="quantity")])
    verdict = await batching.desk.test_order(ACCOUNT, buy)

    assert isinstance(verdict, InvalidOrder)
    assert batching.desk.working() == []
