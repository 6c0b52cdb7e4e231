"""The coins of the simulated HashKey venues and the chains they travel on.

Source: HashKey MENA document, "Get ChainType", "Get Coin Information", `coins` of "Get Exchange Information" and the
deposit address. The document has no table of fees and bounds: those here are of the usual size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from terminal.simulator.hashkey_errors import HashKeyRefusal
from terminal.simulator.hashkey_payloads import amount

FIAT = frozenset({"USD", "AED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One chain of a coin; amounts in the coin."""

    name: str
    fee: Decimal
    minimum: Decimal
    maximum: Decimal
    min_deposit: Decimal
    confirmations: int
    takes_deposits: bool = True
    takes_withdrawals: bool = True
    needs_memo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """One coin; a currency of a bank has no chains."""

    name: str
    full_name: str
    token_type: str
    chains: tuple[Chain, ...] = ()

    @property
    def takes_deposits(self) -> bool:
        return any(chain.takes_deposits for chain in self.chains)

    @property
    def takes_withdrawals(self) -> bool:
        return any(chain.takes_withdrawals for chain in self.chains)

    def chain(self, name: str) -> Chain | None:
        return next((chain for chain in self.chains if chain.name == name), None)


def _chain(
    name: str,
    *amounts: str,
    confirmations: int = 12,
    takes_deposits: bool = True,
    takes_withdrawals: bool = True,
    needs_memo: bool = False,
) -> Chain:
    fee, minimum, maximum, min_deposit = (Decimal(text) for text in amounts)
    return Chain(
        name=name,
        fee=fee,
        minimum=minimum,
        maximum=maximum,
        min_deposit=min_deposit,
        confirmations=confirmations,
        takes_deposits=takes_deposits,
        takes_withdrawals=takes_withdrawals,
        needs_memo=needs_memo,
    )


def _native(name: str, full_name: str, *chains: Chain) -> Coin:
    return Coin(name=name, full_name=full_name, token_type="CHAIN_TOKEN", chains=chains)


def _token(name: str, full_name: str, *chains: Chain) -> Coin:
    return Coin(name=name, full_name=full_name, token_type="ERC20_TOKEN", chains=chains)


_COINS: Mapping[str, Coin] = {
    coin.name: coin
    for coin in (
        _native("BTC", "Bitcoin", _chain("BTC", "0.0001", "0.0005", "100", "0.0002", confirmations=2)),
        _native("ETH", "Ethereum", _chain("ETH", "0.002", "0.005", "2000", "0.002")),
        _token(
            "USDT",
            "Tether",
            _chain("ETH", "5", "20", "1000000", "1"),
            _chain("Tron", "1", "5", "1000000", "1", confirmations=20),
        ),
        _native("SOL", "Solana", _chain("Solana", "0.01", "0.05", "20000", "0.01", confirmations=32)),
        _native("XRP", "XRP", _chain("Ripple", "0.2", "20", "1000000", "1", confirmations=1, needs_memo=True)),
        _token("LINK", "Chainlink", _chain("ETH", "0.3", "1", "100000", "0.1")),
        _native("ADA", "Cardano", _chain("Cardano", "1", "5", "2000000", "1", takes_deposits=False)),
        _native("DOGE", "Dogecoin", _chain("Dogecoin", "4", "20", "5000000", "5", confirmations=40)),
        _native("LTC", "Litecoin", _chain("Litecoin", "0.001", "0.01", "20000", "0.01", confirmations=6)),
        _token("SHIB", "Shiba Inu", _chain("ETH", "250000", "1000000", "0", "50000", takes_withdrawals=False)),
        _native("AVAX", "Avalanche", _chain("Avalanche", "0.01", "0.1", "100000", "0.05", confirmations=1)),
        _native("HSK", "HashKey Platform Token", _chain("HashKeyChain", "0.1", "1", "1000000", "1")),
        Coin(name="USD", full_name="US Dollar", token_type="FIAT"),
        Coin(name="AED", full_name="UAE Dirham", token_type="FIAT"),
    )
}


def coin_of(asset: str) -> Coin:
    """Return a coin; one that nobody described (a recorded market's) has a chain of its own name."""
    known = _COINS.get(asset)
    return known or _native(asset, asset, _chain(asset, "0", "0.0001", "100", "0.0002"))


def need_coin(name: str, listed: frozenset[str]) -> Coin:
    """Return a coin that the venue lists; refuses (-4001) any other."""
    if name not in listed:
        raise HashKeyRefusal("-4001")
    return coin_of(name)


def coin_row(coin: Coin) -> dict[str, object]:
    """One coin of coinInfo."""
    return {
        "orgId": "9001",
        "coinId": coin.name,
        "coinName": coin.name,
        "coinFullName": coin.full_name,
        "allowWithdraw": coin.takes_withdrawals,
        "allowDeposit": coin.takes_deposits,
    }


def chain_row(chain: Chain) -> dict[str, object]:
    return {
        "chainType": chain.name,
        "withdrawFee": amount(chain.fee),
        "minWithdrawQuantity": amount(chain.minimum),
        "maxWithdrawQuantity": amount(chain.maximum),
        "minDepositQuantity": amount(chain.min_deposit),
        "allowDeposit": chain.takes_deposits,
        "allowWithdraw": chain.takes_withdrawals,
    }


def listed_coin(coin: Coin) -> dict[str, object]:
    """One coin of exchangeInfo: its chains are inside."""
    return {
        **coin_row(coin),
        "tokenType": coin.token_type,
        "status": 1,
        "chainTypes": [chain_row(chain) for chain in coin.chains],
    }
