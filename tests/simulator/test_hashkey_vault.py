"""Money moved between the accounts of a simulated HashKey user is neither made nor lost, whatever is asked."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.simulator.faults import FaultBoard
from terminal.simulator.hashkey import HashKeyVenue
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_auth import Limits
from terminal.simulator.hashkey_profiles import MENA
from terminal.simulator.hashkey_vault import STAGE_MS, Vault, Withdrawal
from terminal.simulator.instruments import instruments_of
from terminal.simulator.state import MemoryStore
from terminal.simulator.world import WorldSettings, build_world

ACCOUNTS = ("main", "custody", "fiat", "sub")


def made() -> tuple[HashKeyVenue, Accounts, Vault]:
    instruments = [each for each in instruments_of(MENA.name, MENA.terms) if each.symbol == "BTCUSDT"]
    world = build_world(
        MENA.name, instruments, {}, settings=WorldSettings(seed=1), store=MemoryStore(), faults=FaultBoard()
    )
    venue = HashKeyVenue(world, MENA, limits=Limits())
    accounts = Accounts(world.identity)
    return venue, accounts, Vault(venue, accounts, world.ids)


def totals(venue: HashKeyVenue) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for account in venue.engine.accounts:
        for asset, (free, locked) in venue.engine.balances(account).items():
            assert free >= 0
            found[asset] = found.get(asset, Decimal(0)) + free + locked
    return found


moves = st.tuples(
    st.sampled_from(ACCOUNTS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(("USDT", "BTC", "USD", "ETH")),
    st.decimals("0.00000001", "200000", places=8),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(moves, max_size=12))
def test_transfers_keep_every_total_and_each_statement_ends_in_its_balance(
    asked: list[tuple[str, str, str, Decimal]],
) -> None:
    venue, accounts, vault = made()
    before = totals(venue)
    for source, target, asset, quantity in asked:
        held = {account: dict(venue.engine.balances(account)) for account in venue.engine.accounts}
        try:
            vault.move(getattr(accounts, source).id, getattr(accounts, target).id, asset, quantity, "")
        except ValueError:
            assert {account: dict(venue.engine.balances(account)) for account in venue.engine.accounts} == held
    assert totals(venue) == before
    newest: dict[tuple[str, str], Decimal] = {}
    for line in vault.flows():
        newest.setdefault((line.account_id, line.coin), line.total)
    for (account, asset), total in newest.items():
        if account in accounts.by_id:
            assert sum(venue.engine.balances(account)[asset]) == total


@settings(max_examples=30, deadline=None)
@given(st.decimals("1", "1000", places=8), st.lists(st.integers(0, 2 * STAGE_MS), max_size=6), st.booleans())
def test_a_withdrawal_takes_its_quantity_once_or_not_at_all(quantity: Decimal, waits: list[int], fails: bool) -> None:
    venue, accounts, vault = made()
    custody = accounts.custody.id
    before = venue.engine.balances(custody)["USDT"][0]
    vault.change(custody, "USDT", 904, -quantity)
    row = Withdrawal(
        id=vault.new_id("W"), client_order_id="w", coin="USDT", chain="ETH", address="0x", quantity=quantity,
        fee=Decimal(1), status="under_review", time=venue.clock.now(), due=venue.clock.now() + STAGE_MS,
    )  # fmt: skip
    vault.put_withdrawal(row)
    for wait in waits:
        venue.clock.advance(wait)
        vault.step(venue.clock.now())
    if fails and row.status != "successful":
        vault.set_withdrawal(row, "failed")
    expected = before if row.status == "failed" else before - quantity
    assert venue.engine.balances(custody)["USDT"][0] == expected
