"""Progress: every second between reports belongs to one stage."""

from __future__ import annotations

import pytest

from nmc_mesh.progress import Stopwatch


def test_a_stopwatch_gives_every_second_to_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 3.0, 7.0, 8.0, 16.0])
    monkeypatch.setattr("nmc_mesh.progress.time.perf_counter", lambda: next(times))
    heard: list[tuple[str, float]] = []
    watch = Stopwatch(lambda stage, done: heard.append((stage, done)))
    reports = [("a", 0.0), ("a", 0.5), ("a", 1.0), ("b", 0.0), ("b", 1.0)]
    for stage, done in reports:
        watch(stage, done)
    assert watch.seconds == {"a": 2.0 + 4.0 + 1.0, "b": 8.0}
    assert heard == reports
