"""Keeps a venue's clock set and its connection warm: asked before the first signed call, and now and then after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from terminal.domain.failures import Failure

_KEEP_WARM_EVERY_S = 20.0


class ClockKeeper:
    """`ask` asks the venue for its time and sets the clock by it; it raises the connector's failures."""

    def __init__(self, ask: Callable[[], Awaitable[int]], *, every: float = _KEEP_WARM_EVERY_S) -> None:
        self._ask = ask
        self._every = every
        self._synchronising: asyncio.Task[int] | None = None
        self._keeping_warm: asyncio.Task[None] | None = None

    async def synchronise(self) -> None:
        """Ask now; calls made at the same time share one question."""
        if self._synchronising is None or self._synchronising.done():
            self._synchronising = asyncio.create_task(self._asked())
        await asyncio.shield(self._synchronising)

    def keep_warm(self) -> None:
        """Ask now and then from here on: an order must not wait for DNS, TCP and TLS, nor a clock drift away."""
        if self._keeping_warm is None:
            self._keeping_warm = asyncio.create_task(self._ask_now_and_then())

    async def close(self) -> None:
        tasks = [task for task in (self._keeping_warm, self._synchronising) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _asked(self) -> int:
        return await self._ask()

    async def _ask_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self._ask()
            except Failure:
                continue  # the next real call meets the same failure and tells it
