"""Account endpoints: balances, fills, types, fee rates, key type, listen keys."""

from __future__ import annotations

import time
from decimal import Decimal

from tests.simulator.hashkey_client import HashKeyClient

TRADES = "/api/v1/account/trades"
KEYS = "/api/v1/userDataStream"
DAY_MS = 86_400_000

FILL_FIELDS = [
    "id", "clientOrderId", "ticketId", "symbol", "symbolName", "orderId", "matchOrderId", "price", "qty",
    "commission", "commissionAsset", "time", "isBuyer", "isMaker", "fee", "feeCoinId", "feeAmount", "makerRebate",
    "hskDeduct", "hskDeductPrice",
]  # fmt: skip


async def buy(client: HashKeyClient, quantity: str = "0.01", symbol: str = "BTCUSDT", **more: object) -> str:
    answer = await client.place(symbol=symbol, side="BUY", type="MARKET", quantity=quantity, **more)
    assert answer.body["status"] == "FILLED"
    return str(answer.body["orderId"])


async def test_fresh_account_has_free_balances(mena: HashKeyClient) -> None:
    client = mena
    body = (await client.call("GET", "/api/v1/account")).body
    rows = {row["asset"]: row for row in body["balances"]}
    assert rows["USDT"] == {
        "asset": "USDT",
        "assetId": "USDT",
        "assetName": "USDT",
        "total": "100000",
        "free": "100000",
        "locked": "0",
    }
    assert {asset: rows[asset]["free"] for asset in ("USD", "AED", "BTC", "ETH")} == {
        "USD": "50000",
        "AED": "100000",
        "BTC": "2",
        "ETH": "20",
    }
    assert body["userId"].isdigit()


async def test_resting_orders_lock_their_value_and_a_fiat_buy_its_fee(mena: HashKeyClient) -> None:
    client = mena
    await client.limit("BUY", "0.1", "90000")
    await client.limit("SELL", "0.5", "99000")
    await client.limit("BUY", "0.1", "90000", symbol="BTCUSD")
    rows = {row["asset"]: row for row in (await client.call("GET", "/api/v1/account")).body["balances"]}
    assert (rows["USDT"]["free"], rows["USDT"]["locked"], rows["USDT"]["total"]) == ("91000", "9000", "100000")
    assert (rows["BTC"]["free"], rows["BTC"]["locked"]) == ("1.5", "0.5")
    assert Decimal(rows["USD"]["locked"]) == Decimal("9000") * Decimal("1.0012")


async def test_refuses_another_account(client: HashKeyClient) -> None:
    mine = (await client.call("GET", "/api/v1/account/type")).body[0]["accountId"]
    assert (await client.call("GET", "/api/v1/account", accountId=mine)).status == 200
    answer = await client.call("GET", "/api/v1/account", accountId="1471090223379184384")
    assert answer.body == {"code": "0104", "msg": "accountId is not allowed"}
    assert (await client.call("GET", "/api/v1/spot/order", orderId="1", accountId="7")).code == "0104"


async def test_fills_are_listed_as_documented(client: HashKeyClient) -> None:
    order_id = await buy(client, newClientOrderId="c1")
    rows = (await client.call("GET", TRADES)).body
    assert rows
    row = rows[0]
    assert list(row) == FILL_FIELDS
    assert (row["orderId"], row["clientOrderId"], row["matchOrderId"]) == (order_id, "c1", "0")
    assert (row["isBuyer"], row["isMaker"], row["hskDeduct"]) == (True, False, False)
    assert Decimal(row["commission"]) == Decimal(row["qty"]) * Decimal("0.0012")
    assert row["fee"] == {
        "feeCoinId": "BTC",
        "feeCoinName": "BTC",
        "fee": row["commission"],
        "originCoinId": "BTC",
        "originCoinName": "BTC",
        "originFee": row["commission"],
    }
    assert (row["commissionAsset"], row["feeCoinId"], row["feeAmount"]) == ("BTC", "BTC", row["commission"])
    assert row["time"].isdigit()
    assert row["id"][:3] != row["ticketId"][:3]


async def test_fee_is_paid_in_what_is_received_and_in_fiat_on_both_sides(client: HashKeyClient) -> None:
    await buy(client)
    await client.place(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01")
    await buy(client, symbol="BTCUSD")
    await client.place(symbol="BTCUSD", side="SELL", type="MARKET", quantity="0.01")
    rows = (await client.call("GET", TRADES)).body
    paid = {(row["symbol"], row["isBuyer"]): row["commissionAsset"] for row in rows}
    assert paid == {
        ("BTCUSDT", True): "BTC",
        ("BTCUSDT", False): "USDT",
        ("BTCUSD", True): "USD",
        ("BTCUSD", False): "USD",
    }


async def test_fills_come_newest_first_and_are_bounded_by_ids(client: HashKeyClient) -> None:
    for _ in range(3):
        await buy(client)
    rows = (await client.call("GET", TRADES)).body
    ids = [int(row["id"]) for row in rows]
    assert len(ids) >= 3
    assert ids == sorted(ids, reverse=True)
    newest, oldest = ids[0], ids[-1]
    above = (await client.call("GET", TRADES, fromId=oldest)).body
    assert [int(row["id"]) for row in above] == ids[:-1]
    below = (await client.call("GET", TRADES, toId=newest)).body
    assert [int(row["id"]) for row in below] == ids[1:]
    between = (await client.call("GET", TRADES, fromId=oldest, toId=newest)).body
    assert [int(row["id"]) for row in between] == ids[1:-1]
    assert len((await client.call("GET", TRADES, limit=1)).body) == 1
    assert (await client.call("GET", TRADES, fromId="x")).code == "-1130"


async def test_fills_are_filtered(client: HashKeyClient) -> None:
    await buy(client, newClientOrderId="one")
    await buy(client, "0.01", symbol="BTCUSD", newClientOrderId="two")
    assert {row["clientOrderId"] for row in (await client.call("GET", TRADES, symbol="BTCUSD")).body} == {"two"}
    assert {row["symbol"] for row in (await client.call("GET", TRADES, clientOrderId="one")).body} == {"BTCUSDT"}
    assert (await client.call("GET", TRADES, symbol="NOSUCH")).code == "0201"
    now = int(time.time() * 1000)
    assert (await client.call("GET", TRADES, startTime=now - 1_000)).body
    assert (await client.call("GET", TRADES, startTime=now - 20_000, endTime=now - 10_000)).body == []


async def test_fills_reach_back_thirty_days(client: HashKeyClient) -> None:
    now = int(time.time() * 1000)
    old = await client.call("GET", TRADES, startTime=now - 31 * DAY_MS)
    assert old.body == {"code": "-2028", "msg": "The search is limited to data within the last one month"}
    wide = await client.call("GET", TRADES, startTime=now - 29 * DAY_MS, endTime=now + 2 * DAY_MS)
    assert wide.body == {"code": "-2027", "msg": "Exceed maximum time range of 30 days"}


async def test_maker_fill_when_the_market_comes(client: HashKeyClient) -> None:
    best = await client.best()
    price = str(Decimal(best["b"]) + Decimal("0.01") if Decimal(best["a"]) - Decimal(best["b"]) > 1 else best["b"])
    order_id = (await client.limit("BUY", "0.05", price)).body["orderId"]
    assert await client.hit("sell", "100", limit=price) == 1
    row = (await client.call("GET", TRADES)).body[0]
    assert (row["orderId"], row["isMaker"], row["qty"]) == (order_id, True, "0.05")
    assert Decimal(row["commission"]) == Decimal("0.05") * Decimal("0.001")


async def test_account_types(client: HashKeyClient) -> None:
    rows = (await client.call("GET", "/api/v1/account/type")).body
    assert [(row["accountLabel"], row["accountType"], row["accountIndex"]) for row in rows] == [
        ("Main Trading Account", 1, 0),
        ("Custody Account", 5, 0),
        ("Fiat Account", 6, 0),
        ("Sub Main Trading Account", 1, 0),
    ]
    assert list(rows[0]) == ["accountId", "accountLabel", "accountType", "accountIndex", "userId"]


async def test_fee_rates(client: HashKeyClient) -> None:
    body = (await client.call("GET", "/api/v1/account/vipInfo")).body
    assert list(body) == ["code", "vipLevel", "tradeVol30Day", "totalAssetBal", "data", "updateTimestamp"]
    rows = {row["symbol"]: row for row in body["data"]}
    assert rows["BTCUSDT"] == {
        "symbol": "BTCUSDT",
        "productType": "Token-Token",
        "buyMakerFeeCurrency": "BTC",
        "buyTakerFeeCurrency": "BTC",
        "sellMakerFeeCurrency": "USDT",
        "sellTakerFeeCurrency": "USDT",
        "actualMakerRate": "0.001",
        "actualTakerRate": "0.0012",
    }
    assert (rows["BTCUSD"]["productType"], rows["BTCUSD"]["buyMakerFeeCurrency"]) == ("Token-Fiat", "USD")
    chosen = (await client.call("GET", "/api/v1/account/vipInfo", symbols="BTCUSD,BTCUSDT")).body["data"]
    assert [row["symbol"] for row in chosen] == ["BTCUSD", "BTCUSDT"]
    assert (await client.call("GET", "/api/v1/account/vipInfo", symbols="NOSUCH")).code == "0201"


async def test_key_type(client: HashKeyClient) -> None:
    assert (await client.call("GET", "/api/v1/account/checkApiKey")).body == {"accountType": "Master Account"}


async def test_listen_keys_are_renewed_and_deleted(client: HashKeyClient) -> None:
    key = await client.listen_key()
    assert len(key) == 64
    assert key.isalpha()
    assert (await client.call("PUT", KEYS, listenKey=key)).body == {}
    assert (await client.call("PUT", KEYS)).code == "0001"
    assert (await client.call("PUT", KEYS, listenKey="nothing")).code == "-1130"
    assert (await client.call("DELETE", KEYS, listenKey=key)).body == {}
    assert (await client.call("DELETE", KEYS, listenKey=key)).code == "-1130"


async def test_expired_listen_key_cannot_be_renewed(client: HashKeyClient) -> None:
    key = await client.listen_key()
    minutes = 60_000
    await client.admin("market", {"advance": 59 * minutes})
    now = int(time.time() * 1000) + 59 * minutes
    assert (await client.call("PUT", KEYS, listenKey=key, timestamp=now)).body == {}
    await client.admin("market", {"advance": 61 * minutes})
    assert (await client.call("PUT", KEYS, listenKey=key, timestamp=now + 61 * minutes)).code == "-1130"
