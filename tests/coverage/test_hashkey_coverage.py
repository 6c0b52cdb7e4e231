"""Everything that the two HashKey documents name has a test: `hashkey.json` says which, `inventory.json` what there is.

A row is document -> kind -> item -> the tests that cover it, each "file::test" or "file::test[value]"; the value must
be one of the test's parameters. What the Global document leaves out and its connector takes from the MENA document
stands under "hashkey-global inferred".
"""

from __future__ import annotations

import copy
import functools
import importlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from terminal.connectors.hashkey.endpoints import GLOBAL
from tests.coverage.extract import extract, inventory

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = os.environ.get("FATHOM_VENUE_DOCUMENTS")

Table = dict[str, dict[str, dict[str, list[str]]]]


def table() -> Table:
    found: Table = json.loads(Path(__file__).with_name("hashkey.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def required() -> dict[tuple[str, str], set[str]]:
    """Return the items that need a row, by document and kind."""
    items = {
        (document, kind): set(names)
        for document, kinds in inventory().items()
        for kind, names in kinds.items()
        if kind != "example"
    }
    examples = json.loads((ROOT / "tests/payloads/hashkey/SOURCES.json").read_text(encoding="utf-8"))
    items["hashkey-mena", "example"] = set(examples)
    items["hashkey-global inferred", "endpoint"] = (
        {
            endpoint.replace("/api/v1.1/spot/batchOrders", GLOBAL.batch_path)
            for endpoint in items["hashkey-mena", "endpoint"]
        }
        - items["hashkey-global", "endpoint"]
        - {"DELETE /api/v1/spot/cancelAllOpenOrders"}  # its clients know none: PROTOCOLS 3
    )
    return items


def problems(rows: Table) -> Iterator[str]:
    """Tell every missing, unknown or empty row, and every row that names a test which does not exist."""
    needed = required()
    yield from rows_missing(rows)
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


def rows_missing(rows: Table) -> Iterator[str]:
    for (document, kind), items in required().items():
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


def test_every_item_of_the_documents_has_a_test_that_exists() -> None:
    assert list(problems(table())) == []


def test_removing_any_one_row_is_noticed() -> None:
    whole = table()
    for document, kinds in whole.items():
        for kind, items in kinds.items():
            for item in items:
                less = {
                    **whole,
                    document: {**kinds, kind: {name: tests for name, tests in items.items() if name != item}},
                }
                assert list(rows_missing(less)) == [f"no row: {document}, {kind}, {item}"]


@pytest.mark.parametrize(
    "broken",
    [
        "tests/coverage/test_nowhere.py::test_nothing",
        "tests/coverage/test_hashkey_coverage.py::test_nothing",
        "tests/connectors/hashkey/test_documented_codes.py::test_a_code_of_the_document_in_a_real_reply[-9]",
        "tests/connectors/hashkey/test_documented_codes.py",
    ],
)
def test_a_row_that_names_no_test_is_noticed(broken: str) -> None:
    rows = copy.deepcopy(table())
    rows["hashkey-mena"]["cancel reason"]["USER_CANCEL"] = [broken]
    (problem,) = problems(rows)
    assert problem.startswith("hashkey-mena, cancel reason, USER_CANCEL: ")


def test_every_example_of_the_documents_is_a_payload_file() -> None:
    sources = json.loads((ROOT / "tests/payloads/hashkey/SOURCES.json").read_text(encoding="utf-8"))
    lines = {source["line"] for source in sources.values() if "note" not in source}
    assert lines == set(inventory()["hashkey-mena"]["example"].values())


@pytest.mark.skipif(DOCUMENTS is None, reason="FATHOM_VENUE_DOCUMENTS does not name the documents' folder")
def test_the_inventory_is_what_the_documents_say() -> None:
    assert DOCUMENTS is not None
    assert extract(Path(DOCUMENTS)) == inventory()
