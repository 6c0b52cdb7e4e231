"""The state file: order kept, foreign and damaged files set aside, one owner at a time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from terminal.simulator.state import FILE_NAME, FileStore, MemoryStore, StateInUse, Store


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "state")


def test_records_keep_their_order_and_newest_body(store: Store) -> None:
    for name in ("b", "a", "c"):
        store.put("venue", "order", name, f"first {name}")
    store.put("venue", "order", "b", "second b")
    store.put("other", "order", "b", "another venue's")
    store.commit()
    assert store.all("venue", "order") == ["second b", "first a", "first c"]
    assert store.get("venue", "order", "a") == "first a"
    assert store.get("venue", "order", "z") is None
    assert store.all("venue", "fill") == []
    store.close()


def test_committed_records_are_there_after_opening_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put("venue", "order", "1", "one")
    store.close()
    again = FileStore(tmp_path)
    assert again.all("venue", "order") == ["one"]
    again.close()


def test_a_second_simulator_is_told_that_the_state_is_in_use(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(StateInUse, match="in use"):
        FileStore(tmp_path)
    store.close()


def set_aside(directory: Path) -> list[Path]:
    return list(directory.glob(f"{FILE_NAME}.set-aside-*"))


@pytest.mark.parametrize(
    "content", [b"this is no database at all", b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    store = FileStore(tmp_path)
    store.put("venue", "order", "1", "one")
    store.close()
    kept = set_aside(tmp_path)
    assert [path.read_bytes() for path in kept] == [content]
    assert "starting afresh" in capsys.readouterr().err


def test_a_file_damaged_in_the_middle_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = FileStore(tmp_path)
    for number in range(2000):
        store.put("venue", "order", str(number), "x" * 100)
    store.close()
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\xaa" * 12288
    path.write_bytes(content)
    store = FileStore(tmp_path)
    assert store.all("venue", "order") == []
    store.close()
    assert len(set_aside(tmp_path)) == 1
    assert "damaged" in capsys.readouterr().err


def test_another_programs_database_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = sqlite3.connect(tmp_path / FILE_NAME)
    foreign.execute("CREATE TABLE notes (text)")
    foreign.commit()
    foreign.close()
    FileStore(tmp_path).close()
    assert len(set_aside(tmp_path)) == 1
    assert "not written by this program" in capsys.readouterr().err


def test_a_newer_layout_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FileStore(tmp_path).close()
    newer = sqlite3.connect(tmp_path / FILE_NAME)
    newer.execute("PRAGMA user_version = 99")
    newer.commit()
    newer.close()
    FileStore(tmp_path).close()
    assert len(set_aside(tmp_path)) == 1
    assert "layout 99" in capsys.readouterr().err


def test_other_files_of_the_directory_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    FileStore(tmp_path).close()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert set_aside(tmp_path) == []
