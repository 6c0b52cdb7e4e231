"""The document's account and wallet examples field by field, digits intact, and every state and kind it lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from terminal.connectors.contract import Connector
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus
from terminal.domain.wallet import DepositProof, TransferRequest, WithdrawalRequest

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue
    from tests.connectors.hashkey.conftest import Parameters

Payload = Callable[[str], bytes]

D, W = TransferDirection.DEPOSIT, TransferDirection.WITHDRAWAL


def texts(*values: object) -> tuple[str | None, ...]:
    """Return values as their text, so that 5.0 is not 5.00; exponents are written out."""
    return tuple(
        None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value) for value in values
    )


# the examples


async def test_accounts(connector: Connector) -> None:
    main, custody, fiat = await connector.accounts()
    assert [(one.id, one.label, one.kind) for one in (main, custody, fiat)] == [
        ("1933473576343719680", "Main Trading Account", AccountKind.TRADING),
        ("1933473576343719683", "Custody Account", AccountKind.CUSTODY),
        ("1933473576343719684", "Fiat Account", AccountKind.FIAT),
    ]
    assert {(one.user_id, one.venue) for one in (main, custody, fiat)} == {("1933473576368885504", "hashkey-mena")}


async def test_api_key_type(connector: Connector) -> None:
    assert await connector.api_key_type() == "Master Account"


async def test_a_transfer(hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters) -> None:
    receipt = await connector.transfer(
        TransferRequest(
            from_account="1467296062716909568",
            to_account="1473231491689395200",
            asset="USDT",
            quantity=Decimal("20.00"),
            remark="TestingRemark",
        )
    )
    (sent,) = hashkey.asked("POST /api/v1/account/assetTransfer")
    assert parameters_of(sent)["remark"] == "TestingRemark"
    assert (receipt.order_id, receipt.client_order_id, receipt.time) == ("2112647482861233664", None, 1766583205575)
    assert (receipt.venue, receipt.account) == ("hashkey-mena", "main")


async def test_fiat_history(connector: Connector) -> None:
    rows = await connector.fiat_history("withdrawal", 1, 2)
    assert [(row.id, row.remark, row.client_order_id, row.time, row.updated, row.status) for row in rows] == [
        (
            "NFW773570664979443712",
            "/D773570692198510592",
            "1234567891104",
            1762241618778,
            1762241625000,
            TransferStatus.PENDING,
        ),
        (
            "NFW773588989415469056",
            "/D773589020879171584",
            "1234567891104aa",
            1762245987665,
            1762842585000,
            TransferStatus.SUCCESSFUL,
        ),
        (
            "NFW773922940306722816",
            "/D773922971355262976",
            "1234567891104aab",
            1762325607762,
            1762841797000,
            TransferStatus.SUCCESSFUL,
        ),
    ]
    assert [texts(row.quantity, row.fee, row.fee_asset, row.extra["net_amount"]) for row in rows] == [
        ("1000", "5", "USD", "1005"),
        ("100", "5", "USD", "105"),
        ("100", "5", "USD", "105"),
    ]
    assert {(row.direction, row.asset, row.extra["channel"]) for row in rows} == {(W, "USD", "auto")}


BALANCE_FLOWS: dict[str, list[tuple[Any, ...]]] = {
    "http_get_balance_flow_main": [
        ("1676228025233055232", "1649292498437183232", 51, "-10", "398026.95", 1714557952009, None)
    ],
    "http_get_balance_flow_custody": [
        ("1676228025316941312", "1649292498437183235", 51, "10", "25.05", 1714557952009, None)
    ],
    "http_get_balance_flow_main_to_sub": [
        ("1676236860475710976", "1649292498437183232", 51, "-15", "398011.95", 1714559005252, None)
    ],
    "http_get_balance_flow_sub": [
        ("1676236860517654016", "1673782460192774144", 51, "15", "100003", 1714559005252, None)
    ],
    "http_get_balance_flow_funding": [
        (row_id, "1730577321730074368", 32, change, total, time, symbol)
        for row_id, change, total, time, symbol in (
            ("1980329400105779712", "-55956", "31645611.463560907429875085", 1750809660860, "BTCUSDT"),
            ("1980329400776868352", "-1336.37743575", "31644275.086125157429875085", 1750809660937, "FATS1USDT"),
            ("1980570990682391041", "-55956", "31588319.086125157429875085", 1750838460698, "BTCUSDT"),
            ("1980570992225894912", "-1343.43497925", "31586975.651145907429875085", 1750838460878, "FATS1USDT"),
        )
    ],
}


@pytest.mark.parametrize("name", BALANCE_FLOWS)
async def test_balance_flow(hashkey: LoopbackVenue, connector: Connector, payload: Payload, name: str) -> None:
    hashkey.routes["GET /api/v1/account/balanceFlow"] = payload(name)
    rows = await connector.balance_flow(1, 2)
    assert [
        (row.id, row.account_id, row.kind, str(row.change), str(row.total), row.time, row.symbol) for row in rows
    ] == BALANCE_FLOWS[name]
    assert {row.asset for row in rows} == {"USDT"}


async def test_vip_info(connector: Connector, payload: Payload) -> None:
    info = await connector.vip_info()
    assert texts(info.level, info.volume_30d, info.total_assets, info.time) == ("0", "0", "0", "1740383504179")
    assert [
        texts(rate.symbol, rate.maker, rate.taker, rate.buy_fee_asset, rate.sell_fee_asset) for rate in info.rates
    ] == [
        (
            row["symbol"],
            row["actualMakerRate"],
            row["actualTakerRate"],
            row["buyTakerFeeCurrency"],
            row["sellTakerFeeCurrency"],
        )
        for row in json.loads(payload("http_get_vip_info"))["data"]
    ]
    assert len(info.rates) == 57


async def test_networks_of_an_asset(connector: Connector) -> None:
    addresses = await connector.deposit_addresses("USDT")
    assert [address.network for address in addresses] == ["ETH", "Tron"]


async def test_coin_information(connector: Connector) -> None:
    ether = await connector.asset("ETH")
    assert (ether.asset, ether.name, ether.can_deposit, ether.can_withdraw) == ("ETH", "ETH", True, True)
    (network,) = ether.networks
    assert (network.network, network.can_deposit, network.can_withdraw) == ("ETH", True, True)
    assert network.max_withdrawal is None  # "0"
    assert [
        format(value or 0, "f") for value in (network.withdraw_fee, network.min_withdrawal, network.min_deposit)
    ] == [
        "0.0000001",
        "0.0000002",
        "0.002",
    ]


async def test_a_deposit_address(connector: Connector) -> None:
    (found,) = await connector.deposit_addresses("USDT", "ETH")
    assert (found.address, found.memo) == ("0xD6bF65d473BFd760E20c7e120E9A4108a912D7c3", None)
    assert (found.can_deposit, str(found.min_quantity), found.confirmations) == (True, "0.001", 10)


async def test_deposits(connector: Connector, payload: Payload) -> None:
    sent = sorted(json.loads(payload("http_get_deposit_orders")), key=lambda row: int(row["time"]))
    found = await connector.deposits()
    assert [texts(row.time, row.asset, row.address, row.quantity, row.tx_id) for row in found] == [
        tuple(row[name] for name in ("time", "coin", "address", "quantity", "txId")) for row in sent
    ]
    assert [str(row.quantity) for row in found] == [
        "22.00000000000000000000",
        "0.02227914313347269000",
        "5.00000000000000000000",
        "5.00000000000000000000",
    ]
    action, failed = TransferStatus.NEEDS_ACTION, TransferStatus.FAILED
    assert [row.status for row in found] == [action, failed, action, action]
    assert {row.direction for row in found} == {D}


async def test_a_deposit_is_authenticated(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters
) -> None:
    await connector.authenticate_deposit(
        DepositProof(tx_id="0xbd", exchange="Kraken", first_name="SHEN", last_name="ZHANG")
    )
    (sent,) = hashkey.asked("POST /api/v1/account/authAddress")
    assert parameters_of(sent)["txid"] == "0xbd"


async def test_a_withdrawal(connector: Connector) -> None:
    accepted = await connector.withdraw(withdrawal())
    assert (accepted.id, accepted.extra["account_id"]) == ("W792076358865207296", "1649292498437183235")
    assert (accepted.asset, str(accepted.quantity), accepted.network) == ("USDT", "0.2", "ETH")
    assert (accepted.address, accepted.client_order_id) == ("0x132346ef629483974879a2e68A3557cA1c494D2E", "w12912")


def withdrawal(**changes: str) -> WithdrawalRequest:
    fields: dict[str, Any] = {
        "asset": "USDT",
        "network": "ETH",
        "address": "0x132346ef629483974879a2e68A3557cA1c494D2E",
        "quantity": Decimal("0.2"),
        "client_order_id": "w12912",
    }
    return WithdrawalRequest(**{**fields, **changes})


async def test_withdrawals(connector: Connector) -> None:
    (row,) = await connector.withdrawals()
    assert texts(row.quantity, row.received_quantity, row.fee, row.fee_asset) == (
        "10.00000000",
        None,
        "0.00000000",
        "USDT",
    )
    assert (row.id, row.asset, row.time) == ("W792076358865207296", "USDT", 1766653720032)
    assert row.address == "0x05aad35f83e62b6323f55ea41efcfdd2f97bd505"
    assert (row.tx_id, row.remark, row.memo, row.status) == (None, None, None, TransferStatus.PENDING)


async def test_sub_account_open_orders(hashkey: LoopbackVenue, connector: Connector, payload: Payload) -> None:
    hashkey.routes["GET /api/v1/spot/subAccount/openOrders"] = payload("http_get_sub_account_open_orders")
    (order,) = await connector.sub_account_open_orders("1695624199270418688")
    assert texts(order.symbol, order.price, order.quantity, order.filled_quantity, order.average_price) == (
        "BTCUSDT",
        "112930",
        "0.1",
        "0",
        None,
    )
    assert (order.order_id, order.client_order_id) == ("2112669276414486016", "1766585803470297")
    assert (order.created, order.updated, order.status, order.account) == (
        1766585803498,
        1766585803570,
        "open",
        "1695624199270418688",
    )
    assert (order.side, order.type, order.time_in_force, order.reason) == ("sell", "limit", "GTC", None)


async def test_sub_account_orders(hashkey: LoopbackVenue, connector: Connector, payload: Payload) -> None:
    hashkey.routes["GET /api/v1/spot/subAccount/tradeOrders"] = payload("http_get_sub_account_trade_orders")
    (order,) = await connector.sub_account_orders("1695624199270418688")
    assert texts(order.price, order.quantity, order.filled_quantity, order.average_price) == (
        None,
        "0.1",
        "0.1",
        "112922.4",
    )
    assert (order.order_id, order.client_order_id) == ("2112668758317278720", "1766585741726331")
    assert (order.created, order.updated, order.status) == (1766585741737, 1766585741758, "filled")
    assert (order.side, order.type, order.time_in_force) == ("sell", "market", "IOC")


async def test_sub_account_fills(hashkey: LoopbackVenue, connector: Connector, payload: Payload) -> None:
    hashkey.routes["GET /api/v1/subAccount/trades"] = payload("http_get_sub_account_trades")
    fills = await connector.sub_account_fills("1695624199270418688")
    assert [texts(one.trade_id, one.price, one.quantity, one.fee, one.fee_asset, one.time) for one in fills] == [
        ("2112668759617512960", "112922.4", "0.035", "5.928426", "USDT", "1766585741758"),
        ("2112668759961445888", "112922.4", "0.02157", "3.653604252", "USDT", "1766585741758"),
    ]
    assert [one.extra["ticket_id"] for one in fills] == ["4636458456207560706", "4636458456207560707"]
    assert {(one.side, one.is_maker, one.order_id) for one in fills} == {("sell", False, "2112668758317278720")}


# every state and kind


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("1", TransferStatus.NEEDS_ACTION),
        ("2", TransferStatus.PENDING),
        ("3", TransferStatus.FAILED),
        ("4", TransferStatus.SUCCESSFUL),
        ("5", TransferStatus.REFUNDING),
        ("6", TransferStatus.REFUNDED),
        ("7", TransferStatus.FAILED),
        ("8", TransferStatus.PENDING),
        ("9", TransferStatus.NEEDS_ACTION),
        ("10", TransferStatus.FAILED),
    ],
)
async def test_a_deposit_status(
    hashkey: LoopbackVenue, connector: Connector, payload: Payload, state: str, status: TransferStatus
) -> None:
    row = {**json.loads(payload("http_get_deposit_orders"))[0], "status": int(state), "statusCode": state}
    hashkey.routes["GET /api/v1/account/depositOrders"] = json.dumps([row])
    (deposit,) = await connector.deposits()
    assert deposit.status is status
    assert deposit.status_text
    assert not deposit.status_text.isdigit()
    assert connector.health.malformed == {}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("failed", TransferStatus.FAILED),
        ("withdrawing", TransferStatus.PENDING),
        ("under_review", TransferStatus.PENDING),
        ("successful", TransferStatus.SUCCESSFUL),
        ("canceled", TransferStatus.CANCELED),
        ("canceling", TransferStatus.PENDING),
    ],
)
async def test_a_withdrawal_status(
    hashkey: LoopbackVenue, connector: Connector, payload: Payload, state: str, status: TransferStatus
) -> None:
    row = {**json.loads(payload("http_get_withdraw_orders"))[0], "status": state}
    hashkey.routes["GET /api/v1/account/withdrawOrders"] = json.dumps([row])
    (sent,) = await connector.withdrawals()
    assert sent.status is status
    assert sent.status_text
    assert connector.health.malformed == {}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("under_review", TransferStatus.PENDING),
        ("processing", TransferStatus.PENDING),
        ("successful", TransferStatus.SUCCESSFUL),
        ("failed", TransferStatus.FAILED),
        ("withdraw_return", TransferStatus.REFUNDED),
        ("return", TransferStatus.REFUNDED),
    ],
)
async def test_a_fiat_status(
    hashkey: LoopbackVenue, connector: Connector, payload: Payload, state: str, status: TransferStatus
) -> None:
    row = {**json.loads(payload("http_get_fiat_history"))[0], "status": state}
    hashkey.routes["GET /api/v1/account/fiat/history"] = json.dumps([row])
    (sent,) = await connector.fiat_history("withdrawal", 1, 2)
    assert sent.status is status
    assert sent.status_text
    assert connector.health.malformed == {}


@pytest.mark.parametrize(("word", "direction"), [("deposit", D), ("withdraw", W)])
async def test_a_fiat_type(
    *,
    hashkey: LoopbackVenue,
    connector: Connector,
    parameters_of: Parameters,
    payload: Payload,
    word: str,
    direction: TransferDirection,
) -> None:
    row = {**json.loads(payload("http_get_fiat_history"))[0], "type": word}
    hashkey.routes["GET /api/v1/account/fiat/history"] = json.dumps([row])
    (found,) = await connector.fiat_history(direction, 1, 2)
    assert found.direction is direction
    assert parameters_of(hashkey.asked("GET /api/v1/account/fiat/history")[0])["type"] == word


@pytest.mark.parametrize("channel", ["auto", "manual"])
async def test_a_fiat_channel(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, channel: str
) -> None:
    await connector.fiat_history("deposit", 1, 2, channel=channel)
    assert parameters_of(hashkey.asked("GET /api/v1/account/fiat/history")[0])["channel"] == channel


@pytest.mark.parametrize("code", ["1", "2", "32", "51", "900", "904", "906", "910"])
async def test_a_flow_type(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, payload: Payload, code: str
) -> None:
    row = {**json.loads(payload("http_get_balance_flow_main"))[0], "flowTypeValue": int(code), "flowType": "RAW_NAME"}
    hashkey.routes["GET /api/v1/account/balanceFlow"] = json.dumps([row])
    (line,) = await connector.balance_flow(1, 2, flow_type=int(code))
    assert line.kind == int(code)
    assert line.kind_text != "RAW_NAME"
    assert parameters_of(hashkey.asked("GET /api/v1/account/balanceFlow")[0])["flowType"] == code
    assert int(code) in {kind.code for kind in connector.capabilities.flow_types}


@pytest.mark.parametrize("code", ["1", "3", "5", "6"])
async def test_a_flow_account_type(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, code: str
) -> None:
    await connector.balance_flow(1, 2, account_type=int(code))
    assert parameters_of(hashkey.asked("GET /api/v1/account/balanceFlow")[0])["accountType"] == code


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("1 Main Trading Account", AccountKind.TRADING),
        ("5 Custody Account", AccountKind.CUSTODY),
        ("6 Fiat Account", AccountKind.FIAT),
        ("1 Sub Main Trading Account", AccountKind.SUB),
    ],
)
async def test_an_account_type(
    hashkey: LoopbackVenue, connector: Connector, payload: Payload, row: str, kind: AccountKind
) -> None:
    number, _, label = row.partition(" ")
    example = json.loads(payload("http_get_account_type"))[0]
    hashkey.routes["GET /api/v1/account/type"] = json.dumps(
        [{**example, "accountType": int(number), "accountLabel": label}]
    )
    (account,) = await connector.accounts()
    assert (account.kind, account.label) == (kind, label)
    assert connector.health.malformed == {}


@pytest.mark.parametrize("word", ["Master Account", "Sub Account"])
async def test_an_api_key_type(hashkey: LoopbackVenue, connector: Connector, word: str) -> None:
    hashkey.routes["GET /api/v1/account/checkApiKey"] = json.dumps({"accountType": word})
    assert await connector.api_key_type() == word


@pytest.mark.parametrize("platform", ["BINANCE", "OKX", "BITGET", "BYBIT"])
async def test_a_withdrawal_platform(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, platform: str
) -> None:
    await connector.withdraw(withdrawal(platform=platform.lower()))
    assert parameters_of(hashkey.asked("POST /api/v1/account/withdraw")[0])["platform"] == platform


@pytest.mark.parametrize("exchange", ["Binance", "OKX", "Coinbase", "Bybit", "Kraken"])
async def test_a_deposit_exchange(
    hashkey: LoopbackVenue, connector: Connector, parameters_of: Parameters, exchange: str
) -> None:
    await connector.authenticate_deposit(DepositProof(tx_id="0xbd", exchange=exchange.lower(), institution="Mine Ltd"))
    assert parameters_of(hashkey.asked("POST /api/v1/account/authAddress")[0])["exchangeName"] == exchange
