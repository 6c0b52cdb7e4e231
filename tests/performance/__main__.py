"""The performance report: every figure beside its goal, measured on this machine in one run.

    python -m tests.performance [--with-peers] [--only NAME ...]

Ratios are of two things measured in turns in the same run, so that a slow or shared machine slows both. With
`--with-peers` other terminals' and libraries' own code is measured too, in an environment of its own that is made
on the first run (pip, from wherever this machine's pip takes packages) and kept. It reports and never fails: the
exit code is 0.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.performance.groups import GROUPS, run_group
from tests.performance.report import Row, show

REPOSITORY = Path(__file__).parents[2]
PEERS = REPOSITORY / ".runtime" / "peers-venv"
PEER_PACKAGES = ("vnpy==4.5.0", "ccxt==4.5.90")


def machine() -> str:
    """Return one line about this machine, its load included."""
    processor = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [line.partition(":")[2].strip() for line in cpus.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} x {processor}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}{load}, without a display"
    )


def peer_python() -> Path:
    """Return the interpreter of the peers' environment, which is made if it is not there.

    Raises CalledProcessError when it cannot be made.
    """
    folder = "Scripts" if os.name == "nt" else "bin"
    python = PEERS / folder / ("python.exe" if os.name == "nt" else "python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *PEER_PACKAGES]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return python


def report(names: Sequence[str], peers: str | None) -> list[Row]:
    """Measure group after group, each in a fresh process: none pays for what another left behind."""
    context = multiprocessing.get_context("spawn")
    rows: list[Row] = []
    for name in names:
        started = time.monotonic()
        try:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                found = pool.submit(run_group, name, peers).result()
        except Exception as error:  # noqa: BLE001 - one broken measurement must not take the others with it
            found = [Row(name=name, value="could not be measured", met=False, note=f"{type(error).__name__}: {error}")]
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        rows += found
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__.partition("\n")[0])
    parser.add_argument("--with-peers", action="store_true", help="measure VeighNa's chart and ccxt.pro's book too")
    parser.add_argument("--only", action="append", choices=[*GROUPS], help="only this group; can be given again")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(machine(), flush=True)
    peers = None
    if given.with_peers:
        try:
            peers = str(peer_python())
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"The peers' environment could not be made: {error}", flush=True)
    print(show(report(given.only or [*GROUPS], peers)), flush=True)


if __name__ == "__main__":
    main()
