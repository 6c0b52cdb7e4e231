"""An order as the desk holds it: the venue's order, our key for it, and what is being done about it."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.domain import InstrumentId, Order, OrderStatus

OrderKey = str
"""Our own id of an order: stable from the first millisecond, and over restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOrder:
    """One order at one moment; the desk replaces it when something changes, so keep `key`, not the object.

    `submitted` and `changed` are this machine's ms. `progress` says what is being done to learn the order's
    fate ("asking the venue, try 2"); None: nothing is. `foreign` orders were not placed here. `checking` marks a
    state read from the journal that the venue has not confirmed since the start.
    """

    key: OrderKey
    order: Order
    account: str
    submitted: int
    changed: int
    progress: str | None = None
    foreign: bool = False
    checking: bool = False

    @property
    def instrument_id(self) -> InstrumentId:
        return InstrumentId(self.order.venue, self.order.symbol)

    @property
    def status(self) -> OrderStatus:
        return self.order.status

    @property
    def is_working(self) -> bool:
        return self.order.status.is_working


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalState:
    """When (ms) the journal was last synced to disk, and what is wrong with it in plain words; None: nothing."""

    synced_at: int | None = None
    problem: str | None = None
