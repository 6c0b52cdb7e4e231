"""Order entry and order queries: the exact parameters sent, and every kind of answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey.parse import CANCEL_REASONS
from terminal.domain import (
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.failures import (
    Failure,
    InsufficientFunds,
    InvalidOrder,
    MalformedMessage,
    NotSupported,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
)
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request
    from tests.connectors.hashkey.conftest import Parameters


def limit(**changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "symbol": "ETHUSD",
        "side": "buy",
        "type": "limit",
        "quantity": Decimal("0.03"),
        "price": Decimal(1900),
    }
    return OrderRequest(**{**fields, **changes})


async def test_a_limit_order(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    request = limit(
        client_order_id="99999888905", time_in_force="GTC", self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER
    )
    order = await connector.place_order(request)
    (sent,) = hashkey.asked("POST /api/v1.1/spot/order")
    assert sent.query == ""
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parameters_of(sent) == {
        "symbol": "ETHUSD",
        "side": "BUY",
        "type": "LIMIT",
        "price": "1900",
        "quantity": "0.03",
        "newClientOrderId": "99999888905",
        "timeInForce": "GTC",
        "stpMode": "EXPIRE_MAKER",
    }
    assert order == Order(
        venue="hashkey-mena",
        account="main",
        symbol="ETHUSD",
        side=Side.BUY,
        type=OrderType.LIMIT,
        status=OrderStatus.OPEN,
        order_id="1563277167764290304",
        client_order_id="99999888905",
        price=Decimal(1900),
        quantity=Decimal("0.03"),
        time_in_force=TimeInForce.GTC,
        created=1701093160541,
        updated=1701093160541,
    )


@pytest.mark.parametrize(
    ("request_fields", "sent"),
    [
        ({"quantity": Decimal("0.5")}, {"quantity": "0.5"}),
        ({"quote_amount": Decimal("1E+3")}, {"amount": "1000"}),
    ],
)
async def test_a_market_order_names_base_or_quote(
    hashkey: LoopbackVenue,
    connector: Connector,
    parameters_of: Parameters,
    request_fields: dict[str, Any],
    sent: dict[str, str],
) -> None:
    await connector.place_order(OrderRequest(symbol="ETHUSD", side=Side.BUY, type=OrderType.MARKET, **request_fields))
    (request,) = hashkey.asked("POST /api/v1.1/spot/order")
    assert parameters_of(request) == {"symbol": "ETHUSD", "side": "BUY", "type": "MARKET", **sent}


@pytest.mark.parametrize(
    ("request_", "kind", "field"),
    [
        (limit(price=None), InvalidOrder, "price"),
        (limit(quantity=None), InvalidOrder, "quantity"),
        (limit(quantity=Decimal(0)), InvalidOrder, "quantity"),
        (limit(price=Decimal("NaN")), InvalidOrder, "price"),
        (limit(price=Decimal("-Infinity")), InvalidOrder, "price"),
        (limit(symbol=""), InvalidOrder, "symbol"),
        (limit(quote_amount=Decimal(1), quantity=None), InvalidOrder, "quote_amount"),
        (limit(type="market", quote_amount=Decimal(1), price=None), InvalidOrder, "quantity"),
        (limit(type="market"), InvalidOrder, "price"),
        (limit(client_order_id="a b"), InvalidOrder, "client_order_id"),
        (limit(client_order_id="a" * 256), InvalidOrder, "client_order_id"),
        (limit(type="limit_maker", time_in_force="IOC"), NotSupported, None),
        (limit(type="market", price=None, time_in_force="FOK"), NotSupported, None),
    ],
)
async def test_an_impossible_order_is_refused_before_any_byte(
    hashkey: LoopbackVenue, connector: Connector, request_: OrderRequest, kind: type[Failure], field: str | None
) -> None:
    with pytest.raises(kind) as caught:
        await connector.place_order(request_)
    assert getattr(caught.value, "field", None) == field
    assert hashkey.requests == []


async def test_an_acknowledgement_of_an_id_alone_is_completed_from_the_request(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    request = limit(client_order_id="mine", time_in_force="GTC")
    expected = Order(
        venue="hashkey-mena",
        account="main",
        symbol="ETHUSD",
        side=Side.BUY,
        type=OrderType.LIMIT,
        status=OrderStatus.PENDING,
        order_id="1563277167764290304",
        client_order_id="mine",
        price=Decimal(1900),
        quantity=Decimal("0.03"),
        time_in_force=TimeInForce.GTC,
    )
    hashkey.routes["POST /api/v1.1/spot/order"] = '{"orderId":1563277167764290304}'
    hashkey.routes["POST /api/v1.1/spot/batchOrders"] = (
        '{"code":0,"result":[{"code":"0000","order":{"orderId":1563277167764290304}}]}'
    )
    assert await connector.place_order(request) == expected
    assert await connector.place_orders([request]) == [expected]


async def test_what_an_acknowledgement_states_is_not_replaced_by_the_request(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    hashkey.routes["POST /api/v1.1/spot/order"] = '{"orderId":"5","price":"1899","origQty":"0.02","side":"SELL"}'
    order = await connector.place_order(limit())
    assert (order.price, order.quantity, order.side) == (Decimal(1899), Decimal("0.02"), Side.SELL)


@pytest.mark.parametrize("reply", ["{}", '{"orderId":"1","price":"x"}', "[]", "null", '{"orderId":"1","side":"UP"}'])
async def test_an_unreadable_acknowledgement_leaves_the_outcome_unknown(
    hashkey: LoopbackVenue, connector: Connector, reply: str
) -> None:
    hashkey.routes["POST /api/v1.1/spot/order"] = reply
    with pytest.raises(OutcomeUnknown) as caught:
        await connector.place_order(limit())
    assert caught.value.may_have_executed
    assert len(hashkey.asked("POST /api/v1.1/spot/order")) == 1


async def test_a_batch_answers_item_by_item(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, payload: Callable[[str], bytes]
) -> None:
    reply = json.loads(payload("http_post_batch_orders"))
    reply["result"][0] = {"code": "0401", "msg": "Insufficient asset"}
    hashkey.routes["POST /api/v1.1/spot/batchOrders"] = json.dumps(reply)
    requests = [limit(symbol="BTCUSD"), limit(symbol="BTCUSD", price=None), limit(symbol="BTCUSD", side="sell")]
    short, invalid, placed = await connector.place_orders(requests)
    assert isinstance(short, InsufficientFunds)
    assert isinstance(invalid, InvalidOrder)
    assert isinstance(placed, Order)
    assert placed.order_id == "1563289422622997248"
    (sent,) = hashkey.asked("POST /api/v1.1/spot/batchOrders")
    assert sent.headers["Content-Type"] == "application/json"
    assert [row["side"] for row in json.loads(sent.body)] == ["BUY", "SELL"]
    assert parameters_of(sent) == {}  # the timestamp alone is signed


async def test_a_batch_goes_out_by_symbol_twenty_at_a_time(hashkey: LoopbackVenue, connector: Connector) -> None:
    def place(request: Request) -> str:
        rows = json.loads(request.body)
        return json.dumps(
            {
                "code": 0,
                "result": [
                    {"code": "0000", "order": {"orderId": row["newClientOrderId"], "symbol": row["symbol"]}}
                    for row in rows
                ],
            }
        )

    hashkey.routes["POST /api/v1.1/spot/batchOrders"] = place
    requests = [limit(symbol="AB"[number % 2], client_order_id=str(number)) for number in range(45)]
    orders = await connector.place_orders(requests)
    assert [order.order_id for order in orders if isinstance(order, Order)] == [str(number) for number in range(45)]
    batches = [json.loads(request.body) for request in hashkey.asked("POST /api/v1.1/spot/batchOrders")]
    assert [len(batch) for batch in batches] == [20, 3, 20, 2]
    assert all(len({row["symbol"] for row in batch}) == 1 for batch in batches)


@pytest.mark.parametrize("reply", ['{"code":0,"result":[]}', "oops"])
async def test_a_batch_without_a_readable_answer_is_unknown_for_each(
    hashkey: LoopbackVenue, connector: Connector, reply: str
) -> None:
    hashkey.routes["POST /api/v1.1/spot/batchOrders"] = reply
    results = await connector.place_orders([limit(), limit()])
    assert [type(result) for result in results] == [OutcomeUnknown, OutcomeUnknown]


async def test_an_order_is_tested_without_being_placed(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    order = await connector.test_order(limit())
    assert order.status is OrderStatus.PENDING
    assert order.order_id is None
    assert parameters_of(hashkey.asked("POST /api/v1/spot/orderTest")[0])["quantity"] == "0.03"
    with pytest.raises(NotSupported):
        await connector.test_order(limit(type="market", price=None, quantity=None, quote_amount=Decimal(5)))
    for time_in_force in ("IOC", "FOK"):
        with pytest.raises(NotSupported, match="as GTC only"):
            await connector.test_order(limit(time_in_force=time_in_force))
    await connector.test_order(limit(type="market", price=None, time_in_force="IOC"))
    assert len(hashkey.asked("POST /api/v1/spot/orderTest")) == 2


ORDER = Order(venue="hashkey-mena", symbol="ETHUSD", status=OrderStatus.OPEN, order_id="1563291927536863744")


async def test_a_cancel_keeps_the_venues_own_status(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    order = await connector.cancel_order(ORDER)
    assert (order.status, order.order_id) == (OrderStatus.OPEN, "1563291927536863744")
    by_client_id = Order(venue="hashkey-mena", symbol="ETHUSD", status=OrderStatus.OPEN, client_order_id="mine")
    await connector.cancel_order(by_client_id)
    sent = hashkey.asked("DELETE /api/v1/spot/order")
    assert [parameters_of(request) for request in sent] == [
        {"orderId": "1563291927536863744"},
        {"clientOrderId": "mine"},
    ]
    assert all(request.query == "" for request in sent)


async def test_cancels_by_ids_fail_one_by_one(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    hashkey.routes["DELETE /api/v1/spot/cancelOrderByIds"] = payload("http_delete_cancel_order_by_ids_failures")
    orders = [
        Order(venue="hashkey-mena", symbol="BTCUSD", status=OrderStatus.OPEN, order_id=order_id)
        for order_id in ("1507155386372816640", "1", "1507155487740667904")
    ]
    first, second, third = await connector.cancel_orders(orders)
    assert isinstance(first, OrderNotFound)
    assert isinstance(third, OrderNotFound)
    assert isinstance(second, Order)
    assert (second.order_id, second.status) == ("1", OrderStatus.PENDING)
    (sent,) = hashkey.asked("DELETE /api/v1/spot/cancelOrderByIds")
    assert "ids=1507155386372816640,1,1507155487740667904&" in sent.body


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ('{"code":"0000"}', Order),
        ('{"code":"0000","result":null}', Order),
        ('{"code":0,"result":[]}', Order),
        ("{}", OutcomeUnknown),
        ('{"code":"0000","result":7}', OutcomeUnknown),
    ],
)
async def test_cancels_by_ids_without_failures_are_all_accepted(
    hashkey: LoopbackVenue, connector: Connector, reply: str, kind: type[object]
) -> None:
    hashkey.routes["DELETE /api/v1/spot/cancelOrderByIds"] = reply
    assert [type(result) for result in await connector.cancel_orders([ORDER, ORDER])] == [kind, kind]


async def test_cancels_go_out_a_hundred_at_a_time(hashkey: LoopbackVenue, connector: Connector) -> None:
    orders = [
        Order(venue="hashkey-mena", symbol="BTCUSD", status=OrderStatus.OPEN, order_id=str(number))
        for number in range(150)
    ]
    orders.append(Order(venue="hashkey-mena", symbol="BTCUSD", status=OrderStatus.OPEN, client_order_id="mine"))
    results = await connector.cancel_orders(orders)
    assert [result.order_id for result in results[:150] if isinstance(result, Order)] == [str(n) for n in range(150)]
    assert len(hashkey.asked("DELETE /api/v1/spot/cancelOrderByIds")) == 2
    assert len(hashkey.asked("DELETE /api/v1/spot/order")) == 1


async def test_cancel_all_of_a_symbol_reaches_more_orders_than_a_call_takes(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    open_ids = list(range(1, 241))

    def cancel(request: Request) -> str:
        asked = dict(parse_qsl(request.body))
        before = int(asked.get("fromOrderId", "1000"))
        page = [number for number in reversed(open_ids) if number < before][: int(asked["limit"])]
        for number in page:
            open_ids.remove(number)
        return json.dumps({"code": "0000", "message": "success", "lastOrderId": page[-1] if page else 0})

    hashkey.routes["DELETE /api/v1/spot/cancelAllOpenOrders"] = cancel
    await connector.cancel_all("BTCUSDT", side="sell")
    assert open_ids == []
    sent = [parameters_of(request) for request in hashkey.asked("DELETE /api/v1/spot/cancelAllOpenOrders")]
    assert sent == [
        {"symbol": "BTCUSDT", "side": "SELL", "limit": "200"},
        {"symbol": "BTCUSDT", "side": "SELL", "fromOrderId": "41", "limit": "200"},
        {"symbol": "BTCUSDT", "side": "SELL", "fromOrderId": "1", "limit": "200"},
    ]


@pytest.mark.parametrize("symbol", ["BTCUSDT", None])
async def test_cancel_all_of_nothing_is_no_error(
    hashkey: LoopbackVenue, connector: Connector, symbol: str | None
) -> None:
    hashkey.routes["DELETE /api/v1/spot/cancelAllOpenOrders"] = '{"code":"0211","msg":"Order not found"}'
    await connector.cancel_all(symbol)
    assert len(hashkey.asked("DELETE /api/v1/spot/cancelAllOpenOrders")) == 1


async def test_cancel_all_follows_the_pages(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    def page(request: Request) -> str:
        last = dict(parse_qsl(request.body)).get("fromOrderId")
        reached = {None: 200, "200": 350, "350": 350}[last]
        return json.dumps({"code": "0000", "message": "success", "timestamp": 1714406315538, "lastOrderId": reached})

    hashkey.routes["DELETE /api/v1/spot/cancelAllOpenOrders"] = page
    await connector.cancel_all()
    pages = [parameters_of(request) for request in hashkey.asked("DELETE /api/v1/spot/cancelAllOpenOrders")]
    assert pages == [
        {"limit": "200"},
        {"fromOrderId": "200", "limit": "200"},
        {"fromOrderId": "350", "limit": "200"},
    ]


async def test_an_order_is_queried_by_either_id(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    order = await connector.order(ORDER)
    assert (order.status, order.type, order.price) == (OrderStatus.FILLED, OrderType.MARKET, None)
    assert (str(order.filled_quantity), str(order.average_price)) == ("0.1", "112922.4")
    assert (order.created, order.updated, order.reason) == (1766133332319, 1766133332383, None)
    await connector.order(Order(venue="v", symbol="S", status=OrderStatus.UNKNOWN, client_order_id="mine"))
    sent = hashkey.asked("GET /api/v1/spot/order")
    assert [parameters_of(request) for request in sent] == [
        {"orderId": "1563291927536863744"},
        {"origClientOrderId": "mine"},
    ]
    with pytest.raises(InvalidOrder):
        await connector.order(Order(venue="v", symbol="S", status=OrderStatus.UNKNOWN))


@BOTH_VENUES
async def test_listings_are_oldest_first(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    (working,) = await connector.open_orders("ETHUSD")
    assert (working.status, working.average_price, str(working.price)) == (OrderStatus.OPEN, None, "1900")
    by_quote, by_base = await connector.order_history("ETHUSD", start=1, end=2, limit=3)
    assert by_base.created is not None
    assert by_quote.created is not None
    assert by_quote.created < by_base.created
    assert (by_quote.quantity, str(by_quote.quote_amount)) == (None, "10")
    assert parameters_of(hashkey.asked("GET /api/v1/spot/tradeOrders")[0]) == {
        "symbol": "ETHUSD", "startTime": "1", "endTime": "2", "limit": "3",
    }  # fmt: skip


@BOTH_VENUES
async def test_more_open_orders_than_a_page_are_all_listed(hashkey: LoopbackVenue, connector: Connector) -> None:
    def page(request: Request) -> str:
        last = int(dict(parse_qsl(request.query)).get("fromOrderId", "2300"))
        rows = [
            {
                "symbol": "S",
                "orderId": str(number),
                "status": "NEW",
                "side": "BUY",
                "time": str(1_700_000_000_000 + number),
            }
            for number in range(max(last - 1000, 1), last)
        ]
        return json.dumps(rows[::-1])

    hashkey.routes["GET /api/v1/spot/openOrders"] = page
    orders = await connector.open_orders()
    assert [order.order_id for order in orders] == [str(number) for number in range(1, 2300)]


async def test_one_unreadable_order_makes_a_listing_unusable(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /api/v1/spot/openOrders"] = '[{"symbol":"S","orderId":"1","status":"NEW","price":"NaN"}]'
    with pytest.raises(MalformedMessage):
        await connector.open_orders()


async def test_a_listed_order_keeps_its_quote_value_and_self_trade_mode(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    order = await connector.order(ORDER)
    assert order.extra == {"filled_quote": "11292.24", "self_trade_prevention": "EXPIRE_TAKER"}


async def test_no_average_price_is_made_where_the_venue_gives_none(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    hashkey.routes["GET /api/v1/spot/order"] = json.dumps(
        {
            "symbol": "S",
            "orderId": "1",
            "status": "FILLED",
            "executedQty": "2",
            "cumulativeQuoteQty": "5",
            "avgPrice": "0",
        }
    )
    order = await connector.order(ORDER)
    assert (order.average_price, order.extra) == (None, {"filled_quote": "5"})


@pytest.mark.parametrize("reason", ["SYSTEM_CANCEL", "USER_CANCEL", "RISKLIMIT_CANCEL", "BLOCKED_CANCEL",
                                    "CLOSED_CANCEL", "OFFLINE_CANCEL", "SELF_TRADE_CANCEL"])  # fmt: skip
async def test_history_tells_in_words_why_an_order_was_cancelled(
    hashkey: LoopbackVenue, connector: Connector, reason: str
) -> None:
    row = {"symbol": "S", "orderId": "1", "status": "CANCELED", "ordCxlReason": reason}
    hashkey.routes["GET /api/v1/spot/tradeOrders"] = json.dumps([row])
    (order,) = await connector.order_history()
    assert order.reason == f"{CANCEL_REASONS[reason]} ({reason})"


async def test_a_limit_beyond_a_page_is_asked_for_page_by_page(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    def page(request: Request) -> str:
        asked = dict(parse_qsl(request.query))
        last = int(asked.get("fromOrderId", "5000"))
        rows = [
            {"symbol": "S", "orderId": str(n), "status": "FILLED", "side": "BUY", "time": str(1_700_000_000_000 + n)}
            for n in range(max(last - int(asked["limit"]), 1), last)
        ]
        return json.dumps(rows[::-1])

    hashkey.routes["GET /api/v1/spot/tradeOrders"] = page
    orders = await connector.order_history("S", start=1, end=2, limit=1500)
    assert [order.order_id for order in orders] == [str(n) for n in range(3500, 5000)]
    assert [parameters_of(request) for request in hashkey.asked("GET /api/v1/spot/tradeOrders")] == [
        {"symbol": "S", "startTime": "1", "endTime": "2", "limit": "1000"},
        {"symbol": "S", "startTime": "1", "endTime": "2", "fromOrderId": "4000", "limit": "500"},
    ]


async def test_a_client_order_id_may_be_255_characters_long(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    await connector.place_order(limit(client_order_id="a_-9" * 63 + "abc"))
    assert len(parameters_of(hashkey.asked("POST /api/v1.1/spot/order")[0])["newClientOrderId"]) == 255


async def test_a_rate_limit_inside_a_batch_stops_sending_as_any_other(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    hashkey.routes["POST /api/v1.1/spot/batchOrders"] = json.dumps(
        {"code": 0, "result": [{"code": "0003", "msg": "Too many requests"}] * 2}
    )
    requests = [
        OrderRequest(symbol="BTCUSD", side=Side.BUY, type=OrderType.LIMIT, price=Decimal(price), quantity=Decimal(1))
        for price in (100, 99)
    ]

    refused = await connector.place_orders(requests)

    assert [type(result) for result in refused] == [RateLimited, RateLimited]
    assert connector.limits.share_left() == 0
