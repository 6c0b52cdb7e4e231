"""A synthetic market that looks alive: seeded, correlated, with clustered volatility and clustered trades.

Each base asset has a fair price (a common factor, its own noise, stochastic volatility); each instrument has
quotes that follow it, 200 levels a side, and taker orders that arrive in clusters. The same seed and the same
times of `step` make the same market.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterator

from terminal.domain import Trade
from terminal.simulator.candles import CandleStore
from terminal.simulator.flow_book import BookFlow
from terminal.simulator.flow_profiles import AssetProfile, asset_of, assets_of, profile_of
from terminal.simulator.flow_warmup import recent_prints
from terminal.simulator.matching_engine import MatchingEngine

_STEP_MS = 50
_MOST_STEPS = 20
"""A call that comes late lives through at most so many steps; the rest of the pause is one jump of the price."""
_LONGEST_JUMP_S = 120.0
_YEAR_S = 365 * 86_400.0
_CLUSTER_S = 90.0
_CLUSTER_SPREAD = 0.35
_WILDEST = 0.8
"""Log-volatility strays from its mean by so much at most: no minute leaves what the seeded history shows."""


class _Asset:
    """One base asset's fair price, as a factor of what it was at the start, and its volatility state."""

    def __init__(self, profile: AssetProfile, rng: random.Random) -> None:
        self.log_price = 0.0
        self._sigma = profile.volatility / math.sqrt(_YEAR_S)
        self._common = profile.common
        self._own = math.sqrt(1 - profile.common**2)
        self._log_volatility = 0.0
        self._rng = rng

    def advance(self, seconds: float, common: float) -> None:
        """Move on; `common` is the market's own move over the same time, in standard deviations."""
        rng = self._rng
        # volatility returns to its mean within about a minute and a half
        decay = math.exp(-seconds / _CLUSTER_S)
        step = _CLUSTER_SPREAD * math.sqrt(1 - decay * decay) * rng.gauss(0.0, 1.0)
        self._log_volatility = max(min(self._log_volatility * decay + step, _WILDEST), -_WILDEST)
        noise = self._common * common + self._own * rng.gauss(0.0, 1.0)
        self.log_price += self._sigma * math.sqrt(seconds) * math.exp(self._log_volatility - _CLUSTER_SPREAD**2) * noise


class SyntheticFlow:
    """Drives every instrument of an engine; see the module."""

    def __init__(
        self,
        engine: MatchingEngine,
        candles: CandleStore,
        *,
        seed: int,
        now: int,
        pace: float = 1.0,
        leave_out: Collection[str] = (),
        is_empty: bool = False,
    ) -> None:
        """Fill the books around the candles' last prices and lay down recent prints; `is_empty` leaves that to `fill`.

        Every instrument with a price is driven, except those to `leave_out` (a recording drives them).
        `pace` is how much faster than real time the market lives; 10 makes about ten times the messages.
        Raises ValueError for a pace that is not positive.
        """
        if pace <= 0:
            raise ValueError(f"pace must be positive, not {pace}")
        self._candles = candles
        self._pace = pace
        self._last = now
        self._rng = random.Random(f"{seed}:market")
        self._assets: dict[str, _Asset] = {}
        self._books: list[tuple[tuple[_Asset, ...], BookFlow]] = []
        self._symbols: set[str] = set()
        self._engine = engine
        self._seed = seed
        self._driven = [symbol for symbol in engine.instruments if symbol not in leave_out]
        engine.listen_to_trades(self._on_trade)
        if not is_empty:
            for _ in self.fill():
                pass

    def fill(self) -> Iterator[None]:
        """Fill one book after the other; a caller that has better to do may pause in between."""
        engine, candles, seed = self._engine, self._candles, self._seed
        for symbol in self._driven:
            candles.on_time(self._last, (symbol,))
            instrument = engine.instruments[symbol]
            price = candles.last_price(symbol)
            if price is None:
                continue
            self._symbols.add(symbol)
            profile = profile_of(instrument)
            assets = tuple(self._asset(name, seed) for name in assets_of(instrument))
            book_rng = random.Random(f"{seed}:book:{symbol}")
            prints = recent_prints(engine.venue, instrument, candles, now=self._last, rng=book_rng)
            engine.seed_trades(symbol, prints)
            self._books.append((assets, BookFlow(engine, instrument, profile, price, book_rng)))
            yield

    def step(self, now: int) -> None:
        """Advance the world to `now` (ms). A clock that stands still or goes back changes nothing."""
        elapsed = now - self._last
        if elapsed <= 0:
            return
        self._last = now
        self._candles.on_time(now, self._symbols)
        steps = min(max(round(elapsed / _STEP_MS), 1), _MOST_STEPS)
        missed = elapsed - steps * _STEP_MS
        if missed > _STEP_MS:
            self._advance_prices(min(missed / 1000.0, _LONGEST_JUMP_S) * self._pace)
            elapsed = steps * _STEP_MS
        seconds = elapsed / steps / 1000.0 * self._pace
        for _ in range(steps):
            self._advance_prices(seconds)
            for assets, book in self._books:
                book.advance(seconds, sum(asset.log_price for asset in assets))

    def _asset(self, name: str, seed: int) -> _Asset:
        asset = self._assets.get(name)
        if asset is None:
            asset = self._assets[name] = _Asset(asset_of(name), random.Random(f"{seed}:asset:{name}"))
        return asset

    def _on_trade(self, trade: Trade) -> None:
        if trade.symbol in self._symbols:
            self._candles.on_trade(trade)

    def _advance_prices(self, seconds: float) -> None:
        common = self._rng.gauss(0.0, 1.0)
        for asset in self._assets.values():
            asset.advance(seconds, common)
