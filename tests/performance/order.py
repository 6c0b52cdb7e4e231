"""From the click on the ticket's button to the order's bytes at the venue, the synced journal on the way.

The whole window runs on the simulator. A relay in a process of its own stands before the venue's REST address and
notes when the first bytes of an order reach it; the window's process notes when the button was clicked.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from tests.performance.report import Row, percentile
from tests.performance.startup import REPOSITORY, SimulatorProcess, environment

ORDERS = 60
PAUSE = 0.16
"""Within the venue's budget of ten orders a second, three of them kept back for cancels."""

_VENUE = "hashkey-mena"
_CLIENT_ID = re.compile(rb"newClientOrderId=([^&\s]+)")


async def relay(venue_url: str) -> None:
    """Print our address, then a line `client id, monotonic seconds` for each order that passes."""
    venue = urlsplit(venue_url)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, look: bool) -> None:
        while data := await reader.read(65_536):
            now = time.monotonic()
            writer.write(data)
            found = _CLIENT_ID.search(data) if look else None
            if found is not None:
                print(found.group(1).decode(), now, flush=True)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection(venue.hostname, venue.port)
        await asyncio.gather(
            copy(reader, onward[1], look=True), copy(onward[0], writer, look=False), return_exceptions=True
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def click_in_child(simulator: str, data_dir: str) -> int:
    """Run the program, place `ORDERS` orders by clicks, print each one's client id and time of click as JSON."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit, QPushButton

    from terminal import app
    from terminal.arguments import parse
    from terminal.domain import InstrumentId
    from terminal.program import Program
    from terminal.trading.risk import RiskLimits

    account, instrument = f"{_VENUE}/main", InstrumentId(_VENUE, "BTCUSDT")

    class Clicked(Program):
        async def main(self) -> int:
            self.tasks.start(self._click(), "click")
            return await super().main()

        async def _until_ready(self) -> Decimal:
            async with asyncio.timeout(30):
                while True:
                    await asyncio.sleep(0.05)
                    live = self.market.hub.book(instrument)
                    best = live.book.bids.best
                    is_known = self.portfolio.free(account, "USDT") is not None
                    if best is not None and is_known and live.freshness.is_reliable:
                        return best[0]

        def _write(self, name: str, text: str) -> None:
            field = self.window.findChild(QLineEdit, name)
            assert field is not None
            field.setFocus()
            field.selectAll()
            QTest.keyClicks(field, text)

        async def _click(self) -> None:
            bid = await self._until_ready()
            await asyncio.sleep(2)
            self.desk.set_limits(account, RiskLimits(orders_per_second=None, duplicate_within_ms=0))
            self.arming.arm(account)
            self._write("ticket_price", str((bid * Decimal("0.98")).quantize(Decimal("0.01"))))
            button = self.window.findChild(QPushButton, "ticket_submit")
            assert button is not None
            clicks: list[float] = []
            for _ in range(ORDERS):
                self._write("ticket_quantity", "0.001")
                async with asyncio.timeout(10):
                    while not button.isEnabled():
                        await asyncio.sleep(0.005)
                await asyncio.sleep(PAUSE)
                placed = len(self.desk.working())
                clicks.append(time.monotonic())
                QTest.mouseClick(button, Qt.MouseButton.LeftButton)
                async with asyncio.timeout(10):
                    while sum(order.order.order_id is not None for order in self.desk.working()) == placed:
                        await asyncio.sleep(0.005)
            ids = [order.key for order in sorted(self.desk.working(), key=lambda order: order.submitted)]
            print(json.dumps(dict(zip(ids, clicks, strict=True))), flush=True)
            self.window.close_for_good()

    return app.run(parse(["--data-dir", data_dir, "--simulator", simulator, "--size", "1600x900"]), Clicked)


def measure() -> list[Row]:
    """Return the report's row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = SimulatorProcess(folder, "--venue", _VENUE, "--seed", "1", "--json")
        lines = json.loads(simulator.file.read_text())
        passing = subprocess.Popen(
            [sys.executable, "-m", "tests.performance.order", "relay", lines[_VENUE]["rest"]],
            cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert passing.stdout is not None
        lines[_VENUE]["rest"] = passing.stdout.readline().strip()
        simulator.file.write_text(json.dumps(lines))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.performance.order", "click", str(simulator.file), str(folder / "data")],
                cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
        finally:
            passing.terminate()
            seen = dict(line.split() for line in passing.stdout)
            passing.wait(10)
            simulator.stop()
    if done.returncode != 0 or not done.stdout:
        return [Row(name="order, click to wire", value="the program failed", met=False, note=done.stderr[-300:])]
    clicks: dict[str, float] = json.loads(done.stdout)
    taken = [(float(seen[key]) - clicked) * 1_000 for key, clicked in clicks.items()]
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    return [
        Row(
            name="order, click to bytes at the venue, journal synced",
            value=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            goal="p50 <= 3 ms, p99 <= 20 ms",
            met=p50 <= 3 and p99 <= 20,
            note=f"{len(taken)} orders",
        )
    ]


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    if sys.argv[1] == "relay":
        asyncio.run(relay(sys.argv[2]))
    else:
        sys.exit(click_in_child(sys.argv[2], sys.argv[3]))
