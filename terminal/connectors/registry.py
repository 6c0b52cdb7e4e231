"""From a venue id to its connector. A venue's package is imported when it is first opened."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from terminal.connectors import addresses
from terminal.connectors.contract import Connector, Sink, Tap
from terminal.connectors.venues import VENUES
from terminal.domain.failures import NotSupported
from terminal.domain.venue import Credentials, Endpoints

if TYPE_CHECKING:
    from terminal.connectors.rate_limiter import RateLimiter

_DEFAULT_ACCOUNT = "main"


class _Factory(Protocol):
    def __call__(
        self,
        *,
        environment: str,
        overrides: Endpoints | None,
        credentials: Credentials | None,
        account: str | None,
        sink: Sink | None,
        tap: Tap | None,
        limits: RateLimiter | None,
    ) -> Connector: ...


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
    shared request budget: give the `limits` of the first connector of a venue to its others. Raises
    `NotSupported` for an unknown venue or environment and for endpoints that may not be used.
    """
    factory = _FACTORIES.get(venue)
    if factory is None:
        if venue in VENUES:
            raise NotSupported(f"The connector of {VENUES[venue].name} is not part of this version", venue=venue)
        raise NotSupported(f"There is no venue {venue!r:.40}; known are {', '.join(sorted(VENUES))}")
    if account is None and credentials is not None:
        account = _DEFAULT_ACCOUNT
    return factory(
        environment=environment,
        overrides=endpoints,
        credentials=credentials,
        account=account,
        sink=sink,
        tap=tap,
        limits=limits,
    )


def _hashkey_mena(
    *,
    environment: str,
    overrides: Endpoints | None,
    credentials: Credentials | None,
    account: str | None,
    sink: Sink | None,
    tap: Tap | None,
    limits: RateLimiter | None,
) -> Connector:
    from terminal.connectors.hashkey.connector import HashKeyConnector
    from terminal.connectors.hashkey.endpoints import MENA

    return HashKeyConnector(
        MENA,
        endpoints=_endpoints(MENA.venue, MENA.environments, environment, overrides),
        credentials=credentials,
        account=account,
        sink=sink,
        tap=tap,
        limits=limits,
    )


def _endpoints(
    venue: str, environments: Mapping[str, Endpoints], environment: str, overrides: Endpoints | None
) -> Endpoints:
    own = environments.get(environment)
    if own is None:
        raise NotSupported(f"{venue} has the environments {', '.join(environments)}, not {environment!r:.40}")
    return addresses.resolve(venue, own, overrides)


_FACTORIES: Mapping[str, _Factory] = MappingProxyType({"hashkey-mena": _hashkey_mena})
