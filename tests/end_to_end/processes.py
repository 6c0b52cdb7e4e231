"""The simulator and the steered program as real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
DRIVEN = Path(__file__).with_name("driven_app.py")
Look = dict[str, Any]


class Simulator:
    """The simulated venue as its own process; `admin` reaches its ledger, faults and market. `serves` "all" runs the
    others beside it."""

    def __init__(self, folder: Path, *extra: str, name: str = "hashkey-mena", serves: str | None = None) -> None:
        self.folder = folder
        self.name = name
        self.serves = serves or name
        self.extra = extra
        self.file = folder / "simulator.json"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "terminal.simulator", "--venue", self.serves, "--seed", "3", "--json"]
        self.process = subprocess.Popen(
            [*command, "--state", str(self.folder / "state"), *self.extra],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.venue: dict[str, str] = json.loads(line)[self.name]
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
            self.process.wait(20)
            self._release()

    def _release(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe is not None:
                pipe.close()
