"""What the top bar shows, without Qt."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import Instrument, InstrumentId
from terminal.market.topics import Changed, Topic
from terminal.ui import formatting
from terminal.ui.venue_state import VenueState, venue_state

if TYPE_CHECKING:
    from terminal.accounts.account_book import AccountBook
    from terminal.market.market_data import MarketData
    from terminal.trading.arming import Arming
    from terminal.trading.portfolio import Portfolio

EQUITY_CURRENCY = "USDT"


@dataclass(frozen=True, slots=True)
class Stat:
    """A two-line figure. `name` identifies it; narrow windows drop `more`, or the whole figure."""

    name: str
    label: str
    value: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class PriceView:
    """The last price split into (dimmed, plain), its direction (1, 0, -1) and the day's change.

    `problem` says why the price cannot be trusted now; None while it is live.
    """

    parts: tuple[str, str] = ("", formatting.MISSING)
    direction: int = 0
    change: str = formatting.MISSING
    change_token: str = "second"
    problem: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.parts)


@dataclass(frozen=True, slots=True)
class VenueChip:
    venue: str
    name: str
    code: str
    state: VenueState


@dataclass(frozen=True, slots=True)
class ArmingView:
    """`armed` of `accounts` that may trade are armed; `target` is the account that the switch arms."""

    armed: int
    accounts: int
    target: str | None
    text: str
    tooltip: str


class TopBarPresenter:
    """Reads the live state of one instrument and of all venues and accounts."""

    def __init__(self, market: MarketData, portfolio: Portfolio, arming: Arming, accounts: AccountBook) -> None:
        self._market = market
        self._portfolio = portfolio
        self._arming = arming
        self._accounts = accounts
        self.instrument: InstrumentId | None = None

    def topics(self) -> set[Hashable]:
        """Return the dirty keys that concern the price and the venues."""
        keys: set[Hashable] = {Changed(Topic.STREAMS), Changed(Topic.INSTRUMENTS)}
        if self.instrument is not None:
            keys.add(Changed(Topic.TICKER, self.instrument))
        return keys

    def rules(self) -> Instrument | None:
        return None if self.instrument is None else self._market.instruments.get(self.instrument)

    def pair(self) -> tuple[str, str]:
        """Return pair and venue as people write them."""
        if self.instrument is None:
            return "Choose an instrument", ""
        rules = self.rules()
        pair = self.instrument.symbol if rules is None else rules.pair
        venue = self.instrument.venue
        return pair, self._market.venue_name(venue) if venue in self._market.venues else venue

    def short_venue(self) -> str:
        """Return the venue's name for where room is short."""
        if self.instrument is None or self.instrument.venue not in self._market.venues:
            return ""
        return self._market.venue_name(self.instrument.venue, short=True)

    def price(self) -> PriceView:
        if self.instrument is None:
            return PriceView()
        quote, rules = self._market.hub.quote(self.instrument), self.rules()
        if quote.last is None:
            return PriceView(problem=quote.freshness.reason)
        text = formatting.price(quote.last, rules)
        before = None if quote.previous_last is None else formatting.price(quote.previous_last, rules)
        direction = 0
        if quote.previous_last is not None:
            direction = (quote.last > quote.previous_last) - (quote.last < quote.previous_last)
        change = quote.change
        return PriceView(
            parts=formatting.split_changed(before, text),
            direction=direction,
            change=formatting.percent(change),
            change_token=change_token(change),
            problem=quote.freshness.reason,
        )

    def stats(self) -> tuple[Stat, ...]:
        """Return 24 h high, low, volume and the spread."""
        rules = self.rules()
        quote = None if self.instrument is None else self._market.hub.quote(self.instrument)
        base = "" if rules is None else f", {rules.base}"
        if quote is None:
            blank = formatting.MISSING
            return (
                Stat("high", "24 h high", blank),
                Stat("low", "24 h low", blank),
                Stat("volume", "24 h volume", blank),
                Stat("spread", "Spread", blank),
            )
        return (
            Stat("high", "24 h high", formatting.price(quote.high, rules)),
            Stat("low", "24 h low", formatting.price(quote.low, rules)),
            Stat("volume", f"24 h volume{base}", volume(quote.base_volume)),
            Stat("spread", "Spread", *spread(quote.bid, quote.ask, rules)),
        )

    def equity(self) -> str:
        return formatting.amount(self._portfolio.total(EQUITY_CURRENCY))

    def equity_problem(self) -> str | None:
        """Say why the equity is only as last known; None: it is live."""
        return self._portfolio.problem

    def unvalued(self) -> list[str]:
        """Return the assets that the equity leaves out because no price is known."""
        return self._portfolio.unvalued(EQUITY_CURRENCY)

    def chips(self, now: int) -> tuple[VenueChip, ...]:
        chips = []
        for venue in self._market.venues:
            heard = self._market.hub.last_heard(venue)
            health = self._market.health(venue)
            state = venue_state(
                self._market.hub.stream(venue),
                health.latency_ms,
                None if heard is None else max(0, now - heard),
                health.banned,
                health.paused_s,
            )
            chips.append(VenueChip(venue, self._market.venue_name(venue), self._market.venue_code(venue), state))
        return tuple(chips)

    def arming(self) -> ArmingView:
        accounts = [account for account in self._accounts.accounts if account.can_trade]
        armed = [account for account in accounts if self._arming.is_armed(account.label)]
        mine = None if self.instrument is None else self._accounts.for_venue(self.instrument.venue)
        target = mine.label if mine is not None and mine.can_trade else None
        if not armed:
            reason = self._arming.last_reason or "disarmed"
            tooltip = f"Clicks in ladder and chart send nothing: {reason}."
            tooltip += " Click to arm." if target is not None else " No account of this venue may trade."
            return ArmingView(0, len(accounts), target, "DISARMED", tooltip)
        text = "ARMED" if len(armed) == len(accounts) else f"ARMED {len(armed)}/{len(accounts)}"
        names = ", ".join(account.name for account in armed)
        return ArmingView(
            len(armed), len(accounts), target, text, f"Armed: {names}. One click in the ladder sends. Click to disarm."
        )

    def toggle_arming(self) -> None:
        """Disarm everything when anything is armed; else arm the account of the instrument's venue."""
        if self._arming.any_armed:
            self._arming.disarm_all("switched off in the top bar")
            return
        target = self.arming().target
        if target is not None:
            self._arming.arm(target)

    def environment(self) -> str:
        """Return "LIVE" when any venue is the real one, else "SANDBOX" or "SIMULATED"."""
        kinds = {self._market.environment(venue) for venue in self._market.venues}
        if "production" in kinds:
            return "LIVE"
        return "SANDBOX" if "sandbox" in kinds else "SIMULATED"


def change_token(change: Decimal | None) -> str:
    """Return the colour of a change: the buy side's for a gain, the sell side's for a loss."""
    if change is None or change == 0:
        return "second"
    return "buy_text" if change > 0 else "sell_text"


def volume(value: Decimal | None) -> str:
    """Return a traded volume: one decimal from a thousand on, K and M only where it is huge."""
    if value is None:
        return formatting.MISSING
    if value >= 10_000_000:
        return formatting.compact(value)
    return formatting.number(value, 1 if value >= 1_000 else 4)


def spread(bid: Decimal | None, ask: Decimal | None, rules: Instrument | None) -> tuple[str, str]:
    """Return the spread in price and in basis points of the mid: "0.22", "0.03 bps"."""
    if bid is None or ask is None or bid + ask <= 0:
        return formatting.MISSING, ""
    difference = ask - bid
    return formatting.price(difference, rules), formatting.basis_points(difference * 2 / (bid + ask))
