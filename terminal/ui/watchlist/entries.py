"""Which instruments are watched, starred and in which order. Qt-free; kept between starts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Protocol

from terminal.domain import Instrument, InstrumentId, InstrumentStatus

MOST_BY_DEFAULT = 40


class Sort(StrEnum):
    ADDED = "added"
    NAME = "name"
    CHANGE = "change"
    VOLUME = "volume"


class Store(Protocol):
    """Keeps JSON values by name."""

    def data(self, key: str) -> Any: ...
    def set_data(self, key: str, value: Any) -> None: ...


class WatchEntries:
    """The user's list. Until it is changed for the first time it follows what the venues list."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._entries: list[InstrumentId] = []
        self._starred: set[str] = set()
        self.sort = Sort.ADDED
        self.is_own = False
        self._load()

    @property
    def instruments(self) -> tuple[InstrumentId, ...]:
        return tuple(self._entries)

    def __contains__(self, instrument: InstrumentId) -> bool:
        return instrument in self._entries

    def follow(self, listed: Iterable[Instrument]) -> None:
        """Take the first instruments that trade, as long as the list is not the user's own."""
        if self.is_own:
            return
        trading = [i.id for i in listed if i.status is InstrumentStatus.TRADING]
        self._entries = trading[:MOST_BY_DEFAULT]

    def add(self, instrument: InstrumentId) -> None:
        if instrument not in self._entries:
            self._entries.append(instrument)
            self._own()

    def remove(self, instrument: InstrumentId) -> None:
        if instrument in self._entries:
            self._entries.remove(instrument)
            self._own()

    def is_starred(self, pair: str) -> bool:
        return pair in self._starred

    def toggle_star(self, pair: str) -> None:
        self._starred ^= {pair}
        self._save()

    def set_sort(self, sort: Sort) -> None:
        self.sort = sort
        self._save()

    def _own(self) -> None:
        self.is_own = True
        self._save()

    def _save(self) -> None:
        if self._store is None:
            return
        listed = [list(entry) for entry in self._entries] if self.is_own else None
        stored = {"instruments": listed, "starred": sorted(self._starred), "sort": self.sort.value}
        self._store.set_data("watchlist", stored)

    def _load(self) -> None:
        stored = None if self._store is None else self._store.data("watchlist")
        if not isinstance(stored, dict):
            return
        starred = stored.get("starred")
        if isinstance(starred, list):
            self._starred = {pair for pair in starred if isinstance(pair, str)}
        if stored.get("sort") in {sort.value for sort in Sort}:
            self.sort = Sort(stored["sort"])
        listed = stored.get("instruments")
        if isinstance(listed, list):
            pairs = [entry for entry in listed if isinstance(entry, list) and len(entry) == 2]
            self._entries = [InstrumentId(str(venue), str(symbol)) for venue, symbol in pairs]
            self.is_own = True
