"""Every value of every enumeration of the document: what it becomes, and that none is unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.capabilities import capabilities_of
from terminal.connectors.hashkey.endpoints import MENA
from terminal.connectors.hashkey.error_codes import ERROR_CODES
from terminal.connectors.hashkey.parse import CANCEL_REASONS, Parser
from terminal.connectors.hashkey.parse_wallet import DEPOSIT_STATES, FIAT_STATES, FLOW_TYPES, WITHDRAWAL_STATES
from terminal.connectors.hashkey.private_stream import PrivateStream
from terminal.connectors.hashkey.stream import PublicStream, topic_of
from terminal.connectors.hashkey.wallet_rules import EXCHANGES, PLATFORMS
from terminal.connectors.wire import Malformed
from terminal.domain import (
    BookSnapshot,
    Candle,
    Channel,
    InstrumentStatus,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    Ticker,
    TimeInForce,
    Trade,
)
from terminal.domain.kinds import INTERVALS
from tests.coverage.extract import inventory

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

MENA_DOCUMENT = inventory()["hashkey-mena"]
NOW = 1_766_730_000_000


def order_of(parser: Parser, payload: Callable[[str], bytes], **changes: str) -> Order:
    """Return the document's order with some fields changed."""
    row = {**json.loads(payload("http_get_order")), **changes}
    return parser.order(messages.OrderRow(**{_FIELDS[name]: value for name, value in row.items() if name in _FIELDS}))


_FIELDS = {
    encoded: name
    for name, encoded in zip(
        messages.OrderRow.__struct_fields__, messages.OrderRow.__struct_encode_fields__, strict=True
    )
}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING_NEW", OrderStatus.PENDING),
        ("NEW", OrderStatus.OPEN),
        ("PARTIALLY_FILLED", OrderStatus.PARTIALLY_FILLED),
        ("PARTIALLY_CANCELED", OrderStatus.CANCELED),
        ("FILLED", OrderStatus.FILLED),
        ("CANCELED", OrderStatus.CANCELED),
        ("REJECTED", OrderStatus.REJECTED),
    ],
)
def test_an_order_status(
    parser: Parser, malformed: Malformed, payload: Callable[[str], bytes], word: str, status: OrderStatus
) -> None:
    assert order_of(parser, payload, status=word).status is status
    (event,) = [event for event in pushed(PrivateStream(parser), payload, X=word) if isinstance(event, Order)]
    assert event.status is status
    assert malformed.counts == {}


@pytest.mark.parametrize(
    ("word", "kind"),
    [("LIMIT", OrderType.LIMIT), ("MARKET", OrderType.MARKET), ("LIMIT_MAKER", OrderType.LIMIT_MAKER)],
)
def test_an_order_type(
    parser: Parser, malformed: Malformed, payload: Callable[[str], bytes], word: str, kind: OrderType
) -> None:
    assert order_of(parser, payload, type=word).type is kind
    assert malformed.counts == {}
    assert kind in capabilities_of(MENA).order_types


@pytest.mark.parametrize(("word", "side"), [("BUY", Side.BUY), ("SELL", Side.SELL)])
def test_a_side(parser: Parser, payload: Callable[[str], bytes], word: str, side: Side) -> None:
    assert order_of(parser, payload, side=word).side is side


@pytest.mark.parametrize("word", ["GTC", "IOC", "FOK"])
def test_a_time_in_force(parser: Parser, malformed: Malformed, payload: Callable[[str], bytes], word: str) -> None:
    assert order_of(parser, payload, timeInForce=word).time_in_force is TimeInForce(word)
    assert malformed.counts == {}
    assert TimeInForce(word) in capabilities_of(MENA).times_in_force


@pytest.mark.parametrize("reason", CANCEL_REASONS)
def test_a_cancel_reason_is_told_in_plain_words(parser: Parser, payload: Callable[[str], bytes], reason: str) -> None:
    words = f"{CANCEL_REASONS[reason]} ({reason})"
    assert not words.startswith("Cancelled")  # the state before it says so already
    assert order_of(parser, payload, ordCxlReason=reason).reason == words
    (event,) = [event for event in pushed(PrivateStream(parser), payload, x=reason) if isinstance(event, Order)]
    assert event.reason == words


def pushed(stream: PrivateStream, payload: Callable[[str], bytes], **changes: str) -> list[Any]:
    report: Mapping[str, Any] = json.loads(payload("ws_private_execution_report"))[0]
    return list(stream.on_frame(json.dumps([{**report, **changes}]).encode(), NOW))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("IN_PREVIEW", InstrumentStatus.PREVIEW),
        ("TRADING", InstrumentStatus.TRADING),
        ("HALT", InstrumentStatus.HALTED),
        ("RESUMING", InstrumentStatus.HALTED),
    ],
)
async def test_a_pair_status(
    hashkey: LoopbackVenue,
    connector: Connector,
    payload: Callable[[str], bytes],
    word: str,
    status: InstrumentStatus,
) -> None:
    symbol = {**json.loads(payload("http_get_exchange_info")), "status": word}
    hashkey.routes["GET /api/v1/exchangeInfo"] = json.dumps(symbol)
    (instrument,) = await connector.instruments()
    assert instrument.status is status
    assert connector.health.malformed == {}


TOPIC_CHANNELS = {
    "kline": Channel.CANDLES,
    "realtimes": Channel.TICKER,
    "trade": Channel.TRADES,
    "depth": Channel.BOOK,
    "bbo": Channel.QUOTES,
}


@pytest.mark.parametrize("topic", MENA_DOCUMENT["topic"])
def test_a_topic_is_asked_for_read_and_cancelled(
    parser: Parser, malformed: Malformed, payload: Callable[[str], bytes], topic: str
) -> None:
    version, name = topic.split(" ")
    kind, _, interval = name.partition("_")
    push = json.loads(payload(f"ws_{version}_{kind}"))
    symbol = push["symbol"] if version == "v1" else push["params"]["symbol"]
    stream = PublicStream(version, parser, lambda refused, why: pytest.fail(why))
    wanted = topic_of(TOPIC_CHANNELS[kind], symbol, interval or None)
    request = json.loads(payload(f"ws_{version}_{kind}_request"))
    if version == "v1":
        request["topic"] = name
    elif interval:
        request["params"]["klineType"] = interval
    if interval:
        push["params"]["klineType"] = interval
    assert json.loads(stream.want(wanted)) == request
    (event,) = stream.on_frame(json.dumps(push).encode(), NOW)
    assert isinstance(event, BookSnapshot | Candle | Ticker | Trade)
    assert (event.venue, event.symbol) == ("hashkey-mena", symbol)
    if interval:
        assert isinstance(event, Candle)
        assert event.interval == interval
    assert json.loads(stream.drop(wanted)) == {**request, "event": "cancel"}
    assert malformed.counts == {}


@pytest.mark.parametrize("interval", MENA_DOCUMENT["interval"])
async def test_an_interval_of_candles(hashkey: LoopbackVenue, connector: Connector, interval: str) -> None:
    candles = await connector.candles("BTCUSDT", interval)
    assert {candle.interval for candle in candles} == {interval}
    assert f"interval={interval}" in hashkey.asked("GET /quote/v1/klines")[0].query


def test_the_connectors_tables_are_those_of_the_document() -> None:
    assert set(ERROR_CODES) == set(MENA_DOCUMENT["error code"])
    assert set(CANCEL_REASONS) == set(MENA_DOCUMENT["cancel reason"])
    assert set(DEPOSIT_STATES) == set(MENA_DOCUMENT["deposit status"])
    assert set(WITHDRAWAL_STATES) == set(MENA_DOCUMENT["withdrawal status"])
    assert set(FIAT_STATES) == set(MENA_DOCUMENT["fiat status"])
    assert {str(kind.code) for kind in FLOW_TYPES} == set(MENA_DOCUMENT["flow type"])
    assert set(PLATFORMS) == set(MENA_DOCUMENT["withdrawal platform"])
    assert set(EXCHANGES) == set(MENA_DOCUMENT["deposit exchange"])
    assert set(INTERVALS) == set(MENA_DOCUMENT["interval"])
    capabilities = capabilities_of(MENA)
    assert set(capabilities.intervals) == set(MENA_DOCUMENT["interval"])
    assert {str(kind.value).upper() for kind in capabilities.order_types} == set(MENA_DOCUMENT["order type"])
    assert {str(kind.value).upper() for kind in capabilities.times_in_force} == set(MENA_DOCUMENT["time in force"])
    assert {str(kind.value).upper() for kind in capabilities.self_trade_prevention} == set(
        MENA_DOCUMENT["self trade prevention"]
    )


@pytest.mark.parametrize("mode", ["EXPIRE_TAKER", "EXPIRE_MAKER"])
async def test_a_self_trade_prevention(hashkey: LoopbackVenue, connector: Connector, mode: str) -> None:
    await connector.place_order(
        OrderRequest(
            symbol="ETHUSD",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal("0.03"),
            price=Decimal(1900),
            self_trade_prevention=SelfTradePrevention[mode],
        )
    )
    assert f"stpMode={mode}" in hashkey.asked("POST /api/v1.1/spot/order")[0].body


@pytest.mark.parametrize(
    ("product", "symbol", "assets"),
    [
        ("Token-Token", "ATOMUSDC", ("ATOM", "USDC")),
        ("Token-Fiat", "USDTUSD", ("USD", "USD")),
        ("ST-Token", "SPICEUSDT", ("USDT", "USDT")),
    ],
)
async def test_a_product_types_fee_assets_are_the_venues_own(
    connector: Connector, payload: Callable[[str], bytes], product: str, symbol: str, assets: tuple[str, str]
) -> None:
    rows = json.loads(payload("http_get_vip_info"))["data"]
    assert next(row["productType"] for row in rows if row["symbol"] == symbol) == product
    rates = await connector.fee_rates(symbol)
    assert (rates.buy_fee_asset, rates.sell_fee_asset) == assets


@pytest.mark.parametrize("kind", ["SPOT", "FUTURES", "ANY"])
async def test_a_day_ticker_of_any_instrument_type_is_read(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes], kind: str
) -> None:
    rows = [{**row, "it": kind} for row in json.loads(payload("http_get_ticker_24hr"))]
    hashkey.routes["GET /quote/v1/ticker/24hr"] = json.dumps(rows)
    (ticker,) = await connector.tickers()
    assert (ticker.symbol, str(ticker.last), str(ticker.quote_volume)) == ("BTCUSDT-PERPETUAL", "89164.2", "72224.7966")
    assert connector.health.malformed == {}
