"""JSON as the engine's document prints it: comments, trailing and missing commas, bare keys, single quotes,
"..." for more of the same.

Real answers are plain JSON. This is tried on what is not, before it counts as malformed (PROTOCOLS 4.4): a venue that
writes its documents like this may answer like this.
"""

from __future__ import annotations

import contextlib
import re

import msgspec

_PARTS = re.compile(
    r"""
      (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<single>'(?:[^'\\]|\\.)*')
    | (?P<comment>//[^\n]*)
    | (?P<space>\s+)
    | (?P<elision>\.\.\.)
    | (?P<mark>[{}\[\],:])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>-?[0-9][0-9.eE+\-]*)
    """,
    re.VERBOSE,
)
_CONSTANTS = frozenset({"true", "false", "null"})
_MOST_BYTES = 256 * 1024
_ANY = msgspec.json.Decoder(msgspec.Raw)
_OPENING = frozenset("{[,:")


def strict(body: bytes) -> bytes:
    """Return a body as it is when it is JSON, else repaired where that can be done."""
    try:
        _ANY.decode(body)
    except msgspec.DecodeError:
        with contextlib.suppress(ValueError):
            return repaired(body)
    return body


def repaired(body: bytes) -> bytes:
    """Return strict JSON that says what `body` says. Raises `ValueError` for what cannot be read as such."""
    if len(body) > _MOST_BYTES:
        raise ValueError("too long to be repaired")
    parts = _tokens(body.decode())
    if not parts or parts[0] not in "{[":
        raise ValueError("neither an object nor a list")
    written: list[str] = []
    for index, part in enumerate(parts):
        before = written[-1] if written else ""
        if part == "," and index + 1 < len(parts) and parts[index + 1] in "}]":
            continue  # a trailing comma
        if written and part not in "}],:" and before not in _OPENING:
            written.append(",")  # a missing one
        is_key = index + 1 < len(parts) and parts[index + 1] == ":"
        if part[0].isalpha() or part[0] == "_":
            if not is_key and part not in _CONSTANTS:
                raise ValueError(f"a bare word: {part[:40]}")
            written.append(f'"{part}"' if is_key else part)
        elif is_key and part.startswith('"'):
            written.append(f'"{part[1:-1].strip()}"')
        else:
            written.append(part)
    return "".join(written).encode()


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _PARTS.match(text, position)
        if match is None:
            raise ValueError(f"not JSON at {text[position : position + 20]!r}")
        position = match.end()
        if match.lastgroup == "single":
            inner = match.group()[1:-1].replace("\\'", "'").replace('"', '\\"')
            found.append(f'"{inner}"')
        elif match.lastgroup == "text":
            found.append(match.group().replace("\n", " "))
        elif match.lastgroup not in ("comment", "space", "elision"):
            found.append(match.group())
    return found
