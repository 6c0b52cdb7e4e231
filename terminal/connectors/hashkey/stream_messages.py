"""HashKey's stream frames as they travel (PROTOCOLS 2.6 to 2.8).

Frames of market data are told apart by `topic` while they are decoded, in one pass. Acknowledgements carry
the same topics without data; everything else is read as `ControlFrame`.
"""

from __future__ import annotations

import msgspec

from terminal.connectors.hashkey.messages import Row
from terminal.connectors.wire import WireValue

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a frame raises; the last one for arrays and objects nested thousands deep."""


class Params(msgspec.Struct, rename="camel"):
    symbol: WireValue = None
    kline_type: WireValue = None


class KlineData(msgspec.Struct):
    """`t` opening ms; `qv` quote volume, version 1 only"""

    t: WireValue
    o: WireValue
    h: WireValue
    low: WireValue = msgspec.field(name="l")
    c: WireValue
    v: WireValue = None
    qv: WireValue = None


class RealtimesData(msgspec.Struct):
    """`m` change over 24 h, a fraction"""

    t: WireValue = None
    o: WireValue = None
    h: WireValue = None
    low: WireValue = msgspec.field(default=None, name="l")
    c: WireValue = None
    v: WireValue = None
    qv: WireValue = None
    m: WireValue = None


class TradeData(msgspec.Struct):
    """`m`: the buyer is the maker"""

    t: WireValue
    p: WireValue
    q: WireValue
    m: WireValue
    v: WireValue = None


class DepthData(msgspec.Struct):
    """A whole book; `t` is the time of its last change"""

    b: list[Row]
    a: list[Row]
    t: WireValue = None


class BboData(msgspec.Struct):
    """Best bid and ask with their sizes"""

    t: WireValue = None
    b: WireValue = None
    bz: WireValue = None
    a: WireValue = None
    az: WireValue = None


class V2Frame(msgspec.Struct, tag_field="topic", kw_only=True):
    """Wire frame of version 2: `data` is one object; acknowledgements and errors carry `event` and `code`."""

    params: Params | None = None
    event: WireValue = None
    code: WireValue = None
    msg: WireValue = None
    desc: WireValue = None


class V2Kline(V2Frame, tag="kline"):
    data: KlineData | None = None


class V2Realtimes(V2Frame, tag="realtimes"):
    data: RealtimesData | None = None


class V2Trade(V2Frame, tag="trade"):
    data: TradeData | None = None


class V2Depth(V2Frame, tag="depth"):
    data: DepthData | None = None


class V2Bbo(V2Frame, tag="bbo"):
    data: BboData | None = None


class V1Frame(msgspec.Struct, tag_field="topic", kw_only=True):
    """Wire frame of version 1: `data` is a list; echoes and errors carry `event` or `code`."""

    symbol: WireValue = None
    params: Params | None = None
    event: WireValue = None
    code: WireValue = None
    msg: WireValue = None
    desc: WireValue = None


class V1Kline(V1Frame, tag="kline"):
    data: list[KlineData] | None = None


class V1Realtimes(V1Frame, tag="realtimes"):
    data: list[RealtimesData] | None = None


class V1Trade(V1Frame, tag="trade"):
    data: list[TradeData] | None = None


class V1Depth(V1Frame, tag="depth"):
    data: list[DepthData] | None = None


class ControlFrame(msgspec.Struct, rename="camel"):
    """Pings, pongs, acknowledgements and errors of any stream; `e` marks an account event sent without its array."""

    e: WireValue = None
    ping: WireValue = None
    pong: WireValue = None
    topic: WireValue = None
    event: WireValue = None
    symbol: WireValue = None
    params: Params | None = None
    code: WireValue = None
    msg: WireValue = None
    desc: WireValue = None


class BalanceEntry(msgspec.Struct):
    """`f` free, `l` locked, both absolute"""

    a: WireValue
    f: WireValue
    locked: WireValue = msgspec.field(name="l")


class AccountUpdate(msgspec.Struct, tag_field="e", tag="outboundAccountInfo"):
    """`balances` hold a `BalanceEntry` each, converted one by one: a bad one takes no other with it"""

    event_time: WireValue = msgspec.field(default=None, name="E")
    balances: list[WireValue] | None = msgspec.field(default=None, name="B")


class CustodyUpdate(msgspec.Struct, tag_field="e", tag="outboundCustodyAccountInfo"):
    """Balances of the custody account, which is not the trading account."""


class FiatUpdate(msgspec.Struct, tag_field="e", tag="outboundFiatAccountInfo"):
    """Balances of the fiat account, which is not the trading account."""


class ExecutionReport(msgspec.Struct, tag_field="e", tag="executionReport"):
    event_time: WireValue = msgspec.field(name="E")
    symbol: WireValue = msgspec.field(name="s")
    status: WireValue = msgspec.field(name="X")
    order_id: WireValue = msgspec.field(name="i")
    side: WireValue = msgspec.field(default=None, name="S")
    type: WireValue = msgspec.field(default=None, name="o")
    time_in_force: WireValue = msgspec.field(default=None, name="f")
    client_order_id: WireValue = msgspec.field(default=None, name="c")
    quantity: WireValue = msgspec.field(default=None, name="q")
    price: WireValue = msgspec.field(default=None, name="p")
    last_quantity: WireValue = msgspec.field(default=None, name="l")
    last_price: WireValue = msgspec.field(default=None, name="L")
    filled: WireValue = msgspec.field(default=None, name="z")
    filled_quote: WireValue = msgspec.field(default=None, name="Z")
    average_price: WireValue = msgspec.field(default=None, name="V")
    commission: WireValue = msgspec.field(default=None, name="n")
    commission_asset: WireValue = msgspec.field(default=None, name="N")
    created: WireValue = msgspec.field(default=None, name="O")
    requested_amount: WireValue = msgspec.field(default=None, name="reqAmt")
    execution_id: WireValue = msgspec.field(default=None, name="d")
    cancel_reason: WireValue = msgspec.field(default=None, name="x")


class TicketInfo(msgspec.Struct, tag_field="e", tag="ticketInfo"):
    """Tells maker or taker of one execution; `m` is isMaker."""

    symbol: WireValue = msgspec.field(name="s")
    quantity: WireValue = msgspec.field(name="q")
    price: WireValue = msgspec.field(name="p")
    order_id: WireValue = msgspec.field(name="o")
    is_maker: WireValue = msgspec.field(name="m")
    ticket_id: WireValue = msgspec.field(default=None, name="T")
    time: WireValue = msgspec.field(default=None, name="t")


PrivateEvent = AccountUpdate | CustodyUpdate | FiatUpdate | ExecutionReport | TicketInfo
