"""The family's signature vectors, the document's own among them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from terminal.connectors.hashkey import signing

VECTORS = json.loads(
    (Path(__file__).resolve().parents[2] / "payloads" / "hashkey" / "signature_vectors.json").read_text()
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_signature_vectors(vector: dict[str, str]) -> None:
    assert signing.signature(vector["secret"], vector["signed"]) == vector["digest"]
    if vector.get("documented_matches"):
        assert vector["digest"] == vector["documented"]


def test_query_and_body_are_signed_without_a_separator() -> None:
    vector = next(vector for vector in VECTORS if "example 3 (query" in vector["name"])
    query, _, rest = vector["signed"].partition("quantity=")
    assert signing.signature(vector["secret"], query, "quantity=" + rest) == vector["documented"]


def test_the_signature_comes_last_and_signs_what_stands_before_it() -> None:
    text = signing.signed("secret", (("orderId", "1738708541676585728"),), 1721996915813)
    signed, _, digest = text.rpartition("&signature=")
    assert signed == "orderId=1738708541676585728&timestamp=1721996915813"
    assert digest == "856ac0452f67a86c578769b5667a08d70eaaeb6cd010cbbedbc975f8b8c8dc7b"


def test_ids_keep_their_comma_and_other_characters_are_escaped() -> None:
    assert signing.encode((("ids", "1,2"),)) == "ids=1,2"
    pairs = (("memo", "a b&c=d/é"),)
    assert parse_qsl(signing.encode(pairs)) == list(pairs)
    assert " " not in signing.encode(pairs)
