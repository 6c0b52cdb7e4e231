"""A ladder of limit orders between two prices: which prices, which quantities. Pure; Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from terminal.domain import Instrument
from terminal.domain.numbers import ZERO, floor_to_step, readable
from terminal.ui.order_ticket import sizing


class Split(StrEnum):
    """How a total is shared out, from the first price to the last."""

    EQUAL = "equal"
    RISING = "rising"
    FALLING = "falling"
    VALUE = "value"


SPLIT_LABELS = {
    Split.EQUAL: "Equal",
    Split.RISING: "Rising",
    Split.FALLING: "Falling",
    Split.VALUE: "By value",
}
SPLIT_HINTS = {
    Split.EQUAL: "Every order has the same quantity",
    Split.RISING: "The quantity grows steadily from the first price to the last",
    Split.FALLING: "The quantity shrinks steadily from the first price to the last",
    Split.VALUE: "Every order is worth the same in quote currency",
}


def ladder_prices(first: Decimal, last: Decimal, count: int, instrument: Instrument) -> list[Decimal]:
    """Return `count` distinct ticks, evenly spread from `first` to `last`, both included.

    Both must be ticks. Raises ValueError with the rule when there are too few ticks between them.
    """
    step = sizing.price_step(instrument)
    ticks = int(abs(last - first) / step)
    if ticks < count - 1:
        text = f"Only {ticks + 1} price{'' if ticks == 0 else 's'} from {readable(first)} to {readable(last)}"
        raise ValueError(f"{text}: {count} orders need as many")
    direction = step if last > first else -step
    return [first + direction * (ticks * index // (count - 1)) for index in range(count)]


def ladder_quantities(total: Decimal, prices: Sequence[Decimal], split: Split, instrument: Instrument) -> list[Decimal]:
    """Return one whole number of lots a price; together they are `total` rounded down to lots.

    Lots that no share comes to in full go to the orders that miss the most of one.
    """
    lot = sizing.lot_step(instrument)
    lots = int(floor_to_step(max(total, ZERO), lot) / lot)
    weights = _weights(prices, split)
    whole = sum(weights)
    shares = [lots * weight / whole for weight in weights]
    given = [int(share) for share in shares]
    left = lots - sum(given)
    by_need = sorted(range(len(prices)), key=lambda index: (given[index] - shares[index], index))
    for index in by_need[:left]:
        given[index] += 1
    return [lot * count for count in given]


def _weights(prices: Sequence[Decimal], split: Split) -> list[Decimal]:
    count = len(prices)
    if split is Split.RISING:
        return [Decimal(index + 1) for index in range(count)]
    if split is Split.FALLING:
        return [Decimal(count - index) for index in range(count)]
    if split is Split.VALUE:
        return [1 / price for price in prices]
    return [Decimal(1)] * count
