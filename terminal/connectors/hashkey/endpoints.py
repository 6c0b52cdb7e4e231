"""Where a HashKey venue is reached and what differs from venue to venue, as data: hosts, key headers, order
paths, sites, which public stream comes first, error codes, request budgets (PROTOCOLS 2.1 to 2.4, 2.7 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.connectors.hashkey.error_codes import ERROR_CODES, GLOBAL_ERROR_CODES, Meaning
from terminal.connectors.rate_limiter import Budget
from terminal.domain.kinds import SelfTradePrevention, Side
from terminal.domain.venue import Endpoints

PUBLIC = "public"
QUERY = "query"
ORDER = "order"
TRANSFER = "transfer"

_BUDGETS: Mapping[str, Budget] = MappingProxyType(
    {
        # the documents state no limit for market data; this is what order entry may do, per machine
        PUBLIC: Budget(requests=10, period_s=1.0, per_owner=False),
        QUERY: Budget(requests=2, period_s=1.0),
        ORDER: Budget(requests=10, period_s=1.0, reserve=3),
        TRANSFER: Budget(requests=1, period_s=1.0),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HashKeyProfile:
    """One venue of the family.

    `quote_amount_field` is how an order on `order_path` names the quote amount it spends, and
    `quote_amount_sides` for which sides it can. `market_buy_by_base_path` is where a market buy by base quantity
    goes: on older order paths the quantity of a market buy means quote. Where `batch_buys_base_at_market` is
    false the batch path is one of those, so such an order never travels in a batch.
    `cancel_all_path` is the call that cancels every open order; None where the venue is not known to have it, and
    open orders are then listed and cancelled symbol by symbol. `sites` are those whose instruments are listed, the
    user's own first; None is a venue without sites, which is asked for none. `public_streams` lists the versions of
    the public stream, the preferred one first; `compressed_frames` asks version 1 to compress its frames. `lacks`
    names what this venue is not known to have of what the family has, with the reason.
    """

    venue: str
    environments: Mapping[str, Endpoints]
    key_headers: tuple[str, ...]
    order_path: str
    market_buy_by_base_path: str
    quote_amount_field: str
    quote_amount_sides: frozenset[Side]
    batch_path: str
    batch_buys_base_at_market: bool
    cancel_all_path: str | None
    self_trade_prevention: tuple[SelfTradePrevention, ...]
    sites: tuple[str | None, ...]
    public_streams: tuple[str, ...]
    error_codes: Mapping[str, Meaning] = field(default_factory=lambda: ERROR_CODES)
    compressed_frames: bool = False
    lacks: Mapping[str, str] = field(default_factory=dict)
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
    quote_amount_sides=frozenset(Side),
    batch_path="/api/v1.1/spot/batchOrders",
    batch_buys_base_at_market=True,
    cancel_all_path="/api/v1/spot/cancelAllOpenOrders",
    self_trade_prevention=(SelfTradePrevention.EXPIRE_TAKER, SelfTradePrevention.EXPIRE_MAKER),
    sites=("UAE", "BMU"),
    public_streams=("v2", "v1"),
)

GLOBAL = HashKeyProfile(
    venue="hashkey-global",
    environments=MappingProxyType(
        {
            "production": Endpoints(
                rest="https://api-glb.hashkey.com",
                stream="wss://stream-glb.hashkey.com",
                private_stream="wss://stream-glb.hashkey.com",
            ),
            "sandbox": Endpoints(
                rest="https://api-glb.sim.hashkeydev.com",
                stream="wss://stream-glb.sim.hashkeydev.com",
                private_stream="wss://stream-glb.sim.hashkeydev.com",
            ),
        }
    ),
    key_headers=("X-HK-APIKEY",),
    order_path="/api/v1/spot/order",
    market_buy_by_base_path="/api/v1.1/spot/order",
    quote_amount_field="quantity",
    quote_amount_sides=frozenset({Side.BUY}),
    batch_path="/api/v1/spot/batchOrders",
    batch_buys_base_at_market=False,
    cancel_all_path=None,
    self_trade_prevention=(),
    sites=(None,),
    public_streams=("v1", "v2"),
    error_codes=GLOBAL_ERROR_CODES,
    lacks=MappingProxyType(
        {
            "self_trade_prevention": "HashKey Global is not known to take a self-trade mode",
        }
    ),
)
"""The venue's own document ends after hosts and samples: what it leaves out is taken to be as at MENA, except where
its clients show another way. What an order could be misread by is refused, what is only read is tried (PROTOCOLS 3)."""
