"""The account book: unique labels, one account per simulated venue, secrets never shown."""

from __future__ import annotations

import pytest

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.domain import Credentials

LINE = {
    "hashkey-mena": {"rest": "http://127.0.0.1:1", "key": "k-123", "secret": "s-456", "admin": "http://127.0.0.1:2"},
    "hashgreen": {"rest": "http://127.0.0.1:3", "token": "t-789"},
}


def test_simulator_line_gives_one_trading_account_a_venue() -> None:
    book = AccountBook.of_simulator(LINE)
    assert [(info.label, info.venue, info.can_trade, info.environment) for info in book.accounts] == [
        ("hashkey-mena/main", "hashkey-mena", True, "simulated"),
        ("hashgreen/main", "hashgreen", True, "simulated"),
    ]
    assert book.credentials("hashkey-mena/main") == Credentials(key="k-123", secret="s-456")
    assert book.credentials("hashgreen/main").token == "t-789"
    assert book.for_venue("hashgreen") == book.get("hashgreen/main")
    assert book.for_venue("hoo") is None


@pytest.mark.parametrize("entry", [{}, {"key": "k"}, {"secret": "s"}])
def test_simulator_line_without_credentials_is_refused_by_name(entry: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="hoo needs key and secret"):
        AccountBook.of_simulator({"hoo": entry})


def test_label_is_unique() -> None:
    info = AccountInfo(label="a", venue="v", environment="production", can_trade=False, name="Main")
    book = AccountBook([(info, Credentials())])
    with pytest.raises(ValueError, match="taken"):
        book.add(info, Credentials())


def test_secrets_are_never_shown() -> None:
    book = AccountBook.of_simulator(LINE)
    shown = repr(book) + repr(book.accounts) + repr(book.credentials("hashkey-mena/main"))
    for secret in ("k-123", "s-456", "t-789"):
        assert secret not in shown


WITH_SUB = {
    "hashkey-mena": {"rest": "http://127.0.0.1:1", "key": "k", "secret": "s", "sub_key": "k2", "sub_secret": "s2"}
}


def test_a_sub_accounts_key_makes_an_account_of_its_own() -> None:
    book = AccountBook.of_simulator(WITH_SUB)
    assert [(info.label, info.name) for info in book.on_venue("hashkey-mena")] == [
        ("hashkey-mena/main", "main"),
        ("hashkey-mena/sub", "sub"),
    ]
    assert book.credentials("hashkey-mena/sub") == Credentials(key="k2", secret="s2")


def test_first_account_is_chosen_until_another_is() -> None:
    book = AccountBook.of_simulator(WITH_SUB)
    told: list[AccountInfo] = []
    book.follow(told.append)
    assert book.for_venue("hashkey-mena") == book.get("hashkey-mena/main")
    book.choose("hashkey-mena/sub")
    book.choose("hashkey-mena/sub")
    assert book.for_venue("hashkey-mena") == book.get("hashkey-mena/sub")
    assert [account.label for account in told] == ["hashkey-mena/sub"]
    with pytest.raises(KeyError):
        book.choose("hashkey-mena/other")
