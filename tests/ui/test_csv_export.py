"""Exported tables open in a spreadsheet without running anything, and lose no digit."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.ui.csv_export import csv_text, safe_cell, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx", "-1.5e3", "--1"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+0.50", "-0.00000001", "12", "", "BTC/USDT"])
def test_numbers_and_plain_words_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4))
def test_every_text_reads_back(cells: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(["a"] * len(cells), [cells]), newline="")))
    assert rows[1] == [safe_cell(cell) for cell in cells]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "orders.csv"
    write_csv(target, ["Price"], [["1.50"]])
    assert target.read_text() == "Price\n1.50\n"
    with pytest.raises(OSError, match="missing"):
        write_csv(tmp_path / "missing" / "orders.csv", ["Price"], [])
    assert list(tmp_path.iterdir()) == [target]
