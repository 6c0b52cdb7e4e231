"""A simulated HashKey served inside the test: frozen market, generous limits, a few instruments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Protocol

import aiohttp
import pytest

from terminal.simulator.faults import FaultBoard
from terminal.simulator.hashkey import HashKeyVenue
from terminal.simulator.hashkey_auth import Limits
from terminal.simulator.hashkey_profiles import GLOBAL, MENA, Profile
from terminal.simulator.instruments import instruments_of, start_prices
from terminal.simulator.loopback import Loopback
from terminal.simulator.state import MemoryStore, Store
from terminal.simulator.world import WorldSettings, build_world
from tests.simulator.hashkey_client import HashKeyClient

GENEROUS = Limits(queries=10_000, orders=10_000, transfers=10_000)
SYMBOLS = ("BTCUSDT", "SHIBUSDT", "BTCUSD", "USDTAED", "HSKUSDT")


class Serve(Protocol):
    """Starts a venue; it is served as long as the context lasts."""

    def __call__(
        self,
        *,
        profile: Profile = ...,
        limits: Limits = ...,
        store: Store | None = ...,
        frozen: bool = ...,
        pace: float = ...,
    ) -> AbstractAsyncContextManager[HashKeyClient]: ...


@asynccontextmanager
async def _serve(
    *,
    profile: Profile = MENA,
    limits: Limits = GENEROUS,
    store: Store | None = None,
    frozen: bool = True,
    pace: float = 1.0,
) -> AsyncIterator[HashKeyClient]:
    world_of = partial(
        build_world, settings=WorldSettings(seed=7, pace=pace), store=store or MemoryStore(), faults=FaultBoard(seed=7)
    )
    instruments = [each for each in instruments_of(profile.name, profile.terms) if each.symbol in SYMBOLS]
    world = world_of(profile.name, instruments, start_prices(profile.terms))
    venue = HashKeyVenue(world, profile, limits=limits)
    venue.open_market()
    venue.is_frozen = frozen
    host = Loopback(venue, port=venue.identity.port, admin_token=venue.identity.admin_token)
    await host.start()
    venue.serve_at(host.port)
    running = asyncio.create_task(venue.run())
    address = {
        "rest": host.base,
        "stream": host.stream_base,
        "private_stream": host.stream_base,
        "key": venue.identity.key,
        "secret": venue.identity.secret,
        "admin": host.admin,
        "sub_key": venue.identity.sub_key,
        "sub_secret": venue.identity.sub_secret,
        "sub_account": venue.identity.sub_account_id,
    }
    try:
        async with aiohttp.ClientSession() as session:
            yield HashKeyClient(session, address, batch_path=profile.batch_path)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await host.stop()


@pytest.fixture
def serve() -> Serve:
    return _serve


@pytest.fixture
async def mena(serve: Serve) -> AsyncIterator[HashKeyClient]:
    """A client of a fresh, frozen HashKey MENA."""
    async with serve(profile=MENA) as client:
        yield client


@pytest.fixture(params=[MENA, GLOBAL], ids=lambda profile: profile.name)
def profile(request: pytest.FixtureRequest) -> Profile:
    """Every simulated HashKey in turn."""
    chosen: Profile = request.param
    return chosen


@pytest.fixture
async def client(serve: Serve, profile: Profile) -> AsyncIterator[HashKeyClient]:
    """A client of a fresh, frozen venue, each in turn."""
    async with serve(profile=profile) as client:
        yield client
