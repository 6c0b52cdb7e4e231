"""Every example of the Crypto.com v1 document, as it is printed, lands in the right fields with its digits intact."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from terminal.connectors.chainup.lenient import strict
from terminal.connectors.chainup.stream import MarketStream, Topic
from terminal.connectors.contract import Connector
from terminal.domain import (
    BookDelta,
    BookSnapshot,
    Candle,
    Channel,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    Side,
    Source,
    Ticker,
    Trade,
)
from terminal.domain.numbers import plain
from tests.connectors.chainup.conftest import FOLDER, example, frame

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

D = Decimal
BROKEN = {
    "http_get_symbols": "//",
    "http_get_depth": "],\n            ],",
    "http_post_all_orders": "},\n    ]",
    "http_post_open_orders": "// 0: INIT",
    "ws_review": 'event_rep: "rep"',
    "ws_ticker_ack": 'lower_frame":"0" //',
    "ws_trades_history": "'2017-09-10 23:12:21'",
    "ws_depth_ack": '"\n    status"',
    "ws_depth_full": "],\n        ],",
}
"""Examples that are no JSON, each with what makes it so."""


def the_order(order_id: str = "8140") -> Order:
    return Order(venue="cryptocom", symbol="btcusdt", order_id=order_id, status=OrderStatus.UNKNOWN)


@pytest.mark.parametrize(("name", "why"), BROKEN.items())
def test_a_broken_example_is_kept_as_printed_and_read_all_the_same(name: str, why: str) -> None:
    text = example(name)
    assert why in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert isinstance(msgspec.json.decode(strict(text.encode())), dict | list)


def test_every_file_names_its_source() -> None:
    sources = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))
    assert {path.name for path in FOLDER.glob("*.txt")} == set(sources)


async def test_symbols(connector: Connector) -> None:
    found = {one.symbol: one for one in await connector.instruments()}
    assert list(found) == ["ethbtc", "ltcbtc", "etcbtc"]
    one = found["ethbtc"]
    assert (one.base, one.quote, one.tick_size, one.lot_size) == ("ETH", "BTC", D("1E-8"), D("0.001"))
    assert (one.min_quantity, one.min_notional, one.max_quantity) == (None, None, None)


async def test_tickers(connector: Connector) -> None:
    first, second, third = await connector.tickers()
    assert first.symbol == "btcusdt"
    assert (plain(first.last or D(0)), first.bid, first.ask) == ("9744.2500000000000000", D("9744.25"), D("9744.47"))
    assert (first.high, first.low, first.base_volume) == (D("9744.47"), D("9744.25"), D("0.0251263"))
    assert first.change == D("-0.0000225769")  # a fraction: (9744.25 - 9744.47) / 9744.47
    assert first.time == 1534335607859
    assert (second.bid, second.ask, second.last, second.change) == (None, None, D(20), D("-0.44564773"))
    assert (third.last, third.base_volume) == (D("0.1"), D(281261))


async def test_the_venues_time_is_the_date_of_its_tickers(connector: Connector) -> None:
    assert abs(await connector.server_time() - 1534335607859) < 5_000


async def test_ticker_of_one_pair(connector: Connector) -> None:
    (one,) = await connector.tickers(["ethbtc"])
    assert (one.symbol, one.last, one.bid, one.ask) == ("ethbtc", D("173.60263169"), D("0.01"), D("1.1234568"))
    assert (one.base_volume, one.change, one.time) == (D("10232.26315789"), D("-0.44564773"), 1514448473626)


async def test_klines(connector: Connector) -> None:
    found = await connector.candles("ethbtc", "1m")
    assert [bar.time for bar in found] == [1514445780000, 1514445840000, 1514445900000]
    assert {(bar.open, bar.high, bar.low, bar.close, bar.base_volume) for bar in found} == {(D("1.12"),) * 4 + (D(0),)}


async def test_trades(connector: Connector) -> None:
    found = await connector.trades("btcusdt")
    assert [trade.id for trade in found] == ["6300", "6301", "6302", "6303"]
    newest = found[-1]
    assert (plain(newest.price), plain(newest.quantity)) == ("9744.2500000000000000", "0.0010000000000000")
    assert (newest.side, newest.time) == (Side.SELL, 1572404045000)


async def test_prices(connector: Connector) -> None:
    found = await connector.last_prices()  # type: ignore[attr-defined]
    assert {one.symbol: one.last for one in found} == {"btcusdt": D(15000), "ethusdt": D(800)}


async def test_depth(connector: Connector) -> None:
    book = await connector.order_book("ethbtc")
    assert book.asks == [(D(9745), D("0.57373498")), (D(9748), D("0.25"))]
    assert book.bids == [(D(9744), D("102.45305246")), (D(9654), D("1.831"))]
    assert (book.time, book.source) == (None, Source.SNAPSHOT)


async def test_account(connector: Connector) -> None:
    found = await connector.balances()
    assert [one.asset for one in found] == ["BTC", "LTC", "BCH"]
    assert {(one.free, one.locked, one.total) for one in found} == {(D("32323.233"), D("32323.233"), D("64646.466"))}


async def test_create_order(connector: Connector) -> None:
    request = OrderRequest(
        symbol="ethbtc", side=Side.BUY, type=OrderType.LIMIT, quantity=D("0.001"), price=D("0.03500000")
    )
    placed = await connector.place_order(request)
    assert (placed.order_id, placed.status) == ("34343", OrderStatus.PENDING)


async def test_show_order(connector: Connector) -> None:
    order = await connector.order(the_order())
    assert (order.order_id, order.side, order.type, order.status) == (
        "8140", Side.SELL, OrderType.LIMIT, OrderStatus.FILLED,
    )  # fmt: skip
    assert (order.price, order.quantity, order.filled_quantity) == (D(8000), D("0.001"), D("0.001"))
    assert order.average_price == D("9744.25")
    assert order.extra["filled_quote"] == "9.7442500000000000"  # deal_price is a value, not a price
    assert order.created == 1571971998681


async def test_open_orders(connector: Connector) -> None:
    found = await connector.open_orders("btcusdt")
    assert [order.order_id for order in found] == ["8081", "8139"]
    newest = found[-1]
    assert (newest.status, newest.side, newest.price, newest.quantity) == (
        OrderStatus.OPEN,
        Side.BUY,
        D(9000),
        D("0.001"),
    )
    assert (newest.filled_quantity, newest.average_price) == (D(0), None)  # 0.00000000 is no price
    assert newest.extra == {"placed_by": "API"}  # no fee: 0E-8


async def test_all_orders(connector: Connector) -> None:
    found = await connector.order_history("btcusdt")
    assert [(order.order_id, order.extra["placed_by"]) for order in found] == [("8140", "API"), ("8145", "web")]


async def test_my_trades(connector: Connector) -> None:
    sold, bought = await connector.fills("btcusdt")
    assert (bought.trade_id, bought.order_id, bought.side, bought.fee_asset) == ("6227", "8145", Side.BUY, "BTC")
    assert (sold.trade_id, sold.order_id, sold.side, sold.fee_asset) == ("6224", "8140", Side.SELL, "USDT")
    assert (bought.price, bought.quantity, bought.fee) == (D("9744.47"), D("0.001"), D(0))
    assert bought.price * bought.quantity == D("9.74447")  # deal_price is cut to 9.74
    assert bought.is_maker is None


# the stream


def wanting(stream: MarketStream, channel: Channel, detail: str = "") -> MarketStream:
    stream.want(Topic(channel, "btcusdt", detail), 0)
    return stream


def test_review(stream: MarketStream) -> None:
    (one,) = wanting(stream, Channel.TICKER).on_frame(example("ws_review").encode(), 1)
    assert isinstance(one, Ticker)
    assert (one.symbol, one.last, one.open) == ("btcusdt", D("6450.18"), D("6435.79"))
    assert (one.high, one.low, one.quote_volume) == (D("6486.39"), D("6359.63"), D("999341.34124"))


@pytest.mark.parametrize(
    ("name", "channel", "detail"),
    [
        ("ws_ticker_ack", Channel.TICKER, ""),
        ("ws_kline_ack", Channel.CANDLES, "1m"),
        ("ws_trades_ack", Channel.TRADES, ""),
        ("ws_depth_ack", Channel.BOOK, "0"),
        ("ws_depth_full_ack", Channel.BOOK, "0"),
    ],
)
def test_an_acknowledgement_tells_nothing_but_that_it_came(
    stream: MarketStream, name: str, channel: Channel, detail: str
) -> None:
    wanting(stream, channel, detail)
    assert list(stream.on_frame(frame(name), 7)) == []
    assert stream.heard == {Topic(channel, "btcusdt", detail): 7}


def test_ticker_push(stream: MarketStream) -> None:
    (one,) = wanting(stream, Channel.TICKER).on_frame(frame("ws_ticker"), 1)
    assert isinstance(one, Ticker)
    assert (one.last, one.open, one.high, one.low) == (D("1221.11"), D("2233.22"), D("22322.22"), D("2321.22"))
    assert (one.base_volume, one.quote_volume, one.change) == (D("1212.12211"), D("123.1221"), D("-0.2922"))
    assert one.time == 1506584998239


def test_candle_push(stream: MarketStream) -> None:
    (bar,) = wanting(stream, Channel.CANDLES, "1m").on_frame(frame("ws_kline"), 1)
    assert isinstance(bar, Candle)
    assert (bar.interval, bar.time, bar.open, bar.close) == ("1m", 1506602880000, D("2233.22"), D("1221.11"))
    assert (bar.base_volume, bar.quote_volume) == (D("1212.12211"), D("123.1221"))


def test_candle_history(stream: MarketStream) -> None:
    told: list[list[Candle]] = []
    number, _ = stream.ask(Topic(Channel.CANDLES, "btcusdt", "1m"), told.append, end=None, size=300)
    text = frame("ws_kline_history").replace(b"Please Return by the Way You Came", number.encode())
    assert list(stream.on_frame(text, 1)) == []
    assert [[bar.time for bar in bars] for bars in told] == [[1506602880000, 1506602880000]]


@pytest.mark.parametrize("name", ["ws_trades", "ws_trades_history"])
def test_prints(stream: MarketStream, name: str) -> None:
    older, newer = wanting(stream, Channel.TRADES).on_frame(frame(name), 1)
    assert isinstance(newer, Trade)
    assert isinstance(older, Trade)
    assert (older.id, newer.id) == ("12120", "12121")
    assert (newer.price, newer.quantity, newer.side, newer.time) == (D("32.233"), D(232), Side.BUY, 1506584998239)


@pytest.mark.parametrize("name", ["ws_depth_full", "ws_depth_full_update"])
def test_a_whole_book(stream: MarketStream, name: str) -> None:
    (book,) = wanting(stream, Channel.BOOK, "0").on_frame(frame(name), 5)
    assert isinstance(book, BookSnapshot)
    assert book.asks == [(D("22112.21"), D("0.2")), (D("22112.22"), D("0.9332"))]
    assert book.bids == [(D("22111.22"), D("0.9332")), (D("22111.21"), D("0.2"))]
    assert (book.time, book.source, book.received, book.step) == (1506584998239, Source.STREAM, 5, None)


def test_a_changed_level(stream: MarketStream) -> None:
    wanting(stream, Channel.BOOK, "0").on_frame(frame("ws_depth_full"), 1)
    (change,) = stream.on_frame(frame("ws_depth_change"), 2)
    assert isinstance(change, BookDelta)
    assert (list(change.asks), list(change.bids)) == ([(D("133.55"), D("44.22"))], [])


@pytest.mark.parametrize(
    ("name", "channel", "detail"),
    [
        ("ws_review_request", Channel.TICKER, ""),
        ("ws_ticker_request", Channel.TICKER, ""),
        ("ws_kline_request", Channel.CANDLES, "1m"),
        ("ws_trades_history_request", Channel.TRADES, ""),
        ("ws_trades_request", Channel.TRADES, ""),
        ("ws_depth_request", Channel.BOOK, "0"),
        ("ws_depth_full_request", Channel.BOOK, "0"),
    ],
)
def test_what_is_asked_is_what_the_document_asks(
    stream: MarketStream, name: str, channel: Channel, detail: str
) -> None:
    wanted = json.loads(strict(frame(name)))
    wanted["params"].pop("cb_id", None)  # free text
    sent = [json.loads(text) for text in stream.want(Topic(channel, "btcusdt", detail), 0)]
    for request in sent:
        request["params"].pop("cb_id", None)
    assert wanted in sent


def test_the_request_for_history_is_what_the_document_asks(stream: MarketStream) -> None:
    wanted = json.loads(strict(frame("ws_kline_history_request")))
    _, text = stream.ask(Topic(Channel.CANDLES, "btcusdt", "1m"), lambda bars: None, end=1506602880, size=300)
    sent = json.loads(text)
    assert (sent["event"], sent["params"]["channel"]) == (wanted["event"], wanted["params"]["channel"])
    assert (sent["params"]["endIdx"], sent["params"]["pageSize"]) == ("1506602880", 300)


async def test_envelopes(chainup: LoopbackVenue, connector: Connector) -> None:
    listed = '[{"symbol":"ethbtc","count_coin":"btc","amount_precision":3,"base_coin":"eth","price_precision":8}]'
    for envelope in ('{"code":"0","msg":"suc","data":%s}', '{"code":0,"data":%s}', '{"data":%s,"msg":"suc"}', "%s"):
        chainup.routes["GET /v1/symbols"] = envelope % listed
        assert [one.symbol for one in await connector.instruments()] == ["ethbtc"]
    for nothing in ('{"code":0,"msg":"suc"}', '{"code":"0","msg":"suc","data":null}'):
        chainup.routes["POST /v1/openOrders"] = nothing
        assert await connector.open_orders("btcusdt") == []
