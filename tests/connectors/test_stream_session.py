"""The WebSocket loop against a real server that drops, stays silent and talks nonsense."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from terminal.connectors.contract import Event, TapRecord
from terminal.connectors.redaction import Redactor
from terminal.connectors.stream_session import StreamSession, StreamTiming
from terminal.domain import StreamState, Ticker
from terminal.domain.failures import AuthFailed, NotSupported, VenueUnavailable

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Socket, Until

QUICK = StreamTiming(
    heartbeat_every=0.05,
    stale_after=0.2,
    reconnect_after=0.4,
    open_within=2.0,
    first_pause=0.01,
    longest_pause=0.05,
    refused_pause=0.1,
)


class Echo:
    """A protocol that subscribes to what it is told and turns {"last": x} into a ticker."""

    def __init__(self, *, needs_login: bool = False) -> None:
        self.replies: list[str] = []
        self.is_ready = not needs_login

    def opening(self, now: int) -> Sequence[str]:
        return ['{"sub":"a"}', '{"sub":"b"}']

    def heartbeat(self, now: int) -> Sequence[str]:
        return [json.dumps({"ping": now})]

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        message = json.loads(frame)
        if message.get("login") == "ok":
            self.is_ready = True
        if "question" in message:
            self.replies.append(json.dumps({"answer": message["question"]}))
        if "boom" in message:
            raise RuntimeError("a bug")
        return [Ticker(venue="v", symbol=message["symbol"])] if "symbol" in message else []


class Listener:
    def __init__(self) -> None:
        self.states: list[StreamState] = []
        self.reasons: list[str | None] = []
        self.events: list[Event] = []
        self.refusals: list[int] = []

    def on_status(self, state: StreamState, reason: str | None) -> None:
        self.states.append(state)
        self.reasons.append(reason)


def session(
    url: str,
    listener: Listener,
    *,
    protocol: Echo | None = None,
    timing: StreamTiming = QUICK,
    tap: Callable[[TapRecord], None] | None = None,
    failure: Exception | None = None,
    fails_on: str | None = None,
) -> StreamSession:
    async def address() -> str:
        if failure is not None:
            raise failure
        return url

    def deliver(event: Event) -> None:
        listener.events.append(event)
        if fails_on == "events":
            raise RuntimeError("a fault of the listener")

    def on_status(state: StreamState, reason: str | None) -> None:
        listener.on_status(state, reason)
        if fails_on == "states":
            raise RuntimeError("a fault of the listener")

    return StreamSession(
        name="test",
        venue="v",
        account=None,
        address=address,
        protocol=protocol or Echo(),
        deliver=deliver,
        on_status=on_status,
        timing=timing,
        redact=Redactor(),
        tap=tap,
        on_refused=listener.refusals.append,
    )


async def test_it_connects_subscribes_and_delivers_in_order(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    stream.start()
    await until(lambda: venue.sockets and venue.sockets[0].frames(sub="b"))
    for number in range(200):
        await venue.sockets[0].push({"symbol": f"S{number}"})
    await until(lambda: len(listener.events) == 200)
    assert [event.symbol for event in listener.events if isinstance(event, Ticker)] == [f"S{n}" for n in range(200)]
    assert listener.states == [StreamState.CONNECTING, StreamState.LIVE]
    assert [frame for frame in venue.sockets[0].received if "sub" in frame] == [{"sub": "a"}, {"sub": "b"}]
    assert stream.last_heard is not None
    await stream.close()
    assert listener.states[-1] is StreamState.DOWN
    await until(lambda: not venue.open_sockets())
    assert len(venue.sockets) == 1


async def test_a_dropped_connection_is_told_at_once_and_subscribed_again(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: venue.sockets and venue.sockets[0].frames(sub="b"))
    venue.sockets[0].cut()
    await until(lambda: StreamState.DOWN in listener.states, within=0.5)
    await until(lambda: len(venue.sockets) == 2 and venue.sockets[1].frames(sub="b"))
    await until(lambda: listener.states[-1] is StreamState.LIVE)
    assert listener.states == [
        StreamState.CONNECTING, StreamState.LIVE, StreamState.DOWN, StreamState.CONNECTING, StreamState.LIVE,
    ]  # fmt: skip
    assert listener.reasons[2] == "the connection was lost"
    assert stream.reconnects == 1
    await stream.close()


async def test_the_venues_own_closing_words_are_told(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: listener.states and listener.states[-1] is StreamState.LIVE)
    await venue.sockets[0].connection.close(code=4001, message=b"maintenance")
    await until(lambda: StreamState.DOWN in listener.states)
    assert "4001" in str(listener.reasons[2])
    assert "maintenance" in str(listener.reasons[2])
    await stream.close()


async def test_silence_is_stale_then_reconnected(venue: LoopbackVenue, until: Until) -> None:
    venue.answers_pings = False
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: len(venue.sockets) == 2)
    await stream.close()
    expected = [StreamState.CONNECTING, StreamState.LIVE, StreamState.STALE, StreamState.DOWN]
    assert listener.states[:4] == expected
    assert str(listener.reasons[2]).startswith("no message for")
    assert str(listener.reasons[3]).startswith("no message for")


async def test_a_frame_after_silence_makes_it_live_again(venue: LoopbackVenue, until: Until) -> None:
    venue.answers_pings = False
    listener = Listener()
    patient = StreamTiming(heartbeat_every=1, stale_after=0.1, reconnect_after=60)
    stream = session(f"{venue.ws}/ws", listener, timing=patient)
    stream.start()
    await until(lambda: StreamState.STALE in listener.states)
    await venue.sockets[0].push({})
    await until(lambda: listener.states[-1] is StreamState.LIVE)
    assert len(venue.sockets) == 1
    await stream.close()


async def test_heartbeats_keep_a_quiet_stream_live(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: venue.sockets and sum("ping" in frame for frame in venue.sockets[0].received) >= 10)
    assert listener.states == [StreamState.CONNECTING, StreamState.LIVE]
    await stream.close()


async def test_a_quiet_stream_is_asked_early_and_stays_live_while_it_answers(
    venue: LoopbackVenue, until: Until
) -> None:
    asking = StreamTiming(heartbeat_every=60, probe_after=0.05, stale_after=0.25, reconnect_after=60)
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener, timing=asking)
    stream.start()
    await until(lambda: venue.sockets and sum("ping" in frame for frame in venue.sockets[0].received) >= 6)
    assert listener.states == [StreamState.CONNECTING, StreamState.LIVE]
    venue.answers_pings = False
    await until(lambda: StreamState.STALE in listener.states)
    await stream.close()


async def test_answers_go_back_on_the_same_connection(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: venue.sockets)
    await venue.sockets[0].push({"question": 42})
    await until(lambda: venue.sockets[0].frames(answer=42))
    stream.send('{"later":1}')
    await until(lambda: venue.sockets[0].frames(later=1))
    await stream.close()
    stream.send('{"never":1}')


async def test_with_a_login_it_is_live_only_once_accepted(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener, protocol=Echo(needs_login=True))
    stream.start()
    await until(lambda: venue.sockets and venue.sockets[0].frames(sub="b"))
    assert listener.states == [StreamState.CONNECTING]
    await venue.sockets[0].push({"login": "ok"})
    await until(lambda: listener.states[-1] is StreamState.LIVE)
    await stream.close()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_pause_grows_while_connections_fail_and_is_never_less_than_half_its_step(share: float) -> None:
    timing = StreamTiming(heartbeat_every=10, stale_after=20, reconnect_after=30, longest_pause=30.0)
    stream = session("", Listener(), timing=timing)
    stream._random_share = lambda: share
    steps = [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [stream._pause() for _ in steps] == [step * (1 + share) / 2 for step in steps]


async def test_the_pause_starts_over_once_a_connection_was_live_for_a_while(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    timing = StreamTiming(heartbeat_every=0.05, stale_after=20, reconnect_after=30, settled_after=0.2)
    stream = session(f"{venue.ws}/ws", listener, timing=timing)
    stream._failures_in_a_row = 5
    started = time.monotonic()
    stream.start()
    await until(lambda: stream._failures_in_a_row == 0)
    assert time.monotonic() - started >= 0.2
    assert listener.states == [StreamState.CONNECTING, StreamState.LIVE]
    await stream.close()


async def test_a_venue_that_speaks_and_hangs_up_is_not_hammered(venue: LoopbackVenue, until: Until) -> None:
    async def one_word(socket: Socket) -> None:
        await socket.push({"symbol": "S"})
        await socket.connection.close()

    venue.on_open = one_word
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: len(listener.events) >= 4)
    assert stream._failures_in_a_row >= 3
    await stream.close()


@pytest.mark.parametrize("fails_on", ["events", "states"])
async def test_a_failing_listener_ends_neither_connection_nor_stream(
    venue: LoopbackVenue, until: Until, caplog: pytest.LogCaptureFixture, fails_on: str
) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener, fails_on=fails_on)
    with caplog.at_level(logging.ERROR):
        stream.start()
        await until(lambda: venue.sockets)
        for _ in range(3):
            await venue.sockets[0].push({"symbol": "S"})
        await until(lambda: len(listener.events) == 3)
    assert listener.states == [StreamState.CONNECTING, StreamState.LIVE]
    assert len(caplog.records) == 1
    await stream.close()


async def test_a_connection_that_only_opens_does_not_start_the_pause_over(venue: LoopbackVenue, until: Until) -> None:
    async def hang_up(socket: Socket) -> None:
        await socket.connection.close()

    venue.on_open = hang_up
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: len(venue.sockets) >= 4)
    assert stream._failures_in_a_row >= 3
    await stream.close()


async def test_a_refused_stream_is_told_with_its_status(venue: LoopbackVenue, until: Until) -> None:
    venue.refused_paths["/ws"] = 404
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: listener.refusals)
    await until(lambda: StreamState.DOWN in listener.states)
    assert listener.refusals[0] == 404
    assert "HTTP 404" in str(listener.reasons[1])
    await stream.close()


async def test_a_redirect_is_not_followed(venue: LoopbackVenue, until: Until) -> None:
    venue.refused_paths["/ws"] = 302
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: listener.refusals)
    assert listener.refusals[0] == 302
    await stream.close()


@pytest.mark.parametrize(
    ("failure", "least_attempts"), [(VenueUnavailable("no listen key"), 3), (AuthFailed("bad key"), 2)]
)
async def test_a_failure_to_find_the_address_is_tried_again(
    until: Until, failure: Exception, least_attempts: int
) -> None:
    listener = Listener()
    stream = session("", listener, failure=failure)
    stream.start()
    await until(lambda: listener.states.count(StreamState.DOWN) >= least_attempts)
    assert str(failure) in listener.reasons
    await stream.close()


async def test_what_the_venue_does_not_have_is_not_tried_again(until: Until) -> None:
    listener = Listener()
    stream = session("", listener, failure=NotSupported("no such stream"))
    stream.start()
    await until(lambda: StreamState.DOWN in listener.states)
    assert listener.states == [StreamState.CONNECTING, StreamState.DOWN]
    await stream.close()


async def test_a_bug_ends_the_connection_not_the_stream(
    venue: LoopbackVenue, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener)
    stream.start()
    await until(lambda: venue.sockets)
    with caplog.at_level(logging.CRITICAL):
        await venue.sockets[0].push({"boom": 1})
        await until(lambda: len(venue.sockets) == 2)
    assert "internal error: RuntimeError" in listener.reasons
    await stream.close()


class Slow(Echo):
    """A protocol whose every frame takes a while, so that frames queue up."""

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        time.sleep(0.002)
        return super().on_frame(frame, received)


async def test_a_flood_leaves_the_loop_its_turns(venue: LoopbackVenue, until: Until) -> None:
    listener = Listener()
    stream = session(f"{venue.ws}/ws", listener, protocol=Slow())
    stream.start()
    await until(lambda: venue.sockets)
    for number in range(200):
        await venue.sockets[0].push({"symbol": f"S{number}"})
    longest = 0
    while len(listener.events) < 200:
        before = len(listener.events)
        await asyncio.sleep(0)
        longest = max(longest, len(listener.events) - before)
    # 4 ms at 2 ms a frame, and the frame in which the time ran out
    assert 0 < longest <= 4
    await stream.close()


async def test_the_tap_sees_opening_frames_and_closing(venue: LoopbackVenue, until: Until) -> None:
    seen: list[TapRecord] = []
    listener = Listener()
    stream = session(f"{venue.ws}/ws?listenKey=abc", listener, tap=seen.append)
    stream.start()
    await until(lambda: venue.sockets and venue.sockets[0].frames(sub="b"))
    await venue.sockets[0].push({"symbol": "S"})
    await until(lambda: listener.events)
    await stream.close()
    kinds = [record.kind for record in seen]
    assert kinds[0] == "opened"
    assert kinds[-1] == "closed"
    assert {"sent", "received"} < set(kinds)
    assert all("abc" not in record.target + record.text for record in seen)
