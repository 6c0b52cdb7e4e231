"""The ticket in the window: keys, clicks, and above all what must not send."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget

from terminal.domain import InstrumentId, OrderStatus, OrderType, Side, StreamState
from terminal.trading.risk import RiskBreach
from terminal.ui.order_ticket.confirmation import Confirmation
from terminal.ui.order_ticket.widget import TicketPanel

D = Decimal
ETH = InstrumentId("hashkey-mena", "ETHUSDT")
ENTERING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def short_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The confirmation takes a yes soon; the time itself is not what is tested."""
    monkeypatch.setattr("terminal.ui.order_ticket.confirmation.LOCK_MS", 20)


def size(panel: TicketPanel, text: str) -> None:
    panel.body.quantity.edit.clear()
    panel.body.quantity.edit.insert(text)
    panel.body.quantity.edit.textEdited.emit(text)


def shown(edit: QLineEdit) -> str:
    """The number in a field; it has separators only while the field is not in focus."""
    return edit.text().replace(",", "")


def confirmation(panel: TicketPanel) -> Confirmation:
    assert panel.confirmation is not None
    return panel.confirmation


def settled(panel: TicketPanel, qtbot: Any) -> Confirmation:
    """The confirmation once it takes a yes."""
    dialog = confirmation(panel)
    qtbot.waitUntil(lambda: dialog._is_settled)
    return dialog


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        ("price", "abc", "Price must be a number, not “abc”"),
        ("price", "86,960.215", "Price must be a multiple of the tick 0.01"),
        ("price", "86.960,21", "“86.960,21”: commas go between thousands: 86,000.50"),
        ("price", "0", "Price must be above zero"),
        ("quantity", "0,5", "“0,5” is ambiguous: use a decimal point"),
        ("quantity", "nan", "Quantity must be a number, not “nan”"),
        ("quantity", "0.0000001", "Quantity must be a multiple of the lot 0.00001 BTC"),
        ("quantity", "0", "Quantity must be above zero"),
        ("quantity", "200000", "Quantity must be at most 100,000 BTC"),
        ("total", "0.01", "Total pays for less than one lot"),
    ],
)
def test_typing_a_bad_input_shows_its_rule_and_sends_nothing(
    *, panel: TicketPanel, world: Any, qtbot: Any, field: str, text: str, rule: str
) -> None:
    world.arm()
    size(panel, "0.1")
    edit: QLineEdit = getattr(panel.body, field).edit
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    assert getattr(panel.body, f"{field}_line").message.text == rule
    assert not panel.submit_button.isEnabled()
    qtbot.keyClick(edit, Qt.Key.Key_Return, CTRL)
    qtbot.mouseClick(panel.submit_button, LEFT)
    world.tasks.run()
    assert world.desk.sent == []
    assert panel.confirmation is None


def test_an_empty_ticket_says_what_is_missing_and_sends_nothing(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    world.arm()
    qtbot.keyClick(panel.body.price.edit, Qt.Key.Key_Return, CTRL)
    assert panel.footer.message.text == "Enter a quantity"
    assert panel.submit_button.toolTip() == "Enter a quantity"
    assert world.desk.sent == []


def test_a_whole_paste_is_judged_not_its_beginning(panel: TicketPanel, qtbot: Any) -> None:
    QApplication.clipboard().setText("1" * 300)
    panel.body.quantity.edit.selectAll()
    panel.body.quantity.edit.paste()
    assert panel.body.quantity_line.message.text == "Quantity has too many digits"


def test_ctrl_enter_asks_while_disarmed_and_sends_on_the_second(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.activateWindow()
    panel.body.quantity.edit.setFocus()
    qtbot.keyClick(panel.body.quantity.edit, Qt.Key.Key_Return, CTRL)
    dialog = confirmation(panel)
    assert dialog.isVisible()
    assert not dialog.isWindow()
    world.tasks.run()
    assert world.desk.sent == []
    settled(panel, qtbot)
    qtbot.keyClick(dialog.keep_button, Qt.Key.Key_Return, CTRL)
    world.tasks.run()
    assert [request.quantity for _, request, _ in world.desk.sent] == [D("0.1")]
    assert panel.confirmation is None


def test_ctrl_enter_sends_at_once_when_armed(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    world.arm()
    size(panel, "0.1")
    qtbot.keyClick(panel.body.quantity.edit, Qt.Key.Key_Enter, CTRL | Qt.KeyboardModifier.KeypadModifier)
    world.tasks.run()
    assert panel.confirmation is None
    assert len(world.desk.sent) == 1
    account, request, allow = world.desk.sent[0]
    assert (account, request.symbol, request.side, request.type) == (
        "hashkey-mena/main", "BTCUSDT", Side.BUY, OrderType.LIMIT,
    )  # fmt: skip
    assert (request.price, request.quantity, allow) == (D("86960.21"), D("0.1"), frozenset())


@pytest.mark.parametrize("key", ENTERING)
def test_enter_and_space_never_send(panel: TicketPanel, world: Any, qtbot: Any, key: Qt.Key) -> None:
    world.arm()
    size(panel, "0.1")
    panel.activateWindow()
    for target in (panel.submit_button, panel.body.price.edit, panel.body.total.edit, *panel.body.percents.buttons):
        target.setFocus()
        qtbot.keyClick(target, key)
    world.tasks.run()
    assert world.desk.sent == []
    assert panel.confirmation is None


@pytest.mark.parametrize("key", ENTERING)
def test_enter_and_space_never_confirm(panel: TicketPanel, world: Any, qtbot: Any, key: Qt.Key) -> None:
    size(panel, "0.1")
    panel.submit()
    dialog = settled(panel, qtbot)
    dialog.send_button.setFocus()
    qtbot.keyClick(dialog.send_button, key)
    qtbot.keyClick(dialog, key)
    world.tasks.run()
    assert world.desk.sent == []


def test_a_double_click_on_the_armed_button_sends_once(panel: TicketPanel, world: Any, qtbot: Any, gate: Any) -> None:
    world.arm()
    size(panel, "0.1")
    qtbot.mouseClick(panel.submit_button, LEFT)
    qtbot.mouseDClick(panel.submit_button, LEFT)
    qtbot.mouseClick(panel.submit_button, LEFT)
    panel.submit()
    world.tasks.run()
    assert len(world.desk.sent) == 1
    assert panel.submit_button.accessibleDescription() == "Sending…"
    gate.is_open = True
    world.tasks.run()
    panel.render_now()
    assert panel.outcome.message.text == "10:42:07  Accepted: open"
    assert panel.submit_button.isEnabled()


def test_a_double_click_cannot_pass_through_the_confirmation(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    qtbot.mouseClick(panel.submit_button, LEFT)
    dialog = confirmation(panel)
    assert not dialog.send_button.isEnabled()
    qtbot.mouseClick(dialog.send_button, LEFT)
    dialog.send()
    assert world.tasks.started == []


def test_a_double_click_on_send_sends_once(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.submit()
    dialog = settled(panel, qtbot)
    qtbot.mouseDClick(dialog.send_button, LEFT)
    qtbot.mouseClick(dialog.send_button, LEFT)
    dialog.send()
    world.tasks.run()
    assert len(world.desk.sent) == 1


@pytest.mark.parametrize("leave", ["button", "escape"])
def test_keep_editing_sends_nothing_and_keeps_the_values(
    panel: TicketPanel, world: Any, qtbot: Any, leave: str
) -> None:
    size(panel, "0.1")
    panel.submit()
    dialog = settled(panel, qtbot)
    if leave == "button":
        qtbot.mouseClick(dialog.keep_button, LEFT)
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    world.tasks.run()
    assert panel.confirmation is None
    assert panel.submit_button.isVisible()
    assert world.desk.sent == []
    assert panel.body.quantity.edit.text() == "0.1"


def test_a_stale_book_needs_its_own_yes_and_the_desk_is_told(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    world.arm()
    size(panel, "0.1")
    world.market.set_stream(StreamState.STALE, "no heartbeat")
    panel.submit()
    dialog = settled(panel, qtbot)
    assert not dialog.send_button.isEnabled()
    dialog.send()
    assert world.tasks.started == []
    dialog.accept_box.click()
    qtbot.mouseClick(dialog.send_button, LEFT)
    world.tasks.run()
    assert [allow for _, _, allow in world.desk.sent] == [{"stale"}]


def test_a_book_that_goes_stale_during_the_confirmation_asks_again(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.submit()
    dialog = settled(panel, qtbot)
    assert dialog.send_button.isEnabled()
    world.market.set_stream(StreamState.DOWN, "connection lost")
    panel.render_now()
    assert not dialog.send_button.isEnabled()
    assert "connection lost" in dialog._warnings.text()


def test_an_order_that_becomes_forbidden_cannot_be_confirmed(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.submit()
    dialog = settled(panel, qtbot)
    world.portfolio.amounts = {"USDT": D(1)}
    panel.render_now()
    assert not dialog.send_button.isEnabled()
    assert dialog._status.text().startswith("Cannot be sent now: Needs 8,696.021 USDT")
    dialog.send()
    assert world.tasks.started == []


def test_a_price_picked_in_the_ladder_fills_the_ticket(panel: TicketPanel) -> None:
    panel.selection.side_picked.emit(Side.SELL)
    panel.selection.price_picked.emit(D("87001.50"))
    assert shown(panel.body.price.edit) == "87001.50"
    assert panel.presenter.form is not None
    assert panel.presenter.form.side is Side.SELL


def test_a_picked_price_makes_a_market_order_a_limit_order(panel: TicketPanel) -> None:
    form = panel.presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    panel.selection.price_picked.emit(D("87001.50"))
    assert form.type is OrderType.LIMIT


def test_a_pick_during_the_confirmation_takes_it_back(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.submit()
    settled(panel, qtbot)
    panel.selection.price_picked.emit(D("80000"))
    assert panel.confirmation is None
    world.tasks.run()
    assert world.desk.sent == []


def test_switching_the_instrument_clears_everything(panel: TicketPanel, world: Any, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.body.presets.buttons[3].click()
    panel.submit()
    settled(panel, qtbot)
    panel.selection.select(ETH)
    assert panel.confirmation is None
    assert shown(panel.body.price.edit) == "2845.21"
    assert (panel.body.quantity.edit.text(), panel.body.total.edit.text()) == ("", "")
    assert panel.selection.preset_quantity is None
    assert not any(button.isChecked() for button in panel.body.presets.buttons)
    assert panel.subtitle == "ETH/USDT"
    assert [watch.is_closed for watch in world.market.watched] == [True, True, False, False]
    world.tasks.run()
    assert world.desk.sent == []


def test_a_text_in_the_focused_field_does_not_reach_the_next_instrument(panel: TicketPanel, qtbot: Any) -> None:
    panel.activateWindow()
    edit = panel.body.price.edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "12345")
    panel.selection.select(ETH)
    assert shown(edit) == "2845.21"


def test_a_preset_sets_the_quantity_and_the_size_of_a_ladder_click(panel: TicketPanel, qtbot: Any) -> None:
    qtbot.mouseClick(panel.body.presets.buttons[3], LEFT)
    assert panel.body.quantity.edit.text() == "0.25000"
    assert panel.selection.preset_quantity == D("0.25")
    panel.render_now()
    assert [button.isChecked() for button in panel.body.presets.buttons] == [False, False, False, True, False]


def test_a_double_click_edits_a_preset(panel: TicketPanel, qtbot: Any) -> None:
    qtbot.mouseDClick(panel.body.presets.buttons[1], LEFT)
    editor = panel.findChild(QLineEdit, "ticket_preset_editor")
    assert editor is not None
    editor.setText("0.3")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert panel.body.presets.buttons[1].text() == "0.3"
    assert panel.selection.preset_quantity == D("0.3")


def test_a_bad_preset_is_refused_with_its_rule(panel: TicketPanel, qtbot: Any) -> None:
    panel.edit_preset(1)
    editor = panel.findChild(QLineEdit, "ticket_preset_editor")
    assert editor is not None
    editor.setText("-1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert panel.outcome.message.text == "Size must be above zero"
    assert panel.body.presets.buttons[1].text() == "0.05"


def test_arrows_step_and_shift_steps_tenfold(panel: TicketPanel, qtbot: Any) -> None:
    price, quantity = panel.body.price.edit, panel.body.quantity.edit
    qtbot.keyClick(price, Qt.Key.Key_Up)
    qtbot.keyClick(price, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert panel.presenter.form is not None
    assert panel.presenter.form.price.value == D("86960.12")
    qtbot.keyClick(quantity, Qt.Key.Key_Up)
    qtbot.keyClick(quantity, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert panel.presenter.form.quantity.value == D("0.00011")


def turn(edit: QWidget, notches: int) -> None:
    middle = QPointF(edit.rect().center())
    event = QWheelEvent(
        middle, edit.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(edit, event)


def test_the_wheel_steps_only_the_focused_field(panel: TicketPanel, qtbot: Any) -> None:
    form = panel.presenter.form
    assert form is not None
    edit = panel.body.price.edit
    panel.body.total.edit.setFocus()
    turn(edit, 1)
    assert form.price.value == D("86960.21")
    panel.activateWindow()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    turn(edit, 2)
    assert form.price.value == D("86960.23")


def test_the_outcome_is_shown_and_the_values_stay(panel: TicketPanel, world: Any) -> None:
    world.arm()
    world.desk.answer = {"status": OrderStatus.REJECTED, "reason": "<b>no</b>"}
    size(panel, "0.1")
    panel.submit()
    panel.render_now()
    assert panel.outcome.message.text == "Sending…"
    world.tasks.run()
    panel.render_now()
    assert panel.outcome.message.text == "10:42:07  Rejected: <b>no</b>"
    assert "<b>" not in panel.outcome.toolTip()
    assert panel.body.quantity.edit.text() == "0.1"
    assert panel.submit_button.isEnabled()


def test_what_the_desk_denies_is_said(panel: TicketPanel, world: Any) -> None:
    world.arm()
    size(panel, "0.1")
    panel.submit()
    world.desk.denies = [RiskBreach(field="order", rule="More than 5 orders a second", hard=True, code="rate")]
    world.tasks.run()
    panel.render_now()
    assert panel.outcome.message.text == "Not sent: More than 5 orders a second"
    assert panel.submit_button.isEnabled()
    size(panel, "0.2")
    assert panel.outcome.message.text == ""


def test_a_failure_of_the_program_unlocks_the_ticket_and_is_not_swallowed(panel: TicketPanel, world: Any) -> None:
    world.arm()
    size(panel, "0.1")
    world.desk.error = RuntimeError("bug")
    panel.submit()
    with pytest.raises(RuntimeError, match="bug"):
        world.tasks.run()
    panel.render_now()
    assert panel.outcome.message.text == "Sending failed: see the log, and look for the order"
    assert not panel.presenter.is_sending


def test_every_choice_is_taken_by_its_button(panel: TicketPanel, qtbot: Any) -> None:
    form = panel.presenter.form
    assert form is not None

    def press(name: str) -> None:
        button = panel.findChild(QPushButton, name)
        assert button is not None
        qtbot.mouseClick(button, LEFT)

    press("ticket_side_sell")
    press("ticket_type_limit_maker")
    press("ticket_price_action_up")
    press("ticket_percent_50")
    request = form.request()
    assert request is not None
    assert (request.side, request.type, request.price) == (Side.SELL, OrderType.LIMIT_MAKER, D("86960.44"))
    assert request.quantity == D("0.22955")
    press("ticket_type_limit")
    press("ticket_time_in_force_FOK")
    box = panel.findChild(QComboBox, "ticket_prevention")
    assert box is not None
    box.setCurrentIndex(2)
    box.activated.emit(2)
    request = form.request()
    assert request is not None
    assert (request.time_in_force, request.self_trade_prevention) == ("FOK", "expire_maker")


def test_a_disabled_choice_does_nothing_and_tells_why(panel: TicketPanel, qtbot: Any) -> None:
    form = panel.presenter.form
    assert form is not None
    form.choose_type(OrderType.MARKET)
    panel.render_now()
    button = panel.findChild(QPushButton, "ticket_time_in_force_GTC")
    assert button is not None
    assert not button.isEnabled()
    assert button.toolTip() == "HashKey MENA has no GTC for market orders: only IOC"


@pytest.mark.parametrize("height", [446, 530, 570, 700])
def test_nothing_overlaps_or_leaves_the_panel(make_panel: Callable[..., TicketPanel], height: int) -> None:
    panel = make_panel(300, height)
    body = panel.body
    parts = [
        part
        for part in body.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if part.isVisible() and part not in (body.times_label, body.prevention_label)
    ]
    parts.sort(key=lambda part: part.y())
    for above, below in pairwise(parts):
        assert above.geometry().bottom() < below.y(), (above.objectName(), below.objectName())
    assert body.height() <= panel.outcome.y()
    assert parts[-1].geometry().bottom() < panel.outcome.y()
    assert panel.footer.geometry().bottom() < height


def test_a_low_panel_scrolls_and_keeps_its_button(make_panel: Callable[..., TicketPanel]) -> None:
    panel = make_panel(300, 300)
    assert panel.body.height() > panel.outcome.y()
    assert panel.submit_button.geometry().bottom() < 300


def test_nothing_moves_when_a_rule_is_broken(panel: TicketPanel, qtbot: Any) -> None:
    def places() -> list[Any]:
        return [part.geometry() for part in panel.body.findChildren(QWidget)]

    before = places()
    qtbot.keyClicks(panel.body.quantity.edit, "0,5")
    assert panel.body.quantity_line.message.token == "danger"
    assert places() == before


def test_every_interactive_part_has_a_name(panel: TicketPanel, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.submit()
    parts = [*panel.findChildren(QPushButton), *panel.findChildren(QLineEdit), *panel.findChildren(QComboBox)]
    assert len(parts) > 25
    assert [part.objectName() for part in parts if not part.objectName() or not part.accessibleName()] == []


def test_a_linked_panel_follows_its_group_only(panel: TicketPanel) -> None:
    blue = panel.selection
    panel.set_link("amber")
    blue.price_picked.emit(D("80000"))
    assert shown(panel.body.price.edit) == "86960.21"
    panel.selection.price_picked.emit(D("81000"))
    assert shown(panel.body.price.edit) == "81000.00"


def test_a_stopped_panel_gives_back_its_watches(panel: TicketPanel, world: Any) -> None:
    panel.stop()
    assert all(watch.is_closed for watch in world.market.watched)


def test_tab_walks_the_ticket_from_top_to_bottom(panel: TicketPanel, qtbot: Any) -> None:
    size(panel, "0.1")
    panel.activateWindow()
    panel.body.sides.buttons[0].setFocus()
    walked = []
    for _ in range(30):
        focused = QApplication.focusWidget()
        assert focused is not None
        walked.append(focused.objectName())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    wanted = ["ticket_side_buy", "ticket_type_limit", "ticket_price", "ticket_price_action_bid", "ticket_quantity"]
    wanted += ["ticket_preset_0", "ticket_percent_10", "ticket_total", "ticket_time_in_force_GTC", "ticket_prevention"]
    places = [walked.index(name) for name in (*wanted, "ticket_submit")]
    assert places == sorted(places)
