"""What is remembered comes back; what is damaged is as if it had never been stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from terminal.ui.plain_text import plain_tooltip
from terminal.ui.preferences import Preferences


def test_values_come_back_in_another_session(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    first = Preferences(path)
    first.set_text("theme", "light")
    first.set_flag("utc", False)
    first.set_data("watchlist", {"starred": ["BTC/USDT"], "n": 3})
    first.set_blob("layout", QByteArray(b"\x00\x01\xff"))
    assert first.sync()
    second = Preferences(path)
    assert second.text("theme", "dark") == "light"
    assert second.flag("utc", True) is False
    assert second.data("watchlist") == {"starred": ["BTC/USDT"], "n": 3}
    assert second.blob("layout") == QByteArray(b"\x00\x01\xff")
    second.remove("layout")
    assert second.blob("layout") is None


def test_missing_values_are_the_defaults(tmp_path: Path) -> None:
    empty = Preferences(tmp_path / "window.ini")
    assert (empty.text("a", "x"), empty.flag("b", True), empty.data("c"), empty.blob("d")) == ("x", True, None, None)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe garbage", b"[General]\nutc=@Variant(broken\nwatchlist={\n", b""])
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(content)
    damaged = Preferences(path)
    assert damaged.flag("utc", True) is True
    assert damaged.data("watchlist") is None
    assert damaged.blob("layout") is None


@pytest.mark.parametrize("text", ["plain", "a\nb", "3 > 2"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert plain_tooltip(text) == text


def test_markup_is_escaped_and_lines_are_kept() -> None:
    assert plain_tooltip("<b>&\nx") == "<span>&lt;b&gt;&amp;<br>x</span>"
