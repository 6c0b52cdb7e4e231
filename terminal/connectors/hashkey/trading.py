"""HashKey's order entry and order queries (PROTOCOLS 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

import msgspec

from terminal.connectors import wire
from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi, pairs
from terminal.connectors.hashkey.endpoints import ORDER
from terminal.connectors.hashkey.errors import failure_of
from terminal.connectors.hashkey.order_entry import order_parameters, order_path
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, InvalidOrder, NotSupported, OrderNotFound, OutcomeUnknown, VenueError
from terminal.domain.kinds import OrderStatus, Side
from terminal.domain.order import Order, OrderRequest

T = TypeVar("T")

_ANY = decoder(msgspec.Raw)
_ORDER = decoder(messages.OrderRow)
_ORDERS = decoder(list[messages.OrderRow])
_BATCH = decoder(messages.BatchReply)
_BY_IDS = decoder(messages.CancelByIdsReply)
_ALL = decoder(messages.CancelAllReply)

BATCH_SIZE = 20
CANCEL_BATCH_SIZE = 100
_PAGE = 1000
_CANCEL_PAGE = 200
_MAX_PAGES = 50


class Trading:
    """Order entry and order queries of one account.

    Every write raises `OutcomeUnknown` when no trustworthy answer came; no write is repeated.
    """

    def __init__(self, api: HashKeyApi, parser: Parser) -> None:
        self._api = api
        self._parser = parser
        self._venue = api.profile.venue

    async def place_order(self, request: OrderRequest) -> Order:
        """Source: POST spot/order, version 1.1 at MENA"""
        parameters = order_parameters(self._api.profile, request)
        path = order_path(self._api.profile, request)
        return await self._api.signed(
            "POST",
            path,
            parameters,
            _ORDER,
            lambda row: self._acknowledged(request, row),
            group=ORDER,
            write=True,
            about_order=True,
        )

    async def test_order(self, request: OrderRequest) -> Order:
        """Have the venue check an order without placing it; raises what placing it would. Source: POST orderTest"""
        if request.quote_amount is not None:
            raise NotSupported("The venue tests orders by quantity only", venue=self._venue)
        parameters = order_parameters(self._api.profile, request)
        return await self._api.signed(
            "POST",
            "/api/v1/spot/orderTest",
            parameters,
            _ANY,
            lambda _: self._asked(request, OrderStatus.PENDING),
            group=ORDER,
            about_order=True,
        )

    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        """Return one order or failure per request, in order. Requests go out by symbol, 20 at a time.

        Source: POST batchOrders
        """
        results: dict[int, Order | Failure] = {}
        sendable: list[tuple[int, OrderRequest]] = []
        for index, request in enumerate(requests):
            try:
                order_parameters(self._api.profile, request)
            except (InvalidOrder, NotSupported) as failure:
                results[index] = failure
            else:
                sendable.append((index, request))
        by_symbol = sorted(sendable, key=lambda item: item[1].symbol)
        for _, group in groupby(by_symbol, key=lambda item: item[1].symbol):
            for batch in _chunks(list(group), BATCH_SIZE):
                placed = await self._place_batch([request for _, request in batch])
                results.update(zip((index for index, _ in batch), placed, strict=True))
        return [results[index] for index in range(len(requests))]

    async def _place_batch(self, requests: Sequence[OrderRequest]) -> Sequence[Order | Failure]:
        body = msgspec.json.encode([dict(order_parameters(self._api.profile, request)) for request in requests])
        try:
            return await self._api.signed(
                "POST",
                self._api.profile.batch_path,
                (),
                _BATCH,
                lambda reply: self._placed(requests, reply.result),
                group=ORDER,
                write=True,
                about_order=True,
                json_body=body,
            )
        except Failure as failure:
            return [failure] * len(requests)

    def _placed(
        self, requests: Sequence[OrderRequest], entries: Sequence[messages.BatchEntry]
    ) -> Sequence[Order | Failure]:
        if len(entries) != len(requests):
            raise ValueError(f"{len(entries)} results for {len(requests)} orders")
        return [self._batch_result(request, entry) for request, entry in zip(requests, entries, strict=True)]

    def _batch_result(self, request: OrderRequest, entry: messages.BatchEntry) -> Order | Failure:
        failure = self._entry_failure(entry.code, entry.msg)
        if failure is not None:
            return failure
        if entry.order is None:
            return OutcomeUnknown("The venue's answer names neither an order nor an error", venue=self._venue)
        try:
            return self._acknowledged(request, entry.order)
        except ValueError as error:
            return OutcomeUnknown(f"The venue's answer could not be read: {error}", venue=self._venue)

    def _entry_failure(self, code: object, words: object) -> Failure | None:
        if code in (None, "", 0, "0"):
            return None
        message = words if isinstance(words, str) and words else None
        return failure_of(self._venue, str(code), message, write=True, about_order=True, http_status=400)

    async def cancel_order(self, order: Order) -> Order:
        """Return the order as of the venue's acceptance, which is not final. Source: DELETE spot/order"""
        return await self._api.signed(
            "DELETE",
            "/api/v1/spot/order",
            self._named(order, "clientOrderId"),
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
        for batch in _chunks(by_id, CANCEL_BATCH_SIZE):
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
        failure = None if refused is None else self._entry_failure(refused.code, refused.msg)
        if failure is not None:
            return failure
        return replace(order, venue=self._venue, account=self._parser.account, status=OrderStatus.PENDING)

    async def cancel_all(self, symbol: str | None, side: Side | None) -> None:
        """Cancel the open orders of this account, or those of one symbol or side. Accepted, not done.

        Source: DELETE cancelAllOpenOrders, 200 orders a call. DELETE openOrders takes the first 200 orders of a
        symbol and does not say whether there are more, so it is not used.
        """
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
                    "/api/v1/spot/cancelAllOpenOrders",
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

    async def order(self, order: Order) -> Order:
        """Return the order as the venue knows it now. Source: GET spot/order"""
        return await self._api.signed(
            "GET",
            "/api/v1/spot/order",
            self._named(order, "origClientOrderId"),
            _ORDER,
            lambda row: self._parser.order(row, symbol=order.symbol),
            about_order=True,
        )

    async def open_orders(self, symbol: str | None) -> list[Order]:
        """Return all working orders, oldest first. Source: GET openOrders, 1000 a call"""
        found: dict[str | None, Order] = {}
        last: str | None = None
        for _ in range(_MAX_PAGES):
            page = await self._listed(
                "/api/v1/spot/openOrders", pairs(("symbol", symbol), ("fromOrderId", last), ("limit", _PAGE))
            )
            known_before = len(found)
            found.update((order.order_id, order) for order in page)
            if len(page) < _PAGE or len(found) == known_before:
                break
            last = page[0].order_id
        return sorted(found.values(), key=_age)

    async def order_history(
        self, symbol: str | None, start: int | None, end: int | None, limit: int | None
    ) -> list[Order]:
        """Return ended orders, cancelled ones too, oldest first; at most 90 days. Source: GET tradeOrders"""
        return await self._listed(
            "/api/v1/spot/tradeOrders",
            pairs(("symbol", symbol), ("startTime", start), ("endTime", end), ("limit", limit)),
        )

    async def _listed(self, path: str, parameters: Sequence[tuple[str, str]]) -> list[Order]:
        # one unreadable row makes the listing unusable: an order missing from it would seem to be gone
        def convert(rows: list[messages.OrderRow]) -> list[Order]:
            return sorted(map(self._parser.order, rows), key=_age)

        return await self._api.signed("GET", path, parameters, _ORDERS, convert)

    def _named(self, order: Order, client_id_field: str) -> Sequence[tuple[str, str]]:
        if order.order_id is not None:
            return (("orderId", order.order_id),)
        if order.client_order_id is not None:
            return ((client_id_field, order.client_order_id),)
        raise InvalidOrder("The order has neither an order id nor a client order id", venue=self._venue)

    def _acknowledged(self, request: OrderRequest, row: messages.OrderRow) -> Order:
        """Return the order as acknowledged; what the venue does not repeat is as it was asked for."""
        order = self._parser.order(row, symbol=request.symbol)
        if order.order_id is None:
            raise ValueError("an acknowledgement without an order id")
        return replace(
            order,
            side=order.side or request.side,
            type=order.type or request.type,
            price=order.price or request.price,
            quantity=order.quantity or request.quantity,
            quote_amount=order.quote_amount or request.quote_amount,
            client_order_id=order.client_order_id or request.client_order_id,
            time_in_force=order.time_in_force or request.time_in_force,
        )

    def _asked(self, request: OrderRequest, status: OrderStatus) -> Order:
        return Order(
            venue=self._venue,
            account=self._parser.account,
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            status=status,
            client_order_id=request.client_order_id,
            price=request.price,
            quantity=request.quantity,
            quote_amount=request.quote_amount,
            time_in_force=request.time_in_force,
        )


def _refused_by_id(reply: messages.CancelByIdsReply) -> Mapping[str, messages.CancelFailure]:
    if reply.result is None and reply.code is None:
        raise ValueError("an answer with neither a code nor a result")
    return {wire.text(row.order_id): row for row in reply.result or ()}


def _chunks(items: Sequence[T], size: int) -> Sequence[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _age(order: Order) -> tuple[int, int, str]:
    order_id = order.order_id or ""
    return (order.created or 0, len(order_id), order_id)
