"""Whole lists from paged reads, patience with a venue that limits or rests, and which row is our order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Capabilities, Fill, Order, OrderStatus, Side
from terminal.domain.failures import Failure, RateLimited, VenueError, VenueUnavailable
from terminal.trading.listings import fills_since, matching, orders_since, patiently
from terminal.trading.timing import Timing
from tests.trading.conftest import FakeConnector

QUICK = Timing(delays=(0.0, 0.0, 0.0))


def fill(number: int, time: int) -> Fill:
    return Fill(
        venue="v",
        symbol="S",
        trade_id=str(number),
        order_id="o",
        side=Side.BUY,
        price=Decimal(1),
        quantity=Decimal(1),
        time=time,
    )


def order(number: int, created: int) -> Order:
    return Order(venue="v", symbol="S", order_id=str(number), status=OrderStatus.FILLED, created=created)


@dataclass
class Paged(FakeConnector):
    """Gives the newest rows of the asked time range, at most 3 at a time, oldest first."""

    all_fills: Sequence[Fill] = ()
    all_orders: Sequence[Order] = ()
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(batch_sizes={"fills": 3, "order_history": 3})
    )

    async def fills(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
        *,
        client_order_id: str | None = None,
        from_id: str | None = None,
        to_id: str | None = None,
    ) -> list[Fill]:
        assert limit == 3
        rows = [row for row in self.all_fills if row.time >= (start or 0) and (end is None or row.time <= end)]
        return rows[-limit:]

    async def order_history(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        assert limit == 3
        rows = [row for row in self.all_orders if end is None or (row.created or 0) <= end]
        return [row for row in rows if (row.created or 0) >= (start or 0)][-limit:]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7, 30])
async def test_every_page_is_read_and_the_rows_are_oldest_first(count: int) -> None:
    connector = Paged(
        all_fills=[fill(number, 100 + number) for number in range(count)],
        all_orders=[order(number, 100 + number) for number in range(count)],
    )
    assert await fills_since(connector, 50, QUICK) == list(connector.all_fills)
    assert await orders_since(connector, 50, QUICK) == list(connector.all_orders)


async def test_rows_before_the_start_are_not_asked_for() -> None:
    connector = Paged(all_fills=[fill(number, number) for number in range(20)])
    assert [row.time for row in await fills_since(connector, 15, QUICK)] == [15, 16, 17, 18, 19]


async def test_more_rows_of_one_ms_than_a_page_holds_do_not_loop_for_ever() -> None:
    connector = Paged(all_fills=[fill(number, 7) for number in range(9)])
    assert len(await fills_since(connector, 0, QUICK)) == 3


@pytest.mark.parametrize("failure", [RateLimited("slow", retry_after=0.001), VenueUnavailable("resting")])
async def test_patience_with_a_venue_that_will_answer(failure: Failure) -> None:
    answers: list[Failure | int] = [failure, failure, 5]

    async def read() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return answer

    assert await patiently(read, QUICK) == 5


async def test_patience_ends_and_refusals_are_told_at_once() -> None:
    asked = 0

    async def always(failure: Failure) -> int:
        nonlocal asked
        asked += 1
        raise failure

    with pytest.raises(VenueUnavailable):
        await patiently(lambda: always(VenueUnavailable("gone")), QUICK)
    assert asked == 4
    with pytest.raises(VenueError):
        await patiently(lambda: always(VenueError("no")), QUICK)
    assert asked == 5


ASKED = Order(venue="v", symbol="S", side=Side.BUY, price=Decimal(10), quantity=Decimal(2), status=OrderStatus.UNKNOWN)
ROW = replace(ASKED, order_id="1", client_order_id="F1", status=OrderStatus.OPEN, created=100_000)


def match(asked: Order, *rows: Order, taken: str | None = None) -> list[Order]:
    return matching(asked, 100_000, rows, lambda order_id: order_id == taken)


def test_ids_decide_where_there_are_any() -> None:
    other = replace(ROW, order_id="2", client_order_id="F2")
    assert match(replace(ASKED, client_order_id="F2"), ROW, other) == [other]
    assert match(replace(ASKED, order_id="1"), ROW, other) == [ROW]
    assert match(replace(ASKED, client_order_id="F3"), ROW, other) == []


@pytest.mark.parametrize(
    "other",
    [
        replace(ROW, symbol="T"),
        replace(ROW, side=Side.SELL),
        replace(ROW, price=Decimal(11)),
        replace(ROW, quantity=Decimal(3)),
        replace(ROW, created=94_999),
        replace(ROW, status=OrderStatus.REJECTED),
        replace(ROW, order_id=None),
    ],
)
def test_without_ids_everything_asked_for_must_be_equal(other: Order) -> None:
    assert match(ASKED, ROW) == [ROW]
    assert match(ASKED, other) == []


def test_row_that_belongs_to_another_order_is_no_candidate() -> None:
    assert match(ASKED, ROW, taken="1") == []


@given(st.lists(st.integers(min_value=0, max_value=200_000), max_size=20))
def test_candidates_are_never_older_than_the_send(created: list[int]) -> None:
    rows = [replace(ROW, order_id=str(number), created=time) for number, time in enumerate(created)]
    assert all((row.created or 0) >= 95_000 for row in match(ASKED, *rows))
