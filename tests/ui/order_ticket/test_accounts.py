"""The ticket's choice of account: in sight, reachable by keys, and never the wrong one for a waiting order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt

from terminal.ui.order_ticket.widget import TicketPanel


@pytest.fixture
def with_sub(panel: TicketPanel, world: Any) -> TicketPanel:
    world.accounts.add_sub()
    panel.render_now()
    return panel


def ask(panel: TicketPanel) -> None:
    form = panel.presenter.form
    assert form is not None
    form.set_quantity(Decimal("0.01"))
    panel.submit()
    assert panel.confirmation is not None


def is_asking(panel: TicketPanel) -> bool:
    return panel.confirmation is not None


def test_one_account_is_told_and_not_chosen(panel: TicketPanel) -> None:
    panel.render_now()
    assert panel.body.header.accounts.isHidden()


def test_several_accounts_are_a_choice_with_a_name(with_sub: TicketPanel) -> None:
    box = with_sub.body.header.accounts
    assert not box.isHidden()
    assert box.accessibleName() == "Account"
    assert [box.itemText(index).split(", ")[-1] for index in range(box.count())] == ["main", "sub"]
    assert box.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_another_account_closes_the_confirmation_and_sends_nothing(with_sub: TicketPanel, world: Any) -> None:
    ask(with_sub)
    with_sub.body.header.accounts.activated.emit(1)
    assert not is_asking(with_sub)
    assert world.desk.sent == []
    assert world.accounts.account.name == "sub"


def test_an_account_chosen_elsewhere_closes_the_confirmation(with_sub: TicketPanel, world: Any) -> None:
    ask(with_sub)
    world.accounts.choose("hashkey-mena/sub")
    with_sub.render_now()
    assert not is_asking(with_sub)
    assert world.desk.sent == []


def test_choice_of_account_is_in_sight_in_the_lowest_ticket(panel: TicketPanel, world: Any) -> None:
    panel.resize(300, 430)
    panel.show()
    panel.render_now()
    assert panel.body.header.isHidden()
    world.accounts.add_sub()
    panel.render_now()
    assert not panel.body.header.isHidden()
