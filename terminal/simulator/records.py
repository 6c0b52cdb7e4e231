"""What the simulated venue keeps: orders, executions, refusals, fees and ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.domain import (
    Instrument,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trade,
)
from terminal.domain.numbers import ZERO

USER_CANCEL = "USER_CANCEL"
RISK_CANCEL = "RISKLIMIT_CANCEL"
SELF_TRADE_CANCEL = "SELF_TRADE_CANCEL"
CANCEL_REASONS = frozenset(
    {
        USER_CANCEL,
        RISK_CANCEL,
        SELF_TRADE_CANCEL,
        "SYSTEM_CANCEL",
        "BLOCKED_CANCEL",
        "CLOSED_CANCEL",
        "OFFLINE_CANCEL",
    }
)
"""All reasons the venue's document names."""


@dataclass(slots=True, kw_only=True)
class SimOrder:
    """The venue's own record of an order; the engine alone changes it. Times are ms.

    `price` is None for market orders, `quantity` (base) is None for market orders by `quote_amount`.
    `reason` tells why an order was cancelled, in the venue's words (PROTOCOLS 2.8), else it is empty.
    """

    order_id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal | None
    quantity: Decimal | None
    quote_amount: Decimal | None
    self_trade_prevention: SelfTradePrevention
    status: OrderStatus = OrderStatus.OPEN
    filled_quantity: Decimal = ZERO
    filled_value: Decimal = ZERO
    created: int
    updated: int
    reason: str = ""

    @property
    def remaining(self) -> Decimal:
        """Base quantity still to trade; zero for a market order by quote amount."""
        return ZERO if self.quantity is None else self.quantity - self.filled_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill of one order. `trade_id` is this side's alone, `ticket_id` is the public print's."""

    trade_id: str
    ticket_id: str
    order_id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time: int


class Refusal(Exception):
    """The engine does not take a request. `kind` is one word for the wire to map to the venue's code."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


def _ignore_order(order: SimOrder, execution: Execution | None) -> None:
    """Nobody listens to orders."""


def _ignore_trade(trade: Trade) -> None:
    """Nobody listens to trades."""


def _ignore_balance(account_id: str, asset: str) -> None:
    """Nobody listens to balances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEvents:
    """Callbacks after each change: an order of a client, a public print, a balance (account, asset).

    They must not call back into the engine's writing methods.
    """

    order: Callable[[SimOrder, Execution | None], None] = _ignore_order
    trade: Callable[[Trade], None] = _ignore_trade
    balance: Callable[[str, str], None] = _ignore_balance


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """Fee rates as fractions of the traded value, and which asset pays them.

    A pair quoted in fiat pays in the quote asset on both sides; any other pair pays in the asset received:
    buys in base, sells in quote (vipInfo sample, PROTOCOLS 2.4).
    """

    maker: Decimal = Decimal("0.0010")
    taker: Decimal = Decimal("0.0012")
    fiat: frozenset[str] = field(default_factory=lambda: frozenset({"USD", "AED", "HKD", "EUR", "GBP"}))

    def rate(self, *, is_maker: bool) -> Decimal:
        return self.maker if is_maker else self.taker

    def fee_asset(self, instrument: Instrument, side: Side) -> str:
        if side is Side.BUY and instrument.quote not in self.fiat:
            return instrument.base
        return instrument.quote

    def lock_rate(self, instrument: Instrument, side: Side) -> Decimal:
        """The fraction of the value to lock on top of it, so that the fee is surely covered."""
        if side is Side.BUY and instrument.quote in self.fiat:
            return max(self.maker, self.taker, ZERO)
        return ZERO


class IdSource:
    """Ascending 19-digit ids made of the time in ms and a counter: one family for orders and executions,
    one for public prints (the venue's two families, PROTOCOLS 2.4). Never repeats, even if the clock goes back.
    """

    _PER_MS = 1_000_000
    _TICKET_OFFSET_MS = 2_800_000_000_000

    def __init__(self) -> None:
        self._last_order = 0
        self._last_ticket = 0

    def next_order(self, now: int) -> str:
        """Return a new id for an order or for one side of an execution."""
        self._last_order = max(self._last_order + 1, now * self._PER_MS)
        return str(self._last_order)

    def next_ticket(self, now: int) -> str:
        """Return a new id for a public print."""
        self._last_ticket = max(self._last_ticket + 1, (now + self._TICKET_OFFSET_MS) * self._PER_MS)
        return str(self._last_ticket)

    def export_state(self) -> dict[str, object]:
        return {"order": str(self._last_order), "ticket": str(self._last_ticket)}

    def import_state(self, state: Mapping[str, object]) -> None:
        self._last_order = int(str(state["order"]))
        self._last_ticket = int(str(state["ticket"]))
