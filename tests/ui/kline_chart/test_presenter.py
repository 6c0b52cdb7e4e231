"""What the chart says: exact numbers, honest states, orders and fills in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import Candle, Fill, Instrument, InstrumentId, OrderStatus, Side, Source, StreamState, StreamStatus
from terminal.market.candles import CandleSeries, SeriesState
from terminal.market.freshness import Feed, Freshness
from terminal.market.hub import LiveTicker
from terminal.trading.desk_order import DeskOrder
from terminal.ui.kline_chart.presenter import ChartPresenter, countdown, describe, time_text
from terminal.ui.kline_chart.series import ChartSeries
from terminal.ui.kline_chart.slots import TimeSlots
from terminal.ui.kline_chart.studies import STUDIES

BTC = InstrumentId("hashkey-mena", "BTCUSDT")
NOW = 1_795_257_727_314

MakeCandle = Callable[..., Candle]


class Room:
    """A presenter over a series that the test fills."""

    def __init__(self, tick: str | None = "0.01") -> None:
        self.feed = Feed("hashkey-mena")
        self.source = CandleSeries(BTC, "1m", Freshness(self.feed))
        self.chart = ChartSeries(self.source)
        self.chart.set_studies(list(STUDIES))
        instrument = Instrument(
            venue=BTC.venue, symbol=BTC.symbol, base="BTC", quote="USDT",
            tick_size=None if tick is None else Decimal(tick), lot_size=Decimal("0.00001"),
        )  # fmt: skip
        self.presenter = ChartPresenter(self.chart, instrument, "BTC/USDT")
        self.quote = LiveTicker(BTC, self.feed)
        self.set_stream(StreamState.LIVE)

    def set_stream(self, state: StreamState, reason: str | None = None) -> None:
        self.feed.status = StreamStatus(venue="hashkey-mena", stream="market", state=state, reason=reason)

    def add(self, *candles: Candle) -> None:
        self.source.merge(candles)
        self.source.state = SeriesState.READY
        self.source.freshness.touch(Source.STREAM, NOW)
        self.chart.sync()

    def words(self, slot: int | None = None) -> str:
        return " ".join(run.text for group in self.presenter.readout(slot) for run in group)


@pytest.fixture
def room() -> Room:
    return Room()


def exact_candle(**prices: str) -> Candle:
    values: dict[str, Any] = {name: Decimal(value) for name, value in prices.items()}
    return Candle(venue=BTC.venue, symbol=BTC.symbol, interval="1m", time=NOW - NOW % 60_000, **values)


def test_the_readout_shows_the_last_candle_to_the_digit(room: Room) -> None:
    room.add(exact_candle(open="86917.09", high="86924.51", low="86903.34", close="86903.43", base_volume="4.080"))
    assert room.words() == "O 86,917.09 H 86,924.51 L 86,903.34 C 86,903.43 −0.02 % Vol 4.080"


def test_a_price_finer_than_the_tick_keeps_its_digits(room: Room) -> None:
    room.add(exact_candle(open="1.001", high="2", low="1", close="1.5"))
    assert room.words().startswith("O 1.001 H 2.00 L 1.00 C 1.50")


def test_a_venue_without_volumes_shows_none(room: Room) -> None:
    room.add(exact_candle(open="1", high="2", low="1", close="1.5"))
    assert "Vol" not in room.words()


def test_the_readout_follows_the_hovered_candle(room: Room, candle: MakeCandle) -> None:
    room.add(candle(2, 100), candle(0, 200))
    last = room.chart.arrays.last_slot
    assert "C 100.00" in room.words(last - 2)
    assert "C 200.00" in room.words(last)


def test_a_gap_is_called_one(room: Room, candle: MakeCandle) -> None:
    room.add(candle(2, 100), candle(0, 200))
    assert room.words(room.chart.arrays.last_slot - 1) == "No trades in this interval"


def test_colour_follows_the_candle(room: Room, candle: MakeCandle) -> None:
    room.add(candle(0, 100))
    assert room.presenter.readout(None)[0][1].colour == "buy_text"


def test_tiny_prices_are_compressed(room: Room) -> None:
    tiny = Room(tick="0.00000001")
    tiny.add(exact_candle(open="0.00000122", high="0.00000124", low="0.00000121", close="0.00000123"))
    assert "C 0.0(5)123" in tiny.words()
    assert room.presenter.tick == Decimal("0.01")


def test_a_venue_without_a_tick_shows_the_digits_of_its_candles() -> None:
    room = Room(tick=None)
    room.add(exact_candle(open="1.5", high="2", low="1", close="1.2345"))
    assert room.presenter.price_text(Decimal(2)) == "2.0000"


def test_the_legend_has_a_value_a_line_or_none_yet(room: Room, candle: MakeCandle) -> None:
    room.add(*(candle(age, 100) for age in range(29, -1, -1)))
    legend = {entry.title: entry.values for entry in room.presenter.legend(None)}
    assert legend == {"EMA 20": ("100.00",), "EMA 50": ("–",), "BOLL 20, 2": ("100.00", "100.00")}


def test_the_last_price_counts_down_to_the_close(room: Room, candle: MakeCandle) -> None:
    room.add(candle(0, 100))
    last = room.presenter.last_price(room.quote, NOW)
    assert last is not None
    assert (last.text, last.detail, last.is_up, last.is_reliable) == ("100.00", "00:53", True, True)


def test_a_stale_price_says_so_instead_of_counting(room: Room, candle: MakeCandle) -> None:
    room.add(candle(0, 100))
    room.set_stream(StreamState.STALE, "no heartbeat")
    last = room.presenter.last_price(room.quote, NOW + 6_200)
    assert last is not None
    assert (last.detail, last.is_reliable) == ("stale", False)
    assert room.presenter.warning(NOW + 6_200) == "Stale 6.2 s: no heartbeat"


def test_live_candles_carry_no_warning(room: Room, candle: MakeCandle) -> None:
    room.add(candle(0, 100))
    assert room.presenter.warning(NOW) is None
    assert room.presenter.notice() is None


def test_an_empty_chart_says_why(room: Room) -> None:
    def title() -> str:
        notice = room.presenter.notice()
        assert notice is not None
        return f"{notice.title}: {notice.detail}" if notice.detail else notice.title

    assert title() == "Loading candles"
    room.source.state, room.source.reason = SeriesState.FAILED, "code 1121"
    assert title() == "Candles could not be loaded: code 1121"
    room.source.state = SeriesState.READY
    assert title() == "No candles yet: Nothing has traded on BTC/USDT in the time the venue keeps."
    room.source.state = SeriesState.EMPTY
    room.set_stream(StreamState.DOWN, "connection refused")
    assert title() == "Waiting for the venue: connection refused"


@pytest.mark.parametrize(
    ("interval", "now", "left"),
    [
        ("1m", NOW, "00:53"),
        ("1m", NOW - NOW % 60_000, "01:00"),
        ("1m", NOW - NOW % 60_000 - 1, "00:01"),
        ("4h", NOW, "1:17:53"),
        ("1w", NOW, "4 d 13 h"),
        ("1M", NOW, "9 d 13 h"),
    ],
)
def test_the_countdown_runs_to_the_end_of_the_interval(interval: str, now: int, left: str) -> None:
    assert countdown(TimeSlots(interval), now) == left


@pytest.mark.parametrize(
    ("interval", "text"), [("1m", "21 Nov 10:42"), ("1d", "21 Nov 2026"), ("1M", "Nov 2026"), ("4h", "21 Nov 08:00")]
)
def test_times_are_told_as_fine_as_the_interval(interval: str, text: str) -> None:
    slots = TimeSlots(interval)
    assert time_text(slots, slots.slot(NOW)) == text


def test_the_crosshair_names_the_nearest_tick(room: Room, candle: MakeCandle) -> None:
    room.add(candle(0, 100))
    crosshair = room.presenter.crosshair(86_995.6049, room.chart.arrays.last_slot)
    assert room.presenter.rounded(86_995.6049) == Decimal("86995.60")
    assert (crosshair.price_text, crosshair.time_text) == ("86,995.60", "21 Nov 10:42")


def test_orders_say_side_quantity_and_filled_part(room: Room, order: Callable[..., DeskOrder]) -> None:
    lines = room.presenter.order_lines(
        [
            order("a", "99.5", filled_quantity=Decimal("0.045"), status=OrderStatus.PARTIALLY_FILLED),
            order("b", "101", side=Side.SELL),
            order("c", "98", status=OrderStatus.UNKNOWN, progress="asking, try 2"),
            order("d", "97", status=OrderStatus.PENDING_CANCEL),
            order("e", "96", checking=True),
        ]
    )
    assert [(line.title, line.note, line.price_text) for line in lines] == [
        ("Sell 0.12000", "", "101.00"),
        ("Buy 0.12000", "0.04500 filled", "99.50"),
        ("Buy 0.12000", "UNKNOWN, asking, try 2", "98.00"),
        ("Buy 0.12000", "cancelling", "97.00"),
        ("Buy 0.12000", "checking", "96.00"),
    ]
    assert [line.key for line in lines if line.is_uncertain] == ["c", "e"]
    assert [line.key for line in lines if line.cancel_reason] == ["d"]


def test_market_orders_and_ended_ones_have_no_line(room: Room, order: Callable[..., DeskOrder]) -> None:
    assert not room.presenter.order_lines([order(price="99", status=OrderStatus.FILLED)])
    market_order = order("m")
    assert not room.presenter.order_lines([replace(market_order, order=replace(market_order.order, price=None))])


def fill(price: str, quantity: str, side: Side, time: int, symbol: str = "BTCUSDT") -> Fill:
    return Fill(
        venue=BTC.venue, symbol=symbol, trade_id=f"{price}{time}", order_id="1", side=side, price=Decimal(price),
        quantity=Decimal(quantity), time=time,
    )  # fmt: skip


def test_fills_of_one_candle_are_summed_at_their_average(room: Room) -> None:
    marks = room.presenter.fill_marks(
        [
            fill("100", "1", Side.BUY, NOW),
            fill("103", "2", Side.BUY, NOW + 1),
            fill("110", "0.5", Side.SELL, NOW),
            fill("90", "1", Side.BUY, NOW - 60_000),
            fill("5", "1", Side.BUY, NOW, symbol="ETHUSDT"),
        ],
        BTC,
    )
    slot = room.chart.slots.slot(NOW)
    assert [(mark.slot, mark.price, mark.side, mark.text) for mark in marks] == [
        (slot - 1, 90.0, Side.BUY, "1.00000"),
        (slot, 102.0, Side.BUY, "3.00000"),
        (slot, 110.0, Side.SELL, "0.50000"),
    ]


def test_a_copied_candle_keeps_every_digit() -> None:
    candle = exact_candle(open="1.10", high="2", low="1", close="1.500", base_volume="0.10")
    assert describe(candle) == f"{candle.time}\t1.10\t2\t1\t1.500\t0.10"
