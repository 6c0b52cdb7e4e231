"""The simulated venues behind the keyless start: a child process that serves the real protocols on loopback.

The child is another process so that the market's work never costs the window a frame. It ends with us, even after
kill -9, because it watches its standard input, which only we hold; and it is started again when it dies alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

START_SECONDS = 30.0
STOP_SECONDS = 5.0
_RESTART_SECONDS = (0.2, 1.0, 3.0, 10.0)

VenueLines = Mapping[str, Mapping[str, str]]
"""venue id -> {rest, stream, private_stream, key, secret (or token), admin}."""


class SimulatorFailed(Exception):
    """The simulator did not start; the text says why and where its messages are."""


def parse_start_line(text: str) -> VenueLines:
    """Read the simulator's JSON line. Raises ValueError that names what is wrong."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"the simulator's line is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise ValueError("the simulator's line must be an object that names at least one venue")
    for venue, entry in found.items():
        if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
            raise ValueError(f"the simulator's line: {venue} must map names to strings")
        missing = [name for name in ("rest",) if name not in entry]
        if missing:
            raise ValueError(f"the simulator's line: {venue} lacks {', '.join(missing)}")
    return found


def simulator_command(state: Path, extra: Sequence[str] = ()) -> list[str]:
    """Return the command that serves every simulated venue with its state kept under `state`."""
    # a frozen program starts itself: it has no interpreter that would take -m
    program = [sys.executable, "--simulator-child"] if getattr(sys, "frozen", False) else [
        sys.executable, "-m", "terminal.simulator"
    ]  # fmt: skip
    return [*program, "--venue", "all", "--port", "0", "--json", "--exit-with-stdin", "--state", str(state), *extra]


class SimulatedVenues:
    """Owns the child process. `launch` at once, `await ready`, `await supervise` in a task, `await stop` at the end."""

    def __init__(self, command: Sequence[str], messages: Path) -> None:
        self._command = list(command)
        self._messages = messages
        self._process: subprocess.Popen[bytes] | None = None
        self._venues: VenueLines | None = None
        self._stopping = threading.Event()
        self.restarts = 0

    def launch(self) -> None:
        """Start the child without waiting for it: it boots while the window is built."""
        self._messages.parent.mkdir(parents=True, exist_ok=True)
        with self._messages.open("ab") as messages:
            os.chmod(self._messages, 0o600)
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages
            )

    async def ready(self) -> VenueLines:
        """Return where the venues are served. Raises SimulatorFailed."""
        process = self._process
        if process is None or process.stdout is None:
            raise SimulatorFailed("the simulator was not launched")
        try:
            line = await asyncio.wait_for(asyncio.to_thread(_first_line, process.stdout), START_SECONDS)
        except TimeoutError:
            process.kill()
            raise SimulatorFailed(f"no answer within {START_SECONDS:.0f} s; see {self._messages}") from None
        if not line.strip():
            code = await asyncio.to_thread(process.wait)
            raise SimulatorFailed(f"it ended with code {code}; see {self._messages}")
        try:
            self._venues = parse_start_line(line.decode("utf-8", "replace"))
        except ValueError as error:
            process.kill()
            raise SimulatorFailed(f"{error}; see {self._messages}") from None
        return self._venues

    async def supervise(self) -> None:
        """Start the child again whenever it ends without being asked to; returns after `stop`.

        It goes on from its kept state on the same ports, so the connectors find it again by themselves.
        """
        pauses = iter(_RESTART_SECONDS)
        while not self._stopping.is_set():
            process = self._process
            if process is None:
                return
            began = time.monotonic()
            await asyncio.to_thread(process.wait)
            if self._stopping.is_set():
                return
            if time.monotonic() - began > 60:
                pauses = iter(_RESTART_SECONDS)
            log.warning("the simulator ended with code %s and is started again", process.returncode)
            await asyncio.sleep(next(pauses, _RESTART_SECONDS[-1]))
            if self._stopping.is_set():
                return
            before = self._venues
            _close_pipes(process)
            self.launch()
            try:
                after = await self.ready()
            except SimulatorFailed as failure:
                log.error("the simulator did not start again: %s", failure)
                continue
            self.restarts += 1
            if before is not None and dict(before) != dict(after):
                log.error("the simulator came back elsewhere: start Fathom again")

    async def stop(self) -> None:
        """End the child: it sees its standard input close, writes its state and goes."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
        _close_pipes(process)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _first_line(stream: IO[bytes]) -> bytes:
    return stream.readline()
