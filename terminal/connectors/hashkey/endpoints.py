"""Where a HashKey venue is reached and what differs from venue to venue, as data: hosts, key headers, order
paths, site, which public stream comes first, request budgets (PROTOCOLS 2.1 to 2.4, 2.7 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.connectors.rate_limiter import Budget
from terminal.domain.venue import Endpoints

PUBLIC = "public"
QUERY = "query"
ORDER = "order"

_BUDGETS: Mapping[str, Budget] = MappingProxyType(
    {
        # the documents state no limit for market data; this is what order entry may do, per machine
        PUBLIC: Budget(requests=10, period_s=1.0, per_owner=False),
        QUERY: Budget(requests=2, period_s=1.0),
        ORDER: Budget(requests=10, period_s=1.0, reserve=3),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HashKeyProfile:
    """One venue of the family.

    `quote_amount_field` is how an order names the quote amount it spends; `market_buy_by_base_path` is where a
    market buy by base quantity goes, for on older order paths the quantity of a market buy means quote.
    `public_streams` lists the versions of the public stream, the preferred one first.
    """

    venue: str
    environments: Mapping[str, Endpoints]
    key_headers: tuple[str, ...]
    order_path: str
    market_buy_by_base_path: str
    quote_amount_field: str
    batch_path: str
    site: str | None
    public_streams: tuple[str, ...]
    budgets: Mapping[str, Budget] = field(default_factory=lambda: _BUDGETS)


MENA = HashKeyProfile(
    venue="hashkey-mena",
    environments=MappingProxyType(
        {
            "production": Endpoints(
                rest="https://api-pro.hashkey.com",
                stream="wss://stream-pro.hashkey.com",
                private_stream="wss://stream-pro.hashkey.com",
            ),
            "sandbox": Endpoints(
                rest="https://api-pro.sim.hashkeydev.com",
                stream="wss://stream-pro.sim.hashkeydev.com",
                private_stream="wss://stream-pro.sim.hashkeydev.com",
            ),
        }
    ),
    key_headers=("X-HK-APIKEY", "X-APIKEY"),
    order_path="/api/v1.1/spot/order",
    market_buy_by_base_path="/api/v1.1/spot/order",
    quote_amount_field="amount",
    batch_path="/api/v1.1/spot/batchOrders",
    site="UAE",
    public_streams=("v2", "v1"),
)
