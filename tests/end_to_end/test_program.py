"""The program as a process: command line, one per data directory, its simulator, its picture."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import REPOSITORY

COMMAND = [sys.executable, "-m", "terminal"]
OFFSCREEN = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=REPOSITORY, env=OFFSCREEN, capture_output=True, text=True, timeout=60, check=False
    )


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program with its own simulator, past the point at which it holds its data directory."""
    process = subprocess.Popen([*COMMAND, "--data-dir", str(tmp_path / "data")], cwd=REPOSITORY, env=OFFSCREEN)
    until((tmp_path / "data" / "simulator").exists)
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(20)


def test_version_and_help_need_no_window() -> None:
    assert run("--version").stdout.startswith("Fathom ")
    assert "--screenshot" in run("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--size", "big"], "WIDTHxHEIGHT"),
        (["--after", "soon"], "not a number of seconds"),
        (["--after", "-1"], "between 0 and 3600"),
        (["--speed", "0"], "above 0"),
        (["--simulator", "x.json", "--seed", "1"], "not for a running one"),
        (["--nonsense"], "unrecognized"),
    ],
)
def test_a_wrong_argument_is_named_with_its_rule(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_data_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "data directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_picture_of_the_live_window_is_written(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = run("--data-dir", str(tmp_path / "data"), "--size", "1600x900", "--screenshot", str(picture), "--after", "4")
    assert done.returncode == 0, done.stderr
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1600, 900)
    assert len(data) > 60_000  # an empty window compresses to far less
    assert (tmp_path / "data" / "journal.sqlite").stat().st_mode & 0o077 == 0


def test_a_picture_leaves_the_stored_choices_alone_and_has_the_default_size(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    stored = tmp_path / "data" / "window.ini"
    stored.write_text("[General]\ndark=false\npreset=no_such_preset\n")
    before = stored.read_text()
    picture = tmp_path / "window.png"
    done = run("--data-dir", str(tmp_path / "data"), "--screenshot", str(picture), "--after", "3")
    assert done.returncode == 0, done.stderr
    assert stored.read_text() == before
    data = picture.read_bytes()
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1600, 900)


def test_a_picture_that_cannot_be_written_fails(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "window.png"
    done = run("--data-dir", str(tmp_path / "data"), "--screenshot", str(target), "--after", "0")
    assert done.returncode == 1
    assert "could not be written" in done.stderr


def test_a_second_start_raises_the_first_window(running: subprocess.Popen[bytes], tmp_path: Path) -> None:
    until(lambda: "raised" in (told := run("--data-dir", str(tmp_path / "data")).stderr) or not told)
    done = run("--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0
    assert "already open" in done.stderr
    assert running.poll() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_simulator_ends_with_a_killed_program(running: subprocess.Popen[bytes]) -> None:
    until(lambda: children(running.pid))
    simulators = children(running.pid)
    running.send_signal(signal.SIGKILL)
    running.wait()
    until(lambda: not any(is_running(pid) for pid in simulators))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_program_ends_when_asked_by_a_signal(running: subprocess.Popen[bytes]) -> None:
    until(lambda: children(running.pid))
    simulators = children(running.pid)
    running.terminate()
    assert running.wait(20) == 0
    until(lambda: not any(is_running(pid) for pid in simulators))


def test_a_killed_program_does_not_lock_its_data_directory(running: subprocess.Popen[bytes], tmp_path: Path) -> None:
    running.kill()
    running.wait()
    done = run("--data-dir", str(tmp_path / "data"), "--screenshot", str(tmp_path / "x.png"), "--after", "0")
    assert done.returncode == 0, done.stderr
