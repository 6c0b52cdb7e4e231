"""The command line of `fathom`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from terminal import __version__

_SIZE = re.compile(r"(\d{3,5})x(\d{3,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line asks for; see `--help` for the meaning of each."""

    data_dir: Path | None = None
    simulator: Path | None = None
    screenshot: Path | None = None
    after: float = 6.0
    size: tuple[int, int] | None = None
    theme: str | None = None
    replay: tuple[Path, ...] = ()
    speed: float = 1.0
    seed: int | None = None
    timings: Path | None = None

    @property
    def simulator_extra(self) -> tuple[str, ...]:
        """Return what is handed on to the simulator's own command line."""
        extra: list[str] = []
        if self.seed is not None:
            extra += ["--seed", str(self.seed)]
        if self.replay:
            extra += ["--replay", *map(str, self.replay), "--speed", str(self.speed), "--rebase"]
        return tuple(extra)


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, such as 1600x900")
    return int(match.group(1)), int(match.group(2))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 3600 seconds")
    return value


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1000")
    return value


def parse(argv: Sequence[str]) -> Arguments:
    """Read the command line; exits with code 2 and one line that says why when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="fathom",
        description="A desktop terminal for trading by hand on several crypto venues at once. "
        "Without an account it opens on simulated venues.",
    )
    parser.add_argument("--version", action="version", version=f"Fathom {__version__}")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="where the journal, the layout and the simulator's state are kept"
    )
    parser.add_argument(
        "--simulator", type=Path, metavar="JSON_FILE",
        help="use a simulator that is already running: the file holds the line it printed",
    )  # fmt: skip
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a PNG of the window and end")
    parser.add_argument(
        "--after", type=_seconds, default=6.0, metavar="SECONDS", help="when to take the screenshot (default: 6)"
    )
    parser.add_argument("--size", type=_size, metavar="WxH", help="open the window in this size")
    parser.add_argument("--theme", choices=("dark", "light"), help="open in this theme")
    parser.add_argument("--seed", type=int, help="seed of the simulated market")
    parser.add_argument(
        "--replay", type=Path, nargs="+", default=[], metavar="FILE",
        help="let the simulated venue replay recorded books, trades and klines",
    )  # fmt: skip
    parser.add_argument("--speed", type=_speed, default=1.0, help="speed of the replay (default: 1)")
    parser.add_argument(
        "--timings", type=Path, metavar="FILE", help="write when the first frame and the first price were shown"
    )
    found = parser.parse_args(argv)
    if found.simulator is not None and (found.replay or found.seed is not None):
        parser.error("--seed and --replay are for the simulator that Fathom starts, not for a running one")
    return Arguments(
        data_dir=found.data_dir,
        simulator=found.simulator,
        screenshot=found.screenshot,
        after=found.after,
        size=found.size,
        theme=found.theme,
        replay=tuple(found.replay),
        speed=found.speed,
        seed=found.seed,
        timings=found.timings,
    )
