"""The ChainUp engine's public market data over REST (PROTOCOLS 4.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

import msgspec

from terminal.connectors.chainup import messages
from terminal.connectors.chainup.api import ChainUpApi
from terminal.connectors.chainup.parse import Parser
from terminal.connectors.parameters import pairs
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import LevelReader, WireValue, decode_each, decoder
from terminal.domain.failures import InstrumentNotFound, NotSupported, VenueError
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import InstrumentStatus, Source
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade
from terminal.domain.numbers import parse_decimal

T = TypeVar("T")

PERIODS: Mapping[str, str] = MappingProxyType(
    {
        "1m": "1",
        "5m": "5",
        "15m": "15",
        "30m": "30",
        "1h": "60",
        "1d": "1440",
        "1w": "10080",
        "1M": "43200",
    }
)
"""Interval -> the venue's period in minutes"""

STEPS = ("0", "1", "2")
"""The venue's own price groupings of a book; 0 is the finest"""

_ROWS = decoder(list[msgspec.Raw])
_SYMBOL = decoder(messages.Symbol)
_TICKER = decoder(messages.Ticker)
_PRICES = decoder(dict[str, WireValue])
_DEPTH = decoder(messages.Depth)
_TRADE = decoder(messages.PublicTrade)
_CANDLE = decoder(list[WireValue])
_REFUSED = frozenset({400, 404, 499})


class MarketData:
    """Public reads. A row of a listing that cannot be used is counted and left out; the others stand.

    `is_delisted` tells what the stream said of a pair.
    """

    def __init__(self, api: ChainUpApi, parser: Parser, is_delisted: Callable[[str], bool]) -> None:
        self._api = api
        self._parser = parser
        self._malformed = parser.malformed
        self._is_delisted = is_delisted
        self._levels = LevelReader()
        self._pairs: dict[str, Instrument] = {}

    async def instruments(self) -> list[Instrument]:
        """Source: GET /v1/symbols"""
        rows = await self._api.public("/v1/symbols", (), _ROWS, list)
        found = decode_each(
            rows, lambda row: self._parser.instrument(_SYMBOL.decode(row)), self._malformed, "symbols: unusable row"
        )
        self._pairs = {one.symbol: one for one in found}
        return [self._as_listed(one) for one in found]

    async def pairs(self) -> Mapping[str, Instrument]:
        """Return the pairs by symbol, asked for once."""
        if not self._pairs:
            await self.instruments()
        return self._pairs

    def _as_listed(self, instrument: Instrument) -> Instrument:
        if not self._is_delisted(instrument.symbol):
            return instrument
        return replace(instrument, status=InstrumentStatus.HALTED)

    async def tickers(self, symbols: Sequence[str] | None) -> list[Ticker]:
        """Return 24 h tickers, of all pairs or of those named. Source: GET /v1/tickers, GET /v1/ticker for one"""
        if symbols is not None and len(symbols) == 1:
            return [await self._ticker(symbols[0])]
        found = await self._api.tickers()
        tickers = decode_each(
            found.ticker,
            lambda row: self._parser.ticker(_TICKER.decode(row), date=found.date),
            self._malformed,
            "tickers: unusable row",
        )
        return tickers if symbols is None else [ticker for ticker in tickers if ticker.symbol in symbols]

    async def _ticker(self, symbol: str) -> Ticker:
        return await self._of(
            symbol,
            self._api.public(
                "/v1/ticker", pairs(("symbol", symbol)), _TICKER, lambda row: self._parser.ticker(row, symbol=symbol)
            ),
        )

    async def last_prices(self, symbol: str | None) -> list[Ticker]:
        """Return the last price alone, of all pairs or of one. Source: GET /v1/ticker/price"""
        prices = await self._api.public("/v1/ticker/price", (), _PRICES, lambda reply: reply)

        def convert(row: tuple[str, WireValue]) -> Ticker:
            return Ticker(venue=self._parser.venue, symbol=row[0], last=parse_decimal(str(row[1])))

        rows = [row for row in prices.items() if symbol in (None, row[0])]
        return decode_each(rows, convert, self._malformed, "ticker/price: unusable row")

    async def order_book(self, symbol: str, depth: int | None, step: str | int | None) -> BookSnapshot:
        """Return the book, cut to `depth` levels a side here; `step` is the venue's grouping. Source: GET /v1/depth"""
        asked = None if step is None else str(step)
        number = "0" if asked is None else asked.removeprefix("step")
        if number not in STEPS:
            raise NotSupported(f"A book's step is one of {', '.join(STEPS)}", venue=self._parser.venue)
        book = await self._of(
            symbol,
            self._api.public(
                "/v1/depth",
                pairs(("symbol", symbol), ("type", f"step{number}")),
                _DEPTH,
                lambda reply: self._parser.book(
                    symbol, reply.tick, self._levels, step=asked, source=Source.SNAPSHOT, received=machine_ms()
                ),
            ),
        )
        return book if depth is None else replace(book, bids=book.bids[:depth], asks=book.asks[:depth])

    async def trades(self, symbol: str, limit: int | None) -> list[Trade]:
        """Return the latest public trades, oldest first, cut to `limit` here. Source: GET /v1/trades (200)"""
        rows = await self._of(symbol, self._api.public("/v1/trades", pairs(("symbol", symbol)), _ROWS, list))
        found = decode_each(
            rows,
            lambda row: self._parser.public_trade(symbol, _TRADE.decode(row)),
            self._malformed,
            "trades: unusable row",
        )
        return _newest(sorted(found, key=age_of_trade), limit)

    async def candles(self, symbol: str, interval: str, limit: int | None) -> list[Candle]:
        """Return the venue's latest candles, oldest first, cut to `limit` here. Source: GET /v1/klines"""
        rows = await self._of(
            symbol,
            self._api.public("/v1/klines", pairs(("symbol", symbol), ("period", PERIODS[interval])), _ROWS, list),
        )
        found = decode_each(
            rows,
            lambda row: self._parser.candle(symbol, interval, _CANDLE.decode(row)),
            self._malformed,
            "klines: unusable row",
        )
        return _newest(sorted(found, key=lambda candle: candle.time), limit)

    async def _of(self, symbol: str, read: Awaitable[T]) -> T:
        """Await a read of one pair; a refusal of one that the venue does not list says so.

        Raises `InstrumentNotFound` then: the venue's own refusal may mean anything.
        """
        try:
            return await read
        except VenueError as failure:
            if failure.http_status not in _REFUSED and failure.code is None:
                raise
            if symbol in await self.pairs():
                raise
            text = f"The venue has no pair {symbol!r:.40}"
            raise InstrumentNotFound(
                text,
                venue=self._parser.venue,
                code=failure.code,
                message=failure.message,
                http_status=failure.http_status,
            ) from failure


def age_of_trade(trade: Trade) -> tuple[int, int, str]:
    """Sort key: oldest first, prints of one ms by their ids."""
    return trade.time, len(trade.id or ""), trade.id or ""


def _newest(rows: list[T], limit: int | None) -> list[T]:
    return rows if limit is None else rows[max(len(rows) - limit, 0) :]
