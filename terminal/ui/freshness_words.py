"""Why a piece of market data cannot be trusted right now, in the words that panels show. No Qt."""

from __future__ import annotations

from terminal.market.freshness import Fresh, Freshness
from terminal.ui.brief import brief_reason
from terminal.ui.venue_state import spaced_age


def unreliable_words(freshness: Freshness, now: int) -> str:
    """Return "stale 6.2 s: no heartbeat" for data that cannot be trusted, "" for data that can."""
    if freshness.is_reliable:
        return ""
    age = freshness.age(now)
    since = "" if age is None else f" {spaced_age(age)}"
    word = "waiting" if freshness.state is Fresh.WAITING else freshness.state.value
    return f"{word}{since}: {brief_reason(freshness.reason)}" if freshness.reason else f"{word}{since}"
