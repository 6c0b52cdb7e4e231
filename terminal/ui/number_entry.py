"""Reading a number that a person typed: either exactly what was meant, or the reason why not. Qt-free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from terminal.domain.numbers import parse_decimal

_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
_PLAIN = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_SCIENTIFIC = re.compile(r"-?[0-9.]+[eE][+-]?[0-9]+", re.ASCII)
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is None for an empty field, and for a text that is no number: then `problem` says the rule."""

    value: Decimal | None = None
    problem: str | None = None


EMPTY = Reading()


def read_number(text: str, name: str) -> Reading:
    """Read `text` of the field called `name` ("Price").

    A point separates decimals, commas thousands: "86,000.50" is read. What could mean two numbers is refused:
    "0,5" (half, or a slip) and "1,234" (a thousand, or one and a bit).
    """
    entered = text.strip()
    if not entered:
        return EMPTY
    shown = entered if len(entered) <= _SHOWN else entered[:_SHOWN] + "…"
    if "," in entered:
        if _GROUPED.fullmatch(entered) is None:
            if re.fullmatch(r"-?[0-9]*,[0-9]*", entered, re.ASCII):
                return Reading(problem=f"“{shown}” is ambiguous: use a decimal point")
            return Reading(problem=f"“{shown}”: commas go between thousands: 86,000.50")
        if "." not in entered and entered.count(",") == 1:
            whole = entered.replace(",", "")
            return Reading(problem=f"“{shown}” is ambiguous: write {whole} or {entered.replace(',', '.')}")
        entered = entered.replace(",", "")
    elif _PLAIN.fullmatch(entered) is None:
        if _SCIENTIFIC.fullmatch(entered):
            return Reading(problem=f"“{shown}”: write plain digits, without e")
        return Reading(problem=f"{name} must be a number, not “{shown}”")
    return _parsed(entered, name)


def _parsed(entered: str, name: str) -> Reading:
    sign, digits = ("-", entered[1:]) if entered.startswith("-") else ("", entered)
    if digits.startswith("."):
        digits = "0" + digits
    try:
        return Reading(value=parse_decimal(sign + digits.removesuffix(".")))
    except ValueError:
        return Reading(problem=f"{name} has too many digits")
