"""Prescribed grains: size, elongation and scatter come out in space, within 2 %."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.grains.prescribed import (
    ASPECTS,
    DIAMETERS,
    OFFSETS,
    RATIOS,
    SPREADS,
    prescribed_grains,
)
from nmc_mesh.validation.grains import draw_ball


@pytest.mark.parametrize(("size", "aspect", "scatter"), [(0.5, 3.0, 0.4), (1.3, 1.6, 0.22)])
def test_targets_are_met_in_space(size: float, aspect: float, scatter: float) -> None:
    """Over fresh seeds: three balls of 11,000 grains, measured voxel by voxel."""
    model = prescribed_grains(size, aspect, scatter)
    figures = []
    for seed in (101, 102, 103):
        radius = 14 * model.grain_size
        shapes = draw_ball(model, radius, np.random.default_rng(seed)).shapes
        diameters = np.cbrt(6 * shapes.volumes / np.pi)
        mean = diameters.mean()
        figures.append([mean, shapes.elongations.mean(), diameters.std() / mean])
    np.testing.assert_allclose(np.mean(figures, axis=0), [size, aspect, scatter], rtol=0.02)


def test_a_size_scales_the_law_and_nothing_else() -> None:
    small, large = (prescribed_grains(size, 2.0, 0.3) for size in (0.5, 1.0))
    assert large.grain_size / small.grain_size == pytest.approx(2.0)
    assert large.marks.diagonal == small.marks.diagonal
    assert large.marks.offset[1] / small.marks.offset[1] == pytest.approx(4.0)
    assert prescribed_grains(0.5, 2.0, 0.3) == small


def test_out_of_reach_says_what_can_be_had() -> None:
    with pytest.raises(InputError, match=r"cv of 0\.1 .* 0\.1\d+ to 0\.4"):
        prescribed_grains(0.5, 2.0, 0.1)
    with pytest.raises(InputError, match=r"cv of 0\.9"):
        prescribed_grains(0.5, 2.0, 0.9)
    with pytest.raises(InputError, match=r"elongation of 9 .* 1\.3\d to 4"):
        prescribed_grains(0.5, 9.0, 0.3)
    with pytest.raises(InputError, match=r"elongation of nan"):
        prescribed_grains(0.5, np.nan, 0.3)
    with pytest.raises(InputError, match="grain size"):
        prescribed_grains(0.0, 2.0, 0.3)


def test_the_tables_are_whole_and_rise() -> None:
    for table in (DIAMETERS, ASPECTS, SPREADS):
        assert np.shape(table) == (len(RATIOS), len(OFFSETS))
    assert (np.diff(SPREADS, axis=1) > 0).all()
    assert (np.diff(ASPECTS, axis=0) > 0).all()
