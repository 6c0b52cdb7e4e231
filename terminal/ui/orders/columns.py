"""The columns of the orders, history and fills tables."""

from __future__ import annotations

from collections.abc import Callable

from terminal.ui import formatting
from terminal.ui.orders.presenter import FillRow, OrderRow
from terminal.ui.orders.state_cell import paint_state
from terminal.ui.record_table import Align, Column


def _full_name(row: OrderRow | FillRow) -> str:
    return row.venue


def ended_at(row: OrderRow) -> int:
    """Return when an order ended, Unix ms: as the venue tells, or as this machine learnt it."""
    return row.desk_order.order.updated or row.desk_order.changed


def _full_time(row: OrderRow) -> str:
    return formatting.day_time(ended_at(row))


def order_columns(
    *,
    ended: bool,
    venue_text: Callable[[OrderRow], str] = _full_name,
    time_text: Callable[[OrderRow], str] = _full_time,
) -> list[Column[OrderRow]]:
    """Return the columns of the working orders, or of those that ended.

    `venue_text` may shorten the venue's name, and `time_text` when an order ended.
    """
    first: Column[OrderRow] = (
        Column(
            key="time", title="Ended, UTC", width=117, role="number", color=lambda row: "second",
            text=time_text, sort_key=ended_at, tooltip=lambda row: formatting.date_time(ended_at(row)),
            copy=lambda row: formatting.date_time(ended_at(row)),
        )
        if ended
        else Column(
            key="age", title="Age", width=40, align=Align.RIGHT, role="number", text=lambda row: row.age,
            color=lambda row: "second", sort_key=lambda row: -row.time,
            tooltip=lambda row: formatting.date_time(row.time),
        )
    )  # fmt: skip
    columns: list[Column[OrderRow]] = [
        first,
        Column(key="venue", title="Venue", width=104, sort_key=lambda row: row.venue,
               text=venue_text, copy=lambda row: row.venue,
               tooltip=lambda row: f"{row.venue}, account {row.desk_order.account}"),
        Column(key="symbol", title="Symbol", width=76, grows=True, text=lambda row: row.symbol,
               sort_key=lambda row: row.symbol),
        Column(key="side", title="Side", width=38, role="text_medium", text=lambda row: row.side,
               color=lambda row: row.side_token, sort_key=lambda row: row.side),
        Column(key="price", title="Price", width=73, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.price,
               sort_key=lambda row: row.desk_order.order.price,
               copy=lambda row: formatting.exact(row.desk_order.order.price)),
        Column(key="quantity", title="Quantity", width=70, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.quantity, sort_key=lambda row: row.desk_order.order.quantity,
               copy=lambda row: formatting.exact(row.desk_order.order.quantity)),
        Column(key="filled", title="Filled", width=66, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.filled,
               color=lambda row: "warning" if row.filled == "?" else "muted" if row.filled == "0" else None,
               sort_key=lambda row: row.desk_order.order.filled_quantity,
               copy=lambda row: formatting.exact(row.desk_order.order.filled_quantity)),
    ]  # fmt: skip
    if ended:
        columns.append(
            Column(key="average", title="Average", width=73, grows=True, align=Align.RIGHT, role="number",
                   text=lambda row: row.average, sort_key=lambda row: row.desk_order.order.average_price,
                   copy=lambda row: formatting.exact(row.desk_order.order.average_price))
        )  # fmt: skip
    columns.append(
        Column(key="state", title="State", width=62 if ended else 90, text=lambda row: row.state_text,
               paint=paint_state, stretch=True,
               sort_key=lambda row: row.state, tooltip=lambda row: row.state_text)
    )  # fmt: skip
    if not ended:
        columns.append(
            Column(key="cancel", title="", width=26, align=Align.CENTER, clickable=True,
                   text=lambda row: "Cancel" if row.can_cancel else "", color=lambda row: "second",
                   icon=lambda row: "x" if row.can_cancel else None,
                   tooltip=lambda row: "Cancel this order" if row.can_cancel else row.state_text)
        )  # fmt: skip
    return columns


def fill_columns(*, venue_text: Callable[[FillRow], str] = _full_name) -> list[Column[FillRow]]:
    """Return the columns of the executions; `venue_text` may shorten the venue's name."""
    return [
        Column(key="time", title="Time, UTC", width=96, role="number", text=lambda row: row.time,
               color=lambda row: "second", sort_key=lambda row: row.fill.time,
               tooltip=lambda row: formatting.date_time(row.fill.time)),
        Column(key="venue", title="Venue", width=104, sort_key=lambda row: row.venue,
               text=venue_text, copy=lambda row: row.venue,
               tooltip=lambda row: row.venue),
        Column(key="symbol", title="Symbol", width=76, grows=True, text=lambda row: row.symbol,
               sort_key=lambda row: row.symbol),
        Column(key="side", title="Side", width=38, role="text_medium", text=lambda row: row.side,
               color=lambda row: row.side_token, sort_key=lambda row: row.side),
        Column(key="price", title="Price", width=73, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.price,
               sort_key=lambda row: row.fill.price, copy=lambda row: formatting.exact(row.fill.price)),
        Column(key="quantity", title="Quantity", width=70, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.quantity, sort_key=lambda row: row.fill.quantity,
               copy=lambda row: formatting.exact(row.fill.quantity)),
        Column(key="value", title="Value", width=74, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: row.value,
               sort_key=lambda row: row.fill.price * row.fill.quantity,
               copy=lambda row: formatting.exact(row.fill.price * row.fill.quantity)),
        Column(key="fee", title="Fee", width=84, grows=True, align=Align.RIGHT, role="number", text=lambda row: row.fee,
               sort_key=lambda row: row.fill.fee, copy=lambda row: formatting.exact(row.fill.fee)),
        Column(key="fee_asset", title="", width=52, text=lambda row: row.fee_asset, color=lambda row: "second"),
        Column(key="liquidity", title="Liquidity", width=64, text=lambda row: row.liquidity,
               color=lambda row: "second", sort_key=lambda row: row.liquidity, stretch=True),
    ]  # fmt: skip
