"""Whole sections set the scales of a network."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.calibration.finish import TABLE, Scales, _Problem, finished
from nmc_mesh.calibration.law_objective import whitening
from nmc_mesh.calibration.network import NetworkShape
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.parallel import set_threads
from nmc_mesh.sections.section import Section
from tests.calibration.cuts import PIXEL, TRUTH


def untrained() -> GrainModel:
    shape = NetworkShape((16, 8))
    law = shape.law(shape.start(np.random.default_rng(0)), PIXEL)
    return GrainModel(TRUTH.intensity, law, 1.0)


def pattern(count: int = 3000) -> SeedPattern:
    rng = np.random.default_rng(1)
    half = 0.5 * (count / TRUTH.intensity) ** (1 / 3)
    seeds = rng.uniform(-half, half, (count, 3))
    return SeedPattern(seeds, rng.random((count, 2)), rng.uniform(0, np.pi, count))


def test_scales_shift_and_stretch_the_outputs(sections: list[Section]) -> None:
    model = untrained()
    assert isinstance(model.marks, NetworkMarkLaw)
    problem = _Problem(model, model.marks, sections[:2], np.random.default_rng(0))
    at = pattern()
    every = np.arange(len(at.seeds))
    before = model.marks.outputs(at, every)
    scales = Scales(0.0, -0.5, 0.25, 1.0, np.log(2.0), 0.0, np.log(3.0))
    after = problem.law(scales).outputs(at, every)
    shift, gain = after.mean(axis=0) - before.mean(axis=0), after.std(axis=0) / before.std(axis=0)
    np.testing.assert_allclose(gain, [2.0, 1.0, 1.0, 3.0], rtol=5e-3)
    # The mean is that of the seeds near the sections, not of these, so gains move it a little.
    np.testing.assert_allclose(shift, [-0.5, 0.25, 0.25, 1.0], atol=0.06)


def test_whole_sections_tell_an_untrained_network_the_direction(
    sections: list[Section],
) -> None:
    model = untrained()
    found, figures = finished(model, sections, 3, 0)
    rng = np.random.default_rng(0)
    one, two = (
        np.log(each.marks(pattern(), rng).diagonals).mean(axis=0) for each in (model, found)
    )
    true = np.log(1.5 / 5.0)
    assert abs(one[0] - one[1:].mean()) < 0.3
    assert two[0] - two[1:].mean() == pytest.approx(true, abs=0.4)
    assert found.intensity == pytest.approx(TRUTH.intensity, rel=0.25)
    assert figures["whitened"][-1] < 0.5 * figures["whitened"][0]


def test_no_rounds_change_nothing(sections: list[Section]) -> None:
    model = untrained()
    assert finished(model, sections, 0, 0) == (model, {})


def test_the_same_seed_finishes_alike_on_any_number_of_threads(
    sections: list[Section],
) -> None:
    model = untrained()
    one, _ = finished(model, sections[:2], 1, 5)
    set_threads(1)
    try:
        two, _ = finished(model, sections[:2], 1, 5)
    finally:
        set_threads(None)
    assert one == two


def test_whitened_differences_scatter_alike() -> None:
    rng = np.random.default_rng(0)
    mixed = rng.standard_normal((400, 5)) @ rng.standard_normal((5, 5))
    white = np.linalg.eigvalsh(np.cov(whitening(mixed) @ mixed.T))
    own = np.linalg.eigvalsh(np.cov(mixed.T))
    np.testing.assert_allclose(white, own / (own + 0.3 * own.mean()), rtol=1e-9)


def test_the_start_is_the_trained_network() -> None:
    low, high, deviation = TABLE.T
    assert (low < 0).all()
    assert (high > 0).all()
    assert (deviation < high - low).all()
