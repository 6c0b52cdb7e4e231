"""Captured stream frames of a recorder (one JSON object a line) as recorded events: Crypto.com's later stream, v2.

Its frames hold whole books of 150 levels a side, and prints. The capture's own time counts, when a frame was received:
the venue's times go back now and then. Numbers keep the digits they were sent with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from terminal.domain import Side
from terminal.domain.numbers import parse_decimal

_LINE = msgspec.json.Decoder(dict[str, Any], float_hook=str)


class CapturedBook(NamedTuple):
    """A whole book: (side, price, quantity), received at `time` (ms)."""

    time: int
    symbol: str
    rows: Sequence[tuple[Side, Decimal, Decimal]]


class CapturedTrade(NamedTuple):
    """One print, received at `time` (ms)."""

    time: int
    symbol: str
    id: str
    price: Decimal
    quantity: Decimal
    side: Side


def is_capture(path: Path) -> bool:
    return path.name.endswith((".jsonl", ".jsonl.zst"))


def read_capture(path: Path) -> Iterator[CapturedBook | CapturedTrade]:
    """Read a capture frame by frame. Raises ValueError naming the line for what is none, or where the package that
    unpacks it is missing."""
    for number, line in enumerate(_lines(path), 1):
        try:
            entry = _LINE.decode(line)
            if entry.get("t") != "recv" or not isinstance(entry.get("data"), str):
                continue
            received = int(Decimal(entry["ts"]) * 1000)
            result = _LINE.decode(entry["data"]).get("result")
            if isinstance(result, dict):
                yield from _events(result, received)
        except (msgspec.DecodeError, ValueError, KeyError, TypeError) as broken:
            raise ValueError(f"{path.name}, line {number}: {broken}") from broken


def _events(result: dict[str, Any], received: int) -> Iterator[CapturedBook | CapturedTrade]:
    symbol, channel, data = result.get("instrument_name"), result.get("channel"), result.get("data") or []
    if channel == "book":
        for book in data:
            rows = [(Side.BUY, *_level(level)) for level in book["bids"]]
            rows += [(Side.SELL, *_level(level)) for level in book["asks"]]
            yield CapturedBook(received, str(symbol), rows)
    elif channel == "trade":
        for trade in reversed(data):  # the newest comes first
            yield CapturedTrade(
                received, str(symbol), str(trade["d"]), _number(trade["p"]), _number(trade["q"]), Side(trade["s"])
            )


def _level(row: Sequence[object]) -> tuple[Decimal, Decimal]:
    return _number(row[0]), _number(row[1])


def _number(value: object) -> Decimal:
    return parse_decimal(str(value))


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix != ".zst":
        with path.open("rb") as plain:
            yield from plain
        return
    try:
        import zstandard
    except ImportError:
        raise ValueError(f"{path.name}: unpacking it needs the package zstandard") from None
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as reader:
        rest = b""
        while piece := reader.read(1 << 20):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            yield rest
