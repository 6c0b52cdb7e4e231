"""The part of the HashKey connector that is not trading: the wallet, and the several accounts behind one key."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.connectors.base import VenueConnector
from terminal.connectors.hashkey.account import AccountReads
from terminal.connectors.hashkey.order_queries import OrderQueries
from terminal.connectors.hashkey.own_accounts import OwnAccounts
from terminal.connectors.hashkey.wallet import Wallet
from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.kinds import Side, TransferDirection
from terminal.domain.order import Order
from terminal.domain.wallet import (
    Asset,
    BalanceChange,
    DepositAddress,
    DepositProof,
    Transfer,
    TransferReceipt,
    TransferRequest,
    VenueAccount,
    VipInfo,
    WithdrawalRequest,
)


class MoneyMethods(VenueConnector):
    """The contract's account, wallet and several-accounts methods, in terms of the parts a connector is made of."""

    _account_reads: AccountReads
    _queries: OrderQueries
    _wallet: Wallet
    _own_accounts: OwnAccounts

    # account

    async def balances(self, account_id: str | None = None) -> list[Balance]:
        return await self._account_reads.balances(account_id)

    async def fee_rates(self, symbol: str) -> FeeRates:
        return await self._account_reads.fee_rates(symbol)

    async def vip_info(self, symbols: Sequence[str] | None = None) -> VipInfo:
        return await self._account_reads.vip_info(symbols)

    # wallet

    async def assets(self) -> list[Asset]:
        return await self._wallet.assets()

    async def asset(self, asset: str) -> Asset:
        return await self._wallet.asset(asset)

    async def deposit_addresses(self, asset: str, network: str | None = None) -> list[DepositAddress]:
        return await self._wallet.deposit_addresses(asset, network)

    async def deposits(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]:
        return await self._wallet.deposits(asset, start, end, limit)

    async def withdrawals(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]:
        return await self._wallet.withdrawals(asset, start, end, limit)

    async def withdraw(self, request: WithdrawalRequest) -> Transfer:
        return await self._wallet.withdraw(request)

    async def authenticate_deposit(self, proof: DepositProof) -> None:
        await self._wallet.authenticate_deposit(proof)

    # several accounts behind one key

    async def accounts(self) -> list[VenueAccount]:
        return await self._own_accounts.accounts()

    async def api_key_type(self) -> str:
        return await self._own_accounts.api_key_type()

    async def transfer(self, request: TransferRequest) -> TransferReceipt:
        return await self._own_accounts.transfer(request)

    async def fiat_history(
        self,
        direction: TransferDirection | str,
        start: int,
        end: int,
        *,
        status: str | None = None,
        channel: str | None = None,
        remark: str | None = None,
        limit: int | None = None,
    ) -> list[Transfer]:
        return await self._own_accounts.fiat_history(
            TransferDirection(direction), start, end, status=status, channel=channel, remark=remark, limit=limit
        )

    async def balance_flow(
        self,
        start: int,
        end: int,
        *,
        flow_type: int | None = None,
        account_type: int | None = None,
        limit: int | None = None,
    ) -> list[BalanceChange]:
        return await self._own_accounts.balance_flow(
            start, end, flow_type=flow_type, account_type=account_type, limit=limit
        )

    async def sub_account_open_orders(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        side: Side | str | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        wanted = None if side is None else Side(side)
        return await self._queries.sub_account_open_orders(account_id, symbol, wanted, limit)

    async def sub_account_orders(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        side: Side | str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        wanted = None if side is None else Side(side)
        return await self._queries.sub_account_orders(
            account_id, symbol, side=wanted, start=start, end=end, limit=limit
        )

    async def sub_account_fills(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
        client_order_id: str | None = None,
        from_id: str | None = None,
        to_id: str | None = None,
    ) -> list[Fill]:
        return await self._account_reads.fills(
            symbol,
            start,
            end,
            limit,
            client_order_id=client_order_id,
            from_id=from_id,
            to_id=to_id,
            sub_account=account_id,
        )
