"""`python -m terminal`, `fathom`: parse the command line, then hand over to the composition root."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["--simulator-child"]:  # a frozen program serves its simulated venues with itself
        from terminal.simulator.__main__ import main as serve

        return serve(given[1:])
    from terminal.arguments import parse

    arguments = parse(given)
    # imported only now: --help and --version need no window
    from terminal.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
