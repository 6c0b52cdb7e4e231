"""The whole window, with every panel in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.processes import Program, Simulator
from tests.end_to_end.test_trading import is_live

pytestmark = pytest.mark.window


def test_every_control_has_an_object_name_and_an_accessible_name(
    simulator: Simulator, start_program: Callable[..., Program]
) -> None:
    program = start_program(simulator)
    program.until(is_live)
    found = program.do("controls")
    assert found["count"] > 40
    assert found["nameless"] == [], "\n".join(found["nameless"])
