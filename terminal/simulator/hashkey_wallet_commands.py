"""Admin commands that let deposits arrive and bring deposits and withdrawals into any of their states."""

from __future__ import annotations

from terminal.simulator.commands import CommandError, read_choice, read_decimal, read_fields
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_coins import coin_of
from terminal.simulator.hashkey_vault import UNAUTHENTICATED, Deposit, Vault, hash_of
from terminal.simulator.hashkey_wallet import address_of
from terminal.simulator.venue import EngineVenue

_DEPOSIT_STATES = tuple(str(number) for number in range(1, 11))
_WITHDRAWAL_STATES = ("under_review", "withdrawing", "successful", "failed", "canceling", "canceled")
_ENDED = frozenset({"successful", "failed", "canceled"})


class WalletCommands:
    """See `loopback` for what each takes."""

    def __init__(self, venue: EngineVenue, accounts: Accounts, vault: Vault) -> None:
        self._venue = venue
        self._accounts = accounts
        self._vault = vault

    def deposit(self, value: object) -> object:
        fields = {"status": str(UNAUTHENTICATED), **read_fields("deposit", value)}
        status = int(read_choice("deposit", {"status": str(fields["status"])}, "status", _DEPOSIT_STATES))
        known = self._vault.deposits.get(str(fields.get("tx_id")))
        if known is None:
            known = self._arrived(fields)
        self._vault.set_deposit(known, status)
        self._venue.settle()
        return {"tx_id": known.tx_id, "status": known.status}

    def _arrived(self, fields: dict[str, object]) -> Deposit:
        coin, chain = coin_of(str(fields.get("coin"))), str(fields.get("chain"))
        if coin.chain(chain) is None:
            raise CommandError(f"deposit: {coin.name} has no chain {chain!r}")
        tx_id = str(fields.get("tx_id") or hash_of(self._vault.new_id()))
        return Deposit(
            tx_id=tx_id,
            coin=coin.name,
            chain=chain,
            address=address_of(self._accounts.main.id, chain),
            quantity=read_decimal("deposit", "quantity", fields.get("quantity")),
            status=UNAUTHENTICATED,
            time=self._venue.clock.now(),
        )

    def withdrawal(self, value: object) -> object:
        fields = read_fields("withdrawal", value)
        known = self._vault.withdrawals.get(str(fields.get("id")))
        if known is None:
            raise CommandError(f"withdrawal: there is none with id {fields.get('id')!r}")
        if known.status in _ENDED:
            raise CommandError(f"withdrawal: {known.id} has ended as {known.status}")
        status = read_choice("withdrawal", fields, "status", _WITHDRAWAL_STATES)
        self._vault.set_withdrawal(known, status)
        self._venue.settle()
        return {"id": known.id, "status": known.status}
