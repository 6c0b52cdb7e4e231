"""Frames that travel compressed: gzip, zlib or bare deflate, told apart by their first bytes."""

from __future__ import annotations

import zlib

MAX_BYTES = 8 * 1024 * 1024
"""The most that one frame may become; a small frame can hold a bomb."""

_PLAIN = frozenset(b'{["-0123456789tfn \t\r\n')
_GZIP = b"\x1f\x8b"


def inflated(frame: bytes, most: int = MAX_BYTES) -> bytes:
    """Return a frame's text; one that starts as JSON does is returned as it is.

    Raises `ValueError` for what is neither, or becomes longer than `most`.
    """
    if not frame or frame[0] in _PLAIN:
        return frame
    if frame.startswith(_GZIP):
        kind = 31
    elif frame[0] & 0x0F == 8 and int.from_bytes(frame[:2], "big") % 31 == 0:
        kind = 15
    else:
        kind = -15
    reader = zlib.decompressobj(kind)
    try:
        text = reader.decompress(frame, most)
    except zlib.error as error:
        raise ValueError(f"neither text nor compressed: {error}") from error
    if not reader.eof:
        raise ValueError("a compressed frame that is too long or cut short")
    return text
