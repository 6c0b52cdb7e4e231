"""The enumerations that callers may also write as plain strings."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """A string enumeration whose constructor ignores letter case: `Side("BUY") is Side.BUY`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str):
            folded = value.casefold()
            for member in cls:
                if member.value.casefold() == folded:
                    return member
        return None


class Side(Kind):
    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(Kind):
    LIMIT = "limit"
    MARKET = "market"
    LIMIT_MAKER = "limit_maker"


class TimeInForce(Kind):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class SelfTradePrevention(Kind):
    """Which order a venue expires when a user's own orders would match."""

    EXPIRE_TAKER = "expire_taker"
    EXPIRE_MAKER = "expire_maker"


class OrderStatus(Kind):
    PENDING = "pending"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """No later report changes a final status."""
        return self in _FINAL

    @property
    def is_working(self) -> bool:
        """The order may still trade at the venue, so it is listed and can be cancelled."""
        return self not in _FINAL


_FINAL = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED})


class InstrumentStatus(Kind):
    TRADING = "trading"
    HALTED = "halted"
    PREVIEW = "preview"
    UNKNOWN = "unknown"


class Source(Kind):
    """Where a piece of data came from."""

    STREAM = "stream"
    POLL = "poll"
    SNAPSHOT = "snapshot"


class StreamState(Kind):
    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    DOWN = "down"


class AccountKind(Kind):
    """What an account of a venue is for. Only a trading account and a sub account hold orders."""

    TRADING = "trading"
    SUB = "sub"
    CUSTODY = "custody"
    FIAT = "fiat"
    CONTRACT = "contract"
    UNKNOWN = "unknown"


class TransferDirection(Kind):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class TransferStatus(Kind):
    """How far a deposit or withdrawal has come; the venue's own state stays beside it in words."""

    NEEDS_ACTION = "needs_action"
    PENDING = "pending"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """No later report changes a final status."""
        return self in _TRANSFER_ENDS


_TRANSFER_ENDS = frozenset(
    {TransferStatus.SUCCESSFUL, TransferStatus.FAILED, TransferStatus.CANCELED, TransferStatus.REFUNDED}
)


class Channel(Kind):
    """What a panel can subscribe to; `quotes` is the best bid and ask."""

    BOOK = "book"
    TRADES = "trades"
    TICKER = "ticker"
    CANDLES = "candles"
    QUOTES = "quotes"


INTERVALS: tuple[str, ...] = (
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1M",
)  # fmt: skip
"""Every candle interval the terminal knows, shortest first."""

_MINUTE_MS = 60_000
INTERVAL_MS: dict[str, int] = {
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1h": 60 * _MINUTE_MS,
    "2h": 120 * _MINUTE_MS,
    "4h": 240 * _MINUTE_MS,
    "6h": 360 * _MINUTE_MS,
    "8h": 480 * _MINUTE_MS,
    "12h": 720 * _MINUTE_MS,
    "1d": 1440 * _MINUTE_MS,
    "1w": 7 * 1440 * _MINUTE_MS,
}
"""Length in ms of each interval of fixed length; `1M` follows the calendar and is absent."""
