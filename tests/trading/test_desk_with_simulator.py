"""The desk against a simulated venue in its own process: whatever is switched on, the end equals its ledger."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from terminal.domain import OrderRequest, OrderStatus, OrderType, Side
from tests.trading.simulated_desk import ACCOUNT, CANCEL, PLACE, VENUE, Admin, Rig, open_rig

S = OrderStatus
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.asyncio(loop_scope="module")

RigMaker = Callable[[], Awaitable[Rig]]


@pytest.fixture(scope="module")
def line() -> Iterator[Mapping[str, str]]:
    """The start line of one simulator process, shared by the tests of this file."""
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal.simulator", "--venue", VENUE, "--seed", "1", "--port", "0", "--json",
         "--exit-with-stdin"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())[VENUE]
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(line: Mapping[str, str]) -> AsyncIterator[Admin]:
    async with httpx.AsyncClient() as client:
        yield Admin(line["admin"], client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(line: Mapping[str, str], admin: Admin, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    rig = await open_rig(line, tmp_path_factory.mktemp("shared") / "journal.sqlite", admin)
    yield rig
    await rig.close()


@pytest_asyncio.fixture(loop_scope="module")
async def rig(shared: Rig) -> Rig:
    """One desk for most tests (a start costs four of the venue's two queries a second), on a calm venue."""
    await shared.admin.calm()
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def make_rig(line: Mapping[str, str], admin: Admin, tmp_path: Path) -> AsyncIterator[RigMaker]:
    """Build desks on one journal of their own; the second one built is a restart (end the first one before)."""
    made: list[Rig] = []

    async def make() -> Rig:
        made.append(await open_rig(line, tmp_path / "journal.sqlite", admin))
        return made[-1]

    await admin.calm()
    yield make
    for rig in made:
        await rig.close()


async def test_resting_order_is_cancelled_by_the_stream(rig: Rig) -> None:
    free = rig.portfolio.free(ACCOUNT, rig.instrument.quote)
    order = await rig.desk.submit(ACCOUNT, rig.resting())
    assert order.status is S.OPEN
    await rig.until(lambda: rig.portfolio.free(ACCOUNT, rig.instrument.quote) != free)
    await rig.agrees_with_the_ledger(order.key)
    await rig.desk.cancel(order.key)
    await rig.until(lambda: rig.status(order.key) is S.CANCELED)
    await rig.agrees_with_the_ledger(order.key)
    await rig.until(lambda: rig.portfolio.free(ACCOUNT, rig.instrument.quote) == free)


async def test_market_order_fills_and_every_fill_gets_its_fee(rig: Rig) -> None:
    held = rig.portfolio.free(ACCOUNT, rig.instrument.base)
    request = OrderRequest(
        symbol=rig.instrument.symbol,
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=rig.resting().quantity,
    )
    order = await rig.desk.submit(ACCOUNT, request)
    await rig.until(lambda: rig.status(order.key) is S.FILLED)
    await rig.until(lambda: sum(fill.quantity for fill in rig.desk.fills_of(order.key)) == request.quantity)
    await rig.until(lambda: all(fill.is_maker is False for fill in rig.desk.fills_of(order.key)))
    await rig.agrees_with_the_ledger(order.key)

    truth = {fill["trade_id"]: fill for fill in await rig.admin.fills() if fill["client_order_id"] == order.key}
    told = {fill.trade_id: fill for fill in rig.desk.fills_of(order.key)}
    assert truth.keys() == told.keys()
    for trade_id, fill in told.items():
        assert fill.fee == Decimal(truth[trade_id]["fee"])
        assert fill.fee_asset == truth[trade_id]["fee_asset"]
    await rig.until(lambda: rig.portfolio.free(ACCOUNT, rig.instrument.base) != held)


@pytest.mark.parametrize("kind", ["drop", "5xx", "garbage", "429"])
async def test_every_fault_of_a_send_ends_as_the_ledger_says(rig: Rig, kind: str) -> None:
    for when in ("before", "after"):
        await rig.admin.fault(kind=kind, when=when, method="POST", path=PLACE, retry_after=1)
        order = await rig.desk.submit(ACCOUNT, rig.resting())
        await rig.admin.calm()
        await rig.until(partial(rig.is_in, order.key, S.OPEN, S.REJECTED))
        await rig.agrees_with_the_ledger(order.key)
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED, S.REJECTED))
        await rig.agrees_with_the_ledger(order.key)


@pytest.mark.parametrize("kind", ["drop", "5xx", "garbage"])
async def test_every_fault_of_a_cancel_ends_cancelled(rig: Rig, kind: str) -> None:
    for when in ("before", "after"):
        order = await rig.desk.submit(ACCOUNT, rig.resting())
        await rig.admin.fault(kind=kind, when=when, method="DELETE", path=CANCEL)
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED))
        await rig.agrees_with_the_ledger(order.key)


async def test_duplicate_missing_and_disordered_frames_change_nothing(rig: Rig) -> None:
    for kind in ("duplicate", "gap", "reorder"):
        await rig.admin.fault(kind=kind, channel="executionReport", count=2)
        order = await rig.desk.submit(ACCOUNT, rig.resting())
        await rig.desk.cancel(order.key)
        await rig.until(partial(rig.is_in, order.key, S.CANCELED))
        await rig.agrees_with_the_ledger(order.key)
        await rig.admin.calm()


async def test_fill_while_away_is_there_after_the_restart(make_rig: RigMaker) -> None:
    rig = await make_rig()
    request = rig.resting()
    order = await rig.desk.submit(ACCOUNT, request)
    await rig.close()
    await rig.admin.market(
        trade={
            "symbol": request.symbol,
            "side": "sell",
            "quantity": "100000",
            "limit": str(request.price),
        }
    )
    again = await make_rig()
    await again.until(lambda: not again.desk.working() or again.desk.working()[0].key != order.key)
    assert again.status(order.key) is S.FILLED
    await again.agrees_with_the_ledger(order.key)
    assert sum(fill.quantity for fill in again.desk.fills_of(order.key)) == request.quantity


async def test_cancel_all_empties_the_book_of_this_account(rig: Rig) -> None:
    orders = [await rig.desk.submit(ACCOUNT, rig.resting()) for _ in range(4)]
    await rig.desk.cancel_all(symbol=rig.instrument.symbol)
    await rig.until(lambda: not any(rig.status(order.key).is_working for order in orders))
    for order in orders:
        await rig.agrees_with_the_ledger(order.key)


async def test_killed_between_send_and_reply_the_order_is_there_once(
    line: Mapping[str, str], admin: Admin, make_rig: RigMaker, tmp_path: Path
) -> None:
    before = await admin.orders()
    await admin.fault(kind="delay", when="after", ms=60_000, method="POST", path=PLACE)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.trading.simulated_desk",
        json.dumps(line),
        str(tmp_path / "journal.sqlite"),
        cwd=ROOT,
    )
    async with asyncio.timeout(30):
        while len(await admin.orders()) == len(before):
            await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await admin.calm()

    rig = await make_rig()
    (key,) = (await admin.orders()).keys() - before.keys()
    await rig.until(partial(rig.is_in, key, S.OPEN))
    await rig.agrees_with_the_ledger(key)
    order = rig.desk.order(key)
    assert order is not None
    assert not order.foreign
    await rig.desk.cancel(key)
    await rig.until(partial(rig.is_in, key, S.CANCELED))
