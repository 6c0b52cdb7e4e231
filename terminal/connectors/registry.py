"""From a venue id to its connector. The network libraries are imported when a venue is first opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from terminal.connectors import addresses
from terminal.connectors.chainup.profile import CRYPTOCOM, ChainUpProfile
from terminal.connectors.contract import Connector, Sink, Tap
from terminal.connectors.hashkey.endpoints import GLOBAL, MENA, HashKeyProfile
from terminal.connectors.rate_limiter import Budget, RateLimiter
from terminal.connectors.venues import VENUES
from terminal.domain.failures import NotSupported
from terminal.domain.venue import Credentials, Endpoints

_DEFAULT_ACCOUNT = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """What a connector is opened with."""

    endpoints: Endpoints
    credentials: Credentials | None
    account: str | None
    sink: Sink | None
    tap: Tap | None
    limits: RateLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    environments: Mapping[str, Endpoints]
    budgets: Mapping[str, Budget]
    open: Callable[[_Opening], Connector]


def open_connector(
    venue: str,
    *,
    environment: str = "production",
    endpoints: Endpoints | None = None,
    credentials: Credentials | None = None,
    account: str | None = None,
    sink: Sink | None = None,
    tap: Tap | None = None,
    limits: RateLimiter | None = None,
) -> Connector:
    """Return a venue's connector, to be used as an async context manager; nothing is sent yet.

    `account` labels the account that the credentials belong to ("main" if not given). `limits` is the venue's
    shared request budget: that of another connector, or one of `rate_budget`; without it the connector has its
    own. Raises `NotSupported` for an unknown venue or environment and for endpoints that may not be used.
    """
    entry = _entry(venue)
    own = entry.environments.get(environment)
    if own is None:
        names = ", ".join(entry.environments)
        raise NotSupported(f"{venue} has the environments {names}, not {environment!r:.40}", venue=venue)
    if account is None and credentials is not None:
        account = _DEFAULT_ACCOUNT
    return entry.open(
        _Opening(
            endpoints=addresses.resolve(venue, own, endpoints),
            credentials=credentials,
            account=account,
            sink=sink,
            tap=tap,
            limits=rate_budget(venue) if limits is None else limits,
        )
    )


def rate_budget(venue: str) -> RateLimiter:
    """Return a new request budget of a venue, to be given as `limits` to every connector of it.

    Raises `NotSupported` for a venue without a connector.
    """
    return RateLimiter(venue, _entry(venue).budgets)


def _entry(venue: str) -> _Entry:
    entry = _ENTRIES.get(venue)
    if entry is not None:
        return entry
    if venue in VENUES:
        raise NotSupported(f"The connector of {VENUES[venue].name} is not part of this version", venue=venue)
    raise NotSupported(f"There is no venue {venue!r:.40}; known are {', '.join(sorted(VENUES))}")


def _open_hashkey(profile: HashKeyProfile, opening: _Opening) -> Connector:
    from terminal.connectors.hashkey.connector import HashKeyConnector

    return HashKeyConnector(
        profile,
        endpoints=opening.endpoints,
        credentials=opening.credentials,
        account=opening.account,
        sink=opening.sink,
        tap=opening.tap,
        limits=opening.limits,
    )


def _hashkey(profile: HashKeyProfile) -> _Entry:
    return _Entry(environments=profile.environments, budgets=profile.budgets, open=partial(_open_hashkey, profile))


def _open_chainup(profile: ChainUpProfile, opening: _Opening) -> Connector:
    from terminal.connectors.chainup.connector import ChainUpConnector

    return ChainUpConnector(
        profile,
        endpoints=opening.endpoints,
        credentials=opening.credentials,
        account=opening.account,
        sink=opening.sink,
        tap=opening.tap,
        limits=opening.limits,
    )


def _chainup(profile: ChainUpProfile) -> _Entry:
    return _Entry(environments=profile.environments, budgets=profile.budgets, open=partial(_open_chainup, profile))


_ENTRIES: Mapping[str, _Entry] = MappingProxyType(
    {
        **{profile.venue: _hashkey(profile) for profile in (MENA, GLOBAL)},
        CRYPTOCOM.venue: _chainup(CRYPTOCOM),
    }
)
