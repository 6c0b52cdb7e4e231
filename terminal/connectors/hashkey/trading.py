"""HashKey's order entry: single orders, batches and tests of an order (PROTOCOLS 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.endpoints import ORDER
from terminal.connectors.hashkey.order_entry import (
    TESTED_TIMES_IN_FORCE,
    buys_base_at_market,
    chunks,
    order_parameters,
    order_path,
)
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, InvalidOrder, NotSupported, OutcomeUnknown
from terminal.domain.kinds import OrderStatus
from terminal.domain.order import Order, OrderRequest

_ANY = decoder(msgspec.Raw)
_ORDER = decoder(messages.OrderRow)
_BATCH = decoder(messages.BatchReply)

BATCH_SIZE = 20


class Trading:
    """Order entry of one account.

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
        if request.time_in_force not in (None, TESTED_TIMES_IN_FORCE[request.type]):
            allowed = TESTED_TIMES_IN_FORCE[request.type]
            raise NotSupported(f"The venue tests {request.type} orders as {allowed} only", venue=self._venue)
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
        """Return one order or failure per request, in order. Requests go out by symbol, 20 at a time; a market buy
        of a base quantity goes out on its own where the batch path would take that quantity for a quote amount.

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
        alone = [item for item in sendable if not self._may_be_batched(item[1])]
        sendable = [item for item in sendable if self._may_be_batched(item[1])]
        for index, request in alone:
            try:
                results[index] = await self.place_order(request)
            except Failure as failure:
                results[index] = failure
        by_symbol = sorted(sendable, key=lambda item: item[1].symbol)
        for _, group in groupby(by_symbol, key=lambda item: item[1].symbol):
            for batch in chunks(list(group), BATCH_SIZE):
                placed = await self._place_batch([request for _, request in batch])
                results.update(zip((index for index, _ in batch), placed, strict=True))
        return [results[index] for index in range(len(requests))]

    def _may_be_batched(self, request: OrderRequest) -> bool:
        return self._api.profile.batch_buys_base_at_market or not buys_base_at_market(request)

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
        failure = self._api.entry_failure(entry.code, entry.msg)
        if failure is not None:
            return failure
        if entry.order is None:
            return OutcomeUnknown("The venue's answer names neither an order nor an error", venue=self._venue)
        try:
            return self._acknowledged(request, entry.order)
        except ValueError as error:
            return OutcomeUnknown(f"The venue's answer could not be read: {error}", venue=self._venue)

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
