"""Extract from the venues' documents everything that a test must cover, each item with its line number.

    python -m tests.coverage.extract FOLDER

writes `inventory.json` beside this file; FOLDER holds hashkey-mena.txt, hashkey-global.txt, cryptocom-v1.md and the
checked notes PROTOCOLS.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.coverage import cryptocom_document, hashkey_documents
from tests.coverage.documents import Inventory

INVENTORY = Path(__file__).with_name("inventory.json")


def inventory() -> Inventory:
    """Return the committed inventory."""
    found: Inventory = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return found


def extract(folder: Path) -> Inventory:
    """Return what the documents in a folder name."""
    return {
        "hashkey-mena": hashkey_documents.mena(_lines(folder / "hashkey-mena.txt")),
        "hashkey-global": hashkey_documents.global_(_lines(folder / "hashkey-global.txt")),
        "cryptocom": cryptocom_document.document(_lines(folder / "cryptocom-v1.md")),
        "cryptocom inferred": cryptocom_document.notes(_lines(folder / "PROTOCOLS.md")),
    }


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")


if __name__ == "__main__":
    INVENTORY.write_text(json.dumps(extract(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
