"""What the orders, history and fills tables show, as rows of ready texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import Fill, Instrument, InstrumentId, OrderStatus, OrderType, Side, TimeInForce
from terminal.domain.numbers import ZERO
from terminal.trading.desk_order import DeskOrder
from terminal.ui import formatting
from terminal.ui.brief import brief_progress, brief_reason

if TYPE_CHECKING:
    from terminal.market.market_data import MarketData
    from terminal.trading.desk import OrderDesk
    from terminal.trading.portfolio import Portfolio

_STATE_WORDS = {
    OrderStatus.PENDING: "Sending",
    OrderStatus.OPEN: "Open",
    OrderStatus.PARTIALLY_FILLED: "Partly filled",
    OrderStatus.PENDING_CANCEL: "Cancelling",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Cancelled",
    OrderStatus.REJECTED: "Rejected",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.UNKNOWN: "UNKNOWN",
}
_STATE_TOKENS = {
    OrderStatus.PENDING: "second",
    OrderStatus.PENDING_CANCEL: "second",
    OrderStatus.REJECTED: "danger",
    OrderStatus.UNKNOWN: "warning",
}
_TYPE_WORDS = {OrderType.LIMIT: "Limit", OrderType.MARKET: "Market", OrderType.LIMIT_MAKER: "Limit-maker"}


def side_token(side: Side | None) -> str | None:
    """Return the theme token of a side's text."""
    if side is None:
        return None
    return "buy_text" if side is Side.BUY else "sell_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order in ready texts, with the exact values behind them for sorting and copying."""

    desk_order: DeskOrder
    time: int
    age: str
    venue: str
    symbol: str
    side: str
    side_token: str | None
    type: str
    price: str
    quantity: str
    filled: str
    average: str
    state: str
    state_token: str
    note: str
    fraction: Decimal | None
    can_cancel: bool

    @property
    def key(self) -> str:
        return self.desk_order.key

    @property
    def is_unknown(self) -> bool:
        return self.desk_order.status is OrderStatus.UNKNOWN

    @property
    def short_note(self) -> str:
        """The note as the cell shows it: the causes of what is not known yet are told by the tooltip."""
        progress = self.desk_order.progress
        return self.note if progress is None else brief_progress(progress)

    @property
    def state_text(self) -> str:
        """The state cell in one line: for copying, tooltips and screen readers."""
        parts = [self.state]
        if self.fraction is not None:
            parts.append(formatting.percent(self.fraction, 1, sign=False))
        if self.note:
            parts.append(self.note)
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """One fill in ready texts."""

    fill: Fill
    venue: str
    symbol: str
    time: str
    side: str
    side_token: str | None
    price: str
    quantity: str
    value: str
    fee: str
    fee_asset: str
    liquidity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The footer under the working orders; `polled` says how old those are that no stream tells."""

    working: int
    unknown: int
    venues: int
    locked: str
    polled: str = ""


def _kind_words(order: DeskOrder) -> list[str]:
    """What is not usual about a working order: usual is a limit order that stays until cancelled, placed here."""
    if not order.is_working:
        return []
    known = order.order
    words = []
    if known.type is OrderType.LIMIT_MAKER:
        words.append("limit-maker")
    if known.type is OrderType.LIMIT and known.time_in_force not in (None, TimeInForce.GTC):
        words.append(str(known.time_in_force))
    if order.foreign:
        words.append("placed elsewhere")
    return words


class OrdersPresenter:
    """Builds rows from the desk; holds no state of its own."""

    def __init__(self, market: MarketData, desk: OrderDesk, portfolio: Portfolio) -> None:
        self._market = market
        self._desk = desk
        self._portfolio = portfolio

    def working(self) -> list[OrderRow]:
        now = self._market.clock()
        return [self.row(order, now) for order in self._desk.working()]

    def history(self) -> list[OrderRow]:
        now = self._market.clock()
        return [self.row(order, now) for order in self._desk.history()]

    def fills(self) -> list[FillRow]:
        return [self.fill_row(fill) for fill in self._desk.fills()]

    def summary(self, rows: Sequence[OrderRow], currency: str = "USDT") -> Summary:
        """Count the working orders; what they lock is valued in `currency` where it can be."""
        states = Counter(row.desk_order.status for row in rows)
        locked = ZERO
        is_complete = True
        for row in rows:
            value = self._locked_value(row.desk_order, currency)
            if value is None:
                is_complete = False
            else:
                locked += value
        text = formatting.amount(locked) if is_complete else f"> {formatting.amount(locked)}"
        return Summary(
            working=len(rows) - states[OrderStatus.UNKNOWN],
            unknown=states[OrderStatus.UNKNOWN],
            venues=len({row.desk_order.order.venue for row in rows}),
            locked=f"{text} {currency}",
            polled=self._polled({row.desk_order.account: row.desk_order.order.venue for row in rows}),
        )

    def _polled(self, accounts: Mapping[str, str]) -> str:
        """Say how old the state of orders is that are polled, "Crypto.com 1 s ago"; "" without such."""
        now = self._market.clock()
        told = []
        for account, venue in accounts.items():
            moment = self._portfolio.polled(account)
            if moment is not None and venue in self._market.venues:
                told.append(f"{self._market.venue_name(venue, short=True)} {formatting.ago(now - moment)}")
        return ", ".join(told)

    def row(self, order: DeskOrder, now: int) -> OrderRow:
        known = order.order
        rules = self._instrument(order.instrument_id)
        time = known.created if known.created is not None else order.submitted
        fraction = None
        if known.status in (OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_CANCEL) and known.quantity:
            fraction = known.filled_quantity / known.quantity if known.filled_quantity else None
        return OrderRow(
            desk_order=order,
            time=time,
            age=formatting.calm_age(max(0, now - time)),
            venue=self._venue(known.venue),
            symbol=known.symbol if rules is None else rules.pair,
            side="" if known.side is None else known.side.value.capitalize(),
            side_token=side_token(known.side),
            type="" if known.type is None else _TYPE_WORDS[known.type],
            price="Market" if known.type is OrderType.MARKET else formatting.price(known.price, rules),
            quantity=self._quantity(order, rules),
            filled=self._filled(order, rules),
            average=formatting.price(known.average_price, rules) if known.average_price is not None else "",
            state=_STATE_WORDS[known.status],
            state_token=self._state_token(order),
            note=self._note(order),
            fraction=fraction,
            can_cancel=known.status.is_working and known.status is not OrderStatus.PENDING_CANCEL,
        )

    def fill_row(self, fill: Fill) -> FillRow:
        rules = self._instrument(InstrumentId(fill.venue, fill.symbol))
        liquidity = "" if fill.is_maker is None else "Maker" if fill.is_maker else "Taker"
        return FillRow(
            fill=fill,
            venue=self._venue(fill.venue),
            symbol=fill.symbol if rules is None else rules.pair,
            time=formatting.clock(fill.time, milliseconds=True),
            side=fill.side.value.capitalize(),
            side_token=side_token(fill.side),
            price=formatting.price(fill.price, rules),
            quantity=formatting.quantity(fill.quantity, rules),
            value=formatting.amount(fill.price * fill.quantity),
            fee="" if fill.fee is None else formatting.number(fill.fee, 8),
            fee_asset=fill.fee_asset or "",
            liquidity=liquidity,
        )

    def _state_token(self, order: DeskOrder) -> str:
        if order.status.is_working and self._desk.unreliable(order.account) is not None:
            return "muted"
        return _STATE_TOKENS.get(order.status, "text")

    def pair_of(self, instrument: InstrumentId) -> str:
        rules = self._instrument(instrument)
        return instrument.symbol if rules is None else rules.pair

    def _instrument(self, id: InstrumentId) -> Instrument | None:
        return self._market.instruments.get(id)

    def _venue(self, venue: str) -> str:
        return self._market.venue_name(venue) if venue in self._market.venues else venue

    def venue_code(self, venue: str) -> str:
        """Return the short form of a venue's name, for where room is short."""
        return self._market.venue_code(venue) if venue in self._market.venues else venue

    def _quantity(self, order: DeskOrder, rules: Instrument | None) -> str:
        known = order.order
        if known.quantity is not None:
            return formatting.quantity(known.quantity, rules)
        if known.quote_amount is not None:
            quote = "" if rules is None else f" {rules.quote}"
            return f"{formatting.amount(known.quote_amount)}{quote}"
        return formatting.MISSING

    def _filled(self, order: DeskOrder, rules: Instrument | None) -> str:
        known = order.order
        if known.status is OrderStatus.UNKNOWN and known.filled_quantity == 0:
            return "?"
        return "0" if known.filled_quantity == 0 else formatting.quantity(known.filled_quantity, rules)

    def _note(self, order: DeskOrder) -> str:
        if order.progress is not None:
            return order.progress
        if order.checking:
            return "as last known, asking the venue"
        problem = self._desk.unreliable(order.account) if order.is_working else None
        if problem is not None:
            return f"as last known: {brief_reason(problem)}"
        reason = order.order.reason
        if reason is not None:
            return reason
        return ", ".join(_kind_words(order))

    def _locked_value(self, order: DeskOrder, currency: str) -> Decimal | None:
        known = order.order
        rules = self._instrument(order.instrument_id)
        if rules is None or known.side is None:
            return None
        remaining = known.remaining
        if remaining is None:
            return ZERO  # a market order by amount is over before it locks anything for long
        if known.side is Side.SELL:
            return self._portfolio.value(rules.base, remaining, currency)
        if known.price is None:
            return ZERO
        return self._portfolio.value(rules.quote, remaining * known.price, currency)
