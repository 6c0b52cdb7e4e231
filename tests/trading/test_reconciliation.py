"""Start, reconnect and demand: the journal's state is shown at once and then made true by the venue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from terminal.domain import Order, OrderRequest, OrderStatus, Side
from terminal.domain.failures import NotSupported, OutcomeUnknown, RateLimited, VenueError, VenueUnavailable
from tests.trading.conftest import ACCOUNT, SYMBOL, VENUE, Bench, BenchMaker, FakeConnector

S = OrderStatus


async def test_restart_shows_orders_before_the_venue_answers(make_bench: BenchMaker, buy: OrderRequest) -> None:
    first = await make_bench()
    order = await first.desk.submit(ACCOUNT, buy)
    await first.desk.close()

    second = await make_bench(connector=first.connector, start=False)
    release = asyncio.Event()

    async def slowly() -> None:
        await release.wait()

    second.connector.on("balances", slowly)
    await second.desk.start()
    (shown,) = second.desk.working()
    assert (shown.key, shown.status, shown.checking) == (order.key, S.OPEN, True)
    release.set()
    await second.until(lambda: not second.desk.working()[0].checking)


async def test_what_happened_while_away_is_found(make_bench: BenchMaker, buy: OrderRequest) -> None:
    first = await make_bench()
    filled = await first.desk.submit(ACCOUNT, buy)
    cancelled = await first.desk.submit(ACCOUNT, replace(buy, price=Decimal(98)))
    kept = await first.desk.submit(ACCOUNT, replace(buy, price=Decimal(97)))
    await first.desk.close()

    connector = first.connector
    connector.change("1", S.FILLED, "1")
    connector.change("2", S.CANCELED)
    connector.trades_done.append(connector.fill("1", "t1", "1", fee=Decimal("0.002"), fee_asset="BTC", is_maker=True))
    second = await make_bench(connector=connector)

    found = {order.key: order.status for order in [*second.desk.working(), *second.desk.history()]}
    assert found == {filled.key: S.FILLED, cancelled.key: S.CANCELED, kept.key: S.OPEN}
    assert [fill.trade_id for fill in second.desk.fills()] == ["t1"]
    result = second.desk.reconciliation(ACCOUNT)
    assert result is not None
    assert len(result.differences) == 2
    assert not any(order.checking for order in second.desk.working())


async def test_second_run_finds_no_difference(bench: Bench, buy: OrderRequest) -> None:
    await bench.desk.submit(ACCOUNT, buy)
    fill = bench.connector.fill("1", "t1", "1", fee=Decimal(0), fee_asset="BTC", is_maker=True)
    bench.connector.trades_done.append(fill)
    bench.connector.change("1", S.FILLED, "1")
    first = await bench.desk.reconcile(ACCOUNT)
    second = await bench.desk.reconcile(ACCOUNT)
    assert (len(first.differences), first.new_fills) == (1, 1)
    assert (second.differences, second.new_fills) == ([], 0)


async def test_order_gone_from_every_list_is_asked_for_by_id(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    ended = replace(bench.connector.book.pop("1"), status=S.CANCELED)

    async def know(asked: Order) -> Order:
        return ended

    bench.connector.on("order", know)
    await bench.desk.reconcile(ACCOUNT)
    found = bench.desk.order(order.key)
    assert found is not None
    assert found.status is S.CANCELED


async def test_accepted_order_that_the_venue_forgot_is_unknown_not_rejected(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.book.clear()
    await bench.desk.reconcile(ACCOUNT)
    asked = bench.connector.count("order_history")
    await bench.until(lambda: bench.connector.count("order_history") > asked + 1)
    found = bench.desk.order(order.key)
    assert found is not None
    assert found.status is S.UNKNOWN


async def test_working_orders_of_elsewhere_are_adopted_and_told(make_bench: BenchMaker) -> None:
    connector = FakeConnector()
    connector.book["9"] = Order(
        venue=VENUE,
        account=ACCOUNT,
        symbol=SYMBOL,
        order_id="9",
        side=Side.SELL,
        price=Decimal(150),
        quantity=Decimal(1),
        status=S.OPEN,
        created=7,
    )
    bench = await make_bench(connector=connector)
    (adopted,) = bench.desk.working()
    assert adopted.foreign
    result = bench.desk.reconciliation(ACCOUNT)
    assert result is not None
    assert result.differences == [f"{SYMBOL} 9: placed elsewhere, open"]


async def test_rate_limits_and_outages_are_waited_out(bench: Bench) -> None:
    bench.connector.on("balances", RateLimited("slow", retry_after=0.01), VenueUnavailable("busy"))
    bench.connector.on("fills", RateLimited("slow", retry_after=0.01))
    result = await bench.desk.reconcile(ACCOUNT)
    assert result.failed is None
    assert result.finished is not None


async def test_failed_run_is_told_and_the_next_one_starts_from_where_it_was(bench: Bench) -> None:
    bench.connector.on("open_orders", VenueError("broken"))
    failed = await bench.desk.reconcile(ACCOUNT)
    assert failed.failed == "broken"
    assert failed.finished is None
    assert any("not finished" in entry.text for entry in bench.activity.entries)
    assert (await bench.desk.reconcile(ACCOUNT)).failed is None


async def test_venue_without_history_or_fills_still_reconciles(bench: Bench) -> None:
    bench.connector.on("order_history", NotSupported("none"))
    bench.connector.on("fills", NotSupported("none"))
    assert (await bench.desk.reconcile(ACCOUNT)).failed is None


async def test_request_during_a_run_makes_another_run_follow(bench: Bench) -> None:
    before, release = bench.connector.count("open_orders"), asyncio.Event()

    async def slowly(symbol: str | None) -> None:
        await release.wait()

    bench.connector.on("open_orders", slowly)
    first = asyncio.ensure_future(bench.desk.reconcile(ACCOUNT))
    await bench.until(lambda: bench.connector.count("open_orders") == before + 1)
    second = asyncio.ensure_future(bench.desk.reconcile(ACCOUNT))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(first, second)
    assert bench.connector.count("open_orders") == before + 2


async def test_order_in_flight_is_left_to_its_own_answer(bench: Bench, buy: OrderRequest) -> None:
    release = asyncio.Event()

    async def slowly(request: OrderRequest) -> Order:
        await release.wait()
        return bench.connector.take(request)

    bench.connector.on("place_order", slowly)
    placing = asyncio.ensure_future(bench.desk.submit(ACCOUNT, buy))
    await bench.until(lambda: bench.connector.count("place_order") == 1)
    await bench.desk.reconcile(ACCOUNT)
    assert bench.desk.working()[0].status is S.PENDING
    assert bench.connector.count("order") == 0
    release.set()
    assert (await placing).status is S.OPEN


async def test_history_is_asked_for_from_the_last_run_on(bench: Bench) -> None:
    await bench.desk.reconcile(ACCOUNT)
    starts = [start for name, start in bench.connector.calls if name == "order_history"]
    day, hour = 24 * 3_600_000, 3_600_000
    assert day - 60_000 < bench.clock() - starts[0] < day + 60_000
    assert bench.clock() - starts[-1] < hour


async def test_order_unknown_at_the_crash_is_settled_after_the_restart(
    make_bench: BenchMaker, buy: OrderRequest
) -> None:
    first = await make_bench()
    first.connector.on("order", *[VenueUnavailable("away")] * 1_000)

    async def accept_then_fail(request: OrderRequest) -> None:
        first.connector.take(request)
        raise OutcomeUnknown("timed out")

    first.connector.on("place_order", accept_then_fail)
    order = await first.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN
    await first.desk.close()
    first.connector.script.clear()
    second = await make_bench(connector=first.connector)
    await second.until(lambda: [found.status for found in second.desk.working()] == [S.OPEN])
    assert first.connector.count("place_order") == 1


async def test_cancel_asked_before_a_crash_is_settled_after_it(make_bench: BenchMaker, buy: OrderRequest) -> None:
    first = await make_bench()
    order = await first.desk.submit(ACCOUNT, buy)

    async def forever(asked: Order) -> None:
        await asyncio.Event().wait()

    first.connector.on("cancel_order", forever)
    cancelling = asyncio.ensure_future(first.desk.cancel(order.key))
    await first.until(lambda: first.connector.count("cancel_order") == 1)
    await first.desk.close()
    await asyncio.gather(cancelling, return_exceptions=True)

    second = await make_bench(connector=first.connector, start=False)
    await second.desk.start()
    assert second.desk.working()[0].status is S.PENDING_CANCEL
    await second.until(lambda: second.desk.working()[0].status is S.OPEN)


async def test_balances_are_replaced_as_a_whole(bench: Bench) -> None:
    bench.connector.holdings = bench.connector.holdings[:1]
    result = await bench.desk.reconcile(ACCOUNT)
    assert result.differences == ["BTC: balance differs"]
    assert bench.portfolio.free(ACCOUNT, "BTC") == 0
