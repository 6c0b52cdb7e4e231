"""The style sheet of the standard widgets, written from the tokens.

A widget picks a variant by its dynamic property `kind`: buttons "flat", "tool", "buy", "sell", "side-buy",
"side-sell", "danger", "primary", "preset", "segment"; labels "second", "muted", "error", "warning", "header".
"""

from __future__ import annotations

from string import Template

from terminal.ui.resources import resource_path
from terminal.ui.theme.contrast import blend
from terminal.ui.theme.tokens import Tokens

_SHEET = Template(
    """
* { outline: 0; }
QMainWindow, QMainWindow > QWidget#central { background: $window; }
QDialog, QMessageBox { background: $panel; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QLabel { background: transparent; color: $text; }
QLabel[kind="second"], QLabel[kind="header"] { color: $second; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="error"] { color: $danger; }
QLabel[kind="warning"] { color: $warning; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $raised; border-radius: 4px; padding: 0 8px; min-height: 22px;
}
QPushButton:hover, QToolButton:hover { border-color: $border; background: $button_hover; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $panel; border-color: $line; }
QPushButton[kind="flat"], QToolButton[kind="flat"], QToolButton[kind="tool"] {
    background: transparent; border-color: transparent; color: $second;
}
QPushButton[kind="flat"]:hover, QToolButton[kind="flat"]:hover, QToolButton[kind="tool"]:hover {
    background: $raised; color: $text;
}
QToolButton[kind="flat"]:checked, QToolButton[kind="tool"]:checked, QPushButton[kind="flat"]:checked {
    background: $raised; color: $text;
}
QPushButton[kind="flat"]:disabled, QToolButton[kind="flat"]:disabled, QToolButton[kind="tool"]:disabled {
    background: transparent; border-color: transparent; color: $muted;
}
QPushButton[kind="flat"]:focus, QToolButton[kind="flat"]:focus, QToolButton[kind="tool"]:focus {
    border-color: $accent;
}
QToolButton[kind="tool"] { padding: 0; min-height: 20px; min-width: 20px; border-radius: 3px; }
QToolButton::menu-indicator { image: none; width: 0; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[kind="outline"] { background: transparent; border-color: $border; color: $text; }
QPushButton[kind="outline"]:hover { background: $raised; }
QPushButton[kind="outline"]:focus { border-color: $accent; }
QPushButton[kind="danger"] { background: transparent; border-color: $danger_fill; color: $danger; }
QPushButton[kind="danger"]:hover { background: $danger_tint; }
QPushButton[kind="danger"]:focus { border-color: $accent; }
QPushButton[kind="outline"]:disabled, QPushButton[kind="danger"]:disabled {
    background: transparent; border-color: $line; color: $muted;
}
QPushButton[kind="primary"] { background: $accent_fill; border-color: $accent_fill; color: $on_fill; }
QPushButton[kind="primary"]:hover { background: $accent_fill_hover; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $raised; border-color: $line; color: $muted; }
QPushButton[kind="buy"] { background: $buy_fill; border-color: $buy_fill; color: $on_fill; }
QPushButton[kind="buy"]:hover { background: $buy_fill_hover; }
QPushButton[kind="sell"] { background: $sell_fill; border-color: $sell_fill; color: $on_fill; }
QPushButton[kind="sell"]:hover { background: $sell_fill_hover; }
QPushButton[kind="buy"]:focus, QPushButton[kind="sell"]:focus { border-color: $text; }
QPushButton[kind="buy"]:disabled, QPushButton[kind="sell"]:disabled {
    background: $raised; border-color: $line; color: $muted;
}
QPushButton[kind="side-buy"], QPushButton[kind="side-sell"] { background: transparent; border-color: $border; }
QPushButton[kind="side-buy"] { color: $buy_text; }
QPushButton[kind="side-sell"] { color: $sell_text; }
QPushButton[kind="side-buy"]:checked { background: $buy_fill; border-color: $buy_fill; color: $on_fill; }
QPushButton[kind="side-sell"]:checked { background: $sell_fill; border-color: $sell_fill; color: $on_fill; }
QPushButton[kind="side-buy"]:focus, QPushButton[kind="side-sell"]:focus { border-color: $accent; }
QPushButton[kind="preset"] {
    background: $raised; border-color: $raised; color: $second; border-radius: 3px; padding: 0 2px; min-height: 18px;
}
QPushButton[kind="preset"]:hover { color: $text; border-color: $border; }
QPushButton[kind="preset"]:focus { border-color: $accent; }
QPushButton[kind="preset"]:checked { background: $selected; border-color: $accent; color: $text; }
QPushButton[kind="preset"]:disabled { color: $muted; background: $panel; border-color: $line; }
QPushButton[kind="segment"] {
    background: transparent; border: 1px solid transparent; color: $second; border-radius: 3px; min-height: 20px;
}
QPushButton[kind="segment"]:hover { color: $text; }
QPushButton[kind="segment"]:checked { background: $raised; border-color: $border; color: $text; }
QPushButton[kind="segment"]:focus { border-color: $accent; }
QPushButton[kind="segment"]:disabled { color: $muted; }
QPushButton[kind="status"] {
    background: transparent; border: 1px solid transparent; color: $text; padding: 0 6px; min-height: 18px;
    border-radius: 3px;
}
QPushButton[kind="status"]:hover { background: $raised; }
QPushButton[kind="status"]:focus { border-color: $accent; }
QPushButton#malformed_button { color: $warning; }
QFrame[kind="segments"] { background: $well; border: 1px solid $border; border-radius: 4px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $well; color: $text; border: 1px solid $border; border-radius: 4px; padding: 0 8px;
    selection-background-color: $selection; selection-color: $text;
}
QLineEdit, QComboBox, QSpinBox { min-height: 26px; }
QLineEdit[kind="slim"], QComboBox[kind="slim"] { min-height: 18px; border-radius: 3px; padding: 0 6px; }
QListView[kind="bare"] { border: 0; background: $panel; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit[invalid="true"] { border-color: $danger; }
QLineEdit:disabled, QComboBox:disabled { color: $muted; border-color: $line; background: $panel; }
QPlainTextEdit[kind="plain"] { border: 0; border-radius: 0; background: $panel; padding: 4px; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox::down-arrow { image: url($chevron); width: 12px; height: 12px; }
QComboBox QAbstractItemView, QListView, QTreeView {
    background: $panel; color: $text; border: 1px solid $border; selection-background-color: $selected;
    selection-color: $text;
}

QCheckBox, QRadioButton { background: transparent; color: $text; spacing: 6px; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $control; background: $well; border-radius: 3px;
}
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked { background: $accent_fill; border-color: $accent_fill; image: url($check); }
QRadioButton::indicator:checked { background: $accent_fill; border: 3px solid $well; }
QCheckBox:focus, QRadioButton:focus { color: $accent_text; }

QFrame#instrument_search { background: $panel; border: 1px solid $border; }
QMenu { background: $panel; color: $text; border: 1px solid $border; padding: 4px 0; }
QMenu::item { padding: 5px 24px 5px 28px; background: transparent; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 0; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 8px; border: 1px solid $control; border-radius: 3px; }
QMenu::indicator:checked { background: $accent_fill; border-color: $accent_fill; image: url($check); }
QMenu::indicator:exclusive { border-radius: 6px; }
QMenu::indicator:exclusive:checked { background: $accent_fill; border: 3px solid $well; image: none; }

QTabBar::tab {
    background: transparent; color: $second; padding: 6px 12px; border: 0; border-top: 2px solid transparent;
}
QTabBar::tab:selected { color: $text; background: $panel; border-top-color: $accent; }
QTabBar::tab:hover { color: $text; }
QTabWidget::pane { border: 0; }

QScrollBar:vertical { background: transparent; width: 7px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 8px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 3px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QAbstractScrollArea { border: 0; }
QSplitter::handle { background: $window; }
QProgressBar { background: $raised; border: 0; border-radius: 2px; max-height: 4px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSlider::groove:horizontal { background: $line; height: 3px; border-radius: 1px; }
QSlider::handle:horizontal { background: $second; width: 12px; margin: -5px 0; border-radius: 6px; }
QSlider::handle:horizontal:focus { background: $accent; }
QHeaderView::section { background: $panel; color: $second; border: 0; padding: 0 6px; }
$docks
"""
)

_DOCKS = Template(
    """
ads--CDockContainerWidget { background: $window; }
ads--CDockContainerWidget > QSplitter { padding: 0; background: $window; }
ads--CDockSplitter::handle, ads--CDockContainerWidget ads--CDockSplitter::handle { background: $window; }
ads--CDockAreaWidget { background: $panel; border: 0; }
ads--CDockAreaTitleBar {
    background: $title_bar; border: 0; border-bottom: 1px solid $line; padding: 0;
    min-height: 25px; max-height: 25px;
}
ads--CDockAreaTitleBar QPushButton, ads--CDockAreaTitleBar QToolButton, ads--CDockAreaTitleBar QComboBox {
    min-height: 18px; max-height: 18px; border-radius: 3px;
}
ads--CTitleBarButton, ads--CTitleBarButton:focus {
    background: transparent; border: 0; padding: 0; margin: 0; min-width: 26px; max-width: 26px;
    min-height: 20px; max-height: 20px; border-radius: 3px;
}
ads--CTitleBarButton:hover { background: $raised; }
ads--CDockWidgetTab {
    background: transparent; border: 0; border-top: 2px solid transparent; padding: 0 2px;
    min-height: 23px; max-height: 23px; qproperty-iconSize: 8px 8px;
}
ads--CDockWidgetTab[activeTab="true"] { background: $panel; border-top-color: $accent; }
ads--CDockWidgetTab[alone="true"] { background: transparent; border-top-color: transparent; }
ads--CDockWidgetTab QLabel, ads--CDockWidgetTab ads--CElidingLabel { color: $second; background: transparent; }
ads--CDockWidgetTab[activeTab="true"] QLabel { color: $text; font-weight: 600; }
ads--CDockWidget { background: $panel; border: 0; }
ads--CFloatingDockContainer { background: $window; }
ads--CAutoHideTab { background: $title_bar; color: $second; border: 0; }
ads--CDockAreaTabBar, ads--CDockAreaTabBar > QWidget, #tabsContainerWidget { background: $title_bar; border: 0; }
"""
)


def stylesheet(tokens: Tokens) -> str:
    """Return the program's style sheet for these tokens."""
    values = {name: str(getattr(tokens, name)) for name in tokens.__slots__}
    accent_fill = "#2A6BE0" if tokens.dark else tokens.accent
    values.update(
        accent_fill=accent_fill,
        accent_fill_hover=blend("#FFFFFF", accent_fill, 0.08),
        buy_fill_hover=blend("#000000", tokens.buy_fill, 0.10),
        sell_fill_hover=blend("#000000", tokens.sell_fill, 0.10),
        button_hover=blend(tokens.text, tokens.raised, 0.06),
        danger_tint=blend(tokens.danger, tokens.panel, 0.12),
        selection=blend(tokens.accent, tokens.well, 0.35),
        control=tokens.muted,
        chevron=resource_path("icons", "chevron-down-grey.svg").as_posix(),
        check=resource_path("icons", "check-white.svg").as_posix(),
    )
    return _SHEET.substitute(values, docks=_DOCKS.substitute(values))
