"""The ChainUp engine's reads of orders, fills and balances (PROTOCOLS 4.4).

The venue lists orders and fills of one pair at a time; what holds for the whole account is put together here, from the
pairs that have something to tell (`active_pairs`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from terminal.connectors.chainup import messages
from terminal.connectors.chainup.active_pairs import ActivePairs
from terminal.connectors.chainup.api import ChainUpApi
from terminal.connectors.chainup.market_data import MarketData
from terminal.connectors.chainup.order_entry import named
from terminal.connectors.chainup.parse import Parser
from terminal.connectors.parameters import Parameters, pairs
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import decoder, union_decoder
from terminal.domain.account import Balance, Fill
from terminal.domain.failures import OrderNotFound
from terminal.domain.kinds import Source
from terminal.domain.order import Order

T = TypeVar("T")

_SHOWN = decoder(messages.ShownOrder)
_ORDERS = union_decoder(messages.OrderPage | None)
_TRADES = union_decoder(messages.TradePage | None)
_ACCOUNT = decoder(messages.Account)

PAGE = 100
_MAX_PAGES = 50


class OrderQueries:
    """Reads of one account. One unreadable row makes a listing unusable: an order missing from it would seem gone."""

    def __init__(self, api: ChainUpApi, parser: Parser, market: MarketData) -> None:
        self._api = api
        self._parser = parser
        self._market = market
        self._active = ActivePairs()

    def stir(self, symbol: str) -> None:
        """Note that something was done in a pair."""
        self._active.stir(symbol)

    # one order

    async def order(self, order: Order) -> Order:
        """Return the order as the venue knows it now. Source: POST /v1/showOrder"""
        found, _ = await self.shown(order)
        return found

    async def shown(self, order: Order, *, polled: bool = False) -> tuple[Order, list[Fill]]:
        """Return the order and its fills, oldest first. Source: POST /v1/showOrder"""

        def convert(reply: messages.ShownOrder) -> tuple[Order, list[Fill]] | None:
            if reply.order_info is None:
                return None
            shown = self._parser.order(reply.order_info, order.symbol)
            rows = reply.trade_list or ()
            fills = [self._parser.fill(row, order.symbol, side=shown.side, order_id=shown.order_id) for row in rows]
            return shown, sorted(fills, key=age_of_fill)

        found = await self._api.signed(
            "/v1/showOrder",
            named(self._api.profile.venue, order),
            _SHOWN,
            convert,
            about_order=True,
            polled=polled,
        )
        if found is None:
            raise OrderNotFound("The venue knows no such order", venue=self._api.profile.venue)
        self.stir(order.symbol)
        return found

    # lists

    async def open_orders(self, symbol: str | None, *, polled: bool = False) -> list[Order]:
        """Return working orders, oldest first; without a pair those of all pairs.

        A row keeps its own status: the list shows orders for a while after they ended. Source: POST /v1/openOrders
        """
        if symbol is not None:
            return await self._open_of(symbol, polled=polled)
        return await self._open_of_all(polled=polled)

    async def _open_of(self, symbol: str, *, polled: bool) -> list[Order]:
        rows = await self._orders("/v1/openOrders", pairs(("symbol", symbol)), symbol, _Span(), polled=polled)
        orders = [order for order in rows if order.status.is_working]
        return sorted(orders, key=age_of_order)

    async def _open_of_all(self, *, polled: bool) -> list[Order]:
        """Ask pair by pair until what is found explains all that is locked."""
        locks = self._active.unexplained(await self.balances(polled=polled))
        listed = await self._market.pairs()
        found: list[Order] = []
        for symbol in self._active.in_order_of_use(listed):
            pair = listed.get(symbol)
            if self._active.may_hold_orders(symbol, pair, locks):
                orders = await self._open_of(symbol, polled=polled)
                found += orders
                for order in orders:
                    locks.explain(order, pair)
        self._active.explained(locks)
        return sorted(found, key=age_of_order)

    async def order_history(
        self, symbol: str | None, start: int | None, end: int | None, limit: int | None
    ) -> list[Order]:
        """Return orders of every state, oldest first: the newest `limit` created from `start` to `end` (ms).

        Without a pair, of those pairs in which orders may have filled since they were last asked for.
        Source: POST /v1/allOrders
        """
        span = _Span(start, end, limit)
        symbols = (symbol,) if symbol is not None else await self._filled_pairs(await self.balances(polled=True), start)
        found: list[Order] = []
        for one in symbols:
            asked = (("symbol", one), *self._dates(span))
            found += await self._orders("/v1/allOrders", asked, one, span, polled=symbol is None)
        return span.newest(sorted(found, key=age_of_order))

    async def fills(self, symbol: str | None, start: int | None, end: int | None, limit: int | None) -> list[Fill]:
        """Return fills, oldest first: the newest `limit` from `start` to `end` (ms); without a pair as for orders.

        Source: POST /v1/myTrades
        """
        span = _Span(start, end, limit)
        if symbol is not None:
            found = await self._fills_of(symbol, span, polled=False)
        else:
            balances = await self.balances(polled=True)
            found = []
            for one in await self._filled_pairs(balances, start):
                found += await self._fills_of(one, span, polled=True)
            if end is None:
                self._active.told(balances, start)
        return span.newest(sorted(found, key=age_of_fill))

    async def _filled_pairs(self, balances: Sequence[Balance], since: int | None) -> Sequence[str]:
        return self._active.with_fills(await self._market.pairs(), balances, since)

    # balances

    async def balances(self, *, polled: bool = False) -> list[Balance]:
        """Source: POST /v1/account"""
        source = Source.POLL if polled else Source.SNAPSHOT
        return await self._api.signed(
            "/v1/account",
            (),
            _ACCOUNT,
            lambda reply: [self._parser.balance(row, source=source, received=machine_ms()) for row in reply.coin_list],
            polled=polled,
        )

    # pages

    async def _orders(self, path: str, asked: Parameters, symbol: str, span: _Span, *, polled: bool) -> list[Order]:
        def convert(reply: messages.OrderPage | None) -> _Page[Order]:
            rows = () if reply is None else reply.result_list or reply.order_list or ()
            orders = [self._parser.order(row, symbol) for row in rows]
            return _Page({order.order_id: order for order in orders}, None if reply is None else _count(reply.count))

        async def read(page: Parameters) -> _Page[Order]:
            return await self._api.signed(path, (*asked, *page), _ORDERS, convert, polled=polled)

        return await _pages(read, span, lambda order: order.created)

    async def _fills_of(self, symbol: str, span: _Span, *, polled: bool) -> list[Fill]:
        def convert(reply: messages.TradePage | None) -> _Page[Fill]:
            fills = [self._parser.fill(row, symbol) for row in (() if reply is None else reply.result_list or ())]
            by_id = {(fill.order_id, fill.trade_id): fill for fill in fills}
            return _Page(by_id, None if reply is None else _count(reply.count))

        async def read(page: Parameters) -> _Page[Fill]:
            asked = (("symbol", symbol), *self._dates(span), *page)
            return await self._api.signed("/v1/myTrades", asked, _TRADES, convert, polled=polled)

        return await _pages(read, span, lambda fill: fill.time)

    def _dates(self, span: _Span) -> Parameters:
        """Return the date texts of a span, by whole seconds that hold it; rows beside it are left out here."""
        zone = self._api.profile.date_zone_ms
        return pairs(
            ("startDate", None if span.start is None else _date_text(span.start + zone)),
            ("endDate", None if span.end is None else _date_text(span.end + 999 + zone)),
        )


@dataclass(frozen=True, slots=True)
class _Span:
    """What of a listing is wanted: the newest `limit` rows of a time from `start` to `end` (ms, both included)."""

    start: int | None = None
    end: int | None = None
    limit: int | None = None

    def __contains__(self, moment: int | None) -> bool:
        if moment is None:
            return True
        return (self.start is None or moment >= self.start) and (self.end is None or moment <= self.end)

    def newest(self, rows: list[T]) -> list[T]:
        return rows if self.limit is None else rows[max(len(rows) - self.limit, 0) :]


@dataclass(frozen=True, slots=True)
class _Page(Generic[T]):
    """One page's rows by their ids, and how many rows there are in all, where the venue says so."""

    rows: Mapping[Any, T]
    count: int | None


async def _pages(
    read: Callable[[Parameters], Awaitable[_Page[T]]], span: _Span, time_of: Callable[[T], int | None]
) -> list[T]:
    """Read pages until they end, or the wanted rows have come; return the rows within the span.

    Neither the largest page nor the order of rows is documented: the pages go on while they bring new rows, and are
    only cut short where the newest come first.
    """
    size = PAGE if span.limit is None else max(1, min(span.limit, PAGE))
    found: dict[object, T] = {}
    for number in range(1, _MAX_PAGES + 1):
        page = await read((("pageSize", str(size)), ("page", str(number))))
        before = len(found)
        found.update(page.rows)
        times = [time_of(row) or 0 for row in page.rows.values()]
        within = sum(time_of(row) in span for row in found.values())
        newest_first = len(times) > 1 and times[0] >= times[-1]
        ended = len(page.rows) < size if page.count is None else len(found) >= page.count
        if ended or len(found) == before or (span.limit is not None and newest_first and within >= span.limit):
            break
    return [row for row in found.values() if time_of(row) in span]


def _count(value: object) -> int | None:
    return value if type(value) is int else int(value) if isinstance(value, str) and value.isdigit() else None


def age_of_order(order: Order) -> tuple[int, int, str]:
    """Sort key: oldest first, orders of one time by their ids."""
    order_id = order.order_id or ""
    return order.created or 0, len(order_id), order_id


def age_of_fill(fill: Fill) -> tuple[int, int, str]:
    """Sort key: oldest first, fills of one time by their ids."""
    return fill.time, len(fill.trade_id), fill.trade_id


def _date_text(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M:%S}"
