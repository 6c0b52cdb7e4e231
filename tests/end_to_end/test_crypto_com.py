"""Crypto.com beside HashKey in one window: both markets live, orders by clicks, its own book steps and order terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.processes import Look, Program, Simulator
from tests.end_to_end.test_order_kinds import frozen, is_live, picture, send

pytestmark = pytest.mark.window

D = Decimal
Start = Callable[..., Program]
VENUE, SYMBOL = "cryptocom", "btcusdt"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """All venues at once; admin commands go to Crypto.com."""
    simulator = Simulator(tmp_path, name=VENUE, serves="all")
    yield simulator
    simulator.stop()


@pytest.fixture
def program(simulator: Simulator, start_program: Start) -> Program:
    program = start_program(simulator)
    program.until(is_live)
    program.do("select", venue=VENUE, symbol=SYMBOL)
    program.until(lambda seen: seen["instrument"] == [VENUE, SYMBOL] and is_live(seen))
    return program


def money(seen: Look, asset: str) -> Decimal:
    free, locked = seen["balances"][asset]
    return D(free) + D(locked)


def test_orders_of_every_kind_by_clicks(program: Program, simulator: Simulator, tmp_path: Path) -> None:
    seen = frozen(program, simulator)
    bid = D(seen["book"]["bids"][0][0])

    seen = send(program, side="buy", kind="limit", price=str(bid - 200), quantity="0.001")
    seen = program.until(lambda look: "Accepted: open" in look["ticket"])
    assert [row["state"] for row in seen["orders"]] == ["Open"]
    picture(program, simulator, tmp_path, "1-resting")

    # a market buy is told by its total alone: the quantity cannot be typed
    program.do("click", name="ticket_type_market")
    program.do("click", name="ticket_side_buy")
    assert not program.do("enabled", name="ticket_quantity")["enabled"]
    before = simulator.admin("/ledger")["balances"]
    seen = send(program, side="buy", kind="market", total="50")
    seen = program.until(lambda look: "Filled 0.000" in look["ticket"])
    after = simulator.admin("/ledger")["balances"]
    (account,) = before
    spent = D(before[account]["USDT"]["free"]) - D(after[account]["USDT"]["free"])
    assert D(49) < spent <= D(50)

    # a market sell is told by its quantity alone
    program.do("click", name="ticket_side_sell")
    assert not program.do("enabled", name="ticket_total")["enabled"]
    seen = send(program, side="sell", kind="market", quantity="0.001")
    seen = program.until(lambda look: "Filled 0.001" in look["ticket"])
    picture(program, simulator, tmp_path, "2-filled", panel="history")
    program.do("show", panel="orders")

    # what the venue lacks is there, disabled
    assert not program.do("enabled", name="ticket_type_limit_maker")["enabled"]
    assert not program.do("enabled", name="ticket_time_in_force_FOK")["enabled"]

    program.do("cancel_selected")
    seen = program.until(lambda look: look["orders"] == [] and len(look["history"]) == 3)
    assert sorted(row["state"] for row in seen["history"]) == ["Cancelled", "Filled", "Filled"]
    states = sorted(order["status"] for order in simulator.admin("/ledger")["orders"])
    assert states == ["canceled", "filled", "filled"]
    assert len(seen["fills"]) >= 2


def test_a_lost_reply_is_matched_by_listing_and_shown(program: Program, simulator: Simulator, tmp_path: Path) -> None:
    seen = frozen(program, simulator)
    bid = D(seen["book"]["bids"][0][0])
    simulator.admin("/faults", {"kind": "drop", "when": "after", "method": "POST", "path": "/v1/order", "count": 1})
    send(program, side="buy", kind="limit", price=str(bid - 300), quantity="0.002")
    seen = program.until(lambda look: [row["state"] for row in look["orders"]] == ["Open"])
    assert "Matched by listing" in seen["orders"][0]["text"]
    assert len(simulator.admin("/ledger")["orders"]) == 1
    picture(program, simulator, tmp_path, "3-matched-by-listing")


def test_the_ladder_shows_the_venues_own_steps(program: Program, simulator: Simulator, tmp_path: Path) -> None:
    frozen(program, simulator)
    fine = program.do("record", interval="1m")
    program.do("step", step="1")
    coarse = program.until(lambda _: D(program.do("record", interval="1m")["ladder_step"]) >= D("0.1"))
    assert coarse["filled"]
    rows = [row for row in program.do("record", interval="1m")["ladder"] if row[2]]
    assert len(rows) > 5
    assert all(D(price.replace(",", "")) % D("0.1") == 0 for _, price, _ in rows)
    picture(program, simulator, tmp_path, "4-venue-step")
    program.do("step", step="")
    program.until(lambda _: D(program.do("record", interval="1m")["ladder_step"]) == D(fine["ladder_step"]))


def test_two_venues_live_and_die_apart(program: Program, simulator: Simulator) -> None:
    """Crypto.com's stream falls silent; HashKey's goes on, and what is shown of it stays live."""
    simulator.admin("/faults", {"kind": "drop", "path": "/kline-api/*"})
    simulator.admin("/faults", {"kind": "drop", "channel": "public", "count": 1})
    program.until(lambda seen: seen["book"]["state"] in ("stale", "down"))
    program.do("select", venue="hashkey-mena", symbol="BTCUSDT")
    program.until(is_live)
    simulator.admin("/faults", {"rules": [], "clear": True})
    program.do("select", venue=VENUE, symbol=SYMBOL)
    program.until(is_live, seconds=60)
