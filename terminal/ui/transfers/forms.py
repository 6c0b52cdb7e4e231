"""The forms of the transfers panel: a transfer with its confirmation, a deposit address, the sender of a deposit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from terminal.domain.wallet import Asset, DepositAddress, DepositProof, Network, Transfer, TransferRequest
from terminal.ui.plain_text import plain_tooltip
from terminal.ui.theme import Theme
from terminal.ui.transfers.presenter import Said, TransfersPresenter

_FIELD, _BUTTON = 24, 24


def combo(name: str, title: str, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.setObjectName(name)
    box.setAccessibleName(title)
    box.setProperty("kind", "slim")
    box.setFixedHeight(22)
    return box


def button(text: str, name: str, kind: str, parent: QWidget) -> QPushButton:
    made = QPushButton(text, parent)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setProperty("kind", kind)
    made.setFixedHeight(_BUTTON)
    made.setAutoDefault(False)
    return made


def line(name: str, title: str, parent: QWidget) -> QLineEdit:
    made = QLineEdit(parent)
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setProperty("kind", "slim")
    made.setFixedHeight(22)
    return made


def label(text: str, parent: QWidget, name: str = "") -> QLabel:
    made = QLabel(text, parent)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", "second")
    return made


def say(theme: Theme, where: QLabel, said: Said) -> None:
    """Show a line in its colour."""
    where.setText(said.text)
    where.setToolTip(plain_tooltip(said.text))
    where.setStyleSheet(f"color: {theme.color(said.token).name()}")


def refill(box: QComboBox, choices: Sequence[tuple[object, str]]) -> None:
    """Give a box these (value, text) choices and keep what was chosen where it is still there."""
    if [(box.itemData(i), box.itemText(i)) for i in range(box.count())] == list(choices):
        return
    kept = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for value, text in choices:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(kept)) if choices else -1)


class TransferForm(QWidget):
    """From, to, asset, quantity, remark; "Move" asks with the whole sentence, and only the yes emits `confirmed`.

    While nothing is typed it tells what became of the last transfer.
    """

    confirmed = Signal(object)

    def __init__(self, theme: Theme, presenter: TransfersPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenter = presenter
        self._asked: TransferRequest | None = None
        self._asked_account: str | None = None
        self.setObjectName("transfer_form")
        self.source = combo("transfer_from", "From account", self)
        self.target = combo("transfer_to", "To account", self)
        self.asset = combo("transfer_asset", "Asset", self)
        self.quantity = line("transfer_quantity", "Quantity", self)
        self.most = button("Max", "transfer_max", "outline", self)
        self.remark = line("transfer_remark", "Remark", self)
        self.message = label("", self, "transfer_message")
        self.message.setAccessibleName("Preview")
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.move_button = button("Move…", "transfer_move", "primary", self)
        self.yes = button("Yes, move it", "transfer_confirm", "primary", self)
        self.no = button("Keep editing", "transfer_keep_editing", "outline", self)
        self._lay_out()
        self.source.currentIndexChanged.connect(self._edited)
        self.target.currentIndexChanged.connect(self._edited)
        self.asset.currentIndexChanged.connect(self._edited)
        self.quantity.textEdited.connect(self._edited)
        self.most.clicked.connect(self._use_all)
        self.move_button.clicked.connect(self._ask)
        self.yes.clicked.connect(self._confirm)
        self.no.clicked.connect(self._edited)

    def _lay_out(self) -> None:
        # low enough for the small window's bottom row
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.addWidget(label("From", self), 0, 0)
        grid.addWidget(self.source, 0, 1)
        grid.addWidget(label("To", self), 0, 2)
        grid.addWidget(self.target, 0, 3, 1, 2)
        grid.addWidget(label("Asset", self), 1, 0)
        grid.addWidget(self.asset, 1, 1)
        grid.addWidget(label("Quantity", self), 1, 2)
        grid.addWidget(self.quantity, 1, 3)
        grid.addWidget(self.most, 1, 4)
        grid.addWidget(label("Remark", self), 1, 5)
        grid.addWidget(self.remark, 1, 6)
        for column in (1, 3, 6):
            grid.setColumnStretch(column, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        for each in (self.move_button, self.yes, self.no):
            below.addWidget(each)
        below.addWidget(self.message, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 2, 10, 2)
        layout.setSpacing(3)
        layout.addLayout(grid)
        layout.addLayout(below)
        layout.addStretch(1)

    def show_state(self) -> None:
        """Show the accounts and assets as known now, and what stands against the transfer."""
        own = [(each.id, each.label) for each in self._presenter.state.accounts]
        first = self.target.count() == 0
        refill(self.source, own)
        refill(self.target, own)
        if first and len(own) > 1:
            with QSignalBlocker(self.target):
                self.target.setCurrentIndex(1)
        refill(self.asset, [(name, name) for name in self._presenter.assets_of(self.source.currentData() or "")])
        if self._asked is not None and self._asked_account != self._presenter.account:
            self._asked = None
        request = self._request()
        reason = request if isinstance(request, str) else self._presenter.obstacle(request)
        missing = self._presenter.missing_transfer()
        asking = self._asked is not None
        if missing or isinstance(request, str) or reason:
            text = missing or reason or ""
            token = "second" if missing or not self.quantity.text().strip() else "danger"
        else:
            warning = self._presenter.warning(request)
            text = warning + self._presenter.sentence(request) + ("?" if asking else "")
            token = "warning" if warning else "text"
        last = self._presenter.outcome()
        is_told = bool(last.text) and not asking and not self.quantity.text().strip()
        say(self._theme, self.message, last if is_told else Said(text, token))
        self.move_button.setEnabled(not reason and not missing)
        self.yes.setEnabled(not reason)
        self.move_button.setVisible(not asking)
        self.yes.setVisible(asking)
        self.no.setVisible(asking)
        for field in (self.source, self.target, self.asset, self.quantity, self.most, self.remark):
            field.setEnabled(not asking and not missing)

    def _request(self) -> TransferRequest | str:
        if self._asked is not None:
            return self._asked
        return self._presenter.request(
            self.source.currentData() or "",
            self.target.currentData() or "",
            self.asset.currentData() or "",
            self.quantity.text(),
            self.remark.text(),
        )

    def _edited(self) -> None:
        self._asked = None
        self.show_state()

    def _use_all(self) -> None:
        free = self._presenter.state.free(self.source.currentData() or "", self.asset.currentData() or "")
        if free is not None:
            self.quantity.setText(f"{free:f}")
        self._edited()

    def _ask(self) -> None:
        request = self._request()
        if not isinstance(request, str) and self._presenter.obstacle(request) is None:
            self._asked, self._asked_account = request, self._presenter.account
            self.show_state()
            self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and self._asked_account == self._presenter.account:
            self.quantity.clear()
            self.confirmed.emit(asked)
        self.show_state()


class AddressForm(QWidget):
    """Where to send an asset; `asked` carries asset and network (None: all of them)."""

    asked = Signal(str, object)

    def __init__(self, theme: Theme, presenter: TransfersPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenter = presenter
        self.asset = combo("address_asset", "Asset", self)
        self.network = combo("address_network", "Network", self)
        self.show_button = button("Show address", "address_show", "outline", self)
        self.address = line("address_text", "Deposit address", self)
        self.address.setReadOnly(True)
        self.copy_button = button("Copy", "address_copy", "outline", self)
        self.note = label("", self, "address_note")
        self.note.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        for widget in (label("Asset", self), self.asset, label("Network", self), self.network, self.show_button):
            top.addWidget(widget)
        top.addStretch(1)
        middle = QHBoxLayout()
        middle.addWidget(self.address, 1)
        middle.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addLayout(middle)
        layout.addWidget(self.note)
        layout.addStretch(1)
        self.asset.currentIndexChanged.connect(self.show_state)
        self.network.currentIndexChanged.connect(self.show_state)
        self.show_button.clicked.connect(self._ask)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.address.text()))

    def show_state(self) -> None:
        state = self._presenter.state
        refill(self.asset, [(known.asset, known.asset) for known in state.assets])
        asset = next((known for known in state.assets if known.asset == self.asset.currentData()), None)
        networks = () if asset is None else asset.networks
        refill(self.network, [(each.network, each.network) for each in networks])
        found = state.addresses.get((self.asset.currentData() or "", self.network.currentData()), ())
        shown = found[0] if found else None
        network = next((each for each in networks if each.network == self.network.currentData()), None)
        closed = _closed_to_deposits(asset, network, shown)
        # an address that takes nothing now must not be copied: what is sent there may be lost
        text = "" if shown is None or closed else shown.address
        if self.address.text() != text:
            self.address.setText(text)
        self.copy_button.setEnabled(bool(text))
        self.show_button.setEnabled(bool(networks))
        parts = []
        if closed:
            parts.append(closed)
        elif shown is not None:
            if shown.memo:
                parts.append(f"Memo {shown.memo}: without it the deposit is lost")
            if shown.min_quantity is not None:
                parts.append(f"At least {shown.min_quantity:f} {shown.asset}")
            if shown.confirmations is not None:
                parts.append(f"Credited after {shown.confirmations} confirmations")
            parts.append(f"Send only {shown.asset} on {shown.network}")
        say(self._theme, self.note, Said(". ".join(parts), "danger" if closed else "text"))

    def _ask(self) -> None:
        if self.asset.currentData():
            self.asked.emit(self.asset.currentData(), self.network.currentData())


def _closed_to_deposits(asset: Asset | None, network: Network | None, address: DepositAddress | None) -> str:
    """Say that nothing can be deposited now, "" when it can as far as the venue tells."""
    if address is not None and address.can_deposit is False:
        return f"The venue takes no deposits of {address.asset} on {address.network} now"
    if network is not None and network.can_deposit is False:
        return f"The venue takes no deposits on {network.network} now"
    if asset is not None and asset.can_deposit is False:
        return f"The venue takes no deposits of {asset.asset} now"
    return ""


class ProofDialog(QDialog):
    """Asks who sent a deposit; `given` carries the proof."""

    given = Signal(object)

    def __init__(self, deposit: Transfer, exchanges: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._deposit = deposit
        self.setObjectName("deposit_proof")
        self.setWindowTitle("Confirm the sender of a deposit")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.exchange = combo("proof_exchange", "Sent from", self)
        for name in exchanges:
            self.exchange.addItem(name, name)
        self.institution = line("proof_institution", "Institution", self)
        self.first_name = line("proof_first_name", "First name", self)
        self.last_name = line("proof_last_name", "Last name", self)
        self.owner = QCheckBox("The account that sent it is mine", self)
        self.owner.setObjectName("proof_owner")
        self.owner.setAccessibleName("The account that sent it is mine")
        self.problem = label("", self, "proof_problem")
        self.send = button("Confirm sender", "proof_send", "primary", self)
        close = button("Cancel", "proof_cancel", "outline", self)
        layout = QGridLayout(self)
        layout.addWidget(
            label(f"{deposit.quantity:f} {deposit.asset}, {deposit.tx_id or deposit.id}", self), 0, 0, 1, 2
        )
        fields: tuple[tuple[str, QWidget], ...] = (
            ("Sent from", self.exchange), ("Institution", self.institution), ("or first name", self.first_name),
            ("and last name", self.last_name),
        )  # fmt: skip
        for row, (text, field) in enumerate(fields, start=1):
            layout.addWidget(label(text, self), row, 0)
            layout.addWidget(field, row, 1)
        layout.addWidget(self.owner, 5, 0, 1, 2)
        layout.addWidget(self.problem, 6, 0, 1, 2)
        layout.addWidget(close, 7, 0)
        layout.addWidget(self.send, 7, 1)
        for edit in (self.institution, self.first_name, self.last_name):
            edit.textEdited.connect(self._check)
        self.owner.toggled.connect(self._check)
        self.send.clicked.connect(self._give)
        close.clicked.connect(self.reject)
        self._check()

    def _check(self) -> None:
        place, first, last = (edit.text().strip() for edit in (self.institution, self.first_name, self.last_name))
        problem = ""
        if place and (first or last):
            problem = "Either an institution or a person"
        elif not place and not (first and last):
            problem = "Enter the institution, or first and last name"
        elif not self.owner.isChecked():
            problem = "The venue takes this only from the owner"
        self.problem.setText(problem)
        self.send.setEnabled(not problem)

    def _give(self) -> None:
        proof = DepositProof(
            tx_id=self._deposit.tx_id or self._deposit.id,
            exchange=self.exchange.currentData() or "",
            institution=self.institution.text().strip() or None,
            first_name=self.first_name.text().strip() or None,
            last_name=self.last_name.text().strip() or None,
            is_owner=self.owner.isChecked(),
        )
        self.given.emit(proof)
        self.accept()
