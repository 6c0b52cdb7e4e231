"""Crypto.com Exchange v1 on loopback: routes, guard and stream put together around one engine.

Source: the Crypto.com v1 document alone; where it is silent or contradicts itself, PROTOCOLS sections 4 and 7 decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal

import msgspec
from aiohttp import web

from terminal.domain import Trade
from terminal.simulator.commands import CommandError
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.cryptocom_auth import ApiKey, Asked, Guard, address_of, check_signed
from terminal.simulator.cryptocom_books import BookView
from terminal.simulator.cryptocom_errors import CryptoComRefusal, too_many
from terminal.simulator.cryptocom_market import MarketApi
from terminal.simulator.cryptocom_streams import Streams
from terminal.simulator.cryptocom_trading import TradingApi
from terminal.simulator.instruments import CRYPTOCOM, CRYPTOCOM_TERMS, digits_only, start_prices
from terminal.simulator.records import Execution, SimOrder
from terminal.simulator.venue import EngineVenue
from terminal.simulator.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PublicMethod = Callable[[Mapping[str, str]], object]
SignedMethod = Callable[[Asked], object]

_PAYLOAD_KEYS = PayloadKeys(
    enumerations=frozenset({"side", "type", "status", "event_rep"}), books=(("buys", "asks"), ("bids", "asks"))
)
_OPENING = {
    asset: Decimal(amount)
    for asset, amount in {
        "USDT": "90000", "BTC": "1.8", "ETH": "25", "CRO": "400000", "XRP": "15000", "LTC": "80", "LINK": "600",
    }.items()
}  # fmt: skip
_AS_TEXT = frozenset({"/v1/symbols", "/v1/trades"})
"""Calls whose `code` is the text "0" in the document's examples; it is the number 0 everywhere else."""


class CryptoComVenue(EngineVenue):
    """The venue as `Loopback` serves it."""

    def __init__(self, world: World, *, market_limit: int = 10, user_limit: int = 10) -> None:
        identity = world.identity
        super().__init__(world, opening={identity.account_id: _OPENING})
        self._keys = {
            identity.key: ApiKey(key=identity.key, secret=identity.secret, account_id=identity.account_id),
        }
        self._guard = Guard(self.clock.now, market=market_limit, user=user_limit)
        books = BookView(self.engine)
        self._market = MarketApi(self.engine, world.candles, books, self.clock)
        self._trading = TradingApi(self)
        self._streams = Streams(
            self.clock,
            self.engine,
            world.candles,
            books,
            faults=self.faults,
            keys=_PAYLOAD_KEYS,
            pace=world.settings.pace,
        )
        self._commands |= {"reset_limits": self._reset_limits, "depth": self._set_depth}

    # what the host asks

    @property
    def payload_keys(self) -> PayloadKeys:
        return _PAYLOAD_KEYS

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        market, trading = self._market, self._trading
        public: dict[str, PublicMethod] = {
            "/v1/symbols": market.symbols,
            "/v1/tickers": market.tickers,
            "/v1/ticker": market.ticker,
            "/v1/klines": market.klines,
            "/v1/trades": market.trades,
            "/v1/ticker/price": market.prices,
            "/v1/depth": market.depth,
        }
        user: tuple[tuple[str, str, SignedMethod], ...] = (
            ("POST", "/v1/account", trading.account),
            ("POST", "/v1/order", trading.create),
            ("DELETE", "/v1/order", trading.cancel),
            ("POST", "/v1/orders/cancel", trading.cancel),  # what clients called (PROTOCOLS C2)
            ("POST", "/v1/showOrder", trading.show),
            ("POST", "/v1/cancelAllOrders", trading.cancel_all),
            ("POST", "/v1/openOrders", trading.open_orders),
            ("POST", "/v1/allOrders", trading.all_orders),
            ("POST", "/v1/myTrades", trading.my_trades),
        )
        return [
            *(web.get(path, self._public(method), allow_head=False) for path, method in public.items()),
            *(web.route(verb, path, self._signed(method)) for verb, path, method in user),
            web.get("/kline-api/ws", self._stream),
            web.route("*", "/{anything:.*}", _no_such_path),
        ]

    def stream_paths(self) -> tuple[str, ...]:
        return ("/kline-api/",)

    def refusal(self, code: str | None, message: str | None) -> web.Response:
        return CryptoComRefusal(code or "5", message).response()

    def throttled(self, status: int, retry_after: int) -> web.Response:
        return too_many() if status == 429 else web.Response(status=status, text="banned")

    def close_sockets(self) -> None:
        self._streams.close()

    def step(self) -> None:
        self._trading.step(self.clock.now())
        super().step()

    def step_streams(self) -> None:
        self._streams.step()

    # engine events

    def on_order(self, order: SimOrder, fill: Execution | None) -> None:
        """Nobody is told: the venue has no private stream."""

    def on_trade(self, trade: Trade) -> None:
        self._streams.on_trade(trade)

    def on_settled(self, balances: Mapping[str, tuple[str, ...]]) -> None:
        """Nobody is told."""

    # requests

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        await self.open_market_in_steps()
        return await self._streams.accept(request)

    def _public(self, method: PublicMethod) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not self._guard.lets("market", address_of(request)):
                return too_many()
            try:
                if not self.is_open:
                    await self.open_market_in_steps()
                return _envelope(request.path, method(dict(request.query)))
            except CryptoComRefusal as refusal:
                return refusal.response()

        return handle

    def _signed(self, method: SignedMethod) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                body = await request.read()
                asked = check_signed(request.content_type, body, self._keys, self.clock.server_time())
                if not self._guard.lets("user", asked.account_id):
                    return too_many()
                if not self.is_open:
                    await self.open_market_in_steps()
                return _envelope(request.path, method(asked))
            except CryptoComRefusal as refusal:
                return refusal.response()

        return handle

    # admin

    def _reset_limits(self, _value: object) -> object:
        self._guard.reset()
        return True

    def _set_depth(self, value: object) -> object:
        if value not in ("full", "incremental"):
            raise CommandError("depth: must be full or incremental")
        self._streams.is_full_only = value == "full"
        return value


def build(world_of: Callable[..., World]) -> CryptoComVenue:
    """Build the venue, its market still closed; `world_of` takes its name, instruments and start prices."""
    instruments, prices = digits_only(CRYPTOCOM, CRYPTOCOM_TERMS), start_prices(CRYPTOCOM_TERMS)
    return CryptoComVenue(world_of(CRYPTOCOM, instruments, prices, spell=_spelled))


def _spelled(recorded: str) -> str:
    """A recorded symbol as this venue writes it: MATIC_USDT is maticusdt."""
    return recorded.replace("_", "").lower()


async def _no_such_path(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text="Not Found")


def _envelope(path: str, data: object) -> web.Response:
    code: object = "0" if path in _AS_TEXT else 0
    body = msgspec.json.encode({"code": code, "msg": "suc", "data": data})
    return web.Response(body=body, content_type="application/json")
