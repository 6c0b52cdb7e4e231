"""HashKey's REST messages into domain values; pure. Functions raise `ValueError` for what cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from terminal.connectors import wire
from terminal.connectors.hashkey import messages
from terminal.connectors.wire import LevelReader, Malformed, WireValue, decode_each
from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.instrument import Instrument, OpeningRules, OrderLimits, PriceBand
from terminal.domain.kinds import InstrumentStatus, OrderStatus, OrderType, Side, Source, TimeInForce
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade
from terminal.domain.numbers import ZERO
from terminal.domain.order import Order
from terminal.domain.wallet import VipInfo

_STATUSES: Mapping[str, OrderStatus] = MappingProxyType(
    {
        "PENDING_NEW": OrderStatus.PENDING,
        "PENDING": OrderStatus.PENDING,
        "NEW": OrderStatus.OPEN,
        "ORDER_NEW": OrderStatus.OPEN,
        "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
        "FILLED": OrderStatus.FILLED,
        "PENDING_CANCEL": OrderStatus.PENDING_CANCEL,
        "CANCELED": OrderStatus.CANCELED,
        "PARTIALLY_CANCELED": OrderStatus.CANCELED,
        "ORDER_CANCELED": OrderStatus.CANCELED,
        "REJECTED": OrderStatus.REJECTED,
    }
)
"""PROTOCOLS 0.1"""

_TYPES: Mapping[str, OrderType] = MappingProxyType(
    {
        "LIMIT": OrderType.LIMIT,
        "MARKET": OrderType.MARKET,
        "MARKET_OF_QUOTE": OrderType.MARKET,
        "MARKET_OF_BASE": OrderType.MARKET,
        "LIMIT_MAKER": OrderType.LIMIT_MAKER,
    }
)

_INSTRUMENT_STATUSES: Mapping[str, InstrumentStatus] = MappingProxyType(
    {
        "TRADING": InstrumentStatus.TRADING,
        "HALT": InstrumentStatus.HALTED,
        "RESUMING": InstrumentStatus.HALTED,
        "IN_PREVIEW": InstrumentStatus.PREVIEW,
    }
)

CANCEL_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "SYSTEM_CANCEL": "By the venue: system or staff",
        "USER_CANCEL": "By the user",
        "RISKLIMIT_CANCEL": "By a trading rule: rest of an IOC order, liquidity protection or risk level",
        "BLOCKED_CANCEL": "The account is disabled",
        "CLOSED_CANCEL": "The venue closed in an emergency",
        "OFFLINE_CANCEL": "The pair was delisted",
        "SELF_TRADE_CANCEL": "To prevent a trade with an own order",
    }
)
"""The document's cancel reasons, why an order was cancelled; an unknown one is shown as it came."""


class Parser:
    """Turns messages of one venue and account into domain values; counts what it does not know in `malformed`."""

    def __init__(self, venue: str, account: str | None, malformed: Malformed) -> None:
        self.venue = venue
        self.account = account
        self.malformed = malformed

    def of_account(self, account: str | None) -> Parser:
        """Return a parser for values of another account, by its venue id; None for this account's own."""
        return self if account is None else Parser(self.venue, account, self.malformed)

    # instruments

    def instrument(self, symbol: messages.Symbol) -> Instrument:
        """Return the trading rules of one symbol of exchangeInfo (PROTOCOLS 2.5)."""
        rules = {rule.filter_type: rule for rule in symbol.filters}
        price, lot = rules.get("PRICE_FILTER"), rules.get("LOT_SIZE")
        if price is None or lot is None:
            raise ValueError(f"{symbol.symbol}: no price or lot rule")
        amount = rules.get("TRADE_AMOUNT") or messages.Filter(filter_type="TRADE_AMOUNT")
        notional = rules.get("MIN_NOTIONAL") or messages.Filter(filter_type="MIN_NOTIONAL")
        least = [bound for bound in (wire.known(notional.min_notional), wire.known(amount.min_amount)) if bound]
        least_market = [
            bound for bound in (wire.known(notional.min_notional), wire.known(amount.market_order_min_amount)) if bound
        ]
        limit_rule = rules.get("LIMIT_TRADING")
        most_open = None if limit_rule is None else wire.known(limit_rule.max_entrust_num)
        return Instrument(
            venue=self.venue,
            symbol=wire.text(symbol.symbol),
            base=wire.text(symbol.base_asset),
            quote=wire.text(symbol.quote_asset),
            tick_size=wire.positive(price.tick_size),
            lot_size=wire.positive(lot.step_size),
            min_quantity=wire.known(lot.min_qty),
            max_quantity=wire.known(lot.max_qty),
            min_notional=max(least, default=None),
            max_notional=wire.known(amount.max_amount),
            status=self._instrument_status(symbol.status),
            market_limits=OrderLimits(
                min_quantity=wire.known(lot.market_order_min_qty) or wire.known(lot.min_qty),
                max_quantity=wire.known(lot.market_order_max_qty) or wire.known(lot.max_qty),
                min_notional=max(least_market, default=None),
                max_notional=wire.known(amount.market_order_max_amount) or wire.known(amount.max_amount),
            ),
            quote_step=wire.known(symbol.quote_precision),
            limit_band=_band(limit_rule),
            market_band=_band(rules.get("MARKET_TRADING")),
            max_open_orders=None if most_open is None else int(most_open),
            opening=_opening(rules.get("OPEN_QUOTE")),
        )

    def _instrument_status(self, status: str) -> InstrumentStatus:
        found = _INSTRUMENT_STATUSES.get(status)
        if found is None:
            self.malformed.count("unknown instrument status", status)
            return InstrumentStatus.UNKNOWN
        return found

    # market data

    def book(
        self, symbol: str, depth: messages.Depth, levels: LevelReader, *, step: str | None, received: int
    ) -> BookSnapshot:
        """Return a book; a level that cannot be used is counted and left out."""
        bids = decode_each(depth.b, _level_row, self.malformed, "depth: unusable level")
        asks = decode_each(depth.a, _level_row, self.malformed, "depth: unusable level")
        return BookSnapshot(
            venue=self.venue,
            symbol=symbol,
            bids=levels.bids(bids),
            asks=levels.asks(asks),
            time=wire.optional_time(depth.t),
            step=step,
            source=Source.SNAPSHOT,
            received=received,
        )

    def public_trade(self, symbol: str, row: messages.PublicTrade) -> Trade:
        return Trade(
            venue=self.venue,
            symbol=symbol,
            price=wire.positive(row.p),
            quantity=wire.positive(row.q),
            side=aggressor(wire.flag(row.ibm)),
            time=wire.time_ms(row.t),
        )

    def ticker(self, row: messages.DayTicker) -> Ticker:
        return Ticker(
            venue=self.venue,
            symbol=wire.text(row.s),
            last=wire.known(row.c),
            bid=wire.known(row.b),
            ask=wire.known(row.a),
            open=wire.known(row.o),
            high=wire.known(row.h),
            low=wire.known(row.low),
            base_volume=_volume(row.v),
            quote_volume=_volume(row.qv),
            time=wire.optional_time(row.t),
        )

    def price_ticker(self, row: messages.PriceTicker) -> Ticker:
        return Ticker(venue=self.venue, symbol=wire.text(row.s), last=wire.positive(row.p))

    def book_ticker(self, row: messages.BookTicker) -> Ticker:
        return Ticker(
            venue=self.venue,
            symbol=wire.text(row.s),
            bid=wire.known(row.b),
            bid_quantity=wire.known(row.bq),
            ask=wire.known(row.a),
            ask_quantity=wire.known(row.aq),
            time=wire.optional_time(row.t),
        )

    def candle(self, symbol: str, interval: str, row: Sequence[WireValue]) -> Candle:
        """Return one row of klines: open time, open, high, low, close, base volume, -, quote volume, ..."""
        if len(row) < 6:
            raise ValueError(f"a candle of {len(row)} fields")
        return self.candle_of(
            symbol,
            interval,
            time=row[0],
            opened=row[1],
            high=row[2],
            low=row[3],
            close=row[4],
            base_volume=row[5],
            quote_volume=row[7] if len(row) > 7 else None,
        )

    def candle_of(
        self,
        symbol: str,
        interval: str,
        *,
        time: WireValue,
        opened: WireValue,
        high: WireValue,
        low: WireValue,
        close: WireValue,
        base_volume: WireValue,
        quote_volume: WireValue,
    ) -> Candle:
        return Candle(
            venue=self.venue,
            symbol=symbol,
            interval=interval,
            time=wire.time_ms(time),
            open=wire.positive(opened),
            high=wire.positive(high),
            low=wire.positive(low),
            close=wire.positive(close),
            base_volume=_volume(base_volume),
            quote_volume=_volume(quote_volume),
        )

    # orders

    def order(self, row: messages.OrderRow, *, symbol: str | None = None) -> Order:
        """Return an acknowledged or listed order; an acknowledgement without a status is pending."""
        created = wire.optional_time(row.time if row.time is not None else row.transact_time)
        return Order(
            venue=self.venue,
            account=self.account,
            symbol=wire.optional_text(row.symbol) or wire.text(symbol),
            side=self.side(row.side),
            type=self.order_type(row.type),
            status=self.status(row.status),
            order_id=wire.optional_text(row.order_id),
            client_order_id=wire.optional_text(row.client_order_id),
            price=wire.known(row.price),
            quantity=wire.known(row.orig_qty),
            quote_amount=wire.known(row.req_amount),
            filled_quantity=ZERO if row.executed_qty is None else wire.not_negative(row.executed_qty),
            average_price=wire.known(row.avg_price),
            time_in_force=self.time_in_force(row.time_in_force),
            created=created,
            updated=wire.optional_time(row.update_time) or wire.optional_time(row.transact_time),
            reason=cancel_reason(row.ord_cxl_reason),
            extra=order_extra(row.cumulative_quote_qty, row.stp_mode),
        )

    def status(self, value: WireValue) -> OrderStatus:
        """Return the unified status; `pending` when there is none, `unknown` (and counted) when it is not known."""
        if value is None or value == "":
            return OrderStatus.PENDING
        found = _STATUSES.get(value) if isinstance(value, str) else None
        if found is None:
            self.malformed.count("unknown order status", value)
            return OrderStatus.UNKNOWN
        return found

    def side(self, value: WireValue) -> Side | None:
        if value is None or value == "":
            return None
        if value not in ("BUY", "SELL"):
            raise ValueError(f"unknown side {value!r:.40}")
        return Side.BUY if value == "BUY" else Side.SELL

    def order_type(self, value: WireValue) -> OrderType | None:
        found = _TYPES.get(value) if isinstance(value, str) else None
        if found is None and value not in (None, ""):
            self.malformed.count("unknown order type", value)
        return found

    def time_in_force(self, value: WireValue) -> TimeInForce | None:
        if value is None or value == "":
            return None
        if value not in ("GTC", "IOC", "FOK"):
            self.malformed.count("unknown time in force", value)
            return None
        return TimeInForce(value)

    # account

    def fill(self, row: messages.AccountTrade) -> Fill:
        ticket = wire.optional_text(row.ticket_id)
        return Fill(
            venue=self.venue,
            account=self.account,
            symbol=wire.text(row.symbol),
            trade_id=wire.text(row.id),
            order_id=wire.text(row.order_id),
            client_order_id=wire.optional_text(row.client_order_id),
            side=Side.BUY if wire.flag(row.is_buyer) else Side.SELL,
            price=wire.positive(row.price),
            quantity=wire.positive(row.qty),
            fee=wire.optional_number(row.commission),
            fee_asset=wire.optional_text(row.commission_asset),
            is_maker=wire.optional_flag(row.is_maker),
            time=wire.time_ms(row.time),
            extra={} if ticket is None else {"ticket_id": ticket},
        )

    def balance(self, row: messages.BalanceRow, received: int) -> Balance:
        return Balance(
            venue=self.venue,
            account=self.account,
            asset=wire.text(row.asset),
            free=wire.number(row.free),
            locked=wire.number(row.locked),
            total=wire.optional_number(row.total),
            source=Source.SNAPSHOT,
            received=received,
        )

    def fee_rates(self, row: messages.FeeRow, level: str) -> FeeRates:
        return FeeRates(
            symbol=row.symbol,
            maker=wire.number(row.actual_maker_rate),
            taker=wire.number(row.actual_taker_rate),
            buy_fee_asset=wire.optional_text(row.buy_taker_fee_currency),
            sell_fee_asset=wire.optional_text(row.sell_taker_fee_currency),
            tier=f"VIP {level}",
        )

    def vip_info(self, reply: messages.VipInfo) -> VipInfo:
        level = wire.text(reply.vip_level)
        return VipInfo(
            venue=self.venue,
            account=self.account,
            level=level,
            volume_30d=wire.optional_number(reply.trade_vol_30_day),
            total_assets=wire.optional_number(reply.total_asset_bal),
            rates=tuple(self.fee_rates(row, level) for row in reply.data),
            time=wire.optional_time(reply.update_timestamp),
        )


def aggressor(buyer_is_maker: bool) -> Side:
    """Return the taker's side (PROTOCOLS 2.4: true means that a sell hit a resting buy)."""
    return Side.SELL if buyer_is_maker else Side.BUY


def cancel_reason(value: WireValue) -> str | None:
    """Return a cancel reason in plain words, the venue's own beside them."""
    reason = wire.optional_text(value)
    if reason is None:
        return None
    words = CANCEL_REASONS.get(reason)
    return reason if words is None else f"{words} ({reason})"


def order_extra(filled_quote: WireValue, self_trade_mode: WireValue) -> dict[str, str]:
    """Return what `Order.extra` keeps: the quote value of an order's fills and its self-trade mode."""
    filled, mode = wire.known(filled_quote), wire.optional_text(self_trade_mode)
    extra = {} if filled is None else {"filled_quote": format(filled, "f")}
    return extra if mode is None else {**extra, "self_trade_prevention": mode}


def _level_row(row: WireValue) -> tuple[WireValue, WireValue]:
    if not isinstance(row, list) or len(row) != 2:
        raise ValueError(f"a level is a pair of numbers, not {row!r:.80}")
    price, quantity = row
    wire.number(price)
    wire.not_negative(quantity)
    return price, quantity


def _volume(value: WireValue) -> Decimal | None:
    return None if value is None or value == "" else wire.not_negative(value)


def _band(rule: messages.Filter | None) -> PriceBand | None:
    if rule is None:
        return None
    up, down = wire.known(rule.buy_price_up_rate), wire.known(rule.sell_price_down_rate)
    return None if up is None and down is None else PriceBand(buy_up=up, sell_down=down)


def _opening(rule: messages.Filter | None) -> OpeningRules | None:
    """Return the opening windows, None when nothing is set; the venue writes "0" for an unset bound."""
    if rule is None:
        return None
    opening = OpeningRules(
        no_market_from=wire.optional_time(rule.no_allow_market_start_time),
        no_market_until=wire.optional_time(rule.no_allow_market_end_time),
        limit_from=wire.optional_time(rule.limit_order_start_time),
        limit_until=wire.optional_time(rule.limit_order_end_time),
        limit_min_price=wire.known(rule.limit_min_price),
        limit_max_price=wire.known(rule.limit_max_price),
    )
    return None if opening == OpeningRules() else opening
