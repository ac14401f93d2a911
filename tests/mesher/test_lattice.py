"""The A15 lattice: its tetrahedra fit, are alike everywhere and have no right angle."""

from __future__ import annotations

import numpy as np

from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesher.cleave import NO_ANCHORS, cleave_lattice
from nmc_mesh.mesher.components import cell_volumes
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.lattice import lattice_over
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.progress import silent
from tests.mesher.test_cleave import assert_conforming
from tests.mesher.test_second_order import ball

A = 0.15


def test_cells_inside_a_grain_are_acute_and_twelve_per_cube_of_the_size() -> None:
    lower, upper = ball(1.0).bounds()
    field = exact_field(ball(1.0), lower - 4 * A, upper + 4 * A, A)
    soup = cleave_lattice(field, lattice_over(lower, upper, A), NO_ANCHORS, silent)
    assert_conforming(soup)
    deep = (np.linalg.norm(soup.points, axis=1) < 0.6)[soup.cells].all(axis=1)
    volumes = cell_volumes(soup.points, soup.cells[deep])
    share = np.sort(volumes) / (A**3 * 46 / 12 / 384)
    np.testing.assert_allclose(np.unique(share.round(9)), [8.0, 9.0], rtol=1e-9)
    assert abs(volumes.mean() / (A**3 / 12) - 1) < 0.01
    mesh = tetrahedralize(ball(1.0), A)
    untouched = (np.linalg.norm(mesh.points, axis=1) < 0.6)[mesh.cells].all(axis=1)
    found = quality(mesh)
    low, high = np.degrees([found.smallest_angle[untouched], found.largest_angle[untouched]])
    assert ((low > 53) & (high < 79)).mean() > 0.5


def test_the_lattice_holds_the_neighbours_of_all_that_may_touch_a_grain() -> None:
    rng = np.random.default_rng()
    for _ in range(20):
        lower = rng.uniform(-3, 3, 3)
        upper = lower + rng.uniform(0, 2, 3)
        grid = lattice_over(lower, upper, A)
        # It lies where it does whatever the box.
        np.testing.assert_allclose(grid.lower / grid.step, np.rint(grid.lower / grid.step))
        first = np.floor((lower - 0.45 * A - 0.5 * grid.step - grid.lower) / grid.step)
        last = np.floor((upper + 0.45 * A - grid.lower) / grid.step)
        assert (first >= 1).all()
        assert (last <= grid.shape - 3).all()
