"""The accounts this machine may use, and their credentials, kept in memory only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from terminal.domain import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """One account of one venue.

    `label` is the unique key ("account" elsewhere) and stays the same over restarts, because the journal names
    it; `name` is what people read. `environment` is "simulated", "sandbox" or "production".
    """

    label: str
    venue: str
    environment: str
    can_trade: bool
    name: str


class AccountBook:
    """Accounts in the order in which they were added, with the credentials of each."""

    def __init__(self, entries: Iterable[tuple[AccountInfo, Credentials]] = ()) -> None:
        self._accounts: dict[str, AccountInfo] = {}
        self._credentials: dict[str, Credentials] = {}
        for account, credentials in entries:
            self.add(account, credentials)

    @classmethod
    def of_simulator(cls, venues: Mapping[str, Mapping[str, str]]) -> Self:
        """Build the book from the simulator's start line: {venue: {rest, stream, .., key, secret | token, ..}}.

        Every simulated venue has one account, labelled "<venue>/main". Raises ValueError where a venue names
        neither a key with its secret nor a token.
        """
        book = cls()
        for venue, entry in venues.items():
            key, secret, token = entry.get("key"), entry.get("secret"), entry.get("token")
            if token is None and (key is None or secret is None):
                raise ValueError(f"simulator line: {venue} needs key and secret, or token")
            account = AccountInfo(
                label=f"{venue}/main", venue=venue, environment="simulated", can_trade=True, name="main"
            )
            book.add(account, Credentials(key=key, secret=secret, token=token))
        return book

    def add(self, account: AccountInfo, credentials: Credentials) -> None:
        """Add one account; raises ValueError when its label is taken."""
        if account.label in self._accounts:
            raise ValueError(f"account label {account.label!r} is taken")
        self._accounts[account.label] = account
        self._credentials[account.label] = credentials

    @property
    def accounts(self) -> tuple[AccountInfo, ...]:
        return tuple(self._accounts.values())

    def get(self, label: str) -> AccountInfo | None:
        return self._accounts.get(label)

    def for_venue(self, venue: str) -> AccountInfo | None:
        """Return the first account of `venue`; None where there is none."""
        for account in self._accounts.values():
            if account.venue == venue:
                return account
        return None

    def credentials(self, label: str) -> Credentials:
        """Return the credentials to open a connector with; raises KeyError for an unknown label."""
        return self._credentials[label]

    def __repr__(self) -> str:
        return f"AccountBook({', '.join(self._accounts)})"
