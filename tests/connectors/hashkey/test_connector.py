"""What holds for every call of the connector: clock, secrets, what is missing, shared budgets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from terminal.connectors import Credentials, open_connector, rate_budget
from terminal.connectors.contract import Connector, TapRecord
from terminal.domain import Endpoints, OrderRequest, OrderType, Side
from terminal.domain.failures import (
    AuthFailed,
    ClockSkew,
    Failure,
    NotSupported,
    RateLimited,
)

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request, Until


LIMIT = OrderRequest(
    symbol="ETHUSD", side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal("0.03"), price=Decimal(1900)
)


async def test_a_clock_off_is_set_right_and_the_write_sent_again_once(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    attempts: list[str] = []

    def place(request: Request) -> web.StreamResponse | bytes:
        attempts.append(request.body)
        if len(attempts) == 1:
            return web.json_response({"code": "-1021", "msg": "Timestamp outside of the recvWindow"}, status=400)
        return payload("http_post_order")

    hashkey.routes["POST /api/v1.1/spot/order"] = place
    order = await connector.place_order(LIMIT)
    assert order.order_id == "1563277167764290304"
    assert len(attempts) == 2
    assert len(hashkey.asked("GET /api/v1/time")) == 2
    hashkey.routes["POST /api/v1.1/spot/order"] = lambda _: web.json_response({"code": -1021}, status=400)
    with pytest.raises(ClockSkew):
        await connector.place_order(LIMIT)
    assert len(hashkey.asked("POST /api/v1.1/spot/order")) == 4


@pytest.mark.parametrize("stray", ["\u043f", "\u200b", "\n", " ", "\t", "\x7f", "\ud800", "\u00e9"])
@pytest.mark.parametrize("part", ["key", "secret"])
async def test_credentials_that_cannot_travel_are_refused_before_any_byte(
    hashkey: LoopbackVenue, part: str, stray: str
) -> None:
    good = "abcdefgh12345678"
    parts = {"key": good, "secret": good, part: f"{good}{stray}"}
    async with open_connector(
        "hashkey-mena", endpoints=hashkey.endpoints, credentials=Credentials(**parts)
    ) as connector:
        for call in (connector.place_order(LIMIT), connector.balances(), connector.start_account_stream()):
            with pytest.raises(AuthFailed, match=f"API {part} contains a character that cannot be part") as caught:
                await call
            assert not caught.value.may_have_executed
            assert good not in str(caught.value)
    assert hashkey.requests == []


async def test_requests_carry_the_venues_time(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.balances()
    stamped = int(dict(parse_qsl(hashkey.asked("GET /api/v1/account")[0].query))["timestamp"])
    assert 0 <= stamped - 1764229341307 < 5000
    assert connector.health.clock_offset_ms is not None
    assert connector.health.clock_offset_ms < -1_000_000


async def test_secrets_never_show(
    *,
    caplog: pytest.LogCaptureFixture,
    hashkey: LoopbackVenue,
    connector: Connector,
    taps: list[TapRecord],
    credentials: Credentials,
    until: Until,
) -> None:
    caplog.set_level(logging.DEBUG)
    await connector.place_order(LIMIT)
    await connector.start_account_stream()
    await until(hashkey.open_sockets)
    hashkey.routes["GET /api/v1/account"] = lambda _: web.json_response(
        {"code": "0102", "msg": f"Invalid APIKey {credentials.key}"}, status=400
    )
    with pytest.raises(Failure) as caught:
        await connector.balances()
    await connector.close()
    listen_key = hashkey.sockets[0].path.rpartition("/")[2]
    shown = " ".join(record.target + record.text for record in taps) + str(caught.value) + repr(connector) + caplog.text
    assert len(taps) > 5
    for secret in (credentials.key, credentials.secret, listen_key):
        assert secret
        assert secret not in shown
    for request in hashkey.requests:
        digest = dict(parse_qsl(request.query + request.body)).get("signature")
        assert digest is None or digest not in shown


async def test_what_the_venue_lacks_is_refused_before_any_byte(hashkey: LoopbackVenue, connector: Connector) -> None:
    missing: Any = connector
    for method, arguments in [("place_offer", ("offer1",)), ("inspect_offer", ("offer1",))]:
        assert method not in connector.capabilities.methods
        with pytest.raises(NotSupported):
            await getattr(missing, method)(*arguments)
    with pytest.raises(NotSupported):
        await connector.subscribe("smells", "BTCUSDT")
    with pytest.raises(NotSupported):
        await connector.subscribe("candles", "BTCUSDT", interval="7m")
    with pytest.raises(NotSupported):
        await connector.subscribe("book", "BTCUSDT", step="1")
    assert hashkey.requests == []


async def test_every_method_of_the_capabilities_exists(connector: Connector) -> None:
    for method in connector.capabilities.methods:
        assert asyncio.iscoroutinefunction(getattr(connector, method))


async def test_accounts_of_one_venue_share_one_budget(hashkey: LoopbackVenue) -> None:
    hashkey.routes["GET /api/v1/time"] = lambda _: web.Response(status=418)
    limits = rate_budget("hashkey-mena")
    endpoints = Endpoints(rest=hashkey.http)
    async with (
        open_connector("hashkey-mena", endpoints=endpoints, limits=limits) as first,
        open_connector("hashkey-mena", endpoints=endpoints, limits=limits) as second,
    ):
        with pytest.raises(Failure, match="banned"):
            await first.server_time()
        with pytest.raises(Failure, match="banned"):
            await second.instruments()
        assert second.health.budget_left == 0
    assert len(hashkey.requests) == 1


@pytest.mark.parametrize("code", ["0003", "-1015", "-3145"])
@pytest.mark.parametrize("retry_after", [None, 30])
async def test_a_rate_limit_told_by_its_code_pauses_what_follows(
    hashkey: LoopbackVenue, connector: Connector, code: str, retry_after: int | None
) -> None:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    hashkey.routes["GET /api/v1/account"] = lambda _: web.json_response(
        {"code": code, "msg": "too many"}, status=400, headers=headers
    )
    with pytest.raises(RateLimited, match="too many") as caught:
        await connector.balances()
    assert caught.value.retry_after == (5.0 if retry_after is None else 30.0)
    assert caught.value.code == code
    assert connector.health.budget_left == 0.0


async def test_no_request_names_a_receive_window(hashkey: LoopbackVenue, connector: Connector) -> None:
    await connector.place_order(LIMIT)
    await connector.balances()
    await connector.balance_flow(1, 2)
    await connector.withdrawals()
    assert len(hashkey.requests) == 5
    assert not any("recvWindow" in request.query + request.body for request in hashkey.requests)
