"""The soak command's own judgement, and a short run of it against a real simulator."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.performance.report import Row
from tests.soak.__main__ import Run
from tests.soak.figures import Injection, injection_rows, memory_rows, rate_row, slope

GOOD = Injection(kind="disconnect", venue="hashkey-mena", symbol=None, at=3.0, marked=0.01, repaired=2.0)


def test_a_fault_marked_and_repaired_in_time_is_no_complaint() -> None:
    assert GOOD.complaint() is None
    assert [row.met for row in injection_rows([GOOD])] == [True, True]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (replace(GOOD, marked=None), "never marked"),
        (replace(GOOD, marked=1.5), "marked after 1.50 s"),
        (replace(GOOD, still_trusted=("BTCUSDT book",)), "still shown as live: BTCUSDT book"),
        (replace(GOOD, repaired=None), "never repaired"),
        (replace(GOOD, repaired=20.0), "repaired after 20.00 s"),
        (replace(GOOD, unequal=("BTCUSDT",)), "not equal to the venue's: BTCUSDT"),
    ],
)
def test_each_failing_is_told_with_its_time_and_fails_its_row(wrong: Injection, told: str) -> None:
    complaint = wrong.complaint()
    assert complaint is not None
    assert told in complaint
    assert "3.0 s" in complaint
    assert [row.met for row in injection_rows([GOOD, wrong])].count(False) == 1


@given(st.floats(-10, 10), st.floats(0, 1000), st.integers(2, 50))
def test_the_slope_of_a_line_is_its_own(rise: float, start: float, count: int) -> None:
    assert slope([(10.0 * n, start + rise * 10 * n) for n in range(count)]) == pytest.approx(rise, abs=1e-6)


def test_memory_that_grows_is_not_called_flat() -> None:
    flat = [(120.0 + 10 * n, 200.0 + n % 3) for n in range(100)]
    growing = [(time, size + time * 0.05) for time, size in flat]
    assert all(row.met for row in memory_rows(flat))
    assert [row.met for row in memory_rows(growing)] == [False, False]
    assert [row.met for row in memory_rows(flat[:1])] == [None]


def test_a_rate_below_the_documented_one_times_the_pace_is_missed() -> None:
    assert rate_row("v", "books", [1300] * 9, documented=130, pace=10).met
    assert rate_row("v", "books", [600] * 9, documented=130, pace=10).met is False


@pytest.mark.parametrize("venue", ["hashkey-mena", "hashkey-global"])
async def test_a_short_run_marks_and_repairs_what_it_injects(venue: str) -> None:
    plan = ((0.1, "disconnect"), (0.2, "crossed book"), (0.3, "malformed frame"))
    run = Run(venue=venue, seconds=2, pace=1, plan=plan)
    rows = {row.name: row for row in await run.measure()}
    assert [injection.kind for injection in run.injections] == [kind for _, kind in plan]
    assert [injection.complaint() for injection in run.injections] == [None] * 3
    assert _value(rows["prints lost while live"]) == "0"
    assert _value(rows["own orders told otherwise than in the venue's ledger"]) == "0"


def _value(row: Row) -> str:
    return row.value
