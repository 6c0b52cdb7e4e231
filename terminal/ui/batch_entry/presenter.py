"""What the batch dialog shows and would send. Qt-free.

The form is typed text; everything else follows from it, the instrument's rules and the market of the moment. What the
desk's checks say of each order stands in its row; the trader accepts warnings as a whole, by a box that has to be
ticked again when another one comes up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from terminal.accounts.account_book import AccountInfo
from terminal.domain import (
    Instrument,
    OrderBook,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from terminal.domain.numbers import ZERO, floor_to_step, readable
from terminal.market.market_data import MarketData
from terminal.trading.arming import Arming
from terminal.trading.desk import OrderDesk
from terminal.trading.desk_order import DeskOrder, OrderKey
from terminal.trading.risk import RiskBreach
from terminal.ui import formatting
from terminal.ui.batch_entry.form import BatchForm, Plan
from terminal.ui.batch_entry.plan import SPLIT_HINTS, SPLIT_LABELS, Split
from terminal.ui.batch_entry.view import BatchDraft, BatchRow, BatchView
from terminal.ui.number_entry import read_number
from terminal.ui.order_ticket import sizing, words
from terminal.ui.order_ticket.checks import WOULD_TAKE
from terminal.ui.order_ticket.receipt import asset_of_fee
from terminal.ui.order_ticket.view import NOTHING, Choice, FieldView, Message

_TYPES = (OrderType.LIMIT, OrderType.LIMIT_MAKER)
_TYPE_LABELS = {OrderType.LIMIT: "Limit", OrderType.LIMIT_MAKER: "Limit-maker"}
_PREVENTION_LABELS = {
    SelfTradePrevention.EXPIRE_TAKER: "Expire taker",
    SelfTradePrevention.EXPIRE_MAKER: "Expire maker",
}


class BatchPresenter:
    """One dialog's state, for one instrument and one account."""

    def __init__(
        self, *, market: MarketData, desk: OrderDesk, arming: Arming, instrument: Instrument, account: AccountInfo
    ) -> None:
        self._market = market
        self._desk = desk
        self._arming = arming
        self.instrument = instrument
        self.account = account
        self.form = BatchForm(instrument, market.capabilities(instrument.venue))
        self.accepted: frozenset[tuple[int, str]] = frozenset()
        self.is_sending = False
        self._keys: tuple[OrderKey, ...] = ()
        self._note: Message = NOTHING

    def edited(self) -> None:
        """The form was changed: what was said of orders that were not sent, and what was accepted, no longer holds."""
        self._note = NOTHING
        self.accepted = frozenset()

    def accept(self, accepts: bool) -> None:
        """Take the box "send despite the warnings" for the warnings that stand now."""
        self.accepted = self._to_accept(self._checked(self.form.plan())) if accepts else frozenset()

    # sending

    def draft(self) -> BatchDraft | None:
        """Return the orders as they would be sent now; None while something stands against them."""
        plan = self.form.plan()
        checked = self._checked(plan)
        if self._reason(plan, checked):
            return None
        requests = tuple(self.form.requests(plan))
        return BatchDraft(account=self.account.label, requests=requests, allow=self._codes(checked))

    def sending(self) -> None:
        self.is_sending = True
        self._keys = ()
        self._note = Message(text="Sending…", token="second")

    def sent(self, orders: Sequence[DeskOrder]) -> None:
        """The desk knows each order's outcome, or that it is not known."""
        self.is_sending = False
        self._note = NOTHING
        self._keys = tuple(order.key for order in orders)

    def denied(self, breaches: Sequence[RiskBreach]) -> None:
        self.is_sending = False
        rules = "; ".join(dict.fromkeys(breach.rule for breach in breaches))
        self._note = Message(text=f"Nothing was sent: {rules}", token="danger")

    def failed(self) -> None:
        self.is_sending = False
        text = "Sending failed: see the log, and look for the orders in the orders list"
        self._note = Message(text=text, token="danger")

    def again(self) -> None:
        """Go back to entering: the orders sent before are left as they are."""
        self._keys = ()
        self._note = NOTHING
        self.accepted = frozenset()

    @property
    def keys(self) -> tuple[OrderKey, ...]:
        """The orders that were sent, empty before."""
        return self._keys

    def _checked(self, plan: Plan) -> list[list[RiskBreach]]:
        if not plan.is_whole or not plan.quantities:
            return []
        found = self._desk.check_batch(self.account.label, self.form.requests(plan))
        crossing = [
            RiskBreach(
                field="price",
                rule="Crosses: trades at once" if self.form.type is OrderType.LIMIT else WOULD_TAKE,
                hard=self.form.type is OrderType.LIMIT_MAKER,
                code="crosses",
            )
            if self._crosses(price)
            else None
            for price in plan.prices
        ]
        return [
            [*breaches, *([] if cross is None else [cross])] for breaches, cross in zip(found, crossing, strict=True)
        ]

    @property
    def _book(self) -> OrderBook:
        return self._market.hub.book(self.instrument.id).book

    def _crosses(self, price: Decimal) -> bool:
        return self.form.crosses(price, self._book)

    @property
    def _must_ask(self) -> bool:
        return not self._arming.is_armed(self.account.label)

    def _to_accept(self, checked: Sequence[Sequence[RiskBreach]]) -> frozenset[tuple[int, str]]:
        """Return what needs a yes before anything is sent: each warning, and the sending itself while disarmed."""
        return _warned(checked) | ({(0, "disarmed")} if self._must_ask else frozenset())

    def _warnings(self, plan: Plan, checked: Sequence[Sequence[RiskBreach]]) -> tuple[str, ...]:
        found = _warnings(checked)
        if not (self._must_ask and plan.is_whole and plan.quantities):
            return found
        return (f"Disarmed: sending {len(plan.quantities)} orders needs your yes", *found)

    @staticmethod
    def _codes(checked: Sequence[Sequence[RiskBreach]]) -> frozenset[str]:
        return frozenset(breach.code for breaches in checked for breach in breaches if not breach.hard)

    def _reason(self, plan: Plan, checked: Sequence[Sequence[RiskBreach]]) -> str:
        if self.is_sending:
            return "Sending…"
        if self._keys:
            return "Sent"
        for field, missing in (
            ("first", "Enter the first price"),
            ("last", "Enter the last price"),
            ("count", "Enter how many orders"),
            ("total", "Enter the total quantity"),
        ):
            if field in plan.problems:
                return plan.problems[field] or missing
        hard = [(number, breach) for number, row in enumerate(checked, 1) for breach in row if breach.hard]
        if hard:
            number, breach = hard[0]
            more = f" (and {len(hard) - 1} more)" if len(hard) > 1 else ""
            return f"Order {number}: {breach.rule}{more}"
        if not self._to_accept(checked) <= self.accepted:
            return "Tick the box to send"
        return ""

    # the view

    def view(self) -> BatchView:
        """Return everything to draw."""
        plan = self.form.plan()
        checked = self._checked(plan)
        venue = self._market.venue_name(self.instrument.venue)
        environment = self.account.environment
        reason = self._reason(plan, checked)
        capabilities = self.form.capabilities
        total = sum(plan.quantities, ZERO)
        value = sum((p * q for p, q in zip(plan.prices, plan.quantities, strict=False)), ZERO)
        return BatchView(
            heading=f"{self.instrument.pair}, {venue}, {self.account.name}",
            badge=words.ENVIRONMENT_LABELS.get(environment, environment.upper()),
            side=self.form.side,
            sides=tuple(Choice(key=s, label=words.SIDE_LABELS[s], is_checked=s is self.form.side) for s in Side),
            types=tuple(
                Choice(
                    key=kind,
                    label=_TYPE_LABELS[kind],
                    is_checked=kind is self.form.type,
                    is_enabled=kind in capabilities.order_types,
                    tooltip="" if kind in capabilities.order_types else f"{venue} has no such orders",
                )
                for kind in _TYPES
            ),
            times=tuple(
                Choice(
                    key=time,
                    label=time.value,
                    is_checked=time is self.form.time_in_force,
                    is_enabled=time in self.form.times(),
                    tooltip="" if time in self.form.times() else f"{venue} does not take it for this type",
                )
                for time in capabilities.times_in_force or (TimeInForce.GTC,)
            ),
            splits=tuple(
                Choice(key=s, label=SPLIT_LABELS[s], is_checked=s is self.form.split, tooltip=SPLIT_HINTS[s])
                for s in Split
            ),
            preventions=self._preventions(),
            prevention_reason="" if capabilities.self_trade_prevention else f"{venue} has no such option",
            first=self._field("first", self.instrument.quote, self._price_hint(), plan),
            last=self._field("last", self.instrument.quote, self._price_hint(), plan),
            count=self._field("count", "", f"2 to {self.form.most()}", plan),
            total=self._field("total", self.instrument.base, self._total_hint(plan), plan),
            rows=tuple(self._rows(plan, checked)),
            summary=self._summary(plan, total, value),
            warnings=self._warnings(plan, checked),
            is_accepted=self._to_accept(checked) <= self.accepted,
            outcome=self._outcome(),
            button=self._button(plan, total),
            detail="" if not plan.quantities else f"{self._money(value)} {self.instrument.quote} at these prices",
            reason=reason,
            is_sent=bool(self._keys) or self.is_sending,
        )

    def _preventions(self) -> tuple[Choice, ...]:
        modes = self.form.capabilities.self_trade_prevention
        default = Choice(key="", label="Venue default", is_checked=self.form.prevention is None, is_enabled=bool(modes))
        return (
            default,
            *(Choice(key=m, label=_PREVENTION_LABELS[m], is_checked=m is self.form.prevention) for m in modes),
        )

    def _field(self, field: str, unit: str, hint: str, plan: Plan) -> FieldView:
        problem = plan.problems.get(field)
        message = Message(text=problem, token="danger") if problem else Message(text=hint)
        return FieldView(
            text=self.form.texts[field],
            unit=unit,
            message=message,
            is_wrong=bool(problem),
            is_enabled=not self._keys and not self.is_sending,
        )

    def _price_hint(self) -> str:
        tick, touch = self.instrument.tick_size, self.form.touch(self._book)
        parts = [] if tick is None else [f"Tick {readable(tick)}"]
        if touch is not None:
            name = "bid" if self.form.side is Side.BUY else "ask"
            parts.append(f"best {name} {formatting.price(touch, self.instrument)}")
        return ", ".join(parts)

    def _total_hint(self, plan: Plan) -> str:
        lot, base = self.instrument.lot_size, self.instrument.base
        typed = read_number(self.form.texts["total"], "Total quantity").value
        if lot is not None and typed is not None and plan.quantities and floor_to_step(typed, lot) != typed:
            return f"Rounded down to {readable(sum(plan.quantities, ZERO))} {base}: whole lots of {readable(lot)}"
        least = self.instrument.min_quantity
        bound = "" if least is None else f", each at least {readable(least)}"
        return "" if lot is None else f"Lot {readable(lot)}{bound}"

    def _rows(self, plan: Plan, checked: Sequence[Sequence[RiskBreach]]) -> list[BatchRow]:
        instrument, rows = self.instrument, []
        for index, price in enumerate(plan.prices):
            quantity = plan.quantities[index] if index < len(plan.quantities) else None
            breaches = checked[index] if index < len(checked) else ()
            state, token = self._fate(index) or self._forecast(price, breaches)
            rows.append(
                BatchRow(
                    number=index + 1,
                    price=formatting.price(price, instrument),
                    quantity=formatting.quantity(quantity, instrument),
                    value=formatting.MISSING if quantity is None else self._money(price * quantity),
                    state=state,
                    token=token,
                    exact_price=price,
                    exact_quantity=ZERO if quantity is None else quantity,
                )
            )
        return rows

    def _forecast(self, price: Decimal, breaches: Sequence[RiskBreach]) -> tuple[str, str]:
        hard = next((breach for breach in breaches if breach.hard), None)
        if hard is not None:
            return hard.rule, "danger"
        if breaches:
            return breaches[0].rule, "warning"
        return ("Crosses", "warning") if self._crosses(price) else ("Rests", "second")

    def _fate(self, index: int) -> tuple[str, str] | None:
        if index >= len(self._keys):
            return None
        order = self._desk.order(self._keys[index])
        if order is None:
            return "See the orders list", "warning"
        said = words.outcome(order, self.instrument)
        return said.text.partition("  ")[2], said.token

    def _summary(self, plan: Plan, total: Decimal, value: Decimal) -> tuple[tuple[str, str], ...]:
        base, quote = self.instrument.base, self.instrument.quote
        none = formatting.MISSING
        average = value / total if total else None
        return (
            ("Total quantity", f"{formatting.quantity(total, self.instrument)} {base}" if total else none),
            ("Total value", f"{self._money(value)} {quote}" if total else none),
            (
                "Average price",
                f"{formatting.price(self._rounded(average), self.instrument)} {quote}" if total else none,
            ),
            ("Fee, about", self._fee(plan) or none),
        )

    def _fee(self, plan: Plan) -> str | None:
        """Return the fee by the book of now, in the asset that the venue takes it in."""
        fees = self._desk.fee_rates(self.account.label, self.instrument.symbol)
        if fees is None or not plan.quantities:
            return None
        asset, _ = asset_of_fee(self.form.side, fees, self.instrument)
        fee = ZERO
        for price, quantity in zip(plan.prices, plan.quantities, strict=False):
            rate = fees.taker if self._crosses(price) else fees.maker
            fee += rate * (quantity if asset == self.instrument.base else price * quantity)
        return f"{words.fee_amount(fee, asset, self.instrument)} {asset}"

    def _rounded(self, price: Decimal | None) -> Decimal | None:
        return None if price is None else floor_to_step(price, sizing.price_step(self.instrument))

    def _money(self, value: Decimal) -> str:
        return formatting.amount(value, sizing.money_decimals(self.instrument.quote))

    def _button(self, plan: Plan, total: Decimal) -> str:
        if self._keys:
            return "Sent"
        side = self.form.side.value
        if not plan.quantities:
            return f"Place {side} orders"
        quantity = formatting.quantity(total, self.instrument)
        return f"Place {len(plan.quantities)} {side} orders, {quantity} {self.instrument.base}"

    def _outcome(self) -> Message:
        if self._note.text or not self._keys:
            return self._note
        orders = [order for order in map(self._desk.order, self._keys) if order is not None]
        counts: dict[str, int] = {}
        for order in orders:
            counts[_fate_word(order)] = counts.get(_fate_word(order), 0) + 1
        text = ", ".join(f"{count} {word}" for word, count in counts.items())
        good = all(_fate_word(order) in ("open", "filled") for order in orders)
        return Message(text=f"{len(self._keys)} orders: {text}", token="good" if good else "warning")


def _fate_word(order: DeskOrder) -> str:
    status = order.status
    if status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED):
        return "open"
    if status is OrderStatus.UNKNOWN:
        return "UNKNOWN"
    if status is OrderStatus.PENDING:
        return "on the way"
    return {
        OrderStatus.FILLED: "filled",
        OrderStatus.REJECTED: "rejected",
        OrderStatus.CANCELED: "ended",
        OrderStatus.EXPIRED: "expired",
        OrderStatus.PENDING_CANCEL: "being cancelled",
    }[status]


def _warned(checked: Sequence[Sequence[RiskBreach]]) -> frozenset[tuple[int, str]]:
    """Return which warning stands at which order: a yes to one order's warning is none to another's."""
    return frozenset(
        (number, breach.code) for number, row in enumerate(checked, 1) for breach in row if not breach.hard
    )


def _warnings(checked: Sequence[Sequence[RiskBreach]]) -> tuple[str, ...]:
    """Return each warning once, with the orders that it holds for."""
    numbers: dict[str, list[int]] = {}
    for number, row in enumerate(checked, 1):
        for breach in row:
            if not breach.hard:
                numbers.setdefault(breach.rule, []).append(number)
    return tuple(
        f"{rule} (order {', '.join(map(str, found))})" if len(found) < len(checked) else f"{rule} (all orders)"
        for rule, found in numbers.items()
    )
