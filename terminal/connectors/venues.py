"""The names of the venues; kept apart from the registry so that naming one imports no connector."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.domain.venue import VenueInfo

VENUES: Mapping[str, VenueInfo] = MappingProxyType(
    {
        info.venue: info
        for info in (
            VenueInfo(venue="hashkey-mena", name="HashKey MENA", short_name="HK MENA", code="HKM"),
            VenueInfo(venue="hashkey-global", name="HashKey Global", short_name="HK Global", code="HKG"),
            VenueInfo(venue="cryptocom", name="Crypto.com", short_name="Crypto.com", code="CDC"),
            VenueInfo(venue="hoo", name="Hoo", short_name="Hoo", code="HOO"),
            VenueInfo(venue="hoo-innovate", name="Hoo innovate", short_name="Hoo innov.", code="HOI"),
            VenueInfo(venue="hashgreen", name="Hashgreen", short_name="Hashgreen", code="HG"),
        )
    }
)
