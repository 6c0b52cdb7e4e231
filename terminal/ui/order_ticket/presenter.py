"""What the order ticket shows and sends, without Qt.

Reads the market and the desk at each call; holds only the form of the instrument shown, the size presets, and
how the last sent order fares.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import (
    FeeRates,
    Instrument,
    InstrumentId,
    OrderBook,
    OrderRequest,
    OrderType,
    Side,
    TimeInForce,
)
from terminal.domain.failures import Failure
from terminal.trading.desk_order import DeskOrder
from terminal.trading.risk import RiskBreach
from terminal.ui import formatting
from terminal.ui.freshness_words import unreliable_words
from terminal.ui.order_ticket import sizing, words
from terminal.ui.order_ticket.checks import Finding, findings
from terminal.ui.order_ticket.empty import empty_view
from terminal.ui.order_ticket.fields_view import price_view, quantity_view, total_view
from terminal.ui.order_ticket.form import Market, TicketForm
from terminal.ui.order_ticket.options import option_choices, option_label, option_reason
from terminal.ui.order_ticket.payload import payload_rows
from terminal.ui.order_ticket.presets import Presets
from terminal.ui.order_ticket.receipt import Receipt, receipt_of
from terminal.ui.order_ticket.view import NOTHING, Choice, Draft, Message, SubmitView, TicketView

if TYPE_CHECKING:
    from terminal.accounts.account_book import AccountBook, AccountInfo
    from terminal.market.hub import LiveBook
    from terminal.market.market_data import MarketData
    from terminal.trading.arming import Arming
    from terminal.trading.desk import OrderDesk
    from terminal.trading.portfolio import Portfolio

WORTH_IN = "USDT"


class TicketPresenter:
    """`form` is None while no instrument is chosen or its rules are not known yet."""

    def __init__(
        self,
        *,
        market: MarketData,
        desk: OrderDesk,
        portfolio: Portfolio,
        arming: Arming,
        accounts: AccountBook,
    ) -> None:
        self._market = market
        self._desk = desk
        self._portfolio = portfolio
        self._arming = arming
        self._accounts = accounts
        self._id: InstrumentId | None = None
        self.form: TicketForm | None = None
        self.presets = Presets()
        self._note = NOTHING
        self._sent: str | None = None
        self.is_sending = False

    # the instrument

    def set_instrument(self, instrument: InstrumentId | None) -> None:
        """Turn to another instrument: everything of the former one is forgotten."""
        if instrument != self._id:
            self._id = instrument
            self.form = None
            self._note, self._sent = NOTHING, None
        self.refresh()

    @property
    def instrument_id(self) -> InstrumentId | None:
        return self._id

    def refresh(self) -> None:
        """Make the form once the instrument's rules are known, and give it its default price once."""
        if self._id is None:
            return
        rules = self._market.instrument(self._id)
        if rules is None:
            return
        if self.form is None:
            self.form = TicketForm(rules, self._market.capabilities(self._id.venue))
        self.form.instrument = rules
        self.form.follow(self.market())
        if self.presets.sizes(self._id) is None:
            last = self._market.hub.quote(self._id).last
            if last is not None:
                rate = self._portfolio.value(rules.quote, Decimal(1), WORTH_IN)
                worth = None if rate is None else last * rate
                self.presets.offer(self._id, sizing.default_presets(rules, worth))

    @property
    def account(self) -> AccountInfo | None:
        return None if self._id is None else self._accounts.for_venue(self._id.venue)

    def choose_account(self, label: str) -> None:
        """Turn the venue to another of its accounts, for the whole window; it starts disarmed."""
        self._note, self._sent = NOTHING, None
        self._accounts.choose(label)

    def market(self) -> Market:
        """Return what the form computes with now. Needs an instrument."""
        live, account = self._live, self.account
        free_base = free_quote = fees = None
        rules = self._market.instrument(live.instrument)
        if account is not None and rules is not None:
            free_base = self._portfolio.free(account.label, rules.base)
            free_quote = self._portfolio.free(account.label, rules.quote)
            fees = self._desk.fee_rates(account.label, rules.symbol)
        return Market(book=live.book, free_base=free_base, free_quote=free_quote, fees=fees)

    @property
    def _live(self) -> LiveBook:
        assert self._id is not None
        return self._market.hub.book(self._id)

    # sending

    def edited(self) -> None:
        """The order was changed: what was said of an order that was not sent no longer holds."""
        self._note = NOTHING

    def note(self, problem: str) -> None:
        """Say why something was not taken."""
        self._note = Message(text=problem, token="danger")

    def draft(self) -> Draft | None:
        """Return the order as it would be sent now; None while something stands against it."""
        self.refresh()
        form, account = self.form, self.account
        if form is None or account is None or self.is_sending:
            return None
        request = form.request()
        found = self._findings()
        if request is None or any(finding.is_hard for finding in found):
            return None
        market = self.market()
        receipt = self._receipt(request, form.instrument, market)
        warnings = tuple(finding.rule for finding in found)
        where = f"{self._market.venue_name(account.venue)}, {account.name}"
        return Draft(
            account=account.label,
            request=request,
            title=words.title(request, form.instrument),
            detail=words.detail(request, form.instrument, receipt, market.fees),
            rows=payload_rows(request, form, where, receipt, market.fees),
            warnings=warnings,
            allow=frozenset(finding.code for finding in found),
            environment=words.ENVIRONMENT_LABELS.get(account.environment, account.environment.upper()),
            needs_confirmation=bool(warnings) or not self._arming.is_armed(account.label),
        )

    def breaches_of(self, draft: Draft) -> Sequence[RiskBreach]:
        """Return the rules that a draft breaks now: the market may have moved since it was shown."""
        return self._desk.check(draft.account, draft.request)

    def sending(self) -> None:
        self.is_sending = True
        self._sent = None
        self._note = Message(text="Sending…", token="second")

    def sent(self, order: DeskOrder) -> None:
        """The desk knows the outcome, or that it is not known."""
        self.is_sending = False
        if order.instrument_id == self._id:
            self._note, self._sent = NOTHING, order.key

    def denied(self, instrument: InstrumentId, breaches: Sequence[RiskBreach]) -> None:
        self.is_sending = False
        if instrument == self._id:
            rules = "; ".join(breach.rule for breach in breaches) or "the order was refused"
            self._note = Message(text=f"Not sent: {rules}", token="danger")

    def failed(self, instrument: InstrumentId) -> None:
        """Sending ended in an error of the program: what became of the order is in the orders list or nowhere."""
        self.is_sending = False
        if instrument == self._id:
            self._note = Message(text="Sending failed: see the log, and look for the order", token="danger")

    def testable(self) -> tuple[str, OrderRequest] | None:
        """Return account and order that the venue could check now; None where it cannot, or nothing whole is typed."""
        form, account = self.form, self.account
        request = None if form is None else form.request()
        if form is None or account is None or request is None or "test_order" not in form.capabilities.methods:
            return None
        return account.label, request

    def checking(self) -> None:
        self._note = Message(text="Asking the venue; nothing is placed…", token="second")

    def checked(self, instrument: InstrumentId, verdict: Failure | None) -> None:
        """Show what the venue said of an order that it did not place."""
        if instrument == self._id:
            text = "The venue would take this order" if verdict is None else f"The venue would refuse it: {verdict}"
            self._note = Message(text=text, token="good" if verdict is None else "danger")

    def outcome(self) -> Message:
        order = None if self._sent is None else self._desk.order(self._sent)
        if order is None or self._note.text:
            return self._note
        return words.outcome(order, None if self.form is None else self.form.instrument)

    # the view

    def view(self, now: int) -> TicketView:
        """Return everything to draw; `now` is this machine's ms."""
        self.refresh()
        form = self.form
        if form is None or self._id is None:
            return empty_view(self._id)
        market = self.market()
        found = self._findings()
        request = form.request() if form.is_positive() else None
        receipt = None if request is None else self._receipt(request, form.instrument, market)
        unreliable = unreliable_words(self._live.freshness, now)
        account = self.account
        venue = self._market.venue_name(self._id.venue)
        return TicketView(
            account=f"{venue}, {account.name}" if account is not None else f"{venue}, no account",
            fees=words.fee_rates(market.fees),
            sides=tuple(Choice(key=s, label=words.SIDE_LABELS[s], is_checked=s is form.side) for s in Side),
            types=self._types(form, venue),
            price=price_view(form, market.book, found, receipt),
            price_actions=self._price_actions(form, market.book),
            quantity=quantity_view(form, found, receipt, venue),
            presets=self.presets.choices(self._id, form.instrument),
            percents=self._percents(form, market),
            total=total_view(form, found, receipt, market, venue),
            times_in_force=self._times_in_force(form, venue),
            preventions=option_choices(form),
            option_label=option_label(form.capabilities),
            prevention_reason=option_reason(form.capabilities, venue),
            receipt=words.receipt_rows(
                request,
                receipt,
                instrument=form.instrument,
                book=market.book,
                fees=market.fees,
                unreliable=unreliable,
                fees_told=form.capabilities.tells_fees,
            ),
            outcome=self.outcome(),
            submit=self._submit(form, found, receipt, market.fees, venue),
            footer=self._footer(form, found, venue),
            accounts=tuple(
                Choice(
                    key=each.label,
                    label=f"{self._market.venue_name(each.venue, short=True)}, {each.name}",
                    is_checked=each == account,
                )
                for each in self._accounts.on_venue(self._id.venue)
            ),
        )

    def _findings(self) -> list[Finding]:
        form, account = self.form, self.account
        if form is None:
            return []

        def check(request: OrderRequest) -> Sequence[RiskBreach]:
            return () if account is None else self._desk.check(account.label, request)

        return findings(form, self._live.book, check)

    def _receipt(self, request: OrderRequest, instrument: Instrument, market: Market) -> Receipt:
        return receipt_of(
            request,
            instrument,
            market.book,
            fees=market.fees,
            free_base=market.free_base,
            free_quote=market.free_quote,
        )

    def _types(self, form: TicketForm, venue: str) -> tuple[Choice, ...]:
        offered = form.capabilities.order_types
        reasons = form.capabilities.reasons
        return tuple(
            Choice(
                key=kind,
                label=label,
                is_checked=kind is form.type,
                is_enabled=kind in offered,
                tooltip="" if kind in offered else reasons.get(kind, f"{venue} has no {label.lower()} orders"),
            )
            for kind, label in words.TYPE_LABELS.items()
        )

    def _times_in_force(self, form: TicketForm, venue: str) -> tuple[Choice, ...]:
        offered = form.times_in_force()
        kind = words.TYPE_LABELS[form.type].lower()
        only = f": only {', '.join(offered)}" if offered else ""
        return tuple(
            Choice(
                key=time,
                label=time,
                is_checked=time is form.time_in_force,
                is_enabled=time in offered,
                tooltip=words.TIME_IN_FORCE_MEANING[time]
                if time in offered
                else f"{venue} has no {time} for {kind} orders{only}",
            )
            for time in TimeInForce
        )

    def _price_actions(self, form: TicketForm, book: OrderBook) -> tuple[Choice, ...]:
        is_market = form.type is OrderType.MARKET
        known = {"bid": book.bids.best is not None, "mid": book.mid is not None, "ask": book.asks.best is not None}
        labels = {"bid": "Bid", "mid": "Mid", "ask": "Ask", "up": "+1 tick", "down": f"{formatting.MINUS}1 tick"}
        return tuple(
            Choice(
                key=key,
                label=label,
                is_enabled=not is_market and known.get(key, True),
                tooltip="A market order has no price" if is_market else "" if known.get(key, True) else "No quote now",
            )
            for key, label in labels.items()
        )

    def _percents(self, form: TicketForm, market: Market) -> tuple[Choice, ...]:
        asset = form.instrument.quote if form.side is Side.BUY else form.instrument.base
        free = market.free_quote if form.side is Side.BUY else market.free_base
        reason = ""
        if free is None:
            reason = "Balances are not known yet"
        elif free <= 0:
            reason = f"No free {asset}"
        elif form.side is Side.BUY and form.type is not OrderType.MARKET and not form.price.value:
            reason = "Enter a price first"
        return tuple(
            Choice(
                key=str(percent),
                label=f"{percent} %",
                is_enabled=not reason,
                tooltip=reason or f"{percent} % of the free {asset}, fee included, rounded down to whole lots",
            )
            for percent in sizing.PERCENTS
        )

    def _submit(
        self, form: TicketForm, found: list[Finding], receipt: Receipt | None, fees: FeeRates | None, venue: str
    ) -> SubmitView:
        request = form.request() if form.is_positive() else None
        if request is None or receipt is None:
            title, detail = f"{words.SIDE_LABELS[form.side]} {form.instrument.base}", form.instrument.pair
        else:
            title = words.title(request, form.instrument)
            detail = words.detail(request, form.instrument, receipt, fees)
        return SubmitView(title=title, detail=detail, side=form.side, reason=self._reason(found, venue))

    def _reason(self, found: list[Finding], venue: str) -> str:
        """Return why the order cannot be sent, "" when it can."""
        account = self.account
        if self.is_sending:
            return "Sending…"
        if account is None:
            return f"No account for {venue}"
        if not account.can_trade:
            return f"Account {account.name} is read-only"
        hard = [finding for finding in found if finding.is_hard]
        mistake = next((finding for finding in hard if not finding.is_missing), None)
        first = mistake or (hard[0] if hard else None)
        return "" if first is None else first.rule

    def _footer(self, form: TicketForm, found: list[Finding], venue: str) -> Message:
        reason = self._reason(found, venue)
        if reason:
            mistake = any(finding.is_hard and not finding.is_missing for finding in found)
            return Message(text=reason, token="danger" if mistake and not self.is_sending else "second")
        account = self.account
        armed = account is not None and self._arming.is_armed(account.label)
        if found:
            first = next((finding for finding in found if finding.field is None), found[0])
            # what is not live and why; the cause behind that is told above
            rule = ": ".join(first.rule.split(": ")[:2])
            return Message(text=f"Asks first: {rule[0].lower()}{rule[1:]}", token="warning")
        if armed:
            return Message(text="Armed: sends at once", token="warning")
        return Message(text="Disarmed: asks before it sends", token="second")
