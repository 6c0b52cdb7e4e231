"""The market as trading sees it: the touch of a live book, why it is stale, and prices of traded pairs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from terminal.domain import (
    BookSnapshot,
    InstrumentId,
    OrderRequest,
    OrderType,
    Side,
    Source,
    StreamState,
    StreamStatus,
    Ticker,
)
from terminal.market.hub import MarketHub
from terminal.market.market_data import MarketData
from terminal.trading.live_market import LiveMarket

BTC = InstrumentId("v", "BTCUSDT")
BUY = OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal(3))


@pytest.fixture
async def market() -> AsyncIterator[MarketData]:
    market = MarketData(MarketHub(lambda: 1_000), lambda: 1_000)
    yield market
    await market.close()


def tell_book(market: MarketData) -> None:
    market.hub.on_event(StreamStatus(venue="v", stream="public", state=StreamState.LIVE))
    market.hub.on_event(
        BookSnapshot(
            venue="v",
            symbol="BTCUSDT",
            bids=[(Decimal(99), Decimal(1)), (Decimal(98), Decimal(5))],
            asks=[(Decimal(101), Decimal(2)), (Decimal(103), Decimal(5))],
            source=Source.STREAM,
        )
    )


async def test_prices_are_the_touch_and_the_worst_that_would_be_reached(market: MarketData) -> None:
    tell_book(market)
    prices = LiveMarket(market).prices(BTC, BUY)
    assert (prices.bid, prices.ask, prices.worst, prices.stale) == (Decimal(99), Decimal(101), Decimal(103), None)


async def test_stale_book_says_why(market: MarketData) -> None:
    view = LiveMarket(market)
    assert view.prices(BTC, BUY).stale is not None
    tell_book(market)
    market.hub.on_event(StreamStatus(venue="v", stream="public", state=StreamState.DOWN, reason="no route"))
    assert view.prices(BTC, BUY).stale == "no route"


async def test_without_a_book_the_ticker_gives_the_touch(market: MarketData) -> None:
    market.hub.on_event(Ticker(venue="v", symbol="BTCUSDT", last=Decimal(100), bid=Decimal(98), ask=Decimal(102)))
    prices = LiveMarket(market).prices(BTC, BUY)
    assert (prices.bid, prices.ask, prices.last, prices.worst) == (Decimal(98), Decimal(102), Decimal(100), None)


async def test_unknown_instrument_and_pair_are_none(market: MarketData) -> None:
    view = LiveMarket(market)
    assert view.instrument(BTC) is None
    assert view.price_of("BTC", "USDT") is None
