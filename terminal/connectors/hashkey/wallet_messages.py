"""HashKey's messages about coins, deposits, withdrawals and accounts as they travel (PROTOCOLS 2.4 and 2.5)."""

from __future__ import annotations

import msgspec

from terminal.connectors.wire import WireValue


class ChainRow(msgspec.Struct, rename="camel"):
    """One network of a coin. The document's table of exchangeInfo spells the largest withdrawal in another way."""

    chain_type: WireValue
    withdraw_fee: WireValue = None
    min_withdraw_quantity: WireValue = None
    max_withdraw_quantity: WireValue = None
    max_withdraw_quantity_as_in_table: WireValue = msgspec.field(default=None, name="maxWIthdrawQuantity")
    min_deposit_quantity: WireValue = None
    allow_deposit: WireValue = None
    allow_withdraw: WireValue = None


class CoinRow(msgspec.Struct, rename="camel"):
    """One coin of exchangeInfo, its networks inside; in coinInfo they stand beside it."""

    coin_id: WireValue
    coin_full_name: WireValue = None
    allow_withdraw: WireValue = None
    allow_deposit: WireValue = None
    chain_types: list[ChainRow] | None = None


class CoinInfo(msgspec.Struct, rename="camel"):
    """GET /api/v1/coinInfo"""

    coins: list[CoinRow]
    chain_types: list[ChainRow] | None = None


class ChainTypes(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/chainType, one row; the error fields come only with an error."""

    coin_id: WireValue = None
    chain_type_list: list[WireValue] | None = None
    error_code: WireValue = None
    error_msg: WireValue = None


class DepositAddressReply(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/deposit/address"""

    address: WireValue
    can_deposit: WireValue = None
    address_ext: WireValue = None
    min_quantity: WireValue = None
    required_confirm_times: WireValue = None


class DepositRow(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/depositOrders, one row"""

    time: WireValue
    coin: WireValue
    quantity: WireValue
    status: WireValue = None
    status_code: WireValue = None
    address: WireValue = None
    tx_id: WireValue = None


class WithdrawalRow(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/withdrawOrders, one row; `id` is the order id that the withdrawal was accepted with."""

    time: WireValue
    id: WireValue
    coin: WireValue
    quantity: WireValue
    status: WireValue = None
    address: WireValue = None
    arrive_quantity: WireValue = None
    tx_id: WireValue = None
    fee_coin_name: WireValue = None
    fee: WireValue = None
    remark: WireValue = None
    platform: WireValue = None
    memo: WireValue = None


class WithdrawReply(msgspec.Struct, rename="camel"):
    """POST /api/v1/account/withdraw"""

    order_id: WireValue
    account_id: WireValue = None


class AccountTypeRow(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/type, one row"""

    account_id: WireValue
    account_label: WireValue = None
    account_type: WireValue = None
    user_id: WireValue = None


class TransferReply(msgspec.Struct, rename="camel"):
    """POST /api/v1/account/assetTransfer"""

    order_id: WireValue
    client_order_id: WireValue = None
    timestamp: WireValue = None


class ApiKeyType(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/checkApiKey"""

    account_type: WireValue


class FiatRow(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/fiat/history, one row"""

    order_id: WireValue
    type: WireValue
    asset: WireValue
    gross_amount: WireValue
    net_amount: WireValue = None
    fee: WireValue = None
    status: WireValue = None
    remark: WireValue = None
    created_time: WireValue = None
    updated_time: WireValue = None
    channel: WireValue = None
    client_order_id: WireValue = None


class FlowRow(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/balanceFlow, one row"""

    id: WireValue
    account_id: WireValue
    coin: WireValue
    change: WireValue
    created: WireValue
    total: WireValue = None
    flow_type_value: WireValue = None
    flow_type: WireValue = None
    flow_name: WireValue = None
    symbol: WireValue = None
