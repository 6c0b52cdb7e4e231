"""The client accounts' balances: free and locked amounts an asset, never negative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from terminal.domain.numbers import ZERO, plain


class Ledger:
    """Free and locked amounts by account and asset; `changed(account_id, asset)` is called after each change."""

    def __init__(self, changed: Callable[[str, str], None]) -> None:
        self._changed = changed
        self._free: dict[str, dict[str, Decimal]] = {}
        self._locked: dict[str, dict[str, Decimal]] = {}

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._free

    def open(self, account_id: str, balances: Mapping[str, Decimal]) -> None:
        """Open an account with these free balances; raises ValueError if it exists or an amount is negative."""
        if account_id in self._free:
            raise ValueError(f"account {account_id} is open already")
        for asset, amount in balances.items():
            if amount < 0:
                raise ValueError(f"account {account_id}: {asset} must not be negative, not {amount}")
        self._free[account_id] = dict(balances)
        self._locked[account_id] = {}

    def balances(self, account_id: str) -> dict[str, tuple[Decimal, Decimal]]:
        """Return asset -> (free, locked); raises KeyError for an unknown account."""
        locked = self._locked[account_id]
        return {asset: (free, locked.get(asset, ZERO)) for asset, free in self._free[account_id].items()}

    def free(self, account_id: str, asset: str) -> Decimal:
        return self._free[account_id].get(asset, ZERO)

    def credit(self, account_id: str, asset: str, amount: Decimal) -> None:
        """Add to the free amount; a negative amount takes from it and must be covered."""
        self._set(account_id, asset, free=amount, locked=ZERO)

    def lock(self, account_id: str, asset: str, amount: Decimal) -> None:
        self._set(account_id, asset, free=-amount, locked=amount)

    def unlock(self, account_id: str, asset: str, amount: Decimal) -> None:
        self._set(account_id, asset, free=amount, locked=-amount)

    def spend_locked(self, account_id: str, asset: str, locked: Decimal, spent: Decimal) -> None:
        """Take `spent` out of `locked`; what is left of it becomes free again."""
        self._set(account_id, asset, free=locked - spent, locked=-locked)

    def _set(self, account_id: str, asset: str, *, free: Decimal, locked: Decimal) -> None:
        new_free = self._free[account_id].get(asset, ZERO) + free
        new_locked = self._locked[account_id].get(asset, ZERO) + locked
        if new_free < 0 or new_locked < 0:
            raise ValueError(
                f"account {account_id}: {asset} would go negative (free {plain(new_free)}, locked {plain(new_locked)})"
            )
        self._free[account_id][asset] = new_free
        self._locked[account_id][asset] = new_locked
        self._changed(account_id, asset)

    def export_state(self) -> dict[str, object]:
        return {
            account_id: {
                asset: [plain(free), plain(locked)] for asset, (free, locked) in self.balances(account_id).items()
            }
            for account_id in self._free
        }

    def import_state(self, state: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
        self._free = {a: {asset: Decimal(pair[0]) for asset, pair in rows.items()} for a, rows in state.items()}
        self._locked = {a: {asset: Decimal(pair[1]) for asset, pair in rows.items()} for a, rows in state.items()}
