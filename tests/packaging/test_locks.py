"""The lock files fit pyproject.toml on every supported system and say nothing about where packages come from."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN = ROOT / "packaging" / "requirements-run.txt"
TEST = ROOT / "packaging" / "requirements-test.txt"
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def entries(lock: Path) -> list[str]:
    """The lock's entries, continuation lines joined, comments left out."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(lock: Path, system: str, python: str) -> dict[str, Version]:
    environment = {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.1",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "x86_64",
    }
    found: dict[str, Version] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash", maxsplit=1)[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice for {system}, Python {python}"
            found[name] = Version(str(requirement.specifier).removeprefix("=="))
    return found


@pytest.mark.parametrize(("system", "python"), list(product(SYSTEMS, PYTHONS)))
def test_locks_satisfy_the_declared_dependencies(system: str, python: str) -> None:
    run, test = pins(RUN, system, python), pins(TEST, system, python)
    build = [line for line in (ROOT / "packaging/requirements-build.in").read_text().splitlines() if line[:1].isalpha()]
    for wanted, lock in (
        (PROJECT["dependencies"], run),
        (build, run),
        ([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]], test),
    ):
        for requirement in map(Requirement, wanted):
            pinned = lock.get(canonicalize_name(requirement.name))
            assert pinned is not None, f"{requirement} is not locked; packaging/lock refreshes the files"
            assert requirement.specifier.contains(pinned), (
                f"{requirement.name} is locked to {pinned}, not {requirement}"
            )
    assert run.items() <= test.items(), "both locks install into one environment, so their versions must agree"


@pytest.mark.parametrize("lock", [RUN, TEST], ids=["run", "test"])
def test_every_entry_is_one_exact_version_with_hashes(lock: Path) -> None:
    form = re.compile(r"[a-z0-9-]+==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [entry for entry in entries(lock) if not form.fullmatch(entry)] == []


def test_no_file_in_packaging_names_an_address() -> None:
    files = [path for path in (ROOT / "packaging").rglob("*") if path.is_file()]
    assert RUN in files
    assert [path.name for path in files if "://" in path.read_text(encoding="utf-8")] == []
