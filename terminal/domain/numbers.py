"""Exact decimal numbers: strict parsing, plain-text output, rounding to a step.

Every price, quantity, fee and balance is a `Decimal`, exactly as the venue sent it.
"""

from __future__ import annotations

import decimal
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

PRECISION = 64
"""Significant digits kept by arithmetic: long balances (32 fractional digits) must not be rounded."""

_MAX_DIGITS = 64
_MAX_EXPONENT = 40
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]{1,4}))?", re.ASCII)

ZERO = Decimal(0)


def use_exact_arithmetic() -> None:
    """Set this thread's, and every later thread's, decimal context to `PRECISION` digits."""
    decimal.DefaultContext.prec = PRECISION
    decimal.getcontext().prec = PRECISION


def parse_decimal(text: str) -> Decimal:
    """Return the number written in `text`, digits intact (trailing zeros included).

    Accepts ASCII `-?digits[.digits][e±digits]` with at most 64 digits and an exponent within 40; raises
    `ValueError` for anything else, among it NaN, Infinity, `1_000` and digits of other scripts, all of
    which the `Decimal` constructor takes (PROTOCOLS 0.3).
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"not a plain decimal number: {text[:80]!r}")
    exponent = match.group(1)
    if len(text) > _MAX_DIGITS + 8 or (exponent is not None and abs(int(exponent)) > _MAX_EXPONENT):
        raise ValueError(f"number out of range: {text[:80]!r}")
    value = Decimal(text)
    # a number has no more digits than its text has characters
    if len(text) > _MAX_DIGITS and len(value.as_tuple().digits) > _MAX_DIGITS:
        raise ValueError(f"number has too many digits: {text[:80]!r}")
    return value


def plain(value: Decimal) -> str:
    """Return `value` as plain digits, never in scientific notation; the form sent to venues."""
    return format(value, "f")


def readable(value: Decimal) -> str:
    """Return every digit of `value` with thousands separators, for sentences that people read."""
    return format(value, ",f")


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is not above `value`. `step` must be positive."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is not below `value`. `step` must be positive."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether `value` is a whole number of steps."""
    return value % step == 0


def decimals_of(step: Decimal) -> int:
    """Return how many fractional digits `step` needs: 0.01 -> 2, 0.50 -> 1, 10 -> 0."""
    exponent = step.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
