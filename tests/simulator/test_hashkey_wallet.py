"""Deposits, withdrawals, transfers, statements and bank orders, at both venues."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest

from terminal.simulator.hashkey_auth import Limits
from terminal.simulator.hashkey_profiles import Profile
from terminal.simulator.state import MemoryStore
from tests.simulator.conftest import Serve
from tests.simulator.hashkey_client import DEADLINE_S, Answer, HashKeyClient

DAY_MS = 86_400_000
TRANSFER = "/api/v1/account/assetTransfer"
FLOWS = "/api/v1/account/balanceFlow"
DEPOSITS = "/api/v1/account/depositOrders"
WITHDRAW = "/api/v1/account/withdraw"
WITHDRAWALS = "/api/v1/account/withdrawOrders"
PROOF = "/api/v1/account/authAddress"
FIAT = "/api/v1/account/fiat/history"
ADDRESS = "0x132346ef629483974879a2e68A3557cA1c494D2E"


async def ids(client: HashKeyClient) -> dict[str, str]:
    rows = (await client.call("GET", "/api/v1/account/type")).body
    return {row["accountLabel"].split()[0].lower(): row["accountId"] for row in rows}


async def free(client: HashKeyClient, account: str, asset: str = "USDT") -> Decimal:
    rows = (await client.call("GET", "/api/v1/account", accountId=account)).body["balances"]
    return next((Decimal(row["free"]) for row in rows if row["asset"] == asset), Decimal(0))


async def transfer(client: HashKeyClient, source: str, target: str, quantity: str = "10", **more: object) -> Answer:
    asked = {"fromAccountId": source, "toAccountId": target, "coin": "USDT", "quantity": quantity, **more}
    return await client.call("POST", TRANSFER, **asked)


async def flows(client: HashKeyClient, **filters: object) -> list[dict[str, Any]]:
    now = int(time.time() * 1000)
    answer = await client.call("GET", FLOWS, startTime=now - 29 * DAY_MS, endTime=now + 60_000, **filters)
    assert answer.status == 200, answer.body
    return list(answer.body)


async def withdraw(client: HashKeyClient, **changes: object) -> Answer:
    asked = {"coin": "USDT", "clientOrderId": "w1", "address": ADDRESS, "quantity": "50", "chainType": "ETH", **changes}
    return await client.call("POST", WITHDRAW, **{name: value for name, value in asked.items() if value is not None})


@pytest.mark.parametrize(
    ("source", "target"), [("main", "custody"), ("main", "sub"), ("sub", "main"), ("custody", "sub")]
)
async def test_a_transfer_moves_the_balance(client: HashKeyClient, source: str, target: str) -> None:
    own = await ids(client)
    before = {name: await free(client, own[name]) for name in (source, target)}
    answer = (await transfer(client, own[source], own[target], "10.5", clientOrderId="t1", remark="mine")).body
    assert list(answer) == ["success", "timestamp", "clientOrderId", "orderId"]
    assert (answer["success"], answer["clientOrderId"]) == (True, "t1")
    assert isinstance(answer["timestamp"], int)
    assert await free(client, own[source]) == before[source] - Decimal("10.5")
    assert await free(client, own[target]) == before[target] + Decimal("10.5")
    row = (await flows(client, flowType=51))[0]
    seen = {"main": own["main"], "custody": own["custody"]}
    assert row["accountId"] in seen.values()
    assert (row["flowTypeValue"], row["flowType"], row["coin"]) == (51, "USER_ACCOUNT_TRANSFER", "USDT")
    assert Decimal(row["total"]) == await free(client, row["accountId"])


async def test_a_transfer_signed_as_in_the_documents_example_is_taken(client: HashKeyClient) -> None:
    own = await ids(client)
    fields = f"fromAccountId={own['main']}&toAccountId={own['custody']}&coin=USDT&quantity=10"
    stamp = f"timestamp={int(time.time() * 1000)}"
    signature = client.signature(f"{fields}&{stamp}")
    answer = await client.send("POST", TRANSFER, query=f"{fields}&signature={signature}&{stamp}")
    assert answer.body["success"] is True
    changed = await client.send("POST", TRANSFER, query=f"{fields}0&signature={signature}&{stamp}")
    assert changed.body == {"code": "0001", "msg": "Incorrect signature"}


async def test_refused_transfers_move_nothing(client: HashKeyClient) -> None:
    own = await ids(client)
    before = await free(client, own["main"])
    assert (await transfer(client, "7", own["main"])).code == "-1172"
    assert (await transfer(client, own["main"], "7")).code == "-1173"
    assert (await transfer(client, own["main"], own["main"])).code == "-1174"
    assert (await transfer(client, own["main"], own["sub"], "999999999")).code == "0401"
    assert (await transfer(client, own["main"], own["sub"], "0")).code == "-1130"
    assert (await transfer(client, own["main"], own["sub"], coin="NOPE")).code == "-4001"
    assert (await transfer(client, own["main"], own["fiat"])).code == "-1161"
    assert (await transfer(client, own["main"], own["custody"], coin="USD")).code == "-1161"
    assert (await transfer(client, own["main"], own["sub"], clientOrderId="x" * 65)).code == "-1123"
    assert (await transfer(client.as_sub(), own["main"], own["sub"])).code == "-1205"
    assert await free(client, own["main"]) == before


async def test_a_transfers_client_id_counts_once_also_after_a_restart(serve: Serve, profile: Profile) -> None:
    store = MemoryStore()
    async with serve(profile=profile, store=store) as client:
        own = await ids(client)
        assert (await transfer(client, own["main"], own["sub"], clientOrderId="once")).status == 200
        assert (await transfer(client, own["main"], own["sub"], clientOrderId="once")).code == "-1141"
        held = await free(client, own["sub"])
    async with serve(profile=profile, store=store) as client:
        assert (await transfer(client, own["main"], own["sub"], clientOrderId="once")).code == "-1141"
        assert await free(client, own["sub"]) == held


async def test_one_transfer_a_second(serve: Serve, profile: Profile) -> None:
    async with serve(profile=profile, limits=Limits(queries=1000)) as client:
        own = await ids(client)
        assert (await transfer(client, own["main"], own["sub"])).status == 200
        answer = await transfer(client, own["main"], own["sub"])
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "0003", "1")


async def test_transfers_are_told_on_the_streams_of_both_accounts(client: HashKeyClient) -> None:
    own = await ids(client)
    main, sub = await client.private(), await client.as_sub().private()
    await transfer(client, own["main"], own["sub"], "25")
    assert (await main.event("outboundAccountInfo"))["B"][0]["a"] == "USDT"
    told = (await sub.event("outboundAccountInfo"))["B"][0]
    assert Decimal(told["f"]) == await free(client, own["sub"])
    await transfer(client, own["main"], own["custody"], "25")
    told = (await main.event("outboundCustodyAccountInfo"))["B"][0]
    assert Decimal(told["f"]) == await free(client, own["custody"])
    await transfer(client, own["main"], own["fiat"], "25", coin="USD")
    assert (await main.event("outboundFiatAccountInfo"))["B"][0]["a"] == "USD"


async def test_every_flow_type_is_listed_in_its_account(client: HashKeyClient) -> None:
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
    assert {row["flowTypeValue"] for row in await flows(client)} == {1, 2, 32, 51, 900, 904, 906, 910}
    assert {row["flowTypeValue"] for row in await flows(client, accountType=5)} == {51, 900, 904}
    assert {row["flowTypeValue"] for row in await flows(client, accountType=6)} == {906, 910}
    assert {row["flowTypeValue"] for row in await flows(client, accountType=3)} == {32}
    own = await ids(client)
    assert {row["accountId"] for row in await flows(client, accountType=1)} == {own["main"]}
    assert {row["accountId"] for row in await flows(client.as_sub())} == {own["sub"]}
    created = [int(row["created"]) for row in await flows(client)]
    assert created == sorted(created, reverse=True)


async def test_a_trade_writes_its_changes_and_its_fee(client: HashKeyClient) -> None:
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
    fill = (await client.call("GET", "/api/v1/account/trades")).body[0]
    fee, *rest = await flows(client, flowType=2)
    assert rest == []
    assert (fee["coin"], Decimal(fee["change"]), fee["symbol"]) == ("BTC", -Decimal(fill["commission"]), "BTCUSDT")
    changes = {row["coin"]: row for row in await flows(client, flowType=1)}
    assert Decimal(changes["BTC"]["change"]) == Decimal("0.001")
    assert Decimal(changes["USDT"]["change"]) == -Decimal(fill["price"]) * Decimal(fill["qty"])
    own = await ids(client)
    assert Decimal(fee["total"]) == await free(client, own["main"], "BTC")
    assert Decimal(changes["USDT"]["total"]) == await free(client, own["main"])


async def test_the_statement_keeps_to_its_windows(client: HashKeyClient) -> None:
    now = int(time.time() * 1000)
    assert (await client.call("GET", FLOWS, startTime=now - DAY_MS)).code == "0001"
    late = now + 2 * DAY_MS
    assert (await client.call("GET", FLOWS, startTime=now - 29 * DAY_MS, endTime=late)).code == "-2027"
    assert (await client.call("GET", FLOWS, startTime=now - 31 * DAY_MS, endTime=now)).code == "-2028"
    assert (await client.call("GET", FLOWS, startTime=now, endTime=now - 5)).code == "-1130"
    assert (await client.call("GET", FLOWS, startTime=now - 5, endTime=now, flowType=99)).code == "-2026"
    assert (await client.call("GET", FLOWS, startTime=now - 5, endTime=now, accountType=2)).code == "-1130"
    assert (await client.as_sub().call("GET", FLOWS, startTime=now - 5, endTime=now, accountType=5)).code == "-3117"
    assert len(await flows(client, limit=2)) == 2


async def test_trades_leave_the_statement_after_a_week(client: HashKeyClient) -> None:
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
    await client.advance(8 * DAY_MS)
    now = int(time.time() * 1000) + 8 * DAY_MS
    asked = {"startTime": now - 20 * DAY_MS, "endTime": now}
    assert (await client.call("GET", FLOWS, flowType=1, **asked)).body == []
    assert (await client.call("GET", FLOWS, flowType=51, **asked)).body


async def test_deposits_in_all_ten_states(client: HashKeyClient) -> None:
    rows = (await client.call("GET", DEPOSITS)).body
    assert {row["status"] for row in rows} == set(range(1, 11))
    assert all(row["statusCode"] == str(row["status"]) for row in rows)
    assert list(rows[0]) == ["time", "coin", "coinName", "address", "quantity", "status", "statusCode", "txId"]
    assert [int(row["time"]) for row in rows] == sorted((int(row["time"]) for row in rows), reverse=True)
    assert len(rows[0]["quantity"].partition(".")[2]) == 20
    on_chain = (await client.call("GET", DEPOSITS, coin="ETH_USDT")).body
    assert {row["coin"] for row in on_chain} == {"USDT"}
    assert len(on_chain) < len((await client.call("GET", DEPOSITS, coin="USDT")).body)
    assert len((await client.call("GET", DEPOSITS, limit=3)).body) == 3
    assert (await client.as_sub().call("GET", DEPOSITS)).code == "-3117"


async def test_an_authenticated_deposit_is_reviewed_and_credited(client: HashKeyClient) -> None:
    own = await ids(client)
    stream = await client.private()
    row = next(row for row in (await client.call("GET", DEPOSITS, coin="BTC")).body if row["status"] == 1)
    proof = {"txid": row["txId"], "institutionalName": "Mine Ltd", "exchangeName": "OKX", "isAddressOwner": "true"}
    before = await free(client, own["custody"], "BTC")
    answer = (await client.call("POST", PROOF, **proof)).body
    assert (answer["success"], answer["msg"]) == (True, "")
    assert answer["timestamp"].isdigit()
    seen = []
    for status in (2, 8, 4):
        seen.append(await state_of(client, row["txId"], status))
        await client.advance(2_000)
    assert seen == [2, 8, 4]
    told = await stream.event("outboundCustodyAccountInfo")
    assert Decimal(told["B"][0]["f"]) == before + Decimal(row["quantity"])
    assert await free(client, own["custody"], "BTC") == before + Decimal(row["quantity"])
    assert Decimal((await flows(client, flowType=900))[0]["change"]) == Decimal(row["quantity"])
    assert (await client.call("POST", PROOF, **proof)).code == "-1207"


async def state_of(client: HashKeyClient, tx_id: str, wanted: int) -> int:
    """Wait for a deposit's state."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            rows = (await client.call("GET", DEPOSITS)).body
            found = next(int(row["status"]) for row in rows if row["txId"] == tx_id)
            if found == wanted:
                return found
            await asyncio.sleep(0.01)


async def test_a_proof_names_a_person_or_an_institution_and_a_known_exchange(client: HashKeyClient) -> None:
    tx_id = next(row["txId"] for row in (await client.call("GET", DEPOSITS)).body if row["status"] == 1)
    good = {
        "txid": tx_id,
        "senderFirstName": "A",
        "senderLastName": "B",
        "exchangeName": "Kraken",
        "isAddressOwner": "true",
    }
    for change, code in (
        ({"senderLastName": ""}, "0001"),
        ({"exchangeName": "Mt.Gox"}, "-1130"),
        ({"isAddressOwner": "false"}, "-1130"),
        ({"txid": "0x1"}, "-1212"),
    ):
        assert (await client.call("POST", PROOF, **{**good, **change})).code == code
    assert (await client.call("POST", PROOF, **good)).status == 200


async def test_a_deposit_can_be_let_arrive_and_be_put_into_any_state(client: HashKeyClient) -> None:
    made = await client.admin("market", {"deposit": {"coin": "ETH", "chain": "ETH", "quantity": "0.7"}})
    tx_id = made["deposit"]["tx_id"]
    assert (await client.call("GET", DEPOSITS, limit=1)).body[0]["txId"] == tx_id
    await client.admin("market", {"deposit": {"tx_id": tx_id, "status": 7}})
    assert (await client.call("GET", DEPOSITS, limit=1)).body[0]["status"] == 7
    await client.admin("market", {"deposit": {"coin": "ETH", "chain": "BTC", "quantity": "1"}}, status=400)


async def test_deposit_addresses_are_of_their_chain_and_stay(client: HashKeyClient) -> None:
    path = "/api/v1/account/deposit/address"
    body = (await client.call("GET", path, coin="USDT", chainType="ETH")).body
    assert list(body) == [
        "canDeposit", "address", "addressExt", "minQuantity", "needAddressTag", "requiredConfirmTimes",
        "canWithdrawConfirmTimes", "coinType",
    ]  # fmt: skip
    assert (len(body["address"]), body["address"][:2], body["coinType"]) == (42, "0x", "ERC20_TOKEN")
    assert (await client.call("GET", path, coin="USDT", chainType="ETH")).body == body
    assert (await client.call("GET", path, coin="USDT", chainType="Tron")).body["address"][0] == "T"
    assert (await client.call("GET", path, coin="USDT", chainType="BTC")).code == "-1130"
    assert (await client.call("GET", path, coin="NOPE", chainType="BTC")).code == "-4001"
    assert (await client.call("GET", path, coin="USDT")).code == "0001"


async def test_a_withdrawal_leaves_the_custody_account_and_arrives(client: HashKeyClient) -> None:
    own = await ids(client)
    before = await free(client, own["custody"])
    answer = (await withdraw(client, platform="binance")).body
    assert list(answer) == ["success", "id", "orderId", "accountId"]
    assert (answer["success"], answer["accountId"]) == (True, own["custody"])
    row = (await client.call("GET", WITHDRAWALS, coin="USDT", limit=1)).body[0]
    assert (row["id"], row["status"], row["quantity"], row["arriveQuantity"]) == (
        answer["orderId"], "under_review", "50.00000000", "",
    )  # fmt: skip
    assert (row["platform"], row["fee"], row["txId"]) == ("BINANCE", "5.00000000", "")
    assert await free(client, own["custody"]) == before - 50
    assert Decimal((await flows(client, flowType=904))[0]["change"]) == -50
    for status in ("withdrawing", "successful"):
        await client.advance(2_000)
        row = await withdrawal_in(client, answer["orderId"], status)
    assert (row["arriveQuantity"], row["txId"][:2]) == ("45.00000000", "0x")


async def withdrawal_in(client: HashKeyClient, order_id: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            rows = (await client.call("GET", WITHDRAWALS)).body
            found: dict[str, Any] = next(row for row in rows if row["id"] == order_id)
            if found["status"] == status:
                return found
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clientOrderId": None}, "0001"),
        ({"coin": "NOPE"}, "-4001"),
        ({"chainType": "Solana"}, "-1130"),
        ({"address": "0x12"}, "-1163"),
        ({"platform": "KRAKEN"}, "-1130"),
        ({"memo": "no spaces"}, "-1130"),
        ({"memo": "1" * 21}, "-1130"),
        ({"quantity": None}, "-1165"),
        ({"quantity": "abc"}, "-1168"),
        ({"quantity": "20.123456789"}, "-1168"),
        ({"quantity": "19"}, "-1167"),
        ({"quantity": "99999999"}, "-4019"),
        ({"quantity": "900000"}, "-4003"),
        ({"coin": "SHIB", "quantity": "2000000"}, "-1169"),
    ],
)
async def test_a_refused_withdrawal_takes_nothing(client: HashKeyClient, changes: dict[str, object], code: str) -> None:
    own = await ids(client)
    before = await free(client, own["custody"])
    assert (await withdraw(client, **changes)).code == code
    assert await free(client, own["custody"]) == before


async def test_a_withdrawal_id_counts_once_and_a_sub_key_may_not_withdraw(client: HashKeyClient) -> None:
    assert (await withdraw(client)).status == 200
    assert (await withdraw(client)).code == "-4013"
    assert (await withdraw(client.as_sub(), clientOrderId="w2")).code == "-4009"


async def test_a_failed_withdrawal_comes_back(client: HashKeyClient) -> None:
    own = await ids(client)
    before = await free(client, own["custody"])
    order_id = (await withdraw(client)).body["orderId"]
    await client.admin("market", {"withdrawal": {"id": order_id, "status": "failed"}})
    assert await free(client, own["custody"]) == before
    await client.admin("market", {"withdrawal": {"id": order_id, "status": "successful"}}, status=400)
    states = {row["status"] for row in (await client.call("GET", WITHDRAWALS)).body}
    assert states == {"successful", "failed", "canceled", "canceling", "withdrawing", "under_review"}


async def test_withdrawals_and_deposits_survive_a_restart(serve: Serve, profile: Profile) -> None:
    store = MemoryStore()
    async with serve(profile=profile, store=store) as client:
        order_id = (await withdraw(client)).body["orderId"]
        count = len((await client.call("GET", DEPOSITS)).body)
        lines = await flows(client)
    async with serve(profile=profile, store=store) as client:
        assert order_id in {row["id"] for row in (await client.call("GET", WITHDRAWALS)).body}
        assert len((await client.call("GET", DEPOSITS)).body) == count
        assert {row["id"] for row in lines} <= {row["id"] for row in await flows(client)}


async def test_bank_orders_of_both_types_and_channels(client: HashKeyClient) -> None:
    now = int(time.time() * 1000)
    span = {"startTime": now - 30 * DAY_MS, "endTime": now}
    for kind, back in (("deposit", "withdraw_return"), ("withdraw", "return")):
        rows = (await client.call("GET", FIAT, type=kind, **span)).body
        assert {row["status"] for row in rows} == {"under_review", "processing", "successful", "failed", back}
        sign = 1 if kind == "withdraw" else -1
        for row in rows:
            assert Decimal(row["netAmount"]) == Decimal(row["grossAmount"]) + sign * Decimal(row["fee"])
        assert [row["status"] for row in (await client.call("GET", FIAT, type=kind, status="failed", **span)).body] == [
            "failed"
        ]
        old = (await client.call("GET", FIAT, type=kind, channel="manual", startTime=1, endTime=now)).body
        assert [row["channel"] for row in old] == ["manual"]
    assert (await client.call("GET", FIAT, type="gift", **span)).code == "-1177"
    assert (await client.call("GET", FIAT, type="deposit", status="lost", **span)).code == "-1175"
    assert (await client.call("GET", FIAT, type="withdraw", status="lost", **span)).code == "-1176"
    assert (await client.call("GET", FIAT, type="deposit", startTime=1)).code == "0001"
    assert (await client.as_sub().call("GET", FIAT, type="deposit", **span)).code == "-3117"


async def test_chain_types_and_coin_information(client: HashKeyClient) -> None:
    path = "/api/v1/account/chainType"
    assert (await client.call("GET", path, coinId="USDT")).body == [
        {"coinId": "USDT", "coinName": "USDT", "chainTypeList": ["ETH", "Tron"]}
    ]
    assert set((await client.call("GET", path, coinId="NOPE")).body) == {"errorCode", "errorMsg"}
    info = (await client.public("/api/v1/coinInfo", coinId="USDT")).body
    assert list(info) == ["timezone", "serverTime", "coins", "chainTypes"]
    assert list(info["coins"][0]) == ["orgId", "coinId", "coinName", "coinFullName", "allowWithdraw", "allowDeposit"]
    assert [row["chainType"] for row in info["chainTypes"]] == ["ETH", "Tron"]
    assert (await client.public("/api/v1/coinInfo")).code == "0001"
    assert (await client.public("/api/v1/coinInfo", coinId="NOPE")).code == "-4001"
    coins = {coin["coinId"]: coin for coin in (await client.public("/api/v1/exchangeInfo")).body["coins"]}
    assert coins["USDT"]["chainTypes"] == info["chainTypes"]
    assert (coins["USD"]["chainTypes"], coins["USD"]["allowWithdraw"]) == ([], False)
