"""What moves in and out of accounts: assets and networks, deposits, withdrawals, transfers, balance changes.

Quantities and fees are exact decimals, times Unix ms of the venue, a missing value None. `status_text` and `kind_text`
are plain words made by the connector, or the venue's own where it knows no better; they are shown as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.domain.account import FeeRates
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One chain on which an asset travels. `max_withdrawal` None: no bound published."""

    network: str
    can_deposit: bool | None = None
    can_withdraw: bool | None = None
    withdraw_fee: Decimal | None = None
    min_withdrawal: Decimal | None = None
    max_withdrawal: Decimal | None = None
    min_deposit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One coin or currency of a venue; `name` is its full name."""

    venue: str
    asset: str
    name: str | None = None
    can_deposit: bool | None = None
    can_withdraw: bool | None = None
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositAddress:
    """Where to send an asset. `confirmations` is what the venue waits for before it credits a deposit."""

    asset: str
    network: str | None
    address: str
    memo: str | None = None
    can_deposit: bool | None = None
    min_quantity: Decimal | None = None
    confirmations: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One deposit or withdrawal, on a chain or through a bank.

    `quantity` is what was asked for or sent, `received_quantity` what arrived (or will), `fee` in `fee_asset`.
    """

    venue: str
    id: str
    direction: TransferDirection
    asset: str
    quantity: Decimal
    status: TransferStatus
    status_text: str | None = None
    account: str | None = None
    network: str | None = None
    received_quantity: Decimal | None = None
    fee: Decimal | None = None
    fee_asset: str | None = None
    address: str | None = None
    memo: str | None = None
    tx_id: str | None = None
    client_order_id: str | None = None
    remark: str | None = None
    time: int | None = None
    updated: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", TransferDirection(self.direction))
        object.__setattr__(self, "status", TransferStatus(self.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRequest:
    """What the user wants to send out. `platform` names the exchange that owns the address, where the venue asks."""

    asset: str
    network: str
    address: str
    quantity: Decimal
    client_order_id: str | None = None
    memo: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositProof:
    """A declaration of who sent a deposit: an institution, or a person by first and last name."""

    tx_id: str
    exchange: str
    first_name: str | None = None
    last_name: str | None = None
    institution: str | None = None
    is_owner: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccount:
    """One of the accounts behind an API key; `id` is the venue's, `label` its name there."""

    venue: str
    id: str
    label: str
    kind: AccountKind
    user_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", AccountKind(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """A transfer between two accounts of one user, named by their venue ids."""

    from_account: str
    to_account: str
    asset: str
    quantity: Decimal
    remark: str | None = None
    client_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceipt:
    """The venue's word that a transfer between own accounts was done."""

    venue: str
    order_id: str
    account: str | None = None
    client_order_id: str | None = None
    time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChange:
    """One line of an account's statement. `change` is signed, `total` the balance after it, `kind` the venue's code."""

    venue: str
    id: str
    account_id: str
    asset: str
    kind: int | None
    kind_text: str
    change: Decimal
    total: Decimal | None
    time: int
    account: str | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VipInfo:
    """An account's fee tier: level, 30-day volume and total assets in USD, and the rates that follow from it.

    The venue makes it once a day; `time` is when.
    """

    venue: str
    level: str
    volume_30d: Decimal | None = None
    total_assets: Decimal | None = None
    rates: tuple[FeeRates, ...] = ()
    time: int | None = None
    account: str | None = None
