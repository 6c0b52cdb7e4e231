"""Text that came from outside is shown as it is: Qt must never take it for rich text."""

from __future__ import annotations

from html import escape


def plain_tooltip(text: str) -> str:
    """Return `text` for a tool tip. Qt would render anything that looks like markup, so that is escaped."""
    if "<" not in text and "&" not in text:
        return text
    return "<span>" + escape(text, quote=False).replace("\n", "<br>") + "</span>"
