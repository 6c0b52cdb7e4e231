"""The ChainUp engine's messages as they travel, field names its own (PROTOCOLS 4.3 to 4.5).

`WireValue` fields come as text or as JSON numbers, `0E-8` and `9744.2500000000000000` among them. What the terminal
does not use is left out; unknown fields are ignored.
"""

from __future__ import annotations

import msgspec

from terminal.connectors.wire import WireValue, decoder

NOTHING = msgspec.Raw(b"")
"""A missing part of a message; null stands in one that is there."""


class Verdict(msgspec.Struct):
    """What every reply says of itself; `code` is "0" or 0 for success, and may be missing."""

    code: WireValue = None
    msg: WireValue = None


class Envelope(msgspec.Struct):
    """`data` is what was asked for; it may be missing or null on success."""

    code: WireValue = None
    data: msgspec.Raw = NOTHING


class Symbol(msgspec.Struct):
    """GET /v1/symbols, one row; precisions are decimal digits"""

    symbol: WireValue
    base_coin: WireValue
    count_coin: WireValue
    price_precision: WireValue
    amount_precision: WireValue


class Ticker(msgspec.Struct):
    """GET /v1/ticker, and one row of GET /v1/tickers; `rose` is a fraction"""

    symbol: WireValue = None
    high: WireValue = None
    low: WireValue = None
    last: WireValue = None
    vol: WireValue = None
    buy: WireValue = None
    sell: WireValue = None
    rose: WireValue = None
    change: WireValue = None
    time: WireValue = None


class Tickers(msgspec.Struct):
    """GET /v1/tickers; `date` is the venue's time in ms"""

    ticker: list[msgspec.Raw]
    date: WireValue = None


class PublicTrade(msgspec.Struct):
    """GET /v1/trades, one row"""

    id: WireValue
    price: WireValue
    amount: WireValue
    ctime: WireValue
    type: WireValue


class Book(msgspec.Struct):
    """A book, or one changed level of it (`side`, `price`, `volume`); the stream says `buys`, REST says `bids`."""

    asks: list[WireValue] | None = None
    bids: list[WireValue] | None = None
    buys: list[WireValue] | None = None
    time: WireValue = None
    side: WireValue = None
    price: WireValue = None
    volume: WireValue = None


class Depth(msgspec.Struct):
    """GET /v1/depth"""

    tick: Book


class Coin(msgspec.Struct):
    coin: WireValue
    normal: WireValue
    locked: WireValue


class Account(msgspec.Struct):
    """POST /v1/account"""

    coin_list: list[Coin]


class Placed(msgspec.Struct):
    """POST /v1/order"""

    order_id: WireValue


class OrderRow(msgspec.Struct):
    """A listed order. `deal_price` is the quote value of its fills; it names its coins, never its symbol."""

    id: WireValue
    side: WireValue
    type: WireValue
    status: WireValue
    volume: WireValue
    price: WireValue = None
    deal_volume: WireValue = None
    deal_price: WireValue = None
    avg_price: WireValue = None
    fee: WireValue = None
    fee_coin: WireValue = None
    created_at: WireValue = None
    base_coin: WireValue = msgspec.field(default=None, name="baseCoin")
    count_coin: WireValue = msgspec.field(default=None, name="countCoin")
    source: WireValue = None


class OwnTrade(msgspec.Struct):
    """One fill: a row of POST /v1/myTrades, or of showOrder's `trade_list`, which names neither side nor order."""

    id: WireValue
    price: WireValue
    volume: WireValue
    ctime: WireValue
    side: WireValue = None
    type: WireValue = None
    fee: WireValue = None
    fee_coin: WireValue = msgspec.field(default=None, name="feeCoin")
    bid_id: WireValue = None
    ask_id: WireValue = None


class ShownOrder(msgspec.Struct):
    """POST /v1/showOrder"""

    order_info: OrderRow | None = None
    trade_list: list[OwnTrade] | None = None


class OrderPage(msgspec.Struct):
    """POST /v1/openOrders (`resultList`) and POST /v1/allOrders (`orderList`); either may be null"""

    result_list: list[OrderRow] | None = msgspec.field(default=None, name="resultList")
    order_list: list[OrderRow] | None = msgspec.field(default=None, name="orderList")
    count: WireValue = None


class TradePage(msgspec.Struct):
    """POST /v1/myTrades"""

    result_list: list[OwnTrade] | None = msgspec.field(default=None, name="resultList")
    count: WireValue = None


class Frame(msgspec.Struct):
    """Any frame of the stream; `tick` is pushed data, `data` the answer to a request."""

    channel: WireValue = None
    event_rep: WireValue = None
    cb_id: WireValue = None
    ts: WireValue = None
    status: WireValue = None
    lower_frame: WireValue = None
    tick: msgspec.Raw = NOTHING
    data: msgspec.Raw = NOTHING
    ping: WireValue = None
    pong: WireValue = None


class DayTick(msgspec.Struct):
    """The last 24 h of a pair: of the `ticker` channel, and one entry of `review`. `amount` is quote turnover, `vol`
    base volume, `close` the last price, `rose` a fraction."""

    close: WireValue = None
    open: WireValue = None
    high: WireValue = None
    low: WireValue = None
    vol: WireValue = None
    amount: WireValue = None
    rose: WireValue = None
    ts: WireValue = None
    lower_frame: WireValue = None


class KlineTick(msgspec.Struct):
    """One bar; `id` is its opening time in seconds."""

    id: WireValue
    open: WireValue
    high: WireValue
    low: WireValue
    close: WireValue
    vol: WireValue = None
    amount: WireValue = None


class StreamTrade(msgspec.Struct):
    """One print of the `trade_ticker` channel; `vol` is base quantity"""

    id: WireValue
    side: WireValue
    price: WireValue
    vol: WireValue
    ts: WireValue


class TradeTick(msgspec.Struct):
    data: list[msgspec.Raw]


Verdicts = decoder(Verdict)
