"""HashKey's wallet and account messages into domain values; pure. Functions raise `ValueError` for what cannot be
used; a state the document does not know becomes `unknown`, with the venue's own word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from terminal.connectors import wire
from terminal.connectors.hashkey import wallet_messages as messages
from terminal.connectors.wire import Malformed, WireValue
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus
from terminal.domain.venue import FlowType
from terminal.domain.wallet import (
    Asset,
    BalanceChange,
    DepositAddress,
    Network,
    Transfer,
    TransferReceipt,
    TransferRequest,
    VenueAccount,
    WithdrawalRequest,
)

_State = tuple[TransferStatus, str]
_S = TransferStatus

DEPOSIT_STATES: Mapping[str, _State] = MappingProxyType(
    {
        "1": (_S.NEEDS_ACTION, "Waiting for proof of the sender's address"),
        "2": (_S.PENDING, "Under review"),
        "3": (_S.FAILED, "Deposit failed"),
        "4": (_S.SUCCESSFUL, "Deposit successful"),
        "5": (_S.REFUNDING, "Being refunded"),
        "6": (_S.REFUNDED, "Refunded"),
        "7": (_S.FAILED, "Refund failed"),
        "8": (_S.PENDING, "Being credited to the account"),
        "9": (_S.NEEDS_ACTION, "The first check of the sender's address failed"),
        "10": (_S.FAILED, "Failed inside the venue"),
    }
)
"""The ten states of depositOrders."""

WITHDRAWAL_STATES: Mapping[str, _State] = MappingProxyType(
    {
        "under_review": (_S.PENDING, "Under review"),
        "withdrawing": (_S.PENDING, "Being sent"),
        "canceling": (_S.PENDING, "Being cancelled"),
        "successful": (_S.SUCCESSFUL, "Withdrawal successful"),
        "failed": (_S.FAILED, "Withdrawal failed"),
        "canceled": (_S.CANCELED, "Cancelled"),
    }
)

FIAT_STATES: Mapping[str, _State] = MappingProxyType(
    {
        "under_review": (_S.PENDING, "Under review"),
        "processing": (_S.PENDING, "Being processed"),
        "successful": (_S.SUCCESSFUL, "Successful"),
        "failed": (_S.FAILED, "Failed"),
        "withdraw_return": (_S.REFUNDED, "A withdrawal that came back"),
        "return": (_S.REFUNDED, "Returned by the bank"),
    }
)

FLOW_TYPES = (
    FlowType(code=1, text="Trade", days=7),
    FlowType(code=2, text="Trading fee", days=7),
    FlowType(code=32, text="Funding fee", days=30),
    FlowType(code=51, text="Transfer between own accounts", days=30),
    FlowType(code=900, text="Deposit to custody", days=30),
    FlowType(code=904, text="Withdrawal from custody", days=30),
    FlowType(code=906, text="Bank deposit", days=30),
    FlowType(code=910, text="Bank withdrawal", days=30),
)
"""What balanceFlow can be asked for, and how many days back."""

_FLOW_TEXTS: Mapping[int, str] = MappingProxyType({kind.code: kind.text for kind in FLOW_TYPES})
_DIRECTIONS: Mapping[str, TransferDirection] = MappingProxyType(
    {"deposit": TransferDirection.DEPOSIT, "withdraw": TransferDirection.WITHDRAWAL}
)
_KINDS: Mapping[str, AccountKind] = MappingProxyType(
    {"1": AccountKind.TRADING, "3": AccountKind.CONTRACT, "5": AccountKind.CUSTODY, "6": AccountKind.FIAT}
)


class WalletParser:
    """Turns wallet and account messages of one venue and account into domain values."""

    def __init__(self, venue: str, account: str | None, malformed: Malformed) -> None:
        self.venue = venue
        self.account = account
        self.malformed = malformed

    def asset(self, coin: messages.CoinRow, chains: Sequence[messages.ChainRow] | None = None) -> Asset:
        """Return a coin with its own networks, or with those that stand beside it."""
        return Asset(
            venue=self.venue,
            asset=wire.text(coin.coin_id),
            name=wire.optional_text(coin.coin_full_name),
            can_deposit=wire.optional_flag(coin.allow_deposit),
            can_withdraw=wire.optional_flag(coin.allow_withdraw),
            networks=tuple(map(_network, coin.chain_types or chains or ())),
        )

    def deposit_address(self, asset: str, network: str, reply: messages.DepositAddressReply) -> DepositAddress:
        confirmations = wire.optional_number(reply.required_confirm_times)
        return DepositAddress(
            asset=asset,
            network=network,
            address=wire.text(reply.address),
            memo=wire.optional_text(reply.address_ext),
            can_deposit=wire.optional_flag(reply.can_deposit),
            min_quantity=wire.optional_number(reply.min_quantity),
            confirmations=None if confirmations is None else int(confirmations),
        )

    def deposit(self, row: messages.DepositRow) -> Transfer:
        """Return a deposit; the venue gives it no id but that of the transaction on the chain."""
        coin, time = wire.text(row.coin), wire.time_ms(row.time)
        tx_id = wire.optional_text(row.tx_id)
        status, words = self._state(DEPOSIT_STATES, row.status if row.status is not None else row.status_code)
        return Transfer(
            venue=self.venue,
            account=self.account,
            id=tx_id or f"{coin}-{time}",
            direction=TransferDirection.DEPOSIT,
            asset=coin,
            quantity=wire.not_negative(row.quantity),
            status=status,
            status_text=words,
            address=wire.optional_text(row.address),
            tx_id=tx_id,
            time=time,
        )

    def withdrawal(self, row: messages.WithdrawalRow) -> Transfer:
        status, words = self._state(WITHDRAWAL_STATES, row.status)
        return Transfer(
            venue=self.venue,
            account=self.account,
            id=wire.text(row.id),
            direction=TransferDirection.WITHDRAWAL,
            asset=wire.text(row.coin),
            quantity=wire.not_negative(row.quantity),
            status=status,
            status_text=words,
            received_quantity=wire.optional_number(row.arrive_quantity),
            fee=wire.optional_number(row.fee),
            fee_asset=wire.optional_text(row.fee_coin_name),
            address=wire.optional_text(row.address),
            memo=wire.optional_text(row.memo),
            tx_id=wire.optional_text(row.tx_id),
            remark=wire.optional_text(row.remark),
            time=wire.time_ms(row.time),
            extra=_texts(("platform", row.platform)),
        )

    def accepted(self, request: WithdrawalRequest, reply: messages.WithdrawReply) -> Transfer:
        """Return a withdrawal as the venue took it: its id, the rest as asked for."""
        return Transfer(
            venue=self.venue,
            account=self.account,
            id=wire.text(reply.order_id),
            direction=TransferDirection.WITHDRAWAL,
            asset=request.asset,
            quantity=request.quantity,
            status=TransferStatus.PENDING,
            status_text="Accepted by the venue",
            network=request.network,
            address=request.address,
            memo=request.memo,
            client_order_id=request.client_order_id,
            extra=_texts(("account_id", reply.account_id), ("platform", request.platform)),
        )

    def venue_account(self, row: messages.AccountTypeRow) -> VenueAccount:
        """Return an account; main and sub accounts share a type, the label tells them apart (PROTOCOLS B17)."""
        account_id = wire.text(row.account_id)
        label = wire.optional_text(row.account_label) or account_id
        kind = _KINDS.get(str(row.account_type), AccountKind.UNKNOWN)
        if kind is AccountKind.TRADING and label.startswith("Sub"):
            kind = AccountKind.SUB
        if kind is AccountKind.UNKNOWN:
            self.malformed.count("unknown account type", row.account_type)
        return VenueAccount(
            venue=self.venue, id=account_id, label=label, kind=kind, user_id=wire.optional_text(row.user_id)
        )

    def receipt(self, request: TransferRequest, reply: messages.TransferReply) -> TransferReceipt:
        return TransferReceipt(
            venue=self.venue,
            account=self.account,
            order_id=wire.text(reply.order_id),
            client_order_id=wire.optional_text(reply.client_order_id) or request.client_order_id,
            time=wire.optional_time(reply.timestamp),
        )

    def fiat(self, row: messages.FiatRow) -> Transfer:
        """Return a bank transfer. The net amount is what came in of a deposit, and what a withdrawal took away."""
        direction = _DIRECTIONS.get(str(row.type))
        if direction is None:
            raise ValueError(f"unknown fiat order type {row.type!r:.40}")
        asset, fee = wire.text(row.asset), wire.optional_number(row.fee)
        net = wire.optional_number(row.net_amount)
        status, words = self._state(FIAT_STATES, row.status)
        return Transfer(
            venue=self.venue,
            account=self.account,
            id=wire.text(row.order_id),
            direction=direction,
            asset=asset,
            quantity=wire.not_negative(row.gross_amount),
            status=status,
            status_text=words,
            received_quantity=net if direction is TransferDirection.DEPOSIT else None,
            fee=fee,
            fee_asset=None if fee is None else asset,
            client_order_id=wire.optional_text(row.client_order_id),
            remark=wire.optional_text(row.remark),
            time=wire.optional_time(row.created_time),
            updated=wire.optional_time(row.updated_time),
            extra=_texts(("net_amount", row.net_amount), ("channel", row.channel)),
        )

    def balance_change(self, row: messages.FlowRow) -> BalanceChange:
        kind = wire.optional_number(row.flow_type_value)
        code = None if kind is None else int(kind)
        own_words = wire.optional_text(row.flow_name) or wire.optional_text(row.flow_type)
        text = _FLOW_TEXTS.get(-1 if code is None else code)
        return BalanceChange(
            venue=self.venue,
            account=self.account,
            id=wire.text(row.id),
            account_id=wire.text(row.account_id),
            asset=wire.text(row.coin),
            kind=code,
            kind_text=text or own_words or "Change of balance",
            change=wire.number(row.change),
            total=wire.optional_number(row.total),
            time=wire.time_ms(row.created),
            symbol=wire.optional_text(row.symbol),
        )

    def _state(self, states: Mapping[str, _State], value: WireValue) -> tuple[TransferStatus, str | None]:
        """Return a transfer's status and its words; an older row may have none."""
        word = wire.optional_text(value)
        if word is None:
            return TransferStatus.UNKNOWN, None
        found = states.get(word)
        if found is None:
            self.malformed.count("unknown transfer status", word)
            return TransferStatus.UNKNOWN, word
        return found


def _network(row: messages.ChainRow) -> Network:
    most = row.max_withdraw_quantity if row.max_withdraw_quantity is not None else row.max_withdraw_quantity_as_in_table
    return Network(
        network=wire.text(row.chain_type),
        can_deposit=wire.optional_flag(row.allow_deposit),
        can_withdraw=wire.optional_flag(row.allow_withdraw),
        withdraw_fee=wire.optional_number(row.withdraw_fee),
        min_withdrawal=wire.optional_number(row.min_withdraw_quantity),
        max_withdrawal=wire.known(most),  # "0": no bound
        min_deposit=wire.optional_number(row.min_deposit_quantity),
    )


def _texts(*fields: tuple[str, WireValue]) -> dict[str, str]:
    texts = ((name, wire.optional_text(value)) for name, value in fields)
    return {name: text for name, text in texts if text is not None}
