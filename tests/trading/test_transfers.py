"""Transfers between own accounts: checked, written before they are sent, sent once, and never guessed about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.domain import Balance, Credentials
from terminal.domain.failures import Failure, InsufficientFunds, OutcomeUnknown, PermissionDenied
from terminal.domain.kinds import AccountKind
from terminal.domain.venue import Capabilities
from terminal.domain.wallet import Asset, BalanceChange, TransferReceipt, TransferRequest, VenueAccount
from terminal.trading.journal_records import JournalRecord, RecordKind
from terminal.trading.topics import ChangedTopics
from terminal.trading.transfers import TransferDenied, Transfers
from terminal.trading.wallet_state import Listing, Outcome
from tests.trading.conftest import ACCOUNT, VENUE, Bench, FakeConnector

METHODS = frozenset({"accounts", "balances", "transfer", "balance_flow", "assets", "deposits"})


@dataclass
class Wallets(FakeConnector):
    """Two accounts; `answer` is raised by a transfer, which was done all the same when `does` says so."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(methods=METHODS))
    answer: Failure | None = None
    does: bool = True
    sent: list[TransferRequest] = field(default_factory=list)
    lines: list[BalanceChange] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    async def accounts(self) -> list[VenueAccount]:
        kinds = (("1", "Main Trading Account", AccountKind.TRADING), ("2", "Custody Account", AccountKind.CUSTODY))
        return [VenueAccount(venue=VENUE, id=id, label=label, kind=kind) for id, label, kind in kinds]

    async def balances(self, account_id: str | None = None) -> list[Balance]:
        free = Decimal(100 if account_id in (None, "1") else 5)
        return [Balance(venue=VENUE, asset="USDT", free=free, locked=Decimal(0))]

    async def assets(self) -> list[Asset]:
        return [Asset(venue=VENUE, asset="USDT")]

    async def transfer(self, request: TransferRequest) -> TransferReceipt:
        self.before()
        self.sent.append(request)
        if self.does:
            line = BalanceChange(
                venue=VENUE, id=f"l{len(self.sent)}", account_id=request.from_account, asset=request.asset, kind=51,
                kind_text="Transfer", change=-request.quantity, total=None, time=0,
            )  # fmt: skip
            self.lines.append(line)
        if self.answer is not None:
            raise self.answer
        return TransferReceipt(venue=VENUE, order_id="77")

    async def balance_flow(
        self,
        start: int,
        end: int,
        *,
        flow_type: int | None = None,
        account_type: int | None = None,
        limit: int | None = None,
    ) -> list[BalanceChange]:
        return [line for line in self.lines if flow_type in (None, line.kind)]


REQUEST = TransferRequest(from_account="1", to_account="2", asset="USDT", quantity=Decimal(10))


@pytest.fixture
def wallets() -> Wallets:
    return Wallets()


def make(bench: Bench, wallets: Wallets, *, can_trade: bool = True) -> Transfers:
    """Build the room on the bench's journal; a second one is what a restart makes."""
    info = AccountInfo(label=ACCOUNT, venue=VENUE, environment="simulated", can_trade=can_trade, name="main")
    return Transfers(
        accounts=AccountBook([(info, Credentials(key="k", secret="s"))]),
        connectors={ACCOUNT: wallets},
        journal=bench.journal,
        activity=bench.activity,
        changed=ChangedTopics(),
        clock=bench.clock,
        look_again=(0.0, 0.01),
    )


@pytest.fixture
async def transfers(bench: Bench, wallets: Wallets) -> Transfers:
    made = make(bench, wallets)
    await made.load(ACCOUNT)
    return made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("-1")}, "quantity"),
        ({"quantity": Decimal("100.01")}, "quantity"),
        ({"to_account": "1"}, "to_account"),
        ({"to_account": "9"}, "to_account"),
        ({"from_account": "9"}, "from_account"),
        ({"asset": "XYZ"}, "asset"),
    ],
)
async def test_rule_is_named_and_nothing_is_sent(
    transfers: Transfers, wallets: Wallets, change: dict[str, object], field: str
) -> None:
    with pytest.raises(TransferDenied) as denied:
        await transfers.submit(ACCOUNT, replace(REQUEST, **change))  # type: ignore[arg-type] # chosen by name
    assert denied.value.field == field
    assert denied.value.rule
    assert wallets.sent == []


async def test_transfer_is_in_the_journal_before_it_is_sent(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    seen: list[str] = []

    def look() -> None:
        with sqlite3.connect(bench.journal.path) as journal:
            seen.extend(kind for (kind,) in journal.execute("SELECT kind FROM records WHERE kind LIKE 'transfer%'"))

    wallets.before = look
    sent = await transfers.submit(ACCOUNT, REQUEST)
    assert seen == ["transfer"]
    assert sent.outcome is Outcome.DONE
    assert "77" in sent.text
    await bench.journal.flush()
    look()
    assert seen[1:] == ["transfer", "transfer_reply"]


async def test_refusal_keeps_the_venues_words(transfers: Transfers, wallets: Wallets) -> None:
    wallets.answer, wallets.does = InsufficientFunds("Too little", message="Balance insufficient"), False
    sent = await transfers.submit(ACCOUNT, REQUEST)
    assert sent.outcome is Outcome.REFUSED
    assert "Balance insufficient" in sent.text


async def test_unknown_outcome_is_found_in_the_statement_and_not_repeated(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    wallets.answer = OutcomeUnknown("no answer")
    sent = await transfers.submit(ACCOUNT, REQUEST)
    await bench.until(lambda: sent.outcome is Outcome.DONE)
    assert "l1" in sent.text
    assert len(wallets.sent) == 1


async def test_unknown_outcome_without_evidence_stays_unknown(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    wallets.answer, wallets.does = OutcomeUnknown("no answer"), False
    sent = await transfers.submit(ACCOUNT, REQUEST)
    await bench.until(lambda: "does not show it" in sent.text)
    assert sent.outcome is Outcome.UNKNOWN
    assert len(wallets.sent) == 1


async def test_line_of_an_equal_transfer_before_proves_nothing(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    await transfers.submit(ACCOUNT, REQUEST)
    wallets.answer, wallets.does = OutcomeUnknown("no answer"), False
    sent = await transfers.submit(ACCOUNT, REQUEST)
    await bench.until(lambda: "does not show it" in sent.text)
    assert sent.outcome is Outcome.UNKNOWN


async def test_reading_that_fails_keeps_the_rows_and_says_why(transfers: Transfers, wallets: Wallets) -> None:
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT)
    wallets.capabilities = Capabilities(methods=METHODS)

    async def refuse(*_: object, **__: object) -> list[BalanceChange]:
        raise PermissionDenied("not this key")

    wallets.balance_flow = refuse  # type: ignore[method-assign] # a venue that changed its mind
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT)
    reading = transfers.state(ACCOUNT).listing(Listing.STATEMENT)
    assert reading.problem == "not this key"
    assert reading.time is not None


async def test_what_the_venue_lacks_is_told_by_its_rule(transfers: Transfers, wallets: Wallets) -> None:
    wallets.capabilities = Capabilities(methods=frozenset(), reasons={"transfer": "One account only"})
    assert transfers.missing(ACCOUNT, "transfer") == "One account only"
    with pytest.raises(TransferDenied, match="One account only"):
        await transfers.submit(ACCOUNT, REQUEST)


async def test_read_only_account_moves_nothing(bench: Bench, wallets: Wallets) -> None:
    transfers = make(bench, wallets, can_trade=False)
    await transfers.load(ACCOUNT)

    with pytest.raises(TransferDenied, match="read-only"):
        await transfers.submit(ACCOUNT, REQUEST)
    assert wallets.sent == []


async def test_unknown_transfer_is_still_unknown_after_a_restart_and_looked_for_again(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    wallets.answer = OutcomeUnknown("timed out")
    wallets.does = False
    sent = await transfers.submit(ACCOUNT, REQUEST)
    await bench.until(lambda: "so far" in sent.text)
    await bench.journal.flush()

    again = make(bench, wallets)
    await again.start()
    (kept,) = again.unknown(ACCOUNT)
    assert (kept.key, kept.request.quantity, kept.request.asset) == (sent.key, Decimal(10), "USDT")
    assert kept.outcome is Outcome.UNKNOWN

    # the statement shows it after all
    wallets.lines.append(
        BalanceChange(
            venue=VENUE,
            id="late",
            account_id="1",
            asset="USDT",
            kind=51,
            kind_text="Transfer",
            change=Decimal(-10),
            total=None,
            time=0,
        )
    )
    again.attach(ACCOUNT)
    await bench.until(lambda: kept.outcome is Outcome.DONE)
    assert again.unknown(ACCOUNT) == []
    assert wallets.sent == [kept.request]


async def test_transfer_cut_off_before_its_answer_is_unknown_after_the_restart(
    transfers: Transfers, wallets: Wallets, bench: Bench
) -> None:
    body = {"request": replace(REQUEST, client_order_id="k1")}
    await bench.journal.append(
        JournalRecord(kind=RecordKind.TRANSFER, account=ACCOUNT, time=bench.clock(), key="k1", body=body)
    )

    again = make(bench, wallets)
    await again.start()

    (kept,) = again.unknown(ACCOUNT)
    assert "the program ended before the venue answered" in kept.text


async def test_transfers_that_ended_are_not_brought_back(transfers: Transfers, wallets: Wallets, bench: Bench) -> None:
    await transfers.submit(ACCOUNT, REQUEST)
    await bench.journal.flush()

    again = make(bench, wallets)
    await again.start()

    assert again.state(ACCOUNT).transfers == []


async def test_a_statement_reaches_back_no_further_than_the_venue_keeps_it(
    transfers: Transfers, wallets: Wallets
) -> None:
    """The venue judges when the question arrives: thirty days back from now are more than thirty days then."""
    asked: list[int] = []

    async def note(start: int, end: int, **_: object) -> list[BalanceChange]:
        asked.append(end - start)
        return []

    wallets.balance_flow = note  # type: ignore[method-assign]
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT, flow=(51, 30))
    assert asked == [30 * 86_400_000 - 60_000]


async def test_rows_of_one_kind_never_stand_under_another(transfers: Transfers, wallets: Wallets) -> None:
    reading = transfers.state(ACCOUNT).listing(Listing.STATEMENT)
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT, flow=(51, 30))
    reading.rows = ("a row of kind 51",)

    async def refuse(*_: object, **__: object) -> list[BalanceChange]:
        raise PermissionDenied("not this key")

    wallets.balance_flow = refuse  # type: ignore[method-assign]
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT, flow=(51, 30))
    assert reading.rows == ("a row of kind 51",)  # what was read of it stays
    await transfers.load_listing(ACCOUNT, Listing.STATEMENT, flow=(42, 30))
    assert (list(reading.rows), reading.problem) == ([], "not this key")
