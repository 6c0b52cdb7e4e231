"""HashKey's private stream, free of I/O: account frames in, orders, fills and balances out (PROTOCOLS 2.8)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from terminal.connectors import wire
from terminal.connectors.contract import Event
from terminal.connectors.hashkey import stream_messages as frames
from terminal.connectors.hashkey.parse import Parser, cancel_reason
from terminal.connectors.wire import decoder, union_decoder
from terminal.domain.account import Balance, Fill
from terminal.domain.kinds import Source
from terminal.domain.numbers import ZERO
from terminal.domain.order import Order

_FRAME = decoder(list[msgspec.Raw])
_EVENT = union_decoder(frames.PrivateEvent)
_CONTROL = decoder(frames.ControlFrame)

_REMEMBERED_ORDERS = 4096


@dataclass(slots=True)
class _Seen:
    """What the stream has said about one order: the quantity filled, its fills, tickets without a fill yet."""

    filled: Decimal
    fills: list[Fill]
    tickets: list[frames.TicketInfo]


class PrivateStream:
    """One account's protocol. An execution becomes a fill only when the filled quantity grew.

    A ticket tells only whether a fill was made as maker: the fill is then sent once more, completed, under the
    same trade id.
    """

    is_ready = True

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._malformed = parser.malformed
        self._orders: OrderedDict[str, _Seen] = OrderedDict()
        self.replies: list[str] = []
        self.messages = 0

    def opening(self, now: int) -> Sequence[str]:
        return ()

    def heartbeat(self, now: int) -> Sequence[str]:
        return [f'{{"ping":{now}}}']

    def on_frame(self, frame: bytes, received: int) -> Sequence[Event]:
        self.messages += 1
        try:
            raw_events = _FRAME.decode(frame)
        except msgspec.ValidationError:
            self._on_control(frame)
            return ()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._malformed.count("private stream: not JSON", error)
            return ()
        events: list[Event] = []
        for raw in raw_events:
            try:
                events.extend(self._events(_EVENT.decode(raw), received))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._malformed.count("private stream: unknown event or wrong shape", error)
            except ValueError as error:
                self._malformed.count("private stream: unusable value", error)
        return events

    def _on_control(self, frame: bytes) -> None:
        try:
            control = _CONTROL.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._malformed.count("private stream: wrong shape", error)
            return
        if control.ping is not None:
            self.replies.append(json.dumps({"pong": control.ping}))
        elif control.pong is None and control.event is None:
            self._malformed.count("private stream: unknown message", control.msg or control.desc or "")

    def _events(self, event: frames.PrivateEvent, received: int) -> list[Event]:
        if isinstance(event, frames.ExecutionReport):
            return self._execution(event)
        if isinstance(event, frames.TicketInfo):
            return self._ticket(event)
        if isinstance(event, frames.AccountUpdate):
            return [self._balance(entry, received) for entry in event.balances]
        return []  # custody and fiat balances are not those of the trading account

    def _balance(self, entry: frames.BalanceEntry, received: int) -> Balance:
        return Balance(
            venue=self._parser.venue,
            account=self._parser.account,
            asset=wire.text(entry.a),
            free=wire.number(entry.f),
            locked=wire.number(entry.locked),
            source=Source.STREAM,
            received=received,
        )

    def _execution(self, report: frames.ExecutionReport) -> list[Event]:
        order = self._order(report)
        seen = self._seen(wire.text(report.order_id))
        last = wire.known(report.last_quantity)
        if last is None or order.filled_quantity <= seen.filled:
            return [order]
        fill = self._fill(report, order, last)
        seen.filled = order.filled_quantity
        for ticket in seen.tickets:
            if _same_execution(fill, ticket):
                seen.tickets.remove(ticket)
                fill = _completed(fill, ticket)
                break
        seen.fills.append(fill)
        return [order, fill]

    def _order(self, report: frames.ExecutionReport) -> Order:
        parser = self._parser
        return Order(
            venue=parser.venue,
            account=parser.account,
            symbol=wire.text(report.symbol),
            side=parser.side(report.side),
            type=parser.order_type(report.type),
            status=parser.status(report.status),
            order_id=wire.text(report.order_id),
            client_order_id=wire.optional_text(report.client_order_id),
            price=wire.known(report.price),
            quantity=wire.known(report.quantity),
            quote_amount=wire.known(report.requested_amount),
            filled_quantity=ZERO if report.filled is None else wire.not_negative(report.filled),
            average_price=wire.known(report.average_price),
            time_in_force=parser.time_in_force(report.time_in_force),
            created=wire.optional_time(report.created),
            updated=wire.optional_time(report.event_time),
            reason=cancel_reason(report.cancel_reason),
        )

    def _fill(self, report: frames.ExecutionReport, order: Order, quantity: Decimal) -> Fill:
        side = order.side
        if side is None:
            raise ValueError("an execution without a side")
        return Fill(
            venue=order.venue,
            account=order.account,
            symbol=order.symbol,
            trade_id=wire.text(report.execution_id),
            order_id=wire.text(report.order_id),
            client_order_id=order.client_order_id,
            side=side,
            price=wire.positive(report.last_price),
            quantity=quantity,
            fee=wire.optional_number(report.commission),
            fee_asset=wire.optional_text(report.commission_asset),
            time=wire.time_ms(report.event_time),
        )

    def _ticket(self, ticket: frames.TicketInfo) -> list[Event]:
        seen = self._seen(wire.text(ticket.order_id))
        for index in reversed(range(len(seen.fills))):
            fill = seen.fills[index]
            if fill.is_maker is None and _same_execution(fill, ticket):
                seen.fills[index] = _completed(fill, ticket)
                return [seen.fills[index]]
        seen.tickets.append(ticket)
        return []

    def _seen(self, order_id: str) -> _Seen:
        seen = self._orders.get(order_id)
        if seen is None:
            if len(self._orders) >= _REMEMBERED_ORDERS:
                self._orders.popitem(last=False)
            seen = self._orders[order_id] = _Seen(ZERO, [], [])
        else:
            self._orders.move_to_end(order_id)
        return seen


def _same_execution(fill: Fill, ticket: frames.TicketInfo) -> bool:
    # the ticket's id belongs to one of two families of ids (PROTOCOLS 2.4), so price and quantity decide else
    if wire.optional_text(ticket.ticket_id) == fill.trade_id:
        return True
    return wire.number(ticket.price) == fill.price and wire.number(ticket.quantity) == fill.quantity


def _completed(fill: Fill, ticket: frames.TicketInfo) -> Fill:
    ticket_id = wire.optional_text(ticket.ticket_id)
    extra = fill.extra if ticket_id is None else {**fill.extra, "ticket_id": ticket_id}
    moment = wire.optional_time(ticket.time)
    return replace(
        fill,
        is_maker=wire.flag(ticket.is_maker),
        time=fill.time if moment is None else moment,  # the time of the match, not of its report
        extra=extra,
    )
