"""The simulated venues' instruments: their pairs and what they are worth at the start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import Instrument, OrderLimits, PriceBand

HASHKEY_MENA = "hashkey-mena"
HASHKEY_GLOBAL = "hashkey-global"
CRYPTOCOM = "cryptocom"

_MAX_OPEN_ORDERS = 300  # maxEntrustNum of the document's exchangeInfo sample
_QUOTE_STEP = {"USDT": "0.00000001", "USD": "0.00000001", "AED": "0.00001"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One pair in short: steps, base bounds, and its price when the simulated world begins.

    Market orders take half of the largest quantity and value, as in the document's USDTAED sample.
    """

    base: str
    quote: str
    price: str
    tick: str
    lot: str
    min_quantity: str
    max_quantity: str
    min_notional: str
    max_notional: str
    band: str

    @property
    def symbol(self) -> str:
        return self.base + self.quote


def _terms(*fields: str) -> Terms:
    base, quote, price, tick, lot, min_quantity, max_quantity, min_notional, max_notional, band = fields
    return Terms(
        base=base,
        quote=quote,
        price=price,
        tick=tick,
        lot=lot,
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        min_notional=min_notional,
        max_notional=max_notional,
        band=band,
    )


HASHKEY_MENA_TERMS: tuple[Terms, ...] = (
    _terms("BTC", "USDT", "97250.40", "0.01", "0.00001", "0.00001", "100", "5", "5000000", "0.2"),
    _terms("ETH", "USDT", "3412.65", "0.01", "0.0001", "0.0001", "2000", "5", "5000000", "0.2"),
    _terms("SOL", "USDT", "184.37", "0.01", "0.001", "0.001", "20000", "5", "2000000", "0.2"),
    _terms("XRP", "USDT", "2.3418", "0.0001", "0.1", "0.1", "800000", "5", "2000000", "0.2"),
    _terms("LINK", "USDT", "15.842", "0.001", "0.01", "0.01", "100000", "5", "1000000", "0.2"),
    _terms("ADA", "USDT", "0.7316", "0.0001", "0.1", "0.1", "2000000", "5", "1000000", "0.2"),
    _terms("DOGE", "USDT", "0.21473", "0.00001", "1", "1", "8000000", "5", "1000000", "0.2"),
    _terms("LTC", "USDT", "96.18", "0.01", "0.001", "0.001", "20000", "5", "1000000", "0.2"),
    _terms("SHIB", "USDT", "0.00001384", "0.00000001", "100", "1000", "90000000000", "5", "1000000", "0.2"),
    _terms("BTC", "USD", "97241.0", "0.1", "0.00001", "0.0001", "50", "10", "5000000", "0.1"),
    _terms("ETH", "USD", "3412.3", "0.1", "0.0001", "0.001", "1000", "10", "2000000", "0.1"),
    _terms("USDT", "AED", "3.673", "0.001", "0.01", "0.3", "200000", "1", "733320", "0.1"),
    _terms("BTC", "AED", "357180", "1", "0.00001", "0.0001", "20", "40", "7300000", "0.1"),
)


HASHKEY_GLOBAL_TERMS: tuple[Terms, ...] = (
    _terms("BTC", "USDT", "97231.72", "0.01", "0.00001", "0.00001", "120", "5", "5000000", "0.2"),
    _terms("ETH", "USDT", "3411.88", "0.01", "0.0001", "0.0001", "2500", "5", "5000000", "0.2"),
    _terms("SOL", "USDT", "184.31", "0.01", "0.001", "0.001", "20000", "5", "2000000", "0.2"),
    _terms("XRP", "USDT", "2.3411", "0.0001", "0.1", "0.1", "800000", "5", "2000000", "0.2"),
    _terms("LINK", "USDT", "15.839", "0.001", "0.01", "0.01", "100000", "5", "1000000", "0.2"),
    _terms("ADA", "USDT", "0.7314", "0.0001", "0.1", "0.1", "2000000", "5", "1000000", "0.2"),
    _terms("DOGE", "USDT", "0.21468", "0.00001", "1", "1", "8000000", "5", "1000000", "0.2"),
    _terms("LTC", "USDT", "96.15", "0.01", "0.001", "0.001", "20000", "5", "1000000", "0.2"),
    _terms("SHIB", "USDT", "0.00001383", "0.00000001", "100", "1000", "90000000000", "5", "1000000", "0.2"),
    _terms("AVAX", "USDT", "38.274", "0.001", "0.01", "0.01", "100000", "5", "1000000", "0.2"),
    _terms("HSK", "USDT", "0.5127", "0.0001", "0.1", "1", "2000000", "5", "500000", "0.2"),
    _terms("BTC", "USD", "97228.5", "0.1", "0.00001", "0.0001", "50", "10", "5000000", "0.1"),
    _terms("ETH", "USD", "3411.6", "0.1", "0.0001", "0.001", "1000", "10", "2000000", "0.1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """One pair of a venue that publishes its digits alone: no bounds, no bands."""

    base: str
    quote: str
    price: str
    price_digits: int
    amount_digits: int

    @property
    def symbol(self) -> str:
        return (self.base + self.quote).lower()


def _digits(base: str, quote: str, price: str, price_digits: int, amount_digits: int) -> Digits:
    return Digits(base=base, quote=quote, price=price, price_digits=price_digits, amount_digits=amount_digits)


CRYPTOCOM_TERMS: tuple[Digits, ...] = (
    _digits("BTC", "USDT", "97244.85", 2, 6),
    _digits("ETH", "USDT", "3412.21", 2, 5),
    _digits("XRP", "USDT", "2.3415", 4, 1),
    _digits("LTC", "USDT", "96.17", 2, 3),
    _digits("LINK", "USDT", "15.8411", 4, 2),
    _digits("CRO", "USDT", "0.09214", 5, 0),
    _digits("ETH", "BTC", "0.035092", 6, 3),
    _digits("LTC", "BTC", "0.000989", 6, 2),
    _digits("XRP", "BTC", "0.00002408", 8, 0),
    _digits("CRO", "BTC", "0.00000095", 8, 0),
    _digits("BTC", "CRO", "1055403", 0, 6),
    _digits("ETH", "CRO", "37033", 0, 4),
)


def digits_only(venue: str, terms: Iterable[Digits]) -> tuple[Instrument, ...]:
    """Return the pairs of a venue that publishes nothing but digits."""
    return tuple(
        Instrument(
            venue=venue,
            symbol=each.symbol,
            base=each.base,
            quote=each.quote,
            tick_size=Decimal(1).scaleb(-each.price_digits),
            lot_size=Decimal(1).scaleb(-each.amount_digits),
        )
        for each in terms
    )


def start_prices(terms: Iterable[Terms | Digits] = HASHKEY_MENA_TERMS) -> dict[str, Decimal]:
    """Return the price of each pair when the simulated world begins."""
    return {each.symbol: Decimal(each.price) for each in terms}


def instruments_of(venue: str, terms: Iterable[Terms]) -> tuple[Instrument, ...]:
    """Return a venue's pairs."""
    return tuple(_instrument(venue, each) for each in terms)


def hashkey_mena_instruments() -> tuple[Instrument, ...]:
    """Return HashKey MENA's pairs, tiny prices (SHIB) and fiat quotes (USD, AED) among them."""
    return instruments_of(HASHKEY_MENA, HASHKEY_MENA_TERMS)


def _instrument(venue: str, terms: Terms) -> Instrument:
    band = PriceBand(buy_up=Decimal(terms.band), sell_down=Decimal(terms.band))
    max_quantity, max_notional = Decimal(terms.max_quantity), Decimal(terms.max_notional)
    return Instrument(
        venue=venue,
        symbol=terms.symbol,
        base=terms.base,
        quote=terms.quote,
        tick_size=Decimal(terms.tick),
        lot_size=Decimal(terms.lot),
        min_quantity=Decimal(terms.min_quantity),
        max_quantity=max_quantity,
        min_notional=Decimal(terms.min_notional),
        max_notional=max_notional,
        market_limits=OrderLimits(
            min_quantity=Decimal(terms.min_quantity),
            max_quantity=max_quantity / 2,
            min_notional=Decimal(terms.min_notional),
            max_notional=max_notional / 2,
        ),
        quote_step=Decimal(_QUOTE_STEP[terms.quote]),
        limit_band=band,
        market_band=band,
        max_open_orders=_MAX_OPEN_ORDERS,
    )
