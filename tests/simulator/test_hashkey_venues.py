"""What differs between the two simulated HashKey venues, and the accounts and keys that both have."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from terminal.simulator.hashkey_profiles import GLOBAL, MENA, Profile
from terminal.simulator.state import MemoryStore
from tests.simulator.conftest import Serve
from tests.simulator.hashkey_client import HashKeyClient

BALANCES = "/api/v1/account"


async def free(client: HashKeyClient, asset: str, **params: object) -> Decimal:
    rows = (await client.call("GET", BALANCES, **params)).body["balances"]
    return next(Decimal(row["free"]) for row in rows if row["asset"] == asset)


async def test_global_knows_one_key_header_and_mena_two(serve: Serve) -> None:
    async with serve(profile=MENA) as mena, serve(profile=GLOBAL) as world:
        for client, expected in ((mena, 200), (world, 400)):
            answer = await client.send(
                "GET", BALANCES, query=client.signed(), headers={"X-APIKEY": client.address["key"]}
            )
            assert answer.status == expected
            assert (await client.call("GET", BALANCES)).status == 200


async def test_a_venue_refuses_the_other_ones_key(serve: Serve) -> None:
    async with serve(profile=MENA) as mena, serve(profile=GLOBAL) as world:
        stranger = HashKeyClient(
            mena.session, {**mena.address, "key": world.address["key"], "secret": world.address["secret"]}
        )
        assert (await stranger.call("GET", BALANCES)).code == "0102"


async def test_a_market_buys_quantity_is_quote_on_v1_and_base_on_v1_1(client: HashKeyClient) -> None:
    fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    old = (await client.call("POST", "/api/v1/spot/order", quantity="1000", **fields)).body
    new = (await client.call("POST", "/api/v1.1/spot/order", quantity="0.01", **fields)).body
    cash = (await client.call("POST", "/api/v1.1/spot/order", amount="1000", **fields)).body
    assert [(row["origQty"], row["reqAmount"]) for row in (old, new, cash)] == [
        ("0", "1000"),
        ("0.01", "0"),
        ("0", "1000"),
    ]
    sold = (
        await client.call("POST", "/api/v1/spot/order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01")
    ).body
    assert (sold["origQty"], sold["status"]) == ("0.01", "FILLED")


async def test_batches_go_to_the_venues_own_path(serve: Serve) -> None:
    async with serve(profile=MENA) as mena, serve(profile=GLOBAL) as world:
        for client, path, other in (
            (mena, MENA.batch_path, GLOBAL.batch_path),
            (world, GLOBAL.batch_path, MENA.batch_path),
        ):
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "90000"}
            for where, status in ((path, 200), (other, 404)):
                answer = await client.send(
                    "POST", where, query=client.signed(), body=json.dumps([order]), content_type="application/json"
                )
                assert answer.status == status
    assert (MENA.batch_path, GLOBAL.batch_path) == ("/api/v1.1/spot/batchOrders", "/api/v1/spot/batchOrders")


async def test_a_batched_market_buys_quantity_means_what_its_path_says(client: HashKeyClient) -> None:
    orders: list[dict[str, object]] = [{"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "100"}]
    (result,) = (await client.batch(orders)).body["result"]
    if client.batch_path == GLOBAL.batch_path:
        assert (result["order"]["origQty"], result["order"]["reqAmount"]) == ("0", "100")
    else:
        assert result["code"] == "-1135"  # 100 BTC are more than a market order may have


async def test_cancelling_everything_leaves_the_sub_accounts_orders(mena: HashKeyClient) -> None:
    await mena.limit("BUY", "0.01", "90000")
    kept = (await mena.as_sub().limit("BUY", "0.01", "90000")).body["orderId"]
    assert (await mena.call("DELETE", "/api/v1/spot/cancelAllOpenOrders")).body["code"] == "0000"
    assert (await mena.call("GET", "/api/v1/spot/openOrders")).body == []
    assert [row["orderId"] for row in (await mena.as_sub().call("GET", "/api/v1/spot/openOrders")).body] == [kept]


async def test_global_has_no_cancel_all_but_cancels_by_symbol(serve: Serve) -> None:
    async with serve(profile=GLOBAL) as client:
        await client.limit("BUY", "0.01", "90000")
        answer = await client.call("DELETE", "/api/v1/spot/cancelAllOpenOrders")
        assert (answer.status, answer.code) == (404, "-1020")
        assert (await client.call("DELETE", "/api/v1/spot/openOrders", symbol="BTCUSDT")).body == {"success": True}
        assert (await client.call("GET", "/api/v1/spot/openOrders")).body == []


async def test_mena_lists_each_site_and_global_names_none(serve: Serve) -> None:
    path = "/api/v1/exchangeInfo"
    async with serve(profile=MENA) as mena, serve(profile=GLOBAL) as world:
        default, uae = (await mena.public(path)).body, (await mena.public(path, site="UAE")).body
        assert (default["site"], uae["site"]) == ("BMU", "UAE")
        assert {row["site"] for row in default["symbols"]} == {"BMU"}
        only = {row["symbol"] for row in uae["symbols"]} - {row["symbol"] for row in default["symbols"]}
        assert only == {"USDTAED"}
        assert (await mena.public(path, symbol="USDTAED")).code == "0201"
        assert (await mena.public(path, symbol="USDTAED", site="UAE")).body["site"] == "UAE"
        assert (await mena.public(path, site="MARS")).code == "-1130"
        body = (await world.public(path)).body
        assert "site" not in body
        assert all("site" not in row for row in body["symbols"])
        assert "HSKUSDT" in {row["symbol"] for row in body["symbols"]}


async def test_both_venues_tell_a_similar_price_of_the_same_pair(serve: Serve) -> None:
    async with serve(profile=MENA) as mena, serve(profile=GLOBAL) as world:
        prices = [Decimal((await client.best())["b"]) for client in (mena, world)]
    assert prices[0] != prices[1]
    assert abs(prices[0] / prices[1] - 1) < Decimal("0.001")


async def test_a_sub_key_trades_and_sees_its_own_account_alone(client: HashKeyClient) -> None:
    sub = client.as_sub()
    assert (await sub.call("GET", "/api/v1/account/checkApiKey")).body == {"accountType": "Sub Account"}
    assert (await client.call("GET", "/api/v1/account/checkApiKey")).body == {"accountType": "Master Account"}
    order = (await sub.limit("BUY", "0.01", "90000")).body
    assert order["accountId"] == client.address["sub_account"]
    assert (await client.call("GET", "/api/v1/spot/order", orderId=order["orderId"])).code == "0211"
    seen = await client.call("GET", "/api/v1/spot/order", orderId=order["orderId"], accountId=order["accountId"])
    assert seen.body["status"] == "NEW"
    main = (await client.call("GET", "/api/v1/account/type")).body[0]["accountId"]
    for path in (BALANCES, "/api/v1/account/trades"):
        assert (await sub.call("GET", path, accountId=main)).code == "0104"
    assert await free(sub, "USDT") == await free(client, "USDT", accountId=client.address["sub_account"])
    assert (await sub.call("GET", "/api/v1/account/type")).body == [
        row for row in (await client.call("GET", "/api/v1/account/type")).body
        if row["accountId"] == client.address["sub_account"]
    ]  # fmt: skip


async def test_each_trading_account_has_its_own_private_stream(client: HashKeyClient) -> None:
    sub = client.as_sub()
    main_stream, sub_stream = await client.private(), await sub.private()
    theirs = (await sub.limit("BUY", "0.01", "90000")).body["orderId"]
    ours = (await client.limit("BUY", "0.01", "90001")).body["orderId"]
    assert (await sub_stream.event("executionReport"))["i"] == theirs
    assert (await main_stream.event("executionReport"))["i"] == ours


@pytest.mark.parametrize("account", ["custody", "fiat", "sub"])
async def test_a_state_from_before_there_were_other_accounts_gets_them(serve: Serve, account: str) -> None:
    store = MemoryStore()
    async with serve(store=store) as client:
        await client.limit("BUY", "0.01", "90000")
    identity = json.loads(store.get("hashkey-mena", "meta", "identity") or "")
    kept = {name: value for name, value in identity.items() if not name.startswith("sub_")}
    old = MemoryStore()
    old.put("hashkey-mena", "meta", "identity", json.dumps(kept))
    for kind in ("order", "fill"):
        for row in store.all("hashkey-mena", kind):
            old.put("hashkey-mena", kind, json.loads(row)[f"{kind}_id"], row)
    for row in store.all("hashkey-mena", "balance"):
        held = json.loads(row)
        if held["account"] == identity["account_id"]:
            old.put("hashkey-mena", "balance", f"{held['account']}/{held['asset']}", row)
    async with serve(store=old) as client:
        assert client.address["key"] == identity["key"]
        assert len((await client.call("GET", "/api/v1/spot/openOrders")).body) == 1
        assert await free(client, "USDT") == Decimal(99_100)
        labels = {
            row["accountLabel"].split()[0].lower() for row in (await client.call("GET", "/api/v1/account/type")).body
        }
        assert account in labels
        assert await free(client.as_sub(), "USDT") == MENA.opening.sub["USDT"]


async def test_the_master_key_reads_its_sub_accounts_orders_and_fills(client: HashKeyClient) -> None:
    sub = client.as_sub()
    account = client.address["sub_account"]
    open_id = (await sub.limit("BUY", "0.01", "90000")).body["orderId"]
    done_id = (await sub.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.002")).body["orderId"]
    await client.limit("BUY", "0.01", "90001")
    open_rows = (await client.call("GET", "/api/v1/spot/subAccount/openOrders", subAccountId=account)).body
    ended = (await client.call("GET", "/api/v1/spot/subAccount/tradeOrders", subAccountId=account)).body
    assert [row["orderId"] for row in open_rows] == [open_id]
    assert [row["orderId"] for row in ended] == [done_id]
    assert list(open_rows[0])[-3:] == ["reqAmount", "ordCxlReason", "stpMode"]
    fills = (await client.call("GET", "/api/v1/subAccount/trades", subAccountId=account)).body
    assert {row["orderId"] for row in fills} == {done_id}
    assert (await client.call("GET", "/api/v1/subAccount/trades")).body == fills
    assert (await sub.call("GET", "/api/v1/account/trades")).body == fills


@pytest.mark.parametrize(
    "path",
    ["/api/v1/spot/subAccount/openOrders", "/api/v1/spot/subAccount/tradeOrders", "/api/v1/subAccount/trades"],
)
async def test_sub_account_listings_are_for_the_master_key_and_its_own_sub_accounts(
    client: HashKeyClient, path: str
) -> None:
    account = client.address["sub_account"]
    assert (await client.as_sub().call("GET", path, subAccountId=account)).code == "0104"
    assert (await client.call("GET", path, subAccountId="7")).code == "0104"
    main = (await client.call("GET", "/api/v1/account/type")).body[0]["accountId"]
    assert (await client.call("GET", path, subAccountId=main)).code == "0104"


@pytest.mark.parametrize(
    "reason",
    [
        "SYSTEM_CANCEL",
        "USER_CANCEL",
        "RISKLIMIT_CANCEL",
        "BLOCKED_CANCEL",
        "CLOSED_CANCEL",
        "OFFLINE_CANCEL",
        "SELF_TRADE_CANCEL",
    ],
)
async def test_the_venue_cancels_for_any_of_its_reasons(client: HashKeyClient, reason: str) -> None:
    stream = await client.private()
    order_id = (await client.limit("BUY", "0.01", "90000")).body["orderId"]
    other = (await client.limit("BUY", "0.01", "90000", symbol="BTCUSD")).body["orderId"]
    done = await client.admin("market", {"cancel": {"reason": reason, "symbol": "BTCUSDT"}})
    assert done == {"cancel": {"cancelled": [order_id]}}
    event = await stream.event("executionReport", i=order_id, X="CANCELED")
    assert event["x"] == reason
    row = (await client.call("GET", "/api/v1/spot/order", orderId=order_id)).body
    assert (row["status"], row["ordCxlReason"]) == ("CANCELED", reason)
    assert (await client.call("GET", "/api/v1/spot/order", orderId=other)).body["status"] == "NEW"
    await client.admin("market", {"cancel": {"reason": "BORED"}}, status=400)


async def test_an_opening_window_forbids_market_orders_and_bounds_limit_prices(client: HashKeyClient) -> None:
    now = int(time.time() * 1000)
    windows = {
        "no_market_start": now - 1000, "no_market_end": now + 60_000, "limit_start": now - 1000,
        "limit_end": now + 60_000, "limit_min": "80000", "limit_max": "100000",
    }  # fmt: skip
    await client.admin("market", {"open_quote": {"symbol": "BTCUSDT", **windows}})
    info = (await client.public("/api/v1/exchangeInfo", symbol="BTCUSDT")).body
    assert info["filters"][-1] == {
        "noAllowMarketStartTime": str(now - 1000),
        "noAllowMarketEndTime": str(now + 60_000),
        "limitOrderStartTime": str(now - 1000),
        "limitOrderEndTime": str(now + 60_000),
        "limitMinPrice": "80000",
        "limitMaxPrice": "100000",
        "filterType": "OPEN_QUOTE",
    }
    assert (await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")).code == "-1194"
    assert (await client.limit("SELL", "0.01", "100001")).code == "-1132"
    assert (await client.limit("BUY", "0.01", "79999")).code == "-1133"
    assert (await client.limit("BUY", "0.01", "90000")).status == 200
    await client.advance(61_000)
    assert (await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")).status == 200
    assert (await client.limit("SELL", "0.01", "100001")).status == 200


async def test_one_pair_of_each_venue_has_an_opening_window(profile: Profile) -> None:
    assert profile.opening_pair in {terms.symbol for terms in profile.terms}


async def test_the_fee_tier_tells_volume_and_worth(client: HashKeyClient) -> None:
    before = (await client.call("GET", "/api/v1/account/vipInfo")).body
    assert before["vipLevel"] != "0"
    assert Decimal(before["totalAssetBal"]) > 100_000
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", amount="1000")
    after = (await client.call("GET", "/api/v1/account/vipInfo")).body
    assert 990 < Decimal(after["tradeVol30Day"]) - Decimal(before["tradeVol30Day"]) <= 1000
