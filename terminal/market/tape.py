"""An instrument's public prints: a bounded ring, and the volume traded at each price in the last minutes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from terminal.domain import Side, Trade
from terminal.domain.numbers import ZERO
from terminal.market.freshness import Freshness

RING_SIZE = 2_000
_ANONYMOUS = 256
"""How many prints of lists are kept to be recognised: a stream tells its latest 60 once more (PROTOCOLS 2.6)."""
WINDOW_MS = 5 * 60_000

_Print = tuple[int, Decimal, Decimal, Side]


def _print_of(trade: Trade) -> _Print:
    return trade.time, trade.price, trade.quantity, trade.side


class Tape:
    """Prints of one instrument, newest last. `total` counts every print ever taken, so that a reader knows how
    many are new since it last looked even when the ring has dropped some."""

    def __init__(self, freshness: Freshness, clock: Callable[[], int]) -> None:
        self.freshness = freshness
        self.trades: deque[Trade] = deque(maxlen=RING_SIZE)
        self.total = 0
        self._clock = clock
        self._ids: set[str] = set()
        self._id_order: deque[str] = deque()
        # prints taken from a list without ids, which the stream may tell once more with ids
        self._anonymous: Counter[_Print] = Counter()
        self._gap_after: int | None = None
        self._live_since_gap = 0
        self._recent: deque[tuple[int, Decimal, Decimal]] = deque()
        self._traded: dict[Decimal, Decimal] = {}

    def add(self, trade: Trade) -> bool:
        """Take one print from the stream; False when it was known already."""
        if trade.id is not None:
            if trade.id in self._ids:
                return False
            self._remember(trade.id)
        if self._anonymous:
            seen = _print_of(trade)
            if seen in self._anonymous:
                self._anonymous[seen] -= 1
                if not self._anonymous[seen]:
                    del self._anonymous[seen]
                return False
        self.trades.append(trade)
        self.total += 1
        self._live_since_gap += 1
        self._count(trade, self._clock())
        self._expire()  # a tape that nobody asks for its volumes must not keep them for ever
        return True

    def mark_gap(self) -> None:
        """The stream was lost: prints may be missing after the newest one."""
        self._gap_after = self.trades[-1].time if self.trades else None
        self._live_since_gap = 0

    def seed(self, trades: Sequence[Trade]) -> int:
        """Fill in a REST list (oldest first) before the first live print, or into the gap of a lost stream.

        Such lists carry no ids: a print in the very millisecond at which the gap begins is taken as known.
        Returns how many prints were filled in.
        """
        live = [self.trades.pop() for _ in range(min(self._live_since_gap, len(self.trades)))]
        live.reverse()
        after = self._gap_after if self._gap_after is not None else -1
        if self.trades:
            after = max(after, self.trades[-1].time)
        before = live[0].time if live else None
        missing = [t for t in trades if t.time > after and (before is None or t.time < before)]
        now = self._clock()
        newest = trades[-1].time if trades else 0
        for trade in missing:
            self.trades.append(trade)
            self._anonymous[_print_of(trade)] += 1
            self._count(trade, now - max(0, newest - trade.time))
        self.trades.extend(live)
        self.total += len(missing)
        self._gap_after = None
        while len(self._anonymous) > _ANONYMOUS:
            del self._anonymous[next(iter(self._anonymous))]  # the oldest: no stream tells so far back
        return len(missing)

    def traded_at(self, price: Decimal) -> Decimal:
        """Return the base volume printed at exactly `price` in the last five minutes."""
        self._expire()
        return self._traded.get(price, ZERO)

    def traded_between(self, low: Decimal, high: Decimal) -> Decimal:
        """Return the base volume printed at prices from `low` up to, not including, `high`."""
        self._expire()
        return sum((v for p, v in self._traded.items() if low <= p < high), ZERO)

    def traded(self) -> dict[Decimal, Decimal]:
        """Return base volume by price over the last five minutes; the caller must not change it."""
        self._expire()
        return self._traded

    def _count(self, trade: Trade, stamp: int) -> None:
        self._recent.append((stamp, trade.price, trade.quantity))
        self._traded[trade.price] = self._traded.get(trade.price, ZERO) + trade.quantity

    def _expire(self) -> None:
        oldest = self._clock() - WINDOW_MS
        recent = self._recent
        while recent and recent[0][0] < oldest:
            _, price, quantity = recent.popleft()
            left = self._traded[price] - quantity
            if left > 0:
                self._traded[price] = left
            else:
                del self._traded[price]

    def _remember(self, trade_id: str) -> None:
        self._ids.add(trade_id)
        self._id_order.append(trade_id)
        if len(self._id_order) > RING_SIZE:
            self._ids.discard(self._id_order.popleft())
