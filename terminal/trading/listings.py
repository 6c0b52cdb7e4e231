"""Reads of an account's lists: whole pages until the start is reached, patient with rate limits; and which row
of a list is the order we look for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from terminal.connectors.contract import Connector
from terminal.domain import Fill, Order, OrderStatus
from terminal.domain.failures import RateLimited, VenueUnavailable
from terminal.trading.timing import Timing

_T = TypeVar("_T")
_PAGE = 500
_MAX_PAGES = 40


async def patiently(call: Callable[[], Awaitable[_T]], timing: Timing) -> _T:
    """Await a read; while the venue limits the rate or is away, wait and ask again, a few times."""
    for attempt in range(len(timing.delays)):
        try:
            return await call()
        except RateLimited as failure:
            await asyncio.sleep(max(failure.retry_after or 0.0, timing.delay(attempt)))
        except VenueUnavailable:
            await asyncio.sleep(timing.delay(attempt))
    return await call()


async def orders_since(connector: Connector, start: int, timing: Timing, symbol: str | None = None) -> list[Order]:
    """Return the account's orders created since `start` (ms), oldest first, ended ones too."""
    limit = connector.capabilities.batch_sizes.get("order_history", _PAGE)
    rows: dict[str, Order] = {}
    end: int | None = None
    for _ in range(_MAX_PAGES):
        read = partial(connector.order_history, symbol=symbol, start=start, end=end, limit=limit)
        page = await patiently(read, timing)
        fresh = {row.order_id: row for row in page if row.order_id is not None and row.order_id not in rows}
        rows = {**fresh, **rows}
        times = [row.created for row in page if row.created is not None]
        if len(page) < limit or not fresh or not times:
            break
        end = min(times) + 1  # the page may have cut through one ms, and venues differ in whether `end` is within
    return list(rows.values())


async def fills_since(connector: Connector, start: int, timing: Timing, symbol: str | None = None) -> list[Fill]:
    """Return the account's fills since `start` (ms), oldest first."""
    limit = connector.capabilities.batch_sizes.get("fills", _PAGE)
    rows: dict[tuple[str, str], Fill] = {}
    end: int | None = None
    for _ in range(_MAX_PAGES):
        page = await patiently(partial(connector.fills, symbol=symbol, start=start, end=end, limit=limit), timing)
        fresh = {(row.order_id, row.trade_id): row for row in page if (row.order_id, row.trade_id) not in rows}
        rows = {**fresh, **rows}
        if len(page) < limit or not fresh:
            break
        end = min(row.time for row in page) + 1
    return list(rows.values())


def matching(order: Order, submitted: int, rows: Sequence[Order], is_taken: Callable[[str], bool]) -> list[Order]:
    """Return the rows that can be `order`: by its ids where the venue gives them back, else by what was asked for.

    Without a client order id at the venue, a row counts when symbol, side, type, price, quantity and total are equal,
    it was created no earlier than 5 s before the send and `is_taken` knows its order id for no other order.
    """
    if order.order_id is not None:
        return [row for row in rows if row.order_id == order.order_id]
    if order.client_order_id is not None:
        return [row for row in rows if row.client_order_id == order.client_order_id]
    return [
        row
        for row in rows
        if have_same_terms(row, order)
        and (row.created is None or row.created >= submitted - 5_000)
        and row.status is not OrderStatus.REJECTED
        and row.order_id is not None
        and not is_taken(row.order_id)
    ]


def have_same_terms(row: Order, order: Order) -> bool:
    """Tell whether a listed order asks for the very same as ours; a type that is not told says nothing."""
    return _terms(row) == _terms(order) and row.type in (None, order.type)


def _terms(order: Order) -> tuple[object, ...]:
    return order.symbol, order.side, order.price, order.quantity, order.quote_amount
