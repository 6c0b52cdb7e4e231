"""The ChainUp engine's connector at a venue that a test scripts, and its parts without I/O."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

import pytest

from terminal.connectors import Credentials, open_connector
from terminal.connectors.chainup.parse import Parser
from terminal.connectors.chainup.signing import signature
from terminal.connectors.chainup.stream import MarketStream
from terminal.connectors.contract import Connector, Event, TapRecord
from terminal.connectors.wire import Malformed

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request

FOLDER = Path(__file__).resolve().parents[2] / "payloads" / "cryptocom"
WHOLE = ("http_get_symbols", "http_get_trades")
"""Examples that show the whole reply; the others show what its `data` holds."""

EXAMPLES = {
    "GET /v1/symbols": "http_get_symbols",
    "GET /v1/tickers": "http_get_tickers",
    "GET /v1/ticker": "http_get_ticker",
    "GET /v1/klines": "http_get_klines",
    "GET /v1/trades": "http_get_trades",
    "GET /v1/ticker/price": "http_get_ticker_price",
    "GET /v1/depth": "http_get_depth",
    "POST /v1/account": "http_post_account",
    "POST /v1/order": "http_post_order",
    "POST /v1/showOrder": "http_post_show_order",
    "POST /v1/openOrders": "http_post_open_orders",
    "POST /v1/allOrders": "http_post_all_orders",
    "POST /v1/myTrades": "http_post_my_trades",
}


def example(name: str) -> str:
    """Return an example of the document, verbatim: comments, trailing commas and bare keys included."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def reply(name: str) -> str:
    """Return an example as a whole reply."""
    return example(name) if name in WHOLE else f'{{"code":0,"msg":"suc","data":{example(name)}}}'


def frame(name: str, symbol: str = "btcusdt", interval: str = "1min") -> bytes:
    """Return an example frame about a real channel instead of a pattern of channels."""
    text = example(name).replace("kline_[1min/5min/15min/30min/60min/1day/1week/1month]", f"kline_{interval}")
    return text.replace("${symbol}", symbol).replace("step[0-2]", "step0").encode()


class Form(Protocol):
    def __call__(self, request: Request) -> dict[str, str]: ...


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(key="key-of-this-test-account", secret="secret-of-this-test-account")


@pytest.fixture
def form_of(credentials: Credentials) -> Form:
    """Return a request's own parameters, after checking that they are signed, and travel in the body alone."""

    def checked(request: Request) -> dict[str, str]:
        assert request.query == ""
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        fields = dict(parse_qsl(request.body, keep_blank_values=True))
        sign = fields.pop("sign")
        assert "" not in fields.values()
        assert sign == signature(credentials.secret or "", list(fields.items()))
        assert fields.pop("api_key") == credentials.key
        assert len(fields.pop("time")) == 13
        return fields

    return checked


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def taps() -> list[TapRecord]:
    return []


@pytest.fixture
def chainup(venue: LoopbackVenue) -> LoopbackVenue:
    """The loopback venue answering as the document's examples do."""
    venue.routes.update({target: reply(name) for target, name in EXAMPLES.items()})
    done = '{"code":0,"msg":"suc","data":null}'
    venue.routes.update({"DELETE /v1/order": done, "POST /v1/cancelAllOrders": '{"code":"0","msg":"suc"}'})
    return venue


@pytest.fixture
async def connector(
    chainup: LoopbackVenue, credentials: Credentials, events: list[Event], taps: list[TapRecord]
) -> AsyncIterator[Connector]:
    async with open_connector(
        "cryptocom", endpoints=chainup.endpoints, credentials=credentials, sink=events.append, tap=taps.append
    ) as opened:
        yield opened


@pytest.fixture
def malformed() -> Malformed:
    return Malformed("cryptocom", logging.getLogger("test.chainup"))


@pytest.fixture
def parser(malformed: Malformed) -> Parser:
    return Parser("cryptocom", "main", malformed)


@pytest.fixture
def stream(parser: Parser) -> MarketStream:
    return MarketStream(parser)


Answers = Callable[[str], None]
