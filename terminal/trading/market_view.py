"""What trading needs to know of the market, behind one small protocol."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from terminal.domain import Instrument, InstrumentId, OrderRequest
from terminal.market.market_data import MarketData


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


class MarketDataView:
    """The protocol over the market room's live state."""

    def __init__(self, market: MarketData) -> None:
        self._market = market
        self._pairs: dict[tuple[str, str], list[InstrumentId]] = {}
        self._known = 0

    def instrument(self, id: InstrumentId) -> Instrument | None:
        return self._market.instruments.get(id)

    def prices(self, id: InstrumentId, request: OrderRequest) -> MarketPrices:
        live, ticker = self._market.hub.book(id), self._market.hub.quote(id)
        bid, ask = live.book.bids.best, live.book.asks.best
        if request.quote_amount is not None:
            worst = live.book.cost_of_value(request.side, request.quote_amount).worst
        elif request.quantity is not None:
            worst = live.book.cost_of(request.side, request.quantity, request.price).worst
        else:
            worst = None
        return MarketPrices(
            bid=ticker.bid if bid is None else bid[0],
            ask=ticker.ask if ask is None else ask[0],
            last=ticker.last,
            worst=worst,
            stale=live.freshness.reason,
        )

    def price_of(self, base: str, quote: str) -> Decimal | None:
        instruments = self._market.instruments
        if len(instruments) != self._known:
            self._known = len(instruments)
            self._pairs.clear()
            for id, instrument in instruments.items():
                self._pairs.setdefault((instrument.base, instrument.quote), []).append(id)
        for id in self._pairs.get((base, quote), ()):
            last = self._market.hub.quote(id).last
            if last is not None and last > 0:
                return last
        return None
