"""HashKey's public market data over REST (PROTOCOLS 2.4 and 2.5)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.exchange_info import ExchangeInfo
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.parameters import pairs
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import LevelReader, WireValue, decode_each, decoder
from terminal.domain.failures import NotSupported
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import INTERVALS
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade

_ROWS = decoder(list[msgspec.Raw])
_SYMBOL = decoder(messages.Symbol)
_DEPTH = decoder(messages.Depth)
_TRADE = decoder(messages.PublicTrade)
_CANDLE = decoder(list[WireValue])
_ANY = decoder(msgspec.Raw)
_TICKER = decoder(messages.DayTicker)
_PRICE = decoder(messages.PriceTicker)
_QUOTE = decoder(messages.BookTicker)

_UNUSABLE_SYMBOL = "exchangeInfo: unusable symbol"

SCALES = ("0", "1", "2", "3", "4", "5")
"""The venue's own price groupings of a book (depth/merged)."""


class MarketData:
    """Public reads. A row of a listing that cannot be used is counted and left out; the others stand."""

    def __init__(self, api: HashKeyApi, parser: Parser, info: ExchangeInfo) -> None:
        self._api = api
        self._info = info
        self._parser = parser
        self._malformed = parser.malformed
        self._levels = LevelReader()

    async def instruments(self) -> list[Instrument]:
        """Return the spot instruments of all the venue's sites; one without trading rules is left out.

        Where two sites list a symbol, the rules of the site that the profile names first hold: the user's own.
        Source: exchangeInfo
        """
        found: dict[str, Instrument] = {}
        for rows in await self._info.symbols():
            symbols = decode_each(rows, _SYMBOL.decode, self._malformed, _UNUSABLE_SYMBOL)
            listed = [symbol for symbol in symbols if symbol.filters and symbol.symbol not in found]
            for instrument in decode_each(listed, self._parser.instrument, self._malformed, _UNUSABLE_SYMBOL):
                found.setdefault(instrument.symbol, instrument)
        return list(found.values())

    async def tickers(self, symbols: Sequence[str] | None) -> list[Ticker]:
        """Return 24 h tickers, of all instruments or of those named. Source: ticker/24hr"""
        one = symbols[0] if symbols is not None and len(symbols) == 1 else None
        rows = await self._api.public("/quote/v1/ticker/24hr", pairs(("symbol", one)), _ROWS, list)
        tickers = decode_each(
            rows, lambda row: self._parser.ticker(_TICKER.decode(row)), self._malformed, "ticker: unusable value"
        )
        return tickers if symbols is None else [ticker for ticker in tickers if ticker.symbol in symbols]

    async def last_prices(self, symbol: str | None) -> list[Ticker]:
        """Return the last price alone, of all instruments or of one: far smaller than 24 h tickers.

        Source: ticker/price
        """
        rows = await self._api.public("/quote/v1/ticker/price", pairs(("symbol", symbol)), _ROWS, list)
        return decode_each(
            rows, lambda row: self._parser.price_ticker(_PRICE.decode(row)), self._malformed, "price: unusable value"
        )

    async def quotes(self, symbol: str) -> list[Ticker]:
        """Return best bid and ask with their quantities. Source: ticker/bookTicker"""
        rows = await self._api.public("/quote/v1/ticker/bookTicker", pairs(("symbol", symbol)), _ROWS, list)
        return decode_each(
            rows, lambda row: self._parser.book_ticker(_QUOTE.decode(row)), self._malformed, "quote: unusable value"
        )

    async def ping(self) -> None:
        """Return when the venue answers at all. Source: ping"""
        await self._api.public("/api/v1/ping", (), _ANY, lambda _: None)

    async def order_book(self, symbol: str, depth: int | None, step: str | int | None) -> BookSnapshot:
        """Return the book; `step` is the venue's scale, 0 to 5. Source: depth, depth/merged"""
        step = None if step is None else str(step)
        if step is not None and step not in SCALES:
            raise NotSupported(f"A book's step is one of {', '.join(SCALES)}", venue=self._api.profile.venue)
        path = "/quote/v1/depth" if step is None else "/quote/v1/depth/merged"
        return await self._api.public(
            path,
            pairs(("symbol", symbol), ("limit", depth), ("scale", step)),
            _DEPTH,
            lambda reply: self._parser.book(symbol, reply, self._levels, step=step, received=machine_ms()),
        )

    async def trades(self, symbol: str, limit: int | None) -> list[Trade]:
        """Return the latest public trades, oldest first, without ids. Source: trades"""
        rows = await self._api.public("/quote/v1/trades", pairs(("symbol", symbol), ("limit", limit)), _ROWS, list)
        trades = decode_each(
            rows,
            lambda row: self._parser.public_trade(symbol, _TRADE.decode(row)),
            self._malformed,
            "trades: unusable value",
        )
        return sorted(trades, key=lambda trade: trade.time)

    async def candles(
        self, symbol: str, interval: str, start: int | None, end: int | None, limit: int | None
    ) -> list[Candle]:
        """Return candles, oldest first; `start` and `end` in ms. Source: klines"""
        if interval not in INTERVALS:
            raise NotSupported(f"Candles exist for {', '.join(INTERVALS)}", venue=self._api.profile.venue)
        rows = await self._api.public(
            "/quote/v1/klines",
            pairs(("symbol", symbol), ("interval", interval), ("limit", limit), ("startTime", start), ("endTime", end)),
            _ROWS,
            list,
        )
        candles = decode_each(
            rows,
            lambda row: self._parser.candle(symbol, interval, _CANDLE.decode(row)),
            self._malformed,
            "klines: unusable value",
        )
        return sorted(candles, key=lambda candle: candle.time)
