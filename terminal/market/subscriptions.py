"""Reference-counted interest of panels in market data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from terminal.domain import InstrumentId
from terminal.market.topics import Topic


class Interest(NamedTuple):
    """What somebody wants to be kept current; `detail` is the interval of CANDLES, and of a BOOK the venue's price
    step, "" for its plain one."""

    what: Topic
    instrument: InstrumentId
    detail: str = ""


class Watch:
    """One holder's interest; `close` gives it back, more than once does no harm."""

    def __init__(self, interest: Interest, release: Callable[[Interest], None]) -> None:
        self.interest = interest
        self._release: Callable[[Interest], None] | None = release

    def close(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release(self.interest)


class Subscriptions:
    """Counts the holders of each interest; `on_first` and `on_last` tell when one begins and ends."""

    def __init__(self, on_first: Callable[[Interest], None], on_last: Callable[[Interest], None]) -> None:
        self._counts: dict[Interest, int] = {}
        self._on_first = on_first
        self._on_last = on_last

    def watch(self, interest: Interest) -> Watch:
        count = self._counts.get(interest, 0)
        self._counts[interest] = count + 1
        if count == 0:
            self._on_first(interest)
        return Watch(interest, self._release)

    def __contains__(self, interest: Interest) -> bool:
        return interest in self._counts

    def __iter__(self) -> Iterator[Interest]:
        return iter(tuple(self._counts))

    def of_venue(self, venue: str) -> list[Interest]:
        return [interest for interest in self._counts if interest.instrument.venue == venue]

    def _release(self, interest: Interest) -> None:
        count = self._counts[interest] - 1
        if count:
            self._counts[interest] = count
        else:
            del self._counts[interest]
            self._on_last(interest)
