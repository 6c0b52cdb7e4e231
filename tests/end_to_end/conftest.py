"""A display, a simulator and the program for each end-to-end test."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import Program, Simulator


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A virtual display of our own."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.fail("Xvfb is needed for the end-to-end tests: packaging/test installs it")
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(write_end), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as numbers:
        number = _read_line(numbers.readline, 20)
    yield f":{number.strip()}"
    process.terminate()
    process.wait(10)


def _read_line(read: Callable[[], str], seconds: float) -> str:
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(read()), daemon=True)
    reader.start()
    reader.join(seconds)
    assert found, "the display did not start"
    assert found[0], "the display ended at once"
    return found[0]


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path)
    yield simulator
    simulator.stop()


@pytest.fixture
def start_program(tmp_path: Path, display: str) -> Iterator[Callable[..., Program]]:
    """Start the program with a data directory that stays the same over restarts within the test."""
    started: list[Program] = []

    def start(simulator: Simulator, *extra: str) -> Program:
        program = Program(tmp_path / "data", simulator, display, *extra)
        started.append(program)
        return program

    yield start
    for program in started:
        program.close()
