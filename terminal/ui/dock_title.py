"""The 26 px title bar of a dock area: link dot, tabs, subtitle, the panel's own controls, the menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from terminal.ui.layouts import TITLE_HEIGHT
from terminal.ui.panel import Panel
from terminal.ui.theme import Theme
from terminal.ui.theme.drawing import Ink
from terminal.ui.theme.tokens import LINK_COLOURS

_DOT_WIDTH, _DOT_WIDTH_ALONE = 20, 16

FillMenu = Callable[[QMenu], None]


class LinkDot(QWidget):
    """The colour of the link group; a click asks for the menu that changes it."""

    def __init__(self, theme: Theme, open_menu: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._open_menu = open_menu
        self._token = "accent"
        self.setFixedSize(_DOT_WIDTH, TITLE_HEIGHT - 1)
        theme.changed.connect(self.update)

    def set_link(self, colour: str) -> None:
        self._token = LINK_COLOURS[colour]
        self.setToolTip(f"Link group {colour}: panels of one colour follow one instrument")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._token))
        painter.drawEllipse(QPointF(12, self.height() / 2), 3.5, 3.5)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._open_menu()


class Subtitle(QWidget):
    """Second text beside the title, cut with an ellipsis where room is short; takes the room that is left."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # the empty title bar is where an area is dragged
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        # what is beside it in the bar shares only the room that the text leaves
        return QSize(round(self._theme.width("text", self._text)) + 9 if self._text else 0, TITLE_HEIGHT - 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def set_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter = QPainter(self)
        ink = Ink(painter, self._theme)
        text = ink.elided("text", self._text, self.width() - 8)
        ink.left("text", 4, self._theme.baseline("text", 0, self.height() + 2), text, "second")
        painter.end()


class DockTitle:
    """What is put into one area's title bar. `show_panel` is called whenever another tab comes to the top."""

    def __init__(self, theme: Theme, fill_menu: FillMenu, parent: QWidget) -> None:
        self._theme = theme
        self._fill_menu = fill_menu
        self._panel: Panel | None = None
        self._tools: QWidget | None = None
        self.dot = LinkDot(theme, self.open_menu, parent)
        self.dot.hide()
        self.subtitle = Subtitle(theme, parent)
        self.corner = QWidget(parent)
        layout = QHBoxLayout(self.corner)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(2)
        self._layout = layout
        self.menu_button = QToolButton(self.corner)
        self.menu_button.setProperty("kind", "tool")
        self.menu_button.setObjectName("panel_menu_button")
        self.menu_button.setAccessibleName("Panel menu")
        self.menu_button.setIconSize(QSize(16, 16))
        self.menu_button.setFixedSize(24, 22)
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_button.clicked.connect(self.open_menu)
        layout.addWidget(self.menu_button)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.menu_button.setIcon(self._theme.icon("ellipsis"))

    def show_panel(self, name: str, title: str, panel: Panel | None) -> None:
        """Turn to the panel on top; None while it has not been made."""
        self.menu_button.setObjectName(f"{name}_menu_button")
        self.menu_button.setAccessibleName(f"{title} panel menu")
        if panel is self._panel and panel is not None:
            return
        self._forget_panel()
        self._panel = panel
        self.dot.setVisible(panel is not None and panel.is_linked)
        self.subtitle.set_text("" if panel is None else panel.subtitle)
        if panel is None:
            return
        self.dot.set_link(panel.link)
        panel.title_changed.connect(self.subtitle.set_text)
        panel.link_changed.connect(self.dot.set_link)
        tools = panel.title_widget()
        if tools is not None:
            self._layout.insertWidget(0, tools)
            tools.show()
            self._tools = tools

    def set_alone(self, alone: bool) -> None:
        """A title that is no tab among others stands closer to its dot."""
        self.dot.setFixedWidth(_DOT_WIDTH_ALONE if alone else _DOT_WIDTH)

    def _forget_panel(self) -> None:
        if self._panel is not None:
            self._panel.title_changed.disconnect(self.subtitle.set_text)
            self._panel.link_changed.disconnect(self.dot.set_link)
        if self._tools is not None:
            self._layout.removeWidget(self._tools)
            # the panel owns its controls and shows them again when its tab comes back
            self._tools.hide()
            self._tools.setParent(self._panel)
            self._tools = None

    def open_menu(self) -> None:
        menu = QMenu(self.menu_button)
        menu.setObjectName("panel_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_menu(menu)
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))
