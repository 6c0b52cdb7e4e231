"""The connector contract: what every venue's connector offers, by name.

All methods are coroutines unless said otherwise. Prices, quantities, fees and balances are `Decimal` exactly as
the venue sent them, times are ints in Unix ms UTC, lists of trades, candles and history are oldest first, bids
are highest first and asks lowest first. Failures are those of `terminal.domain.failures`; a method the venue
does not have raises `NotSupported` before any byte is sent. A call waits at most 5 s for rate budget, then
raises `RateLimited` (not executed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.failures import Failure
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import Channel, Side, TransferDirection
from terminal.domain.market import BookDelta, BookSnapshot, Candle, Ticker, Trade
from terminal.domain.order import Order, OrderRequest
from terminal.domain.venue import Capabilities, StreamStatus
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

if TYPE_CHECKING:
    from terminal.connectors.rate_limiter import RateLimiter

Event = BookSnapshot | BookDelta | Trade | Ticker | Candle | Order | Fill | Balance | StreamStatus
"""Everything a connector's sink receives, one object a call, in the order it came."""

Sink = Callable[[Event], None]
"""Called on the event loop; must not block and must not raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapRecord:
    """One frame, request or reply as it travelled, secrets removed. `time` is this machine's ms."""

    time: int
    venue: str
    account: str | None
    kind: str  # "request", "reply", "sent", "received", "opened", "closed"
    target: str
    text: str


Tap = Callable[[TapRecord], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorHealth:
    """Counters since the connector was opened, and what is known of the connection now.

    `malformed` counts messages that could not be used, by cause; each cause was logged once. `latency_ms` is
    the last heartbeat or request round trip; `clock_offset_ms` is the venue's clock minus this machine's.
    `last_heard` is this machine's ms of the last frame of the market stream, heartbeats included;
    `budget_left` is the share (0 to 1) of the scarcest request budget still free. `banned` says in a sentence
    that the venue takes no requests from this machine (streams may live on), None otherwise; `paused_s` is for how
    many seconds nothing is sent because the venue asked for a pause (429), None otherwise.
    """

    messages: int = 0
    last_heard: int | None = None
    malformed: Mapping[str, int] = field(default_factory=dict)
    reconnects: int = 0
    latency_ms: int | None = None
    clock_offset_ms: int | None = None
    budget_left: float = 1.0
    banned: str | None = None
    paused_s: float | None = None


class Connector(Protocol):
    """One venue, reached with the credentials of one account or with none."""

    @property
    def venue(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def health(self) -> ConnectorHealth: ...
    @property
    def limits(self) -> RateLimiter:
        """The venue's request budget, to be shared with its other connectors."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    async def close(self) -> None:
        """Close every socket and task; pending calls end with VenueUnavailable or OutcomeUnknown."""

    # public
    async def server_time(self) -> int: ...
    async def instruments(self) -> list[Instrument]: ...
    async def tickers(self, symbols: Sequence[str] | None = None) -> list[Ticker]: ...
    async def order_book(self, symbol: str, depth: int | None = None, step: str | None = None) -> BookSnapshot: ...
    async def trades(self, symbol: str, limit: int | None = None) -> list[Trade]: ...
    async def candles(
        self, symbol: str, interval: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Candle]: ...

    # streams: both register interest and return at once
    async def subscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None: ...
    async def unsubscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None: ...
    async def start_account_stream(self) -> None: ...

    # trading
    async def place_order(self, request: OrderRequest) -> Order: ...
    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]: ...
    async def test_order(self, request: OrderRequest) -> Order: ...
    async def cancel_order(self, order: Order) -> Order: ...
    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]: ...
    async def cancel_all(self, symbol: str | None = None, side: Side | str | None = None) -> None: ...
    async def order(self, order: Order) -> Order: ...
    async def open_orders(self, symbol: str | None = None) -> list[Order]: ...
    async def order_history(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]: ...
    async def fills(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
        *,
        client_order_id: str | None = None,
        from_id: str | None = None,
        to_id: str | None = None,
    ) -> list[Fill]: ...

    # account; `account_id` is the venue's id of another account that the key may read
    async def balances(self, account_id: str | None = None) -> list[Balance]: ...
    async def fee_rates(self, symbol: str) -> FeeRates: ...

    # wallet
    async def assets(self) -> list[Asset]: ...
    async def asset(self, asset: str) -> Asset:
        """Return one asset with its networks as of now."""

    async def deposit_addresses(self, asset: str, network: str | None = None) -> list[DepositAddress]: ...
    async def deposits(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]: ...
    async def withdrawals(
        self, asset: str | None = None, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Transfer]: ...
    async def withdraw(self, request: WithdrawalRequest) -> Transfer:
        """Send an asset out; the transfer as accepted. Never repeated: `OutcomeUnknown` means look it up."""

    # several accounts behind one key (HashKey)
    async def accounts(self) -> list[VenueAccount]: ...
    async def transfer(self, request: TransferRequest) -> TransferReceipt: ...
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
    ) -> list[Transfer]: ...
    async def balance_flow(
        self,
        start: int,
        end: int,
        *,
        flow_type: int | None = None,
        account_type: int | None = None,
        limit: int | None = None,
    ) -> list[BalanceChange]: ...
    async def vip_info(self, symbols: Sequence[str] | None = None) -> VipInfo: ...
    async def api_key_type(self) -> str:
        """Return the venue's own word for what the key belongs to ("Master Account", "Sub Account")."""

    async def authenticate_deposit(self, proof: DepositProof) -> None: ...
    async def sub_account_open_orders(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        side: Side | str | None = None,
        limit: int | None = None,
    ) -> list[Order]: ...
    async def sub_account_orders(
        self,
        account_id: str,
        symbol: str | None = None,
        *,
        side: Side | str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]: ...
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
    ) -> list[Fill]: ...


__all__ = [
    "Connector",
    "ConnectorHealth",
    "Event",
    "Sink",
    "Tap",
    "TapRecord",
]
