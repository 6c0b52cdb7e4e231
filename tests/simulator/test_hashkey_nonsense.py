"""Whatever a client sends, the venue answers with a refusal of its own and goes on."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from tests.simulator.hashkey_client import BATCH_PATH, HashKeyClient

NASTY = (
    "", " ", "0", "-1", "NaN", "Infinity", "1e999", "1e-39", "٣", "null", "[]", "{}", "'", "a" * 5000, "9" * 70, "\x00",
    "BTCUSDT,BTCUSDT", "true", "&=", "%ff",
)  # fmt: skip

SIGNED = [
    ("POST", "/api/v1.1/spot/order", ("symbol", "side", "type", "quantity", "price", "newClientOrderId", "stpMode")),
    ("POST", "/api/v1/spot/orderTest", ("symbol", "timeInForce", "amount")),
    ("DELETE", "/api/v1/spot/order", ("orderId", "clientOrderId")),
    ("DELETE", "/api/v1/spot/openOrders", ("symbol", "side")),
    ("DELETE", "/api/v1/spot/cancelAllOpenOrders", ("symbol", "side", "fromOrderId", "limit")),
    ("DELETE", "/api/v1/spot/cancelOrderByIds", ("ids",)),
    ("GET", "/api/v1/spot/order", ("orderId", "origClientOrderId", "accountId")),
    ("GET", "/api/v1/spot/openOrders", ("symbol", "side", "fromOrderId", "limit")),
    ("GET", "/api/v1/spot/tradeOrders", ("symbol", "startTime", "endTime", "limit")),
    ("GET", "/api/v1/account/trades", ("symbol", "startTime", "endTime", "fromId", "toId", "clientOrderId", "limit")),
    ("GET", "/api/v1/account/vipInfo", ("symbols",)),
    ("GET", "/api/v1/account", ("recvWindow", "timestamp", "accountId")),
    ("PUT", "/api/v1/userDataStream", ("listenKey",)),
    ("POST", "/api/v1/account/assetTransfer", ("fromAccountId", "toAccountId", "coin", "quantity", "clientOrderId")),
    ("GET", "/api/v1/account/balanceFlow", ("startTime", "endTime", "flowType", "accountType", "limit")),
    ("GET", "/api/v1/account/fiat/history", ("type", "startTime", "endTime", "status", "channel", "remark", "limit")),
    ("GET", "/api/v1/account/depositOrders", ("coin", "startTime", "endTime", "limit")),
    ("GET", "/api/v1/account/withdrawOrders", ("coin", "startTime", "endTime", "remark", "memo", "limit")),
    (
        "POST",
        "/api/v1/account/withdraw",
        ("coin", "clientOrderId", "address", "chainType", "quantity", "memo", "platform"),
    ),
    ("POST", "/api/v1/account/authAddress", ("txid", "exchangeName", "isAddressOwner", "institutionalName")),
    ("GET", "/api/v1/account/deposit/address", ("coin", "chainType")),
    ("GET", "/api/v1/spot/subAccount/openOrders", ("subAccountId", "symbol", "limit")),
    ("GET", "/api/v1/subAccount/trades", ("subAccountId", "fromId", "toId")),
]
PUBLIC = [
    ("/api/v1/exchangeInfo", ("symbol", "site")),
    ("/api/v1/coinInfo", ("coinId",)),
    ("/quote/v1/depth", ("symbol", "limit")),
    ("/quote/v1/depth/merged", ("symbol", "limit", "scale")),
    ("/quote/v1/trades", ("symbol", "limit")),
    ("/quote/v1/klines", ("symbol", "interval", "limit", "startTime", "endTime")),
    ("/quote/v1/ticker/24hr", ("symbol", "instType")),
    ("/quote/v1/ticker/price", ("symbol",)),
    ("/quote/v1/ticker/bookTicker", ("symbol",)),
]
GOOD = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.0002", "price": "90000", "interval": "1m",
    "coin": "BTC", "chainType": "BTC", "clientOrderId": "own", "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "startTime": "1700000000000", "endTime": "1700000000001",
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "names"), SIGNED)
async def test_nasty_values_of_signed_requests_are_refused(
    client: HashKeyClient, method: str, path: str, names: tuple[str, ...]
) -> None:
    lacks = client.batch_path != BATCH_PATH and path.endswith("cancelAllOpenOrders")
    for name in names:
        for value in NASTY:
            rest = {key: good for key, good in GOOD.items() if key in names}
            answer = await client.call(method, path, **(rest | {name: value}))
            assert answer.status in ((404,) if lacks else (200, 400)), (name, value)
            assert answer.status == 200 or set(answer.body) == {"code", "msg"}, (name, value)


@pytest.mark.parametrize(("path", "names"), PUBLIC)
async def test_nasty_values_of_public_requests_are_refused(
    client: HashKeyClient, path: str, names: tuple[str, ...]
) -> None:
    for name in names:
        for value in NASTY:
            rest = {key: good for key, good in GOOD.items() if key in names}
            answer = await client.public(path, **(rest | {name: value}))
            assert answer.status in (200, 400), (name, value)


@pytest.mark.parametrize("signature", ["", "x", "é", "%00", "a" * 64])
async def test_nasty_signatures_are_refused(client: HashKeyClient, signature: str) -> None:
    query = f"timestamp={int(time.time() * 1000)}&signature={quote(signature)}"
    answer = await client.send("GET", "/api/v1/account", query=query)
    assert (answer.status, answer.code) == (400, "0001")


@pytest.mark.parametrize("body", ["", "{}", "[1]", "[[]]", "null", '[{"symbol":1}]', '[{"symbol":["x"],"side":{}}]'])
async def test_nasty_batches_are_refused(client: HashKeyClient, body: str) -> None:
    answer = await client.send(
        "POST", client.batch_path, query=client.signed(), body=body, content_type="application/json"
    )
    refused = answer.code if answer.status == 400 else answer.body["result"][0]["code"]
    assert refused in ("-1004", "0001", "0201", "-1117")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_nasty_frames_leave_the_stream_open(client: HashKeyClient, version: str) -> None:
    stream = await client.stream(version)
    frames: list[object] = [
        1,
        [],
        "x",
        None,
        {},
        {"event": "sub"},
        {"topic": 1, "event": [], "params": 3, "symbol": {}},
    ]
    for frame in frames:
        await stream.socket.send_str(json.dumps(frame))
        assert (await stream.frame())["code"].startswith("-")
    await stream.socket.send_bytes(b"\x00\xff")
    await stream.say({"ping": {"deep": []}})
    assert "pong" in await stream.frame()


async def test_nasty_private_frames_leave_the_stream_open(client: HashKeyClient) -> None:
    stream = await client.private()
    for text in ("{", "[]", "1", '{"topic":"trade","event":"sub"}'):
        await stream.socket.send_str(text)
    await stream.say({"ping": 1})
    assert "pong" in await stream.frame()
