"""Labels of a GBPD are exact: they equal the comparison of every point with every seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.parallel import set_threads

PIXEL = 0.05


def brute_force(gbpd: GBPD, points: np.ndarray) -> np.ndarray:
    everybody = np.arange(len(gbpd))
    pieces = np.array_split(points, max(1, len(points) * len(gbpd) // 500_000))
    return np.concatenate(
        [gbpd.costs(piece[:, None], everybody).argmin(axis=1) for piece in pieces]
    )


def random_diagram(
    rng: np.random.Generator, n: int, half: float, dim: int = 3, extreme: bool = False
) -> GBPD:
    seeds = rng.uniform(-half, half, (n, dim))
    if extreme:
        diagonals = rng.choice([1.0, 10.0], (n, dim))
        offsets = rng.choice([0.0, 50 * PIXEL**2], n)
    else:
        diagonals = rng.uniform(1, 10, (n, dim))
        offsets = rng.uniform(0, 50 * PIXEL**2, n)
    turns = rng.uniform(0, np.pi, n) if dim == 3 else None
    return GBPD.radial(seeds, diagonals, turns, offsets)


@pytest.mark.parametrize("extreme", [False, True])
@pytest.mark.parametrize("dim", [2, 3])
def test_a_hundred_thousand_points_equal_brute_force(dim, extreme):
    rng = np.random.default_rng(dim)
    gbpd = random_diagram(rng, 250, 1.3, dim, extreme)
    points = rng.uniform(-2, 2, (100_000, dim))
    points[:500] *= 1e3
    assert (gbpd.labels(points) == brute_force(gbpd, points)).all()


@pytest.mark.parametrize("dim", [2, 3])
def test_equal_marks_give_the_voronoi_diagram(dim):
    rng = np.random.default_rng(7)
    seeds = rng.uniform(-1, 1, (2000, dim))
    gbpd = GBPD(seeds, np.broadcast_to(3.0 * np.eye(dim), (2000, dim, dim)), np.full(2000, 0.01))
    points = rng.uniform(-1.2, 1.2, (50_000, dim))
    assert (gbpd.labels(points) == cKDTree(seeds).query(points)[1]).all()


def test_larger_offset_moves_the_boundary_of_a_laguerre_pair_as_theory_says():
    gbpd = GBPD([[0, 0, 0], [2, 0, 0]], [np.eye(3)] * 2, [0.5, 0.0])
    # |x|^2 - 0.5 = |x - 2 e1|^2 at x1 = (4 + 0.5) / 4
    sides = gbpd.labels(np.array([[1.1249, 5, 0], [1.1251, -5, 0]]))
    assert sides.tolist() == [0, 1]


@given(
    places=st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=1, max_size=40),
    choice=st.integers(0, 2**32 - 1),
)
def test_ties_go_to_the_lowest_seed(places, choice):
    """Seeds and points on a lattice, coincident seeds included: ties everywhere, exactly."""
    rng = np.random.default_rng(choice)
    n = len(places)
    matrices = np.eye(3) * rng.choice([1.0, 10.0], (n, 1, 3))
    gbpd = GBPD(np.array(places), matrices, rng.choice([0.0, 50.0], n))
    points = rng.integers(-8, 9, (300, 3)) / 2
    assert (gbpd.labels(points) == brute_force(gbpd, points)).all()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_labels_do_not_depend_on_the_unit(scale):
    rng = np.random.default_rng(3)
    gbpd = random_diagram(rng, 300, 1.3)
    points = rng.uniform(-1.5, 1.5, (5000, 3))
    scaled = GBPD(gbpd.seeds * scale, gbpd.matrices, gbpd.offsets * scale**2)
    assert (scaled.labels(points * scale) == brute_force(scaled, points * scale)).all()
    assert (scaled.labels(points * scale) == gbpd.labels(points)).all()


def test_a_window_far_from_the_origin_and_a_lone_far_seed():
    rng = np.random.default_rng(4)
    near = random_diagram(rng, 200, 1.0)
    seeds = np.concatenate([near.seeds + 500, [[-1e4, 0, 0]]])
    gbpd = GBPD(seeds, [*near.matrices, np.eye(3)], [*near.offsets, 0.0])
    points = np.concatenate([rng.uniform(499, 501, (5000, 3)), rng.uniform(-2e4, 1e3, (5000, 3))])
    assert (gbpd.labels(points) == brute_force(gbpd, points)).all()


def test_threads_do_not_change_a_byte():
    rng = np.random.default_rng(5)
    gbpd = random_diagram(rng, 500, 1.3)
    points = rng.uniform(-1.5, 1.5, (30_000, 3))
    results = []
    try:
        for threads in (1, 2, 3):
            set_threads(threads)
            results.append(gbpd.labels(points).tobytes())
    finally:
        set_threads(None)
    assert len(set(results)) == 1


@given(st.integers(0, 2**32 - 1))
def test_radial_matrices_have_d_as_eigenvalues_and_d1_along_the_radius(choice):
    rng = np.random.default_rng(choice)
    seeds = rng.normal(size=(20, 3))
    seeds[0], seeds[1], seeds[2] = 0, [-2, 0, 0], [3, 0, 0]
    diagonals = rng.uniform(1, 10, (20, 3))
    gbpd = GBPD.radial(seeds, diagonals, rng.uniform(0, np.pi, 20), np.zeros(20))
    values = np.linalg.eigvalsh(gbpd.matrices)
    np.testing.assert_allclose(values, np.sort(diagonals, axis=1), rtol=1e-12)
    radial = np.where(np.arange(20)[:, None] > 0, seeds, [1, 0, 0])
    radial = radial / np.linalg.norm(radial, axis=1)[:, None]
    image = np.einsum("nij,nj->ni", gbpd.matrices, radial)
    np.testing.assert_allclose(image, diagonals[:, :1] * radial, atol=1e-9)


def test_turns_rotate_the_grain_about_its_radius():
    """At s~ = e1, Q = R_{e1,gamma} diag(1, -1, -1); a quarter turn swaps the other two axes."""
    seeds, diagonals = np.array([[2.0, 0, 0]]), np.array([[1.0, 4.0, 9.0]])
    quarter = GBPD.radial(seeds, diagonals, np.array([np.pi / 2]), np.zeros(1))
    np.testing.assert_allclose(quarter.matrices[0], np.diag([1.0, 9.0, 4.0]), atol=1e-14)


def test_in_the_plane_the_first_axis_is_radial():
    gbpd = GBPD.radial(np.array([[3.0, 4.0]]), np.array([[2.0, 5.0]]), None, np.zeros(1))
    radial, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    np.testing.assert_allclose(gbpd.matrices[0] @ radial, 2 * radial, atol=1e-14)
    np.testing.assert_allclose(gbpd.matrices[0] @ across, 5 * across, atol=1e-14)


def test_costs_follow_the_formula():
    rng = np.random.default_rng(6)
    gbpd = random_diagram(rng, 30, 1.0)
    points = rng.uniform(-1, 1, (40, 3))
    gap = points[:, None] - gbpd.seeds
    expected = np.einsum("mni,nij,mnj->mn", gap, gbpd.matrices, gap) - gbpd.offsets
    np.testing.assert_allclose(gbpd.costs(points[:, None], np.arange(30)), expected, atol=1e-12)


def test_a_subset_is_the_diagram_of_these_seeds():
    rng = np.random.default_rng(8)
    gbpd = random_diagram(rng, 100, 1.0)
    chosen = np.array([5, 3, 60, 61])
    points = rng.uniform(-1, 1, (500, 3))
    expected = gbpd.costs(points[:, None], chosen).argmin(axis=1)
    assert (gbpd.subset(chosen).labels(points) == expected).all()


def test_the_value_keeps_nothing_of_the_arrays_it_was_made_from():
    seeds = np.zeros((1, 3))
    gbpd = GBPD(seeds, [np.eye(3)], [0.0])
    seeds[0] = 9
    assert (gbpd.seeds == 0).all()
    with pytest.raises(ValueError, match="read-only"):
        gbpd.offsets[0] = 1.0


@pytest.mark.parametrize(
    ("seeds", "matrices", "offsets", "message"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3, 3)), [], "n >= 1"),
        (np.zeros((1, 4)), [np.eye(4)], [0], r"\(n, 2\) or \(n, 3\)"),
        (np.zeros((1, 3)), [np.eye(2)], [0], "matrices need shape"),
        (np.zeros((1, 3)), [np.eye(3)], [0, 0], "offsets need shape"),
        (np.full((1, 3), np.nan), [np.eye(3)], [0], "finite"),
        (np.zeros((1, 3)), [np.diag([1, 1, 0])], [0], "positive definite"),
        (np.zeros((1, 3)), [np.diag([1, 1, -1])], [0], "positive definite"),
        (np.zeros((1, 2)), [[[1, 0.5], [0, 1]]], [0], "symmetric"),
    ],
)
def test_bad_diagrams_are_refused(seeds, matrices, offsets, message):
    with pytest.raises(InputError, match=message):
        GBPD(seeds, matrices, offsets)


def test_bad_points_are_refused():
    gbpd = GBPD(np.zeros((1, 3)), [np.eye(3)], [0.0])
    with pytest.raises(InputError, match=r"shape \(m, 3\)"):
        gbpd.labels(np.zeros((4, 2)))
    with pytest.raises(InputError, match="finite"):
        gbpd.labels(np.full((4, 3), np.inf))
