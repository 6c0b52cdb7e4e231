"""Client order ids: short, plain, and never the same twice."""

from __future__ import annotations

import re

from terminal.trading.client_ids import ClientIds


def test_ids_are_short_and_plain() -> None:
    assert re.fullmatch(r"F[0-9A-Z]{16}", ClientIds(lambda: 1_800_000_000_000).mint())


def test_ids_differ_while_the_clock_stands_still_or_goes_back() -> None:
    times = iter([5_000, 5_000, 4_000, *([1] * 997)])
    ids = ClientIds(lambda: next(times))
    assert len({ids.mint() for _ in range(1_000)}) == 1_000


def test_ids_differ_over_restarts_at_the_same_time() -> None:
    assert len({ClientIds(lambda: 7).mint() for _ in range(200)}) == 200


def test_later_ids_sort_later() -> None:
    times = iter(range(1_000, 1_000_000, 9_973))
    ids = ClientIds(lambda: next(times))
    minted = [ids.mint() for _ in range(100)]
    assert minted == sorted(minted)
