"""Every error code of the document means one kind of failure, with a sentence for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.connectors.hashkey.error_codes import ERROR_CODES
from terminal.connectors.hashkey.errors import HashKeyJudge, failure_of
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import Call, Reply
from terminal.domain.failures import (
    AuthFailed,
    ClockSkew,
    DuplicateOrder,
    Failure,
    InstrumentNotFound,
    InsufficientFunds,
    InvalidOrder,
    NotSupported,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "payloads" / "hashkey" / "error_codes.json").read_text())

BY_KIND: dict[type[Failure], str] = {
    AuthFailed: "0102 0103 -1002 -4016 -4017 -4018",
    PermissionDenied: "0104 0202 -1005 -1186 -1205 -2020 -2021 -2023 -3117 -1152 -1171 -1182 -1215 -2019 -4004 -4006"
    " -4008 -4009",
    ClockSkew: "-1021",
    RateLimited: "0003 -1015 -3145",
    InsufficientFunds: "0401 -4003 -5023",
    InstrumentNotFound: "0201 -1151 -4001 -4005 -5026 -5031",
    InvalidOrder: "0207 0209 0210 -1124 -1132 -1133 -1126 -1135 -1136 -1137 -1200 -1201 -1202 -1203 -1165 -1167 -1168"
    " -1210 -4002 -1140 -1148 -1206 -5024 -5025 0001 0206 -1004 -1014 -1115 -1117 -1123 -1129 -1130 -1153 -1154 -2022"
    " -2030 -2026 -2027 -2028 -2029 -1160 -1162 -1163 -1172 -1173 -1174 -1175 -1176 -1177 -1204 -1207 -1208 -1209"
    " -1214 -1304 -1305 -2024 -2025 -4000 -4012 -4014 -5001 -5002 -5003 -5005 -5011 -5012 -5021 -5027 -5030 -5032"
    " -5033 -1156 -2010",
    OrderNotFound: "0211 -1143 -1212 -1300",
    OrderAlreadyClosed: "0212 -1139 -1142",
    DuplicateOrder: "-1024 -1141 -1211 -4013 -5000",
    VenueUnavailable: "-1101 -1155 -1194 -1169 -1170",
    NotSupported: "-1020 -1145 -1301 -4007",
    OutcomeUnknown: "-1000 -1001 -1006 -1007 -1146 -1147 -4011 -5034",
    VenueError: "-1193 -2017 -3143 -1166 -2016 -2018 -3144 -4010 -4019 -1149 -1144 -1150 -2011 -1161 -1164 -1213 -1302"
    " -1303 -4020 -5004 -5006 -5013 -5022 -5035 -5036",
}
"""The checked notes' classes, for a write about an order."""

CASES = [(code, kind) for kind, codes in BY_KIND.items() for code in codes.split()]


def test_every_code_of_the_document_stands_in_exactly_one_class() -> None:
    documented = {row["code"] for row in DOCUMENT}
    classed = [code for code, _ in CASES]
    assert len(documented) == 168
    assert len(classed) == len(set(classed))
    assert set(classed) | {"200", "0000"} == documented == set(ERROR_CODES)


@pytest.mark.parametrize(("code", "kind"), CASES)
def test_a_code_is_its_kind_of_failure_in_plain_words(code: str, kind: type[Failure]) -> None:
    failure = failure_of("hashkey-mena", code, "venue words", write=True, about_order=True, http_status=400)
    assert type(failure) is kind
    assert failure is not None
    assert failure.code == code
    assert failure.message == "venue words"
    assert failure.http_status == 400
    assert failure.venue == "hashkey-mena"
    assert failure.may_have_executed is (kind is OutcomeUnknown)
    assert len(failure.text) > 10
    assert failure.text[0].isupper()
    assert not failure.text.endswith(".")


@pytest.mark.parametrize("code", BY_KIND[OutcomeUnknown].split())
def test_an_open_outcome_of_a_read_is_only_unavailable(code: str) -> None:
    failure = failure_of("v", code, None, write=False, about_order=False, http_status=400)
    assert type(failure) is VenueUnavailable
    assert not failure.may_have_executed


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("0207", "price"),
        ("-1136", "quantity"),
        ("-1140", "notional"),
        ("0206", "type"),
        ("-2010", "price"),
        ("-1123", "client_order_id"),
    ],
)
def test_an_invalid_order_names_its_field(code: str, field: str) -> None:
    failure = failure_of("v", code, None, write=True, about_order=True, http_status=400)
    assert isinstance(failure, InvalidOrder)
    assert failure.field == field


def test_code_0001_is_told_apart_by_its_words() -> None:
    wrong = failure_of("v", "0001", "Incorrect signature", write=True, about_order=True, http_status=400)
    missing = failure_of("v", "0001", "Required field symbol missing", write=True, about_order=True, http_status=400)
    assert isinstance(wrong, AuthFailed)
    assert isinstance(missing, InvalidOrder)


WRITE = Call(method="POST", path="/x", group="order", write=True, about_order=True)
READ = Call(method="GET", path="/x", group="query")


def judge(call: Call, status: int, body: str) -> Failure | None:
    return HashKeyJudge("v", Redactor())(call, Reply(status=status, body=body.encode()))


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        '[{"code":"-1"}]',
        '{"code":0}',
        '{"code":"0"}',
        '{"code":"0000"}',
        '{"code":200}',
        '{"success":true}',
        '{"orderId":"1"}',
    ],
)
def test_every_spelling_of_success(body: str) -> None:
    assert judge(WRITE, 200, body) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '{"code":"-1143","msg":"x"}', OrderNotFound),
        (400, '{"code":-1143,"msg":"x"}', OrderNotFound),
        (200, '{"code":-1143}', OrderNotFound),
        (400, '{"code":401,"msg":"Insufficient asset"}', InsufficientFunds),
        (400, '{"errorCode":"0201","errorMsg":"no"}', InstrumentNotFound),
        (400, '{"code":"oops","msg":"x"}', VenueError),
        (400, '{"code":"-99999","msg":"x"}', VenueError),
        (400, "{}", VenueError),
        (401, '{"msg":"bad key"}', AuthFailed),
        (403, '{"msg":"not from here"}', PermissionDenied),
        (403, "{}", PermissionDenied),
        (401, '{"code":"-1143","msg":"x"}', OrderNotFound),
        (200, '{"success":false,"msg":"no"}', VenueError),
        (200, '{"code":"-99999"}', OutcomeUnknown),
    ],
)
def test_a_refusal_in_any_spelling_is_a_failure(status: int, body: str, kind: type[Failure]) -> None:
    failure = judge(WRITE, status, body)
    assert type(failure) is kind
    assert failure is not None
    assert failure.http_status == status


def test_an_unknown_code_in_a_successful_read_is_a_refusal() -> None:
    assert type(judge(READ, 200, '{"code":"-99999"}')) is VenueError
