"""Every order the venue ever took, by account: found by either id, counted while it works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.simulator.records import SimOrder


class OrderRecords:
    """Orders by account in the order of their acceptance; ended ones stay."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, SimOrder]] = {}  # account -> order id -> order
        self._client_ids: dict[str, dict[str, str]] = {}  # account -> client order id -> order id
        self._working: dict[tuple[str, str], int] = {}  # (account, symbol) -> working orders
        self._working_in: dict[str, int] = {}  # symbol -> working orders of all accounts

    def open_account(self, account_id: str) -> None:
        self._orders[account_id] = {}
        self._client_ids[account_id] = {}

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(self._orders)

    def add(self, order: SimOrder) -> None:
        self._orders[order.account_id][order.order_id] = order
        self._client_ids[order.account_id][order.client_order_id] = order.order_id
        if order.status.is_working:
            self._count(order, 1)

    def ended(self, order: SimOrder) -> None:
        """Note that a working order works no more."""
        self._count(order, -1)

    def get(self, account_id: str, order_id: str) -> SimOrder | None:
        return self._orders.get(account_id, {}).get(order_id)

    def by_client_id(self, account_id: str, client_order_id: str) -> SimOrder | None:
        order_id = self._client_ids.get(account_id, {}).get(client_order_id)
        return None if order_id is None else self.get(account_id, order_id)

    def of(self, account_id: str) -> Sequence[SimOrder]:
        return list(self._orders.get(account_id, {}).values())

    def working(self, account_id: str, symbol: str) -> int:
        """Return how many orders of an account work in one instrument."""
        return self._working.get((account_id, symbol), 0)

    def any_working(self, symbol: str) -> bool:
        return self._working_in.get(symbol, 0) > 0

    def __iter__(self) -> Iterator[SimOrder]:
        for orders in self._orders.values():
            yield from orders.values()

    def _count(self, order: SimOrder, change: int) -> None:
        key = (order.account_id, order.symbol)
        self._working[key] = self._working.get(key, 0) + change
        self._working_in[order.symbol] = self._working_in.get(order.symbol, 0) + change
