"""The private stream's frames: the document's own examples, and how fills and tickets belong together."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.private_stream import PrivateStream
from terminal.connectors.wire import Malformed
from terminal.domain import Balance, Fill, Order, OrderStatus, OrderType, Side, Source, TimeInForce

NOW = 1_766_730_000_000


@pytest.fixture
def stream(parser: Parser) -> PrivateStream:
    return PrivateStream(parser)


@pytest.fixture
def report(payload: Callable[[str], bytes]) -> Mapping[str, Any]:
    example: Mapping[str, Any] = json.loads(payload("ws_private_execution_report"))[0]
    return example


def push(stream: PrivateStream, *events: Mapping[str, Any]) -> list[Any]:
    return list(stream.on_frame(json.dumps(events).encode(), NOW))


def test_an_execution_is_an_order_and_a_fill(stream: PrivateStream, payload: Callable[[str], bytes]) -> None:
    order, fill = stream.on_frame(payload("ws_private_execution_report"), NOW)
    assert order == Order(
        venue="hashkey-mena",
        account="main",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET,
        status=OrderStatus.PARTIALLY_FILLED,
        order_id="2113879002607330816",
        client_order_id="1766730014087296",
        price=None,
        quantity=None,
        quote_amount=Decimal(1000),
        filled_quantity=Decimal("0.00885"),
        average_price=Decimal("112934.82"),
        time_in_force=TimeInForce.IOC,
        created=1766730014098,
        updated=1766730014188,
        reason=None,
        extra={"filled_quote": "999.473157"},
    )
    assert isinstance(fill, Fill)
    assert (fill.trade_id, fill.order_id) == ("2113879003035149824", "2113879002607330816")
    assert (str(fill.price), str(fill.quantity), str(fill.fee), fill.fee_asset) == (
        "112934.82", "0.00885", "0.000013275", "BTC",
    )  # fmt: skip
    assert fill.time == 1766730014188
    assert fill.is_maker is None


def test_a_balance_is_absolute(stream: PrivateStream, payload: Callable[[str], bytes]) -> None:
    assert list(stream.on_frame(payload("ws_private_outbound_account_info"), NOW)) == [
        Balance(
            venue="hashkey-mena",
            account="main",
            asset="BTC",
            free=Decimal("6086.715847759989968887"),
            locked=Decimal(0),
            source=Source.STREAM,
            received=NOW,
        )
    ]


def test_a_ticket_alone_makes_no_fill(stream: PrivateStream, payload: Callable[[str], bytes]) -> None:
    assert list(stream.on_frame(payload("ws_private_ticket_info"), NOW)) == []


def test_all_events_and_all_balances_of_a_frame_count(stream: PrivateStream, report: Mapping[str, Any]) -> None:
    entries = [{"a": asset, "f": "1", "l": "2", "r": ""} for asset in ("BTC", "USDT", "ETH")]
    update = {"e": "outboundAccountInfo", "E": "1764932840383", "B": entries}
    events = push(stream, update, report, {"e": "outboundAccountInfo", "E": "1"})
    assert [type(event) for event in events] == [Balance, Balance, Balance, Order, Fill]


def test_balances_of_custody_and_fiat_are_not_those_of_the_account(stream: PrivateStream, malformed: Malformed) -> None:
    entries = [{"a": "BTC", "f": "1", "l": "2"}]
    for kind in ("outboundCustodyAccountInfo", "outboundFiatAccountInfo"):
        assert push(stream, {"e": kind, "E": "1764932840383", "B": entries}) == []
    assert malformed.counts == {}


def test_a_fill_counts_only_when_the_filled_quantity_grew(stream: PrivateStream, report: Mapping[str, Any]) -> None:
    assert [type(event) for event in push(stream, report)] == [Order, Fill]
    assert [type(event) for event in push(stream, report)] == [Order]
    ended = {**report, "X": "PARTIALLY_CANCELED", "x": "RISKLIMIT_CANCEL"}
    (order,) = push(stream, ended)
    assert order.status is OrderStatus.CANCELED
    assert "trading rule" in order.reason
    more = {**report, "z": "0.00900", "l": "0.00015", "d": "2113879003035149825"}
    assert [type(event) for event in push(stream, more)] == [Order, Fill]


@pytest.mark.parametrize("matched_by", ["execution id", "price and quantity"])
@pytest.mark.parametrize("ticket_first", [True, False])
def test_a_ticket_tells_whether_the_fill_was_made_as_maker(
    stream: PrivateStream, report: Mapping[str, Any], matched_by: str, ticket_first: bool
) -> None:
    ticket = {
        "e": "ticketInfo",
        "E": "1766730014190",
        "s": "BTCUSDT",
        "q": "9" if matched_by == "execution id" else "0.008850",
        "p": "1" if matched_by == "execution id" else "112934.820",
        "t": "1766730014188",
        "T": report["d"] if matched_by == "execution id" else "4629700489901088768",
        "o": report["i"],
        "c": report["c"],
        "a": "1",
        "m": True,
        "S": "BUY",
    }
    frames = [ticket, report] if ticket_first else [report, ticket]
    events = [event for frame in frames for event in push(stream, frame)]
    fills = [event for event in events if isinstance(event, Fill)]
    assert {fill.trade_id for fill in fills} == {report["d"]}
    assert fills[-1].is_maker is True
    assert fills[-1].extra["ticket_id"] == ticket["T"]
    assert len(fills) == (1 if ticket_first else 2)
    assert push(stream, {**ticket, "p": "5"}) == []


def test_a_server_ping_is_answered_with_its_own_value(stream: PrivateStream, payload: Callable[[str], bytes]) -> None:
    assert list(stream.on_frame(payload("ws_private_ping"), NOW)) == []
    assert [json.loads(reply) for reply in stream.replies] == [json.loads(payload("ws_private_pong"))]


def test_an_unknown_status_is_unknown_and_counted(
    stream: PrivateStream, report: Mapping[str, Any], malformed: Malformed
) -> None:
    order, _ = push(stream, {**report, "X": "TELEPORTED"})
    assert order.status is OrderStatus.UNKNOWN
    assert malformed.counts == {"unknown order status": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"z": "NaN"},
        {"z": "-1"},
        {"i": None},
        {"E": "yesterday"},
        {"s": {}},
        {"e": "dance"},
    ],
)
def test_a_bad_event_is_counted_and_the_others_still_count(
    stream: PrivateStream, report: Mapping[str, Any], malformed: Malformed, change: Mapping[str, Any]
) -> None:
    update = {"e": "outboundAccountInfo", "E": "1", "B": [{"a": "BTC", "f": "1", "l": "0"}]}
    events = push(stream, {**report, **change}, update)
    assert [type(event) for event in events] == [Balance]
    assert sum(malformed.counts.values()) == 1


@pytest.mark.parametrize(
    "change", [{"d": ""}, {"d": None}, {"L": ""}, {"L": "0"}, {"l": "NaN"}, {"n": "bad"}, {"S": "BOTH"}, {"S": None}]
)
def test_an_execution_without_a_usable_fill_still_tells_the_order(
    stream: PrivateStream, report: Mapping[str, Any], malformed: Malformed, change: Mapping[str, Any]
) -> None:
    (order,) = push(stream, {**report, "X": "FILLED", **change})
    assert order.status is OrderStatus.FILLED
    assert order.filled_quantity == Decimal(report["z"])
    assert order.side is (None if "S" in change else Side.BUY)
    assert malformed.counts["private stream: unusable fill"] == 1


def test_a_bad_balance_takes_no_other_with_it(stream: PrivateStream, malformed: Malformed) -> None:
    entries = [{"a": "BTC", "f": "bad", "l": "0"}, {"a": "ETH"}, "x", {"a": "USDT", "f": "1", "l": "0"}]
    (balance,) = push(stream, {"e": "outboundAccountInfo", "E": "1", "B": entries})
    assert balance.asset == "USDT"
    assert malformed.counts == {"private stream: unusable balance": 3}
    assert push(stream, {"e": "outboundAccountInfo", "E": "1", "B": None}) == []


def test_an_event_outside_an_array_counts_too(stream: PrivateStream, report: Mapping[str, Any]) -> None:
    events = stream.on_frame(json.dumps(report).encode(), NOW)
    assert [type(event) for event in events] == [Order, Fill]


DEEP = 100_000


@pytest.mark.parametrize(
    "frame",
    [
        b"[" * DEEP,
        b'{"ping":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"e":"executionReport","E":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'[{"e":"executionReport","zz":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}]",
    ],
)
def test_deep_nesting_is_counted_not_raised(stream: PrivateStream, malformed: Malformed, frame: bytes) -> None:
    assert list(stream.on_frame(frame, NOW)) == []
    assert sum(malformed.counts.values()) == 1
    assert stream.replies == []


# tickets


def report_of(trade_id: str, filled: str, time: int) -> dict[str, Any]:
    return {
        "e": "executionReport", "E": str(time), "s": "BTCUSDT", "S": "BUY", "X": "PARTIALLY_FILLED", "i": "99",
        "q": "5", "p": "10", "l": "1", "z": filled, "L": "10", "n": "0.010", "N": "BTC", "d": trade_id,
    }  # fmt: skip


def ticket_of(ticket_id: str | None, time: int | None, *, maker: bool) -> dict[str, Any]:
    return {
        "e": "ticketInfo", "E": str(NOW), "s": "BTCUSDT", "q": "1", "p": "10", "o": "99", "m": maker, "T": ticket_id,
        "t": None if time is None else str(time),
    }  # fmt: skip


def makers(events: list[Any]) -> dict[str, bool | None]:
    return {event.trade_id: event.is_maker for event in events if isinstance(event, Fill)}


FIRST, SECOND = report_of("2133", "1", NOW + 100), report_of("2134", "2", NOW + 500)
OF_FIRST, OF_SECOND = ticket_of("4636", NOW + 99, maker=False), ticket_of("4637", NOW + 499, maker=True)


@pytest.mark.parametrize("bad", [{"p": "NaN"}, {"q": "x"}, {"m": None}, {"t": "abc"}, {"T": []}, {"p": "0"}])
def test_a_bad_ticket_is_dropped_and_its_order_goes_on(
    stream: PrivateStream, malformed: Malformed, bad: Mapping[str, Any]
) -> None:
    assert push(stream, {**OF_FIRST, **bad}) == []
    assert sum(malformed.counts.values()) == 1
    assert [type(event) for event in push(stream, FIRST)] == [Order, Fill]
    assert [type(event) for event in push(stream, SECOND)] == [Order, Fill]
    assert sum(malformed.counts.values()) == 1


@pytest.mark.parametrize(
    "frames",
    [
        [FIRST, SECOND, OF_FIRST, OF_SECOND],
        [FIRST, SECOND, OF_SECOND, OF_FIRST],
        [OF_SECOND, OF_FIRST, FIRST, SECOND],
        [FIRST, OF_SECOND, SECOND, OF_FIRST],
        [FIRST, OF_FIRST, OF_FIRST, SECOND, OF_FIRST, OF_SECOND],
    ],
)
def test_tickets_of_equal_fills_are_told_apart_by_time(stream: PrivateStream, frames: list[Mapping[str, Any]]) -> None:
    events = push(stream, *frames)
    assert makers(events) == {"2133": False, "2134": True}
    times = {event.trade_id: event.time for event in events if isinstance(event, Fill)}
    assert times == {"2133": NOW + 99, "2134": NOW + 499}


@pytest.mark.parametrize("time", [NOW + 99, None])
@pytest.mark.parametrize("tickets_first", [True, False])
def test_tickets_that_may_be_of_either_fill_tell_nothing(
    stream: PrivateStream, tickets_first: bool, time: int | None
) -> None:
    fills = [FIRST, report_of("2134", "2", NOW + 100)]
    tickets = [ticket_of("4636", time, maker=False), ticket_of("4637", time, maker=True)]
    assert makers(push(stream, *(tickets + fills if tickets_first else fills + tickets))) == {
        "2133": None,
        "2134": None,
    }


@pytest.mark.parametrize("time", [NOW + 101, NOW - 5000])
def test_a_ticket_of_another_time_is_of_another_fill(stream: PrivateStream, time: int) -> None:
    assert makers(push(stream, FIRST, ticket_of("4636", time, maker=True))) == {"2133": None}


def test_a_bad_execution_does_not_hide_the_same_one_sent_well(stream: PrivateStream, report: Mapping[str, Any]) -> None:
    push(stream, {**report, "L": "0"})
    assert [type(event) for event in push(stream, report)] == [Order, Fill]


@given(st.binary(max_size=200))
def test_no_bytes_ever_raise(frame: bytes) -> None:
    PrivateStream(Parser("v", None, Malformed("v", logging.getLogger("test.quiet")))).on_frame(frame, NOW)
