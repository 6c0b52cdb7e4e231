"""A picture that is kept until what it shows changes: most of the chart's text stays while it is panned."""

from __future__ import annotations

from PySide6.QtWidgets import QGraphicsItem


class KeptPicture:
    """Keeps one item's picture; `show` draws it anew only when `content`, compared by equality, has changed."""

    def __init__(self, item: QGraphicsItem) -> None:
        self._item = item
        self._shown: object = None
        item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show(self, content: object) -> None:
        if content != self._shown:
            self._shown = content
            self._item.update()
