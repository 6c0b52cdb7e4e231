"""An instrument's trading rules: rounds prices and quantities, and names every rule an order breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from terminal.domain.kinds import InstrumentStatus, OrderType, Side
from terminal.domain.market import InstrumentId
from terminal.domain.numbers import (
    ZERO,
    ceil_to_step,
    decimals_of,
    floor_to_step,
    is_multiple,
    readable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One broken rule: which field ("price", "quantity", "notional", "type") and what the rule is."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLimits:
    """Bounds of an order's base quantity and quote notional; None means no such bound."""

    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    max_notional: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """How far from the mark price an order may be, as fractions: a buy at most mark x (1 + buy_up), a sell at
    least mark x (1 - sell_down)."""

    buy_up: Decimal | None = None
    sell_down: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRules:
    """What holds around the time a pair opens. Times are Unix ms of the venue, None where a bound is not set.

    From `no_market_from` until before `no_market_until` the venue takes no market orders. From `limit_from` until
    before `limit_until` an order's price must be within `limit_min_price` and `limit_max_price`. A window with
    one bound is open on the other side, one without any is none.
    """

    no_market_from: int | None = None
    no_market_until: int | None = None
    limit_from: int | None = None
    limit_until: int | None = None
    limit_min_price: Decimal | None = None
    limit_max_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One tradable pair of a venue. Steps and bounds are None where the venue publishes none.

    `market_limits` replaces the bounds for market orders where the venue has its own for them.
    """

    venue: str
    symbol: str
    base: str
    quote: str
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    max_notional: Decimal | None = None
    status: InstrumentStatus = InstrumentStatus.TRADING
    market_limits: OrderLimits | None = None
    quote_step: Decimal | None = None
    limit_band: PriceBand | None = None
    market_band: PriceBand | None = None
    max_open_orders: int | None = None
    opening: OpeningRules | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", InstrumentStatus(self.status))
        for name in ("tick_size", "lot_size", "quote_step"):
            step = getattr(self, name)
            if step is not None and step <= 0:
                raise ValueError(f"{self.symbol}: {name} must be positive, not {step}")

    @property
    def id(self) -> InstrumentId:
        return InstrumentId(self.venue, self.symbol)

    @property
    def pair(self) -> str:
        """The pair as people write it: BTC/USDT."""
        return f"{self.base}/{self.quote}"

    @property
    def price_decimals(self) -> int:
        """Fractional digits shown for a price; 8 where the venue names no tick size."""
        return 8 if self.tick_size is None else decimals_of(self.tick_size)

    @property
    def quantity_decimals(self) -> int:
        """Fractional digits shown for a quantity; 8 where the venue names no lot size."""
        return 8 if self.lot_size is None else decimals_of(self.lot_size)

    def limits_for(self, order_type: OrderType) -> OrderLimits:
        """Return the quantity and notional bounds that hold for this order type."""
        if order_type is OrderType.MARKET and self.market_limits is not None:
            return self.market_limits
        return OrderLimits(
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
            min_notional=self.min_notional,
            max_notional=self.max_notional,
        )

    def round_price(self, price: Decimal, side: Side) -> Decimal:
        """Return the tick nearest to `price` that is no worse for the user: a buy never pays more than
        `price`, a sell never receives less."""
        if self.tick_size is None:
            return price
        if side is Side.BUY:
            return floor_to_step(price, self.tick_size)
        return ceil_to_step(price, self.tick_size)

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """Return the largest whole number of lots that is not above `quantity`."""
        return quantity if self.lot_size is None else floor_to_step(quantity, self.lot_size)

    def price_breaches(self, price: Decimal) -> list[Breach]:
        """Return the rules a limit price breaks on its own (sign and tick size)."""
        if price <= 0:
            return [Breach(field="price", rule="Price must be above zero")]
        if self.tick_size is not None and not is_multiple(price, self.tick_size):
            return [Breach(field="price", rule=f"Price must be a multiple of the tick {readable(self.tick_size)}")]
        return []

    def quantity_breaches(self, quantity: Decimal, order_type: OrderType) -> list[Breach]:
        """Return the rules a base quantity breaks on its own (sign, lot size, bounds)."""
        if quantity <= 0:
            return [Breach(field="quantity", rule="Quantity must be above zero")]
        limits = self.limits_for(order_type)
        kind = " for a market order" if order_type is OrderType.MARKET and self.market_limits else ""
        breaches: list[Breach] = []
        if self.lot_size is not None and not is_multiple(quantity, self.lot_size):
            rule = f"Quantity must be a multiple of the lot {readable(self.lot_size)} {self.base}"
            breaches.append(Breach(field="quantity", rule=rule))
        if limits.min_quantity is not None and quantity < limits.min_quantity:
            rule = f"Quantity must be at least {readable(limits.min_quantity)} {self.base}{kind}"
            breaches.append(Breach(field="quantity", rule=rule))
        if limits.max_quantity is not None and limits.max_quantity > 0 and quantity > limits.max_quantity:
            rule = f"Quantity must be at most {readable(limits.max_quantity)} {self.base}{kind}"
            breaches.append(Breach(field="quantity", rule=rule))
        return breaches

    def notional_breaches(self, notional: Decimal, order_type: OrderType) -> list[Breach]:
        """Return the rules an order's value in quote currency breaks."""
        limits = self.limits_for(order_type)
        kind = " for a market order" if order_type is OrderType.MARKET and self.market_limits else ""
        if notional <= ZERO:
            return [Breach(field="notional", rule="Total must be above zero")]
        breaches: list[Breach] = []
        if limits.min_notional is not None and notional < limits.min_notional:
            rule = f"Total must be at least {readable(limits.min_notional)} {self.quote}{kind}"
            breaches.append(Breach(field="notional", rule=rule))
        if limits.max_notional is not None and limits.max_notional > 0 and notional > limits.max_notional:
            rule = f"Total must be at most {readable(limits.max_notional)} {self.quote}{kind}"
            breaches.append(Breach(field="notional", rule=rule))
        return breaches

    def band_breaches(self, side: Side, order_type: OrderType, price: Decimal, mark: Decimal | None) -> list[Breach]:
        """Return the price-band rule that `price` breaks against the mark price; none while mark is None."""
        band = self.market_band if order_type is OrderType.MARKET else self.limit_band
        if band is None or mark is None:
            return []
        if side is Side.BUY and band.buy_up is not None and band.buy_up > 0:
            highest = mark * (1 + band.buy_up)
            if price > highest:
                bound = self.round_price(highest, Side.BUY)
                share = readable(band.buy_up * 100)
                rule = f"A buy must not be above {readable(bound)}: {share} % over the mark price"
                return [Breach(field="price", rule=rule)]
        if side is Side.SELL and band.sell_down is not None and band.sell_down > 0:
            lowest = mark * (1 - band.sell_down)
            if price < lowest:
                bound = self.round_price(lowest, Side.SELL)
                share = readable(band.sell_down * 100)
                rule = f"A sell must not be below {readable(bound)}: {share} % under the mark price"
                return [Breach(field="price", rule=rule)]
        return []

    def opening_breaches(self, order_type: OrderType, price: Decimal | None, now: int) -> list[Breach]:
        """Return the opening rules that an order breaks at `now` (the venue's Unix ms)."""
        opening = self.opening
        if opening is None:
            return []
        if order_type is OrderType.MARKET:
            if not _within(opening.no_market_from, opening.no_market_until, now):
                return []
            rule = f"Market orders are not taken {_until(opening.no_market_until)}"
            return [Breach(field="type", rule=rule)]
        if price is None or not _within(opening.limit_from, opening.limit_until, now):
            return []
        lowest, highest, until = opening.limit_min_price, opening.limit_max_price, _until(opening.limit_until)
        if lowest is not None and price < lowest:
            return [Breach(field="price", rule=f"Price must be at least {readable(lowest)} {until}")]
        if highest is not None and price > highest:
            return [Breach(field="price", rule=f"Price must be at most {readable(highest)} {until}")]
        return []


def _within(start: int | None, end: int | None, now: int) -> bool:
    if start is None and end is None:
        return False
    return (start is None or start <= now) and (end is None or now < end)


def _until(end: int | None) -> str:
    if end is None:
        return "for now"
    return f"until {datetime.fromtimestamp(end / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
