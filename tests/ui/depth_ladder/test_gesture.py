from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from terminal.domain import InstrumentId, OrderStatus, Side
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.gesture import (
    REPEAT_GUARD_MS,
    CancelOwn,
    Cell,
    ClickGrammar,
    Intent,
    PickPrice,
    Refused,
    RestOrder,
    Situation,
)
from terminal.ui.depth_ladder.view import OwnOrder

D = Decimal
BTC = InstrumentId("v", "BTCUSDT")
NOW = 1_000_000

ARMED = Situation(instrument=BTC, best_bid=D(100), best_ask=D(101), armed=True, preset=D("0.25"))


def cell(zone: Zone, price: int) -> Cell:
    return Cell(zone, price, D(price))


def own(key: str, price: int = 99, side: Side = Side.BUY) -> OwnOrder:
    return OwnOrder(key, side, D(price), D(1), OrderStatus.OPEN)


def click(
    at: Cell,
    before: Situation = ARMED,
    after: Situation | None = None,
    *,
    to: Cell | None = None,
    ctrl: tuple[bool, bool] = (False, False),
) -> Intent | None:
    """Press at `at` and release there (or at `to`) in two situations; `ctrl` at press and at release."""
    grammar = ClickGrammar()
    grammar.press(at, before, [], ctrl=ctrl[0], now=NOW)
    return grammar.release(to or at, after or before, ctrl=ctrl[1], now=NOW + 80)


def test_a_click_in_the_bid_column_rests_a_buy_at_exactly_that_price() -> None:
    assert click(cell(Zone.BID, 99)) == RestOrder(Side.BUY, D(99), D("0.25"), may_cross=False)


def test_a_click_in_the_ask_column_rests_a_sell() -> None:
    assert click(cell(Zone.ASK, 102)) == RestOrder(Side.SELL, D(102), D("0.25"), may_cross=False)


@pytest.mark.parametrize(("zone", "price"), [(Zone.BID, 101), (Zone.BID, 105), (Zone.ASK, 100), (Zone.ASK, 90)])
def test_a_click_that_would_cross_needs_ctrl_at_press_and_at_release(zone: Zone, price: int) -> None:
    for ctrl in ((False, False), (True, False), (False, True)):
        assert isinstance(click(cell(zone, price), ctrl=ctrl), Refused)
    crossing = click(cell(zone, price), ctrl=(True, True))
    assert isinstance(crossing, RestOrder)
    assert crossing.may_cross


def test_a_click_that_began_to_cross_while_the_button_was_down_sends_nothing() -> None:
    moved = replace(ARMED, best_bid=D(97), best_ask=D(98))
    intent = click(cell(Zone.BID, 99), ARMED, moved)
    assert intent == Refused("The book moved: it would cross now. Ctrl+click to take")


def test_a_disarmed_click_fills_the_ticket_and_sends_nothing() -> None:
    disarmed = replace(ARMED, armed=False)
    assert click(cell(Zone.BID, 99), disarmed) == PickPrice(D(99), "Disarmed: click fills the ticket")


def test_arming_between_press_and_release_does_not_arm_that_click() -> None:
    assert isinstance(click(cell(Zone.BID, 99), replace(ARMED, armed=False), ARMED), PickPrice)
    assert isinstance(click(cell(Zone.BID, 99), ARMED, replace(ARMED, armed=False)), PickPrice)


def test_without_an_account_a_click_fills_the_ticket_and_says_so() -> None:
    intent = click(cell(Zone.ASK, 105), replace(ARMED, no_account="Read-only account"))
    assert intent == PickPrice(D(105), "Read-only account: click fills the ticket")


def test_a_stale_book_refuses_in_words() -> None:
    intent = click(cell(Zone.BID, 99), replace(ARMED, unreliable="stale 6.2 s: no heartbeat"))
    assert intent == Refused("Nothing sent, the book is stale 6.2 s: no heartbeat")


@pytest.mark.parametrize("preset", [None, D(0)])
def test_without_a_size_nothing_is_sent(preset: Decimal | None) -> None:
    assert isinstance(click(cell(Zone.BID, 99), replace(ARMED, preset=preset)), Refused)


def test_releasing_on_another_row_or_column_or_outside_sends_nothing() -> None:
    start = cell(Zone.BID, 99)
    assert isinstance(click(start, to=cell(Zone.BID, 98)), Refused)
    assert isinstance(click(start, to=cell(Zone.ASK, 99)), Refused)
    grammar = ClickGrammar()
    grammar.press(start, ARMED, [], ctrl=False, now=NOW)
    assert isinstance(grammar.release(None, ARMED, ctrl=False, now=NOW), Refused)


def test_another_price_in_the_same_row_sends_nothing() -> None:
    start = cell(Zone.BID, 99)
    assert isinstance(click(start, to=Cell(Zone.BID, 99, D("99.5"))), Refused)


def test_another_instrument_sends_nothing() -> None:
    other = replace(ARMED, instrument=InstrumentId("v", "ETHUSDT"))
    assert click(cell(Zone.BID, 99), ARMED, other) == Refused("The instrument changed: nothing was sent")


def test_an_abandoned_gesture_sends_nothing_and_says_why() -> None:
    grammar = ClickGrammar()
    grammar.press(cell(Zone.BID, 99), ARMED, [], ctrl=False, now=NOW)
    grammar.abandon("Esc")
    assert grammar.pressed is None
    assert grammar.release(cell(Zone.BID, 99), ARMED, ctrl=False, now=NOW) == Refused("Esc")


def test_a_release_without_a_press_means_nothing() -> None:
    assert ClickGrammar().release(cell(Zone.BID, 99), ARMED, ctrl=False, now=NOW) is None


def test_clicking_own_orders_cancels_those_that_were_pressed_and_still_work_even_disarmed() -> None:
    disarmed = replace(ARMED, armed=False, unreliable="down")
    grammar = ClickGrammar()
    grammar.press(cell(Zone.MINE, 99), disarmed, [own("a"), own("b")], ctrl=False, now=NOW)
    later = replace(disarmed, orders=[own("b"), own("c")])
    assert grammar.release(cell(Zone.MINE, 99), later, ctrl=False, now=NOW) == CancelOwn(("b",))


def test_clicking_an_order_that_ended_meanwhile_says_so() -> None:
    grammar = ClickGrammar()
    grammar.press(cell(Zone.MINE, 99), ARMED, [own("a")], ctrl=False, now=NOW)
    assert grammar.release(cell(Zone.MINE, 99), ARMED, ctrl=False, now=NOW) == Refused(
        "That order is no longer working"
    )


def test_clicking_where_no_own_order_is_means_nothing() -> None:
    assert click(cell(Zone.MINE, 99)) is None


def test_clicking_a_price_fills_the_ticket_whether_armed_or_not() -> None:
    assert click(cell(Zone.PRICE, 99)) == PickPrice(D(99), None)
    assert click(cell(Zone.PRICE, 99), replace(ARMED, armed=False)) == PickPrice(D(99), None)


def test_a_second_quick_click_on_the_same_cell_rests_no_second_order() -> None:
    grammar = ClickGrammar()
    at = cell(Zone.BID, 99)
    intents = []
    for time in (NOW, NOW + 200, NOW + 400, NOW + 400 + REPEAT_GUARD_MS):
        grammar.press(at, ARMED, [], ctrl=False, now=time)
        intents.append(grammar.release(at, ARMED, ctrl=False, now=time))
    assert [type(intent) for intent in intents] == [RestOrder, Refused, Refused, RestOrder]


def test_quick_clicks_on_different_rows_each_rest_an_order() -> None:
    grammar = ClickGrammar()
    for price in (99, 98, 97):
        grammar.press(cell(Zone.BID, price), ARMED, [], ctrl=False, now=NOW)
        assert isinstance(grammar.release(cell(Zone.BID, price), ARMED, ctrl=False, now=NOW), RestOrder)
