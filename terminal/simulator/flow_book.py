"""One instrument's synthetic quotes and taker orders, in whole ticks and lots."""

from __future__ import annotations

import math
import random
from bisect import bisect_left, insort
from decimal import Decimal
from itertools import pairwise

from terminal.domain import Instrument, Side
from terminal.simulator.flow_profiles import (
    LEVELS,
    SMALLEST_VALUE,
    FlowProfile,
    gap_ticks,
    level_value,
    mean_gap,
    trade_value,
)
from terminal.simulator.matching_engine import MatchingEngine

_MOST_LEVELS = 230
_MOST_CHANGES = 60
"""Book changes made in one step at most, however fast the market lives."""
_MOST_ORDERS = 12
_STRETCH = 10
"""Neighbouring levels that are looked at to tell a crowded part of the book from an empty one."""
_BURST_TAIL = 0.9
_LONGEST_BURST = 150
"""A taker who meets many makers makes many prints: their number has a heavy tail."""
_DEEPEST_SWEEP = 0.0002
"""How far a burst eats into the book, as a fraction of the price."""
_QUICK_REFILL = 0.6
"""Share of the taker orders after which makers quote again at once."""
_SELF_EXCITED = 0.75
"""Share of the taker orders that others provoked (a Hawkes process's branching ratio)."""
_CAUGHT = 0.04
"""Share of the quotes beyond a moved price that a taker still meets."""
_MOVES = 0.04
"""Moves of the touch for each change of the book."""
_MEMORY_S = 2.5
_MOST_EXCITEMENT = 6.0


class _Quotes:
    """The flow's own view of one side: sizes in lots by distance key, nearest first.

    A key is the price in ticks, negated for bids, so that the best price always has the smallest key.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sign = -1 if side is Side.BUY else 1
        self.keys: list[int] = []
        self.lots: dict[int, int] = {}

    def set(self, key: int, lots: int) -> None:
        if lots > 0:
            if key not in self.lots:
                insort(self.keys, key)
            self.lots[key] = lots
        elif self.lots.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]

    def clear(self) -> None:
        self.keys.clear()
        self.lots.clear()


class BookFlow:
    """Keeps one instrument's book alive around its asset's fair price."""

    def __init__(
        self,
        engine: MatchingEngine,
        instrument: Instrument,
        profile: FlowProfile,
        price: Decimal,
        rng: random.Random,
    ) -> None:
        self._engine = engine
        self._symbol = instrument.symbol
        self._profile = profile
        self._rng = rng
        self._tick = instrument.tick_size or Decimal("0.00000001")
        self._lot = instrument.lot_size or Decimal("0.00000001")
        self._start_ticks = float(price / self._tick)
        # lots for one unit of quote currency
        self._value_lots = 1 / float(price) / float(self._lot)
        self._least_lots = max(int(SMALLEST_VALUE * self._value_lots), 1)
        self._gap = profile.gap(self._start_ticks)
        self._extent = self._gap * LEVELS
        self._bids, self._asks = _Quotes(Side.BUY), _Quotes(Side.SELL)
        self._excitement = 0.0
        self._fair = self._start_ticks
        self._basis = 0.0
        self._seen = -1
        self._quote_at(self._start_ticks)
        for quotes in (self._bids, self._asks):
            self._fill_up(quotes)
        self._seen = engine.book_version(self._symbol)

    def advance(self, seconds: float, log_price: float) -> None:
        """Live through `seconds`; `log_price` is the asset's fair price against the start, in logarithms."""
        rng = self._rng
        engine, symbol = self._engine, self._symbol
        # client orders trade with quotes as they arrive, so what stands may be less than what was set
        with_clients = engine.has_client_orders(symbol)
        if with_clients or engine.book_version(symbol) != self._seen:
            self._look()
        # each pair strays a little from its asset and comes back within seconds
        decay = math.exp(-seconds / 20.0)
        self._basis = self._basis * decay + 0.00003 * math.sqrt(1 - decay * decay) * rng.gauss(0.0, 1.0)
        self._fair = self._start_ticks * math.exp(log_price + self._basis)
        self._excitement *= math.exp(-seconds / _MEMORY_S)
        intensity = self._profile.orders * (1 - _SELF_EXCITED + self._excitement)
        for _ in range(min(_poisson(rng, intensity * seconds), _MOST_ORDERS)):
            self._take()
        if rng.random() < 1 - math.exp(-seconds * self._profile.changes * _MOVES * (0.6 + self._excitement)):
            self._requote()
        changes = self._profile.changes * (0.6 + min(self._excitement, 3.0))
        for _ in range(min(_poisson(rng, changes * seconds), _MOST_CHANGES)):
            self._change()
        for quotes in (self._bids, self._asks):
            self._fill_up(quotes)
        self._seen = -1 if with_clients else engine.book_version(symbol)

    # -- taker orders

    def _take(self) -> None:
        """One taker: mostly one print, now and then a burst of them, leaning to where the fair price is."""
        rng = self._rng
        if not self._bids.keys or not self._asks.keys:
            return
        mid = (self._asks.keys[0] - self._bids.keys[0]) / 2
        pull = max(min((self._fair - mid) / (0.05 * self._extent), 0.35), -0.35)
        side = Side.BUY if rng.random() < 0.5 + pull else Side.SELL
        quotes = self._asks if side is Side.BUY else self._bids
        # nobody pays any price: a burst ends a little way into the book
        limit_key = quotes.keys[0] + max(int(_DEEPEST_SWEEP * self._start_ticks), 1)
        prints = 1 if rng.random() < 0.8 else int(rng.paretovariate(_BURST_TAIL)) + 1
        for _ in range(min(prints, _LONGEST_BURST)):
            self._aggress(side, self._lots_traded(), limit_key)
        self._excite(1.0)
        if rng.random() < _QUICK_REFILL:
            self._requote()

    def _excite(self, orders: float) -> None:
        """Let so many taker orders draw others after them."""
        jump = orders * _SELF_EXCITED / (self._profile.orders * _MEMORY_S)
        self._excitement = min(self._excitement + jump, _MOST_EXCITEMENT)

    def _aggress(self, side: Side, lots: int, limit_key: int) -> None:
        quotes = self._asks if side is Side.BUY else self._bids
        self._engine.aggress(self._symbol, side, lots * self._lot, self._price(limit_key * quotes.sign))
        self._look_at_touch(quotes)

    # -- quotes

    def _requote(self) -> None:
        """Bring the touch to the fair price: by takers who sweep what lies beyond it, or by makers who withdraw."""
        for quotes in (self._asks, self._bids):
            # bids stand at most at the fair price's tick, asks above it: new quotes cross nothing
            fair_key = -math.floor(self._fair) if quotes.side is Side.BUY else math.floor(self._fair) + 1
            beyond = bisect_left(quotes.keys, fair_key)
            if beyond == 0:
                continue
            self._give_way(quotes, quotes.keys[:beyond])
        self._quote_at(self._fair)

    def _give_way(self, quotes: _Quotes, keys: list[int]) -> None:
        """Makers beyond the fair price withdraw in time, mostly; takers get a piece of those who did not."""
        rng = self._rng
        taker = Side.BUY if quotes.side is Side.SELL else Side.SELL
        hit = [key for key in keys if rng.random() < _CAUGHT][:_LONGEST_BURST]
        caught = 0
        for key in keys:
            lots = min(self._lots_traded(), quotes.lots[key]) if key in hit else 0
            self._set(quotes, key, lots)
            caught += lots
        if caught:
            self._aggress(taker, caught, hit[-1])
            self._excite(0.5)
        for key in hit:
            self._set(quotes, key, 0)

    def _quote_at(self, fair: float) -> None:
        """Put a bid and an ask around `fair`, the usual spread apart, and levels into the gap behind each."""
        rng = self._rng
        spread = self._profile.spread_ticks
        if rng.random() < 0.06:
            spread += 1 + int(rng.expovariate(1 / (1 + 0.5 * self._gap)))
        bid = math.floor(fair - (spread - 1) / 2)
        for quotes, touch in ((self._bids, -bid), (self._asks, bid + spread)):
            old = quotes.keys[0] if quotes.keys else None
            if old is not None and old <= touch:
                continue
            if old is not None:
                # who quoted the old touch in size moves along
                self._set(quotes, old, self._lots_at(max((old - touch) / self._extent, 1e-6)))
            self._set(quotes, touch, self._lots_at(0.0))
            key = touch
            for _ in range(LEVELS if old is not None else 0):
                key += gap_ticks(rng, self._gap, (key - touch) / self._extent)
                if old is not None and key >= old:
                    break
                self._set(quotes, key, self._lots_at((key - touch) / self._extent))

    def _change(self) -> None:
        """One maker changes a level: near the touch mostly, a size, a new level or none."""
        rng = self._rng
        quotes = self._bids if rng.random() < 0.5 else self._asks
        if len(quotes.keys) < 3:
            return
        index = int(rng.expovariate(1 / 15.0)) if rng.random() < 0.75 else rng.randrange(LEVELS)
        index = min(index, len(quotes.keys) - 1)
        key, touch = quotes.keys[index], quotes.keys[0]
        distance = (key - touch) / self._extent
        action = rng.random()
        if index == 0:
            # the touch is worked on all the time: a part comes or goes
            lots = int(quotes.lots[key] * rng.uniform(0.6, 1.3)) if action < 0.7 else self._lots_at(0.0)
            self._set(quotes, key, max(lots, self._least_lots))
        elif action < 0.5:
            self._set(quotes, key, self._lots_at(max(distance, 1e-6)))
        else:
            self._rearrange(quotes, index, distance)

    def _rearrange(self, quotes: _Quotes, index: int, distance: float) -> None:
        """Take a level away where they lie close, put one into the widest hole where they lie apart."""
        keys = quotes.keys
        stretch = keys[index : index + _STRETCH]
        room = (len(stretch) - 1) * mean_gap(self._gap, distance)
        if stretch[-1] - stretch[0] <= room:
            self._set(quotes, stretch[0], 0)
            return
        hole, before = max((after - before, before) for before, after in pairwise(stretch))
        if hole > 1:
            key = before + min(gap_ticks(self._rng, self._gap, distance), hole - 1)
            self._set(quotes, key, self._lots_at(max((key - keys[0]) / self._extent, 1e-6)))

    def _fill_up(self, quotes: _Quotes) -> None:
        """Hold at least 200 levels, and not many more."""
        keys = quotes.keys
        if not keys:
            self._quote_at(self._fair)
        while len(keys) > _MOST_LEVELS:
            self._set(quotes, keys[-1], 0)
        while len(keys) < LEVELS:
            distance = (keys[-1] - keys[0]) / self._extent
            key = keys[-1] + gap_ticks(self._rng, self._gap, distance)
            if quotes.side is Side.BUY and key >= 0:
                return  # a bid cannot be at or below zero
            self._set(quotes, key, self._lots_at(max((key - keys[0]) / self._extent, 1e-6)))

    def _lots_at(self, distance: float) -> int:
        return max(int(level_value(self._rng, distance) * self._profile.liquidity * self._value_lots), self._least_lots)

    def _lots_traded(self) -> int:
        return max(int(trade_value(self._rng) * self._profile.liquidity * self._value_lots), self._least_lots)

    # -- the engine's book and ours

    def _price(self, ticks: int) -> Decimal:
        return ticks * self._tick

    def _set(self, quotes: _Quotes, key: int, lots: int) -> None:
        quotes.set(key, lots)
        self._engine.set_liquidity(self._symbol, quotes.side, self._price(key * quotes.sign), lots * self._lot)

    def _look(self) -> None:
        """Read the whole anonymous book: a client has taken from it."""
        for quotes in (self._bids, self._asks):
            quotes.clear()
            for price, quantity in self._engine.anonymous_book(self._symbol, quotes.side):
                key = int(price / self._tick) * quotes.sign
                quotes.keys.append(key)
                quotes.lots[key] = int(quantity / self._lot)

    def _look_at_touch(self, quotes: _Quotes) -> None:
        """Read the best levels again after a taker has eaten into them."""
        keys = quotes.keys
        while keys:
            left = self._engine.liquidity(self._symbol, quotes.side, self._price(keys[0] * quotes.sign))
            lots = int(left / self._lot)
            if lots >= self._least_lots:
                quotes.lots[keys[0]] = lots
                return
            self._set(quotes, keys[0], 0)


def _poisson(rng: random.Random, mean: float) -> int:
    """Draw a count of events of which `mean` are expected."""
    if mean > 30:
        return max(round(rng.gauss(mean, math.sqrt(mean))), 0)
    limit = math.exp(-mean)
    count = 0
    product = rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
