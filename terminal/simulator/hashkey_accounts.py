"""The accounts of a simulated HashKey user: main, custody, fiat and one sub trading account, and who may see which.

Source: HashKey MENA document, "Query Account Type" (custody and fiat ids follow the main account's) and the example of
"Get Account Transaction History List".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from terminal.simulator.hashkey_auth import ApiKey, Asked
from terminal.simulator.hashkey_errors import HashKeyRefusal
from terminal.simulator.hashkey_profiles import Opening
from terminal.simulator.world import VenueIdentity

TRADING, CUSTODY, FIAT = 1, 5, 6
"""Numbers of the account types."""

_USER_OFFSET = 25_165_824  # the user's own id, next to that of the main account as in the document's example


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account; `event` is what its balance changes are called on the private stream."""

    id: str
    label: str
    type: int
    event: str


class Accounts:
    """All accounts of one venue's user. The main account trades with the master key, the sub account with its own."""

    def __init__(self, identity: VenueIdentity) -> None:
        main = int(identity.account_id)
        spot = "outboundAccountInfo"
        self.main = Account(id=str(main), label="Main Trading Account", type=TRADING, event=spot)
        self.custody = Account(
            id=str(main + 3), label="Custody Account", type=CUSTODY, event="outboundCustodyAccountInfo"
        )
        self.fiat = Account(id=str(main + 4), label="Fiat Account", type=FIAT, event="outboundFiatAccountInfo")
        self.sub = Account(id=identity.sub_account_id, label="Sub Main Trading Account", type=TRADING, event=spot)
        self.by_id = {account.id: account for account in (self.main, self.custody, self.fiat, self.sub)}
        self.keys = {
            identity.key: ApiKey(key=identity.key, secret=identity.secret, account_id=self.main.id, is_master=True),
            identity.sub_key: ApiKey(key=identity.sub_key, secret=identity.sub_secret, account_id=self.sub.id),
        }

    def opening(self, amounts: Opening) -> dict[str, Mapping[str, Decimal]]:
        """Return account id -> what a fresh one holds."""
        return {
            self.main.id: amounts.main,
            self.custody.id: amounts.custody,
            self.fiat.id: amounts.fiat,
            self.sub.id: amounts.sub,
        }

    def visible(self, asked: Asked) -> list[Account]:
        """Return what the key may see: the master key all accounts, a sub key its own."""
        return list(self.by_id.values()) if asked.is_master else [self.by_id[asked.account_id]]

    def named(self, asked: Asked) -> Account:
        """Return the account that `accountId` names, the key's own without it; refuses (0104) what it may not see."""
        wanted = asked.get("accountId") or asked.account_id
        for account in self.visible(asked):
            if account.id == wanted:
                return account
        raise HashKeyRefusal("0104")

    def sub_named(self, asked: Asked, account_id: str) -> Account:
        """Return the sub account of that id for a master key; refuses (0104) everything else."""
        if not asked.is_master or account_id != self.sub.id:
            raise HashKeyRefusal("0104")
        return self.sub

    def owner(self, account: Account) -> str:
        """Return the trading account whose private stream tells of this account."""
        return account.id if account.type == TRADING else self.main.id

    def user_id(self, account: Account) -> str:
        return str(int(self.owner(account)) + _USER_OFFSET)
