"""A ladder panel over a real hub, with a desk that notes what it is told, driven by mouse and keys."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain import (
    BookSnapshot,
    Capabilities,
    InstrumentId,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    Side,
    Source,
    StreamState,
    TimeInForce,
    Trade,
)
from terminal.trading.desk_order import DeskOrder
from terminal.trading.risk import RiskBreach, RiskDenied
from terminal.trading.topics import TradingTopic
from terminal.ui.depth_ladder.columns import Zone
from terminal.ui.depth_ladder.widget import DepthLadder
from terminal.ui.panel import PanelContext

VENUE = "hashkey-mena"
BTC = InstrumentId(VENUE, "BTCUSDT")
D = Decimal
_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier


@dataclass
class NotingDesk:
    """Notes requests and cancels; `denial` makes it refuse as the pre-trade checks do."""

    dirty: set[TradingTopic] = field(default_factory=set)
    orders: list[DeskOrder] = field(default_factory=list)
    requests: list[tuple[str, OrderRequest]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    denial: RiskBreach | None = None
    ending: tuple[OrderStatus, str] | None = None

    def working_at(self, instrument: InstrumentId) -> list[DeskOrder]:
        return [order for order in self.orders if order.instrument_id == instrument]

    def hold(self, key: str, side: Side, price: str, quantity: str = "0.08") -> None:
        order = Order(
            venue=VENUE, symbol="BTCUSDT", side=side, type=OrderType.LIMIT, status=OrderStatus.OPEN,
            price=D(price), quantity=D(quantity),
        )  # fmt: skip
        self.orders.append(DeskOrder(key=key, order=order, account=VENUE, submitted=0, changed=0))
        self.dirty.add(TradingTopic.ORDERS)

    async def submit(self, account: str, request: OrderRequest) -> DeskOrder:
        if self.denial is not None:
            raise RiskDenied([self.denial])
        self.requests.append((account, request))
        status, reason = self.ending or (OrderStatus.OPEN, None)
        order = Order(
            venue=VENUE, symbol=request.symbol, side=request.side, type=request.type, status=status,
            price=request.price, quantity=request.quantity, reason=reason,
        )  # fmt: skip
        return DeskOrder(key="new", order=order, account=account, submitted=0, changed=0)

    async def cancel(self, key: str) -> None:
        self.cancelled.append(key)

    def take_changed(self) -> set[TradingTopic]:
        dirty, self.dirty = self.dirty, set()
        return dirty


class AtOnce:
    """Runs work that waits for nothing to its end."""

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        with pytest.raises(StopIteration):
            work.send(None)


class Bench:
    """A shown ladder at group 1 tick of 1.00: bids 100, 99, 98 .. and asks 102, 103 ..; 0.25 a click; armed."""

    def __init__(self, ladder: DepthLadder, context: PanelContext, market: Any, clock: Any, desk: NotingDesk) -> None:
        self.ladder = ladder
        self.context = context
        self.market = market
        self.clock = clock
        self.desk = desk
        self.picked: list[Decimal] = []
        context.selection.price_picked.connect(self.picked.append)

    @property
    def arming(self) -> Any:
        return self.context.arming

    def book(self, bid: int = 100, ask: int = 102, depth: int = 40) -> None:
        self.market.hub.on_event(
            BookSnapshot(
                venue=VENUE, symbol="BTCUSDT", source=Source.STREAM,
                bids=[(D(bid - n), D(n + 1)) for n in range(min(depth, bid - 1))],
                asks=[(D(ask + n), D(n + 1)) for n in range(depth)],
            )
        )  # fmt: skip

    def trade(self, price: str, side: Side = Side.BUY) -> None:
        trade = Trade(venue=VENUE, symbol="BTCUSDT", price=D(price), quantity=D(1), side=side, time=self.clock.now)
        self.market.hub.on_event(trade)

    def frame(self) -> None:
        self.context.frame_clock.run_frame()

    def at(self, zone: Zone, price: int) -> QPoint:
        point = self.ladder.canvas.center_of(zone, price)
        assert point is not None, f"{price} is not on screen"
        return point

    def hover(self, zone: Zone, price: int) -> None:
        QTest.mouseMove(self.ladder.canvas, self.at(zone, price))
        self.frame()

    def leave(self) -> None:
        QTest.mouseMove(self.ladder.canvas, QPoint(self.ladder.width() - 4, 20))
        self.frame()

    def press(self, zone: Zone, price: int, *, ctrl: bool = False) -> None:
        QTest.mousePress(self.ladder.canvas, _LEFT, _CTRL if ctrl else _NONE, self.at(zone, price))

    def release(self, zone: Zone, price: int, *, ctrl: bool = False) -> None:
        QTest.mouseRelease(self.ladder.canvas, _LEFT, _CTRL if ctrl else _NONE, self.at(zone, price))
        self.frame()

    def click(self, zone: Zone, price: int, *, ctrl: bool = False) -> None:
        self.press(zone, price, ctrl=ctrl)
        self.release(zone, price, ctrl=ctrl)

    def prices(self) -> list[str]:
        view = self.ladder.canvas.view
        assert view is not None
        return [row.price for row in view.rows]

    @property
    def sent(self) -> list[OrderRequest]:
        return [request for _, request in self.desk.requests]

    @property
    def footer(self) -> str:
        return self.ladder.footer.text


@pytest.fixture
def bench(
    context: PanelContext, market: Any, clock: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    desk = NotingDesk()
    market.add_instrument(VENUE, "BTC", "USDT", tick="1")
    offers = Capabilities(
        order_types=(OrderType.LIMIT, OrderType.LIMIT_MAKER),
        times_in_force=(TimeInForce.GTC, TimeInForce.IOC),
        times_in_force_by_type={OrderType.LIMIT_MAKER: ()},
    )
    monkeypatch.setattr(market, "capabilities", lambda venue: offers, raising=False)
    parts: dict[str, Any] = {"desk": desk, "tasks": AtOnce()}
    for name, part in parts.items():
        monkeypatch.setattr(context, name, part)
    context.frame_clock.add_source(desk)
    ladder = DepthLadder(context)
    qtbot.addWidget(ladder)
    ladder.presenter.restore_groups({(VENUE, "BTCUSDT"): 1})
    ladder.resize(300, 532)
    ladder.show()
    bench = Bench(ladder, context, market, clock, desk)
    context.selection.choose_preset(D("0.25"))
    bench.arming.arm(VENUE)
    bench.book()
    ladder.start()
    market.set_stream(VENUE, StreamState.LIVE)
    bench.leave()
    yield bench
    ladder.stop()
