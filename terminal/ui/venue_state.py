"""A venue's connection state in words, colour and shape, the same wherever it is shown. Qt-free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from terminal.domain import StreamState, StreamStatus
from terminal.ui import formatting


class Marker(Enum):
    """The shape beside a state's name: it tells the state without colour."""

    DOT = "dot"
    RING = "ring"
    TRIANGLE = "triangle"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class VenueState:
    """`word` is the state, `detail` the latency or age that belongs to it, `token` a colour of the theme."""

    word: str
    detail: str
    marker: Marker
    token: str
    reason: str | None = None

    @property
    def text(self) -> str:
        return f"{self.word} {self.detail}".rstrip()

    @property
    def is_live(self) -> bool:
        return self.marker is Marker.DOT


def venue_state(
    status: StreamStatus | None,
    latency_ms: int | None,
    silent_ms: int | None,
    banned: str | None = None,
    paused_s: float | None = None,
) -> VenueState:
    """Return what to show for a market stream. `silent_ms` is how long ago the venue was last heard.

    A ban and a pause that the venue asked for come before all: prices may stream on, but no order and no cancel leaves.
    """
    if banned is not None:
        return VenueState("BANNED", "", Marker.CROSS, "danger", banned)
    if paused_s is not None:
        why = "the venue asked for a pause of requests: until it ends no order and no cancel is sent"
        return VenueState("PAUSED", f"{math.ceil(paused_s)} s", Marker.TRIANGLE, "warning", why)
    if status is None or status.state is StreamState.CONNECTING:
        reason = None if status is None else status.reason
        return VenueState("waiting", "", Marker.RING, "second", reason or "connecting")
    if status.state is StreamState.LIVE:
        detail = "" if latency_ms is None else f"{latency_ms:,} ms"
        return VenueState("live", detail, Marker.DOT, "good")
    age = "" if silent_ms is None else spaced_age(silent_ms)
    if status.state is StreamState.STALE:
        return VenueState("stale", age, Marker.TRIANGLE, "warning", status.reason or "no sign of life")
    return VenueState("down", age, Marker.CROSS, "danger", status.reason or "not connected")


def spaced_age(milliseconds: int) -> str:
    """Return an age with a space before its unit: "6.2 s", "41 ms"."""
    text = formatting.age(milliseconds)
    if " " in text:
        return text
    unit = text.lstrip("0123456789.")
    return f"{text.removesuffix(unit)} {unit}"
