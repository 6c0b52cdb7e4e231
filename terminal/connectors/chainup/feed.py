"""The ChainUp engine's market stream kept up: topics, requests for history, silence that a live socket hides, and
best bid and ask, which the stream does not tell, asked for again and again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from terminal.connectors.chainup.parse import Parser
from terminal.connectors.chainup.stream import KLINES, MOST_BARS, MarketStream, Topic
from terminal.connectors.contract import Event, Tap
from terminal.connectors.poller import Poller
from terminal.connectors.redaction import Redactor
from terminal.connectors.stream_session import StreamSession, StreamTiming, guarded
from terminal.connectors.venue_clock import machine_ms
from terminal.domain.failures import VenueUnavailable
from terminal.domain.kinds import Channel, StreamState
from terminal.domain.market import Candle, Ticker

log = logging.getLogger(__name__)

TIMING = StreamTiming(heartbeat_every=20.0, stale_after=6.0, reconnect_after=30.0, probe_after=3.0, pings=True)
"""The venue pings every 5 to 180 s or never: this side asks by the WebSocket's own ping (PROTOCOLS 4.5)."""

PATH = "/kline-api/ws"
_SILENT_AFTER_MS = 15_000
_MUST_SPEAK = frozenset({Channel.BOOK, Channel.TICKER})
"""These are answered at once and told again; prints and candles come with trades (PROTOCOLS 4.5)."""
_ANSWER_WITHIN_S = 8.0
_QUOTES_EVERY_S = 2.0
_MAX_PAGES = 10


class MarketFeed:
    """All market subscriptions of one connector. `read_quotes` asks for the best bid and ask of all pairs.

    `on_status` gets the state of the stream, `on_topic` a subscription that the venue does not answer and why that is
    known.
    """

    def __init__(
        self,
        *,
        base_url: str,
        parser: Parser,
        read_quotes: Callable[[], Awaitable[Sequence[Ticker]]],
        deliver: Callable[[Event], None],
        on_status: Callable[[StreamState, str | None], None],
        on_topic: Callable[[Topic, str], None],
        redact: Redactor,
        tap: Tap | None,
        timing: StreamTiming = TIMING,
        silent_after_ms: int = _SILENT_AFTER_MS,
    ) -> None:
        self._deliver = guarded(deliver, f"{parser.venue} quotes")
        self._on_status = on_status
        self._on_topic = on_topic
        self._read_quotes = read_quotes
        self._silent_after_ms = silent_after_ms
        self._quoted: dict[str, None] = {}
        self._state: tuple[StreamState, str | None] | None = None
        self._told: StreamState | None = None
        self._silent: str | None = None
        self._told_silent: set[Topic] = set()
        self._watching: asyncio.Task[None] | None = None

        async def address() -> str:
            return base_url + PATH

        self.protocol = MarketStream(parser)
        self.session = StreamSession(
            name="public",
            venue=parser.venue,
            account=None,
            address=address,
            protocol=self.protocol,
            deliver=deliver,
            on_status=self._on_session,
            timing=timing,
            redact=redact,
            tap=tap,
        )
        self._quotes = Poller(
            name=f"{parser.venue} quotes",
            ask=self._ask_quotes,
            pause=lambda: _QUOTES_EVERY_S,
            on_status=lambda state, reason: log.info("%s quotes: %s %s", parser.venue, state, reason or ""),
        )

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._quotes.close()
        await self.session.close()

    # subscriptions

    def subscribe(self, topic: Topic, step: str | None = None) -> None:
        """Register interest; the first one opens the socket, or starts the polling of quotes."""
        if topic.kind is Channel.QUOTES:
            self._quoted[topic.symbol] = None
            self._quotes.start()
            self._quotes.hurry()
            return
        is_new = topic not in self.protocol.steps
        frames = self.protocol.want(topic, machine_ms(), step)
        if is_new:
            self._start()
            for frame in frames:
                self.session.send(frame)

    def unsubscribe(self, topic: Topic) -> None:
        """End interest; unknown topics are ignored."""
        if topic.kind is Channel.QUOTES:
            self._quoted.pop(topic.symbol, None)
        elif topic in self.protocol.steps:
            self.session.send(self.protocol.drop(topic))

    def _start(self) -> None:
        self.session.start()
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    # history

    async def history(
        self, symbol: str, interval: str, *, start: int | None, end: int | None, limit: int | None
    ) -> list[Candle]:
        """Return candles from `start` to `end` (ms), oldest first, the newest `limit` of them: asked for over the
        stream, 300 a page from the end backwards. Raises `VenueUnavailable` when no answer comes.

        Source: document, "Request k-line data history"
        """
        topic = Topic(Channel.CANDLES, symbol, interval)
        found: dict[int, Candle] = {}
        until = None if end is None else end // 1000
        for _ in range(_MAX_PAGES):
            page = await self._page(topic, until, MOST_BARS)
            fresh = [bar for bar in page if bar.time not in found]
            found.update((bar.time, bar) for bar in page)
            wanted = [bar for bar in found.values() if _within(bar.time, start, end)]
            oldest = min(found, default=0)
            reached = start is not None and oldest <= start
            if not fresh or reached or (limit is not None and len(wanted) >= limit):
                break
            until = oldest // 1000 - 1
        bars = sorted((bar for bar in found.values() if _within(bar.time, start, end)), key=lambda bar: bar.time)
        return bars if limit is None else bars[max(len(bars) - limit, 0) :]

    async def _page(self, topic: Topic, until: int | None, size: int) -> list[Candle]:
        answer: asyncio.Future[list[Candle]] = asyncio.get_running_loop().create_future()
        number, frame = self.protocol.ask(
            topic, lambda bars: None if answer.done() else answer.set_result(bars), end=until, size=size
        )
        self._start()
        self.session.send(frame)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return await answer
        except TimeoutError:
            text = f"The venue did not answer a request for {KLINES[topic.detail]} candles over its stream"
            raise VenueUnavailable(text) from None
        finally:
            self.protocol.forget(number)

    # quotes

    async def _ask_quotes(self) -> None:
        if not self._quoted:
            return
        for ticker in await self._read_quotes():
            if ticker.symbol in self._quoted and (ticker.bid is not None or ticker.ask is not None):
                # the stream tells the rest, and sooner
                self._deliver(Ticker(venue=ticker.venue, symbol=ticker.symbol, bid=ticker.bid, ask=ticker.ask))

    # state

    def _on_session(self, state: StreamState, reason: str | None) -> None:
        self._state = state, reason
        self._silent = None
        self._told_silent.clear()
        self._tell()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._silent_after_ms / 15_000)
            if self._state is None or self._state[0] is not StreamState.LIVE:
                continue
            now = machine_ms()
            self._watch_stream(now)
            self._watch_topics(now)

    def _watch_stream(self, now: int) -> None:
        """A venue may go on answering pings while it sends nothing else: then its stream is as good as lost."""
        silent_for = now - self.protocol.last_data
        owes_data = any(topic.kind is Channel.BOOK for topic in self.protocol.wanted)
        is_silent = owes_data and silent_for >= self._silent_after_ms
        self._silent = f"the venue lives, but has sent no data for {silent_for // 1000} s" if is_silent else None
        self._tell()
        if self._silent is not None and silent_for >= 2 * self._silent_after_ms:
            self.session.restart(self._silent)

    def _watch_topics(self, now: int) -> None:
        """A subscription that is neither acknowledged nor served (of a pair that does not exist, for one) is told."""
        protocol = self.protocol
        for topic in protocol.wanted:
            if topic.kind not in _MUST_SPEAK or topic in protocol.heard:
                self._told_silent.discard(topic)
            elif topic not in self._told_silent and now - protocol.asked[topic] >= self._silent_after_ms:
                self._told_silent.add(topic)
                self._on_topic(topic, f"the venue does not answer the subscription of {topic.name}")

    def _tell(self) -> None:
        if self._state is None:
            return
        state, reason = self._state
        if self._silent is not None:
            state, reason = StreamState.STALE, self._silent
        if state is not self._told:
            self._told = state
            self._on_status(state, reason)


def _within(moment: int, start: int | None, end: int | None) -> bool:
    return (start is None or moment >= start) and (end is None or moment <= end)
