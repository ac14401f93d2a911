"""A grain stays if its centre of mass lies inside the shell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.keep import centres_of_mass, kept_grains, kept_together
from nmc_mesh.particle.model import load_model


def cubes(count: int, size: float) -> GBPD:
    """Voronoi diagram of a cubic lattice: cell i is the cube of edge ``size`` around seed i."""
    axis = size * (np.arange(count) - 0.5 * (count - 1))
    seeds = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return GBPD(seeds, np.broadcast_to(np.eye(3), (len(seeds), 3, 3)), np.zeros(len(seeds)))


def test_cubes_have_their_seed_as_centre_and_their_edge_cubed_as_volume():
    gbpd = cubes(6, 0.4)
    centres, volumes = centres_of_mass(gbpd, [-1.2] * 3, [1.2] * 3, 0.05)
    np.testing.assert_allclose(centres, gbpd.seeds, atol=1e-12)
    np.testing.assert_allclose(volumes, 0.4**3)


def test_centres_in_a_half_space_are_known():
    """Two seeds, a box of 2 x 1 x 1: the parts on either side of x = 0.25 (Laguerre)."""
    gbpd = GBPD([[-0.5, 0, 0], [0.5, 0, 0]], [np.eye(3)] * 2, [0.5, 0.0])
    centres, volumes = centres_of_mass(gbpd, [-1, -0.5, -0.5], [1, 0.5, 0.5], 0.05)
    np.testing.assert_allclose(centres, [[-0.375, 0, 0], [0.625, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(volumes, [1.25, 0.75])


def test_a_cell_without_a_voxel_has_no_centre():
    gbpd = GBPD([[0, 0, 0], [9, 0, 0]], [np.eye(3)] * 2, [0.0, 0.0])
    centres, volumes = centres_of_mass(gbpd, [-1] * 3, [1] * 3, 0.5)
    assert np.isnan(centres[1]).all()
    assert volumes.tolist() == [8.0, 0.0]


def test_the_error_of_a_centre_falls_with_the_spacing():
    rng = np.random.default_rng(0)
    n = 300
    gbpd = GBPD.radial(
        rng.uniform(-1, 1, (n, 3)), rng.uniform(1, 10, (n, 3)), rng.uniform(0, 3, n), np.zeros(n)
    )
    centres = [centres_of_mass(gbpd, [-0.8] * 3, [0.8] * 3, h)[0] for h in (0.08, 0.04, 0.01)]
    errors = [np.nanmedian(np.linalg.norm(c - centres[2], axis=1)) for c in centres[:2]]
    rate = np.log2(errors[0] / errors[1])
    assert 1.5 < rate < 3.0


def test_lattice_cubes_stay_if_their_centre_is_in_the_ball():
    gbpd = cubes(12, 0.3)
    shell = StarShape.ball(1.0)
    expected = np.flatnonzero(np.linalg.norm(gbpd.seeds, axis=1) <= 1.0)
    assert kept_grains(gbpd, shell, 0.05).tolist() == expected.tolist()


def test_the_choice_does_not_depend_on_the_first_window(monkeypatch):
    rng = np.random.default_rng(1)
    n = 1500
    gbpd = GBPD.radial(
        rng.uniform(-2, 2, (n, 3)), [[1.0, 10.0, 10.0]] * n, np.zeros(n), np.zeros(n)
    )
    shell = StarShape.ball(0.8)
    kept = kept_grains(gbpd, shell, 0.04)
    monkeypatch.setattr("nmc_mesh.particle.keep._MARGIN", 0.0)
    assert kept_grains(gbpd, shell, 0.04).tolist() == kept.tolist()
    assert len(kept) > 30


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_grains_cut_by_any_side_of_the_first_window_are_seen_whole(axis, monkeypatch):
    """Bricks 0.3 x 0.3 x 1.2, whose ends stand out of the first window but not of the second."""
    monkeypatch.setattr("nmc_mesh.particle.keep._MARGIN", 0.0)
    stretch = np.ones(3)
    stretch[axis] = 4.0
    lattice = cubes(12, 0.3).seeds * stretch
    gbpd = GBPD(lattice, np.broadcast_to(np.eye(3), (len(lattice), 3, 3)), np.zeros(len(lattice)))
    expected = np.flatnonzero(np.linalg.norm(lattice, axis=1) <= 0.966)
    assert kept_grains(gbpd, StarShape.ball(0.966), 0.025).tolist() == expected.tolist()


def test_threads_do_not_change_a_byte():
    gbpd = cubes(9, 0.31)
    results = []
    try:
        for threads in (1, 2):
            set_threads(threads)
            centres, volumes = centres_of_mass(gbpd, [-1] * 3, [1] * 3, 0.02)
            results.append(centres.tobytes() + volumes.tobytes())
    finally:
        set_threads(None)
    assert results[0] == results[1]


def test_a_diagram_that_does_not_surround_the_shell_is_refused():
    gbpd = GBPD(np.zeros((1, 3)), [np.eye(3)], [0.0])
    with pytest.raises(InputError, match="has no end"):
        kept_grains(gbpd, StarShape.ball(1.0), 0.5)


def test_bad_boxes_are_refused():
    gbpd = cubes(2, 1.0)
    with pytest.raises(InputError, match="upper > lower"):
        centres_of_mass(gbpd, [0, 0, 0], [1, -1, 1], 0.1)
    with pytest.raises(InputError, match="spacing"):
        centres_of_mass(gbpd, [0, 0, 0], [1, 1, 1], 0.0)


def with_a_ball(place: float) -> GBPD:
    """Cubes of 1.2 um, and a ball of 0.1 um in their midst on the x axis."""
    cells = cubes(5, 1.2)
    near = min((place - x) ** 2 for x in (0.0, 1.2))
    return GBPD(
        [*cells.seeds, [place, 0, 0]],
        [*cells.matrices, 400 * np.eye(3)],
        [*cells.offsets, 400 * 0.1**2 - near],
    )


def test_a_grain_that_touches_no_other_is_left_out() -> None:
    """The cubes beside the middle one go, as their centres lie outside, and so does what is in."""
    shell, middle, ball = StarShape.ball(1.0), 62, 125
    apart = kept_together(with_a_ball(0.85), shell, 0.05)
    assert apart.grains.tolist() == [middle]
    assert apart.loose.tolist() == [ball]
    np.testing.assert_allclose(apart.centres, [[0.85, 0, 0]], atol=0.02)
    beside = kept_together(with_a_ball(0.6), shell, 0.05)
    assert beside.grains.tolist() == [middle, ball]
    assert len(beside.loose) == 0


class OneDraw:
    """A law that always draws the same cells."""

    grain_size = 0.4

    def __init__(self, cells: GBPD) -> None:
        self.cells = cells

    def sample(self, window_half: float, rng: np.random.Generator) -> GBPD:
        return self.cells


def test_a_particle_tells_which_grains_it_leaves_out() -> None:
    model = replace(load_model("nmc-equiaxed"), grains=OneDraw(with_a_ball(0.85)), texture=None)
    with pytest.warns(UserWarning, match="none of the others that stay: 1, with centres at 0.85"):
        particle = model.fill(StarShape.ball(1.0), np.random.default_rng(0))
    assert particle.n_grains == 1
    np.testing.assert_allclose(particle.provenance["loose_grains"], [[0.85, 0, 0]], atol=0.03)
