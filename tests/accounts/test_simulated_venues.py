"""The simulator's child process: started, restarted after a crash, stopped with us."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.accounts.simulated_venues import SimulatedVenues, SimulatorFailed, parse_start_line

LINE = json.dumps({"hashkey-mena": {"rest": "http://127.0.0.1:1", "key": "k", "secret": "s"}})
SERVE = f"import sys; print({LINE!r}, flush=True); sys.stdin.read()"
# ends with an error the first time it runs, serves from then on
CRASH_ONCE = (
    "import os, sys, time; mark = sys.argv[1]; first = not os.path.exists(mark); open(mark, 'w').close();"
    f" print({LINE!r}, flush=True);"
    " sys.exit(3) if first else sys.stdin.read()"
)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def test_the_line_is_read_and_the_child_ends_when_stopped(tmp_path: Path) -> None:
    venues = SimulatedVenues(python(SERVE), tmp_path / "simulator.log")
    venues.launch()
    assert (await venues.ready())["hashkey-mena"]["key"] == "k"
    watcher = asyncio.create_task(venues.supervise())
    await venues.stop()
    await asyncio.wait_for(watcher, 5)
    assert venues.restarts == 0


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    venues = SimulatedVenues(python(CRASH_ONCE, str(tmp_path / "mark")), tmp_path / "simulator.log")
    venues.launch()
    await venues.ready()
    watcher = asyncio.create_task(venues.supervise())
    await until(lambda: venues.restarts == 1)
    await venues.stop()
    await asyncio.wait_for(watcher, 5)


async def test_a_child_that_says_nothing_is_reported_with_its_log(tmp_path: Path) -> None:
    venues = SimulatedVenues(python("raise SystemExit('no room')"), tmp_path / "simulator.log")
    venues.launch()
    with pytest.raises(SimulatorFailed, match=r"code 1.*simulator\.log"):
        await venues.ready()
    await venues.stop()
    assert "no room" in (tmp_path / "simulator.log").read_text()


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not JSON"), ("[]", "at least one venue"), ('{"hoo": 1}', "hoo must map"), ('{"hoo": {}}', "lacks rest")],
)
def test_a_malformed_line_names_what_is_wrong(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_start_line(line)
