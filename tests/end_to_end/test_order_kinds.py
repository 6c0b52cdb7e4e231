"""Every kind of order, batches and cancels by clicks in the real window; each outcome as the venue's ledger has it."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.processes import Look, Program, Simulator

pytestmark = pytest.mark.window

D = Decimal
Start = Callable[..., Program]


@pytest.fixture(params=["hashkey-mena", "hashkey-global"])
def simulator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path, name=request.param)
    yield simulator
    simulator.stop()


def is_live(seen: Look) -> bool:
    return bool(seen["book"]["state"] == "live" and seen["book"]["bids"] and "BTC" in seen["balances"])


def frozen(program: Program, simulator: Simulator) -> Look:
    """Stop the market and return what the window shows once the last frame about it has arrived."""
    simulator.admin("/market", {"freeze": True})
    since, book = time.monotonic(), None

    def is_calm(look: Look) -> bool:
        nonlocal since, book
        if look["book"] != book:
            since, book = time.monotonic(), look["book"]
        return is_live(look) and time.monotonic() - since > 1

    return program.until(is_calm)


def picture(
    program: Program, simulator: Simulator, tmp_path: Path, stage: str, *, panel: str | None = None, **what: str
) -> None:
    """Keep a picture of the window with a panel in front, or of one part of it, where FATHOM_PICTURES says."""
    if panel is not None:
        program.do("show", panel=panel)
    folder = Path(os.environ.get("FATHOM_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{simulator.name}-{stage}.png"
    program.do("grab", file=str(file), **what)
    assert file.stat().st_size > 10_000


def send(program: Program, *, side: str, kind: str, time_in_force: str | None = None, **fields: str) -> Look:
    """Fill the ticket in, send it through the question that a disarmed ticket asks, and wait for the answer."""
    seen = program.look()
    before = len(seen["orders"]) + len(seen["history"])
    program.do("click", name=f"ticket_type_{kind}")
    program.do("click", name=f"ticket_side_{side}")
    if time_in_force is not None:
        program.do("click", name=f"ticket_time_in_force_{time_in_force}")
    for name, text in fields.items():
        program.do("type", name=f"ticket_{name}", text=text)
    program.until(lambda seen: seen["buttons"].get("ticket_submit"))
    program.do("click", name="ticket_submit")
    program.until(lambda seen: seen["buttons"].get("confirmation_send"))
    program.do("click", name="confirmation_send")
    return program.until(
        lambda seen: (
            len(seen["orders"]) + len(seen["history"]) == before + 1
            and seen["ticket"]
            and "Sending" not in seen["ticket"]
        )
    )


def thin_ask(program: Program, simulator: Simulator) -> tuple[Decimal, Decimal]:
    """Return the best ask and its size after others have taken most of it: less than the account can pay for."""
    seen = program.until(is_live)
    ask, size = D(seen["book"]["asks"][0][0]), D(seen["book"]["asks"][0][1])
    if size > D("0.1"):
        taken = str(size - D("0.01"))
        simulator.admin(
            "/market", {"trade": {"symbol": "BTCUSDT", "side": "buy", "quantity": taken, "limit": str(ask)}}
        )
        seen = program.until(lambda look: is_live(look) and D(look["book"]["asks"][0][1]) < size)
    return D(seen["book"]["asks"][0][0]), D(seen["book"]["asks"][0][1])


def ledger_states(simulator: Simulator) -> list[str]:
    """Return the venue's own states of all orders that the program placed, oldest first."""
    orders = simulator.admin("/ledger")["orders"]
    return [order["status"] for order in sorted(orders, key=lambda order: int(order["order_id"]))]


def test_every_kind_of_order_ends_as_the_venue_says(simulator: Simulator, start_program: Start, tmp_path: Path) -> None:
    program = start_program(simulator)
    program.until(is_live)
    seen = frozen(program, simulator)
    bid, ask = D(seen["book"]["bids"][0][0]), D(seen["book"]["asks"][0][0])
    far = str(bid - 5)

    seen = send(program, side="buy", kind="limit", time_in_force="GTC", price=far, quantity="0.001")
    assert "Accepted: open" in seen["ticket"]

    seen = send(program, side="buy", kind="limit_maker", price=str(bid - 6), quantity="0.001")
    assert "Accepted: open" in seen["ticket"]
    program.do("type", name="ticket_price", text=str(ask))  # would take: refused before it is sent
    program.until(lambda look: not look["buttons"].get("ticket_submit"))

    seen = send(program, side="buy", kind="market", quantity="0.001")
    assert "Filled 0.001" in seen["ticket"]

    seen = send(program, side="buy", kind="market", total="50")
    assert "Filled 0.000" in seen["ticket"]

    ask, size = thin_ask(program, simulator)
    more = str(size + D("0.01"))
    seen = send(program, side="buy", kind="limit", time_in_force="IOC", price=str(ask), quantity=more)
    assert "Ended" in seen["ticket"]
    assert "trading rule" in seen["ticket"]

    ask, size = thin_ask(program, simulator)
    more = str(size + D("0.01"))
    seen = send(program, side="buy", kind="limit", time_in_force="FOK", price=str(ask), quantity=more)
    assert "Ended, 0 filled" in seen["ticket"] or "Rejected" in seen["ticket"]

    seen = program.until(lambda look: len(look["history"]) == 4 and len(look["orders"]) == 2)
    picture(program, simulator, tmp_path, "1-order-kinds", panel="history")
    program.do("show", panel="orders")
    states = ledger_states(simulator)
    assert sum(state in ("open", "partially_filled") for state in states) == len(seen["orders"])
    assert states.count("filled") == sum(row["state"] == "Filled" for row in seen["history"])


def other_client(simulator: Simulator, method: str, path: str, **fields: str) -> None:
    """Call the venue with the same key from elsewhere, as another program of the same trader would."""
    fields["timestamp"] = str(time.time_ns() // 1_000_000)
    text = urllib.parse.urlencode(fields)
    digest = hmac.new(simulator.venue["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        simulator.venue["rest"] + path,
        data=f"{text}&signature={digest}".encode(),
        method=method,
        headers={"X-HK-APIKEY": simulator.venue["key"], "Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status == 200


def fill_batch(program: Program, first: str, last: str, count: str, total: str) -> None:
    program.do("click", name="ticket_batch")
    program.until(lambda seen: "batch_dialog" in seen["dialogs"])
    for name, text in (("first", first), ("last", last), ("count", count), ("total", total)):
        program.do("type", name=f"ticket_batch_{name}", text=text)
    assert not program.look()["buttons"]["batch_send"]  # disarmed: it asks
    program.until(lambda seen: seen["batch_why_not"] == "Tick the box to send")
    program.do("press", name="batch_accept_warnings", key="Space")
    program.until(lambda seen: seen["buttons"].get("batch_send"))


def test_batches_and_cancels_by_ids_tell_the_fate_of_each_order(
    simulator: Simulator, start_program: Start, tmp_path: Path
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    seen = frozen(program, simulator)
    bid = D(seen["book"]["bids"][0][0])

    # a whole batch
    fill_batch(program, str(bid - 20), str(bid - 28), "3", "0.003")
    picture(program, simulator, tmp_path, "2-batch-preview", name="batch_dialog")
    program.do("click", name="batch_send")
    seen = program.until(lambda look: [row[2] for row in look["batch"]] == ["Accepted: open"] * 3)
    assert len(seen["orders"]) == 3
    program.do("click", name="batch_close")

    # one of them fills and the account's stream does not tell: cancelling all three must not call it cancelled
    simulator.admin("/faults", {"kind": "silence", "channel": "private"})
    simulator.admin(
        "/market", {"trade": {"symbol": "BTCUSDT", "side": "sell", "quantity": "100", "limit": str(bid - 20)}}
    )
    assert sorted(ledger_states(simulator)) == ["filled", "open", "open"]
    assert [row["state"] for row in program.look()["orders"]] == ["Open"] * 3
    program.do("cancel_selected")
    seen = program.until(lambda look: look["orders"] == [] and len(look["history"]) == 3)
    assert sorted(row["state"] for row in seen["history"]) == ["Cancelled", "Cancelled", "Filled"]
    assert sorted(ledger_states(simulator)) == ["canceled", "canceled", "filled"]
    picture(program, simulator, tmp_path, "3-cancelled-by-ids", panel="history")
    program.do("show", panel="orders")
    simulator.admin("/faults", {"rules": [], "clear": True})

    # another program of the trader takes the money between our check and our send: the venue refuses the rest
    program.until(is_live)
    simulator.admin("/faults", {"kind": "silence", "channel": "private"})
    free = D(simulator.admin("/ledger")["balances"].popitem()[1]["USDT"]["free"])
    low = bid - 1_000
    quantity = ((free - 1_000) / low).quantize(D("0.0001"))
    fill_batch(program, str(bid - 40), str(bid - 48), "5", "0.02")
    path = "/api/v1.1/spot/order" if simulator.name == "hashkey-mena" else "/api/v1/spot/order"
    other_client(
        simulator, "POST", path, symbol="BTCUSDT", side="BUY", type="LIMIT", price=str(low), quantity=str(quantity)
    )
    program.do("click", name="batch_send")
    seen = program.until(
        lambda look: (
            len(look["batch"]) == 5 and all(row[2].startswith(("Accepted", "Rejected")) for row in look["batch"])
        )
    )
    states = [row[2] for row in seen["batch"]]
    assert states[:2] == ["Accepted: open"] * 2
    assert all(state.startswith("Rejected: The free balance is too small") for state in states[2:])
    picture(program, simulator, tmp_path, "4-batch-partly-refused", name="batch_dialog")
    picture(program, simulator, tmp_path, "5-after-the-partial-batch")
    assert ledger_states(simulator).count("open") == 3  # our two and the other program's
