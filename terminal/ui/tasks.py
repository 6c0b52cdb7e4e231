"""Background work started by the window: references are kept and no failure is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

Report = Callable[[str, BaseException], None]
"""Told the task's name and what it raised; must not raise."""


class Tasks:
    """Starts coroutines on the running loop. `report` hears of every one that fails."""

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `work`; `name` says in plain words what it does ("cancel order"). Needs a running loop."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    @property
    def running(self) -> int:
        return len(self._running)

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        _log.error("%s failed", task.get_name(), exc_info=error)
        if self._report is not None:
            self._report(task.get_name(), error)
