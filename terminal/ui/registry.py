"""The panels that the window can open: by name, with the factory that makes each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from terminal.ui.panel import Panel, PanelContext

Factory = Callable[[PanelContext], Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSpec:
    """`name` is the panel's place in layouts ("chart"); `may_repeat` allows several instances."""

    name: str
    title: str
    factory: Factory
    may_repeat: bool = False


def lazily(module: str, widget: str) -> Factory:
    """Return a factory that imports `module` only when the panel is made, so that the first frame waits for none."""

    def make(context: PanelContext) -> Panel:
        panel = getattr(import_module(module), widget)(context)
        if not isinstance(panel, Panel):
            raise TypeError(f"{module}.{widget} is not a Panel")
        return panel

    return make
