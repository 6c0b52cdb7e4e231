"""Columns of quantities that line up, fit and hold still: digits and bar lengths, chosen once by the largest value.

Qt-free; shared by the panels that paint depth and prints.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from terminal.domain.numbers import decimals_of

Measure = Callable[[str], float]
"""Width of a text in px, in the font that numbers are painted with."""

_CACHE_LIMIT = 20_000
_UNITS = (("", 0), ("K", 3), ("M", 6), ("B", 9), ("T", 12))


class QuantityFormat:
    """Writes the quantities of one column with the same decimals and unit, so that they line up and fit.

    `unit` ("", "K", "M"...) belongs in the column's header. The format only ever gets narrower until `reset`:
    digits do not jump from frame to frame.
    """

    def __init__(
        self,
        measure: Measure,
        most_decimals: int | None = None,
        *,
        digits: int | None = None,
        all_or_none: bool = False,
        writes_unit: bool = False,
    ) -> None:
        """`digits` is how many significant digits the largest number needs, where fewer than fit are enough;
        `all_or_none` drops all decimals where not all fit, as is usual for money; `writes_unit` puts the unit behind
        each number, for columns whose header has no room for it."""
        self._digits = digits
        self._measure = measure
        self._all_or_none = all_or_none
        self._writes_unit = writes_unit
        self._most_decimals = most_decimals
        self._width = 0.0
        self._largest = Decimal(0)
        self._instrument_decimals = 0
        self._texts: dict[Decimal, str] = {}
        self.decimals = 0
        self.unit = ""
        self._shift = 0

    def reset(self, decimals: int, width: float) -> None:
        """Start over for an instrument with this many decimals, in a column with `width` px for text."""
        self._instrument_decimals = decimals if self._most_decimals is None else min(decimals, self._most_decimals)
        self._width = width
        self._largest = Decimal(0)
        self._apply(self._instrument_decimals, "", 0)

    def fit(self, largest: Decimal) -> bool:
        """Make room for `largest`; True when the format changed."""
        if largest <= self._largest:
            return False
        self._largest = largest
        before = (self.decimals, self.unit)
        for unit, shift in _UNITS:
            most = self._instrument_decimals if not shift else 3
            if self._digits is not None:
                most = min(most, max(0, self._digits - 1 - largest.scaleb(-shift).adjusted()))
            for decimals in range(most, -1, -max(1, most) if self._all_or_none else -1):
                if self._measure(eights(f"{largest.scaleb(-shift):,.{decimals}f}{self._suffix(unit)}")) <= self._width:
                    if (decimals, unit) != before:
                        self._apply(decimals, unit, shift)
                    return (decimals, unit) != before
        self._apply(0, *_UNITS[-1])
        return (self.decimals, self.unit) != before

    def text(self, quantity: Decimal) -> str:
        """Return the quantity's digits; one too small for them reads "<0.01" and never zero."""
        found = self._texts.get(quantity)
        if found is None:
            if len(self._texts) > _CACHE_LIMIT:
                self._texts.clear()
            found = self._texts[quantity] = self._write(quantity)
        return found

    def _write(self, quantity: Decimal) -> str:
        scaled = quantity.scaleb(-self._shift) if self._shift else quantity
        least = Decimal(1).scaleb(-self.decimals)
        if 0 < scaled <= least / 2:  # half a digit rounds to the even one: zero
            return f"<{least:f}{self._suffix(self.unit)}"
        return f"{scaled:,.{self.decimals}f}{self._suffix(self.unit)}"

    def _suffix(self, unit: str) -> str:
        return unit if self._writes_unit else ""

    def _apply(self, decimals: int, unit: str, shift: int) -> None:
        self.decimals, self.unit, self._shift = decimals, unit, shift
        self._texts.clear()


class BarScale:
    """Full length of a column's bars: grows at once, shrinks only when half of it is empty, so bars hold still."""

    def __init__(self) -> None:
        self._full = 0.0

    def reset(self) -> None:
        self._full = 0.0

    def fit(self, largest: float) -> None:
        if largest > self._full or largest < self._full / 2:
            self._full = largest

    def length(self, quantity: float, width: int) -> int:
        """Return a bar's length in px; at least 1 for anything that is there."""
        if quantity <= 0 or self._full <= 0:
            return 0
        return max(1, min(width, round(width * quantity / self._full)))


def price_text(price: Decimal, decimals: int) -> str:
    """Return a price with `decimals` fractional digits, or all of its own where it has more: never rounded."""
    return f"{price:,.{max(decimals, decimals_of(price))}f}"


def eights(text: str) -> str:
    """Return `text` with every digit as wide as the widest, for fonts without tabular figures."""
    return "".join("8" if letter.isdigit() else letter for letter in text)
