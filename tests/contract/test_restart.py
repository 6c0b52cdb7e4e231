"""A venue that dies and comes back under a running connector."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terminal.connectors import open_connector
from terminal.domain import BookSnapshot, Order, OrderRequest, OrderStatus, OrderType, Side, StreamState
from terminal.domain.failures import VenueUnavailable

if TYPE_CHECKING:
    from tests.contract.conftest import Events, Simulated, Until

Started = AbstractContextManager[tuple["Simulated", subprocess.Popen[bytes]]]


async def test_streams_and_orders_survive_a_crash_of_the_venue(
    start_simulator: Callable[..., Started], running: Simulated, tmp_path: Path, events: Events, until: Until
) -> None:
    venue, state = running.venue, ("--state", str(tmp_path))
    with start_simulator(venue, "--port", "0", *state) as (first, process):
        async with open_connector(
            venue, endpoints=first.endpoints, credentials=first.credentials, sink=events.append
        ) as connector:
            instruments = await connector.instruments()
            instrument = next(one for one in instruments if one.base == "BTC")
            await connector.start_account_stream()
            await connector.subscribe("book", instrument.symbol)
            await until(lambda: events.of(BookSnapshot) and StreamState.LIVE in events.states(private=True))
            best = events.of(BookSnapshot)[-1].bids[0][0]
            request = OrderRequest(
                symbol=instrument.symbol,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal("0.001"),
                price=instrument.round_price(best * Decimal("0.93"), Side.BUY),
            )
            placed = await connector.place_order(request)
            process.kill()
            await until(lambda: StreamState.DOWN in events.states(private=True), within=2)
            await until(lambda: StreamState.DOWN in events.states(private=False), within=2)
            process.wait()
            with pytest.raises(VenueUnavailable) as away:
                await connector.place_order(request)
            assert not away.value.may_have_executed
            seen = len(events.of(BookSnapshot))
            with start_simulator(venue, *state):
                await until(lambda: events.states(private=True)[-1] is StreamState.LIVE, within=30)
                await until(lambda: len(events.of(BookSnapshot)) > seen, within=30)
                (survivor,) = await connector.open_orders()
                assert (survivor.order_id, survivor.status) == (placed.order_id, OrderStatus.OPEN)
                await connector.cancel_order(survivor)
                await until(
                    lambda: any(
                        order.order_id == placed.order_id and order.status is OrderStatus.CANCELED
                        for order in events.of(Order)
                    )
                )
