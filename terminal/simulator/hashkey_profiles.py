"""What differs between the simulated HashKey venues, as data: headers, paths, sites, pairs and opening balances.

Sources: HashKey MENA document for MENA, HashKey Global document for Global's headers and limits; what the latter leaves
open is as PROTOCOLS section 3 has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from terminal.simulator.hashkey_requests import OrderForm
from terminal.simulator.instruments import (
    HASHKEY_GLOBAL,
    HASHKEY_GLOBAL_TERMS,
    HASHKEY_MENA,
    HASHKEY_MENA_TERMS,
    Terms,
)

Balances = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a fresh venue's accounts hold."""

    main: Balances
    sub: Balances
    custody: Balances
    fiat: Balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One venue. `sites` maps each `site` of exchangeInfo, the default first, to the quote assets that it lacks;
    it is empty for a venue that knows no sites. `opening_pair` has an OPEN_QUOTE window."""

    name: str
    terms: tuple[Terms, ...]
    key_headers: tuple[str, ...]
    batch_path: str
    batch_form: OrderForm
    can_cancel_all: bool
    sites: Mapping[str, frozenset[str]]
    opening_pair: str
    opening: Opening

    @property
    def site(self) -> str | None:
        """The site of the streams: the one that has every pair."""
        return next((site for site, lacks in self.sites.items() if not lacks), None)


def _amounts(**texts: str) -> Balances:
    return {asset: Decimal(text) for asset, text in texts.items()}


MENA = Profile(
    name=HASHKEY_MENA,
    terms=HASHKEY_MENA_TERMS,
    # the document's prose says X-APIKEY, its samples X-HK-APIKEY: either names the key
    key_headers=("X-HK-APIKEY", "X-APIKEY"),
    batch_path="/api/v1.1/spot/batchOrders",
    batch_form=OrderForm.V1_1,
    can_cancel_all=True,
    sites={"BMU": frozenset({"AED"}), "UAE": frozenset()},
    opening_pair="BTCAED",
    opening=Opening(
        main=_amounts(
            USDT="100000", USD="50000", AED="100000", BTC="2", ETH="20", SOL="150", XRP="10000", LINK="500",
            ADA="8000", DOGE="25000", LTC="60", SHIB="100000000",
        ),
        sub=_amounts(USDT="15000", USD="5000", BTC="0.25", ETH="3"),
        custody=_amounts(USDT="25000", BTC="0.8", ETH="6"),
        fiat=_amounts(USD="30000", AED="40000"),
    ),
)  # fmt: skip

GLOBAL = Profile(
    name=HASHKEY_GLOBAL,
    terms=HASHKEY_GLOBAL_TERMS,
    key_headers=("X-HK-APIKEY",),
    batch_path="/api/v1/spot/batchOrders",
    batch_form=OrderForm.LEGACY,
    can_cancel_all=False,
    sites={},
    opening_pair="HSKUSDT",
    opening=Opening(
        main=_amounts(
            USDT="80000", USD="40000", BTC="1.5", ETH="15", SOL="120", XRP="8000", LINK="400", ADA="6000",
            DOGE="20000", LTC="50", SHIB="80000000", AVAX="300", HSK="20000",
        ),
        sub=_amounts(USDT="12000", USD="4000", BTC="0.2", ETH="2"),
        custody=_amounts(USDT="20000", BTC="0.5", ETH="4"),
        fiat=_amounts(USD="25000"),
    ),
)  # fmt: skip
