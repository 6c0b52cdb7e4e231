"""Balances and what they are worth: only through traded pairs, and unknown when there is none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import Balance, Source
from terminal.trading.portfolio import Portfolio
from terminal.trading.topics import ChangedTopics, TradingTopic

PRICES = {("BTC", "USDT"): Decimal(50_000), ("USDT", "AED"): Decimal("3.7"), ("ETH", "BTC"): Decimal("0.05")}


def balance(asset: str, free: str, locked: str = "0", total: str | None = None) -> Balance:
    return Balance(
        venue="v",
        account="a",
        asset=asset,
        free=Decimal(free),
        locked=Decimal(locked),
        total=None if total is None else Decimal(total),
    )


@pytest.fixture
def changed() -> ChangedTopics:
    return ChangedTopics()


@pytest.fixture
def portfolio(changed: ChangedTopics) -> Portfolio:
    return Portfolio(price_of=lambda base, quote: PRICES.get((base, quote)), clock=lambda: 77, changed=changed)


def test_free_is_unknown_before_the_first_listing_and_zero_for_the_unlisted(portfolio: Portfolio) -> None:
    assert portfolio.free("a", "BTC") is None
    portfolio.update("a", balance("BTC", "2"))
    assert (portfolio.free("a", "BTC"), portfolio.free("a", "ETH")) == (Decimal(2), None)
    portfolio.replace("a", [balance("USDT", "5")])
    assert (portfolio.free("a", "BTC"), portfolio.free("a", "USDT")) == (Decimal(0), Decimal(5))
    assert portfolio.refreshed("a") == 77
    assert portfolio.refreshed("b") is None


def test_listing_tells_what_differed_after_the_first_one(portfolio: Portfolio) -> None:
    assert portfolio.replace("a", [balance("BTC", "1"), balance("USDT", "5")]) == []
    portfolio.update("a", balance("USDT", "4", locked="1"))
    assert portfolio.replace("a", [balance("USDT", "4", locked="1")]) == ["BTC"]


def test_accounts_are_kept_apart(portfolio: Portfolio, changed: ChangedTopics) -> None:
    portfolio.update("a", balance("BTC", "1"))
    portfolio.update("b", balance("BTC", "2"))
    assert changed.take() == {TradingTopic.BALANCES}
    portfolio.replace("a", [])
    assert [found.free for found in portfolio.balances()] == [Decimal(2)]
    assert portfolio.balances("a") == []


@pytest.mark.parametrize(
    ("asset", "amount", "currency", "value"),
    [
        ("BTC", "2", "USDT", "100000"),
        ("USDT", "100000", "BTC", "2"),
        ("BTC", "1", "AED", "185000"),
        ("AED", "3.7", "USDT", "1"),
        ("ETH", "2", "USDT", "5000"),
        ("USDT", "7", "USDT", "7"),
        ("DOGE", "0", "USDT", "0"),
    ],
)
def test_value_goes_through_traded_pairs(
    portfolio: Portfolio, asset: str, amount: str, currency: str, value: str
) -> None:
    found = portfolio.value(asset, Decimal(amount), currency)
    assert found is not None
    assert round(found, 12) == Decimal(value)


def test_currencies_without_a_pair_are_not_taken_for_equal(portfolio: Portfolio) -> None:
    assert portfolio.value("USD", Decimal(1), "USDT") is None
    portfolio.replace("a", [balance("USDT", "5"), balance("USD", "1")])
    assert portfolio.total("USDT") is None
    assert portfolio.unvalued("USDT") == ["USD"]


def test_total_takes_the_venues_own_total_where_it_gives_one(portfolio: Portfolio) -> None:
    assert portfolio.total() is None
    portfolio.replace("a", [balance("USDT", "5", "1", total="7"), balance("BTC", "1", "1")])
    assert portfolio.total() == Decimal(100_007)


@given(st.decimals(min_value=0, max_value=10**9, places=8), st.sampled_from(["BTC", "ETH", "AED", "USDT"]))
def test_value_there_and_back_is_the_same(amount: Decimal, asset: str) -> None:
    portfolio = Portfolio(price_of=lambda base, quote: PRICES.get((base, quote)), clock=lambda: 0)
    there = portfolio.value(asset, amount, "USDT")
    assert there is not None
    back = portfolio.value("USDT", there, asset)
    assert back is not None
    assert abs(back - amount) < Decimal("1e-20")


def test_what_the_stream_told_since_the_listing_was_asked_for_stays(portfolio: Portfolio) -> None:
    portfolio.replace("a", [balance("USDT", "100")])
    portfolio.update("a", replace(balance("USDT", "10"), source=Source.STREAM, received=50))
    portfolio.update("a", replace(balance("BTC", "3"), source=Source.STREAM, received=30))
    portfolio.replace("a", [balance("USDT", "100"), balance("BTC", "1")], asked=40)
    assert (portfolio.free("a", "USDT"), portfolio.free("a", "BTC")) == (Decimal(10), Decimal(1))
