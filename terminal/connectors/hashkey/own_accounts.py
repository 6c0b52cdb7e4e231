"""HashKey's accounts of one user: their list, transfers between them, their statements (PROTOCOLS 2.4)."""

from __future__ import annotations

from terminal.connectors.hashkey import wallet_messages as messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.endpoints import TRANSFER
from terminal.connectors.hashkey.parse_wallet import WalletParser
from terminal.connectors.hashkey.wallet_rules import check_transfer
from terminal.connectors.parameters import pairs
from terminal.connectors.wire import decoder, text
from terminal.domain.kinds import TransferDirection
from terminal.domain.numbers import plain
from terminal.domain.wallet import BalanceChange, Transfer, TransferReceipt, TransferRequest, VenueAccount

_ACCOUNTS = decoder(list[messages.AccountTypeRow])
_TRANSFERRED = decoder(messages.TransferReply)
_KEY_TYPE = decoder(messages.ApiKeyType)
_FIAT = decoder(list[messages.FiatRow])
_FLOW = decoder(list[messages.FlowRow])


class OwnAccounts:
    """What a key may see and move of its user's accounts. One unreadable row makes a listing unusable."""

    def __init__(self, api: HashKeyApi, parser: WalletParser) -> None:
        self._api = api
        self._parser = parser

    async def accounts(self) -> list[VenueAccount]:
        """Source: GET account/type"""
        return await self._api.signed(
            "GET",
            "/api/v1/account/type",
            (),
            _ACCOUNTS,
            lambda rows: [*map(self._parser.venue_account, rows)],
        )

    async def api_key_type(self) -> str:
        """Source: GET account/checkApiKey"""
        return await self._api.signed(
            "GET", "/api/v1/account/checkApiKey", (), _KEY_TYPE, lambda reply: text(reply.account_type)
        )

    async def transfer(self, request: TransferRequest) -> TransferReceipt:
        """Move an asset between two of the user's accounts, at most once a second.

        Raises `OutcomeUnknown` when no trustworthy answer came; never repeated. Source: POST assetTransfer
        """
        check_transfer(self._api.profile.venue, request)
        return await self._api.signed(
            "POST",
            "/api/v1/account/assetTransfer",
            pairs(
                ("fromAccountId", request.from_account),
                ("toAccountId", request.to_account),
                ("coin", request.asset),
                ("quantity", plain(request.quantity)),
                ("remark", request.remark),
                ("clientOrderId", request.client_order_id),
            ),
            _TRANSFERRED,
            lambda reply: self._parser.receipt(request, reply),
            group=TRANSFER,
            write=True,
            about_order=True,
        )

    async def fiat_history(
        self,
        direction: TransferDirection,
        start: int,
        end: int,
        *,
        status: str | None,
        channel: str | None,
        remark: str | None,
        limit: int | None,
    ) -> list[Transfer]:
        """Return bank transfers, oldest first; those before September 2023 are in the channel "manual".

        Source: GET fiat/history
        """

        def convert(rows: list[messages.FiatRow]) -> list[Transfer]:
            return sorted(map(self._parser.fiat, rows), key=lambda transfer: (transfer.time or 0, transfer.id))

        return await self._api.signed(
            "GET",
            "/api/v1/account/fiat/history",
            pairs(
                ("type", "deposit" if direction is TransferDirection.DEPOSIT else "withdraw"),
                ("startTime", start),
                ("endTime", end),
                ("status", status),
                ("channel", channel),
                ("remark", remark),
                ("limit", limit),
            ),
            _FIAT,
            convert,
        )

    async def balance_flow(
        self, start: int, end: int, *, flow_type: int | None, account_type: int | None, limit: int | None
    ) -> list[BalanceChange]:
        """Return the lines of statements, oldest first. Source: GET balanceFlow"""

        def convert(rows: list[messages.FlowRow]) -> list[BalanceChange]:
            return sorted(map(self._parser.balance_change, rows), key=lambda line: (line.time, len(line.id), line.id))

        return await self._api.signed(
            "GET",
            "/api/v1/account/balanceFlow",
            pairs(
                ("startTime", start),
                ("endTime", end),
                ("limit", limit),
                ("flowType", flow_type),
                ("accountType", account_type),
            ),
            _FLOW,
            convert,
        )
