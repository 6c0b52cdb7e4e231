"""What a simulated venue remembers over a restart: one SQLite file in the directory given with `--state`.

Records are JSON texts named by (venue, kind, id) and kept in the order they were first written. `commit` returns
only when everything put before it is on the disk, so whoever acknowledges after `commit` never loses an acknowledged
change to a kill -9 or a power cut.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path
from typing import Protocol

FILE_NAME = "simulator.sqlite"

_APPLICATION_ID = 0x46746853  # "FthS": tells our file from any other SQLite file
_VERSION = 1
_LAYOUT = """
CREATE TABLE record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    venue TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (venue, kind, id)
)
"""
_PUT = """
INSERT INTO record (venue, kind, id, body) VALUES (?, ?, ?, ?)
ON CONFLICT (venue, kind, id) DO UPDATE SET body = excluded.body
"""


class StateInUse(Exception):
    """Another simulator works on the same state directory."""


class Store(Protocol):
    """Where a venue keeps its records."""

    def put(self, venue: str, kind: str, record_id: str, body: str) -> None: ...

    def get(self, venue: str, kind: str, record_id: str) -> str | None: ...

    def all(self, venue: str, kind: str) -> list[str]: ...

    def commit(self) -> None: ...

    def close(self) -> None: ...


class MemoryStore:
    """Keeps nothing beyond the process: for a simulator started without `--state`."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], dict[str, str]] = {}

    def put(self, venue: str, kind: str, record_id: str, body: str) -> None:
        self._records.setdefault((venue, kind), {})[record_id] = body

    def get(self, venue: str, kind: str, record_id: str) -> str | None:
        return self._records.get((venue, kind), {}).get(record_id)

    def all(self, venue: str, kind: str) -> list[str]:
        return list(self._records.get((venue, kind), {}).values())

    def commit(self) -> None:
        """Nothing to write."""

    def close(self) -> None:
        """Nothing to release."""


class FileStore:
    """Keeps records in `directory`/simulator.sqlite; holds it exclusively while open."""

    def __init__(self, directory: Path) -> None:
        """Open the file, creating directory and file as needed.

        A damaged file, or one of another program, is renamed beside itself and a new one begun, with a line on
        stderr. Raises StateInUse while another process holds it, OSError where the directory cannot be written.
        """
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / FILE_NAME
        try:
            self._connection = _open(path)
        except _NotOurs as problem:
            _set_aside(path, str(problem))
            self._connection = _open(path)

    def put(self, venue: str, kind: str, record_id: str, body: str) -> None:
        self._connection.execute(_PUT, (venue, kind, record_id, body))

    def get(self, venue: str, kind: str, record_id: str) -> str | None:
        query = "SELECT body FROM record WHERE venue = ? AND kind = ? AND id = ?"
        row = self._connection.execute(query, (venue, kind, record_id)).fetchone()
        return None if row is None else str(row[0])

    def all(self, venue: str, kind: str) -> list[str]:
        query = "SELECT body FROM record WHERE venue = ? AND kind = ? ORDER BY seq"
        return [str(row[0]) for row in self._connection.execute(query, (venue, kind))]

    def commit(self) -> None:
        self._connection.commit()

    def close(self) -> None:
        self._connection.commit()
        self._connection.close()


class _NotOurs(Exception):
    """The file is damaged or belongs to another program."""


def _open(path: Path) -> sqlite3.Connection:
    is_new = not path.exists()
    connection = sqlite3.connect(path, timeout=1.0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        if is_new or _is_blank(connection):
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute(_LAYOUT)
        else:
            _check(connection)
        connection.commit()
    except sqlite3.OperationalError as problem:
        connection.close()
        if "locked" in str(problem):
            raise StateInUse(f"{path} is in use by another simulator") from problem
        if "unable to open" in str(problem) or "readonly" in str(problem):
            raise OSError(f"{path} cannot be opened: {problem}") from problem
        raise _NotOurs(str(problem)) from problem
    except sqlite3.DatabaseError as problem:
        connection.close()
        raise _NotOurs(str(problem)) from problem
    except _NotOurs:
        connection.close()
        raise
    return connection


def _is_blank(connection: sqlite3.Connection) -> bool:
    # a process killed between creating the file and the first commit leaves an empty one
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]) == 0


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise _NotOurs("it was not written by this program")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != _VERSION:
        raise _NotOurs(f"it has layout {version}, this program reads {_VERSION}")
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _NotOurs(f"it is damaged ({verdict})")


def _set_aside(path: Path, reason: str) -> None:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    kept = path.with_name(f"{path.name}.set-aside-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.set-aside-{stamp}-{number}")
    path.rename(kept)
    for suffix in ("-wal", "-shm"):
        extra = path.with_name(path.name + suffix)
        if extra.exists():
            extra.rename(kept.with_name(kept.name + suffix))
    print(f"simulator: {path} cannot be used: {reason}. It was kept as {kept.name}; starting afresh.", file=sys.stderr)
