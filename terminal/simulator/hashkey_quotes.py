"""Candles, 24 h figures and prints as HashKey writes them, for requests and streams alike.

Source: HashKey MENA document, "Get Kline", "Get 24hr Ticker Price Change", and the kline and realtimes streams.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from terminal.domain import Trade
from terminal.simulator.candles import CandleStore, Ticker24h
from terminal.simulator.hashkey_payloads import EXCHANGE_ID, amount
from terminal.simulator.matching_engine import MatchingEngine


class Quotes:
    """What has traded, from the candle store and the engine's latest prints."""

    def __init__(self, engine: MatchingEngine, candles: CandleStore, server_time: Callable[[], int]) -> None:
        self._engine = engine
        self._candles = candles
        self._server_time = server_time

    def recent(self, symbol: str) -> Sequence[Trade]:
        """Return the latest prints, oldest first."""
        return self._engine.recent_trades(symbol)

    def candle_state(self, symbol: str, interval: str) -> tuple[object, ...] | None:
        """Return a value that changes whenever the open candle does; None before the first."""
        bar = self._candles.current(symbol, interval)
        return None if bar is None else (bar.t, bar.n, bar.v, bar.c)

    def day_state(self, symbol: str) -> tuple[object, ...] | None:
        """Return a value that changes whenever the 24 h figures do; None before the first trade."""
        day = self._candles.ticker24h(symbol)
        return None if day is None else (day.last, day.base_volume, day.open, day.high, day.low)

    def klines(
        self, symbol: str, interval: str, *, limit: int, start: int | None, end: int | None
    ) -> list[tuple[object, ...]]:
        """GET klines: the closing time is always 0, as in the document's example."""
        rows = self._candles.history(symbol, interval, limit=limit, start=start, end=end)
        return [
            (
                bar.t,
                amount(bar.o),
                amount(bar.h),
                amount(bar.l),
                amount(bar.c),
                amount(bar.v),
                0,
                amount(bar.qv),
                bar.n,
                amount(bar.tb),
                amount(bar.tq),
            )
            for bar in rows
        ]

    def kline_push(self, symbol: str, interval: str, *, is_full: bool) -> dict[str, object]:
        """One candle of a stream; only version 1 (`is_full`) has quote volume, trade count and taker volumes."""
        bar = self._candles.current(symbol, interval)
        if bar is None:
            return {}
        data: dict[str, object] = {
            "t": bar.t,
            "s": symbol,
            "sn": symbol,
            "c": amount(bar.c),
            "h": amount(bar.h),
            "l": amount(bar.l),
            "o": amount(bar.o),
            "v": amount(bar.v),
        }
        if is_full:
            data |= {"et": 0, "qv": amount(bar.qv), "td": bar.n, "tb": amount(bar.tb), "tq": amount(bar.tq)}
        return data

    def realtimes(self, symbol: str, *, is_full: bool) -> dict[str, object]:
        """The 24 h figures of a stream; only version 1 (`is_full`) has the symbol's name and the exchange id."""
        day = self._candles.ticker24h(symbol)
        if day is None:
            return {}
        prices = {"o": day.open, "h": day.high, "l": day.low, "c": day.last}
        data: dict[str, object] = {"t": self._server_time(), "s": symbol}
        if is_full:
            data["sn"] = symbol
        data |= {name: amount(prices[name]) for name in ("chlo" if is_full else "ohlc")}
        data |= {"v": amount(day.base_volume), "qv": amount(day.quote_volume), "m": _change(day)}
        if is_full:
            data["e"] = int(EXCHANGE_ID)
        return data

    def ticker_24h(self, symbol: str, bid: Decimal | None, ask: Decimal | None) -> dict[str, object] | None:
        """One row of GET ticker/24hr; None before the first trade."""
        day = self._candles.ticker24h(symbol)
        if day is None:
            return None
        return {
            "t": self._server_time(),
            "s": symbol,
            "c": amount(day.last),
            "h": amount(day.high),
            "l": amount(day.low),
            "o": amount(day.open),
            "b": amount(bid),
            "a": amount(ask),
            "v": amount(day.base_volume),
            "qv": amount(day.quote_volume),
            "it": "SPOT",
        }

    def last_price(self, symbol: str) -> Decimal | None:
        return self._candles.last_price(symbol)


def _change(day: Ticker24h) -> str:
    return amount(((day.last - day.open) / day.open).quantize(Decimal("0.0001"))) if day.open else "0"
