from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from terminal.domain import InstrumentId, OrderStatus, Side
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.gesture import Cell, Situation
from terminal.ui.depth_ladder.hints import Hint, grammar, short, under_pointer
from terminal.ui.depth_ladder.view import OwnOrder

D = Decimal
ARMED = Situation(
    instrument=InstrumentId("v", "BTCUSDT"), best_bid=D(100), best_ask=D(101), armed=True, preset=D("0.25000")
)


def words(zone: Zone, price: int, situation: Situation = ARMED, *own: OwnOrder) -> str:
    line = under_pointer(Cell(zone, price, D(price)), situation, own, lambda value: f"{value:.2f}")
    return "" if line is None else " ".join(f"{hint.key} {hint.words}".strip() for hint in line)


def own(key: str, price: str, side: Side = Side.BUY, status: OrderStatus = OrderStatus.OPEN) -> OwnOrder:
    return OwnOrder(key, side, D(price), D("0.08"), status)


def test_the_grammar_names_the_size_of_a_click() -> None:
    first, second = grammar(ARMED)
    assert first == (Hint("Click", "rest 0.25"), Hint("Ctrl Click", "may cross"))
    assert [hint.words for hint in second] == ["cancel", "recentre", "group"]


def test_disarmed_and_without_an_account_the_grammar_says_what_a_click_does_instead() -> None:
    assert grammar(replace(ARMED, armed=False))[0][0].words == "Disarmed:"
    assert grammar(replace(ARMED, no_account="No account here"))[0][0].words == "No account here:"


def test_a_click_is_told_with_the_exact_price_it_sends() -> None:
    assert words(Zone.BID, 99) == "Click buy 0.25 at 99.00"
    assert words(Zone.ASK, 105) == "Click sell 0.25 at 105.00"
    assert words(Zone.ASK, 99) == "Ctrl Click sell 0.25 at 99.00"


def test_what_a_click_cannot_do_is_told_before_it_is_made() -> None:
    assert words(Zone.BID, 99, replace(ARMED, unreliable="stale 6.2 s: no heartbeat")) == (
        "Book stale 6.2 s: no heartbeat"
    )
    assert words(Zone.BID, 99, replace(ARMED, preset=None)) == "Choose a size in the ticket first"
    assert words(Zone.BID, 99, replace(ARMED, armed=False)) == "Disarmed: Click 99.00 to the ticket"
    assert words(Zone.PRICE, 99) == "Click 99.00 to the ticket"


def test_a_cancel_is_told_with_every_order_it_concerns() -> None:
    assert words(Zone.MINE, 99) == ""
    assert words(Zone.MINE, 99, ARMED, own("a", "99")) == "Click cancel buy 0.08 at 99.00"
    assert words(Zone.MINE, 99, ARMED, own("a", "99"), own("b", "99.5")) == (
        "Click cancel 2 orders, buy 0.16 at 99.00 to 99.50"
    )
    assert words(Zone.MINE, 99, ARMED, own("a", "99"), own("b", "99", Side.SELL)) == (
        "Click cancel 2 orders, buys and sells"
    )
    again = own("a", "99", status=OrderStatus.PENDING_CANCEL)
    assert words(Zone.MINE, 99, ARMED, again) == "Click cancel again: the venue has not answered yet"


def test_sizes_are_written_without_trailing_zeros() -> None:
    assert [short(D(text)) for text in ("0.25000", "10.00", "100", "1000000")] == ["0.25", "10", "100", "1,000,000"]
