"""HashKey MENA on loopback: routes, guard and streams put together around one engine.

Source: the HashKey MENA document alone; where it is silent or contradicts itself, PROTOCOLS sections 2 and 7 decide.
Wallet, transfers, fiat and sub-account endpoints answer -1020 "Unsupported operation".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal

import msgspec
from aiohttp import web

from terminal.domain import Trade
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.hashkey_account import AccountApi
from terminal.simulator.hashkey_auth import ApiKey, Asked, Limits, ListenKeys, RateGuard, check_signed
from terminal.simulator.hashkey_books import BookView
from terminal.simulator.hashkey_errors import TEXTS, HashKeyRefusal
from terminal.simulator.hashkey_market import MarketApi
from terminal.simulator.hashkey_payloads import account_event, order_event, ticket_event
from terminal.simulator.hashkey_private import PrivateStreams
from terminal.simulator.hashkey_public import PACING, PublicStreams
from terminal.simulator.hashkey_quotes import Quotes
from terminal.simulator.hashkey_trading import TradingApi
from terminal.simulator.instruments import HASHKEY_MENA, hashkey_mena_instruments, start_prices
from terminal.simulator.records import Execution, SimOrder
from terminal.simulator.venue import EngineVenue
from terminal.simulator.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SignedMethod = Callable[[Asked], object]
PublicMethod = Callable[[Mapping[str, str]], object]

OPENING_BALANCES = {
    "USDT": Decimal(100_000),
    "USD": Decimal(50_000),
    "AED": Decimal(100_000),
    "BTC": Decimal(2),
    "ETH": Decimal(20),
    "SOL": Decimal(150),
    "XRP": Decimal(10_000),
    "LINK": Decimal(500),
    "ADA": Decimal(8_000),
    "DOGE": Decimal(25_000),
    "LTC": Decimal(60),
    "SHIB": Decimal(100_000_000),
}

_PAYLOAD_KEYS = PayloadKeys(
    enumerations=frozenset({"status", "side", "type", "timeInForce", "stpMode", "X", "S", "o"}), books=(("b", "a"),)
)

# documented, but not simulated yet
_UNSUPPORTED = (
    ("POST", "/api/v1/account/assetTransfer"),
    ("GET", "/api/v1/account/fiat/history"),
    ("GET", "/api/v1/account/balanceFlow"),
    ("GET", "/api/v1/account/chainType"),
    ("GET", "/api/v1/coinInfo"),
    ("GET", "/api/v1/spot/subAccount/openOrders"),
    ("GET", "/api/v1/spot/subAccount/tradeOrders"),
    ("GET", "/api/v1/subAccount/trades"),
    ("GET", "/api/v1/account/deposit/address"),
    ("GET", "/api/v1/account/depositOrders"),
    ("POST", "/api/v1/account/authAddress"),
    ("POST", "/api/v1/account/withdraw"),
    ("GET", "/api/v1/account/withdrawOrders"),
)


class HashKeyVenue(EngineVenue):
    """The venue as `Loopback` serves it."""

    def __init__(self, world: World, *, limits: Limits, site: str) -> None:
        super().__init__(world, opening=OPENING_BALANCES)
        clock = self.clock
        identity = self.identity
        self._key = ApiKey(key=identity.key, secret=identity.secret, account_id=identity.account_id)
        self._guard = RateGuard(clock.now, limits)
        self._listen_keys = ListenKeys(clock.now)
        quotes = Quotes(self.engine, world.candles, clock.server_time)
        books = BookView(self.engine, clock.server_time)
        self._private = PrivateStreams(clock, self._listen_keys, self.faults, _PAYLOAD_KEYS)
        self._public = PublicStreams(
            clock,
            quotes,
            books,
            self.engine.instruments,
            faults=self.faults,
            keys=_PAYLOAD_KEYS,
            pacing=PACING.at(world.settings.pace),
        )
        self._market = MarketApi(self.engine, books, quotes, clock, site=site)
        self._trading = TradingApi(self)
        self._account = AccountApi(self, world.fees, self._listen_keys, self._private)
        self._events: dict[str, list[dict[str, object]]] = {}
        self._commands["reset_limits"] = self._reset_limits

    # what the host asks

    @property
    def payload_keys(self) -> PayloadKeys:
        return _PAYLOAD_KEYS

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        market, trading, account = self._market, self._trading, self._account
        public: dict[str, PublicMethod] = {
            "/api/v1/ping": market.ping,
            "/api/v1/time": market.time,
            "/api/v1/exchangeInfo": market.exchange_info,
            "/quote/v1/depth": market.depth,
            "/quote/v1/depth/merged": market.merged_depth,
            "/quote/v1/trades": market.trades,
            "/quote/v1/klines": market.klines,
            "/quote/v1/ticker/24hr": market.ticker_24h,
            "/quote/v1/ticker/price": market.ticker_price,
            "/quote/v1/ticker/bookTicker": market.book_ticker,
        }
        orders: tuple[tuple[str, str, SignedMethod], ...] = (
            ("POST", "/api/v1/spot/orderTest", trading.test_order),
            ("POST", "/api/v1.1/spot/order", trading.create),
            ("POST", "/api/v1/spot/order", trading.create_legacy),
            ("DELETE", "/api/v1/spot/order", trading.cancel),
            ("DELETE", "/api/v1/spot/openOrders", trading.cancel_symbol),
            ("DELETE", "/api/v1/spot/cancelAllOpenOrders", trading.cancel_all),
            ("DELETE", "/api/v1/spot/cancelOrderByIds", trading.cancel_ids),
        )
        queries: tuple[tuple[str, str, SignedMethod], ...] = (
            ("GET", "/api/v1/spot/order", trading.query),
            ("GET", "/api/v1/spot/openOrders", trading.open_orders),
            ("GET", "/api/v1/spot/tradeOrders", trading.trade_orders),
            ("GET", "/api/v1/account", account.balances),
            ("GET", "/api/v1/account/trades", account.trades),
            ("GET", "/api/v1/account/type", account.types),
            ("GET", "/api/v1/account/vipInfo", account.fees),
            ("GET", "/api/v1/account/checkApiKey", account.key_type),
            *((method, path, _unsupported) for method, path in _UNSUPPORTED),
        )
        streams: tuple[tuple[str, SignedMethod], ...] = (
            ("POST", account.create_listen_key),
            ("PUT", account.renew_listen_key),
            ("DELETE", account.delete_listen_key),
        )
        return [
            *(web.get(path, self._open_to_all(method), allow_head=False) for path, method in public.items()),
            *(web.route(verb, path, self._signed(method, "orders")) for verb, path, method in orders),
            web.post("/api/v1.1/spot/batchOrders", self._signed(trading.create_batch, "orders", json_body=True)),
            *(web.route(verb, path, self._signed(method, "queries")) for verb, path, method in queries),
            *(web.route(verb, "/api/v1/userDataStream", self._signed(m, "listen keys")) for verb, m in streams),
            web.get("/quote/ws/v1", self._public.accept),
            web.get("/quote/ws/v2", self._public.accept),
            web.get("/api/v1/ws/{listen_key}", self._private.accept),
            web.route("*", "/{anything:.*}", _no_such_path),
        ]

    def stream_paths(self) -> tuple[str, ...]:
        return ("/quote/ws/", "/api/v1/ws/")

    def refusal(self, code: str | None, message: str | None) -> web.Response:
        chosen = code or "-1000"
        return HashKeyRefusal(chosen, message or TEXTS.get(chosen, "Rejected")).response()

    def throttled(self, status: int, retry_after: int) -> web.Response:
        return HashKeyRefusal("0003", status=status, retry_after=retry_after).response()

    def close_sockets(self) -> None:
        self._public.close()
        self._private.close()

    def step_streams(self) -> None:
        self._public.step()
        self._private.step()

    # engine events

    def on_order(self, order: SimOrder, fill: Execution | None) -> None:
        now = self.clock.server_time()
        events = self._events.setdefault(order.account_id, [])
        events.append(order_event(order, fill, now))
        if fill is not None:
            events.append(ticket_event(fill, now))

    def on_trade(self, trade: Trade) -> None:
        self._public.on_trade(trade)

    def on_settled(self, balances: Mapping[str, tuple[str, ...]]) -> None:
        now = self.clock.server_time()
        for account_id, assets in balances.items():
            held = self.engine.balances(account_id)
            event = account_event({asset: held[asset] for asset in assets}, now)
            self._private.publish(account_id, [event])
        events, self._events = self._events, {}
        for account_id, noted in events.items():
            self._private.publish(account_id, noted)

    # requests

    def _open_to_all(self, method: PublicMethod) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check_ban()
                return _json(method({name: request.query[name] for name in request.query}))
            except HashKeyRefusal as refusal:
                return refusal.response()

        return handle

    def _signed(self, method: SignedMethod, family: str, *, json_body: bool = False) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check_ban()
                self._check_key(request)
                self._guard.count(self._key.key, family)
                asked = await check_signed(request, self._key, now=self.clock.server_time(), json_body=json_body)
                return _json(method(asked))
            except HashKeyRefusal as refusal:
                return refusal.response()

        return handle

    def _check_key(self, request: web.Request) -> None:
        # the document's prose says X-APIKEY, its samples X-HK-APIKEY: either names the key
        sent = request.headers.get("X-HK-APIKEY") or request.headers.get("X-APIKEY")
        if not sent:
            raise HashKeyRefusal("-1002")
        if sent != self._key.key:
            raise HashKeyRefusal("0102")

    def _reset_limits(self, _value: object) -> object:
        self._guard.reset()
        return True


def build(world_of: Callable[..., World], *, limits: Limits | None = None) -> HashKeyVenue:
    """Build HashKey MENA with its market open; `world_of` takes its name, instruments and start prices."""
    world = world_of(HASHKEY_MENA, hashkey_mena_instruments(), start_prices())
    venue = HashKeyVenue(world, limits=limits or Limits(), site="UAE")
    venue.open_market()
    return venue


def _unsupported(_asked: Asked) -> object:
    raise HashKeyRefusal("-1020")


async def _no_such_path(_request: web.Request) -> web.StreamResponse:
    return HashKeyRefusal("-1020", status=404).response()


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
