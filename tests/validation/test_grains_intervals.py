"""Figures in space from samples, their intervals, and how often these hold the truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from nmc_mesh.calibration import posterior as stages
from nmc_mesh.cli.main import run
from nmc_mesh.typing import Floats
from nmc_mesh.validation import grains_coverage, grains_intervals
from nmc_mesh.validation.grains import draw_ball, figures, joined
from nmc_mesh.validation.grains_coverage import coverages, halves, run_coverage
from nmc_mesh.validation.grains_intervals import (
    LEVELS,
    Interval,
    intervals,
    model_figures,
    widened,
)
from nmc_mesh.validation.grains_population import (
    INSIDE,
    LAYERS,
    OUTSIDE,
    Hidden,
    hidden_layer,
    hidden_truth,
)
from nmc_mesh.validation.grains_samples import FIGURES, figures_of, stratified, strewn
from nmc_mesh.validation.grains_trials import TrialFile
from nmc_mesh.validation.grains_truths import TRUTHS
from tests.calibration.cuts import TRUTH, cut_sections


@pytest.mark.parametrize("name", ["plates", "graded"])
def test_samples_agree_with_whole_balls(name: str) -> None:
    model, rng = TRUTHS[name].model, np.random.default_rng(1)
    samples = strewn(model, 3.0, stratified(40, rng), 3.0, rng)
    each = figures_of(samples.together.measures(), np.array([model.grain_size]))
    balls = [draw_ball(model, 3.0, rng, 6) for _ in range(2)]
    known = figures(joined([ball.shapes for ball in balls]))
    grains = sum(len(ball.kept) for ball in balls)
    known["volume"] = sum(ball.seeds for ball in balls) / grains / model.intensity
    for figure, tolerance in (
        ("volume", 0.02), ("volume_cv", 0.09), ("elongation", 0.03), ("flatness", 0.03),
        ("radial_angle", 0.12),
    ):  # fmt: skip
        assert each[figure][0] == pytest.approx(known[figure], rel=tolerance), figure
    assert each["number_density"][0] * each["volume"][0] == pytest.approx(1.0)


def test_boundaries_of_poisson_voronoi_cells() -> None:
    """S_V = 2.91 mu^(1/3) (Meijering 1953)."""
    from nmc_mesh.grains.marks import RadialMarkLaw
    from nmc_mesh.grains.model import GrainModel

    law = RadialMarkLaw((1.0, 1.0, 1.0), 0.0, (0.0, 0.0), (1.0, 10.0), (0.0, 1.0))
    rng = np.random.default_rng(2)
    samples = strewn(GrainModel(1.0, law, 1.0), 10.0, stratified(30, rng), 3.0, rng)
    density = figures_of(samples.together.measures(), np.ones(1))["boundary_density"][0]
    assert density == pytest.approx(2.91, rel=0.02)


def test_an_interval_grows_by_scatter_of_its_own() -> None:
    interval = Interval.of(np.exp(np.random.default_rng(0).normal(0.0, 0.1, 200_000)))
    np.testing.assert_allclose(np.log(interval), [-0.1645, 0.0, 0.1645], atol=3e-3)
    normal = np.exp(0.1 * ndtri(LEVELS))
    np.testing.assert_allclose(Interval.among(normal), interval, atol=3e-3)
    np.testing.assert_allclose(widened(normal, 0.0), normal)
    np.testing.assert_allclose(widened(normal, 0.1), normal ** np.sqrt(2))


def test_intervals_of_sections_and_what_one_more_would_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = (stages.Stage(32, np.inf), stages.Stage(60, 3.0))
    monkeypatch.setattr(stages.posterior, "__defaults__", (False, stages.silent, few, False))
    central = cut_sections(TRUTH, [0.0] * 2)
    result = intervals(central, 0)
    assert set(result.figures) == set(FIGURES)
    known = model_figures(TRUTH, central, 0)
    inside = sum(i.low <= known[name] <= i.high for name, i in result.figures.items())
    assert inside >= 5
    assert all(0 < share <= 1 for share in result.narrower.values())
    assert json.loads(json.dumps(result.facts()))["level"] == 0.9


def test_a_section_that_tells_what_was_open_makes_it_narrower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two numbers the sections tell one, the further section both: the prior's 1 to 0.5."""
    rng = np.random.default_rng(0)
    design = rng.standard_normal((600, 2))
    own = design[:, :1] + 0.1 * rng.standard_normal((600, 1))
    further = design + np.sqrt(1 / 3) * rng.standard_normal((600, 2))
    found = stages.Posterior(None, design, design, own, 1.0, 1.0, further)  # type: ignore[arg-type]

    def figures_by_name(_: object, __: object, values: Floats) -> dict[str, Floats]:
        return {"volume": np.exp(values[:, 0]), "flatness": np.exp(values[:, 1])}

    monkeypatch.setattr(grains_intervals, "_figures", figures_by_name)
    shares = grains_intervals._narrower(found, None)  # type: ignore[arg-type]
    assert shares["flatness"] == pytest.approx(0.5, abs=0.05)
    assert shares["volume"] > 0.95
    assert grains_intervals._narrower(replace(found, further=None), None) == {}  # type: ignore[arg-type]


def test_the_population_has_every_kind_by_turns() -> None:
    every = [hidden_truth(k) for k in range(16)]
    assert [each.kind for each in every[:8]] == [*INSIDE, *OUTSIDE]
    assert all(3 <= len(each.heights) <= 12 for each in every)
    assert {any(each.heights) for each in every} == {True, False}
    assert hidden_truth(3).model == hidden_truth(3).model
    assert hidden_truth(0, 1).radius != hidden_truth(0).radius
    sections = hidden_truth(2).sections(0)
    assert len(sections) == len(hidden_truth(2).heights)
    assert all(section.done.neighbours == 4 for section in sections)


def test_the_population_below_shells_has_particles_of_several_sizes() -> None:
    every = [hidden_layer(k) for k in range(8)]
    assert [each.kind for each in every[:4]] == [*LAYERS, *LAYERS]
    assert all(each.below_shell and max(each.radii) == each.radius for each in every)
    assert {any(each.heights) for each in every} == {True, False}
    sections = every[0].sections(0)
    sizes = [section.radius for section in sections]
    np.testing.assert_allclose(sizes, every[0].radii, rtol=0.15)


def trial(number: int, kind: str, truth: float) -> dict[str, Any]:
    return {
        "coverage": number,
        "seed": 0,
        "population": "distance",
        "kind": kind,
        "truth": dict.fromkeys(FIGURES, truth),
        "quantiles": {figure: (1.0 + (LEVELS - 0.5) / 4.5).tolist() for figure in FIGURES},
    }


def test_intervals_that_hold_are_counted() -> None:
    trials = [trial(k, "flat" if k % 2 else "heavy", 1.0 + 0.2 * (k < 3)) for k in range(20)]
    rows = {(row.figure, row.group): row for row in coverages(trials, {})}
    assert (rows["volume", "all"].held, rows["volume", "all"].trials) == (17, 20)
    assert (rows["volume", "inside"].held, rows["volume", "outside"].held) == (9, 8)
    # Clopper and Pearson's interval of 17 in 20, a table's.
    assert rows["volume", "all"].low == pytest.approx(0.621, abs=1e-3)
    assert rows["volume", "all"].high == pytest.approx(0.968, abs=1e-3)
    assert rows["volume", "all"].width == pytest.approx(0.2)
    assert rows["volume", "flat"].trials == 10
    wider = coverages(trials, dict.fromkeys(FIGURES, 0.2))
    assert {row.held for row in wider if row.group == "all"} == {20}


def test_ranks_of_truths_in_their_posterior() -> None:
    every = 1.0 + (np.arange(40) - 19.5) / 180
    rows = coverages([trial(k, "flat", value) for k, value in enumerate(every)], {})
    assert rows[0].ranks == (5,) * 8
    assert rows[0].uniform == pytest.approx(1.0)
    rows = coverages([trial(k, "flat", 1.2) for k in range(40)], {})
    assert rows[0].ranks == (0,) * 7 + (40,)
    assert rows[0].uniform < 1e-6


def test_scatter_is_set_by_one_half_and_tried_on_the_other() -> None:
    """Normal posteriors of deviation 0.03 for truths that scatter by 0.05: 0.04 is left out."""
    rng = np.random.default_rng(0)
    trials = [trial(k, "flat", float(np.exp(0.05 * rng.standard_normal()))) for k in range(1600)]
    for each in trials:
        each["quantiles"] = dict.fromkeys(FIGURES, np.exp(0.03 * ndtri(LEVELS)).tolist())
    first, second = (row for row in halves(trials) if row.figure == "volume")
    assert (first.fitted, first.tested, first.half) == (800, 800, "first")
    assert first.needed == pytest.approx(0.04, abs=0.004)
    assert second.needed == pytest.approx(0.04, abs=0.004)
    assert first.held / first.tested == pytest.approx(0.9, abs=0.03)
    assert halves(trials[:8]) == []


def test_the_command_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[int] = []

    def quick(truth: Hidden, number: int, seed: int) -> dict[str, Any]:
        made.append(number)
        return trial(number, truth.kind, 1.0)

    monkeypatch.setattr(grains_coverage, "_trial", quick)
    place = tmp_path / "coverage.json"
    assert run(["validate", "grains", "--coverage", "2", "-o", str(place), "-q"]) == 0
    assert run(["validate", "grains", "--coverage", "3", "-o", str(place)]) == 0
    assert made == [0, 1, 2]
    assert "100 % (29-100)" in capsys.readouterr().out
    facts = json.loads(place.read_text())
    assert len(facts["trials"]) == 3
    assert facts["coverage"][0]["held"] == 3
    kept = TrialFile(place.with_suffix(".jsonl"))
    assert len(run_coverage(3, 0, kept)) == 3
    assert made == [0, 1, 2]


def test_coverage_goes_with_no_other_work(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["validate", "grains", "--coverage", "2", "-o", "c.json", "-q"]
    assert run([*command, "--truth", "weak"]) == 3
    assert "--truth or --coverage" in capsys.readouterr().err
    assert run([*command[:-2], "c.png"]) == 3
    assert ".json" in capsys.readouterr().err


def test_every_figure_has_its_scatter() -> None:
    assert set(grains_intervals.DISCREPANCY) == set(FIGURES)
