"""The contract's methods that only some venues have, as a venue without them offers them: NotSupported at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from terminal.domain.failures import NotSupported
from terminal.domain.venue import Capabilities


class MissingMethods(ABC):
    """Base of connectors. A venue overrides what it has; the rest raises before any byte is sent, with the
    reason that its capabilities give."""

    @property
    @abstractmethod
    def venue(self) -> str: ...

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities: ...

    def missing(self, method: str, venue: str) -> NoReturn:
        """Raise `NotSupported` with the reason for a method."""
        reason = self.capabilities.reasons.get(method, f"{venue} does not offer {method}")
        raise NotSupported(reason, venue=venue)

    # wallet

    async def assets(self, *args: object, **options: object) -> NoReturn:
        self.missing("assets", self.venue)

    async def deposit_addresses(self, *args: object, **options: object) -> NoReturn:
        self.missing("deposit_addresses", self.venue)

    async def deposits(self, *args: object, **options: object) -> NoReturn:
        self.missing("deposits", self.venue)

    async def withdrawals(self, *args: object, **options: object) -> NoReturn:
        self.missing("withdrawals", self.venue)

    async def withdraw(self, *args: object, **options: object) -> NoReturn:
        self.missing("withdraw", self.venue)

    # Hashgreen

    async def inspect_offer(self, *args: object, **options: object) -> NoReturn:
        self.missing("inspect_offer", self.venue)

    async def place_offer(self, *args: object, **options: object) -> NoReturn:
        self.missing("place_offer", self.venue)

    # HashKey

    async def accounts(self, *args: object, **options: object) -> NoReturn:
        self.missing("accounts", self.venue)

    async def transfer(self, *args: object, **options: object) -> NoReturn:
        self.missing("transfer", self.venue)

    async def fiat_history(self, *args: object, **options: object) -> NoReturn:
        self.missing("fiat_history", self.venue)

    async def balance_flow(self, *args: object, **options: object) -> NoReturn:
        self.missing("balance_flow", self.venue)

    async def vip_info(self, *args: object, **options: object) -> NoReturn:
        self.missing("vip_info", self.venue)

    async def api_key_type(self, *args: object, **options: object) -> NoReturn:
        self.missing("api_key_type", self.venue)

    async def authenticate_deposit(self, *args: object, **options: object) -> NoReturn:
        self.missing("authenticate_deposit", self.venue)

    async def sub_account_open_orders(self, *args: object, **options: object) -> NoReturn:
        self.missing("sub_account_open_orders", self.venue)

    async def sub_account_orders(self, *args: object, **options: object) -> NoReturn:
        self.missing("sub_account_orders", self.venue)

    async def sub_account_fills(self, *args: object, **options: object) -> NoReturn:
        self.missing("sub_account_fills", self.venue)
