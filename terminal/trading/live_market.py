"""The market as trading sees it: instruments, touch and worst price from the hub, cross rates from tickers."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import Instrument, InstrumentId, OrderRequest
from terminal.market.market_data import MarketData
from terminal.trading.market_view import MarketPrices


class LiveMarket:
    """Implements `MarketView` over the market room."""

    def __init__(self, market: MarketData) -> None:
        self._market = market
        self._pairs: dict[tuple[str, str], list[InstrumentId]] = {}
        self._indexed = 0

    def instrument(self, id: InstrumentId) -> Instrument | None:
        return self._market.instruments.get(id)

    def prices(self, id: InstrumentId, request: OrderRequest) -> MarketPrices:
        """Return touch, last and the worst price that taking the request's size would reach now."""
        live = self._market.hub.book(id)
        quote = self._market.hub.quote(id)
        bid, ask = live.book.bids.best, live.book.asks.best
        worst: Decimal | None = None
        if request.quantity is not None:
            worst = live.book.cost_of(request.side, request.quantity).worst
        elif request.quote_amount is not None:
            worst = live.book.cost_of_value(request.side, request.quote_amount).worst
        return MarketPrices(
            bid=bid[0] if bid is not None else quote.bid,
            ask=ask[0] if ask is not None else quote.ask,
            last=quote.last,
            worst=worst,
            stale=None if live.freshness.is_reliable else live.freshness.reason or "not live",
        )

    def price_of(self, base: str, quote: str) -> Decimal | None:
        """Return the last price of a pair that trades on any venue; None where none has one."""
        if self._indexed != len(self._market.instruments):
            self._index()
        for instrument in self._pairs.get((base, quote), ()):
            last = self._market.hub.quote(instrument).last
            if last is not None:
                return last
        return None

    def _index(self) -> None:
        self._pairs.clear()
        for instrument in self._market.instruments.values():
            self._pairs.setdefault((instrument.base, instrument.quote), []).append(instrument.id)
        self._indexed = len(self._market.instruments)
