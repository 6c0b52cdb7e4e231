"""What the balances table shows: one row an asset, over all accounts or one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import Balance, Source
from terminal.domain.numbers import ZERO
from terminal.ui import formatting

if TYPE_CHECKING:
    from terminal.accounts.account_book import AccountInfo
    from terminal.market.market_data import MarketData
    from terminal.trading.portfolio import Portfolio

_FIAT = frozenset({"USD", "AED", "HKD", "EUR", "USDT", "USDC", "USDS"})
_LEAST_SHOWN = Decimal("0.01")
_MOST_DIGITS = 8
_MOST_VALUE_DIGITS = 8
_MOST_LOCKED_DIGITS = 6
_MILLIONS = 7
_WHOLE = Decimal("0.9995")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One asset in ready texts. `value` is None where no traded pair tells its worth."""

    asset: str
    free: Decimal
    locked: Decimal
    total: Decimal
    value: Decimal | None
    share: Decimal | None
    free_text: str
    locked_text: str
    value_text: str
    share_text: str
    places: str
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The footer: `unvalued` names the held assets that are in no total."""

    total: str
    locked: str
    locked_share: str
    unvalued: str
    age: str


class BalancesPresenter:
    """Builds rows from the portfolio; `hide_dust` leaves out what is worth less than a cent."""

    def __init__(self, market: MarketData, portfolio: Portfolio, currency: str = "USDT") -> None:
        self._market = market
        self._portfolio = portfolio
        self.currency = currency
        self.hide_dust = False

    def rows(self) -> list[BalanceRow]:
        """Return one row an asset, the most valuable first, assets of unknown value last."""
        by_asset: dict[str, list[Balance]] = {}
        for balance in self._portfolio.balances():
            by_asset.setdefault(balance.asset, []).append(balance)
        values = {asset: self._value(asset, held) for asset, held in by_asset.items()}
        whole = sum((value for value in values.values() if value is not None), ZERO)
        rows = [self._row(asset, held, values[asset], whole) for asset, held in by_asset.items()]
        shown = [row for row in rows if row.total != 0 and not (self.hide_dust and _is_dust(row))]
        return sorted(shown, key=lambda row: (row.value is None, -(row.value or ZERO), row.asset))

    def totals(self, rows: Sequence[BalanceRow], accounts: Sequence[str]) -> Totals:
        """Sum what can be valued, and say what cannot and how old the listing is."""
        now = self._market.clock()
        whole = sum((row.value for row in rows if row.value is not None), ZERO)
        locked = ZERO
        for row in rows:
            worth = self._portfolio.value(row.asset, row.locked, self.currency)
            if worth is not None:
                locked += worth
        refreshed = [time for account in accounts if (time := self._portfolio.refreshed(account)) is not None]
        unvalued = [row.asset for row in rows if row.value is None]
        share = locked / whole if whole else None
        return Totals(
            total=formatting.amount(whole) if refreshed else formatting.MISSING,
            locked=formatting.amount(locked) if refreshed else formatting.MISSING,
            locked_share=formatting.number(share * 100, 1) if share is not None else "",
            unvalued=", ".join(unvalued),
            age=formatting.calm_age(now - min(refreshed)) if refreshed else "",
        )

    def polled(self, accounts: Iterable[AccountInfo]) -> str:
        """Say how old the balances are that are polled, "Crypto.com polled 2 s ago"; "" without such accounts."""
        now = self._market.clock()
        told = []
        for account in accounts:
            moment = self._portfolio.polled(account.label)
            if moment is not None and account.venue in self._market.venues:
                venue = self._market.venue_name(account.venue, short=True)
                told.append(f"{venue} polled {formatting.ago(now - moment)}")
        return ", ".join(told)

    @property
    def problem(self) -> str | None:
        """Say why the balances are only as last known; None: they are live."""
        return self._portfolio.problem

    def _value(self, asset: str, held: Sequence[Balance]) -> Decimal | None:
        return self._portfolio.value(asset, _total(held), self.currency)

    def _row(self, asset: str, held: Sequence[Balance], value: Decimal | None, whole: Decimal) -> BalanceRow:
        free = sum((balance.free for balance in held), ZERO)
        locked = sum((balance.locked for balance in held), ZERO)
        share = value / whole if value is not None and whole else None
        digits = self._digits(asset)
        return BalanceRow(
            asset=asset,
            free=free,
            locked=locked,
            total=_total(held),
            value=value,
            share=share,
            free_text=_fit(free, digits),
            locked_text="0" if locked == 0 else _fit(locked, digits, _MOST_LOCKED_DIGITS),
            value_text=_fit(value, 2, _MOST_VALUE_DIGITS) if value is not None else formatting.MISSING,
            share_text="" if share is None else formatting.number(share * 100, 0 if share >= _WHOLE else 1),
            places="\n".join(self._place(balance) for balance in held),
            is_live=self._portfolio.problem is None,
        )

    def _place(self, balance: Balance) -> str:
        venue = self._market.venue_name(balance.venue) if balance.venue in self._market.venues else balance.venue
        account = f", {balance.account}" if balance.account else ""
        polled = ""
        if balance.source is Source.POLL and balance.received is not None:
            polled = f", polled {formatting.ago(self._market.clock() - balance.received)}"
        return (
            f"{venue}{account}: free {formatting.exact(balance.free)}, locked {formatting.exact(balance.locked)}"
            f" {balance.asset}{polled}"
        )

    def _digits(self, asset: str) -> int:
        if asset in _FIAT:
            return 2
        lots = [i.quantity_decimals for i in self._market.instruments.values() if i.base == asset]
        return max(lots, default=8)


def _fit(value: Decimal, digits: int, most: int = _MOST_DIGITS) -> str:
    """A balance never looks larger than it is: a long one loses fraction digits, a huge one is told in M or B."""
    whole_digits = len(str(int(abs(value))))
    if whole_digits > most:
        return formatting.compact(value)
    # a single digit after millions says nothing and takes the room of two
    kept = max(0, min(digits, most - whole_digits)) if whole_digits < _MILLIONS else 0
    step = Decimal(1).scaleb(-kept)
    return formatting.number((value // step) * step, kept)


def _total(held: Sequence[Balance]) -> Decimal:
    return sum((b.total if b.total is not None else b.free + b.locked for b in held), ZERO)


def _is_dust(row: BalanceRow) -> bool:
    return row.value is not None and row.value < _LEAST_SHOWN and row.locked == 0
