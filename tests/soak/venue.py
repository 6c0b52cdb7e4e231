"""The simulator as a child process, and what its venues say of themselves, read past our own connector."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from terminal.accounts.simulated_venues import SimulatedVenues, VenueLines, simulator_command

Levels = list[tuple[Decimal, Decimal]]
Print = tuple[int, Decimal, Decimal, bool]
"""Ms, price, quantity, whether the taker bought."""


class VenueProcess:
    """Serves the chosen venue ("all": every one) while the context is open."""

    def __init__(self, venue: str, *, pace: float, folder: Path) -> None:
        # the last --venue on the line counts
        command = simulator_command(folder / "state", ["--venue", venue, "--pace", f"{pace:g}", "--seed", "11"])
        self._child = SimulatedVenues(command, folder / "simulator.log")

    async def __aenter__(self) -> VenueLines:
        self._child.launch()
        return await self._child.ready()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._child.stop()


class Admin:
    """One venue's admin endpoint and its public listings, decoded here and not by the connector."""

    def __init__(self, line: Mapping[str, str]) -> None:
        self._rest = line["rest"]
        self._admin = line["admin"]
        self._http = httpx.AsyncClient(timeout=20, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def fault(self, **rule: object) -> None:
        (await self._http.post(f"{self._admin}/faults", json=rule)).raise_for_status()

    async def has_fired(self) -> bool:
        """Tell whether any standing fault has hit a frame yet."""
        found = (await self._http.get(f"{self._admin}/faults")).raise_for_status().json()
        return any(rule["fired"] for rule in found["rules"])

    async def clear(self) -> None:
        (await self._http.delete(f"{self._admin}/faults")).raise_for_status()

    async def market(self, **command: object) -> None:
        (await self._http.post(f"{self._admin}/market", json=command)).raise_for_status()

    async def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self._http.get(f"{self._admin}/ledger")).raise_for_status().json()
        return found

    async def book(self, symbol: str) -> tuple[Levels, Levels]:
        """Return the venue's own book: bids highest first, asks lowest first."""
        found = await self._get("/quote/v1/depth", symbol=symbol, limit="200")
        return _levels(found["b"]), _levels(found["a"])

    async def prints(self, symbol: str) -> Counter[Print]:
        """Return the venue's newest prints, at most 100."""
        found = await self._get("/quote/v1/trades", symbol=symbol, limit="100")
        return Counter((int(row["t"]), Decimal(row["p"]), Decimal(row["q"]), not row["ibm"]) for row in found)

    async def _get(self, path: str, **query: str) -> Any:
        return (await self._http.get(f"{self._rest}{path}", params=query)).raise_for_status().json()


def _levels(rows: list[list[str]]) -> Levels:
    return [(Decimal(price), Decimal(size)) for price, size in rows]


async def until(condition: Callable[[], object], within: float, *, every: float = 0.01) -> bool:
    """Look until `condition()` is true; False when it was not within so many seconds."""
    end = asyncio.get_running_loop().time() + within
    while not condition():
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(every)
    return True
