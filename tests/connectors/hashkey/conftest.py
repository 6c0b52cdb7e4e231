"""HashKey parsers and streams without I/O, and a connector to a venue that a test scripts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

import pytest

from terminal.connectors import Credentials, open_connector
from terminal.connectors.contract import Connector, Event, TapRecord
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.signing import signature
from terminal.connectors.wire import Malformed

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request


BOTH_VENUES = pytest.mark.parametrize("venue_id", ["hashkey-mena", "hashkey-global"])
"""Runs a test with the connector of each venue of the family."""


class Parameters(Protocol):
    def __call__(self, request: Request) -> dict[str, str]: ...


@pytest.fixture
def venue_id() -> str:
    return "hashkey-mena"


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(key="key-of-this-test-account", secret="secret-of-this-test-account")


@pytest.fixture
def parameters_of(credentials: Credentials, venue_id: str) -> Parameters:
    """Return a request's parameters, after checking that it is signed over its exact bytes, with the key headers that
    the venue's documents name."""

    def checked(request: Request) -> dict[str, str]:
        signed, _, digest = (request.query or request.body).rpartition("&signature=")
        assert digest == signature(credentials.secret or "", signed)
        assert request.headers["X-HK-APIKEY"] == credentials.key
        assert request.headers.get("X-APIKEY") == (credentials.key if venue_id == "hashkey-mena" else None)
        fields = dict(parse_qsl(signed, keep_blank_values=True))
        assert len(fields.pop("timestamp")) == 13
        return fields

    return checked


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def taps() -> list[TapRecord]:
    return []


@pytest.fixture
async def connector(
    venue_id: str, hashkey: LoopbackVenue, credentials: Credentials, events: list[Event], taps: list[TapRecord]
) -> AsyncIterator[Connector]:
    async with open_connector(
        venue_id,
        endpoints=hashkey.endpoints,
        credentials=credentials,
        sink=events.append,
        tap=taps.append,
    ) as opened:
        yield opened


@pytest.fixture
def malformed() -> Malformed:
    return Malformed("hashkey-mena", logging.getLogger("test.hashkey"))


@pytest.fixture
def parser(malformed: Malformed) -> Parser:
    return Parser("hashkey-mena", "main", malformed)


@pytest.fixture
def hashkey(venue: LoopbackVenue, payload: Callable[[str], bytes]) -> LoopbackVenue:
    """The loopback venue answering as the document's examples do."""
    examples = {
        "GET /api/v1/time": "http_get_time",
        "GET /api/v1/exchangeInfo": "http_get_exchange_info",
        "GET /quote/v1/depth": "http_get_depth",
        "GET /quote/v1/depth/merged": "http_get_depth_merged",
        "GET /quote/v1/trades": "http_get_trades",
        "GET /quote/v1/klines": "http_get_klines",
        "GET /quote/v1/ticker/24hr": "http_get_ticker_24hr",
        "GET /quote/v1/ticker/price": "http_get_ticker_price",
        "GET /quote/v1/ticker/bookTicker": "http_get_book_ticker",
        "GET /api/v1/ping": "http_get_ping",
        "POST /api/v1.1/spot/order": "http_post_order",
        "POST /api/v1/spot/order": "http_post_order",
        "POST /api/v1/spot/batchOrders": "http_post_batch_orders",
        "POST /api/v1/spot/orderTest": "http_post_order_test",
        "POST /api/v1.1/spot/batchOrders": "http_post_batch_orders",
        "DELETE /api/v1/spot/order": "http_delete_order",
        "DELETE /api/v1/spot/openOrders": "http_delete_open_orders",
        "DELETE /api/v1/spot/cancelAllOpenOrders": "http_delete_cancel_all_open_orders",
        "DELETE /api/v1/spot/cancelOrderByIds": "http_delete_cancel_order_by_ids",
        "GET /api/v1/spot/order": "http_get_order",
        "GET /api/v1/spot/openOrders": "http_get_open_orders",
        "GET /api/v1/spot/tradeOrders": "http_get_trade_orders",
        "GET /api/v1/account": "http_get_account",
        "GET /api/v1/account/trades": "http_get_account_trades",
        "GET /api/v1/account/vipInfo": "http_get_vip_info",
        "GET /api/v1/account/type": "http_get_account_type",
        "GET /api/v1/account/checkApiKey": "http_get_check_api_key",
        "POST /api/v1/account/assetTransfer": "http_post_asset_transfer",
        "GET /api/v1/account/fiat/history": "http_get_fiat_history",
        "GET /api/v1/account/balanceFlow": "http_get_balance_flow_main",
        "GET /api/v1/account/chainType": "http_get_chain_type",
        "GET /api/v1/coinInfo": "http_get_coin_info",
        "GET /api/v1/spot/subAccount/openOrders": "http_get_sub_account_open_orders",
        "GET /api/v1/spot/subAccount/tradeOrders": "http_get_sub_account_trade_orders",
        "GET /api/v1/subAccount/trades": "http_get_sub_account_trades",
        "GET /api/v1/account/deposit/address": "http_get_deposit_address",
        "GET /api/v1/account/depositOrders": "http_get_deposit_orders",
        "POST /api/v1/account/authAddress": "http_post_auth_address",
        "POST /api/v1/account/withdraw": "http_post_withdraw",
        "GET /api/v1/account/withdrawOrders": "http_get_withdraw_orders",
        "POST /api/v1/userDataStream": "http_post_user_data_stream",
        "PUT /api/v1/userDataStream": "http_put_user_data_stream",
        "DELETE /api/v1/userDataStream": "http_delete_user_data_stream",
    }
    venue.routes.update({target: payload(name) for target, name in examples.items()})
    return venue
