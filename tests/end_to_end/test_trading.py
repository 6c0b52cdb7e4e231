"""A trade by mouse and keys in the real window, against a real venue process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.processes import Look, Program, Simulator

pytestmark = pytest.mark.window

D = Decimal
Start = Callable[..., Program]
ORDER_PATH = "/api/v1.1/spot/order"


def is_live(seen: Look) -> bool:
    return bool(seen["book"]["state"] == "live" and seen["book"]["bids"] and "BTC" in seen["balances"])


def place_by_clicks(program: Program, side: str, price: str, quantity: str) -> None:
    """Fill the ticket in as a trader would and send it through the question that a disarmed ticket asks."""
    program.do("click", name=f"ticket_side_{side}")
    program.do("type", name="ticket_price", text=price)
    program.do("type", name="ticket_quantity", text=quantity)
    program.until(lambda seen: seen["buttons"].get("ticket_submit"))
    program.do("click", name="ticket_submit")
    program.until(lambda seen: seen["buttons"].get("confirmation_send"))
    program.do("click", name="confirmation_send")


def resting_price(seen: Look) -> str:
    """A price a few ticks below the best bid: rests, and the ladder shows its row."""
    return str(D(seen["book"]["bids"][0][0]) - D("0.50"))


def held_by_all(simulator: Simulator) -> dict[str, list[Decimal]]:
    """Return what both trading accounts hold by the venue's own ledger, added up as in the balances panel: free and
    locked."""
    ledger = simulator.admin("/ledger")
    (main,) = ledger["balances"]
    held: dict[str, list[Decimal]] = {}
    for account in (main, simulator.venue["sub_account"]):
        for asset, amount in ledger["accounts"][account].items():
            free, locked = held.get(asset, [D(0), D(0)])
            held[asset] = [free + D(amount["free"]), locked + D(amount["locked"])]
    return held


def test_a_limit_order_is_placed_by_clicks_seen_everywhere_and_fills(
    simulator: Simulator, start_program: Start
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/market", {"freeze": True})
    seen = program.until(is_live)
    whole = held_by_all(simulator)["USDT"][0]  # every account has told its balances
    before = program.until(lambda look: D(look["balances"]["USDT"][0]) == whole)["balances"]
    price = resting_price(seen)

    place_by_clicks(program, "buy", price, "0.01")

    seen = program.until(lambda look: [order["state"] for order in look["orders"]] == ["Open"])
    assert D(seen["orders"][0]["price"].replace(",", "")) == D(price)
    seen = program.until(lambda look: look["ladder"]["mine"] and look["chart"]["orders"])
    assert seen["ladder"]["mine"][0][2] == "buy"
    assert D(seen["ladder"]["mine"][0][1]) == D("0.01")
    assert D(seen["chart"]["orders"][0][0].replace(",", "")) == D(price)
    seen = program.until(lambda look: D(look["balances"]["USDT"][1]) == D(price) * D("0.01"))
    (listed,) = simulator.admin("/ledger")["orders"]
    assert (listed["status"], D(listed["price"])) == ("open", D(price))

    # somebody sells into the bids, down to our price
    simulator.admin("/market", {"trade": {"symbol": "BTCUSDT", "side": "sell", "quantity": "50", "limit": price}})

    program.until(lambda look: [order["state"] for order in look["history"]] == ["Filled"] and look["orders"] == [])
    seen = program.until(lambda look: look["fills"] and look["fills"][0]["fee"])
    assert D(seen["fills"][0]["price"].replace(",", "")) == D(price)
    program.until(lambda look: not look["ladder"]["mine"] and not look["chart"]["orders"])
    held = held_by_all(simulator)
    seen = program.until(lambda look: D(look["balances"]["BTC"][0]) == held["BTC"][0])
    assert D(seen["balances"]["BTC"][0]) > D(before["BTC"][0])
    assert D(seen["balances"]["USDT"][0]) == D(before["USDT"][0]) - D(price) * D("0.01")
    assert [D(part) for part in seen["balances"]["USDT"]] == held["USDT"]


BAD_QUANTITIES = ("", "abc", "0", "-5", "NaN", "1e9", "0,5", "86,00", "0.0000000001", "9" * 70)


def test_bad_input_in_the_ticket_sends_nothing(simulator: Simulator, start_program: Start) -> None:
    program = start_program(simulator)
    seen = program.until(is_live)
    program.do("click", name="ticket_side_buy")
    program.do("type", name="ticket_price", text=resting_price(seen))
    for text in BAD_QUANTITIES:
        program.do("type", name="ticket_quantity", text=text)
        assert not program.look()["buttons"]["ticket_submit"], text
        program.do("press", name="ticket_quantity", key="Ctrl+Return")
        assert program.look()["orders"] == [], text
    program.do("type", name="ticket_quantity", text="0.01")  # what the ticket then takes
    program.until(lambda look: look["buttons"]["ticket_submit"])
    assert simulator.admin("/ledger")["orders"] == []


def test_a_fill_that_no_stream_told_reaches_every_panel(simulator: Simulator, start_program: Start) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/market", {"freeze": True})
    # the venue executes the order, answers with an error, and its account stream says nothing
    fault = {"kind": "5xx", "when": "after", "method": "POST", "path": ORDER_PATH, "count": 1}
    simulator.admin("/faults", fault)
    simulator.admin("/faults", {"kind": "silence", "channel": "private"})
    seen = program.until(is_live)
    best_ask = seen["book"]["asks"][0][0]
    place_by_clicks(program, "buy", best_ask, "0.0001")

    program.until(lambda look: [order["state"] for order in look["history"]] == ["Filled"])
    program.until(lambda look: look["fills"])
    held = held_by_all(simulator)
    program.until(lambda look: all(D(look["balances"][asset][0]) == held[asset][0] for asset in ("BTC", "USDT")))


def test_an_order_survives_a_kill_between_send_and_reply(simulator: Simulator, start_program: Start) -> None:
    program = start_program(simulator)
    program.until(is_live)
    simulator.admin("/market", {"freeze": True})
    # the venue takes the order and keeps its answer back
    simulator.admin(
        "/faults", {"kind": "delay", "when": "after", "ms": 60_000, "method": "POST", "path": ORDER_PATH, "count": 1}
    )
    simulator.admin("/faults", {"kind": "silence", "channel": "private"})
    seen = program.until(is_live)
    price = resting_price(seen)
    place_by_clicks(program, "buy", price, "0.01")
    program.until(lambda _: simulator.admin("/ledger")["orders"])
    assert [order["state"] for order in program.look()["orders"]] == ["Sending"]
    program.kill()

    simulator.admin("/faults", {"rules": [], "clear": True})
    again = start_program(simulator)
    seen = again.until(lambda look: [order["text"] for order in look["orders"]] == ["Open"])
    assert D(seen["orders"][0]["price"].replace(",", "")) == D(price)
    assert len(simulator.admin("/ledger")["orders"]) == 1


def is_written(data: Path) -> bool:
    """Tell whether the journal of a running program holds an order: before that none of it has been sent either."""
    with closing(sqlite3.connect(f"file:{data / 'journal.sqlite'}?mode=ro", uri=True)) as journal:
        return bool(journal.execute("SELECT count(*) FROM records WHERE kind = 'intent'").fetchone()[0])


def test_an_order_that_never_arrived_is_not_shown_as_working(
    simulator: Simulator, start_program: Start, tmp_path: Path
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    # the connection breaks before the venue has read the order
    simulator.admin("/faults", {"kind": "delay", "ms": 60_000, "method": "POST", "path": ORDER_PATH, "count": 1})
    seen = program.until(is_live)
    place_by_clicks(program, "buy", resting_price(seen), "0.01")
    program.until(lambda look: look["orders"] and is_written(tmp_path / "data"))
    program.kill()
    assert simulator.admin("/ledger")["orders"] == []

    again = start_program(simulator)
    again.until(
        lambda look: [order["state"] for order in look["history"]] == ["Rejected"] and look["orders"] == [], seconds=60
    )
    assert simulator.admin("/ledger")["orders"] == []
