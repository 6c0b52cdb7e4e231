"""The desk: sending, replies, reports and cancels, with every way in which a venue can misbehave."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import FeeRates, Order, OrderRequest, OrderStatus, OrderType, Side, StreamState, StreamStatus
from terminal.domain.failures import (
    AuthFailed,
    ClockSkew,
    DuplicateOrder,
    Failure,
    InsufficientFunds,
    InvalidOrder,
    MalformedMessage,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueError,
    VenueUnavailable,
)
from terminal.trading.desk import RiskDenied, TradingTopic
from tests.trading.conftest import ACCOUNT, SYMBOL, VENUE, Bench, BenchMaker

S = OrderStatus


async def test_accepted_order_is_working_under_our_own_id(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)

    assert order.status is S.OPEN
    assert order.order.order_id == "1"
    assert order.order.client_order_id == order.key
    assert bench.desk.working() == [order]
    assert bench.desk.working_at(order.instrument_id) == [order]


async def test_order_is_visible_before_it_is_written_or_sent(bench: Bench, buy: OrderRequest) -> None:
    sending = asyncio.ensure_future(bench.desk.submit(ACCOUNT, buy))
    await asyncio.sleep(0)

    (order,) = bench.desk.working()
    assert order.status is S.PENDING
    assert bench.connector.count("place_order") == 0
    assert TradingTopic.ORDERS in bench.desk.take_changed()
    await sending


async def test_order_is_on_disk_before_the_connector_is_asked(bench: Bench, buy: OrderRequest) -> None:
    synced_before: list[str] = []

    async def look(request: OrderRequest) -> None:
        replay = await bench.journal.replay()
        synced_before.extend(order.key for order in replay.orders)

    bench.connector.on("place_order", look)
    order = await bench.desk.submit(ACCOUNT, buy)
    assert synced_before == [order.key]


@pytest.mark.parametrize(
    "failure",
    [
        InvalidOrder("price is off the tick", field="price"),
        InsufficientFunds("not enough USDT"),
        AuthFailed("key expired"),
        RateLimited("slow down", retry_after=1.0),
        VenueUnavailable("maintenance"),
        ClockSkew("outside recvWindow"),
        VenueError("no", code="-1149"),
    ],
)
async def test_definite_refusal_rejects_with_its_words(bench: Bench, buy: OrderRequest, failure: Failure) -> None:
    bench.connector.on("place_order", failure)
    order = await bench.desk.submit(ACCOUNT, buy)

    assert order.status is S.REJECTED
    assert order.order.reason == str(failure)
    assert bench.desk.working() == []
    assert bench.desk.history() == [order]
    assert bench.connector.count("place_order") == 1


@pytest.mark.parametrize(
    "failure",
    [
        OutcomeUnknown("timed out"),
        OutcomeUnknown("HTTP 500", http_status=500),
        VenueUnavailable("connection reset", may_have_executed=True),
        RateLimited("429 in the middle", may_have_executed=True),
        MalformedMessage("not JSON"),
        DuplicateOrder("clientOrderId taken", code="-1141"),
    ],
)
async def test_unknown_outcome_is_shown_and_found_by_query(bench: Bench, buy: OrderRequest, failure: Failure) -> None:
    async def accept_then_fail(request: OrderRequest) -> None:
        bench.connector.take(request)
        raise failure

    bench.connector.on("place_order", accept_then_fail)
    order = await bench.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN
    assert order.order.reason is not None

    await bench.until(lambda: _status(bench, order.key) is S.OPEN)
    found = bench.desk.order(order.key)
    assert found is not None
    assert (found.order.order_id, found.order.reason, found.progress) == ("1", None, None)
    assert bench.connector.count("place_order") == 1


async def test_timeout_before_the_venue_took_it_ends_as_never_reached(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", OutcomeUnknown("timed out"))
    order = await bench.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN

    await bench.until(lambda: _status(bench, order.key) is S.REJECTED)
    found = bench.desk.order(order.key)
    assert found is not None
    assert found.order.reason is not None
    assert found.order.reason.startswith("never reached the venue")
    assert bench.connector.count("order") >= 3
    assert bench.connector.count("place_order") == 1


async def test_absence_is_not_concluded_while_a_listing_fails(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", OutcomeUnknown("timed out"))
    bench.connector.on("open_orders", *[VenueError("no listing")] * 3)
    order = await bench.desk.submit(ACCOUNT, buy)

    await bench.until(lambda: not bench.connector.script["open_orders"])
    assert _status(bench, order.key) is S.UNKNOWN
    await bench.until(lambda: _status(bench, order.key) is S.REJECTED)


async def test_order_that_only_the_listing_knows_is_found(bench: Bench, buy: OrderRequest) -> None:
    async def accept_then_fail(request: OrderRequest) -> None:
        bench.connector.take(request)
        raise OutcomeUnknown("timed out")

    bench.connector.on("place_order", accept_then_fail)
    bench.connector.on("order", *[OrderNotFound("not yet")] * 50)
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: _status(bench, order.key) is S.OPEN)


async def test_duplicate_answer_is_never_concluded_as_never_reached(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", DuplicateOrder("clientOrderId taken"))
    order = await bench.desk.submit(ACCOUNT, buy)

    await bench.until(lambda: bench.connector.count("order_history") >= 4)
    found = bench.desk.order(order.key)
    assert found is not None
    assert found.status is S.UNKNOWN
    assert found.progress is not None


async def test_progress_says_what_is_being_done(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", OutcomeUnknown("timed out"))
    bench.connector.on("order", RateLimited("slow", retry_after=0.05))
    order = await bench.desk.submit(ACCOUNT, buy)
    seen: set[str] = set()

    def collect() -> bool:
        current = bench.desk.order(order.key)
        if current is not None and current.progress is not None:
            seen.add(current.progress)
        return any(text.startswith("rate limited, try 1") for text in seen)

    await bench.until(collect)


async def test_stream_settles_an_unknown_order(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("order", *[VenueUnavailable("away")] * 1_000)

    async def accept_then_fail(request: OrderRequest) -> None:
        bench.connector.take(request)
        raise OutcomeUnknown("timed out")

    bench.connector.on("place_order", accept_then_fail)
    order = await bench.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN
    bench.desk.on_event(bench.connector.book["1"])
    assert _status(bench, order.key) is S.OPEN
    await bench.until(lambda: _progress(bench, order.key) is None)


async def test_fill_before_the_acknowledgement_belongs_to_the_order(bench: Bench, buy: OrderRequest) -> None:
    async def fill_first(request: OrderRequest) -> Order:
        connector = bench.connector
        acknowledged = connector.take(request)
        bench.desk.on_event(connector.fill("1", "t1", "1", fee=Decimal("0.001"), fee_asset="BTC", is_maker=False))
        bench.desk.on_event(connector.change("1", S.FILLED, "1"))
        return acknowledged

    bench.connector.on("place_order", fill_first)
    order = await bench.desk.submit(ACCOUNT, buy)

    assert (order.status, order.order.filled_quantity) == (S.FILLED, Decimal(1))
    assert [fill.trade_id for fill in bench.desk.fills_of(order.key)] == ["t1"]
    assert bench.desk.working() == []
    assert len(bench.desk.history()) == 1


async def test_stream_report_before_the_reply_without_client_ids_is_merged(make_bench: BenchMaker) -> None:
    bench = await make_bench()
    bench.connector.capabilities = replace(bench.connector.capabilities, client_order_ids=False)

    async def report_first(request: OrderRequest) -> Order:
        acknowledged = bench.connector.take(request)
        bench.desk.on_event(bench.connector.change("1", S.PARTIALLY_FILLED, "0.4"))
        assert len(bench.desk.working()) == 2
        return acknowledged

    bench.connector.on("place_order", report_first)
    order = await bench.desk.submit(ACCOUNT, _limit())

    (only,) = bench.desk.working()
    assert only.key == order.key
    assert (only.foreign, only.status, only.order.filled_quantity) == (False, S.PARTIALLY_FILLED, Decimal("0.4"))
    await bench.desk.close()
    again = await make_bench(connector=bench.connector)
    assert [found.key for found in again.desk.working()] == [order.key]


async def test_without_client_ids_an_unknown_order_is_found_by_what_it_asked_for(make_bench: BenchMaker) -> None:
    bench = await make_bench()
    bench.connector.capabilities = replace(bench.connector.capabilities, client_order_ids=False)

    async def accept_then_fail(request: OrderRequest) -> None:
        taken = bench.connector.take(request)
        assert taken.order_id is not None
        bench.connector.book[taken.order_id] = replace(taken, created=bench.clock())
        raise OutcomeUnknown("timed out")

    bench.connector.on("place_order", accept_then_fail)
    order = await bench.desk.submit(ACCOUNT, _limit())
    await bench.until(lambda: _status(bench, order.key) is S.OPEN)
    assert len(bench.desk.working()) == 1


async def test_without_client_ids_two_candidates_stay_unknown(make_bench: BenchMaker) -> None:
    bench = await make_bench()
    bench.connector.capabilities = replace(bench.connector.capabilities, client_order_ids=False)

    async def accept_twice_then_fail(request: OrderRequest) -> None:
        for _ in range(2):
            taken = bench.connector.take(request)
            assert taken.order_id is not None
            bench.connector.book[taken.order_id] = replace(taken, created=bench.clock())
        raise OutcomeUnknown("timed out")

    bench.connector.on("place_order", accept_twice_then_fail)
    order = await bench.desk.submit(ACCOUNT, _limit())
    await bench.until(lambda: "2 orders at the venue could be this one" in (_progress(bench, order.key) or ""))
    assert _status(bench, order.key) is S.UNKNOWN


async def test_duplicate_fill_is_counted_once_and_completed_later(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    fill = bench.connector.fill("1", "t1", "0.5")
    bench.connector.trades_done.append(replace(fill, fee=Decimal("0.05"), fee_asset="USDT", is_maker=True))
    bench.desk.on_event(fill)
    bench.desk.on_event(fill)

    assert len(bench.desk.fills()) == 1
    current = bench.desk.order(order.key)
    assert current is not None
    assert current.order.filled_quantity == Decimal("0.5")
    await bench.until(lambda: bench.desk.fills()[0].fee == Decimal("0.05"))
    assert (bench.desk.fills()[0].is_maker, len(bench.desk.fills())) == (True, 1)


async def test_out_of_order_reports_never_shrink_or_reopen(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    reports = [
        bench.connector.change("1", S.OPEN),
        bench.connector.change("1", S.PARTIALLY_FILLED, "0.3"),
        bench.connector.change("1", S.PARTIALLY_FILLED, "0.7"),
        bench.connector.change("1", S.FILLED, "1"),
    ]
    for index in (2, 0, 3, 1, 2, 0):
        bench.desk.on_event(reports[index])
    current = bench.desk.order(order.key)
    assert current is not None
    assert (current.status, current.order.filled_quantity) == (S.FILLED, Decimal(1))


async def test_order_placed_elsewhere_is_adopted(bench: Bench) -> None:
    foreign = Order(
        venue=VENUE,
        account=ACCOUNT,
        symbol=SYMBOL,
        order_id="777",
        client_order_id="web-1",
        side=Side.SELL,
        price=Decimal(120),
        quantity=Decimal(2),
        status=S.OPEN,
        created=5,
    )
    bench.desk.on_event(foreign)
    (adopted,) = bench.desk.working()
    assert adopted.foreign
    assert adopted.submitted == 5


async def test_accepted_cancel_is_final_only_by_report(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    release = asyncio.Event()

    async def accept_silently(asked: Order) -> Order:
        return replace(bench.connector.book["1"], status=S.OPEN)

    async def wait(asked: Order) -> Order:
        await release.wait()
        return bench.connector.change("1", S.CANCELED)

    bench.connector.on("cancel_order", accept_silently)
    bench.connector.on("order", wait)
    cancelled = await bench.desk.cancel(order.key)
    assert cancelled.status is S.PENDING_CANCEL
    bench.desk.on_event(bench.connector.book["1"])
    assert _status(bench, order.key) is S.PENDING_CANCEL
    release.set()
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)


async def test_open_after_an_accepted_cancel_holds_only_after_the_grace(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)

    async def accept_and_forget(asked: Order) -> Order:
        return replace(bench.connector.book["1"], status=S.OPEN)

    bench.connector.on("cancel_order", accept_and_forget)
    assert (await bench.desk.cancel(order.key)).status is S.PENDING_CANCEL
    await bench.until(lambda: _status(bench, order.key) is S.OPEN)
    assert bench.connector.count("order") >= 2


async def test_filled_before_the_cancel_came_ends_filled(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.change("1", S.FILLED, "1")
    bench.connector.on("cancel_order", OrderAlreadyClosed("filled", code="-1139"))

    ended = await bench.desk.cancel(order.key)
    assert (ended.status, ended.order.filled_quantity) == (S.FILLED, Decimal(1))


async def test_refused_cancel_of_a_live_order_brings_it_back_to_work(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.on("cancel_order", VenueError("locked", code="-1144"))

    back = await bench.desk.cancel(order.key)
    assert back.status is S.OPEN
    assert any("refused to cancel" in entry.text for entry in bench.activity.entries)


async def test_cancel_with_unknown_outcome_is_sent_again_when_the_order_still_works(
    bench: Bench, buy: OrderRequest
) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.on("cancel_order", OutcomeUnknown("timed out"))

    assert (await bench.desk.cancel(order.key)).status in (S.UNKNOWN, S.OPEN)
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)
    assert bench.connector.count("cancel_order") == 2


async def test_rate_limited_cancel_is_sent_again(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.on("cancel_order", RateLimited("slow", retry_after=0.01), ClockSkew("off"))
    await bench.desk.cancel(order.key)
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)
    assert bench.connector.count("cancel_order") == 3


async def test_cancel_that_overtakes_its_order_is_sent_again(bench: Bench, buy: OrderRequest) -> None:
    taken = asyncio.Event()

    async def slowly(request: OrderRequest) -> Order:
        await taken.wait()
        return bench.connector.take(request)

    bench.connector.on("place_order", slowly)
    placing = asyncio.ensure_future(bench.desk.submit(ACCOUNT, buy))
    await bench.until(lambda: bench.connector.count("place_order") == 1)
    (order,) = bench.desk.working()
    cancelling = asyncio.ensure_future(bench.desk.cancel(order.key))
    await bench.until(lambda: bench.connector.count("cancel_order") == 1)
    taken.set()
    await asyncio.gather(placing, cancelling)
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)
    assert bench.connector.count("place_order") == 1


async def test_cancel_before_the_send_means_nothing_is_sent(bench: Bench, buy: OrderRequest) -> None:
    placing = asyncio.ensure_future(bench.desk.submit(ACCOUNT, buy))
    await asyncio.sleep(0)
    (order,) = bench.desk.working()
    await bench.desk.cancel(order.key)
    await placing
    assert _status(bench, order.key) is S.CANCELED
    assert bench.connector.count("place_order") == 0


async def test_second_cancel_joins_the_first(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    await asyncio.gather(*(bench.desk.cancel(order.key) for _ in range(5)))
    assert bench.connector.count("cancel_order") == 1


async def test_cancel_needs_neither_arming_nor_permission(make_bench: BenchMaker, buy: OrderRequest) -> None:
    bench = await make_bench(can_trade=False)
    bench.desk.on_event(bench.connector.take(buy))
    (order,) = bench.desk.working()
    bench.arming.disarm_all("test")
    await bench.desk.cancel(order.key)
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)


async def test_cancel_all_reaches_every_order_and_only_those(bench: Bench, buy: OrderRequest) -> None:
    buys = [await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - i))) for i in range(3)]
    sell = await bench.desk.submit(ACCOUNT, replace(buy, side=Side.SELL))

    receipt = await bench.desk.cancel_all(side=Side.BUY)
    assert {order.key for order in receipt} == {order.key for order in buys}
    await bench.until(lambda: bench.desk.working() != [] and len(bench.desk.working()) == 1)
    assert bench.desk.working()[0].key == sell.key


async def test_cancel_all_of_a_symbol_is_one_request(bench: Bench, buy: OrderRequest) -> None:
    for offset in range(3):
        await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - offset)))
    await bench.desk.cancel_all(symbol=SYMBOL)
    await bench.until(lambda: bench.desk.working() == [])
    assert (bench.connector.count("cancel_all"), bench.connector.count("cancel_order")) == (1, 0)


async def test_what_a_capped_cancel_all_left_open_is_cancelled_again(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.capabilities = replace(bench.connector.capabilities, batch_sizes={"cancel_orders": 100})
    for number in range(240):
        bench.connector.sink(bench.connector.take(replace(buy, client_order_id=f"c{number}")))

    async def cancel_two_hundred(symbol: str | None, side: Side | None) -> bool:
        for order_id in list(bench.connector.book)[:200]:
            bench.connector.sink(bench.connector.change(order_id, S.CANCELED))
        return True

    bench.connector.on("cancel_all", cancel_two_hundred)
    await bench.desk.cancel_all(symbol=SYMBOL)
    await bench.until(lambda: bench.desk.working() == [])
    assert not any(row.status.is_working for row in bench.connector.book.values())
    assert (bench.connector.count("cancel_all"), bench.connector.count("cancel_orders")) == (1, 1)
    assert any("still open after cancel all: 40" in entry.text for entry in bench.activity.entries)


async def test_order_that_no_cancel_reaches_is_shown_open_with_the_reason(bench: Bench, buy: OrderRequest) -> None:
    orders = [await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - i))) for i in range(3)]
    stubborn = orders[0]

    async def cancel_all_but_one(symbol: str | None, side: Side | None) -> bool:
        for order in orders[1:]:
            bench.connector.sink(bench.connector.change(str(order.order.order_id), S.CANCELED))
        return True

    async def accept_and_forget(order: Order) -> Order:
        return order

    bench.connector.on("cancel_all", cancel_all_but_one)
    bench.connector.on("cancel_order", *[accept_and_forget] * 10)
    await bench.desk.cancel_all(symbol=SYMBOL)

    def shown() -> Order:
        known = bench.desk.order(stubborn.key)
        assert known is not None
        return known.order

    await bench.until(lambda: shown().status is S.OPEN and shown().reason == "4 cancels had no effect")
    assert bench.connector.count("cancel_order") == 3
    assert any("cancel all: 1; 4 cancels had no effect" in entry.text for entry in bench.activity.entries)


async def test_cancel_all_is_repeated_order_by_order_when_the_listing_fails(bench: Bench, buy: OrderRequest) -> None:
    for offset in range(3):
        await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - offset)))

    async def accept_and_forget(symbol: str | None, side: Side | None) -> bool:
        return True

    bench.connector.on("cancel_all", accept_and_forget)
    bench.connector.on("open_orders", *[VenueUnavailable("busy")] * 5)
    await bench.desk.cancel_all(symbol=SYMBOL)
    await bench.until(lambda: bench.desk.working() == [])
    assert bench.connector.count("cancel_order") == 3


async def test_failed_cancel_all_goes_on_one_by_one(bench: Bench, buy: OrderRequest) -> None:
    for offset in range(3):
        await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - offset)))
    bench.connector.on("cancel_all", VenueUnavailable("busy"))
    await bench.desk.cancel_all(symbol=SYMBOL)
    await bench.until(lambda: bench.desk.working() == [])
    assert bench.connector.count("cancel_order") == 3


async def test_cancel_all_uses_batches_where_the_venue_has_them(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.capabilities = replace(bench.connector.capabilities, batch_sizes={"cancel_orders": 2})
    for offset in range(5):
        await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - offset)))
    await bench.desk.cancel_all()
    await bench.until(lambda: bench.desk.working() == [])
    assert bench.connector.count("cancel_orders") == 3


async def test_second_click_is_refused_and_can_be_allowed(bench: Bench, buy: OrderRequest) -> None:
    first, second = await asyncio.gather(
        bench.desk.submit(ACCOUNT, buy), bench.desk.submit(ACCOUNT, buy), return_exceptions=True
    )
    assert not isinstance(first, BaseException)
    assert isinstance(second, RiskDenied)
    assert [breach.code for breach in second.breaches] == ["duplicate"]
    assert bench.connector.count("place_order") == 1
    again = await bench.desk.submit(ACCOUNT, buy, allow=frozenset({"duplicate"}))
    assert again.status is S.OPEN
    assert again.key != first.key


async def test_hard_breach_cannot_be_allowed_and_writes_nothing(bench: Bench, buy: OrderRequest) -> None:
    big = replace(buy, quantity=Decimal(1_000))
    with pytest.raises(RiskDenied) as denied:
        await bench.desk.submit(ACCOUNT, big, allow=frozenset({"balance"}))
    assert [breach.code for breach in denied.value.breaches] == ["balance"]
    assert bench.desk.working() == bench.desk.history() == []
    assert (await bench.journal.replay()).orders == []


async def test_stale_book_asks_first(bench: Bench, buy: OrderRequest) -> None:
    bench.market.stale = "stream down"
    with pytest.raises(RiskDenied, match="stream down"):
        await bench.desk.submit(ACCOUNT, buy)
    assert (await bench.desk.submit(ACCOUNT, buy, allow=frozenset({"stale"}))).status is S.OPEN


async def test_full_disk_stops_orders_but_not_cancels(
    bench: Bench, buy: OrderRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("terminal.trading.journal_file.write", full)
        refused = await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(98)))
        assert refused.status is S.REJECTED
        assert refused.order.reason is not None
        assert "no space left" in refused.order.reason
        assert bench.desk.journal_state.problem is not None
        await bench.desk.cancel(order.key)
        await bench.until(lambda: _status(bench, order.key) is S.CANCELED)
    assert bench.connector.count("place_order") == 1
    await bench.until(lambda: bench.desk.journal_state.problem is None)
    stored = {found.key: found.status for found in (await bench.journal.replay()).orders}
    assert stored == {order.key: S.CANCELED, refused.key: S.REJECTED}


async def test_failing_connector_leaves_the_order_unknown(bench: Bench, buy: OrderRequest) -> None:
    async def break_down(request: OrderRequest) -> None:
        bench.connector.take(request)
        raise KeyError("a bug")

    bench.connector.on("place_order", break_down)
    order = await bench.desk.submit(ACCOUNT, buy)
    assert order.status is S.UNKNOWN
    await bench.until(lambda: _status(bench, order.key) is S.OPEN)


async def test_order_called_refused_that_turns_up_after_all_works_again(bench: Bench, buy: OrderRequest) -> None:
    late: list[OrderRequest] = []

    async def lose(request: OrderRequest) -> None:
        late.append(request)
        raise OutcomeUnknown("timed out")

    bench.connector.on("place_order", lose)
    order = await bench.desk.submit(ACCOUNT, buy)
    await bench.until(lambda: _status(bench, order.key) is S.REJECTED)
    bench.desk.on_event(bench.connector.take(late[0]))
    assert [found.key for found in bench.desk.working()] == [order.key]
    assert bench.desk.history() == []
    assert any("taken for refused" in entry.text for entry in bench.activity.entries)


async def test_refused_order_stays_refused_when_the_venue_says_so_again(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.on("place_order", InvalidOrder("off the tick"))
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.desk.on_event(replace(order.order, order_id="9", status=S.REJECTED))
    assert _status(bench, order.key) is S.REJECTED


async def test_rate_limited_cancel_goes_on_although_a_query_says_open(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.on("cancel_order", *[RateLimited("slow", retry_after=0.03)] * 3)
    cancelling = asyncio.ensure_future(bench.desk.cancel(order.key))
    await bench.until(lambda: bench.connector.count("cancel_order") == 1)
    await bench.desk.reconcile(ACCOUNT)
    await cancelling
    await bench.until(lambda: _status(bench, order.key) is S.CANCELED)


async def test_fills_that_the_stream_told_in_full_are_not_asked_for(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    asked = bench.connector.count("fills")
    bench.desk.on_event(bench.connector.change("1", S.FILLED, "1"))
    bench.desk.on_event(bench.connector.fill("1", "t1", "1", fee=Decimal(0), fee_asset="BTC", is_maker=True))
    later = await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(98)))
    bench.desk.on_event(bench.connector.change("2", S.FILLED, "1"))
    await bench.until(lambda: bench.connector.count("fills") > asked)
    assert (_status(bench, order.key), _status(bench, later.key)) == (S.FILLED, S.FILLED)


async def test_fill_of_an_unknown_order_makes_the_desk_look(bench: Bench, buy: OrderRequest) -> None:
    bench.connector.take(buy)
    bench.desk.on_event(bench.connector.fill("1", "t1", "0.5", fee=Decimal(0), fee_asset="BTC", is_maker=True))
    await bench.until(lambda: len(bench.desk.working()) == 1)
    (found,) = bench.desk.working()
    assert (found.foreign, found.order.filled_quantity) == (True, Decimal("0.5"))


async def test_end_while_a_send_is_on_its_way_leaves_it_unknown(make_bench: BenchMaker, buy: OrderRequest) -> None:
    bench = await make_bench()

    async def forever(request: OrderRequest) -> None:
        bench.connector.take(request)
        await asyncio.Event().wait()

    bench.connector.on("place_order", forever)
    bench.connector.on("order", VenueUnavailable("away"))
    placing = asyncio.ensure_future(bench.desk.submit(ACCOUNT, buy))
    await bench.until(lambda: bench.connector.count("place_order") == 1)
    await bench.desk.close()
    await asyncio.gather(placing, return_exceptions=True)
    bench.desk.on_event(bench.connector.book["1"])

    again = await make_bench(connector=bench.connector, start=False)
    await again.desk.start()
    (order,) = again.desk.working()
    assert (order.status, order.checking) == (S.UNKNOWN, True)
    await again.until(lambda: _status(again, order.key) is S.OPEN)


async def test_many_cancels_without_a_stream_are_settled_by_a_listing(bench: Bench, buy: OrderRequest) -> None:
    orders = [await bench.desk.submit(ACCOUNT, replace(buy, price=Decimal(100 - i))) for i in range(8)]
    bench.connector.sink = lambda event: None
    bench.connector.on("order", *[RateLimited("2 a second", retry_after=0.02)] * 1_000)
    await bench.desk.cancel_all(symbol=SYMBOL)
    await bench.until(lambda: not any(_status(bench, order.key).is_working for order in orders))


async def test_without_a_journal_nothing_is_sent(make_bench: BenchMaker, buy: OrderRequest) -> None:
    bench = await make_bench(start=False)
    await bench.desk.attach(ACCOUNT)
    assert bench.connector.calls == []
    with pytest.raises(RiskDenied, match="journal is not open"):
        await bench.desk.submit(ACCOUNT, buy)


async def test_lost_account_stream_disarms_and_its_return_reconciles(bench: Bench) -> None:
    assert bench.arming.arm(ACCOUNT)
    asked = bench.connector.count("open_orders")
    for state in (StreamState.DOWN, StreamState.LIVE):
        bench.desk.on_event(StreamStatus(venue=VENUE, account=ACCOUNT, stream="private", state=state))
    assert not bench.arming.any_armed
    await bench.until(lambda: bench.connector.count("open_orders") > asked)


async def test_market_stream_does_not_disarm(bench: Bench) -> None:
    bench.arming.arm(ACCOUNT)
    bench.desk.on_event(StreamStatus(venue=VENUE, stream="public", state=StreamState.DOWN))
    assert bench.arming.is_armed(ACCOUNT)


async def test_fee_rates_are_loaded_on_first_ask(bench: Bench) -> None:
    assert bench.desk.fee_rates(ACCOUNT, SYMBOL) is None
    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None)
    assert bench.desk.fee_rates(ACCOUNT, SYMBOL) == FeeRates(
        symbol=SYMBOL, maker=Decimal("0.001"), taker=Decimal("0.002")
    )
    assert bench.connector.count("fee_rates") == 1


def _status(bench: Bench, key: str) -> OrderStatus:
    order = bench.desk.order(key)
    assert order is not None
    return order.status


def _progress(bench: Bench, key: str) -> str | None:
    order = bench.desk.order(key)
    assert order is not None
    return order.progress


def _limit() -> OrderRequest:
    return OrderRequest(symbol=SYMBOL, side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal(1), price=Decimal(100))


async def test_cancel_that_a_ban_keeps_here_says_so_and_is_not_tried_on_and_on(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.script["cancel_order"] = deque([RateLimited("banned", is_ban=True)] * 5)

    told = await bench.desk.cancel(order.key)

    assert told.status is S.UNKNOWN
    assert told.order.reason == "the cancel was NOT sent: banned. Cancel it at the venue itself"
    assert bench.connector.count("cancel_order") == 1
    # what the venue's stream tells of it afterwards holds
    assert told.order.order_id is not None
    bench.desk.on_event(bench.connector.change(told.order.order_id, S.FILLED, "1"))
    after = bench.desk.order(order.key)
    assert after is not None
    assert after.status is S.FILLED


async def test_cancel_under_a_ban_with_a_time_leaves_when_it_is_over(bench: Bench, buy: OrderRequest) -> None:
    order = await bench.desk.submit(ACCOUNT, buy)
    bench.connector.script["cancel_order"] = deque([RateLimited("banned", is_ban=True, retry_after=0.02)])

    await bench.desk.cancel(order.key)

    await bench.until(lambda: (known := bench.desk.order(order.key)) is not None and known.status is S.CANCELED)
