"""The contract's accounts, wallet and sub accounts, for every venue that has them, held against its simulator."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

import pytest

from terminal.connectors import open_connector
from terminal.connectors.contract import Connector
from terminal.connectors.rate_limiter import RateLimiter
from terminal.domain import Instrument, Order, OrderRequest, OrderType, Side
from terminal.domain.failures import (
    DuplicateOrder,
    Failure,
    InsufficientFunds,
    NotSupported,
    OrderAlreadyClosed,
    OrderNotFound,
)
from terminal.domain.kinds import AccountKind, TransferStatus
from terminal.domain.wallet import DepositProof, Transfer, TransferRequest, WithdrawalRequest
from tests.contract.conftest import Simulated

T = TypeVar("T")

DAY_MS = 86_400_000
ADDRESS = "0x132346ef629483974879a2e68A3557cA1c494D2E"
_NUMBERS = itertools.count(int(time.time() * 1000))


def new_id() -> str:
    return f"account-{next(_NUMBERS)}"


def now() -> int:
    return int(time.time() * 1000)


async def wanted(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], within: float = 30.0) -> T:
    """Ask until the answer holds; the connector's own budget paces the questions."""
    async with asyncio.timeout(within):
        while not holds(found := await ask()):
            await asyncio.sleep(0.01)
    return found


@pytest.fixture(autouse=True)
def several_accounts(simulated: Simulated) -> None:
    """These are about the several accounts behind one key, and their wallet: Crypto.com has neither."""
    if simulated.venue == "cryptocom":
        pytest.skip("one account, no wallet")


@pytest.fixture
async def sub(simulated: Simulated, limits: RateLimiter) -> AsyncIterator[Connector]:
    """The sub account's own connector."""
    async with open_connector(
        simulated.venue, endpoints=simulated.endpoints, credentials=simulated.sub_credentials, limits=limits
    ) as opened:
        yield opened


async def ids(connector: Connector) -> dict[AccountKind, str]:
    return {one.kind: one.id for one in await connector.accounts()}


async def free(connector: Connector, account_id: str | None = None, asset: str = "USDT") -> Decimal:
    return next((one.free for one in await connector.balances(account_id) if one.asset == asset), Decimal(0))


async def test_the_accounts_behind_the_key(connector: Connector, sub: Connector, simulated: Simulated) -> None:
    found = await connector.accounts()
    assert [one.kind for one in found][:1] == [AccountKind.TRADING]
    own = {one.kind: one.id for one in found}
    assert set(own) >= {AccountKind.TRADING, AccountKind.CUSTODY, AccountKind.FIAT, AccountKind.SUB}
    assert own[AccountKind.SUB] == simulated.sub_account
    assert (await connector.api_key_type(), await sub.api_key_type()) == ("Master Account", "Sub Account")


async def test_a_transfer_moves_money_and_the_statement_shows_it(connector: Connector, simulated: Simulated) -> None:
    main = (await ids(connector))[AccountKind.TRADING]
    before = await free(connector), await free(connector, simulated.sub_account)
    request = TransferRequest(
        from_account=main,
        to_account=simulated.sub_account,
        asset="USDT",
        quantity=Decimal("12.5"),
        client_order_id=new_id(),
    )
    receipt = await connector.transfer(request)
    assert receipt.order_id
    assert receipt.client_order_id == request.client_order_id
    after = await free(connector), await free(connector, simulated.sub_account)
    assert after == (before[0] - Decimal("12.5"), before[1] + Decimal("12.5"))
    lines = await connector.balance_flow(now() - DAY_MS, now() + DAY_MS // 24, flow_type=51, account_type=1)
    newest = lines[-1]
    assert (newest.account_id, newest.asset, newest.change, newest.total) == (main, "USDT", Decimal("-12.5"), after[0])
    with pytest.raises(DuplicateOrder):
        await connector.transfer(request)
    assert await free(connector) == after[0]


async def test_a_transfer_of_more_than_there_is_moves_nothing(connector: Connector, simulated: Simulated) -> None:
    own = await ids(connector)
    before = await free(connector)
    with pytest.raises(Failure) as caught:
        await connector.transfer(
            TransferRequest(
                from_account=own[AccountKind.TRADING],
                to_account=simulated.sub_account,
                asset="USDT",
                quantity=before + 1,
            )
        )
    assert not caught.value.may_have_executed
    assert await free(connector) == before


async def test_vip_info(connector: Connector, instrument: Instrument) -> None:
    info = await connector.vip_info((instrument.symbol,))
    assert info.level.isdigit()
    assert info.volume_30d is not None
    assert info.volume_30d >= 0
    (rates,) = info.rates
    assert rates.symbol == instrument.symbol
    assert await connector.fee_rates(instrument.symbol) == rates


async def test_deposits_are_told_in_all_their_states(connector: Connector) -> None:
    deposits = await connector.deposits()
    assert len({deposit.status_text for deposit in deposits}) >= 10
    assert {deposit.status for deposit in deposits} >= {
        TransferStatus.NEEDS_ACTION,
        TransferStatus.PENDING,
        TransferStatus.FAILED,
        TransferStatus.SUCCESSFUL,
        TransferStatus.REFUNDING,
        TransferStatus.REFUNDED,
    }
    times = [deposit.time or 0 for deposit in deposits]
    assert times == sorted(times)


async def test_an_authenticated_deposit_is_credited(connector: Connector) -> None:
    custody = (await ids(connector))[AccountKind.CUSTODY]
    deposit = next(one for one in await connector.deposits() if one.status is TransferStatus.NEEDS_ACTION and one.tx_id)
    before = await free(connector, custody, deposit.asset)
    await connector.authenticate_deposit(
        DepositProof(tx_id=deposit.tx_id or "", exchange="OKX", institution="Example Ltd")
    )
    await wanted(connector.deposits, lambda rows: _status(rows, deposit.id) is TransferStatus.SUCCESSFUL)
    assert await free(connector, custody, deposit.asset) == before + deposit.quantity


def _status(rows: list[Transfer], transfer_id: str) -> TransferStatus:
    return next(row.status for row in rows if row.id == transfer_id)


async def test_a_withdrawal_leaves_and_arrives(connector: Connector) -> None:
    custody = (await ids(connector))[AccountKind.CUSTODY]
    before = await free(connector, custody)
    asset = await connector.asset("USDT")
    network = next(one for one in asset.networks if one.network == "ETH")
    request = WithdrawalRequest(
        asset="USDT",
        network="ETH",
        address=ADDRESS,
        quantity=Decimal(60),
        platform="Binance",
        client_order_id=new_id(),
    )
    accepted = await connector.withdraw(request)
    assert accepted.status is TransferStatus.PENDING
    assert await free(connector, custody) == before - 60
    rows = await wanted(
        lambda: connector.withdrawals("USDT"), lambda rows: _status(rows, accepted.id) is TransferStatus.SUCCESSFUL
    )
    arrived = next(row for row in rows if row.id == accepted.id)
    assert arrived.fee == network.withdraw_fee
    assert arrived.received_quantity == 60 - (arrived.fee or 0)
    assert arrived.tx_id
    (line,) = (await connector.balance_flow(now() - DAY_MS, now() + DAY_MS // 24, flow_type=904, limit=1))[-1:]
    assert (line.account_id, line.change) == (custody, Decimal(-60))
    with pytest.raises(DuplicateOrder):
        await connector.withdraw(request)


async def test_a_withdrawal_of_more_than_there_is_takes_nothing(connector: Connector) -> None:
    custody = (await ids(connector))[AccountKind.CUSTODY]
    before = await free(connector, custody)
    with pytest.raises(InsufficientFunds):
        await connector.withdraw(
            WithdrawalRequest(asset="USDT", network="ETH", address=ADDRESS, quantity=Decimal(900_000))
        )
    assert await free(connector, custody) == before


async def test_every_coin_tells_where_it_can_be_sent(connector: Connector) -> None:
    assets = {asset.asset: asset for asset in await connector.assets()}
    assert [network.network for network in assets["USDT"].networks] == ["ETH", "Tron"]
    addresses = await connector.deposit_addresses("USDT")
    assert [address.network for address in addresses] == ["ETH", "Tron"]
    assert len({address.address for address in addresses}) == 2


@pytest.mark.parametrize("direction", ["deposit", "withdrawal"])
async def test_bank_transfers(connector: Connector, direction: str) -> None:
    if "fiat_history" not in connector.capabilities.methods:
        with pytest.raises(NotSupported):
            await connector.fiat_history(direction, 1, 2)
        return
    rows = await connector.fiat_history(direction, now() - 30 * DAY_MS, now())
    assert {row.direction.value for row in rows} == {direction}
    assert {row.status for row in rows} >= {TransferStatus.PENDING, TransferStatus.SUCCESSFUL, TransferStatus.FAILED}


async def test_the_master_key_reads_what_its_sub_account_does(
    connector: Connector, sub: Connector, simulated: Simulated, instrument: Instrument, far_below: Decimal
) -> None:
    assert instrument.min_notional is not None
    quantity = instrument.round_quantity(instrument.min_notional * 4 / far_below)
    rests = OrderRequest(
        symbol=instrument.symbol,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=far_below,
        client_order_id=new_id(),
    )
    account = simulated.sub_account
    resting = await sub.place_order(rests)
    assert [one.order_id for one in await connector.sub_account_open_orders(account)] == [resting.order_id]
    assert resting.order_id not in {one.order_id for one in await connector.open_orders()}
    bought = await sub.place_order(replace(rests, type=OrderType.MARKET, price=None, client_order_id=new_id()))
    fills = await wanted(
        lambda: connector.sub_account_fills(account), lambda rows: any(one.order_id == bought.order_id for one in rows)
    )
    assert {one.account for one in fills} <= {account, "main"}
    # by ids, the filled one among them: that one fails, the other is cancelled
    filled, cancelled = await sub.cancel_orders([bought, resting])
    assert isinstance(filled, OrderAlreadyClosed | OrderNotFound)
    assert isinstance(cancelled, Order)
    ended = await wanted(
        lambda: connector.sub_account_orders(account),
        lambda rows: {resting.order_id, bought.order_id} <= {one.order_id for one in rows},
    )
    assert {str(one.account) for one in ended} == {account}
    assert await connector.sub_account_open_orders(account) == []


async def test_balances_are_those_of_the_ledger(connector: Connector, simulated: Simulated) -> None:
    balances = {one.asset: one.free for one in await connector.balances()}
    (ledger,) = simulated.ledger()["balances"].values()
    assert balances
    assert all(Decimal(ledger[asset]["free"]) == amount for asset, amount in balances.items())
