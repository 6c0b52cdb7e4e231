"""HashKey's market streams as one: the preferred version first, the older one for what it does not deliver.

A topic moves to the next version when the venue refuses it, when it stays silent on a socket that lives, or when
the version's socket is refused altogether (PROTOCOLS 2.7). To the outside there is one stream, `public`, whose
state is the worst of the versions in use.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from terminal.connectors.contract import Event, Tap
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.stream import PublicStream, Topic, offers
from terminal.connectors.redaction import Redactor
from terminal.connectors.stream_session import StreamSession, StreamTiming, guarded
from terminal.domain.kinds import StreamState

log = logging.getLogger(__name__)

TIMING = StreamTiming(heartbeat_every=10.0, stale_after=6.0, reconnect_after=30.0, probe_after=3.0)
"""The client pings every 10 s and is answered; no frame for 30 s means a dead socket (PROTOCOLS 2.7)."""

_SILENT_FOR_S = 10.0
_NO_SUCH_STREAM = frozenset({404, 405, 410, 501})
_OFTEN_QUIET = frozenset({"depth", "bbo"})
_WORST_FIRST = (StreamState.DOWN, StreamState.CONNECTING, StreamState.STALE, StreamState.LIVE)


@dataclass(slots=True)
class _Line:
    version: str
    protocol: PublicStream
    session: StreamSession
    state: StreamState | None = None
    reason: str | None = None
    was_live: bool = False


class _Asked(NamedTuple):
    """When a topic was last subscribed to, and how many frames its line had received by then."""

    at: float
    messages: int


class PublicFeed:
    """All market subscriptions of one connector. `on_status` gets the merged state and its reason."""

    def __init__(
        self,
        *,
        versions: tuple[str, ...],
        compressed: bool = False,
        base_url: str,
        parser: Parser,
        deliver: Callable[[Event], None],
        on_status: Callable[[StreamState, str | None], None],
        redact: Redactor,
        tap: Tap | None,
        timing: StreamTiming = TIMING,
        silent_for: float = _SILENT_FOR_S,
    ) -> None:
        self._versions = versions
        self._compressed = compressed
        self._base_url = base_url
        self._parser = parser
        self._deliver = deliver
        self._on_status = guarded(on_status, f"{parser.venue} public")
        self._redact = redact
        self._tap = tap
        self._timing = timing
        self._silent_for = silent_for
        self._lines: dict[str, _Line] = {}
        self._home: dict[Topic, str] = {}
        self._asked: dict[Topic, _Asked] = {}
        self._refused: set[str] = set()
        self._told: StreamState | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def messages(self) -> int:
        return sum(line.protocol.messages for line in self._lines.values())

    @property
    def reconnects(self) -> int:
        return sum(line.session.reconnects for line in self._lines.values())

    @property
    def latency_ms(self) -> int | None:
        known = [line.protocol.latency_ms for line in self._lines.values() if line.protocol.latency_ms is not None]
        return known[0] if known else None

    @property
    def last_heard(self) -> int | None:
        heard = [line.session.last_heard for line in self._lines.values() if line.session.last_heard is not None]
        return max(heard, default=None)

    def subscribe(self, topic: Topic) -> None:
        """Register interest; the first one opens the socket."""
        if topic in self._home:
            return
        version = self._choose(topic, self._versions)
        if version is None:
            log.warning("%s: no usable version of the stream has %s", self._parser.venue, topic.kind)
            return
        self._settle(topic, version)
        if self._watching is None and len(self._versions) > 1:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def unsubscribe(self, topic: Topic) -> None:
        """End interest; unknown topics are ignored."""
        version = self._home.pop(topic, None)
        self._asked.pop(topic, None)
        if version is not None:
            self._drop(self._lines[version], topic)

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._closing is not None:
            await self._closing
        await asyncio.gather(*(line.session.close() for line in self._lines.values()))

    def _choose(self, topic: Topic, versions: tuple[str, ...]) -> str | None:
        usable = (version for version in versions if version not in self._refused and offers(version, topic.kind))
        return next(usable, None)

    def _settle(self, topic: Topic, version: str) -> None:
        line = self._lines.get(version) or self._open(version)
        self._home[topic] = version
        self._asked[topic] = _asked_now(line)
        line.session.send(line.protocol.want(topic))

    def _drop(self, line: _Line, topic: Topic) -> None:
        line.session.send(line.protocol.drop(topic))
        rest = line.protocol.drop_rest(topic)
        if rest is not None:
            line.session.send(rest)

    def _open(self, version: str) -> _Line:
        url = f"{self._base_url}/quote/ws/{version}"

        async def address() -> str:
            return url

        protocol = PublicStream(
            version,
            self._parser,
            lambda topic, why: self._on_refused_topic(version, topic, why),
            compressed=self._compressed,
        )
        session = StreamSession(
            name=f"public {version}",
            venue=self._parser.venue,
            account=None,
            address=address,
            protocol=protocol,
            deliver=self._deliver,
            on_status=lambda state, reason: self._on_line(version, state, reason),
            timing=self._timing,
            redact=self._redact,
            tap=self._tap,
            on_refused=lambda status: self._on_refused_socket(version, status),
        )
        line = self._lines[version] = _Line(version, protocol, session)
        session.start()
        return line

    # fallback

    def _on_refused_topic(self, version: str, topic: Topic | None, why: str) -> None:
        if topic is not None:
            self._fall_back(topic, version, why)

    def _on_refused_socket(self, version: str, status: int) -> None:
        """Leave a version whose socket does not exist; what no other version has is not delivered any more."""
        if status not in _NO_SUCH_STREAM or version == self._versions[-1]:
            return
        self._refused.add(version)
        for topic in [topic for topic, home in self._home.items() if home == version]:
            if not self._fall_back(topic, version, f"HTTP {status}"):
                log.warning("%s: %s is not delivered: HTTP %d", self._parser.venue, topic, status)
                self.unsubscribe(topic)
        self._closing = asyncio.get_running_loop().create_task(self._lines.pop(version).session.close())

    def _fall_back(self, topic: Topic, version: str, why: str) -> bool:
        target = self._choose(topic, self._versions[self._versions.index(version) + 1 :])
        if target is None or self._home.get(topic) != version:
            return False
        log.info("%s: %s moves from stream %s to %s: %s", self._parser.venue, topic, version, target, why)
        self._drop(self._lines[version], topic)
        self._settle(topic, target)
        self._tell()
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._silent_for / 4)
            for line in list(self._lines.values()):
                if line.state is StreamState.LIVE:
                    for topic in [topic for topic in line.protocol.wanted if self._is_silent(topic, line)]:
                        self._fall_back(topic, line.version, "silent while the socket lives")

    def _is_silent(self, topic: Topic, line: _Line) -> bool:
        """Tell whether a topic should have spoken by now; a book in a quiet market need not, once acknowledged."""
        protocol, asked, now = line.protocol, self._asked[topic], _asked_now(line)
        if topic in protocol.heard or (topic.kind in _OFTEN_QUIET and topic in protocol.acknowledged):
            return False
        return now.at - asked.at >= self._silent_for and now.messages > asked.messages

    # state

    def _on_line(self, version: str, state: StreamState, reason: str | None) -> None:
        line = self._lines.get(version)
        if line is None:
            return  # a version that was given up
        line.state, line.reason = state, reason
        if state is StreamState.LIVE:
            line.was_live = True
            self._asked.update(dict.fromkeys(line.protocol.wanted, _asked_now(line)))
        self._tell()

    def _tell(self) -> None:
        used = [line for line in self._lines.values() if line.protocol.wanted] or list(self._lines.values())
        # a version that comes in beside another takes nothing away from what is live already
        used = [line for line in used if line.was_live] or used
        for state in _WORST_FIRST:
            worst = next((line for line in used if line.state is state), None)
            if worst is not None:
                if self._told is not state:
                    self._told = state
                    self._on_status(state, worst.reason)
                return


def _asked_now(line: _Line) -> _Asked:
    return _Asked(asyncio.get_running_loop().time(), line.protocol.messages)
