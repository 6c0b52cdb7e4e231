"""Long explanations in few words, for places with little room; the full text belongs in the tooltip. No Qt."""

from __future__ import annotations

from textwrap import shorten


def brief_reason(reason: str) -> str:
    """Return the first clause: "no connection: [Errno 111] connect call failed" is "no connection"."""
    return reason.partition(": ")[0]


def brief_progress(progress: str) -> str:
    """Return what was found out, without its causes, and what comes next: "no answer, try 2, next in 3 s"."""
    found, try_, after = progress.rpartition(", try ")
    return f"{brief_reason(found)}{try_}{after}" if try_ else brief_reason(progress)


def brief_text(text: str, most: int) -> str:
    """Return at most about `most` characters of a text, cut between words."""
    return shorten(text, most, placeholder=" …") if len(text) > most else text
