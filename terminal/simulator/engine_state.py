"""The engine's state as plain JSON values and back, to the digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from terminal.domain import OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from terminal.domain.numbers import plain
from terminal.simulator.ledger import Ledger
from terminal.simulator.order_records import OrderRecords
from terminal.simulator.records import Execution, IdSource, SimOrder
from terminal.simulator.settlement import Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    ids: Mapping[str, object]
    balances: Mapping[str, Mapping[str, tuple[str, str]]]
    orders: tuple[SimOrder, ...]
    executions: tuple[Execution, ...]
    locks: Mapping[str, Decimal]


def dump(ids: IdSource, ledger: Ledger, records: OrderRecords, settlement: Settlement) -> dict[str, object]:
    """Return all that `load` reads."""
    return {
        "ids": ids.export_state(),
        "balances": ledger.export_state(),
        "orders": [dump_order(order) for order in records],
        "executions": [dump_execution(row) for rows in settlement.executions.values() for row in rows],
        "locks": {order_id: plain(amount) for order_id, amount in settlement.locks.items()},
    }


def dump_order(order: SimOrder) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "account_id": order.account_id,
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side.value,
        "type": order.type.value,
        "time_in_force": order.time_in_force.value,
        "price": _text(order.price),
        "quantity": _text(order.quantity),
        "quote_amount": _text(order.quote_amount),
        "self_trade_prevention": order.self_trade_prevention.value,
        "status": order.status.value,
        "filled_quantity": plain(order.filled_quantity),
        "filled_value": plain(order.filled_value),
        "created": order.created,
        "updated": order.updated,
        "reason": order.reason,
    }


def load_order(row: Mapping[str, Any]) -> SimOrder:
    return SimOrder(
        order_id=row["order_id"],
        account_id=row["account_id"],
        client_order_id=row["client_order_id"],
        symbol=row["symbol"],
        side=Side(row["side"]),
        type=OrderType(row["type"]),
        time_in_force=TimeInForce(row["time_in_force"]),
        price=_number(row["price"]),
        quantity=_number(row["quantity"]),
        quote_amount=_number(row["quote_amount"]),
        self_trade_prevention=SelfTradePrevention(row["self_trade_prevention"]),
        status=OrderStatus(row["status"]),
        filled_quantity=Decimal(row["filled_quantity"]),
        filled_value=Decimal(row["filled_value"]),
        created=row["created"],
        updated=row["updated"],
        reason=row["reason"],
    )


def dump_execution(execution: Execution) -> dict[str, object]:
    return {
        "trade_id": execution.trade_id,
        "ticket_id": execution.ticket_id,
        "order_id": execution.order_id,
        "account_id": execution.account_id,
        "client_order_id": execution.client_order_id,
        "symbol": execution.symbol,
        "side": execution.side.value,
        "price": plain(execution.price),
        "quantity": plain(execution.quantity),
        "fee": plain(execution.fee),
        "fee_asset": execution.fee_asset,
        "is_maker": execution.is_maker,
        "time": execution.time,
    }


def load_execution(row: Mapping[str, Any]) -> Execution:
    return Execution(
        trade_id=row["trade_id"],
        ticket_id=row["ticket_id"],
        order_id=row["order_id"],
        account_id=row["account_id"],
        client_order_id=row["client_order_id"],
        symbol=row["symbol"],
        side=Side(row["side"]),
        price=Decimal(row["price"]),
        quantity=Decimal(row["quantity"]),
        fee=Decimal(row["fee"]),
        fee_asset=row["fee_asset"],
        is_maker=row["is_maker"],
        time=row["time"],
    )


def load(state: Mapping[str, Any]) -> EngineState:
    """Read an exported state; raises ValueError naming what is missing or malformed."""
    try:
        return EngineState(
            ids=state["ids"],
            balances=state["balances"],
            orders=tuple(load_order(row) for row in state["orders"]),
            executions=tuple(load_execution(row) for row in state["executions"]),
            locks={order_id: Decimal(amount) for order_id, amount in state["locks"].items()},
        )
    except KeyError as missing:
        raise ValueError(f"the engine's state lacks {missing}") from missing
    except (TypeError, ArithmeticError, AttributeError) as malformed:
        raise ValueError(f"the engine's state is malformed: {malformed}") from malformed


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
