"""A recorded real session through the venue's wire: what the window shows equals a rebuild from the file.

The recordings are not part of the repository: FATHOM_MARKET_DATA names their folder (default: `shared/market-data`
beside the repository), and the test is skipped where there is none. A small made-up session in the same format is
replayed everywhere.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import os
from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import REPOSITORY, Program, Simulator

pytestmark = [pytest.mark.window, pytest.mark.timeout(300)]

D = Decimal
LEVELS = 200
MINUTE = 60_000
NAME = "binance_spot_btcusdt_20240809"
RECORDED = Path(os.environ.get("FATHOM_MARKET_DATA", REPOSITORY.parent / "shared" / "market-data"))

Side = dict[Decimal, Decimal]


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


@cache
def rebuilt_book(path: Path) -> tuple[list[list[Decimal]], list[list[Decimal]]]:
    """Apply every row of the file to two plain dicts; return the best 200 levels of each side."""
    sides: dict[str, Side] = {"bid": {}, "ask": {}}
    for row in rows_of(path):
        price, size = D(row["price"]), D(row["qty"])
        if size:
            sides[row["side"]][price] = size
        else:
            sides[row["side"]].pop(price, None)
    bids = sorted(sides["bid"].items(), reverse=True)[:LEVELS]
    asks = sorted(sides["ask"].items())[:LEVELS]
    return [list(level) for level in bids], [list(level) for level in asks]


def recorded_trades(path: Path) -> list[dict[str, str]]:
    return list(rows_of(path))


def last_candle(trades: list[dict[str, str]], shift: int) -> list[Decimal]:
    """Open, high, low, close and volume of the last minute; `shift` is how far the replay moved the times."""
    newest = (int(trades[-1]["ts_ms"]) + shift) // MINUTE
    within = [row for row in trades if (int(row["ts_ms"]) + shift) // MINUTE == newest]
    prices = [D(row["price"]) for row in within]
    return [prices[0], max(prices), min(prices), prices[-1], sum((D(row["qty"]) for row in within), D(0))]


def grouped(levels: list[list[Decimal]], step: Decimal, rounding: str) -> Side:
    rows: Side = {}
    for price, size in levels:
        row = (price / step).to_integral_value(rounding=rounding) * step
        rows[row] = rows.get(row, D(0)) + size
    return rows


def plain(text: str) -> Decimal:
    return D(text.replace(",", ""))


def is_written(exact: Decimal, shown: str) -> bool:
    """Tell whether `shown` is `exact` in as many digits as the ladder's column holds."""
    if not shown:
        return exact == 0
    if shown.startswith("<"):
        return 0 < exact < plain(shown[1:])
    return plain(shown) == round(exact, len(shown.partition(".")[2]))


def check_window(l2: Path, trades: list[dict[str, str]], seen: dict[str, Any]) -> None:
    bids, asks = rebuilt_book(l2)
    assert [[D(p), D(q)] for p, q in seen["bids"]] == bids
    assert [[D(p), D(q)] for p, q in seen["asks"]] == asks
    # the painted ladder: every row of the visible window, in its grouping
    step = D(seen["ladder_step"])
    rows = {"bid": grouped(bids, step, ROUND_FLOOR), "ask": grouped(asks, step, ROUND_CEILING)}
    painted = [row for row in seen["ladder"] if row[0] in rows]
    assert len(painted) > 10
    for half, shown_price, shown_size in painted:
        expected = rows[half].get(plain(shown_price), D(0))
        assert is_written(expected, shown_size), (half, shown_price, shown_size, expected)
    # the tape, newest last, as far as its ring reaches
    shown = seen["trades"]
    expected_trades = [[D(r["price"]), D(r["qty"]), r["side"]] for r in trades[-len(shown) :]]
    assert len(shown) == min(len(trades), 2_000)
    assert [[D(t[1]), D(t[2]), t[3]] for t in shown] == expected_trades
    painted_tape = [[plain(price), plain(size), side] for price, size, side in seen["tape"]]
    assert painted_tape == expected_trades[::-1][: len(painted_tape)]
    assert len(painted_tape) > 5


def replay(tmp_path: Path, start: Callable[..., Program], l2: Path, trades: Path, speed: str) -> None:
    simulator = Simulator(tmp_path, "--replay", str(l2), str(trades), "--speed", speed, "--rebase")
    try:
        program = start(simulator)
        program.until(lambda look: look["book"]["state"] == "live")
        program.until(lambda _: simulator.admin("/ledger")["replay_finished"], seconds=120)
        recorded = recorded_trades(trades)

        def arrived(_: object) -> bool:
            # the last push of the book, the last prints and the frame that paints them may still be on their way
            try:
                check_window(l2, recorded, program.do("record", interval="1m"))
            except AssertionError:
                return False
            return True

        with contextlib.suppress(AssertionError):  # what differs is told below
            program.until(arrived, seconds=15)
        seen = program.do("record", interval="1m")
        check_window(l2, recorded, seen)
        # the replay says when its last print happened in moved time
        ledger = simulator.admin("/ledger")
        shift = int(ledger["replay_shift"])
        candle = last_candle(recorded, shift)
        assert [D(value) for value in seen["candle"]] == candle
        assert [plain(text) for text in seen["readout"][1:8:2]] == candle[:4]
    finally:
        simulator.stop()


@pytest.mark.skipif(not (RECORDED / "l2").is_dir(), reason=f"no recorded market data in {RECORDED.name}")
def test_a_recorded_session_is_shown_to_the_digit(tmp_path: Path, start_program: Callable[..., Program]) -> None:
    l2, trades = RECORDED / "l2" / f"{NAME}_l2.csv.gz", RECORDED / "trades" / f"{NAME}_trades.csv.gz"
    replay(tmp_path, start_program, l2, trades, "40")


def test_a_made_up_session_is_shown_to_the_digit(tmp_path: Path, start_program: Callable[..., Program]) -> None:
    l2, trades = tmp_path / f"{NAME}_l2.csv.gz", tmp_path / f"{NAME}_trades.csv.gz"
    start = 1_723_161_255_408
    with gzip.open(l2, "wt") as file:
        file.write("ts_ms,recv_ns,kind,update_id,side,price,qty\n")
        for index in range(260):
            for side, level in (("bid", D("61837.63") - index * D("0.07")), ("ask", D("61837.64") + index * D("0.05"))):
                file.write(f"{start},0,snapshot,1,{side},{level}000000,{D(index + 1) / 1000:.5f}000\n")
        for update in range(2, 200):
            moment = start + update * 50
            drift = update % 7
            file.write(f"{moment},0,update,{update},bid,{D('61837.63') - drift * D('0.07')}000000,0.{update:05d}000\n")
            file.write(f"{moment},0,update,{update},ask,{D('61837.64') + drift * D('0.05')}000000,")
            file.write(f"{'0.00000000' if update % 3 == 0 else f'1.{update:05d}000'}\n")
    with gzip.open(trades, "wt") as file:
        file.write("ts_ms,recv_ns,trade_id,price,qty,side\n")
        for number in range(300):
            side, price = ("buy", "61837.64000000") if number % 3 else ("sell", "61837.63000000")
            file.write(f"{start + number * 30},0,{9000 + number},{price},0.{number + 1:05d}000,{side}\n")
    replay(tmp_path, start_program, l2, trades, "2")
