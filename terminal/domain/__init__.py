"""Pure values and rules of trading: no I/O, no clock, no logging, no async."""

from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.instrument import Breach, Instrument, OpeningRules, OrderLimits, PriceBand
from terminal.domain.kinds import (
    INTERVAL_MS,
    INTERVALS,
    AccountKind,
    Channel,
    InstrumentStatus,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    Source,
    StreamState,
    TimeInForce,
    TransferDirection,
    TransferStatus,
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
from terminal.domain.venue import Capabilities, Credentials, Endpoints, FlowType, StreamStatus, VenueInfo
from terminal.domain.wallet import (
    Asset,
    BalanceChange,
    DepositAddress,
    DepositProof,
    Network,
    Transfer,
    TransferReceipt,
    TransferRequest,
    VenueAccount,
    VipInfo,
    WithdrawalRequest,
)

# importing the domain is what every part of the program, a script and a test have in common
use_exact_arithmetic()

__all__ = [
    "INTERVALS",
    "INTERVAL_MS",
    "AccountKind",
    "Asset",
    "Balance",
    "BalanceChange",
    "BookDelta",
    "BookSnapshot",
    "Breach",
    "Candle",
    "Capabilities",
    "Channel",
    "Credentials",
    "DepositAddress",
    "DepositProof",
    "Endpoints",
    "FeeRates",
    "Fill",
    "FlowType",
    "Instrument",
    "InstrumentId",
    "InstrumentStatus",
    "Level",
    "Network",
    "OpeningRules",
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
    "Transfer",
    "TransferDirection",
    "TransferReceipt",
    "TransferRequest",
    "TransferStatus",
    "VenueAccount",
    "VenueInfo",
    "VipInfo",
    "WithdrawalRequest",
    "apply",
    "use_exact_arithmetic",
]
