"""The accounts this machine may use, and their credentials, kept in memory only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    """Accounts in the order in which they were added, with the credentials of each.

    One account of each venue is chosen: the one that ticket, ladder and top bar act for. At first it is the venue's
    first one.
    """

    def __init__(self, entries: Iterable[tuple[AccountInfo, Credentials]] = ()) -> None:
        self._accounts: dict[str, AccountInfo] = {}
        self._credentials: dict[str, Credentials] = {}
        self._chosen: dict[str, str] = {}
        self._followers: list[Callable[[AccountInfo], None]] = []
        for account, credentials in entries:
            self.add(account, credentials)

    @classmethod
    def of_simulator(cls, venues: Mapping[str, Mapping[str, str]]) -> Self:
        """Build the book from the simulator's start line: {venue: {rest, stream, .., key, secret | token, ..}}.

        Every simulated venue has an account labelled "<venue>/main", and "<venue>/sub" where the line holds
        the key of a sub account. Raises ValueError where a venue names neither a key with its secret nor a token.
        """
        book = cls()
        for venue, entry in venues.items():
            key, secret, token = entry.get("key"), entry.get("secret"), entry.get("token")
            if token is None and (key is None or secret is None):
                raise ValueError(f"simulator line: {venue} needs key and secret, or token")
            book.add(_simulated(venue, "main"), Credentials(key=key, secret=secret, token=token))
            sub_key, sub_secret = entry.get("sub_key"), entry.get("sub_secret")
            if sub_key is not None and sub_secret is not None:
                book.add(_simulated(venue, "sub"), Credentials(key=sub_key, secret=sub_secret))
        return book

    def add(self, account: AccountInfo, credentials: Credentials) -> None:
        """Add one account; raises ValueError when its label is taken."""
        if account.label in self._accounts:
            raise ValueError(f"account label {account.label!r} is taken")
        self._accounts[account.label] = account
        self._credentials[account.label] = credentials
        self._chosen.setdefault(account.venue, account.label)

    @property
    def accounts(self) -> tuple[AccountInfo, ...]:
        return tuple(self._accounts.values())

    def get(self, label: str) -> AccountInfo | None:
        return self._accounts.get(label)

    def for_venue(self, venue: str) -> AccountInfo | None:
        """Return the chosen account of `venue`; None where there is none."""
        label = self._chosen.get(venue)
        return None if label is None else self._accounts[label]

    def on_venue(self, venue: str) -> tuple[AccountInfo, ...]:
        """Return every account of `venue`."""
        return tuple(account for account in self._accounts.values() if account.venue == venue)

    def choose(self, label: str) -> None:
        """Make an account the chosen one of its venue; raises KeyError for an unknown label."""
        account = self._accounts[label]
        if self._chosen[account.venue] != label:
            self._chosen[account.venue] = label
            for told in self._followers:
                told(account)

    def follow(self, told: Callable[[AccountInfo], None]) -> None:
        """Call `told` with each account that is chosen from now on, before `choose` returns."""
        self._followers.append(told)

    def credentials(self, label: str) -> Credentials:
        """Return the credentials to open a connector with; raises KeyError for an unknown label."""
        return self._credentials[label]

    def __repr__(self) -> str:
        return f"AccountBook({', '.join(self._accounts)})"


def _simulated(venue: str, name: str) -> AccountInfo:
    return AccountInfo(label=f"{venue}/{name}", venue=venue, environment="simulated", can_trade=True, name=name)
