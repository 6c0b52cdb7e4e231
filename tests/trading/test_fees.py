"""Fee rates by account and symbol: how often the venue is asked, and what holds until it answers."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from terminal.domain import Capabilities, FeeRates, VipInfo
from terminal.domain.failures import VenueUnavailable
from tests.trading.conftest import ACCOUNT, SYMBOL, VENUE, BenchMaker, FakeConnector


class Tiered(FakeConnector):
    """Tells the rates of two symbols in one answer."""

    async def vip_info(self, symbols: object = None) -> VipInfo:
        await self._step("vip_info")
        rates = tuple(
            FeeRates(symbol=symbol, maker=Decimal("0.0012"), taker=Decimal("0.0015"), tier="VIP 3")
            for symbol in (SYMBOL, "ETHUSDT")
        )
        return VipInfo(venue=VENUE, level="3", rates=rates)


def tiered() -> Tiered:
    return Tiered(capabilities=Capabilities(methods=frozenset({"vip_info"}), client_order_ids=True))


async def test_one_answer_gives_the_rates_and_tier_of_every_symbol(make_bench: BenchMaker) -> None:
    bench = await make_bench(connector=tiered())
    assert bench.desk.fee_rates(ACCOUNT, SYMBOL) is None
    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None)

    rates = bench.desk.fee_rates(ACCOUNT, "ETHUSDT")

    assert rates is not None
    assert rates.tier == "VIP 3"
    assert bench.connector.count("vip_info") == 1
    assert bench.connector.count("fee_rates") == 0


async def test_symbol_that_the_answer_left_out_is_asked_for_by_itself(make_bench: BenchMaker) -> None:
    bench = await make_bench(connector=tiered())
    bench.desk.fee_rates(ACCOUNT, SYMBOL)
    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None)

    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, "SOLUSDT") is not None)

    assert bench.connector.count("fee_rates") == 1


async def test_tier_is_asked_for_again_after_hours_and_holds_meanwhile(make_bench: BenchMaker) -> None:
    bench = await make_bench(connector=tiered())
    bench.desk.fee_rates(ACCOUNT, SYMBOL)
    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None)
    bench.clock.ahead += 7 * 3_600_000

    assert bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None
    await bench.until(lambda: bench.connector.count("vip_info") == 2)


async def test_refused_question_is_not_repeated_at_once(make_bench: BenchMaker) -> None:
    connector = tiered()
    bench = await make_bench(connector=connector)
    connector.script["vip_info"] = deque([VenueUnavailable("down")])
    bench.desk.fee_rates(ACCOUNT, SYMBOL)
    await bench.until(lambda: any("no fee tier" in entry.text for entry in bench.activity.entries))

    assert bench.desk.fee_rates(ACCOUNT, SYMBOL) is None
    assert connector.count("vip_info") == 1
    bench.clock.ahead += 61_000
    await bench.until(lambda: bench.desk.fee_rates(ACCOUNT, SYMBOL) is not None)
