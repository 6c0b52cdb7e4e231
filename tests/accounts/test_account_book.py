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
