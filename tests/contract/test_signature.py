"""What the connector signs, the simulator's own check takes; with one byte changed it does not."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.hashkey.signing import signed
from terminal.domain import Instrument
from terminal.simulator.hashkey_auth import ApiKey, check_signed
from terminal.simulator.hashkey_errors import HashKeyRefusal

if TYPE_CHECKING:
    from tests.contract.conftest import Simulated

NOW = 1_764_700_000_000
KEY = ApiKey(key="key", secret="lH3ELTNiFxCQTmi9pPcWWikhsjO04Yoqw3euoHUuOLC3GYBW64ZqzQsiOEHXQS76", account_id="1")
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

names = st.sampled_from(["symbol", "side", "quantity", "clientOrderId", "remark", "ids"])
parameters = st.lists(
    st.tuples(names, st.text(st.characters(codec="utf-8"), max_size=20)), max_size=6, unique_by=lambda pair: pair[0]
)


def accepted(query: str) -> dict[str, str]:
    """Return the parameters that the simulator reads from a signed query."""
    request = make_mocked_request("GET", f"/api/v1/account?{query}")
    asked = asyncio.run(check_signed(request, KEY, now=NOW))
    return dict(asked.values)


@given(parameters)
def test_every_signed_request_is_taken_with_its_very_values(sent: list[tuple[str, str]]) -> None:
    found = accepted(signed(KEY.secret, sent, NOW))
    del found["timestamp"], found["signature"]
    assert found == dict(sent)


@given(parameters, st.data())
def test_one_changed_byte_is_refused(sent: list[tuple[str, str]], data: st.DataObject) -> None:
    query = signed(KEY.secret, sent, NOW)
    digest = query.rpartition("&signature=")[2]
    name_of_signature = range(len(query) - len(digest) - len("&signature="), len(query) - len(digest))
    where = data.draw(st.sampled_from([at for at in range(len(query)) if at not in name_of_signature]))
    other = data.draw(st.sampled_from([each for each in UNRESERVED if each.lower() != query[where].lower()]))
    with pytest.raises(HashKeyRefusal):
        accepted(query[:where] + other + query[where + 1 :])


def test_over_the_wire(simulated: Simulated, instrument: Instrument) -> None:
    if simulated.venue == "cryptocom":
        pytest.skip("its signatures are those of test_chainup_signature")
    order = [("symbol", instrument.symbol), ("side", "SELL"), ("type", "MARKET"), ("quantity", "0.01")]
    query = signed(simulated.secret, order, int(time.time() * 1000))

    def answer(sent: str) -> tuple[int, object]:
        reply = httpx.post(
            f"{simulated.rest}/api/v1/spot/orderTest?{sent}",
            headers={"X-HK-APIKEY": simulated.key},
            timeout=5,
            trust_env=False,
        )
        return reply.status_code, reply.json().get("code")

    assert answer(query) == (200, None)
    assert answer(query.replace("SELL", "SELM", 1)) == (400, "0001")
    assert answer(query.replace("quantity=0.01", "quantity=0.02", 1)) == (400, "0001")
