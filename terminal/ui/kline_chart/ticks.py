"""Round values for the axes: prices by the instrument's tick, times by the calendar. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from terminal.ui import formatting
from terminal.ui.kline_chart.slots import TimeSlots, moment_of
from terminal.ui.kline_chart.viewport import PriceMode, PriceScale, Viewport

PRICE_SPACING = 44.0
TIME_SPACING = 84.0

_MULTIPLES = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_MINUTE = 60_000
_HOUR, _DAY = 60 * _MINUTE, 1_440 * _MINUTE
_TIME_STEPS = (
    _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 3 * _HOUR, 4 * _HOUR, 6 * _HOUR, 12 * _HOUR,
)  # fmt: skip
_DAY_STEPS = (1, 2, 5, 10)
_MONTH_STEPS = (1, 2, 3, 6)
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis: px along it, text, and whether it begins a day, month or year."""

    px: float
    text: str
    is_major: bool = False


def price_step(span: float, height: float, tick: Decimal, spacing: float = PRICE_SPACING) -> Decimal:
    """Return the smallest round multiple of the tick that keeps price marks `spacing` px apart."""
    wanted = span * spacing / height
    if not (math.isfinite(wanted) and wanted > 0):
        return tick
    exponent = math.floor(math.log10(wanted))
    for power in (exponent, exponent + 1):
        for multiple in _MULTIPLES:
            step = multiple.scaleb(power)
            if float(step) >= wanted and step % tick == 0:
                return step.normalize()
    return max(tick, Decimal(1).scaleb(exponent + 1)).normalize()


def price_ticks(scale: PriceScale, height: float, tick: Decimal, decimals: int) -> list[Tick]:
    """Return the price axis' marks, highest first, with exactly `decimals` digits each."""
    ticks: list[Tick] = []
    for value in _round_prices(scale, height, tick):
        px = scale.to_px(float(value), height)
        if 0 <= px <= height and (not ticks or px - ticks[-1].px >= PRICE_SPACING - 1):
            ticks.append(Tick(px, formatting.compress_zeros(formatting.number(value, decimals))))
    return ticks


def percent_ticks(scale: PriceScale, height: float, base: float) -> list[Tick]:
    """Return marks at round percentages of change against `base`, highest first."""
    low, high = (scale.low / base - 1) * 100, (scale.high / base - 1) * 100
    step = price_step(high - low, height, Decimal("0.01"))
    ticks: list[Tick] = []
    for value in _multiples(low, high, step):
        px = scale.to_px(base * (1 + float(value) / 100), height)
        if 0 <= px <= height and (not ticks or px - ticks[-1].px >= PRICE_SPACING - 1):
            ticks.append(Tick(px, formatting.percent(value / 100)))
    return ticks


def _round_prices(scale: PriceScale, height: float, tick: Decimal) -> Iterator[Decimal]:
    if scale.mode is PriceMode.LOG and scale.high / scale.low > 4:
        for power in range(math.ceil(math.log10(scale.high)), math.floor(math.log10(scale.low)) - 1, -1):
            for multiple in (Decimal(5), Decimal(2), Decimal(1)):
                yield multiple.scaleb(power)
    else:
        yield from _multiples(scale.low, scale.high, price_step(scale.high - scale.low, height, tick))


def _multiples(low: float, high: float, step: Decimal) -> Iterator[Decimal]:
    for count in range(math.floor(high / float(step)), math.ceil(low / float(step)) - 1, -1):
        yield step * count


def time_ticks(view: Viewport, slots: TimeSlots, spacing: float = TIME_SPACING) -> list[Tick]:
    """Return the time axis' marks, oldest first; each stands in the middle of the candle of its time."""
    left, right = math.floor(view.left), math.ceil(view.right)
    start, end = slots.time(left), slots.time(right)
    wanted = (end - start) * spacing / view.width
    shortest = slots.length if slots.length is not None else 28 * _DAY
    ticks: list[Tick] = []
    for time, text, is_major in _round_times(start, end, max(wanted, shortest)):
        px = view.middle_of(slots.slot(time)) if view.step >= 1 else view.x_of(slots.position(time))
        if 0 <= px <= view.width and (not ticks or px - ticks[-1].px >= spacing * 0.6):
            ticks.append(Tick(px, text, is_major))
    return ticks


def _round_times(start: int, end: int, wanted: float) -> Iterator[tuple[int, str, bool]]:
    for step in _TIME_STEPS:
        if step >= wanted:
            for time in range(start - start % step, end + 1, step):
                is_midnight = time % _DAY == 0
                yield time, day_text(moment_of(time)) if is_midnight else clock_text(time), is_midnight
            return
    days = wanted / _DAY
    for step in _DAY_STEPS:
        if step >= days:
            yield from _days(start, end, step)
            return
    for step in _MONTH_STEPS:
        if step * 30 >= days:
            yield from _months(start, end, step)
            return
    years = next((step for step in _YEAR_STEPS if step * 365 >= days), _YEAR_STEPS[-1])
    first = moment_of(start).year
    for year in range(first - first % years, moment_of(end).year + 1, years):
        yield _ms(datetime(year, 1, 1, tzinfo=UTC)), str(year), True


def _days(start: int, end: int, step: int) -> Iterator[tuple[int, str, bool]]:
    day = moment_of(start).replace(hour=0, minute=0, second=0, microsecond=0)
    while _ms(day) <= end:
        # counted within the month, and not so close to its end that the next month's mark would touch it
        if (day.day - 1) % step == 0 and day.day <= max(31 - step * 0.6, 1) + (step == 1):
            is_first = day.day == 1
            yield _ms(day), _month_text(day) if is_first else day_text(day), is_first
        day += timedelta(days=1)


def _months(start: int, end: int, step: int) -> Iterator[tuple[int, str, bool]]:
    moment = moment_of(start)
    index = moment.year * 12 + moment.month - 1
    index -= (index % 12) % step
    while True:
        month = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
        if _ms(month) > end:
            return
        yield _ms(month), _month_text(month), month.month == 1
        index += step


def _month_text(moment: datetime) -> str:
    return str(moment.year) if moment.month == 1 else moment.strftime("%b")


def clock_text(time: int) -> str:
    """Return the UTC hour and minute: "09:58". Called for each mark of each frame, so without a datetime."""
    hours, minutes = divmod(time // _MINUTE % 1_440, 60)
    return f"{hours:02d}:{minutes:02d}"


def day_text(moment: datetime) -> str:
    return f"{moment.day} {moment.strftime('%b')}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000
