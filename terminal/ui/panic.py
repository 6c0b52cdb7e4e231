"""Panic: cancel everything everywhere, with a receipt per order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from terminal.domain import OrderStatus
from terminal.trading.activity import LogLevel
from terminal.trading.cancelling import NOT_SENT
from terminal.ui import formatting
from terminal.ui.brief import brief_progress

if TYPE_CHECKING:
    from terminal.trading.desk_order import DeskOrder
    from terminal.ui.panel import PanelContext
    from terminal.ui.toasts import Toasts

CAUSE = "panic"


async def cancel_everything(context: PanelContext, toasts: Toasts) -> list[DeskOrder]:
    """Cancel every working order of every account; tell each one's fate in the log and the sum in a note."""
    working = context.desk.working()
    if not working:
        toasts.show_note(LogLevel.INFO, "No working orders to cancel.", cause=CAUSE)
        return []
    results = await context.desk.cancel_all()
    tell_receipts(context, results)
    worst = max((_level(result.status) for result in results), key=_rank, default=LogLevel.INFO)
    toasts.show_note(worst, summary(results), cause=CAUSE)
    return results


def tell_receipts(context: PanelContext, results: Sequence[DeskOrder]) -> None:
    """Write what became of each cancelled order into the log."""
    for result in results:
        cause = None if result.status.is_final else "a cancel that is not confirmed"
        context.activity.add(_level(result.status), result.account, receipt(result), cause=cause)


def receipt(result: DeskOrder) -> str:
    """Return what became of one order, in plain words."""
    order = result.order
    side = "order" if order.side is None else order.side.value
    what = f"{side} {formatting.exact(order.quantity)} {order.symbol} at {formatting.exact(order.price) or 'market'}"
    if result.status is OrderStatus.CANCELED:
        return f"Cancelled: {what}"
    if result.status is OrderStatus.FILLED:
        return f"Filled before the cancel arrived: {what}"
    if result.status.is_final:
        return f"{result.status.value.capitalize()}: {what}"
    if result.progress is not None and NOT_SENT in result.progress:
        return f"{_capital(brief_progress(result.progress))}: {what}"
    return f"Not confirmed, still being checked: {what}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def summary(results: Sequence[DeskOrder]) -> str:
    """Return how many orders met which end: "4 cancelled, 1 filled, 1 unconfirmed"."""
    cancelled = sum(1 for result in results if result.status is OrderStatus.CANCELED)
    filled = sum(1 for result in results if result.status is OrderStatus.FILLED)
    open_ = sum(1 for result in results if not result.status.is_final)
    other = len(results) - cancelled - filled - open_
    parts = ((cancelled, "cancelled"), (filled, "filled"), (open_, "unconfirmed"), (other, "ended otherwise"))
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "No working orders to cancel."


def _level(status: OrderStatus) -> LogLevel:
    return LogLevel.INFO if status.is_final else LogLevel.ERROR


def _rank(level: LogLevel) -> int:
    return (LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR).index(level)
