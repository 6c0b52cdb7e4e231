"""The candles from before the simulated world began: one seeded random walk a symbol, told at every interval.

The walk is drawn backwards from the start price in layers, fine bars for the last days and coarser ones before,
each ending where the finer begins; a larger bar is made of the smaller ones wherever they exist.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from terminal.domain import INTERVAL_MS, Instrument
from terminal.domain.numbers import ZERO

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MINUTE = 60_000
_DAY = 86_400_000
_FIRST_MONDAY = 4 * _DAY  # 1970-01-05: weeks begin on Mondays
_LAYERS: tuple[tuple[int, int], ...] = (
    (_MINUTE, 4),
    (15 * _MINUTE, 22),
    (60 * _MINUTE, 90),
    (120 * _MINUTE, 505),
)
"""(bar length in ms, days back from the start that the layer reaches); days before them have daily bars."""

_YEARLY_VOLATILITY = 0.55
_LEAST_TICKS = 20
"""No seeded price is below so many ticks: a tiny price pair must keep a chart worth looking at."""


@dataclass(slots=True)
class SimCandle:
    """One bar: open time ms, open, high, low, close, base and quote volume, trades, taker buys in base and quote."""

    t: int
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741 - the venue's own field names
    c: Decimal
    v: Decimal
    qv: Decimal
    n: int
    tb: Decimal
    tq: Decimal


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars as columns: prices in ticks, volumes in lots, values in tick-lots; `t` ascends."""

    t: Ints
    o: Ints
    h: Ints
    l: Ints  # noqa: E741 - the venue's own field names
    c: Ints
    v: Ints
    qv: Ints
    n: Ints
    tb: Ints
    tq: Ints

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, part: slice) -> Bars:
        return Bars(*(getattr(self, name)[part] for name in self.__slots__))


def bucket_start(time: int, interval: str) -> int:
    """Return the open time of the bar that holds `time`: weeks begin on Monday, months on the first, in UTC."""
    if interval == "1M":
        day = datetime.fromtimestamp(time / 1000, tz=UTC)
        return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp() * 1000)
    length = INTERVAL_MS[interval]
    if interval == "1w":
        return (time - _FIRST_MONDAY) // length * length + _FIRST_MONDAY
    return time // length * length


def next_bucket(start: int, interval: str) -> int:
    """Return the open time of the bar after the one that opens at `start`."""
    if interval == "1M":
        return bucket_start(start + 32 * _DAY, "1M")
    return start + INTERVAL_MS[interval]


def seeded_bars(symbol: str, instrument: Instrument, price: Decimal, *, seed: int, now: int) -> tuple[Bars, ...]:
    """Draw the layers of `symbol` that end at `price` now, finest first. Daily bars reach back to 1970."""
    tick = instrument.tick_size or Decimal("0.00000001")
    lot = instrument.lot_size or Decimal("0.00000001")
    rng = np.random.default_rng((seed, zlib.crc32(symbol.encode())))
    close = max(int(price / tick), _LEAST_TICKS)
    end = now // _MINUTE * _MINUTE + _MINUTE
    # a pegged pair (stable coin against a pegged currency) hardly moves
    volatility = _YEARLY_VOLATILITY * (0.01 if symbol.startswith("USDT") else 1.0)
    daily_lots = _daily_lots(price, lot)
    layers: list[Bars] = []
    today = now // _DAY * _DAY
    for length, days in (*_LAYERS, (_DAY, today // _DAY)):
        start = today - days * _DAY
        times = np.arange(start, end, length, dtype=np.int64)
        layer = _walk(rng, times, close, length=length, volatility=volatility, daily_lots=daily_lots)
        layers.append(layer)
        close = int(layer.o[0])
        end = start
    return tuple(layers)


def aggregate(layers: tuple[Bars, ...], interval: str) -> Bars:
    """Return the bars of `interval`, made of every layer that is at least as fine, oldest first."""
    length = INTERVAL_MS.get(interval, 28 * _DAY)
    fine_enough = [layer for layer, bar in zip(layers, _lengths(), strict=True) if bar <= length and len(layer)]
    columns = Bars(
        *(np.concatenate([getattr(layer, name) for layer in reversed(fine_enough)]) for name in Bars.__slots__)
    )
    if interval == "1M":
        buckets = columns.t.astype("datetime64[ms]").astype("datetime64[M]").astype("datetime64[ms]").astype(np.int64)
    else:
        offset = _FIRST_MONDAY if interval == "1w" else 0
        buckets = (columns.t - offset) // length * length + offset
    first = np.flatnonzero(np.concatenate(([True], buckets[1:] != buckets[:-1])))
    last = np.concatenate((first[1:], [len(buckets)])) - 1
    return Bars(
        t=buckets[first],
        o=columns.o[first],
        h=np.maximum.reduceat(columns.h, first),
        l=np.minimum.reduceat(columns.l, first),
        c=columns.c[last],
        v=np.add.reduceat(columns.v, first),
        qv=np.add.reduceat(columns.qv, first),
        n=np.add.reduceat(columns.n, first),
        tb=np.add.reduceat(columns.tb, first),
        tq=np.add.reduceat(columns.tq, first),
    )


def to_candles(bars: Bars, instrument: Instrument) -> list[SimCandle]:
    """Turn columns into candles with exact decimals."""
    tick = instrument.tick_size or Decimal("0.00000001")
    lot = instrument.lot_size or Decimal("0.00000001")
    value = tick * lot
    columns = [getattr(bars, name).tolist() for name in Bars.__slots__]
    return [
        SimCandle(t, o * tick, h * tick, low * tick, c * tick, v * lot, qv * value, n, tb * lot, tq * value)
        for t, o, h, low, c, v, qv, n, tb, tq in zip(*columns, strict=True)
    ]


def flat_candle(time: int, price: Decimal) -> SimCandle:
    """A bar in which nothing traded."""
    return SimCandle(time, price, price, price, price, ZERO, ZERO, 0, ZERO, ZERO)


def _lengths() -> tuple[int, ...]:
    return (*(length for length, _ in _LAYERS), _DAY)


def _daily_lots(price: Decimal, lot: Decimal) -> float:
    """A day's volume in lots for about 40 million of quote currency."""
    return 4e7 / float(price) / float(lot)


def _walk(
    rng: np.random.Generator, times: Ints, last_close: int, *, length: int, volatility: float, daily_lots: float
) -> Bars:
    """Draw bars backwards from `last_close`, with volatility that comes in clusters and volume that follows it."""
    count = len(times)
    days = length / _DAY
    sigma = volatility * np.sqrt(days / 365)
    # log-volatility as a slow autoregression: calm and wild stretches
    noise = rng.standard_normal(count)
    persistence = 0.97
    cluster = _autoregression(noise * np.sqrt(1 - persistence**2), persistence)
    scale = sigma * np.exp(0.45 * cluster - 0.1)
    returns = scale * np.clip(rng.standard_normal(count), -4, 4)
    # older daily prices drift towards a tenth, as a growing market's would
    drift = 0.00035 * days if length >= _DAY else 0.0
    path = np.log(last_close) - np.concatenate((np.cumsum((returns + drift)[::-1])[::-1], [0.0]))
    floor = max(np.log(_LEAST_TICKS), np.log(last_close) - 4.0)
    path = floor + np.abs(path - floor)
    closes = np.maximum(np.rint(np.exp(np.minimum(path, np.log(last_close) + 1.2))), _LEAST_TICKS).astype(np.int64)
    closes[-1] = last_close
    o, c = closes[:-1], closes[1:]
    top, bottom = np.maximum(o, c), np.minimum(o, c)
    wick = np.rint(np.abs(rng.standard_normal((2, count))) * scale * 0.6 * top).astype(np.int64)
    h = top + wick[0]
    low = np.maximum(bottom - wick[1], 1)
    activity = np.exp(0.5 * cluster + 0.4 * rng.standard_normal(count))
    v = np.maximum(np.rint(daily_lots * days * activity), 1).astype(np.int64)
    typical = (h + low + c) // 3
    share = rng.uniform(0.35, 0.65, count)
    tb = np.rint(v * share).astype(np.int64)
    n = np.maximum(np.rint(20_000 * days * activity), 1).astype(np.int64)
    return Bars(times, o, h, low, c, v, v * typical, n, tb, tb * typical)


def _autoregression(noise: Floats, persistence: float) -> Floats:
    values = noise.tolist()
    level = 0.0
    for index, step in enumerate(values):
        level = persistence * level + step
        values[index] = level
    return np.asarray(values, dtype=np.float64)
