"""Account reads: the document's examples as values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from terminal.connectors.contract import Connector
from terminal.domain import (
    Fill,
    Side,
)
from terminal.domain.failures import (
    InstrumentNotFound,
)
from tests.connectors.hashkey.conftest import BOTH_VENUES

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue


@BOTH_VENUES
async def test_balances_fee_rates_and_fills(hashkey: LoopbackVenue, connector: Connector, venue_id: str) -> None:
    balances = await connector.balances()
    assert [(b.asset, str(b.free), str(b.locked), str(b.total)) for b in balances][::3] == [
        ("BTC", "61.051866639", "0.15459", "61.206456639"),
        ("USDT", "206381.2785765348009", "0", "206381.2785765348009"),
    ]
    rates = await connector.fee_rates("ATOMUSDC")
    assert (str(rates.maker), str(rates.taker), rates.buy_fee_asset, rates.sell_fee_asset) == (
        "0.0012", "0.0012", "ATOM", "USDC",
    )  # fmt: skip
    earlier, later = await connector.fills("BTCUSDT")
    assert (earlier.trade_id, later.trade_id) == ("2133553700836353792", "2133553701515831040")
    assert later == Fill(
        venue=venue_id,
        account="main",
        symbol="BTCUSDT",
        trade_id="2133553701515831040",
        order_id="2133553695652194048",
        client_order_id="1769075420193253",
        side=Side.BUY,
        price=Decimal("112935.08"),
        quantity=Decimal("0.01098"),
        fee=Decimal("0.000013176"),
        fee_asset="BTC",
        is_maker=False,
        time=1769075420311,
        extra={"ticket_id": "4636458470505791492"},
    )
    with pytest.raises(InstrumentNotFound):
        await connector.fee_rates("NOPE")
