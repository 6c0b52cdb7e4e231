"""The connector against a venue that answers as the document's examples do: requests sent, values returned."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from terminal.connectors import Credentials, open_connector
from terminal.connectors.contract import Connector, Event, TapRecord
from terminal.connectors.hashkey.signing import signature
from terminal.domain import (
    Endpoints,
    Fill,
    InstrumentStatus,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.failures import (
    ClockSkew,
    Failure,
    InstrumentNotFound,
    InsufficientFunds,
    InvalidOrder,
    MalformedMessage,
    NotSupported,
    OrderNotFound,
    OutcomeUnknown,
)

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request, Until

KEY, SECRET = "key-of-this-test-account", "secret-of-this-test-account"


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def taps() -> list[TapRecord]:
    return []


@pytest.fixture
async def connector(hashkey: LoopbackVenue, events: list[Event], taps: list[TapRecord]) -> AsyncIterator[Connector]:
    async with open_connector(
        "hashkey-mena",
        endpoints=hashkey.endpoints,
        credentials=Credentials(key=KEY, secret=SECRET),
        sink=events.append,
        tap=taps.append,
    ) as opened:
        yield opened


def parameters(request: Request) -> dict[str, str]:
    """The request's parameters, after checking that it is signed over its exact bytes and with both keys."""
    text = request.query or request.body
    signed, _, digest = text.rpartition("&signature=")
    if not signed:
        signed, _, digest = text.rpartition("signature=")
    assert digest == signature(SECRET, signed.rstrip("&"))
    assert request.headers["X-HK-APIKEY"] == request.headers["X-APIKEY"] == KEY
    fields = dict(parse_qsl(signed, keep_blank_values=True))
    assert len(fields.pop("timestamp")) == 13
    return fields


def limit(**changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "symbol": "ETHUSD",
        "side": "buy",
        "type": "limit",
        "quantity": Decimal("0.03"),
        "price": Decimal(1900),
    }
    return OrderRequest(**{**fields, **changes})


# public reads


async def test_public_reads_are_unsigned(hashkey: LoopbackVenue, connector: Connector) -> None:
    assert await connector.server_time() == 1764229341307
    await connector.order_book("ETHUSD", depth=200)
    assert [request.query for request in hashkey.requests] == ["", "symbol=ETHUSD&limit=200"]
    assert not any("X-HK-APIKEY" in request.headers for request in hashkey.requests)


async def test_exchange_info_gives_every_rule(hashkey: LoopbackVenue, connector: Connector) -> None:
    (usdt,) = await connector.instruments()
    assert hashkey.requests[0].query == "site=UAE"
    assert (usdt.venue, usdt.symbol, usdt.base, usdt.quote) == ("hashkey-mena", "USDTAED", "USDT", "AED")
    assert usdt.status is InstrumentStatus.TRADING
    assert (str(usdt.tick_size), str(usdt.lot_size), str(usdt.quote_step)) == ("0.001", "0.01", "0.00001")
    assert (str(usdt.min_quantity), str(usdt.max_quantity)) == ("0.3", "200000")
    assert (str(usdt.min_notional), str(usdt.max_notional)) == ("1", "733320")
    market = usdt.market_limits
    assert market is not None
    assert (str(market.min_quantity), str(market.max_quantity)) == ("0.3", "100000")
    assert (str(market.min_notional), str(market.max_notional)) == ("1", "366660")
    assert usdt.limit_band is not None
    assert usdt.market_band is not None
    assert (usdt.limit_band.buy_up, usdt.limit_band.sell_down) == (Decimal("0.1"), Decimal("0.1"))
    assert usdt.max_open_orders == 300


@pytest.mark.parametrize("shape", ["object", "list"])
async def test_exchange_info_comes_in_other_shapes_too(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes], shape: str
) -> None:
    symbol = json.loads(payload("http_get_exchange_info"))
    unusable = [{**symbol, "symbol": "EMPTY", "filters": []}, {**symbol, "symbol": "BAD", "baseAsset": ""}]
    symbols = [symbol, *unusable]
    reply: object = symbols if shape == "list" else {"timezone": "UTC", "serverTime": "1", "symbols": symbols}
    hashkey.routes["GET /api/v1/exchangeInfo"] = json.dumps(reply)
    assert [instrument.symbol for instrument in await connector.instruments()] == ["USDTAED"]
    assert sum(connector.health.malformed.values()) == 1


async def test_books(hashkey: LoopbackVenue, connector: Connector) -> None:
    book = await connector.order_book("BTCUSDT")
    assert [(str(p), str(q)) for p, q in book.bids] == [("87473.15", "0.05805"), ("87473.14", "0.01143")]
    assert [(str(p), str(q)) for p, q in book.asks] == [("87474.35", "0.00114"), ("87476.61", "0.00045")]
    assert (book.time, book.step, book.source) == (1764059245287, None, "snapshot")
    merged = await connector.order_book("BTCUSDT", depth=10, step="1")
    assert (merged.step, merged.time) == ("1", 1766718663907)
    assert hashkey.requests[-1].query == "symbol=BTCUSDT&limit=10&scale=1"
    with pytest.raises(NotSupported):
        await connector.order_book("BTCUSDT", step="0.01")


async def test_public_trades_are_oldest_first(connector: Connector) -> None:
    trades = await connector.trades("BTCUSDT")
    assert [trade.time for trade in trades] == [1764059593000, 1764059593105, 1764059594244]
    assert (str(trades[0].price), str(trades[0].quantity), trades[0].side, trades[0].id) == (
        "87371.47", "0.02", Side.BUY, None,
    )  # fmt: skip


async def test_candles(hashkey: LoopbackVenue, connector: Connector) -> None:
    candles = await connector.candles("BTCUSDT", "1m", start=1, end=2, limit=3)
    assert hashkey.requests[0].query == "symbol=BTCUSDT&interval=1m&limit=3&startTime=1&endTime=2"
    assert [candle.time for candle in candles] == [1766718300000, 1766718360000, 1766718420000]
    last = candles[-1]
    assert (str(last.open), str(last.base_volume), str(last.quote_volume)) == ("89101.5", "0.00012", "10.69218")
    with pytest.raises(NotSupported):
        await connector.candles("BTCUSDT", "7m")


async def test_tickers(hashkey: LoopbackVenue, connector: Connector) -> None:
    (ticker,) = await connector.tickers()
    assert (ticker.symbol, str(ticker.last), str(ticker.high), str(ticker.low), str(ticker.open)) == (
        "BTCUSDT-PERPETUAL", "89164.2", "89323.6", "86850.6", "87828.6",
    )  # fmt: skip
    assert (str(ticker.bid), str(ticker.ask), str(ticker.base_volume), str(ticker.quote_volume)) == (
        "89056.6", "89056.7", "823", "72224.7966",
    )  # fmt: skip
    assert (ticker.time, ticker.change) == (1766718180001, None)
    assert await connector.tickers(["OTHER", "ANOTHER"]) == []
    await connector.tickers(["BTCUSDT"])
    assert [request.query for request in hashkey.requests] == ["", "", "symbol=BTCUSDT"]


# orders


async def test_a_limit_order(hashkey: LoopbackVenue, connector: Connector) -> None:
    request = limit(
        client_order_id="99999888905", time_in_force="GTC", self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER
    )
    order = await connector.place_order(request)
    (sent,) = hashkey.asked("POST /api/v1.1/spot/order")
    assert sent.query == ""
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parameters(sent) == {
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
    hashkey: LoopbackVenue, connector: Connector, request_fields: dict[str, Any], sent: dict[str, str]
) -> None:
    await connector.place_order(OrderRequest(symbol="ETHUSD", side=Side.BUY, type=OrderType.MARKET, **request_fields))
    (request,) = hashkey.asked("POST /api/v1.1/spot/order")
    assert parameters(request) == {"symbol": "ETHUSD", "side": "BUY", "type": "MARKET", **sent}


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


async def test_an_acknowledgement_without_status_is_pending(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["POST /api/v1.1/spot/order"] = '{"orderId":1563277167764290304}'
    order = await connector.place_order(limit())
    assert (order.order_id, order.status, order.symbol) == ("1563277167764290304", OrderStatus.PENDING, "ETHUSD")


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
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
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
    assert sorted(dict(parse_qsl(sent.query))) == ["signature", "timestamp"]
    signed, _, digest = sent.query.rpartition("&signature=")
    assert digest == signature(SECRET, signed)


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


async def test_an_order_is_tested_without_being_placed(hashkey: LoopbackVenue, connector: Connector) -> None:
    order = await connector.test_order(limit())
    assert order.status is OrderStatus.PENDING
    assert order.order_id is None
    assert parameters(hashkey.asked("POST /api/v1/spot/orderTest")[0])["quantity"] == "0.03"
    with pytest.raises(NotSupported):
        await connector.test_order(limit(type="market", price=None, quantity=None, quote_amount=Decimal(5)))


ORDER = Order(venue="hashkey-mena", symbol="ETHUSD", status="open", order_id="1563291927536863744")  # type: ignore[arg-type]  # plain strings are accepted


async def test_a_cancel_keeps_the_venues_own_status(hashkey: LoopbackVenue, connector: Connector) -> None:
    order = await connector.cancel_order(ORDER)
    assert (order.status, order.order_id) == (OrderStatus.OPEN, "1563291927536863744")
    by_client_id = Order(venue="hashkey-mena", symbol="ETHUSD", status=OrderStatus.OPEN, client_order_id="mine")
    await connector.cancel_order(by_client_id)
    sent = hashkey.asked("DELETE /api/v1/spot/order")
    assert [parameters(request) for request in sent] == [
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


async def test_cancel_all_of_a_symbol(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.cancel_all("BTCUSDT", side="sell")
    (sent,) = hashkey.asked("DELETE /api/v1/spot/openOrders")
    assert parameters(sent) == {"symbol": "BTCUSDT", "side": "SELL"}


async def test_cancel_all_follows_the_pages(hashkey: LoopbackVenue, connector: Connector) -> None:
    def page(request: Request) -> str:
        last = dict(parse_qsl(request.body)).get("fromOrderId")
        reached = {None: 200, "200": 350, "350": 350}[last]
        return json.dumps({"code": "0000", "message": "success", "timestamp": 1714406315538, "lastOrderId": reached})

    hashkey.routes["DELETE /api/v1/spot/cancelAllOpenOrders"] = page
    await connector.cancel_all()
    pages = [parameters(request) for request in hashkey.asked("DELETE /api/v1/spot/cancelAllOpenOrders")]
    assert pages == [
        {"limit": "200"},
        {"fromOrderId": "200", "limit": "200"},
        {"fromOrderId": "350", "limit": "200"},
    ]


async def test_an_order_is_queried_by_either_id(hashkey: LoopbackVenue, connector: Connector) -> None:
    order = await connector.order(ORDER)
    assert (order.status, order.type, order.price) == (OrderStatus.FILLED, OrderType.MARKET, None)
    assert (str(order.filled_quantity), str(order.average_price)) == ("0.1", "112922.4")
    assert (order.created, order.updated, order.reason) == (1766133332319, 1766133332383, None)
    await connector.order(Order(venue="v", symbol="S", status=OrderStatus.UNKNOWN, client_order_id="mine"))
    sent = hashkey.asked("GET /api/v1/spot/order")
    assert [parameters(request) for request in sent] == [
        {"orderId": "1563291927536863744"},
        {"origClientOrderId": "mine"},
    ]
    with pytest.raises(InvalidOrder):
        await connector.order(Order(venue="v", symbol="S", status=OrderStatus.UNKNOWN))


async def test_listings_are_oldest_first(hashkey: LoopbackVenue, connector: Connector) -> None:
    (working,) = await connector.open_orders("ETHUSD")
    assert (working.status, working.average_price, str(working.price)) == (OrderStatus.OPEN, None, "1900")
    by_quote, by_base = await connector.order_history("ETHUSD", start=1, end=2, limit=3)
    assert by_base.created is not None
    assert by_quote.created is not None
    assert by_quote.created < by_base.created
    assert (by_quote.quantity, str(by_quote.quote_amount)) == (None, "10")
    assert parameters(hashkey.asked("GET /api/v1/spot/tradeOrders")[0]) == {
        "symbol": "ETHUSD", "startTime": "1", "endTime": "2", "limit": "3",
    }  # fmt: skip


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


# account


async def test_balances_fee_rates_and_fills(hashkey: LoopbackVenue, connector: Connector) -> None:
    balances = await connector.balances()
    assert [(b.asset, str(b.free), str(b.locked), str(b.total)) for b in balances][::3] == [
        ("BTC", "61.051866639", "0.15459", "61.206456639"),
        ("USDT", "206381.2785765348009", "0", "206381.2785765348009"),
    ]
    rates = await connector.fee_rates("ATOMUSDC")
    assert (str(rates.maker), str(rates.taker), rates.buy_fee_asset, rates.sell_fee_asset) == (
        "0.0012", "0.0012", "ATOM", "USDC",
    )  # fmt: skip
    earlier, later = await connector.fills("BTCUSDT")
    assert (earlier.trade_id, later.trade_id) == ("2133553700836353792", "2133553701515831040")
    assert later == Fill(
        venue="hashkey-mena",
        account="main",
        symbol="BTCUSDT",
        trade_id="2133553701515831040",
        order_id="2133553695652194048",
        client_order_id="1769075420193253",
        side=Side.BUY,
        price=Decimal("112935.08"),
        quantity=Decimal("0.01098"),
        fee=Decimal("0.000013176"),
        fee_asset="BTC",
        is_maker=False,
        time=1769075420311,
        extra={"ticket_id": "4636458470505791492"},
    )
    with pytest.raises(InstrumentNotFound):
        await connector.fee_rates("NOPE")


# what holds for every call


async def test_a_clock_off_is_set_right_and_the_write_sent_again_once(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    attempts: list[str] = []

    def place(request: Request) -> web.StreamResponse | bytes:
        attempts.append(request.body)
        if len(attempts) == 1:
            return web.json_response({"code": "-1021", "msg": "Timestamp outside of the recvWindow"}, status=400)
        return payload("http_post_order")

    hashkey.routes["POST /api/v1.1/spot/order"] = place
    order = await connector.place_order(limit())
    assert order.order_id == "1563277167764290304"
    assert len(attempts) == 2
    assert len(hashkey.asked("GET /api/v1/time")) == 2
    hashkey.routes["POST /api/v1.1/spot/order"] = lambda _: web.json_response({"code": -1021}, status=400)
    with pytest.raises(ClockSkew):
        await connector.place_order(limit())
    assert len(hashkey.asked("POST /api/v1.1/spot/order")) == 4


async def test_requests_carry_the_venues_time(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.balances()
    stamped = int(dict(parse_qsl(hashkey.asked("GET /api/v1/account")[0].query))["timestamp"])
    assert 0 <= stamped - 1764229341307 < 5000
    assert connector.health.clock_offset_ms is not None
    assert connector.health.clock_offset_ms < -1_000_000


async def test_secrets_never_show(
    hashkey: LoopbackVenue, connector: Connector, taps: list[TapRecord], until: Until
) -> None:
    await connector.place_order(limit())
    await connector.start_account_stream()
    await until(hashkey.open_sockets)
    hashkey.routes["GET /api/v1/account"] = lambda _: web.json_response(
        {"code": "0102", "msg": f"Invalid APIKey {KEY}"}, status=400
    )
    with pytest.raises(Failure) as caught:
        await connector.balances()
    await connector.close()
    listen_key = hashkey.sockets[0].path.rpartition("/")[2]
    shown = " ".join(record.target + record.text for record in taps) + str(caught.value) + repr(connector)
    assert len(taps) > 5
    for secret in (KEY, SECRET, listen_key):
        assert secret not in shown
    for request in hashkey.requests:
        digest = dict(parse_qsl(request.query + request.body)).get("signature")
        assert digest is None or digest not in shown


async def test_what_the_venue_lacks_is_refused_before_any_byte(hashkey: LoopbackVenue, connector: Connector) -> None:
    missing: Any = connector
    for method, arguments in [("place_offer", ("offer1",)), ("inspect_offer", ("offer1",)), ("withdraw", (None,))]:
        assert method not in connector.capabilities.methods
        with pytest.raises(NotSupported):
            await getattr(missing, method)(*arguments)
    with pytest.raises(NotSupported):
        await connector.subscribe("smells", "BTCUSDT")
    with pytest.raises(NotSupported):
        await connector.subscribe("candles", "BTCUSDT", interval="7m")
    with pytest.raises(NotSupported):
        await connector.subscribe("book", "BTCUSDT", step="1")
    assert hashkey.requests == []


async def test_every_method_of_the_capabilities_exists(connector: Connector) -> None:
    for method in connector.capabilities.methods:
        assert asyncio.iscoroutinefunction(getattr(connector, method))


async def test_accounts_of_one_venue_share_one_budget(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /api/v1/time"] = lambda _: web.Response(status=418)
    shared: Any = connector
    async with open_connector(
        "hashkey-mena",
        endpoints=Endpoints(rest=hashkey.http),
        credentials=Credentials(key="another-key", secret="another-secret"),
        account="second",
        limits=shared.limits,
    ) as second:
        with pytest.raises(Failure, match="banned"):
            await second.server_time()
        with pytest.raises(Failure, match="banned"):
            await connector.instruments()
    assert connector.health.budget_left == 0
