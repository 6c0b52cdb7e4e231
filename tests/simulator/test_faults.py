"""Fault rules: how they are written, what they match, how often they fire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.simulator.corruption import Json, PayloadKeys, corrupt
from terminal.simulator.faults import CONTENT_KINDS, FaultBoard, FaultKind, FaultRule

KEYS = PayloadKeys(enumerations=frozenset({"status", "side"}), books=(("b", "a"),))


def test_a_spec_reads_like_the_posted_object() -> None:
    rule = FaultRule.parse("5xx,when=after,method=POST,path=/api/*,count=2,status=502,probability=0.5")
    posted = FaultRule.from_mapping(
        {
            "kind": "5xx",
            "when": "after",
            "method": "POST",
            "path": "/api/*",
            "count": 2,
            "status": 502,
            "probability": 0.5,
        }
    )
    assert rule == posted
    assert (rule.kind, rule.count, rule.status) == (FaultKind.SERVER_ERROR, 2, 502)


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ("explode", "kind"),
        ("drop,when=later", "when"),
        ("drop,count=0", "count"),
        ("drop,count=x", "count"),
        ("drop,probability=2", "probability"),
        ("drop,probability=x", "probability"),
        ("5xx,status=200", "status"),
        ("drop,skip=-1", "skip"),
        ("drop,color=red", "color"),
        ("drop,path", "path"),
    ],
)
def test_a_bad_spec_names_what_is_wrong(spec: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        FaultRule.parse(spec)


def test_rules_match_by_method_and_path() -> None:
    board = FaultBoard([FaultRule.parse("drop,method=post,path=/api/v1.1/*")])
    assert board.on_request("GET", "/api/v1.1/spot/order") == []
    assert board.on_request("POST", "/api/v1/spot/order") == []
    assert len(board.on_request("POST", "/api/v1.1/spot/order")) == 1
    assert board.on_frame("public", "depth") == []


def test_rules_match_by_channel_group_and_symbol() -> None:
    board = FaultBoard(
        [FaultRule.parse("gap,channel=depth,symbol=BTCUSDT"), FaultRule.parse("duplicate,channel=private")]
    )
    kinds = [rule.kind for rule in board.on_frame("public", "depth", "BTCUSDT")]
    assert kinds == [FaultKind.GAP]
    assert board.on_frame("public", "depth", "ETHUSDT") == []
    assert [rule.kind for rule in board.on_frame("private", "executionReport")] == [FaultKind.DUPLICATE]
    assert board.on_request("GET", "/quote/v1/depth") == []


def test_request_kinds_never_hit_frames_and_frame_kinds_never_requests() -> None:
    for kind in ("reject", "429", "418", "5xx", "stale", "skew"):
        assert FaultBoard([FaultRule.parse(kind)]).on_frame("public", "depth") == []
    for kind in ("duplicate", "gap", "reorder", "silence", "skew"):
        assert FaultBoard([FaultRule.parse(kind)]).on_request("GET", "/") == []


def test_skip_and_count_bound_the_use() -> None:
    board = FaultBoard([FaultRule.parse("drop,skip=1,count=2")])
    assert [len(board.on_request("GET", "/")) for _ in range(5)] == [0, 1, 1, 0, 0]
    assert board.rules[0].fired == 2


@given(st.integers(), st.floats(0, 1))
def test_the_same_seed_draws_the_same_faults(seed: int, probability: float) -> None:
    def draw() -> list[int]:
        board = FaultBoard([FaultRule(kind=FaultKind.GAP, probability=probability)], seed=seed)
        return [len(board.on_frame("public", "trade")) for _ in range(30)]

    assert draw() == draw()


def test_silence_of_a_stream_includes_its_heartbeat() -> None:
    assert FaultBoard([FaultRule.parse("silence")]).is_silent("public")
    assert FaultBoard([FaultRule.parse("silence,channel=private")]).is_silent("private")
    assert not FaultBoard([FaultRule.parse("silence,channel=private")]).is_silent("public")
    assert not FaultBoard([FaultRule.parse("silence,channel=depth")]).is_silent("public")


def test_skews_add_up_until_cleared() -> None:
    board = FaultBoard([FaultRule.parse("skew,ms=500"), FaultRule.parse("skew,ms=-200"), FaultRule.parse("drop")])
    assert board.skew_ms == 300
    board.clear(FaultKind.SKEW)
    assert (board.skew_ms, len(board.rules)) == (0, 1)
    board.clear()
    assert board.is_quiet


BOOK: Json = {"s": "BTCUSDT", "t": 1764659869550, "b": [["99.5", "1"]], "a": [["100", "2.5"]], "v": "735962141_2"}


def test_contents_are_changed_as_their_kind_says() -> None:
    crossed = corrupt(BOOK, FaultKind.CROSSED, KEYS)
    assert isinstance(crossed, dict)
    assert (crossed["b"], crossed["a"]) == ([["100", "2.5"]], [["99.5", "1"]])
    negative = corrupt(BOOK, FaultKind.NEGATIVE, KEYS)
    assert isinstance(negative, dict)
    assert (negative["b"], negative["v"]) == ([["-99.5", "-1"]], "735962141_2")
    nan = corrupt(BOOK, FaultKind.NAN, KEYS)
    assert isinstance(nan, dict)
    assert nan["a"] == [["NaN", "NaN"]]
    order: Json = [{"status": "NEW", "side": "BUY", "orderId": "1795246188571000000", "price": "80000"}]
    assert corrupt(order, FaultKind.UNKNOWN_ENUM, KEYS) == [
        {"status": "UNHEARD_OF", "side": "UNHEARD_OF", "orderId": "1795246188571000000", "price": "80000"}
    ]
    assert corrupt(order, FaultKind.WRONG_TYPE, KEYS) == [
        {"status": "NEW", "side": "BUY", "orderId": "1795246188571000000", "price": {"value": "80000"}}
    ]
    extended = corrupt(order, FaultKind.EXTRA_FIELDS, KEYS)
    assert isinstance(extended, list)
    assert isinstance(extended[0], dict)
    assert {"status", "unheardOf", "zz9"} <= set(extended[0])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(allow_nan=False).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abst"), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.sampled_from(sorted(CONTENT_KINDS)))
def test_any_json_can_be_corrupted_without_touching_the_original(value: Json, kind: FaultKind) -> None:
    before = repr(value)
    corrupt(value, kind, KEYS)
    assert repr(value) == before
