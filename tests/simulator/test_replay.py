"""Replay: recorded books, prints and candles come out of the engine exactly as they went in."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import Level, OrderRequest, OrderStatus, OrderType, Side, Trade
from terminal.simulator.candles import CandleStore
from terminal.simulator.instruments import hashkey_mena_instruments, start_prices
from terminal.simulator.matching_engine import EngineEvents, FeeSchedule, IdSource, MatchingEngine
from terminal.simulator.replay import ReplayFlow, open_recordings, replayed_instruments
from terminal.simulator.replay_book import RecordedBook
from terminal.simulator.replay_files import BookMessage, symbol_of

D = Decimal
START = 1_723_161_255_000
NOW = 1_795_244_012_345

BOOK_HEADER = "ts_ms,recv_ns,kind,update_id,side,price,qty"
TRADES_HEADER = "ts_ms,recv_ns,trade_id,price,qty,side"
KLINES_HEADER = "open_time_ms,open,high,low,close,volume"

BOOK = [
    f"{START + 100},0,snapshot,1,bid,100.10,1.500",
    f"{START + 100},0,snapshot,1,bid,100.00,2.000",
    f"{START + 100},0,snapshot,1,ask,100.20,1.000",
    f"{START + 200},0,update,2,bid,100.10,0.000",
    f"{START + 200},0,update,2,ask,100.10,0.250",
    f"{START + 200},0,update,2,ask,99.00,0.000",
    f"{START + 300},0,update,3,bid,100.05,4.000",
]
TRADES = [
    f"{START},0,11,100.20,0.125,buy",
    f"{START + 150},0,12,100.10,1.500,sell",
    f"{START + 61_000},0,13,100.10,0.250,buy",
]


@dataclass
class Bench:
    """An engine and candles at a time that tests move, and where recordings are written."""

    folder: Path
    now: int = NOW
    prints: list[Trade] = field(default_factory=list)

    def __post_init__(self) -> None:
        instruments = hashkey_mena_instruments()
        self.engine = MatchingEngine(
            "hashkey-mena", instruments, clock=lambda: self.now, fees=FeeSchedule(), ids=IdSource()
        )
        self.engine.events = EngineEvents(trade=self.prints.append)
        self.candles = CandleStore(instruments, start_prices(), seed=1, now=self.now)

    def write(self, name: str, header: str, rows: Sequence[str]) -> Path:
        path = self.folder / f"{name}.csv.gz"
        with gzip.open(path, "wt") as text:
            text.write("\n".join([header, *rows]) + "\n")
        return path

    def replay(self, *paths: Path, speed: float = 1.0, rebase: bool = False) -> ReplayFlow:
        return ReplayFlow(self.engine, self.candles, open_recordings(paths), now=self.now, speed=speed, rebase=rebase)

    def run(self, flow: ReplayFlow, ms: int) -> None:
        for _ in range(0, ms, 50):
            self.now += 50
            flow.step(self.now)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def session(bench: Bench) -> tuple[Path, Path]:
    return (
        bench.write("binance_spot_btcusdt_20240809_l2", BOOK_HEADER, BOOK),
        bench.write("binance_spot_btcusdt_20240809_trades", TRADES_HEADER, TRADES),
    )


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("binance_spot_btcusdt_20240809_l2.csv.gz", "BTCUSDT"),
        ("binance_coinm_btcusd_perp_20240809_l2.csv.gz", "BTCUSD_PERP"),
        ("bitfinex_btcusd_1m_2018.csv.gz", "BTCUSD"),
        ("binance_usdm_ethusdt_1m_2025.csv", "ETHUSDT"),
    ],
)
def test_the_symbol_is_in_the_files_name(name: str, symbol: str) -> None:
    assert symbol_of(Path(name)) == symbol


def test_a_name_without_a_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match=r"recording\.csv"):
        symbol_of(Path("recording.csv"))


def test_tick_and_lot_are_as_fine_as_the_recorded_digits(session: tuple[Path, Path]) -> None:
    (instrument,) = replayed_instruments("sim", open_recordings(session), hashkey_mena_instruments())
    assert (instrument.symbol, instrument.tick_size, instrument.lot_size) == ("BTCUSDT", D("0.01"), D("0.001"))
    assert instrument.max_open_orders == 300


def test_messages_are_applied_whole_when_their_time_has_come(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 150)
    assert bench.engine.book("BTCUSDT") == (
        [(D("100.10"), D("1.500")), (D("100.00"), D(2))],
        [(D("100.20"), D(1))],
    )
    bench.run(flow, 50)
    assert bench.engine.book("BTCUSDT") == (
        [(D("100.00"), D(2))],
        [(D("100.10"), D("0.25")), (D("100.20"), D(1))],
    )
    assert not flow.finished


def test_prints_come_out_as_they_were_recorded_with_their_digits(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 62_000)
    assert flow.finished
    assert [(p.id, str(p.price), str(p.quantity), p.side, p.time) for p in bench.prints] == [
        ("11", "100.20", "0.125", Side.BUY, START),
        ("12", "100.10", "1.500", Side.SELL, START + 150),
        ("13", "100.10", "0.250", Side.BUY, START + 61_000),
    ]


def test_speed_plays_more_recorded_time_in_the_same_real_time(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session, speed=100)
    bench.run(flow, 650)
    assert flow.finished


def test_rebase_moves_the_recordings_beginning_to_now(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session, rebase=True)
    bench.run(flow, 200)
    assert [p.time for p in bench.prints] == [NOW, NOW + 150]


def test_a_late_step_catches_up(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.now += 70_000
    flow.step(bench.now)
    assert flow.finished
    assert bench.engine.book("BTCUSDT")[0][0] == (D("100.05"), D(4))


def test_candles_are_made_of_the_prints_alone(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 62_000)
    first, second = bench.candles.history("BTCUSDT", "1m", limit=10)
    minute = START // 60_000 * 60_000
    assert (first.t, first.o, first.h, first.l, first.c) == (minute, D("100.20"), D("100.20"), D("100.10"), D("100.10"))
    assert (first.v, first.n, first.tb) == (D("1.625"), 2, D("0.125"))
    assert (second.t, second.c, second.v) == (minute + 60_000, D("100.10"), D("0.25"))


def test_recorded_candles_take_the_place_of_those_made_of_prints(bench: Bench, session: tuple[Path, Path]) -> None:
    minute = START // 60_000 * 60_000
    rows = [f"{minute + n * 60_000},{100 + n},{103 + n},{99 + n},{101 + n},{7 + n}" for n in (-2, -1, 0, 1)]
    klines = bench.write("binance_spot_btcusdt_1m_2024", KLINES_HEADER, rows)
    flow = bench.replay(*session, klines)
    assert [bar.t for bar in bench.candles.history("BTCUSDT", "1m", limit=10)] == [minute - 120_000, minute - 60_000]
    bench.run(flow, 130_000)
    bars = bench.candles.history("BTCUSDT", "1m", limit=10)
    assert [(bar.o, bar.h, bar.l, bar.c, bar.v) for bar in bars] == [
        (D(100 + n), D(103 + n), D(99 + n), D(101 + n), D(7 + n)) for n in (-2, -1, 0, 1)
    ]
    (hour,) = bench.candles.history("BTCUSDT", "1h", limit=1)
    assert (hour.v, hour.c) == (D(26), D(102))


def test_rebased_candles_stay_on_whole_minutes(bench: Bench) -> None:
    klines = bench.write("binance_spot_btcusdt_1m_2024", KLINES_HEADER, [f"{60_000 * n},1,1,1,1,1" for n in (10, 11)])
    flow = bench.replay(klines, rebase=True)
    bench.run(flow, 61_000)
    assert flow.finished
    assert [bar.t % 60_000 for bar in bench.candles.history("BTCUSDT", "1m", limit=5)] == [0, 0]


def test_what_a_client_takes_is_back_with_the_next_message(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 200)
    bench.engine.open_account("ann", {"USDT": D(1000)})
    order = bench.engine.place(
        "ann", OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.MARKET, quantity=D("0.5"))
    )
    assert order.filled_value == D("0.25") * D("100.10") + D("0.25") * D("100.20")
    assert bench.engine.book("BTCUSDT")[1] == [(D("100.20"), D("0.75"))]
    bench.run(flow, 100)
    assert bench.engine.book("BTCUSDT")[1] == [(D("100.10"), D("0.25")), (D("100.20"), D(1))]


def test_a_clients_order_fills_when_the_recording_trades_through_it(bench: Bench, session: tuple[Path, Path]) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 100)
    bench.engine.open_account("ann", {"USDT": D(1000)})
    behind = OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.LIMIT, price=D("100.10"), quantity=D("0.1"))
    order = bench.engine.place("ann", behind)
    bench.run(flow, 50)
    # the print of 1.5 took exactly what stood before the order
    assert order.filled_quantity == 0
    bench.run(flow, 50)
    # the ask of 0.25 that arrived at its price met it, and stands as it was recorded
    assert order.status is OrderStatus.FILLED
    assert bench.engine.book("BTCUSDT")[1][0] == (D("100.10"), D("0.25"))


def test_size_that_crosses_a_resting_order_trades_with_it_once_for_each_time_it_was_recorded(
    bench: Bench, session: tuple[Path, Path]
) -> None:
    flow = bench.replay(*session)
    bench.run(flow, 150)
    bench.engine.open_account("ann", {"USDT": D(1000)})
    large = OrderRequest(symbol="BTCUSDT", side=Side.BUY, type=OrderType.LIMIT, price=D("100.15"), quantity=D(3))
    order = bench.engine.place("ann", large)
    bench.run(flow, 61_000)
    # the ask of 0.25 that arrived; message 3 does not offer it again
    assert order.filled_quantity == D("0.25")


@pytest.mark.parametrize(
    ("header", "rows", "rule"),
    [
        ("time,price", ["1,2"], "header"),
        (BOOK_HEADER, [], "no recorded row"),
        (BOOK_HEADER, ["1,0,update,1,bid,100"], "line 2: must have 7 fields"),
        (BOOK_HEADER, ["x,0,update,1,bid,100,1"], "line 2"),
        (BOOK_HEADER, ["1,0,update,1,left,100,1"], "side bid or ask"),
        (BOOK_HEADER, ["1,0,update,1,bid,NaN,1"], "NaN"),
        (BOOK_HEADER, ["1,0,update,1,bid,-5,1"], "negative"),
        (BOOK_HEADER, ["5,0,update,1,bid,1,1", "4,0,update,2,bid,1,1"], "line 3: times"),
        (TRADES_HEADER, ["1,0,1,100,1,up"], "line 2"),
    ],
)
def test_a_broken_recording_is_refused_before_it_plays(bench: Bench, header: str, rows: list[str], rule: str) -> None:
    path = bench.write("binance_spot_btcusdt_20240809_l2", header, rows)
    with pytest.raises(ValueError, match=rule):
        open_recordings([path])


def test_a_file_that_is_cut_off_is_refused(bench: Bench, session: tuple[Path, Path]) -> None:
    path = session[0]
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ValueError, match="l2"):
        open_recordings([path])


def test_a_replay_needs_files_and_a_positive_speed(bench: Bench, session: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        open_recordings([])
    with pytest.raises(ValueError, match="speed"):
        bench.replay(*session, speed=0)


# -- the cut to 200 levels

Change = tuple[Side, int, int]


def rebuilt(book: dict[Side, dict[Decimal, Decimal]]) -> tuple[list[Level], list[Level]]:
    """The best 200 a side of a full book, computed the plain way."""
    bids = sorted(book[Side.BUY].items(), reverse=True)[:200]
    asks = sorted(book[Side.SELL].items())[:200]
    return bids, asks


def changes(side: Side) -> st.SearchStrategy[Change]:
    # bids below 400, asks above: messages of a real venue never cross its book
    prices = st.integers(1, 400) if side is Side.BUY else st.integers(401, 800)
    return st.tuples(st.just(side), prices, st.integers(0, 3))


@given(st.lists(st.lists(st.sampled_from(list(Side)).flatmap(changes), min_size=1, max_size=60), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_every_message_the_engine_shows_the_best_200_levels(tmp_path: Path, messages: list[list[Change]]) -> None:
    bench = Bench(tmp_path)
    recorded = RecordedBook(bench.engine, "BTCUSDT")
    book: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
    whole = [(Side.BUY, price, 1) for price in range(150, 401)] + [(Side.SELL, price, 1) for price in range(401, 620)]
    for index, message in enumerate([whole, *messages]):
        rows = [(side, D(price), D(quantity)) for side, price, quantity in message]
        recorded.apply(BookMessage(index, "BTCUSDT", index == 0, rows))
        for side, price, quantity in rows:
            book[side][price] = quantity
            if quantity == 0:
                del book[side][price]
        assert bench.engine.book("BTCUSDT") == rebuilt(book)


def test_a_second_snapshot_replaces_the_whole_book(bench: Bench) -> None:
    recorded = RecordedBook(bench.engine, "BTCUSDT")
    recorded.apply(BookMessage(1, "BTCUSDT", True, [(Side.BUY, D(5), D(1)), (Side.SELL, D(6), D(1))]))
    recorded.apply(BookMessage(2, "BTCUSDT", True, [(Side.BUY, D(7), D(2)), (Side.SELL, D(8), D(2))]))
    assert bench.engine.book("BTCUSDT") == ([(D(7), D(2))], [(D(8), D(2))])


# -- a real session, where it is at hand

DATA = Path(os.environ.get("FATHOM_MARKET_DATA", Path(__file__).parents[3] / "shared" / "market-data"))
RECORDED_BOOK = DATA / "l2" / "binance_spot_btcusdt_20240809_l2.csv.gz"
RECORDED_TRADES = DATA / "trades" / "binance_spot_btcusdt_20240809_trades.csv.gz"


def recorded_rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as text:
        yield from csv.DictReader(text)


@pytest.mark.skipif(not RECORDED_BOOK.exists(), reason=f"no recorded session in {DATA} (FATHOM_MARKET_DATA)")
def test_a_real_session_ends_as_an_independent_rebuild_says(bench: Bench) -> None:
    flow = bench.replay(RECORDED_BOOK, RECORDED_TRADES, speed=20)
    steps = 0
    while not flow.finished:
        bench.run(flow, 500)
        steps += 1
        assert steps < 1000
    book: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
    for row in recorded_rows(RECORDED_BOOK):
        side = book[Side.BUY if row["side"] == "bid" else Side.SELL]
        side[D(row["price"])] = D(row["qty"])
    full = {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}
    assert bench.engine.book("BTCUSDT") == rebuilt(full)
    trades = list(recorded_rows(RECORDED_TRADES))
    assert [(p.id, p.price, p.quantity, p.side, p.time) for p in bench.prints] == [
        (row["trade_id"], D(row["price"]), D(row["qty"]), Side(row["side"]), int(row["ts_ms"])) for row in trades
    ]
    minute = int(trades[-1]["ts_ms"]) // 60_000 * 60_000
    last = [row for row in trades if int(row["ts_ms"]) >= minute]
    bar = bench.candles.current("BTCUSDT", "1m")
    assert bar is not None
    prices = [D(row["price"]) for row in last]
    assert (bar.t, bar.o, bar.h, bar.l, bar.c) == (minute, prices[0], max(prices), min(prices), prices[-1])
    assert (bar.v, bar.n) == (sum(D(row["qty"]) for row in last), len(last))
