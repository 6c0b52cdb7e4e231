"""Faults at one venue, one after the other by a minute's plan, each followed to its mark and to its repair."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from terminal.connectors.contract import Event
from terminal.domain import BookSnapshot, InstrumentId, Source, StreamState, StreamStatus
from tests.soak.client import Client
from tests.soak.figures import REPAIR_WITHIN, Injection
from tests.soak.venue import Admin, Levels, Print, until

PLAN: Sequence[tuple[float, str]] = (
    (3.0, "disconnect"),
    (18.0, "crossed book"),
    (25.0, "malformed frame"),
    (32.0, "silence"),
    (55.0, "crossed book"),
)
"""Seconds into each minute. One that is due while the last is still being followed begins after it."""

EQUAL_WITHIN = 10.0
LOOKED_FOR_S = 20.0


class Injector:
    """Injects at one venue and keeps what became of each fault in `done`."""

    def __init__(
        self, client: Client, admin: Admin, venue: str, *, began: float, plan: Sequence[tuple[float, str]]
    ) -> None:
        self.done: list[Injection] = []
        self.lost_prints: list[str] = []
        self.unmarked_crossed = 0
        self.frozen_s = 0.0
        self._client = client
        self._admin = admin
        self._venue = venue
        self._began = began
        self._plan = plan
        self._random = random.Random(5)
        self._current: Injection | None = None
        self._at = 0.0
        self._marked_at: float | None = None
        self._live_since = 0

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self, seconds: float) -> None:
        """Follow the plan, minute after minute, for so long."""
        minute = 0
        while True:
            for offset, kind in self._plan:
                due = self._began + minute * 60 + offset
                if due > self._began + seconds:
                    return
                await asyncio.sleep(max(0.0, due - self._now))
                await self.inject(kind)
            minute += 1

    def on_event(self, event: Event) -> None:
        """Look at each market event right after the hub has applied it."""
        current = self._current
        if isinstance(event, StreamStatus) and event.venue == self._venue and event.account is None:
            if event.state is StreamState.LIVE:
                self._live_since = event.time or 0
            elif current is not None and current.kind in ("disconnect", "silence"):
                self._mark(current, self._client.still_live(self._venue))
        elif (
            isinstance(event, BookSnapshot)
            and event.venue == self._venue
            and event.source is Source.STREAM
            and event.bids
            and event.asks
            and event.bids[0][0] >= event.asks[0][0]
        ):
            is_trusted = self._client.market.hub.book(InstrumentId(event.venue, event.symbol)).freshness.is_reliable
            self.unmarked_crossed += is_trusted
            if current is not None and current.kind == "crossed book" and event.symbol == current.symbol:
                self._mark(current, [f"{event.symbol} book"] if is_trusted else [])

    def _mark(self, injection: Injection, still_trusted: Sequence[str]) -> None:
        if self._marked_at is None:
            self._marked_at = self._now
            injection.lateness = self._client.worst_lateness(self._at)
            injection.still_trusted = tuple(still_trusted)

    async def inject(self, kind: str) -> Injection:
        """Inject one fault, follow it to its end and compare everything with the venue."""
        is_of_book = kind in ("crossed book", "malformed frame")
        symbol = self._random.choice(self._client.instruments(self._venue)).symbol if is_of_book else None
        injection = Injection(kind=kind, venue=self._venue, symbol=symbol, at=self._now - self._began)
        self.done.append(injection)
        malformed = self._client.malformed(self._venue)
        self._follow(injection)
        rules: dict[str, dict[str, object]] = {
            "disconnect": {"kind": "drop", "channel": "public", "count": 1},
            "silence": {"kind": "silence", "channel": "public"},
            "crossed book": {"kind": "crossed", "channel": "depth", "symbol": symbol, "count": 1},
            "malformed frame": {"kind": "garbage", "channel": "depth", "symbol": symbol, "count": 1},
        }
        await self._admin.fault(**rules[kind])

        version = 0

        def is_noticed() -> bool:
            nonlocal version
            if (
                kind == "malformed frame"
                and self._marked_at is None
                and self._client.malformed(self._venue) > malformed
            ):
                version = self._version(symbol)
                self._mark(injection, [])
            return self._marked_at is not None

        # looked for far beyond the limit, so that a late mark is told from a missing one
        end = self._now + LOOKED_FOR_S
        while not is_noticed() and self._now < end:
            asked = self._now
            if kind != "silence" and not await self._admin.has_fired():
                self._at = asked  # a quiet book has no frame to spoil yet
            await asyncio.sleep(0.005)
        if self._marked_at is not None:
            injection.marked = self._marked_at - self._at
        await self._admin.clear()
        repair_from = self._now if kind == "silence" else self._at

        def is_repaired() -> bool:
            is_told_again = kind != "malformed frame" or self._version(symbol) > version
            return is_told_again and self._client.is_whole(self._venue)

        if await until(is_repaired, REPAIR_WITHIN[kind] + 15):
            injection.repaired = self._now - repair_from
        self._current = None
        await self._compare(injection)
        return injection

    def _follow(self, injection: Injection) -> None:
        self._current, self._at, self._marked_at = injection, self._now, None

    def _version(self, symbol: str | None) -> int:
        return 0 if symbol is None else self._client.market.hub.book(InstrumentId(self._venue, symbol)).version

    async def _compare(self, injection: Injection) -> None:
        """Stop the market for a moment: every book must equal the venue's, and the newest prints be on the tape."""
        began = self._now
        await self._admin.market(freeze=True)
        try:
            symbols = [id.symbol for id in self._client.instruments(self._venue)]
            wanted = {symbol: await self._admin.book(symbol) for symbol in symbols}
            await until(lambda: not self._unequal(wanted), EQUAL_WITHIN, every=0.05)
            unequal = self._unequal(wanted)
            for symbol in unequal:  # a level may have been moving when the market was stopped
                wanted[symbol] = await self._admin.book(symbol)
            injection.unequal = tuple(self._unequal(wanted)) if unequal else ()
            for symbol in symbols:
                missing = (await self._prints(symbol)) - self._tape(symbol)
                self.lost_prints += [
                    f"{symbol} {price} x {size} at {time}" for time, price, size, _ in missing.elements()
                ]
        finally:
            await self._admin.market(freeze=False)
            self.frozen_s += self._now - began

    def _unequal(self, wanted: dict[str, tuple[Levels, Levels]]) -> list[str]:
        found: list[str] = []
        for symbol, (bids, asks) in wanted.items():
            book = self._client.market.hub.book(InstrumentId(self._venue, symbol)).book
            # the pushed book may be less deep than the listing; what it holds must be the same
            ours, theirs = (list(book.bids), list(book.asks)), (bids, asks)
            depths = [min(len(mine), len(other)) for mine, other in zip(ours, theirs, strict=True)]
            same = all(m[:n] == o[:n] for m, o, n in zip(ours, theirs, depths, strict=True))
            if not same or any(not n and (m or o) for m, o, n in zip(ours, theirs, depths, strict=True)):
                found.append(symbol)
        return found

    async def _prints(self, symbol: str) -> Counter[Print]:
        """The venue's prints since the stream last came up: what was told to a stream that lived."""
        found = await self._admin.prints(symbol)
        return Counter({entry: count for entry, count in found.items() if entry[0] > self._live_since + 1_000})

    def _tape(self, symbol: str) -> Counter[Print]:
        trades = self._client.market.hub.tape(InstrumentId(self._venue, symbol)).trades
        return Counter((t.time, t.price, t.quantity, t.side.value == "buy") for t in trades)
