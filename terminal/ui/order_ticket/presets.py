"""The five sizes of each instrument and which one a click trades. Qt-free."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import Instrument, InstrumentId, OrderType
from terminal.ui import formatting
from terminal.ui.number_entry import read_number
from terminal.ui.order_ticket.sizing import PRESETS
from terminal.ui.order_ticket.view import Choice

_COMPACT_FROM = Decimal(100_000)


class Presets:
    """Sizes in base units by instrument, kept while the program runs; `chosen` is the one that a click trades."""

    def __init__(self) -> None:
        self._sizes: dict[InstrumentId, list[Decimal]] = {}
        self.chosen: Decimal | None = None

    def sizes(self, instrument: InstrumentId) -> tuple[Decimal, ...] | None:
        """Return the five sizes; None before any were offered."""
        found = self._sizes.get(instrument)
        return None if found is None else tuple(found)

    def offer(self, instrument: InstrumentId, sizes: tuple[Decimal, ...]) -> None:
        """Take the default sizes of an instrument that has none yet."""
        self._sizes.setdefault(instrument, list(sizes))

    def edit(self, rules: Instrument, index: int, text: str) -> str:
        """Set one size to what was typed; returns the rule that the text breaks, "" when it was taken."""
        reading = read_number(text, "Size")
        if reading.value is None:
            return reading.problem or "Enter a size"
        breaches = rules.quantity_breaches(reading.value, OrderType.LIMIT)
        if breaches:
            return breaches[0].rule.replace("Quantity", "Size", 1)
        self._sizes[rules.id][index] = reading.value
        return ""

    def choices(self, instrument: InstrumentId, rules: Instrument) -> tuple[Choice, ...]:
        """Return the buttons; without a price to size them by, they are disabled."""
        found = self._sizes.get(instrument)
        if found is None:
            waiting = "Sizes come with the first price"
            return tuple(
                Choice(key=str(index), label=formatting.MISSING, is_enabled=False, tooltip=waiting)
                for index in range(PRESETS)
            )
        return tuple(
            Choice(
                key=str(index),
                label=_label(size),
                is_checked=size == self.chosen,
                tooltip=f"{formatting.quantity(size)} {rules.base}: this order, and a click in the ladder. "
                "Double click to change",
            )
            for index, size in enumerate(found)
        )


def _label(size: Decimal) -> str:
    """Return a size that fits the button: "0.25", "250M", "1.25M"."""
    if size < _COMPACT_FROM:
        return formatting.quantity(size)
    text = formatting.compact(size, 4)
    number, unit = (text[:-1], text[-1]) if text[-1].isalpha() else (text, "")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + unit
