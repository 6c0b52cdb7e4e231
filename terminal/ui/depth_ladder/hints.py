"""The ladder's footer: the mouse grammar in words, and what a click under the pointer would do. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from terminal.domain import OrderStatus, Side
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.gesture import Cell, Situation, crosses, side_of
from terminal.ui.depth_ladder.view import OwnOrder


class Hint(NamedTuple):
    """A key cap ("" for none), the words after it, and their tone: "second", "buy_text", "sell_text" or "warning"."""

    key: str
    words: str
    tone: str = "second"


Line = tuple[Hint, ...]

_WHEEL = (Hint("Click own", "cancel"), Hint("Right", "recentre"), Hint("Ctrl Wheel", "group"))


def grammar(situation: Situation) -> tuple[Line, Line]:
    """Return the two lines shown while the pointer is elsewhere."""
    if situation.no_account is not None or not situation.armed:
        words = situation.no_account or "Disarmed"
        return (Hint("", f"{words}:"), Hint("Click", "fills the ticket")), _WHEEL
    size = "no size chosen" if situation.preset is None else f"rest {short(situation.preset)}"
    return (Hint("Click", size), Hint("Ctrl Click", "may cross")), _WHEEL


def under_pointer(
    cell: Cell, situation: Situation, own: Sequence[OwnOrder], price_text: Callable[[Decimal], str]
) -> Line | None:
    """Return what a click in this cell would do, with the exact price it would send; None: nothing."""
    price = price_text(cell.price)
    if cell.zone is Zone.MINE:
        return (Hint("Click", _cancel_words(own, price_text), _tone(own[0].side)),) if own else None
    side = side_of(cell.zone)
    if side is None or situation.no_account is not None or not situation.armed:
        words = "" if situation.no_account is None and situation.armed else f"{situation.no_account or 'Disarmed'}:"
        line = (Hint("Click", f"{price} to the ticket"),)
        return (Hint("", words), *line) if words else line
    if situation.unreliable is not None:
        return (Hint("", f"Book {situation.unreliable}", "warning"),)
    if situation.preset is None:
        return (Hint("", "Choose a size in the ticket first", "warning"),)
    words = f"{'buy' if side is Side.BUY else 'sell'} {short(situation.preset)} at {price}"
    if crosses(side, cell.price, situation.best_bid, situation.best_ask):
        return (Hint("Ctrl Click", words, "warning"),)
    return (Hint("Click", words, _tone(side)),)


def short(quantity: Decimal) -> str:
    """Return a quantity without trailing zeros: 0.25000 reads 0.25."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cancel_words(own: Sequence[OwnOrder], price_text: Callable[[Decimal], str]) -> str:
    if len({order.side for order in own}) > 1:
        return f"cancel {len(own)} orders, buys and sells"
    if all(order.status is OrderStatus.PENDING_CANCEL for order in own):
        return "cancel again: the venue has not answered yet"
    total = short(sum((order.remaining for order in own), Decimal(0)))
    side = "buy" if own[0].side is Side.BUY else "sell"
    prices = sorted({order.price for order in own})
    where = price_text(prices[0]) if len(prices) == 1 else f"{price_text(prices[0])} to {price_text(prices[-1])}"
    if len(own) > 1:
        return f"cancel {len(own)} orders, {side} {total} at {where}"
    return f"cancel {side} {total} at {where}"


def _tone(side: Side) -> str:
    return "buy_text" if side is Side.BUY else "sell_text"
