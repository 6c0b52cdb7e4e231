"""HashKey's public requests: exchange rules, books, prints, candles, tickers, time.

Source: HashKey MENA document, sections "Public Market Data" and "Miscellaneous"; PROTOCOLS 2.4, 2.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal.domain import INTERVALS, Instrument, InstrumentStatus
from terminal.simulator.hashkey_books import MAX_LEVELS, BookView
from terminal.simulator.hashkey_coins import chain_row, coin_of, coin_row, listed_coin, need_coin
from terminal.simulator.hashkey_errors import HashKeyRefusal, illegal, missing
from terminal.simulator.hashkey_open_quote import UNSET, OpenQuote
from terminal.simulator.hashkey_payloads import amount, trade_row
from terminal.simulator.hashkey_profiles import Profile
from terminal.simulator.hashkey_quotes import Quotes
from terminal.simulator.hashkey_requests import read_limit, read_whole
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.world import VenueClock

_STATUS = {
    InstrumentStatus.TRADING: "TRADING",
    InstrumentStatus.HALTED: "HALT",
    InstrumentStatus.PREVIEW: "IN_PREVIEW",
    InstrumentStatus.UNKNOWN: "RESUMING",
}
_DEFAULT_KLINES = 500
_MAX_KLINES = 1000
_MAX_TRADES = 100
_MAX_SCALE = 5


class MarketApi:
    """Answers public requests. Every method takes the query's values and returns the decoded JSON body."""

    def __init__(
        self,
        engine: MatchingEngine,
        books: BookView,
        quotes: Quotes,
        clock: VenueClock,
        *,
        profile: Profile,
        listed: frozenset[str],
        windows: Mapping[str, OpenQuote],
    ) -> None:
        self._engine = engine
        self._books = books
        self._quotes = quotes
        self._clock = clock
        self._sites = profile.sites
        self._listed = listed
        self._windows = windows

    def ping(self, _sent: Mapping[str, str]) -> object:
        return {}

    def time(self, _sent: Mapping[str, str]) -> object:
        return {"serverTime": self._clock.server_time()}

    def exchange_info(self, sent: Mapping[str, str]) -> object:
        """With `symbol` the bare symbol object, without it the whole envelope, both of one site."""
        site = self._site(sent)
        lacks = self._sites.get(site or "", frozenset())
        tail = {} if site is None else {"site": site}
        if sent.get("symbol"):
            instrument = self._engine.instruments[self._symbol(sent)]
            if instrument.quote in lacks:
                raise HashKeyRefusal("0201")
            return {**self._info(instrument), **tail}
        listed = [each for each in self._engine.instruments.values() if each.quote not in lacks]
        return {
            "timezone": "UTC",
            "serverTime": self._clock.server_time(),
            "brokerFilters": [],
            "symbols": [{**self._info(instrument), **tail} for instrument in listed],
            "options": [],
            "contracts": [],
            "coins": [listed_coin(coin_of(asset)) for asset in sorted(self._listed)],
            **tail,
        }

    def _site(self, sent: Mapping[str, str]) -> str | None:
        """Return the site asked for, the first one by default; None where the venue knows no sites."""
        if not self._sites:
            return None
        site = sent.get("site") or next(iter(self._sites))
        if site not in self._sites:
            raise illegal("site")
        return site

    def depth(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        return self._books.depth(symbol, read_limit(sent, default=100, maximum=MAX_LEVELS))

    def merged_depth(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        scale = read_whole(sent, "scale") or 0
        if scale > _MAX_SCALE:
            raise illegal("scale")
        return self._books.merged(symbol, read_limit(sent, default=100, maximum=MAX_LEVELS), scale)

    def trades(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        limit = read_limit(sent, default=_MAX_TRADES, maximum=_MAX_TRADES)
        return [trade_row(trade) for trade in self._quotes.recent(symbol)[-limit:]]

    def klines(self, sent: Mapping[str, str]) -> object:
        symbol = self._symbol(sent)
        interval = sent.get("interval")
        if not interval:
            raise missing("interval")
        if interval not in INTERVALS:
            raise illegal("interval")
        return self._quotes.klines(
            symbol,
            interval,
            limit=read_limit(sent, default=_DEFAULT_KLINES, maximum=_MAX_KLINES),
            start=read_whole(sent, "startTime"),
            end=read_whole(sent, "endTime"),
        )

    def ticker_24h(self, sent: Mapping[str, str]) -> object:
        kind = sent.get("instType") or "SPOT"
        if kind not in ("SPOT", "FUTURES", "ANY"):
            raise illegal("instType")
        if kind == "FUTURES":
            return []
        rows = []
        for symbol in self._symbols(sent):
            bid, ask = self._books.touch(symbol)
            row = self._quotes.ticker_24h(symbol, bid[0] if bid else None, ask[0] if ask else None)
            if row is not None:
                rows.append(row)
        return rows

    def ticker_price(self, sent: Mapping[str, str]) -> object:
        prices = {symbol: self._quotes.last_price(symbol) for symbol in self._symbols(sent)}
        return [{"s": symbol, "p": amount(price)} for symbol, price in prices.items() if price is not None]

    def book_ticker(self, sent: Mapping[str, str]) -> object:
        return [self._books.book_ticker(self._symbol(sent))]

    def _symbol(self, sent: Mapping[str, str]) -> str:
        symbol = sent.get("symbol")
        if not symbol:
            raise missing("symbol")
        if symbol not in self._engine.instruments:
            raise HashKeyRefusal("0201")
        return symbol

    def _symbols(self, sent: Mapping[str, str]) -> list[str]:
        return [self._symbol(sent)] if sent.get("symbol") else list(self._engine.instruments)

    def coin_info(self, sent: Mapping[str, str]) -> object:
        name = sent.get("coinId")
        if not name:
            raise missing("coinId")
        coin = need_coin(name, self._listed)
        return {
            "timezone": "UTC",
            "serverTime": self._clock.server_time(),
            "coins": [coin_row(coin)],
            "chainTypes": [chain_row(chain) for chain in coin.chains],
        }

    def _info(self, instrument: Instrument) -> dict[str, object]:
        return symbol_info(instrument, self._windows.get(instrument.symbol, UNSET))


def symbol_info(instrument: Instrument, windows: OpenQuote) -> dict[str, object]:
    """Return one symbol of exchangeInfo, its seven filters in the document's order."""
    market = instrument.market_limits
    limit_band, market_band = instrument.limit_band, instrument.market_band
    return {
        "symbol": instrument.symbol,
        "symbolName": instrument.symbol,
        "status": _STATUS[instrument.status],
        "baseAsset": instrument.base,
        "baseAssetName": instrument.base,
        "baseAssetPrecision": amount(instrument.lot_size),
        "baseUcid": "",
        "quoteAsset": instrument.quote,
        "quoteAssetName": instrument.quote,
        "quotePrecision": amount(instrument.quote_step),
        "quoteUcid": "",
        "retailAllowed": True,
        "piAllowed": True,
        "corporateAllowed": True,
        "omnibusAllowed": True,
        "icebergAllowed": False,
        "isAggregate": False,
        "allowMargin": False,
        "filters": [
            {
                "minPrice": amount(instrument.tick_size),
                "maxPrice": "100000.00000000",
                "tickSize": amount(instrument.tick_size),
                "filterType": "PRICE_FILTER",
            },
            {
                "minQty": amount(instrument.min_quantity),
                "maxQty": amount(instrument.max_quantity),
                "stepSize": amount(instrument.lot_size),
                "marketOrderMinQty": amount(market.min_quantity if market else instrument.min_quantity),
                "marketOrderMaxQty": amount(market.max_quantity if market else instrument.max_quantity),
                "filterType": "LOT_SIZE",
            },
            {"minNotional": amount(instrument.min_notional), "filterType": "MIN_NOTIONAL"},
            {
                "minAmount": amount(instrument.min_notional),
                "maxAmount": amount(instrument.max_notional),
                "minBuyPrice": "0",
                "marketOrderMinAmount": amount(market.min_notional if market else instrument.min_notional),
                "marketOrderMaxAmount": amount(market.max_notional if market else instrument.max_notional),
                "filterType": "TRADE_AMOUNT",
            },
            {
                "maxSellPrice": "0",
                "buyPriceUpRate": amount(limit_band.buy_up if limit_band else None),
                "sellPriceDownRate": amount(limit_band.sell_down if limit_band else None),
                "maxEntrustNum": instrument.max_open_orders or 0,
                "filterType": "LIMIT_TRADING",
            },
            {
                "buyPriceUpRate": amount(market_band.buy_up if market_band else None),
                "sellPriceDownRate": amount(market_band.sell_down if market_band else None),
                "filterType": "MARKET_TRADING",
            },
            windows.row(),
        ],
    }
