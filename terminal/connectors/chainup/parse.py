"""The ChainUp engine's messages into domain values; pure. Functions raise `ValueError` for what cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from terminal.connectors import wire
from terminal.connectors.chainup import messages
from terminal.connectors.wire import LevelReader, Malformed, WireValue
from terminal.domain.account import Balance, Fill
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import OrderStatus, OrderType, Side, Source
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade
from terminal.domain.numbers import ZERO, plain
from terminal.domain.order import Order

_STATUSES: Mapping[str, OrderStatus] = MappingProxyType(
    {
        "0": OrderStatus.PENDING,
        "1": OrderStatus.OPEN,
        "2": OrderStatus.FILLED,
        "3": OrderStatus.PARTIALLY_FILLED,
        "4": OrderStatus.CANCELED,
        "5": OrderStatus.PENDING_CANCEL,
        "6": OrderStatus.EXPIRED,
    }
)
"""PROTOCOLS 0.1"""

_TYPES: Mapping[str, OrderType] = MappingProxyType({"1": OrderType.LIMIT, "2": OrderType.MARKET})
_ABNORMAL = "Ended by the venue as an abnormal order"
_SOURCES: Mapping[str, str] = MappingProxyType({"1": "web", "3": "API"})
_MOST_DIGITS = 30


class Parser:
    """Turns messages of one venue and account into domain values; counts what it does not know in `malformed`."""

    def __init__(self, venue: str, account: str | None, malformed: Malformed) -> None:
        self.venue = venue
        self.account = account
        self.malformed = malformed

    # market data

    def instrument(self, row: messages.Symbol) -> Instrument:
        """Return one pair. The venue publishes its digits alone: no smallest or largest order, no status.

        Coins are named in capitals, as its orders do (`baseCoin`) and as other venues do.
        """
        return Instrument(
            venue=self.venue,
            symbol=wire.text(row.symbol),
            base=wire.text(row.base_coin).upper(),
            quote=wire.text(row.count_coin).upper(),
            tick_size=_step(row.price_precision),
            lot_size=_step(row.amount_precision),
        )

    def ticker(self, row: messages.Ticker, *, symbol: str | None = None, date: WireValue = None) -> Ticker:
        change = row.rose if row.rose is not None else row.change
        return Ticker(
            venue=self.venue,
            symbol=wire.text(symbol if symbol is not None else row.symbol),
            last=wire.known(row.last),
            bid=wire.known(row.buy),
            ask=wire.known(row.sell),
            high=wire.known(row.high),
            low=wire.known(row.low),
            base_volume=_volume(row.vol),
            change=wire.optional_number(change),
            time=wire.optional_time(row.time if row.time is not None else date),
        )

    def day_ticker(self, symbol: str, tick: messages.DayTick, *, ts: WireValue = None) -> Ticker:
        return Ticker(
            venue=self.venue,
            symbol=symbol,
            last=wire.known(tick.close),
            open=wire.known(tick.open),
            high=wire.known(tick.high),
            low=wire.known(tick.low),
            base_volume=_volume(tick.vol),
            quote_volume=_volume(tick.amount),
            change=wire.optional_number(tick.rose),
            time=wire.optional_time(tick.ts if tick.ts is not None else ts),
        )

    def public_trade(self, symbol: str, row: messages.PublicTrade) -> Trade:
        """`type` is taken for the aggressor's side; the document does not say whose it is (PROTOCOLS 4.4)."""
        return Trade(
            venue=self.venue,
            symbol=symbol,
            id=wire.text(row.id),
            price=wire.positive(row.price),
            quantity=wire.positive(row.amount),
            side=side_of(row.type),
            time=wire.time_ms(row.ctime),
        )

    def stream_trade(self, symbol: str, row: messages.StreamTrade) -> Trade:
        return Trade(
            venue=self.venue,
            symbol=symbol,
            id=wire.text(row.id),
            price=wire.positive(row.price),
            quantity=wire.positive(row.vol),
            side=side_of(row.side),
            time=wire.time_ms(row.ts),
        )

    def candle(self, symbol: str, interval: str, row: Sequence[WireValue]) -> Candle:
        """Return one row of klines: open time (s), open, high, low, close, base volume."""
        if len(row) < 6:
            raise ValueError(f"a candle of {len(row)} fields")
        bar = messages.KlineTick(id=row[0], open=row[1], high=row[2], low=row[3], close=row[4], vol=row[5])
        return self.stream_candle(symbol, interval, bar)

    def stream_candle(self, symbol: str, interval: str, tick: messages.KlineTick) -> Candle:
        return Candle(
            venue=self.venue,
            symbol=symbol,
            interval=interval,
            time=wire.time_ms(tick.id),
            open=wire.positive(tick.open),
            high=wire.positive(tick.high),
            low=wire.positive(tick.low),
            close=wire.positive(tick.close),
            base_volume=_volume(tick.vol),
            quote_volume=_volume(tick.amount),
        )

    def book(
        self,
        symbol: str,
        tick: messages.Book,
        levels: LevelReader,
        *,
        step: str | None,
        source: Source,
        received: int,
        ts: WireValue = None,
    ) -> BookSnapshot:
        """Return a whole book, both sides sorted; a level without price or size (a delisted pair) is left out."""
        bids = tick.bids if tick.bids is not None else tick.buys
        if tick.asks is None or bids is None:
            raise ValueError("a book without one of its sides")
        return BookSnapshot(
            venue=self.venue,
            symbol=symbol,
            bids=levels.bids(_rows(bids)),
            asks=levels.asks(_rows(tick.asks)),
            time=wire.optional_time(tick.time if tick.time is not None else ts),
            step=step,
            source=source,
            received=received,
        )

    # orders

    def order(self, row: messages.OrderRow, symbol: str) -> Order:
        """Return a listed order of `symbol`.

        The volume of a market buy is the total to spend, as in the request (PROTOCOLS C18). `extra` keeps the quote
        value of its fills, its fee so far, and where it was placed.
        """
        side, kind = side_of(row.side), self._type(row.type)
        volume = wire.known(row.volume)
        spends = kind is OrderType.MARKET and side is Side.BUY
        status = self.status(row.status)
        return Order(
            venue=self.venue,
            account=self.account,
            symbol=symbol,
            order_id=wire.text(row.id),
            side=side,
            type=kind,
            status=status,
            price=None if kind is OrderType.MARKET else wire.known(row.price),
            quantity=None if spends else volume,
            quote_amount=volume if spends else None,
            filled_quantity=wire.known(row.deal_volume) or ZERO,
            average_price=wire.known(row.avg_price),
            created=wire.optional_time(row.created_at),
            reason=_ABNORMAL if status is OrderStatus.EXPIRED else None,
            extra=_extra(row),
        )

    def status(self, value: WireValue) -> OrderStatus:
        """Return the unified status; `unknown` (and counted) when it is not known."""
        found = _STATUSES.get(wire.text(value))
        if found is None:
            self.malformed.count("unknown order status", value)
            return OrderStatus.UNKNOWN
        return found

    def _type(self, value: WireValue) -> OrderType | None:
        found = _TYPES.get(wire.text(value))
        if found is None:
            self.malformed.count("unknown order type", value)
        return found

    # account

    def fill(
        self, row: messages.OwnTrade, symbol: str, *, side: Side | None = None, order_id: str | None = None
    ) -> Fill:
        """Return one fill; `side` and `order_id` are those of the order that was asked for, where a row names none.

        Its value is price x quantity: `deal_price` is cut to two digits in one listing (PROTOCOLS C16). The venue
        does not say who was the maker.
        """
        own_side = side if side is not None else side_of(row.side if row.side is not None else row.type)
        if order_id is None:
            order_id = wire.text(row.bid_id if own_side is Side.BUY else row.ask_id)
        return Fill(
            venue=self.venue,
            account=self.account,
            symbol=symbol,
            trade_id=wire.text(row.id),
            order_id=order_id,
            side=own_side,
            price=wire.positive(row.price),
            quantity=wire.positive(row.volume),
            fee=wire.optional_number(row.fee),
            fee_asset=_coin(row.fee_coin),
            time=wire.time_ms(row.ctime),
        )

    def balance(self, row: messages.Coin, *, source: Source, received: int) -> Balance:
        free, locked = wire.number(row.normal), wire.number(row.locked)
        return Balance(
            venue=self.venue,
            account=self.account,
            asset=wire.text(row.coin).upper(),
            free=free,
            locked=locked,
            total=free + locked,
            source=source,
            received=received,
        )

    def changed_level(self, symbol: str, tick: messages.Book) -> tuple[Side, Decimal, Decimal]:
        """Return one changed level: side, price, new absolute size (0 removes it)."""
        if tick.side not in ("asks", "buys", "bids"):
            raise ValueError(f"{symbol}: a level on no side: {tick.side!r:.40}")
        side = Side.SELL if tick.side == "asks" else Side.BUY
        return side, wire.positive(tick.price), wire.not_negative(tick.volume)


def side_of(value: WireValue) -> Side:
    """Return a side written in any case; raise `ValueError` for anything else."""
    folded = value.upper() if isinstance(value, str) else value
    if folded not in ("BUY", "SELL"):
        raise ValueError(f"unknown side {value!r:.40}")
    return Side.BUY if folded == "BUY" else Side.SELL


def _rows(levels: Sequence[WireValue]) -> list[tuple[WireValue, WireValue]]:
    rows = []
    for level in levels:
        if not isinstance(level, list) or len(level) < 2:
            raise ValueError(f"a level is a pair of numbers, not {level!r:.80}")
        rows.append((level[0], level[1]))
    return rows


def _step(digits: WireValue) -> Decimal:
    text = wire.text(digits)
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_DIGITS):
        raise ValueError(f"not a number of digits: {digits!r:.40}")
    return Decimal(1).scaleb(-int(text))


def _volume(value: WireValue) -> Decimal | None:
    return None if value is None or value == "" else wire.not_negative(value)


def _coin(value: WireValue) -> str | None:
    name = wire.optional_text(value)
    return None if name is None else name.upper()


def _extra(row: messages.OrderRow) -> dict[str, str]:
    extra: dict[str, str] = {}
    filled, fee, coin = wire.known(row.deal_price), wire.known(row.fee), _coin(row.fee_coin)
    if filled is not None:
        extra["filled_quote"] = plain(filled)
    if fee is not None and coin is not None:
        extra["fee"] = f"{plain(fee)} {coin}"
    source = wire.optional_text(row.source)
    if source is not None:
        extra["placed_by"] = _SOURCES.get(source, source)
    return extra
