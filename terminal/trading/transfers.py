"""Wallets and transfers between own accounts: the only caller of a connector's wallet side.

Nothing is read before it is asked for: the venues allow few such queries. A transfer is written and synced to the
journal before it is sent, sent once, and never repeated; without a trustworthy answer it is unknown, until the
account's statement shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from terminal.accounts.account_book import AccountBook
from terminal.connectors.contract import Connector
from terminal.domain.failures import Failure, MalformedMessage, OutcomeUnknown
from terminal.domain.kinds import TransferDirection
from terminal.domain.wallet import BalanceChange, DepositProof, TransferRequest
from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.background import Background
from terminal.trading.client_ids import ClientIds
from terminal.trading.journal import Journal, JournalFailed
from terminal.trading.journal_records import JournalRecord, RecordKind, TransferRecord
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic
from terminal.trading.wallet_state import Listing, Loaded, Outcome, SentTransfer, WalletState

SOURCE = "transfers"
TRANSFER_FLOW = 51
"""The statement's code of a transfer between own accounts."""

STATEMENT_DAYS = 7
"""How far back a statement of every kind goes: the shortest window of its kinds."""

FIAT_DAYS = 30
_ON_THE_WAY_MS = 60_000
"""A venue judges how far back a question reaches when it arrives, by its own clock."""
LISTING_LIMIT = 100
"""The most rows that a list is read with."""

_DAY_MS = 86_400_000
_CLOCK_SLACK_MS = 2_000
_LOOK_AGAIN_S = (1.5, 3.0, 6.0, 12.0)


class TransferDenied(Exception):
    """The transfer breaks a rule: `field` names it (from_account, to_account, asset, quantity or "")."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(rule)
        self.field = field
        self.rule = rule


class Transfers:
    """All by account label. Readings land in `state`, and mark WALLET; `close` ends what runs."""

    def __init__(
        self,
        *,
        accounts: AccountBook,
        connectors: Mapping[str, Connector],
        journal: Journal,
        activity: ActivityLog,
        changed: ChangedTopics,
        clock: Clock,
        look_again: Sequence[float] = _LOOK_AGAIN_S,
    ) -> None:
        self._accounts = accounts
        self._connectors = connectors
        self._journal = journal
        self._activity = activity
        self._changed = changed
        self._clock = clock
        self._look_again = tuple(look_again)
        self._ids = ClientIds(clock)
        self._background = Background()
        self._states: dict[str, WalletState] = {}
        self._searching: set[str] = set()

    async def start(self) -> None:
        """Take back from the journal (which is open) every transfer of unknown outcome, and those sent since.

        One that has no reply there was under way when the program ended: it, too, is unknown.
        """
        records = await self._journal.transfers()
        unknown = [record for record in records if _outcome_of(record) is Outcome.UNKNOWN]
        since = min((record.time for record in unknown), default=None)
        for record in records:
            if since is not None and record.time >= since:
                text = record.text or "Unknown: the program ended before the venue answered"
                kept = SentTransfer(
                    key=record.key, request=record.request, sent=record.time, outcome=_outcome_of(record), text=text
                )
                self.state(record.account).transfers.append(kept)
        for record in unknown:
            quantity = f"{record.request.quantity:f} {record.request.asset}"
            text = f"{record.account}: transfer of {quantity}: its outcome is unknown since before the start"
            self._activity.add(LogLevel.WARNING, SOURCE, text)
        self._changed.mark(TradingTopic.WALLET)

    def attach(self, account: str) -> None:
        """Look for what is unknown of an account that is connected now."""
        for sent in self.unknown(account):
            self._search(account, sent)

    def unknown(self, account: str) -> list[SentTransfer]:
        """Return the account's transfers of which it is not known whether they were done, oldest first."""
        return [sent for sent in self.state(account).transfers if sent.outcome is Outcome.UNKNOWN]

    def state(self, account: str) -> WalletState:
        return self._states.setdefault(account, WalletState())

    async def close(self) -> None:
        await self._background.close()

    def missing(self, account: str, method: str) -> str | None:
        """Say why the account cannot use a method of the contract: the venue's own rule; None: it can."""
        connector = self._connectors.get(account)
        if connector is None:
            return "The account is not connected yet"
        if method in connector.capabilities.methods:
            return None
        return connector.capabilities.reasons.get(method, "The venue does not offer this")

    # reading

    async def load(self, account: str) -> None:
        """Read accounts, balances of each, key type, fee tier and, once, the assets; told part by part.

        What is unknown of earlier transfers is looked for once more.
        """
        state = self.state(account)
        self.attach(account)

        async def read(connector: Connector) -> Sequence[Any]:
            offered = connector.capabilities.methods
            if "accounts" in offered:
                state.accounts = tuple(await connector.accounts())
            for own in state.accounts:
                state.balances[own.id] = tuple(await connector.balances(own.id))
                self._changed.mark(TradingTopic.WALLET)
            if "api_key_type" in offered:
                state.key_type = await connector.api_key_type()
            if "vip_info" in offered:
                state.vip = await connector.vip_info()
            if "assets" in offered and not state.assets:
                state.assets = tuple(await connector.assets())
            return state.accounts

        await self._read(account, state.overview, read)

    async def load_listing(
        self, account: str, kind: Listing, *, flow: tuple[int, int] | None = None, sub_account: str | None = None
    ) -> None:
        """Read one list, newest first. `flow` is (code, days) of one kind of statement line.

        What was read for another kind of line, or for another sub account, is not shown in its place.
        """
        connected = self._connectors.get(account)
        now = self._clock() + ((connected.health.clock_offset_ms or 0) if connected is not None else 0)
        reading, asked = self.state(account).listing(kind), (flow, sub_account)
        if reading.asked != asked and not reading.is_loading:
            reading.rows, reading.time, reading.problem, reading.asked = (), None, None, asked

        async def read(connector: Connector) -> Sequence[Any]:
            rows: Sequence[Any]
            if kind is Listing.DEPOSITS:
                rows = await connector.deposits(limit=LISTING_LIMIT)
            elif kind is Listing.WITHDRAWALS:
                rows = await connector.withdrawals(limit=LISTING_LIMIT)
            elif kind is Listing.FIAT:
                start = now - FIAT_DAYS * _DAY_MS + _ON_THE_WAY_MS
                found = [
                    await connector.fiat_history(way, start, now, limit=LISTING_LIMIT) for way in TransferDirection
                ]
                rows = sorted((row for part in found for row in part), key=lambda row: row.time or 0)
            elif kind is Listing.STATEMENT:
                code, days = flow if flow is not None else (None, STATEMENT_DAYS)
                start = now - days * _DAY_MS + _ON_THE_WAY_MS
                rows = await connector.balance_flow(start, now, flow_type=code, limit=LISTING_LIMIT)
            elif sub_account is None:
                rows = ()
            elif kind is Listing.SUB_OPEN:
                rows = await connector.sub_account_open_orders(sub_account, limit=LISTING_LIMIT)
            elif kind is Listing.SUB_ORDERS:
                rows = await connector.sub_account_orders(sub_account, limit=LISTING_LIMIT)
            else:
                rows = await connector.sub_account_fills(sub_account, limit=LISTING_LIMIT)
            return tuple(reversed(rows))

        await self._read(account, self.state(account).listing(kind), read)

    async def load_addresses(self, account: str, asset: str, network: str | None) -> None:
        """Read where to send an asset."""
        state = self.state(account)

        async def read(connector: Connector) -> Sequence[Any]:
            found = tuple(await connector.deposit_addresses(asset, network))
            state.addresses[asset, network] = found
            return found

        await self._read(account, state.address_reading, read)

    async def _read(self, account: str, reading: Loaded, read: Callable[[Connector], Awaitable[Sequence[Any]]]) -> None:
        connector = self._connectors.get(account)
        if reading.is_loading:
            return
        if connector is None:
            reading.problem = "The account is not connected yet"
            self._changed.mark(TradingTopic.WALLET)
            return
        reading.is_loading = True
        self._changed.mark(TradingTopic.WALLET)
        try:
            reading.rows = tuple(await read(connector))
            reading.time, reading.problem = self._clock(), None
        except Failure as failure:
            reading.problem = str(failure)
        finally:
            reading.is_loading = False
            self._changed.mark(TradingTopic.WALLET)

    # writing

    async def authenticate(self, account: str, proof: DepositProof) -> None:
        """Tell the venue who sent a deposit. Raises Failure."""
        await self._connectors[account].authenticate_deposit(proof)
        self._activity.add(LogLevel.INFO, SOURCE, f"{account}: the sender of deposit {proof.tx_id} was declared")

    def check(self, account: str, request: TransferRequest) -> TransferDenied | None:
        """Return the first rule that a transfer breaks, by the balances as last read; None: it may be sent."""
        state = self.state(account)
        reason = self.missing(account, "transfer")
        if reason is not None:
            return TransferDenied("", reason)
        info = self._accounts.get(account)
        if info is None or not info.can_trade:
            return TransferDenied("", "This account is read-only: transfers are switched off")
        if any(sent.outcome is Outcome.SENDING for sent in state.transfers):
            return TransferDenied("", "Another transfer is on its way")
        if state.account(request.from_account) is None:
            return TransferDenied("from_account", "Choose the account it starts from")
        if state.account(request.to_account) is None or request.from_account == request.to_account:
            return TransferDenied("to_account", "Choose another account for it to go to")
        if not request.asset or (state.assets and all(known.asset != request.asset for known in state.assets)):
            return TransferDenied("asset", f"The venue has no asset {request.asset}" if request.asset else "No asset")
        if not request.quantity.is_finite() or request.quantity <= 0:
            return TransferDenied("quantity", "The quantity must be above zero")
        free = state.free(request.from_account, request.asset)
        if free is None:
            return TransferDenied("quantity", "The balance is not known yet: refresh")
        if request.quantity > free:
            return TransferDenied("quantity", f"At most {free:f} {request.asset} are free there")
        return None

    async def submit(self, account: str, request: TransferRequest) -> SentTransfer:
        """Write, sync and send one transfer; returns when its outcome, or its absence, is known.

        Raises TransferDenied before anything is written.
        """
        denied = self.check(account, request)
        if denied is not None:
            raise denied
        key = self._ids.mint()
        sent = SentTransfer(
            key=key,
            request=replace(request, client_order_id=key),
            sent=self._clock(),
            outcome=Outcome.SENDING,
            text="Sending…",
        )
        self.state(account).transfers.append(sent)
        # what is on its way goes on when the caller gives up waiting
        return await asyncio.shield(self._background.start(self._send(account, sent), f"transfer {key}"))

    async def _send(self, account: str, sent: SentTransfer) -> SentTransfer:
        body: dict[str, object] = {"request": sent.request}
        try:
            await self._journal.append(self._record(RecordKind.TRANSFER, account, sent, body))
        except JournalFailed as failure:
            return self._end(account, sent, Outcome.REFUSED, f"Not sent: {failure}", note=False)
        try:
            sent.receipt = await self._connectors[account].transfer(sent.request)
        except asyncio.CancelledError:
            self._end(account, sent, Outcome.UNKNOWN, "Unknown: the program stopped waiting for the answer")
            raise
        except Failure as failure:
            if not (failure.may_have_executed or isinstance(failure, (OutcomeUnknown, MalformedMessage))):
                return self._end(account, sent, Outcome.REFUSED, f"Refused: {failure}")
            self._end(account, sent, Outcome.UNKNOWN, f"Unknown: {failure}. Looking it up in the statement")
        except Exception as error:  # noqa: BLE001 - bytes may have left before a connector broke
            name = type(error).__name__
            self._end(account, sent, Outcome.UNKNOWN, f"Unknown: the connector failed ({name}). Looking it up")
        else:
            return self._end(account, sent, Outcome.DONE, f"Done, the venue's number is {sent.receipt.order_id}")
        self._search(account, sent)
        return sent

    def _search(self, account: str, sent: SentTransfer) -> None:
        if sent.key not in self._searching and account in self._connectors:
            self._searching.add(sent.key)
            work = self._look_up(account, sent)
            task = self._background.start(work, f"look up transfer {sent.key}")
            task.add_done_callback(lambda _: self._searching.discard(sent.key))

    async def _look_up(self, account: str, sent: SentTransfer) -> None:
        """Find an unknown transfer in the statement. Its absence there proves nothing."""
        request = sent.request
        for delay in self._look_again:
            await asyncio.sleep(delay)
            connector = self._connectors.get(account)
            if connector is None or "balance_flow" not in connector.capabilities.methods:
                break
            offset = connector.health.clock_offset_ms or 0
            start = sent.sent + offset - _CLOCK_SLACK_MS
            try:
                lines = await connector.balance_flow(start, self._clock() + offset, flow_type=TRANSFER_FLOW)
            except Failure:
                continue
            found = [line for line in lines if _is_debit(line, request)]
            if len(found) > self._known_alike(account, sent):
                text = f"Done: the statement shows it (line {found[-1].id})"
                self._end(account, sent, Outcome.DONE, text, evidence=found[-1])
                return
        self._end(
            account,
            sent,
            Outcome.UNKNOWN,
            "Unknown: the statement does not show it so far. Look there before you move it again",
        )

    def _known_alike(self, account: str, sent: SentTransfer) -> int:
        """Count the other transfers that leave the same line and fell into the time that is looked at."""
        since = sent.sent - _CLOCK_SLACK_MS
        return sum(
            1
            for other in self.state(account).transfers
            if other is not sent
            and other.sent >= since - _CLOCK_SLACK_MS
            and other.outcome is not Outcome.REFUSED
            and _line_of(other.request) == _line_of(sent.request)
        )

    def _end(
        self,
        account: str,
        sent: SentTransfer,
        outcome: Outcome,
        text: str,
        *,
        note: bool = True,
        evidence: BalanceChange | None = None,
    ) -> SentTransfer:
        sent.outcome, sent.text = outcome, text
        if note and self._journal.is_open:
            body = {"outcome": outcome.value, "text": text, "receipt": sent.receipt, "evidence": evidence}
            self._journal.enqueue(self._record(RecordKind.TRANSFER_REPLY, account, sent, body))
        level = LogLevel.INFO if outcome is Outcome.DONE else LogLevel.WARNING
        quantity = f"{sent.request.quantity:f} {sent.request.asset}"
        self._activity.add(level, SOURCE, f"{account}: transfer of {quantity}: {text}")
        self._changed.mark(TradingTopic.WALLET)
        return sent

    def _record(self, kind: RecordKind, account: str, sent: SentTransfer, body: Mapping[str, object]) -> JournalRecord:
        return JournalRecord(kind=kind, account=account, time=self._clock(), key=sent.key, body=body)


def _outcome_of(record: TransferRecord) -> Outcome:
    return Outcome.UNKNOWN if record.outcome is None else Outcome(record.outcome)


def _line_of(request: TransferRequest) -> tuple[str, str, Decimal]:
    return request.from_account, request.asset, request.quantity


def _is_debit(line: BalanceChange, request: TransferRequest) -> bool:
    return (line.account_id, line.asset, -line.change) == _line_of(request)
