"""From process start to the first frame and to the first live price, beside a bare PySide6 window."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.performance.report import Row, median, ratio_row

RUNS = 7
REPOSITORY = Path(__file__).parents[2]

BARE_WINDOW = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.end)
        return False

    def end(self):
        print(time.monotonic(), flush=True)
        QApplication.quit()

app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1600, 900)
watch = Watch()
window.installEventFilter(watch)
window.show()
app.exec()
"""


class SimulatorProcess:
    """A simulator that is up before anything is measured."""

    def __init__(self, folder: Path, *extra: str, module: str = "terminal.simulator") -> None:
        self.file = folder / "simulator.json"
        command = [sys.executable, "-m", module, *extra]
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.file.write_text(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def environment() -> dict[str, str]:
    """Without a display: the same for everything that is compared."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def bare_window() -> float:
    """Return seconds from process start to the first frame of an empty main window."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", BARE_WINDOW], env=environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout) - start


def full_window(simulator: Path, folder: Path, number: int) -> tuple[float, float]:
    """Return seconds from process start to the first frame and to the first live price of the whole program."""
    timings = folder / f"timings-{number}.json"
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "terminal", "--data-dir", str(folder / f"data-{number}"), "--simulator", str(simulator),
         "--timings", str(timings), "--size", "1600x900"],
        cwd=REPOSITORY, env=environment(),
    )  # fmt: skip
    try:
        while True:
            found = json.loads(timings.read_text() or "{}") if timings.exists() else {}
            if "first_price" in found:
                return found["first_frame"] - start, found["first_price"] - start
            if time.monotonic() - start > 30 or process.poll() is not None:
                raise RuntimeError(f"no price within 30 s: {found}")
            time.sleep(0.02)
    finally:
        process.terminate()
        process.wait(20)


def rows() -> list[Row]:
    """Measure alternately; the medians are compared."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = SimulatorProcess(folder, "--venue", "hashkey-mena", "--seed", "1", "--json")
        try:
            bare_window(), full_window(simulator.file, folder, 0)  # both warm the disk cache
            bare, frames, prices = [], [], []
            for number in range(1, RUNS + 1):
                bare.append(bare_window())
                frame, price = full_window(simulator.file, folder, number)
                frames.append(frame)
                prices.append(price)
        finally:
            simulator.stop()
    price = median(prices)
    return [
        ratio_row("first frame, against a bare window", median(frames) * 1000, median(bare) * 1000, at_most=2),
        Row(
            name="first live price on screen",
            value=f"{price * 1000:.0f} ms ({min(prices) * 1000:.0f} to {max(prices) * 1000:.0f})",
            goal="<= 1000 ms",
            met=price <= 1,
        ),
    ]
