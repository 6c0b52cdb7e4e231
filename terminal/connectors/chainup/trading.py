"""The ChainUp engine's order entry and cancels (PROTOCOLS 4.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from terminal.connectors import wire
from terminal.connectors.chainup import messages
from terminal.connectors.chainup.account_feed import AccountFeed
from terminal.connectors.chainup.api import ANY, ChainUpApi
from terminal.connectors.chainup.order_entry import named, order_parameters
from terminal.connectors.chainup.order_queries import OrderQueries
from terminal.connectors.parameters import pairs
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, OrderAlreadyClosed, OrderNotFound, VenueError
from terminal.domain.kinds import OrderStatus, Side
from terminal.domain.order import Order, OrderRequest

T = TypeVar("T")

_PLACED = decoder(messages.Placed)


class Trading:
    """Order entry and cancels of one account; `account` labels its orders.

    Every write raises `OutcomeUnknown` when no trustworthy answer came; none is repeated. `feed` is told of every
    order that a write is about, so that what becomes of it is asked for soon.
    """

    def __init__(self, api: ChainUpApi, queries: OrderQueries, *, account: str | None, feed: AccountFeed) -> None:
        self._api = api
        self._queries = queries
        self._account = account
        self._feed = feed
        self._venue = api.profile.venue

    async def place_order(self, request: OrderRequest) -> Order:
        """Return the order as acknowledged: `pending`, with the venue's id. Source: POST /v1/order"""
        parameters = order_parameters(self._api.profile, request)
        self._queries.stir(request.symbol)
        order_id = await self._api.signed(
            "/v1/order",
            parameters,
            _PLACED,
            lambda reply: wire.text(reply.order_id),
            write=True,
            about_order=True,
        )
        order = Order(
            venue=self._venue,
            account=self._account,
            symbol=request.symbol,
            order_id=order_id,
            side=request.side,
            type=request.type,
            status=OrderStatus.PENDING,
            price=request.price,
            quantity=request.quantity,
            quote_amount=request.quote_amount,
            time_in_force=request.time_in_force,
        )
        self._feed.seen(order)
        return order

    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        """Return one order or failure per request, in order; the venue takes them one by one."""
        return await each(self.place_order, requests)

    async def cancel_order(self, order: Order) -> Order:
        """Return the order as of the venue's acceptance, which is not the end: `pending`.

        Source: DELETE /v1/order
        """
        await self._api.cancel(named(self._venue, order))
        accepted = replace(order, venue=self._venue, account=self._account, status=OrderStatus.PENDING)
        self._feed.seen(replace(accepted, status=OrderStatus.PENDING_CANCEL))
        return accepted

    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]:
        """Return one order or failure per order, in order; the venue takes cancels one by one."""
        return await each(self.cancel_order, orders)

    async def cancel_all(self, symbol: str | None, side: Side | None) -> None:
        """Cancel the open orders of the account, or those of one pair or side. Accepted, not done.

        The venue's own call takes one pair and all of its orders, 2,000 at most; orders of one side are cancelled one
        by one. Source: POST /v1/cancelAllOrders
        """
        if symbol is not None and side is None:
            await self._cancel_pair(symbol)
            return
        listed = [order for order in await self._queries.open_orders(symbol) if side in (None, order.side)]
        working = [order for order in listed if order.status is not OrderStatus.PENDING_CANCEL]
        if side is None:
            for one in sorted({order.symbol for order in working}):
                await self._cancel_pair(one)
            return
        for order, result in zip(working, await self.cancel_orders(working), strict=True):
            if isinstance(result, Failure) and not isinstance(result, OrderAlreadyClosed | OrderNotFound):
                text = f"{order.symbol}: an order may still be open: {result.text}"
                raise VenueError(text, venue=self._venue, code=result.code, message=result.message) from result

    async def _cancel_pair(self, symbol: str) -> None:
        await self._api.signed(
            "/v1/cancelAllOrders",
            pairs(("symbol", symbol)),
            ANY,
            lambda _: None,
            write=True,
            urgent=True,
            about_order=True,
        )
        self._queries.stir(symbol)
        self._feed.hurry()


async def each(act: Callable[[T], Awaitable[Order]], items: Sequence[T]) -> list[Order | Failure]:
    """Do one after the other; a failure takes no other with it."""
    results: list[Order | Failure] = []
    for item in items:
        try:
            results.append(await act(item))
        except Failure as failure:
            results.append(failure)
    return results
