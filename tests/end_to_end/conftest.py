"""A simulator process, a display and the steered program, all real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
DRIVEN = Path(__file__).with_name("driven_app.py")
Look = dict[str, Any]


class Simulator:
    """The simulated venue as its own process; `admin` reaches its ledger, faults and market."""

    def __init__(self, folder: Path, *extra: str) -> None:
        self.folder = folder
        self.extra = extra
        self.file = folder / "simulator.json"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "terminal.simulator", "--venue", "hashkey-mena", "--seed", "3", "--json"]
        self.process = subprocess.Popen(
            [*command, "--state", str(self.folder / "state"), *self.extra],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.venue: dict[str, str] = json.loads(line)["hashkey-mena"]
        self.file.write_text(line)

    def admin(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.venue["admin"] + path, data=data)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"null")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            assert self.process.stdout is not None
            self.process.stdout.close()


class Program:
    """The steered program. Every command waits for its answer."""

    def __init__(self, data_dir: Path, simulator: Simulator, display: str, *extra: str) -> None:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self.log = (data_dir.parent / f"{data_dir.name}.err").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVEN), "--data-dir", str(data_dir), "--simulator", str(simulator.file),
             "--size", "1600x900", *extra],
            cwd=REPOSITORY, env={**environment, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        self.errors = Path(self.log.name)

    def do(self, what: str, **arguments: Any) -> Look:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the program ended: {self.errors.read_text()[-3000:]}")
        answer: Look = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def look(self) -> Look:
        return self.do("look")

    def until(self, condition: Callable[[Look], object], seconds: float = 30) -> Look:
        """Look until `condition` holds; returns that look."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.look()
            if seen["filled"] and condition(seen):
                return seen
            assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {json.dumps(seen)[:3000]}"
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._release()

    def close(self) -> None:
        if self.process.poll() is None:
            self.do("close")
            assert self.process.stdin is not None
            self.process.stdin.close()  # its reader waits for a line
            self.process.wait(20)
            self._release()

    def _release(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe is not None:
                pipe.close()


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
