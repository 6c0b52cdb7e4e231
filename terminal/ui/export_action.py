"""The "Export as CSV" entry of a table's menu."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from terminal.trading.activity import LogLevel
from terminal.ui.csv_export import write_csv
from terminal.ui.panel import Panel
from terminal.ui.record_table import Column

R = TypeVar("R")


def add_export(menu: QMenu, columns: Sequence[Column[R]], rows: Sequence[R], panel: Panel) -> None:
    """Add the entry where there is anything to export; every digit is written, in the order shown."""
    if rows:
        menu.addAction("Export as CSV…").triggered.connect(lambda: ask_and_export(columns, rows, panel))


def ask_and_export(columns: Sequence[Column[R]], rows: Sequence[R], panel: Panel) -> None:
    """Ask for a file and write the rows to it; how it went is told in the log."""
    named = [column for column in columns if column.title]
    header = [column.title for column in named]
    cells = [[column.copied(row) for column in named] for row in rows]

    def save(chosen: str) -> None:
        try:
            write_csv(Path(chosen), header, cells)
        except OSError as error:
            panel.context.activity.add(LogLevel.ERROR, "export", f"{chosen} could not be written: {error}")
        else:
            panel.context.activity.add(LogLevel.INFO, "export", f"{len(cells)} rows were written to {chosen}")

    dialog = QFileDialog(panel, f"Export {panel.title.lower()}", f"fathom-{panel.object_name}.csv", "CSV (*.csv)")
    dialog.setObjectName(f"{panel.object_name}_export")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(save)
    dialog.open()
