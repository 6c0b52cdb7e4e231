"""HashKey's wallet endpoints: deposit address and history, proof of a sender, withdrawals.

Source: HashKey MENA document, section "Wallet". Which code answers which mistake is not said there: each takes the one
whose text fits. All of it belongs to the master account; a sub key is refused.
"""

from __future__ import annotations

import hashlib
import string
from decimal import Decimal
from itertools import islice

from terminal.domain.numbers import parse_decimal
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_auth import Asked
from terminal.simulator.hashkey_coins import Chain, Coin, coin_of, need_coin
from terminal.simulator.hashkey_errors import HashKeyRefusal, illegal, missing
from terminal.simulator.hashkey_payloads import amount
from terminal.simulator.hashkey_requests import Span, read_limit, read_whole
from terminal.simulator.hashkey_vault import (
    CUSTODY_WITHDRAW,
    NOT_VERIFIED,
    STAGE_MS,
    UNAUTHENTICATED,
    UNDER_REVIEW,
    Deposit,
    Vault,
    Withdrawal,
)
from terminal.simulator.venue import EngineVenue

_EXCHANGES = frozenset({"Binance", "OKX", "Coinbase", "Bybit", "Kraken"})
_PLATFORMS = frozenset({"BINANCE", "OKX", "BITGET", "BYBIT"})
_LETTERS_AND_DIGITS = frozenset(string.ascii_letters + string.digits)
_MAX_MEMO = 20
_MAX_CLIENT_ID = 255
_MAX_DECIMALS = 8
_SHORTEST_ADDRESS, _LONGEST_ADDRESS = 20, 110


class WalletApi:
    """Answers wallet requests that passed the guard. Every method returns the decoded JSON body or refuses."""

    def __init__(self, venue: EngineVenue, accounts: Accounts, vault: Vault, listed: frozenset[str]) -> None:
        self._venue = venue
        self._accounts = accounts
        self._vault = vault
        self._listed = listed

    def deposit_address(self, asked: Asked) -> object:
        _master_only(asked)
        coin = need_coin(asked.need("coin"), self._listed)
        chain = _chain(coin, asked.need("chainType"))
        return {
            "canDeposit": chain.takes_deposits,
            "address": address_of(self._accounts.main.id, chain.name),
            "addressExt": "",
            "minQuantity": amount(chain.min_deposit),
            "needAddressTag": False,
            "requiredConfirmTimes": chain.confirmations,
            "canWithdrawConfirmTimes": chain.confirmations,
            "coinType": coin.token_type,
        }

    def deposits(self, asked: Asked) -> object:
        """List deposits, newest first; `coin` may name the chain too ("ETH_USDT")."""
        _master_only(asked)
        chain, _, coin = (asked.get("coin") or "").rpartition("_")
        span = _span(asked)
        limit = read_limit(asked.values, default=500, maximum=1000)
        rows = sorted(self._vault.deposits.values(), key=lambda row: -row.time)
        chosen = (
            row
            for row in rows
            if (not coin or row.coin == coin) and (not chain or row.chain == chain) and row.time in span
        )
        return [_deposit_row(row) for row in islice(chosen, limit)]

    def authenticate(self, asked: Asked) -> object:
        """Take a statement of who sent a deposit: it is then reviewed, credited and successful."""
        _master_only(asked)
        tx_id = asked.need("txid")
        if asked.get("institutionalName") is None:
            for name in ("senderFirstName", "senderLastName"):
                asked.need(name)
        if asked.need("exchangeName") not in _EXCHANGES:
            raise illegal("exchangeName")
        if asked.need("isAddressOwner") != "true":
            raise illegal("isAddressOwner")
        deposit = self._vault.deposits.get(tx_id)
        if deposit is None:
            raise HashKeyRefusal("-1212")
        if deposit.status not in (UNAUTHENTICATED, NOT_VERIFIED):
            raise HashKeyRefusal("-1207")
        self._vault.set_deposit(deposit, UNDER_REVIEW)
        self._venue.settle()
        return {"success": True, "msg": "", "timestamp": str(self._venue.clock.server_time())}

    def withdraw(self, asked: Asked) -> object:
        if not asked.is_master:
            raise HashKeyRefusal("-4009")
        coin = need_coin(asked.need("coin"), self._listed)
        client_id = asked.need("clientOrderId")
        if len(client_id) > _MAX_CLIENT_ID:
            raise HashKeyRefusal("-1123")
        address = asked.need("address")
        chain = _chain(coin, asked.need("chainType"))
        if not chain.takes_withdrawals:
            raise HashKeyRefusal("-1169")
        _check_address(address, chain)
        platform = (asked.get("platform") or "").upper()
        if platform and platform not in _PLATFORMS:
            raise illegal("platform")
        memo = _memo(asked, chain)
        quantity = _quantity(asked, chain)
        if any(row.client_order_id == client_id for row in self._vault.withdrawals.values()):
            raise HashKeyRefusal("-4013")
        custody = self._accounts.custody.id
        free, _ = self._venue.engine.balances(custody).get(coin.name, (Decimal(0), Decimal(0)))
        if quantity > free:
            raise HashKeyRefusal("-4003")
        self._vault.change(custody, coin.name, CUSTODY_WITHDRAW, -quantity)
        withdrawal = Withdrawal(
            id=self._vault.new_id("W"),
            client_order_id=client_id,
            coin=coin.name,
            chain=chain.name,
            address=address,
            quantity=quantity,
            fee=chain.fee,
            status="under_review",
            time=self._venue.clock.server_time(),
            platform=platform,
            memo=memo,
            due=self._venue.clock.now() + STAGE_MS,
        )
        self._vault.put_withdrawal(withdrawal)
        self._venue.settle()
        return {"success": True, "id": "0", "orderId": withdrawal.id, "accountId": custody}

    def withdrawals(self, asked: Asked) -> object:
        """List withdrawals, newest first."""
        _master_only(asked)
        coin, remark, memo = asked.get("coin"), asked.get("remark"), asked.get("memo")
        span = _span(asked)
        limit = read_limit(asked.values, default=500, maximum=1000)
        rows = sorted(self._vault.withdrawals.values(), key=lambda row: -row.time)
        chosen = (
            row
            for row in rows
            if (coin is None or row.coin == coin)
            and (remark is None or row.remark == remark)
            and (memo is None or row.memo == memo)
            and row.time in span
        )
        return [_withdrawal_row(row) for row in islice(chosen, limit)]

    def chain_types(self, asked: Asked) -> object:
        """The chains of one coin; an unknown coin is answered in the body, as the document's table has it."""
        name = asked.need("coinId")
        if name not in self._listed:
            return {"errorCode": "0001", "errorMsg": "Required field coinId missing or invalid"}
        coin = coin_of(name)
        chains = [chain.name for chain in coin.chains]
        return [{"coinId": coin.name, "coinName": coin.name, "chainTypeList": chains}]


def address_of(user: str, chain: str) -> str:
    """Return a user's own address on a chain: it looks like one there and never changes."""
    digest = hashlib.sha256(f"{user}/{chain}".encode()).hexdigest()
    if chain == "BTC":
        return "bc1q" + digest[:38]
    if chain == "Tron":
        return "T" + digest[:33].upper().replace("0", "x")
    if chain in ("ETH", "Avalanche", "HashKeyChain"):
        return "0x" + digest[:40]
    return digest[:34]


def _master_only(asked: Asked) -> None:
    if not asked.is_master:
        raise HashKeyRefusal("-3117")


def _chain(coin: Coin, name: str) -> Chain:
    chain = coin.chain(name)
    if chain is None:
        raise illegal("chainType")
    return chain


def _span(asked: Asked) -> Span:
    return Span(read_whole(asked.values, "startTime"), read_whole(asked.values, "endTime"))


def _check_address(address: str, chain: Chain) -> None:
    is_hex_chain = chain.name in ("ETH", "Avalanche", "HashKeyChain")
    body = address.removeprefix("0x")
    if is_hex_chain:
        is_good = len(address) == 42 and address.startswith("0x") and set(body) <= set(string.hexdigits)
    else:
        is_good = _SHORTEST_ADDRESS <= len(address) <= _LONGEST_ADDRESS and set(address) <= _LETTERS_AND_DIGITS
    if not is_good:
        raise HashKeyRefusal("-1163")


def _memo(asked: Asked, chain: Chain) -> str:
    memo = asked.get("memo") or ""
    if not memo and chain.needs_memo:
        raise missing("memo")
    if len(memo) > _MAX_MEMO or not set(memo) <= _LETTERS_AND_DIGITS:
        raise illegal("memo")
    return memo


def _quantity(asked: Asked, chain: Chain) -> Decimal:
    text = asked.get("quantity")
    if text is None:
        raise HashKeyRefusal("-1165")
    try:
        quantity = parse_decimal(text)
    except ValueError:
        raise HashKeyRefusal("-1168") from None
    if quantity <= 0 or quantity != quantity.quantize(Decimal(1).scaleb(-_MAX_DECIMALS)):
        raise HashKeyRefusal("-1168")
    if quantity < chain.minimum or quantity <= chain.fee:
        raise HashKeyRefusal("-1167")
    if chain.maximum and quantity > chain.maximum:
        raise HashKeyRefusal("-4019")
    return quantity


def _deposit_row(row: Deposit) -> dict[str, object]:
    return {
        "time": str(row.time),
        "coin": row.coin,
        "coinName": row.coin,
        "address": row.address,
        "quantity": f"{row.quantity:.20f}",
        "status": row.status,
        "statusCode": str(row.status),
        "txId": row.tx_id,
    }


def _withdrawal_row(row: Withdrawal) -> dict[str, object]:
    return {
        "time": str(row.time),
        "id": row.id,
        "coin": row.coin,
        "coinId": row.coin,
        "coinName": row.coin,
        "address": row.address,
        "quantity": f"{row.quantity:.8f}",
        "arriveQuantity": f"{row.quantity - row.fee:.8f}" if row.status == "successful" else "",
        "status": row.status,
        "txId": row.tx_id,
        "addressUrl": row.address,
        "feeCoinId": row.coin,
        "feeCoinName": row.coin,
        "fee": f"{row.fee:.8f}",
        "remark": row.remark,
        "platform": row.platform,
        "memo": row.memo,
    }
