"""Turns a well-formed body or frame into one of the malformed kinds a client must survive.

Works on decoded JSON, so that the same few changes serve every venue; what differs is which keys hold enumerations
and which hold the two sides of a book.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from terminal.simulator.faults import FaultKind

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_LONGEST_AMOUNT = 15  # longer runs of digits are ids
_LARGEST_AMOUNT = 10**10  # larger bare numbers are times and ids


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadKeys:
    """Which keys of a venue's JSON hold enumerations, and the (bids, asks) key pairs of its books."""

    enumerations: frozenset[str]
    books: tuple[tuple[str, str], ...]


def corrupt(payload: Json, kind: FaultKind, keys: PayloadKeys) -> Json:
    """Return a changed copy of `payload`; kinds that change no contents return it as it is."""
    if kind is FaultKind.CROSSED:
        return _objects(payload, lambda item: _swap_sides(item, keys))
    if kind is FaultKind.NAN:
        return _amounts(payload, lambda _text: "NaN")
    if kind is FaultKind.NEGATIVE:
        return _amounts(payload, lambda text: text if text.startswith("-") else f"-{text}")
    if kind is FaultKind.WRONG_TYPE:
        return _amounts(payload, lambda text: {"value": text})
    if kind is FaultKind.UNKNOWN_ENUM:
        return _objects(payload, lambda item: _rename_enumerations(item, keys))
    if kind is FaultKind.EXTRA_FIELDS:
        return _objects(payload, _add_fields)
    return payload


def _objects(value: Json, change: Callable[[dict[str, Json]], dict[str, Json]]) -> Json:
    if isinstance(value, dict):
        return change({key: _objects(item, change) for key, item in value.items()})
    if isinstance(value, list):
        return [_objects(item, change) for item in value]
    return value


def _amounts(value: Json, change: Callable[[str], Json]) -> Json:
    if isinstance(value, dict):
        return {key: _amounts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_amounts(item, change) for item in value]
    if isinstance(value, str) and len(value) <= _LONGEST_AMOUNT and _DECIMAL.fullmatch(value):
        return change(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST_AMOUNT:
        return change(str(value))
    return value


def _swap_sides(item: dict[str, Json], keys: PayloadKeys) -> dict[str, Json]:
    for bids, asks in keys.books:
        if isinstance(item.get(bids), list) and isinstance(item.get(asks), list):
            item[bids], item[asks] = item[asks], item[bids]
    return item


def _rename_enumerations(item: dict[str, Json], keys: PayloadKeys) -> dict[str, Json]:
    return {
        key: "UNHEARD_OF" if key in keys.enumerations and isinstance(value, str) else value
        for key, value in item.items()
    }


def _add_fields(item: dict[str, Json]) -> dict[str, Json]:
    return {**item, "unheardOf": {"deep": [1, None, "x"]}, "zz9": True}
