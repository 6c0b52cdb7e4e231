"""The journal: synced before it returns, whole after kill -9, set aside when damaged, fast with many rows."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal.domain import Fill, Order, OrderStatus, OrderType, Side
from terminal.trading import journal_file
from terminal.trading.desk_order import DeskOrder, JournalState
from terminal.trading.journal import Journal, JournalFailed, JournalUnusable
from terminal.trading.journal_records import JournalRecord, RecordKind, decode_fill, decode_order, encode

ORDER = DeskOrder(
    key="F1",
    account="a",
    submitted=1,
    changed=1,
    order=Order(
        venue="testing",
        account="a",
        symbol="BTCUSDT",
        client_order_id="F1",
        side=Side.BUY,
        type=OrderType.LIMIT,
        price=Decimal("100.10"),
        quantity=Decimal("0.000000000000000000000000000001"),
        status=OrderStatus.PENDING,
        extra={"trade_no": "7"},
    ),
)
FILL = Fill(
    venue="testing",
    account="a",
    symbol="BTCUSDT",
    trade_id="t1",
    order_id="o1",
    side=Side.BUY,
    price=Decimal("1E+2"),
    quantity=Decimal("0.10"),
    time=5,
)


def record(order: DeskOrder = ORDER, kind: RecordKind = RecordKind.INTENT, **more: Any) -> JournalRecord:
    return JournalRecord(kind=kind, account=order.account, time=order.changed, key=order.key, state=order, **more)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def taken(path: Path) -> bytes:
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite3"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    journal = Journal(path, clock=lambda: 42)
    await journal.open()
    yield journal
    await journal.close()


async def reopened(path: Path) -> Journal:
    journal = Journal(path, clock=lambda: 42)
    await journal.open()
    return journal


async def test_new_journal_is_empty_and_sound(journal: Journal) -> None:
    replay = await journal.replay()
    assert (replay.orders, replay.fills, dict(replay.reconciled)) == ([], [], {})
    assert journal.set_aside is None
    assert journal.state.problem is None


async def test_latest_state_comes_back_to_the_digit(journal: Journal) -> None:
    await journal.append(record())
    opened = replace(ORDER, changed=2, order=replace(ORDER.order, status=OrderStatus.OPEN, order_id="o1"))
    await journal.append(record(opened, RecordKind.REPLY, body={"outcome": "accepted", "report": opened.order}))

    (order,) = (await journal.replay()).orders
    assert order == opened
    assert str(order.order.price) == "100.10"
    assert journal.state.synced_at == 42


async def test_records_are_never_changed_or_removed(journal: Journal, path: Path) -> None:
    await journal.append(record())
    await journal.append(record(replace(ORDER, order=replace(ORDER.order, status=OrderStatus.OPEN))))
    await journal.append(JournalRecord(kind=RecordKind.MERGED, account="a", time=3, key="F1", dropped="F1"))
    with sqlite3.connect(path) as reader:
        kinds = [kind for (kind,) in reader.execute("SELECT kind FROM records ORDER BY seq")]
    reader.close()
    assert kinds == ["intent", "intent", "merged"]
    assert (await journal.replay()).orders == []


async def test_fill_is_kept_once_and_completed(journal: Journal) -> None:
    complete = replace(FILL, fee=Decimal("0.1"), fee_asset="USDT")
    for fill in (FILL, FILL, complete):
        await journal.append(JournalRecord(kind=RecordKind.FILL, account="a", time=9, fill=fill))
    assert (await journal.replay()).fills == [("a", complete)]


async def test_reconciled_times_come_back(journal: Journal) -> None:
    for until in (10, 20):
        await journal.append(JournalRecord(kind=RecordKind.RECONCILIATION, account="a", time=until, reconciled=until))
    assert (await journal.replay()).reconciled == {"a": 20}


async def test_waiting_records_share_a_sync_and_keep_their_order(journal: Journal) -> None:
    for number in range(100):
        journal.enqueue(record(replace(ORDER, changed=number)))
    await journal.append(record(replace(ORDER, changed=100)))
    (order,) = (await journal.replay()).orders
    assert order.changed == 100


async def test_disk_error_reaches_who_waits_and_the_rest_is_kept(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(journal_file, "write", full)
        journal.enqueue(record())
        with pytest.raises(JournalFailed, match="disk is full"):
            await journal.append(record(replace(ORDER, key="F2")))
        assert "disk is full" in str(journal.state.problem)
    await journal.append(record(replace(ORDER, key="F3")))
    assert journal.state == JournalState(synced_at=42)
    assert {order.key for order in (await journal.replay()).orders} == {"F1", "F3"}


async def test_failed_transaction_leaves_nothing_behind(journal: Journal) -> None:
    class Broken:
        pass

    with pytest.raises(JournalFailed):
        await journal.append(record(), record(replace(ORDER, key="F2"), body={"x": Broken()}))
    assert (await journal.replay()).orders == []
    await journal.append(record())
    assert len((await journal.replay()).orders) == 1


@pytest.mark.parametrize("content", [b"this is not a database, but long enough to look like one" * 40, b"\x00" * 4096])
async def test_damaged_file_is_set_aside_and_a_fresh_one_begun(path: Path, content: bytes) -> None:
    put(path, content)
    journal = await reopened(path)
    assert journal.set_aside is not None
    assert taken(journal.set_aside) == content
    await journal.append(record())
    assert len((await journal.replay()).orders) == 1
    await journal.close()


async def test_damage_in_the_middle_is_found(path: Path) -> None:
    journal = await reopened(path)
    await journal.append(*(record(replace(ORDER, key=f"F{number}")) for number in range(500)))
    await journal.close()
    content = taken(path)
    middle = len(content) // 2 // 4096 * 4096
    put(path, content[:middle] + os.urandom(4096) + content[middle + 4096 :])

    journal = await reopened(path)
    assert journal.set_aside is not None
    assert (await journal.replay()).orders == []
    await journal.close()


async def test_file_of_another_program_is_not_written_to(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
    other.close()
    journal = await reopened(path)
    assert journal.set_aside is not None
    await journal.close()


async def test_journal_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    await (await reopened(path)).close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    journal = Journal(path, clock=lambda: 42)
    with pytest.raises(JournalUnusable, match="newer"):
        await journal.open()
    await journal.close()
    assert taken(path)


async def test_locked_journal_is_refused_and_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "BUSY_TIMEOUT_S", 0.05)
    path.parent.mkdir(parents=True)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    journal = Journal(path, clock=lambda: 42)
    with pytest.raises(JournalUnusable, match="locked"):
        await journal.open()
    holder.execute("ROLLBACK")
    holder.close()
    await journal.close()
    assert list(path.parent.glob("*.damaged*")) == []


async def test_killed_between_the_write_and_the_reply_the_order_is_there(path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from terminal.domain import Order, OrderStatus
        from terminal.trading.desk_order import DeskOrder
        from terminal.trading.journal import Journal
        from terminal.trading.journal_records import JournalRecord, RecordKind

        async def main():
            journal = Journal(Path(sys.argv[1]), clock=lambda: 1)
            await journal.open()
            order = Order(venue="v", symbol="S", client_order_id="F1", status=OrderStatus.PENDING)
            state = DeskOrder(key="F1", order=order, account="a", submitted=1, changed=1)
            await journal.append(JournalRecord(kind=RecordKind.INTENT, account="a", time=1, key="F1", state=state))
            print("synced", flush=True)
            await asyncio.Event().wait()

        asyncio.run(main())
        """
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(path), stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"synced\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()

    journal = await reopened(path)
    assert journal.set_aside is None
    assert [(order.key, order.status) for order in (await journal.replay()).orders] == [("F1", OrderStatus.PENDING)]
    await journal.close()


async def test_start_stays_fast_with_many_rows(path: Path) -> None:
    journal = await reopened(path)
    await journal.close()
    ended = replace(ORDER, order=replace(ORDER.order, status=OrderStatus.FILLED))
    state, body = encode(ended), encode(FILL)
    writer = sqlite3.connect(path)
    writer.executemany(
        "INSERT INTO records (time, kind, account, key, body) VALUES (?, 'report', 'a', ?, ?)",
        ((number, f"F{number}", state) for number in range(60_000)),
    )
    writer.executemany(
        "INSERT INTO orders VALUES (?, 'a', ?, ?, ?)",
        ((f"F{number}", int(number % 1_000 == 0), number, state) for number in range(60_000)),
    )
    writer.executemany(
        "INSERT INTO fills VALUES ('a', ?, 't', ?, ?)", ((f"o{number}", number, body) for number in range(60_000))
    )
    writer.commit()
    writer.close()

    began = time.perf_counter()
    journal = await reopened(path)
    replay = await journal.replay(ended_orders=1_000, fills=1_000)
    took = time.perf_counter() - began
    await journal.close()
    assert (len(replay.orders), len(replay.fills)) == (1_060, 1_000)
    assert took < 5.0  # well under one second on an idle machine; the bound leaves room for a busy one


async def test_large_journal_is_checked_beside_the_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await reopened(path)
    await journal.append(*(record(replace(ORDER, key=f"F{number}")) for number in range(500)))
    await journal.close()
    content = taken(path)
    put(path, content[:-4096] + os.urandom(4096))
    monkeypatch.setattr(journal_file, "CHECK_AT_OPEN_BYTES", 0)

    journal = await reopened(path)
    assert journal.set_aside is None
    async with asyncio.timeout(20):
        while journal.state.problem is None:
            await asyncio.sleep(0.01)
    assert "damaged" in journal.state.problem
    await journal.close()


async def test_late_check_ends_with_the_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await reopened(path)
    await journal.append(*(record(replace(ORDER, key=f"F{number}")) for number in range(2_000)))
    await journal.close()
    monkeypatch.setattr(journal_file, "CHECK_AT_OPEN_BYTES", 0)
    journal = await reopened(path)
    await journal.close()
    assert journal.state.problem is None


async def test_unopened_journal_takes_nothing(path: Path) -> None:
    journal = Journal(path, clock=lambda: 42)
    with pytest.raises(JournalFailed):
        await journal.append(record())
    await journal.close()


def test_text_form_is_exact_both_ways() -> None:
    assert decode_order(encode(ORDER)) == ORDER
    assert decode_fill(encode(FILL)) == FILL
    assert '"price":"100.10"' in encode(ORDER)
