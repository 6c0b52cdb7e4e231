"""What lies behind a fresh user: deposits in all ten states, withdrawals in all six, bank orders, a statement."""

from __future__ import annotations

from decimal import Decimal

from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_coins import coin_of
from terminal.simulator.hashkey_vault import (
    CUSTODY_DEPOSIT,
    CUSTODY_WITHDRAW,
    FIAT_DEPOSIT,
    FIAT_WITHDRAW,
    FUNDING,
    TRANSFER,
    Deposit,
    FiatOrder,
    Flow,
    Vault,
    Withdrawal,
    hash_of,
)
from terminal.simulator.hashkey_wallet import address_of
from terminal.simulator.venue import EngineVenue

_HOUR = 3_600_000

_DEPOSITS = (
    # coin, chain, quantity, state, hours ago
    ("BTC", "BTC", "0.35", 1, 2),
    ("USDT", "ETH", "22", 1, 5),
    ("ETH", "ETH", "1.25", 2, 9),
    ("USDT", "Tron", "450", 3, 30),
    ("USDT", "ETH", "5000", 4, 480),
    ("BTC", "BTC", "0.3", 4, 288),
    ("ETH", "ETH", "0.4", 5, 60),
    ("SOL", "Solana", "12.5", 6, 140),
    ("LTC", "Litecoin", "3", 7, 200),
    ("USDT", "Tron", "1200", 8, 1),
    ("DOGE", "Dogecoin", "2500", 9, 48),
    ("ETH", "ETH", "0.02227914313347269", 10, 330),
)
_WITHDRAWALS = (
    # coin, chain, quantity, state, platform, hours ago
    ("USDT", "ETH", "1200", "successful", "BINANCE", 216),
    ("BTC", "BTC", "0.05", "failed", "", 150),
    ("ETH", "ETH", "0.5", "canceled", "OKX", 100),
    ("USDT", "Tron", "300", "canceling", "", 3),
    ("USDT", "ETH", "10", "withdrawing", "", 2),
    ("ETH", "ETH", "0.25", "under_review", "BYBIT", 1),
)
_FIAT_ORDERS = (
    # type, gross, fee, state, hours ago; None: from before September 2023, of the manual channel
    ("deposit", "10000", "0", "successful", 360),
    ("deposit", "2500", "0", "processing", 4),
    ("deposit", "800", "0", "under_review", 2),
    ("deposit", "150", "0", "failed", 250),
    ("deposit", "400", "0", "withdraw_return", 300),
    ("withdraw", "500", "5", "successful", 192),
    ("withdraw", "1000", "5", "processing", 6),
    ("withdraw", "200", "5", "under_review", 3),
    ("withdraw", "100", "5", "failed", 270),
    ("withdraw", "60", "5", "return", 310),
    ("deposit", "1000", "0", "successful", None),
    ("withdraw", "1000", "5", "successful", None),
)
_OLD_FIAT_ORDER_TIME = 1_692_871_200_000  # 2023-08-24
_FLOWS = (
    # account, asset, kind, change, hours ago
    ("sub", "USDT", TRANSFER, "3000", 72),
    ("main", "USDT", TRANSFER, "-3000", 72),
    ("main", "USDT", TRANSFER, "2000", 144),
    ("custody", "USDT", TRANSFER, "-2000", 144),
    ("fiat", "USD", FIAT_WITHDRAW, "-505", 192),
    ("custody", "USDT", CUSTODY_WITHDRAW, "-1200", 216),
    ("custody", "BTC", CUSTODY_DEPOSIT, "0.3", 288),
    ("fiat", "USD", FIAT_DEPOSIT, "10000", 360),
    ("custody", "USDT", CUSTODY_DEPOSIT, "5000", 480),
)
_FUNDING = (("BTCUSDT", "-12.4375", 8), ("BTCUSDT", "-9.81", 16))
_CONTRACT_TYPE = 3


def plant(vault: Vault, venue: EngineVenue, accounts: Accounts) -> None:
    """Give a fresh vault its past. Balances are not touched: they hold what this past has left."""
    now = venue.clock.now()
    seed = accounts.main.id
    for index, (coin, chain, quantity, status, hours) in enumerate(_DEPOSITS):
        vault.put_deposit(
            Deposit(
                tx_id=hash_of(seed, "deposit", str(index)),
                coin=coin,
                chain=chain,
                address=address_of(seed, chain),
                quantity=Decimal(quantity),
                status=status,
                time=now - hours * _HOUR,
            )
        )
    for index, (coin, chain, quantity, state, platform, hours) in enumerate(_WITHDRAWALS):
        found = coin_of(coin).chain(chain)
        vault.put_withdrawal(
            Withdrawal(
                id=f"W{7920763588 + index}{seed[:8]}",
                client_order_id=f"seeded-{index}",
                coin=coin,
                chain=chain,
                address=address_of(f"{seed}/out", chain),
                quantity=Decimal(quantity),
                fee=found.fee if found else Decimal(0),
                status=state,
                time=now - hours * _HOUR,
                tx_id=hash_of(seed, "withdrawal", str(index)) if state == "successful" else "",
                platform=platform,
            )
        )
    for index, (kind, gross, fee, state, age) in enumerate(_FIAT_ORDERS):
        created = _OLD_FIAT_ORDER_TIME if age is None else now - age * _HOUR
        vault.put_fiat_order(
            FiatOrder(
                id=f"NF{kind[0].upper()}7739229403067{index:02d}816",
                type=kind,
                asset="USD",
                gross=Decimal(gross),
                fee=Decimal(fee),
                status=state,
                created=created,
                updated=created + _HOUR // 4,
                channel="auto" if age else "manual",
                remark=f"/D7739229713552{index:02d}",
                client_order_id=f"12345678911{index:02d}",
            )
        )
    _statement(vault, venue, accounts, now)


def _statement(vault: Vault, venue: EngineVenue, accounts: Accounts, now: int) -> None:
    """Write the statement lines so that their totals end in the balances of today."""
    by_name = {"main": accounts.main, "sub": accounts.sub, "custody": accounts.custody, "fiat": accounts.fiat}
    totals: dict[tuple[str, str], Decimal] = {}
    lines: list[Flow] = []
    for name, asset, kind, change, hours in _FLOWS:  # newest first: totals are told backwards
        account = by_name[name]
        held = venue.engine.balances(account.id).get(asset, (Decimal(0), Decimal(0)))
        total = totals.get((name, asset), sum(held, Decimal(0)))
        totals[name, asset] = total - Decimal(change)
        created = now - hours * _HOUR
        lines.append(
            Flow(
                id=str(created * 1_000_000 + len(lines)),
                account_id=account.id,
                account_type=account.type,
                coin=asset,
                kind=kind,
                change=Decimal(change),
                total=total,
                created=created,
            )
        )
    for symbol, change, hours in _FUNDING:
        created = now - hours * _HOUR
        lines.append(
            Flow(
                id=str(created * 1_000_000 + len(lines)),
                account_id=str(int(accounts.main.id) + 1),
                account_type=_CONTRACT_TYPE,
                coin="USDT",
                kind=FUNDING,
                change=Decimal(change),
                total=Decimal("1500"),
                created=created,
                symbol=symbol,
            )
        )
    for line in sorted(lines, key=lambda line: line.created):
        vault.put_flow(line)
