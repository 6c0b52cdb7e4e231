"""What a coverage table must be: every documented item has a row, every row names tests that exist.

A row is document -> kind -> item -> the tests that cover it, each "file::test" or "file::test[value]"; the value must
be one of the test's parameters. That the named test covers its item is for a reader to judge.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

Table = dict[str, dict[str, dict[str, list[str]]]]
Required = Mapping[tuple[str, str], set[str]]
"""Document and kind -> the items that need a row."""


def table(family: str) -> Table:
    """Return the committed table of one family of venues."""
    found: Table = json.loads(Path(__file__).with_name(f"{family}.json").read_text(encoding="utf-8"))
    return found


def problems(rows: Table, needed: Required) -> Iterator[str]:
    """Tell every missing, unknown or empty row, and every row that names a test which does not exist."""
    yield from rows_missing(rows, needed)
    for (document, kind), items in needed.items():
        extra = set(rows.get(document, {}).get(kind, {})) - items
        yield from (f"nothing like this is documented: {document}, {kind}, {item}" for item in sorted(extra))
    for document, kinds in rows.items():
        for kind, items_ in kinds.items():
            if (document, kind) not in needed:
                yield f"no such kind: {document}, {kind}"
            for item, tests in items_.items():
                if not tests:
                    yield f"no test: {document}, {kind}, {item}"
                yield from (f"{document}, {kind}, {item}: {why}" for test in tests if (why := missing(test)))


def rows_missing(rows: Table, needed: Required) -> Iterator[str]:
    for (document, kind), items in needed.items():
        there = set(rows.get(document, {}).get(kind, {}))
        yield from (f"no row: {document}, {kind}, {item}" for item in sorted(items - there))


@functools.cache
def missing(test: str) -> str | None:
    """Return why a named test does not exist, None when it does."""
    parts = re.fullmatch(r"(tests/[\w/]+)\.py::(test_\w+)(?:\[(.+)\])?", test)
    if parts is None:
        return f"{test} is not a test's name"
    path, name, value = parts.groups()
    if not (ROOT / f"{path}.py").exists():
        return f"there is no file {path}.py"
    found = getattr(_module(path), name, None)
    if found is None:
        return f"{path}.py has no {name}"
    if value is not None and value not in {word for mark in _marks(found) for word in _words(mark)}:
        return f"{name} has no parameter {value}"
    return None


@functools.cache
def _module(path: str) -> ModuleType:
    return importlib.import_module(path.replace("/", "."))


def _marks(test: Any) -> list[pytest.Mark]:
    return [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]


def _words(mark: pytest.Mark) -> Iterator[str]:
    """Return every value of a parametrisation as text."""
    for case in mark.args[1]:
        values = getattr(case, "values", case)
        yield from map(str, values if isinstance(values, tuple | list) and not callable(values) else [values])
