"""Every parameter of the document's request tables: a call with everything said sends it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from terminal.connectors import Credentials, open_connector
from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderRequest, OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from terminal.domain.wallet import DepositProof, TransferRequest, WithdrawalRequest
from tests.coverage.extract import inventory

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

Call = Callable[[Connector], Awaitable[object]]

LIMIT = OrderRequest(
    symbol="BTCUSD",
    side=Side.SELL,
    type=OrderType.LIMIT,
    quantity=Decimal("0.01"),
    price=Decimal(52000),
    time_in_force=TimeInForce.GTC,
    self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER,
    client_order_id="122455",
)
MARKET = OrderRequest(symbol="BTCUSD", side=Side.BUY, type=OrderType.MARKET, quote_amount=Decimal(1000))


def order(**ids: Any) -> Order:
    return Order(
        venue="hashkey-mena", symbol="BTCUSD", side=Side.SELL, type=OrderType.LIMIT, status=OrderStatus.OPEN, **ids
    )


BY_ID, BY_OWN_ID = order(order_id="1"), order(client_order_id="a")
OF_SUB = order(order_id="1", extra={"account_id": "7"})
PROOF: dict[str, Any] = {"tx_id": "0xbd", "exchange": "OKX"}


def all_of_fills(connector: Connector) -> Awaitable[object]:
    return connector.fills("BTCUSD", 1, 2, 3, client_order_id="a", from_id="4", to_id="5")


CALLS: Mapping[str, tuple[Call, ...]] = {
    "POST /api/v1/spot/orderTest": (lambda c: c.test_order(LIMIT),),
    "POST /api/v1.1/spot/order": (lambda c: c.place_order(LIMIT), lambda c: c.place_order(MARKET)),
    "POST /api/v1.1/spot/batchOrders": (lambda c: c.place_orders([LIMIT, MARKET]),),
    "DELETE /api/v1/spot/order": (lambda c: c.cancel_order(BY_ID), lambda c: c.cancel_order(BY_OWN_ID)),
    "DELETE /api/v1/spot/openOrders": (lambda c: c.cancel_all("BTCUSD", "sell"),),
    "DELETE /api/v1/spot/cancelAllOpenOrders": (lambda c: c.cancel_all("BTCUSD", "sell"),),
    "DELETE /api/v1/spot/cancelOrderByIds": (lambda c: c.cancel_orders([BY_ID]),),
    "GET /api/v1/spot/order": (lambda c: c.order(OF_SUB), lambda c: c.order(BY_OWN_ID)),
    "GET /api/v1/spot/openOrders": (lambda c: c.open_orders("ETHUSD"),),
    "GET /api/v1/spot/tradeOrders": (lambda c: c.order_history("ETHUSD", 1, 2, 3),),
    "GET /api/v1/account/vipInfo": (lambda c: c.vip_info(["BTCUSD", "ETHUSD"]),),
    "GET /api/v1/account": (lambda c: c.balances("7"),),
    "GET /api/v1/account/trades": (all_of_fills,),
    "GET /api/v1/account/type": (lambda c: c.accounts(),),
    "POST /api/v1/account/assetTransfer": (
        lambda c: c.transfer(
            TransferRequest(
                from_account="1",
                to_account="2",
                asset="USDT",
                quantity=Decimal(20),
                remark="TestingRemark",
                client_order_id="12345678",
            )
        ),
    ),
    "GET /api/v1/account/checkApiKey": (lambda c: c.api_key_type(),),
    "GET /api/v1/account/fiat/history": (
        lambda c: c.fiat_history("deposit", 1, 2, status="failed", channel="auto", remark="r", limit=3),
    ),
    "GET /api/v1/account/balanceFlow": (lambda c: c.balance_flow(1, 2, flow_type=51, account_type=1, limit=3),),
    "GET /api/v1/account/chainType": (lambda c: c.deposit_addresses("USDT"),),
    "GET /api/v1/coinInfo": (lambda c: c.asset("ETH"),),
    "GET /api/v1/spot/subAccount/openOrders": (
        lambda c: c.sub_account_open_orders("7", "BTCUSD", side="buy", limit=3),
    ),
    "GET /api/v1/spot/subAccount/tradeOrders": (
        lambda c: c.sub_account_orders("7", "BTCUSD", side="buy", start=1, end=2, limit=3),
    ),
    "GET /api/v1/subAccount/trades": (
        lambda c: c.sub_account_fills(
            "7", "BTCUSD", start=1, end=2, limit=3, client_order_id="a", from_id="4", to_id="5"
        ),
    ),
    "GET /api/v1/account/deposit/address": (lambda c: c.deposit_addresses("USDT", "ETH"),),
    "GET /api/v1/account/depositOrders": (lambda c: c.deposits("ETH", 1, 2, 3),),
    "POST /api/v1/account/authAddress": (
        lambda c: c.authenticate_deposit(DepositProof(first_name="SHEN", last_name="ZHANG", **PROOF)),
        lambda c: c.authenticate_deposit(DepositProof(institution="Example", **PROOF)),
    ),
    "POST /api/v1/account/withdraw": (
        lambda c: c.withdraw(
            WithdrawalRequest(
                asset="USDT",
                network="ETH",
                address="0x13",
                quantity=Decimal("0.2"),
                client_order_id="w12912",
                memo="123456",
                platform="OKX",
            )
        ),
    ),
    "GET /api/v1/account/withdrawOrders": (lambda c: c.withdrawals("USDT", 1, 2, 3),),
    "GET /api/v1/exchangeInfo": (lambda c: c.instruments(),),
    "GET /quote/v1/depth": (lambda c: c.order_book("ETHUSD", depth=200),),
    "GET /quote/v1/depth/merged": (lambda c: c.order_book("ETHUSD", depth=10, step="1"),),
    "GET /quote/v1/trades": (lambda c: c.trades("ETHUSD", 100),),
    "GET /quote/v1/klines": (lambda c: c.candles("ETHUSDT", "1m", 1, 2, 3),),
    "GET /quote/v1/ticker/24hr": (lambda c: c.tickers(["BTCUSDT-PERPETUAL"]),),
}

AT_GLOBAL = {"DELETE /api/v1/spot/openOrders"}
"""Endpoints that only the connector of Global uses: MENA has a better one."""

LEFT_OUT = {
    "recvWindow": "the venue's default of 5 s holds",
    "GET /api/v1/spot/openOrders side": "all of a symbol are asked for",
    "GET /api/v1/spot/tradeOrders side": "all of a symbol are asked for",
    "GET /api/v1/account/trades accountId": "a sub account's fills have a call of their own",
    "GET /api/v1/account/depositOrders coin": "names of chain and coin that the rows do not have: filtered here",
    "POST /api/v1/account/withdraw addressExt": "not in use, says the document",
    "GET /api/v1/account/withdrawOrders remark": "nothing is asked for by it",
    "GET /api/v1/account/withdrawOrders memo": "nothing is asked for by it",
    "GET /api/v1/exchangeInfo symbol": "all pairs are asked for at once",
    "GET /quote/v1/ticker/24hr instType": "the default, spot, is what the terminal trades",
}
"""Documented parameters that the connector never sends, and why."""


LATER = {
    "GET /api/v1/spot/openOrders fromOrderId",
    "GET /api/v1/spot/tradeOrders fromOrderId",
    "GET /api/v1/spot/subAccount/openOrders fromOrderId",
    "GET /api/v1/spot/subAccount/tradeOrders fromOrderId",
}
"""Documented parameters that are sent from the second page on."""


def documented() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for parameter in inventory()["hashkey-mena"]["parameter"]:
        endpoint, _, name = parameter.rpartition(" ")
        found.setdefault(endpoint, set()).add(name)
    return found


DOCUMENTED = documented()


@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_call_sends_what_is_documented(
    hashkey: LoopbackVenue, connector: Connector, credentials: Credentials, endpoint: str
) -> None:
    for path in ("spot/subAccount/openOrders", "spot/subAccount/tradeOrders", "subAccount/trades"):
        hashkey.routes.setdefault(f"GET /api/v1/{path}", "[]")
    if endpoint in AT_GLOBAL:
        async with open_connector("hashkey-global", endpoints=hashkey.endpoints, credentials=credentials) as other:
            for call in CALLS[endpoint]:
                await call(other)
    else:
        for call in CALLS[endpoint]:
            await call(connector)
    sent = {name for request in hashkey.asked(endpoint) for name in _names(request.query, request.body)}
    unsaid = {*LEFT_OUT, *LATER}
    left_out = {name for name in DOCUMENTED[endpoint] if name in unsaid or f"{endpoint} {name}" in unsaid}
    assert sent - {"signature"} == DOCUMENTED[endpoint] - left_out


@pytest.mark.parametrize("parameter", LEFT_OUT)
def test_what_is_never_sent_is_documented_and_has_its_reason(parameter: str) -> None:
    every = {name for names in DOCUMENTED.values() for name in names}
    every |= {f"{endpoint} {name}" for endpoint, names in DOCUMENTED.items() for name in names}
    assert parameter in every
    assert LEFT_OUT[parameter]


async def test_prices_and_touches_come_from_the_day_ticker_alone(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.tickers()
    assert [request.path for request in hashkey.requests] == ["/quote/v1/ticker/24hr"]


def _names(query: str, body: str) -> set[str]:
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if body.startswith("["):
        return names.union(*json.loads(body))
    return names | {name for name, _ in parse_qsl(body, keep_blank_values=True)}
