"""Arming: which accounts the ladder and the chart may send orders for. Disarmed at every start.

The connection's loss, an idle trader, a suspended machine, a clock that jumps and a layout switch disarm.
Disarming never touches working orders and never stands in the way of a cancel.
"""

from __future__ import annotations

from terminal.accounts.account_book import AccountBook
from terminal.domain import StreamState, StreamStatus
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

_CLOCK_JUMP_MS = 5_000


class Arming:
    """Armed accounts and why the last one was disarmed.

    `clock` is the wall clock and `monotonic` the steady one, both in ms: between two calls of `check` they
    advance by the same amount unless the machine slept or its clock was set.
    """

    def __init__(
        self,
        *,
        accounts: AccountBook,
        clock: Clock,
        monotonic: Clock,
        changed: ChangedTopics | None = None,
        idle_minutes: int | None = 15,
    ) -> None:
        self.last_reason: str | None = "disarmed at start"
        self._accounts = accounts
        self._clock = clock
        self._monotonic = monotonic
        self._changed = changed if changed is not None else ChangedTopics()
        self._armed: set[str] = set()
        self._idle_ms = None if idle_minutes is None else idle_minutes * 60_000
        self._last_input = monotonic()
        self._offset = clock() - monotonic()

    def is_armed(self, account: str) -> bool:
        return account in self._armed

    @property
    def any_armed(self) -> bool:
        return bool(self._armed)

    @property
    def armed(self) -> frozenset[str]:
        return frozenset(self._armed)

    def arm(self, account: str) -> bool:
        """Arm one account; False (and `last_reason` says why) for an unknown or read-only one."""
        info = self._accounts.get(account)
        if info is None or not info.can_trade:
            self.last_reason = f"{account} cannot be armed: " + ("unknown account" if info is None else "read-only")
            self._changed.mark(TradingTopic.ARMING)
            return False
        self.check()  # a jump that nobody has looked at yet must not disarm what is armed now
        self._last_input = self._monotonic()
        self._armed.add(account)
        self._changed.mark(TradingTopic.ARMING)
        return True

    def disarm(self, account: str, reason: str) -> None:
        if account in self._armed:
            self._armed.discard(account)
            self.last_reason = reason
            self._changed.mark(TradingTopic.ARMING)

    def disarm_all(self, reason: str) -> None:
        for account in tuple(self._armed):
            self.disarm(account, reason)

    def set_idle_minutes(self, minutes: int | None) -> None:
        """Change after how many minutes without input everything is disarmed; None: never."""
        self._idle_ms = None if minutes is None else minutes * 60_000

    def note_input(self) -> None:
        """The trader moved the mouse or pressed a key."""
        self._last_input = self._monotonic()

    def layout_switched(self) -> None:
        self.disarm_all("the layout was switched")

    def on_stream(self, account: str, status: StreamStatus) -> None:
        """Disarm when the account's connection is no longer live: what the screen shows may be out of date."""
        if status.state is not StreamState.LIVE:
            self.disarm(account, f"the connection was lost{f': {status.reason}' if status.reason else ''}")

    def check(self) -> None:
        """Look at the clocks; call about once a second."""
        now, steady = self._clock(), self._monotonic()
        jump = now - steady - self._offset
        self._offset = now - steady
        if abs(jump) > _CLOCK_JUMP_MS:
            self.disarm_all(f"the clock jumped by {jump / 1000:.0f} s (the machine slept, or its time was set)")
        if self._idle_ms is not None and steady - self._last_input >= self._idle_ms:
            self.disarm_all(f"no input for {self._idle_ms // 60_000} min")
