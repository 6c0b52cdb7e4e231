"""Opening connectors: venue ids, environments, endpoint overrides, what is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from terminal.connectors import Credentials, Endpoints, open_connector
from terminal.connectors.venues import VENUES
from terminal.domain.failures import AuthFailed, NotSupported


def test_an_unknown_venue_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotSupported) as caught:
        open_connector("mtgox")
    assert "mtgox" in str(caught.value)
    assert all(venue in str(caught.value) for venue in VENUES)


@pytest.mark.parametrize("venue", ["hoo", "hoo-innovate", "hashgreen"])
def test_a_venue_without_a_connector_says_so(venue: str) -> None:
    with pytest.raises(NotSupported, match="not part of this version"):
        open_connector(venue)


def test_an_unknown_environment_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotSupported, match="production, sandbox"):
        open_connector("hashkey-mena", environment="moon")


@pytest.mark.parametrize(
    "endpoints",
    [
        Endpoints(rest="http://example.org"),
        Endpoints(rest="http://127.0.0.1.example.org"),
        Endpoints(stream="ws://10.0.0.1:1"),
        Endpoints(rest="ftp://127.0.0.1"),
        Endpoints(rest="http://127.0.0.1:1/api"),
        Endpoints(rest="http://user:pass@127.0.0.1:1"),
        Endpoints(stream="http://127.0.0.1:1"),
        Endpoints(private_stream="ws://"),
    ],
)
def test_endpoints_that_may_not_be_used_are_refused(endpoints: Endpoints) -> None:
    with pytest.raises(NotSupported):
        open_connector("hashkey-mena", endpoints=endpoints)


@pytest.mark.parametrize("rest", ["http://127.0.0.1:1", "http://localhost:1/", "http://[::1]:1", "https://example.org"])
async def test_loopback_and_encrypted_endpoints_are_taken(rest: str) -> None:
    async with open_connector("hashkey-mena", endpoints=Endpoints(rest=rest)) as connector:
        assert connector.venue == "hashkey-mena"


async def test_an_endpoint_left_out_of_the_overrides_is_never_replaced_by_the_venues_own() -> None:
    credentials = Credentials(key="key-of-a-test", secret="secret-of-a-test")
    async with open_connector(
        "hashkey-mena", endpoints=Endpoints(stream="ws://127.0.0.1:1"), credentials=credentials
    ) as connector:
        for call in (connector.server_time(), connector.balances(), connector.start_account_stream()):
            with pytest.raises(NotSupported):
                await call
    async with open_connector("hashkey-mena", endpoints=Endpoints(rest="http://127.0.0.1:1")) as connector:
        with pytest.raises(NotSupported):
            await connector.subscribe("book", "BTCUSDT")


async def test_private_calls_need_credentials() -> None:
    async with open_connector("hashkey-mena", endpoints=Endpoints(rest="http://127.0.0.1:1")) as connector:
        assert connector.account is None
        with pytest.raises(AuthFailed):
            await connector.balances()


async def test_credentials_without_a_label_belong_to_the_main_account() -> None:
    async with open_connector("hashkey-mena", credentials=Credentials(key="k", secret="s")) as connector:
        assert connector.account == "main"


def test_importing_the_package_loads_no_network_library() -> None:
    code = "import sys, terminal.connectors; print([n for n in ('httpx', 'websockets', 'PySide6') if n in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
