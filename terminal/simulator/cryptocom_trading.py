"""The user calls of the simulated Crypto.com: account, orders, fills. Cancelling is asynchronous.

Source: Crypto.com v1 document, "User API"; PROTOCOLS 4.4. Every change is on the disk before its answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeVar

from terminal.domain import OrderRequest, OrderType, Side
from terminal.domain.numbers import parse_decimal
from terminal.simulator.cryptocom_auth import Asked
from terminal.simulator.cryptocom_errors import CryptoComRefusal, invalid, of_engine
from terminal.simulator.cryptocom_payloads import PENDING_CANCEL, listed_fill, number, order_row, shown_fill, state_of
from terminal.simulator.records import Refusal, SimOrder
from terminal.simulator.venue import EngineVenue

T = TypeVar("T")

CANCEL_AFTER_MS = 250
"""How long an accepted cancel takes: the order may still fill meanwhile."""
_MOST_CANCELS = 2_000
_PAGE, _MOST_ROWS = 20, 100
_ZONE = timezone(timedelta(hours=8))
_MARKET_ASSET = "BTC"


class TradingApi:
    """Answers signed requests that passed the guard: each method returns what `data` holds."""

    def __init__(self, venue: EngineVenue) -> None:
        self._venue = venue
        self._engine = venue.engine
        self._cancelling: dict[str, tuple[str, int]] = {}  # order id -> account, when it is carried out

    def step(self, now: int) -> None:
        """Carry out the cancels that are due."""
        due = [order_id for order_id, (_, at) in self._cancelling.items() if now >= at]
        for order_id in due:
            account_id, _ = self._cancelling.pop(order_id)
            order = self._engine.order(account_id, order_id=order_id)
            if order is not None and order.status.is_working:
                self._engine.cancel(account_id, order_id)
        if due:
            self._venue.settle()

    # account

    def account(self, asked: Asked) -> object:
        held = self._engine.balances(asked.account_id)
        worth = {asset: self._in_btc(asset, free + locked) for asset, (free, locked) in held.items()}
        return {
            "total_asset": number(sum(worth.values(), Decimal(0))),
            "coin_list": [
                {
                    "normal": number(free),
                    "locked": number(locked),
                    "btcValuatin": number(worth[asset]),
                    "coin": asset.lower(),
                }
                for asset, (free, locked) in held.items()
            ],
        }

    def _in_btc(self, asset: str, amount: Decimal) -> Decimal:
        if asset == _MARKET_ASSET:
            return amount
        for symbol, multiplies in ((f"{asset}btc".lower(), True), (f"btc{asset}".lower(), False)):
            price = self._engine.mark_price(symbol) if symbol in self._engine.instruments else None
            if price:
                return (amount * price if multiplies else amount / price).quantize(Decimal("1E-8"))
        return Decimal(0)

    # orders

    def create(self, asked: Asked) -> object:
        """`volume` is the base quantity, but for a market buy the total to spend."""
        symbol, side, kind = self._symbol(asked), _side(asked), _type(asked)
        volume = _amount(asked, "volume")
        if (asked.get("fee_is_user_exchange_coin") or "0") not in ("0", "1"):
            raise invalid("fee_is_user_exchange_coin")
        spends = kind is OrderType.MARKET and side is Side.BUY
        if kind is OrderType.MARKET and asked.get("price") is not None:
            raise invalid("price")
        request = OrderRequest(
            symbol=symbol,
            side=side,
            type=kind,
            quantity=None if spends else volume,
            quote_amount=volume if spends else None,
            price=None if kind is OrderType.MARKET else _amount(asked, "price"),
        )
        try:
            order = self._engine.place(asked.account_id, request)
        except Refusal as refusal:
            raise of_engine(refusal) from None
        self._venue.settle()
        return {"order_id": int(order.order_id)}

    def show(self, asked: Asked) -> object:
        order = self._find(asked)
        fills = [fill for fill in self._engine.executions(asked.account_id) if fill.order_id == order.order_id]
        rows = [shown_fill(fill) for fill in reversed(fills)]
        return {"trade_list": rows, "order_info": {**self._row(order), "tradeList": rows}}

    def cancel(self, asked: Asked) -> object:
        """Accept a cancel; it is carried out a little later."""
        order = self._find(asked)
        if not order.status.is_working:
            raise CryptoComRefusal("8")
        self._cancel_later(order)
        return None

    def cancel_all(self, asked: Asked) -> object:
        symbol = self._symbol(asked)
        for order in self._working(asked.account_id, symbol)[:_MOST_CANCELS]:
            self._cancel_later(order)
        return None

    def _cancel_later(self, order: SimOrder) -> None:
        due = self._venue.clock.now() + CANCEL_AFTER_MS
        self._cancelling.setdefault(order.order_id, (order.account_id, due))

    # lists

    def open_orders(self, asked: Asked) -> object:
        orders = self._working(asked.account_id, self._symbol(asked))[::-1]
        return {"count": len(orders), "resultList": [self._row(order) for order in _page(asked, orders)]}

    def all_orders(self, asked: Asked) -> object:
        symbol, start, end = self._symbol(asked), _date(asked, "startDate"), _date(asked, "endDate")
        orders = [
            order
            for order in reversed(self._engine.orders(asked.account_id))
            if order.symbol == symbol and _within(order.created, start, end)
        ]
        return {"count": len(orders), "orderList": [self._row(order) for order in _page(asked, orders)]}

    def my_trades(self, asked: Asked) -> object:
        symbol, start, end = self._symbol(asked), _date(asked, "startDate"), _date(asked, "endDate")
        fills = [
            fill
            for fill in reversed(self._engine.executions(asked.account_id))
            if fill.symbol == symbol and _within(fill.time, start, end)
        ]
        if asked.get("sort") == "1":
            fills.reverse()
        user = int(asked.account_id[-5:])
        return {"count": len(fills), "resultList": [listed_fill(fill, user) for fill in _page(asked, fills)]}

    # what requests name

    def _row(self, order: SimOrder) -> dict[str, object]:
        return order_row(order, self._engine, state_of(order, self._cancelling.__contains__))

    def _working(self, account_id: str, symbol: str) -> list[SimOrder]:
        return [
            order for order in self._engine.orders(account_id) if order.symbol == symbol and order.status.is_working
        ]

    def _find(self, asked: Asked) -> SimOrder:
        symbol = self._symbol(asked)
        order = self._engine.order(asked.account_id, order_id=str(asked.whole("order_id")))
        if order is None or order.symbol != symbol:
            raise CryptoComRefusal("22")
        return order

    def _symbol(self, asked: Asked) -> str:
        symbol = asked.need("symbol")
        if symbol not in self._engine.instruments:
            raise invalid("symbol")
        return symbol


def _side(asked: Asked) -> Side:
    text = asked.need("side")
    if text not in ("BUY", "SELL"):
        raise invalid("side")
    return Side(text)


def _type(asked: Asked) -> OrderType:
    found = {"1": OrderType.LIMIT, "2": OrderType.MARKET}.get(asked.need("type"))
    if found is None:
        raise invalid("type")
    return found


def _amount(asked: Asked, name: str) -> Decimal:
    try:
        value = parse_decimal(asked.need(name))
    except ValueError:
        raise invalid(name) from None
    if value <= 0:
        raise invalid(name)
    return value


def _date(asked: Asked, name: str) -> int | None:
    """Return a date text as ms. It names no zone: the platform's is UTC+8 (PROTOCOLS C8)."""
    text = asked.get(name)
    if text is None:
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    except ValueError:
        raise invalid(name) from None
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _within(moment: int, start: int | None, end: int | None) -> bool:
    return (start is None or moment >= start) and (end is None or moment <= end)


def _page(asked: Asked, rows: Sequence[T]) -> Sequence[T]:
    size = min(asked.whole("pageSize", _PAGE), _MOST_ROWS)
    first = (asked.whole("page", 1) - 1) * size
    return rows[first : first + size]


__all__ = ["CANCEL_AFTER_MS", "PENDING_CANCEL", "TradingApi"]
