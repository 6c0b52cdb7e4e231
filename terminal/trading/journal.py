"""The journal: an append-only, synced record of every order, written before anything is sent.

One writer thread owns the file, so a slow disk never holds up the window. Records are written in the order in
which they were handed over; those that wait together share one transaction and one sync.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

from terminal.trading import journal_file
from terminal.trading.desk_order import JournalState
from terminal.trading.journal_file import JournalDamaged, JournalUnusable
from terminal.trading.journal_records import JournalRecord, Replay, TransferRecord
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

__all__ = ["Journal", "JournalFailed", "JournalUnusable"]

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_RETRY_AFTER_S = 1.0
_log = logging.getLogger(__name__)


class JournalFailed(Exception):
    """The records could not be written and synced; the text says why."""


@dataclass(slots=True)
class _Waiting:
    records: tuple[JournalRecord, ...]
    synced: asyncio.Future[None] | None  # None: nobody waits, so it is tried until it succeeds


class Journal:
    """Life: `open`, then `replay`, then `append` and `enqueue` in any order, `close`. All on one event loop."""

    def __init__(self, path: Path, *, clock: Clock, changed: ChangedTopics | None = None) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._clock = clock
        self._changed = changed if changed is not None else ChangedTopics()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._queue: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._stop_check = threading.Event()
        self._late_check: asyncio.Task[None] | None = None
        self._state = JournalState()
        self._damage: str | None = None
        self._closing = False

    @property
    def state(self) -> JournalState:
        return self._state

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def open(self) -> None:
        """Open the file or make it; a damaged one is moved away and `set_aside` names its new path.

        Raises JournalUnusable when it is locked by somebody else or was written by a newer program, OSError
        when the directory cannot be used.
        """
        self._connection, self.set_aside = await self._in_thread(journal_file.open_file, self.path)
        if journal_file.needs_late_check(self.path):
            self._late_check = asyncio.create_task(self._check_late(), name="journal check")

    async def replay(self, *, ended_orders: int = 5_000, fills: int = 5_000) -> Replay:
        """Return the last known state of all working orders, and the newest ended orders and fills."""
        connection = self._opened()
        return await self._in_thread(lambda: journal_file.read(connection, ended_orders=ended_orders, fills=fills))

    async def transfers(self) -> list[TransferRecord]:
        """Return all transfers between own accounts, oldest first, each with how it ended as far as was written."""
        connection = self._opened()
        return await self._in_thread(journal_file.read_transfers, connection)

    async def append(self, *records: JournalRecord) -> None:
        """Return once the records are synced to disk. Raises JournalFailed when they are not, and will not be."""
        self._opened()
        synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(records, synced))
        self._write_next()
        await synced

    def enqueue(self, *records: JournalRecord) -> None:
        """Hand records over without waiting; they keep their place, and are tried again while the disk fails."""
        self._opened()
        self._queue.append(_Waiting(records, None))
        self._write_next()

    async def flush(self) -> None:
        """Return when nothing waits to be written. Raises JournalFailed when the disk refuses it."""
        await self.append()

    async def close(self) -> None:
        """Write what waits (one attempt) and close the file."""
        if self._connection is None:
            self._executor.shutdown(wait=False)
            return
        try:
            await self.flush()
        except JournalFailed:
            _log.error("the journal could not be written to its end: %s", self._state.problem)
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
        if self._late_check is not None:
            self._stop_check.set()
            await asyncio.gather(self._late_check, return_exceptions=True)
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        connection, self._connection = self._connection, None
        await self._in_thread(connection.close)
        self._executor.shutdown(wait=True)

    def _write_next(self) -> None:
        if self._writing is None and self._queue and not self._closing:
            batch, self._queue = self._queue, []
            if self._retry is not None:
                self._retry.cancel()
                self._retry = None
            self._writing = asyncio.create_task(self._write(batch), name="journal write")

    async def _write(self, batch: list[_Waiting]) -> None:
        connection = self._opened()
        records = [record for waiting in batch for record in waiting.records]
        try:
            if records:
                await self._in_thread(journal_file.write, connection, records)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, who waits for the sync must hear of it
            self._failed(batch, f"the journal cannot be written: {error}")
        else:
            self._state = JournalState(synced_at=self._clock(), problem=self._damage)
            self._changed.mark(TradingTopic.JOURNAL)
            for waiting in batch:
                if waiting.synced is not None and not waiting.synced.done():
                    waiting.synced.set_result(None)
        finally:
            self._writing = None
        if self._retry is None:
            self._write_next()

    def _failed(self, batch: list[_Waiting], problem: str) -> None:
        if self._state.problem != problem:
            _log.error("%s", problem)
        self._state = JournalState(synced_at=self._state.synced_at, problem=problem)
        self._changed.mark(TradingTopic.JOURNAL)
        kept = []
        for waiting in batch:
            if waiting.synced is None:
                kept.append(waiting)
            elif not waiting.synced.done():
                waiting.synced.set_exception(JournalFailed(problem))
        self._queue[:0] = kept
        if kept and not self._closing:
            self._retry = asyncio.get_running_loop().call_later(_RETRY_AFTER_S, self._write_again)

    def _write_again(self) -> None:
        self._retry = None
        self._write_next()

    async def _check_late(self) -> None:
        try:
            await asyncio.to_thread(journal_file.late_check, self.path, self._stop_check)
        except (JournalDamaged, sqlite3.Error) as error:
            self._damage = f"the journal is damaged: {error}"
            _log.error("%s", self._damage)
            self._state = JournalState(synced_at=self._state.synced_at, problem=self._damage)
            self._changed.mark(TradingTopic.JOURNAL)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise JournalFailed("the journal is not open")
        return self._connection

    async def _in_thread(self, work: Callable[[Unpack[_Ts]], _T], *arguments: *_Ts) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
