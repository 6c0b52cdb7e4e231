"""The ladder's mouse grammar: what a press and a release mean, and when nothing is sent.

A click acts on release, at the price that was pressed and is still shown there. Every doubt (another row under the
pointer, another instrument, a lost stream, a modifier let go) ends in words and sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import InstrumentId, Side
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.view import OwnOrder

REPEAT_GUARD_MS = 500
"""A second click at the same place within this time is a double click: it rests no second order."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell under the pointer; `price` is exact."""

    zone: Zone
    row: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides over a click at this moment.

    `no_account` and `unreliable` say in words why nothing can be sent, None when it can. `preset` is the size of a
    click in base units.
    """

    instrument: InstrumentId
    best_bid: Decimal | None
    best_ask: Decimal | None
    armed: bool
    preset: Decimal | None
    no_account: str | None = None
    unreliable: str | None = None
    orders: Sequence[OwnOrder] = ()


@dataclass(frozen=True, slots=True)
class RestOrder:
    """Place a limit order. `may_cross` is True when the trader held the second modifier for it."""

    side: Side
    price: Decimal
    quantity: Decimal
    may_cross: bool


@dataclass(frozen=True, slots=True)
class CancelOwn:
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PickPrice:
    """Fill the ticket with this price; `because` says why no order was sent, None when none was meant."""

    price: Decimal
    because: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was sent; `reason` says why."""

    reason: str


Intent = RestOrder | CancelOwn | PickPrice | Refused


@dataclass(frozen=True, slots=True)
class _Press:
    cell: Cell
    instrument: InstrumentId
    ctrl: bool
    armed: bool
    crossed: bool
    own: tuple[str, ...]


def side_of(zone: Zone) -> Side | None:
    """Return the side that a click in this column trades on."""
    return {Zone.BID: Side.BUY, Zone.ASK: Side.SELL}.get(zone)


def crosses(side: Side, price: Decimal, best_bid: Decimal | None, best_ask: Decimal | None) -> bool:
    """Tell whether a limit order there would trade at once."""
    if side is Side.BUY:
        return best_ask is not None and price >= best_ask
    return best_bid is not None and price <= best_bid


class ClickGrammar:
    """One ladder's left button: `press`, then `release` or `abandon`."""

    def __init__(self) -> None:
        self._press: _Press | None = None
        self._abandoned: str | None = None
        self._last_click: tuple[Cell, int] | None = None

    @property
    def pressed(self) -> Cell | None:
        """The cell that is held down, None once the gesture was abandoned."""
        return self._press.cell if self._press is not None and self._abandoned is None else None

    def press(self, cell: Cell, situation: Situation, own: Sequence[OwnOrder], *, ctrl: bool, now: int) -> None:
        """Begin a gesture. `own` are the orders of this row; `now` is in ms."""
        side = side_of(cell.zone)
        crossed = side is not None and crosses(side, cell.price, situation.best_bid, situation.best_ask)
        keys = tuple(order.key for order in own)
        self._press = _Press(cell, situation.instrument, ctrl, situation.armed, crossed, keys)
        self._abandoned = None
        if self._is_repeated(cell, now):
            self.abandon("Double click: only the first click counts")
            self._last_click = (cell, now)

    def abandon(self, reason: str) -> None:
        """Send nothing for the button that is down: Esc, a lost stream, another instrument, a scroll."""
        if self._press is not None and self._abandoned is None:
            self._abandoned = reason

    def release(self, cell: Cell | None, situation: Situation, *, ctrl: bool, now: int) -> Intent | None:
        """End the gesture; `cell` is what lies under the pointer now. None when there is nothing to say."""
        press, self._press = self._press, None
        if press is None:
            return None
        if self._abandoned is not None:
            return Refused(self._abandoned)
        if situation.instrument != press.instrument:
            return Refused("The instrument changed: nothing was sent")
        if cell is None or cell.zone is not press.cell.zone:
            return Refused("Released elsewhere: nothing was sent")
        if cell != press.cell:
            return Refused("Another price is under the pointer: nothing was sent")
        if cell.zone is Zone.MINE:
            return self._cancel(press, situation)
        if cell.zone is Zone.PRICE:
            return PickPrice(cell.price, None)
        side = side_of(cell.zone)
        if side is None:
            return None
        intent = self._trade(press, side, situation, ctrl=ctrl)
        if isinstance(intent, RestOrder):
            self._last_click = (cell, now)
        return intent

    def _is_repeated(self, cell: Cell, now: int) -> bool:
        if self._last_click is None or side_of(cell.zone) is None:
            return False
        before, time = self._last_click
        return before == cell and now - time < REPEAT_GUARD_MS

    @staticmethod
    def _cancel(press: _Press, situation: Situation) -> Intent | None:
        if not press.own:
            return None
        still = {order.key for order in situation.orders}
        keys = tuple(key for key in press.own if key in still)
        return CancelOwn(keys) if keys else Refused("That order is no longer working")

    @staticmethod
    def _trade(press: _Press, side: Side, situation: Situation, *, ctrl: bool) -> Intent:
        price = press.cell.price
        if situation.no_account is not None:
            return PickPrice(price, f"{situation.no_account}: click fills the ticket")
        if not (situation.armed and press.armed):
            return PickPrice(price, "Disarmed: click fills the ticket")
        if situation.unreliable is not None:
            return Refused(f"Nothing sent, the book is {situation.unreliable}")
        if situation.preset is None or situation.preset <= 0:
            return Refused("Choose a size in the ticket first")
        if crosses(side, price, situation.best_bid, situation.best_ask):
            if not (ctrl and press.ctrl):
                now_crosses = "Would cross" if press.crossed else "The book moved: it would cross now"
                return Refused(f"{now_crosses}. Ctrl+click to take")
            return RestOrder(side, price, situation.preset, may_cross=True)
        return RestOrder(side, price, situation.preset, may_cross=False)
