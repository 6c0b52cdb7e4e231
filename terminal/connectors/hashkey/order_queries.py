"""HashKey's order queries: one order, working orders, ended orders, and those of a sub account (PROTOCOLS 2.4)."""

from __future__ import annotations

from dataclasses import replace

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.order_entry import named
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.parameters import Parameters, pairs
from terminal.connectors.wire import decoder
from terminal.domain.kinds import Side
from terminal.domain.order import Order

_ORDER = decoder(messages.OrderRow)
_ORDERS = decoder(list[messages.OrderRow])

_PAGE = 1000
_SUB_PAGE = 500
_MAX_PAGES = 50

ACCOUNT_ID = "account_id"
"""Where `Order.extra` keeps the venue's id of the sub account that an order belongs to; it is its `account` too."""


class OrderQueries:
    """Reads of orders. One unreadable row makes a listing unusable: an order missing from it would seem to be gone."""

    def __init__(self, api: HashKeyApi, parser: Parser) -> None:
        self._api = api
        self._parser = parser

    async def order(self, order: Order) -> Order:
        """Return the order as the venue knows it now, one of a sub account by the id in its `extra`.

        Source: GET spot/order
        """
        account_id = order.extra.get(ACCOUNT_ID)
        found = await self._api.signed(
            "GET",
            "/api/v1/spot/order",
            (*named(order, "origClientOrderId"), *pairs(("accountId", account_id))),
            _ORDER,
            lambda row: self._parser.order(row, symbol=order.symbol),
            about_order=True,
        )
        return found if account_id is None else _of_account(found, account_id)

    async def open_orders(self, symbol: str | None) -> list[Order]:
        """Return all working orders, oldest first. Source: GET openOrders, 1000 a call"""
        return await self._pages("/api/v1/spot/openOrders", pairs(("symbol", symbol)), None, _PAGE)

    async def order_history(
        self, symbol: str | None, start: int | None, end: int | None, limit: int | None
    ) -> list[Order]:
        """Return ended orders, cancelled ones too, oldest first; at most 90 days. Source: GET tradeOrders

        `limit` travels as it is; more than the 1000 that one call gives are asked for page by page.
        """
        return await self._limited(
            "/api/v1/spot/tradeOrders",
            pairs(("symbol", symbol), ("startTime", start), ("endTime", end)),
            limit,
            _PAGE,
        )

    async def sub_account_open_orders(
        self, account_id: str, symbol: str | None, side: Side | None, limit: int | None
    ) -> list[Order]:
        """Return a sub account's working orders, oldest first: all of them, or the venue's first `limit`.

        Source: GET spot/subAccount/openOrders, 500 a call
        """
        path = "/api/v1/spot/subAccount/openOrders"
        asked = pairs(("subAccountId", account_id), ("symbol", symbol), ("side", _side(side)))
        if limit is None:
            orders = await self._pages(path, asked, None, _SUB_PAGE)
        else:
            orders = await self._limited(path, asked, limit, _SUB_PAGE)
        return [_of_account(order, account_id) for order in orders]

    async def sub_account_orders(
        self,
        account_id: str,
        symbol: str | None,
        *,
        side: Side | None,
        start: int | None,
        end: int | None,
        limit: int | None,
    ) -> list[Order]:
        """Return a sub account's ended orders, oldest first; at most 90 days.

        Source: GET spot/subAccount/tradeOrders, 500 a call
        """
        asked = pairs(
            ("subAccountId", account_id),
            ("symbol", symbol),
            ("side", _side(side)),
            ("startTime", start),
            ("endTime", end),
        )
        orders = await self._limited("/api/v1/spot/subAccount/tradeOrders", asked, limit, _SUB_PAGE)
        return [_of_account(order, account_id) for order in orders]

    async def _limited(self, path: str, asked: Parameters, limit: int | None, page_size: int) -> list[Order]:
        if limit is None or limit <= page_size:
            return sorted(await self._page(path, (*asked, *pairs(("limit", limit)))), key=age)
        return await self._pages(path, asked, limit, page_size)

    async def _pages(self, path: str, asked: Parameters, limit: int | None, page_size: int) -> list[Order]:
        """Follow a listing, newest first at the venue, until it ends or `limit` rows have come; oldest first."""
        found: dict[str | None, Order] = {}
        last: str | None = None
        for _ in range(_MAX_PAGES):
            size = page_size if limit is None else min(page_size, limit - len(found))
            page = await self._page(path, (*asked, *pairs(("fromOrderId", last), ("limit", size))))
            known_before = len(found)
            found.update((order.order_id, order) for order in page)
            full = limit is not None and len(found) >= limit
            if len(page) < size or len(found) == known_before or full:
                break
            last = min(page, key=age).order_id
        return sorted(found.values(), key=age)

    async def _page(self, path: str, parameters: Parameters) -> list[Order]:
        def convert(rows: list[messages.OrderRow]) -> list[Order]:
            return [*map(self._parser.order, rows)]

        return await self._api.signed("GET", path, parameters, _ORDERS, convert)


def age(order: Order) -> tuple[int, int, str]:
    """Sort key: oldest first, orders of one time by their ids."""
    order_id = order.order_id or ""
    return (order.created or 0, len(order_id), order_id)


def _side(side: Side | None) -> str | None:
    return None if side is None else side.upper()


def _of_account(order: Order, account_id: str) -> Order:
    return replace(order, account=account_id, extra={**order.extra, ACCOUNT_ID: account_id})
