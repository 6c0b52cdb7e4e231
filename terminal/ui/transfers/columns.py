"""The columns of the transfers panel's tables."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from terminal.domain import Fill, Order
from terminal.domain.numbers import decimals_of
from terminal.domain.wallet import BalanceChange, Transfer
from terminal.ui import formatting
from terminal.ui.record_table import Align, Column
from terminal.ui.transfers.presenter import HoldingRow, needs_proof, status_token


def _time(time: int | None) -> str:
    return formatting.day_time(time)


def _number(value: Decimal | None) -> str:
    return "" if value is None else formatting.number(value, decimals_of(value.normalize()))


def holding_columns() -> list[Column[HoldingRow]]:
    return [
        Column(key="account", title="Account", width=180, grows=True, text=lambda row: row.account,
               sort_key=lambda row: row.account, tooltip=lambda row: f"{row.account}, {row.id}"),
        Column(key="asset", title="Asset", width=64, role="text_medium", text=lambda row: row.asset,
               sort_key=lambda row: row.asset),
        Column(key="free", title="Free", width=110, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.free), sort_key=lambda row: row.free,
               copy=lambda row: formatting.exact(row.free)),
        Column(key="locked", title="Locked", width=110, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.locked), sort_key=lambda row: row.locked,
               color=lambda row: None if row.locked else "muted", copy=lambda row: formatting.exact(row.locked)),
        Column(key="id", title="Account number", width=130, text=lambda row: row.id, color=lambda row: "second",
               stretch=True),
    ]  # fmt: skip


def transfer_columns(*, proof: bool = False, both_ways: bool = False) -> list[Column[Transfer]]:
    """Return the columns of deposits, withdrawals or, `both_ways`, bank transfers; `proof` adds the sender's word."""
    columns: list[Column[Transfer]] = [
        Column(key="time", title="Time, UTC", width=117, role="number", text=lambda row: _time(row.time),
               color=lambda row: "second", sort_key=lambda row: row.time,
               tooltip=lambda row: formatting.date_time(row.time), copy=lambda row: formatting.date_time(row.time)),
        Column(key="asset", title="Asset", width=52, role="text_medium", text=lambda row: row.asset,
               sort_key=lambda row: row.asset),
        Column(key="quantity", title="Quantity", width=70, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.quantity), sort_key=lambda row: row.quantity,
               copy=lambda row: formatting.exact(row.quantity)),
        Column(key="fee", title="Fee", width=50, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.fee), sort_key=lambda row: row.fee,
               copy=lambda row: formatting.exact(row.fee)),
        Column(key="status", title="State", width=120, color=status_token, stretch=True,
               text=lambda row: row.status_text or row.status.value.replace("_", " ").capitalize(),
               sort_key=lambda row: row.status, tooltip=lambda row: row.status_text or ""),
        Column(key="tx_id", title="Transaction", width=84, text=lambda row: row.tx_id or row.id,
               color=lambda row: "second", tooltip=lambda row: row.tx_id or row.id),
    ]  # fmt: skip
    if both_ways:
        columns.insert(
            1,
            Column(key="direction", title="Way", width=82, text=lambda row: row.direction.value.capitalize(),
                   sort_key=lambda row: row.direction),
        )  # fmt: skip
    if proof:
        columns = [column for column in columns if column.key != "fee"]  # a deposit has none
        columns.append(
            Column(key="proof", title="", width=112, clickable=True, color=lambda row: "accent_text",
                   text=lambda row: "Confirm sender…" if needs_proof(row) else "",
                   tooltip=lambda row: "The venue asks who sent this" if needs_proof(row) else "")
        )  # fmt: skip
    return columns


def statement_columns(account_name: Callable[[str], str]) -> list[Column[BalanceChange]]:
    return [
        Column(key="time", title="Time, UTC", width=117, role="number", text=lambda row: _time(row.time),
               color=lambda row: "second", sort_key=lambda row: row.time,
               copy=lambda row: formatting.date_time(row.time)),
        Column(key="account", title="Account", width=110, grows=True, text=lambda row: account_name(row.account_id),
               sort_key=lambda row: account_name(row.account_id)),
        Column(key="kind", title="What", width=110, grows=True, text=lambda row: row.kind_text,
               sort_key=lambda row: row.kind_text),
        Column(key="asset", title="Asset", width=52, role="text_medium", text=lambda row: row.asset,
               sort_key=lambda row: row.asset),
        Column(key="change", title="Change", width=70, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: ("+" if row.change > 0 else "") + _number(row.change),
               sort_key=lambda row: row.change, copy=lambda row: formatting.exact(row.change)),
        Column(key="total", title="Balance after", width=84, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.total), sort_key=lambda row: row.total,
               copy=lambda row: formatting.exact(row.total)),
        Column(key="symbol", title="Symbol", width=40, text=lambda row: row.symbol or "", color=lambda row: "second",
               stretch=True),
    ]  # fmt: skip


def sub_order_columns() -> list[Column[Order]]:
    return [
        Column(key="time", title="Time, UTC", width=117, role="number", text=lambda row: _time(row.created),
               color=lambda row: "second", sort_key=lambda row: row.created),
        Column(key="symbol", title="Symbol", width=84, text=lambda row: row.symbol, sort_key=lambda row: row.symbol),
        Column(key="side", title="Side", width=44, role="text_medium",
               text=lambda row: "" if row.side is None else row.side.value.capitalize(),
               color=lambda row: None if row.side is None else f"{row.side.value}_text"),
        Column(key="price", title="Price", width=80, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.price), sort_key=lambda row: row.price),
        Column(key="quantity", title="Quantity", width=80, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.quantity), sort_key=lambda row: row.quantity),
        Column(key="filled", title="Filled", width=80, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.filled_quantity), sort_key=lambda row: row.filled_quantity),
        Column(key="state", title="State", width=90, text=lambda row: row.status.value.replace("_", " ").capitalize(),
               sort_key=lambda row: row.status, tooltip=lambda row: row.reason or "", stretch=True),
    ]  # fmt: skip


def sub_fill_columns() -> list[Column[Fill]]:
    return [
        Column(key="time", title="Time, UTC", width=117, role="number", text=lambda row: _time(row.time),
               color=lambda row: "second", sort_key=lambda row: row.time),
        Column(key="symbol", title="Symbol", width=84, text=lambda row: row.symbol, sort_key=lambda row: row.symbol),
        Column(key="side", title="Side", width=44, role="text_medium", text=lambda row: row.side.value.capitalize(),
               color=lambda row: f"{row.side.value}_text"),
        Column(key="price", title="Price", width=80, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.price), sort_key=lambda row: row.price),
        Column(key="quantity", title="Quantity", width=80, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.quantity), sort_key=lambda row: row.quantity),
        Column(key="fee", title="Fee", width=84, grows=True, align=Align.RIGHT, role="number",
               text=lambda row: _number(row.fee), sort_key=lambda row: row.fee),
        Column(key="fee_asset", title="", width=52, text=lambda row: row.fee_asset or "", color=lambda row: "second",
               stretch=True),
    ]  # fmt: skip
