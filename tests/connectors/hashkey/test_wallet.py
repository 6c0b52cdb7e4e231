"""The wallet: what is asked, the document's examples as values, and that money is never sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey.parse_wallet import DEPOSIT_STATES, WITHDRAWAL_STATES
from terminal.connectors.hashkey.wallet_rules import check_withdrawal
from terminal.domain.failures import (
    AuthFailed,
    DuplicateOrder,
    InstrumentNotFound,
    InvalidOrder,
    MalformedMessage,
    OutcomeUnknown,
    VenueError,
    VenueUnavailable,
)
from terminal.domain.kinds import TransferDirection, TransferStatus
from terminal.domain.wallet import DepositAddress, DepositProof, Network, Transfer, WithdrawalRequest
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request
    from tests.connectors.hashkey.conftest import Parameters

ADDRESS = "0x05aad35f83e62b6323f55ea41efcfdd2f97bd505"
REQUEST = WithdrawalRequest(asset="USDT", network="ETH", address=ADDRESS, quantity=Decimal(10))


def chain(name: str, **changes: object) -> dict[str, object]:
    return {
        "chainType": name,
        "withdrawFee": "0.10",
        "minWithdrawQuantity": "0.0001",
        "maxWithdrawQuantity": "100",
        "minDepositQuantity": "0.0002",
        "allowDeposit": True,
        "allowWithdraw": False,
        **changes,
    }


@BOTH_VENUES
async def test_assets_come_with_their_networks(hashkey: LoopbackVenue, connector: Connector, venue_id: str) -> None:
    table = chain("Tron")
    table["maxWIthdrawQuantity"] = table.pop("maxWithdrawQuantity")
    coins: list[object] = [
        {"coinId": "BTC", "coinFullName": "Bitcoin", "allowWithdraw": True, "allowDeposit": True, "status": 1,
         "chainTypes": [chain("BTC")]},
        {"coinId": "USDT", "chainTypes": [chain("ETH", maxWithdrawQuantity="0"), table]},
        {"coinFullName": "nameless"},
    ]  # fmt: skip
    hashkey.routes["GET /api/v1/exchangeInfo"] = json.dumps({"symbols": [], "coins": coins})
    bitcoin, tether = await connector.assets()
    assert (bitcoin.venue, bitcoin.asset, bitcoin.name) == (venue_id, "BTC", "Bitcoin")
    assert (bitcoin.can_deposit, bitcoin.can_withdraw, tether.can_deposit) == (True, True, None)
    assert bitcoin.networks == (
        Network(
            network="BTC",
            can_deposit=True,
            can_withdraw=False,
            withdraw_fee=Decimal("0.10"),
            min_withdrawal=Decimal("0.0001"),
            max_withdrawal=Decimal(100),
            min_deposit=Decimal("0.0002"),
        ),
    )
    assert [(network.network, network.max_withdrawal) for network in tether.networks] == [
        ("ETH", None),
        ("Tron", Decimal(100)),
    ]
    assert set(connector.health.malformed) == {"exchangeInfo: unusable coin"}


async def test_one_coin_is_asked_for_unsigned_and_signed_when_that_is_refused(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    ether = await connector.asset("ETH")
    assert (ether.asset, [network.network for network in ether.networks]) == ("ETH", ["ETH"])
    assert str(ether.networks[0].withdraw_fee) == "1E-7"
    assert ether.networks[0].max_withdrawal is None

    def signed_only(request: Request) -> web.Response | bytes:
        if "signature=" not in request.query:
            return web.json_response({"code": "0102"}, status=401)
        return payload("http_get_coin_info")

    hashkey.routes["GET /api/v1/coinInfo"] = signed_only
    assert await connector.asset("ETH") == ether
    queries = [request.query for request in hashkey.asked("GET /api/v1/coinInfo")]
    assert queries[:2] == ["coinId=ETH", "coinId=ETH"]
    assert "timestamp=" in queries[2]
    with pytest.raises(InstrumentNotFound):
        await connector.asset("NOPE")


@BOTH_VENUES
async def test_a_deposit_address_for_each_network(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    address = DepositAddress(
        asset="USDT",
        network="ETH",
        address="0xD6bF65d473BFd760E20c7e120E9A4108a912D7c3",
        can_deposit=True,
        min_quantity=Decimal("0.001"),
        confirmations=10,
    )
    assert await connector.deposit_addresses("USDT", "ETH") == [address]
    assert hashkey.asked("GET /api/v1/account/chainType") == []
    assert await connector.deposit_addresses("USDT") == [address, replace(address, network="Tron")]
    (chains,) = hashkey.asked("GET /api/v1/account/chainType")
    assert parameters_of(chains) == {"coinId": "USDT"}
    asked = [parameters_of(request) for request in hashkey.asked("GET /api/v1/account/deposit/address")]
    assert asked == [{"coin": "USDT", "chainType": network} for network in ("ETH", "ETH", "Tron")]


async def test_a_refused_network_costs_no_other_address(
    hashkey: LoopbackVenue, connector: Connector, payload: Callable[[str], bytes]
) -> None:
    def one(request: Request) -> web.Response | bytes:
        if "chainType=ETH" in request.query:
            return web.json_response({"code": "-5002", "msg": "Address does not exist"}, status=400)
        return payload("http_get_deposit_address")

    hashkey.routes["GET /api/v1/account/deposit/address"] = one
    assert [address.network for address in await connector.deposit_addresses("USDT")] == ["Tron"]
    with pytest.raises(VenueError, match="no such deposit address"):
        await connector.deposit_addresses("USDT", "ETH")


@pytest.mark.parametrize("shape", ["object", "list"])
async def test_an_error_inside_the_list_of_networks_is_a_failure(
    hashkey: LoopbackVenue, connector: Connector, shape: str
) -> None:
    error = {"errorCode": "-4001", "errorMsg": "Invalid asset"}
    hashkey.routes["GET /api/v1/account/chainType"] = json.dumps(error if shape == "object" else [error])
    with pytest.raises(InstrumentNotFound, match="Invalid asset"):
        await connector.deposit_addresses("NOPE")


@BOTH_VENUES
async def test_deposits_are_filtered_here_for_the_venues_filter_has_other_names(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    deposits = await connector.deposits(start=1, end=2, limit=3)
    (asked,) = hashkey.asked("GET /api/v1/account/depositOrders")
    assert parameters_of(asked) == {"startTime": "1", "endTime": "2", "limit": "3"}
    assert [deposit.asset for deposit in deposits] == ["USDT", "ETH", "BTC", "BTC"]
    assert deposits[1] == Transfer(
        venue=connector.venue,
        account="main",
        id="0x8a895bc0b5cb55b91052f38d0b0afa7697612c94056670ae004a4ce34a0d2d04",
        direction=TransferDirection.DEPOSIT,
        asset="ETH",
        quantity=Decimal("0.02227914313347269000"),
        status=TransferStatus.FAILED,
        status_text="Failed inside the venue",
        address="0xD655029B870b4689606a1C43CADb2300C0a016B1",
        tx_id="0x8a895bc0b5cb55b91052f38d0b0afa7697612c94056670ae004a4ce34a0d2d04",
        time=1727574827745,
    )
    assert str(deposits[1].quantity) == "0.02227914313347269000"
    assert [deposit.asset for deposit in await connector.deposits("ETH")] == ["ETH"]
    assert "coin" not in parameters_of(hashkey.asked("GET /api/v1/account/depositOrders")[1])


DEPOSIT_STATUSES = {
    1: TransferStatus.NEEDS_ACTION,
    2: TransferStatus.PENDING,
    3: TransferStatus.FAILED,
    4: TransferStatus.SUCCESSFUL,
    5: TransferStatus.REFUNDING,
    6: TransferStatus.REFUNDED,
    7: TransferStatus.FAILED,
    8: TransferStatus.PENDING,
    9: TransferStatus.NEEDS_ACTION,
    10: TransferStatus.FAILED,
}


@pytest.mark.parametrize("as_text", [False, True])
async def test_all_ten_states_of_a_deposit(hashkey: LoopbackVenue, connector: Connector, *, as_text: bool) -> None:
    rows = [
        {"time": str(1727574827745 + state), "coin": "ETH", "quantity": "1", "txId": f"t{state}"}
        | ({"statusCode": str(state)} if as_text else {"status": state})
        for state in range(1, 11)
    ]
    hashkey.routes["GET /api/v1/account/depositOrders"] = json.dumps(rows)
    deposits = await connector.deposits()
    assert [deposit.status for deposit in deposits] == list(DEPOSIT_STATUSES.values())
    assert len({deposit.status_text for deposit in deposits}) == 10
    assert [deposit.status.is_final for deposit in deposits] == [n in (3, 4, 6, 7, 10) for n in range(1, 11)]
    assert len(DEPOSIT_STATES) == 10


async def test_an_unknown_state_is_shown_in_the_venues_word_and_counted(
    hashkey: LoopbackVenue, connector: Connector
) -> None:
    row = {"time": "1727574827745", "coin": "ETH", "quantity": "1", "status": 11, "txId": ""}
    hashkey.routes["GET /api/v1/account/depositOrders"] = json.dumps([row])
    (deposit,) = await connector.deposits()
    assert (deposit.status, deposit.status_text) == (TransferStatus.UNKNOWN, "11")
    assert (deposit.id, deposit.tx_id) == ("ETH-1727574827745", None)
    assert connector.health.malformed == {"unknown transfer status": 1}


@BOTH_VENUES
async def test_withdrawals(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    (sent,) = await connector.withdrawals("USDT", start=1, end=2, limit=3)
    (asked,) = hashkey.asked("GET /api/v1/account/withdrawOrders")
    assert parameters_of(asked) == {"coin": "USDT", "startTime": "1", "endTime": "2", "limit": "3"}
    assert sent == Transfer(
        venue=connector.venue,
        account="main",
        id="W792076358865207296",
        direction=TransferDirection.WITHDRAWAL,
        asset="USDT",
        quantity=Decimal("10.00000000"),
        status=TransferStatus.PENDING,
        status_text="Being sent",
        received_quantity=None,
        fee=Decimal("0.00000000"),
        fee_asset="USDT",
        address=ADDRESS,
        time=1766653720032,
    )


@pytest.mark.parametrize("state", [*WITHDRAWAL_STATES, "", None])
async def test_every_state_of_a_withdrawal_even_none(
    hashkey: LoopbackVenue, connector: Connector, state: str | None
) -> None:
    row = {
        "time": "1766653720032",
        "id": "W1",
        "coin": "USDT",
        "quantity": "1",
        "status": state,
        "arriveQuantity": "0.9",
    }
    hashkey.routes["GET /api/v1/account/withdrawOrders"] = json.dumps([row])
    (sent,) = await connector.withdrawals()
    assert sent.received_quantity == Decimal("0.9")
    assert sent.status.is_final == (state in ("successful", "failed", "canceled"))
    assert (sent.status is TransferStatus.UNKNOWN) == (not state)


async def test_one_unreadable_row_makes_a_listing_unusable(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["GET /api/v1/account/withdrawOrders"] = '[{"time":"1","id":"W1","coin":"USDT","quantity":"NaN"}]'
    with pytest.raises(MalformedMessage):
        await connector.withdrawals()


@BOTH_VENUES
async def test_a_withdrawal_is_sent_with_an_id_of_its_own(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    request = replace(REQUEST, quantity=Decimal("1E+1"), platform="binance", memo="abc123")
    accepted = await connector.withdraw(request)
    await connector.withdraw(replace(REQUEST, client_order_id="w12912"))
    first, second = (parameters_of(sent) for sent in hashkey.asked("POST /api/v1/account/withdraw"))
    minted = first.pop("clientOrderId")
    assert len(minted) == 32
    assert minted.isalnum()
    assert first == {
        "coin": "USDT",
        "address": ADDRESS,
        "quantity": "10",
        "chainType": "ETH",
        "platform": "BINANCE",
        "memo": "abc123",
    }
    assert second["clientOrderId"] == "w12912"
    assert "recvWindow" not in second
    assert accepted == Transfer(
        venue=connector.venue,
        account="main",
        id="W792076358865207296",
        direction=TransferDirection.WITHDRAWAL,
        asset="USDT",
        quantity=Decimal(10),
        status=TransferStatus.PENDING,
        status_text="Accepted by the venue",
        network="ETH",
        address=ADDRESS,
        memo="abc123",
        client_order_id=minted,
        extra={"account_id": "1649292498437183235", "platform": "BINANCE"},
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asset": ""}, "asset"),
        ({"network": ""}, "network"),
        ({"address": ""}, "address"),
        ({"address": "0x12 34"}, "address"),
        ({"address": "0x12\u200b"}, "address"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"memo": ""}, "memo"),
        ({"memo": "a" * 21}, "memo"),
        ({"memo": "a-b"}, "memo"),
        ({"memo": "\u0661"}, "memo"),
        ({"platform": "Coinbase"}, "platform"),
        ({"client_order_id": "a b"}, "client_order_id"),
    ],
)
async def test_an_impossible_withdrawal_names_its_field_before_any_byte(
    hashkey: LoopbackVenue, connector: Connector, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidOrder) as caught:
        await connector.withdraw(replace(REQUEST, **changes))
    assert caught.value.field == field
    assert hashkey.requests == []


@given(st.text(max_size=30))
def test_a_memo_is_taken_exactly_when_it_is_at_most_twenty_letters_and_digits(memo: str) -> None:
    fits = 0 < len(memo) <= 20 and memo.isascii() and memo.isalnum()
    try:
        check_withdrawal("v", replace(REQUEST, memo=memo))
    except InvalidOrder:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: web.Response(status=502),
        lambda _: web.json_response({"code": "-1007"}, status=400),
        lambda _: web.json_response({"code": "-4011"}, status=400),
        "oops",
        '{"success":true}',
        "[]",
    ],
)
async def test_a_withdrawal_without_a_trustworthy_answer_is_unknown_and_not_repeated(
    hashkey: LoopbackVenue, connector: Connector, reply: Any
) -> None:
    hashkey.routes["POST /api/v1/account/withdraw"] = reply
    with pytest.raises(OutcomeUnknown) as caught:
        await connector.withdraw(REQUEST)
    assert caught.value.may_have_executed
    assert len(hashkey.asked("POST /api/v1/account/withdraw")) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [({"code": "-1163"}, InvalidOrder), ({"code": "-4013"}, DuplicateOrder), ({"success": False}, VenueError)],
)
async def test_a_refused_withdrawal_was_not_executed(
    hashkey: LoopbackVenue, connector: Connector, reply: dict[str, object], kind: type[Exception]
) -> None:
    hashkey.routes["POST /api/v1/account/withdraw"] = json.dumps(reply)
    with pytest.raises(kind) as caught:
        await connector.withdraw(REQUEST)
    assert not getattr(caught.value, "may_have_executed", True)
    assert getattr(caught.value, "field", "address") == "address"


PERSON = DepositProof(tx_id="0xbd40", exchange="binance", first_name="SHEN", last_name="ZHANG")


@BOTH_VENUES
@pytest.mark.parametrize(
    ("proof", "names"),
    [
        (PERSON, {"senderFirstName": "SHEN", "senderLastName": "ZHANG"}),
        (
            DepositProof(tx_id="0xbd40", exchange="BINANCE", institution="Example & Co"),
            {"institutionalName": "Example & Co"},
        ),
    ],
)
async def test_a_deposit_is_declared_to_come_from_a_person_or_an_institution(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, proof: DepositProof, names: dict[str, str]
) -> None:
    await connector.authenticate_deposit(proof)
    (sent,) = hashkey.asked("POST /api/v1/account/authAddress")
    assert parameters_of(sent) == {"txid": "0xbd40", **names, "exchangeName": "Binance", "isAddressOwner": "true"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tx_id": ""}, "tx_id"),
        ({"exchange": ""}, "exchange"),
        ({"is_owner": False}, "is_owner"),
        ({"first_name": None}, "first_name"),
        ({"last_name": ""}, "last_name"),
        ({"institution": "Example"}, "institution"),
    ],
)
async def test_an_impossible_proof_names_its_field_before_any_byte(
    hashkey: LoopbackVenue, connector: Connector, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidOrder) as caught:
        await connector.authenticate_deposit(replace(PERSON, **changes))
    assert caught.value.field == field
    assert hashkey.requests == []


async def test_a_proof_the_venue_does_not_take_is_a_failure(hashkey: LoopbackVenue, connector: Connector) -> None:
    hashkey.routes["POST /api/v1/account/authAddress"] = '{"success":false,"msg":"no such deposit","timestamp":"1"}'
    with pytest.raises(VenueError, match="no such deposit"):
        await connector.authenticate_deposit(PERSON)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthFailed), (503, VenueUnavailable)])
async def test_what_is_not_about_one_network_ends_the_question(
    hashkey: LoopbackVenue, connector: Connector, status: int, kind: type[Exception]
) -> None:
    hashkey.routes["GET /api/v1/account/deposit/address"] = lambda _: web.Response(status=status, text="{}")
    with pytest.raises(kind):
        await connector.deposit_addresses("USDT")
    assert len(hashkey.asked("GET /api/v1/account/deposit/address")) == 1
