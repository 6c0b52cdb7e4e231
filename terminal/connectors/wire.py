"""What comes over the wire, made safe: numbers, times and texts of messages, book levels, counted bad messages.

Wire structs declare a number that a venue sends as text or as a JSON number as `WireValue`; decoders made by
`decoder` keep the digits of JSON numbers by handing their text through. The functions here raise `ValueError`
with the reason; callers count the message as malformed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import gt, lt
from typing import Any, TypeVar

import msgspec

from terminal.domain.market import Level
from terminal.domain.numbers import parse_decimal

WireValue = Any
"""A JSON value whose type a venue does not keep to (number or string); checked when it is converted."""

T = TypeVar("T")
R = TypeVar("R")

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding and converting a message raise when it cannot be used; RecursionError: it is nested too deeply."""

_MAX_TEXT = 1024
_MAX_TIME = 4_102_444_800_000  # 2100-01-01, ms
_MAX_CAUSES = 200


def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """Return a decoder in which every `WireValue` keeps a JSON number's own digits (as text or int)."""
    return msgspec.json.Decoder(shape, float_hook=str)


def union_decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Like `decoder`, for a union of structs that are told apart by a tag."""
    return msgspec.json.Decoder(shape, float_hook=str)


def number(value: object) -> Decimal:
    """Return a number sent as text or as a JSON number, digits intact; raise `ValueError` for anything else."""
    if type(value) is str:
        return parse_decimal(value)
    if type(value) is int:
        return parse_decimal(str(value))
    raise ValueError(f"not a number: {_shown(value)}")


def optional_number(value: object) -> Decimal | None:
    """Like `number`; None and "" are a missing value."""
    return None if value is None or value == "" else number(value)


def positive(value: object) -> Decimal:
    """Like `number`, for prices and sizes that must be above zero."""
    result = number(value)
    if result <= 0:
        raise ValueError(f"not above zero: {result}")
    return result


def not_negative(value: object) -> Decimal:
    """Like `number`, for volumes and balances."""
    result = number(value)
    if result < 0:
        raise ValueError(f"negative: {result}")
    return result


def known(value: object) -> Decimal | None:
    """Like `not_negative` where a venue writes 0, "" or null for "none" (the price of a market order)."""
    result = optional_number(value)
    if result is not None and result < 0:
        raise ValueError(f"negative: {result}")
    return result or None


def time_ms(value: object) -> int:
    """Return a time in Unix ms from an int or its text in seconds, ms or us (told apart by magnitude)."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if type(value) is not int or value <= 0:
        raise ValueError(f"not a time: {_shown(value)}")
    if value < 10**11:
        value *= 1000
    elif value >= 10**14:
        value //= 1000
    if value > _MAX_TIME:
        raise ValueError(f"not a time: {_shown(value)}")
    return value


def optional_time(value: object) -> int | None:
    """Like `time_ms`; None, "" and 0 are a missing value."""
    return None if value is None or value in ("", "0", 0) else time_ms(value)


def text(value: object) -> str:
    """Return an id or a name sent as text or as an int; raise `ValueError` when it is empty or something else."""
    if type(value) is int:
        value = str(value)
    if type(value) is not str or not value or len(value) > _MAX_TEXT:
        raise ValueError(f"not a text: {_shown(value)}")
    return value


def optional_text(value: object) -> str | None:
    """Like `text`; None and "" are a missing value."""
    return None if value is None or value == "" else text(value)


def flag(value: object) -> bool:
    """Return a truth value sent as such or as "true" or "false"; raise `ValueError` for anything else."""
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    raise ValueError(f"not a truth value: {_shown(value)}")


def optional_flag(value: object) -> bool | None:
    """Like `flag`; None and "" are a missing value."""
    return None if value is None or value == "" else flag(value)


def _shown(value: object) -> str:
    return repr(value)[:80]


class LevelReader:
    """Turns rows [price, quantity] into book levels; rows seen before cost one dictionary look-up.

    Most levels of a full book did not change since the last one, so the last `limit` different rows are
    remembered. One reader serves one stream.
    """

    def __init__(self, limit: int = 32_768) -> None:
        self._known = _KnownLevels(limit)

    def bids(self, rows: Sequence[tuple[WireValue, WireValue]]) -> Sequence[Level]:
        """Return the rows as levels, highest price first; of two with one price the last."""
        return self._levels(rows, descending=True)

    def asks(self, rows: Sequence[tuple[WireValue, WireValue]]) -> Sequence[Level]:
        """Return the rows as levels, lowest price first; of two with one price the last."""
        return self._levels(rows, descending=False)

    def _levels(self, rows: Sequence[tuple[WireValue, WireValue]], *, descending: bool) -> Sequence[Level]:
        remembered = self._known
        remembered.left_out = False
        try:
            levels = list(map(remembered.__getitem__, rows))
        except TypeError as error:  # a row holds a list or an object
            raise ValueError("a book level is not a pair of numbers") from error
        if remembered.left_out:
            levels = [level for level in levels if level is not _LEFT_OUT]
        prices = [level[0] for level in levels]
        if not all(map(gt if descending else lt, prices, prices[1:])):
            levels = list(dict(levels).items())
            levels.sort(key=_price, reverse=descending)
        return levels


def _price(level: Level) -> Decimal:
    return level[0]


_LEFT_OUT: Level = (Decimal(0), Decimal(0))


class _KnownLevels(dict[tuple[WireValue, WireValue], Level]):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._prices: dict[WireValue, Decimal] = {}  # a level's size changes far more often than its price
        self.left_out = False

    def __missing__(self, row: tuple[WireValue, WireValue]) -> Level:
        price, quantity = self._prices.get(row[0]), not_negative(row[1])
        if price is None:
            price = number(row[0])
        if price <= 0 or quantity == 0:
            self.left_out = True
            return _LEFT_OUT
        if len(self) >= self._limit:
            self.clear()
            self._prices.clear()
        level = (price, quantity)
        self[row] = level
        self._prices[row[0]] = price
        return level


class Malformed:
    """Counts messages that could not be used, by cause; writes each cause to the log once."""

    def __init__(self, venue: str, log: logging.Logger) -> None:
        self._venue = venue
        self._log = log
        self.counts: dict[str, int] = {}

    def count(self, cause: str, detail: object = "") -> None:
        """`cause` must come from a small fixed set; `detail` may quote the message."""
        seen = self.counts.get(cause, 0)
        if seen == 0 and len(self.counts) >= _MAX_CAUSES:
            cause = "other"
            seen = self.counts.get(cause, 0)
        self.counts[cause] = seen + 1
        if seen == 0:
            self._log.warning("%s: %s (%s); further ones are only counted", self._venue, cause, str(detail)[:200])


def decode_each(values: Iterable[T], convert: Callable[[T], R], malformed: Malformed, cause: str) -> list[R]:
    """Convert (or decode) each row of a listing; a row that cannot be used is counted and left out."""
    converted = []
    for value in values:
        try:
            converted.append(convert(value))
        except UNREADABLE as error:
            malformed.count(cause, error)
    return converted
