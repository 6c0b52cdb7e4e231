"""Balances: sums, shares, and digits that never promise more than there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from terminal.domain import Balance, Source
from terminal.ui.balances.presenter import BalancesPresenter
from terminal.ui.balances.widget import BalancesPanel
from terminal.ui.panel import PanelContext

D = Decimal
PRICES = {"USDT": D(1), "USDC": D(1), "BTC": D(100_000), "DUST": D("0.000001")}


class Portfolio:
    def __init__(self, balances: Sequence[Balance]) -> None:
        self._balances = list(balances)
        self.polls: dict[str, int] = {}

    def balances(self, account: str | None = None) -> list[Balance]:
        return self._balances

    def value(self, asset: str, amount: Decimal, in_currency: str = "USDT") -> Decimal | None:
        return None if asset not in PRICES else amount * PRICES[asset]

    problem: str | None = None

    def refreshed(self, account: str) -> int | None:
        return 1_795_257_727_314 - 5_000

    def polled(self, account: str) -> int | None:
        return self.polls.get(account)


def held(asset: str, free: str, locked: str = "0") -> Balance:
    return Balance(venue="hashkey-mena", account="main", asset=asset, free=D(free), locked=D(locked))


def presenter(context: PanelContext, *balances: Balance) -> BalancesPresenter:
    context.portfolio = Portfolio(balances)  # type: ignore[assignment]  # a stand-in
    return BalancesPresenter(context.market, context.portfolio)


def test_rows_are_ordered_by_value_and_unknown_values_come_last(context: PanelContext) -> None:
    view = presenter(context, held("XYZ", "5"), held("USDT", "300000"), held("BTC", "1", "0.5"), held("ETH", "0"))
    rows = view.rows()
    assert [row.asset for row in rows] == ["USDT", "BTC", "XYZ"]
    assert [row.share_text for row in rows] == ["66.7", "33.3", ""]
    assert (rows[1].free_text, rows[1].locked_text, rows[1].value_text) == ("1.00000", "0.50000", "150,000.00")
    assert (rows[2].value_text, rows[2].value) == ("–", None)


def test_the_footer_names_what_is_in_no_total(context: PanelContext) -> None:
    view = presenter(context, held("XYZ", "5"), held("USDT", "50"), held("BTC", "0", "0.0005"))
    totals = view.totals(view.rows(), ["main"])
    assert (totals.total, totals.locked, totals.locked_share) == ("100.00", "50.00", "50.0")
    assert totals.unvalued == "XYZ"
    assert totals.age == "5 s"


def test_a_long_balance_is_cut_and_never_rounded_up(context: PanelContext) -> None:
    view = presenter(context, held("BTC", "1.999999999"), held("USDT", "123456789012.999"))
    texts = {row.asset: row.free_text for row in view.rows()}
    assert texts == {"BTC": "1.99999", "USDT": "123.4B"}


def test_dust_can_be_hidden_unless_it_is_locked(context: PanelContext) -> None:
    view = presenter(context, held("DUST", "1"), held("USDT", "1"))
    assert [row.asset for row in view.rows()] == ["USDT", "DUST"]
    view.hide_dust = True
    assert [row.asset for row in view.rows()] == ["USDT"]
    assert [row.asset for row in presenter(context, held("DUST", "0", "1")).rows()] == ["DUST"]


def test_one_asset_alone_is_one_hundred_percent(context: PanelContext) -> None:
    assert presenter(context, held("USDT", "7")).rows()[0].share_text == "100"


@pytest.mark.parametrize("width", [300, 260])
def test_every_value_fits_its_column(context: PanelContext, qtbot: QtBot, width: int) -> None:
    presenter(context, held("USDT", "100000000.12", "7293.81"), held("BTC", "61.051866639", "0.1545"),
              held("XYZ", "123456789012"), held("USDC", "194492.10", "22296.05"))  # fmt: skip
    panel = BalancesPanel(context)
    qtbot.addWidget(panel)
    panel.resize(width, 230)
    panel.show()
    panel.render_rows()
    table, theme = panel.table, context.theme
    model = table.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            wide = theme.width("number", str(model.index(row, column).data()))
            assert wide <= table.columnWidth(column) - 6


def test_polled_balances_tell_their_age(context: PanelContext) -> None:
    streamed, polled = held("USDT", "50"), replace(held("USDT", "20"), source=Source.POLL, received=1_795_257_725_000)
    view = presenter(context, streamed, polled)
    account = next(iter(context.accounts.accounts))
    assert view.polled([account]) == ""
    view._portfolio.polls = {account.label: context.market.clock() - 4_000}  # type: ignore[attr-defined]
    assert view.polled([account]) == f"{context.market.venue_name(account.venue, short=True)} polled 4 s ago"
    (row,) = view.rows()
    first, second = row.places.split("\n")
    assert "polled" not in first
    assert ", polled " in second
