"""The hub: state per message, dirty keys, and freshness that never lies."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import (
    BookDelta,
    BookSnapshot,
    Candle,
    InstrumentId,
    Level,
    Side,
    Source,
    StreamState,
    StreamStatus,
    Ticker,
    Trade,
)
from terminal.market.freshness import Fresh
from terminal.market.hub import AWAITING_SNAPSHOT, CROSSED, TIME_WENT_BACK, MarketHub
from terminal.market.topics import Changed, Topic

D = Decimal
BTC = InstrumentId("v", "BTCUSDT")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


def status(state: StreamState | str, reason: str | None = None, account: str | None = None) -> StreamStatus:
    return StreamStatus(venue="v", stream="market", state=StreamState(state), reason=reason, account=account)


def snapshot(
    bid: int = 10, ask: int = 11, time: int | None = None, source: Source = Source.STREAM, size: int = 1
) -> BookSnapshot:
    bids: list[Level] = [(D(bid), D(size))]
    asks: list[Level] = [(D(ask), D(size))]
    return BookSnapshot(venue="v", symbol="BTCUSDT", bids=bids, asks=asks, time=time, source=source)


def live_hub(clock: Clock | None = None) -> MarketHub:
    hub = MarketHub(clock or Clock())
    hub.on_event(status("live"))
    hub.take_changed()
    return hub


def test_a_message_changes_state_and_marks_its_key_once() -> None:
    hub = live_hub()
    hub.on_event(snapshot())
    hub.on_event(snapshot(size=2))
    assert hub.take_changed() == {Changed(Topic.BOOK, BTC)}
    assert hub.take_changed() == set()
    assert hub.book(BTC).book.bids.best == (D(10), D(2))
    assert hub.book(BTC).freshness.state is Fresh.LIVE


def test_nothing_is_live_before_the_stream_says_so() -> None:
    hub = MarketHub(Clock())
    assert hub.book(BTC).freshness.state is Fresh.WAITING
    hub.on_event(snapshot(source=Source.SNAPSHOT))
    assert hub.book(BTC).freshness.state is Fresh.STALE
    assert hub.book(BTC).freshness.reason == "not connected yet"


def test_a_lost_stream_makes_everything_stale_at_once_and_until_new_data() -> None:
    hub = live_hub()
    hub.on_event(snapshot(time=5))
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", last=D(10)))
    hub.on_event(status("down", "connection lost"))
    book, ticker = hub.book(BTC).freshness, hub.quote(BTC).freshness
    assert (book.state, book.reason) == (Fresh.DOWN, "connection lost")
    assert Changed(Topic.BOOK, BTC) in hub.take_changed()
    hub.on_event(status("connecting"))
    assert not book.is_reliable
    hub.on_event(status("live"))
    assert (book.state, book.reason) == (Fresh.STALE, AWAITING_SNAPSHOT)
    assert not ticker.is_reliable
    hub.on_event(snapshot(time=4, source=Source.SNAPSHOT))
    assert book.is_reliable


def test_a_crossed_book_is_stale_and_asks_for_repair() -> None:
    hub = live_hub()
    hub.on_event(snapshot(bid=12, ask=11))
    freshness = hub.book(BTC).freshness
    assert (freshness.state, freshness.reason) == (Fresh.STALE, CROSSED)
    assert hub.take_repairs() == {(BTC, "")}
    assert hub.take_repairs() == set()
    hub.on_event(snapshot())
    assert freshness.state is Fresh.LIVE


def test_a_stream_book_from_the_past_is_not_shown_and_is_reported() -> None:
    hub = live_hub()
    hub.on_event(snapshot(time=10, size=7))
    hub.on_event(snapshot(time=9, size=1))
    live = hub.book(BTC)
    assert live.book.bids.best == (D(10), D(7))
    assert live.freshness.reason == TIME_WENT_BACK
    assert hub.take_repairs() == {(BTC, "")}


def test_a_slow_rest_book_never_overwrites_a_newer_live_one() -> None:
    hub = live_hub()
    hub.on_event(snapshot(time=10, size=7))
    hub.on_event(snapshot(time=9, size=1, source=Source.SNAPSHOT))
    assert hub.book(BTC).book.bids.best == (D(10), D(7))
    assert hub.book(BTC).freshness.is_reliable


def test_a_delta_before_the_first_snapshot_is_ignored() -> None:
    hub = live_hub()
    hub.on_event(BookDelta(venue="v", symbol="BTCUSDT", bids=[(D(1), D(1))], asks=[]))
    assert hub.book(BTC).book.is_empty
    assert hub.book(BTC).freshness.state is Fresh.WAITING


def test_ticker_fields_a_message_lacks_keep_their_value() -> None:
    hub = live_hub()
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", last=D(10), high=D(12)))
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", bid=D(9), ask=D(11)))
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", last=D(13)))
    live = hub.quote(BTC)
    assert (live.last, live.previous_last, live.high, live.bid) == (D(13), D(10), D(12), D(9))


def test_a_rest_ticker_beside_a_live_stream_fills_only_what_is_missing() -> None:
    hub = live_hub()
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", bid=D(9), ask=D(11)))
    hub.seed_ticker(Ticker(venue="v", symbol="BTCUSDT", last=D(10), high=D(12), bid=D(1), ask=D(2)))
    live = hub.quote(BTC)
    assert (live.last, live.high, live.bid, live.ask) == (D(10), D(12), D(9), D(11))
    assert live.freshness.source is Source.STREAM


def test_a_listing_without_the_change_gets_what_its_prices_imply() -> None:
    hub = live_hub()
    hub.seed_ticker(Ticker(venue="v", symbol="BTCUSDT", last=D(11), open=D(10)))
    assert hub.quote(BTC).change == D("0.1")


def test_a_print_moves_the_last_price() -> None:
    hub = live_hub()
    hub.on_event(Ticker(venue="v", symbol="BTCUSDT", last=D(10)))
    hub.on_event(Trade(venue="v", symbol="BTCUSDT", price=D(11), quantity=D(1), side=Side.SELL, time=1))
    assert hub.quote(BTC).last == D(11)


def test_a_skipped_bar_is_noted_for_backfill() -> None:
    hub = live_hub()
    for minute in (1, 2, 5):
        hub.on_event(
            Candle(
                venue="v", symbol="BTCUSDT", interval="1m", time=minute * 60_000,
                open=D(1), high=D(1), low=D(1), close=D(1),
            )
        )  # fmt: skip
    assert hub.take_gaps() == {(BTC, "1m")}


def test_a_quiet_live_stream_stays_live_by_its_heartbeats() -> None:
    clock = Clock()
    hub = live_hub(clock)
    hub.on_event(snapshot())
    clock.now += 60_000
    hub.heard("v", clock.now - 200)
    freshness = hub.book(BTC).freshness
    assert freshness.is_reliable
    assert freshness.age(clock.now) == 200


def test_an_account_stream_says_nothing_about_market_data() -> None:
    hub = live_hub()
    hub.on_event(snapshot())
    hub.on_event(status("down", account="main"))
    assert hub.book(BTC).freshness.is_reliable
