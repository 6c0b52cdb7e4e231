"""The public feed's fall-back from version 2 to version 1, and the private feed's listen key."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from terminal.connectors.contract import Connector, Event
from terminal.connectors.hashkey.account_feed import AccountFeed
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.endpoints import GLOBAL, MENA
from terminal.connectors.hashkey.errors import HashKeyJudge
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.public_feed import PublicFeed
from terminal.connectors.hashkey.stream import Topic
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import RestClient
from terminal.connectors.stream_session import StreamTiming
from terminal.connectors.venue_clock import VenueClock
from terminal.domain import Candle, Credentials, StreamState, StreamStatus, Trade
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Socket, Until

V1, V2 = "/quote/ws/v1", "/quote/ws/v2"
QUICK = StreamTiming(
    heartbeat_every=0.1, stale_after=1.0, reconnect_after=2.0, first_pause=0.01, longest_pause=0.05, refused_pause=0.05
)


class Told:
    def __init__(self) -> None:
        self.states: list[StreamState] = []

    def __call__(self, state: StreamState, reason: str | None) -> None:
        self.states.append(state)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def feed(venue: LoopbackVenue, parser: Parser, events: list[Event], told: Told) -> AsyncIterator[PublicFeed]:
    opened = PublicFeed(
        versions=("v2", "v1"),
        base_url=venue.ws,
        parser=parser,
        deliver=events.append,
        on_status=told,
        redact=Redactor(),
        tap=None,
        timing=QUICK,
        silent_for=0.2,
    )
    yield opened
    await opened.close()


def subscriptions(venue: LoopbackVenue, path: str) -> list[tuple[str, str]]:
    return [
        (frame["event"], frame["topic"])
        for socket in venue.sockets
        if socket.path == path
        for frame in socket.received
        if "topic" in frame
    ]


def push_of(payload: Callable[[str], bytes], name: str, symbol: str) -> str:
    return payload(name).decode().replace("ETHUSDT", symbol).replace("BTCUSDT", symbol)


def acknowledgement(kind: str) -> dict[str, object]:
    return {"topic": kind, "event": "sub", "params": {"symbol": "BTCUSDT"}, "code": "0", "msg": "Success"}


async def test_the_preferred_version_comes_first_and_alone(
    venue: LoopbackVenue, feed: PublicFeed, told: Told, until: Until
) -> None:
    feed.subscribe(Topic("trade", "BTCUSDT"))
    feed.subscribe(Topic("trade", "BTCUSDT"))
    await until(lambda: subscriptions(venue, V2))
    assert subscriptions(venue, V2) == [("sub", "trade")]
    assert [socket.path for socket in venue.sockets] == [V2]
    assert told.states == [StreamState.CONNECTING, StreamState.LIVE]


async def test_a_refused_topic_moves_to_the_older_version(
    venue: LoopbackVenue,
    feed: PublicFeed,
    events: list[Event],
    payload: Callable[[str], bytes],
    until: Until,
) -> None:
    feed.subscribe(Topic("trade", "BTCUSDT"))
    feed.subscribe(Topic("depth", "BTCUSDT"))
    await until(lambda: len(subscriptions(venue, V2)) == 2)
    refusal = {"topic": "trade", "event": "sub", "params": {"symbol": "BTCUSDT"}, "code": "-100011", "msg": "no"}
    await venue.sockets[0].push(refusal)
    await until(lambda: subscriptions(venue, V1) == [("sub", "trade")])
    await until(lambda: ("cancel", "trade") in subscriptions(venue, V2))
    old = venue.open_sockets(V1)[0]
    await old.push(push_of(payload, "ws_v1_trade", "BTCUSDT"))
    await until(lambda: any(isinstance(event, Trade) for event in events))
    feed.unsubscribe(Topic("trade", "BTCUSDT"))
    await until(lambda: ("cancel", "trade") in subscriptions(venue, V1))


async def test_a_topic_silent_while_others_speak_moves(
    venue: LoopbackVenue, feed: PublicFeed, told: Told, payload: Callable[[str], bytes], until: Until
) -> None:
    for kind in ("realtimes", "depth", "bbo", "trade"):
        feed.subscribe(Topic(kind, "BTCUSDT"))
    await until(lambda: len(subscriptions(venue, V2)) == 4)
    for kind in ("depth", "bbo"):
        await venue.sockets[0].push(acknowledgement(kind))
    await venue.sockets[0].push(push_of(payload, "ws_v2_trade", "BTCUSDT"))
    await until(lambda: subscriptions(venue, V1))
    # a book and its best prices may well not change for a while
    assert subscriptions(venue, V1) == [("sub", "realtimes")]
    assert told.states == [StreamState.CONNECTING, StreamState.LIVE]


@pytest.mark.parametrize(("kind", "acknowledged"), [("trade", True), ("trade", False), ("depth", False)])
async def test_a_lone_topic_silent_on_a_socket_that_lives_moves(
    venue: LoopbackVenue, feed: PublicFeed, until: Until, kind: str, acknowledged: bool
) -> None:
    feed.subscribe(Topic(kind, "BTCUSDT"))
    await until(lambda: subscriptions(venue, V2))
    if acknowledged:
        await venue.sockets[0].push(acknowledgement(kind))
    await until(lambda: subscriptions(venue, V1) == [("sub", kind)])


async def test_a_quiet_book_that_was_acknowledged_stays(venue: LoopbackVenue, feed: PublicFeed, until: Until) -> None:
    feed.subscribe(Topic("depth", "BTCUSDT"))
    await until(lambda: subscriptions(venue, V2))
    await venue.sockets[0].push(acknowledgement("depth"))
    # five heartbeats and answers: more than twice the time after which a topic counts as silent
    await until(lambda: len([frame for frame in venue.sockets[0].received if "ping" in frame]) >= 6)
    assert subscriptions(venue, V1) == []


async def test_a_refusal_that_names_only_the_topic_moves_it(
    venue: LoopbackVenue, feed: PublicFeed, until: Until
) -> None:
    feed._silent_for = 60.0
    feed.subscribe(Topic("trade", "BTCUSDT"))
    feed.subscribe(Topic("depth", "BTCUSDT"))
    await until(lambda: len(subscriptions(venue, V2)) == 2)
    await venue.sockets[0].push(acknowledgement("trade"))
    await venue.sockets[0].push({"code": "-100010", "desc": "Invalid Symbols!", "topic": "depth"})
    await until(lambda: subscriptions(venue, V1) == [("sub", "depth")])


async def test_a_refused_socket_moves_everything_the_older_version_has(
    venue: LoopbackVenue, feed: PublicFeed, told: Told, until: Until
) -> None:
    venue.refused_paths[V2] = 404
    feed.subscribe(Topic("trade", "BTCUSDT"))
    feed.subscribe(Topic("bbo", "BTCUSDT"))
    await until(lambda: subscriptions(venue, V1) == [("sub", "trade")])
    await until(lambda: told.states[-1] is StreamState.LIVE)
    feed.subscribe(Topic("kline", "BTCUSDT", "1m"))
    await until(lambda: subscriptions(venue, V1) == [("sub", "trade"), ("sub", "kline_1m")])
    assert told.states.count(StreamState.LIVE) == 1


async def test_the_state_told_is_the_worst_of_those_in_use(
    venue: LoopbackVenue, feed: PublicFeed, told: Told, until: Until
) -> None:
    feed.subscribe(Topic("depth", "BTCUSDT"))
    feed.subscribe(Topic("trade", "BTCUSDT"))
    await until(lambda: len(subscriptions(venue, V2)) == 2)
    refusal = {"topic": "trade", "event": "sub", "params": {"symbol": "BTCUSDT"}, "code": "-100011"}
    await venue.sockets[0].push(refusal)
    await until(lambda: subscriptions(venue, V1))
    assert told.states == [StreamState.CONNECTING, StreamState.LIVE]
    venue.open_sockets(V1)[0].cut()
    await until(lambda: StreamState.DOWN in told.states and told.states[-1] is StreamState.LIVE)
    assert told.states[2:] == [StreamState.DOWN, StreamState.CONNECTING, StreamState.LIVE]
    assert len([socket for socket in venue.sockets if socket.path == V2]) == 1


async def test_after_a_reconnect_every_topic_is_asked_for_again(
    venue: LoopbackVenue, feed: PublicFeed, payload: Callable[[str], bytes], events: list[Event], until: Until
) -> None:
    feed.subscribe(Topic("kline", "BTCUSDT", "1m"))
    feed.subscribe(Topic("trade", "BTCUSDT"))
    await until(lambda: len(subscriptions(venue, V2)) == 2)
    feed.unsubscribe(Topic("trade", "BTCUSDT"))
    venue.sockets[0].cut()
    await until(lambda: len(venue.sockets) == 2 and venue.sockets[1].frames(topic="kline"))
    await venue.sockets[1].push(push_of(payload, "ws_v2_kline", "BTCUSDT"))
    await until(lambda: events)
    assert isinstance(events[0], Candle)
    assert venue.sockets[1].frames(topic="trade") == []
    assert feed.reconnects == 1


@pytest.fixture
async def older_first(
    venue: LoopbackVenue, parser: Parser, events: list[Event], told: Told
) -> AsyncIterator[PublicFeed]:
    opened = PublicFeed(
        versions=("v1", "v2"),
        compressed=True,
        base_url=venue.ws,
        parser=parser,
        deliver=events.append,
        on_status=told,
        redact=Redactor(),
        tap=None,
        timing=QUICK,
        silent_for=0.2,
    )
    yield opened
    await opened.close()


async def test_where_the_older_version_comes_first_it_asks_for_compressed_frames_and_ends_them_all(
    *,
    venue: LoopbackVenue,
    older_first: PublicFeed,
    events: list[Event],
    payload: Callable[[str], bytes],
    until: Until,
) -> None:
    trades, quotes = Topic("trade", "BTCUSDT"), Topic("bbo", "BTCUSDT")
    older_first.subscribe(trades)
    older_first.subscribe(quotes)  # the older version has none
    await until(lambda: subscriptions(venue, V1) and subscriptions(venue, V2) == [("sub", "bbo")])
    socket = venue.open_sockets(V1)[0]
    assert socket.frames(topic="trade")[0]["params"] == {"binary": True}
    await socket.connection.send_bytes(gzip.compress(payload("ws_v1_trade")))
    await until(lambda: any(isinstance(event, Trade) for event in events))
    older_first.unsubscribe(trades)
    older_first.unsubscribe(quotes)
    await until(lambda: ("cancel", "bbo") in subscriptions(venue, V2))
    await until(lambda: len(subscriptions(venue, V1)) == 3)
    assert [event for event, _ in subscriptions(venue, V1)] == ["sub", "cancel", "cancel_all"]


# the listen key


@pytest.fixture
async def account_feed(
    hashkey: LoopbackVenue, parser: Parser, credentials: Credentials, events: list[Event], told: Told, *, venue_id: str
) -> AsyncIterator[AccountFeed]:
    redact = Redactor()
    profile = GLOBAL if venue_id == GLOBAL.venue else MENA
    rest = RestClient(
        venue=profile.venue,
        account="main",
        base_url=hashkey.http,
        judge=HashKeyJudge(profile.venue, redact),
        limits=RateLimiter(profile.venue, profile.budgets),
        owner="key",
        redact=redact,
    )
    api = HashKeyApi(profile, rest, VenueClock(), credentials)
    opened = AccountFeed(
        api=api,
        base_url=hashkey.ws,
        parser=parser,
        deliver=events.append,
        on_status=told,
        redact=redact,
        tap=None,
        timing=QUICK,
        renew_every=0.3,
    )
    yield opened
    await opened.close()
    await api.close()


@BOTH_VENUES
async def test_the_listen_key_is_made_renewed_and_given_back(
    hashkey: LoopbackVenue, account_feed: AccountFeed, payload: Callable[[str], bytes], until: Until, parameters_of: Any
) -> None:
    key = json.loads(payload("http_post_user_data_stream"))["listenKey"]
    account_feed.start()
    await until(hashkey.open_sockets)
    assert hashkey.sockets[0].path == f"/api/v1/ws/{key}"
    await until(lambda: hashkey.asked("PUT /api/v1/userDataStream"))
    await account_feed.close()
    (renewed, *_), (deleted,) = (
        hashkey.asked("PUT /api/v1/userDataStream"),
        hashkey.asked("DELETE /api/v1/userDataStream"),
    )
    assert parameters_of(renewed) == parameters_of(deleted) == {"listenKey": key}
    assert len(hashkey.sockets) == 1


async def test_a_listen_key_that_cannot_be_renewed_is_replaced(
    hashkey: LoopbackVenue, account_feed: AccountFeed, told: Told, until: Until
) -> None:
    keys = iter(["first-listen-key", "second-listen-key", "third-listen-key"])
    hashkey.routes["POST /api/v1/userDataStream"] = lambda _: json.dumps({"listenKey": next(keys)})
    hashkey.routes["PUT /api/v1/userDataStream"] = lambda _: web.json_response({"code": "-1001"}, status=400)
    account_feed.start()
    await until(lambda: [socket.path[-17:] for socket in hashkey.sockets][1:2] == ["second-listen-key"])
    await until(lambda: told.states[-1] is StreamState.LIVE)
    assert StreamState.DOWN in told.states


async def test_the_account_streams_events_reach_the_sink(
    hashkey: LoopbackVenue, connector: Connector, events: list[Event], payload: Callable[[str], bytes], until: Until
) -> None:
    async def greet(socket: Socket) -> None:
        await socket.push(payload("ws_private_ping"))
        await socket.push(payload("ws_private_execution_report"))
        await socket.push(payload("ws_private_outbound_account_info"))

    hashkey.on_open = greet
    await connector.start_account_stream()
    await until(lambda: len(events) == 5)
    assert [type(event).__name__ for event in events] == ["StreamStatus", "StreamStatus", "Order", "Fill", "Balance"]
    statuses = [event for event in events if isinstance(event, StreamStatus)]
    assert {status.account for status in statuses} == {"main"}
    assert {status.stream for status in statuses} == {"private"}
    await until(lambda: hashkey.sockets[0].frames(pong=1748504490208))


async def test_without_a_listen_key_the_stream_is_down_with_the_reason(
    hashkey: LoopbackVenue, account_feed: AccountFeed, told: Told, until: Until
) -> None:
    hashkey.routes["POST /api/v1/userDataStream"] = lambda _: web.json_response(
        {"code": "0102", "msg": "Invalid APIKey"}, status=400
    )
    account_feed.start()
    await until(lambda: StreamState.DOWN in told.states)
    hashkey.routes["POST /api/v1/userDataStream"] = '{"listenKey":"a-good-listen-key"}'
    await until(lambda: told.states[-1] is StreamState.LIVE)
