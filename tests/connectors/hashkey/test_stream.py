"""The public streams' frames: the document's own examples with digits intact, and everything that can be wrong."""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.stream import PublicStream, Topic, topic_of
from terminal.connectors.wire import Malformed
from terminal.domain import BookSnapshot, Candle, Channel, Side, Source, Ticker, Trade

NOW = 1_764_700_000_000
KINDS = {"kline", "realtimes", "trade", "depth", "bbo"}


class Refusals:
    def __init__(self) -> None:
        self.told: list[tuple[Topic | None, str]] = []

    def __call__(self, topic: Topic | None, why: str) -> None:
        self.told.append((topic, why))


@pytest.fixture
def refusals() -> Refusals:
    return Refusals()


@pytest.fixture
def v1(parser: Parser, refusals: Refusals) -> PublicStream:
    return wanting("v1", parser, refusals)


@pytest.fixture
def v2(parser: Parser, refusals: Refusals) -> PublicStream:
    return wanting("v2", parser, refusals)


def wanting(version: str, parser: Parser, refusals: Refusals) -> PublicStream:
    stream = PublicStream(version, parser, refusals)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        for channel in Channel:
            if version == "v2" or channel is not Channel.QUOTES:
                stream.want(topic_of(channel, symbol, "1m"))
    return stream


def one(stream: PublicStream, frame: bytes) -> Any:
    events = stream.on_frame(frame, NOW)
    assert len(events) == 1
    return events[0]


# compressed frames


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_compressed_frames_are_read_whether_asked_for_or_not(
    parser: Parser, refusals: Refusals, payload: Callable[[str], bytes], pack: Callable[[bytes], bytes]
) -> None:
    stream = PublicStream("v1", parser, refusals, compressed=True)
    topic = topic_of(Channel.TRADES, "BTCUSDT", None)
    assert json.loads(stream.want(topic))["params"] == {"binary": True}
    text = payload("ws_v1_trade")
    packed, plain = stream.on_frame(pack(text), NOW), stream.on_frame(text, NOW)
    assert packed == plain
    assert packed
    assert json.loads(stream.drop(topic))["params"] == {"binary": True}


def test_a_frame_that_cannot_be_decompressed_is_counted(
    parser: Parser, refusals: Refusals, malformed: Malformed
) -> None:
    stream = PublicStream("v1", parser, refusals)
    assert stream.on_frame(gzip.compress(b"0" * (9 * 1024 * 1024)), NOW) == ()
    assert malformed.counts == {"v1 stream: not JSON": 1}


@pytest.mark.parametrize(("version", "event"), [("v1", "cancel_all"), ("v2", None)])
def test_the_last_dropped_topic_ends_everything_where_the_version_can(
    parser: Parser, refusals: Refusals, version: str, event: str | None
) -> None:
    stream = PublicStream(version, parser, refusals)
    first, last = (topic_of(Channel.TRADES, symbol, None) for symbol in ("BTCUSDT", "ETHUSDT"))
    stream.want(first)
    stream.want(last)
    stream.drop(first)
    assert stream.drop_rest(first) is None
    stream.drop(last)
    rest = stream.drop_rest(last)
    assert (None if rest is None else json.loads(rest)["event"]) == event


# frames out


@pytest.mark.parametrize(
    ("version", "channel", "symbol", "example"),
    [
        (version, channel, symbol, f"ws_{version}_{name}_request")
        for version, channel, name, symbol in [
            ("v1", Channel.CANDLES, "kline", "BTCUSDT"),
            ("v1", Channel.TICKER, "realtimes", "BTCUSDT"),
            ("v1", Channel.TRADES, "trade", "BTCUSDT"),
            ("v1", Channel.BOOK, "depth", "BTCUSDT"),
            ("v2", Channel.CANDLES, "kline", "BTCUSDT"),
            ("v2", Channel.TICKER, "realtimes", "BTCUSDT"),
            ("v2", Channel.TRADES, "trade", "ETHUSDT"),
            ("v2", Channel.BOOK, "depth", "BTCUSDT"),
            ("v2", Channel.QUOTES, "bbo", "ETHUSDT"),
        ]
    ],
)
def test_subscriptions_are_the_documents_own(
    *,
    parser: Parser,
    refusals: Refusals,
    payload: Callable[[str], bytes],
    version: str,
    channel: Channel,
    symbol: str,
    example: str,
) -> None:
    stream = PublicStream(version, parser, refusals)
    topic = topic_of(channel, symbol, "1m")
    expected = json.loads(payload(example))
    assert json.loads(stream.want(topic)) == expected
    assert [json.loads(frame) for frame in stream.opening(NOW)] == [expected]
    assert json.loads(stream.drop(topic)) == {**expected, "event": "cancel"}
    assert stream.opening(NOW) == []


def test_the_heartbeat_is_a_ping_whose_answer_gives_the_latency(v2: PublicStream) -> None:
    assert [json.loads(frame) for frame in v2.heartbeat(NOW)] == [{"ping": NOW}]
    assert v2.on_frame(b'{"pong":1748503865406}', NOW + 21) == ()
    assert v2.latency_ms == 21


def test_a_ping_of_the_server_is_answered_too(v2: PublicStream) -> None:
    v2.on_frame(b'{"ping":1748503865406}', NOW)
    assert [json.loads(reply) for reply in v2.replies] == [{"pong": 1748503865406}]


# the document's examples


def test_v2_depth(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    book = one(v2, payload("ws_v2_depth"))
    assert isinstance(book, BookSnapshot)
    assert (book.venue, book.symbol, book.time) == ("hashkey-mena", "BTCUSDT", 1764659869550)
    assert [(str(p), str(q)) for p, q in book.bids] == [("86962.98", "0.04215"), ("86961.35", "0.00057")]
    assert [(str(p), str(q)) for p, q in book.asks] == [("86962.99", "0.34497"), ("86963.94", "0.00114")]
    assert book.source is Source.STREAM
    assert book.received == NOW


def test_v1_depth(v1: PublicStream, payload: Callable[[str], bytes]) -> None:
    book = one(v1, payload("ws_v1_depth"))
    assert isinstance(book, BookSnapshot)
    assert (book.symbol, book.time) == ("BTCUSDT", 1764599292355)
    assert [(str(p), str(q)) for p, q in book.bids] == [("86296.37", "0.00046"), ("86296.29", "0.0006")]
    assert [(str(p), str(q)) for p, q in book.asks] == [("86296.38", "0.00115"), ("86300.51", "0.00986")]


def test_v2_trade(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    assert one(v2, payload("ws_v2_trade")) == Trade(
        venue="hashkey-mena",
        symbol="ETHUSDT",
        id="4645465192627367936",
        price=Decimal("2974.53"),
        quantity=Decimal("0.0089"),
        side=Side.BUY,
        time=1766728952350,
    )


def test_v1_trade(v1: PublicStream, payload: Callable[[str], bytes]) -> None:
    assert one(v1, payload("ws_v1_trade")) == Trade(
        venue="hashkey-mena",
        symbol="BTCUSDT",
        id="4620696243481038848",
        price=Decimal("86101.4"),
        quantity=Decimal("0.00314"),
        side=Side.BUY,
        time=1764598927887,
    )


def test_a_trade_whose_buyer_is_the_maker_was_a_sell(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    assert one(v2, payload("ws_v2_trade").replace(b"false", b"true")).side is Side.SELL


def test_v2_kline(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    price = Decimal("88947.71")
    assert one(v2, payload("ws_v2_kline")) == Candle(
        venue="hashkey-mena",
        symbol="BTCUSDT",
        interval="1m",
        time=1766728080000,
        open=price,
        high=price,
        low=price,
        close=price,
        base_volume=Decimal(0),
        quote_volume=None,
    )


def test_v1_kline(v1: PublicStream, payload: Callable[[str], bytes]) -> None:
    candle = one(v1, payload("ws_v1_kline"))
    assert isinstance(candle, Candle)
    assert (candle.interval, candle.time, str(candle.close)) == ("1m", 1766727660000, "88888.01")
    assert candle.base_volume == Decimal(0)
    assert candle.quote_volume == Decimal(0)


def test_v2_realtimes(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    ticker = one(v2, payload("ws_v2_realtimes"))
    assert isinstance(ticker, Ticker)
    assert (str(ticker.open), str(ticker.high), str(ticker.low)) == ("87740.12", "89270.33", "86971.82")
    assert (str(ticker.last), str(ticker.change)) == ("88910.23", "0.0133")
    assert (str(ticker.base_volume), str(ticker.quote_volume)) == ("0.20041", "17621.0846565")
    assert ticker.time == 1766728440004
    assert ticker.bid is None
    assert ticker.ask is None


def test_v1_realtimes(v1: PublicStream, payload: Callable[[str], bytes]) -> None:
    ticker = one(v1, payload("ws_v1_realtimes"))
    assert (str(ticker.last), str(ticker.change), ticker.time) == ("86127.13", "-0.0597", 1764598623773)


def test_v2_bbo(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    assert one(v2, payload("ws_v2_bbo")) == Ticker(
        venue="hashkey-mena",
        symbol="ETHUSDT",
        bid=Decimal("2974.52"),
        bid_quantity=Decimal("0.0202"),
        ask=Decimal("2974.85"),
        ask_quantity=Decimal("0.2838"),
        time=1766729017183,
    )


def test_the_trade_history_of_a_first_frame_comes_oldest_first_as_sent(
    v1: PublicStream, payload: Callable[[str], bytes]
) -> None:
    frame = json.loads(payload("ws_v1_trade"))
    frame["f"] = True
    frame["data"] = [{**frame["data"][0], "v": str(n), "t": 1764598927887 + n} for n in range(60)]
    events = v1.on_frame(json.dumps(frame).encode(), NOW)
    assert [event.id for event in events if isinstance(event, Trade)] == [str(n) for n in range(60)]


# what else may come


def depth(bids: object, asks: object, **data: object) -> bytes:
    content = {"s": "BTCUSDT", "t": 1764659869550, "b": bids, "a": asks, **data}
    return json.dumps({"topic": "depth", "params": {"symbol": "BTCUSDT"}, "data": content}).encode()


def test_json_numbers_keep_their_digits(v2: PublicStream) -> None:
    frame = (
        b'{"topic":"depth","params":{"symbol":"BTCUSDT"},"data":{"t":"1764659869550",'
        b'"b":[[86962.10,0.000000000000000000000000000000012345]],"a":[[86963,1.50]]}}'
    )
    book = one(v2, frame)
    assert str(book.bids[0][0]) == "86962.10"
    assert format(book.bids[0][1], "f") == "0.000000000000000000000000000000012345"
    assert [(str(p), str(q)) for p, q in book.asks] == [("86963", "1.50")]


def test_an_empty_side_is_empty_and_a_crossed_book_is_passed_on(v2: PublicStream) -> None:
    book = one(v2, depth([], [["2", "1"]]))
    assert list(book.bids) == []
    crossed = one(v2, depth([["3", "1"]], [["2", "1"]]))
    assert crossed.bids[0][0] > crossed.asks[0][0]


def test_an_older_book_is_dropped_until_the_next_connection(v2: PublicStream, malformed: Malformed) -> None:
    assert v2.on_frame(depth([["1", "1"]], [], t=1764659869550), NOW)
    assert not v2.on_frame(depth([["1", "2"]], [], t=1764659869549), NOW)
    assert v2.on_frame(depth([["1", "3"]], [], t=1764659869550), NOW)
    assert sum(malformed.counts.values()) == 1
    v2.opening(NOW)
    assert v2.on_frame(depth([["1", "2"]], [], t=1764659869549), NOW)


def test_a_venues_clock_set_back_does_not_freeze_its_books(v2: PublicStream) -> None:
    assert v2.on_frame(depth([["1", "1"]], [], t=1764659869550), NOW)
    assert v2.on_frame(depth([["1", "2"]], [], t=1764659869550 - 60_000), NOW)
    assert v2.on_frame(depth([["1", "3"]], [], t=1764659869650 - 60_000), NOW)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"topic":"depth"',
        b'{"topic":"weather","data":{}}',
        b'{"hello":1}',
        depth([["1", "-1"]], []),
        depth([["NaN", "1"]], []),
        depth([["1", "Infinity"]], []),
        depth([["1"]], []),
        depth("x", []),
        depth([["1", {"a": 1}]], []),
        depth([[None, "1"]], []),
        depth([["1_000", "1"]], []),
        b'{"topic":"depth","params":{"symbol":"BTCUSDT"},"data":{"t":1764659869550,"b":[]}}',
        b'{"topic":"trade","params":{"symbol":"BTCUSDT"},"data":{"t":1764659869550,"p":"0","q":"1","m":true}}',
        b'{"topic":"trade","params":{"symbol":"BTCUSDT"},"data":{"t":0,"p":"1","q":"1","m":true}}',
        b'{"topic":"trade","params":{"symbol":"BTCUSDT"},"data":{"t":1764659869550,"p":"1","q":"1","m":"maybe"}}',
        b'{"topic":"trade","params":{},"data":{"t":1764659869550,"p":"1","q":"1","m":true}}',
        b'{"topic":"kline","params":{"symbol":"BTCUSDT","klineType":"1m"},"data":{"t":1764659869550,"o":"1","h":"1","l":"1"}}',
        b"[" * 100_000,
        b'{"ping":' + b"[" * 100_000,
        b'{"topic":"trade","params":{"symbol":"BTCUSDT"},"data":{"zz":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"topic":"trade","params":{"symbol":"BTCUSDT"},"data":{"t":1,"q":1,"m":true,"p":'
        + b"[" * 3000
        + b"]" * 3000
        + b"}}",
    ],
    ids=lambda frame: frame[:80].decode(errors="replace"),
)
def test_what_cannot_be_used_is_counted_and_dropped(v2: PublicStream, malformed: Malformed, frame: bytes) -> None:
    assert list(v2.on_frame(frame, NOW)) == []
    assert sum(malformed.counts.values()) == 1


@given(st.binary(max_size=200))
def test_no_bytes_ever_raise(frame: bytes) -> None:
    quiet = Malformed("v", logging.getLogger("test.quiet"))
    for version in ("v1", "v2"):
        PublicStream(version, Parser("v", None, quiet), Refusals()).on_frame(frame, NOW)


def test_a_push_after_the_cancellation_is_ignored(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    v2.drop(Topic("trade", "ETHUSDT"))
    assert list(v2.on_frame(payload("ws_v2_trade"), NOW)) == []
    assert not v2._malformed.counts


def test_acknowledgements_are_quiet(v1: PublicStream, v2: PublicStream, malformed: Malformed) -> None:
    ack = {"topic": "depth", "event": "sub", "params": {"symbol": "BTCUSDT"}, "code": "0", "msg": "Success"}
    assert list(v2.on_frame(json.dumps(ack).encode(), NOW)) == []
    echo = {"symbol": "BTCUSDT", "topic": "kline_1m", "event": "sub", "params": {"binary": "false"}}
    assert list(v1.on_frame(json.dumps(echo).encode(), NOW)) == []
    assert list(v1.on_frame(b'{"msg":"Success"}', NOW)) == []
    assert malformed.counts == {}


def test_a_refused_topic_is_named(v1: PublicStream, v2: PublicStream, refusals: Refusals) -> None:
    refused = {
        "topic": "kline",
        "event": "sub",
        "params": {"symbol": "BTCUSDT", "klineType": "1m"},
        "code": "-100011",
        "msg": "Parameter error!",
    }
    v2.on_frame(json.dumps(refused).encode(), NOW)
    v1.on_frame(b'{"symbol":"ETHUSDT","topic":"kline_1m","code":"-100010","desc":"Invalid Symbols!"}', NOW)
    v1.on_frame(b'{"symbol":"SOLUSDT","topic":"depth","code":"-100010","desc":"Invalid Symbols!"}', NOW)
    v1.on_frame(b'{"code":"-10001","desc":"Invalid JSON!"}', NOW)
    assert [topic for topic, _ in refusals.told] == [
        Topic("kline", "BTCUSDT", "1m"),
        Topic("kline", "ETHUSDT", "1m"),
        None,
        None,
    ]
    assert refusals.told[1][1] == "The venue has no such instrument"


@pytest.mark.parametrize("proof", ["acknowledged", "heard"])
def test_a_refusal_without_a_symbol_is_of_what_has_not_been_answered(
    v2: PublicStream, refusals: Refusals, proof: str
) -> None:
    v2.want(Topic("depth", "SOLUSDT"))
    ack = {"topic": "depth", "event": "sub", "params": {"symbol": "BTCUSDT"}, "code": "0", "msg": "Success"}
    v2.on_frame(json.dumps(ack).encode() if proof == "acknowledged" else depth([["1", "1"]], []), NOW)
    v2.on_frame(b'{"code":"-100010","desc":"Invalid Symbols!","topic":"depth"}', NOW)
    assert [topic for topic, _ in refusals.told] == [Topic("depth", "ETHUSDT"), Topic("depth", "SOLUSDT")]


def test_an_acknowledgement_counts_until_the_next_connection(v2: PublicStream) -> None:
    ack = {"topic": "kline", "event": "sub", "params": {"symbol": "BTCUSDT", "klineType": "1m"}, "code": "0"}
    v2.on_frame(json.dumps(ack).encode(), NOW)
    assert v2.acknowledged == {Topic("kline", "BTCUSDT", "1m")}
    v2.opening(NOW)
    assert v2.acknowledged == set()


def test_heard_topics_are_known(v2: PublicStream, payload: Callable[[str], bytes]) -> None:
    v2.on_frame(payload("ws_v2_kline"), NOW)
    assert v2.heard == {Topic("kline", "BTCUSDT", "1m")}
    v2.opening(NOW)
    assert v2.heard == set()
