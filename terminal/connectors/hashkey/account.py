"""HashKey's account reads: balances, fee tier and rates, fills (PROTOCOLS 2.4)."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.connectors.hashkey import messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.parameters import pairs
from terminal.connectors.venue_clock import machine_ms
from terminal.connectors.wire import decoder
from terminal.domain.account import Balance, FeeRates, Fill
from terminal.domain.failures import InstrumentNotFound
from terminal.domain.wallet import VipInfo

_FILLS = decoder(list[messages.AccountTrade])
_ACCOUNT = decoder(messages.Account)
_VIP = decoder(messages.VipInfo)


class AccountReads:
    """Reads of one account. One unreadable row makes a listing unusable: a missing row would be a wrong number."""

    def __init__(self, api: HashKeyApi, parser: Parser) -> None:
        self._api = api
        self._parser = parser

    async def balances(self, account_id: str | None) -> list[Balance]:
        """Return the key's own balances, or those of a sub account (a master key may ask), which then carry its id
        as their account. Source: GET account"""
        parser = self._parser.of_account(account_id)
        return await self._api.signed(
            "GET",
            "/api/v1/account",
            pairs(("accountId", account_id)),
            _ACCOUNT,
            lambda reply: [parser.balance(row, machine_ms()) for row in reply.balances],
        )

    async def fee_rates(self, symbol: str) -> FeeRates:
        """Return the account's own rates for one symbol, the venue's daily snapshot. Source: GET account/vipInfo"""
        info = await self.vip_info((symbol,))
        rates = next((rates for rates in info.rates if rates.symbol == symbol), None)
        if rates is None:
            raise InstrumentNotFound(f"The venue names no fee rates for {symbol}", venue=self._api.profile.venue)
        return rates

    async def vip_info(self, symbols: Sequence[str] | None) -> VipInfo:
        """Return the account's fee tier with the rates of some symbols or of all. Source: GET account/vipInfo"""
        return await self._api.signed(
            "GET",
            "/api/v1/account/vipInfo",
            pairs(("symbols", None if symbols is None else ",".join(symbols))),
            _VIP,
            self._parser.vip_info,
        )

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
        sub_account: str | None = None,
    ) -> list[Fill]:
        """Return fills, oldest first; at most 30 days. `from_id` and `to_id` bound their ids, both left out.

        Those of a sub account carry its id as their account. Source: GET account/trades, GET subAccount/trades
        """

        parser = self._parser.of_account(sub_account)

        def convert(rows: list[messages.AccountTrade]) -> list[Fill]:
            return sorted(map(parser.fill, rows), key=lambda fill: (fill.time, len(fill.trade_id), fill.trade_id))

        return await self._api.signed(
            "GET",
            "/api/v1/account/trades" if sub_account is None else "/api/v1/subAccount/trades",
            pairs(
                ("subAccountId", sub_account),
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
