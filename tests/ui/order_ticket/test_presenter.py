"""The order as typed: what follows from what, which rule is broken, what would be sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain import (
    Capabilities,
    FeeRates,
    Instrument,
    InstrumentId,
    OrderStatus,
    OrderType,
    Side,
    StreamState,
    TimeInForce,
)
from terminal.domain.numbers import is_multiple
from terminal.trading.risk import RecentOrder, RiskLimits
from terminal.ui.order_ticket.checks import WOULD_TAKE
from terminal.ui.order_ticket.form import Field, TicketForm
from terminal.ui.order_ticket.presenter import TicketPresenter
from terminal.ui.order_ticket.view import TicketView

NOW = 1_795_257_727_314
D = Decimal


def view(presenter: TicketPresenter) -> TicketView:
    return presenter.view(NOW)


@pytest.fixture
def form(presenter: TicketPresenter) -> TicketForm:
    assert presenter.form is not None
    return presenter.form


def instrument_like(world: Any, presenter: TicketPresenter, **changes: Any) -> InstrumentId:
    """Add an instrument that differs from the one shown."""
    other: Instrument = replace(world.market.instrument(presenter.instrument_id), **changes)
    world.market.add(other)
    return other.id


def rows(shown: TicketView) -> dict[str, str]:
    return {row.label: f"{row.value} {row.unit}" for row in shown.receipt}


# defaults


def test_a_new_ticket_buys_at_the_best_bid_and_has_no_quantity(presenter: TicketPresenter) -> None:
    shown = view(presenter)
    assert shown.price.text == "86,960.21"
    assert (shown.quantity.text, shown.total.text) == ("", "")
    assert shown.submit.reason == "Enter a quantity"
    assert not shown.quantity.is_wrong
    assert presenter.draft() is None


def test_the_default_price_keeps_to_the_best_quote_until_something_is_typed(
    world: Any, presenter: TicketPresenter
) -> None:
    sol = instrument_like(world, presenter, base="SOL", symbol="SOLUSDT")
    presenter.set_instrument(sol)
    assert view(presenter).price.text == ""
    world.market.set_book(sol, {"184.37": "5"}, {"184.40": "5"})
    assert view(presenter).price.text == "184.37"
    world.market.set_book(sol, {"190.00": "5"}, {"191.00": "5"})
    assert view(presenter).price.text == "190.00"
    assert presenter.form is not None
    presenter.form.type_quantity("1")
    world.market.set_book(sol, {"195.00": "5"}, {"196.00": "5"})
    assert view(presenter).price.text == "190.00"


def test_a_price_in_the_focus_does_not_move(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.begin_edit(Field.PRICE)
    world.market.set_book(presenter.instrument_id, {"80000.00": "5"}, {"80001.00": "5"})
    assert view(presenter).price.text == "86960.21"


def test_an_untouched_price_follows_the_side_and_a_typed_one_stays(
    presenter: TicketPresenter, form: TicketForm
) -> None:
    form.choose_side(Side.SELL, presenter.market())
    assert view(presenter).price.text == "86,960.43"
    form.type_price("87000")
    form.choose_side(Side.BUY, presenter.market())
    assert form.price.value == 87_000


def test_nothing_of_the_former_instrument_remains(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_price("86000.50")
    form.type_quantity("0.25")
    form.choose_side(Side.SELL, presenter.market())
    form.choose_type(OrderType.LIMIT_MAKER)
    presenter.note("something")
    eth = next(id for id in world.market.instruments if id.symbol == "ETHUSDT")
    presenter.set_instrument(eth)
    shown = view(presenter)
    assert (shown.price.text, shown.quantity.text, shown.total.text) == ("2,845.21", "", "")
    assert shown.submit.side is Side.BUY
    assert [choice.is_checked for choice in shown.types] == [True, False, False]
    assert shown.outcome.text == ""
    assert presenter.draft() is None


def test_without_rules_everything_is_there_and_nothing_can_be_sent(world: Any) -> None:
    presenter = TicketPresenter(**world.parts())
    assert "Choose an instrument" in view(presenter).submit.reason
    id = next(iter(world.market.instruments))._replace(symbol="NEWUSDT")
    presenter.set_instrument(id)
    shown = view(presenter)
    assert shown.submit.reason == "Waiting for the rules of NEWUSDT"
    assert not any(choice.is_enabled for choice in (*shown.sides, *shown.types, *shown.presets))
    assert presenter.draft() is None


# quantity, total, percent


def test_the_total_is_price_times_quantity(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_price("86962.98")
    form.type_quantity("0.25")
    assert view(presenter).total.text == "21,740.74"
    assert form.shown_total() == D("21740.745")


def test_typing_a_total_sets_the_most_whole_lots_it_pays_for(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_price("86962.98")
    form.type_total("1000")
    assert form.quantity.value == D("0.01149")
    assert view(presenter).total.text == "1000"
    form.end_edit(Field.TOTAL)
    assert view(presenter).total.text == "999.20"
    request = form.request()
    assert request is not None
    assert (request.quantity, request.quote_amount) == (D("0.01149"), None)


def test_a_total_below_one_lot_is_refused(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_total("0.5")
    shown = view(presenter)
    assert shown.total.is_wrong
    assert shown.total.message.text == "Total pays for less than one lot"
    assert presenter.draft() is None


def test_a_field_being_edited_loses_its_separators_and_gets_them_back(
    presenter: TicketPresenter, form: TicketForm
) -> None:
    form.begin_edit(Field.PRICE)
    assert view(presenter).price.text == "86960.21"
    form.end_edit(Field.PRICE)
    assert view(presenter).price.text == "86,960.21"
    form.begin_edit(Field.PRICE)
    form.type_price("12x")
    form.end_edit(Field.PRICE)
    assert view(presenter).price.text == "12x"


def test_looking_at_the_total_changes_nothing(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_price("86962.98")
    form.type_quantity("0.25")
    form.begin_edit(Field.TOTAL)
    form.end_edit(Field.TOTAL)
    assert form.quantity.value == D("0.25")
    assert view(presenter).total.text == "21,740.74"


def test_a_total_in_the_focus_follows_a_picked_price(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("1")
    form.begin_edit(Field.TOTAL)
    form.set_price(D("80000"))
    assert view(presenter).total.text == "80000.00"


def test_a_share_of_the_balance_needs_balances_and_a_price(
    world: Any, presenter: TicketPresenter, form: TicketForm
) -> None:
    form.type_price("")
    assert {choice.tooltip for choice in view(presenter).percents} == {"Enter a price first"}
    world.portfolio.amounts = None
    assert {choice.tooltip for choice in view(presenter).percents} == {"Balances are not known yet"}
    world.portfolio.amounts = {}
    shown = view(presenter)
    assert {choice.tooltip for choice in shown.percents} == {"No free USDT"}
    assert not any(choice.is_enabled for choice in shown.percents)


def test_a_share_below_one_lot_says_so(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.portfolio.amounts = {"USDT": D("0.5")}
    form.use_percent(100, presenter.market())
    assert view(presenter).quantity.message.text == "100 % of the free USDT is less than one lot"


def test_a_sell_takes_its_share_from_the_base_asset(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_side(Side.SELL, presenter.market())
    form.use_percent(100, presenter.market())
    assert form.quantity.value == D("0.45910")


def test_a_market_buy_takes_its_share_by_total(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.MARKET)
    form.use_percent(50, presenter.market())
    request = form.request()
    assert request is not None
    assert request.quantity is None
    assert request.quote_amount == D("20669.86")
    assert presenter.draft() is not None


def test_a_market_buy_without_totals_takes_its_share_from_the_book(world: Any) -> None:
    world.market.offers = replace(world.market.offers, market_quote_amount=False)
    presenter = TicketPresenter(**world.parts())
    presenter.set_instrument(next(iter(world.market.instruments)))
    form = presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    form.use_percent(50, presenter.market())
    assert form.quantity.value == D("0.23769")
    shown = view(presenter)
    assert not shown.total.is_enabled
    assert shown.total.tooltip == "HashKey MENA takes market buy orders by quantity only"


def test_a_total_typed_for_a_market_buy_is_dropped_where_a_sell_takes_none(world: Any) -> None:
    world.market.offers = replace(world.market.offers, market_quote_sides=frozenset({Side.BUY}))
    presenter = TicketPresenter(**world.parts())
    presenter.set_instrument(next(iter(world.market.instruments)))
    form = presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    form.type_total("500")
    assert view(presenter).total.is_enabled

    form.choose_side(Side.SELL, presenter.market())

    assert form.request() is None
    assert not view(presenter).total.is_enabled


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    free=st.decimals(min_value=0, max_value=10**7, places=8),
    base=st.decimals(min_value=0, max_value=10**4, places=8),
    price=st.integers(1, 20_000_000),
    rate=st.decimals(min_value=0, max_value="0.02", places=5),
    fee_asset=st.sampled_from([None, "USDT", "BTC"]),
    percent=st.sampled_from([10, 25, 50, 75, 100]),
    side=st.sampled_from(Side),
    kind=st.sampled_from(OrderType),
)
def test_no_share_ever_exceeds_the_balance_or_breaks_a_lot(
    *, world: Any, free: Decimal, base: Decimal, price: int, rate: Decimal, fee_asset: str | None, percent: int,
    side: Side, kind: OrderType,
) -> None:  # fmt: skip
    world.portfolio.amounts = {"USDT": free, "BTC": base}
    world.desk.fees = FeeRates(
        symbol="BTCUSDT", maker=D(0), taker=rate, buy_fee_asset=fee_asset, sell_fee_asset=fee_asset
    )
    presenter = TicketPresenter(**world.parts())
    presenter.set_instrument(next(iter(world.market.instruments)))
    form = presenter.form
    assert form is not None
    form.choose_type(kind)
    form.choose_side(side, presenter.market())
    if kind is not OrderType.MARKET:
        form.set_price(D(price) / 100)
    form.use_percent(percent, presenter.market())
    request = form.request()
    if request is None:
        return
    if request.quantity is not None:
        assert is_multiple(request.quantity, D("0.00001"))
    if side is Side.SELL:
        assert request.quantity is not None
        assert request.quantity <= base * percent / 100
    else:
        if request.quote_amount is not None:
            value = request.quote_amount
        else:
            assert request.price is not None
            assert request.quantity is not None
            value = request.price * request.quantity
        assert value <= free * percent / 100
        if fee_asset != "BTC":
            assert value * (1 + rate) <= free * percent / 100
    assert [breach for breach in world.desk.check("", request) if breach.code in ("balance", "fee")] == []


# steps


def test_arrows_move_price_by_ticks_and_quantity_by_lots(presenter: TicketPresenter, form: TicketForm) -> None:
    form.step_price(1, presenter.market())
    assert form.price.value == D("86960.22")
    form.step_price(-10, presenter.market())
    assert form.price.value == D("86960.12")
    form.step_quantity(1)
    assert form.quantity.value == D("0.00001")
    form.step_quantity(10)
    assert form.quantity.value == D("0.00011")
    form.step_quantity(-100)
    assert form.quantity.value == D("0.00001")


def test_a_price_never_steps_to_zero(presenter: TicketPresenter, form: TicketForm) -> None:
    form.set_price(D("0.02"))
    form.step_price(-10, presenter.market())
    assert form.price.value == D("0.01")


def test_an_empty_price_steps_to_the_own_sides_quote(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_price("")
    form.step_price(1, presenter.market())
    assert form.price.value == D("86960.21")


@pytest.mark.parametrize(
    ("action", "price"), [("bid", "86960.21"), ("ask", "86960.43"), ("mid", "86960.32"), ("up", "86960.22")]
)
def test_price_buttons(presenter: TicketPresenter, form: TicketForm, action: str, price: str) -> None:
    form.act_on_price(action, presenter.market())
    assert form.price.value == D(price)


def test_the_mid_is_rounded_in_the_traders_favour(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.market.set_book(presenter.instrument_id, {"100.00": "1"}, {"100.01": "1"})
    form.act_on_price("mid", presenter.market())
    assert form.price.value == D("100.00")
    form.choose_side(Side.SELL, presenter.market())
    form.act_on_price("mid", presenter.market())
    assert form.price.value == D("100.01")


# rules


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        (Field.PRICE, "abc", "Price must be a number, not “abc”"),
        (Field.PRICE, "0", "Price must be above zero"),
        (Field.PRICE, "-5", "Price must be above zero"),
        (Field.PRICE, "86960.215", "Price must be a multiple of the tick 0.01"),
        (Field.PRICE, "NaN", "Price must be a number, not “NaN”"),
        (Field.QUANTITY, "0,5", "“0,5” is ambiguous: use a decimal point"),
        (Field.QUANTITY, "0", "Quantity must be above zero"),
        (Field.QUANTITY, "0.000001", "Quantity must be a multiple of the lot 0.00001 BTC"),
        (Field.QUANTITY, "100001", "Quantity must be at most 100,000 BTC"),
        (Field.QUANTITY, "1" * 70, "Quantity has too many digits"),
        (Field.QUANTITY, "0.00001", "Total must be at least 5 USDT"),
        (Field.QUANTITY, "1", "Needs 86,960.21 USDT, free is 41,381.06 USDT"),
        (Field.TOTAL, "x", "Total must be a number, not “x”"),
        (Field.TOTAL, "-1", "Total must be above zero"),
    ],
)
def test_a_bad_input_names_its_rule_at_its_field_and_nothing_can_be_sent(
    presenter: TicketPresenter, form: TicketForm, field: Field, text: str, rule: str
) -> None:
    if field is not Field.QUANTITY:
        form.type_quantity("0.1")
    form.type_into(field, text)
    shown = view(presenter)
    fields = (shown.price, shown.quantity, shown.total)
    assert rule in [part.message.text for part in fields if part.is_wrong]
    assert shown.submit.reason
    assert shown.footer.token == "danger"
    assert presenter.draft() is None


def test_a_limit_maker_that_would_take_is_refused(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.LIMIT_MAKER)
    form.type_quantity("0.1")
    form.set_price(D("86960.43"))
    shown = view(presenter)
    assert (shown.price.badge, shown.price.message.text) == ("CROSSES", WOULD_TAKE)
    assert presenter.draft() is None
    form.set_price(D("86960.42"))
    assert view(presenter).price.badge == ""
    assert presenter.draft() is not None


def test_a_limit_that_crosses_is_marked_and_may_be_sent(presenter: TicketPresenter, form: TicketForm) -> None:
    form.set_price(D("86962.98"))
    form.set_quantity(D("0.25"))
    shown = view(presenter)
    assert shown.price.badge == "CROSSES"
    assert shown.submit.title == "Buy 0.25 BTC at 86,962.98"
    assert shown.submit.detail == "at most 21,762.49 USDT with fee 21.74"


def test_a_sell_says_what_it_brings_at_least(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_side(Side.SELL, presenter.market())
    form.type_price("87000")
    form.type_quantity("0.1")
    assert view(presenter).submit.detail == "at least 8,691.30 USDT after fee 8.70"


def test_unknown_fee_rates_are_said(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.desk.fees = None
    form.type_quantity("0.1")
    shown = view(presenter)
    assert shown.fees == "fees –"
    assert shown.submit.detail.endswith("fee not known")
    assert "Fee, rates not known yet" in rows(shown)


def test_an_account_limit_is_hard(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.desk.limits = RiskLimits(max_order_value=D(100))
    form.type_quantity("0.1")
    assert "above the limit 100 USDT" in view(presenter).total.message.text
    assert presenter.draft() is None


def test_a_price_far_from_the_market_warns_and_asks(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.arm()
    form.type_price("95000")
    form.type_quantity("0.1")
    shown = view(presenter)
    assert (shown.price.message.token, shown.price.is_wrong) == ("warning", False)
    draft = presenter.draft()
    assert draft is not None
    assert draft.needs_confirmation
    assert draft.allow == {"price"}


def test_the_same_order_again_asks_even_when_armed(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.arm()
    form.type_quantity("0.1")
    first = presenter.draft()
    assert first is not None
    assert not first.needs_confirmation
    world.desk.recent.append(RecentOrder(time=NOW - 1_000, request=first.request))
    again = presenter.draft()
    assert again is not None
    assert again.allow == {"duplicate"}
    assert "same order" in view(presenter).footer.text


# kinds of orders


def test_a_market_order_has_no_price_and_estimates_it(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.MARKET)
    form.type_quantity("0.25")
    shown = view(presenter)
    assert (shown.price.text, shown.price.is_enabled) == ("", False)
    assert shown.price.placeholder == "about 86,960.56"
    assert shown.price.message.text == "At market, worst fill now 86,961.10"
    assert shown.total.placeholder == "about 21,740.14"
    assert not any(choice.is_enabled for choice in shown.price_actions)
    request = form.request()
    assert request is not None
    assert (request.price, request.quantity, request.time_in_force) == (None, D("0.25"), TimeInForce.IOC)


def test_a_market_order_by_total_sends_the_quote_amount(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.MARKET)
    form.type_quantity("1")
    form.type_total("20000")
    shown = view(presenter)
    assert shown.quantity.text == ""
    assert shown.quantity.placeholder == "about 0.22998"
    assert shown.submit.title == "Buy BTC for 20,000 USDT at market"
    draft = presenter.draft()
    assert draft is not None
    assert (draft.request.quantity, draft.request.quote_amount) == (None, D(20_000))


def test_a_market_total_with_too_many_digits_is_refused(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.MARKET)
    form.type_total("100.123456789")
    assert view(presenter).total.message.text == "Total takes at most 8 decimals"


def test_going_back_to_limit_turns_the_total_into_whole_lots(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_type(OrderType.MARKET)
    form.type_total("1000")
    form.end_edit(Field.TOTAL)
    form.choose_type(OrderType.LIMIT)
    assert form.quantity.value == D("0.01149")
    request = form.request()
    assert request is not None
    assert request.quote_amount is None


def test_times_in_force_follow_the_type(presenter: TicketPresenter, form: TicketForm) -> None:
    form.choose_time_in_force(TimeInForce.FOK)
    assert form.time_in_force is TimeInForce.FOK
    form.choose_type(OrderType.MARKET)
    shown = view(presenter)
    assert [(c.key, c.is_checked, c.is_enabled) for c in shown.times_in_force] == [
        ("GTC", False, False),
        ("IOC", True, True),
        ("FOK", False, False),
    ]
    assert shown.times_in_force[0].tooltip == "HashKey MENA has no GTC for market orders: only IOC"
    form.choose_type(OrderType.LIMIT)
    assert form.time_in_force is TimeInForce.FOK


def test_what_the_venue_lacks_is_there_disabled_and_explained(world: Any) -> None:
    world.market.offers = Capabilities(
        order_types=(OrderType.LIMIT,), reasons={"limit_maker": "No post-only orders on this venue"}
    )
    presenter = TicketPresenter(**world.parts())
    presenter.set_instrument(next(iter(world.market.instruments)))
    shown = view(presenter)
    assert [(c.label, c.is_enabled, c.tooltip) for c in shown.types] == [
        ("Limit", True, ""),
        ("Market", False, "HashKey MENA has no market orders"),
        ("Limit-maker", False, "No post-only orders on this venue"),
    ]
    assert shown.prevention_reason == "HashKey MENA has no such option"
    assert not any(choice.is_enabled for choice in (*shown.times_in_force, *shown.preventions))
    assert presenter.form is not None
    presenter.form.type_quantity("0.1")
    request = presenter.form.request()
    assert request is not None
    assert (request.time_in_force, request.self_trade_prevention) == (None, None)
    with pytest.raises(ValueError, match="not offered"):
        presenter.form.choose_type(OrderType.MARKET)


# receipt


def test_the_receipt_of_a_taker(presenter: TicketPresenter, form: TicketForm) -> None:
    form.set_price(D("86962.98"))
    form.set_quantity(D("0.25"))
    assert rows(view(presenter)) == {
        "Takes now, average": "86,960.56 USDT",
        "Worst fill": "86,961.10 USDT",
        "Share of visible depth": "2.88 %",
        "Fee, taker 0.10 %": "21.74 USDT",
        "Balance after": "19,619.17 USDT",
        "": "0.70910 BTC",
    }


def test_the_receipt_of_a_resting_order(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    shown = rows(view(presenter))
    assert shown["Ahead in the queue"] == "0.40612 BTC"
    assert shown["Joins the best bid"] == "0.00 bps"
    assert shown["Fee, maker 0.00 %"] == "0.00 USDT"
    form.type_price("86950")
    assert rows(view(presenter))["Behind the best bid"] == "1.17 bps"
    form.type_price("86960.42")
    assert rows(view(presenter))["Better than the best bid"] == "0.02 bps"


def test_the_receipt_says_what_comes_back_unfilled(presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    form.choose_time_in_force(TimeInForce.IOC)
    assert rows(view(presenter))["Comes back unfilled"] == "0.10000 BTC"
    form.set_price(D("86960.43"))
    form.type_quantity("0.4")
    shown = rows(view(presenter))
    assert shown["Takes 50 % now, average"] == "86,960.43 USDT"
    assert shown["Comes back unfilled"] == "0.20000 BTC"


@pytest.mark.parametrize("state", [StreamState.STALE, StreamState.DOWN])
def test_an_unreliable_book_is_told_first_and_asks_again(
    world: Any, presenter: TicketPresenter, form: TicketForm, state: StreamState
) -> None:
    world.arm()
    form.type_quantity("0.1")
    world.market.set_stream(state, "no heartbeat")
    shown = presenter.view(NOW + 6_200)
    assert shown.receipt[0].label == f"Book {state.value} 6.2 s: no heartbeat"
    assert not shown.receipt[0].is_spare
    assert {row.token for row in shown.receipt[1:3]} == {"muted"}
    draft = presenter.draft()
    assert draft is not None
    assert draft.needs_confirmation
    assert draft.allow == {"stale"}
    assert draft.warnings == ("The book is not live: no heartbeat",)


def test_no_book_yet_shows_no_numbers(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    world.market.hub.book(presenter.instrument_id).book.clear()
    form.choose_type(OrderType.MARKET)
    form.type_quantity("0.1")
    shown = view(presenter)
    assert shown.price.placeholder == ""
    assert shown.submit.detail == "no book now"


# who may send


def test_a_read_only_account_says_why(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    world.accounts.account.can_trade = False
    assert view(presenter).submit.reason == "Account main is read-only"
    assert presenter.draft() is None


def test_without_an_account_nothing_can_be_sent(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    world.accounts.account = None
    shown = view(presenter)
    assert shown.submit.reason == "No account for HashKey MENA"
    assert shown.account == "HashKey MENA, no account"
    assert presenter.draft() is None


def test_disarmed_always_asks_and_armed_does_not(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    assert view(presenter).footer.text == "Disarmed: asks before it sends"
    draft = presenter.draft()
    assert draft is not None
    assert draft.needs_confirmation
    world.arm()
    assert view(presenter).footer.text == "Armed: sends at once"
    draft = presenter.draft()
    assert draft is not None
    assert not draft.needs_confirmation


def test_the_draft_names_the_exact_payload(presenter: TicketPresenter, form: TicketForm) -> None:
    form.set_price(D("86962.98"))
    form.set_quantity(D("0.25"))
    draft = presenter.draft()
    assert draft is not None
    payload = dict(draft.rows)
    assert payload["Account"] == "HashKey MENA, main"
    assert payload["Price"] == "86,962.98 USDT"
    assert payload["Quantity"] == "0.25 BTC"
    assert payload["Time in force"] == "GTC"
    assert payload["Fee"] == "21.74 USDT, taker 0.10 %"
    assert draft.environment == "SIMULATED"


# presets


def test_presets_wait_for_a_price_and_stay(world: Any, presenter: TicketPresenter) -> None:
    assert [choice.label for choice in view(presenter).presets] == ["0.01", "0.05", "0.10", "0.25", "0.50"]
    world.market.set_last(presenter.instrument_id, "869.6")
    assert view(presenter).presets[0].label == "0.01"


def test_large_presets_are_written_short_and_true(world: Any, presenter: TicketPresenter) -> None:
    doge = instrument_like(world, presenter, base="DOGE", symbol="DOGEUSDT", lot_size=D(1), min_quantity=D(1))
    world.market.set_last(doge, "0.00001384")
    presenter.set_instrument(doge)
    assert [choice.label for choice in view(presenter).presets] == ["10M", "50M", "100M", "250M", "500M"]
    assert presenter.presets.sizes(doge) == tuple(D(n) * 1_000_000 for n in (10, 50, 100, 250, 500))
    assert presenter.form is not None
    assert presenter.presets.edit(replace(presenter.form.instrument, max_quantity=None), 0, "1250000") == ""
    assert view(presenter).presets[0].label == "1.25M"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0.3", ""),
        ("x", "Size must be a number, not “x”"),
        ("", "Enter a size"),
        ("0", "Size must be above zero"),
        ("0.000001", "Size must be a multiple of the lot 0.00001 BTC"),
    ],
)
def test_an_edited_preset_keeps_the_rules(
    presenter: TicketPresenter, form: TicketForm, text: str, problem: str
) -> None:
    view(presenter)
    assert presenter.presets.edit(form.instrument, 3, text) == problem
    assert view(presenter).presets[3].label == ("0.25" if problem else "0.3")


# outcome


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": OrderStatus.OPEN}, "10:42:07  Accepted: open"),
        ({"status": OrderStatus.REJECTED, "reason": "price too far"}, "10:42:07  Rejected: price too far"),
        ({"status": OrderStatus.UNKNOWN}, "10:42:07  UNKNOWN: being reconciled"),
        (
            {"status": OrderStatus.FILLED, "filled_quantity": D("0.1"), "average_price": D("86960.43")},
            "10:42:07  Filled 0.1 at 86,960.43",
        ),
        ({"status": OrderStatus.CANCELED, "filled_quantity": D("0.1")}, "10:42:07  Ended, 0.1 filled"),
        (
            {"status": OrderStatus.PARTIALLY_FILLED, "filled_quantity": D("0.1")},
            "10:42:07  Accepted: 0.1 filled, rest open",
        ),
        ({"status": OrderStatus.PENDING_CANCEL}, "10:42:07  Cancel sent, not confirmed yet"),
        ({"status": OrderStatus.EXPIRED}, "10:42:07  Expired, 0 filled"),
        ({"status": OrderStatus.PENDING}, "10:42:07  Sending…"),
    ],
)
async def test_the_outcome_says_what_the_venue_said(
    world: Any, presenter: TicketPresenter, form: TicketForm, answer: dict[str, Any], said: str
) -> None:
    form.type_quantity("0.1")
    draft = presenter.draft()
    assert draft is not None
    world.desk.answer = answer
    presenter.sending()
    assert view(presenter).submit.reason == "Sending…"
    assert presenter.draft() is None
    presenter.sent(await world.desk.submit(draft.account, draft.request))
    assert presenter.outcome().text == said
    assert form.quantity.value == D("0.1")


async def test_the_outcome_follows_the_order(world: Any, presenter: TicketPresenter, form: TicketForm) -> None:
    form.type_quantity("0.1")
    request = form.request()
    presenter.sent(await world.desk.submit("a", request))
    world.desk.report("key-1", status=OrderStatus.FILLED, filled_quantity=D("0.1"))
    assert presenter.outcome().text == "10:42:07  Filled 0.1"


async def test_an_order_of_a_former_instrument_says_nothing_here(
    world: Any, presenter: TicketPresenter, form: TicketForm
) -> None:
    form.type_quantity("0.1")
    request = form.request()
    presenter.sending()
    order = await world.desk.submit("a", request)
    presenter.set_instrument(next(id for id in world.market.instruments if id.symbol == "ETHUSDT"))
    presenter.sent(order)
    assert presenter.outcome().text == ""
    assert not presenter.is_sending
