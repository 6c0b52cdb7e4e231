"""What the Crypto.com connector signs, the simulator's own check takes; with one byte changed it does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from terminal.connectors.chainup.signing import signed_form

if TYPE_CHECKING:
    from tests.contract.conftest import Simulated

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def chainup_only(simulated: Simulated) -> None:
    if simulated.venue != "cryptocom":
        pytest.skip("another way of signing")


def answer(simulated: Simulated, body: str, path: str = "/v1/openOrders") -> tuple[int, object]:
    reply = httpx.post(f"{simulated.rest}{path}", content=body, headers=FORM, timeout=5, trust_env=False)
    return reply.status_code, reply.json().get("code")


def form(simulated: Simulated) -> str:
    asked = [("symbol", "btcusdt"), ("pageSize", "20"), ("page", "1")]
    return signed_form(simulated.key, simulated.secret, asked, int(time.time() * 1000))


def test_a_signed_request_is_taken(simulated: Simulated) -> None:
    status, code = answer(simulated, form(simulated))
    assert (status, str(code)) == (200, "0")


@pytest.mark.parametrize(
    ("old", "new"),
    [("btcusdt", "ethusdt"), ("pageSize=20", "pageSize=21"), ("page=1", "page=2"), ("page=1", "page=1&sort=1")],
)
def test_a_changed_value_is_refused(simulated: Simulated, old: str, new: str) -> None:
    changed = form(simulated).replace(old, new, 1)
    assert answer(simulated, changed)[0] == 401


def test_every_changed_byte_of_the_signature_is_refused(simulated: Simulated) -> None:
    for at in (1, 17, 40, 64):
        body = form(simulated)
        other = "0" if body[-at] != "0" else "1"
        assert answer(simulated, body[:-at] + other + body[len(body) - at + 1 :])[0] == 401
