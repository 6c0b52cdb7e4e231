"""The journal's file: its tables, opening and checking it, writing and reading. Every call blocks on the disk
and belongs to the writer thread alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from terminal.trading.journal_records import (
    JournalRecord,
    RecordKind,
    Replay,
    TransferRecord,
    decode_fill,
    decode_order,
    decode_transfer,
    decode_transfer_reply,
    encode,
)

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 3.0
_APPLICATION_ID = 0x4661746D  # "Fatm": marks the file as ours
CHECK_AT_OPEN_BYTES = 48 << 20  # a full check of a larger file would hold the start up
_TABLES = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, key TEXT,
    body TEXT NOT NULL
);
CREATE INDEX records_by_key ON records (key, seq) WHERE key IS NOT NULL;
CREATE TABLE orders (
    key TEXT PRIMARY KEY, account TEXT NOT NULL, working INTEGER NOT NULL, changed INTEGER NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_by_change ON orders (working, changed);
CREATE TABLE fills (
    account TEXT NOT NULL, order_id TEXT NOT NULL, trade_id TEXT NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (account, order_id, trade_id)
) WITHOUT ROWID;
CREATE INDEX fills_by_time ON fills (time);
CREATE TABLE reconciled (account TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
"""
"""`records` is append-only and the truth; the others hold the latest state of what it tells, for a fast start."""


class JournalUnusable(Exception):
    """The journal cannot be used, and setting it aside would be wrong: locked, or of a newer program."""


class JournalDamaged(Exception):
    """The file is not a sound journal."""


def open_file(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open (or make) the journal at `path`; returns the connection and, when a damaged file was there, the path
    it was moved to. Raises JournalUnusable and OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open_sound(path), None
    except JournalDamaged:
        moved = set_aside(path)
        return _open_sound(path), moved


def set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; returns the new path."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for number in range(1_000):
        suffix = f".damaged-{stamp}" + (f"-{number}" if number else "")
        target = path.with_name(path.name + suffix)
        if not target.exists():
            break
    path.rename(target)
    for companion in ("-wal", "-shm"):
        beside = path.with_name(path.name + companion)
        if beside.exists():
            beside.rename(target.with_name(target.name + companion))
    return target


def _open_sound(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
    try:
        _prepare(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        # a busy or unreadable file says nothing against its content
        raise JournalUnusable(f"the journal {path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise JournalDamaged(str(error)) from error
    except (JournalDamaged, JournalUnusable):
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    size = path.stat().st_size
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise JournalDamaged("it is not a journal")
    elif connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise JournalDamaged("it is not a journal")
    elif version > SCHEMA_VERSION:
        raise JournalUnusable(f"the journal {path} was written by a newer version (schema {version})")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if version == 0:
        connection.executescript(
            f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID}; "
            f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    elif size <= CHECK_AT_OPEN_BYTES:
        check(connection)
    # transfers are few among very many records of orders; an older program reads the file as before
    connection.execute(
        "CREATE INDEX IF NOT EXISTS records_of_transfers ON records (seq) WHERE kind IN ('transfer', 'transfer_reply')"
    )


def check(connection: sqlite3.Connection) -> None:
    """Read every page; raises JournalDamaged with the first finding."""
    finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise JournalDamaged(str(finding))


def needs_late_check(path: Path) -> bool:
    """Tell whether the file was too large to be checked when it was opened."""
    return path.stat().st_size > CHECK_AT_OPEN_BYTES


def late_check(path: Path, stop: threading.Event) -> None:
    """Check the whole file on a connection of its own, beside the writer, until done or `stop` is set.

    Raises JournalDamaged.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.set_progress_handler(stop.is_set, 10_000)
        try:
            check(connection)
        except sqlite3.DatabaseError as error:
            if not stop.is_set():
                raise JournalDamaged(str(error)) from error


def write(connection: sqlite3.Connection, records: Sequence[JournalRecord]) -> None:
    """Write all records in one transaction and sync; on an error nothing is written. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for record in records:
            _write_one(connection, record)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _write_one(connection: sqlite3.Connection, record: JournalRecord) -> None:
    body = encode(record.fill if record.fill is not None and not record.body else record.body)
    connection.execute(
        "INSERT INTO records (time, kind, account, key, body) VALUES (?, ?, ?, ?, ?)",
        (record.time, record.kind.value, record.account, record.key, body),
    )
    if record.dropped is not None:
        connection.execute("DELETE FROM orders WHERE key = ?", (record.dropped,))
    if record.state is not None:
        state = record.state
        connection.execute(
            "INSERT OR REPLACE INTO orders (key, account, working, changed, state) VALUES (?, ?, ?, ?, ?)",
            (state.key, state.account, int(state.is_working), record.time, encode(state)),
        )
    if record.fill is not None:
        fill = record.fill
        connection.execute(
            "INSERT OR REPLACE INTO fills (account, order_id, trade_id, time, body) VALUES (?, ?, ?, ?, ?)",
            (record.account, fill.order_id, fill.trade_id, fill.time, encode(fill)),
        )
    if record.reconciled is not None:
        connection.execute(
            "INSERT OR REPLACE INTO reconciled (account, until) VALUES (?, ?)", (record.account, record.reconciled)
        )


def read_transfers(connection: sqlite3.Connection) -> list[TransferRecord]:
    """Return all transfers between own accounts, oldest first, each with its last reply."""
    rows = connection.execute(
        "SELECT time, kind, account, key, body FROM records WHERE kind IN ('transfer', 'transfer_reply') ORDER BY seq"
    )
    found: dict[str, TransferRecord] = {}
    for moment, kind, account, key, body in rows:
        if kind == RecordKind.TRANSFER.value:
            found[key] = TransferRecord(key=key, account=account, time=moment, request=decode_transfer(body))
        elif key in found:
            outcome, text = decode_transfer_reply(body)
            found[key] = replace(found[key], outcome=outcome, text=text)
    return list(found.values())


def read(connection: sqlite3.Connection, *, ended_orders: int, fills: int) -> Replay:
    """Return every working order, and the newest `ended_orders` and `fills`, each oldest first."""
    working = connection.execute("SELECT state FROM orders WHERE working = 1 ORDER BY changed").fetchall()
    ended = connection.execute(
        "SELECT state FROM orders WHERE working = 0 ORDER BY changed DESC LIMIT ?", (ended_orders,)
    ).fetchall()
    newest = connection.execute("SELECT account, body FROM fills ORDER BY time DESC LIMIT ?", (fills,)).fetchall()
    return Replay(
        orders=[decode_order(text) for (text,) in (*reversed(ended), *working)],
        fills=[(account, decode_fill(text)) for account, text in reversed(newest)],
        reconciled=dict(connection.execute("SELECT account, until FROM reconciled").fetchall()),
    )
