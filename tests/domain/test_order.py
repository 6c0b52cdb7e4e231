"""The order transition table under every sequence of reports."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Order, OrderStatus, apply
from terminal.domain.order import TRANSITIONS, may_become

D = Decimal


def make(status: OrderStatus | str = OrderStatus.PENDING, **known: object) -> Order:
    facts: dict[str, object] = {"venue": "v", "symbol": "BTCUSDT", "status": status, **known}
    return Order(**facts)  # type: ignore[arg-type]  # keyword arguments built at run time


reports = st.builds(
    make,
    status=st.sampled_from(OrderStatus),
    filled_quantity=st.integers(min_value=0, max_value=10).map(D),
    average_price=st.none() | st.integers(min_value=1, max_value=9).map(D),
    updated=st.none() | st.integers(min_value=0, max_value=99),
    order_id=st.none() | st.just("17"),
    reason=st.none() | st.sampled_from(["USER_CANCEL", "late"]),
)


@given(st.lists(reports, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_no_sequence_leaves_a_final_status_or_shrinks_a_fill(sequence: list[Order], queried: list[bool]) -> None:
    states = [make()]
    for report, asked in zip(sequence, queried, strict=False):
        states.append(apply(states[-1], report, queried=asked))
    for before, after in pairwise(states):
        if before.status.is_final:
            assert after.status is before.status
        assert after.filled_quantity >= before.filled_quantity
        if before.order_id is not None:
            assert after.order_id == before.order_id


@given(reports, reports)
def test_a_repeated_report_changes_nothing_more(first: Order, second: Order) -> None:
    once = apply(apply(make(), first), second)
    assert apply(once, second) == once


def test_every_status_has_a_row_and_final_rows_are_empty() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)
    for status, targets in TRANSITIONS.items():
        assert bool(targets) != status.is_final
        assert status not in targets


def test_late_acknowledgement_does_not_undo_a_partial_fill() -> None:
    order = apply(make(), make("partially_filled", filled_quantity=D(1), order_id="9"))
    order = apply(order, make("open", order_id="9"))
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert order.filled_quantity == 1


def test_a_working_report_that_crosses_the_cancel_does_not_hide_it() -> None:
    order = apply(make("pending_cancel"), make("partially_filled", filled_quantity=D(2)))
    assert order.status is OrderStatus.PENDING_CANCEL
    assert order.filled_quantity == 2


def test_only_a_query_brings_a_refused_cancel_back_to_work() -> None:
    assert not may_become(OrderStatus.PENDING_CANCEL, OrderStatus.OPEN)
    assert apply(make("pending_cancel"), make("open"), queried=True).status is OrderStatus.OPEN


def test_a_fill_reported_after_the_cancel_still_counts() -> None:
    order = apply(make("canceled"), make("partially_filled", filled_quantity=D(3), average_price=D(5)))
    assert order.status is OrderStatus.CANCELED
    assert (order.filled_quantity, order.average_price) == (D(3), D(5))


def test_the_reason_for_unknown_goes_when_the_truth_is_known() -> None:
    order = make("unknown", reason="no answer within 10 s")
    assert apply(order, make("open")).reason is None
    assert apply(order, make("canceled", reason="USER_CANCEL")).reason == "USER_CANCEL"


@pytest.mark.parametrize("word", ["BUY", "buy", "Buy"])
def test_plain_strings_of_any_case_become_enumerations(word: str) -> None:
    assert make(side=word).side == "buy"
