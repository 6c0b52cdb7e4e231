"""Recorded books as this venue's wire: after every message the client's book equals a rebuild from the file alone."""

from __future__ import annotations

import csv
import gzip
import json
import logging
import os
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from terminal.connectors.chainup.parse import Parser
from terminal.connectors.chainup.stream import MarketStream, Topic
from terminal.connectors.wire import Malformed
from terminal.domain import Channel, InstrumentId
from terminal.market.hub import MarketHub
from terminal.simulator import cryptocom
from terminal.simulator.cryptocom import CryptoComVenue
from terminal.simulator.cryptocom_streams import Channel as Stream
from terminal.simulator.faults import FaultBoard
from terminal.simulator.replay import ReplayFlow
from terminal.simulator.sockets import ClientSocket
from terminal.simulator.state import MemoryStore
from terminal.simulator.world import WorldSettings, build_world

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(os.environ.get("FATHOM_MARKET_DATA", ROOT.parent / "shared" / "market-data"))
BOOK = RECORDED / "l2" / "binance_spot_btcusdt_20240809_l2.csv.gz"
CAPTURE = RECORDED / "raw" / "cryptofeed" / "CRYPTO.COM.jsonl.zst"
LEVELS = 150

D = Decimal
Side = dict[Decimal, Decimal]


class Wire(ClientSocket):
    """A client's socket that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.last_heard = 0

    def send(self, frame: bytes, *, key: str | None = None, binary: bool = False) -> None:
        assert binary
        assert key is None  # a change of a book must never be replaced by a newer frame
        self.frames.append(frame)


class Client:
    """The connector's side: what the stream tells, in the state that panels read."""

    def __init__(self) -> None:
        self.malformed = Malformed("cryptocom", logging.getLogger("test.replay"))
        self.stream = MarketStream(Parser("cryptocom", None, self.malformed))
        self.hub = MarketHub(lambda: 0)

    def read(self, wire: Wire) -> None:
        for frame in wire.frames:
            for event in self.stream.on_frame(frame, 1):
                self.hub.on_event(event)
        wire.frames.clear()

    def book(self, symbol: str, step: str = "") -> tuple[list[Any], list[Any]]:
        book = self.hub.book(InstrumentId("cryptocom", symbol), step).book
        return list(book.bids), list(book.asks)


def venue_of(*files: Path) -> CryptoComVenue:
    settings = WorldSettings(seed=1, replay=files, speed=1.0)
    venue = cryptocom.build(partial(build_world, settings=settings, store=MemoryStore(), faults=FaultBoard(seed=1)))
    venue.open_market()
    return venue


def flow_of(venue: CryptoComVenue) -> ReplayFlow:
    assert isinstance(venue._flow, ReplayFlow)
    return venue._flow


def subscribe(venue: CryptoComVenue, client: Client, wire: Wire, symbol: str, step: str) -> Stream:
    topic = Topic(Channel.BOOK, symbol, step)
    for frame in client.stream.want(topic, 0, step=None if step == "0" else step):
        venue._streams._hear(wire, frame)
    return Stream("depth", symbol, step)


def messages(path: Path) -> Iterator[list[dict[str, str]]]:
    """The rows of each recorded message: an independent reading of the file."""
    key, rows = None, []
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            if key is not None and (row["kind"], row["update_id"]) != key:
                yield rows
                rows = []
            key = (row["kind"], row["update_id"])
            rows.append(row)
    yield rows


def grouped(side: Side, step: Decimal, rounding: str, *, best_first: bool) -> list[tuple[Decimal, Decimal]]:
    """The best rows of a side in groups, as the venue's steps are: bids down, asks up."""
    sums: Side = {}
    for price, size in side.items():
        row = (price / step).to_integral_value(rounding=rounding) * step
        sums[row] = sums.get(row, D(0)) + size
    return sorted(sums.items(), reverse=best_first)[:LEVELS]


@pytest.mark.skipif(not BOOK.is_file(), reason=f"no recorded market data in {RECORDED.name}")
def test_after_every_recorded_message_the_book_equals_a_rebuild() -> None:
    venue, client, wire = venue_of(BOOK), Client(), Wire()
    flow, streams = flow_of(venue), venue._streams
    symbol = "btcusdt"
    assert list(venue.engine.instruments) == [symbol]
    fine, coarse = (subscribe(venue, client, wire, symbol, step) for step in ("0", "1"))
    tick = venue.engine.instruments[symbol].tick_size
    assert tick is not None
    bids: Side = {}
    asks: Side = {}
    seen = changes = 0
    start: str | None = None
    for number, rows in enumerate(messages(BOOK)):
        start = start or rows[0]["ts_ms"]
        at_start = rows[0]["ts_ms"] == start  # what stands at the first moment was played when the market opened
        if not at_start:
            flow._play()
        for row in rows:
            side = bids if row["side"] == "bid" else asks
            if row["kind"] == "snapshot" and number and row is rows[0]:
                bids.clear()
                asks.clear()
            if D(row["qty"]):
                side[D(row["price"])] = D(row["qty"])
            else:
                side.pop(D(row["price"]), None)
        if at_start:
            continue
        streams._push_book(fine)
        streams._push_book(coarse)
        changes += len(wire.frames)
        client.read(wire)
        best_bids, best_asks = sorted(bids.items(), reverse=True)[:LEVELS], sorted(asks.items())[:LEVELS]
        assert client.book(symbol) == (best_bids, best_asks), f"message {number}"
        if number % 50 == 0:
            # the simulated venue holds the best 200 levels a side: its groups are made of those
            shown_bids, shown_asks = dict(sorted(bids.items(), reverse=True)[:200]), dict(sorted(asks.items())[:200])
            told = client.book(symbol, "1")
            assert told[0] == grouped(shown_bids, tick * 10, ROUND_FLOOR, best_first=True)
            assert told[1] == grouped(shown_asks, tick * 10, ROUND_CEILING, best_first=False)
        seen += 1
    assert seen > 6_000
    assert changes > 2 * seen
    assert client.malformed.counts == {}


@pytest.mark.skipif(not CAPTURE.is_file(), reason=f"no recorded market data in {RECORDED.name}")
def test_recorded_frames_of_the_venue_feed_its_flow() -> None:
    """Ten pairs at once, whole books of 150 levels; held against an independent reading of the frames."""
    zstandard = pytest.importorskip("zstandard")
    venue, client, wire = venue_of(CAPTURE), Client(), Wire()
    flow, streams = flow_of(venue), venue._streams
    with CAPTURE.open("rb") as packed:
        text = zstandard.ZstdDecompressor().stream_reader(packed).read().decode()
    entries = [json.loads(line) for line in text.splitlines()]
    frames = [json.loads(entry["data"], parse_float=D, parse_int=D) for entry in entries if entry["t"] == "recv"]
    results = [frame["result"] for frame in frames if "result" in frame]
    told = [result for result in results if result["channel"] in ("book", "trade")]
    symbols = {str(result["instrument_name"]).replace("_", "").lower() for result in told}
    assert set(venue.engine.instruments) == symbols
    assert len(symbols) == 10
    channels = {symbol: subscribe(venue, client, wire, symbol, "0") for symbol in symbols}
    while flow._next is not None:
        flow._play()
        for channel in channels.values():
            streams._push_book(channel)
        client.read(wire)
    last = {str(result["instrument_name"]): result["data"][0] for result in results if result["channel"] == "book"}
    for name, book in last.items():
        symbol = name.replace("_", "").lower()
        expected_bids = sorted(((row[0], row[1]) for row in book["bids"]), reverse=True)
        expected_asks = sorted((row[0], row[1]) for row in book["asks"])
        assert client.book(symbol) == (expected_bids[:LEVELS], expected_asks[:LEVELS])
    prints = [(str(r["instrument_name"]), row) for r in results if r["channel"] == "trade" for row in r["data"][::-1]]
    assert len(prints) > 1_000
    newest = {name.replace("_", "").lower(): (row["p"], row["q"], str(row["d"])) for name, row in prints}
    for symbol, expected in newest.items():
        trade = venue.engine.recent_trades(symbol)[-1]
        assert (trade.price, trade.quantity, trade.id) == expected
    assert client.malformed.counts == {}
