"""Which pairs of an account have something to tell, read off its balances.

The venue lists orders and fills of one pair at a time. An open order locks what it pays with, and a fill moves both
assets of its pair, so a pair whose assets did not move need not be asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from terminal.domain.account import Balance
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import Side
from terminal.domain.numbers import ZERO
from terminal.domain.order import Order


class ActivePairs:
    """What is known of an account's activity since the connector was opened."""

    def __init__(self) -> None:
        self._active: dict[str, None] = {}  # in order of use, the latest last
        self._other_locks: Mapping[str, Decimal] = {}
        self._totals: Mapping[str, Decimal] = {}
        self._asked_since: int | None = None
        self._was_asked = False

    def stir(self, symbol: str) -> None:
        """Note that something was done in a pair: it is asked for first, and always."""
        self._active.pop(symbol, None)
        self._active[symbol] = None

    def in_order_of_use(self, pairs: Mapping[str, Instrument]) -> list[str]:
        return [*reversed(self._active), *(symbol for symbol in pairs if symbol not in self._active)]

    def with_fills(self, pairs: Mapping[str, Instrument], balances: Sequence[Balance], since: int | None) -> list[str]:
        """Return the pairs in which orders may have filled since `told` was called, all of them before that, or when
        `since` (ms) reaches further back than what was asked for then."""
        every = self.in_order_of_use(pairs)
        reaches_back = self._asked_since is not None and (since is None or since < self._asked_since)
        if not self._was_asked or reaches_back:
            return every
        moved = {one for one, total in _totals(balances).items() if self._totals.get(one, ZERO) != total}
        moved |= self._totals.keys() - {balance.asset for balance in balances}
        return [
            symbol
            for symbol in every
            if symbol in self._active or (symbol in pairs and {pairs[symbol].base, pairs[symbol].quote} <= moved)
        ]

    def told(self, balances: Sequence[Balance], since: int | None) -> None:
        """Note that all fills since `since` are known up to these balances."""
        self._totals = _totals(balances)
        self._asked_since = since
        self._was_asked = True

    def unexplained(self, balances: Iterable[Balance]) -> Locks:
        """Return what open orders have to explain. What none explained the last time (a withdrawal under way, for
        one) is not looked for again."""
        locked = {balance.asset: balance.locked for balance in balances if balance.locked > 0}
        return Locks(locked, self._other_locks)

    def may_hold_orders(self, symbol: str, pair: Instrument | None, locks: Locks) -> bool:
        return symbol in self._active or pair is None or locks.has_left(pair.base) or locks.has_left(pair.quote)

    def explained(self, locks: Locks) -> None:
        """Note what the orders that were found did not explain."""
        self._other_locks = locks.left()


class Locks:
    """Locked amounts by asset, less what orders explain."""

    def __init__(self, locked: Mapping[str, Decimal], others: Mapping[str, Decimal]) -> None:
        self._others = {asset: min(amount, others.get(asset, ZERO)) for asset, amount in locked.items()}
        self._left = {asset: amount - self._others[asset] for asset, amount in locked.items()}

    def has_left(self, asset: str) -> bool:
        return self._left.get(asset, ZERO) > 0

    def explain(self, order: Order, pair: Instrument | None) -> None:
        """Take off what an open order locks at least; a fee that is locked besides stays unexplained."""
        if pair is None or order.remaining is None or order.price is None:
            return
        sells = order.side is Side.SELL
        asset = pair.base if sells else pair.quote
        amount = order.remaining if sells else order.price * order.remaining
        self._left[asset] = self._left.get(asset, ZERO) - amount

    def left(self) -> Mapping[str, Decimal]:
        return {asset: max(amount, ZERO) + self._others.get(asset, ZERO) for asset, amount in self._left.items()}


def _totals(balances: Iterable[Balance]) -> Mapping[str, Decimal]:
    return {balance.asset: balance.free + balance.locked for balance in balances}
