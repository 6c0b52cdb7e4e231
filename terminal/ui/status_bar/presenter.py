"""What the status bar shows, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from terminal.domain import StreamState
from terminal.ui import formatting
from terminal.ui.venue_state import spaced_age

if TYPE_CHECKING:
    from terminal.market.market_data import MarketData
    from terminal.trading.desk import OrderDesk

SLOW_LAG_MS = 50
LOW_BUDGET = 0.5
EMPTY_BUDGET = 0.2


@dataclass(frozen=True, slots=True)
class Cell:
    """One labelled figure; `token` colours the value."""

    name: str
    label: str
    value: str
    token: str = "text"
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """A venue's scarcest request budget: `share` (0 to 1) is still free."""

    venue: str
    code: str
    name: str
    share: float

    @property
    def token(self) -> str:
        if self.share < EMPTY_BUDGET:
            return "danger"
        return "warning" if self.share < LOW_BUDGET else "good"

    @property
    def percent(self) -> str:
        return f"{round(self.share * 100)} %"


class StatusPresenter:
    """Turns counters into figures. Call `cells` once a second: rates are taken between two calls."""

    def __init__(self, market: MarketData, desk: OrderDesk) -> None:
        self._market = market
        self._desk = desk
        self._messages: int | None = None
        self._counted_at = 0
        self.utc = True

    def cells(self, now: int, lag_ms: float) -> tuple[Cell, ...]:
        return (self._lag(lag_ms), self._rate(now), self._feed(now), self._journal(now))

    def _lag(self, lag_ms: float) -> Cell:
        lag = max(0, round(lag_ms))
        token = "warning" if lag >= SLOW_LAG_MS else "text"
        return Cell("lag", "Loop lag", f"{lag:,} ms", token, "How late the latest frames came: the window was busy")

    def _rate(self, now: int) -> Cell:
        total = sum(self._market.health(venue).messages for venue in self._market.venues)
        value = formatting.MISSING
        if self._messages is not None and now > self._counted_at:
            # a reconnect may start a counter anew: never a negative rate
            passed = max(0, total - self._messages) * 1_000 / (now - self._counted_at)
            value = f"{round(passed):,} msg/s"
        self._messages, self._counted_at = total, now
        return Cell("rate", "", value, tooltip="Market data messages per second, all venues")

    def _feed(self, now: int) -> Cell:
        oldest: int | None = None
        waiting, token = False, "text"
        for venue in self._market.venues:
            status = self._market.hub.stream(venue)
            if status is None or status.state is not StreamState.LIVE:
                token = "warning"
            heard = self._market.hub.last_heard(venue)
            if heard is None:
                waiting = True
            else:
                oldest = max(oldest or 0, now - heard)
        value = "waiting" if oldest is None or waiting else spaced_age(oldest)
        return Cell("feed", "Feed age", value, token, "Time since the last sign of life of the quietest venue")

    def _journal(self, now: int) -> Cell:
        state = self._desk.journal_state
        if state.problem is not None:
            return Cell("journal", "Journal", "failed", "danger", state.problem)
        if state.synced_at is None:
            return Cell("journal", "Journal", "ready", tooltip="Nothing had to be written yet")
        ago = max(0, now - state.synced_at)
        value = "synced now" if ago < 1_000 else f"synced {spaced_age(ago)} ago"
        return Cell("journal", "Journal", value, tooltip="Every order is on disk before it is sent")

    def budgets(self) -> tuple[Budget, ...]:
        return tuple(
            Budget(
                venue,
                self._market.venue_code(venue),
                self._market.venue_name(venue),
                min(1.0, max(0.0, self._market.health(venue).budget_left)),
            )
            for venue in self._market.venues
        )

    def malformed(self) -> int:
        """Return how many messages could not be used since the start, over all venues."""
        return sum(sum(self._market.health(venue).malformed.values()) for venue in self._market.venues)

    def malformed_causes(self) -> str:
        """Return the causes with their counts, one a line."""
        lines = []
        for venue in self._market.venues:
            for cause, count in sorted(self._market.health(venue).malformed.items()):
                lines.append(f"{self._market.venue_name(venue)}: {cause}, {count:,} times")
        return "\n".join(lines)

    def time(self, now: int) -> str:
        zone = "UTC" if self.utc else "local"
        return f"{formatting.date_time(now, utc=self.utc)} {zone}"
