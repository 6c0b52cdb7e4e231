"""What the transfers panel shows, without Qt: one account's wallets, lists and transfers, in ready texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from terminal.domain import Fill, Order
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus
from terminal.domain.wallet import BalanceChange, Transfer, TransferRequest
from terminal.trading.transfers import LISTING_LIMIT
from terminal.trading.wallet_state import Listing, Loaded, Outcome, WalletState
from terminal.ui import formatting
from terminal.ui.number_entry import read_number

if TYPE_CHECKING:
    from terminal.accounts.account_book import AccountBook
    from terminal.market.market_data import MarketData
    from terminal.trading.transfers import Transfers


class Page(Enum):
    """The sub-tabs, with their titles."""

    ACCOUNTS = "Accounts"
    TRANSFER = "Transfer"
    ADDRESS = "Address"
    DEPOSITS = "Deposits"
    WITHDRAWALS = "Withdrawals"
    FIAT = "Fiat"
    STATEMENT = "Statement"
    SUB_OPEN = "Sub: open"
    SUB_ORDERS = "Sub: orders"
    SUB_FILLS = "Sub: fills"


LISTINGS = {
    Page.DEPOSITS: Listing.DEPOSITS,
    Page.WITHDRAWALS: Listing.WITHDRAWALS,
    Page.FIAT: Listing.FIAT,
    Page.STATEMENT: Listing.STATEMENT,
    Page.SUB_OPEN: Listing.SUB_OPEN,
    Page.SUB_ORDERS: Listing.SUB_ORDERS,
    Page.SUB_FILLS: Listing.SUB_FILLS,
}
SUB_PAGES = (Page.SUB_OPEN, Page.SUB_ORDERS, Page.SUB_FILLS)
_METHODS = {
    Page.ACCOUNTS: "accounts",
    Page.TRANSFER: "transfer",
    Page.ADDRESS: "deposit_addresses",
    **{page: listing.value for page, listing in LISTINGS.items()},
}
_STATUS_TOKENS = {
    TransferStatus.NEEDS_ACTION: "warning",
    TransferStatus.FAILED: "danger",
    TransferStatus.UNKNOWN: "warning",
    TransferStatus.SUCCESSFUL: "text",
}
_OUTCOME_TOKENS = {
    Outcome.SENDING: "second",
    Outcome.DONE: "text",
    Outcome.REFUSED: "danger",
    Outcome.UNKNOWN: "warning",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of text and the token of its colour."""

    text: str = ""
    token: str = "second"


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One asset of one of the venue's accounts."""

    id: str
    account: str
    asset: str
    free: Decimal
    locked: Decimal


def _rates(rates: Sequence[Decimal]) -> str:
    """Return what pairs cost: one rate, or from the lowest to the highest where they differ."""
    low, high = formatting.percent(min(rates), sign=False), formatting.percent(max(rates), sign=False)
    return low if low == high else f"{low} to {high}"


class TransfersPresenter:
    """`account` is the label shown; it starts with the first account and stays until another is picked."""

    def __init__(self, transfers: Transfers, accounts: AccountBook, market: MarketData) -> None:
        self._transfers = transfers
        self._accounts = accounts
        self._market = market
        self._picked: str | None = None

    # the account

    def choices(self) -> list[tuple[str, str]]:
        """Return label and name of every account."""
        return [(info.label, f"{self._venue(info.venue)}, {info.name}") for info in self._accounts.accounts]

    @property
    def account(self) -> str | None:
        known = [info.label for info in self._accounts.accounts]
        return self._picked if self._picked in known else next(iter(known), None)

    def pick(self, label: str) -> None:
        self._picked = label

    @property
    def state(self) -> WalletState:
        return self._transfers.state(self.account or "")

    def missing(self, page: Page) -> str | None:
        """Say why a page has nothing to offer: the venue's own rule."""
        return "No account" if self.account is None else self._transfers.missing(self.account, _METHODS[page])

    def missing_transfer(self) -> str | None:
        return self.missing(Page.TRANSFER)

    def summary(self) -> str:
        """Return key type and fee tier in one line."""
        state = self.state
        parts = [] if state.key_type is None else [f"Key of the {state.key_type.lower()}"]
        vip = state.vip
        if vip is not None:
            parts.append(f"VIP {vip.level}")
            if vip.volume_30d is not None:
                parts.append(f"30 d volume {formatting.compact(vip.volume_30d)} USD")
            if vip.rates:
                makers, takers = [rate.maker for rate in vip.rates], [rate.taker for rate in vip.rates]
                parts.append(f"maker {_rates(makers)}, taker {_rates(takers)}")
        return "  ·  ".join(parts)

    def reading(self, page: Page) -> Loaded:
        """Return the reading that a page shows."""
        if page in LISTINGS:
            return self.state.listing(LISTINGS[page])
        return self.state.address_reading if page is Page.ADDRESS else self.state.overview

    def progress(self, page: Page) -> Said:
        """Say how old what is shown is, that it is being read, or why it could not be."""
        reading = self.reading(page)
        if reading.is_loading:
            return Said("Reading…")
        age = None if reading.time is None else self._market.clock() - reading.time
        if reading.problem is not None:
            return Said(f"Not read: {reading.problem}", "danger")
        if age is None:
            return Said()
        calm = formatting.calm_age(age)
        when = "read now" if calm == "now" else f"read {calm} ago"
        # a list that was cut off must not look like all there is
        return Said(f"{LISTING_LIMIT} rows at most, {when}" if len(reading.rows) >= LISTING_LIMIT else when)

    def empty(self, page: Page) -> str:
        """Say what an empty list means."""
        missing = self.missing(page)
        if missing is not None:
            return missing
        reading = self.reading(page)
        if reading.problem is not None:
            return "Could not be read: see above"
        if reading.time is None:
            return "Not read yet"
        if page is Page.ACCOUNTS:
            return "Nothing is held in these accounts."
        what = {
            Page.FIAT: "No bank transfers in the last 30 days.",
            Page.STATEMENT: "Nothing changed the balances in this time.",
            Page.SUB_OPEN: "The sub account has no working orders.",
            Page.SUB_ORDERS: "The sub account has no orders that ended.",
            Page.SUB_FILLS: "The sub account has no fills.",
        }
        return what.get(page, f"No {page.value.lower()} yet.")

    # rows

    def holdings(self) -> list[HoldingRow]:
        state = self.state
        return [
            HoldingRow(own.id, own.label, balance.asset, balance.free, balance.locked)
            for own in state.accounts
            for balance in sorted(state.balances.get(own.id, ()), key=lambda balance: balance.asset)
            if balance.free or balance.locked
        ]

    def account_name(self, id: str) -> str:
        own = self.state.account(id)
        return id if own is None else own.label

    def sub_accounts(self) -> list[str]:
        """Return the venue ids of the sub accounts that are known."""
        info = None if self.account is None else self._accounts.get(self.account)
        if info is None:
            return []
        own = [each.id for each in self.state.accounts if each.kind is AccountKind.SUB]
        for other in self._accounts.on_venue(info.venue):
            if other.label != info.label:
                state = self._transfers.state(other.label)
                own += [each.id for each in state.accounts if each.kind in (AccountKind.TRADING, AccountKind.SUB)]
        return list(dict.fromkeys(own))

    # a transfer

    def request(self, source: str, target: str, asset: str, quantity: str, remark: str) -> TransferRequest | str:
        """Return the transfer as typed, or why it is none."""
        read = read_number(quantity, "Quantity")
        if read.value is None:
            return read.problem or "Enter a quantity"
        return TransferRequest(
            from_account=source, to_account=target, asset=asset, quantity=read.value, remark=remark.strip() or None
        )

    def obstacle(self, request: TransferRequest) -> str | None:
        """Return the rule that a transfer breaks; None: it may be sent."""
        denied = None if self.account is None else self._transfers.check(self.account, request)
        return None if denied is None else denied.rule

    def sentence(self, request: TransferRequest) -> str:
        source, target = self.account_name(request.from_account), self.account_name(request.to_account)
        return f"Move {formatting.exact(request.quantity)} {request.asset} from {source} to {target}"

    def warning(self, request: TransferRequest) -> str:
        """Say that an earlier transfer of the asset may have been done all the same; "" when none is in doubt."""
        unknown = [] if self.account is None else self._transfers.unknown(self.account)
        doubtful = [sent.request for sent in unknown if sent.request.asset == request.asset]
        if not doubtful:
            return ""
        amounts = ", ".join(formatting.exact(each.quantity) for each in doubtful)
        return f"UNKNOWN whether {amounts} {request.asset} moved before: see the statement. "

    def outcome(self) -> Said:
        """Say what became of the last transfer."""
        sent = next(reversed(self.state.transfers), None)
        return (
            Said()
            if sent is None
            else Said(
                f"{formatting.exact(sent.request.quantity)} {sent.request.asset}: {sent.text.rstrip('.')}",
                _OUTCOME_TOKENS[sent.outcome],
            )
        )

    def assets_of(self, account_id: str) -> list[str]:
        """Return the assets that can be moved from an account."""
        held = self.state.balances.get(account_id, ())
        return sorted(balance.asset for balance in held if balance.free > 0)

    def _venue(self, venue: str) -> str:
        return self._market.venue_name(venue, short=True) if venue in self._market.venues else venue


def needs_proof(row: Transfer) -> bool:
    """Tell whether the venue waits for a word about who sent a deposit."""
    return row.direction is TransferDirection.DEPOSIT and row.status is TransferStatus.NEEDS_ACTION


def status_token(row: Transfer) -> str:
    return _STATUS_TOKENS.get(row.status, "second")


def record_key(row: Transfer | BalanceChange | Order | Fill) -> str:
    """Return what names a row through updates."""
    if isinstance(row, Order):
        return row.order_id or row.client_order_id or ""
    return row.trade_id if isinstance(row, Fill) else row.id
