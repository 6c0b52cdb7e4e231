"""Background work is kept, and its failures are told."""

from __future__ import annotations

import asyncio

import pytest

from terminal.ui.tasks import Tasks


async def test_a_result_is_handed_back() -> None:
    async def work() -> int:
        return 7

    tasks = Tasks()
    assert await tasks.start(work(), "count") == 7
    assert tasks.running == 0


async def test_a_failure_is_reported_with_the_name_of_the_work(caplog: pytest.LogCaptureFixture) -> None:
    reported: list[tuple[str, str]] = []

    async def work() -> None:
        raise ValueError("no room")

    tasks = Tasks(lambda name, error: reported.append((name, str(error))))
    task = tasks.start(work(), "export")
    await asyncio.wait({task})
    await asyncio.sleep(0)
    assert reported == [("export", "no room")]
    assert "export failed" in caplog.text


async def test_closing_ends_what_still_runs_and_reports_nothing() -> None:
    reported: list[str] = []
    tasks = Tasks(lambda name, error: reported.append(name))
    task = tasks.start(asyncio.Event().wait(), "wait for ever")
    await tasks.close()
    assert task.cancelled()
    assert (reported, tasks.running) == ([], 0)
