"""Public reads over REST: what is asked, and the document's examples as values."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey.connector import HashKeyConnector
from terminal.domain import (
    InstrumentStatus,
    OpeningRules,
    Side,
)
from terminal.domain.failures import (
    MalformedMessage,
    NotSupported,
    VenueError,
    VenueUnavailable,
)
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request


@BOTH_VENUES
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
    assert usdt.opening is None  # every bound is "0"


async def test_opening_windows_are_read_from_exchange_info(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    symbol = json.loads(payload("http_get_exchange_info"))
    window = symbol["filters"][-1]
    assert window["filterType"] == "OPEN_QUOTE"
    window.update(noAllowMarketEndTime="1668483032058", limitOrderStartTime="1668483032059", limitMaxPrice="0.10")
    hashkey.routes["GET /api/v1/exchangeInfo"] = json.dumps(symbol)
    (usdt,) = await connector.instruments()
    assert usdt.opening == OpeningRules(
        no_market_until=1668483032058, limit_from=1668483032059, limit_max_price=Decimal("0.10")
    )


@pytest.mark.parametrize("venue_id", ["hashkey-global"])  # one site: each bad row is met once
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


@pytest.mark.parametrize("venue_id", ["hashkey-global"])  # one site: each bad row is met once
@pytest.mark.parametrize("shape", ["object", "list"])
@pytest.mark.parametrize(
    "change",
    [{"filters": None}, {"status": None}, {"symbol": None}, {"filters": [{"tickSize": "1"}]}, {"filters": [7]}, None],
)
async def test_one_bad_symbol_does_not_cost_the_others(
    hashkey: LoopbackVenue,
    connector: Connector,
    payload: Callable[[str], bytes],
    change: dict[str, object] | None,
    shape: str,
) -> None:
    good = json.loads(payload("http_get_exchange_info"))
    bad = 5 if change is None else {**good, "symbol": "BAD", **change}
    hashkey.routes["GET /api/v1/exchangeInfo"] = json.dumps(
        {"symbols": [bad, good]} if shape == "object" else [bad, good]
    )
    assert [instrument.symbol for instrument in await connector.instruments()] == ["USDTAED"]
    assert connector.health.malformed == {"exchangeInfo: unusable symbol": 1}


def sites(hashkey: LoopbackVenue, **replies: object) -> None:
    """Answer exchangeInfo by the site asked for: with a reply, or with a refusal's code."""

    def answer(request: Request) -> str | web.Response:
        reply = replies[request.query.removeprefix("site=")]
        if isinstance(reply, int):
            return web.Response(status=reply)
        return web.json_response({"code": reply}, status=400) if isinstance(reply, str) else json.dumps(reply)

    hashkey.routes["GET /api/v1/exchangeInfo"] = answer


async def test_the_users_own_site_comes_first_and_the_other_adds_what_it_lacks(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    own = json.loads(payload("http_get_exchange_info"))
    sites(
        hashkey,
        UAE={"symbols": [own]},
        BMU={
            "symbols": [{**own, "status": "HALT"}, {**own, "symbol": "BTCUSD", "baseAsset": "BTC", "quoteAsset": "USD"}]
        },
    )
    instruments = await connector.instruments()
    assert [(i.symbol, i.status) for i in instruments] == [
        ("USDTAED", InstrumentStatus.TRADING),
        ("BTCUSD", InstrumentStatus.TRADING),
    ]


async def test_a_refused_site_costs_its_own_pairs_and_a_lost_one_the_listing(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    own = json.loads(payload("http_get_exchange_info"))
    sites(hashkey, UAE={"symbols": [own]}, BMU="-1130")
    assert [instrument.symbol for instrument in await connector.instruments()] == ["USDTAED"]
    sites(hashkey, UAE={"symbols": [own]}, BMU=503)
    with pytest.raises(VenueUnavailable):
        await connector.instruments()
    sites(hashkey, UAE="-1130", BMU="-1130")
    with pytest.raises(VenueError):
        await connector.instruments()


async def test_exchange_info_without_symbols_says_so(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /api/v1/exchangeInfo"] = '{"timezone":"UTC"}'
    with pytest.raises(MalformedMessage, match="names no symbols"):
        await connector.instruments()
    hashkey.routes["GET /api/v1/exchangeInfo"] = '{"symbols":7}'
    with pytest.raises(MalformedMessage, match="symbols"):
        await connector.instruments()


async def test_one_bad_row_of_a_listing_is_counted_and_left_out(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /quote/v1/trades"] = (
        '[{"t":1764059593000,"p":"1","q":"2"},null,{"t":1764059593000,"p":"1","q":"2","ibm":true}]'
    )
    hashkey.routes["GET /quote/v1/klines"] = (
        '[null,[1766718300000,"1","2","0.5","1.5","10",0,"15"],{"t":1},[1766718360000,"NaN","2","0.5","1.5","10"]]'
    )
    hashkey.routes["GET /quote/v1/ticker/24hr"] = '[{"c":"2"},{"s":"A","c":"1.50"},[]]'
    (trade,) = await connector.trades("BTCUSDT")
    (candle,) = await connector.candles("BTCUSDT", "1m")
    (ticker,) = await connector.tickers()
    assert (trade.side, candle.time, str(ticker.last)) == (Side.SELL, 1766718300000, "1.50")
    assert connector.health.malformed == {
        "trades: unusable value": 2,
        "klines: unusable value": 3,
        "ticker: unusable value": 2,
    }


async def test_a_bad_level_is_left_out_of_its_side(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /quote/v1/depth"] = (
        '{"t":1764059245287,"b":[["3","1"],["2","1","x"],["1",2],["NaN","1"],["2","-1"]],"a":[["4",1.10],null,["5"]]}'
    )
    book = await connector.order_book("BTCUSDT")
    assert [(str(price), str(quantity)) for price, quantity in book.bids] == [("3", "1"), ("1", "2")]
    assert [(str(price), str(quantity)) for price, quantity in book.asks] == [("4", "1.10")]
    assert connector.health.malformed == {"depth: unusable level": 5}


@pytest.mark.parametrize("step", [1, "1"])
async def test_a_step_may_be_a_number(hashkey: LoopbackVenue, connector: Connector, step: Any) -> None:
    book = await connector.order_book("BTCUSDT", step=step)
    assert book.step == "1"
    assert hashkey.requests[-1].query == "symbol=BTCUSDT&scale=1"


@BOTH_VENUES
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


@BOTH_VENUES
async def test_public_trades_are_oldest_first(connector: Connector) -> None:
    trades = await connector.trades("BTCUSDT")
    assert [trade.time for trade in trades] == [1764059593000, 1764059593105, 1764059594244]
    assert (str(trades[0].price), str(trades[0].quantity), trades[0].side, trades[0].id) == (
        "87371.47", "0.02", Side.BUY, None,
    )  # fmt: skip


@BOTH_VENUES
async def test_candles(hashkey: LoopbackVenue, connector: Connector) -> None:
    candles = await connector.candles("BTCUSDT", "1m", start=1, end=2, limit=3)
    assert hashkey.requests[0].query == "symbol=BTCUSDT&interval=1m&limit=3&startTime=1&endTime=2"
    assert [candle.time for candle in candles] == [1766718300000, 1766718360000, 1766718420000]
    last = candles[-1]
    assert (str(last.open), str(last.base_volume), str(last.quote_volume)) == ("89101.5", "0.00012", "10.69218")
    with pytest.raises(NotSupported):
        await connector.candles("BTCUSDT", "7m")


@BOTH_VENUES
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


@BOTH_VENUES
async def test_last_prices_are_read_alone(hashkey: LoopbackVenue, connector: HashKeyConnector, venue_id: str) -> None:
    (ticker,) = await connector.last_prices()

    assert (ticker.venue, ticker.symbol, str(ticker.last)) == (venue_id, "USDTUSD", "0.9992")
    assert ticker.bid is None
    await connector.last_prices("USDTUSD")
    assert [request.query for request in hashkey.requests] == ["", "symbol=USDTUSD"]


@BOTH_VENUES
async def test_quotes_are_best_bid_and_ask_with_their_sizes(
    hashkey: LoopbackVenue, connector: HashKeyConnector
) -> None:
    (ticker,) = await connector.quotes("BTCUSDT")

    assert (str(ticker.bid), str(ticker.ask)) == ("89110.8", "89110.81")
    assert (str(ticker.bid_quantity), str(ticker.ask_quantity)) == ("0.00067", "0.00067")
    assert (ticker.symbol, ticker.time, ticker.last) == ("BTCUSDT", 1766718404772, None)
    assert [request.query for request in hashkey.requests] == ["symbol=BTCUSDT"]


@BOTH_VENUES
async def test_ping_asks_for_nothing_but_an_answer(hashkey: LoopbackVenue, connector: HashKeyConnector) -> None:
    await connector.ping()

    assert [request.path for request in hashkey.requests] == ["/api/v1/ping"]
