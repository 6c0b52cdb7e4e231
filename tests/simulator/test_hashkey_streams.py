"""Public streams of both versions and the private stream: subscriptions, pushes, heartbeats, endings."""

from __future__ import annotations

import gzip
import json
import time
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from terminal.domain import INTERVALS
from terminal.simulator.hashkey_profiles import Profile
from terminal.simulator.hashkey_public import PACING
from tests.simulator.conftest import Serve
from tests.simulator.hashkey_client import HashKeyClient, Stream

MINUTE = 60_000


def v1(topic: str, symbol: str = "BTCUSDT", event: str = "sub", *, binary: bool = False) -> dict[str, object]:
    return {"symbol": symbol, "topic": topic, "event": event, "params": {"binary": binary}, "id": 1}


def v2(topic: str, symbol: str = "BTCUSDT", event: str = "sub", **params: str) -> dict[str, object]:
    return {"topic": topic, "event": event, "params": {"symbol": symbol, **params}}


async def joined(client: HashKeyClient, *frames: dict[str, object]) -> Stream:
    """Return a version 2 stream with these subscriptions acknowledged."""
    stream = await client.stream("v2")
    for frame in frames:
        await stream.say(frame)
        ack = await stream.until(lambda frame: "code" in frame)  # a lively market pushes in between
        expected = {"topic": frame["topic"], "event": "sub", "params": frame["params"], "code": "0", "msg": "Success"}
        assert {name: ack[name] for name in expected} == expected
    return stream


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_answers_pings_with_the_servers_time(client: HashKeyClient, version: str) -> None:
    stream = await client.stream(version)
    await stream.say({"ping": 5})
    pong = await stream.frame()
    assert abs(pong["pong"] - time.time() * 1000) < 5_000


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_closes_a_silent_public_socket_after_a_minute(client: HashKeyClient, version: str) -> None:
    silent, lively = await client.stream(version), await client.stream(version)
    await client.admin("market", {"advance": 50_000})
    await lively.say({"ping": 1})
    await lively.frame()
    await client.admin("market", {"advance": 15_000})
    assert await silent.ended()
    await lively.say({"ping": 2})
    assert "pong" in await lively.frame()


async def test_v1_refuses_bad_frames_and_stays_open(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.socket.send_str("{nonsense")
    assert (await stream.frame())["code"] == "-10001"
    await stream.say(v1("candles"))
    assert await stream.frame() == {"code": "-10004", "desc": "Invalid topic!", "topic": "candles"}
    await stream.say(v1("kline_7m"))
    assert (await stream.frame())["code"] == "-10004"
    await stream.say(v1("depth", "NOSUCH"))
    assert await stream.frame() == {"code": "-100010", "desc": "Invalid Symbols!", "topic": "depth"}
    await stream.say(v1("depth"))
    assert (await stream.frame())["topic"] == "depth"


@pytest.mark.parametrize(
    "frame",
    [
        v2("ticker"),
        v2("depth", "NOSUCH"),
        v2("kline"),
        v2("kline", klineType="7m"),
        v2("depth", event="join"),
        {"topic": "depth", "event": "sub"},
        {"topic": "depth", "event": "sub", "params": {"symbol": ["BTCUSDT"]}},
        {"topic": ["depth"], "event": "sub", "params": {"symbol": "BTCUSDT"}},
    ],
)
async def test_v2_refuses_bad_parameters_and_stays_open(client: HashKeyClient, frame: dict[str, object]) -> None:
    stream = await client.stream("v2")
    await stream.say(frame)
    answer = await stream.frame()
    assert (answer["code"], answer["msg"]) == ("-100011", "Parameter error!")
    await stream.say(v2("depth"))
    assert (await stream.frame())["code"] == "0"


async def test_v1_sends_the_whole_book_first_and_then_when_it_changes(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.say(v1("depth"))
    first = await stream.frame()
    assert list(first) == ["symbol", "symbolName", "topic", "params", "data", "f", "sendTime", "shared"]
    assert first["f"] is True
    assert first["params"] == {"realtimeInterval": "24h", "binary": "false"}
    book = first["data"][0]
    assert list(book) == ["e", "s", "t", "v", "b", "a", "o"]
    assert (len(book["b"]), len(book["a"])) == (200, 200)
    price = str(Decimal(book["b"][0][0]))
    await client.liquidity("buy", price, "7")
    second = await stream.frame()
    assert second["f"] is False
    assert second["data"][0]["b"][0] == [price, "7"]
    version = [int(frame["data"][0]["v"].partition("_")[0]) for frame in (first, second)]
    assert version[1] > version[0]


async def test_v1_sends_the_last_sixty_trades_first(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.say(v1("trade"))
    first = await stream.frame()
    assert (first["f"], len(first["data"])) == (True, 60)
    assert [row["t"] for row in first["data"]] == sorted(row["t"] for row in first["data"])
    await client.hit("sell", "0.00321")
    later = await stream.frame()
    assert later["f"] is False
    row = later["data"][0]
    assert list(row) == ["v", "t", "p", "q", "m"]
    assert (row["q"], row["m"]) == ("0.00321", True)


async def test_v1_klines_and_realtimes(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.say(v1("kline_5m"))
    first = await stream.frame()
    assert (first["topic"], first["params"]["klineType"]) == ("kline", "5m")
    assert list(first["data"][0]) == ["t", "s", "sn", "c", "h", "l", "o", "v", "et", "qv", "td", "tb", "tq"]
    await client.hit("buy", "0.25")
    later = await stream.frame()
    assert Decimal(later["data"][0]["v"]) - Decimal(first["data"][0]["v"]) == Decimal("0.25")
    assert later["data"][0]["td"] > first["data"][0]["td"]
    await stream.say(v1("realtimes"))
    day = await stream.until(lambda frame: frame["topic"] == "realtimes")
    assert list(day["data"][0]) == ["t", "s", "sn", "c", "h", "l", "o", "v", "qv", "m", "e"]


async def test_v1_takes_several_symbols_and_cancels(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.say(v1("trade", "BTCUSDT,BTCUSD"))
    assert {(await stream.frame())["symbol"] for _ in range(2)} == {"BTCUSDT", "BTCUSD"}
    await stream.say(v1("trade", event="cancel"))
    await stream.say({"ping": 1})
    await stream.frame()
    await client.hit("buy", "0.01")
    await client.hit("buy", "0.01", symbol="BTCUSD")
    assert (await stream.frame())["symbol"] == "BTCUSD"
    await stream.say(v1("trade", event="cancel_all"))
    await stream.say({"ping": 1})
    await stream.frame()
    await client.hit("buy", "0.01", symbol="BTCUSD")
    await client.hit("buy", "0.01")
    await stream.say(v1("depth"))
    assert (await stream.frame())["topic"] == "depth"


async def test_v1_binary_frames_are_compressed(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    await stream.say(v1("depth", binary=True))
    message = await stream.raw()
    assert message.type is aiohttp.WSMsgType.BINARY
    frame = json.loads(gzip.decompress(message.data))
    assert (frame["topic"], frame["params"]["binary"]) == ("depth", "true")


async def test_v2_pushes_one_trade_an_object_at_once(client: HashKeyClient) -> None:
    stream = await joined(client, v2("trade"))
    await client.hit("buy", "0.00123")
    push = await stream.frame()
    assert list(push) == ["topic", "params", "data"]
    assert push["params"] == {"symbol": "BTCUSDT"}
    assert list(push["data"]) == ["v", "t", "p", "q", "m"]
    assert (push["data"]["q"], push["data"]["m"]) == ("0.00123", False)


async def test_v2_pushes_books_and_touches_only_when_they_change(client: HashKeyClient) -> None:
    stream = await joined(client, v2("depth"), v2("bbo"))
    best = await client.best()
    await client.liquidity("buy", best["b"], "3.5")
    frames = {frame["topic"]: frame["data"] for frame in [await stream.frame(), await stream.frame()]}
    assert list(frames["depth"]) == ["s", "t", "v", "b", "a"]
    assert frames["depth"]["b"][0] == [best["b"], "3.5"]
    assert (len(frames["depth"]["b"]), len(frames["depth"]["a"])) == (200, 200)
    assert list(frames["bbo"]) == ["s", "b", "bz", "a", "az", "t"]
    assert (frames["bbo"]["b"], frames["bbo"]["bz"]) == (best["b"], "3.5")
    # a change deep in the book moves the book alone
    deep = frames["depth"]["b"][50][0]
    await client.liquidity("buy", deep, "9")
    push = await stream.frame()
    assert (push["topic"], push["data"]["b"][50]) == ("depth", [deep, "9"])


async def test_v2_pushes_candles_and_day_figures_with_trades(client: HashKeyClient) -> None:
    stream = await joined(client, v2("kline", klineType="1h"), v2("realtimes"))
    await client.hit("buy", "0.5")
    frames = {frame["topic"]: frame for frame in [await stream.frame(), await stream.frame()]}
    kline, day = frames["kline"], frames["realtimes"]["data"]
    assert kline["params"] == {"symbol": "BTCUSDT", "klineType": "1h"}
    assert list(kline["data"]) == ["t", "s", "sn", "c", "h", "l", "o", "v"]
    assert list(day) == ["t", "s", "o", "h", "l", "c", "v", "qv", "m"]
    assert day["c"] == kline["data"]["c"]
    change = (Decimal(day["c"]) - Decimal(day["o"])) / Decimal(day["o"])
    assert abs(Decimal(day["m"]) - change) <= Decimal("0.00005")


async def test_v2_cancel_ends_the_pushes(client: HashKeyClient) -> None:
    stream = await joined(client, v2("trade"))
    await stream.say(v2("trade", event="cancel"))
    assert (await stream.frame())["event"] == "cancel"
    await client.hit("buy", "0.01")
    await stream.say({"ping": 1})
    assert "pong" in await stream.frame()


async def test_lively_market_pushes_on_every_topic(serve: Serve) -> None:
    async with serve(frozen=False) as client:
        stream = await joined(client, v2("depth"), v2("bbo"), v2("trade"), v2("kline", klineType="1m"), v2("realtimes"))
        waiting = {"depth", "bbo", "trade", "kline", "realtimes"}
        while waiting:
            waiting.discard((await stream.frame())["topic"])


# private


async def test_reports_an_order_and_its_locked_balance(mena: HashKeyClient) -> None:
    client = mena
    stream = await client.private()
    placed = (await client.limit("BUY", "0.1", "90000", newClientOrderId="c7")).body
    balance = await stream.event("outboundAccountInfo")
    assert list(balance) == ["e", "E", "T", "W", "D", "B"]
    assert balance["B"] == [{"a": "USDT", "f": "91000", "l": "9000", "r": ""}]
    report = await stream.event("executionReport")
    assert list(report) == [
        "e", "E", "s", "c", "S", "o", "f", "q", "p", "X", "i", "l", "z", "L", "n", "N", "u", "w", "m", "O", "Z", "C",
        "v", "reqAmt", "d", "r", "V", "P", "lo", "lt", "x",
    ]  # fmt: skip
    wanted = {
        "s": "BTCUSDT",
        "c": "c7",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "0.1",
        "p": "90000",
        "X": "NEW",
        "i": placed["orderId"],
        "l": "0",
        "z": "0",
        "r": "0.1",
        "x": "",
    }
    assert {name: report[name] for name in wanted} == wanted
    await client.call("DELETE", "/api/v1/spot/order", orderId=placed["orderId"])
    report = await stream.event("executionReport", X="CANCELED")
    assert (report["x"], report["i"]) == ("USER_CANCEL", placed["orderId"])


async def test_reports_every_fill_with_its_ticket(client: HashKeyClient) -> None:
    stream = await client.private()
    best = await client.best()
    await client.liquidity("buy", best["b"], "0")
    order_id = (await client.limit("BUY", "0.3", best["b"])).body["orderId"]
    assert await client.hit("sell", "0.1", limit=best["b"]) == 1
    report = await stream.event("executionReport", X="PARTIALLY_FILLED")
    fill = (await client.call("GET", "/api/v1/account/trades")).body[0]
    assert (report["i"], report["l"], report["z"], report["r"]) == (order_id, "0.1", "0.1", "0.2")
    assert (report["d"], report["n"], report["N"]) == (fill["id"], fill["commission"], "BTC")
    assert (report["L"], report["V"]) == (fill["price"], fill["price"])
    ticket = await stream.event("ticketInfo")
    assert list(ticket) == ["e", "E", "s", "q", "t", "p", "T", "o", "c", "a", "m", "S"]
    assert (ticket["T"], ticket["o"], ticket["q"], ticket["m"], ticket["S"]) == (
        fill["id"],
        order_id,
        "0.1",
        True,
        "BUY",
    )
    assert await client.hit("sell", "0.5", limit=best["b"]) == 1
    report = await stream.event("executionReport", X="FILLED")
    assert (report["l"], report["z"], report["r"]) == ("0.2", "0.3", "0")


async def test_market_order_by_amount_reports_the_documents_type(client: HashKeyClient) -> None:
    stream = await client.private()
    await client.place(symbol="BTCUSDT", side="BUY", type="MARKET", amount="1000")
    report = await stream.event("executionReport", X="FILLED")
    assert (report["o"], report["q"], report["p"], report["r"], report["reqAmt"]) == (
        "MARKET_OF_QUOTE",
        "0",
        "0",
        "0",
        "1000",
    )
    await client.place(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01")
    assert (await stream.event("executionReport", S="SELL"))["o"] == "MARKET_OF_BASE"


async def test_every_socket_of_the_account_gets_the_events(client: HashKeyClient) -> None:
    streams = [await client.private() for _ in range(2)]
    order_id = (await client.limit("BUY", "0.1", "90000")).body["orderId"]
    for stream in streams:
        assert (await stream.event("executionReport"))["i"] == order_id


async def test_unknown_listen_key_is_refused(client: HashKeyClient) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await client.private("NoSuchKey")
    assert refusal.value.status == 401


async def test_deleted_and_expired_keys_close_their_sockets(client: HashKeyClient) -> None:
    key = await client.listen_key()
    stream = await client.private(key)
    await client.call("DELETE", "/api/v1/userDataStream", listenKey=key)
    assert await stream.ended()
    stream = await client.private()
    await client.admin("market", {"advance": 61 * MINUTE})
    assert await stream.ended()


async def test_server_pings_every_thirty_seconds(client: HashKeyClient) -> None:
    stream = await client.private()
    await client.admin("market", {"advance": 31_000})
    ping = await stream.frame()
    assert list(ping) == ["ping", "channelId"]
    await stream.say({"pong": ping["ping"]})
    await client.admin("market", {"advance": 30_000})
    assert "ping" in await stream.frame()
    await stream.say({"ping": 1})
    assert "pong" in await stream.frame()


async def test_an_hour_without_heartbeat_ends_the_private_stream(client: HashKeyClient) -> None:
    key = await client.listen_key()
    stream = await client.private(key)
    minutes = 0
    for step in (40, 25):
        await client.admin("market", {"advance": step * MINUTE})
        minutes += step
        renewed = await client.call(
            "PUT", "/api/v1/userDataStream", listenKey=key, timestamp=int(time.time() * 1000) + minutes * MINUTE
        )
        if step == 40:
            assert renewed.body == {}
    assert await stream.ended()


def events_of(frame: Any) -> list[str]:
    return [event["e"] for event in frame]


async def test_private_frames_are_arrays_that_may_hold_several_events(client: HashKeyClient) -> None:
    stream = await client.private()
    await client.batch(
        [{"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": p} for p in (90000, 91000)]
    )
    frame = await stream.until(lambda frame: isinstance(frame, list) and frame[0]["e"] == "executionReport")
    assert events_of(frame) == ["executionReport", "executionReport"]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_candles_of_every_interval_are_pushed(client: HashKeyClient, version: str) -> None:
    stream = await client.stream(version)
    for interval in INTERVALS:
        is_old = version == "v1"
        await stream.say(v1(f"kline_{interval}") if is_old else v2("kline", klineType=interval))
    await client.hit("buy", "0.05")
    seen: set[str] = set()
    while seen != set(INTERVALS):
        frame = await stream.until(lambda frame: frame.get("topic") == "kline" and frame.get("data"))
        seen.add(frame["params"]["klineType"])


async def test_v1_cancel_all_ends_every_subscription(client: HashKeyClient) -> None:
    stream = await client.stream("v1")
    for topic in ("trade", "depth"):
        await stream.say(v1(topic))
        await stream.frame()
    await stream.say(v1("trade", event="cancel_all"))
    await client.hit("buy", "0.05")
    await stream.say({"ping": 1})
    assert "pong" in await stream.frame()


async def test_a_pace_of_ten_pushes_books_ten_times_as_often(serve: Serve, profile: Profile) -> None:
    async with serve(profile=profile, frozen=False, pace=10) as client:
        stream = await client.stream("v1")
        await stream.say(v1("depth"))
        times: list[int] = []
        while len(times) < 41:
            times.append((await stream.frame())["sendTime"])
        assert (times[-1] - times[1]) / 39 < 60  # 30 ms, and as much again for a busy machine
    assert PACING.at(10) == (30, 50, 10)
