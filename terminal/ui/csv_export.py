"""Tables as CSV files that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet takes it as text: a leading = + - @ is quoted, numbers excepted."""
    if text.startswith(_RISKY) and _NUMBER.fullmatch(text) is None:
        return f"'{text}"
    return text


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a CSV document (RFC 4180) with one header line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write the document whole or not at all. Raises OSError."""
    part = path.with_name(path.name + ".part")
    # newline="" keeps the line ends of RFC 4180
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(header, rows))
    part.replace(path)
