"""What trading needs to know of the market, behind one small protocol."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from terminal.domain import Instrument, InstrumentId, OrderRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPrices:
    """The market an order meets now; None where it is not known.

    `worst` is the last price that taking the order's size from the visible book would reach. `stale` says in
    plain words why the book cannot be relied on; None: it is live.
    """

    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    worst: Decimal | None = None
    stale: str | None = None


class MarketView(Protocol):
    """Instruments, the market an order meets, and prices for valuation."""

    def instrument(self, id: InstrumentId) -> Instrument | None: ...

    def prices(self, id: InstrumentId, request: OrderRequest) -> MarketPrices: ...

    def price_of(self, base: str, quote: str) -> Decimal | None:
        """Return the price of one `base` in `quote` on a pair that trades; None where no such pair has one."""
