"""What an order would do if it reached the book as it stands: fills, fee, and balances afterwards. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import FeeRates, Instrument, OrderBook, OrderRequest, OrderType, Side, TimeInForce
from terminal.domain.numbers import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Base quantities and quote values of one order against one state of the book.

    `taken` fills at once for `taken_value`; `rests` stays in the book, `ends` comes back unfilled (IOC, FOK, or a
    market order in a thin book). `share` is the fraction of the other side's visible quantity that is taken,
    `ahead` the quantity that already stands at the price where the rest joins. Fees are in `fee_asset`;
    `fee` is None while the rates are not known. Balances are None while the free amounts are not known and
    count the resting part as filled; `fee_told` is False where the venue does not say in which asset it takes
    the fee (the quote asset is taken then).
    """

    taken: Decimal
    taken_value: Decimal
    average: Decimal | None
    worst: Decimal | None
    share: Decimal | None
    rests: Decimal
    rest_value: Decimal
    ahead: Decimal | None
    ends: Decimal
    fee: Decimal | None
    fee_asset: str
    fee_told: bool
    quote_after: Decimal | None
    base_after: Decimal | None

    @property
    def quantity(self) -> Decimal:
        """Base units that change hands when all that rests is filled."""
        return self.taken + self.rests

    @property
    def value(self) -> Decimal:
        return self.taken_value + self.rest_value


def receipt_of(
    request: OrderRequest,
    instrument: Instrument,
    book: OrderBook,
    *,
    fees: FeeRates | None = None,
    free_base: Decimal | None = None,
    free_quote: Decimal | None = None,
) -> Receipt:
    """Walk `book` for a complete request (it has its price, and a quantity or a quote amount)."""
    side, price = request.side, request.price
    buying = side is Side.BUY
    if request.quote_amount is not None:
        cost = book.cost_of_value(side, request.quote_amount)
        wanted = cost.filled
        missing_value = request.quote_amount - cost.value
    else:
        assert request.quantity is not None
        wanted = request.quantity
        cost = book.cost_of(side, wanted, price)
        missing_value = ZERO
    taken, value, average, worst = cost.filled, cost.value, cost.average, cost.worst
    left = wanted - taken
    if request.time_in_force is TimeInForce.FOK and (left > 0 or missing_value > 0):
        taken, value, average, worst, left = ZERO, ZERO, None, None, wanted
    may_rest = request.type is not OrderType.MARKET and request.time_in_force in (None, TimeInForce.GTC)
    rests = left if may_rest and price is not None else ZERO
    rest_value = rests * price if price is not None else ZERO
    own_side, other_side = (book.bids, book.asks) if buying else (book.asks, book.bids)
    visible = sum((quantity for _, quantity in other_side), ZERO)
    asset, told = asset_of_fee(side, fees, instrument)
    fee = _fee(fees, asset == instrument.quote, taken=taken, value=value, rests=rests, rest_value=rest_value)
    moved_base = taken + rests
    moved_quote = value + rest_value
    fee_base = fee if fee is not None and asset == instrument.base else ZERO
    fee_quote = fee if fee is not None and asset == instrument.quote else ZERO
    sign = 1 if buying else -1
    return Receipt(
        taken=taken,
        taken_value=value,
        average=average,
        worst=worst,
        share=taken / visible if visible else None,
        rests=rests,
        rest_value=rest_value,
        ahead=own_side.quantity_at(price) if rests and price is not None else None,
        ends=ZERO if rests else left,
        fee=fee,
        fee_asset=asset,
        fee_told=told,
        quote_after=None if free_quote is None else free_quote - sign * moved_quote - fee_quote,
        base_after=None if free_base is None else free_base + sign * moved_base - fee_base,
    )


def most_fee(request: OrderRequest, value: Decimal, fees: FeeRates) -> Decimal:
    """Return the largest fee in quote currency that an order of `value` can cost, wherever it is taken.

    The book may move before the order arrives: what rests by the book of now may take then.
    """
    if request.type is OrderType.LIMIT_MAKER:
        return value * fees.maker
    if request.type is OrderType.MARKET:
        return value * fees.taker
    return value * max(fees.maker, fees.taker)


def asset_of_fee(side: Side, fees: FeeRates | None, instrument: Instrument) -> tuple[str, bool]:
    """Return the asset that the fee is told in, and whether the venue says that it is this one."""
    told = None if fees is None else fees.buy_fee_asset if side is Side.BUY else fees.sell_fee_asset
    # a fee in a third asset has no known amount here: its worth is told in quote currency
    return (
        (told, True) if told is not None and told in (instrument.base, instrument.quote) else (instrument.quote, False)
    )


def _fee(
    fees: FeeRates | None, in_quote: bool, *, taken: Decimal, value: Decimal, rests: Decimal, rest_value: Decimal
) -> Decimal | None:
    if fees is None:
        return None
    if in_quote:
        return value * fees.taker + rest_value * fees.maker
    return taken * fees.taker + rests * fees.maker
