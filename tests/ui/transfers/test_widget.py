"""The transfers panel over a scripted venue: a transfer asks first, is told in place, and goes to one account only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from terminal.accounts.account_book import AccountBook, AccountInfo
from terminal.domain import Balance, Credentials
from terminal.domain.kinds import AccountKind, TransferDirection, TransferStatus
from terminal.domain.venue import Capabilities
from terminal.domain.wallet import Asset, DepositAddress, Network, Transfer, TransferRequest, VenueAccount
from terminal.trading.transfers import TransferDenied
from terminal.trading.wallet_state import Listing, Loaded, Outcome, SentTransfer, WalletState
from terminal.ui.panel import PanelContext
from terminal.ui.transfers.forms import ProofDialog
from terminal.ui.transfers.presenter import Page
from terminal.ui.transfers.widget import TransfersPanel

VENUE = "hashkey-mena"
LABELS = (f"{VENUE}/main", f"{VENUE}/sub")


class Wallets:
    """Answers as the real room does, from what a test puts in."""

    def __init__(self) -> None:
        self.states = {label: WalletState() for label in LABELS}
        state = self.states[LABELS[0]]
        state.overview = Loaded(time=0)
        state.accounts = (
            VenueAccount(venue=VENUE, id="1", label="Main Trading Account", kind=AccountKind.TRADING),
            VenueAccount(venue=VENUE, id="2", label="Custody Account", kind=AccountKind.CUSTODY),
        )
        state.balances = {"1": (Balance(venue=VENUE, asset="USDT", free=Decimal("12.5"), locked=Decimal(0)),)}
        self.lacks: str | None = None

    def state(self, account: str) -> WalletState:
        return self.states[account]

    def unknown(self, account: str) -> list[SentTransfer]:
        return [sent for sent in self.states[account].transfers if sent.outcome is Outcome.UNKNOWN]

    def missing(self, account: str, method: str) -> str | None:
        return self.lacks

    def check(self, account: str, request: TransferRequest) -> TransferDenied | None:
        too_much = request.quantity > Decimal("12.5")
        return TransferDenied("quantity", "At most 12.5 USDT are free there") if too_much else None

    async def load(self, account: str) -> None:
        return None

    async def load_listing(self, account: str, kind: Listing, **_: Any) -> None:
        return None


@pytest.fixture
def wallets() -> Wallets:
    return Wallets()


@pytest.fixture
def panel(context: PanelContext, wallets: Wallets, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TransfersPanel:
    infos = [
        AccountInfo(label=label, venue=VENUE, environment="simulated", can_trade=True, name=label.split("/")[1])
        for label in LABELS
    ]
    parts: dict[str, Any] = {
        "transfers": wallets,
        "accounts": AccountBook([(info, Credentials()) for info in infos]),
        "tasks": SimpleNamespace(start=lambda work, name: work.close()),
    }
    capabilities = Capabilities(deposit_exchanges=("Binance",))
    monkeypatch.setattr(context.market, "capabilities", lambda venue: capabilities, raising=False)
    made = TransfersPanel(replace(context, **parts))
    qtbot.addWidget(made)
    made.resize(738, 204)
    made.show()
    made.start()
    made.render_now()
    return made


def fill(panel: TransfersPanel, quantity: str) -> None:
    panel.show_page(Page.TRANSFER)
    panel.form.quantity.setText(quantity)
    panel.form.quantity.textEdited.emit(quantity)


def test_transfer_is_sent_only_after_the_whole_sentence_was_agreed_to(panel: TransfersPanel) -> None:
    asked: list[TransferRequest] = []
    panel.form.confirmed.connect(asked.append)
    fill(panel, "10")
    panel.form.move_button.click()
    assert asked == []
    assert panel.form.message.text() == "Move 10 USDT from Main Trading Account to Custody Account?"
    panel.form.yes.click()
    assert asked == [TransferRequest(from_account="1", to_account="2", asset="USDT", quantity=Decimal(10))]


def test_broken_rule_is_told_and_cannot_be_moved(panel: TransfersPanel) -> None:
    fill(panel, "13")
    assert panel.form.message.text() == "At most 12.5 USDT are free there"
    assert not panel.form.move_button.isEnabled()


@pytest.mark.parametrize("typed", ["1,5", "0,25", "1_0", "1e1", "٣", "NaN", "--1"])
def test_quantity_that_could_mean_another_is_refused_with_its_rule(panel: TransfersPanel, typed: str) -> None:
    asked: list[TransferRequest] = []
    panel.form.confirmed.connect(asked.append)
    fill(panel, typed)

    assert not panel.form.move_button.isEnabled()
    assert typed in panel.form.message.text()
    panel.form.move_button.click()
    panel.form.yes.click()
    assert asked == []


def test_outcome_is_told_in_place_until_something_is_typed(panel: TransfersPanel, wallets: Wallets) -> None:
    request = TransferRequest(from_account="1", to_account="2", asset="USDT", quantity=Decimal(3))
    sent = SentTransfer(key="k", request=request, sent=0, outcome=Outcome.UNKNOWN, text="Unknown: no answer")
    wallets.states[LABELS[0]].transfers.append(sent)
    fill(panel, "")
    assert panel.form.message.text().startswith("3 USDT: Unknown: no answer")
    fill(panel, "1")
    said = "UNKNOWN whether 3 USDT moved before: see the statement. Move 1 USDT"
    assert panel.form.message.text().startswith(said)


def test_max_takes_all_that_is_free(panel: TransfersPanel) -> None:
    panel.show_page(Page.TRANSFER)
    panel.form.most.click()
    assert panel.form.quantity.text() == "12.5"


def test_another_account_takes_the_question_back(panel: TransfersPanel) -> None:
    asked: list[TransferRequest] = []
    panel.form.confirmed.connect(asked.append)
    fill(panel, "10")
    panel.form.move_button.click()
    panel.account_box.activated.emit(1)
    assert panel.form.yes.isHidden()
    panel.form.yes.click()
    assert asked == []


def test_what_a_venue_lacks_says_the_venues_rule(panel: TransfersPanel, wallets: Wallets) -> None:
    wallets.lacks = "No bank transfers here"
    panel.show_page(Page.FIAT)
    assert panel.presenter.empty(Page.FIAT) == "No bank transfers here"
    assert not panel.refresh_button.isEnabled()
    panel.show_page(Page.TRANSFER)
    assert panel.form.message.text() == "No bank transfers here"


def test_deposit_that_waits_for_its_sender_opens_the_form(panel: TransfersPanel, wallets: Wallets) -> None:
    row = Transfer(
        venue=VENUE, id="9", direction=TransferDirection.DEPOSIT, asset="BTC", quantity=Decimal("0.35"),
        status=TransferStatus.NEEDS_ACTION, tx_id="ab",
    )  # fmt: skip
    wallets.states[LABELS[0]].listings[Listing.DEPOSITS] = Loaded(rows=(row,), time=0)
    panel.show_page(Page.DEPOSITS)
    panel.tables[Page.DEPOSITS].cell_clicked.emit(row, "proof")
    dialog = panel.findChild(ProofDialog)
    assert isinstance(dialog, ProofDialog)
    given: list[Any] = []
    dialog.given.connect(given.append)
    assert not dialog.send.isEnabled()
    dialog.first_name.setText("Ada")
    dialog.last_name.setText("Byron")
    dialog.owner.setChecked(True)
    dialog.send.click()
    assert [(proof.tx_id, proof.exchange, proof.last_name) for proof in given] == [("ab", "Binance", "Byron")]


def test_every_control_has_a_name(panel: TransfersPanel) -> None:
    for box in (panel.account_box, panel.form.source, panel.form.target, panel.form.quantity, panel.address.asset):
        assert box.accessibleName()


@pytest.mark.parametrize("told_by", ["address", "network", "asset", None])
def test_an_address_that_takes_nothing_now_cannot_be_copied(
    panel: TransfersPanel, wallets: Wallets, told_by: str | None
) -> None:
    state = wallets.states[LABELS[0]]
    network = Network(network="Cardano", can_deposit=told_by != "network")
    state.assets = (Asset(venue=VENUE, asset="ADA", can_deposit=told_by != "asset", networks=(network,)),)
    address = DepositAddress(
        asset="ADA", network="Cardano", address="addr1q", can_deposit=told_by != "address", min_quantity=Decimal(1)
    )
    state.addresses["ADA", "Cardano"] = (address,)
    panel.show_page(Page.ADDRESS)
    panel.address.show_state()
    is_open = told_by is None
    assert panel.address.address.text() == ("addr1q" if is_open else "")
    assert panel.address.copy_button.isEnabled() is is_open
    assert panel.address.note.text().startswith("The venue takes no deposits") is not is_open
