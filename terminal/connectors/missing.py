"""The contract's methods that only some venues have, as a venue without them offers them: NotSupported at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NoReturn

from terminal.domain.account import FeeRates, Fill
from terminal.domain.failures import NotSupported
from terminal.domain.kinds import Side, TransferDirection
from terminal.domain.order import Order, OrderRequest
from terminal.domain.venue import Capabilities
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


def not_offered(venue: str, capabilities: Capabilities, method: str) -> NotSupported:
    """Return the failure for a method that `capabilities` lack, with their reason."""
    return NotSupported(capabilities.reasons.get(method, f"{venue} does not offer {method}"), venue=venue)


class MissingMethods(ABC):
    """Base of connectors. A venue overrides what it has; the rest raises before any byte is sent, with the
    reason that its capabilities give."""

    @abstractmethod
    def missing(self, method: str) -> NoReturn:
        """Raise `NotSupported` with the reason for a method or option; `not_offered` makes it."""

    # trading and account

    async def test_order(self, request: OrderRequest) -> Order:
        self.missing("test_order")

    async def fee_rates(self, symbol: str) -> FeeRates:
        self.missing("fee_rates")

    # wallet

    async def assets(self) -> list[Asset]:
        self.missing("assets")

    async def asset(self, asset: str) -> Asset:
        self.missing("asset")

    async def deposit_addresses(self, asset: str, network: str | None = None) -> list[DepositAddress]:
        self.missing("deposit_addresses")

    async def deposits(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]:
        self.missing("deposits")

    async def withdrawals(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]:
        self.missing("withdrawals")

    async def withdraw(self, request: WithdrawalRequest) -> Transfer:
        self.missing("withdraw")

    # Hashgreen

    async def inspect_offer(self, text: str) -> NoReturn:
        self.missing("inspect_offer")

    async def place_offer(self, text: str) -> Order:
        self.missing("place_offer")

    # HashKey

    async def accounts(self) -> list[VenueAccount]:
        self.missing("accounts")

    async def transfer(self, request: TransferRequest) -> TransferReceipt:
        self.missing("transfer")

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
        self.missing("fiat_history")

    async def balance_flow(
        self,
        start: int,
        end: int,
        *,
        flow_type: int | None = None,
        account_type: int | None = None,
        limit: int | None = None,
    ) -> list[BalanceChange]:
        self.missing("balance_flow")

    async def vip_info(self, symbols: Sequence[str] | None = None) -> VipInfo:
        self.missing("vip_info")

    async def api_key_type(self) -> str:
        self.missing("api_key_type")

    async def authenticate_deposit(self, proof: DepositProof) -> None:
        self.missing("authenticate_deposit")

    async def sub_account_open_orders(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        side: Side | str | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        self.missing("sub_account_open_orders")

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
        self.missing("sub_account_orders")

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
        self.missing("sub_account_fills")
