"""What the chart says in words and numbers: readout, legend, tags, order lines, fills, and why it is empty.

Numbers that are read come from the Decimals of the candles and orders, never from the chart's float arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from terminal.domain import INTERVAL_MS, Candle, Fill, Instrument, InstrumentId, OrderStatus, Side
from terminal.domain.numbers import ZERO, decimals_of
from terminal.market.candles import CandleSeries, SeriesState
from terminal.market.freshness import Fresh
from terminal.market.hub import LiveTicker
from terminal.trading.desk_order import DeskOrder
from terminal.ui import formatting
from terminal.ui.brief import brief_progress
from terminal.ui.freshness_words import unreliable_words
from terminal.ui.kline_chart.series import ChartSeries
from terminal.ui.kline_chart.slots import MONTH, TimeSlots, moment_of
from terminal.ui.kline_chart.studies import Study
from terminal.ui.kline_chart.ticks import clock_text, day_text
from terminal.ui.kline_chart.view_models import Crosshair, FillMark, LastPrice, LegendEntry, Notice, OrderLine, Run

_SECOND, _HOUR, _DAY = 1_000, 3_600_000, 86_400_000

_NOTES = {
    OrderStatus.PENDING: "sending",
    OrderStatus.PENDING_CANCEL: "cancelling",
    OrderStatus.UNKNOWN: "UNKNOWN",
}


class ChartPresenter:
    """The chart's words for one instrument and interval. `instrument` is None until its rules are loaded."""

    def __init__(self, series: ChartSeries, instrument: Instrument | None, pair: str) -> None:
        self.series = series
        self.instrument = instrument
        self.pair = pair

    # numbers

    @property
    def tick(self) -> Decimal:
        """The price step: the instrument's tick, or that of the digits its candles have."""
        if self.instrument is not None and self.instrument.tick_size is not None:
            return self.instrument.tick_size
        last = self.series.source.last
        return Decimal(1).scaleb(-8 if last is None else -max(2, decimals_of(last.close)))

    @property
    def decimals(self) -> int:
        return decimals_of(self.tick)

    def price_text(self, price: Decimal) -> str:
        decimals = max(self.decimals, decimals_of(price))
        return formatting.compress_zeros(formatting.number(price, decimals))

    def rounded(self, price: float) -> Decimal:
        """Return the tick nearest to a place on the price axis."""
        tick = self.tick
        return (Decimal(price) / tick).to_integral_value(rounding=ROUND_HALF_EVEN) * tick

    def computed_text(self, value: float) -> str:
        """Write an indicator's value with the digits of a price."""
        return formatting.compress_zeros(formatting.number(Decimal(value), self.decimals))

    # readout

    def shown_index(self, slot: int | None) -> int | None:
        """Return the candle that the readout is about: the one in the hovered slot, else the last."""
        arrays = self.series.arrays
        if not arrays.count:
            return None
        return arrays.count - 1 if slot is None else arrays.index_at(slot)

    def reading(self, slot: int | None) -> object:
        """Return what readout and legend depend on: equal objects mean equal texts."""
        known = tuple((study.kind.key, study.valid_from) for study in self.series.studies)
        return self, self.shown_index(slot), self.series.source.version, known

    def readout(self, slot: int | None) -> list[list[Run]]:
        """Return groups of runs: open, high, low, close, change, volume. A gap says that it is one."""
        index = self.shown_index(slot)
        if index is None:
            return [[Run("No trades in this interval", "second", "text")]] if self.series.arrays.count else []
        candle = self.series.candle(index)
        colour = "buy_text" if candle.close >= candle.open else "sell_text"
        groups = [
            [Run(letter, "second", "text"), Run(self.price_text(price), colour, "number_medium", 4)]
            for letter, price in (("O", candle.open), ("H", candle.high), ("L", candle.low), ("C", candle.close))
        ]
        if candle.open:
            change = formatting.percent((candle.close - candle.open) / candle.open)
            groups.append([Run(change, colour, "number_medium")])
        if candle.base_volume is not None:
            volume = self.volume_text(candle.base_volume)
            groups.append([Run("Vol", "second", "text"), Run(volume, "text", "number_medium", 4)])
        return groups

    def volume_text(self, volume: Decimal) -> str:
        """Write a volume with about five significant digits; every digit of it is in the table view, not here."""
        if volume >= 1_000:
            return formatting.compact(volume)
        digits = max(0, 4 - max(volume.adjusted() + 1, 1)) if volume else 0
        return formatting.number(volume, digits if volume == 0 or volume >= Decimal("0.001") else 8)

    def legend(self, slot: int | None) -> list[LegendEntry]:
        index = self.shown_index(slot)
        return [self._entry(study, index) for study in self.series.studies]

    def _entry(self, study: Study, index: int | None) -> LegendEntry:
        values = None if index is None else study.values_at(index)
        texts = (formatting.MISSING,) if values is None else tuple(self.computed_text(value) for value in values)
        return LegendEntry(study.kind.colours[0], study.kind.title, texts)

    @property
    def volume_title(self) -> str:
        base = self.instrument.base if self.instrument is not None else ""
        return f"Volume, {base}" if base else "Volume"

    # last price

    def last_price(self, quote: LiveTicker, now: int) -> LastPrice | None:
        """Return the last price with the time left to the candle's close, or with why it cannot be relied on.

        The price is the last candle's close, which is what the chart draws; the ticker only tells its direction.
        """
        candle = self.series.source.last
        if candle is None:
            return None
        freshness = self.series.source.freshness
        reliable = freshness.is_reliable
        detail = countdown(self.series.slots, now) if reliable else _short_state(freshness.state)
        is_up = candle.close >= candle.open
        if candle.close == candle.open and quote.last == candle.close and quote.previous_last is not None:
            is_up = candle.close >= quote.previous_last
        return LastPrice(float(candle.close), self.price_text(candle.close), detail, is_up, reliable)

    def warning(self, now: int) -> str | None:
        """Say why the shown candles are not live, with their age; None while they are."""
        if not self.series.arrays.count:
            return None
        words = unreliable_words(self.series.source.freshness, now)
        return words[:1].upper() + words[1:] if words else None

    def notice(self) -> Notice | None:
        """Return what stands in a chart without candles."""
        if self.series.arrays.count:
            return None
        source: CandleSeries = self.series.source
        if source.state is SeriesState.FAILED:
            return Notice("Candles could not be loaded", source.reason or "")
        if source.state is SeriesState.READY:
            return Notice("No candles yet", f"Nothing has traded on {self.pair} in the time the venue keeps.")
        if source.freshness.state in (Fresh.DOWN, Fresh.STALE):
            return Notice("Waiting for the venue", source.freshness.reason or "")
        return Notice("Loading candles", "")

    # crosshair

    def crosshair(self, price: float, slot: int) -> Crosshair:
        return Crosshair(self.price_text(self.rounded(price)), time_text(self.series.slots, slot))

    # own orders and fills

    def order_lines(self, orders: Iterable[DeskOrder]) -> list[OrderLine]:
        """Return the working orders that have a price, dearest first."""
        lines = []
        for held in orders:
            order = held.order
            if order.price is None or order.side is None or not held.is_working:
                continue
            word = "Buy" if order.side is Side.BUY else "Sell"
            lines.append(
                OrderLine(
                    key=held.key,
                    price=float(order.price),
                    price_text=self.price_text(order.price),
                    side=order.side,
                    title=f"{word} {self.quantity_text(order.quantity)}",
                    note=self._note(held),
                    is_uncertain=order.status is OrderStatus.UNKNOWN or held.checking,
                    cancel_reason=_cancel_reason(order.status),
                )
            )
        lines.sort(key=lambda line: -line.price)
        return lines

    def quantity_text(self, quantity: Decimal | None) -> str:
        return formatting.quantity(quantity, self.instrument)

    def _note(self, held: DeskOrder) -> str:
        parts = []
        if held.order.filled_quantity > ZERO:
            parts.append(f"{self.quantity_text(held.order.filled_quantity)} filled")
        state = _NOTES.get(held.order.status)
        if state is not None:
            parts.append(state if held.progress is None else f"{state}, {brief_progress(held.progress)}")
        elif held.checking:
            parts.append("checking")
        return ", ".join(parts)

    def fill_marks(self, fills: Iterable[Fill], instrument: InstrumentId) -> list[FillMark]:
        """Return the account's fills on this instrument, those of one side in one slot taken together."""
        grouped: dict[tuple[int, Side], list[Fill]] = {}
        for fill in fills:
            if fill.symbol == instrument.symbol and fill.venue == instrument.venue:
                grouped.setdefault((self.series.slots.slot(fill.time), fill.side), []).append(fill)
        marks = []
        for (slot, side), members in sorted(grouped.items()):
            quantity = sum((fill.quantity for fill in members), ZERO)
            value = sum((fill.price * fill.quantity for fill in members), ZERO)
            average = value / quantity if quantity else members[0].price
            marks.append(FillMark(slot, float(average), side, self.quantity_text(quantity)))
        return marks


def countdown(slots: TimeSlots, now: int) -> str:
    """Return the time left in the interval that holds `now`: "00:53", "3:07:41", "2 d 03 h"."""
    left = max(0, slots.time(slots.slot(now) + 1) - now)
    seconds = -(-left // _SECOND)
    if left >= 2 * _DAY:
        return f"{left // _DAY} d {left % _DAY // _HOUR:02d} h"
    if seconds >= 3_600:
        return f"{seconds // 3_600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def time_text(slots: TimeSlots, slot: int) -> str:
    """Return a slot's opening time: "21 Nov 09:58", from days on "21 Nov 2026", for months "Nov 2026"."""
    moment = moment_of(slots.time(slot))
    if slots.interval == MONTH:
        return moment.strftime("%b %Y")
    if INTERVAL_MS[slots.interval] >= _DAY:
        return f"{day_text(moment)} {moment.year}"
    return f"{day_text(moment)} {clock_text(slots.time(slot))}"


def describe(candle: Candle) -> str:
    """Return a candle as one line for the clipboard, every digit kept."""
    fields = (candle.time, candle.open, candle.high, candle.low, candle.close, candle.base_volume)
    return "\t".join(formatting.exact(field) if isinstance(field, Decimal) else str(field or "") for field in fields)


def _short_state(state: Fresh) -> str:
    return {Fresh.WAITING: "waiting", Fresh.STALE: "stale", Fresh.DOWN: "offline"}.get(state, "")


def _cancel_reason(status: OrderStatus) -> str | None:
    if status is OrderStatus.PENDING_CANCEL:
        return "The cancel request is on its way"
    if status is OrderStatus.PENDING:
        return "The venue has not acknowledged the order yet"
    return None
