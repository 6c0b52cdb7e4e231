"""What a simulated HashKey keeps of money in and out: deposits, withdrawals, bank orders, transfers, statement lines.

Deposits and withdrawals move on by themselves as the venue's time passes. Everything is noted in the store beside
the balances it changes, so both are there after a restart or neither.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import msgspec

from terminal.domain import Side
from terminal.domain.numbers import ZERO
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.records import Execution, IdSource
from terminal.simulator.venue import EngineVenue

TRADE, FEE, FUNDING, TRANSFER = 1, 2, 32, 51
CUSTODY_DEPOSIT, CUSTODY_WITHDRAW, FIAT_DEPOSIT, FIAT_WITHDRAW = 900, 904, 906, 910
FLOW_NAMES = {
    TRADE: "TRADE",
    FEE: "FEE",
    FUNDING: "FUNDING_SETTLEMENT",
    TRANSFER: "USER_ACCOUNT_TRANSFER",
    CUSTODY_DEPOSIT: "CUSTODY_DEPOSIT",
    CUSTODY_WITHDRAW: "CUSTODY_WITHDRAW",
    FIAT_DEPOSIT: "FIAT_DEPOSIT",
    FIAT_WITHDRAW: "FIAT_WITHDRAW",
}

UNAUTHENTICATED, UNDER_REVIEW, SUCCESSFUL, BEING_CREDITED, NOT_VERIFIED = 1, 2, 4, 8, 9
"""Deposit states that something here depends on; the document has ten."""

STAGE_MS = 2_000
"""How long a deposit or withdrawal stays in each stage on its way."""

_NEXT_DEPOSIT_STATE = {UNDER_REVIEW: BEING_CREDITED, BEING_CREDITED: SUCCESSFUL}
_NEXT_WITHDRAWAL_STATE = {"under_review": "withdrawing", "withdrawing": "successful", "canceling": "canceled"}

Row = TypeVar("Row")


@dataclass(slots=True, kw_only=True)
class Deposit:
    """One deposit on a chain. `due` is when it moves on by itself; None: never."""

    tx_id: str
    coin: str
    chain: str
    address: str
    quantity: Decimal
    status: int
    time: int
    due: int | None = None


@dataclass(slots=True, kw_only=True)
class Withdrawal:
    """One withdrawal on a chain; `quantity` has left the custody account, the receiver gets it less `fee`."""

    id: str
    client_order_id: str
    coin: str
    chain: str
    address: str
    quantity: Decimal
    fee: Decimal
    status: str
    time: int
    tx_id: str = ""
    platform: str = ""
    memo: str = ""
    remark: str = ""
    due: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiatOrder:
    """One order at the bank."""

    id: str
    type: str
    asset: str
    gross: Decimal
    fee: Decimal
    status: str
    created: int
    updated: int
    channel: str = "auto"
    remark: str = ""
    client_order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One line of an account's statement: a signed change and the balance after it."""

    id: str
    account_id: str
    account_type: int
    coin: str
    kind: int
    change: Decimal
    total: Decimal
    created: int
    symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """A transfer between own accounts."""

    id: str
    client_order_id: str = field(default="")


class Vault:
    """All of it for one venue's user."""

    def __init__(self, venue: EngineVenue, accounts: Accounts, ids: IdSource) -> None:
        self._venue = venue
        self._accounts = accounts
        self._ids = ids
        self.deposits = {row.tx_id: row for row in self._kept("deposit", Deposit)}
        self.withdrawals = {row.id: row for row in self._kept("withdrawal", Withdrawal)}
        self.fiat_orders = self._kept("fiat", FiatOrder)
        self.transfer_ids = {row.client_order_id for row in self._kept("transfer", Transferred)} - {""}
        self.is_fresh = not (self.deposits or self.withdrawals or self.fiat_orders)

    def _kept(self, kind: str, row_type: type[Row]) -> list[Row]:
        return [msgspec.json.decode(text, type=row_type) for text in self._venue.noted(kind)]

    def flows(self) -> list[Flow]:
        """Return all statement lines, newest first. They are read from the store: it is the one that grows."""
        return sorted(self._kept("flow", Flow), key=lambda row: (row.created, int(row.id)), reverse=True)

    # what may be added

    def put_deposit(self, deposit: Deposit) -> None:
        self.deposits[deposit.tx_id] = deposit
        self._venue.note("deposit", deposit.tx_id, deposit)

    def put_withdrawal(self, withdrawal: Withdrawal) -> None:
        self.withdrawals[withdrawal.id] = withdrawal
        self._venue.note("withdrawal", withdrawal.id, withdrawal)

    def put_fiat_order(self, order: FiatOrder) -> None:
        self.fiat_orders.append(order)
        self._venue.note("fiat", order.id, order)

    def put_flow(self, flow: Flow) -> None:
        self._venue.note("flow", flow.id, flow)

    def note_fill(self, fill: Execution) -> None:
        """Write what a fill did to its account's statement: both assets, then the fee."""
        instrument = self._venue.engine.instruments[fill.symbol]
        value = fill.price * fill.quantity
        sign = 1 if fill.side is Side.BUY else -1
        for asset, change in ((instrument.base, sign * fill.quantity), (instrument.quote, -sign * value)):
            before_fee = fill.fee if asset == fill.fee_asset else ZERO
            self._write(fill.account_id, asset, TRADE, change, now=fill.time, symbol=fill.symbol, above=before_fee)
        if fill.fee:
            self._write(fill.account_id, fill.fee_asset, FEE, -fill.fee, now=fill.time, symbol=fill.symbol)

    def move(self, source: str, target: str, asset: str, quantity: Decimal, client_order_id: str) -> str:
        """Move free money between two accounts and return the transfer's id; raises ValueError if it is not there."""
        now = self._venue.clock.now()
        self.change(source, asset, TRANSFER, -quantity)
        self.change(target, asset, TRANSFER, quantity)
        done = Transferred(id=self._ids.next_order(now), client_order_id=client_order_id)
        if client_order_id:
            self.transfer_ids.add(client_order_id)
        self._venue.note("transfer", done.id, done)
        return done.id

    def change(self, account_id: str, asset: str, kind: int, change: Decimal) -> None:
        """Add to an account's free money, or take from it, with its statement line; raises ValueError like `move`."""
        self._venue.engine.credit(account_id, asset, change)
        self._write(account_id, asset, kind, change, now=self._venue.clock.now())

    def new_id(self, prefix: str = "") -> str:
        return prefix + self._ids.next_order(self._venue.clock.now())

    def _write(
        self,
        account_id: str,
        asset: str,
        kind: int,
        change: Decimal,
        *,
        now: int,
        symbol: str = "",
        above: Decimal = ZERO,
    ) -> None:
        free, locked = self._venue.engine.balances(account_id)[asset]
        self.put_flow(
            Flow(
                id=self._ids.next_order(now),
                account_id=account_id,
                account_type=self._accounts.by_id[account_id].type,
                coin=asset,
                kind=kind,
                change=change,
                total=free + locked + above,
                created=now,
                symbol=symbol,
            )
        )

    # what happens by itself

    def step(self, now: int) -> None:
        """Move on the deposits and withdrawals whose stage is over."""
        for deposit in [row for row in self.deposits.values() if _is_due(row.due, now)]:
            self.set_deposit(deposit, _NEXT_DEPOSIT_STATE[deposit.status])
        for withdrawal in [row for row in self.withdrawals.values() if _is_due(row.due, now)]:
            self.set_withdrawal(withdrawal, _NEXT_WITHDRAWAL_STATE[withdrawal.status])

    def set_deposit(self, deposit: Deposit, status: int) -> None:
        """Bring a deposit into a state; one that succeeds is credited to the custody account."""
        credits_now = status == SUCCESSFUL and deposit.status != SUCCESSFUL
        deposit.status = status
        deposit.due = self._venue.clock.now() + STAGE_MS if status in _NEXT_DEPOSIT_STATE else None
        if credits_now:
            self.change(self._accounts.custody.id, deposit.coin, CUSTODY_DEPOSIT, deposit.quantity)
        self.put_deposit(deposit)

    def set_withdrawal(self, withdrawal: Withdrawal, status: str) -> None:
        """Bring a withdrawal into a state; one that fails or is cancelled goes back to the custody account."""
        withdrawal.status = status
        withdrawal.due = self._venue.clock.now() + STAGE_MS if status in _NEXT_WITHDRAWAL_STATE else None
        if status in ("failed", "canceled"):
            self.change(self._accounts.custody.id, withdrawal.coin, CUSTODY_WITHDRAW, withdrawal.quantity)
        elif status == "successful":
            withdrawal.tx_id = hash_of(withdrawal.id)
        self.put_withdrawal(withdrawal)


def _is_due(due: int | None, now: int) -> bool:
    return due is not None and now >= due


def hash_of(*parts: str) -> str:
    """Return what looks like a transaction's hash, the same for the same parts."""
    return "0x" + hashlib.sha256("/".join(parts).encode()).hexdigest()
