"""The program's own log file: what the modules report, for looking into trouble. Secrets never reach it."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

_BYTES, _FILES = 2_000_000, 3


def start_program_log(path: Path) -> None:
    """Write records of level INFO and above to `path`, readable by its owner only, at most 8 MB in all."""
    path.touch(mode=0o600, exist_ok=True)
    os.chmod(path, 0o600)
    handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # every request would be a line, with its signed address
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("websockets").setLevel(logging.WARNING)
