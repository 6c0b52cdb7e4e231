"""Signing, order entry and cancels of the ChainUp engine: what leaves, and what never does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from terminal.connectors import Credentials, open_connector
from terminal.connectors.chainup.signing import signature, signed_form
from terminal.connectors.contract import Connector, TapRecord
from terminal.domain import Order, OrderRequest, OrderStatus, OrderType, Side, TimeInForce
from terminal.domain.failures import AuthFailed, InvalidOrder, NotSupported, OrderAlreadyClosed, VenueError
from terminal.domain.kinds import SelfTradePrevention
from tests.connectors.chainup.conftest import Form

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

D = Decimal
LIMIT = OrderRequest(symbol="btcusdt", side=Side.BUY, type=OrderType.LIMIT, quantity=D("0.0010"), price=D("9000.00"))
ORDER = Order(venue="cryptocom", symbol="btcusdt", order_id="8140", side=Side.BUY, status=OrderStatus.OPEN)
DAY = ("2019-10-24 00:00:00", "2019-10-29 00:00:00")
VECTORS: list[tuple[dict[str, str], str]] = [
    ({}, "c5519b5b9b108e445fd49028ec90f62aa52b80bcc6d3f339334fc69b82071c40"),
    (
        {"symbol": "btcusdt", "side": "BUY", "type": "1", "volume": "0.001", "price": "9000"},
        "b61be5f71ae8823d4065531782de1b383f82099b01224d088c9061a951a84661",
    ),
    (
        {"symbol": "btcusdt", "side": "BUY", "type": "2", "volume": "9", "price": ""},
        "ae5fccfdb66401c1282d54a7586e97dd1bb658b24595e1ac63b4c3826083bded",
    ),
    ({"order_id": "8140", "symbol": "btcusdt"}, "2a2f0e476eaf219c1ae897855a379f90c8c8a37ac8e62332c800ab62b7dfac45"),
    (
        {"symbol": "btcusdt", "startDate": DAY[0], "endDate": DAY[1], "pageSize": "10", "page": "1", "sort": "1"},
        "a08b48680cdfdd2bc1e04e6e93493b838fb87cf9bfa81c55f377f39dd99276da",
    ),
]


@pytest.mark.parametrize(("parameters", "digest"), VECTORS)
def test_signature_vectors(parameters: dict[str, str], digest: str) -> None:
    signed = [*parameters.items(), ("api_key", "testkey"), ("time", "1573789761928")]
    assert signature("testsecret", signed) == digest
    form = signed_form("testkey", "testsecret", list(parameters.items()), 1573789761928)
    assert form.endswith(f"&sign={digest}")
    assert "price=&" not in form  # an empty value is neither signed nor sent


def test_the_documents_own_signed_text() -> None:
    fields = [("time", "1573789761928"), ("api_key", "mZhlB7z8dDXXdL74uwoIoqAtPQSpY6Mk")]
    digest = "566812d7cddd99c796516ca2071db0fc8aaaa35a37c276b43b8188e1a930d4ca"
    assert signature("qg7fPyVj43tvfWBX83pSB7s8ZajHD1ve", fields) == digest


ENTRIES: list[tuple[OrderRequest, dict[str, str]]] = [
    (LIMIT, {"side": "BUY", "type": "1", "volume": "0.0010", "price": "9000.00", "symbol": "btcusdt"}),
    (
        OrderRequest(symbol="ethbtc", side=Side.SELL, type=OrderType.MARKET, quantity=D("1.5")),
        {"side": "SELL", "type": "2", "volume": "1.5", "symbol": "ethbtc"},
    ),
    (
        OrderRequest(symbol="ethbtc", side=Side.BUY, type=OrderType.MARKET, quote_amount=D("0.1000")),
        {"side": "BUY", "type": "2", "volume": "0.1000", "symbol": "ethbtc"},
    ),
    (
        replace(LIMIT, fee_in_platform_coin=True),
        {
            "side": "BUY", "type": "1", "volume": "0.0010", "price": "9000.00", "symbol": "btcusdt",
            "fee_is_user_exchange_coin": "1",
        },
    ),
    (
        replace(LIMIT, fee_in_platform_coin=False, price=D("1E-7")),
        {
            "side": "BUY", "type": "1", "volume": "0.0010", "price": "0.0000001", "symbol": "btcusdt",
            "fee_is_user_exchange_coin": "0",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "sent"), ENTRIES)
async def test_an_order_travels_as_documented(
    chainup: LoopbackVenue, connector: Connector, form_of: Form, request_: OrderRequest, sent: dict[str, str]
) -> None:
    placed = await connector.place_order(request_)
    (request,) = chainup.asked("POST /v1/order")
    assert form_of(request) == sent
    assert (placed.order_id, placed.status, placed.account) == ("34343", OrderStatus.PENDING, "main")
    assert (placed.quantity, placed.quote_amount, placed.price) == (
        request_.quantity, request_.quote_amount, request_.price,
    )  # fmt: skip


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"symbol": ""}, "symbol"),
    ({"price": None}, "price"),
    ({"price": D(0)}, "price"),
    ({"price": D("NaN")}, "price"),
    ({"quantity": None}, "quantity"),
    ({"quantity": D(-1)}, "quantity"),
    ({"quote_amount": D(5)}, "quote_amount"),
    ({"type": OrderType.MARKET}, "price"),
    ({"type": OrderType.MARKET, "price": None}, "quote_amount"),
    ({"type": OrderType.MARKET, "price": None, "quote_amount": D(5)}, "quantity"),
    ({"type": OrderType.MARKET, "price": None, "quantity": None, "quote_amount": D(0)}, "quote_amount"),
    ({"type": OrderType.MARKET, "price": None, "side": Side.SELL, "quote_amount": D(5)}, "quote_amount"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
async def test_a_wrong_order_names_its_field_and_sends_nothing(
    chainup: LoopbackVenue, connector: Connector, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidOrder) as caught:
        await connector.place_order(replace(LIMIT, **changes))
    assert caught.value.field == field
    assert chainup.requests == []


MISSING: list[dict[str, Any]] = [
    {"type": OrderType.LIMIT_MAKER},
    {"time_in_force": TimeInForce.FOK},
    {"time_in_force": TimeInForce.IOC},
    {"self_trade_prevention": SelfTradePrevention.EXPIRE_TAKER},
    {"client_order_id": "mine"},
]


@pytest.mark.parametrize("changes", MISSING)
async def test_what_the_venue_lacks_is_refused_before_any_byte(
    chainup: LoopbackVenue, connector: Connector, changes: dict[str, Any]
) -> None:
    with pytest.raises(NotSupported):
        await connector.place_order(replace(LIMIT, **changes))
    assert chainup.requests == []


async def test_every_method_that_is_missing_says_why_and_sends_nothing(
    chainup: LoopbackVenue, connector: Connector
) -> None:
    for ask in (
        connector.test_order(LIMIT),
        connector.fee_rates("btcusdt"),
        connector.assets(),
        connector.accounts(),
        connector.vip_info(),
        connector.balances("another account"),
        connector.fills("btcusdt", client_order_id="mine"),
        connector.order(replace(ORDER, order_id=None)),
        connector.cancel_order(replace(ORDER, order_id=None)),
    ):
        with pytest.raises(NotSupported) as caught:
            await ask
        assert len(str(caught.value)) > 20
    assert chainup.requests == []


async def test_a_cancel_is_a_delete_with_a_form_body(
    chainup: LoopbackVenue, connector: Connector, form_of: Form
) -> None:
    cancelled = await connector.cancel_order(ORDER)
    (request,) = chainup.asked("DELETE /v1/order")
    assert form_of(request) == {"order_id": "8140", "symbol": "btcusdt"}
    assert (cancelled.order_id, cancelled.status) == ("8140", OrderStatus.PENDING)  # accepted, not done


@pytest.mark.parametrize("status", [404, 405])
async def test_where_the_documented_cancel_does_not_exist_the_clients_one_serves(
    chainup: LoopbackVenue, connector: Connector, form_of: Form, status: int
) -> None:
    chainup.routes["DELETE /v1/order"] = lambda _: web.Response(status=status, text="no")
    chainup.routes["POST /v1/orders/cancel"] = '{"code":"0","msg":"suc","data":null}'
    await connector.cancel_order(ORDER)
    await connector.cancel_order(ORDER)
    assert len(chainup.asked("DELETE /v1/order")) == 1  # it is remembered
    asked = chainup.asked("POST /v1/orders/cancel")
    assert [form_of(request)["order_id"] for request in asked] == ["8140", "8140"]


async def test_a_refused_cancel_is_not_sent_another_way(chainup: LoopbackVenue, connector: Connector) -> None:
    chainup.routes["DELETE /v1/order"] = '{"code":"8","msg":"cancel order failed"}'
    with pytest.raises(OrderAlreadyClosed):
        await connector.cancel_order(ORDER)
    assert chainup.asked("POST /v1/orders/cancel") == []


async def test_cancel_all_of_a_pair_is_one_call(chainup: LoopbackVenue, connector: Connector, form_of: Form) -> None:
    await connector.cancel_all("btcusdt")
    (request,) = chainup.asked("POST /v1/cancelAllOrders")
    assert form_of(request) == {"symbol": "btcusdt"}


async def test_cancel_all_of_a_side_leaves_the_other(chainup: LoopbackVenue, connector: Connector) -> None:
    await connector.cancel_all("btcusdt", Side.SELL)
    assert chainup.asked("POST /v1/cancelAllOrders") == chainup.asked("DELETE /v1/order") == []
    await connector.cancel_all("btcusdt", "buy")
    assert len(chainup.asked("DELETE /v1/order")) == 2


async def test_cancel_all_of_a_side_tells_what_may_still_be_open(chainup: LoopbackVenue, connector: Connector) -> None:
    chainup.routes["DELETE /v1/order"] = '{"code":"9","msg":"frozen"}'
    with pytest.raises(VenueError) as caught:
        await connector.cancel_all("btcusdt", Side.BUY)
    assert "may still be open" in str(caught.value)


async def test_several_orders_go_one_by_one_and_each_has_its_fate(chainup: LoopbackVenue, connector: Connector) -> None:
    results = await connector.place_orders([LIMIT, replace(LIMIT, price=None), LIMIT])
    assert [type(one) for one in results] == [Order, InvalidOrder, Order]
    assert len(chainup.asked("POST /v1/order")) == 2
    chainup.routes["DELETE /v1/order"] = '{"code":"22","msg":"order does not exist"}'
    gone, nameless = await connector.cancel_orders([ORDER, replace(ORDER, order_id=None)])
    assert (type(gone).__name__, type(nameless).__name__) == ("OrderNotFound", "NotSupported")


STATES = {
    0: OrderStatus.PENDING,
    1: OrderStatus.OPEN,
    2: OrderStatus.FILLED,
    3: OrderStatus.PARTIALLY_FILLED,
    4: OrderStatus.CANCELED,
    5: OrderStatus.PENDING_CANCEL,
    6: OrderStatus.EXPIRED,
    7: OrderStatus.UNKNOWN,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("as_text", [True, False])
async def test_order_states(chainup: LoopbackVenue, connector: Connector, state: int, *, as_text: bool) -> None:
    said = f'"{state}"' if as_text else str(state)
    row = f'{{"id":7,"side":"SELL","type":1,"status":{said},"volume":"2","deal_volume":"0.5","price":"3"}}'
    chainup.routes["POST /v1/showOrder"] = f'{{"code":0,"data":{{"order_info":{row},"trade_list":[]}}}}'
    found = await connector.order(ORDER)
    assert (found.status, found.filled_quantity) == (STATES[state], D("0.5"))
    assert (found.reason is not None) is (state == 6)
    assert ("unknown order status" in connector.health.malformed) is (state == 7)


async def test_a_market_buys_volume_is_its_total(chainup: LoopbackVenue, connector: Connector) -> None:
    row = '{"id":7,"side":"BUY","type":2,"status":2,"volume":"50.00","deal_volume":"0.5","price":"0"}'
    chainup.routes["POST /v1/showOrder"] = f'{{"code":0,"data":{{"order_info":{row},"trade_list":[]}}}}'
    found = await connector.order(ORDER)
    assert (found.quantity, found.quote_amount, found.price) == (None, D(50), None)


async def test_no_key_no_byte(chainup: LoopbackVenue) -> None:
    for credentials in (None, Credentials(key="k" * 8), Credentials(key="with space", secret="s" * 8)):
        async with open_connector("cryptocom", endpoints=chainup.endpoints, credentials=credentials) as connector:
            with pytest.raises(AuthFailed):
                await connector.balances()
            with pytest.raises(AuthFailed):
                await connector.start_account_stream()
    assert chainup.requests == []


async def test_what_is_recorded_holds_no_secret(
    connector: Connector, taps: list[TapRecord], credentials: Credentials
) -> None:
    await connector.place_order(LIMIT)
    recorded = "\n".join(f"{tap.target} {tap.text}" for tap in taps)
    assert "POST /v1/order" in recorded
    assert "sign=***" in recorded
    for secret in (credentials.key, credentials.secret):
        assert secret is not None
        assert secret not in recorded
