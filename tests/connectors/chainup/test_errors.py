"""What a refusal means: every code and HTTP status in a real reply, to a read and to a write."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from terminal.connectors.chainup.errors import CODES
from terminal.connectors.contract import Connector
from terminal.domain import Order, OrderRequest, OrderStatus, OrderType, Side
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    InstrumentNotFound,
    InsufficientFunds,
    InvalidOrder,
    MalformedMessage,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue

REQUEST = OrderRequest(
    symbol="btcusdt", side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal("0.001"), price=Decimal(9000)
)
KINDS: dict[str, tuple[type[Failure], str | None]] = {
    "5": (InvalidOrder, None),
    "6": (InvalidOrder, "quantity"),
    "7": (InvalidOrder, "quantity"),
    "8": (OrderAlreadyClosed, None),
    "9": (PermissionDenied, None),
    "13": (OutcomeUnknown, None),
    "19": (InsufficientFunds, None),
    "22": (OrderNotFound, None),
    "23": (InvalidOrder, "quantity"),
    "24": (InvalidOrder, "price"),
    "10034": (InsufficientFunds, None),
    "10062": (InvalidOrder, None),
    "10063": (InvalidOrder, "quantity"),
    "10064": (InvalidOrder, "notional"),
    "10067": (InvalidOrder, "price"),
    "10068": (InvalidOrder, "quantity"),
    "10069": (RateLimited, None),
    "10071": (InvalidOrder, "type"),
    "100001": (OutcomeUnknown, None),
    "100002": (VenueUnavailable, None),
    "100004": (InvalidOrder, None),
    "100005": (AuthFailed, None),
    "100007": (AuthFailed, None),
    "110025": (PermissionDenied, None),
    "110041": (RateLimited, None),
}


def test_every_code_is_here() -> None:
    assert KINDS.keys() == CODES.keys()


@pytest.mark.parametrize("code", KINDS)
async def test_a_code_of_the_platform_in_a_real_reply(chainup: LoopbackVenue, connector: Connector, code: str) -> None:
    kind, field = KINDS[code]
    chainup.routes["POST /v1/order"] = f'{{"code":"{code}","msg":"the words of the venue","data":null}}'
    with pytest.raises(kind) as caught:
        await connector.place_order(REQUEST)
    failure = caught.value
    assert failure.text != failure.message == "the words of the venue"
    assert failure.code == code
    assert failure.may_have_executed is (kind is OutcomeUnknown)
    assert getattr(failure, "field", None) == field
    assert len(chainup.asked("POST /v1/order")) == 1


@pytest.mark.parametrize("code", ["13", "100001"])
async def test_the_venues_own_error_leaves_a_read_to_be_asked_again(
    chainup: LoopbackVenue, connector: Connector, code: str
) -> None:
    chainup.routes["POST /v1/account"] = f'{{"code":{code},"msg":"system error"}}'
    with pytest.raises(VenueUnavailable):
        await connector.balances()


async def test_a_code_that_nobody_lists_proves_nothing_about_a_write(
    chainup: LoopbackVenue, connector: Connector
) -> None:
    chainup.routes["POST /v1/order"] = '{"code":"4711","msg":"?"}'
    with pytest.raises(OutcomeUnknown):
        await connector.place_order(REQUEST)
    chainup.routes["POST /v1/account"] = '{"code":"4711","msg":"?"}'
    with pytest.raises(VenueError):
        await connector.balances()


STATUSES: dict[int, tuple[type[Failure], type[Failure]]] = {
    400: (VenueError, InvalidOrder),
    401: (AuthFailed, AuthFailed),
    403: (PermissionDenied, PermissionDenied),
    404: (VenueError, VenueError),
    429: (RateLimited, RateLimited),
    499: (VenueError, InvalidOrder),
    500: (VenueUnavailable, OutcomeUnknown),
    502: (VenueUnavailable, OutcomeUnknown),
    503: (VenueUnavailable, OutcomeUnknown),
}


@pytest.mark.parametrize("body", ["plain words", '{"code":100004,"msg":"words"}'])
@pytest.mark.parametrize("status", STATUSES)
async def test_an_http_status_to_a_read_and_to_a_write(
    chainup: LoopbackVenue, connector: Connector, status: int, body: str
) -> None:
    read, write = STATUSES[status]

    def answer(_: object) -> web.Response:
        return web.Response(status=status, text=body)

    chainup.routes["POST /v1/order"] = chainup.routes["POST /v1/account"] = answer
    if body == "plain words" or status in (429, 500, 502, 503):
        with pytest.raises(write) as caught:
            await connector.place_order(REQUEST)
        assert caught.value.http_status == status
        assert caught.value.may_have_executed is (write is OutcomeUnknown)
        assert len(chainup.asked("POST /v1/order")) == 1
        if status != 429:
            with pytest.raises(read):
                await connector.balances()
    else:
        with pytest.raises(Failure) as told:
            await connector.place_order(REQUEST)
        assert not told.value.may_have_executed
        assert told.value.code == "100004"


async def test_a_limit_stops_sending_for_a_moment_only(chainup: LoopbackVenue, connector: Connector) -> None:
    """The venue counts by the second: a cancel must not wait a minute."""
    chainup.routes["POST /v1/account"] = lambda _: web.Response(status=429, text="Too Many Requests")
    with pytest.raises(RateLimited) as caught:
        await connector.balances()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after <= 2
    assert connector.health.budget_left == 0
    assert not caught.value.is_ban


@pytest.mark.parametrize(
    "body", ["", "<html>502</html>", "[1,2", '{"code":0,"data":{}}', '{"code":0,"data":{"order_id":[]}}']
)
async def test_an_unreadable_answer_to_a_write_is_unknown_and_never_sent_again(
    chainup: LoopbackVenue, connector: Connector, body: str
) -> None:
    chainup.routes["POST /v1/order"] = body
    with pytest.raises(OutcomeUnknown):
        await connector.place_order(REQUEST)
    assert len(chainup.asked("POST /v1/order")) == 1


async def test_an_unreadable_row_makes_a_listing_unusable(chainup: LoopbackVenue, connector: Connector) -> None:
    chainup.routes["POST /v1/openOrders"] = '{"code":0,"data":{"count":1,"resultList":[{"id":1,"side":"BUY"}]}}'
    with pytest.raises(MalformedMessage):
        await connector.open_orders("btcusdt")


async def test_an_unusable_row_of_public_data_is_left_out_and_counted(
    chainup: LoopbackVenue, connector: Connector
) -> None:
    rows = '{"id":1,"price":"1","amount":"2","ctime":1572404045000,"type":"sell"},{"id":2,"price":"NaN"}'
    chainup.routes["GET /v1/trades"] = f'{{"code":0,"data":[{rows}]}}'
    assert [trade.id for trade in await connector.trades("btcusdt")] == ["1"]
    assert connector.health.malformed == {"trades: unusable row": 1}


async def test_an_unknown_pair_is_told_by_the_list_of_pairs(chainup: LoopbackVenue, connector: Connector) -> None:
    """The refusal itself may mean anything."""
    chainup.routes["GET /v1/depth"] = lambda _: web.Response(status=499, text='{"code":"100004","msg":"symbol"}')
    with pytest.raises(InstrumentNotFound):
        await connector.order_book("nosuchpair")
    with pytest.raises(VenueError):
        await connector.order_book("ethbtc")


async def test_a_refusal_while_the_clock_was_off_is_tried_once_more(
    chainup: LoopbackVenue, connector: Connector
) -> None:
    await connector.balances()
    day_later = 1534335607859 + 86_400_000

    def refused(_: object) -> web.Response:
        chainup.routes["POST /v1/account"] = '{"code":0,"data":{"coin_list":[]}}'
        return web.Response(status=401, text="")

    chainup.routes["POST /v1/account"] = refused
    chainup.routes["GET /v1/tickers"] = f'{{"code":0,"data":{{"date":{day_later},"ticker":[]}}}}'
    assert await connector.balances() == []
    chainup.routes["POST /v1/account"] = lambda _: web.Response(status=401, text="")
    asked = len(chainup.asked("POST /v1/account"))
    with pytest.raises(AuthFailed):
        await connector.balances()
    assert len(chainup.asked("POST /v1/account")) == asked + 1


async def test_an_order_that_the_answer_does_not_hold_is_not_found(
    chainup: LoopbackVenue, connector: Connector
) -> None:
    chainup.routes["POST /v1/showOrder"] = '{"code":0,"data":{"order_info":null,"trade_list":null}}'
    with pytest.raises(OrderNotFound):
        await connector.order(Order(venue="", symbol="btcusdt", order_id="1", status=OrderStatus.UNKNOWN))
