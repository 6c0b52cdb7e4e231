"""HashKey MENA and Global on loopback: routes, guard and streams put together around one engine.

Source: the HashKey MENA document alone; where it is silent or contradicts itself, PROTOCOLS sections 2 and 7 decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec
from aiohttp import web

from terminal.domain import Trade
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.hashkey_account import AccountApi
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_auth import ApiKey, Asked, Limits, ListenKeys, RateGuard, check_signed
from terminal.simulator.hashkey_books import BookView
from terminal.simulator.hashkey_error_texts import TEXTS
from terminal.simulator.hashkey_errors import HashKeyRefusal
from terminal.simulator.hashkey_market import MarketApi
from terminal.simulator.hashkey_open_quote import first_minutes, read_open_quote
from terminal.simulator.hashkey_payloads import account_event, order_event, ticket_event
from terminal.simulator.hashkey_private import PrivateStreams
from terminal.simulator.hashkey_profiles import Profile
from terminal.simulator.hashkey_public import PACING, PublicStreams
from terminal.simulator.hashkey_quotes import Quotes
from terminal.simulator.hashkey_seeds import plant
from terminal.simulator.hashkey_trading import TradingApi
from terminal.simulator.hashkey_transfers import TransfersApi
from terminal.simulator.hashkey_vault import Vault
from terminal.simulator.hashkey_wallet import WalletApi
from terminal.simulator.hashkey_wallet_commands import WalletCommands
from terminal.simulator.instruments import instruments_of, start_prices
from terminal.simulator.records import Execution, SimOrder
from terminal.simulator.venue import EngineVenue
from terminal.simulator.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SignedMethod = Callable[[Asked], object]
PublicMethod = Callable[[Mapping[str, str]], object]

_PAYLOAD_KEYS = PayloadKeys(
    enumerations=frozenset({"status", "side", "type", "timeInForce", "stpMode", "X", "S", "o"}), books=(("b", "a"),)
)


class HashKeyVenue(EngineVenue):
    """The venue as `Loopback` serves it."""

    has_sub_account = True

    def __init__(self, world: World, profile: Profile, *, limits: Limits) -> None:
        self._profile = profile
        self._events: dict[str, list[dict[str, object]]] = {}
        self._accounts = Accounts(world.identity)
        super().__init__(world, opening=self._accounts.opening(profile.opening))
        clock = self.clock
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
            site=profile.site,
        )
        listed = frozenset(asset for each in self.engine.instruments.values() for asset in (each.base, each.quote))
        self._windows = {profile.opening_pair: first_minutes(clock.now())}
        self._market = MarketApi(
            self.engine, books, quotes, clock, profile=profile, listed=listed, windows=self._windows
        )
        self._trading = TradingApi(self, self._accounts, profile.batch_form, self._windows)
        self._account = AccountApi(self, self._accounts, world.fees, self._listen_keys, self._private)
        self._vault = Vault(self, self._accounts, world.ids)
        if self._vault.is_fresh:
            plant(self._vault, self, self._accounts)
            self.settle()
        self._wallet = WalletApi(self, self._accounts, self._vault, listed)
        self._transfers = TransfersApi(self, self._accounts, self._vault, listed)
        self._commands |= {
            "reset_limits": self._reset_limits,
            "deposit": WalletCommands(self, self._accounts, self._vault).deposit,
            "withdrawal": WalletCommands(self, self._accounts, self._vault).withdrawal,
            "open_quote": self._set_open_quote,
        }

    # what the host asks

    @property
    def payload_keys(self) -> PayloadKeys:
        return _PAYLOAD_KEYS

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        market, trading, account = self._market, self._trading, self._account
        wallet, transfers = self._wallet, self._transfers
        can_cancel_all = self._profile.can_cancel_all
        public: dict[str, PublicMethod] = {
            "/api/v1/ping": market.ping,
            "/api/v1/time": market.time,
            "/api/v1/exchangeInfo": market.exchange_info,
            "/api/v1/coinInfo": market.coin_info,
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
            ("DELETE", "/api/v1/spot/cancelOrderByIds", trading.cancel_ids),
            *((("DELETE", "/api/v1/spot/cancelAllOpenOrders", trading.cancel_all),) if can_cancel_all else ()),
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
            ("GET", "/api/v1/account/fiat/history", transfers.fiat_history),
            ("GET", "/api/v1/account/balanceFlow", transfers.flows),
            ("GET", "/api/v1/account/chainType", wallet.chain_types),
            ("GET", "/api/v1/spot/subAccount/openOrders", trading.sub_open_orders),
            ("GET", "/api/v1/spot/subAccount/tradeOrders", trading.sub_trade_orders),
            ("GET", "/api/v1/subAccount/trades", account.sub_trades),
            ("GET", "/api/v1/account/deposit/address", wallet.deposit_address),
            ("GET", "/api/v1/account/depositOrders", wallet.deposits),
            ("POST", "/api/v1/account/authAddress", wallet.authenticate),
            ("POST", "/api/v1/account/withdraw", wallet.withdraw),
            ("GET", "/api/v1/account/withdrawOrders", wallet.withdrawals),
        )
        streams: tuple[tuple[str, SignedMethod], ...] = (
            ("POST", account.create_listen_key),
            ("PUT", account.renew_listen_key),
            ("DELETE", account.delete_listen_key),
        )
        return [
            *(web.get(path, self._open_to_all(method), allow_head=False) for path, method in public.items()),
            *(web.route(verb, path, self._signed(method, "orders")) for verb, path, method in orders),
            web.post(self._profile.batch_path, self._signed(trading.create_batch, "orders", json_body=True)),
            *(web.route(verb, path, self._signed(method, "queries")) for verb, path, method in queries),
            web.post("/api/v1/account/assetTransfer", self._signed(transfers.transfer, "transfers")),
            *(web.route(verb, "/api/v1/userDataStream", self._signed(m, "listen keys")) for verb, m in streams),
            web.get("/quote/ws/v1", self._when_open(self._public.accept)),
            web.get("/quote/ws/v2", self._when_open(self._public.accept)),
            web.get("/api/v1/ws/{listen_key}", self._when_open(self._private.accept)),
            web.route("*", "/{anything:.*}", _no_such_path),
        ]

    def stream_paths(self) -> tuple[str, ...]:
        return ("/quote/ws/", "/api/v1/ws/")

    def refusal(self, code: str | None, message: str | None) -> web.Response:
        chosen = code or "-1000"
        usual = TEXTS.get(chosen, "Rejected").replace("%s", "'field'")
        return HashKeyRefusal(chosen, message or usual).response()

    def throttled(self, status: int, retry_after: int) -> web.Response:
        return HashKeyRefusal("0003", status=status, retry_after=retry_after).response()

    def close_sockets(self) -> None:
        self._public.close()
        self._private.close()

    def step(self) -> None:
        self._vault.step(self.clock.now())
        super().step()

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
            self._vault.note_fill(fill)

    def on_trade(self, trade: Trade) -> None:
        self._public.on_trade(trade)

    def on_settled(self, balances: Mapping[str, tuple[str, ...]]) -> None:
        now = self.clock.server_time()
        for account_id, assets in balances.items():
            account = self._accounts.by_id[account_id]
            held = self.engine.balances(account_id)
            event = account_event(account.event, {asset: held[asset] for asset in assets}, now)
            self._private.publish(self._accounts.owner(account), [event])
        events, self._events = self._events, {}
        for account_id, noted in events.items():
            self._private.publish(account_id, noted)

    # requests

    def _when_open(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            await self.open_market_in_steps()
            return await handler(request)

        return handle

    def _open_to_all(self, method: PublicMethod) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check_ban()
                if request.path.startswith("/quote/") and not self.is_open:
                    await self.open_market_in_steps()
                return _json(method({name: request.query[name] for name in request.query}))
            except HashKeyRefusal as refusal:
                return refusal.response()

        return handle

    def _signed(self, method: SignedMethod, family: str, *, json_body: bool = False) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._guard.check_ban()
                key = self._key_of(request)
                self._guard.count(key.key, family)
                if not self.is_open:
                    await self.open_market_in_steps()
                asked = await check_signed(request, key, now=self.clock.server_time(), json_body=json_body)
                return _json(method(asked))
            except HashKeyRefusal as refusal:
                return refusal.response()

        return handle

    def _key_of(self, request: web.Request) -> ApiKey:
        sent = next((text for name in self._profile.key_headers if (text := request.headers.get(name))), None)
        if not sent:
            raise HashKeyRefusal("-1002")
        key = self._accounts.keys.get(sent)
        if key is None:
            raise HashKeyRefusal("0102")
        return key

    def _set_open_quote(self, value: object) -> object:
        symbol, windows = read_open_quote(value, self.engine.instruments)
        self._windows[symbol] = windows
        return windows.row()

    def _reset_limits(self, _value: object) -> object:
        self._guard.reset()
        return True


def build(profile: Profile, world_of: Callable[..., World], *, limits: Limits | None = None) -> HashKeyVenue:
    """Build a venue, its market still closed; `world_of` takes its name, instruments and start prices."""
    world = world_of(profile.name, instruments_of(profile.name, profile.terms), start_prices(profile.terms))
    return HashKeyVenue(world, profile, limits=limits or Limits())


async def _no_such_path(_request: web.Request) -> web.StreamResponse:
    return HashKeyRefusal("-1020", status=404).response()


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
