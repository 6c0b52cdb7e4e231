"""HashKey's account reads: balances, fee rates, fills (PROTOCOLS 2.4)."""

from __future__ import annotations

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi, pairs
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import decoder
from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.failures import InstrumentNotFound

_FILLS = decoder(list[messages.AccountTrade])
_ACCOUNT = decoder(messages.Account)
_VIP = decoder(messages.VipInfo)


class AccountReads:
    """Reads of one account. One unreadable row makes a listing unusable: a missing row would be a wrong number."""

    def __init__(self, api: HashKeyApi, parser: Parser) -> None:
        self._api = api
        self._parser = parser

    async def balances(self, account_id: str | None) -> list[Balance]:
        """Return the key's own balances, or those of a sub account (a master key may ask). Source: GET account"""
        return await self._api.signed(
            "GET",
            "/api/v1/account",
            pairs(("accountId", account_id)),
            _ACCOUNT,
            lambda reply: [self._parser.balance(row, machine_ms()) for row in reply.balances],
        )

    async def fee_rates(self, symbol: str) -> FeeRates:
        """Return the account's own rates, the venue's daily snapshot. Source: GET account/vipInfo"""
        rates = await self._api.signed(
            "GET",
            "/api/v1/account/vipInfo",
            pairs(("symbols", symbol)),
            _VIP,
            lambda reply: [self._parser.fee_rates(row) for row in reply.data if row.symbol == symbol],
        )
        if not rates:
            raise InstrumentNotFound(f"The venue names no fee rates for {symbol}", venue=self._api.profile.venue)
        return rates[0]

    async def fills(
        self,
        symbol: str | None,
        start: int | None,
        end: int | None,
        limit: int | None,
        *,
        client_order_id: str | None,
        from_id: str | None,
        to_id: str | None,
    ) -> list[Fill]:
        """Return fills, oldest first; at most 30 days. Source: GET account/trades"""

        def convert(rows: list[messages.AccountTrade]) -> list[Fill]:
            return sorted(map(self._parser.fill, rows), key=lambda fill: (fill.time, len(fill.trade_id), fill.trade_id))

        return await self._api.signed(
            "GET",
            "/api/v1/account/trades",
            pairs(
                ("symbol", symbol),
                ("startTime", start),
                ("endTime", end),
                ("clientOrderId", client_order_id),
                ("fromId", from_id),
                ("toId", to_id),
                ("limit", limit),
            ),
            _FILLS,
            convert,
        )
