"""The watchlist groups, marks and orders quotes by what is known and live."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import InstrumentId, StreamState
from terminal.ui.watchlist.entries import Sort, WatchEntries
from terminal.ui.watchlist.presenter import CrossRow, GroupRow, VenueRow, WatchlistPresenter, scale

BTC = InstrumentId("hashkey-mena", "BTCUSDT")


class Store:
    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def data(self, key: str) -> Any:
        return self.kept.get(key)

    def set_data(self, key: str, value: Any) -> None:
        self.kept[key] = value


@pytest.fixture
def presenter(market: Any) -> WatchlistPresenter:
    return WatchlistPresenter(market, WatchEntries())


@pytest.fixture
def second(market: Any, add_venue: Callable[[int], str]) -> InstrumentId:
    """BTC/USDT of another live venue, quoted dearer and with a wider spread."""
    instrument: InstrumentId = market.add_instrument(add_venue(1), "BTC", "USDT")
    market.set_quote(instrument, last="86961.00", bid="86960.21", ask="86961.43")
    return instrument


def shown(presenter: WatchlistPresenter, now: int = 0) -> list[str]:
    return [
        row.pair if isinstance(row, GroupRow) else row.venue if isinstance(row, VenueRow) else row.value
        for row in presenter.rows(now)
    ]


def test_one_venue_shows_its_quote_under_the_pair(presenter: WatchlistPresenter, clock: Any) -> None:
    group, venue = presenter.rows(clock.now + 41)
    assert isinstance(group, GroupRow)
    assert isinstance(venue, VenueRow)
    assert (group.pair, "".join(group.parts), group.change, group.short_change) == (
        "BTC/USDT", "86,960.43", "+0.76 %", "+0.8",
    )  # fmt: skip
    assert (venue.venue, venue.bid, venue.ask, venue.age) == ("HK MENA", "86,958.90", "86,960.38", "41ms")
    assert not venue.best_bid
    assert venue.problem is None


def test_the_best_quotes_over_venues_are_marked(presenter: WatchlistPresenter, second: InstrumentId) -> None:
    marks = {row.instrument: (row.best_bid, row.best_ask) for row in presenter.rows(0) if isinstance(row, VenueRow)}
    assert marks == {BTC: (False, True), second: (True, False)}


def test_a_stale_quote_is_never_best_and_says_why(
    presenter: WatchlistPresenter, second: InstrumentId, market: Any
) -> None:
    market.set_stream(second.venue, StreamState.STALE, "silent for 6 s")
    rows = [row for row in presenter.rows(0) if isinstance(row, VenueRow)]
    assert {row.instrument: row.best_bid for row in rows} == {BTC: True, second: False}
    assert {row.instrument: row.problem for row in rows} == {BTC: None, second: "silent for 6 s"}
    assert presenter.footer() == "2 quotes, 1 stale"


def test_the_cross_venue_line_says_whether_fees_are_in_it(market: Any, second: InstrumentId) -> None:
    without = WatchlistPresenter(market, WatchEntries()).rows(0)[-1]
    with_fees = WatchlistPresenter(market, WatchEntries(), lambda _: Decimal("0.001")).rows(0)[-1]
    assert isinstance(without, CrossRow)
    assert isinstance(with_fees, CrossRow)
    assert (without.label, without.value) == ("Cross-venue before fees", "0.0 bps")
    assert (with_fees.label, with_fees.value) == ("Cross-venue after fees", "−20.0 bps")


def test_there_is_no_cross_venue_line_for_one_venue(presenter: WatchlistPresenter) -> None:
    assert not [row for row in presenter.rows(0) if isinstance(row, CrossRow)]


def test_a_changed_quote_is_formatted_anew_only_when_told(presenter: WatchlistPresenter, market: Any) -> None:
    presenter.rows(0)
    market.set_quote(BTC, bid="86959.00")
    presenter.forget({BTC})
    row = presenter.rows(0)[1]
    assert isinstance(row, VenueRow)
    assert row.bid == "86,959.00"


def test_the_filter_takes_every_word(presenter: WatchlistPresenter, market: Any) -> None:
    market.add_instrument("hashkey-mena", "ETH", "USDT")
    presenter.filter = "usdt eth"
    presenter.regroup()
    assert shown(presenter) == ["ETH/USDT", "HK MENA"]
    presenter.filter = "mena doge"
    presenter.regroup()
    assert shown(presenter) == []


def test_stars_come_first_then_the_chosen_order(presenter: WatchlistPresenter, market: Any) -> None:
    for base, change in (("ADA", "0.01"), ("ETH", "0.05"), ("XRP", "-0.02")):
        market.set_quote(market.add_instrument("hashkey-mena", base, "USDT"), change=change, last="1")
    presenter.entries.toggle_star("XRP/USDT")

    def order(sort: Sort) -> list[str]:
        presenter.entries.set_sort(sort)
        presenter.regroup()
        return [row.base for row in presenter.rows(0) if isinstance(row, GroupRow)]

    assert order(Sort.ADDED) == ["XRP", "BTC", "ADA", "ETH"]
    assert order(Sort.NAME) == ["XRP", "ADA", "BTC", "ETH"]
    assert order(Sort.CHANGE) == ["XRP", "ETH", "ADA", "BTC"]


def test_an_unchanged_list_follows_the_venues_and_a_changed_one_does_not(market: Any) -> None:
    store = Store()
    entries = WatchEntries(store)
    presenter = WatchlistPresenter(market, entries)
    presenter.regroup()
    eth = market.add_instrument("hashkey-mena", "ETH", "USDT")
    presenter.regroup()
    assert list(entries.instruments) == [BTC, eth]
    entries.remove(BTC)
    market.add_instrument("hashkey-mena", "XRP", "USDT")
    presenter.regroup()
    assert list(entries.instruments) == [eth]
    assert list(WatchEntries(store).instruments) == [eth]


@pytest.mark.parametrize(
    "stored", [7, "x", {"instruments": [[1], "x", ["a", "b", "c"]]}, {"starred": 3, "sort": "colour"}, None]
)
def test_a_damaged_store_gives_the_default(stored: Any) -> None:
    store = Store()
    store.kept["watchlist"] = stored
    entries = WatchEntries(store)
    assert (entries.instruments, entries.sort) == ((), Sort.ADDED)


def test_everything_is_spoken(presenter: WatchlistPresenter, second: InstrumentId) -> None:
    spoken = [row.spoken for row in presenter.rows(41)]
    assert spoken[0] == "BTC/USDT last 86,960.43, +0.76 % in 24 hours"
    assert all(text.startswith("BTC/USDT") for text in spoken)


@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=4), max_size=60))
def test_a_sparkline_stays_in_its_box(values: list[Decimal]) -> None:
    scaled = scale(values)
    assert all(0 <= value <= 1 for value in scaled)
    assert len(scaled) == (len(values) if len(values) > 1 else 0)


def test_a_pegged_pair_that_flickers_by_a_tick_is_drawn_flat() -> None:
    pegged = scale([Decimal("3.673"), Decimal("3.672"), Decimal("3.673")])
    assert max(pegged) - min(pegged) < 0.15
    moving = scale([Decimal(100), Decimal(90), Decimal(110)])
    assert (min(moving), max(moving)) == (0.0, 1.0)
