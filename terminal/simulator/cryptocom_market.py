"""The seven public calls of the simulated Crypto.com.

Source: Crypto.com v1 document, "Market API"; PROTOCOLS 4.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from terminal.domain.numbers import decimals_of
from terminal.simulator.candles import CandleStore, Ticker24h
from terminal.simulator.cryptocom_books import STEPS, BookView
from terminal.simulator.cryptocom_errors import invalid
from terminal.simulator.cryptocom_payloads import bare, eight, number, rest_trade, rows_of
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.world import VenueClock

PERIODS = {"1": "1m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "1440": "1d", "10080": "1w", "43200": "1M"}
MOST_BARS = 300
_MOST_TRADES = 200
_CHANGE = Decimal("1E-8")


class MarketApi:
    """Answers public requests: each method takes the query's values and returns what `data` holds."""

    def __init__(self, engine: MatchingEngine, candles: CandleStore, books: BookView, clock: VenueClock) -> None:
        self._engine = engine
        self._candles = candles
        self._books = books
        self._clock = clock

    def symbols(self, _sent: Mapping[str, str]) -> object:
        return [
            {
                "symbol": one.symbol,
                "count_coin": one.quote.lower(),
                "amount_precision": decimals_of(one.lot_size or Decimal(1)),
                "base_coin": one.base.lower(),
                "price_precision": decimals_of(one.tick_size or Decimal(1)),
            }
            for one in self._engine.instruments.values()
        ]

    def tickers(self, _sent: Mapping[str, str]) -> object:
        rows = []
        for symbol in self._engine.instruments:
            day = self._candles.ticker24h(symbol)
            if day is None:
                continue
            row: dict[str, object] = {
                "symbol": symbol,
                "high": eight(day.high),
                "vol": eight(day.base_volume),
                "last": bare(day.last),
                "low": eight(day.low),
            }
            bids, asks = self._books.sides(symbol, 0)
            if bids and asks:
                row |= {"buy": number(bids[0][0]), "sell": number(asks[0][0])}
            change = eight(change_of(day))
            rows.append({**row, "change": change, "rose": change})
        return {"date": self._clock.server_time(), "ticker": rows}

    def ticker(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        day = self._candles.ticker24h(symbol)
        if day is None:
            return None
        bids, asks = self._books.sides(symbol, 0)
        return {
            "high": number(day.high),
            "vol": number(day.base_volume),
            "last": number(day.last),
            "low": number(day.low),
            "buy": eight(bids[0][0]) if bids else None,
            "sell": eight(asks[0][0]) if asks else None,
            "rose": number(change_of(day)),
            "time": self._clock.server_time(),
        }

    def klines(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        interval = PERIODS.get(sent.get("period", ""))
        if interval is None:
            raise invalid("period")
        bars = self._candles.history(symbol, interval, limit=MOST_BARS, start=None, end=None)
        return [
            [bar.t // 1000, number(bar.o), number(bar.h), number(bar.l), number(bar.c), number(bar.v)] for bar in bars
        ]

    def trades(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        return [rest_trade(trade) for trade in list(self._engine.recent_trades(symbol))[-_MOST_TRADES:][::-1]]

    def prices(self, _sent: Mapping[str, str]) -> object:
        prices = {symbol: self._candles.last_price(symbol) for symbol in self._engine.instruments}
        return {symbol: number(price) for symbol, price in prices.items() if price is not None}

    def depth(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        step = sent.get("type", "")
        if step not in [f"step{number}" for number in STEPS]:
            raise invalid("type")
        bids, asks = self._books.sides(symbol, int(step[-1]))
        return {"tick": {"asks": rows_of(asks), "bids": rows_of(bids), "time": None}}

    def _symbol(self, sent: Mapping[str, str]) -> str:
        symbol = sent.get("symbol", "")
        if symbol not in self._engine.instruments:
            raise invalid("symbol")
        return symbol


def change_of(day: Ticker24h) -> Decimal:
    """Return the change over 24 h as a fraction."""
    return ((day.last - day.open) / day.open).quantize(_CHANGE) if day.open else Decimal(0)
