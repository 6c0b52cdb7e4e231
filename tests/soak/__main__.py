"""The soak run: every stream of every instrument at ten times the documented rate, with faults all the time.

    python -m tests.soak --minutes 20 [--venue hashkey-mena | hashkey-global | all] [--pace 10]

Each minute and venue: a forced disconnect, a silence, two crossed books and a malformed frame, each timed until it is
marked and until all is live again and equal to the venue's own listing (for which the market stands still a moment).
Prints figure, goal and verdict; every fault that was not marked or repaired in time is listed by its time. The exit
code is 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from terminal.connectors.hashkey.endpoints import GLOBAL, MENA
from tests.performance.report import Row, show
from tests.soak.client import Client
from tests.soak.figures import Injection, injection_rows, lateness_row, memory_rows, rate_row, zero_row
from tests.soak.injector import PLAN, Injector
from tests.soak.venue import Admin, VenueProcess, until

VENUES = {profile.venue: profile for profile in (MENA, GLOBAL)}
WARM_UP_S, MEMORY_EVERY_S = 360.0, 10.0
"""Memory counts from when the five minutes of volume by price are full; until then it must grow."""
BOOKS_A_SECOND = {"v1": 1 / 0.3, "v2": 1 / 0.1}
"""Documented pushes of one book: version 1 every 300 ms, version 2 every 100 ms (PROTOCOLS 2.6, 2.7). Of the other
topics version 2 says only "real-time", so their rate is told without a goal."""


def resident_mib() -> float | None:
    """Return this process's resident size; None where the system does not tell (all but Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Run:
    """One soak run and what it samples."""

    def __init__(self, *, venue: str, seconds: float, pace: float, plan: Sequence[tuple[float, str]] = PLAN) -> None:
        self.seconds = seconds
        self.pace = pace
        self.injections: list[Injection] = []
        self._venue = venue
        self._plan = plan
        self._memory: list[tuple[float, float]] = []
        self._lateness: list[float] = []
        self._books: dict[str, list[int]] = {}

    async def measure(self) -> list[Row]:
        """Run to the end and return the table."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with (
                VenueProcess(self._venue, pace=self.pace, folder=folder) as lines,
                Client(lines, folder) as client,
            ):
                return await self._measure(client)

    async def _measure(self, client: Client) -> list[Row]:
        began = asyncio.get_running_loop().time()
        admins = {venue: Admin(line) for venue, line in client.lines.items()}
        injectors = {v: Injector(client, a, v, began=began, plan=self._plan) for v, a in admins.items()}

        def tell(event: object) -> None:
            injector = injectors.get(getattr(event, "venue", ""))
            if injector is not None:
                injector.on_event(event)  # type: ignore[arg-type]

        client.listen = tell
        client.start_orders()
        sampling = asyncio.create_task(self._sample(client, began))
        try:
            await asyncio.gather(*(injector.run(self.seconds) for injector in injectors.values()))
            await asyncio.sleep(max(0.0, began + self.seconds - asyncio.get_running_loop().time()))
            wrong_orders = [text for v, a in admins.items() for text in await _wrong_orders(client, a, v)]
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
            for admin in admins.values():
                await admin.__aexit__(None, None, None)
        self.injections = sorted((i for one in injectors.values() for i in one.done), key=lambda i: i.at)
        return self._rows(client, injectors, wrong_orders)

    async def _sample(self, client: Client, began: float) -> None:
        loop = asyncio.get_running_loop()
        self._books = {venue: [] for venue in client.lines}
        before = {venue: client.counts[venue]["books"] for venue in client.lines}
        next_memory = began + WARM_UP_S
        last = loop.time()
        while True:
            await asyncio.sleep(1)
            now = loop.time()
            for venue, seen in before.items():
                count = client.counts[venue]["books"]
                self._books[venue].append(round((count - seen) / (now - last)))
                before[venue] = count
            self._lateness.append(client.worst_lateness(last))
            last = now
            if now >= next_memory:
                next_memory += MEMORY_EVERY_S
                size = resident_mib()
                if size is not None:
                    self._memory.append((now - began, size))

    def _rows(self, client: Client, injectors: dict[str, Injector], wrong_orders: list[str]) -> list[Row]:
        rows: list[Row] = []
        for venue, counts in client.counts.items():
            count = len(client.instruments(venue))
            documented = BOOKS_A_SECOND[VENUES[venue].public_streams[0]] * count
            name = f"books of {count} instruments"
            rows.append(rate_row(venue, name, self._books[venue], documented=documented, pace=self.pace))
            each = [f"{symbol} {n / self.seconds:.0f}" for symbol, n in client.books[venue].most_common()]
            rows.append(Row(name=f"{venue}: books a second, each over the whole run", value=", ".join(each)))
            rest = ", ".join(f"{what} {n / self.seconds:,.0f}" for what, n in sorted(counts.items()) if what != "books")
            rows.append(Row(name=f"{venue}: other events a second", value=rest, goal='documented as "real-time"'))
        rows += injection_rows(self.injections)
        orders = sum(order.order.venue in client.lines for order in client.desk.history(10_000))
        rows.append(Row(name="own orders placed, ended and compared", value=str(orders)))
        crossed = [f"{v}: {one.unmarked_crossed}" for v, one in injectors.items() if one.unmarked_crossed]
        rows += [
            zero_row("crossed books shown as live", crossed),
            zero_row("prints lost while live", [text for one in injectors.values() for text in one.lost_prints]),
            zero_row("own orders told otherwise than in the venue's ledger", wrong_orders),
            zero_row("orders that could not be carried out", client.problems),
            *memory_rows(self._memory),
            lateness_row(self._lateness),
        ]
        frozen = sum(one.frozen_s for one in injectors.values())
        rows.append(Row(name="the market stood still for comparisons", value=f"{frozen:.0f} s"))
        return rows


async def _wrong_orders(client: Client, admin: Admin, venue: str) -> list[str]:
    """Compare the desk's orders with the venue's ledger once the desk has nothing more to settle."""
    await until(lambda: not [o for o in client.desk.working() if o.order.venue == venue], 30, every=0.1)
    ours = {o.order.order_id: o for o in [*client.desk.history(10_000), *client.desk.working()]}
    wrong: list[str] = []
    for order in (await admin.ledger())["orders"]:
        known = ours.get(order["order_id"])
        if known is None:
            wrong.append(f"{order['order_id']} is not known")
            continue
        filled = Decimal(order["filled_quantity"])
        if known.status.value != order["status"] or known.order.filled_quantity != filled:
            wrong.append(f"{order['order_id']}: {known.status.value} here, {order['status']} there")
        if sum((fill.quantity for fill in client.desk.fills_of(known.key)), Decimal(0)) != filled:
            wrong.append(f"{order['order_id']}: fills do not add up to {filled}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (default: 20)")
    parser.add_argument("--venue", choices=[*VENUES, "all"], default="all", help="which venue (default: all)")
    parser.add_argument("--pace", type=float, default=10.0, help="times the documented rate (default: 10)")
    given = parser.parse_args()
    run = Run(venue=given.venue, seconds=given.minutes * 60, pace=given.pace)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{given.minutes:g} min at pace {given.pace:g}, {os.cpu_count()} processors{load}", flush=True)
    rows = asyncio.run(run.measure())
    print(show(rows))
    complaints = [text for text in (injection.complaint() for injection in run.injections) if text]
    print("\n".join(["", "Faults not marked or repaired in time:", *(complaints or ["none"])]), flush=True)
    return 1 if complaints or any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
