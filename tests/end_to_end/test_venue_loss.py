"""The venue dies and comes back under the running window."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.end_to_end.processes import Look, Program, Simulator
from tests.end_to_end.test_trading import is_live, place_by_clicks

pytestmark = pytest.mark.window

D = Decimal
STALE_WITHIN_SECONDS = 1.0


def all_dead(seen: Look) -> bool:
    return bool(seen["book"]["state"] != "live" and seen["watchlist_stale"] > 0)


def test_a_killed_venue_is_marked_at_once_and_recovers_without_a_click(
    simulator: Simulator, start_program: Callable[..., Program]
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/market", {"freeze": True})
    seen = program.until(is_live)
    # far below the market: the flow that runs again after the restart must not reach it
    price = str(D(seen["book"]["bids"][0][0]) - 2_000)
    place_by_clicks(program, "buy", price, "0.01")
    before = program.until(lambda look: [order["state"] for order in look["orders"]] == ["Open"])

    simulator.kill()
    killed = time.monotonic()
    seen = program.until(all_dead)
    assert time.monotonic() - killed < STALE_WITHIN_SECONDS
    assert seen["book"]["reason"]
    assert [order["key"] for order in seen["orders"]] == [before["orders"][0]["key"]]

    simulator.start()
    seen = program.until(lambda look: is_live(look) and look["watchlist_stale"] == 0, seconds=60)
    seen = program.until(lambda look: [order["text"] for order in look["orders"]] == ["Open"], seconds=60)
    assert [order["key"] for order in seen["orders"]] == [before["orders"][0]["key"]]
    ledger = simulator.admin("/ledger")["orders"]
    assert [order["status"] for order in ledger] == ["open"]
    assert seen["history"] == []


def test_garbage_from_the_venue_is_counted_and_shows_no_wrong_number(
    simulator: Simulator, start_program: Callable[..., Program]
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    for kind in ("garbage", "nan", "negative", "wrong_type", "unknown_enum", "extra_fields"):
        simulator.admin("/faults", {"kind": kind, "channel": "depth", "probability": 0.3})
    seen = program.until(lambda look: look["malformed"] > 3)
    for side in ("bids", "asks"):
        assert all(float(price) > 0 and float(size) > 0 for price, size in seen["book"][side])
    assert seen["book"]["bids"][0] < seen["book"]["asks"][0]
    simulator.admin("/faults", {"rules": [], "clear": True})
    program.until(is_live)


def test_a_silent_feed_is_marked_stale_within_seconds(
    simulator: Simulator, start_program: Callable[..., Program]
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/faults", {"kind": "silence", "channel": "public"})
    silent = time.monotonic()
    seen = program.until(lambda look: look["book"]["state"] == "stale")
    assert time.monotonic() - silent < 8
    assert "no message" in seen["book"]["reason"]


def test_a_crossed_book_is_marked_and_repaired(simulator: Simulator, start_program: Callable[..., Program]) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/faults", {"kind": "crossed", "channel": "depth"})
    seen = program.until(lambda look: look["book"]["state"] == "stale")
    assert "crossed" in seen["book"]["reason"]
    simulator.admin("/faults", {"rules": [], "clear": True})
    program.until(is_live)
