"""Numbers, times and book levels as they come over the wire."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors import wire
from terminal.connectors.wire import LevelReader, Malformed

PLAIN = st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=8)


class Box(msgspec.Struct):
    value: wire.WireValue


@given(PLAIN)
def test_a_json_number_and_its_text_keep_every_digit(value: Decimal) -> None:
    shown = format(value, "f")
    boxes = wire.decoder(Box)
    as_number = boxes.decode(f'{{"value":{shown}}}'.encode())
    as_text = boxes.decode(f'{{"value":"{shown}"}}'.encode())
    assert str(wire.number(as_number.value)) == str(wire.number(as_text.value)) == str(Decimal(shown))


@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "Infinity", "-Infinity", "1_000", "١٢", "1e1000000", "", " 1", "0x10", True, None, [], {}, 1.5],
)
def test_what_is_not_a_plain_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        wire.number(value)


def test_zero_text_is_a_missing_price() -> None:
    assert wire.known("0") is None
    assert wire.known("0.00") is None
    assert wire.known("1.50") == Decimal("1.50")
    with pytest.raises(ValueError):
        wire.known("-1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1764059245287, 1764059245287),
        ("1764059245287", 1764059245287),
        (1764059245, 1764059245000),
        (1764059245287123, 1764059245287),
    ],
)
def test_times_are_ms_whatever_their_unit(value: object, expected: int) -> None:
    assert wire.time_ms(value) == expected


@pytest.mark.parametrize("value", [0, -1, "x", "1.5", None, True, 10**19, "9" * 30])
def test_what_is_not_a_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        wire.time_ms(value)


def test_levels_are_sorted_best_first() -> None:
    reader = LevelReader()
    rows = [("1.0", "5"), ("3.0", "1"), ("2.0", "2")]
    assert [price for price, _ in reader.bids(rows)] == [Decimal(3), Decimal(2), Decimal(1)]
    assert [price for price, _ in reader.asks(rows)] == [Decimal(1), Decimal(2), Decimal(3)]


def test_of_two_levels_with_one_price_the_last_holds() -> None:
    reader = LevelReader()
    rows = [("2", "1"), ("3.0", "5"), ("2", "7"), ("3", "6"), ("1", "4")]
    assert list(reader.bids(rows)) == [(Decimal(3), Decimal(6)), (Decimal(2), Decimal(7)), (Decimal(1), Decimal(4))]
    assert list(reader.asks(rows)) == [(Decimal(1), Decimal(4)), (Decimal(2), Decimal(7)), (Decimal(3), Decimal(6))]


def test_rows_without_price_or_size_are_left_out() -> None:
    reader = LevelReader()
    assert list(reader.bids([("2", "1"), ("0", "1"), ("-1", "1"), ("1", "0")])) == [(Decimal(2), Decimal(1))]


@pytest.mark.parametrize("row", [("1", "-1"), ("NaN", "1"), ("1", "Infinity"), ("1", []), ([], "1"), ("1", None)])
def test_an_unusable_level_makes_the_book_unusable(row: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError):
        LevelReader().bids([("2", "1"), row])


@given(st.lists(st.tuples(PLAIN.map(str), PLAIN.map(str)), max_size=30))
def test_a_reader_with_a_tiny_memory_reads_the_same(rows: list[tuple[str, str]]) -> None:
    rows = [(format(Decimal(price), "f"), format(Decimal(size), "f")) for price, size in rows]
    small, large = LevelReader(limit=2), LevelReader()
    assert list(small.asks(rows)) == list(large.asks(rows)) == list(large.asks(rows))


def test_each_cause_is_logged_once_and_counted_always(caplog: pytest.LogCaptureFixture) -> None:
    malformed = Malformed("somewhere", logging.getLogger("test"))
    for _ in range(3):
        malformed.count("bad price", "x" * 5000)
    malformed.count("bad size")
    assert malformed.counts == {"bad price": 3, "bad size": 1}
    assert [record.message[:40] for record in caplog.records] == [
        "somewhere: bad price (" + "x" * 18,
        "somewhere: bad size (); further ones are",
    ]
    assert all(len(record.message) < 300 for record in caplog.records)


def test_the_number_of_causes_is_bounded() -> None:
    malformed = Malformed("somewhere", logging.getLogger("test.quiet"))
    for number in range(1000):
        malformed.count(f"cause {number}")
    assert len(malformed.counts) <= 201
    assert sum(malformed.counts.values()) == 1000


@pytest.mark.parametrize(("value", "expected"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_truth_values_may_be_texts(value: object, expected: bool) -> None:
    assert wire.flag(value) is expected


@pytest.mark.parametrize("value", [None, "", 1, 0, "yes", [], "True "])
def test_what_is_not_a_truth_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        wire.flag(value)
