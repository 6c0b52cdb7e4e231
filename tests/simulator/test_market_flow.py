"""The synthetic market looks alive and like a real one, is the same for the same seed, and treats clients fairly."""

from __future__ import annotations

import contextlib
import gzip
import math
import os
import time
from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import correlation, fmean, median, pvariance

import pytest

from terminal.domain import INTERVALS, Instrument, OrderRequest, OrderStatus, OrderType, Side, Trade
from terminal.domain.numbers import is_multiple
from terminal.simulator.candles import CandleStore
from terminal.simulator.instruments import hashkey_mena_instruments, start_prices
from terminal.simulator.market_flow import SyntheticFlow
from terminal.simulator.matching_engine import EngineEvents, FeeSchedule, IdSource, MatchingEngine, Refusal

D = Decimal
NOW = 1_795_244_012_345
STEP = 50

FloatLevels = list[tuple[float, float]]
Book = tuple[FloatLevels, FloatLevels]


class World:
    """A synthetic market on a clock that tests move."""

    def __init__(self, *symbols: str, seed: int = 1, pace: float = 1.0) -> None:
        self.now = NOW
        self.prints: list[Trade] = []
        instruments = [i for i in hashkey_mena_instruments() if not symbols or i.symbol in symbols]
        self.engine = MatchingEngine("sim", instruments, clock=lambda: self.now, fees=FeeSchedule(), ids=IdSource())
        self.engine.events = EngineEvents(trade=self.prints.append)
        self.candles = CandleStore(instruments, start_prices(), seed=seed, now=self.now)
        self.flow = SyntheticFlow(self.engine, self.candles, seed=seed, now=self.now, pace=pace)

    def run(self, ms: int) -> None:
        for _ in range(0, ms, STEP):
            self.now += STEP
            self.flow.step(self.now)

    def run_until(self, condition: Callable[[], bool], ms: int) -> bool:
        for _ in range(0, ms, STEP):
            if condition():
                return True
            self.run(STEP)
        return condition()

    def float_book(self, symbol: str) -> Book:
        bids, asks = self.engine.book(symbol, 200)
        return [(float(p), float(q)) for p, q in bids], [(float(p), float(q)) for p, q in asks]


# -- shapes, held to bands measured on a real venue


@dataclass
class Sample:
    """One book a second (best 200 levels a side), and every print: (ms, base size)."""

    books: list[Book] = field(default_factory=list)
    prints: list[tuple[int, float]] = field(default_factory=list)


DEPTH_FRACTIONS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75)

RECORDED_BANDS: dict[str, tuple[float, float]] = {
    "spread_median_bps": (0.001617, 0.001623),
    "spread_mean_bps": (0.00162, 0.00870),
    "spread_p99_bps": (0.00162, 0.321),
    "extent_bps": (7.34, 9.69),
    "depth_within_0.05": (0.0701, 0.0922),
    "depth_within_0.1": (0.0905, 0.1164),
    "depth_within_0.2": (0.144, 0.170),
    "depth_within_0.3": (0.230, 0.263),
    "depth_within_0.5": (0.452, 0.511),
    "depth_within_0.75": (0.742, 0.796),
    "size_q75_over_median": (18.4, 25.4),
    "size_q90_over_median": (68.5, 138.0),
    "size_q99_over_q90": (4.86, 6.48),
    "size_mean_over_median": (27.3, 53.3),
    "prints_fano_1s": (26.2, 346.0),
}
"""Lowest and highest value in five windows of 130 s of Binance spot BTCUSDT, 2024-08-08 23:54:15 to
2024-08-09 00:05:05 UTC (order-book messages and prints as the venue sent them), measured by `measure`: one book a
second cut to 200 levels a side; the spread over the mid; how far 200 levels reach; the share of their size that
lies within a fraction of that reach (median over books and sides); ratios of print-size quantiles; the variance of
the number of prints in a second over its mean."""

TOLERANCE = 0.25
"""The synthetic market may leave a band by this share: one session does not span what a market does."""


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def depth_within(levels: FloatLevels, fraction: float) -> float:
    touch, last = levels[0][0], levels[-1][0]
    reach = fraction * abs(last - touch)
    return sum(size for price, size in levels if abs(price - touch) <= reach) / sum(size for _, size in levels)


def measure(sample: Sample) -> dict[str, float]:
    spreads = [(asks[0][0] - bids[0][0]) / (asks[0][0] + bids[0][0]) * 2e4 for bids, asks in sample.books]
    sides = [levels for book in sample.books for levels in book]
    sizes = [size for _, size in sample.prints]
    middle = median(sizes)
    per_second = Counter(ms // 1000 for ms, _ in sample.prints)
    counts = [per_second[second] for second in range(min(per_second), max(per_second) + 1)]
    return {
        "spread_median_bps": median(spreads),
        "spread_mean_bps": fmean(spreads),
        "spread_p99_bps": quantile(spreads, 0.99),
        "extent_bps": median(abs(levels[-1][0] - levels[0][0]) / levels[0][0] * 1e4 for levels in sides),
        **{f"depth_within_{f}": median(depth_within(levels, f) for levels in sides) for f in DEPTH_FRACTIONS},
        "size_q75_over_median": quantile(sizes, 0.75) / middle,
        "size_q90_over_median": quantile(sizes, 0.90) / middle,
        "size_q99_over_q90": quantile(sizes, 0.99) / quantile(sizes, 0.90),
        "size_mean_over_median": fmean(sizes) / middle,
        "prints_fano_1s": pvariance(counts) / fmean(counts),
    }


def outside(figures: dict[str, float], tolerance: float) -> dict[str, float]:
    """The figures that lie outside their bands, for a message that says which and by how much."""
    wrong: dict[str, float] = {}
    for name, (low, high) in RECORDED_BANDS.items():
        if not low * (1 - tolerance) <= figures[name] <= high * (1 + tolerance):
            wrong[name] = figures[name]
    return wrong


@pytest.mark.parametrize("seed", [1, 2])
def test_the_synthetic_market_has_the_shapes_of_the_recorded_one(seed: int) -> None:
    world = World("BTCUSDT", seed=seed)
    sample = Sample()
    for _ in range(300):
        world.run(1000)
        sample.books.append(world.float_book("BTCUSDT"))
    sample.prints = [(trade.time, float(trade.quantity)) for trade in world.prints]
    figures = measure(sample)
    # the usual spread is one tick there and here, and a tick is a smaller part of today's price
    tick_bps = 0.01 / sample.books[0][0][0][0] * 1e4
    assert figures.pop("spread_median_bps") == pytest.approx(tick_bps, rel=0.01)
    figures["spread_median_bps"] = RECORDED_BANDS["spread_median_bps"][0]
    assert outside(figures, TOLERANCE) == {}


DATA = Path(os.environ.get("FATHOM_MARKET_DATA", Path(__file__).parents[3] / "shared" / "market-data"))
SESSION = "binance_spot_btcusdt_20240809"


def recorded_windows(seconds: int) -> list[Sample]:
    """The recorded session in windows, rebuilt here without the simulator."""
    samples: list[Sample] = []
    sizes: dict[str, dict[float, float]] = {"bid": {}, "ask": {}}
    prices: dict[str, list[float]] = {"bid": [], "ask": []}
    start = sampled = 0
    message = ""
    with gzip.open(DATA / "l2" / f"{SESSION}_l2.csv.gz", "rt") as text:
        next(text)
        for line in text:
            ts_ms, _, _, update_id, side, price_text, size_text = line.rstrip().split(",")
            ms, price, size = int(ts_ms), float(price_text), float(size_text)
            start = start or ms
            if update_id != message and ms - sampled >= 1000 and message:
                sampled = ms
                bids = [(p, sizes["bid"][p]) for p in prices["bid"][: -200 - 1 : -1]]
                asks = [(p, sizes["ask"][p]) for p in prices["ask"][:200]]
                window = (ms - start) // (seconds * 1000)
                while len(samples) <= window:
                    samples.append(Sample())
                samples[window].books.append((bids, asks))
            message = update_id
            if size > 0 and price not in sizes[side]:
                insort(prices[side], price)
            elif size == 0 and price in sizes[side]:
                prices[side].remove(price)
            sizes[side][price] = size
            if size == 0:
                del sizes[side][price]
    with gzip.open(DATA / "trades" / f"{SESSION}_trades.csv.gz", "rt") as text:
        next(text)
        for line in text:
            ts_ms, _, _, _, size_text, _ = line.rstrip().split(",")
            window = max(int(ts_ms) - start, 0) // (seconds * 1000)
            if window < len(samples):
                samples[window].prints.append((int(ts_ms), float(size_text)))
    return [sample for sample in samples if len(sample.books) > seconds / 2]


@pytest.mark.skipif(not DATA.exists(), reason=f"no recorded sessions in {DATA} (FATHOM_MARKET_DATA names the folder)")
def test_the_bands_are_what_the_recorded_session_measures() -> None:
    windows = [measure(sample) for sample in recorded_windows(130)]
    assert len(windows) == 5
    for name, (low, high) in RECORDED_BANDS.items():
        values = [figures[name] for figures in windows]
        assert (min(values), max(values)) == pytest.approx((low, high), rel=0.01), name


# -- alive


def test_every_book_always_has_200_sorted_levels_on_ticks_and_lots() -> None:
    world = World()
    for _ in range(20):
        world.run(500)
        for symbol, instrument in world.engine.instruments.items():
            bids, asks = world.engine.book(symbol, 200)
            assert len(bids) == len(asks) == 200, symbol
            assert bids[0][0] < asks[0][0]
            assert all(is_multiple(price, instrument.tick_size or D(1)) for price, _ in bids + asks)
            assert all(q > 0 and is_multiple(q, instrument.lot_size or D(1)) for _, q in bids + asks)


@pytest.mark.parametrize("instrument", hashkey_mena_instruments(), ids=lambda instrument: str(instrument.symbol))
def test_every_instrument_changes_several_times_a_second_and_trades(instrument: Instrument) -> None:
    world = World(instrument.symbol)
    before = world.engine.book_version(instrument.symbol)
    world.run(20_000)
    assert world.engine.book_version(instrument.symbol) - before > 20 * 5
    assert world.run_until(lambda: len(world.prints) > 5, 60_000)
    bids, asks = world.engine.book(instrument.symbol, 1)
    ticks = (asks[0][0] - bids[0][0]) / (instrument.tick_size or D(1))
    assert ticks <= 60


@pytest.mark.parametrize("symbol", ["USDTAED", "SHIBUSDT", "SOLUSDT"])
def test_quotes_stay_tight_and_dense_for_a_long_time(symbol: str) -> None:
    world = World(symbol, seed=3, pace=20)
    tick = world.engine.instruments[symbol].tick_size or D(1)
    for _ in range(120):  # 40 minutes of the market's life
        world.run(1000)
        bids, asks = world.engine.book(symbol, 20)
        assert (asks[0][0] - bids[0][0]) / tick <= 30
        assert (bids[0][0] - bids[-1][0]) / tick <= 60
        assert (asks[-1][0] - asks[0][0]) / tick <= 60


def returns_of(world: World, symbol: str, seconds: int, every: int) -> list[float]:
    marks: list[float] = []
    for _ in range(0, seconds, every):
        world.run(every * 1000)
        marks.append(float(world.engine.mark_price(symbol) or 0))
    return [math.log(later / earlier) for earlier, later in pairwise(marks)]


def test_instruments_move_together() -> None:
    world = World("BTCUSDT", "ETHUSDT", "BTCUSD")
    marks: dict[str, list[float]] = {symbol: [] for symbol in world.engine.instruments}
    for _ in range(150):
        world.run(2000)
        for symbol, series in marks.items():
            series.append(math.log(float(world.engine.mark_price(symbol) or 0)))
    moves = {s: [b - a for a, b in pairwise(series)] for s, series in marks.items()}
    assert correlation(moves["BTCUSDT"], moves["ETHUSDT"]) > 0.5
    assert correlation(moves["BTCUSDT"], moves["BTCUSD"]) > 0.85


def test_volatility_comes_in_clusters() -> None:
    moves = returns_of(World("BTCUSDT", seed=5), "BTCUSDT", 900, 1)
    sizes = [abs(move) for move in moves]
    variance = pvariance(moves)
    kurtosis = fmean([(move - fmean(moves)) ** 4 for move in moves]) / variance**2
    assert kurtosis > 3.5  # a steady market's would be 3
    lagged = [correlation(sizes[:-lag], sizes[lag:]) for lag in (1, 2, 3, 5, 8, 13)]
    assert fmean(lagged) > 0.03


def test_the_same_seed_and_steps_make_the_same_market() -> None:
    first, again, other = (
        World("BTCUSDT", "SHIBUSDT"),
        World("BTCUSDT", "SHIBUSDT"),
        World("BTCUSDT", "SHIBUSDT", seed=2),
    )
    for world in (first, again, other):
        world.run(10_000)
    assert first.prints == again.prints
    assert first.engine.book("BTCUSDT") == again.engine.book("BTCUSDT")
    assert first.prints != other.prints


def test_a_faster_pace_makes_more_of_everything() -> None:
    usual, fast = World("ETHUSDT"), World("ETHUSDT", pace=10)
    for world in (usual, fast):
        world.run(30_000)
    assert len(fast.prints) > 4 * len(usual.prints)
    assert fast.engine.book_version("ETHUSDT") > 2 * usual.engine.book_version("ETHUSDT")


@pytest.mark.parametrize("pace", [0, -1])
def test_a_pace_that_is_not_positive_is_refused(pace: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        World("BTCUSDT", pace=pace)


def test_a_late_step_catches_up_within_bounds() -> None:
    world = World("BTCUSDT")
    version = world.engine.book_version("BTCUSDT")
    world.now += 3_600_000
    world.flow.step(world.now)
    # about a second's worth of changes, not an hour's
    assert 0 < world.engine.book_version("BTCUSDT") - version < 6_000
    bids, asks = world.engine.book("BTCUSDT", 200)
    assert len(bids) == len(asks) == 200
    current = world.candles.current("BTCUSDT", "1m")
    assert current is not None
    assert current.t == world.now // 60_000 * 60_000


def test_a_clock_that_goes_back_changes_nothing() -> None:
    world = World("BTCUSDT")
    world.run(1000)
    version = world.engine.book_version("BTCUSDT")
    world.flow.step(world.now - 500)
    assert world.engine.book_version("BTCUSDT") == version


# -- warm from the start


def test_the_world_starts_warm_and_of_one_piece() -> None:
    started = time.process_time()
    world = World()
    assert time.process_time() - started < 0.7
    for symbol, instrument in world.engine.instruments.items():
        recent = world.engine.recent_trades(symbol)
        assert len(recent) >= 60
        assert [trade.time for trade in recent] == sorted(trade.time for trade in recent)
        assert recent[-1].time <= NOW
        assert all(is_multiple(trade.price, instrument.tick_size or D(1)) for trade in recent)
        day = world.candles.ticker24h(symbol)
        assert day is not None
        assert recent[-1].price == day.last == start_prices()[symbol]
        bids, asks = world.engine.book(symbol, 1)
        assert bids[0][0] <= day.last * D("1.001")
        assert asks[0][0] >= day.last * D("0.999")
        for interval in INTERVALS:
            current = world.candles.current(symbol, interval)
            assert current is not None
            assert current.c == day.last


def test_prints_reach_the_candles() -> None:
    world = World("BTCUSDT")
    before = world.candles.current("BTCUSDT", "1d")
    assert before is not None
    volume = before.v
    world.run(10_000)
    after = world.candles.current("BTCUSDT", "1d")
    assert after is not None
    assert after.v - volume == sum(trade.quantity for trade in world.prints)
    assert after.c == world.prints[-1].price


def test_an_hour_of_the_flow_is_worth_an_hour_of_the_seeded_history() -> None:
    """The chart must not show a wall of volume where the history ends."""
    world = World("ETHUSDT", seed=4)
    seeded = world.candles.history("ETHUSDT", "1m", limit=240)[:-1]
    world.run(240_000)
    lived = world.candles.history("ETHUSDT", "1m", limit=4)[:-1]
    ratio = fmean([float(bar.v) for bar in lived]) / fmean([float(bar.v) for bar in seeded])
    assert 0.2 < ratio < 5


# -- clients


def client(world: World) -> None:
    world.engine.open_account("ann", {"BTC": D(1000), "USDT": D(100_000_000)})


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_resting_order_at_the_touch_fills_within_a_minute_or_two(side: Side, seed: int) -> None:
    world = World("BTCUSDT", seed=seed)
    client(world)
    bids, asks = world.engine.book("BTCUSDT", 1)
    price = bids[0][0] if side is Side.BUY else asks[0][0]
    request = OrderRequest(symbol="BTCUSDT", side=side, type=OrderType.LIMIT, price=price, quantity=D("0.02"))
    order = world.engine.place("ann", request)
    assert world.run_until(lambda: order.status is OrderStatus.FILLED, 120_000)
    assert all(execution.price == price for execution in world.engine.executions("ann"))


def test_an_order_that_improves_the_touch_is_met_first() -> None:
    world = World("LTCUSDT", seed=1)
    world.engine.open_account("ann", {"USDT": D(100_000_000)})
    bids, asks = world.engine.book("LTCUSDT", 1)
    assert asks[0][0] - bids[0][0] > D("0.01")
    price = bids[0][0] + D("0.01")
    request = OrderRequest(symbol="LTCUSDT", side=Side.BUY, type=OrderType.LIMIT, price=price, quantity=D("0.1"))
    order = world.engine.place("ann", request)
    assert world.engine.book("LTCUSDT", 1)[0][0][0] == price
    assert world.run_until(lambda: order.status is OrderStatus.FILLED, 120_000)


def test_a_market_order_sweeps_the_book_which_refills() -> None:
    world = World("BTCUSDT")
    client(world)
    asks = world.engine.book("BTCUSDT", 200)[1]
    wanted = sum((quantity for _, quantity in asks[:80]), D(0))
    order = world.engine.place(
        "ann", OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.MARKET, quantity=wanted)
    )
    assert order.status is OrderStatus.FILLED
    assert order.filled_value == sum((price * quantity for price, quantity in asks[:80]), D(0))
    assert world.engine.book("BTCUSDT", 1)[1][0] == asks[80]

    def refilled() -> bool:
        bids, asks = world.engine.book("BTCUSDT", 200)
        return len(asks) == 200 and asks[0][0] - bids[0][0] < D(2)

    assert not refilled()
    assert world.run_until(refilled, 10_000)


def test_the_book_stays_whole_among_clients_who_trade_all_the_time() -> None:
    world = World("LTCUSDT", seed=6)
    world.engine.open_account("ann", {"LTC": D(10**6), "USDT": D(10**9)})
    for second in range(60):
        bids, asks = world.engine.book("LTCUSDT", 3)
        side = Side.BUY if second % 2 else Side.SELL
        price = (bids if side is Side.BUY else asks)[second % 3][0]
        crossing = asks[0][0] if side is Side.BUY else bids[0][0]
        for at, quantity in ((price, D("5")), (crossing, D("300"))):
            request = OrderRequest(symbol="LTCUSDT", side=side, type=OrderType.LIMIT, price=at, quantity=quantity)
            with contextlib.suppress(Refusal):  # prevention and the cap on open orders are the engine's business
                world.engine.place("ann", request)
        world.run(1000)
        for order in world.engine.orders("ann"):
            if order.status.is_working and second % 10 == 9:
                world.engine.cancel("ann", order.order_id)
    assert len({execution.is_maker for execution in world.engine.executions("ann")}) == 2
    world.run(3000)
    bids, asks = world.engine.book("LTCUSDT", 200)
    assert len(bids) == len(asks) == 200
    assert D(0) < asks[0][0] - bids[0][0] <= D("0.10")
    anonymous = world.engine.anonymous_book("LTCUSDT", Side.SELL)
    assert anonymous[:200] == asks


def test_the_market_goes_on_after_a_restart_at_the_price_where_it_was() -> None:
    world = World("BTCUSDT", seed=8)
    client(world)
    far = OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.LIMIT, price=D("90000.00"), quantity=D("0.5"))
    order = world.engine.place("ann", far)
    world.run(30_000)
    last = world.prints[-1].price
    engine_state, candle_state = world.engine.export_state(), world.candles.export_state()
    again = World("BTCUSDT", seed=8)
    again.now = world.now + 600_000
    again.engine.import_state(engine_state)
    again.candles.import_state(candle_state)
    again.flow = SyntheticFlow(again.engine, again.candles, seed=9, now=again.now)
    bids, asks = again.engine.book("BTCUSDT", 1)
    assert abs((bids[0][0] + asks[0][0]) / 2 - last) < D(1)
    assert again.engine.book("BTCUSDT")[0][-1] == (D("90000.00"), D("0.5"))
    again.run(10_000)
    restored = again.engine.order("ann", order_id=order.order_id)
    assert restored is not None
    assert restored.status is OrderStatus.OPEN


def test_stepping_a_dozen_instruments_takes_a_small_part_of_one_core() -> None:
    world = World()
    world.run(2000)
    started = time.process_time()
    world.run(20_000)
    assert (time.process_time() - started) / 20 < 0.15
