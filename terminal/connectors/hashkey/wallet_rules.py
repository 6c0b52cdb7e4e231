"""What a withdrawal, a transfer and a deposit's proof must be at HashKey, checked before any byte is sent; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from terminal.domain.failures import InvalidOrder
from terminal.domain.wallet import DepositProof, TransferRequest, WithdrawalRequest

PLATFORMS: Mapping[str, str] = MappingProxyType(
    {
        "BINANCE": "Binance",
        "OKX": "OKX",
        "BITGET": "Bitget (individual investors only)",
        "BYBIT": "Bybit (individual investors only)",
    }
)
"""The exchanges that a withdrawal's address may be named to belong to, and their names for people."""

EXCHANGES = ("Binance", "OKX", "Coinbase", "Bybit", "Kraken")
"""The exchanges that a deposit may be declared to come from."""

MEMO_RULE = "A memo has at most 20 letters and digits"
_MEMO = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)
_ADDRESS = re.compile(r"[!-~]+", re.ASCII)
_WITHDRAWAL_ID = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_TRANSFER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def check_withdrawal(venue: str, request: WithdrawalRequest) -> None:
    """Raise `InvalidOrder` naming the first field that the venue would refuse."""
    platform, memo, own_id = request.platform, request.memo, request.client_order_id
    _require(venue, "asset", "A withdrawal needs an asset", request.asset)
    _require(venue, "network", "A withdrawal needs a network", request.network)
    is_address = _ADDRESS.fullmatch(request.address)
    _require(venue, "address", "An address is letters, digits and signs without spaces", is_address)
    _check_quantity(venue, request.quantity)
    _require(venue, "memo", MEMO_RULE, memo is None or _MEMO.fullmatch(memo))
    known = ", ".join(PLATFORMS)
    _require(venue, "platform", f"The platform is one of {known}", platform is None or platform.upper() in PLATFORMS)
    text = "A client order id is 1 to 255 letters, digits, - or _"
    _require(venue, "client_order_id", text, own_id is None or _WITHDRAWAL_ID.fullmatch(own_id))


def check_transfer(venue: str, request: TransferRequest) -> None:
    """Raise `InvalidOrder` naming the first field that the venue would refuse."""
    own_id = request.client_order_id
    _require(venue, "from_account", "A transfer needs the account it starts from", request.from_account)
    _require(venue, "to_account", "A transfer needs the account it goes to", request.to_account)
    different = request.from_account != request.to_account
    _require(venue, "to_account", "A transfer needs two different accounts", different)
    _require(venue, "asset", "A transfer needs an asset", request.asset)
    _check_quantity(venue, request.quantity)
    text = "A transfer's client order id is 1 to 64 letters, digits, - or _"
    _require(venue, "client_order_id", text, own_id is None or _TRANSFER_ID.fullmatch(own_id))


def check_proof(venue: str, proof: DepositProof) -> None:
    """Raise `InvalidOrder` naming the first field that the venue would refuse."""
    _require(venue, "tx_id", "The proof needs the transaction's id", proof.tx_id)
    _require(venue, "exchange", "The proof needs the exchange that the deposit came from", proof.exchange)
    _require(venue, "is_owner", "The venue takes a proof only from the owner of the address", proof.is_owner)
    if proof.institution:
        both = proof.first_name or proof.last_name
        _require(venue, "institution", "The sender is an institution or a person, not both", not both)
        return
    _require(venue, "first_name", "The proof needs the sender's first name, or an institution", proof.first_name)
    _require(venue, "last_name", "The proof needs the sender's last name, or an institution", proof.last_name)


def _check_quantity(venue: str, quantity: Decimal) -> None:
    _require(venue, "quantity", "The amount must be above zero", quantity.is_finite() and quantity > 0)


def _require(venue: str, field: str, text: str, holds: object) -> None:
    if not holds:
        raise InvalidOrder(text, field=field, venue=venue)
