"""Reads what an admin command was given; a mistake is told with the field and the rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from terminal.domain import Side
from terminal.domain.numbers import parse_decimal


class CommandError(Exception):
    """An admin command that cannot be carried out; the text names the field and the rule."""


def read_fields(command: str, value: object) -> Mapping[str, object]:
    """Return the command's object."""
    if not isinstance(value, dict):
        raise CommandError(f"{command}: must be an object")
    return value


def read_side(command: str, fields: Mapping[str, object]) -> Side:
    """Return the field `side`."""
    try:
        return Side(str(fields.get("side")))
    except ValueError:
        raise CommandError(f"{command}: side must be buy or sell") from None


def read_decimal(command: str, name: str, value: object, *, least: Decimal | None = None) -> Decimal:
    """Return a number above zero, or at least `least`."""
    try:
        number = parse_decimal(str(value))
    except ValueError:
        raise CommandError(f"{command}: {name} must be a number, not {value!r}") from None
    if number < 0 or (least is None and number == 0):
        raise CommandError(f"{command}: {name} must be above zero")
    return number


def read_choice(command: str, fields: Mapping[str, object], name: str, choices: Iterable[str]) -> str:
    """Return a field that must be one of `choices`."""
    value = str(fields.get(name))
    known = sorted(choices)
    if value not in known:
        raise CommandError(f"{command}: {name} must be one of {', '.join(known)}")
    return value
