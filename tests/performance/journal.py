"""Opening and replaying the journal by its size: what a start waits for before orders are on screen."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from terminal.domain import Fill, Order, OrderStatus, OrderType, Side
from terminal.trading.desk_order import DeskOrder
from terminal.trading.journal import Journal
from terminal.trading.journal_records import encode
from tests.performance.report import Row

FEW, MANY = 1_000, 1_000_000
ROWS_AN_ORDER = 5
ACCOUNT = "hashkey-mena/main"

_ORDER = DeskOrder(
    key="F1",
    account=ACCOUNT,
    submitted=1,
    changed=1,
    order=Order(
        venue="hashkey-mena",
        account=ACCOUNT,
        symbol="BTCUSDT",
        client_order_id="F1",
        side=Side.BUY,
        type=OrderType.LIMIT,
        price=Decimal("86960.10"),
        quantity=Decimal("0.5"),
        status=OrderStatus.FILLED,
    ),
)
_FILL = Fill(
    venue="hashkey-mena",
    account=ACCOUNT,
    symbol="BTCUSDT",
    trade_id="t1",
    order_id="o1",
    side=Side.BUY,
    price=Decimal("86960.10"),
    quantity=Decimal("0.5"),
    time=5,
)


def _fill_in(path: Path, records: int) -> None:
    """Give a new journal `records` records: a fifth as many orders and fills, ten of the orders working."""
    ended, body = encode(_ORDER), encode(_FILL)
    working = encode(replace(_ORDER, order=replace(_ORDER.order, status=OrderStatus.OPEN)))
    orders = records // ROWS_AN_ORDER
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA synchronous = OFF")
    writer.executemany(
        "INSERT INTO records (time, kind, account, key, body) VALUES (?, 'report', ?, ?, ?)",
        ((number, ACCOUNT, f"F{number // ROWS_AN_ORDER}", ended) for number in range(records)),
    )
    writer.executemany(
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
        ((f"F{n}", ACCOUNT, int(n < 10), n, working if n < 10 else ended) for n in range(orders)),
    )
    writer.executemany(
        "INSERT INTO fills VALUES (?, ?, 't', ?, ?)", ((ACCOUNT, f"o{n}", n, body) for n in range(orders))
    )
    writer.commit()
    writer.close()


async def _opened(path: Path) -> float:
    """Return the ms from nothing to a replayed journal."""
    start = time.perf_counter()
    journal = Journal(path, clock=lambda: 1)
    await journal.open()
    replay = await journal.replay()
    taken = (time.perf_counter() - start) * 1_000
    await journal.close()
    if not replay.orders:
        raise RuntimeError("the journal replayed nothing")
    return taken


def _best_open(folder: Path, records: int) -> float:
    path = folder / f"journal-{records}.sqlite"

    async def make() -> None:
        journal = Journal(path, clock=lambda: 1)
        await journal.open()
        await journal.close()

    asyncio.run(make())
    _fill_in(path, records)
    return min(asyncio.run(_opened(path)) for _ in range(3))


def measure() -> list[Row]:
    """Return the report's row; the files are warm in the disk cache."""
    with tempfile.TemporaryDirectory() as name:
        few, many = _best_open(Path(name), FEW), _best_open(Path(name), MANY)
    return [
        Row(
            name=f"journal opened and replayed, {MANY:,} records against {FEW:,}",
            value=f"{many:.0f} ms / {few:.0f} ms",
            goal="<= 500 ms",
            met=many <= 500,
            note="at most 5,000 ended orders and 5,000 fills are read",
        )
    ]
