"""The connector of the ChainUp engine: the contract, in terms of the modules beside this one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from terminal.connectors import addresses
from terminal.connectors.base import VenueConnector
from terminal.connectors.chainup.account_feed import AccountFeed
from terminal.connectors.chainup.api import ChainUpApi
from terminal.connectors.chainup.capabilities import capabilities_of
from terminal.connectors.chainup.errors import ChainUpJudge
from terminal.connectors.chainup.feed import MarketFeed
from terminal.connectors.chainup.market_data import PERIODS, STEPS, MarketData
from terminal.connectors.chainup.order_queries import OrderQueries
from terminal.connectors.chainup.parse import Parser
from terminal.connectors.chainup.profile import ChainUpProfile
from terminal.connectors.chainup.stream import Topic
from terminal.connectors.chainup.trading import Trading
from terminal.connectors.contract import ConnectorHealth, Sink, Tap
from terminal.connectors.rate_limiter import RateLimiter
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import RestClient
from terminal.connectors.venue_clock import VenueClock, machine_ms
from terminal.connectors.wire import Malformed
from terminal.domain.account import Balance, Fill
from terminal.domain.failures import Failure, NotSupported
from terminal.domain.instrument import Instrument
from terminal.domain.kinds import Channel, Side, StreamState
from terminal.domain.market import BookSnapshot, Candle, Ticker, Trade
from terminal.domain.order import Order, OrderRequest
from terminal.domain.venue import Credentials, Endpoints, StreamStatus

log = logging.getLogger(__name__)


class ChainUpConnector(VenueConnector):
    """One venue of the engine with the credentials of one account or with none."""

    def __init__(
        self,
        profile: ChainUpProfile,
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
        self._endpoints = endpoints
        redact = Redactor()
        if credentials is not None:
            redact.add(credentials.key)
            redact.add(credentials.secret)
        self._clock = VenueClock()
        self._malformed = Malformed(profile.venue, log)
        parser = Parser(profile.venue, account, self._malformed)
        rest = RestClient(
            venue=profile.venue,
            account=account,
            base_url=endpoints.rest,
            judge=ChainUpJudge(profile.venue, redact),
            limits=limits,
            owner=self._owner,
            redact=redact,
            tap=tap,
            pause_after_429=profile.pause_after_429,
        )
        self._api = ChainUpApi(profile, rest, self._clock, credentials, limits)
        self._market_data = MarketData(self._api, parser, lambda symbol: symbol in self._public.protocol.delisted)
        self._queries = OrderQueries(self._api, parser, self._market_data)
        self._private = AccountFeed(
            name=f"{profile.venue} {account} account",
            queries=self._queries,
            deliver=self._deliver,
            on_status=lambda state, reason: self._tell("private", account, state, reason),
        )
        self._trading = Trading(self._api, self._queries, account=account, feed=self._private)
        self._public = MarketFeed(
            base_url=endpoints.stream or "",
            parser=parser,
            read_quotes=lambda: self._market_data.tickers(None),
            deliver=self._deliver,
            on_status=lambda state, reason: self._tell("public", None, state, reason),
            on_topic=self._on_silent_topic,
            redact=redact,
            tap=tap,
        )

    @property
    def health(self) -> ConnectorHealth:
        public = self._public
        latency = public.session.latency_ms
        return ConnectorHealth(
            messages=public.protocol.messages,
            last_heard=public.session.last_heard,
            malformed=dict(self._malformed.counts),
            reconnects=public.session.reconnects,
            latency_ms=latency if latency is not None else self._clock.round_trip_ms,
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

    async def order_book(self, symbol: str, depth: int | None = None, step: str | None = None) -> BookSnapshot:
        return await self._market_data.order_book(symbol, depth, step)

    async def trades(self, symbol: str, limit: int | None = None) -> list[Trade]:
        return await self._market_data.trades(symbol, limit)

    async def candles(
        self, symbol: str, interval: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[Candle]:
        """Return the latest candles by REST, which knows no range; others are asked for over the stream."""
        if interval not in PERIODS:
            raise NotSupported(f"Candles exist for {', '.join(PERIODS)}", venue=self.venue)
        latest: list[Candle] = []
        if end is None:
            latest = await self._market_data.candles(symbol, interval, None)
            reaches = bool(latest) and start is not None and latest[0].time <= start
            enough = limit is not None and len(latest) >= limit
            if reaches or enough or (start is None and limit is None) or self._endpoints.stream is None:
                return _span(latest, start, limit)
            end = latest[0].time - 1 if latest else machine_ms()
            limit = None if limit is None else limit - len(latest)
        addresses.required(self.venue, "stream", self._endpoints.stream)
        self._check_open()
        older = await self._public.history(symbol, interval, start=start, end=end, limit=limit)
        return _span([*older, *latest], start, None)

    # streams

    async def subscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        self._public.subscribe(self._topic(channel, symbol, interval, step), step)

    async def unsubscribe(
        self, channel: Channel | str, symbol: str, interval: str | None = None, step: str | None = None
    ) -> None:
        self._public.unsubscribe(self._topic(channel, symbol, interval, step))

    async def start_account_stream(self) -> None:
        """Watch the account by polling: the venue has no private stream."""
        self._check_open()
        addresses.required(self.venue, "rest", self._endpoints.rest)
        self._api.check_credentials()
        self._private.start()

    # trading

    async def place_order(self, request: OrderRequest) -> Order:
        return await self._trading.place_order(request)

    async def place_orders(self, requests: Sequence[OrderRequest]) -> list[Order | Failure]:
        return await self._trading.place_orders(requests)

    async def cancel_order(self, order: Order) -> Order:
        return await self._trading.cancel_order(order)

    async def cancel_orders(self, orders: Sequence[Order]) -> list[Order | Failure]:
        return await self._trading.cancel_orders(orders)

    async def cancel_all(self, symbol: str | None = None, side: Side | str | None = None) -> None:
        await self._trading.cancel_all(symbol, None if side is None else Side(side))

    async def order(self, order: Order) -> Order:
        found = await self._queries.order(order)
        self._private.seen(found)
        return found

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        found = await self._queries.open_orders(symbol)
        for order in found:
            self._private.seen(order)
        return found

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
        if client_order_id is not None:
            self.missing("client_order_id")
        found = await self._queries.fills(symbol, start, end, limit)
        return [fill for fill in found if _between(fill.trade_id, from_id, to_id)]

    # account

    async def balances(self, account_id: str | None = None) -> list[Balance]:
        if account_id is not None:
            self.missing("accounts")
        return await self._queries.balances()

    def _topic(self, channel: Channel | str, symbol: str, interval: str | None, step: str | None) -> Topic:
        """Return what a subscription names; raise `NotSupported` for what the stream does not have."""
        known = self._channel(channel, interval)
        number = "0" if step is None else str(step).removeprefix("step")
        if step is not None and (known is not Channel.BOOK or number not in STEPS):
            raise NotSupported(f"Books alone have a step, one of {', '.join(STEPS)}", venue=self.venue)
        if known is Channel.QUOTES:
            addresses.required(self.venue, "rest", self._endpoints.rest)
            return Topic(known, symbol)
        addresses.required(self.venue, "stream", self._endpoints.stream)
        detail = {Channel.BOOK: number, Channel.CANDLES: interval or ""}.get(known, "")
        return Topic(known, symbol, detail)

    def _on_silent_topic(self, topic: Topic, reason: str) -> None:
        self._deliver(
            StreamStatus(
                venue=self.venue,
                stream="public",
                state=StreamState.STALE,
                reason=reason,
                time=machine_ms(),
                symbol=topic.symbol,
                channel=topic.kind,
            )
        )


def _span(candles: Sequence[Candle], start: int | None, limit: int | None) -> list[Candle]:
    found = [candle for candle in candles if start is None or candle.time >= start]
    return found if limit is None else found[max(len(found) - limit, 0) :]


def _between(trade_id: str, from_id: str | None, to_id: str | None) -> bool:
    """Tell whether a fill lies between two ids, both left out; they grow with time."""
    number = int(trade_id) if trade_id.isdigit() else None
    if number is None:
        return True
    after = from_id is None or not from_id.isdigit() or number > int(from_id)
    return after and (to_id is None or not to_id.isdigit() or number < int(to_id))
