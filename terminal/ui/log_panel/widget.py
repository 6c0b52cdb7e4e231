"""The log panel: a filter over a table of entries, newest first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from terminal.trading.activity import LogEntry, LogLevel
from terminal.trading.topics import TradingTopic
from terminal.ui import formatting
from terminal.ui.log_panel.presenter import TOKENS, line, shown_entries
from terminal.ui.panel import Panel, PanelContext
from terminal.ui.record_table import Column, RecordTable


class LogPanel(Panel):
    """What happened, in plain words: filterable, copyable, plain text only."""

    object_name = "log_panel"
    title = "Log"

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        columns: tuple[Column[LogEntry], ...] = (
            Column(
                key="time",
                title="Time, UTC",
                width=96,
                text=lambda entry: formatting.clock(entry.time, milliseconds=True),
                role="number",
                color=lambda _: "second",
                sort_key=lambda entry: entry.time,
            ),
            Column(
                key="level",
                title="Level",
                width=64,
                text=lambda entry: entry.level.value,
                color=lambda entry: TOKENS[entry.level],
            ),
            Column(key="source", title="Source", width=104, text=lambda entry: entry.source, color=lambda _: "second"),
            Column(key="text", title="What happened", width=240, text=line, stretch=True),
        )
        self.table: RecordTable[LogEntry] = RecordTable(
            context.theme,
            columns,
            key=lambda entry: (entry.source, entry.text, entry.level),
            name="log_table",
            title="Log",
            empty_text="Nothing to report.",
            multi_select=True,
            parent=self,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table)
        self._tools = self._make_tools()
        self._place = context.frame_clock.register(self, lambda: (TradingTopic.LOG,), self._render)

    def _make_tools(self) -> QWidget:
        tools = QWidget(self)
        tools.hide()
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(6)
        self.field = QLineEdit(tools)
        self.field.setObjectName("log_filter")
        self.field.setAccessibleName("Filter the log")
        self.field.setPlaceholderText("Filter")
        self.field.setProperty("kind", "slim")
        self.field.setFixedSize(140, 20)
        self.field.textChanged.connect(lambda _: self._place.request())
        self.levels = QComboBox(tools)
        self.levels.setObjectName("log_level")
        self.levels.setAccessibleName("Least level shown")
        self.levels.setAccessibleDescription("Least level shown in the log")
        self.levels.setProperty("kind", "slim")
        self.levels.setFixedSize(112, 20)
        self.levels.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for title, level in (("Everything", LogLevel.INFO), ("Warnings", LogLevel.WARNING), ("Errors", LogLevel.ERROR)):
            self.levels.addItem(title, level)
        self.levels.currentIndexChanged.connect(lambda _: self._place.request())
        row.addWidget(self.field)
        row.addWidget(self.levels)
        return tools

    def title_widget(self) -> QWidget:
        return self._tools

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def stop(self) -> None:
        super().stop()
        self._place.close()

    def _render(self) -> None:
        least = LogLevel(self.levels.currentData())
        self.table.set_rows(shown_entries(self.context.activity.entries, self.field.text(), least))
