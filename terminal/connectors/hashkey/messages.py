"""HashKey's messages as they travel, field names its own (PROTOCOLS 2.4 to 2.8).

`WireValue` fields come as text or as JSON numbers. What the terminal does not use is left out; unknown fields
are ignored.
"""

from __future__ import annotations

import msgspec

from terminal.connectors.wire import WireValue, decoder

Row = tuple[WireValue, WireValue]


class Verdict(msgspec.Struct):
    """The code and words that any reply object may carry, in their spellings."""

    code: WireValue = None
    msg: WireValue = None
    message: WireValue = None
    desc: WireValue = None
    error_code: WireValue = msgspec.field(default=None, name="errorCode")
    error_msg: WireValue = msgspec.field(default=None, name="errorMsg")
    success: WireValue = None


class ServerTime(msgspec.Struct, rename="camel"):
    """GET /api/v1/time"""

    server_time: WireValue


class Filter(msgspec.Struct, rename="camel"):
    """One trading rule of a symbol; which fields are set depends on `filter_type`."""

    filter_type: str
    tick_size: WireValue = None
    min_qty: WireValue = None
    max_qty: WireValue = None
    step_size: WireValue = None
    market_order_min_qty: WireValue = None
    market_order_max_qty: WireValue = None
    min_notional: WireValue = None
    min_amount: WireValue = None
    max_amount: WireValue = None
    market_order_min_amount: WireValue = None
    market_order_max_amount: WireValue = None
    buy_price_up_rate: WireValue = None
    sell_price_down_rate: WireValue = None
    max_entrust_num: WireValue = None
    no_allow_market_start_time: WireValue = None
    no_allow_market_end_time: WireValue = None
    limit_order_start_time: WireValue = None
    limit_order_end_time: WireValue = None
    limit_min_price: WireValue = None
    limit_max_price: WireValue = None


class Symbol(msgspec.Struct, rename="camel"):
    """One symbol of GET /api/v1/exchangeInfo."""

    symbol: str
    status: str = ""
    base_asset: str = ""
    quote_asset: str = ""
    quote_precision: WireValue = None
    filters: list[Filter] = []


class ExchangeInfo(msgspec.Struct):
    """GET /api/v1/exchangeInfo without `symbol`, its rows `Symbol`; with it the bare symbol object comes instead."""

    symbols: list[msgspec.Raw] | None = None
    symbol: WireValue = None
    coins: list[msgspec.Raw] | None = None


class Depth(msgspec.Struct):
    """GET /quote/v1/depth and /quote/v1/depth/merged; `b` and `a` hold rows [price, quantity], `t` ms"""

    b: list[WireValue]
    a: list[WireValue]
    t: WireValue = None


class PublicTrade(msgspec.Struct):
    """GET /quote/v1/trades, one row; `ibm`: the buyer is the maker."""

    t: WireValue
    p: WireValue
    q: WireValue
    ibm: WireValue


class DayTicker(msgspec.Struct):
    """GET /quote/v1/ticker/24hr, one row"""

    s: str
    t: WireValue = None
    c: WireValue = None
    h: WireValue = None
    low: WireValue = msgspec.field(default=None, name="l")
    o: WireValue = None
    b: WireValue = None
    a: WireValue = None
    v: WireValue = None
    qv: WireValue = None


class PriceTicker(msgspec.Struct):
    """GET /quote/v1/ticker/price, one row"""

    s: str
    p: WireValue


class BookTicker(msgspec.Struct):
    """GET /quote/v1/ticker/bookTicker, one row: best bid and ask with their quantities"""

    s: str
    b: WireValue = None
    bq: WireValue = None
    a: WireValue = None
    aq: WireValue = None
    t: WireValue = None


class OrderRow(msgspec.Struct, rename="camel"):
    """An order acknowledgement, a cancel acknowledgement or a listed order."""

    symbol: WireValue = None
    order_id: WireValue = None
    client_order_id: WireValue = None
    account_id: WireValue = None
    price: WireValue = None
    orig_qty: WireValue = None
    executed_qty: WireValue = None
    avg_price: WireValue = None
    status: WireValue = None
    time_in_force: WireValue = None
    type: WireValue = None
    side: WireValue = None
    time: WireValue = None
    update_time: WireValue = None
    transact_time: WireValue = None
    req_amount: WireValue = None
    ord_cxl_reason: WireValue = None
    cumulative_quote_qty: WireValue = None
    stp_mode: WireValue = None


class BatchEntry(msgspec.Struct):
    code: WireValue = None
    msg: WireValue = None
    order: OrderRow | None = None


class BatchReply(msgspec.Struct):
    """POST batchOrders: one entry per order, in order."""

    result: list[BatchEntry]


class CancelFailure(msgspec.Struct, rename="camel"):
    order_id: WireValue
    code: WireValue
    msg: WireValue = None


class CancelByIdsReply(msgspec.Struct):
    """DELETE /api/v1/spot/cancelOrderByIds: only the orders that failed; without any, `result` may be missing."""

    result: list[CancelFailure] | None = None
    code: WireValue = None


class CancelAllReply(msgspec.Struct, rename="camel"):
    """DELETE /api/v1/spot/cancelAllOpenOrders: accepted, not done."""

    last_order_id: WireValue = None


class AccountTrade(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/trades, one row"""

    id: WireValue
    symbol: WireValue
    order_id: WireValue
    price: WireValue
    qty: WireValue
    time: WireValue
    is_buyer: WireValue
    client_order_id: WireValue = None
    ticket_id: WireValue = None
    commission: WireValue = None
    commission_asset: WireValue = None
    is_maker: WireValue = None


class BalanceRow(msgspec.Struct):
    asset: WireValue
    free: WireValue
    locked: WireValue
    total: WireValue = None


class Account(msgspec.Struct):
    """GET /api/v1/account"""

    balances: list[BalanceRow]


class FeeRow(msgspec.Struct, rename="camel"):
    symbol: str
    actual_maker_rate: WireValue
    actual_taker_rate: WireValue
    buy_taker_fee_currency: WireValue = None
    sell_taker_fee_currency: WireValue = None


class VipInfo(msgspec.Struct, rename="camel"):
    """GET /api/v1/account/vipInfo, made once a day"""

    data: list[FeeRow]
    vip_level: WireValue = None
    trade_vol_30_day: WireValue = msgspec.field(default=None, name="tradeVol30Day")
    total_asset_bal: WireValue = None
    update_timestamp: WireValue = None


class ListenKey(msgspec.Struct, rename="camel"):
    """POST /api/v1/userDataStream"""

    listen_key: str


Verdicts = decoder(Verdict)
"""Reads the verdict of a reply object; a reply that is a list raises `msgspec.ValidationError`."""
