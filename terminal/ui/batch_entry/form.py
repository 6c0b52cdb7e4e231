"""What stands in the batch dialog's fields, and the ladder that it describes. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import (
    Capabilities,
    Instrument,
    OrderBook,
    OrderRequest,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import ZERO, plain
from terminal.ui.batch_entry.plan import Split, ladder_prices, ladder_quantities
from terminal.ui.number_entry import read_number
from terminal.ui.order_ticket import sizing

MOST_ORDERS = 20


@dataclass(slots=True)
class Plan:
    """The ladder that the typed text describes; `problems` names what stands against it, field by field."""

    prices: Sequence[Decimal]
    quantities: Sequence[Decimal]
    problems: dict[str, str]

    @property
    def is_whole(self) -> bool:
        return not self.problems and bool(self.prices)


class BatchForm:
    """Typed text and choices; everything else follows from them, the instrument's rules and the venue's."""

    def __init__(self, instrument: Instrument, capabilities: Capabilities) -> None:
        self.instrument = instrument
        self.capabilities = capabilities
        self.side = Side.BUY
        self.type = OrderType.LIMIT
        self.time_in_force = TimeInForce.GTC
        self.prevention: SelfTradePrevention | None = None
        self.split = Split.EQUAL
        self.texts = {"first": "", "last": "", "count": "5", "total": ""}

    def type_into(self, field: str, text: str) -> None:
        """Take the text of "first", "last", "count" or "total"."""
        self.texts[field] = text

    def step(self, field: str, steps: int, book: OrderBook) -> None:
        """Move a field by whole steps: ticks, lots, or orders."""
        read = read_number(self.texts[field], field)
        if field == "count":
            value = min(max(int(read.value or 0) + steps, 2), self.most())
            self.type_into(field, str(value))
            return
        by = sizing.lot_step(self.instrument) if field == "total" else sizing.price_step(self.instrument)
        start = read.value if read.value is not None else self.touch(book) if field != "total" else ZERO
        if start is not None:
            moved = sizing.stepped(start, by, steps)
            self.type_into(field, plain(max(moved, by)))

    def choose(self, what: str, key: str) -> None:
        """Take a choice of "side", "type", "time", "split" or "prevention"."""
        if what == "side":
            self.side = Side(key)
        elif what == "type":
            self.type = OrderType(key)
            if self.time_in_force not in self.times():
                self.time_in_force = self.times()[0]
        elif what == "time":
            self.time_in_force = TimeInForce(key)
        elif what == "split":
            self.split = Split(key)
        else:
            self.prevention = SelfTradePrevention(key) if key else None

    def most(self) -> int:
        """Return the most orders of one batch."""
        size = self.capabilities.batch_sizes.get("place_orders", MOST_ORDERS)
        return min(size, MOST_ORDERS)

    def times(self) -> Sequence[TimeInForce]:
        """Return the times in force that the order type has."""
        capabilities = self.capabilities
        return capabilities.times_in_force_by_type.get(self.type, capabilities.times_in_force) or (TimeInForce.GTC,)

    def touch(self, book: OrderBook) -> Decimal | None:
        """Return the best price of the side that the orders join."""
        best = book.bids.best if self.side is Side.BUY else book.asks.best
        return None if best is None else best[0]

    def crosses(self, price: Decimal, book: OrderBook) -> bool:
        """Tell whether an order at `price` would trade at once."""
        touch = book.asks.best if self.side is Side.BUY else book.bids.best
        if touch is None:
            return False
        return price >= touch[0] if self.side is Side.BUY else price <= touch[0]

    def plan(self) -> Plan:
        """Return the ladder that stands in the form, or what is wrong with it."""
        problems: dict[str, str] = {}
        first, last = self._price("first", problems), self._price("last", problems)
        count, total = self._count(problems), self._total(problems)
        if first is not None and first == last:
            problems["last"] = "The two prices must differ"
        if first is None or last is None or count is None or problems:
            return Plan((), (), problems)
        try:
            prices = ladder_prices(first, last, count, self.instrument)
        except ValueError as rule:
            return Plan((), (), {"count": str(rule)})
        if total is None:
            return Plan(prices, (), problems)
        return Plan(prices, ladder_quantities(total, prices, self.split, self.instrument), problems)

    def _price(self, field: str, problems: dict[str, str]) -> Decimal | None:
        read = read_number(self.texts[field], "Price")
        if read.problem is not None:
            problems[field] = read.problem
        elif read.value is None:
            problems[field] = ""
        else:
            breaches = self.instrument.price_breaches(read.value)
            if not breaches:
                return read.value
            problems[field] = breaches[0].rule
        return None

    def _count(self, problems: dict[str, str]) -> int | None:
        read, most = read_number(self.texts["count"], "Orders"), self.most()
        if read.problem is not None:
            problems["count"] = read.problem
        elif read.value is None or read.value != int(read.value) or not 2 <= read.value <= most:
            problems["count"] = f"A batch has 2 to {most} orders"
        else:
            return int(read.value)
        return None

    def _total(self, problems: dict[str, str]) -> Decimal | None:
        read = read_number(self.texts["total"], "Total quantity")
        if read.problem is not None:
            problems["total"] = read.problem
        elif read.value is None:
            problems["total"] = ""
        elif read.value <= 0:
            problems["total"] = "Total quantity must be above zero"
        else:
            return read.value
        return None

    def requests(self, plan: Plan) -> list[OrderRequest]:
        return [
            OrderRequest(
                symbol=self.instrument.symbol,
                side=self.side,
                type=self.type,
                price=price,
                quantity=quantity,
                time_in_force=self.time_in_force,
                self_trade_prevention=self.prevention,
            )
            for price, quantity in zip(plan.prices, plan.quantities, strict=True)
        ]
