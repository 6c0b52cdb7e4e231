"""Request budgets of one venue: how many calls of each group may leave in a time, with a reserve for cancels.

Every limit is a sliding window, a little longer than the venue's own so that calls which catch up with each
other on the way stay within it. One object serves all connectors of one venue: budgets that hold per API key
are kept apart by `owner`, pauses hold for all.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from terminal.domain.failures import RateLimited

MAX_WAIT_S = 5.0
"""Longest time a call waits for its turn before it ends with RateLimited."""

_WINDOW_MARGIN = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`requests` in any `period_s` seconds, of which only urgent calls (cancels) may use the last `reserve`.

    `per_owner` budgets hold for each API key on its own, the others for this machine.
    """

    requests: int
    period_s: float
    reserve: int = 0
    per_owner: bool = True


class RateLimiter:
    """The budgets of one venue. `clock` gives seconds, `sleep` waits; tests replace both."""

    def __init__(
        self,
        venue: str,
        budgets: Mapping[str, Budget],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._venue = venue
        self._budgets = dict(budgets)
        self._clock = clock
        self._sleep = sleep
        self._sent: dict[tuple[str, str], deque[float]] = {}
        self._paused_until = float("-inf")
        self._stopped: str | None = None
        self._stopped_until = float("inf")

    @property
    def stopped(self) -> str | None:
        """Why nothing is let out at present; None: requests go out."""
        if self._stopped is not None and self._clock() >= self._stopped_until:
            self._stopped = None
        return self._stopped

    async def acquire(self, group: str, *, owner: str = "", urgent: bool = False) -> None:
        """Wait for a turn and take it.

        Raises `RateLimited` (the request was not executed) when the turn is more than `MAX_WAIT_S` away, or at
        once, as a ban, after `stop`.
        """
        budget = self._budgets[group]
        deadline = self._clock() + MAX_WAIT_S
        while True:
            now = self._clock()
            if self.stopped is not None:
                left = self._stopped_until - now
                again = None if left == float("inf") else left
                raise RateLimited(self.stopped, retry_after=again, is_ban=True, venue=self._venue)
            wait = self._wait(budget, self._window(group, budget, owner), now, urgent=urgent)
            if wait <= 0:
                self._window(group, budget, owner).append(now)
                return
            if now + wait > deadline:
                why = "the venue asked for a pause" if self._paused_until > now else "the request limit is used up"
                text = f"Not sent: {why}; the next turn is in {wait:.1f} s"
                raise RateLimited(text, retry_after=wait, venue=self._venue)
            await self._sleep(wait)

    @property
    def pause_left(self) -> float | None:
        """For how many seconds nothing is let out because the venue asked for a pause; None: it did not."""
        left = self._paused_until - self._clock()
        return left if left > 0 else None

    def pause(self, seconds: float) -> None:
        """Let nothing out for `seconds` (the venue answered 429)."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def stop(self, reason: str, seconds: float | None = None) -> None:
        """Let nothing out (the venue banned this address, 418) for as long as it says, without a time for good;
        `reason` is told to every caller."""
        self._stopped = reason
        self._stopped_until = float("inf") if seconds is None else self._clock() + seconds

    def share_left(self, owner: str = "") -> float:
        """Return the free share (0 to 1) of the scarcest budget that `owner` draws on; 0 while paused.

        A budget of a single request has no share: every use of it would look as if nothing were left.
        """
        now = self._clock()
        if self.stopped is not None or now < self._paused_until:
            return 0.0
        shares = [1.0]
        for group, budget in self._budgets.items():
            if budget.requests > 1:
                used = len(self._window(group, budget, owner))
                shares.append(1 - used / budget.requests)
        return max(min(shares), 0.0)

    def _window(self, group: str, budget: Budget, owner: str) -> deque[float]:
        sent = self._sent.setdefault((group, owner if budget.per_owner else ""), deque())
        oldest = self._clock() - budget.period_s * _WINDOW_MARGIN
        while sent and sent[0] <= oldest:
            sent.popleft()
        return sent

    def _wait(self, budget: Budget, sent: deque[float], now: float, *, urgent: bool) -> float:
        allowed = budget.requests if urgent else budget.requests - budget.reserve
        wait = self._paused_until - now
        if len(sent) >= allowed:
            # as many as exceed the allowance must leave the window first
            leaving = sent[len(sent) - allowed]
            wait = max(wait, leaving + budget.period_s * _WINDOW_MARGIN - now)
        return wait
