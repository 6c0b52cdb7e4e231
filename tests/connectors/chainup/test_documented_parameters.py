"""Every parameter of the document's request tables: a call with everything said sends it, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderRequest, OrderStatus, OrderType, Side
from tests.coverage.extract import inventory

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

Call = Callable[[Connector], Awaitable[object]]

LIMIT = OrderRequest(
    symbol="ethbtc",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal("0.001"),
    price=Decimal("0.035"),
    fee_in_platform_coin=True,
)
PLACED = Order(
    venue="cryptocom", symbol="ethbtc", side=Side.BUY, type=OrderType.LIMIT, status=OrderStatus.OPEN, order_id="8140"
)

CALLS: Mapping[str, Call] = {
    "GET /v1/symbols": lambda c: c.instruments(),
    "GET /v1/tickers": lambda c: c.tickers(),
    "GET /v1/ticker": lambda c: c.tickers(["ethbtc"]),
    "GET /v1/klines": lambda c: c.candles("ethbtc", "1m"),
    "GET /v1/trades": lambda c: c.trades("ethbtc", 10),
    "GET /v1/ticker/price": lambda c: c.last_prices(),  # type: ignore[attr-defined]
    "GET /v1/depth": lambda c: c.order_book("ethbtc", depth=10, step="1"),
    "POST /v1/account": lambda c: c.balances(),
    "POST /v1/order": lambda c: c.place_order(LIMIT),
    "POST /v1/showOrder": lambda c: c.order(PLACED),
    "DELETE /v1/order": lambda c: c.cancel_order(PLACED),
    "POST /v1/cancelAllOrders": lambda c: c.cancel_all("ethbtc"),
    "POST /v1/openOrders": lambda c: c.open_orders("ethbtc"),
    "POST /v1/allOrders": lambda c: c.order_history("ethbtc", 1, 2, 3),
    "POST /v1/myTrades": lambda c: c.fills("ethbtc", 1, 2, 3),
}

LEFT_OUT = {"POST /v1/myTrades sort": "rows of either order are sorted here"}
"""Documented parameters that the connector never sends, and why."""

SIGNED = {"api_key", "time", "sign"}


def documented(endpoint: str) -> set[str]:
    rows = (row.rpartition(" ") for row in inventory()["cryptocom"]["parameter"])
    return {name for path, _, name in rows if path == endpoint}


def test_every_endpoint_of_the_document_is_called() -> None:
    assert CALLS.keys() == inventory()["cryptocom"]["endpoint"].keys()


@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_call_sends_what_is_documented(chainup: LoopbackVenue, connector: Connector, endpoint: str) -> None:
    await CALLS[endpoint](connector)
    asked = chainup.asked(endpoint)
    sent = {name for request in asked for name, _ in parse_qsl(f"{request.query}&{request.body}")}
    left_out = {row.rpartition(" ")[2] for row in LEFT_OUT if row.startswith(f"{endpoint} ")}
    expected = documented(endpoint) - left_out
    assert asked
    assert sent == (expected if endpoint.startswith("GET") else expected | SIGNED)


@pytest.mark.parametrize("parameter", LEFT_OUT)
def test_what_is_never_sent_is_documented_and_has_its_reason(parameter: str) -> None:
    assert parameter in inventory()["cryptocom"]["parameter"]
    assert LEFT_OUT[parameter]
