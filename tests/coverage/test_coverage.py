"""Everything that the venues' documents name has a test: a family's table says which, `inventory.json` what there is.

What the Global document leaves out and its connector takes from the MENA document stands under "hashkey-global
inferred"; what Crypto.com's document leaves out and its clients knew, under "cryptocom inferred".
"""

from __future__ import annotations

import copy
import functools
import json
import os
from pathlib import Path

import pytest

from terminal.connectors.hashkey.endpoints import GLOBAL
from tests.connectors.chainup import test_documented_parameters as chainup_parameters
from tests.connectors.hashkey import test_documented_parameters as hashkey_parameters
from tests.coverage.extract import extract, inventory
from tests.coverage.table import ROOT, Required, Table, problems, rows_missing, table

DOCUMENTS = os.environ.get("FATHOM_VENUE_DOCUMENTS")
FAMILIES = {
    "hashkey": ("hashkey-mena", "hashkey-global", "hashkey-global inferred"),
    "cryptocom": ("cryptocom", "cryptocom inferred"),
}
EXAMPLES = {"hashkey": "hashkey-mena", "cryptocom": "cryptocom"}
LEFT_OUT = {"hashkey": hashkey_parameters.LEFT_OUT, "cryptocom": chainup_parameters.LEFT_OUT}

families = pytest.mark.parametrize("family", FAMILIES)


def sources(family: str) -> dict[str, dict[str, int | str]]:
    path = ROOT / "tests" / "payloads" / family / "SOURCES.json"
    found: dict[str, dict[str, int | str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def required(family: str) -> Required:
    items = {
        (document, kind): set(names)
        for document, kinds in inventory().items()
        for kind, names in kinds.items()
        if document in FAMILIES[family] and kind != "example"
    }
    items[EXAMPLES[family], "example"] = set(sources(family))
    if family == "hashkey":
        items["hashkey-global inferred", "endpoint"] = (
            {
                endpoint.replace("/api/v1.1/spot/batchOrders", GLOBAL.batch_path)
                for endpoint in items["hashkey-mena", "endpoint"]
            }
            - items["hashkey-global", "endpoint"]
            - {"DELETE /api/v1/spot/cancelAllOpenOrders"}  # its clients know none: PROTOCOLS 3
        )
    return items


@families
def test_every_item_of_the_documents_has_a_test_that_exists(family: str) -> None:
    assert list(problems(table(family), required(family))) == []


@families
def test_removing_any_one_row_is_noticed(family: str) -> None:
    whole = table(family)
    for document, kinds in whole.items():
        for kind, items in kinds.items():
            for item in items:
                less: Table = {
                    **whole,
                    document: {**kinds, kind: {name: tests for name, tests in items.items() if name != item}},
                }
                assert list(rows_missing(less, required(family))) == [f"no row: {document}, {kind}, {item}"]


@pytest.mark.parametrize(
    "broken",
    [
        "tests/coverage/test_nowhere.py::test_nothing",
        "tests/coverage/test_coverage.py::test_nothing",
        "tests/connectors/hashkey/test_documented_codes.py::test_a_code_of_the_document_in_a_real_reply[-9]",
        "tests/connectors/hashkey/test_documented_codes.py",
    ],
)
def test_a_row_that_names_no_test_is_noticed(broken: str) -> None:
    rows = copy.deepcopy(table("hashkey"))
    rows["hashkey-mena"]["cancel reason"]["USER_CANCEL"] = [broken]
    (problem,) = problems(rows, required("hashkey"))
    assert problem.startswith("hashkey-mena, cancel reason, USER_CANCEL: ")


@families
def test_a_parameter_that_is_never_sent_is_marked_so(family: str) -> None:
    reasons = LEFT_OUT[family]
    for document, kinds in table(family).items():
        for parameter, tests in kinds.get("parameter", {}).items():
            left_out = parameter if parameter in reasons else parameter.rpartition(" ")[2]
            marked = any("::test_what_is_never_sent_is_documented_and_has_its_reason[" in test for test in tests)
            assert marked is (left_out in reasons), f"{document}, {parameter}"


@families
def test_every_example_of_the_documents_is_a_payload_file(family: str) -> None:
    lines = {source["line"] for source in sources(family).values() if "note" not in source}
    assert lines == set(inventory()[EXAMPLES[family]]["example"].values())


@pytest.mark.skipif(DOCUMENTS is None, reason="FATHOM_VENUE_DOCUMENTS does not name the documents' folder")
def test_the_inventory_is_what_the_documents_say() -> None:
    assert DOCUMENTS is not None
    assert extract(Path(DOCUMENTS)) == inventory()
