"""How long the desk waits, asks again and gives an order up; in one place so that tests can shorten it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds, unless the name says ms.

    `delays` are the pauses between questions about one order (the last one repeats). An order whose fate is
    unknown counts as never arrived only after `absent_after_ms` and `absent_tries` answers "no such order",
    and then only if no listing has it; at a venue without client order ids, where its lists are all there is to go by,
    after `unlisted_after_ms`. After a cancel was accepted the venue may call the order open for
    `cancel_grace_ms` more.
    """

    delays: Sequence[float] = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 15.0)
    refused_delay: float = 30.0
    stream_first: float = 1.5
    fills_after: float = 2.0
    absent_after_ms: int = 10_000
    unlisted_after_ms: int = 20_000
    absent_tries: int = 3
    cancel_grace_ms: int = 3_000
    cancel_tries: int = 3
    rate_limited_tries: int = 20
    reconcile_every: float = 60.0

    def delay(self, attempt: int) -> float:
        """Return the pause after the `attempt`-th question (from 0)."""
        return self.delays[min(attempt, len(self.delays) - 1)]
