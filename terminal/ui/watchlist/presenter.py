"""What the watchlist shows: groups by pair, a row per venue, best quotes marked. Qt-free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import InstrumentId
from terminal.market.freshness import Fresh
from terminal.ui import formatting
from terminal.ui.top_bar.presenter import change_token
from terminal.ui.watchlist.entries import Sort, WatchEntries

if TYPE_CHECKING:
    from terminal.market.market_data import MarketData

_CALM_RANGE = Decimal("0.002")
"""The least move, as a fraction of the price, that a small chart shows at full height."""

TakerFee = Callable[[InstrumentId], Decimal | None]
"""The taker fee of an instrument as a fraction, None while it is not known."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A pair over its venues. `spark` is scaled to 0 (lowest) .. 1 (highest), oldest first.

    `quote` is set where another pair has the same base: then the base alone does not name it.
    """

    pair: str
    base: str
    instrument: InstrumentId
    parts: tuple[str, str]
    change: str
    short_change: str
    change_token: str
    spark: tuple[float, ...]
    starred: bool
    is_live: bool
    quote: str = ""

    @property
    def spoken(self) -> str:
        return f"{self.pair} last {''.join(self.parts)}, {self.change} in 24 hours"


@dataclass(frozen=True, slots=True)
class VenueRow:
    """One venue's quote. `problem` says why it cannot be trusted now; None while it is live. `code` is the venue's name
    where room is short."""

    instrument: InstrumentId
    pair: str
    venue: str
    code: str
    bid: str
    ask: str
    age: str
    best_bid: bool
    best_ask: bool
    problem: str | None

    @property
    def spoken(self) -> str:
        state = f"age {self.age}" if self.problem is None else f"not live, {self.problem}"
        return f"{self.pair} {self.venue} bid {self.bid}, ask {self.ask}, {state}"


@dataclass(frozen=True, slots=True)
class CrossRow:
    """The best bid of one venue against the best ask of another."""

    pair: str
    label: str
    value: str

    @property
    def spoken(self) -> str:
        return f"{self.pair} {self.label} {self.value}"


Row = GroupRow | VenueRow | CrossRow


class WatchlistPresenter:
    """Builds rows from the hub. `rows` is cheap to call each frame: only changed quotes are formatted anew."""

    def __init__(self, market: MarketData, entries: WatchEntries, taker_fee: TakerFee | None = None) -> None:
        self._market = market
        self.entries = entries
        self._taker_fee = taker_fee
        self.filter = ""
        self._order: list[str] | None = None
        self._groups: dict[str, list[InstrumentId]] = {}
        self._bases: Counter[str] = Counter()
        self._sparks: dict[InstrumentId, tuple[Sequence[Decimal], tuple[float, ...]]] = {}
        self._cells: dict[InstrumentId, tuple[str, str]] = {}

    def regroup(self) -> None:
        """Group and order the watched instruments anew: after a change of the list, the filter or the order."""
        if not self.entries.is_own:
            # venues list their instruments in any order: theirs in the list is that in which they were opened
            place = {venue: index for index, venue in enumerate(self._market.venues)}
            listed = sorted(self._market.instruments.values(), key=lambda each: place.get(each.venue, len(place)))
            self.entries.follow(listed)
        words = self.filter.casefold().replace("/", " ").split()
        groups: dict[str, list[InstrumentId]] = {}
        for instrument in self.entries.instruments:
            pair = self.pair(instrument)
            text = f"{pair.replace('/', ' ')} {instrument.symbol} {self._venue(instrument.venue)}".casefold()
            if all(word in text for word in words):
                groups.setdefault(pair, []).append(instrument)
        self._groups = groups
        self._bases = Counter(pair.partition("/")[0] for pair in groups)
        self._order = self._ordered(list(groups))

    def _ordered(self, pairs: list[str]) -> list[str]:
        sort = self.entries.sort
        if sort is Sort.NAME:
            pairs.sort()
        elif sort is not Sort.ADDED:
            pairs.sort(key=self._weight, reverse=True)
        pairs.sort(key=lambda pair: not self.entries.is_starred(pair))
        return pairs

    def _weight(self, pair: str) -> Decimal:
        quote = self._market.hub.quote(self._lead(self._groups[pair]))
        value = quote.change if self.entries.sort is Sort.CHANGE else quote.quote_volume
        return Decimal("-Infinity") if value is None else value

    def pair(self, instrument: InstrumentId) -> str:
        rules = self._market.instruments.get(instrument)
        return instrument.symbol if rules is None else rules.pair

    def _venue(self, venue: str) -> str:
        return self._market.venue_name(venue, short=True) if venue in self._market.venues else venue

    def forget(self, changed: Iterable[InstrumentId] | None = None) -> None:
        """Format these quotes anew on the next call of `rows`; all of them with None."""
        if changed is None:
            self._cells.clear()
        else:
            for instrument in changed:
                self._cells.pop(instrument, None)

    def rows(self, now: int) -> list[Row]:
        """Return the rows from top to bottom at `now`, Unix ms."""
        if self._order is None:
            self.regroup()
        rows: list[Row] = []
        for pair in self._order or ():
            members = self._groups[pair]
            rows.append(self._group(pair, members))
            best_bid, best_ask = self._best(members)
            rows.extend(self._venue_row(member, pair, now, best_bid, best_ask) for member in members)
            cross = self._cross(pair, best_bid, best_ask)
            if cross is not None and len(members) > 1:
                rows.append(cross)
        return rows

    def counts(self) -> tuple[int, int]:
        """Return how many quotes are listed, and how many of them are not live."""
        listed = [member for members in self._groups.values() for member in members]
        stale = sum(1 for member in listed if self._market.hub.quote(member).freshness.state is not Fresh.LIVE)
        return len(listed), stale

    def footer(self) -> str:
        listed, stale = self.counts()
        text = f"{listed:,} quote{'' if listed == 1 else 's'}"
        return f"{text}, {stale:,} stale" if stale else text

    # rows

    def _lead(self, members: Sequence[InstrumentId]) -> InstrumentId:
        """Return the venue that stands for the pair: the first live one with a price."""
        for member in members:
            quote = self._market.hub.quote(member)
            if quote.last is not None and quote.freshness.is_reliable:
                return member
        return members[0]

    def _group(self, pair: str, members: Sequence[InstrumentId]) -> GroupRow:
        lead = self._lead(members)
        quote, rules = self._market.hub.quote(lead), self._market.instruments.get(lead)
        text = formatting.price(quote.last, rules)
        before = None if quote.previous_last is None else formatting.price(quote.previous_last, rules)
        return GroupRow(
            pair=pair,
            base=pair.partition("/")[0] if rules is None else rules.base,
            instrument=lead,
            parts=formatting.split_changed(before, text),
            change=formatting.percent(quote.change),
            short_change=formatting.percent(quote.change, 1).removesuffix(" %"),
            change_token=change_token(quote.change),
            spark=self._spark(lead),
            starred=self.entries.is_starred(pair),
            is_live=quote.freshness.is_reliable,
            quote=pair.partition("/")[2] if self._bases[pair.partition("/")[0]] > 1 else "",
        )

    def _spark(self, instrument: InstrumentId) -> tuple[float, ...]:
        closes = self._market.sparkline(instrument)
        known = self._sparks.get(instrument)
        if known is not None and known[0] is closes:
            return known[1]
        scaled = scale(closes)
        self._sparks[instrument] = (closes, scaled)
        return scaled

    def _venue_row(
        self,
        instrument: InstrumentId,
        pair: str,
        now: int,
        best_bid: InstrumentId | None,
        best_ask: InstrumentId | None,
    ) -> VenueRow:
        quote = self._market.hub.quote(instrument)
        cells = self._cells.get(instrument)
        if cells is None:
            rules = self._market.instruments.get(instrument)
            cells = (formatting.price(quote.bid, rules), formatting.price(quote.ask, rules))
            self._cells[instrument] = cells
        return VenueRow(
            instrument=instrument,
            pair=pair,
            venue=self._venue(instrument.venue),
            code=self._market.venue_code(instrument.venue) if instrument.venue in self._market.venues else "",
            bid=cells[0],
            ask=cells[1],
            age=formatting.age(quote.freshness.since_update(now)),
            best_bid=instrument == best_bid,
            best_ask=instrument == best_ask,
            problem=quote.freshness.reason,
        )

    def _best(self, members: Sequence[InstrumentId]) -> tuple[InstrumentId | None, InstrumentId | None]:
        """Return where to sell dearest and buy cheapest among live quotes; None with fewer than two venues."""
        if len(members) < 2:
            return None, None
        bids: list[tuple[Decimal, InstrumentId]] = []
        asks: list[tuple[Decimal, InstrumentId]] = []
        for member in members:
            quote = self._market.hub.quote(member)
            if not quote.freshness.is_reliable:
                continue
            if quote.bid is not None:
                bids.append((quote.bid, member))
            if quote.ask is not None:
                asks.append((quote.ask, member))
        best_bid = max(bids, key=lambda item: item[0])[1] if bids else None
        best_ask = min(asks, key=lambda item: item[0])[1] if asks else None
        return best_bid, best_ask

    def _cross(self, pair: str, best_bid: InstrumentId | None, best_ask: InstrumentId | None) -> CrossRow | None:
        if best_bid is None or best_ask is None:
            return None
        bid, ask = self._market.hub.quote(best_bid).bid, self._market.hub.quote(best_ask).ask
        if bid is None or ask is None or bid + ask <= 0:
            return None
        gain = (bid - ask) * 2 / (bid + ask)
        fees = [self._taker_fee(venue) if self._taker_fee else None for venue in (best_bid, best_ask)]
        known = [fee for fee in fees if fee is not None]
        label = "Cross-venue after fees" if len(known) == 2 else "Cross-venue before fees"
        if len(known) == 2:
            gain -= sum(known, Decimal(0))
        return CrossRow(pair, label, formatting.basis_points(gain, 1))


def scale(values: Sequence[Decimal]) -> tuple[float, ...]:
    """Return values scaled for drawing to the middle of 0..1, () below two values.

    A move of `_CALM_RANGE` or more fills the height; a smaller one stays as flat as it is, so that a pegged pair
    whose price flickers by a tick does not look like a market.
    """
    if len(values) < 2:
        return ()
    low, high = min(values), max(values)
    middle = (low + high) / 2
    span = max(high - low, abs(middle) * _CALM_RANGE)
    if span == 0:
        return (0.5,) * len(values)
    return tuple(0.5 + float((value - middle) / span) for value in values)
