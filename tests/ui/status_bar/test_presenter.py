"""The status bar's figures come from counters, and say when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terminal.connectors.contract import ConnectorHealth
from terminal.domain import StreamState
from terminal.trading.desk_order import JournalState
from terminal.ui.panel import PanelContext
from terminal.ui.status_bar.presenter import StatusPresenter


@pytest.fixture
def presenter(context: PanelContext) -> StatusPresenter:
    return StatusPresenter(context.market, context.desk)


def values(presenter: StatusPresenter, now: int, lag: float = 3.2) -> dict[str, str]:
    return {cell.name: cell.value for cell in presenter.cells(now, lag)}


def test_messages_are_counted_per_second(presenter: StatusPresenter, market: Any, clock: Any) -> None:
    assert values(presenter, clock.now)["rate"] == "–"
    market.healths["hashkey-mena"] = ConnectorHealth(messages=2_568)
    assert values(presenter, clock.now + 2_000)["rate"] == "1,284 msg/s"


def test_a_counter_that_starts_anew_gives_no_negative_rate(presenter: StatusPresenter, market: Any, clock: Any) -> None:
    market.healths["hashkey-mena"] = ConnectorHealth(messages=500)
    values(presenter, clock.now)
    market.healths["hashkey-mena"] = ConnectorHealth(messages=3)
    assert values(presenter, clock.now + 1_000)["rate"] == "0 msg/s"


def test_the_feed_age_is_that_of_the_quietest_venue(presenter: StatusPresenter, clock: Any) -> None:
    assert values(presenter, clock.now + 6_200)["feed"] == "6.2 s"


def test_a_venue_that_was_never_heard_is_waited_for(presenter: StatusPresenter, market: Any, add_venue: Any) -> None:
    add_venue(1)
    market.hub._feeds["hashkey-global"].last_heard = None
    assert values(presenter, market.clock())["feed"] == "waiting"


def test_lag_and_lost_streams_are_coloured(presenter: StatusPresenter, market: Any) -> None:
    market.set_stream("hashkey-mena", StreamState.DOWN, "refused")
    tokens = {cell.name: cell.token for cell in presenter.cells(market.clock(), 80)}
    assert (tokens["lag"], tokens["feed"]) == ("warning", "warning")


@pytest.mark.parametrize(
    ("state", "shown", "token"),
    [
        (JournalState(), "ready", "text"),
        (JournalState(synced_at=0), "synced 2.0 s ago", "text"),
        (JournalState(synced_at=1_900), "synced now", "text"),
        (JournalState(synced_at=0, problem="disk full"), "failed", "danger"),
    ],
)
def test_the_journal_is_told(
    presenter: StatusPresenter, context: Any, state: JournalState, shown: str, token: str
) -> None:
    context.desk.journal_state = state
    cell = {cell.name: cell for cell in presenter.cells(2_000, 0)}["journal"]
    assert (cell.value, cell.token) == (shown, token)


def test_a_low_budget_is_coloured(presenter: StatusPresenter, market: Any) -> None:
    shown = []
    for share in (0.94, 0.41, 0.05, 1.7):
        market.healths["hashkey-mena"] = ConnectorHealth(budget_left=share)
        (budget,) = presenter.budgets()
        shown.append((budget.code, budget.percent, budget.token))
    assert shown == [
        ("HKM", "94 %", "good"),
        ("HKM", "41 %", "warning"),
        ("HKM", "5 %", "danger"),
        ("HKM", "100 %", "good"),
    ]


def test_malformed_messages_are_summed_with_their_causes(presenter: StatusPresenter, market: Any) -> None:
    assert presenter.malformed() == 0
    health = market.healths["hashkey-mena"]
    market.healths["hashkey-mena"] = replace(health, malformed={"price: NaN": 2, "not JSON": 1})
    assert presenter.malformed() == 3
    assert presenter.malformed_causes() == "HashKey MENA: not JSON, 1 times\nHashKey MENA: price: NaN, 2 times"


def test_the_clock_names_its_zone(presenter: StatusPresenter, clock: Any) -> None:
    assert presenter.time(clock.now) == "21 Nov 2026  10:42:07 UTC"
    presenter.utc = False
    assert presenter.time(clock.now).endswith(" local")
