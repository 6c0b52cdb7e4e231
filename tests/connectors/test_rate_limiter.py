"""Budgets, reserves, pauses and bans, on a clock that only moves when someone sleeps."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.connectors.rate_limiter import MAX_WAIT_S, Budget, RateLimiter
from terminal.domain.failures import RateLimited


class FakeTime:
    def __init__(self) -> None:
        self.now = 100.0
        self.targets: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        target = self.now + seconds
        self.targets.append(target)
        await asyncio.sleep(0)
        while target > min(self.targets):
            await asyncio.sleep(0)  # others wake up earlier
        self.targets.remove(target)
        self.now = max(self.now, target)


BUDGETS = {
    "order": Budget(requests=10, period_s=1.0, reserve=3),
    "query": Budget(requests=2, period_s=1.0),
    "public": Budget(requests=5, period_s=1.0, per_owner=False),
}


def limiter(time: FakeTime) -> RateLimiter:
    return RateLimiter("venue", BUDGETS, clock=time.clock, sleep=time.sleep)


async def test_calls_within_the_budget_do_not_wait() -> None:
    time = FakeTime()
    limits = limiter(time)
    for _ in range(2):
        await limits.acquire("query")
    assert time.now == 100.0


async def test_the_next_call_waits_until_the_window_has_room() -> None:
    time = FakeTime()
    limits = limiter(time)
    for _ in range(3):
        await limits.acquire("query")
    assert 1.0 < time.now - 100.0 < 1.2


@given(st.lists(st.floats(min_value=0, max_value=0.4), min_size=1, max_size=40))
def test_no_window_ever_holds_more_than_the_budget(pauses: list[float]) -> None:
    async def run() -> list[float]:
        time = FakeTime()
        limits = limiter(time)
        sent = []
        for pause in pauses:
            time.now += pause
            await limits.acquire("query")
            sent.append(time.now)
        return sent

    window: deque[float] = deque()
    for moment in asyncio.run(run()):
        window.append(moment)
        while window[0] <= moment - 1.0:
            window.popleft()
        assert len(window) <= 2


async def test_cancels_find_room_when_orders_have_used_theirs() -> None:
    time = FakeTime()
    limits = limiter(time)
    for _ in range(7):
        await limits.acquire("order")
    for _ in range(3):
        await limits.acquire("order", urgent=True)
    assert time.now == 100.0
    await limits.acquire("order")
    assert time.now > 101.0


async def test_a_wait_beyond_the_limit_is_refused_at_once() -> None:
    time = FakeTime()
    limits = limiter(time)
    limits.pause(MAX_WAIT_S + 1)
    with pytest.raises(RateLimited) as caught:
        await limits.acquire("public")
    assert caught.value.retry_after == pytest.approx(MAX_WAIT_S + 1)
    assert not caught.value.may_have_executed
    assert str(caught.value).startswith("Not sent: the venue asked for a pause; the next turn is in ")
    assert limits.pause_left == pytest.approx(MAX_WAIT_S + 1)
    assert time.now == 100.0
    time.now += MAX_WAIT_S + 1
    assert limits.pause_left is None


async def test_a_queue_of_calls_gives_up_after_five_seconds() -> None:
    time = FakeTime()
    limits = limiter(time)
    results = await asyncio.gather(*(limits.acquire("query") for _ in range(40)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, RateLimited)]
    assert refused
    assert 8 <= len(results) - len(refused) <= 12


async def test_a_short_pause_is_waited_for() -> None:
    time = FakeTime()
    limits = limiter(time)
    limits.pause(2.0)
    await limits.acquire("order", urgent=True)
    assert time.now == pytest.approx(102.0)


async def test_a_ban_stops_everything_for_good() -> None:
    time = FakeTime()
    limits = limiter(time)
    limits.stop("banned")
    time.now += 10_000
    with pytest.raises(RateLimited, match="banned"):
        await limits.acquire("order", urgent=True)


async def test_a_ban_with_a_time_ends_by_itself_and_says_how_long_it_lasts() -> None:
    time = FakeTime()
    limits = limiter(time)
    limits.stop("banned", 15)
    with pytest.raises(RateLimited, match="banned") as caught:
        await limits.acquire("order", urgent=True)
    assert caught.value.is_ban
    assert caught.value.retry_after == pytest.approx(15)
    assert limits.stopped == "banned"

    time.now += 15
    await limits.acquire("order", urgent=True)
    assert limits.stopped is None


async def test_owners_have_budgets_of_their_own_but_share_the_machine() -> None:
    time = FakeTime()
    limits = limiter(time)
    for owner in ("a", "b"):
        for _ in range(2):
            await limits.acquire("query", owner=owner)
    assert time.now == 100.0
    for _ in range(5):
        await limits.acquire("public", owner="a")
    await limits.acquire("public", owner="b")
    assert time.now > 101.0


async def test_the_share_left_tells_the_scarcest_budget() -> None:
    time = FakeTime()
    limits = limiter(time)
    assert limits.share_left() == 1.0
    await limits.acquire("query")
    assert limits.share_left() == 0.5
    time.now += 2
    assert limits.share_left() == 1.0
    limits.pause(1)
    assert limits.share_left() == 0.0


async def test_a_budget_of_one_request_does_not_look_used_up() -> None:
    time = FakeTime()
    limits = RateLimiter("v", {"transfer": Budget(requests=1, period_s=1.0)}, clock=time.clock, sleep=time.sleep)
    await limits.acquire("transfer")
    assert limits.share_left() == 1.0
    await limits.acquire("transfer")
    assert time.now > 101.0
