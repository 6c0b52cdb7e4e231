"""The candles from before the simulated world began: one seeded random walk a symbol, told at every interval.

The walk is drawn backwards from the start price in layers, fine bars for the last days and coarser ones before,
each ending where the finer begins; a larger bar is made of the smaller ones wherever they exist.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from terminal.domain import INTERVAL_MS, Instrument
from terminal.domain.numbers import ZERO
from terminal.simulator.flow_profiles import assets_of, profile_of, volatility_of

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
    rng = _generator(seed, symbol)
    close = max(int(price / tick), _LEAST_TICKS)
    end = now // _MINUTE * _MINUTE + _MINUTE
    habits = profile_of(instrument)
    prints = habits.prints_per_day(close)
    daily_lots = prints * habits.mean_print_value / float(price) / float(lot)
    # pairs of one base asset share its path; what their quote assets are worth to each other is a slow path beside
    paths = [_Path(_generator(seed, f"path:{name}"), volatility_of(name)) for name in assets_of(instrument)]
    layers: list[Bars] = []
    today = now // _DAY * _DAY
    for length, days in (*_LAYERS, (_DAY, today // _DAY)):
        start = today - days * _DAY
        times = np.arange(start, end, length, dtype=np.int64)
        walk = _Walk(length=length, paths=paths, daily_lots=daily_lots, daily_prints=prints)
        layer = walk.draw(rng, times, close)
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


def _generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng((seed, zlib.crc32(name.encode())))


class _Path:
    """One asset's returns, with volatility in clusters; the same for every pair it is part of."""

    def __init__(self, rng: np.random.Generator, volatility: float) -> None:
        self._rng = rng
        self._volatility = volatility

    def draw(self, count: int, days: float) -> tuple[Floats, Floats, Floats]:
        """Return the state of the volatility, the scale and the return of each of `count` bars of `days`."""
        # log-volatility is a slow autoregression: calm and wild stretches
        persistence = 0.97
        cluster = _autoregression(self._rng.standard_normal(count) * np.sqrt(1 - persistence**2), persistence)
        scale: Floats = self._volatility * np.sqrt(days / 365) * np.exp(0.35 * cluster - 0.35**2)
        returns = scale * np.clip(self._rng.standard_normal(count), -4, 4)
        # daily bars reach back decades, in which a volatile market has grown
        drift = 0.0006 * self._volatility * days if days >= 1 else 0.0
        return cluster, scale, returns + drift


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """What bars of one length look like: the assets' paths (base first), lots and prints a day."""

    length: int
    paths: Sequence[_Path]
    daily_lots: float
    daily_prints: float

    def draw(self, rng: np.random.Generator, times: Ints, last_close: int) -> Bars:
        """Draw bars backwards from `last_close`, with volume that follows the base asset's volatility."""
        count = len(times)
        days = self.length / _DAY
        drawn = [path.draw(count, days) for path in self.paths]
        cluster, scale, _ = drawn[0]
        closes = self._prices(np.sum([returns for _, _, returns in drawn], axis=0), last_close)
        o, c = closes[:-1], closes[1:]
        top, bottom = np.maximum(o, c), np.minimum(o, c)
        wick = np.rint(np.abs(rng.standard_normal((2, count))) * scale * 0.6 * top).astype(np.int64)
        h, low = top + wick[0], np.maximum(bottom - wick[1], 1)
        activity = days * np.exp(0.5 * cluster + 0.4 * rng.standard_normal(count) - 0.2)
        v = np.maximum(np.rint(self.daily_lots * activity), 1).astype(np.int64)
        tb = np.rint(v * rng.uniform(0.35, 0.65, count)).astype(np.int64)
        n = np.maximum(np.rint(self.daily_prints * activity), 1).astype(np.int64)
        typical = (h + low + c) // 3
        return Bars(times, o, h, low, c, v, v * typical, n, tb, tb * typical)

    @staticmethod
    def _prices(returns: Floats, last_close: int) -> Ints:
        """Return the first open and every close, in ticks, so that the last close is `last_close`."""
        away = -np.concatenate((np.cumsum(returns[::-1])[::-1], [0.0]))
        # far from today's price the walk is held back, the more the further: it stays within a factor of e^3.5
        reach = min(3.5, np.log(last_close / _LEAST_TICKS) + 0.01)
        prices: Ints = np.rint(last_close * np.exp(reach * np.tanh(away / reach))).astype(np.int64)
        return np.maximum(prices, _LEAST_TICKS)


def _autoregression(noise: Floats, persistence: float) -> Floats:
    values = noise.tolist()
    level = 0.0
    for index, step in enumerate(values):
        level = persistence * level + step
        values[index] = level
    return np.asarray(values, dtype=np.float64)
