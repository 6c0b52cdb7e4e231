"""How large an order is: size presets, shares of the balance, totals and steps; always whole lots. Qt-free."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext

from terminal.domain import FeeRates, Instrument, OrderBook, Side
from terminal.domain.numbers import ZERO, ceil_to_step, decimals_of, floor_to_step, is_multiple

PRESETS = 5
PERCENTS = (10, 25, 50, 75, 100)

_MULTIPLES = (Decimal(1), Decimal(5), Decimal(10), Decimal(25), Decimal(50))
_SMALLEST_WORTH = Decimal(1_000)
_MONEY = frozenset({"USD", "USDT", "USDC", "USDS", "AED", "HKD", "EUR"})
_MOST_DECIMALS = 8


def default_presets(instrument: Instrument, worth: Decimal | None) -> tuple[Decimal, ...]:
    """Return five sizes in base units, the smallest the power of ten worth up to about 1,000.

    `worth` is what one base unit is worth in dollars or the like; without it the sizes start at ten times the
    smallest order. Each is a whole number of lots and no smaller than the venue's smallest order.
    """
    least = instrument.min_quantity or instrument.lot_size or Decimal("0.00000001")
    wanted = _SMALLEST_WORTH / worth if worth is not None and worth > 0 else 10 * least
    # adjusted() is the exponent of the first digit
    base = max(Decimal(1).scaleb(wanted.adjusted()), least)
    sizes = (instrument.round_quantity(base * multiple) for multiple in _MULTIPLES)
    return tuple(max(size, least) for size in sizes)


def money_decimals(asset: str) -> int:
    """Return how many fractional digits an amount of a quote asset is shown with."""
    return 2 if asset in _MONEY else _MOST_DECIMALS


def amount_step(instrument: Instrument) -> Decimal:
    """Return the step to which a computed total is rounded down: shown digits, or the venue's coarser step."""
    shown = Decimal(1).scaleb(-money_decimals(instrument.quote))
    return shown if instrument.quote_step is None else max(shown, instrument.quote_step)


def fee_reserve(side: Side, fees: FeeRates | None, instrument: Instrument) -> Decimal:
    """Return the fraction to keep for the fee in the asset that is spent; zero when it is taken elsewhere.

    A buy whose fee asset the venue does not tell keeps the reserve: the order must not fail for its own fee.
    """
    if fees is None:
        return ZERO
    rate = max(fees.maker, fees.taker, ZERO)
    if side is Side.SELL:
        return rate if fees.sell_fee_asset == instrument.base else ZERO
    return rate if fees.buy_fee_asset in (None, instrument.quote) else ZERO


def spendable(free: Decimal, percent: int, reserve: Decimal) -> Decimal:
    """Return the part of `free` that an order may use so that it and its fee stay within the percentage."""
    with localcontext(rounding=ROUND_FLOOR):
        return max(free, ZERO) * percent / 100 / (1 + reserve)


def quantity_for(value: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    """Return the most whole lots that `value` quote units pay for at `price`."""
    if price <= 0 or value <= 0:
        return ZERO
    with localcontext(rounding=ROUND_FLOOR):
        return instrument.round_quantity(value / price)


def market_quantity_for(value: Decimal, side: Side, book: OrderBook, instrument: Instrument) -> Decimal:
    """Return the whole lots that `value` quote units take from the visible book now."""
    return instrument.round_quantity(book.cost_of_value(side, value).filled)


def round_amount(value: Decimal, instrument: Instrument) -> Decimal:
    """Return a total rounded down to what is shown and what the venue takes."""
    return floor_to_step(value, amount_step(instrument))


def stepped(value: Decimal, step: Decimal, steps: int) -> Decimal:
    """Return `value` moved by whole steps; one that is off the grid goes to the next multiple first."""
    if not is_multiple(value, step):
        value = ceil_to_step(value, step) - step if steps > 0 else floor_to_step(value, step) + step
    return value + step * steps


def price_step(instrument: Instrument) -> Decimal:
    return instrument.tick_size or Decimal("0.00000001")


def lot_step(instrument: Instrument) -> Decimal:
    return instrument.lot_size or instrument.min_quantity or Decimal("0.00000001")


def typed_total_problem(total: Decimal, instrument: Instrument) -> str | None:
    """Return the rule that a market order's total breaks by its digits."""
    step = instrument.quote_step
    if step is not None and not is_multiple(total, step):
        return f"Total takes at most {decimals_of(step)} decimals"
    return None


def shown_down(value: Decimal, decimals: int) -> Decimal:
    """Return `value` cut to `decimals`: what one has or gets is never shown larger than it is."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)
