"""HashKey's cancels: one order, orders by their ids, all open orders (PROTOCOLS 2.4)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from terminal.connectors import wire
from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.endpoints import ORDER
from terminal.connectors.hashkey.order_entry import chunks, named
from terminal.connectors.hashkey.order_queries import OrderQueries
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.parameters import pairs
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, OrderAlreadyClosed, OrderNotFound, VenueError
from terminal.domain.kinds import OrderStatus, Side
from terminal.domain.order import Order

_ANY = decoder(msgspec.Raw)
_ORDER = decoder(messages.OrderRow)
_BY_IDS = decoder(messages.CancelByIdsReply)
_ALL = decoder(messages.CancelAllReply)

CANCEL_BATCH_SIZE = 100
_CANCEL_PAGE = 200
_MAX_PAGES = 50


class Cancels:
    """Cancels of one account; they may use the last of the request budget.

    Every one raises `OutcomeUnknown` when no trustworthy answer came; none is repeated.
    """

    def __init__(self, api: HashKeyApi, parser: Parser, queries: OrderQueries) -> None:
        self._api = api
        self._parser = parser
        self._queries = queries
        self._venue = api.profile.venue

    async def cancel_order(self, order: Order) -> Order:
        """Return the order as of the venue's acceptance, which is not final. Source: DELETE spot/order"""
        return await self._api.signed(
            "DELETE",
            "/api/v1/spot/order",
            named(order, "clientOrderId"),
            _ORDER,
            lambda row: self._parser.order(row, symbol=order.symbol),
            group=ORDER,
            write=True,
            urgent=True,
            about_order=True,
        )

    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]:
        """Return one order (`pending`: accepted, not done) or failure per order, in order, 100 ids at a time.

        Orders known by client id alone are cancelled one by one. Source: DELETE cancelOrderByIds
        """
        results: dict[int, Order | Failure] = {}
        by_id = [(index, order) for index, order in enumerate(orders) if order.order_id is not None]
        for batch in chunks(by_id, CANCEL_BATCH_SIZE):
            cancelled = await self._cancel_batch([order for _, order in batch])
            results.update(zip((index for index, _ in batch), cancelled, strict=True))
        for index, order in enumerate(orders):
            if index not in results:
                try:
                    results[index] = await self.cancel_order(order)
                except Failure as failure:
                    results[index] = failure
        return [results[index] for index in range(len(orders))]

    async def _cancel_batch(self, orders: Sequence[Order]) -> Sequence[Order | Failure]:
        ids = ",".join(str(order.order_id) for order in orders)
        try:
            refused = await self._api.signed(
                "DELETE",
                "/api/v1/spot/cancelOrderByIds",
                (("ids", ids),),
                _BY_IDS,
                _refused_by_id,
                group=ORDER,
                write=True,
                urgent=True,
                about_order=True,
            )
        except Failure as failure:
            return [failure] * len(orders)
        return [self._cancelled(order, refused.get(str(order.order_id))) for order in orders]

    def _cancelled(self, order: Order, refused: messages.CancelFailure | None) -> Order | Failure:
        failure = None if refused is None else self._api.entry_failure(refused.code, refused.msg)
        if failure is not None:
            return failure
        return replace(order, venue=self._venue, account=self._parser.account, status=OrderStatus.PENDING)

    async def cancel_all(self, symbol: str | None, side: Side | None) -> None:
        """Cancel the open orders of this account, or those of one symbol or side. Accepted, not done.

        Where the venue has a call for it: source DELETE cancelAllOpenOrders, 200 orders a call. DELETE openOrders
        takes the first 200 orders of one symbol and does not say whether there are more; it serves where the
        profile names no such call, and what is still listed after it is cancelled by ids.
        """
        path = self._api.profile.cancel_all_path
        if path is not None:
            await self._cancel_by_pages(path, symbol, side)
            return
        symbols = (
            [symbol] if symbol is not None else sorted({order.symbol for order in await self._working(None, side)})
        )
        for one in sorted(symbols):
            await self._cancel_symbol(one, side)
        left = await self._working(symbol, side) if symbols else []
        for order, result in zip(left, await self.cancel_orders(left), strict=True):
            if isinstance(result, Failure) and not isinstance(result, OrderAlreadyClosed | OrderNotFound):
                text = f"{order.symbol}: an order may still be open: {result.text}"
                raise VenueError(text, venue=self._venue, code=result.code, message=result.message) from result

    async def _working(self, symbol: str | None, side: Side | None) -> list[Order]:
        listed = await self._queries.open_orders(symbol)
        return [
            order for order in listed if side in (None, order.side) and order.status is not OrderStatus.PENDING_CANCEL
        ]

    async def _cancel_symbol(self, symbol: str, side: Side | None) -> None:
        """Source: DELETE spot/openOrders"""
        with contextlib.suppress(OrderNotFound):  # nothing is open
            await self._api.signed(
                "DELETE",
                "/api/v1/spot/openOrders",
                pairs(("symbol", symbol), ("side", None if side is None else side.upper())),
                _ANY,
                lambda _: None,
                group=ORDER,
                write=True,
                urgent=True,
                about_order=True,
            )

    async def _cancel_by_pages(self, path: str, symbol: str | None, side: Side | None) -> None:
        last: str | None = None
        for _ in range(_MAX_PAGES):
            parameters = pairs(
                ("symbol", symbol),
                ("side", None if side is None else side.upper()),
                ("fromOrderId", last),
                ("limit", _CANCEL_PAGE),
            )
            try:
                reached = await self._api.signed(
                    "DELETE",
                    path,
                    parameters,
                    _ALL,
                    lambda reply: wire.optional_text(reply.last_order_id),
                    group=ORDER,
                    write=True,
                    urgent=True,
                    about_order=True,
                )
            except OrderNotFound:
                return  # nothing (more) is open
            if reached in (None, "0", last):
                return
            last = reached
        raise VenueError("The venue keeps naming further orders to cancel", venue=self._venue, may_have_executed=True)


def _refused_by_id(reply: messages.CancelByIdsReply) -> Mapping[str, messages.CancelFailure]:
    if reply.result is None and reply.code is None:
        raise ValueError("an answer with neither a code nor a result")
    return {wire.text(row.order_id): row for row in reply.result or ()}
