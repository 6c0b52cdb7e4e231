"""Arming: off at start, and off again whenever the trader may have lost sight of the market."""

from __future__ import annotations

import pytest

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.domain import Credentials, StreamState, StreamStatus
from terminal.trading.arming import Arming
from terminal.trading.topics import ChangedTopics, TradingTopic


class Clocks:
    def __init__(self) -> None:
        self.wall = 1_000_000
        self.steady = 5_000

    def advance(self, ms: int) -> None:
        self.wall += ms
        self.steady += ms


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def changed() -> ChangedTopics:
    return ChangedTopics()


@pytest.fixture
def arming(clocks: Clocks, changed: ChangedTopics) -> Arming:
    book = AccountBook()
    for label, can_trade in (("a", True), ("b", True), ("reader", False)):
        info = AccountInfo(label=label, venue="v", environment="simulated", can_trade=can_trade, name=label)
        book.add(info, Credentials())
    return Arming(
        accounts=book,
        clock=lambda: clocks.wall,
        monotonic=lambda: clocks.steady,
        changed=changed,
        idle_minutes=10,
    )


def test_disarmed_at_start(arming: Arming) -> None:
    assert not arming.any_armed
    assert not arming.is_armed("a")
    assert arming.last_reason == "disarmed at start"


def test_each_account_is_armed_alone(arming: Arming, changed: ChangedTopics) -> None:
    assert arming.arm("a")
    assert (arming.is_armed("a"), arming.is_armed("b"), arming.any_armed) == (True, False, True)
    assert changed.take() == {TradingTopic.ARMING}
    arming.disarm("a", "enough")
    assert (arming.any_armed, arming.last_reason) == (False, "enough")


@pytest.mark.parametrize("label", ["reader", "nobody"])
def test_read_only_and_unknown_accounts_cannot_be_armed(arming: Arming, label: str) -> None:
    assert not arming.arm(label)
    assert not arming.any_armed
    assert label in (arming.last_reason or "")


@pytest.mark.parametrize("state", [StreamState.STALE, StreamState.DOWN, StreamState.CONNECTING])
def test_lost_connection_disarms_its_account_only(arming: Arming, state: StreamState) -> None:
    arming.arm("a")
    arming.arm("b")
    arming.on_stream("a", StreamStatus(venue="v", account="a", stream="private", state=state, reason="silence"))
    assert arming.armed == {"b"}
    assert "silence" in (arming.last_reason or "")


def test_live_connection_leaves_it_armed(arming: Arming) -> None:
    arming.arm("a")
    arming.on_stream("a", StreamStatus(venue="v", account="a", stream="private", state=StreamState.LIVE))
    assert arming.is_armed("a")


def test_idle_trader_disarms_and_input_keeps_armed(arming: Arming, clocks: Clocks) -> None:
    arming.arm("a")
    clocks.advance(9 * 60_000)
    arming.note_input()
    clocks.advance(9 * 60_000)
    arming.check()
    assert arming.is_armed("a")
    clocks.advance(60_000)
    arming.check()
    assert not arming.any_armed
    assert arming.last_reason == "no input for 10 min"


def test_idle_limit_can_be_switched_off(arming: Arming, clocks: Clocks) -> None:
    arming.set_idle_minutes(None)
    arming.arm("a")
    clocks.advance(100 * 60_000)
    arming.check()
    assert arming.is_armed("a")


@pytest.mark.parametrize("jump", [6_000, -6_000])
def test_clock_jump_disarms(arming: Arming, clocks: Clocks, jump: int) -> None:
    arming.arm("a")
    clocks.advance(1_000)
    clocks.wall += jump
    arming.check()
    assert not arming.any_armed
    assert "clock jumped" in (arming.last_reason or "")


def test_small_drift_and_a_jump_before_arming_do_not_disarm(arming: Arming, clocks: Clocks) -> None:
    clocks.wall += 3_600_000
    arming.arm("a")
    clocks.wall += 400
    arming.check()
    assert arming.is_armed("a")


def test_layout_switch_disarms_all(arming: Arming) -> None:
    arming.arm("a")
    arming.arm("b")
    arming.layout_switched()
    assert not arming.any_armed
