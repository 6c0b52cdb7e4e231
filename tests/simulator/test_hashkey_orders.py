"""Order endpoints: bodies as documented, every refusal with its code, cancels in all four ways, listings."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from tests.simulator.hashkey_client import HashKeyClient

ORDER = "/api/v1/spot/order"
CREATE = "/api/v1.1/spot/order"
OPEN = "/api/v1/spot/openOrders"

ACK_FIELDS = [
    "accountId", "symbol", "symbolName", "clientOrderId", "orderId", "transactTime", "price", "origQty",
    "executedQty", "status", "timeInForce", "type", "side", "reqAmount", "concentration",
]  # fmt: skip
ROW_FIELDS = [
    "accountId", "exchangeId", "symbol", "symbolName", "clientOrderId", "orderId", "price", "origQty", "executedQty",
    "cummulativeQuoteQty", "cumulativeQuoteQty", "avgPrice", "status", "timeInForce", "type", "side", "stopPrice",
    "icebergQty", "time", "updateTime", "isWorking", "reqAmount",
]  # fmt: skip
QUERY_FIELDS = [*ROW_FIELDS, "feeCoin", "feeAmount", "sumFeeAmount", "ordCxlReason", "stpMode"]


def order(**changes: object) -> dict[str, object]:
    """Return the parameters of a good limit order with some changed; None leaves one out."""
    good: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "quantity": "0.01",
        "price": "90000",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


async def test_acknowledges_a_limit_order_as_documented(client: HashKeyClient) -> None:
    answer = await client.place(**order(newClientOrderId="99999888905"))
    assert answer.status == 200
    assert list(answer.body) == ACK_FIELDS
    assert answer.body | {"accountId": "", "orderId": "", "transactTime": ""} == {
        "accountId": "",
        "symbol": "BTCUSDT",
        "symbolName": "BTCUSDT",
        "clientOrderId": "99999888905",
        "orderId": "",
        "transactTime": "",
        "price": "90000",
        "origQty": "0.01",
        "executedQty": "0",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "reqAmount": "0",
        "concentration": "",
    }
    assert answer.body["orderId"].isdigit()
    assert abs(int(answer.body["transactTime"]) - time.time() * 1000) < 5_000


REFUSALS = [
    (order(symbol=None), "0001", "Required field symbol missing or invalid"),
    (order(symbol="NOSUCH"), "0201", "Instrument not found"),
    (order(side=None), "0001", "Required field side missing or invalid"),
    (order(side="HOLD"), "-1117", "Invalid order side"),
    (order(type=None), "0001", "Required field type missing or invalid"),
    (order(type="STOP"), "0206", "Unsupported order type"),
    (order(price=None), "0001", "Required field price missing or invalid"),
    (order(quantity=None), "0001", "Required field quantity missing or invalid"),
    (order(price="cheap"), "0207", "Invalid price"),
    (order(price="-1"), "0207", "Invalid price"),
    (order(price="NaN"), "0207", "Invalid price"),
    (order(quantity="0"), "-1126", "Invalid quantity"),
    (order(quantity="lots"), "-1126", "Invalid quantity"),
    (order(price="90000.001"), "0209", "Invalid price precision"),
    (order(price="150000"), "0210", "Price outside of allowed range"),
    (order(side="SELL", price="60000"), "0210", "Price outside of allowed range"),
    (order(quantity="0.0100001"), "-1137", "Order quantity precision too large"),
    (order(quantity="0.00001"), "-1140", "Order amount lower than the minimum"),
    (order(quantity="200"), "-1201", "Order buy quantity too large"),
    (order(side="SELL", quantity="200", price="100000"), "-1203", "Order sell quantity too large"),
    (order(symbol="BTCUSD", quantity="0.00002"), "-1200", "Order buy quantity too small"),
    (order(symbol="BTCUSD", side="SELL", quantity="0.00002", price="98000"), "-1202", "Order sell quantity too small"),
    (order(quantity="60", price="90000"), "-1206", "Order amount greater than the maximum"),
    (order(quantity="2"), "0401", "Insufficient asset"),
    (order(side="SELL", quantity="3", price="99000"), "0401", "Insufficient asset"),
    (order(amount="100"), "-1014", "Unsupported order combination"),
    (order(timeInForce="DAY"), "-1115", "Invalid timeInForce"),
    (order(type="LIMIT_MAKER", timeInForce="IOC"), "-1115", "Invalid timeInForce"),
    (order(stpMode="NONE"), "-1130", "Illegal parameter 'stpMode'"),
    (order(newClientOrderId="x" * 256), "-1123", "Invalid client order id"),
    (
        order(type="LIMIT_MAKER", price="99000"),
        "-1156",
        "Limit maker order rejected: Improper price may cause immediate fill.",
    ),
    (order(type="MARKET", price=None, timeInForce="GTC"), "-1115", "Invalid timeInForce"),
    (order(type="MARKET", price=None, quantity=None), "0001", "Required field quantity missing or invalid"),
    (
        order(type="MARKET", price=None, amount="100"),
        "-1129",
        "Invalid parameters, quantity and amount are not allowed to be sent at the same time.",
    ),
    (order(type="MARKET", price=None, quantity="80"), "-1135", "Order quantity greater than the maximum"),
    (
        order(type="MARKET", price=None, quantity=None, amount="100.000000001"),
        "-1148",
        "Order amount precision too large",
    ),
    (order(type="MARKET", price=None, quantity=None, amount="1"), "-1140", "Order amount lower than the minimum"),
    (
        order(type="MARKET", price=None, quantity=None, amount="9000000"),
        "-1206",
        "Order amount greater than the maximum",
    ),
]


@pytest.mark.parametrize(("params", "code", "text"), REFUSALS)
async def test_refuses_with_the_documents_code(
    client: HashKeyClient, params: dict[str, object], code: str, text: str
) -> None:
    answer = await client.place(**params)
    assert (answer.status, answer.body) == (400, {"code": code, "msg": text})
    assert (await client.ledger())["orders"] == []


async def test_refuses_a_client_order_id_used_before(client: HashKeyClient) -> None:
    assert (await client.place(**order(newClientOrderId="once"))).status == 200
    answer = await client.place(**order(newClientOrderId="once", price="91000"))
    assert answer.body == {"code": "-1141", "msg": "Duplicate order"}
    await client.call("DELETE", ORDER, clientOrderId="once")
    assert (await client.place(**order(newClientOrderId="once"))).code == "-1141"


async def test_takes_a_client_order_id_of_255_characters(client: HashKeyClient) -> None:
    answer = await client.place(**order(newClientOrderId="x" * 255))
    assert answer.body["clientOrderId"] == "x" * 255


async def test_test_order_checks_and_does_nothing(client: HashKeyClient) -> None:
    answer = await client.call("POST", "/api/v1/spot/orderTest", **order())
    assert (answer.status, answer.body) == (200, {})
    answer = await client.call("POST", "/api/v1/spot/orderTest", **order(quantity="2"))
    assert answer.code == "0401"
    answer = await client.call("POST", "/api/v1/spot/orderTest", **order(timeInForce="FOK"))
    assert answer.code == "-1115"
    market = order(type="MARKET", price=None, quantity=None, amount="100")
    assert (await client.call("POST", "/api/v1/spot/orderTest", **market)).code == "0001"
    assert (await client.ledger())["orders"] == []


async def test_market_buy_of_v1_1_means_base_and_of_v1_means_quote(client: HashKeyClient) -> None:
    params = order(type="MARKET", price=None, quantity="0.5")
    base = (await client.call("POST", CREATE, **params)).body
    assert (base["origQty"], base["executedQty"], base["reqAmount"], base["status"]) == ("0.5", "0.5", "0", "FILLED")
    quote = (await client.call("POST", ORDER, **order(type="MARKET", price=None, quantity="500"))).body
    assert (quote["origQty"], quote["reqAmount"], quote["status"]) == ("0", "500", "FILLED")
    assert Decimal("0.004") < Decimal(quote["executedQty"]) < Decimal("0.006")
    sold = (await client.call("POST", ORDER, **order(type="MARKET", side="SELL", price=None, quantity="0.25"))).body
    assert (sold["origQty"], sold["executedQty"]) == ("0.25", "0.25")


async def test_market_order_by_amount_is_queried_as_documented(client: HashKeyClient) -> None:
    placed = await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", amount="1000")
    row = (await client.call("GET", ORDER, orderId=placed.body["orderId"])).body
    assert list(row) == QUERY_FIELDS
    assert (row["price"], row["origQty"], row["reqAmount"], row["timeInForce"]) == ("0", "0", "1000", "IOC")
    assert Decimal(row["cumulativeQuoteQty"]) <= 1000
    assert row["cummulativeQuoteQty"] == row["cumulativeQuoteQty"]
    mean = Decimal(row["cumulativeQuoteQty"]) / Decimal(row["executedQty"])
    assert abs(Decimal(row["avgPrice"]) - mean) < Decimal("0.00000001")
    assert (row["exchangeId"], row["stopPrice"], row["isWorking"]) == ("301", "0.0", True)


async def test_immediate_or_cancel_ends_with_its_rest_cancelled(client: HashKeyClient) -> None:
    best = await client.best()
    await client.liquidity("sell", best["a"], "0.2")
    placed = await client.limit("BUY", "0.5", best["a"], timeInForce="IOC")
    assert (placed.body["status"], placed.body["executedQty"]) == ("PARTIALLY_CANCELED", "0.2")
    row = (await client.call("GET", ORDER, orderId=placed.body["orderId"])).body
    assert row["ordCxlReason"] == "RISKLIMIT_CANCEL"


async def test_fill_or_kill_fills_all_or_nothing(client: HashKeyClient) -> None:
    best = await client.best()
    await client.liquidity("sell", best["a"], "0.2")
    killed = await client.limit("BUY", "0.5", best["a"], timeInForce="FOK")
    assert (killed.body["status"], killed.body["executedQty"]) == ("CANCELED", "0")
    filled = await client.limit("BUY", "0.2", best["a"], timeInForce="FOK")
    assert (filled.body["status"], filled.body["executedQty"]) == ("FILLED", "0.2")


async def test_self_trade_expires_the_order_the_mode_names(client: HashKeyClient) -> None:
    best = await client.best()
    resting = (await client.limit("SELL", "0.01", best["a"])).body["orderId"]
    await client.liquidity("sell", best["a"], "0")
    taker = await client.limit("BUY", "0.01", best["a"])
    assert taker.body["status"] == "CANCELED"
    row = (await client.call("GET", ORDER, orderId=taker.body["orderId"])).body
    assert (row["ordCxlReason"], row["stpMode"]) == ("SELF_TRADE_CANCEL", "EXPIRE_TAKER")
    await client.limit("BUY", "0.01", best["a"], stpMode="EXPIRE_MAKER")
    row = (await client.call("GET", ORDER, orderId=resting)).body
    assert (row["status"], row["ordCxlReason"]) == ("CANCELED", "SELF_TRADE_CANCEL")


async def test_cancel_answers_with_the_order_as_it_stood(client: HashKeyClient) -> None:
    placed = (await client.place(**order(newClientOrderId="mine"))).body
    answer = await client.call("DELETE", ORDER, clientOrderId="mine")
    expected = [name for name in ACK_FIELDS if name not in ("symbolName", "reqAmount", "concentration")]
    assert list(answer.body) == expected
    assert answer.body["status"] == "NEW"
    row = (await client.call("GET", ORDER, origClientOrderId="mine")).body
    assert (row["status"], row["ordCxlReason"], row["orderId"]) == ("CANCELED", "USER_CANCEL", placed["orderId"])


async def test_cancel_refuses_what_is_not_there_or_ended(client: HashKeyClient) -> None:
    assert (await client.call("DELETE", ORDER)).code == "0001"
    assert (await client.call("DELETE", ORDER, orderId="1")).body == {"code": "0211", "msg": "Order not found"}
    placed = (await client.place(**order())).body["orderId"]
    assert (await client.call("DELETE", ORDER, orderId=placed)).status == 200
    again = await client.call("DELETE", ORDER, orderId=placed)
    assert again.body == {"code": "-1142", "msg": "Order has been cancelled"}
    filled = (await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")).body["orderId"]
    assert (await client.call("DELETE", ORDER, orderId=filled)).body == {
        "code": "-1139",
        "msg": "Order has been filled",
    }


async def test_query_needs_an_id_that_exists(client: HashKeyClient) -> None:
    assert (await client.call("GET", ORDER)).code == "0001"
    assert (await client.call("GET", ORDER, orderId="12")).code == "0211"
    assert (await client.call("GET", ORDER, origClientOrderId="nobody")).code == "0211"


async def test_batch_takes_each_order_on_its_own(client: HashKeyClient) -> None:
    answer = await client.batch([order(newClientOrderId="1"), order(quantity="2"), order(price=91000, quantity=0.02)])
    assert answer.status == 200
    assert (answer.body["code"], answer.body["concentration"]) == (0, "")
    first, second, third = answer.body["result"]
    assert first["code"] == "0000"
    assert list(first["order"]) == ACK_FIELDS[:-1]
    assert second == {"code": "0401", "msg": "Insufficient asset"}
    assert (third["order"]["price"], third["order"]["origQty"]) == ("91000", "0.02")


async def test_batch_limits(client: HashKeyClient) -> None:
    assert (await client.batch([order() for _ in range(21)])).body == {
        "code": "-2022",
        "msg": "Order batch size exceeds the limit",
    }
    assert (await client.batch([order(), order(symbol="BTCUSD")])).code == "-1130"
    assert (await client.batch([])).code == "-1004"
    query = client.signed()
    broken = await client.send("POST", client.batch_path, query=query, body="[{", content_type="application/json")
    assert broken.code == "-1004"
    assert len((await client.batch([order() for _ in range(20)])).body["result"]) == 20


async def test_batch_may_sign_its_body_too(client: HashKeyClient) -> None:
    body = '[{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","price":"90000","quantity":"0.01"}]'
    query = f"timestamp={int(time.time() * 1000)}"
    signature = client.signature(query + body)
    answer = await client.send(
        "POST",
        client.batch_path,
        query=f"{query}&signature={signature}",
        body=body,
        content_type="application/json",
    )
    assert answer.body["result"][0]["code"] == "0000"


async def test_open_orders_come_newest_first_and_page_by_id(client: HashKeyClient) -> None:
    ids = [(await client.place(**order(price=str(90000 + n)))).body["orderId"] for n in range(4)]
    await client.limit("SELL", "0.01", "99000", symbol="BTCUSD")
    everything = (await client.call("GET", OPEN)).body
    assert len(everything) == 5
    assert list(everything[0]) == ROW_FIELDS
    rows = (await client.call("GET", OPEN, symbol="BTCUSDT", limit=2)).body
    assert [row["orderId"] for row in rows] == ids[:1:-1]
    rows = (await client.call("GET", OPEN, symbol="BTCUSDT", fromOrderId=rows[-1]["orderId"])).body
    assert [row["orderId"] for row in rows] == ids[1::-1]
    assert [row["symbol"] for row in (await client.call("GET", OPEN, side="SELL")).body] == ["BTCUSD"]
    assert (await client.call("GET", OPEN, symbol="NOSUCH")).code == "0201"
    assert (await client.call("GET", OPEN, limit="0")).code == "-1130"


async def test_cancels_all_of_a_symbol(client: HashKeyClient) -> None:
    await client.place(**order())
    await client.limit("SELL", "0.01", "99000")
    other = (await client.limit("SELL", "0.01", "99000", symbol="BTCUSD")).body["orderId"]
    assert (await client.call("DELETE", OPEN)).code == "0001"
    assert (await client.call("DELETE", OPEN, symbol="BTCUSDT", side="SELL")).body == {"success": True}
    assert [row["side"] for row in (await client.call("GET", OPEN, symbol="BTCUSDT")).body] == ["BUY"]
    assert (await client.call("DELETE", OPEN, symbol="BTCUSDT")).body == {"success": True}
    assert [row["orderId"] for row in (await client.call("GET", OPEN)).body] == [other]


async def test_cancels_all_page_by_page(mena: HashKeyClient) -> None:
    client = mena
    ids = [(await client.place(**order(price=str(90000 + n)))).body["orderId"] for n in range(5)]
    path = "/api/v1/spot/cancelAllOpenOrders"
    first = (await client.call("DELETE", path, limit=3)).body
    assert (first["code"], first["message"]) == ("0000", "success")
    assert first["lastOrderId"] == int(ids[2])
    assert isinstance(first["timestamp"], int)
    second = (await client.call("DELETE", path, fromOrderId=first["lastOrderId"])).body
    assert second["lastOrderId"] == int(ids[0])
    assert (await client.call("GET", OPEN)).body == []
    assert (await client.call("DELETE", path)).body["lastOrderId"] == 0


async def test_cancels_by_ids_and_lists_the_failures(client: HashKeyClient) -> None:
    path = "/api/v1/spot/cancelOrderByIds"
    first = (await client.place(**order())).body["orderId"]
    filled = (await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")).body["orderId"]
    answer = await client.call("DELETE", path, ids=f"{first},{filled},77")
    expected = [{"orderId": filled, "code": "-1139"}, {"orderId": "77", "code": "0211"}]
    assert answer.body == {"code": "0000", "result": expected}
    last = (await client.place(**order())).body["orderId"]
    assert (await client.call("DELETE", path, ids=last)).body == {"code": "0000", "result": []}
    assert (await client.call("DELETE", path)).code == "0001"
    assert (await client.call("DELETE", path, ids=",".join(["1"] * 101))).code == "-2030"


async def test_ended_orders_are_listed_newest_first(client: HashKeyClient) -> None:
    path = "/api/v1/spot/tradeOrders"
    first = (await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")).body["orderId"]
    second = (await client.place(**order())).body["orderId"]
    await client.call("DELETE", ORDER, orderId=second)
    working = (await client.place(**order())).body["orderId"]
    rows = (await client.call("GET", path)).body
    assert [(row["orderId"], row["status"]) for row in rows] == [(second, "CANCELED"), (first, "FILLED")]
    assert working not in [row["orderId"] for row in rows]
    assert [row["orderId"] for row in (await client.call("GET", path, fromOrderId=second)).body] == [first]
    day = 86_400_000
    now = int(time.time() * 1000)
    assert (await client.call("GET", path, startTime=now - 91 * day)).body == {
        "code": "-2029",
        "msg": "The search is limited to data within the last three months",
    }
    assert (await client.call("GET", path, startTime=now - 89 * day, endTime=now - day)).body == []
    assert (await client.call("GET", path, startTime="soon")).code == "-1130"


async def test_three_hundred_open_orders_of_a_pair_are_the_limit(client: HashKeyClient) -> None:
    for _ in range(15):
        await client.batch([order(quantity="0.0001", price="90000") for _ in range(20)])
    answer = await client.place(**order(quantity="0.0001"))
    assert answer.body == {"code": "-2017", "msg": "Open orders exceeds the limit of the trading pair"}


async def test_halted_pair_takes_no_orders_and_says_so(client: HashKeyClient) -> None:
    await client.admin("market", {"status": {"symbol": "BTCUSDT", "status": "halted"}})
    assert (await client.place(**order())).body == {"code": "-1151", "msg": "The trading pair is not open yet"}
    assert (await client.public("/api/v1/exchangeInfo", symbol="BTCUSDT")).body["status"] == "HALT"
    await client.admin("market", {"status": {"symbol": "BTCUSDT", "status": "trading"}})
    assert (await client.place(**order())).status == 200
