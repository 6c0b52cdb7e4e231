"""HashKey's wallet: coins and networks, deposit addresses, deposits, withdrawals (PROTOCOLS 2.4)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from terminal.connectors.hashkey import wallet_messages as messages
from terminal.connectors.hashkey.api import HashKeyApi
from terminal.connectors.hashkey.errors import code_text, failure_of
from terminal.connectors.hashkey.exchange_info import ExchangeInfo
from terminal.connectors.hashkey.parse_wallet import WalletParser
from terminal.connectors.hashkey.wallet_rules import EXCHANGES, check_proof, check_withdrawal
from terminal.connectors.parameters import Parameters, pairs
from terminal.connectors.wire import decode_each, decoder, text
from terminal.domain.failures import (
    AuthFailed,
    ClockSkew,
    Failure,
    InstrumentNotFound,
    RateLimited,
    VenueUnavailable,
)
from terminal.domain.numbers import plain
from terminal.domain.wallet import Asset, DepositAddress, DepositProof, Transfer, WithdrawalRequest

log = logging.getLogger(__name__)

_ANY = decoder(msgspec.Raw)
_COIN = decoder(messages.CoinRow)
_COIN_INFO = decoder(messages.CoinInfo)
_CHAINS = decoder(list[messages.ChainTypes])
_ADDRESS = decoder(messages.DepositAddressReply)
_DEPOSITS = decoder(list[messages.DepositRow])
_WITHDRAWALS = decoder(list[messages.WithdrawalRow])
_WITHDRAWN = decoder(messages.WithdrawReply)

_UNUSABLE_COIN = "exchangeInfo: unusable coin"
_NOT_ABOUT_ONE_NETWORK = (AuthFailed, ClockSkew, RateLimited, VenueUnavailable)


class Wallet:
    """The wallet of one account. Its writes raise `OutcomeUnknown` when no trustworthy answer came; none is repeated.

    One unreadable row makes a listing unusable: a missing row would seem never to have been.
    """

    def __init__(self, api: HashKeyApi, parser: WalletParser, info: ExchangeInfo) -> None:
        self._api = api
        self._parser = parser
        self._info = info
        self._venue = api.profile.venue

    async def assets(self) -> list[Asset]:
        """Return the coins of all the venue's sites with their networks. Source: exchangeInfo"""
        found: dict[str, Asset] = {}
        for rows in await self._info.coins():
            coins = decode_each(
                rows, lambda row: self._parser.asset(_COIN.decode(row)), self._parser.malformed, _UNUSABLE_COIN
            )
            for coin in coins:
                found.setdefault(coin.asset, coin)
        return list(found.values())

    async def asset(self, asset: str) -> Asset:
        """Return one coin with its networks as of now. Source: coinInfo

        The document does not say whether it is signed: it is asked for unsigned, and signed when that is refused.
        """
        asked = pairs(("coinId", asset))

        def convert(reply: messages.CoinInfo) -> Asset | None:
            rows = (row for row in reply.coins if row.coin_id == asset)
            return next((self._parser.asset(row, reply.chain_types) for row in rows), None)

        try:
            found = await self._api.public("/api/v1/coinInfo", asked, _COIN_INFO, convert)
        except AuthFailed:
            found = await self._api.signed("GET", "/api/v1/coinInfo", asked, _COIN_INFO, convert)
        if found is None:
            raise InstrumentNotFound(f"The venue has no coin {asset:.40}", venue=self._venue)
        return found

    async def deposit_addresses(self, asset: str, network: str | None) -> list[DepositAddress]:
        """Return the address on a network, or one for each network of the coin. Source: deposit/address, chainType

        Of several networks, one that the venue refuses takes no other with it.
        """
        if network is not None:
            return [await self._deposit_address(asset, network)]
        found: list[DepositAddress] = []
        refusal: Failure | None = None
        for each in await self._networks(asset):
            try:
                found.append(await self._deposit_address(asset, each))
            except _NOT_ABOUT_ONE_NETWORK:
                raise
            except Failure as failure:
                log.info("%s: no deposit address for %s on %s: %s", self._venue, asset, each, failure)
                refusal = failure
        if refusal is not None and not found:
            raise refusal
        return found

    async def _deposit_address(self, asset: str, network: str) -> DepositAddress:
        return await self._api.signed(
            "GET",
            "/api/v1/account/deposit/address",
            (("coin", asset), ("chainType", network)),
            _ADDRESS,
            lambda reply: self._parser.deposit_address(asset, network, reply),
        )

    async def _networks(self, asset: str) -> Sequence[str]:
        rows = await self._api.signed(
            "GET", "/api/v1/account/chainType", (("coinId", asset),), _CHAINS, lambda reply: reply
        )
        for row in rows:
            words = row.error_msg if isinstance(row.error_msg, str) else None
            code = code_text(row.error_code)
            if code is not None:
                codes = self._api.profile.error_codes
                failure = failure_of(self._venue, code, words, write=False, about_order=False, codes=codes)
                if failure is not None:
                    raise failure
        chains = [chain for row in rows if row.coin_id in (None, asset) for chain in row.chain_type_list or ()]
        return list(dict.fromkeys(map(text, chains)))

    async def deposits(
        self, asset: str | None, start: int | None, end: int | None, limit: int | None
    ) -> list[Transfer]:
        """Return deposits, oldest first. Source: GET depositOrders

        The venue's filter takes names of chain and coin together that its rows do not have, so the coin is picked
        out of the answer: `limit` counts deposits of all coins.
        """

        def convert(rows: list[messages.DepositRow]) -> list[Transfer]:
            return _oldest_first([*map(self._parser.deposit, rows)])

        asked = pairs(("startTime", start), ("endTime", end), ("limit", limit))
        found = await self._api.signed("GET", "/api/v1/account/depositOrders", asked, _DEPOSITS, convert)
        return [deposit for deposit in found if asset in (None, deposit.asset)]

    async def withdrawals(
        self, asset: str | None, start: int | None, end: int | None, limit: int | None
    ) -> list[Transfer]:
        """Return withdrawals, oldest first; they do not name their client order ids. Source: GET withdrawOrders"""

        def convert(rows: list[messages.WithdrawalRow]) -> list[Transfer]:
            return _oldest_first([*map(self._parser.withdrawal, rows)])

        asked = pairs(("coin", asset), ("startTime", start), ("endTime", end), ("limit", limit))
        return await self._api.signed("GET", "/api/v1/account/withdrawOrders", asked, _WITHDRAWALS, convert)

    async def withdraw(self, request: WithdrawalRequest) -> Transfer:
        """Send an asset out; the venue asks for a client order id, so one is made where there is none.

        That the venue refuses a second request with the same id is not promised: after `OutcomeUnknown` look into
        `withdrawals` for the coin, address, quantity and time. Source: POST withdraw
        """
        check_withdrawal(self._venue, request)
        own_id = uuid.uuid4().hex if request.client_order_id is None else request.client_order_id
        platform = None if request.platform is None else request.platform.upper()
        sent = replace(request, client_order_id=own_id, platform=platform)
        return await self._api.signed(
            "POST",
            "/api/v1/account/withdraw",
            _withdrawal_parameters(sent),
            _WITHDRAWN,
            lambda reply: self._parser.accepted(sent, reply),
            write=True,
            about_order=True,
        )

    async def authenticate_deposit(self, proof: DepositProof) -> None:
        """Declare who sent a deposit. Source: POST authAddress"""
        check_proof(self._venue, proof)
        spelled = {name.casefold(): name for name in EXCHANGES}
        await self._api.signed(
            "POST",
            "/api/v1/account/authAddress",
            pairs(
                ("txid", proof.tx_id),
                ("senderFirstName", proof.first_name or None),
                ("senderLastName", proof.last_name or None),
                ("institutionalName", proof.institution or None),
                ("exchangeName", spelled.get(proof.exchange.casefold(), proof.exchange)),
                ("isAddressOwner", "true"),
            ),
            _ANY,
            lambda _: None,
            write=True,
        )


def _withdrawal_parameters(request: WithdrawalRequest) -> Parameters:
    return pairs(
        ("coin", request.asset),
        ("clientOrderId", request.client_order_id),
        ("address", request.address),
        ("quantity", plain(request.quantity)),
        ("chainType", request.network),
        ("platform", request.platform),
        ("memo", request.memo),
    )


def _oldest_first(transfers: list[Transfer]) -> list[Transfer]:
    return sorted(transfers, key=lambda transfer: (transfer.time or 0, transfer.id))
