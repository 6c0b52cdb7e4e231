"""How each simulated instrument trades: liquidity, activity, and the shapes measured on a real venue.

Sizes and depth follow the recorded Binance spot BTCUSDT session of 2024-08-08 23:54 to 2024-08-09 00:05 UTC;
the other instruments take the same shapes in value and scale them by their liquidity.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass

from terminal.domain import Instrument

LEVELS = 200
"""Levels that a side of the book holds at least, as many as the venue shows."""

RECORDED_PRICE = 61_700.0
"""BTCUSDT during the recorded session: turns its base sizes into values."""

TRADE_VALUE_QUANTILES: tuple[tuple[float, float], ...] = (
    (0.00, 5.0),
    (0.10, 5.6),
    (0.25, 6.2),
    (0.40, 17.0),
    (0.50, 41.0),
    (0.75, 866.0),
    (0.90, 3_555.0),
    (0.95, 6_170.0),
    (0.99, 20_000.0),
    (0.999, 44_700.0),
    (1.00, 430_000.0),
)
"""Quantiles of one print's value in quote currency, as recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowProfile:
    """One instrument's habits.

    `asset` is the base asset whose fair price it follows; `liquidity` scales book sizes and trade sizes against
    recorded BTCUSDT; `orders` and `changes` are taker orders and book changes a second; `extent` is how far
    200 levels reach from the touch, as a fraction of the price; `spread_ticks` the usual spread.
    """

    asset: str
    liquidity: float
    orders: float
    changes: float
    extent: float
    spread_ticks: int = 1

    def gap(self, price_ticks: float) -> float:
        """Return the mean distance between levels in ticks, at least one."""
        return max(self.extent * price_ticks / LEVELS, 1.0)

    def prints_per_day(self, price_ticks: float) -> float:
        """Return how many prints a day of this flow makes, as measured on the flow itself."""
        return self.orders * (3.0 + 0.12 * self.gap(price_ticks)) * 86_400

    @property
    def mean_print_value(self) -> float:
        """Return the mean value of one print in quote currency, as measured on the flow itself."""
        return 1_180.0 * self.liquidity


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetProfile:
    """One base asset: yearly volatility, and how much of it is shared with the whole market (0..1)."""

    volatility: float
    common: float


_ASSETS: dict[str, AssetProfile] = {
    "BTC": AssetProfile(volatility=0.36, common=0.92),
    "ETH": AssetProfile(volatility=0.46, common=0.88),
    "SOL": AssetProfile(volatility=0.60, common=0.80),
    "XRP": AssetProfile(volatility=0.56, common=0.72),
    "LINK": AssetProfile(volatility=0.60, common=0.78),
    "ADA": AssetProfile(volatility=0.60, common=0.78),
    "DOGE": AssetProfile(volatility=0.66, common=0.75),
    "LTC": AssetProfile(volatility=0.53, common=0.75),
    "SHIB": AssetProfile(volatility=0.66, common=0.72),
    "USDT": AssetProfile(volatility=0.004, common=0.0),
    "USD": AssetProfile(volatility=0.004, common=0.0),
}
_CROSSES = {"USD": "USD", "AED": "USDT"}
"""Quote asset -> the asset whose slow path turns a price in USDT into one in that quote."""
_OTHER_ASSET = AssetProfile(volatility=0.60, common=0.7)

_PROFILES: dict[str, FlowProfile] = {
    "BTCUSDT": FlowProfile(asset="BTC", liquidity=1.0, orders=2.0, changes=90.0, extent=0.00077),
    "ETHUSDT": FlowProfile(asset="ETH", liquidity=0.8, orders=3.0, changes=60.0, extent=0.0011),
    "SOLUSDT": FlowProfile(asset="SOL", liquidity=0.5, orders=2.0, changes=40.0, extent=0.0018),
    "XRPUSDT": FlowProfile(asset="XRP", liquidity=0.5, orders=2.0, changes=40.0, extent=0.0018),
    "LINKUSDT": FlowProfile(asset="LINK", liquidity=0.2, orders=0.8, changes=25.0, extent=0.0030, spread_ticks=2),
    "ADAUSDT": FlowProfile(asset="ADA", liquidity=0.25, orders=0.8, changes=25.0, extent=0.0030),
    "DOGEUSDT": FlowProfile(asset="DOGE", liquidity=0.35, orders=1.2, changes=30.0, extent=0.0024, spread_ticks=2),
    "LTCUSDT": FlowProfile(asset="LTC", liquidity=0.2, orders=0.8, changes=25.0, extent=0.0030, spread_ticks=2),
    "SHIBUSDT": FlowProfile(asset="SHIB", liquidity=0.2, orders=0.8, changes=25.0, extent=0.0030),
    "BTCUSD": FlowProfile(asset="BTC", liquidity=0.4, orders=1.5, changes=40.0, extent=0.0015, spread_ticks=4),
    "ETHUSD": FlowProfile(asset="ETH", liquidity=0.3, orders=1.0, changes=30.0, extent=0.0020, spread_ticks=3),
    "USDTAED": FlowProfile(asset="USDT", liquidity=0.5, orders=0.5, changes=15.0, extent=0.0400),
    "BTCAED": FlowProfile(asset="BTC", liquidity=0.2, orders=0.5, changes=20.0, extent=0.0030, spread_ticks=12),
}


def profile_of(instrument: Instrument) -> FlowProfile:
    """Return the instrument's profile; one nobody described gets those of a small coin."""
    known = _PROFILES.get(instrument.symbol)
    if known is not None:
        return known
    return FlowProfile(asset=instrument.base, liquidity=0.2, orders=0.8, changes=25.0, extent=0.003)


SMALLEST_VALUE = 5.0
"""No maker leaves less than this in the book, and no taker asks for less."""


def asset_of(name: str) -> AssetProfile:
    """Return an asset's habits; those of a small coin where nobody described it."""
    return _ASSETS.get(name, _OTHER_ASSET)


def volatility_of(name: str) -> float:
    """Return an asset's yearly volatility."""
    return asset_of(name).volatility


def assets_of(instrument: Instrument) -> tuple[str, ...]:
    """Return the assets whose paths multiply to the instrument's price: its base, then its quote's cross if any."""
    base = profile_of(instrument).asset
    cross = _CROSSES.get(instrument.quote)
    return (base,) if cross is None or cross == base else (base, cross)


def trade_value(rng: random.Random) -> float:
    """Draw one print's value in quote currency from the recorded quantiles (interpolated in logarithms)."""
    chance = rng.random()
    index = bisect_right(_TRADE_CHANCES, chance) - 1
    low, high = TRADE_VALUE_QUANTILES[index], TRADE_VALUE_QUANTILES[index + 1]
    part = (chance - low[0]) / (high[0] - low[0])
    return low[1] * math.exp(part * math.log(high[1] / low[1]))


_TRADE_CHANCES = tuple(chance for chance, _ in TRADE_VALUE_QUANTILES[:-1])

_DUST_SHARE = 0.35
_TOUCH_MEDIAN = 1.6 * RECORDED_PRICE
_LEVEL_MEAN = 0.27 * RECORDED_PRICE


def level_value(rng: random.Random, distance: float) -> float:
    """Draw one level's value; `distance` from the touch is a fraction of the book's extent.

    The touch is large. A third of the other levels hold dust; the rest are thin near the touch and thicken
    to a hump about half-way out.
    """
    if distance <= 0:
        return min(_TOUCH_MEDIAN * math.exp(1.1 * rng.gauss(0.0, 1.0)), 4 * _TOUCH_MEDIAN)
    if rng.random() < _DUST_SHARE:
        return SMALLEST_VALUE * math.exp(0.1 + 3.0 * rng.random())
    hump = 0.05 + 1.6 * (1 - math.exp(-distance / 0.42)) - 1.2 * max(distance - 0.55, 0.0)
    return _LEVEL_MEAN * hump * rng.gammavariate(0.9, 1 / 0.9)


def mean_gap(gap: float, distance: float) -> float:
    """Return the mean number of ticks from level to level: they lie closer together near the touch."""
    return max(gap * (0.55 + 0.78 * (1 - math.exp(-distance / 0.10))), 1.0)


def gap_ticks(rng: random.Random, gap: float, distance: float) -> int:
    """Draw the number of ticks to the next level outwards."""
    return 1 + int(rng.expovariate(1.0) * (mean_gap(gap, distance) - 1.0) + 0.5)
