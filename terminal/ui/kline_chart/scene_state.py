"""What all parts of the chart's picture share in one frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from terminal.ui.kline_chart.presenter import ChartPresenter
from terminal.ui.kline_chart.texts import Texts
from terminal.ui.kline_chart.ticks import Tick
from terminal.ui.kline_chart.view_models import Crosshair, FillMark, LastPrice, LegendEntry, Notice, OrderLine, Run
from terminal.ui.kline_chart.viewport import Viewport
from terminal.ui.theme import Theme

TIME_AXIS_HEIGHT = 22
VOLUME_HEIGHT = 64
PRICE_AXIS_WIDTH = 76


class ChartKind(Enum):
    CANDLES = "candles"
    HOLLOW = "hollow"
    LINE = "line"


@dataclass
class SceneState:
    """Filled by the chart view before it paints, read by the items that paint.

    `visible` is the index range of candles in view, `volume_peak` the largest volume among them (0: none).
    `pointer` is the crosshair's place in px of the whole view, None while the pointer is elsewhere.
    """

    theme: Theme
    texts: Texts
    view: Viewport = field(default_factory=Viewport)
    presenter: ChartPresenter | None = None
    kind: ChartKind = ChartKind.CANDLES
    is_percent: bool = False
    visible: tuple[int, int] = (0, 0)
    volume_peak: float = 0.0
    volume_peak_text: str = ""
    price_ticks: list[Tick] = field(default_factory=list)
    time_ticks: list[Tick] = field(default_factory=list)
    readout: list[list[Run]] = field(default_factory=list)
    legend: list[LegendEntry] = field(default_factory=list)
    last: LastPrice | None = None
    orders: list[OrderLine] = field(default_factory=list)
    fills: list[FillMark] = field(default_factory=list)
    notice: Notice | None = None
    warning: str | None = None
    history_note: str = ""
    pointer: tuple[float, float] | None = None
    crosshair: Crosshair | None = None
    hovered_order: str | None = None
    volume_height: int = VOLUME_HEIGHT
    axis_width: int = PRICE_AXIS_WIDTH
