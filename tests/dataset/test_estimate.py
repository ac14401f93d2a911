"""Estimates: how cost grows, what calibration does, how near they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from nmc_mesh.dataset.calibrate import calibrated, probes
from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.estimate import Cost, Estimator, Scale, diameters
from nmc_mesh.dataset.make import make
from nmc_mesh.particle.model import load_model
from tests.dataset.plans import MESHES, VOXELS, recipe_of, shipped


def test_cost_grows_as_it_should() -> None:
    estimate = Estimator(shipped(VOXELS, "[meshes]\nsize = 0.1\n"))
    small, fine, large = (
        estimate(Item(0, "nmc-radial", diameter, spacing, size))
        for diameter, spacing, size in ((4.0, 0.1, 0.1), (4.0, 0.05, 0.05), (8.0, 0.1, 0.1))
    )
    assert fine.voxel_count == pytest.approx(8 * small.voxel_count)
    assert fine.cells == pytest.approx(8 * small.cells)
    assert large.grains == pytest.approx(8 * small.grains)
    assert large.memory > small.memory
    assert small.seconds < fine.seconds
    assert small.files == 4
    total = estimate.total(iter([Item(0, "nmc-radial", 4.0, 0.1, 0.1)] * 3))
    assert total.seconds == pytest.approx(3 * small.seconds)
    assert total.memory == small.memory
    half = Estimator(estimate.recipe, Scale(draw=0.5, bytes=2.0))
    assert half(Item(1, "nmc-radial", 4.0, 0.1, 0.1)).bytes == pytest.approx(2 * small.bytes)


def test_counts_are_near_the_truth(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS, MESHES, diameter="2.0", number=3)
    costs, records = [], []
    for k in range(3):
        item = recipe.designer[k]
        costs.append(Estimator(recipe)(item))
        records.append(make(recipe, item, tmp_path / "d"))
    expected = costs[0] + costs[1] + costs[2]
    found = [record["quality"] for record in records]
    assert sum(q["grains"] for q in found) == pytest.approx(expected.grains, rel=0.15)
    assert sum(q["cells"] for q in found) == pytest.approx(expected.cells, rel=0.3)
    stored = sum(size for record in records for _, size in record["files"].values())
    assert stored == pytest.approx(expected.bytes, rel=0.5)
    assert sum(len(record["files"]) for record in records) == expected.files


def test_calibration_scales_to_what_was_measured(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS, number=9)
    items = probes(recipe, 2, 100.0)
    assert len(items) == 2
    scale, records = calibrated(recipe, items, tmp_path)
    assert len(records) == 2
    expected = Cost()
    for item in items:
        expected += Estimator(recipe, scale)(item)
    stored = sum(size for record in records for _, size in record["files"].values())
    assert expected.bytes == pytest.approx(stored)
    assert expected.draw == pytest.approx(sum(record["seconds"]["draw"] for record in records))
    assert not list(tmp_path.glob(".calibrate-*"))


def test_probes_stay_within_their_budget_but_there_is_one(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS, number=9)
    (cheapest,) = probes(recipe, 5, 0.0)
    assert cheapest.diameter == min(item.diameter or 0.0 for item in recipe.designer)


def test_drawn_diameters_have_a_mean_and_a_bound() -> None:
    model = load_model("nmc-radial")
    assert diameters(model, 3.0) == (3.0, 3.0)
    mean, bound = diameters(model, None)
    assert 3.0 < mean < 5.5
    assert 1.2 * mean < bound < 4 * mean
