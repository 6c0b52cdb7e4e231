"""Public prints from just before the simulated world began, in keeping with its candles."""

from __future__ import annotations

import random
from decimal import Decimal

from terminal.domain import Instrument, Side, Trade
from terminal.simulator.candles import CandleStore
from terminal.simulator.flow_profiles import profile_of, trade_value

RECENT_PRINTS = 80
_SPAN_MS = 240_000


def recent_prints(
    venue: str, instrument: Instrument, candles: CandleStore, *, now: int, rng: random.Random
) -> list[Trade]:
    """Return prints of the last minutes before `now`, oldest first; the newest is at the candles' last price."""
    minutes = candles.recent_minutes(instrument.symbol, 5)
    if not minutes:
        return []
    tick = instrument.tick_size or Decimal("0.00000001")
    lot = instrument.lot_size or Decimal("0.00000001")
    profile = profile_of(instrument)
    times = sorted(rng.randrange(now - _SPAN_MS, now) for _ in range(RECENT_PRINTS))
    trades: list[Trade] = []
    for index, time in enumerate(times):
        bar = next(bar for bar in reversed(minutes) if bar.t <= time or bar is minutes[0])
        way = Decimal((time - bar.t) % 60_000) / 60_000
        spread = (bar.h - bar.l) * Decimal(round(rng.uniform(-0.15, 0.15), 3))
        aim = min(max(bar.o + (bar.c - bar.o) * way + spread, bar.l), bar.h)
        price = minutes[-1].c if index == len(times) - 1 else (aim / tick).to_integral_value() * tick
        lots = max(int(trade_value(rng) * profile.liquidity / float(price) / float(lot)), 1)
        trades.append(
            Trade(
                venue=venue,
                symbol=instrument.symbol,
                price=price,
                quantity=lots * lot,
                side=Side.BUY if rng.random() < 0.5 else Side.SELL,
                time=time,
                id=str((time + 2_800_000_000_000) * 1_000_000 + index),
            )
        )
    return trades
