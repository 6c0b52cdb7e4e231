"""HashKey's private stream, free of I/O: account frames in, orders, fills and balances out (PROTOCOLS 2.8)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

import msgspec

from terminal.connectors import wire
from terminal.connectors.contract import Event
from terminal.connectors.hashkey import stream_messages as frames
from terminal.connectors.hashkey.parse import Parser, cancel_reason, order_extra
from terminal.connectors.wire import decoder, union_decoder
from terminal.domain.account import Balance, Fill
from terminal.domain.kinds import Side, Source
from terminal.domain.numbers import ZERO
from terminal.domain.order import Order

_FRAME = decoder(list[msgspec.Raw])
_EVENT = union_decoder(frames.PrivateEvent)
_CONTROL = decoder(frames.ControlFrame)

_REMEMBERED_ORDERS = 4096
_REPORTED_WITHIN_MS = 1000
"""A match and the report of its execution are never further apart; their clocks are the venue's own."""


class _Ticket(NamedTuple):
    """One ticketInfo, checked; `time` is that of the match."""

    id: str | None
    price: Decimal
    quantity: Decimal
    is_maker: bool
    time: int | None


@dataclass(slots=True)
class _Seen:
    """What the stream has said about one order: the quantity filled, its fills, its tickets.

    `waiting` holds the tickets without a fill yet, `tickets` all of them: one sent twice is one.
    """

    filled: Decimal
    fills: list[Fill]
    waiting: list[_Ticket]
    tickets: set[_Ticket]


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
            return self._on_object(frame, received)
        except frames.UNREADABLE as error:
            self._malformed.count("private stream: not JSON", error)
            return ()
        events: list[Event] = []
        for raw in raw_events:
            events.extend(self._on_event(raw, received))
        return events

    def _on_object(self, frame: bytes, received: int) -> Sequence[Event]:
        try:
            control = _CONTROL.decode(frame)
        except frames.UNREADABLE as error:
            self._malformed.count("private stream: wrong shape", error)
            return ()
        if control.e is not None:
            return self._on_event(frame, received)
        if type(control.ping) in (int, str):
            self.replies.append(json.dumps({"pong": control.ping}))
        elif control.pong is None and control.event is None:
            words = control.msg or control.desc
            self._malformed.count("private stream: unknown message", words if isinstance(words, str) else "")
        return ()

    def _on_event(self, raw: bytes | msgspec.Raw, received: int) -> Sequence[Event]:
        try:
            event = _EVENT.decode(raw)
            if isinstance(event, frames.ExecutionReport):
                return self._execution(event)
            if isinstance(event, frames.TicketInfo):
                return self._ticket(event)
            if isinstance(event, frames.AccountUpdate):
                return self._balances(event, received)
        except frames.UNREADABLE as error:
            self._malformed.count("private stream: unknown event or wrong shape", error)
        except ValueError as error:
            self._malformed.count("private stream: unusable value", error)
        return ()  # custody and fiat balances are not those of the trading account

    def _balances(self, update: frames.AccountUpdate, received: int) -> list[Event]:
        balances: list[Event] = []
        for entry in update.balances or ():
            try:
                balances.append(self._balance(msgspec.convert(entry, frames.BalanceEntry), received))
            except ValueError as error:  # the wrong shape, too, is one
                self._malformed.count("private stream: unusable balance", error)
        return balances

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
        if order.filled_quantity <= seen.filled:
            return [order]
        try:
            fill = self._fill(report, order)
        except ValueError as error:
            # the order has grown all the same, by which reconciliation knows that a fill is missing
            self._malformed.count("private stream: unusable fill", error)
            return [order]
        if fill is None:
            return [order]
        seen.filled = order.filled_quantity
        ticket = _ticket_of(fill, seen.waiting)
        if ticket is not None:
            seen.waiting.remove(ticket)
            fill = _completed(fill, ticket)
        seen.fills.append(fill)
        return [order, fill]

    def _order(self, report: frames.ExecutionReport) -> Order:
        parser = self._parser
        return Order(
            venue=parser.venue,
            account=parser.account,
            symbol=wire.text(report.symbol),
            side=self._side(report),
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
            extra=order_extra(report.filled_quote, None),
        )

    def _side(self, report: frames.ExecutionReport) -> Side | None:
        try:
            return self._parser.side(report.side)
        except ValueError as error:
            self._malformed.count("private stream: unknown side", error)
            return None

    def _fill(self, report: frames.ExecutionReport, order: Order) -> Fill | None:
        quantity = wire.known(report.last_quantity)
        if quantity is None:
            return None
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

    def _ticket(self, message: frames.TicketInfo) -> list[Event]:
        order_id = wire.text(message.order_id)
        ticket = _Ticket(
            id=wire.optional_text(message.ticket_id),
            price=wire.positive(message.price),
            quantity=wire.positive(message.quantity),
            is_maker=wire.flag(message.is_maker),
            time=wire.optional_time(message.time),
        )
        seen = self._seen(order_id)
        if ticket in seen.tickets:
            return []
        seen.tickets.add(ticket)
        fill = _fill_of(ticket, [fill for fill in seen.fills if fill.is_maker is None])
        if fill is None:
            seen.waiting.append(ticket)
            return []
        completed = _completed(fill, ticket)
        seen.fills[seen.fills.index(fill)] = completed
        return [completed]

    def _seen(self, order_id: str) -> _Seen:
        seen = self._orders.get(order_id)
        if seen is None:
            if len(self._orders) >= _REMEMBERED_ORDERS:
                self._orders.popitem(last=False)
            seen = self._orders[order_id] = _Seen(ZERO, [], [], set())
        else:
            self._orders.move_to_end(order_id)
        return seen


def _fill_of(ticket: _Ticket, fills: Sequence[Fill]) -> Fill | None:
    """Return the fill that a ticket speaks of; None when there is none or it cannot be told which."""
    index = _nearest([_distance(fill, ticket) for fill in fills])
    return None if index is None else fills[index]


def _ticket_of(fill: Fill, tickets: Sequence[_Ticket]) -> _Ticket | None:
    """Return the ticket that speaks of a fill; None when there is none or it cannot be told which."""
    index = _nearest([_distance(fill, ticket) for ticket in tickets])
    return None if index is None else tickets[index]


def _distance(fill: Fill, ticket: _Ticket) -> int | None:
    """Return how far apart match and report are in ms, -1 for the same id, None when they do not belong together.

    The ticket's id belongs to one of two families of ids; where it is not the execution's, price, quantity and
    time decide (PROTOCOLS 2.4). A match is never later than its report.
    """
    if ticket.id == fill.trade_id:
        return -1
    if ticket.price != fill.price or ticket.quantity != fill.quantity:
        return None
    if ticket.time is None:
        return _REPORTED_WITHIN_MS
    apart = fill.time - ticket.time
    return apart if 0 <= apart <= _REPORTED_WITHIN_MS else None


def _nearest(distances: Sequence[int | None]) -> int | None:
    """Return the place of the least distance, None unless there is exactly one: a wrong maker flag would stay."""
    least = min((distance for distance in distances if distance is not None), default=None)
    return distances.index(least) if least is not None and distances.count(least) == 1 else None


def _completed(fill: Fill, ticket: _Ticket) -> Fill:
    return replace(
        fill,
        is_maker=ticket.is_maker,
        time=fill.time if ticket.time is None else ticket.time,  # the time of the match, not of its report
        extra=fill.extra if ticket.id is None else {**fill.extra, "ticket_id": ticket.id},
    )
