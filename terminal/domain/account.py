"""What an account holds and did: balances, fills, fee rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.domain.kinds import Side, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One asset of one account. `total` is as the venue gives it and may differ from free + locked."""

    venue: str
    asset: str
    free: Decimal
    locked: Decimal
    total: Decimal | None = None
    account: str | None = None
    source: Source = Source.SNAPSHOT
    received: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.source))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of one of the account's orders; counted once per (account, order_id, trade_id).

    `fee` is in `fee_asset`; both None while the venue has not told them. `extra` keeps its other ids.
    """

    venue: str
    symbol: str
    trade_id: str
    order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    time: int
    account: str | None = None
    client_order_id: str | None = None
    fee: Decimal | None = None
    fee_asset: str | None = None
    is_maker: bool | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", Side(self.side))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRates:
    """Fractions of the notional: 0.001 is 0.10 %. The fee assets are None where the venue does not say.

    `tier` names the account's fee tier ("VIP 0") where the venue has tiers.
    """

    symbol: str
    maker: Decimal
    taker: Decimal
    buy_fee_asset: str | None = None
    sell_fee_asset: str | None = None
    tier: str | None = None
