"""Pure values and rules of trading: no I/O, no clock, no logging, no async."""

from terminal.domain.account import Balance, DepositAddress, FeeRates, Fill
from terminal.domain.instrument import Breach, Instrument, OrderLimits, PriceBand
from terminal.domain.kinds import (
    INTERVAL_MS,
    INTERVALS,
    Channel,
    InstrumentStatus,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    Source,
    StreamState,
    TimeInForce,
)
from terminal.domain.market import (
    BookDelta,
    BookSnapshot,
    Candle,
    InstrumentId,
    Level,
    Ticker,
    Trade,
)
from terminal.domain.numbers import use_exact_arithmetic
from terminal.domain.order import Order, OrderRequest, apply
from terminal.domain.order_book import OrderBook
from terminal.domain.venue import Capabilities, Credentials, Endpoints, StreamStatus, VenueInfo

# importing the domain is what every part of the program, a script and a test have in common
use_exact_arithmetic()

__all__ = [
    "INTERVALS",
    "INTERVAL_MS",
    "Balance",
    "BookDelta",
    "BookSnapshot",
    "Breach",
    "Candle",
    "Capabilities",
    "Channel",
    "Credentials",
    "DepositAddress",
    "Endpoints",
    "FeeRates",
    "Fill",
    "Instrument",
    "InstrumentId",
    "InstrumentStatus",
    "Level",
    "Order",
    "OrderBook",
    "OrderLimits",
    "OrderRequest",
    "OrderStatus",
    "OrderType",
    "PriceBand",
    "SelfTradePrevention",
    "Side",
    "Source",
    "StreamState",
    "StreamStatus",
    "Ticker",
    "TimeInForce",
    "Trade",
    "VenueInfo",
    "apply",
    "use_exact_arithmetic",
]
