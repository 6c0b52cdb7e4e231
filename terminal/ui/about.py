"""The dialog that tells what this program is and whose work it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from terminal.ui.theme import Theme


def program_version() -> str:
    """Return the installed version, "from source" in a checkout that was never installed."""
    try:
        return version("fathom-terminal")
    except PackageNotFoundError:
        return "from source"


class AboutDialog(QDialog):
    """Opened with `open()`, never `exec()`: the event loop must go on."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("about_dialog")
        self.setWindowTitle("About Fathom")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        name = QLabel("Fathom")
        name.setFont(theme.font("price"))
        layout.addWidget(name)
        for text in (
            f"Version {program_version()}",
            "A desktop terminal for trading by hand on several crypto venues at once.",
            f"Python {platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.machine()}",
            "Typeface: Inter (SIL Open Font License). Icons: Lucide (ISC License).",
        ):
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setProperty("kind", "second")
            layout.addWidget(label)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("about_close")
        close.setAccessibleName("Close")
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)
