"""`python -m terminal.simulator` as a process: start, end, and what survives a kill -9."""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from terminal.simulator.__main__ import main
from terminal.simulator.state import FILE_NAME
from tests.simulator.hashkey_client import HashKeyClient

FIELDS = {
    "rest", "stream", "private_stream", "key", "secret", "admin", "sub_key", "sub_secret", "sub_account",
}  # fmt: skip


class Running:
    """A simulator process and a client of its HashKey."""

    def __init__(self, process: asyncio.subprocess.Process, client: HashKeyClient) -> None:
        self.process = process
        self.client = client


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "terminal.simulator",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[Running]:
    process = await start("--venue", "hashkey-mena", "--json", *arguments)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            line = await process.stdout.readline()
        addresses = json.loads(line)
        async with aiohttp.ClientSession() as session:
            yield Running(process, HashKeyClient(session, addresses["hashkey-mena"]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(10):
        return await process.wait()


async def test_prints_one_line_and_ends_on_sigterm() -> None:
    process = await start("--venue", "all", "--json", "--seed", "5")
    assert process.stdout is not None
    addresses = json.loads(await process.stdout.readline())
    assert list(addresses) == ["hashkey-mena", "hashkey-global", "cryptocom"]
    without_sub = {field for field in FIELDS if not field.startswith("sub_")}
    assert [set(address) for address in addresses.values()] == [FIELDS, FIELDS, without_sub]
    assert len({address["rest"] for address in addresses.values()}) == 3
    process.send_signal(signal.SIGTERM)
    rest, errors = await process.communicate()
    assert (process.returncode, rest, errors) == (0, b"", b"")


async def test_the_second_venue_opens_its_market_when_it_is_asked() -> None:
    process = await start("--json")
    assert process.stdout is not None
    addresses = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as session:
        client = HashKeyClient(session, addresses["hashkey-global"])
        began = time.monotonic()
        assert Decimal((await client.best())["b"]) > 0
        assert time.monotonic() - began < 3
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_ends_on_sigint_with_streams_open() -> None:
    async with running() as up:
        stream = await up.client.stream("v2")
        await stream.say({"topic": "depth", "event": "sub", "params": {"symbol": "BTCUSDT"}})
        await stream.frame()
        up.process.send_signal(signal.SIGINT)
        assert await ended(up.process) == 0


async def test_ends_with_its_stdin() -> None:
    async with running("--exit-with-stdin") as up:
        assert up.process.stdin is not None
        assert (await up.client.public("/api/v1/ping")).status == 200
        up.process.stdin.close()
        assert await ended(up.process) == 0


async def test_ends_when_its_parent_is_killed() -> None:
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'terminal.simulator', '--json', '--exit-with-stdin'],"
        " stdin=subprocess.PIPE)\n"
        "child.wait()\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    address = json.loads(await process.stdout.readline())["hashkey-mena"]
    port = int(address["rest"].rpartition(":")[2])
    process.kill()
    await process.wait()
    async with asyncio.timeout(10):
        while _listens(port):
            await asyncio.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_goes_on_from_its_state_on_the_same_port_with_the_same_keys(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    async with running(*state) as up:
        first = up.client.address
        order_id = (await up.client.limit("BUY", "0.01", "80000", newClientOrderId="keep")).body["orderId"]
        await up.client.place(symbol="ETHUSDT", side="BUY", type="MARKET", quantity="0.5")
        await up.client.admin("market", {"freeze": True})
        before = await up.client.ledger()
        candle = await last_minutes(up.client)
        up.process.terminate()
        assert await ended(up.process) == 0
    async with running(*state) as up:
        assert up.client.address == first
        row = (await up.client.call("GET", "/api/v1/spot/order", origClientOrderId="keep")).body
        assert (row["orderId"], row["status"]) == (order_id, "NEW")
        after = await up.client.ledger()
        assert [after[name] for name in ("orders", "fills", "balances")] == [
            before[name] for name in ("orders", "fills", "balances")
        ]
        assert (await up.client.place(symbol="BTCUSDT", side="BUY", type="LIMIT", quantity="0.01", price="80000",
                                      newClientOrderId="keep")).code == "-1141"  # fmt: skip
        assert (await last_minutes(up.client))[: len(candle) - 1] == candle[:-1]
        cancelled = await up.client.call("DELETE", "/api/v1/spot/order", orderId=order_id)
        assert cancelled.status == 200


async def last_minutes(client: HashKeyClient) -> list[list[object]]:
    end = (await client.public("/quote/v1/klines", symbol="BTCUSDT", interval="1m", limit=5)).body
    return list(end)


async def test_no_acknowledged_order_is_lost_by_kill_9(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    acknowledged: dict[str, str] = {}
    for round_number in range(4):
        async with running(*state) as up:
            known = {order["client_order_id"]: order["order_id"] for order in (await up.client.ledger())["orders"]}
            assert acknowledged.items() <= known.items()

            async def work(client: HashKeyClient, name: str) -> None:
                for number in range(40):
                    own = f"{name}-{number}"
                    price = "85000" if number % 3 else "105000"  # every third one trades at once
                    try:
                        answer = await client.limit("BUY", "0.0002", price, newClientOrderId=own)
                    except aiohttp.ClientError:
                        return
                    if answer.status == 200:
                        acknowledged[own] = answer.body["orderId"]

            worker = asyncio.create_task(work(up.client, f"round{round_number}"))
            wanted = len(acknowledged) + 3 + round_number
            async with asyncio.timeout(10):
                while len(acknowledged) < wanted:
                    await asyncio.sleep(0.002)
            up.process.kill()
            await worker
    async with running(*state) as up:
        ledger = await up.client.ledger()
        known = {order["client_order_id"]: order["order_id"] for order in ledger["orders"]}
        assert acknowledged.items() <= known.items()
        working = [order for order in ledger["orders"] if order["status"] == "open"]
        locked = sum(Decimal(order["price"]) * Decimal(order["quantity"]) for order in working)
        (balances,) = ledger["balances"].values()
        assert Decimal(balances["USDT"]["locked"]) == locked
        fills = ledger["fills"]
        assert fills
        spent = sum(Decimal(fill["price"]) * Decimal(fill["quantity"]) for fill in fills)
        assert Decimal(balances["USDT"]["free"]) + locked + spent == Decimal(100_000)
        bought = sum(Decimal(fill["quantity"]) - Decimal(fill["fee"]) for fill in fills)
        assert Decimal(balances["BTC"]["free"]) == 2 + bought
        filled = {order["order_id"] for order in ledger["orders"] if Decimal(order["filled_quantity"])}
        assert filled == {fill["order_id"] for fill in fills}


async def test_candles_seen_two_seconds_before_a_kill_9_are_still_there(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"), "--pace", "5")
    async with running(*state) as up:
        first = (await last_minutes(up.client))[-1]
        async with asyncio.timeout(30):
            while (seen := (await last_minutes(up.client))[-1])[5] == first[5]:
                await asyncio.sleep(0.05)
            seen_at = time.monotonic()
            while time.monotonic() - seen_at < 2:
                await last_minutes(up.client)
                await asyncio.sleep(0.1)
        up.process.kill()
        await up.process.wait()
    async with running(*state) as up:
        kept = {row[0]: row for row in await last_minutes(up.client)}
        assert Decimal(str(kept[seen[0]][5])) >= Decimal(str(seen[5]))
        assert kept[seen[0]][1] == seen[1]


async def test_a_damaged_state_is_set_aside_with_a_message(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database")
    async with running("--state", str(tmp_path)) as up:
        assert (await up.client.public("/api/v1/ping")).status == 200
        up.process.terminate()
        _, errors = await up.process.communicate()
        assert b"starting afresh" in errors


async def test_two_simulators_cannot_share_a_state(tmp_path: Path) -> None:
    async with running("--state", str(tmp_path)):
        second = await start("--json", "--state", str(tmp_path))
        output, errors = await second.communicate()
        assert (second.returncode, output) == (1, b"")
        assert b"in use by another simulator" in errors


async def test_a_taken_port_is_said(tmp_path: Path) -> None:
    async with running() as up:
        port = up.client.address["rest"].rpartition(":")[2]
        second = await start("--json", "--port", port)
        _, errors = await second.communicate()
        assert second.returncode == 1
        assert port.encode() in errors


async def test_faults_of_the_command_line_stand_from_the_start() -> None:
    async with running("--fault", "reject,path=/api/v1.1/spot/order,code=-1007") as up:
        answer = await up.client.limit("BUY", "0.01", "80000")
        assert answer.body == {"code": "-1007", "msg": "Timeout waiting for response from server"}


async def test_recorded_market_is_replayed_over_the_wire(tmp_path: Path) -> None:
    book = tmp_path / "one_btcusdt_l2.csv"
    rows = ["ts_ms,recv_ns,kind,update_id,side,price,qty"]
    rows += ["1000,1,snapshot,1,bid,100.5,2", "1000,1,snapshot,1,ask,101.5,3", "1200,2,update,2,bid,100.75,0.5"]
    book.write_text("\n".join(rows) + "\n")
    packed = tmp_path / "binance_spot_btcusdt_20240809_l2.csv.gz"
    packed.write_bytes(gzip.compress(book.read_bytes()))
    async with running("--replay", str(packed), "--speed", "10", "--rebase") as up:
        async with asyncio.timeout(10):
            while not (await up.client.ledger())["replay_finished"]:
                await asyncio.sleep(0.02)
        body = (await up.client.public("/quote/v1/depth", symbol="BTCUSDT")).body
        assert (body["b"], body["a"]) == ([["100.75", "0.5"], ["100.5", "2"]], [["101.5", "3"]])
        symbols = (await up.client.public("/api/v1/exchangeInfo")).body["symbols"]
        assert [row["symbol"] for row in symbols] == ["BTCUSDT"]


def test_a_readable_summary_without_json() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal.simulator"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(7)]
    process.terminate()
    process.communicate(timeout=10)
    assert lines[0] == "hashkey-mena\n"
    assert lines[1].split()[0] == "rest"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--venue", "nowhere"],
        ["--pace", "0"],
        ["--speed", "-1"],
        ["--port", "70000"],
        ["--fault", "explode"],
        ["--fault", "drop,color=red"],
    ],
)
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(arguments)
    assert refusal.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_missing_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replay", str(tmp_path / "none.csv.gz")]) == 1
    assert "none.csv.gz" in capsys.readouterr().err


async def test_is_up_within_a_second_and_a_half() -> None:
    times = []
    for _ in range(3):
        began = time.monotonic()
        async with running():
            times.append(time.monotonic() - began)
    assert min(times) < 1.5
