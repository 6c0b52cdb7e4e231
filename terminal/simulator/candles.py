"""Candles and 24 h figures of the simulated venue: seeded history, then every public print."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from terminal.domain import INTERVALS, Instrument, Side, Trade
from terminal.domain.numbers import ZERO, plain
from terminal.simulator.candle_seed import (
    Bars,
    SimCandle,
    aggregate,
    bucket_start,
    flat_candle,
    next_bucket,
    seeded_bars,
    to_candles,
)

__all__ = ["CandleStore", "SimCandle", "Ticker24h"]

_MINUTE = 60_000
_DAY = 86_400_000
_MOST_SEEDED_BARS = 5_000
"""Newest seeded bars of an interval that are handed out; daily ones reach back 13 years."""
_MOST_EMPTY_BARS = 5_000
"""Bars without a trade that one pause can add to a series: more than any client asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker24h:
    """What happened in the last 24 hours."""

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    base_volume: Decimal
    quote_volume: Decimal


class _Series:
    """One symbol's bars of one interval, ascending without gaps; the last one is still open."""

    __slots__ = ("_times", "bars", "interval", "next_start")

    def __init__(self, interval: str, bars: list[SimCandle]) -> None:
        self.interval = interval
        self.bars = bars
        self._times = [bar.t for bar in bars]
        self.next_start = next_bucket(bars[-1].t, interval) if bars else 0

    def advance(self, time: int) -> None:
        """Open bars up to the one that holds `time`, each at the last close."""
        if not self.bars or time < self.next_start:
            return
        close = self.bars[-1].c
        start = self.next_start
        target = bucket_start(time, self.interval)
        if self.interval != "1M":
            start = max(start, target - _MOST_EMPTY_BARS * (next_bucket(target, self.interval) - target))
        while start <= target:
            self._append(flat_candle(start, close))
            start = self.next_start

    def add(self, price: Decimal, quantity: Decimal, value: Decimal, *, time: int, taker_buys: bool) -> None:
        if not self.bars:
            self._append(flat_candle(bucket_start(time, self.interval), price))
        self.advance(time)
        bar = self.bars[-1]
        if time < bar.t:
            return  # a print from before the open bar: the bars behind are closed
        if bar.v == 0:
            # a bar opens with its first trade, not with the last close of the one before
            bar.o = bar.h = bar.l = price
        bar.h = max(bar.h, price)
        bar.l = min(bar.l, price)
        bar.c = price
        bar.v += quantity
        bar.qv += value
        bar.n += 1
        if taker_buys:
            bar.tb += quantity
            bar.tq += value

    def _append(self, bar: SimCandle) -> None:
        self.bars.append(bar)
        self._times.append(bar.t)
        self.next_start = next_bucket(bar.t, self.interval)

    def put(self, minute: SimCandle) -> None:
        """Add a whole minute to the end of the series."""
        count = len(self.bars)
        _fold(self.bars, minute, self.interval)
        if len(self.bars) > count:
            self._times.append(self.bars[-1].t)
            self.next_start = next_bucket(self.bars[-1].t, self.interval)

    def since(self, start: int) -> list[SimCandle]:
        return self.bars[bisect_left(self._times, start) :]

    def between(self, start: int | None, end: int | None, limit: int) -> list[SimCandle]:
        low = 0 if start is None else bisect_left(self._times, start)
        high = len(self._times) if end is None else bisect_right(self._times, end)
        # a range is read from its start, an open end from the newest
        if start is None:
            low = max(low, high - limit)
        else:
            high = min(high, low + limit)
        return self.bars[low:high]


class CandleStore:
    """Bars of every interval a symbol, at least 1,000 of each from before `now` (months: since 1970).

    History is drawn from `seed` on first use and is the same however and whenever it is asked for. A symbol
    without a start price has no history: its bars begin with its first trade.
    """

    def __init__(
        self, instruments: Sequence[Instrument], prices: Mapping[str, Decimal], *, seed: int, now: int
    ) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        self._prices = {symbol: price for symbol, price in prices.items() if symbol in self._instruments}
        self._seed = seed
        self._began = now
        self._now = now
        self._layers: dict[str, tuple[Bars, ...]] = {}
        self._live: dict[str, _Series] = {}  # one-minute bars since the beginning, what the state keeps
        self._series: dict[tuple[str, str], _Series] = {}
        self._day: dict[str, tuple[int, Ticker24h]] = {}  # minute -> figures of the closed minutes before it

    def on_trade(self, trade: Trade) -> None:
        """Add one public print to every series of its symbol."""
        symbol = trade.symbol
        value = trade.price * trade.quantity
        taker_buys = trade.side is Side.BUY
        self._minutes(symbol).add(trade.price, trade.quantity, value, time=trade.time, taker_buys=taker_buys)
        for interval in INTERVALS:
            series = self._series.get((symbol, interval))
            if series is not None:
                series.add(trade.price, trade.quantity, value, time=trade.time, taker_buys=taker_buys)

    def restart(self, instrument: Instrument) -> None:
        """Forget an instrument's bars, or take in a new one: its bars begin with its first trade or minute."""
        symbol = instrument.symbol
        self._instruments[symbol] = instrument
        self._prices.pop(symbol, None)
        self._layers.pop(symbol, None)
        self._day.pop(symbol, None)
        self._live[symbol] = _Series("1m", [])
        for interval in INTERVALS:
            self._series.pop((symbol, interval), None)

    def add_minute(self, symbol: str, minute: SimCandle) -> None:
        """Add a closed one-minute bar that is newer than all there is."""
        self._minutes(symbol).put(minute)
        for interval in INTERVALS:
            series = self._series.get((symbol, interval))
            if series is not None:
                series.put(minute)

    def on_time(self, now: int, symbols: Iterable[str]) -> None:
        """Open the bars of `symbols` that begin until `now`, also where nothing trades."""
        self._now = now
        for symbol in symbols:
            self._minutes(symbol).advance(now)
            for interval in INTERVALS:
                series = self._series.get((symbol, interval))
                if series is not None:
                    series.advance(now)

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the close of the newest bar; None while nothing is known."""
        bars = self._minutes(symbol).bars
        return bars[-1].c if bars else None

    def recent_minutes(self, symbol: str, count: int) -> list[SimCandle]:
        """Return the newest one-minute bars, without building the whole series."""
        live = self._minutes(symbol).bars[-count:]
        missing = count - len(live) + 1
        if symbol not in self._prices or missing <= 1:
            return live
        return [*to_candles(self._seeded(symbol)[0][-missing:-1], self._instruments[symbol]), *live]

    def history(
        self, symbol: str, interval: str, *, limit: int, start: int | None = None, end: int | None = None
    ) -> list[SimCandle]:
        """Return up to `limit` bars that open within start..end (ms, both included), ascending: the first of them
        when `start` is given, else the newest. Raises KeyError for an unknown symbol or interval."""
        return self._of(symbol, interval).between(start, end, limit)

    def current(self, symbol: str, interval: str) -> SimCandle | None:
        """Return the bar that is still open; None while nothing has traded."""
        bars = self._of(symbol, interval).bars
        return bars[-1] if bars else None

    def ticker24h(self, symbol: str) -> Ticker24h | None:
        """Return the figures of the last 24 h, to the minute; None while nothing has traded."""
        minutes = self._minutes(symbol)
        if not minutes.bars:
            return None
        current = minutes.bars[-1]
        cached = self._day.get(symbol)
        if cached is None or cached[0] != current.t:
            cached = (current.t, self._closed_day(symbol, current))
            self._day[symbol] = cached
        closed = cached[1]
        return Ticker24h(
            symbol=symbol,
            open=closed.open,
            high=max(closed.high, current.h),
            low=min(closed.low, current.l),
            last=current.c,
            base_volume=closed.base_volume + current.v,
            quote_volume=closed.quote_volume + current.qv,
        )

    def export_state(self) -> dict[str, object]:
        """Return all that was added to the seeded history, as plain JSON values."""
        return {
            "seed": self._seed,
            "began": self._began,
            "prices": {symbol: plain(price) for symbol, price in self._prices.items()},
            "minutes": {symbol: [_dump(bar) for bar in live.bars] for symbol, live in self._live.items()},
        }

    def import_state(self, state: Mapping[str, Any]) -> None:
        """Continue from an exported state; raises ValueError naming what is missing or malformed."""
        try:
            self._seed = int(state["seed"])
            self._began = int(state["began"])
            self._prices = {symbol: Decimal(price) for symbol, price in state["prices"].items()}
            live = {symbol: [_load(row) for row in rows] for symbol, rows in state["minutes"].items()}
        except KeyError as missing:
            raise ValueError(f"the candles' state lacks {missing}") from missing
        except (TypeError, ArithmeticError, AttributeError) as malformed:
            raise ValueError(f"the candles' state is malformed: {malformed}") from malformed
        self._layers = {}
        self._series = {}
        self._day = {}
        self._live = {symbol: _Series("1m", bars) for symbol, bars in live.items() if symbol in self._instruments}

    def export_newest(self, since: int) -> dict[str, object]:
        """Return the minutes that open at or after `since` (ms), as plain JSON values: small enough to save often."""
        return {symbol: [_dump(bar) for bar in live.since(since)] for symbol, live in self._live.items()}

    def import_newest(self, minutes: Mapping[str, Any]) -> None:
        """Put newer minutes in the place of those that an imported state has; raises ValueError when malformed."""
        try:
            newest = {symbol: [_load(row) for row in rows] for symbol, rows in minutes.items()}
        except (TypeError, ValueError, ArithmeticError, AttributeError) as malformed:
            raise ValueError(f"the candles' newest minutes are malformed: {malformed}") from malformed
        for symbol, bars in newest.items():
            if bars and symbol in self._instruments:
                older = [bar for bar in self._minutes(symbol).bars if bar.t < bars[0].t]
                self._live[symbol] = _Series("1m", [*older, *bars])
        self._series = {}
        self._day = {}

    def _minutes(self, symbol: str) -> _Series:
        live = self._live.get(symbol)
        if live is None:
            if symbol not in self._instruments:
                raise KeyError(symbol)
            bars = []
            if symbol in self._prices:
                bars = to_candles(self._seeded(symbol)[0][-1:], self._instruments[symbol])
            live = self._live[symbol] = _Series("1m", bars)
            live.advance(self._now)
        return live

    def _seeded(self, symbol: str) -> tuple[Bars, ...]:
        layers = self._layers.get(symbol)
        if layers is None:
            layers = seeded_bars(
                symbol, self._instruments[symbol], self._prices[symbol], seed=self._seed, now=self._began
            )
            self._layers[symbol] = layers
        return layers

    def _of(self, symbol: str, interval: str) -> _Series:
        series = self._series.get((symbol, interval))
        if series is None:
            series = self._series[symbol, interval] = self._build(symbol, interval)
        return series

    def _build(self, symbol: str, interval: str) -> _Series:
        if interval not in INTERVALS:
            raise KeyError(interval)
        bars: list[SimCandle] = []
        live = self._minutes(symbol).bars
        if symbol in self._prices:
            layers = self._seeded(symbol)
            # the minute in which the world began lives on in the live bars
            seeded = aggregate((layers[0][:-1], *layers[1:]), interval)[-_MOST_SEEDED_BARS:]
            bars = to_candles(seeded, self._instruments[symbol])
        for minute in live:
            _fold(bars, minute, interval)
        return _Series(interval, bars)

    def _closed_day(self, symbol: str, current: SimCandle) -> Ticker24h:
        """Sum up the closed minutes of the 24 h that end with the minute of `current`."""
        since = current.t + _MINUTE - _DAY
        bars = [bar for bar in self._minutes(symbol).bars[:-1] if bar.t >= since]
        if symbol in self._prices:
            minutes = self._seeded(symbol)[0][:-1]
            recent = minutes[int(minutes.t.searchsorted(since)) :]
            if len(recent):
                bars = [*_sum_up(recent, self._instruments[symbol]), *bars]
        return Ticker24h(
            symbol=symbol,
            open=bars[0].o if bars else current.o,
            high=max((bar.h for bar in bars), default=current.h),
            low=min((bar.l for bar in bars), default=current.l),
            last=current.c,
            base_volume=sum((bar.v for bar in bars), ZERO),
            quote_volume=sum((bar.qv for bar in bars), ZERO),
        )


def _sum_up(bars: Bars, instrument: Instrument) -> list[SimCandle]:
    """Return the one candle that covers all of `bars`."""
    whole = Bars(
        t=bars.t[:1],
        o=bars.o[:1],
        h=bars.h.max(keepdims=True),
        l=bars.l.min(keepdims=True),
        c=bars.c[-1:],
        v=bars.v.sum(keepdims=True),
        qv=bars.qv.sum(keepdims=True),
        n=bars.n.sum(keepdims=True),
        tb=bars.tb.sum(keepdims=True),
        tq=bars.tq.sum(keepdims=True),
    )
    return to_candles(whole, instrument)


def _fold(bars: list[SimCandle], minute: SimCandle, interval: str) -> None:
    """Add a one-minute bar to the end of `bars`, which are of `interval`."""
    start = bucket_start(minute.t, interval)
    if not bars or bars[-1].t != start:
        bars.append(replace(minute, t=start))
        return
    bar = bars[-1]
    if bar.v == 0:
        bar.o, bar.h, bar.l = minute.o, minute.h, minute.l
    bar.h = max(bar.h, minute.h)
    bar.l = min(bar.l, minute.l)
    bar.c = minute.c
    bar.v += minute.v
    bar.qv += minute.qv
    bar.n += minute.n
    bar.tb += minute.tb
    bar.tq += minute.tq


def _dump(bar: SimCandle) -> list[object]:
    prices_and_volumes = (bar.o, bar.h, bar.l, bar.c, bar.v, bar.qv, bar.tb, bar.tq)
    return [bar.t, bar.n, *(plain(value) for value in prices_and_volumes)]


def _load(row: Sequence[Any]) -> SimCandle:
    time, trades, *values = row
    o, h, low, c, v, qv, tb, tq = (Decimal(value) for value in values)
    return SimCandle(int(time), o, h, low, c, v, qv, int(trades), tb, tq)
