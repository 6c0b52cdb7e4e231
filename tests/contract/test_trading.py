"""The contract's private side, for every venue, held against the simulator's own ledger."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from terminal.connectors import Credentials, open_connector
from terminal.connectors.contract import Connector
from terminal.connectors.rate_limiter import MAX_WAIT_S, RateLimiter
from terminal.domain import (
    Balance,
    Fill,
    Instrument,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    Side,
    Source,
    StreamState,
    TimeInForce,
)
from terminal.domain.failures import (
    AuthFailed,
    DuplicateOrder,
    Failure,
    InsufficientFunds,
    InvalidOrder,
    NotSupported,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
)

if TYPE_CHECKING:
    from tests.contract.conftest import Events, Simulated, Until

_NUMBERS = itertools.count(int(time.time() * 1000))


_PRICES = itertools.count(1)


def own_id(connector: Connector) -> str | None:
    """A client order id, where the venue has them."""
    return f"contract-{next(_NUMBERS)}" if connector.capabilities.client_order_ids else None


def named(request: OrderRequest, placed: Order | None = None) -> Order:
    """How a query names an order: by its client order id where it has one, else by the venue's."""
    order_id = placed.order_id if placed is not None and request.client_order_id is None else None
    return Order(
        venue="",
        symbol=request.symbol,
        status=OrderStatus.UNKNOWN,
        order_id=order_id,
        client_order_id=request.client_order_id,
    )


@pytest.fixture
def resting(connector: Connector, instrument: Instrument, far_below: Decimal) -> Callable[..., OrderRequest]:
    """Return a maker of buy orders that rest on the book, each with a price of its own."""
    least = instrument.min_notional or Decimal(5)
    assert instrument.tick_size is not None
    quantity, tick = instrument.round_quantity(least * 4 / far_below), instrument.tick_size

    def make(**changes: Any) -> OrderRequest:
        request = OrderRequest(
            symbol=instrument.symbol,
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=quantity,
            price=far_below - tick * (next(_PRICES) % 5_000),
            client_order_id=own_id(connector),
        )
        return replace(request, **changes)

    return make


async def ending(connector: Connector, order: Order) -> Order:
    """Ask until the order has ended: a cancel that was accepted is not done yet."""
    async with asyncio.timeout(5):
        while not (found := await connector.order(order)).status.is_final:
            await asyncio.sleep(0.05)
    return found


async def test_an_order_lives_and_ends_as_the_ledger_says(
    connector: Connector, simulated: Simulated, resting: Callable[..., OrderRequest]
) -> None:
    request = resting()
    placed = await connector.place_order(request)
    acknowledged = OrderStatus.OPEN if request.client_order_id is not None else OrderStatus.PENDING
    assert (placed.status, placed.client_order_id) == (acknowledged, request.client_order_id)
    assert (placed.price, placed.quantity, placed.side) == (request.price, request.quantity, Side.BUY)
    assert placed.order_id in [order.order_id for order in await connector.open_orders(request.symbol)]
    known = await connector.order(named(request, placed))
    assert (known.order_id, known.status) == (placed.order_id, OrderStatus.OPEN)
    await connector.cancel_order(placed)
    ended = await ending(connector, placed)
    assert ended.status is OrderStatus.CANCELED
    assert ended.filled_quantity == 0
    assert ended.reason or not connector.capabilities.client_order_ids
    (true,) = simulated.orders(request)
    assert true["order_id"] == placed.order_id
    assert placed.order_id in [order.order_id for order in await connector.order_history(request.symbol)]


async def test_a_market_order_fills_once_everywhere(
    connector: Connector, simulated: Simulated, instrument: Instrument, events: Events, until: Until
) -> None:
    await connector.start_account_stream()
    await until(lambda: events.states(private=True)[-1:] == [StreamState.LIVE])
    before = {balance.asset: balance for balance in await connector.balances()}
    request = OrderRequest(
        symbol=instrument.symbol,
        side=Side.BUY,
        type=OrderType.MARKET,
        quote_amount=Decimal(500),
        client_order_id=own_id(connector),
    )
    taken = len(simulated.orders(request))
    placed = await connector.place_order(request)
    assert placed.quote_amount == Decimal(500)
    assert placed.price is None

    def ours() -> list[Order]:
        return [order for order in events.of(Order) if order.order_id == placed.order_id]

    await until(lambda: ours() and ours()[-1].status.is_final)
    order = await connector.order(placed)
    listed = {
        fill.trade_id: fill for fill in await connector.fills(instrument.symbol) if fill.order_id == placed.order_id
    }
    streamed = {fill.trade_id: fill for fill in events.of(Fill) if fill.order_id == placed.order_id}
    assert order.filled_quantity > 0
    assert sum(fill.quantity for fill in listed.values()) == order.filled_quantity
    assert listed.keys() == streamed.keys()
    for trade_id, fill in listed.items():
        assert fill.fee is not None
        assert (fill.price, fill.quantity, fill.fee, fill.fee_asset, fill.side) == (
            streamed[trade_id].price,
            streamed[trade_id].quantity,
            streamed[trade_id].fee,
            streamed[trade_id].fee_asset,
            Side.BUY,
        )
        assert fill.is_maker is (False if connector.capabilities.tells_maker else None)
    assert len(simulated.orders(request)) == taken + 1
    after = {balance.asset: balance for balance in await connector.balances()}
    base = instrument.base
    fees = sum((fill.fee or Decimal(0) for fill in listed.values() if fill.fee_asset == base), Decimal(0))
    assert after[base].free - before[base].free == order.filled_quantity - fees
    pushed = partial(_last_balance, events, base)
    await until(lambda: pushed().free == after[base].free)
    assert pushed().source is (Source.POLL if "account" in connector.capabilities.polled else Source.STREAM)
    assert pushed().account == connector.account


async def test_refusals_are_told_apart(
    connector: Connector, instrument: Instrument, resting: Callable[..., OrderRequest]
) -> None:
    taken = resting()
    placed = await connector.place_order(taken)
    if connector.capabilities.client_order_ids:
        with pytest.raises(DuplicateOrder):
            await connector.place_order(taken)
    assert taken.price is not None
    assert instrument.tick_size is not None
    with pytest.raises(InvalidOrder):
        await connector.place_order(resting(price=taken.price + instrument.tick_size / 10))
    above = instrument.round_price(taken.price * Decimal("1.2"), Side.SELL)
    with pytest.raises(InsufficientFunds):
        await connector.place_order(resting(side=Side.SELL, quantity=Decimal(20), price=above))
    unheard_of = replace(
        placed, order_id=None if taken.client_order_id else "999999999", client_order_id=own_id(connector)
    )
    with pytest.raises(OrderNotFound):
        await connector.order(unheard_of)
    order = await connector.order(named(taken, placed))
    await connector.cancel_order(order)
    await ending(connector, order)
    with pytest.raises((OrderAlreadyClosed, OrderNotFound)):
        await connector.cancel_order(order)


async def test_a_maker_only_order_never_takes(
    connector: Connector, instrument: Instrument, resting: Callable[..., OrderRequest]
) -> None:
    book = await connector.order_book(instrument.symbol, depth=5)
    price = instrument.round_price(book.asks[0][0] * Decimal("1.01"), Side.BUY)
    has = OrderType.LIMIT_MAKER in connector.capabilities.order_types
    with pytest.raises(InvalidOrder if has else NotSupported) as caught:
        await connector.place_order(resting(type=OrderType.LIMIT_MAKER, price=price))
    assert not caught.value.may_have_executed


async def test_a_fill_or_kill_order_that_cannot_fill_ends_unfilled(
    connector: Connector, resting: Callable[..., OrderRequest]
) -> None:
    if TimeInForce.FOK not in connector.capabilities.times_in_force:
        with pytest.raises(NotSupported):
            await connector.place_order(resting(time_in_force=TimeInForce.FOK))
        return
    placed = await connector.place_order(resting(time_in_force=TimeInForce.FOK))
    ended = await connector.order(placed)
    assert ended.status in (OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED)
    assert ended.filled_quantity == 0


async def test_a_batch_tells_each_outcome(connector: Connector, resting: Callable[..., OrderRequest]) -> None:
    good, other = resting(), resting()
    results = await connector.place_orders([good, resting(price=None), resting(quantity=Decimal(90)), other])
    first, invalid, refused, last = results
    assert isinstance(first, Order)
    assert isinstance(last, Order)
    assert isinstance(invalid, InvalidOrder)
    assert isinstance(refused, Failure)
    assert (first.client_order_id, last.client_order_id) == (good.client_order_id, other.client_order_id)
    await connector.cancel_order(last)
    await ending(connector, last)
    cancelled, failed = await connector.cancel_orders([first, last])
    assert isinstance(cancelled, Order)
    assert isinstance(failed, OrderAlreadyClosed | OrderNotFound)


async def test_cancel_all_leaves_nothing_open(
    connector: Connector, resting: Callable[..., OrderRequest], until: Until, simulated: Simulated
) -> None:
    for cancel in (connector.cancel_all(), connector.cancel_all(resting().symbol)):
        requests = [resting(), resting()]
        placed = [order for order in await connector.place_orders(requests) if isinstance(order, Order)]
        assert len(placed) == 2
        await cancel
        await until(partial(_all_canceled, simulated, requests))


def _all_canceled(simulated: Simulated, requests: Sequence[OrderRequest]) -> bool:
    return all(simulated.orders(one)[0]["status"] == "canceled" for one in requests)


def _last_balance(events: Events, asset: str) -> Balance:
    return [balance for balance in events.of(Balance) if balance.asset == asset][-1]


async def test_testing_an_order_places_nothing(
    connector: Connector, simulated: Simulated, resting: Callable[..., OrderRequest]
) -> None:
    request = resting()
    if "test_order" in connector.capabilities.methods:
        assert (await connector.test_order(request)).order_id is None
    else:
        with pytest.raises(NotSupported):
            await connector.test_order(request)
    assert simulated.orders(request) == []


async def test_fee_rates(connector: Connector, instrument: Instrument) -> None:
    if not connector.capabilities.tells_fees:
        with pytest.raises(NotSupported):
            await connector.fee_rates(instrument.symbol)
        return
    rates = await connector.fee_rates(instrument.symbol)
    assert Decimal(0) <= rates.maker <= rates.taker < Decimal("0.1")


@pytest.mark.parametrize(
    ("rule", "executed"),
    [
        ({"kind": "5xx", "when": "after"}, True),
        ({"kind": "5xx", "when": "before"}, False),
        ({"kind": "drop", "when": "after"}, True),
        ({"kind": "drop", "when": "before"}, False),
        ({"kind": "garbage", "when": "after"}, True),
    ],
)
async def test_an_order_without_a_trustworthy_answer_is_never_sent_twice(
    connector: Connector,
    simulated: Simulated,
    resting: Callable[..., OrderRequest],
    *,
    rule: dict[str, str],
    executed: bool,
) -> None:
    request = resting()
    await connector.server_time()
    simulated.fault(**rule, method="POST", path="*order*", count=1)
    with pytest.raises(OutcomeUnknown) as caught:
        await connector.place_order(request)
    assert caught.value.may_have_executed
    true = simulated.orders(request)
    assert len(true) == int(executed)
    simulated.clear_faults()
    listed = [order for order in await connector.open_orders(request.symbol) if order.price == request.price]
    assert [order.order_id for order in listed] == [row["order_id"] for row in true]
    if executed:
        assert listed[0].status is OrderStatus.OPEN
        await connector.cancel_order(listed[0])
    elif connector.capabilities.client_order_ids:
        with pytest.raises(OrderNotFound):
            await connector.order(named(request))


async def test_a_wrong_clock_is_set_right(
    connector: Connector, simulated: Simulated, resting: Callable[..., OrderRequest]
) -> None:
    await connector.balances()
    simulated.fault(kind="skew", ms=60_000)
    request = resting()
    placed = await connector.place_order(request)
    assert placed.order_id is not None
    assert len(simulated.orders(request)) == 1
    assert connector.health.clock_offset_ms is not None
    assert 55_000 < connector.health.clock_offset_ms < 65_000
    simulated.clear_faults()
    await connector.cancel_order(placed)


async def test_too_many_requests_stop_the_venue_before_it_bans(
    simulated: Simulated, resting: Callable[..., OrderRequest]
) -> None:
    request = resting()
    async with open_connector(
        simulated.venue, endpoints=simulated.endpoints, credentials=simulated.credentials
    ) as alone:
        await alone.server_time()
        simulated.fault(kind="429", method="POST", count=1, retry_after=30)
        with pytest.raises(RateLimited) as caught:
            await alone.place_order(request)
        assert not caught.value.may_have_executed
        assert alone.health.budget_left == 0
        if (caught.value.retry_after or 0) > MAX_WAIT_S:
            with pytest.raises(RateLimited):
                await alone.instruments()
    assert simulated.orders(request) == []


async def test_a_wrong_secret_is_refused(simulated: Simulated, limits: RateLimiter) -> None:
    wrong = Credentials(key=simulated.key, secret="not the secret at all")
    async with open_connector(
        simulated.venue, endpoints=simulated.endpoints, credentials=wrong, limits=limits
    ) as stranger:
        with pytest.raises(AuthFailed) as caught:
            await stranger.balances()
    assert simulated.key not in str(caught.value)


async def test_the_account_stream_comes_back_by_itself(
    connector: Connector, simulated: Simulated, resting: Callable[..., OrderRequest], events: Events, until: Until
) -> None:
    await connector.start_account_stream()
    await until(lambda: events.states(private=True)[-1:] == [StreamState.LIVE])
    if "account" in connector.capabilities.polled:
        simulated.fault(kind="5xx", path="/v1/account", count=4)
    else:
        simulated.fault(kind="drop", channel="private", count=1)
    first = await connector.place_order(resting())
    await until(lambda: StreamState.DOWN in events.states(private=True))
    await until(lambda: events.states(private=True)[-1] is StreamState.LIVE)
    second = await connector.place_order(resting())
    await until(lambda: second.order_id in {order.order_id for order in events.of(Order)})
    assert all(order.account == connector.account for order in events.of(Order))
    await connector.cancel_orders([first, second])


async def test_bad_account_frames_never_become_numbers(
    connector: Connector, simulated: Simulated, resting: Callable[..., OrderRequest], events: Events, until: Until
) -> None:
    await connector.start_account_stream()
    await until(lambda: events.states(private=True)[-1:] == [StreamState.LIVE])
    if "account" in connector.capabilities.polled:
        simulated.fault(kind="nan", path="/v1/account", count=2)
        simulated.fault(kind="nan", path="/v1/openOrders", count=2)
    else:
        simulated.fault(kind="nan", channel="private", count=2)
    placed = await connector.place_order(resting())
    if "account" in connector.capabilities.polled:
        await until(lambda: StreamState.STALE in events.states(private=True))
    else:
        await until(lambda: sum(connector.health.malformed.values()) >= 1)
    simulated.clear_faults()
    await connector.cancel_order(placed)
    await until(
        lambda: any(
            order.order_id == placed.order_id and order.status is OrderStatus.CANCELED for order in events.of(Order)
        )
    )
    assert all(order.filled_quantity.is_finite() for order in events.of(Order))
    assert all(balance.free.is_finite() for balance in events.of(Balance))


async def test_a_venue_that_is_away_took_no_order(resting: Callable[..., OrderRequest], simulated: Simulated) -> None:
    request = resting()
    nowhere = replace(simulated.endpoints, rest="http://127.0.0.1:9")
    async with open_connector(simulated.venue, endpoints=nowhere, credentials=simulated.credentials) as connector:
        with pytest.raises(VenueUnavailable) as caught:
            await connector.place_order(request)
    assert not caught.value.may_have_executed
