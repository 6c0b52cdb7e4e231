"""Every value that the document lists: channels, periods, depths, dates, heartbeats, compression, delisting."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from terminal.connectors.chainup.feed import PATH
from terminal.connectors.chainup.profile import CRYPTOCOM, PUBLIC, USER
from terminal.connectors.chainup.stream import MarketStream, Topic
from terminal.connectors.contract import Connector
from terminal.domain import BookDelta, BookSnapshot, Candle, Channel
from tests.coverage.extract import inventory

if TYPE_CHECKING:
    from tests.connectors.chainup.conftest import Form
    from tests.connectors.conftest import LoopbackVenue

PERIODS: Mapping[str, str] = {
    "1": "1m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "1440": "1d", "10080": "1w", "43200": "1M",
}  # fmt: skip
"""The document's minutes -> our interval"""

KLINES: Mapping[str, str] = {
    "1min": "1m", "5min": "5m", "15min": "15m", "30min": "30m", "60min": "1h", "1day": "1d", "1week": "1w",
    "1month": "1M",
}  # fmt: skip
"""The document's word in a channel -> our interval"""

BAR = {"id": 1506602880, "amount": 1, "vol": 2, "open": 3, "close": 4, "high": 5, "low": 2}


def sent(frames: Any) -> list[tuple[str, str]]:
    parsed = [json.loads(frame) for frame in frames]
    return [(frame["event"], frame["params"]["channel"]) for frame in parsed]


def hear(stream: MarketStream, **message: object) -> list[Any]:
    return list(stream.on_frame(gzip.compress(json.dumps(message).encode()), 1))


@pytest.mark.parametrize("period", PERIODS)
async def test_candles_are_asked_for_by_the_documents_minutes(
    chainup: LoopbackVenue, connector: Connector, period: str
) -> None:
    await connector.candles("ethbtc", PERIODS[period])
    (request,) = chainup.asked("GET /v1/klines")
    assert dict(parse_qsl(request.query)) == {"symbol": "ethbtc", "period": period}


@pytest.mark.parametrize("word", KLINES)
def test_candles_are_subscribed_to_by_the_documents_words(stream: MarketStream, word: str) -> None:
    name = f"market_btcusdt_kline_{word}"
    assert sent(stream.want(Topic(Channel.CANDLES, "btcusdt", KLINES[word]), 0)) == [("sub", name)]
    (bar,) = hear(stream, channel=name, ts=1506602880000, tick=BAR)
    assert (bar.interval, bar.time) == (KLINES[word], 1506602880000)


@pytest.mark.parametrize("word", KLINES)
def test_earlier_candles_are_requested_by_the_documents_words(stream: MarketStream, word: str) -> None:
    name, told = f"market_btcusdt_kline_{word}", list[Candle]()
    number, frame = stream.ask(Topic(Channel.CANDLES, "btcusdt", KLINES[word]), told.extend, end=None, size=300)
    assert sent([frame]) == [("req", name)]
    hear(stream, event_rep="rep", channel=name, cb_id=number, data=[BAR])
    assert [(bar.interval, bar.time) for bar in told] == [(KLINES[word], 1506602880000)]


@pytest.mark.parametrize("step", ["step0", "step1", "step2"])
async def test_a_book_is_asked_for_by_its_step(chainup: LoopbackVenue, connector: Connector, step: str) -> None:
    await connector.order_book("ethbtc", step=step)
    (request,) = chainup.asked("GET /v1/depth")
    assert dict(parse_qsl(request.query)) == {"symbol": "ethbtc", "type": step}


@pytest.mark.parametrize("step", ["0", "1", "2"])
def test_books_of_a_step_come_whole_and_by_their_changes(stream: MarketStream, step: str) -> None:
    name = f"market_btcusdt_depth_step{step}"
    assert sent(stream.want(Topic(Channel.BOOK, "btcusdt", step), 0)) == [("sub", name)]
    (whole,) = hear(stream, channel=name, ts=1, tick={"asks": [[2, 1]], "buys": [[1, 1]]})
    (change,) = hear(stream, channel=name, ts=2, tick={"side": "asks", "price": 3, "volume": 0.5})
    assert isinstance(whole, BookSnapshot)
    assert isinstance(change, BookDelta)


def test_prints_are_requested_once_and_subscribed_to(stream: MarketStream) -> None:
    name = "market_btcusdt_trade_ticker"
    assert sent(stream.want(Topic(Channel.TRADES, "btcusdt"), 0)) == [("req", name), ("sub", name)]


def test_tickers_are_subscribed_to_and_begin_with_the_review(stream: MarketStream) -> None:
    asked = sent(stream.want(Topic(Channel.TICKER, "btcusdt"), 0))
    assert asked == [("sub", "market_btcusdt_ticker"), ("req", "review")]


@pytest.mark.parametrize("ping", [1506584998239, 1506584998])
def test_a_ping_is_answered_with_its_own_number(stream: MarketStream, ping: int) -> None:
    assert hear(stream, ping=ping) == []
    assert [json.loads(reply) for reply in stream.replies] == [{"pong": ping}]


def test_frames_come_packed_and_are_taken_plain_too(stream: MarketStream) -> None:
    stream.want(Topic(Channel.BOOK, "btcusdt", "0"), 0)
    text = b'{"channel":"market_btcusdt_depth_step0","ts":1,"tick":{"asks":[[2,1]],"buys":[[1,1]]}}'
    assert list(stream.on_frame(gzip.compress(text), 1)) == list(stream.on_frame(text, 1))


@pytest.mark.parametrize(("lower_frame", "is_delisted"), [("0", False), ("1", True)])
@pytest.mark.parametrize("place", ["acknowledgement", "push"])
def test_a_pair_off_the_shelf_is_noted(
    stream: MarketStream, lower_frame: str, place: str, *, is_delisted: bool
) -> None:
    stream.want(Topic(Channel.TICKER, "btcusdt"), 0)
    name = "market_btcusdt_ticker"
    if place == "push":
        day = {"close": 1, "open": 1, "high": 1, "low": 1, "vol": 1, "amount": 1, "rose": 0}
        hear(stream, channel=name, ts=1, tick={**day, "lower_frame": lower_frame})
    else:
        hear(stream, event_rep="subed", channel=name, ts=1, status="ok", lower_frame=lower_frame)
    assert ("btcusdt" in stream.delisted) is is_delisted


async def test_dates_are_whole_seconds_of_the_venues_own_time(
    chainup: LoopbackVenue, connector: Connector, form_of: Form
) -> None:
    start = int(datetime(2019, 10, 28, 4, 13, 17, tzinfo=UTC).timestamp() * 1000)
    await connector.order_history("btcusdt", start, start + 1500, 5)
    fields = form_of(chainup.asked("POST /v1/allOrders")[0])
    assert (fields["startDate"], fields["endDate"]) == ("2019-10-28 12:13:17", "2019-10-28 12:13:19")


@pytest.mark.parametrize(("group", "per_user"), [(PUBLIC, False), (USER, True)])
def test_ten_requests_a_second_are_what_each_group_may_send(group: str, *, per_user: bool) -> None:
    budget = CRYPTOCOM.budgets[group]
    assert (budget.requests, budget.period_s, budget.per_owner) == (10, 1.0, per_user)


def test_the_documents_hosts_are_the_ones_spoken_to() -> None:
    rest, demo = inventory()["cryptocom"]["host"]
    endpoints = CRYPTOCOM.environments["production"]
    assert (endpoints.rest, f"{endpoints.stream}{PATH}") == (rest, demo)
