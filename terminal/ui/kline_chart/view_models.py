"""What the chart's parts show, ready to be drawn: texts, colours by token name, places by price. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.domain import Side


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one colour (a token's name) and font role; `gap` is the empty px before it."""

    text: str
    colour: str
    role: str = "number"
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One indicator in the legend: the colour of its line, its title, its values."""

    colour: str
    title: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastPrice:
    """The line of the last price. `detail` is the countdown, or why the price cannot be relied on."""

    price: float
    text: str
    detail: str
    is_up: bool
    is_reliable: bool


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One own working order. `note` is what is to be said beside side and quantity ("0.045 filled", "cancelling").

    `cancel_reason` says why it cannot be cancelled; None: it can.
    """

    key: str
    price: float
    price_text: str
    side: Side
    title: str
    note: str
    is_uncertain: bool
    cancel_reason: str | None


@dataclass(frozen=True, slots=True)
class FillMark:
    """Own fills of one side within one slot: average price and summed quantity."""

    slot: int
    price: float
    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands in the empty chart: one sentence, and below it why or what to do."""

    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Crosshair:
    """The texts at the ends of the crosshair's lines."""

    price_text: str
    time_text: str
