"""Compressed frames: every kind of them becomes its text, and none becomes a bomb."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.compression import inflated


def bare(text: bytes) -> bytes:
    writer = zlib.compressobj(wbits=-15)
    return writer.compress(text) + writer.flush()


PACKERS = [gzip.compress, zlib.compress, bare]


@pytest.mark.parametrize("pack", PACKERS)
@given(text=st.binary(max_size=2000).map(lambda body: b'{"a":"' + body))
def test_a_compressed_frame_becomes_its_text(pack: object, text: bytes) -> None:
    assert callable(pack)
    assert inflated(pack(text)) == text


@given(st.sampled_from([b"{", b"[", b" ", b"\n", b'"', b"1", b"true", b""]), st.binary(max_size=50))
def test_what_starts_as_json_does_is_left_alone(start: bytes, rest: bytes) -> None:
    frame = start + rest if start else b""
    assert inflated(frame) == frame


@pytest.mark.parametrize("pack", PACKERS)
def test_a_frame_that_grows_too_long_is_refused(pack: object) -> None:
    assert callable(pack)
    with pytest.raises(ValueError, match="too long"):
        inflated(pack(b"0" * 10_000), most=9_999)
    assert len(inflated(pack(b"0" * 9_000), most=9_999)) == 9_000


@pytest.mark.parametrize("frame", [b"\x1f\x8b", b"\x1f\x8boops", gzip.compress(b"{}")[:-9], b"oops", b"\xff\xfe"])
def test_what_is_neither_text_nor_compressed_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError):
        inflated(frame)
