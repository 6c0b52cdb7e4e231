"""Pre-trade checks: pure functions that name every rule an order breaks.

A hard breach refuses the order; a soft one asks, and is overridden by naming its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from terminal.domain import FeeRates, Instrument, InstrumentStatus, OrderRequest, OrderType, Side
from terminal.domain.instrument import Breach
from terminal.domain.numbers import ZERO, readable
from terminal.trading.market_view import MarketPrices

_NEAR = Decimal("0.02")  # how far a market may move between a look and an order


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreach:
    """One broken rule. `field` is "price", "quantity", "notional", "type" or "order"; `rule` is one sentence.

    `code` names the kind: "rule" (the instrument's own), "band", "balance", "fee", "price", "slippage",
    "duplicate", "value", "rate", "open_orders", "halted", "read_only", "stale", "unknown_account", "not_ready".
    """

    field: str
    rule: str
    hard: bool
    code: str


class RiskDenied(Exception):
    """The order breaks hard rules, or soft ones that were not allowed; nothing was written or sent."""

    def __init__(self, breaches: Sequence[RiskBreach]) -> None:
        super().__init__("; ".join(breach.rule for breach in breaches))
        self.breaches = tuple(breaches)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """One account's limits; None switches a check off.

    `price_band` and `far_band` are fractions of the market price: how far a price may be on the expensive side
    (a buy above the ask, a sell below the bid) and how far on the harmless one. `max_order_value` is in
    `value_currency`.
    """

    price_band: Decimal | None = Decimal("0.05")
    far_band: Decimal | None = None
    max_order_value: Decimal | None = None
    value_currency: str = "USDT"
    orders_per_second: int | None = 5
    max_open_orders: int | None = None
    duplicate_within_ms: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentOrder:
    """An order sent a moment ago: for the duplicate and the rate check. `time` is this machine's ms.

    Orders sent together share their `act`; those of the batch that is being checked have act 0.
    """

    time: int
    request: OrderRequest
    act: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a check looks at besides the request itself.

    `free_base` and `free_quote` are None while balances are not known. `quote_rate` is the worth of one unit of
    quote currency in the limits' currency. `recent` are the account's orders of the last seconds. `now` is this
    machine's ms, `clock_offset_ms` what the venue's clock, by which its trading windows open, is ahead of it.
    """

    instrument: Instrument | None
    now: int
    clock_offset_ms: int = 0
    limits: RiskLimits
    prices: MarketPrices
    can_trade: bool = True
    free_base: Decimal | None = None
    free_quote: Decimal | None = None
    fees: FeeRates | None = None
    quote_rate: Decimal | None = None
    recent: Sequence[RecentOrder] = ()
    open_orders: int = 0
    open_orders_here: int = 0


def check_order(request: OrderRequest, situation: Situation) -> list[RiskBreach]:
    """Return every rule that `request` breaks, hard ones first; empty: it may be sent."""
    breaches: list[RiskBreach] = []
    if not situation.can_trade:
        breaches.append(_hard("order", "This account is read-only: orders are switched off", "read_only"))
    instrument = situation.instrument
    if instrument is None:
        breaches.append(_hard("order", f"{request.symbol} is not an instrument of this venue", "halted"))
        return breaches
    if instrument.status is not InstrumentStatus.TRADING:
        breaches.append(_hard("order", f"{instrument.pair} is not trading ({instrument.status.value})", "halted"))
    shape = _shape_breaches(request, instrument, situation.now + situation.clock_offset_ms)
    breaches += shape
    if not shape:
        breaches += _balance_breaches(request, situation, instrument)
        breaches += _market_breaches(request, situation, instrument)
        breaches += _amount_breaches(request, situation, instrument)
        breaches += _value_breaches(request, situation, instrument)
    breaches += _flow_breaches(request, situation, instrument)
    if situation.prices.stale is not None:
        breaches.append(_soft("order", f"The book is not live: {situation.prices.stale}", "stale"))
    return sorted(breaches, key=lambda breach: not breach.hard)


def order_value(request: OrderRequest, prices: MarketPrices) -> Decimal | None:
    """Return the order's value in quote currency: exact for a limit or a quote amount, else at the touch."""
    if request.quote_amount is not None:
        return request.quote_amount
    price = _reference_price(request, prices)
    return None if price is None or request.quantity is None else price * request.quantity


def _reference_price(request: OrderRequest, prices: MarketPrices) -> Decimal | None:
    if request.type is not OrderType.MARKET:
        return request.price
    touch = prices.ask if request.side is Side.BUY else prices.bid
    return touch if touch is not None else prices.last


def _shape_breaches(request: OrderRequest, instrument: Instrument, now: int) -> list[RiskBreach]:
    """The request's own fields, and the instrument's steps, bounds and opening rules, which need no market."""
    if (request.quantity is None) == (request.quote_amount is None):
        return [_hard("quantity", "Give either a quantity or a total", "rule")]
    if request.quote_amount is not None and request.type is not OrderType.MARKET:
        return [_hard("type", "Only a market order can be given by its total", "rule")]
    found: list[Breach] = []
    if request.type is OrderType.MARKET:
        if request.price is not None:
            return [_hard("price", "A market order has no price", "rule")]
    elif request.price is None:
        return [_hard("price", "A limit order needs a price", "rule")]
    else:
        found += instrument.price_breaches(request.price)
    found += instrument.opening_breaches(request.type, request.price, now)
    if request.quantity is not None:
        found += instrument.quantity_breaches(request.quantity, request.type)
    if request.quote_amount is not None:
        found += instrument.notional_breaches(request.quote_amount, request.type)
    elif request.price is not None and request.quantity is not None and not found:
        found += instrument.notional_breaches(request.price * request.quantity, request.type)
    return [_hard(breach.field, breach.rule, "rule") for breach in found]


def spent_by(request: OrderRequest, situation: Situation) -> Decimal | None:
    """Return what an order takes from the free balance: quote of a buy, base of a sell, with a fee taken in it.

    None where the market that decides it is not known.
    """
    needed, fees, instrument = _needed(request, situation), situation.fees, situation.instrument
    if needed is None or fees is None or instrument is None:
        return needed
    selling = request.side is Side.SELL
    fee_asset = fees.sell_fee_asset if selling else fees.buy_fee_asset
    in_kind = fee_asset == (instrument.base if selling else instrument.quote)
    return needed * (1 + max(fees.taker, fees.maker, ZERO)) if in_kind else needed


def _needed(request: OrderRequest, situation: Situation) -> Decimal | None:
    if request.side is Side.BUY:
        return order_value(request, situation.prices)
    if request.quantity is not None:
        return request.quantity
    bid = situation.prices.bid
    return None if bid is None or request.quote_amount is None else request.quote_amount / bid


def _balance_breaches(request: OrderRequest, situation: Situation, instrument: Instrument) -> list[RiskBreach]:
    fees = situation.fees
    rate = ZERO if fees is None else max(fees.taker, fees.maker, ZERO)
    if request.side is Side.SELL:
        free, asset, fee_asset = situation.free_base, instrument.base, fees.sell_fee_asset if fees else None
    else:
        free, asset, fee_asset = situation.free_quote, instrument.quote, fees.buy_fee_asset if fees else None
    needed = _needed(request, situation)
    if free is None or needed is None:
        return []
    field = "notional" if request.side is Side.BUY else "quantity"
    if needed > free:
        rule = f"Needs {readable(needed)} {asset}, free is {readable(free)} {asset}"
        return [_hard(field, rule, "balance")]
    with_fee = needed * (1 + rate)
    if with_fee <= free:
        return []
    if fee_asset == asset:
        rule = f"Needs {readable(with_fee)} {asset} with the fee, free is {readable(free)} {asset}"
        return [_hard(field, rule, "balance")]
    if fee_asset is None and request.side is Side.BUY:
        # the venue does not say in which asset it takes the fee of this pair
        return [_soft(field, f"The fee may not be covered: free is {readable(free)} {asset}", "fee")]
    return []


def _market_breaches(request: OrderRequest, situation: Situation, instrument: Instrument) -> list[RiskBreach]:
    prices, limits = situation.prices, situation.limits
    breaches: list[RiskBreach] = []
    buying = request.side is Side.BUY
    touch = prices.ask if buying else prices.bid
    market = touch if touch is not None else prices.last
    price = prices.worst if request.type is OrderType.MARKET else request.price
    if price is None or market is None or market <= 0:
        return breaches
    # the venue compares with a mark price that it does not publish: the last trade is the nearest to it
    band = instrument.band_breaches(request.side, request.type, price, prices.last)
    breaches += [_soft(breach.field, f"{breach.rule}, taken as the last trade", "band") for breach in band]
    worse = (price - market if buying else market - price) / market
    if limits.price_band is not None and worse > limits.price_band:
        if request.type is OrderType.MARKET:
            rule = f"Would trade down to {readable(price)}, {_percent(worse)} away from the market"
            breaches.append(_soft("quantity", rule, "slippage"))
        else:
            where = "above the ask" if buying else "below the bid"
            rule = f"Price is {_percent(worse)} {where} {readable(market)}"
            breaches.append(_soft("price", rule, "price"))
    if limits.far_band is not None and request.type is not OrderType.MARKET and -worse > limits.far_band:
        breaches.append(_soft("price", f"Price is {_percent(-worse)} away from the market", "price"))
    return breaches


def _amount_breaches(request: OrderRequest, situation: Situation, instrument: Instrument) -> list[RiskBreach]:
    """The venue's bounds of a market order's value, for one by quantity: its value now is taken for what it will be.

    Near a bound that is no certainty, so the order may be sent all the same.
    """
    if request.type is not OrderType.MARKET or request.quantity is None:
        return []
    value = order_value(request, situation.prices)
    if value is None:
        return []
    found: list[RiskBreach] = []
    for breach in instrument.notional_breaches(value, request.type):
        rule = f"{breach.rule}; this is about {readable(value.quantize(Decimal('0.01')))} {instrument.quote} now"
        near = instrument.notional_breaches(value * (1 - _NEAR), request.type) and instrument.notional_breaches(
            value * (1 + _NEAR), request.type
        )
        make = _hard if near else _soft
        found.append(make("quantity", rule, "rule" if near else "amount"))
    return found


def _value_breaches(request: OrderRequest, situation: Situation, instrument: Instrument) -> list[RiskBreach]:
    limit, currency = situation.limits.max_order_value, situation.limits.value_currency
    if limit is None:
        return []
    value = order_value(request, situation.prices)
    rate = Decimal(1) if instrument.quote == currency else situation.quote_rate
    if value is None or rate is None:
        return [_soft("notional", f"The order's value in {currency} is not known", "value")]
    if value * rate > limit:
        rule = f"Order value {value * rate:.2f} {currency} is above the limit {readable(limit)} {currency}"
        return [_hard("notional", rule, "value")]
    return []


def _flow_breaches(request: OrderRequest, situation: Situation, instrument: Instrument) -> list[RiskBreach]:
    limits, now = situation.limits, situation.now
    breaches: list[RiskBreach] = []
    if limits.orders_per_second is not None:
        # a batch is one deliberate act, however many orders it holds
        within = [recent for recent in situation.recent if 0 <= now - recent.time < 1_000 and recent.act != 0]
        acts = sum(1 for recent in within if recent.act is None) + len({recent.act for recent in within} - {None})
        if acts >= limits.orders_per_second:
            rule = f"More than {limits.orders_per_second} orders a second"
            breaches.append(_hard("order", rule, "rate"))
    bare = replace(request, client_order_id=None)
    if any(
        0 <= now - recent.time < limits.duplicate_within_ms and replace(recent.request, client_order_id=None) == bare
        for recent in situation.recent
    ):
        rule = f"The same order was sent less than {limits.duplicate_within_ms // 1_000} s ago"
        breaches.append(_soft("order", rule, "duplicate"))
    if limits.max_open_orders is not None and situation.open_orders >= limits.max_open_orders:
        rule = f"{situation.open_orders} orders are working, the limit is {limits.max_open_orders}"
        breaches.append(_hard("order", rule, "open_orders"))
    if instrument.max_open_orders is not None and situation.open_orders_here >= instrument.max_open_orders:
        rule = f"{instrument.pair} takes at most {instrument.max_open_orders} open orders"
        breaches.append(_hard("order", rule, "open_orders"))
    return breaches


def _percent(fraction: Decimal) -> str:
    return f"{fraction * 100:.1f} %"


def _hard(field: str, rule: str, code: str) -> RiskBreach:
    return RiskBreach(field=field, rule=rule, hard=True, code=code)


def _soft(field: str, rule: str, code: str) -> RiskBreach:
    return RiskBreach(field=field, rule=rule, hard=False, code=code)
