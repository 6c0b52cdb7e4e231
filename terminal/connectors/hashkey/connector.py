"""The connector of the HashKey family: the contract, in terms of the modules beside this one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from terminal.connectors import addresses
from terminal.connectors.contract import ConnectorHealth, Sink, Tap
from terminal.connectors.hashkey.account import AccountReads
from terminal.connectors.hashkey.account_feed import AccountFeed
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.cancels import Cancels
from terminal.connectors.hashkey.capabilities import capabilities_of
from terminal.connectors.hashkey.endpoints import HashKeyProfile
from terminal.connectors.hashkey.errors import HashKeyJudge
from terminal.connectors.hashkey.exchange_info import ExchangeInfo
from terminal.connectors.hashkey.market_data import MarketData
from terminal.connectors.hashkey.money_methods import MoneyMethods
from terminal.connectors.hashkey.order_queries import OrderQueries
from terminal.connectors.hashkey.own_accounts import OwnAccounts
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.parse_wallet import WalletParser
from terminal.connectors.hashkey.public_feed import PublicFeed
from terminal.connectors.hashkey.stream import Topic, topic_of
from terminal.connectors.hashkey.trading import Trading
from terminal.connectors.hashkey.wallet import Wallet
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import RestClient
from terminal.connectors.venue_clock import VenueClock
from terminal.connectors.wire import Malformed
from terminal.domain.account import Fill
from terminal.domain.failures import Failure
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import Channel, Side
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade
from terminal.domain.order import Order, OrderRequest
from terminal.domain.venue import Credentials, Endpoints

log = logging.getLogger(__name__)


class HashKeyConnector(MoneyMethods):
    """One venue of the family with the credentials of one account or with none."""

    def __init__(
        self,
        profile: HashKeyProfile,
        *,
        endpoints: Endpoints,
        credentials: Credentials | None,
        account: str | None,
        sink: Sink | None,
        tap: Tap | None,
        limits: RateLimiter,
    ) -> None:
        super().__init__(
            profile.venue,
            capabilities_of(profile),
            credentials=credentials,
            account=account,
            sink=sink,
            limits=limits,
        )
        self._profile = profile
        self._endpoints = endpoints
        self._redact = Redactor()
        if credentials is not None:
            self._redact.add(credentials.key)
            self._redact.add(credentials.secret)
        self._clock = VenueClock()
        self._malformed = Malformed(profile.venue, log)
        parser = Parser(profile.venue, account, self._malformed)
        rest = RestClient(
            venue=profile.venue,
            account=account,
            base_url=endpoints.rest,
            judge=HashKeyJudge(profile.venue, self._redact, profile.error_codes),
            limits=self._limits,
            owner=self._owner,
            redact=self._redact,
            tap=tap,
        )
        self._api = HashKeyApi(profile, rest, self._clock, credentials)
        info = ExchangeInfo(self._api)
        wallet_parser = WalletParser(profile.venue, account, self._malformed)
        self._market_data = MarketData(self._api, parser, info)
        self._trading = Trading(self._api, parser)
        self._queries = OrderQueries(self._api, parser)
        self._cancels = Cancels(self._api, parser, self._queries)
        self._account_reads = AccountReads(self._api, parser)
        self._wallet = Wallet(self._api, wallet_parser, info)
        self._own_accounts = OwnAccounts(self._api, wallet_parser)
        self._public = PublicFeed(
            versions=profile.public_streams,
            compressed=profile.compressed_frames,
            base_url=endpoints.stream or "",
            parser=parser,
            deliver=self._deliver,
            on_status=lambda state, reason: self._tell("public", None, state, reason),
            redact=self._redact,
            tap=tap,
        )
        self._private = AccountFeed(
            api=self._api,
            base_url=endpoints.private_stream or "",
            parser=parser,
            deliver=self._deliver,
            on_status=lambda state, reason: self._tell("private", account, state, reason),
            redact=self._redact,
            tap=tap,
        )

    @property
    def health(self) -> ConnectorHealth:
        public, private = self._public, self._private
        return ConnectorHealth(
            messages=public.messages + private.protocol.messages,
            last_heard=public.last_heard,
            malformed=dict(self._malformed.counts),
            reconnects=public.reconnects + private.session.reconnects,
            latency_ms=public.latency_ms if public.latency_ms is not None else self._clock.round_trip_ms,
            clock_offset_ms=self._clock.offset_ms,
            budget_left=self._limits.share_left(self._owner),
            banned=self._limits.stopped,
            paused_s=self._limits.pause_left,
        )

    async def _close(self) -> None:
        await self._public.close()
        await self._private.close()
        await self._api.close()

    # public

    async def server_time(self) -> int:
        return await self._api.server_time()

    async def instruments(self) -> list[Instrument]:
        return await self._market_data.instruments()

    async def tickers(self, symbols: Sequence[str] | None = None) -> list[Ticker]:
        return await self._market_data.tickers(symbols)

    async def last_prices(self, symbol: str | None = None) -> list[Ticker]:
        return await self._market_data.last_prices(symbol)

    async def quotes(self, symbol: str) -> list[Ticker]:
        return await self._market_data.quotes(symbol)

    async def ping(self) -> None:
        await self._market_data.ping()

    async def order_book(self, symbol: str, depth: int | None = None, step: str | None = None) -> BookSnapshot:
        return await self._market_data.order_book(symbol, depth, step)

    async def trades(self, symbol: str, limit: int | None = None) -> list[Trade]:
        return await self._market_data.trades(symbol, limit)

    async def candles(
        self, symbol: str, interval: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Candle]:
        return await self._market_data.candles(symbol, interval, start, end, limit)

    # streams

    async def subscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        self._public.subscribe(self._topic(channel, symbol, interval, step))

    async def unsubscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        self._public.unsubscribe(self._topic(channel, symbol, interval, step))

    async def start_account_stream(self) -> None:
        self._check_open()
        addresses.required(self.venue, "private_stream", self._endpoints.private_stream)
        addresses.required(self.venue, "rest", self._endpoints.rest)
        self._api.check_credentials()
        self._private.start()

    # trading

    async def place_order(self, request: OrderRequest) -> Order:
        return await self._trading.place_order(request)

    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        return await self._trading.place_orders(requests)

    async def test_order(self, request: OrderRequest) -> Order:
        return await self._trading.test_order(request)

    async def cancel_order(self, order: Order) -> Order:
        return await self._cancels.cancel_order(order)

    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]:
        return await self._cancels.cancel_orders(orders)

    async def cancel_all(self, symbol: str | None = None, side: Side | str | None = None) -> None:
        await self._cancels.cancel_all(symbol, None if side is None else Side(side))

    async def order(self, order: Order) -> Order:
        return await self._queries.order(order)

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        return await self._queries.open_orders(symbol)

    async def order_history(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[Order]:
        return await self._queries.order_history(symbol, start, end, limit)

    async def fills(
        self,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
        *,
        client_order_id: str | None = None,
        from_id: str | None = None,
        to_id: str | None = None,
    ) -> list[Fill]:
        return await self._account_reads.fills(
            symbol, start, end, limit, client_order_id=client_order_id, from_id=from_id, to_id=to_id
        )

    def _topic(self, channel: Channel | str, symbol: str, interval: str | None, step: str | None) -> Topic:
        """Return what a subscription names; raise `NotSupported` for what the streams do not have."""
        known = self._channel(channel, interval)
        if step is not None:
            self.missing("step")
        addresses.required(self.venue, "stream", self._endpoints.stream)
        return topic_of(known, symbol, interval)
