"""Candles: a deep seeded history that is consistent over intervals, and every print added to it."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain import INTERVAL_MS, INTERVALS, Side, Trade
from terminal.domain.numbers import is_multiple
from terminal.simulator.candle_seed import bucket_start, next_bucket
from terminal.simulator.candles import CandleStore, SimCandle
from terminal.simulator.instruments import hashkey_mena_instruments, start_prices

D = Decimal
NOW = 1_795_244_012_345
MINUTE = 60_000
SYMBOLS = [instrument.symbol for instrument in hashkey_mena_instruments()]


def store(seed: int = 1, now: int = NOW) -> CandleStore:
    return CandleStore(hashkey_mena_instruments(), start_prices(), seed=seed, now=now)


def trade(time: int, price: str, quantity: str = "1", side: Side = Side.BUY, symbol: str = "BTCUSDT") -> Trade:
    return Trade(venue="sim", symbol=symbol, price=D(price), quantity=D(quantity), side=side, time=time)


@pytest.fixture(scope="module")
def seeded() -> CandleStore:
    return store()


# -- the seeded history


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_has_a_thousand_bars_without_gaps(seeded: CandleStore, interval: str) -> None:
    bars = seeded.history("BTCUSDT", interval, limit=5000)
    # a thousand months would begin before 1970, where the venue's times begin
    assert len(bars) >= (680 if interval == "1M" else 1000)
    assert all(later.t == next_bucket(earlier.t, interval) for earlier, later in itertools.pairwise(bars))
    assert bars[-1].t == bucket_start(NOW, interval)


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("interval", ["1m", "1h", "1d", "1M"])
def test_every_bar_is_sound(seeded: CandleStore, symbol: str, interval: str) -> None:
    instrument = next(instrument for instrument in hashkey_mena_instruments() if instrument.symbol == symbol)
    assert instrument.tick_size is not None
    assert instrument.lot_size is not None
    for bar in seeded.history(symbol, interval, limit=1000):
        assert bar.l <= min(bar.o, bar.c) <= max(bar.o, bar.c) <= bar.h
        assert bar.l > 0
        assert bar.v > 0
        assert bar.n > 0
        assert 0 <= bar.tb <= bar.v
        assert bar.l * bar.v <= bar.qv <= bar.h * bar.v
        assert all(is_multiple(price, instrument.tick_size) for price in (bar.o, bar.h, bar.l, bar.c))
        assert is_multiple(bar.v, instrument.lot_size)


def test_the_history_ends_at_the_start_price_on_every_interval(seeded: CandleStore) -> None:
    for symbol, price in start_prices().items():
        for interval in INTERVALS:
            current = seeded.current(symbol, interval)
            assert current is not None
            assert current.c == price


@pytest.mark.parametrize(("small", "large"), [("1m", "5m"), ("1m", "1h"), ("15m", "4h"), ("1h", "1d"), ("1d", "1w")])
def test_larger_bars_are_made_of_the_smaller_ones(seeded: CandleStore, small: str, large: str) -> None:
    bars = seeded.history("ETHUSDT", small, limit=1000)
    by_bucket: dict[int, list[SimCandle]] = {}
    for bar in bars:
        by_bucket.setdefault(bucket_start(bar.t, large), []).append(bar)
    whole = sorted(by_bucket)[1:]  # the first may be cut off
    compared = {bar.t: bar for bar in seeded.history("ETHUSDT", large, limit=1000)}
    assert len(whole) > 10
    for start in whole:
        parts, bar = by_bucket[start], compared[start]
        assert (bar.o, bar.c) == (parts[0].o, parts[-1].c)
        assert (bar.h, bar.l) == (max(part.h for part in parts), min(part.l for part in parts))
        assert bar.v == sum(part.v for part in parts)
        assert bar.qv == sum(part.qv for part in parts)
        assert bar.n == sum(part.n for part in parts)


def test_history_is_the_same_for_the_same_seed_whatever_is_asked_first() -> None:
    first, second = store(), store()
    second.history("SOLUSDT", "1w", limit=10)
    second.history("BTCUSDT", "1d", limit=10)
    assert first.history("BTCUSDT", "1m", limit=500) == second.history("BTCUSDT", "1m", limit=500)
    assert first.history("BTCUSDT", "1m", limit=500) != store(seed=2).history("BTCUSDT", "1m", limit=500)


def test_a_range_is_read_from_its_start_and_an_open_end_from_the_newest(seeded: CandleStore) -> None:
    newest = seeded.history("BTCUSDT", "1m", limit=10)
    assert newest[-1].t == NOW // MINUTE * MINUTE
    start, end = newest[2].t, newest[7].t
    assert seeded.history("BTCUSDT", "1m", limit=3, start=start) == newest[2:5]
    assert seeded.history("BTCUSDT", "1m", limit=3, end=end) == newest[5:8]
    assert seeded.history("BTCUSDT", "1m", limit=100, start=start, end=end) == newest[2:8]
    assert seeded.history("BTCUSDT", "1m", limit=5, start=NOW + MINUTE) == []


@pytest.mark.parametrize(("symbol", "interval"), [("NOPE", "1m"), ("BTCUSDT", "7m")])
def test_an_unknown_symbol_or_interval_is_a_key_error(seeded: CandleStore, symbol: str, interval: str) -> None:
    with pytest.raises(KeyError):
        seeded.history(symbol, interval, limit=1)


# -- buckets


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(INTERVALS))
def test_a_time_lies_in_its_bucket_and_buckets_touch(time: int, interval: str) -> None:
    start = bucket_start(time, interval)
    following = next_bucket(start, interval)
    assert start <= time < following
    assert bucket_start(start, interval) == start
    assert bucket_start(following, interval) == following
    assert bucket_start(following - 1, interval) == start


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    week = datetime.fromtimestamp(bucket_start(NOW, "1w") / 1000, UTC)
    month = datetime.fromtimestamp(bucket_start(NOW, "1M") / 1000, UTC)
    assert (week.weekday(), week.hour) == (0, 0)
    assert (month.day, month.hour) == (1, 0)


# -- prints


def test_a_print_moves_the_open_bar_of_every_interval() -> None:
    candles = store()
    before = {interval: candles.current("BTCUSDT", interval) for interval in INTERVALS}
    volumes = {interval: bar.v for interval, bar in before.items() if bar is not None}
    candles.on_trade(trade(NOW, "999999.99", "0.5", Side.SELL))
    for interval in INTERVALS:
        bar = candles.current("BTCUSDT", interval)
        assert bar is not None
        assert (bar.h, bar.c) == (D("999999.99"), D("999999.99"))
        assert bar.v == volumes[interval] + D("0.5")


def test_a_new_minute_opens_with_its_first_print() -> None:
    candles = store()
    opened = NOW // MINUTE * MINUTE + MINUTE
    candles.on_trade(trade(opened + 5, "97300.00", "2"))
    candles.on_trade(trade(opened + 9, "97200.00", "1", Side.SELL))
    bar = candles.current("BTCUSDT", "1m")
    assert bar == SimCandle(
        opened,
        D("97300.00"),
        D("97300.00"),
        D("97200.00"),
        D("97200.00"),
        D(3),
        D("291800.00"),
        2,
        D(2),
        D("194600.00"),
    )


def test_minutes_without_a_print_stand_at_the_last_close() -> None:
    candles = store()
    candles.on_time(NOW + 3 * MINUTE, ["BTCUSDT"])
    last = candles.history("BTCUSDT", "1m", limit=3)
    assert [(bar.o, bar.h, bar.l, bar.c, bar.v, bar.n) for bar in last] == [(D("97250.40"),) * 4 + (D(0), 0)] * 3
    assert last[-1].t == (NOW + 3 * MINUTE) // MINUTE * MINUTE


def test_a_print_older_than_the_open_bar_changes_nothing() -> None:
    candles = store()
    before = candles.history("BTCUSDT", "1m", limit=3)
    candles.on_trade(trade(NOW - 5 * MINUTE, "1.00"))
    assert candles.history("BTCUSDT", "1m", limit=3) == before


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400_000), st.integers(1, 50), st.integers(1, 9), st.sampled_from(list(Side))),
        min_size=1,
        max_size=40,
    )
)
def test_intervals_agree_however_early_they_were_first_asked_for(
    prints: list[tuple[int, int, int, Side]],
) -> None:
    early, late = (CandleStore(hashkey_mena_instruments(), {}, seed=1, now=NOW) for _ in range(2))
    for interval in INTERVALS:
        early.history("LTCUSDT", interval, limit=1)
    time = NOW
    for wait, price, quantity, side in prints:
        time += wait
        for candles in (early, late):
            candles.on_trade(trade(time, str(price), str(quantity), side, "LTCUSDT"))
    for interval in INTERVALS:
        assert early.history("LTCUSDT", interval, limit=50) == late.history("LTCUSDT", interval, limit=50)


# -- the day


def test_the_ticker_sums_up_the_last_24_hours() -> None:
    candles = store()
    minutes = candles.history("ETHUSDT", "1m", limit=1440)
    day = candles.ticker24h("ETHUSDT")
    assert day is not None
    assert (day.open, day.last) == (minutes[0].o, minutes[-1].c)
    assert (day.high, day.low) == (max(bar.h for bar in minutes), min(bar.l for bar in minutes))
    assert day.base_volume == sum(bar.v for bar in minutes)
    assert day.quote_volume == sum(bar.qv for bar in minutes)


def test_the_ticker_moves_with_prints_and_with_time() -> None:
    candles = store()
    candles.ticker24h("ETHUSDT")
    candles.on_trade(trade(NOW + 1, "9999.99", "7", symbol="ETHUSDT"))
    day = candles.ticker24h("ETHUSDT")
    assert day is not None
    assert (day.high, day.last) == (D("9999.99"), D("9999.99"))
    candles.on_time(NOW + 600 * MINUTE, ["ETHUSDT"])
    minutes = candles.history("ETHUSDT", "1m", limit=1440)
    later = candles.ticker24h("ETHUSDT")
    assert later is not None
    assert later.base_volume == sum(bar.v for bar in minutes)
    assert later.open == minutes[0].o


def test_a_symbol_without_a_start_price_begins_with_its_first_print() -> None:
    candles = CandleStore(hashkey_mena_instruments(), {}, seed=1, now=NOW)
    assert candles.current("BTCUSDT", "1m") is None
    assert candles.ticker24h("BTCUSDT") is None
    assert candles.last_price("BTCUSDT") is None
    candles.on_trade(trade(NOW, "5.00"))
    assert [bar.c for bar in candles.history("BTCUSDT", "1h", limit=5)] == [D("5.00")]


# -- state


def test_candles_go_on_where_they_were_after_a_restart() -> None:
    candles = store()
    candles.on_trade(trade(NOW + MINUTE, "97300.12", "0.25"))
    candles.on_trade(trade(NOW + 4 * MINUTE, "97310.00", "0.5"))
    candles.ticker24h("SHIBUSDT")
    state = json.loads(json.dumps(candles.export_state()))
    # another start, an hour later and with another seed: what was kept decides
    again = store(seed=9, now=NOW + 60 * MINUTE)
    again.import_state(state)
    assert again.export_state() == state
    for interval in ("1m", "1h", "1d"):
        assert again.history("BTCUSDT", interval, limit=500) == candles.history("BTCUSDT", interval, limit=500)
    again.on_time(NOW + 60 * MINUTE, ["BTCUSDT"])
    bars = again.history("BTCUSDT", "1m", limit=62)
    assert all(later.t - earlier.t == INTERVAL_MS["1m"] for earlier, later in itertools.pairwise(bars))
    assert bars[-1].c == D("97310.00")


@pytest.mark.parametrize("missing", ["seed", "began", "prices", "minutes"])
def test_state_that_lacks_a_part_is_refused_by_name(missing: str) -> None:
    state = store().export_state()
    del state[missing]
    with pytest.raises(ValueError, match=missing):
        store().import_state(state)
