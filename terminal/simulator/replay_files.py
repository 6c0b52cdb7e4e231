"""Recorded sessions on disk: which symbol a file is about, its digits, and its events in order of time.

Three kinds of CSV, plain or gzipped, told apart by their header line: order-book messages (`_l2`), public prints
(`_trades`) and one-minute candles (klines); and captured frames (`replay_capture`). Prices and sizes keep the digits
they were recorded with.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from terminal.domain import Side
from terminal.domain.numbers import parse_decimal, plain
from terminal.simulator.replay_capture import CapturedTrade, is_capture, read_capture

_BOOK = ("ts_ms", "recv_ns", "kind", "update_id", "side", "price", "qty")
_TRADES = ("ts_ms", "recv_ns", "trade_id", "price", "qty", "side")
_TRADES_OF_SEVERAL = ("ts_ms", "trade_id", "symbol", "price", "qty", "side")
_KLINES = ("open_time_ms", "open", "high", "low", "close", "volume")

_MARKETS = frozenset({"spot", "usdm", "coinm", "futures"})
_END_OF_SYMBOL = re.compile(r"[0-9]{4,8}|[0-9]+[mhd]|v[0-9]+|l2|trades|klines")
_SIDES = {"bid": Side.BUY, "ask": Side.SELL}
_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class BookMessage:
    """One venue message: absolute sizes (side, price, quantity) to be applied together; 0 removes a level."""

    time: int
    symbol: str
    is_snapshot: bool
    rows: Sequence[tuple[Side, Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class RecordedTrade:
    """One public print; `side` is the aggressor."""

    time: int
    symbol: str
    id: str
    price: Decimal
    quantity: Decimal
    side: Side


@dataclass(frozen=True, slots=True)
class RecordedMinute:
    """One closed one-minute candle; `time` is when it closed."""

    time: int
    symbol: str
    opened: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


Event = BookMessage | RecordedTrade | RecordedMinute


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file, read once to check it. `steps` has tick and lot a symbol: the finest digits it was written with.

    `spell` turns a recorded symbol into the venue's own spelling, in which `steps` has it.
    """

    path: Path
    kind: str
    start: int
    steps: dict[str, tuple[Decimal, Decimal]]
    spell: Callable[[str], str] = str

    def events(self) -> Iterator[Event]:
        """Read the file again, event by event, in order of time."""
        return (replace(event, symbol=self.spell(event.symbol)) for event in _READERS[self.kind](self.path))


def symbol_of(path: Path) -> str:
    """Return the symbol a file's name tells: binance_spot_btcusdt_20240809_l2.csv.gz -> BTCUSDT.

    The name is venue, market (may be missing), symbol, then a date or an interval. Raises ValueError if it is not.
    """
    parts = path.name.split(".")[0].split("_")[1:]
    if parts and parts[0] in _MARKETS:
        del parts[0]
    symbol: list[str] = []
    for part in parts:
        if _END_OF_SYMBOL.fullmatch(part):
            break
        symbol.append(part)
    if not symbol:
        raise ValueError(f"{path.name}: the name must tell venue, symbol and date, like binance_spot_btcusdt_20240809")
    return "_".join(symbol).upper()


def open_recording(path: Path, spell: Callable[[str], str] = str) -> Recording:
    """Check a whole file and return what is in it; raises ValueError naming file, line and rule."""
    if is_capture(path):
        return _open_capture(path, spell)
    kind = ""
    start: int | None = None
    last = 0
    digits: dict[str, tuple[set[str], set[str]]] = {}
    line = 1
    try:
        for header, row in _rows(path):
            line += 1
            if not kind:
                kind = _kind_of(header)
                symbol = "" if header == _TRADES_OF_SEVERAL else symbol_of(path)
            if len(row) != len(header):
                raise ValueError(f"must have {len(header)} fields, not {len(row)}")
            time = int(row[0])
            if time < last:
                raise ValueError("times must not go back")
            last = time
            start = time if start is None else start
            prices, sizes = digits.setdefault(symbol or row[2], (set(), set()))
            if kind == "klines":
                prices.update(row[1:5])
                sizes.add(row[5])
            elif kind == "l2":
                if row[4] not in _SIDES or row[2] not in {"snapshot", "update"}:
                    raise ValueError(f"kind must be snapshot or update and side bid or ask, not {row[2]}, {row[4]}")
                prices.add(row[5])
                sizes.add(row[6])
            else:
                Side(row[5])
                prices.add(row[3])
                sizes.add(row[4])
    except (ValueError, EOFError, gzip.BadGzipFile) as broken:
        raise ValueError(f"{path.name}, line {line}: {broken}") from broken
    if start is None:
        raise ValueError(f"{path.name}: no recorded row")
    steps = {spell(name): (_step(path, prices), _step(path, sizes)) for name, (prices, sizes) in digits.items()}
    return Recording(path=path, kind=kind, start=start, steps=steps, spell=spell)


def _open_capture(path: Path, spell: Callable[[str], str]) -> Recording:
    start: int | None = None
    digits: dict[str, tuple[set[str], set[str]]] = {}
    for event in read_capture(path):
        start = event.time if start is None else start
        prices, sizes = digits.setdefault(event.symbol, (set(), set()))
        if isinstance(event, CapturedTrade):
            prices.add(plain(event.price))
            sizes.add(plain(event.quantity))
        else:
            prices.update(plain(price) for _, price, _ in event.rows)
            sizes.update(plain(quantity) for _, _, quantity in event.rows)
    if start is None:
        raise ValueError(f"{path.name}: no recorded frame")
    steps = {spell(name): (_step(path, prices), _step(path, sizes)) for name, (prices, sizes) in digits.items()}
    return Recording(path=path, kind="capture", start=start, steps=steps, spell=spell)


def _kind_of(header: tuple[str, ...]) -> str:
    if header == _BOOK:
        return "l2"
    if header in {_TRADES, _TRADES_OF_SEVERAL}:
        return "trades"
    if header == _KLINES:
        return "klines"
    raise ValueError(f"the header names no known recording: {','.join(header)[:120]}")


def _step(path: Path, texts: set[str]) -> Decimal:
    """Return the finest step that all these numbers are multiples of: one of their last non-zero digit."""
    decimals = 0
    for text in texts:
        try:
            number = parse_decimal(text)
        except ValueError as broken:
            raise ValueError(f"{path.name}: {broken}") from broken
        if number < 0:
            raise ValueError(f"{path.name}: prices and sizes must not be negative, as {text} is")
        fraction = text.partition(".")[2]
        decimals = max(decimals, len(fraction.rstrip("0")))
    return Decimal(1).scaleb(-decimals)


def _rows(path: Path) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        header = tuple(next(reader, ()))
        for row in reader:
            yield header, row


def _read_book(path: Path) -> Iterator[Event]:
    symbol = symbol_of(path)
    key: tuple[str, str] | None = None
    time = 0
    rows: list[tuple[Side, Decimal, Decimal]] = []
    for _, (ts_ms, _, kind, update_id, side, price, quantity) in _rows(path):
        if (kind, update_id) != key:
            if key is not None:
                yield BookMessage(time, symbol, key[0] == "snapshot", rows)
            key, time, rows = (kind, update_id), int(ts_ms), []
        rows.append((_SIDES[side], Decimal(price), Decimal(quantity)))
    if key is not None:
        yield BookMessage(time, symbol, key[0] == "snapshot", rows)


def _read_trades(path: Path) -> Iterator[Event]:
    symbol: str | None = None
    for header, row in _rows(path):
        if header == _TRADES_OF_SEVERAL:
            ts_ms, trade_id, of, price, quantity, side = row
        else:
            symbol = symbol or symbol_of(path)
            ts_ms, _, trade_id, price, quantity, side = row
            of = symbol
        yield RecordedTrade(int(ts_ms), of, trade_id, Decimal(price), Decimal(quantity), Side(side))


def _read_klines(path: Path) -> Iterator[Event]:
    symbol = symbol_of(path)
    for _, (opened, *numbers) in _rows(path):
        o, h, low, c, volume = (Decimal(number) for number in numbers)
        yield RecordedMinute(int(opened) + _MINUTE, symbol, int(opened), o, h, low, c, volume)


def _read_capture(path: Path) -> Iterator[Event]:
    for event in read_capture(path):
        if isinstance(event, CapturedTrade):
            yield RecordedTrade(event.time, event.symbol, event.id, event.price, event.quantity, event.side)
        else:
            yield BookMessage(event.time, event.symbol, True, event.rows)


_READERS: dict[str, Callable[[Path], Iterator[Event]]] = {
    "l2": _read_book,
    "trades": _read_trades,
    "klines": _read_klines,
    "capture": _read_capture,
}
