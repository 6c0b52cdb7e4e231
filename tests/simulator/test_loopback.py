"""Faults on the wire and the admin endpoint, seen by a plain client."""

from __future__ import annotations

import asyncio
import json
import time
from decimal import Decimal

import aiohttp
import pytest

from tests.simulator.hashkey_client import HashKeyClient, Stream

ORDER = "/api/v1.1/spot/order"
OPEN = "/api/v1/spot/openOrders"
GOOD = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "90000"}


async def orders(client: HashKeyClient) -> int:
    return len((await client.ledger())["orders"])


async def raw(client: HashKeyClient, method: str, path: str, **params: object) -> tuple[int, str]:
    """Send a signed request and return status and undecoded body."""
    text = client.signed(**params)
    headers = {"X-HK-APIKEY": client.address["key"], "Content-Type": "application/x-www-form-urlencoded"}
    async with client.session.request(method, f"{client.address['rest']}{path}", data=text, headers=headers) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(("when", "placed"), [("before", 0), ("after", 1)])
async def test_drop_cuts_the_connection_before_or_after_acceptance(
    client: HashKeyClient, when: str, placed: int
) -> None:
    await client.admin("faults", {"kind": "drop", "when": when, "method": "POST", "path": ORDER, "count": 1})
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.place(**GOOD)
    assert await orders(client) == placed
    assert (await client.place(**GOOD)).status == 200


@pytest.mark.parametrize(("when", "placed"), [("before", 0), ("after", 1)])
async def test_server_error_before_or_after_acceptance(client: HashKeyClient, when: str, placed: int) -> None:
    await client.admin("faults", {"kind": "5xx", "when": when, "path": ORDER, "status": 504, "count": 1})
    status, text = await raw(client, "POST", ORDER, **GOOD)
    assert status == 504
    assert text.startswith("<html>")
    assert await orders(client) == placed


@pytest.mark.parametrize(("when", "placed"), [("before", 0), ("after", 1)])
async def test_delay_holds_the_request_or_the_answer(client: HashKeyClient, when: str, placed: int) -> None:
    await client.admin("faults", {"kind": "delay", "when": when, "path": ORDER, "ms": 300, "count": 1})
    began = time.monotonic()
    waiting = asyncio.create_task(client.place(**GOOD))
    async with asyncio.timeout(5):
        while (await fired(client)) == 0:
            await asyncio.sleep(0.005)
        if placed:
            while await orders(client) == 0:
                await asyncio.sleep(0.005)
    assert await orders(client) == placed
    assert (await waiting).status == 200
    assert time.monotonic() - began >= 0.3


async def fired(client: HashKeyClient) -> int:
    async with client.session.get(f"{client.address['admin']}/faults") as answer:
        return sum(rule["fired"] for rule in (await answer.json())["rules"])


async def test_reject_answers_with_the_given_code(client: HashKeyClient) -> None:
    await client.admin("faults", {"kind": "reject", "path": ORDER, "code": "-1149"})
    assert (await client.place(**GOOD)).body == {"code": "-1149", "msg": "Order creation failed"}
    assert await orders(client) == 0


@pytest.mark.parametrize("kind", ["429", "418"])
async def test_throttling_names_the_time_to_wait(client: HashKeyClient, kind: str) -> None:
    await client.admin("faults", {"kind": kind, "path": ORDER, "retry_after": 7, "count": 1})
    answer = await client.place(**GOOD)
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (int(kind), "0003", "7")
    assert (await client.place(**GOOD)).status == 200


async def test_garbage_is_a_success_that_is_no_json(client: HashKeyClient) -> None:
    await client.admin("faults", {"kind": "garbage", "path": ORDER, "count": 1})
    text = client.signed(**GOOD)
    headers = {"X-HK-APIKEY": client.address["key"], "Content-Type": "application/x-www-form-urlencoded"}
    async with client.session.post(f"{client.address['rest']}{ORDER}", data=text, headers=headers) as answer:
        body = await answer.read()
        assert answer.status == 200
    with pytest.raises(ValueError):
        json.loads(body)
    assert await orders(client) == 1


async def test_stale_listing_repeats_its_first_answer(client: HashKeyClient) -> None:
    await client.admin("faults", {"kind": "stale", "method": "GET", "path": OPEN})
    assert (await client.call("GET", OPEN)).body == []
    await client.place(**GOOD)
    assert (await client.call("GET", OPEN)).body == []
    assert len((await client.call("GET", OPEN, symbol="BTCUSDT")).body) == 1
    await client.session.delete(f"{client.address['admin']}/faults")
    assert len((await client.call("GET", OPEN)).body) == 1


async def test_contents_of_answers_are_changed(client: HashKeyClient) -> None:
    async def depth() -> dict[str, list[list[str]]]:
        return dict((await client.public("/quote/v1/depth", symbol="BTCUSDT", limit=2)).body)

    await client.admin("faults", {"kind": "crossed", "path": "/quote/v1/depth"})
    book = await depth()
    assert Decimal(book["b"][0][0]) > Decimal(book["a"][0][0])
    await client.admin("faults", {"clear": True, "rules": [{"kind": "negative", "path": "/quote/v1/depth"}]})
    assert (await depth())["b"][0][1].startswith("-")
    await client.admin("faults", {"clear": True, "rules": [{"kind": "extra_fields", "path": "/quote/*"}]})
    assert "unheardOf" in await depth()
    await client.admin("faults", {"clear": True, "rules": [{"kind": "unknown_enum", "path": ORDER}]})
    assert (await client.place(**GOOD)).body["status"] == "UNHEARD_OF"


async def trades(client: HashKeyClient) -> Stream:
    stream = await client.stream("v2")
    await stream.say({"topic": "trade", "event": "sub", "params": {"symbol": "BTCUSDT"}})
    assert (await stream.frame())["code"] == "0"
    return stream


async def sizes(stream: Stream, count: int) -> list[str]:
    return [(await stream.frame())["data"]["q"] for _ in range(count)]


async def test_frames_are_doubled_left_out_and_reordered(client: HashKeyClient) -> None:
    stream = await trades(client)
    await client.admin("faults", {"kind": "duplicate", "channel": "trade", "count": 1})
    await client.hit("buy", "0.001")
    assert await sizes(stream, 2) == ["0.001", "0.001"]
    await client.admin("faults", {"clear": True, "rules": [{"kind": "gap", "channel": "trade", "count": 1}]})
    await client.hit("buy", "0.002")
    await client.hit("buy", "0.003")
    assert await sizes(stream, 1) == ["0.003"]
    await client.admin("faults", {"clear": True, "rules": [{"kind": "reorder", "channel": "trade", "count": 1}]})
    await client.hit("buy", "0.004")
    await client.hit("buy", "0.005")
    assert await sizes(stream, 2) == ["0.005", "0.004"]


async def test_frames_are_garbled_delayed_and_changed(client: HashKeyClient) -> None:
    stream = await trades(client)
    await client.admin("faults", {"kind": "garbage", "channel": "trade", "count": 1})
    await client.hit("buy", "0.001")
    message = await stream.raw()
    with pytest.raises(ValueError):
        json.loads(message.data)
    await client.admin("faults", {"clear": True, "rules": [{"kind": "nan", "channel": "trade", "count": 1}]})
    await client.hit("buy", "0.001")
    assert await sizes(stream, 1) == ["NaN"]
    await client.admin(
        "faults", {"clear": True, "rules": [{"kind": "delay", "ms": 150, "channel": "trade", "count": 1}]}
    )
    began = time.monotonic()
    await client.hit("buy", "0.002")
    assert await sizes(stream, 1) == ["0.002"]
    assert time.monotonic() - began >= 0.15


async def test_dropped_stream_is_cut_and_can_be_opened_again(client: HashKeyClient) -> None:
    stream = await trades(client)
    await client.admin("faults", {"kind": "drop", "channel": "trade", "count": 1})
    await client.hit("buy", "0.001")
    assert await stream.ended()
    await trades(client)


async def test_refused_stream_cannot_be_opened(client: HashKeyClient) -> None:
    await client.admin("faults", {"kind": "5xx", "path": "/quote/ws/*", "count": 1})
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.stream("v2")
    assert await client.stream("v2")


async def test_silent_stream_stays_open_and_says_nothing(client: HashKeyClient) -> None:
    stream = await trades(client)
    await client.admin("faults", {"kind": "silence", "channel": "public"})
    await client.hit("buy", "0.001")
    await stream.say({"ping": 1})
    with pytest.raises(TimeoutError):
        await stream.raw(timeout_s=0.2)
    await client.session.delete(f"{client.address['admin']}/faults")
    await client.hit("buy", "0.002")
    assert await sizes(stream, 1) == ["0.002"]


async def test_duplicate_fill_on_the_private_stream(client: HashKeyClient) -> None:
    stream = await client.private()
    await client.admin("faults", {"kind": "duplicate", "channel": "executionReport"})
    await client.place(**GOOD)
    first = await stream.event("executionReport")
    assert await stream.event("executionReport") == first


# admin


async def test_ledger_tells_what_really_happened(mena: HashKeyClient) -> None:
    client = mena
    placed = (await client.place(**GOOD)).body
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    ledger = await client.ledger()
    assert ledger["venue"] == "hashkey-mena"
    assert ledger["orders"][0]["order_id"] == placed["orderId"]
    assert (ledger["orders"][0]["price"], ledger["orders"][0]["quantity"]) == ("90000", "0.01")
    assert sum(Decimal(fill["quantity"]) for fill in ledger["fills"]) == Decimal("0.01")
    balances = ledger["balances"][placed["accountId"]]
    assert Decimal(balances["USDT"]["locked"]) == Decimal(900)
    spent = sum(Decimal(fill["quantity"]) * Decimal(fill["price"]) for fill in ledger["fills"])
    assert Decimal(balances["USDT"]["free"]) == Decimal(100_000) - 900 - spent


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"kind": "explode"}, "explode"),
        ({"kind": "drop", "count": 0}, "count"),
        ({"rules": "none"}, "rules"),
        ([1], "object"),
    ],
)
async def test_bad_faults_are_refused_by_name(client: HashKeyClient, body: object, named: str) -> None:
    assert named in (await client.admin("faults", body, status=400))["error"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"explode": 1}, "explode"),
        ({"freeze": "yes"}, "freeze"),
        ({"advance": -5}, "advance"),
        ({"trade": {"symbol": "NOSUCH", "side": "buy", "quantity": "1"}}, "symbol"),
        ({"trade": {"symbol": "BTCUSDT", "side": "up", "quantity": "1"}}, "side"),
        ({"trade": {"symbol": "BTCUSDT", "side": "buy", "quantity": "x"}}, "quantity"),
        ({"trade": {"symbol": "BTCUSDT", "side": "buy", "quantity": "0"}}, "quantity"),
        ({"liquidity": 5}, "liquidity"),
    ],
)
async def test_bad_market_commands_are_refused_by_name(client: HashKeyClient, body: object, named: str) -> None:
    assert named in (await client.admin("market", body, status=400))["error"]


async def test_freezing_stops_the_market_and_thawing_starts_it(client: HashKeyClient) -> None:
    async def version() -> object:
        return (await client.public("/quote/v1/depth", symbol="BTCUSDT", limit=200)).body

    assert await client.admin("market", {"freeze": False}) == {"freeze": False}
    first = await version()
    async with asyncio.timeout(5):
        while await version() == first:
            await asyncio.sleep(0.01)
    await client.admin("market", {"freeze": True})
    frozen = await version()
    assert await version() == frozen


async def test_admin_needs_its_token(client: HashKeyClient) -> None:
    async with client.session.get(f"{client.address['rest']}/admin/guess/ledger") as answer:
        assert answer.status == 404
