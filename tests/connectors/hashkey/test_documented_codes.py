"""Every error code of the document, as a real reply to a write and to a read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from terminal.connectors import Credentials, open_connector
from terminal.connectors.hashkey.error_codes import ERROR_CODES, GLOBAL_ERROR_CODES
from terminal.domain import OrderRequest, OrderType, Side
from terminal.domain.failures import AuthFailed, Failure, InvalidOrder, OutcomeUnknown, VenueError, VenueUnavailable
from tests.connectors.hashkey.conftest import BOTH_VENUES
from tests.connectors.hashkey.test_errors import BY_KIND

if TYPE_CHECKING:
    from tests.connectors.conftest import Handler, LoopbackVenue

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "payloads" / "hashkey" / "error_codes.json").read_text())
CODES = sorted({row["code"] for row in DOCUMENT})
KINDS = {code: kind for kind, codes in BY_KIND.items() for code in codes.split()}
WRITES, READ = ("POST /api/v1.1/spot/order", "POST /api/v1/spot/order"), "GET /quote/v1/trades"
ORDER = OrderRequest(
    symbol="ETHUSD", side=Side.BUY, type=OrderType.LIMIT, quantity=Decimal("0.03"), price=Decimal(1900)
)


@BOTH_VENUES
@pytest.mark.parametrize("code", CODES)
async def test_a_code_of_the_document_in_a_real_reply(
    hashkey: LoopbackVenue, credentials: Credentials, venue_id: str, code: str
) -> None:
    for row in DOCUMENT:
        if row["code"] != code:
            continue
        if row["http"] == 200:
            taken = json.dumps({"code": code, "orderId": "7", "symbol": "ETHUSD"})
            hashkey.routes.update(dict.fromkeys(WRITES, taken))
            async with open_connector(venue_id, endpoints=hashkey.endpoints, credentials=credentials) as connector:
                assert (await connector.place_order(ORDER)).order_id == "7"
            continue
        hashkey.routes.update(dict.fromkeys((*WRITES, READ), _refusal(row)))
        for write in (True, False):
            async with open_connector(venue_id, endpoints=hashkey.endpoints, credentials=credentials) as connector:
                with pytest.raises(Failure) as caught:
                    await (connector.place_order(ORDER) if write else connector.trades("ETHUSD"))
            failure = caught.value
            if venue_id == "hashkey-global" and GLOBAL_ERROR_CODES[code] != ERROR_CODES[code]:
                continue  # tests of its own: the codes that differ by venue
            assert type(failure) is _expected(code, row["message"], write=write)
            assert (failure.code, failure.message, failure.http_status) == (code, row["message"], row["http"])
            assert failure.may_have_executed is (type(failure) is OutcomeUnknown)
            if code != "0001":
                codes = GLOBAL_ERROR_CODES if venue_id == "hashkey-global" else ERROR_CODES
                assert failure.text == codes[code].sentence


def _refusal(row: Mapping[str, Any]) -> Handler:
    """Answer with a row of the document's table."""
    return lambda _: web.json_response({"code": row["code"], "msg": row["message"]}, status=row["http"])


def _expected(code: str, message: str, *, write: bool) -> type[Failure]:
    if code == "0001" and "signature" in message:
        return AuthFailed
    kind = KINDS[code]
    if write:
        return kind
    return {InvalidOrder: VenueError, OutcomeUnknown: VenueUnavailable}.get(kind, kind)
