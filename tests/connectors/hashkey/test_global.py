"""What HashKey Global does its own way: order paths, the meaning of a market buy's quantity, cancels, capabilities."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from terminal.connectors import open_connector
from terminal.connectors.contract import Connector
from terminal.connectors.hashkey.endpoints import GLOBAL, MENA
from terminal.domain import Order, OrderRequest, OrderStatus, Side
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    InstrumentNotFound,
    InsufficientFunds,
    NotSupported,
    OrderAlreadyClosed,
    OrderNotFound,
    VenueError,
)

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request
    from tests.connectors.hashkey.conftest import Parameters


@pytest.fixture
def venue_id() -> str:
    return "hashkey-global"


def request_of(**changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {"symbol": "ETHUSDT", "side": "buy", "type": "limit"}
    return OrderRequest(**{**fields, **changes})


LIMIT = request_of(quantity=Decimal("0.03"), price=Decimal(1900))
BUY_BY_BASE = request_of(type="market", quantity=Decimal("0.5"))
BUY_BY_QUOTE = request_of(type="market", quote_amount=Decimal(25))
SELL_BY_BASE = request_of(type="market", side="sell", quantity=Decimal("0.5"))
SELL_BY_QUOTE = request_of(type="market", side="sell", quote_amount=Decimal(25))


@pytest.mark.parametrize(
    ("request_", "path", "amounts"),
    [
        (LIMIT, "/api/v1/spot/order", {"price": "1900", "quantity": "0.03"}),
        (BUY_BY_BASE, "/api/v1.1/spot/order", {"quantity": "0.5"}),
        (BUY_BY_QUOTE, "/api/v1/spot/order", {"quantity": "25"}),
        (SELL_BY_BASE, "/api/v1/spot/order", {"quantity": "0.5"}),
    ],
)
async def test_an_order_goes_where_its_quantity_means_what_was_asked(
    *,
    hashkey: LoopbackVenue,
    connector: Connector,
    parameters_of: Parameters,
    request_: OrderRequest,
    path: str,
    amounts: dict[str, str],
) -> None:
    await connector.place_order(request_)
    (sent,) = [request for request in hashkey.requests if request.method == "POST"]
    assert sent.path == path
    fields = parameters_of(sent)
    assert {name: fields[name] for name in fields if name not in ("symbol", "side", "type")} == amounts


@pytest.mark.parametrize(
    "request_", [SELL_BY_QUOTE, request_of(quantity=Decimal(1), price=Decimal(1), self_trade_prevention="expire_maker")]
)
async def test_what_the_old_order_path_cannot_say_is_refused_before_any_byte(
    hashkey: LoopbackVenue, connector: Connector, request_: OrderRequest
) -> None:
    with pytest.raises(NotSupported):
        await connector.place_order(request_)
    (result,) = await connector.place_orders([request_])
    assert isinstance(result, NotSupported)
    assert hashkey.requests == []


async def test_a_market_buy_of_a_base_quantity_never_travels_in_a_batch(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    hashkey.routes["POST /api/v1/spot/batchOrders"] = json.dumps(
        {"code": 0, "result": [{"code": "0000", "order": {"orderId": number}} for number in ("1", "2")]}
    )
    hashkey.routes["POST /api/v1.1/spot/order"] = '{"orderId":"3"}'
    results = await connector.place_orders([LIMIT, BUY_BY_BASE, BUY_BY_QUOTE])
    assert [result.order_id for result in results if isinstance(result, Order)] == ["1", "3", "2"]
    (batch,) = hashkey.asked("POST /api/v1/spot/batchOrders")
    assert [row["quantity"] for row in json.loads(batch.body)] == ["0.03", "25"]
    (alone,) = hashkey.asked("POST /api/v1.1/spot/order")
    assert parameters_of(alone)["quantity"] == "0.5"


async def test_a_refusal_of_the_order_sent_alone_is_that_items_failure(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    hashkey.routes["POST /api/v1.1/spot/order"] = lambda _: web.json_response({"code": "-1149"}, status=400)
    hashkey.routes["POST /api/v1/spot/batchOrders"] = '{"code":0,"result":[{"code":"0000","order":{"orderId":"1"}}]}'
    refused, placed = await connector.place_orders([BUY_BY_BASE, LIMIT])
    assert isinstance(refused, VenueError)
    assert isinstance(placed, Order)


class Book:
    """Open orders that DELETE openOrders takes two at a time of, and cancels by ids take the rest of."""

    def __init__(self, venue: LoopbackVenue, *orders: tuple[str, str, str]) -> None:
        self.orders = {order_id: (symbol, side) for order_id, symbol, side in orders}
        self.refused: dict[str, str] = {}
        venue.routes["GET /api/v1/spot/openOrders"] = self.listed
        venue.routes["DELETE /api/v1/spot/openOrders"] = self.cancel
        venue.routes["DELETE /api/v1/spot/cancelOrderByIds"] = self.cancel_by_ids

    def listed(self, request: Request) -> str:
        symbol = dict(pair.split("=") for pair in request.query.split("&")).get("symbol")
        return json.dumps(
            [
                {"orderId": order_id, "symbol": name, "side": side, "status": "NEW"}
                for order_id, (name, side) in self.orders.items()
                if symbol in (None, name)
            ]
        )

    def cancel(self, request: Request) -> str:
        asked = dict(pair.split("=") for pair in request.body.split("&"))
        meant = [
            order_id
            for order_id, (symbol, side) in self.orders.items()
            if symbol == asked["symbol"] and asked.get("side") in (None, side)
        ]
        for order_id in meant[:2]:
            del self.orders[order_id]
        return '{"success":true}'

    def cancel_by_ids(self, request: Request) -> str:
        asked = dict(pair.split("=") for pair in request.body.split("&"))
        for order_id in asked["ids"].split(","):
            if order_id not in self.refused:
                del self.orders[order_id]
        return json.dumps({"code": "0000", "result": [{"orderId": i, "code": c} for i, c in self.refused.items()]})


async def test_cancel_all_goes_symbol_by_symbol_and_takes_what_is_left_by_ids(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    book = Book(hashkey, *((str(n), "AB"[n % 2], "BUY") for n in range(7)))
    await connector.cancel_all()
    assert book.orders == {}
    sent = hashkey.asked("DELETE /api/v1/spot/openOrders")
    assert [parameters_of(request) for request in sent] == [{"symbol": "A"}, {"symbol": "B"}]
    assert hashkey.asked("DELETE /api/v1/spot/cancelAllOpenOrders") == []


async def test_cancel_all_of_a_symbol_and_side_leaves_the_others(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    book = Book(hashkey, ("1", "A", "BUY"), ("2", "A", "SELL"), ("3", "B", "SELL"))
    await connector.cancel_all("A", side="sell")
    assert sorted(book.orders) == ["1", "3"]
    first, *_ = [request for request in hashkey.requests if request.path != "/api/v1/time"]
    assert (first.method, parameters_of(first)) == ("DELETE", {"symbol": "A", "side": "SELL"})


@pytest.mark.parametrize(("code", "is_told"), [("-1142", False), ("0211", False), ("-1144", True)])
async def test_cancel_all_tells_of_an_order_that_may_still_be_open(
    hashkey: LoopbackVenue, connector: Connector, code: str, *, is_told: bool
) -> None:
    book = Book(hashkey, *((str(n), "A", "BUY") for n in range(3)))
    book.refused["2"] = code
    if not is_told:
        await connector.cancel_all("A")
        return
    with pytest.raises(VenueError, match="A: an order may still be open"):
        await connector.cancel_all("A")


async def test_cancel_all_leaves_alone_what_is_being_cancelled(hashkey: LoopbackVenue, connector: Connector) -> None:
    row = {"orderId": "1", "symbol": "A", "side": "BUY", "status": "PENDING_CANCEL"}
    hashkey.routes["GET /api/v1/spot/openOrders"] = json.dumps([row])
    await connector.cancel_all("A")
    assert len(hashkey.asked("DELETE /api/v1/spot/openOrders")) == 1
    assert hashkey.asked("DELETE /api/v1/spot/cancelOrderByIds") == []


async def test_cancels_by_ids_with_one_already_filled(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["DELETE /api/v1/spot/cancelOrderByIds"] = '{"code":"0000","result":[{"orderId":"2","code":"-1139"}]}'
    orders = [Order(venue="hashkey-global", symbol="A", status=OrderStatus.OPEN, order_id=n) for n in ("1", "2")]
    cancelled, filled = await connector.cancel_orders(orders)
    assert isinstance(cancelled, Order)
    assert str(filled) == "The order has been filled (code -1139)"


async def test_instruments_are_asked_for_without_a_site(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.instruments()
    assert [request.query for request in hashkey.asked("GET /api/v1/exchangeInfo")] == [""]


async def test_what_global_lacks_stays_visible_with_its_reason(connector: Connector) -> None:
    offers = connector.capabilities
    assert offers.self_trade_prevention == ()
    assert "HashKey Global" in offers.reasons["self_trade_prevention"]
    assert offers.market_quote_sides == {Side.BUY}


@pytest.mark.parametrize("environment", ["production", "sandbox"])
def test_both_venues_have_both_environments(environment: str) -> None:
    hosts = {
        MENA.venue: {"production": "api-pro.hashkey.com", "sandbox": "api-pro.sim.hashkeydev.com"},
        GLOBAL.venue: {"production": "api-glb.hashkey.com", "sandbox": "api-glb.sim.hashkeydev.com"},
    }
    for profile in (MENA, GLOBAL):
        assert open_connector(profile.venue, environment=environment).venue == profile.venue
        own = profile.environments[environment]
        assert own.rest == f"https://{hosts[profile.venue][environment]}"
        stream = f"wss://{hosts[profile.venue][environment]}".replace("//api-", "//stream-")
        assert own.stream == own.private_stream == stream


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("0002", AuthFailed),
        ("-1138", OrderAlreadyClosed),
        ("-2030", InsufficientFunds),
        ("-2034", InsufficientFunds),
        ("-2038", InsufficientFunds),
        ("-100010", InstrumentNotFound),
        ("-100012", InstrumentNotFound),
        ("-1143", OrderNotFound),  # as at MENA
    ],
)
async def test_globals_own_codes_and_those_it_shares(
    hashkey: LoopbackVenue, connector: Connector, code: str, kind: type[Failure]
) -> None:
    hashkey.routes["POST /api/v1/spot/order"] = lambda _: web.json_response({"code": code, "msg": "w"}, status=400)
    with pytest.raises(kind) as caught:
        await connector.place_order(LIMIT)
    assert (caught.value.code, caught.value.message) == (code, "w")
    hashkey.routes["POST /api/v1/spot/batchOrders"] = json.dumps({"code": 0, "result": [{"code": code, "msg": "w"}]})
    (result,) = await connector.place_orders([LIMIT])
    assert type(result) is kind


def test_the_code_with_two_meanings_keeps_menas_there() -> None:
    assert GLOBAL.error_codes["-2030"] != MENA.error_codes["-2030"]
    assert set(MENA.error_codes) <= set(GLOBAL.error_codes)
