"""Builds a venue's world: clock, engine, candles, market flow, and what the store remembers of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import msgspec

from terminal.domain import Instrument
from terminal.simulator.candles import CandleStore
from terminal.simulator.faults import FaultBoard
from terminal.simulator.market_flow import SyntheticFlow
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.records import FeeSchedule, IdSource
from terminal.simulator.replay import ReplayFlow, open_recordings, replayed_instruments
from terminal.simulator.state import Store


class VenueClock:
    """The venue's time in ms: this machine's, moved on by `advance`; `server_time` also has the injected skew."""

    def __init__(self, faults: FaultBoard) -> None:
        self._faults = faults
        self._advanced = 0

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self._advanced

    def server_time(self) -> int:
        """What the venue believes the time is when it judges and answers requests."""
        return self.now() + self._faults.skew_ms

    def advance(self, ms: int) -> None:
        self._advanced += ms


class Flow(Protocol):
    """Where the market comes from: synthetic or recorded. It runs once `fill` has ended."""

    def fill(self) -> Iterator[None]: ...

    def step(self, now: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueIdentity:
    """What stays the same for a venue over restarts; `port` 0 means none was taken yet.

    `key` is the master account's, `sub_key` that of its one sub trading account.
    """

    key: str
    secret: str
    account_id: str
    admin_token: str
    port: int = 0
    sub_key: str = ""
    sub_secret: str = ""
    sub_account_id: str = ""

    @classmethod
    def fresh(cls) -> VenueIdentity:
        return cls(
            key=secrets.token_hex(32),
            secret=secrets.token_hex(32),
            account_id=str(10**18 + secrets.randbelow(4 * 10**17)),
            admin_token=secrets.token_urlsafe(18),
        ).with_sub()

    def with_sub(self) -> VenueIdentity:
        """Return it with a sub account; one kept from before there were sub accounts has none."""
        if self.sub_key:
            return self
        return replace(
            self,
            sub_key=secrets.token_hex(32),
            sub_secret=secrets.token_hex(32),
            sub_account_id=str(10**18 + 5 * 10**17 + secrets.randbelow(4 * 10**17)),
        )

    def at(self, port: int) -> VenueIdentity:
        return replace(self, port=port)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSettings:
    """What the command line decides. `pace` scales market activity and push rates; `replay` files take the place of
    synthetic flow, `speed` times as fast, their times moved to now by `rebase`."""

    seed: int
    pace: float = 1.0
    replay: tuple[Path, ...] = ()
    speed: float = 1.0
    rebase: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything of one venue that is not its wire."""

    name: str
    engine: MatchingEngine
    fees: FeeSchedule
    ids: IdSource
    candles: CandleStore
    store: Store
    faults: FaultBoard
    clock: VenueClock
    identity: VenueIdentity
    settings: WorldSettings
    start_flow: Callable[[], Flow]


def build_world(
    name: str,
    instruments: Sequence[Instrument],
    prices: Mapping[str, Decimal],
    *,
    settings: WorldSettings,
    store: Store,
    faults: FaultBoard,
    spell: Callable[[str], str] = str,
) -> World:
    """Return a venue's world, gone on from what the store remembers of it.

    A replay has the recorded instruments alone, spelled as the venue does by `spell`, and no other history. Raises
    ValueError or OSError for a recording that cannot be read.
    """
    clock = VenueClock(faults)
    recordings = open_recordings(settings.replay, spell) if settings.replay else ()
    if recordings:
        instruments = replayed_instruments(name, recordings, instruments)
        prices = {}
    ids = IdSource()
    fees = FeeSchedule()
    engine = MatchingEngine(name, instruments, clock=clock.now, fees=fees, ids=ids)
    candles = CandleStore(instruments, prices, seed=settings.seed, now=clock.now())
    kept = store.get(name, "meta", "candles")
    if kept is not None and not settings.replay:
        candles.import_state(msgspec.json.decode(kept))
        newest = store.get(name, "meta", "newest_candles")
        if newest is not None:
            candles.import_newest(msgspec.json.decode(newest))

    def start_flow() -> Flow:
        now = clock.now()
        if recordings:
            speed, rebase = settings.speed, settings.rebase
            return ReplayFlow(engine, candles, recordings, now=now, speed=speed, rebase=rebase)
        return SyntheticFlow(engine, candles, seed=settings.seed, now=now, pace=settings.pace, is_empty=True)

    return World(
        name=name,
        engine=engine,
        fees=fees,
        ids=ids,
        candles=candles,
        store=store,
        faults=faults,
        clock=clock,
        identity=_identity(name, store),
        settings=settings,
        start_flow=start_flow,
    )


def _identity(name: str, store: Store) -> VenueIdentity:
    kept = store.get(name, "meta", "identity")
    known = None if kept is None else msgspec.json.decode(kept, type=VenueIdentity)
    identity = VenueIdentity.fresh() if known is None else known.with_sub()
    if identity != known:
        store.put(name, "meta", "identity", msgspec.json.encode(identity.as_json()).decode())
        store.commit()
    return identity
