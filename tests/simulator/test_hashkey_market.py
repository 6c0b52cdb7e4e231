"""Public requests: exchange rules in both shapes, books, prints, candles, tickers."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.hashkey_client import HashKeyClient

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1M")


async def test_ping_and_time(client: HashKeyClient) -> None:
    assert (await client.public("/api/v1/ping")).body == {}
    assert abs((await client.public("/api/v1/time")).body["serverTime"] - time.time() * 1000) < 5_000


async def test_exchange_info_of_one_symbol_is_the_bare_object_of_the_document(mena: HashKeyClient) -> None:
    info = (await mena.public("/api/v1/exchangeInfo", symbol="USDTAED", site="UAE")).body
    assert list(info) == [
        "symbol", "symbolName", "status", "baseAsset", "baseAssetName", "baseAssetPrecision", "baseUcid", "quoteAsset",
        "quoteAssetName", "quotePrecision", "quoteUcid", "retailAllowed", "piAllowed", "corporateAllowed",
        "omnibusAllowed", "icebergAllowed", "isAggregate", "allowMargin", "filters", "site",
    ]  # fmt: skip
    assert (info["status"], info["baseAssetPrecision"], info["quotePrecision"]) == ("TRADING", "0.01", "0.00001")
    filters = {row["filterType"]: row for row in info["filters"]}
    assert list(filters) == [
        "PRICE_FILTER", "LOT_SIZE", "MIN_NOTIONAL", "TRADE_AMOUNT", "LIMIT_TRADING", "MARKET_TRADING", "OPEN_QUOTE",
    ]  # fmt: skip
    assert filters["PRICE_FILTER"]["tickSize"] == "0.001"
    assert filters["LOT_SIZE"] == {
        "minQty": "0.3",
        "maxQty": "200000",
        "stepSize": "0.01",
        "marketOrderMinQty": "0.3",
        "marketOrderMaxQty": "100000",
        "filterType": "LOT_SIZE",
    }
    assert filters["MIN_NOTIONAL"]["minNotional"] == "1"
    assert filters["TRADE_AMOUNT"] == {
        "minAmount": "1",
        "maxAmount": "733320",
        "minBuyPrice": "0",
        "marketOrderMinAmount": "1",
        "marketOrderMaxAmount": "366660",
        "filterType": "TRADE_AMOUNT",
    }
    assert filters["LIMIT_TRADING"] == {
        "maxSellPrice": "0",
        "buyPriceUpRate": "0.1",
        "sellPriceDownRate": "0.1",
        "maxEntrustNum": 300,
        "filterType": "LIMIT_TRADING",
    }


async def test_exchange_info_of_all_has_the_envelope(client: HashKeyClient) -> None:
    info = (await client.public("/api/v1/exchangeInfo")).body
    assert {"timezone", "serverTime", "brokerFilters", "symbols", "options", "contracts", "coins"} <= set(info)
    tiny = next(row for row in info["symbols"] if row["symbol"] == "SHIBUSDT")
    assert tiny["filters"][0]["tickSize"] == "0.00000001"
    pairs = {asset for row in info["symbols"] for asset in (row["baseAsset"], row["quoteAsset"])}
    assert pairs <= {coin["coinId"] for coin in info["coins"]}
    assert (await client.public("/api/v1/exchangeInfo", symbol="NOSUCH")).code == "0201"


def prices(side: list[list[str]]) -> list[Decimal]:
    return [Decimal(price) for price, _ in side]


async def test_depth_is_sorted_and_limited(client: HashKeyClient) -> None:
    for asked, given in ((None, 100), (5, 5), (200, 200), (1000, 200)):
        limit = {} if asked is None else {"limit": asked}
        book = (await client.public("/quote/v1/depth", symbol="BTCUSDT", **limit)).body
        assert list(book) == ["t", "b", "a"]
        assert (len(book["b"]), len(book["a"])) == (given, given)
    assert prices(book["b"]) == sorted(prices(book["b"]), reverse=True)
    assert prices(book["a"]) == sorted(prices(book["a"]))
    assert prices(book["b"])[0] < prices(book["a"])[0]
    assert (await client.public("/quote/v1/depth")).code == "0001"
    assert (await client.public("/quote/v1/depth", symbol="NOSUCH")).code == "0201"
    assert (await client.public("/quote/v1/depth", symbol="BTCUSDT", limit="many")).code == "-1130"


async def test_tiny_prices_are_written_plainly(client: HashKeyClient) -> None:
    book = (await client.public("/quote/v1/depth", symbol="SHIBUSDT", limit=5)).body
    assert all("E" not in text for level in book["b"] + book["a"] for text in level)


async def test_own_order_stands_in_the_book(client: HashKeyClient) -> None:
    before = await client.best()
    await client.limit("BUY", "0.123", before["b"])
    after = await client.best()
    assert after["b"] == before["b"]
    assert Decimal(after["bq"]) == Decimal(before["bq"]) + Decimal("0.123")


@pytest.mark.parametrize("scale", range(6))
async def test_merged_depth_keeps_the_size_and_never_crosses(client: HashKeyClient, scale: int) -> None:
    whole = (await client.public("/quote/v1/depth", symbol="BTCUSDT", limit=200)).body
    merged = (await client.public("/quote/v1/depth/merged", symbol="BTCUSDT", limit=200, scale=scale)).body
    step = Decimal("0.01").scaleb(scale)
    assert all(price % step == 0 for side in ("b", "a") for price in prices(merged[side]))
    assert prices(merged["b"])[0] <= prices(whole["b"])[0]
    assert prices(merged["a"])[0] >= prices(whole["a"])[0]
    if scale == 5:

        def total(book: dict[str, Any]) -> Decimal:
            return sum((Decimal(size) for _, size in book["b"]), Decimal(0))

        assert total(merged) >= total(whole)
    assert (await client.public("/quote/v1/depth/merged", symbol="BTCUSDT", scale=6)).code == "-1130"


async def test_trades_ascend_and_tell_the_maker(client: HashKeyClient) -> None:
    await client.hit("buy", "0.001")
    await client.hit("sell", "0.002")
    rows = (await client.public("/quote/v1/trades", symbol="BTCUSDT", limit=2)).body
    assert [list(row) for row in rows] == [["t", "p", "q", "ibm"]] * 2
    assert [(row["q"], row["ibm"]) for row in rows] == [("0.001", False), ("0.002", True)]
    rows = (await client.public("/quote/v1/trades", symbol="BTCUSDT", limit=500)).body
    assert 60 <= len(rows) <= 100
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)


@pytest.mark.parametrize("interval", INTERVALS)
async def test_klines_of_every_interval(client: HashKeyClient, interval: str) -> None:
    rows = (await client.public("/quote/v1/klines", symbol="BTCUSDT", interval=interval, limit=1000)).body
    assert len(rows) == 1000 or (interval == "1M" and len(rows) > 100)
    times = [row[0] for row in rows]
    assert times == sorted(set(times))
    for opened, first, high, low, last, volume, closed, value, count, taker_base, taker_value in rows[-50:]:
        assert closed == 0
        assert isinstance(opened, int)
        assert isinstance(count, int)
        assert Decimal(low) <= min(Decimal(first), Decimal(last))
        assert Decimal(high) >= max(Decimal(first), Decimal(last))
        assert Decimal(taker_base) <= Decimal(volume)
        assert Decimal(taker_value) <= Decimal(value)


async def test_klines_are_limited_and_bounded(client: HashKeyClient) -> None:
    path = "/quote/v1/klines"
    assert len((await client.public(path, symbol="BTCUSDT", interval="1m")).body) == 500
    assert len((await client.public(path, symbol="BTCUSDT", interval="1m", limit=5000)).body) == 1000
    rows = (await client.public(path, symbol="BTCUSDT", interval="1m", limit=10)).body
    asked = {"startTime": rows[2][0], "endTime": rows[5][0]}
    assert (await client.public(path, symbol="BTCUSDT", interval="1m", **asked)).body == rows[2:6]
    assert (await client.public(path, symbol="BTCUSDT", interval="7m")).code == "-1130"
    assert (await client.public(path, symbol="BTCUSDT")).code == "0001"
    assert (await client.public(path, interval="1m")).code == "0001"


async def test_a_trade_moves_the_last_candle_and_the_tickers(client: HashKeyClient) -> None:
    before = (await client.public("/quote/v1/klines", symbol="BTCUSDT", interval="1d", limit=1)).body[0]
    await client.hit("buy", "0.5")
    after = (await client.public("/quote/v1/klines", symbol="BTCUSDT", interval="1d", limit=1)).body[0]
    assert Decimal(after[5]) - Decimal(before[5]) == Decimal("0.5")
    last = (await client.public("/quote/v1/ticker/price", symbol="BTCUSDT")).body
    assert last == [{"s": "BTCUSDT", "p": after[4]}]
    day = (await client.public("/quote/v1/ticker/24hr", symbol="BTCUSDT")).body
    assert list(day[0]) == ["t", "s", "c", "h", "l", "o", "b", "a", "v", "qv", "it"]
    assert (day[0]["c"], day[0]["it"]) == (after[4], "SPOT")


async def test_tickers_of_all_symbols(client: HashKeyClient) -> None:
    assert len((await client.public("/quote/v1/ticker/24hr")).body) == 4
    assert (await client.public("/quote/v1/ticker/24hr", instType="FUTURES")).body == []
    assert (await client.public("/quote/v1/ticker/24hr", instType="OPTIONS")).code == "-1130"
    assert [row["s"] for row in (await client.public("/quote/v1/ticker/price")).body]
    assert (await client.public("/quote/v1/ticker/price", symbol="NOSUCH")).code == "0201"


async def test_book_ticker_is_the_touch(client: HashKeyClient) -> None:
    book = (await client.public("/quote/v1/depth", symbol="BTCUSDT", limit=1)).body
    answer = await client.public("/quote/v1/ticker/bookTicker", symbol="BTCUSDT")
    row = answer.body[0]
    assert list(row) == ["s", "b", "bq", "a", "aq", "t"]
    assert [[row["b"], row["bq"]], [row["a"], row["aq"]]] == [book["b"][0], book["a"][0]]
    assert (await client.public("/quote/v1/ticker/bookTicker")).code == "0001"
