"""The one polling loop, for what a venue does not stream: asks, waits as long as it is told, asks again.

It is hurried when something is known to have changed, and waits longer and longer while the venue does not answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from terminal.domain.failures import AuthFailed, Failure, NotSupported, PermissionDenied, RateLimited
from terminal.domain.kinds import StreamState

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_REFUSED_PAUSE_S = 60.0
_DOWN_AFTER = 2
"""Rounds that must fail in a row before what was polled counts as lost; one alone makes it stale."""


class Poller:
    """Runs `ask` again and again. `pause` tells how many seconds to wait after a round that went well.

    `on_status` hears `connecting`, `live` after a round that went well, `stale` after one that failed and `down` after
    several, each with the reason; a reason of the live state tells nothing.
    """

    def __init__(
        self,
        *,
        name: str,
        ask: Callable[[], Awaitable[None]],
        pause: Callable[[], float],
        on_status: Callable[[StreamState, str | None], None],
    ) -> None:
        self._name = name
        self._ask = ask
        self._pause = pause
        self._on_status = on_status
        self._state: StreamState | None = None
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.failures = 0

    @property
    def state(self) -> StreamState | None:
        """None before the start."""
        return self._state

    def start(self) -> None:
        """Begin; a second call changes nothing."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    def hurry(self) -> None:
        """Ask again at once, however long the present wait still is."""
        self._hurry.set()

    async def close(self) -> None:
        """End; state `down`."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self._tell(StreamState.DOWN, "closed")

    async def _run(self) -> None:
        self._tell(StreamState.CONNECTING, None)
        while True:
            self._hurry.clear()
            wait = await self._round()
            if wait is None:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hurry.wait()

    async def _round(self) -> float | None:
        """Ask once and return how many seconds to wait then; None ends the polling for good."""
        try:
            await self._ask()
        except NotSupported as failure:
            self._tell(StreamState.DOWN, str(failure))
            return None
        except (AuthFailed, PermissionDenied) as failure:
            self._failed(str(failure), at_once=True)
            return _REFUSED_PAUSE_S
        except RateLimited as failure:
            self._failed(str(failure))
            return max(failure.retry_after or 0.0, self._back_off())
        except Failure as failure:
            self._failed(str(failure))
            return self._back_off()
        except Exception as error:
            log.exception("%s: unexpected failure", self._name)
            self._failed(f"internal error: {type(error).__name__}")
            return self._back_off()
        self.failures = 0
        self._tell(StreamState.LIVE, None)
        return self._pause()

    def _failed(self, reason: str, *, at_once: bool = False) -> None:
        self.failures += 1
        is_down = at_once or self.failures >= _DOWN_AFTER or self._state is StreamState.CONNECTING
        self._tell(StreamState.DOWN if is_down else StreamState.STALE, reason)

    def _back_off(self) -> float:
        return min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self.failures - 1, 10))

    def _tell(self, state: StreamState, reason: str | None) -> None:
        if state is not self._state:
            self._state = state
            self._on_status(state, reason)
