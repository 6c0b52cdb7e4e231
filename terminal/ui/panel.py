"""What every dock panel shares: its base class, the context it is given, and the instrument it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from terminal.domain import InstrumentId

if TYPE_CHECKING:
    from terminal.accounts.account_book import AccountBook
    from terminal.market.market_data import MarketData
    from terminal.trading.activity import ActivityLog
    from terminal.trading.arming import Arming
    from terminal.trading.desk import OrderDesk
    from terminal.trading.portfolio import Portfolio
    from terminal.trading.transfers import Transfers
    from terminal.ui.frame_clock import FrameClock
    from terminal.ui.preferences import Preferences
    from terminal.ui.tasks import Tasks
    from terminal.ui.theme import Theme

MAIN_LINK = "blue"
"""The link group that panels start in."""


class Selection(QObject):
    """The instrument that a group of linked panels shows.

    `changed` carries the InstrumentId; `price_picked` a Decimal price that was clicked in the ladder or chart and
    fills the ticket; `side_picked` the `Side` that goes with it where the click tells one. `preset_changed` carries
    the base quantity that one click in the ladder or chart trades, None while no size is chosen.
    """

    changed = Signal(object)
    price_picked = Signal(object)
    side_picked = Signal(object)
    preset_changed = Signal(object)

    def __init__(self, instrument: InstrumentId | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._instrument = instrument
        self._preset: Decimal | None = None

    @property
    def instrument(self) -> InstrumentId | None:
        return self._instrument

    def select(self, instrument: InstrumentId) -> None:
        """Show another instrument in every panel of the group."""
        if instrument != self._instrument:
            self._instrument = instrument
            self.choose_preset(None)  # a size of one instrument must never be clicked into another
            self.changed.emit(instrument)

    @property
    def preset_quantity(self) -> Decimal | None:
        """Base units that one click trades."""
        return self._preset

    def choose_preset(self, quantity: Decimal | None) -> None:
        """Set the size of a click for the instrument shown."""
        if quantity != self._preset:
            self._preset = quantity
            self.preset_changed.emit(quantity)


@dataclass(kw_only=True)
class PanelContext:
    """Everything a panel may use. `selection` is the main link group; `links` holds the groups by colour.

    `preferences` keeps choices between starts; None keeps none.
    """

    market: MarketData
    desk: OrderDesk
    portfolio: Portfolio
    arming: Arming
    accounts: AccountBook
    activity: ActivityLog
    theme: Theme
    frame_clock: FrameClock
    tasks: Tasks
    selection: Selection
    preferences: Preferences | None = None
    transfers: Transfers | None = None
    links: dict[str, Selection] = field(default_factory=dict)

    def link(self, colour: str) -> Selection:
        """Return the selection of a link group, made on first use with the main group's instrument."""
        if colour == MAIN_LINK:
            return self.selection
        if colour not in self.links:
            self.links[colour] = Selection(self.selection.instrument)
        return self.links[colour]


class Panel(QWidget):
    """Base of every dock panel.

    A subclass sets `object_name` and `title`, and overrides `on_instrument`, `start` and `stop` as needed. The
    window calls `start` once after the panel is in its dock and `stop` once before it goes away. `title_changed`
    updates the text beside the dock's title ("BTC/USDT, HashKey MENA"), `count_changed` the number in its tab.
    """

    object_name = "panel"
    title = "Panel"
    is_linked = False

    title_changed = Signal(str)
    count_changed = Signal(int)
    link_changed = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.link = MAIN_LINK
        self.subtitle = ""
        self.count = 0
        self.setObjectName(self.object_name)
        self.setAccessibleName(self.title)
        self._selection = context.selection
        self._is_started = False
        if self.is_linked:
            self._selection.changed.connect(self.on_instrument)

    @property
    def selection(self) -> Selection:
        """The selection of the panel's link group."""
        return self._selection

    def set_link(self, colour: str) -> None:
        """Follow another link group; the panel turns to its instrument."""
        if colour == self.link or not self.is_linked:
            return
        self._selection.changed.disconnect(self.on_instrument)
        self.link = colour
        self._selection = self.context.link(colour)
        self._selection.changed.connect(self.on_instrument)
        self.link_changed.emit(colour)
        if self._selection.instrument is not None:
            self.on_instrument(self._selection.instrument)

    def set_subtitle(self, text: str) -> None:
        """Show `text` beside the title in the dock's title bar."""
        if text != self.subtitle:
            self.subtitle = text
            self.title_changed.emit(text)

    def set_count(self, count: int) -> None:
        """Show how many entries wait in the panel in its tab, also while another tab is on top; 0 shows none."""
        if count != self.count:
            self.count = count
            self.count_changed.emit(count)

    def minimumSizeHint(self) -> QSize:
        # how small a dock may be made is the user's choice, not that of the widest control in it
        return QSize(60, 40)

    def title_widget(self) -> QWidget | None:
        """Return a widget shown at the right of the dock's title bar while the panel is the current tab."""
        return None

    def fill_menu(self, menu: QMenu) -> None:
        """Add the panel's own entries to its "..." menu."""

    def start(self) -> None:
        """Begin to watch and draw; a linked panel turns to the selected instrument."""
        self._is_started = True
        if self.is_linked and self._selection.instrument is not None:
            self.on_instrument(self._selection.instrument)

    def stop(self) -> None:
        """Give back watches and timers."""
        self._is_started = False

    def on_instrument(self, instrument: InstrumentId) -> None:
        """Turn to another instrument."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.on_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.on_visible(False)

    def on_visible(self, visible: bool) -> None:
        """Told when the panel appears or disappears behind another tab."""
