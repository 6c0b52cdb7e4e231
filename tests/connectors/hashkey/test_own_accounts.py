"""The accounts behind one key: their list, transfers, statements, fee tier, and what a sub account did."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey import wallet_messages
from terminal.connectors.hashkey.parse_wallet import WalletParser
from terminal.connectors.wire import Malformed, decoder
from terminal.domain import OrderStatus, Side
from terminal.domain.failures import InvalidOrder, OutcomeUnknown
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus
from terminal.domain.wallet import BalanceChange, Transfer, TransferReceipt, TransferRequest, VenueAccount
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request
    from tests.connectors.hashkey.conftest import Parameters

SUB = "1673782460192774144"
REQUEST = TransferRequest(
    from_account="1649292498437183232", to_account="1649292498437183235", asset="USDT", quantity=Decimal("1E+1")
)


@BOTH_VENUES
async def test_the_accounts_of_a_key(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    main, custody, fiat = await connector.accounts()
    assert main == VenueAccount(
        venue=connector.venue,
        id="1933473576343719680",
        label="Main Trading Account",
        kind=AccountKind.TRADING,
        user_id="1933473576368885504",
    )
    assert [custody.kind, fiat.kind] == [AccountKind.CUSTODY, AccountKind.FIAT]
    assert parameters_of(hashkey.asked("GET /api/v1/account/type")[0]) == {}


@pytest.mark.parametrize(
    ("kind", "label", "expected"),
    [
        (1, "Sub Main Trading Account", AccountKind.SUB),
        ("1", "Main Trading Account", AccountKind.TRADING),
        (3, "Contract", AccountKind.CONTRACT),
        (6, "Sub fiat", AccountKind.FIAT),
        (9, "Something new", AccountKind.UNKNOWN),
        (1, "", AccountKind.TRADING),
    ],
)
async def test_the_label_tells_a_sub_account_from_the_main_one(
    hashkey: LoopbackVenue, connector: Connector, kind: object, label: str, expected: AccountKind
) -> None:
    row = {"accountId": "7", "accountType": kind, "accountLabel": label}
    hashkey.routes["GET /api/v1/account/type"] = json.dumps([row])
    (account,) = await connector.accounts()
    assert (account.kind, account.label) == (expected, label or "7")


@BOTH_VENUES
async def test_the_keys_own_word(connector: Connector) -> None:
    assert await connector.api_key_type() == "Master Account"


@BOTH_VENUES
async def test_a_transfer_between_own_accounts(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    receipt = await connector.transfer(replace(REQUEST, remark="for fees & more", client_order_id="12345678"))
    assert receipt == TransferReceipt(
        venue=connector.venue,
        account="main",
        order_id="2112647482861233664",
        client_order_id="12345678",
        time=1766583205575,
    )
    (sent,) = hashkey.asked("POST /api/v1/account/assetTransfer")
    assert parameters_of(sent) == {
        "fromAccountId": "1649292498437183232",
        "toAccountId": "1649292498437183235",
        "coin": "USDT",
        "quantity": "10",
        "remark": "for fees & more",
        "clientOrderId": "12345678",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_account": ""}, "from_account"),
        ({"to_account": ""}, "to_account"),
        ({"to_account": REQUEST.from_account}, "to_account"),
        ({"asset": ""}, "asset"),
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"quantity": Decimal("Infinity")}, "quantity"),
        ({"client_order_id": "a" * 65}, "client_order_id"),
    ],
)
async def test_an_impossible_transfer_names_its_field_before_any_byte(
    hashkey: LoopbackVenue, connector: Connector, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidOrder) as caught:
        await connector.transfer(replace(REQUEST, **changes))
    assert caught.value.field == field
    assert hashkey.requests == []


@pytest.mark.parametrize("reply", [lambda _: web.Response(status=500), '{"success":true,"orderId":""}', "{}"])
async def test_a_transfer_without_a_trustworthy_answer_is_unknown_and_not_repeated(
    hashkey: LoopbackVenue, connector: Connector, reply: Any
) -> None:
    hashkey.routes["POST /api/v1/account/assetTransfer"] = reply
    with pytest.raises(OutcomeUnknown):
        await connector.transfer(REQUEST)
    assert len(hashkey.asked("POST /api/v1/account/assetTransfer")) == 1


async def test_transfers_leave_once_a_second(hashkey: LoopbackVenue, connector: Connector) -> None:
    times: list[int] = []

    def take(request: Request) -> str:
        times.append(int(dict(parse_qsl(request.body))["timestamp"]))
        return '{"success":true,"orderId":"1"}'

    hashkey.routes["POST /api/v1/account/assetTransfer"] = take
    await connector.transfer(REQUEST)
    await connector.transfer(REQUEST)
    assert times[1] - times[0] >= 1000


@BOTH_VENUES
async def test_bank_transfers_oldest_first(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    history = await connector.fiat_history("withdrawal", 1, 2, status="successful", channel="auto", remark="r", limit=3)
    assert parameters_of(hashkey.asked("GET /api/v1/account/fiat/history")[0]) == {
        "type": "withdraw",
        "startTime": "1",
        "endTime": "2",
        "status": "successful",
        "channel": "auto",
        "remark": "r",
        "limit": "3",
    }
    assert [row.status for row in history] == [
        TransferStatus.PENDING,
        TransferStatus.SUCCESSFUL,
        TransferStatus.SUCCESSFUL,
    ]
    assert history[-1] == Transfer(
        venue=connector.venue,
        account="main",
        id="NFW773922940306722816",
        direction=TransferDirection.WITHDRAWAL,
        asset="USD",
        quantity=Decimal(100),
        status=TransferStatus.SUCCESSFUL,
        status_text="Successful",
        fee=Decimal(5),
        fee_asset="USD",
        client_order_id="1234567891104aab",
        remark="/D773922971355262976",
        time=1762325607762,
        updated=1762841797000,
        extra={"net_amount": "105", "channel": "auto"},
    )


@pytest.mark.parametrize(
    ("kind", "status", "expected", "received"),
    [
        ("deposit", "withdraw_return", TransferStatus.REFUNDED, Decimal(95)),
        ("withdraw", "return", TransferStatus.REFUNDED, None),
        ("deposit", "failed", TransferStatus.FAILED, Decimal(95)),
        ("deposit", "lost", TransferStatus.UNKNOWN, Decimal(95)),
    ],
)
async def test_the_rarer_states_of_a_bank_transfer(
    *,
    hashkey: LoopbackVenue,
    connector: Connector,
    kind: str,
    status: str,
    expected: TransferStatus,
    received: Decimal | None,
) -> None:
    row = {"orderId": "1", "type": kind, "asset": "USD", "grossAmount": "100", "netAmount": "95", "status": status}
    hashkey.routes["GET /api/v1/account/fiat/history"] = json.dumps([row])
    (found,) = await connector.fiat_history("deposit", 1, 2)
    assert (found.status, found.received_quantity) == (expected, received)


@BOTH_VENUES
async def test_statement_lines(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    (line,) = await connector.balance_flow(1, 2, flow_type=51, account_type=1, limit=500)
    assert parameters_of(hashkey.asked("GET /api/v1/account/balanceFlow")[0]) == {
        "startTime": "1",
        "endTime": "2",
        "limit": "500",
        "flowType": "51",
        "accountType": "1",
    }
    assert line == BalanceChange(
        venue=connector.venue,
        account="main",
        id="1676228025233055232",
        account_id="1649292498437183232",
        asset="USDT",
        kind=51,
        kind_text="Transfer between own accounts",
        change=Decimal(-10),
        total=Decimal("398026.95"),
        time=1714557952009,
    )


async def test_statement_lines_come_oldest_first_with_their_pair(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    hashkey.routes["GET /api/v1/account/balanceFlow"] = payload("http_get_balance_flow_funding")
    lines = await connector.balance_flow(1, 2)
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert (lines[-1].kind_text, lines[-1].symbol) == ("Funding fee", "FATS1USDT")
    assert str(lines[-1].total) == "31586975.651145907429875085"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"flowTypeValue": 79, "flowType": "OPERATION_ACCOUNT_TRANSFER", "flowName": ""}, "OPERATION_ACCOUNT_TRANSFER"),
        ({"flowTypeValue": "79", "flowType": "X", "flowName": "By staff"}, "By staff"),
        ({}, "Change of balance"),
        ({"flowTypeValue": 2}, "Trading fee"),
    ],
)
async def test_a_kind_of_line_that_is_not_known_is_named_as_the_venue_does(
    hashkey: LoopbackVenue, connector: Connector, fields: dict[str, object], text: str
) -> None:
    row = {"id": "1", "accountId": "2", "coin": "USDC", "change": "1", "created": "1689856479058", **fields}
    hashkey.routes["GET /api/v1/account/balanceFlow"] = json.dumps([row])
    (line,) = await connector.balance_flow(1, 2)
    assert line.kind_text == text


def test_flow_types_are_told_with_their_windows(connector: Connector) -> None:
    windows = {kind.code: kind.days for kind in connector.capabilities.flow_types}
    assert windows == {1: 7, 2: 7, 32: 30, 51: 30, 900: 30, 904: 30, 906: 30, 910: 30}


@BOTH_VENUES
async def test_the_fee_tier(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    info = await connector.vip_info(("USDTUSD", "ATOMUSDC"))
    assert parameters_of(hashkey.asked("GET /api/v1/account/vipInfo")[0]) == {"symbols": "USDTUSD,ATOMUSDC"}
    assert (info.venue, info.account, info.level) == (connector.venue, "main", "0")
    assert (str(info.volume_30d), str(info.total_assets), info.time) == ("0", "0", 1740383504179)
    rates = {row.symbol: row for row in info.rates}
    assert (str(rates["ATOMUSDC"].maker), rates["ATOMUSDC"].buy_fee_asset) == ("0.0012", "ATOM")
    await connector.vip_info()
    assert parameters_of(hashkey.asked("GET /api/v1/account/vipInfo")[1]) == {}


@BOTH_VENUES
async def test_what_a_sub_account_has_open_and_did(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    working = await connector.sub_account_open_orders(SUB, "BTCUSDT", side="buy", limit=20)
    ended = await connector.sub_account_orders(SUB, "BTCUSDT", side=Side.SELL, start=1, end=2, limit=30)
    fills = await connector.sub_account_fills(
        SUB, "BTCUSDT", start=1, end=2, limit=40, client_order_id="c", from_id="5", to_id="9"
    )
    asked = [
        parameters_of(hashkey.asked(f"GET {path}")[0])
        for path in (
            "/api/v1/spot/subAccount/openOrders",
            "/api/v1/spot/subAccount/tradeOrders",
            "/api/v1/subAccount/trades",
        )
    ]
    assert asked == [
        {"subAccountId": SUB, "symbol": "BTCUSDT", "side": "BUY", "limit": "20"},
        {"subAccountId": SUB, "symbol": "BTCUSDT", "side": "SELL", "startTime": "1", "endTime": "2", "limit": "30"},
        {"subAccountId": SUB, "symbol": "BTCUSDT", "startTime": "1", "endTime": "2", "clientOrderId": "c",
         "fromId": "5", "toId": "9", "limit": "40"},
    ]  # fmt: skip
    orders = [*working, *ended]
    assert orders
    assert {(order.account, order.extra["account_id"]) for order in orders} == {(SUB, SUB)}
    assert {fill.account for fill in fills} == {SUB}
    await connector.order(working[0])
    queried = parameters_of(hashkey.asked("GET /api/v1/spot/order")[0])
    assert queried == {"orderId": working[0].order_id, "accountId": SUB}


async def test_balances_of_another_account_carry_its_id(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    assert {balance.account for balance in await connector.balances(SUB)} == {SUB}
    assert {balance.account for balance in await connector.balances()} == {"main"}
    asked = [parameters_of(request) for request in hashkey.asked("GET /api/v1/account")]
    assert asked == [{"accountId": SUB}, {}]


async def test_all_open_orders_of_a_sub_account_are_listed(hashkey: LoopbackVenue, connector: Connector) -> None:
    def page(request: Request) -> str:
        last = int(dict(parse_qsl(request.query)).get("fromOrderId", "700"))
        rows = [
            {"symbol": "S", "orderId": str(n), "status": "NEW", "side": "BUY", "time": str(1_700_000_000_000 + n)}
            for n in range(max(last - 500, 1), last)
        ]
        return json.dumps(rows[::-1])

    hashkey.routes["GET /api/v1/spot/subAccount/openOrders"] = page
    orders = await connector.sub_account_open_orders(SUB)
    assert [order.order_id for order in orders] == [str(n) for n in range(1, 700)]
    assert {order.status for order in orders} == {OrderStatus.OPEN}


async def test_past_orders_of_a_sub_account_are_asked_for_page_by_page(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    def page(request: Request) -> str:
        asked = dict(parse_qsl(request.query))
        last = int(asked.get("fromOrderId", "2000"))
        rows = [
            {"symbol": "S", "orderId": str(n), "status": "FILLED", "side": "BUY", "time": str(1_700_000_000_000 + n)}
            for n in range(max(last - int(asked["limit"]), 1), last)
        ]
        return json.dumps(rows[::-1])

    hashkey.routes["GET /api/v1/spot/subAccount/tradeOrders"] = page
    orders = await connector.sub_account_orders(SUB, "S", limit=700)
    assert [order.order_id for order in orders] == [str(n) for n in range(1300, 2000)]
    asked = [parameters_of(request) for request in hashkey.asked("GET /api/v1/spot/subAccount/tradeOrders")]
    assert [(one.get("fromOrderId"), one["limit"]) for one in asked] == [(None, "500"), ("1500", "200")]


_FLOW = decoder(wallet_messages.FlowRow)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20))
def test_every_digit_of_a_change_survives_as_text_or_number(change: Decimal) -> None:
    parser = WalletParser("v", None, Malformed("v", logging.getLogger("test")))
    for sent in (f'"{change:f}"', f"{change:f}"):
        row = '{"id":1,"accountId":2,"coin":"A","created":1689856479058,"change":' + sent + "}"
        assert f"{parser.balance_change(_FLOW.decode(row.encode())).change:f}" == f"{change:f}"
