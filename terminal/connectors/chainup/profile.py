"""Where a venue of the ChainUp engine is reached and what differs from venue to venue, as data (PROTOCOLS 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.connectors.rate_limiter import Budget
from terminal.domain.venue import Endpoints

PUBLIC = "public"
USER = "user"
POLL = "poll"
"""What asks on its own accord draws on this one besides, so that it leaves room for what the trader does."""

_HOUR_MS = 3_600_000

_BUDGETS: Mapping[str, Budget] = MappingProxyType(
    {
        PUBLIC: Budget(requests=10, period_s=1.0, per_owner=False),
        USER: Budget(requests=10, period_s=1.0, reserve=3),
        POLL: Budget(requests=5, period_s=1.0),
    }
)
"""Document, "Response Status Code": 10 requests a second for each IP, and for each user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainUpProfile:
    """One venue of the engine.

    `date_zone_ms` is what its date texts (startDate, endDate) are ahead of UTC. `fee_coin` is the platform coin that
    fees can be paid in. `pause_after_429` is for how many seconds nothing is sent after an HTTP 429: it names no time,
    and its limits are those of one second.
    """

    venue: str
    name: str
    environments: Mapping[str, Endpoints]
    fee_coin: str
    date_zone_ms: int = 8 * _HOUR_MS
    pause_after_429: float = 2.0
    budgets: Mapping[str, Budget] = field(default_factory=lambda: _BUDGETS)


CRYPTOCOM = ChainUpProfile(
    venue="cryptocom",
    name="Crypto.com",
    environments=MappingProxyType(
        {
            # the document's Endpoint section names https://ws.crypto.com, its Java demo the stream's whole address
            "production": Endpoints(rest="https://api.crypto.com", stream="wss://ws.crypto.com"),
        }
    ),
    fee_coin="CRO",
)
