"""A venue that takes market buys by their total alone, tells no fee rates, and offers its own coin for fees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import Capabilities, OrderType, Side, TimeInForce
from terminal.ui.order_ticket.form import FEE_AS_RECEIVED, FEE_IN_COIN, Field
from terminal.ui.order_ticket.presenter import TicketPresenter
from terminal.ui.order_ticket.view import TicketView
from tests.ui.order_ticket.conftest import BTC

D = Decimal
NOW = 1_795_257_727_314
TERMS = Capabilities(
    methods=frozenset({"place_order"}),
    order_types=(OrderType.LIMIT, OrderType.MARKET),
    times_in_force=(TimeInForce.GTC, TimeInForce.IOC),
    times_in_force_by_type={OrderType.LIMIT: (TimeInForce.GTC,), OrderType.MARKET: (TimeInForce.IOC,)},
    market_quote_amount=True,
    market_quote_sides=frozenset({Side.BUY}),
    market_base_sides=frozenset({Side.SELL}),
    fee_coin="CRO",
)


@pytest.fixture
def presenter(world: Any) -> TicketPresenter:
    world.market.offers = TERMS
    world.desk.fees = None
    made = TicketPresenter(**world.parts())
    made.set_instrument(BTC)
    return made


def view(presenter: TicketPresenter) -> TicketView:
    return presenter.view(NOW)


def test_a_market_buy_turns_to_the_total_and_takes_no_quantity(presenter: TicketPresenter) -> None:
    form = presenter.form
    assert form is not None
    form.type_quantity("0.5")
    form.choose_type(OrderType.MARKET)
    assert form.leads is Field.TOTAL
    assert form.request() is None  # what half a bitcoin would have cost is another order
    shown = view(presenter)
    assert (shown.quantity.is_enabled, shown.total.is_enabled) == (False, True)
    assert shown.quantity.tooltip == "HashKey MENA takes market buy orders by total only"
    form.type_quantity("0.5")
    form.set_quantity(D("0.5"))
    assert form.request() is None
    form.type_total("50")
    request = form.request()
    assert request is not None
    assert (request.quantity, request.quote_amount) == (None, D(50))


def test_a_market_sell_takes_its_quantity_and_no_total(presenter: TicketPresenter) -> None:
    form = presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    form.type_total("50")
    form.choose_side(Side.SELL, presenter.market())
    shown = view(presenter)
    assert (shown.quantity.is_enabled, shown.total.is_enabled) == (True, False)
    form.type_quantity("0.5")
    request = form.request()
    assert request is not None
    assert (request.quantity, request.quote_amount) == (D("0.5"), None)
    form.choose_side(Side.BUY, presenter.market())
    assert form.request() is None
    assert view(presenter).total.is_enabled


def test_a_limit_order_takes_both(presenter: TicketPresenter) -> None:
    shown = view(presenter)
    assert (shown.quantity.is_enabled, shown.total.is_enabled) == (True, True)


def test_a_share_of_the_balance_buys_at_market_by_its_total(presenter: TicketPresenter) -> None:
    form = presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    form.use_percent(50, presenter.market())
    request = form.request()
    assert request is not None
    assert request.quantity is None
    assert request.quote_amount is not None
    assert request.quote_amount > 0


def test_fees_that_nobody_tells_beforehand_are_not_waited_for(presenter: TicketPresenter) -> None:
    form = presenter.form
    assert form is not None
    form.type_quantity("0.1")
    shown = view(presenter)
    assert shown.fees == "fees –"
    assert [row.label for row in shown.receipt if row.label.startswith("Fee")] == ["Fee, told with each fill"]
    draft = presenter.draft()
    assert draft is not None
    assert ("Fee", "the venue tells it with each fill") in draft.rows


def test_what_fees_are_paid_in_can_be_chosen_and_is_confirmed(presenter: TicketPresenter) -> None:
    form = presenter.form
    assert form is not None
    form.type_quantity("0.1")
    shown = view(presenter)
    assert (shown.option_label, shown.prevention_reason) == ("Fee paid in", "")
    assert [choice.label for choice in shown.preventions] == ["As set at the venue", "CRO", "Not in CRO"]
    for key, sent, told in ((FEE_IN_COIN, True, "CRO"), (FEE_AS_RECEIVED, False, "not in CRO"), ("", None, None)):
        form.choose_option(key)
        request = form.request()
        assert request is not None
        assert request.fee_in_platform_coin is sent
        assert request.self_trade_prevention is None
        assert [choice.is_checked for choice in view(presenter).preventions].count(True) == 1
        draft = presenter.draft()
        assert draft is not None
        assert dict(draft.rows).get("Fee paid in") == told
