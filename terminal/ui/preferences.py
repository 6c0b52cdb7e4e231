"""What the window remembers between starts: layout, theme, colours, instrument, watchlist. One ini file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings


class Preferences:
    """Typed access to an ini file. Whatever cannot be read is as if it had never been stored.

    `keeps` False reads the file but never writes it: a run that only takes a picture leaves the choices alone.
    """

    def __init__(self, path: Path, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def text(self, key: str, default: str) -> str:
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def flag(self, key: str, default: bool) -> bool:
        value = self.text(key, "true" if default else "false").lower()
        return value == "true" if value in ("true", "false") else default

    def data(self, key: str) -> Any:
        """Return a stored JSON value, None when there is none or it is damaged."""
        try:
            return json.loads(self.text(key, "null"))
        except ValueError:
            return None

    def blob(self, key: str) -> QByteArray | None:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def _store(self, key: str, value: object) -> None:
        if self._keeps:
            self._settings.setValue(key, value)

    def set_text(self, key: str, value: str) -> None:
        self._store(key, value)

    def set_flag(self, key: str, value: bool) -> None:
        self._store(key, "true" if value else "false")

    def set_data(self, key: str, value: Any) -> None:
        self._store(key, json.dumps(value))

    def set_blob(self, key: str, value: QByteArray) -> None:
        self._store(key, value)

    def remove(self, key: str) -> None:
        self._settings.remove(key)

    def sync(self) -> bool:
        """Write to disk now; returns whether that worked."""
        self._settings.sync()
        return self._settings.status() is QSettings.Status.NoError
