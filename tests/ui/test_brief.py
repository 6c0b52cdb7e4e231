"""Long explanations are cut to what matters."""

from __future__ import annotations

import pytest

from terminal.ui.brief import brief_progress, brief_reason, brief_text


@pytest.mark.parametrize(
    ("reason", "brief"),
    [
        ("no connection: [Errno 111] Connect call failed ('127.0.0.1', 80)", "no connection"),
        ("no heartbeat", "no heartbeat"),
    ],
)
def test_a_reason_is_its_first_clause(reason: str, brief: str) -> None:
    assert brief_reason(reason) == brief


@pytest.mark.parametrize(
    ("progress", "brief"),
    [
        ("no answer: the connection was lost: reset, try 2, next in 3 s", "no answer, try 2, next in 3 s"),
        ("asking the venue, try 2", "asking the venue, try 2"),
        ("listing", "listing"),
    ],
)
def test_progress_keeps_what_comes_next(progress: str, brief: str) -> None:
    assert brief_progress(progress) == brief


def test_a_long_text_is_cut_between_words() -> None:
    text = "one two three four"
    assert brief_text(text, 40) == text
    assert brief_text(text, 12) == "one two …"
