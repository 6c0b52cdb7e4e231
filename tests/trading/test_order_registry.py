"""The registry: whatever the order in which reports and fills come, the same truth results."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Fill, Order, OrderStatus, Side
from terminal.trading.desk_order import DeskOrder
from terminal.trading.order_registry import OrderRegistry

S = OrderStatus
PLACED = Order(
    venue="v",
    account="a",
    symbol="S",
    client_order_id="F1",
    side=Side.BUY,
    price=Decimal(10),
    quantity=Decimal(5),
    status=S.PENDING,
)
OURS = DeskOrder(key="F1", account="a", submitted=100, changed=100, order=PLACED)


def report(
    status: OrderStatus, filled: int = 0, *, order_id: str | None = "o1", client_order_id: str | None = "F1"
) -> Order:
    return replace(
        PLACED,
        status=status,
        filled_quantity=Decimal(filled),
        order_id=order_id,
        client_order_id=client_order_id,
    )


def fill(trade_id: str, quantity: int = 1, order_id: str = "o1") -> Fill:
    return Fill(
        venue="v",
        symbol="S",
        trade_id=trade_id,
        order_id=order_id,
        client_order_id="F1",
        side=Side.BUY,
        price=Decimal(10),
        quantity=Decimal(quantity),
        time=1_000 + int(trade_id),
    )


def holding() -> OrderRegistry:
    registry = OrderRegistry()
    registry.put(OURS)
    return registry


STEPS: list[Order | Fill] = [
    report(S.OPEN),
    report(S.PARTIALLY_FILLED, 1),
    report(S.PARTIALLY_FILLED, 3),
    report(S.FILLED, 5),
    *(fill(str(number)) for number in range(5)),
]


@given(st.permutations(STEPS), st.lists(st.sampled_from(STEPS), max_size=6))
def test_any_order_and_any_repeats_give_the_same_end(steps: list[Order | Fill], repeats: list[Order | Fill]) -> None:
    registry = holding()
    for number, step in enumerate([*steps, *repeats]):
        if isinstance(step, Order):
            registry.apply("a", step, now=number)
        else:
            registry.add_fill("a", step)
            registry.count_fills("a", step, now=number)
    (ended,) = registry.ended(10)
    assert (ended.key, ended.status, ended.order.filled_quantity) == ("F1", S.FILLED, Decimal(5))
    assert registry.working() == []
    assert sum(found.quantity for found in registry.fills_of(ended)) == 5
    assert [found.time for found in registry.fills(10)] == [1_004, 1_003, 1_002, 1_001, 1_000]


@given(st.permutations(STEPS))
def test_filled_quantity_never_shrinks(steps: list[Order | Fill]) -> None:
    registry, filled = holding(), Decimal(0)
    for number, step in enumerate(steps):
        if isinstance(step, Order):
            registry.apply("a", step, now=number)
        elif registry.add_fill("a", step) is not None:
            registry.count_fills("a", step, now=number)
        current = registry.get("F1")
        assert current is not None
        assert current.order.filled_quantity >= filled
        filled = current.order.filled_quantity


def test_fills_that_do_not_fit_into_the_order_do_not_change_it() -> None:
    registry = holding()
    registry.apply("a", report(S.OPEN), now=1)
    big = fill("1", quantity=6)
    registry.add_fill("a", big)
    registry.count_fills("a", big, now=2)
    found = registry.get("F1")
    assert found is not None
    assert found.order.filled_quantity == 0


def test_correction_replaces_and_completion_only_adds() -> None:
    registry = holding()
    first = fill("1")
    registry.add_fill("a", first)
    told = replace(first, price=Decimal(11), fee=Decimal("0.1"))
    assert registry.add_fill("a", told) == replace(first, account="a", fee=Decimal("0.1"))
    assert registry.add_fill("a", told, correct=True) == replace(told, account="a")
    assert registry.add_fill("a", told) is None


def test_corrected_time_moves_the_fill() -> None:
    registry = holding()
    for number in range(3):
        registry.add_fill("a", fill(str(number)))
    registry.add_fill("a", replace(fill("0"), time=5_000), correct=True)
    assert [found.trade_id for found in registry.fills(2)] == ["0", "2"]


def test_same_ids_of_two_accounts_are_two_orders() -> None:
    registry = holding()
    registry.apply("b", report(S.OPEN), now=1)
    assert len(registry.working()) == 2


def test_reused_client_id_is_another_order() -> None:
    registry = holding()
    registry.apply("a", report(S.FILLED, 5), now=1)
    registry.apply("a", report(S.OPEN, order_id="o2"), now=2)
    (working,) = registry.working()
    assert (working.order.order_id, working.foreign) == ("o2", True)


def test_foreign_order_known_first_becomes_ours() -> None:
    registry = holding()
    stream = report(S.PARTIALLY_FILLED, 2, client_order_id=None)
    registry.apply("a", stream, now=1)
    applied = registry.apply_to("F1", report(S.OPEN), now=2)
    assert applied.merged == "a:o1"
    (working,) = registry.working()
    assert (working.key, working.order.filled_quantity, working.foreign) == ("F1", Decimal(2), False)
    assert registry.get("a:o1") is None


def test_report_without_any_id_is_refused() -> None:
    with pytest.raises(ValueError, match="no id"):
        OrderRegistry().apply("a", report(S.OPEN, order_id=None, client_order_id=None), now=1)


def test_newest_come_first_and_limits_hold() -> None:
    registry = OrderRegistry()
    for number in range(5):
        order = replace(PLACED, client_order_id=f"F{number}", status=S.OPEN)
        registry.put(DeskOrder(key=f"F{number}", account="a", submitted=number, changed=number, order=order))
    assert [order.key for order in registry.working()] == ["F4", "F3", "F2", "F1", "F0"]
    for number in (3, 1, 2):
        registry.apply("a", replace(report(S.CANCELED, order_id=f"o{number}"), client_order_id=f"F{number}"), now=9)
    assert [order.key for order in registry.ended(2)] == ["F2", "F1"]
    assert registry.fills(0) == []
