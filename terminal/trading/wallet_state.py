"""What is known of the wallets behind each account's key, and of the transfers sent from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from terminal.domain import Balance
from terminal.domain.wallet import Asset, DepositAddress, TransferReceipt, TransferRequest, VenueAccount, VipInfo


class Listing(Enum):
    """A list that is asked for on demand."""

    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    FIAT = "fiat_history"
    STATEMENT = "balance_flow"
    SUB_OPEN = "sub_account_open_orders"
    SUB_ORDERS = "sub_account_orders"
    SUB_FILLS = "sub_account_fills"


class Outcome(Enum):
    """How a transfer between own accounts ended, as far as there is evidence."""

    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Loaded:
    """A reading: its rows are those of the last one that succeeded, at `time` (this machine's ms). `asked` is what
    they were asked for by, where a list has several kinds."""

    rows: tuple[Any, ...] = ()
    time: int | None = None
    is_loading: bool = False
    problem: str | None = None
    asked: object = None


@dataclass(slots=True)
class SentTransfer:
    """One transfer sent from here; `text` says in plain words what is known of it."""

    key: str
    request: TransferRequest
    sent: int
    outcome: Outcome
    text: str
    receipt: TransferReceipt | None = None


@dataclass(slots=True)
class WalletState:
    """Everything read for one account. Balances are by the venue's account id."""

    overview: Loaded = field(default_factory=Loaded)
    accounts: tuple[VenueAccount, ...] = ()
    balances: dict[str, tuple[Balance, ...]] = field(default_factory=dict)
    assets: tuple[Asset, ...] = ()
    key_type: str | None = None
    vip: VipInfo | None = None
    listings: dict[Listing, Loaded] = field(default_factory=dict)
    addresses: dict[tuple[str, str | None], tuple[DepositAddress, ...]] = field(default_factory=dict)
    address_reading: Loaded = field(default_factory=Loaded)
    transfers: list[SentTransfer] = field(default_factory=list)

    def listing(self, kind: Listing) -> Loaded:
        return self.listings.setdefault(kind, Loaded())

    def account(self, id: str) -> VenueAccount | None:
        return next((account for account in self.accounts if account.id == id), None)

    def free(self, account_id: str, asset: str) -> Decimal | None:
        """Return what can be moved as last read; zero for an asset that is not listed, None before a reading."""
        held = self.balances.get(account_id)
        if held is None:
            return None
        return next((balance.free for balance in held if balance.asset == asset), Decimal(0))
