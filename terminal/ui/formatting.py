"""How numbers, times and ages are written on screen. Display only: what is copied or sent keeps every digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from terminal.domain import Instrument
from terminal.domain.numbers import plain

MISSING = "–"
"""What stands where a value is not known."""

MINUS = "−"
"""The minus sign as wide as the plus sign, unlike the hyphen."""

_TINY_ZEROS = 4
_SPARE_DIGITS = 2
_UNITS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


def number(value: Decimal | None, decimals: int) -> str:
    """Return `value` with thousands separators and exactly `decimals` fractional digits; "–" for None.

    Digits the value has beyond `decimals` are rounded half to even: give enough decimals where none may be lost.
    """
    if value is None:
        return MISSING
    text = f"{value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN):,f}"
    return _with_minus(text)


def price(value: Decimal | None, instrument: Instrument | None = None) -> str:
    """Return a price with the digits of the instrument's tick; a price off the tick keeps its own digits."""
    if value is None:
        return MISSING
    decimals = _fraction_digits(value) if instrument is None else instrument.price_decimals
    return compress_zeros(number(value, max(decimals, _significant_fraction(value))))


def quantity(value: Decimal | None, instrument: Instrument | None = None) -> str:
    """Return a base quantity with the digits of the instrument's lot; one off the lot keeps its own digits."""
    if value is None:
        return MISSING
    decimals = _fraction_digits(value) if instrument is None else instrument.quantity_decimals
    return number(value, max(decimals, _significant_fraction(value)))


def amount(value: Decimal | None, decimals: int = 2) -> str:
    """Return an amount of money with thousands separators and `decimals` fractional digits."""
    return number(value, decimals)


def compact(value: Decimal | None, digits: int = 4) -> str:
    """Return a large number in K, M, B or T with about `digits` significant digits; small ones in full.

    Rounds towards zero, so that a size is never shown larger than it is.
    """
    if value is None:
        return MISSING
    size = abs(value)
    for unit, letter in _UNITS:
        if size >= unit and (letter != "K" or size >= 100 * unit):
            scaled = size / unit
            decimals = max(0, digits - len(str(int(scaled))))
            text = f"{scaled.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR):,f}"
            return f"{MINUS if value < 0 else ''}{text}{letter}"
    decimals = max(0, digits - len(str(int(size)))) if size >= 1 else digits
    text = f"{size.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR):,f}"
    return f"{MINUS if value < 0 else ''}{text}"


def percent(fraction: Decimal | None, digits: int = 2, *, sign: bool = True) -> str:
    """Return a fraction as a percentage: 0.0076 is "+0.76 %". `sign` writes the plus of a gain."""
    if fraction is None:
        return MISSING
    text = number(fraction * 100, digits)
    if sign and not text.startswith(MINUS) and any(digit in text for digit in "123456789"):
        text = "+" + text
    return f"{text} %"


def basis_points(fraction: Decimal | None, digits: int = 2) -> str:
    """Return a fraction in basis points: 0.0001 is "1.00 bps".

    A gain too small for the digits gets up to two more, "0.001 bps"; a smaller one is "<0.0001 bps".
    """
    if fraction is None:
        return MISSING
    points = fraction * 10_000
    if 0 < points < Decimal(1).scaleb(-digits):
        digits = min(digits + _SPARE_DIGITS, -points.adjusted())
        if points < Decimal(1).scaleb(-digits):
            return f"<{number(Decimal(1).scaleb(-digits), digits)} bps"
    return f"{number(points, digits)} bps"


def age(milliseconds: int | None) -> str:
    """Return an age in the largest fitting unit: "41ms", "6.2s", "52s", "13 m", "2 h", "3 d"."""
    if milliseconds is None:
        return MISSING
    passed = max(0, milliseconds)
    if passed < 950:
        return f"{passed}ms"
    if passed < 9_950:
        return f"{passed / _SECOND:.1f}s"
    if passed < _MINUTE:
        return f"{passed // _SECOND}s"
    if passed < _HOUR:
        return f"{passed // _MINUTE} m"
    if passed < 2 * _DAY:
        return f"{passed // _HOUR} h"
    return f"{passed // _DAY} d"


def calm_age(milliseconds: int | None) -> str:
    """Return an age that need not be told to the millisecond: "now" below one second, then "9 s", then as `age`."""
    if milliseconds is not None and milliseconds < _MINUTE:
        return f"{milliseconds // _SECOND} s" if milliseconds >= _SECOND else "now"
    return age(milliseconds)


def ago(milliseconds: int) -> str:
    """Return how long ago something was: "just now", "9 s ago", then as `age`."""
    text = calm_age(max(0, milliseconds))
    return "just now" if text == "now" else f"{text} ago"


def clock(time: int | None, *, milliseconds: bool = False, utc: bool = True) -> str:
    """Return the time of day of Unix ms `time`, in UTC or in this machine's zone: "10:42:07.314"."""
    if time is None:
        return MISSING
    moment = _moment(time, utc=utc)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{time % 1_000:03d}" if milliseconds else text


def date_time(time: int | None, *, utc: bool = True) -> str:
    """Return day and time of day: "21 Nov 2026  10:42:07"."""
    if time is None:
        return MISSING
    moment = _moment(time, utc=utc)
    return f"{moment.day} {moment.strftime('%b %Y  %H:%M:%S')}"


def day_time(time: int | None, *, seconds: bool = True) -> str:
    """Return day and time of day without the year, UTC: "21 Nov  10:42:07"; without seconds "21 Nov 10:42"."""
    if time is None:
        return MISSING
    moment = _moment(time, utc=True)
    return f"{moment.day} {moment.strftime('%b  %H:%M:%S' if seconds else '%b %H:%M')}"


def compress_zeros(text: str) -> str:
    """Return a number with four or more zeros after the point as "0.0(5)123" (five zeros); others unchanged."""
    head, point, fraction = text.partition(".")
    if not point or head.lstrip(MINUS) != "0":
        return text
    digits = fraction.lstrip("0")
    zeros = len(fraction) - len(digits)
    if zeros < _TINY_ZEROS or not digits:
        return text
    return f"{head}.0({zeros}){digits}"


def split_changed(previous: str | None, current: str) -> tuple[str, str]:
    """Split a shown number into the leading part it shares with the value before, and the rest.

    Equal texts, no value before or another length give ("", current): then nothing is dimmed but what differs by
    position alone. A lone separator is never left at the start of the rest.
    """
    if previous is None or previous == current or len(previous) != len(current):
        return "", current
    same = 0
    while previous[same] == current[same]:
        same += 1
    while same and current[same - 1] in ".,(":
        same -= 1
    return current[:same], current[same:]


def exact(value: Decimal | None) -> str:
    """Return every digit of a value, without separators: what is copied to the clipboard. "" for None."""
    return "" if value is None else plain(value)


def _moment(time: int, *, utc: bool) -> datetime:
    moment = datetime.fromtimestamp(time / 1_000, tz=UTC)
    return moment if utc else moment.astimezone()


def _with_minus(text: str) -> str:
    if not text.startswith("-"):
        return text
    # a value that rounds to nothing has no sign
    return MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]


def _fraction_digits(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _significant_fraction(value: Decimal) -> int:
    """Return how many fractional digits the value needs, trailing zeros left out."""
    places = _fraction_digits(value)
    return _fraction_digits(value.normalize()) if places else 0
