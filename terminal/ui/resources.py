"""Where bundled files (fonts, icons) are: beside the package in a wheel, beside the source tree in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(*parts: str) -> Path:
    """Return the path of a bundled file or folder; raises FileNotFoundError naming it when it is missing."""
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"bundled resource is missing: {'/'.join(parts)}")
