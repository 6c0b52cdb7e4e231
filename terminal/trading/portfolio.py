"""Balances over all accounts, and what they are worth at traded prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from terminal.domain import Balance, Source
from terminal.domain.numbers import ZERO
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

PriceOf = Callable[[str, str], Decimal | None]
"""(base, quote) -> the price of one base in quote on a traded pair, or None."""

_CROSSES = ("USDT", "USD", "AED", "USDC", "BTC", "HKD")


class Portfolio:
    """The last known balance of every (account, asset). Values come from traded pairs only: no two currencies
    are taken to be worth the same."""

    def __init__(self, *, price_of: PriceOf, clock: Clock, changed: ChangedTopics | None = None) -> None:
        self._price_of = price_of
        self._clock = clock
        self._changed = changed if changed is not None else ChangedTopics()
        self._balances: dict[tuple[str, str], Balance] = {}
        self._refreshed: dict[str, int] = {}
        self._problems: dict[str, str] = {}
        self._polled: dict[str, int] = {}

    def mark(self, account: str, problem: str | None) -> None:
        """Note why an account's balances are only as last known; None: its stream tells every change."""
        if problem is None:
            self._problems.pop(account, None)
        else:
            self._problems[account] = problem
        self._changed.mark(TradingTopic.BALANCES)

    @property
    def problem(self) -> str | None:
        """Say why some balances are only as last known; None while all of them are live."""
        return next(iter(self._problems.values()), None)

    def update(self, account: str, balance: Balance) -> None:
        """Take one balance of the stream, or of the polling in its place (absolute amounts)."""
        self._balances[account, balance.asset] = balance
        if balance.source is Source.POLL and balance.received is not None:
            self._polled[account] = balance.received
        self._changed.mark(TradingTopic.BALANCES)

    def replace(self, account: str, balances: Iterable[Balance], *, asked: int | None = None) -> list[str]:
        """Take a whole listing of an account; assets it does not name are zero. Returns the assets that differ
        from what was known.

        What the stream, or the polling in its place, told since the listing was `asked` for (this machine's ms) is
        newer than the listing and stays.
        """
        listed = {balance.asset: balance for balance in balances}
        for (owner, asset), known in self._balances.items():
            told_since = asked is not None and known.received is not None and known.received >= asked
            if owner == account and known.source is not Source.SNAPSHOT and told_since:
                listed[asset] = known
        held = {asset: balance for (owner, asset), balance in self._balances.items() if owner == account}
        differing = [
            asset
            for asset in {**held, **listed}
            if _amounts(held.get(asset)) != _amounts(listed.get(asset)) and account in self._refreshed
        ]
        for asset in held:
            del self._balances[account, asset]
        for asset, balance in listed.items():
            self._balances[account, asset] = balance
        self._refreshed[account] = self._clock()
        self._changed.mark(TradingTopic.BALANCES)
        return sorted(differing)

    def balances(self, account: str | None = None) -> list[Balance]:
        """Return the balances of one account, or of all of them, by asset name."""
        rows = [balance for (owner, _), balance in self._balances.items() if account is None or owner == account]
        return sorted(rows, key=lambda balance: (balance.asset, balance.venue))

    def free(self, account: str, asset: str) -> Decimal | None:
        """Return what can be spent; zero for an asset the venue does not list, None before the first listing."""
        balance = self._balances.get((account, asset))
        if balance is not None:
            return balance.free
        return ZERO if account in self._refreshed else None

    def polled(self, account: str) -> int | None:
        """Return when (ms) the account was last asked for its balances because its venue does not stream them; None
        for an account with a stream."""
        return self._polled.get(account)

    def refreshed(self, account: str) -> int | None:
        """Return when (ms) the account's balances were last listed as a whole."""
        return self._refreshed.get(account)

    def value(self, asset: str, amount: Decimal, in_currency: str = "USDT") -> Decimal | None:
        """Return what `amount` of `asset` is worth, directly or over one currency between; None: not known."""
        if asset == in_currency:
            return amount
        if amount == 0:
            return ZERO
        rate = self._rate(asset, in_currency)
        if rate is None:
            for cross in _CROSSES:
                if cross in (asset, in_currency):
                    continue
                first, second = self._rate(asset, cross), self._rate(cross, in_currency)
                if first is not None and second is not None:
                    rate = first * second
                    break
        return None if rate is None else amount * rate

    def total(self, in_currency: str = "USDT") -> Decimal | None:
        """Return what all balances are worth together; None while any of them has no known value."""
        total = ZERO
        for balance in self._balances.values():
            held = balance.total if balance.total is not None else balance.free + balance.locked
            value = self.value(balance.asset, held, in_currency)
            if value is None:
                return None
            total += value
        return total if self._refreshed else None

    def unvalued(self, in_currency: str = "USDT") -> list[str]:
        """Return the held assets that have no known value in the currency, by name."""
        missing = {
            balance.asset
            for balance in self._balances.values()
            if self.value(balance.asset, balance.free + balance.locked, in_currency) is None
        }
        return sorted(missing)

    def _rate(self, base: str, quote: str) -> Decimal | None:
        price = self._price_of(base, quote)
        if price is not None and price > 0:
            return price
        inverse = self._price_of(quote, base)
        return 1 / inverse if inverse is not None and inverse > 0 else None


def _amounts(balance: Balance | None) -> tuple[Decimal, Decimal]:
    return (ZERO, ZERO) if balance is None else (balance.free, balance.locked)
