"""Which instruments a typed text finds, best first. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terminal.domain import Instrument, InstrumentId
from terminal.ui import formatting
from terminal.ui.top_bar.presenter import change_token

if TYPE_CHECKING:
    from terminal.market.market_data import MarketData


@dataclass(frozen=True, slots=True)
class Match:
    instrument: InstrumentId
    pair: str
    venue_name: str
    last: str
    change: str
    change_token: str


def find_matches(market: MarketData, text: str, limit: int = 200) -> list[Match]:
    """Return the instruments that contain every word of `text` in pair, symbol or venue.

    Those whose base coin starts with the first word come first, then by pair and venue.
    """
    words = text.casefold().replace("/", " ").replace("-", " ").split()
    found: list[tuple[int, str, str, Instrument]] = []
    for instrument in market.instruments.values():
        name = market.venue_name(instrument.venue)
        haystack = f"{instrument.base} {instrument.quote} {instrument.symbol} {name}".casefold()
        if not all(word in haystack for word in words):
            continue
        found.append((_rank(instrument, words), instrument.pair, name, instrument))
    found.sort(key=lambda item: item[:3])
    return [_match(market, instrument, name) for _, _, name, instrument in found[:limit]]


def _rank(instrument: Instrument, words: Sequence[str]) -> int:
    if not words or instrument.base.casefold() == words[0]:
        return 0
    return 1 if instrument.base.casefold().startswith(words[0]) else 2


def _match(market: MarketData, instrument: Instrument, name: str) -> Match:
    quote = market.hub.quote(instrument.id)
    return Match(
        instrument.id,
        instrument.pair,
        name,
        formatting.price(quote.last, instrument),
        formatting.percent(quote.change),
        change_token(quote.change),
    )
