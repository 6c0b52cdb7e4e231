"""Asking the venue about an order without placing it, and opening the batch from the ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu

from terminal.domain import OrderRequest
from terminal.domain.failures import Failure, InvalidOrder
from terminal.ui.order_ticket.presenter import TicketPresenter
from terminal.ui.order_ticket.widget import TicketPanel
from tests.ui.order_ticket.conftest import BTC


@pytest.fixture
def asking(world: Any) -> Any:
    """A venue that checks orders; what it is asked is kept."""
    world.market.offers = replace(world.market.offers, methods=frozenset({"test_order"}))
    return world


def filled(presenter: TicketPresenter) -> TicketPresenter:
    form = presenter.form
    assert form is not None
    form.type_into(form_field("quantity"), "0.1")
    return presenter


def form_field(name: str) -> Any:
    from terminal.ui.order_ticket.form import Field

    return Field[name.upper()]


def test_venue_is_asked_only_about_a_whole_order(asking: Any, presenter: TicketPresenter) -> None:
    assert presenter.testable() is None
    found = filled(presenter).testable()
    assert found is not None
    assert str(found[1].quantity) == "0.1"


def test_venue_without_such_a_call_is_not_asked(presenter: TicketPresenter) -> None:
    assert filled(presenter).testable() is None


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (None, "The venue would take this order"),
        (InvalidOrder("The price is not valid", code="0207"), "The venue would refuse it: The price is not valid"),
    ],
)
def test_verdict_is_shown_and_nothing_is_placed(
    asking: Any, panel: TicketPanel, verdict: Failure | None, said: str
) -> None:
    asked: list[tuple[str, OrderRequest]] = []

    async def test_order(account: str, request: OrderRequest) -> Failure | None:
        asked.append((account, request))
        return verdict

    asking.desk.test_order = test_order
    filled(panel.presenter)
    menu = QMenu()
    panel.fill_menu(menu)
    action = next(action for action in menu.actions() if action.text().startswith("Check this order"))
    assert action.isEnabled()

    action.trigger()
    asking.tasks.run()
    panel.render_now()

    assert panel.presenter.outcome().text.startswith(said)
    assert len(asked) == 1
    assert asking.desk.sent == []
    assert panel.presenter.instrument_id == BTC
