"""The live market moves as much as its seeded history does, and pairs of one base asset move as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import pstdev

import pytest

from terminal.domain import Trade
from terminal.simulator.candles import CandleStore, SimCandle
from terminal.simulator.instruments import hashkey_mena_instruments, start_prices
from terminal.simulator.market_flow import SyntheticFlow
from terminal.simulator.matching_engine import EngineEvents, FeeSchedule, IdSource, MatchingEngine

NOW = 1_795_244_012_345
MINUTES = 30
STEP = 500
TWINS = (("BTCUSDT", "BTCUSD"), ("BTCUSDT", "BTCAED"), ("ETHUSDT", "ETHUSD"))


def returns(bars: Sequence[SimCandle]) -> list[float]:
    return [math.log(later.c / earlier.c) for earlier, later in pairwise(bars)]


def change_of_day(candles: CandleStore, symbol: str) -> float:
    day = candles.ticker24h(symbol)
    assert day is not None
    return float(day.last / day.open - 1)


@pytest.mark.parametrize("seed", [1, 5, 11])
def test_live_minutes_move_as_much_as_seeded_ones(seed: int) -> None:
    now = NOW
    prints: list[Trade] = []
    # one seed drives every pair, the others the twins alone: quick enough to run often
    instruments = [
        i for i in hashkey_mena_instruments() if seed == 1 or i.symbol in {s for pair in TWINS for s in pair}
    ]
    engine = MatchingEngine("sim", instruments, clock=lambda: now, fees=FeeSchedule(), ids=IdSource())
    engine.events = EngineEvents(trade=prints.append)
    candles = CandleStore(instruments, start_prices(), seed=seed, now=now)
    flow = SyntheticFlow(engine, candles, seed=seed, now=now)
    seeded = {i.symbol: pstdev(returns(candles.history(i.symbol, "1m", limit=1440))) for i in instruments}
    for _ in range(0, MINUTES * 60_000, STEP):
        now += STEP
        flow.step(now)
    for instrument in instruments:
        live = returns(candles.history(instrument.symbol, "1m", limit=MINUTES))
        price = start_prices()[instrument.symbol]
        # a price of few ticks moves by whole ticks, and prints alternate between bid and ask
        ticks = 2 * float((instrument.tick_size or Decimal(0)) / price)
        assert 0.5 * seeded[instrument.symbol] - ticks < pstdev(live) < 2 * seeded[instrument.symbol] + ticks
        assert max(map(abs, live)) < 0.01, instrument.symbol
    bitcoin = [trade for trade in prints if trade.symbol == "BTCUSDT"]
    jumps = sorted(abs(float(b.price / a.price - 1)) for a, b in pairwise(bitcoin) if b.time - a.time < 1000)
    assert jumps[int(0.99 * len(jumps))] < 0.0003
    assert jumps[-1] < 0.001
    for one, other in TWINS:
        assert change_of_day(candles, one) == pytest.approx(change_of_day(candles, other), abs=0.003)


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize(("one", "other"), TWINS)
def test_pairs_of_one_base_asset_share_their_history(seed: int, one: str, other: str) -> None:
    candles = CandleStore(hashkey_mena_instruments(), start_prices(), seed=seed, now=NOW)
    assert change_of_day(candles, one) == pytest.approx(change_of_day(candles, other), abs=0.003)
    for ours, theirs in zip(candles.history(one, "1h", limit=90), candles.history(other, "1h", limit=90), strict=True):
        usual = start_prices()[one] / start_prices()[other]
        assert float(ours.c / theirs.c / usual) == pytest.approx(1, abs=0.003)
