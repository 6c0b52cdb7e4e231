"""The top bar tells price, venues and arming as they are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from terminal.connectors.contract import ConnectorHealth
from terminal.domain import InstrumentId, StreamState
from terminal.market.topics import Changed, Topic
from terminal.ui.panel import PanelContext
from terminal.ui.top_bar.matches import find_matches
from terminal.ui.top_bar.presenter import TopBarPresenter, spread, volume
from terminal.ui.venue_state import Marker

BTC = InstrumentId("hashkey-mena", "BTCUSDT")


@pytest.fixture
def presenter(context: PanelContext) -> TopBarPresenter:
    presenter = TopBarPresenter(context.market, context.portfolio, context.arming, context.accounts)
    presenter.instrument = BTC
    return presenter


def test_the_price_is_split_where_it_changed(presenter: TopBarPresenter) -> None:
    price = presenter.price()
    assert price.parts == ("86,9", "60.43")
    assert (price.direction, price.change, price.change_token, price.problem) == (1, "+0.76 %", "buy_text", None)


def test_a_lost_stream_is_told_with_the_price(presenter: TopBarPresenter, market: Any) -> None:
    market.set_stream("hashkey-mena", StreamState.DOWN, "connection refused")
    price = presenter.price()
    assert (price.text, price.problem) == ("86,960.43", "connection refused")


def test_an_instrument_without_data_shows_no_number(presenter: TopBarPresenter, market: Any) -> None:
    presenter.instrument = market.add_instrument("hashkey-mena", "ETH", "USDT")
    assert presenter.price().text == "–"
    assert {stat.value for stat in presenter.stats()} == {"–"}


def test_the_day_is_told_with_the_unit_of_the_volume(presenter: TopBarPresenter) -> None:
    assert [(stat.label, stat.value, stat.more) for stat in presenter.stats()] == [
        ("24 h high", "88,009.74", ""),
        ("24 h low", "86,211.14", ""),
        ("24 h volume, BTC", "11,271.1", ""),
        ("Spread", "1.48", "0.17 bps"),
    ]


def test_only_what_it_shows_wakes_it(presenter: TopBarPresenter) -> None:
    assert Changed(Topic.TICKER, BTC) in presenter.topics()
    assert Changed(Topic.TICKER, InstrumentId("hashkey-mena", "ETHUSDT")) not in presenter.topics()


@pytest.mark.parametrize(
    ("state", "shown", "marker"),
    [
        (StreamState.LIVE, "live 41 ms", Marker.DOT),
        (StreamState.STALE, "stale 6.2 s", Marker.TRIANGLE),
        (StreamState.DOWN, "down 6.2 s", Marker.CROSS),
        (StreamState.CONNECTING, "waiting", Marker.RING),
    ],
)
def test_each_state_of_a_venue_has_its_own_word_and_shape(
    presenter: TopBarPresenter, market: Any, state: StreamState, shown: str, marker: Marker
) -> None:
    market.set_stream("hashkey-mena", state)
    (chip,) = presenter.chips(market.hub.last_heard("hashkey-mena") + 6_200)
    assert (chip.name, chip.code, chip.state.text, chip.state.marker) == ("HashKey MENA", "HKM", shown, marker)


def test_a_live_venue_without_a_measured_latency_is_just_live(presenter: TopBarPresenter, market: Any) -> None:
    market.healths["hashkey-mena"] = ConnectorHealth()
    assert presenter.chips(market.clock())[0].state.text == "live"

    market.healths["hashkey-mena"] = ConnectorHealth(banned="The venue has banned this address")
    (chip,) = presenter.chips(market.clock())
    assert (chip.state.text, chip.state.token, chip.state.is_live) == ("BANNED", "danger", False)
    assert chip.state.reason == "The venue has banned this address"


def test_a_venue_that_asked_for_a_pause_says_so_while_its_prices_stream_on(
    presenter: TopBarPresenter, market: Any
) -> None:
    market.set_stream("hashkey-mena", StreamState.LIVE)
    market.healths["hashkey-mena"] = ConnectorHealth(paused_s=57.3)
    (chip,) = presenter.chips(market.clock())
    assert (chip.state.text, chip.state.token, chip.state.is_live) == ("PAUSED 58 s", "warning", False)
    assert "no order and no cancel is sent" in (chip.state.reason or "")


def test_arming_is_for_the_account_of_the_instrument(presenter: TopBarPresenter, context: PanelContext) -> None:
    assert presenter.arming().text == "DISARMED"
    presenter.toggle_arming()
    assert context.arming.is_armed("hashkey-mena")
    assert presenter.arming().text == "ARMED"
    presenter.toggle_arming()
    assert not context.arming.any_armed
    assert presenter.arming().text == "DISARMED"


def test_without_an_account_that_may_trade_nothing_is_armed(presenter: TopBarPresenter, context: PanelContext) -> None:
    presenter.instrument = InstrumentId("hoo", "BTC-USDT")
    presenter.toggle_arming()
    assert not context.arming.any_armed
    assert "No account" in presenter.arming().tooltip


def test_one_real_venue_makes_the_window_live(
    presenter: TopBarPresenter, market: Any, add_venue: Callable[[int], str]
) -> None:
    assert presenter.environment() == "SIMULATED"
    market.environments[add_venue(1)] = "sandbox"
    assert presenter.environment() == "SANDBOX"
    market.environments[add_venue(2)] = "production"
    assert presenter.environment() == "LIVE"


def test_equity_says_what_it_is(presenter: TopBarPresenter, context: Any) -> None:
    assert presenter.equity() == "145,330.09"
    context.portfolio.equity = None
    assert presenter.equity() == "–"


def test_a_crossed_or_missing_quote_gives_no_wrong_spread() -> None:
    assert spread(None, Decimal(1), None) == ("–", "")
    assert spread(Decimal("2"), Decimal("1"), None)[0] == "−1"


def test_volumes_are_shortened_only_when_huge() -> None:
    shown = [volume(Decimal(text)) for text in ("0.5", "11271.1", "123456789")]
    assert shown == ["0.5000", "11,271.1", "123.4M"]
    assert volume(None) == "–"


def test_the_search_finds_by_coin_pair_and_venue_best_first(market: Any, add_venue: Callable[[int], str]) -> None:
    other = add_venue(1)
    market.add_instrument(other, "BTC", "USDT")
    market.add_instrument(other, "WBTC", "USDT")
    market.add_instrument(other, "ETH", "BTC")

    def found(text: str) -> list[tuple[str, str]]:
        return [(match.pair, match.venue_name) for match in find_matches(market, text)]

    assert found("btc")[:2] == [("BTC/USDT", "HashKey Global"), ("BTC/USDT", "HashKey MENA")]
    assert found("btc/usdt mena") == [("BTC/USDT", "HashKey MENA")]
    assert found("eth global") == [("ETH/BTC", "HashKey Global")]
    assert found("nothing") == []
    assert len(found("")) == 4
