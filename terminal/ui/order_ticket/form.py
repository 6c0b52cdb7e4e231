"""The order as it is being typed for one instrument: fields, what follows from what, and the request. Qt-free.

The last edited of quantity and total leads, the other follows. A new instrument gets a new form, so nothing of
the former one can remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from terminal.domain import (
    Capabilities,
    FeeRates,
    Instrument,
    OrderBook,
    OrderRequest,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import ZERO, decimals_of, plain
from terminal.ui import formatting
from terminal.ui.number_entry import read_number
from terminal.ui.order_ticket import sizing


class Field(Enum):
    PRICE = "price"
    QUANTITY = "quantity"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the form computes with: the live book, what is free (None: not known), the fee rates."""

    book: OrderBook
    free_base: Decimal | None = None
    free_quote: Decimal | None = None
    fees: FeeRates | None = None


class NumberInput:
    """One number field: its value, or the problem with what was typed.

    `typed` is the text in the field while it is being edited (without thousands separators); None otherwise.
    """

    __slots__ = ("decimals", "name", "problem", "typed", "value")

    def __init__(self, name: str, decimals: int) -> None:
        self.name = name
        self.decimals = decimals
        self.value: Decimal | None = None
        self.problem: str | None = None
        self.typed: str | None = None

    def type(self, text: str) -> None:
        """Take what stands in the field after a key or a paste."""
        reading = read_number(text, self.name)
        self.typed, self.value, self.problem = text, reading.value, reading.problem

    def set(self, value: Decimal | None, problem: str | None = None) -> None:
        """Put a computed value into the field; one that is being edited shows it in its editable form."""
        self.value, self.problem = value, problem
        if self.typed is not None:
            self.typed = self.editable(value)

    def begin_edit(self, shown: Decimal | None) -> None:
        if self.typed is None:
            self.typed = self.editable(shown)

    def end_edit(self) -> None:
        """A number is shown with its separators again; what is not one stays as typed, to be corrected."""
        if self.problem is None:
            self.typed = None

    def editable(self, value: Decimal | None) -> str:
        return "" if value is None else plain(value.quantize(Decimal(1).scaleb(-self._digits(value))))

    def text(self, value: Decimal | None) -> str:
        """Return what the field shows: the typed text, else `value` with its separators."""
        if self.typed is not None:
            return self.typed
        return "" if value is None else formatting.number(value, self._digits(value))

    def _digits(self, value: Decimal) -> int:
        return max(self.decimals, decimals_of(value) if value else 0)


FEE_IN_COIN, FEE_AS_RECEIVED = "fee in coin", "fee as received"


class TicketForm:
    """The fields of one instrument's order."""

    def __init__(self, instrument: Instrument, capabilities: Capabilities) -> None:
        self.instrument = instrument
        self.capabilities = capabilities
        self.side = Side.BUY
        types = capabilities.order_types
        self.type = OrderType.LIMIT if OrderType.LIMIT in types or not types else types[0]
        self.price = NumberInput("Price", instrument.price_decimals)
        self.quantity = NumberInput("Quantity", instrument.quantity_decimals)
        self.total = NumberInput("Total", sizing.money_decimals(instrument.quote))
        self.leads = Field.QUANTITY
        self.prevention: SelfTradePrevention | None = None
        self.pays_in_fee_coin: bool | None = None
        self._times: dict[OrderType, TimeInForce] = {}
        self._price_is_default = True

    # choices

    @property
    def takes_quote_amount(self) -> bool:
        """Tell whether the venue takes a market order of this side by its total."""
        return self.capabilities.market_quote_amount and self.side in self.capabilities.market_quote_sides

    @property
    def takes_quantity(self) -> bool:
        """Tell whether the venue takes a market order of this side by its quantity."""
        return self.side in self.capabilities.market_base_sides

    def choose_side(self, side: Side, market: Market) -> None:
        self.side = side
        if self.is_by_total and not self.takes_quote_amount:
            self._lead(Field.QUANTITY)
            self.total.set(None)
        self._lead_by_total_where_it_must()
        if self._price_is_default and self.price.typed is None:
            self.price.set(None)
            self.follow(market)

    def choose_type(self, order_type: OrderType) -> None:
        """Raises ValueError for a type that the venue does not have."""
        if order_type not in self.capabilities.order_types:
            raise ValueError(f"{order_type} orders are not offered here")
        self.type = order_type
        if order_type is OrderType.MARKET and not self.takes_quote_amount:
            self._lead(Field.QUANTITY)
        self._lead_by_total_where_it_must()
        if self.is_by_total:
            self._clear_quantity()
        self._follow_total()

    def _lead_by_total_where_it_must(self) -> None:
        if self.type is OrderType.MARKET and not self.takes_quantity and self.leads is Field.QUANTITY:
            # what the quantity would have cost is another order: the total is given anew
            self._lead(Field.TOTAL)
            self._clear_quantity()

    def times_in_force(self) -> tuple[TimeInForce, ...]:
        """Return what the venue has for this order type."""
        by_type = self.capabilities.times_in_force_by_type
        return by_type.get(self.type, () if by_type else self.capabilities.times_in_force)

    @property
    def time_in_force(self) -> TimeInForce | None:
        """None where the venue has none for this order type."""
        offered = self.times_in_force()
        chosen = self._times.get(self.type)
        if chosen in offered:
            return chosen
        return offered[0] if offered else None

    def choose_time_in_force(self, chosen: TimeInForce) -> None:
        self._times[self.type] = chosen

    def choose_option(self, key: str) -> None:
        """Take a choice of the options' box: a self-trade mode or what the fee is paid in, by its key; "" is the
        venue's own way."""
        if self.capabilities.self_trade_prevention:
            self.prevention = SelfTradePrevention(key) if key else None
        else:
            self.pays_in_fee_coin = {FEE_IN_COIN: True, FEE_AS_RECEIVED: False}.get(key)

    # price

    def follow(self, market: Market) -> None:
        """Keep an untouched price at the best quote of the order's own side, until anything is typed or chosen.

        A price that stood still from the start would soon be one that nobody meant.
        """
        if not self._price_is_default or self.price.typed is not None:
            return
        is_sized = self.quantity.value is not None or self.total.value is not None
        if is_sized and self.price.value is not None:
            return
        best = (market.book.bids if self.side is Side.BUY else market.book.asks).best
        if best is not None and best[0] != self.price.value:
            self.price.set(best[0])
            self._follow_total()

    def type_price(self, text: str) -> None:
        self._price_is_default = False
        self.price.type(text)
        self._follow_total()

    def set_price(self, price: Decimal) -> None:
        self._price_is_default = False
        self.price.set(price)
        self._follow_total()

    def type_into(self, field: Field, text: str) -> None:
        """Take what stands in a field after a key or a paste."""
        {Field.PRICE: self.type_price, Field.QUANTITY: self.type_quantity, Field.TOTAL: self.type_total}[field](text)

    def act_on_price(self, action: str, market: Market) -> None:
        """Set the price to the "bid", "mid" (rounded in the trader's favour) or "ask", or move it "up" or "down"."""
        if action in ("up", "down"):
            self.step_price(1 if action == "up" else -1, market)
            return
        bid, ask, mid = market.book.bids.best, market.book.asks.best, market.book.mid
        if action == "bid" and bid is not None:
            self.set_price(bid[0])
        elif action == "ask" and ask is not None:
            self.set_price(ask[0])
        elif action == "mid" and mid is not None:
            self.set_price(self.instrument.round_price(mid, self.side))

    def step_price(self, steps: int, market: Market) -> None:
        """Move the price by ticks; it never goes to zero. An empty one starts at the own side's best quote."""
        tick = sizing.price_step(self.instrument)
        start = self.price.value
        if start is None:
            best = (market.book.bids if self.side is Side.BUY else market.book.asks).best
            if best is None:
                return
            start, steps = best[0], 0
        self.set_price(max(sizing.stepped(start, tick, steps), tick))

    # size

    @property
    def is_by_total(self) -> bool:
        """A market order that names how much quote currency to spend or to get."""
        return self.type is OrderType.MARKET and self.leads is Field.TOTAL

    def type_quantity(self, text: str) -> None:
        if self._is_by_total_alone:
            return
        self._lead(Field.QUANTITY)
        self.quantity.type(text)

    @property
    def _is_by_total_alone(self) -> bool:
        return self.type is OrderType.MARKET and not self.takes_quantity

    def set_quantity(self, quantity: Decimal) -> None:
        if self._is_by_total_alone:
            self.quantity.set(None, "A market buy names its total here")
            return
        self._lead(Field.QUANTITY)
        self.quantity.set(quantity)

    def step_quantity(self, steps: int) -> None:
        """Move the quantity by lots, from the smallest order on; never to zero."""
        lot = sizing.lot_step(self.instrument)
        least = max(self.instrument.min_quantity or lot, lot)
        current = self.quantity.value
        self.set_quantity(least if current is None else max(sizing.stepped(current, lot, steps), lot))

    def type_total(self, text: str) -> None:
        self._lead(Field.TOTAL)
        self.total.type(text)
        self._follow_total()

    def shown_total(self) -> Decimal | None:
        """Return what the order is worth, exactly; None while a number is missing or the market decides."""
        if self.type is OrderType.MARKET:
            return self.total.value if self.leads is Field.TOTAL else None
        if self.price.value is None or self.quantity.value is None:
            return None if self.leads is Field.QUANTITY else self.total.value
        return self.price.value * self.quantity.value

    def total_text(self) -> str:
        """Return what the total field shows: while it is edited but follows the quantity, the newest product."""
        shown = self.shown_total()
        if self.total.typed is not None and self.leads is Field.QUANTITY:
            return self.total.editable(self._cut(shown))
        return self.total.text(shown if self.is_by_total else self._cut(shown))

    def _cut(self, total: Decimal | None) -> Decimal | None:
        return None if total is None else sizing.shown_down(total, self.total.decimals)

    def use_percent(self, percent: int, market: Market) -> None:
        """Size the order to a share of what is free, its fee included, rounded down to whole lots."""
        free = market.free_quote if self.side is Side.BUY else market.free_base
        if free is None:
            return
        reserve = sizing.fee_reserve(self.side, market.fees, self.instrument)
        usable = sizing.spendable(free, percent, reserve)
        if self.side is Side.SELL:
            self._take_quantity(self.instrument.round_quantity(usable), percent, self.instrument.base)
            return
        if self.type is not OrderType.MARKET:
            if self.price.value is not None and self.price.value > 0:
                quantity = sizing.quantity_for(usable, self.price.value, self.instrument)
                self._take_quantity(quantity, percent, self.instrument.quote)
            return
        if self.takes_quote_amount:
            self._lead(Field.TOTAL)
            self.total.set(sizing.round_amount(usable, self.instrument))
            return
        quantity = sizing.market_quantity_for(usable, self.side, market.book, self.instrument)
        self._take_quantity(quantity, percent, self.instrument.quote)

    def _take_quantity(self, quantity: Decimal, percent: int, asset: str) -> None:
        self._lead(Field.QUANTITY)
        if quantity > 0:
            self.quantity.set(quantity)
        else:
            self.quantity.set(None, f"{percent} % of the free {asset} is less than one lot")

    def _lead(self, field: Field) -> None:
        if field is self.leads:
            return
        self.leads = field
        if field is Field.QUANTITY:
            self.total.set(None)
            self.total.typed = None
        elif self.type is OrderType.MARKET:
            self._clear_quantity()

    def _clear_quantity(self) -> None:
        self.quantity.set(None)
        self.quantity.typed = None

    def _follow_total(self) -> None:
        """A limit order's quantity follows the total that was typed: the most whole lots it pays for."""
        if self.leads is not Field.TOTAL or self.type is OrderType.MARKET:
            return
        price, total = self.price.value, self.total.value
        self.quantity.typed = None
        if price is None or price <= 0 or total is None or total <= 0:
            self.quantity.set(None)
            return
        quantity = sizing.quantity_for(total, price, self.instrument)
        self.quantity.set(quantity if quantity > 0 else None)

    # editing

    def begin_edit(self, field: Field) -> None:
        """The field got the focus: its number loses the separators."""
        if field is Field.TOTAL:
            self.total.begin_edit(self._cut(self.shown_total()))
        else:
            chosen = self.input(field)
            chosen.begin_edit(chosen.value)

    def end_edit(self, field: Field) -> None:
        self.input(field).end_edit()

    def input(self, field: Field) -> NumberInput:
        return {Field.PRICE: self.price, Field.QUANTITY: self.quantity, Field.TOTAL: self.total}[field]

    # the order

    def crosses(self, book: OrderBook) -> bool:
        """Tell whether the limit price would trade at once."""
        price = self.price.value
        if self.type is OrderType.MARKET or price is None or price <= 0:
            return False
        best = (book.asks if self.side is Side.BUY else book.bids).best
        if best is None:
            return False
        return price >= best[0] if self.side is Side.BUY else price <= best[0]

    def request(self) -> OrderRequest | None:
        """Return the order as typed, whatever rules it breaks; None while a number is missing or unreadable."""
        market = self.type is OrderType.MARKET
        price = None if market else self.price.value
        quantity = None if self.is_by_total else self.quantity.value
        amount = self.total.value if self.is_by_total else None
        if (price is None and not market) or (quantity is None and amount is None):
            return None
        return OrderRequest(
            symbol=self.instrument.symbol,
            side=self.side,
            type=self.type,
            quantity=quantity,
            quote_amount=amount,
            price=price,
            time_in_force=self.time_in_force,
            self_trade_prevention=self.prevention,
            fee_in_platform_coin=self.pays_in_fee_coin,
        )

    def is_positive(self) -> bool:
        """Tell whether every number of the request is above zero, so that a book can be walked for it."""
        request = self.request()
        if request is None:
            return False
        return all(v is None or v > ZERO for v in (request.price, request.quantity, request.quote_amount))
