"""How old a message is when the frame that shows it has been painted, under 10,000 messages a second.

A feeder process pushes quotes, prints and books of 40 instruments; each quote carries the feeder's monotonic clock.
The program runs in a child process with its whole window; after every frame the age of every quote applied since the
frame before is noted.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.performance.report import Row, percentile
from tests.performance.startup import REPOSITORY, SimulatorProcess, environment

if TYPE_CHECKING:
    from terminal.market.hub import MarketHub

RATE, INSTRUMENTS = 10_000, 40
WARM_SECONDS, SECONDS = 6, 10
FRAME_MS = 1000 / 60


def measure_in_child(simulator: str, data_dir: str) -> int:
    """Run the program, measure for `SECONDS`, print the figures as JSON."""
    from PySide6.QtCore import QTimer

    from terminal import app
    from terminal.arguments import parse
    from terminal.domain import Ticker
    from terminal.program import Program

    class Measured(Program):
        async def main(self) -> int:
            self.tasks.start(self._measure(self.market.hub), "measure")
            return await super().main()

        async def _measure(self, hub: MarketHub) -> None:
            await asyncio.sleep(WARM_SECONDS)
            waiting: list[float] = []
            ages: list[float] = []
            apply = hub._apply

            def note(ticker: Ticker) -> None:
                apply[Ticker](ticker)
                if ticker.bid_quantity is not None:
                    waiting.append(float(ticker.bid_quantity))

            def painted() -> None:
                now = time.monotonic()
                ages.extend((now - sent) * 1000 for sent in waiting)
                waiting.clear()

            hub._apply = {**apply, Ticker: note}
            # painting follows the frame in the same turn of the loop, a zero timer comes after it
            self.frame_clock._timer.timeout.connect(lambda: QTimer.singleShot(0, painted))
            messages, cpu, began = hub.messages, resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
            await asyncio.sleep(SECONDS)
            passed = time.monotonic() - began
            used = resource.getrusage(resource.RUSAGE_SELF)
            seconds = used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime
            print(
                json.dumps(
                    {
                        "rate": (hub.messages - messages) / passed,
                        "cpu": seconds / passed,
                        "p50": percentile(ages, 0.5),
                        "p99": percentile(ages, 0.99),
                        "max": max(ages),
                        "lag": self.frame_clock.lag_ms,
                        "memory": used.ru_maxrss / 1024,
                    }
                ),
                flush=True,
            )
            self.window.close_for_good()

    return app.run(parse(["--data-dir", data_dir, "--simulator", simulator, "--size", "1600x900"]), Measured)


def rows() -> list[Row]:
    """Measure once for `SECONDS`; ages are of all quotes in that time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeder = SimulatorProcess(
            folder, "--rate", str(RATE), "--instruments", str(INSTRUMENTS), module="tests.performance.feeder"
        )
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.performance.tick_to_paint", str(feeder.file), str(folder / "data")],
                cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False,
                timeout=WARM_SECONDS + SECONDS + 60,
            )  # fmt: skip
        finally:
            feeder.stop()
    if done.returncode != 0 or not done.stdout:
        return [Row(name="tick to paint", value="the program failed", met=False, note=done.stderr[-300:])]
    found = json.loads(done.stdout)
    rate = found["rate"]
    return [
        Row(
            name=f"tick to paint, p50 at {rate:,.0f} msg/s over {INSTRUMENTS} instruments",
            value=f"{found['p50']:.1f} ms (p99 {found['p99']:.1f}, max {found['max']:.1f})",
            goal=f"<= {FRAME_MS:.1f} ms at >= 9,500 msg/s",
            met=found["p50"] <= FRAME_MS and rate >= 9_500,
        ),
        Row(
            name="the same: processor time and memory of the window's process",
            value=f"{found['cpu'] * 100:.0f} % of a core, {found['memory']:.0f} MiB, loop lag {found['lag']:.0f} ms",
        ),
    ]


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(measure_in_child(sys.argv[1], sys.argv[2]))
