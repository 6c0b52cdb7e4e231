"""HashKey's exchangeInfo: symbols and coins, of every site that a profile names (PROTOCOLS 2.5)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.parameters import pairs
from terminal.connectors.wire import decoder
from terminal.domain.failures import Failure, InstrumentNotFound, NotSupported, VenueError

_ANY = decoder(msgspec.Raw)
_ROWS = decoder(list[msgspec.Raw])
_INFO = decoder(messages.ExchangeInfo)

_REFUSED = (VenueError, NotSupported, InstrumentNotFound)


class ExchangeInfo:
    """The rows of exchangeInfo, undecoded. Sites are asked in the profile's order."""

    def __init__(self, api: HashKeyApi) -> None:
        self._api = api

    async def symbols(self) -> list[list[msgspec.Raw]]:
        """Return the symbols of each site."""
        return await self._of_sites(_symbols)

    async def coins(self) -> list[list[msgspec.Raw]]:
        """Return the coins of each site."""
        return await self._of_sites(_coins)

    async def _of_sites(self, convert: Callable[[msgspec.Raw], list[msgspec.Raw]]) -> list[list[msgspec.Raw]]:
        """Ask every site. One that the venue refuses takes no other with it, unless it is the only one; a venue that
        cannot be reached is a failure, for a list with a site missing would look complete."""
        found: list[list[msgspec.Raw]] = []
        refusal: Failure | None = None
        for site in self._api.profile.sites:
            try:
                rows = await self._api.public("/api/v1/exchangeInfo", pairs(("site", site)), _ANY, convert)
            except _REFUSED as failure:
                refusal = failure
            else:
                found.append(rows)
        if refusal is not None and not found:
            raise refusal
        return found


def _symbols(reply: msgspec.Raw) -> list[msgspec.Raw]:
    """Accept the three shapes of exchangeInfo: an object with `symbols`, one bare symbol, a list of them."""
    if bytes(reply).lstrip()[:1] == b"[":
        return _ROWS.decode(reply)
    info = _INFO.decode(reply)
    if info.symbols is not None:
        return info.symbols
    if info.symbol is None:
        raise ValueError("exchangeInfo names no symbols")
    return [reply]


def _coins(reply: msgspec.Raw) -> list[msgspec.Raw]:
    """Return the coins; only the shape with `symbols` has them."""
    return _INFO.decode(reply).coins or []
