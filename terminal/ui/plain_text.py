"""Text that came from outside is shown as it is: Qt must never take it for rich text."""

from __future__ import annotations


def plain_tooltip(text: str) -> str:
    """Return `text` for a tool tip. Qt would render anything that looks like markup, so that is escaped."""
    if "<" not in text and "&" not in text:
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<span>" + escaped.replace("\n", "<br>") + "</span>"
