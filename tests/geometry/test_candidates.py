"""Candidate lists are complete, and labels made from them are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry import candidates as module
from nmc_mesh.geometry.candidates import candidates, labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.parallel import set_threads

PIXEL = 0.05


def diagram(rng: np.random.Generator, n: int, half: float, dim: int = 3) -> GBPD:
    """Return a diagram with the extreme marks of the model, which are the hardest to cull."""
    diagonals = rng.choice([1.0, 10.0], (n, dim))
    turns = rng.uniform(0, np.pi, n) if dim == 3 else None
    seeds = rng.uniform(-half, half, (n, dim))
    return GBPD.radial(seeds, diagonals, turns, rng.choice([0.0, 50 * PIXEL**2], n))


def assert_complete(gbpd: GBPD, box: float, slack: float, rng: np.random.Generator) -> None:
    lower, upper = -1.1 * np.ones(gbpd.dim), 1.2 * np.ones(gbpd.dim)
    found = candidates(gbpd, lower, upper, box, slack)
    assert (found.lower[: gbpd.dim] + found.shape[: gbpd.dim] * box >= upper - 1e-6).all()
    b = rng.integers(0, found.shape.prod(), 4000)
    corner = np.stack(np.unravel_index(b, found.shape), axis=1)[:, : gbpd.dim] * box
    inside = rng.uniform(-slack, box + slack, (len(b), gbpd.dim))
    labels = gbpd.labels(found.lower[: gbpd.dim] + corner + inside)
    for place, label in zip(b, labels, strict=True):
        part = found.seeds[found.start[place] : found.start[place + 1]]
        assert label in part
        assert (np.diff(part) > 0).all()


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize(
    ("box", "slack"), [(0.3, 0.0), (0.3, 0.2), (0.5, 0.13), (1.9, 0.4), (0.09, 0.3), (9.0, 0.0)]
)
def test_lists_hold_the_cheapest_seed_of_every_point(dim, box, slack):
    rng = np.random.default_rng(1)
    assert_complete(diagram(rng, 400, 1.0, dim), box, slack, rng)


@settings(max_examples=25)
@given(
    n=st.integers(1, 30),
    box=st.floats(0.2, 3.0),
    slack=st.floats(0.0, 0.5),
    dim=st.sampled_from([2, 3]),
    choice=st.integers(0, 2**32 - 1),
)
def test_lists_are_complete_for_few_seeds_and_any_box(n, box, slack, dim, choice):
    rng = np.random.default_rng(choice)
    assert_complete(diagram(rng, n, 0.8, dim), box, slack, rng)


def test_lists_are_short():
    """In the plane of equal marks a box of a tenth of a grain has about one candidate."""
    rng = np.random.default_rng(2)
    seeds = rng.uniform(-1, 1, (900, 2))
    gbpd = GBPD(seeds, np.broadcast_to(np.eye(2), (900, 2, 2)), np.zeros(900))
    found = candidates(gbpd, [-0.9, -0.9], [0.9, 0.9], gbpd.mean_size / 10)
    assert len(found.seeds) < 1.5 * found.shape.prod()


def test_coincident_seeds_stay_candidates_together():
    gbpd = GBPD(np.zeros((3, 3)), [np.eye(3)] * 3, np.zeros(3))
    found = candidates(gbpd, [-1] * 3, [1] * 3, 0.5, 0.1)
    assert (np.diff(found.start) == 3).all()
    assert (labels_on_grid(gbpd, [-1] * 3, 0.25, (9, 9, 9)) == 0).all()


@pytest.mark.parametrize(
    ("n", "dim", "shape", "spacing"),
    [
        (400, 3, (41, 30, 70), PIXEL),
        (400, 3, (1, 5, 4), PIXEL),
        (400, 3, (20, 20, 20), (0.05, 0.11, 0.2)),
        (1, 3, (9, 9, 9), 0.3),
        (2, 3, (40, 9, 9), 0.3),
        (400, 2, (123, 70), PIXEL),
        (3, 2, (200, 1), 0.02),
    ],
)
def test_labels_on_a_grid_equal_labels_of_its_points(n, dim, shape, spacing):
    rng = np.random.default_rng(3)
    gbpd = diagram(rng, n, 1.0, dim)
    origin = np.full(dim, -1.1)
    axes = [origin[k] + np.broadcast_to(spacing, dim)[k] * np.arange(shape[k]) for k in range(dim)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dim)
    labels = labels_on_grid(gbpd, origin, spacing, shape)
    assert labels.shape == shape
    assert (labels.ravel() == gbpd.labels(points)).all()


def test_grid_ties_go_to_the_lowest_seed():
    """Seeds on the corners of a lattice of which the grid holds all points of symmetry."""
    axis = np.arange(-2.0, 3.0)
    seeds = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    seeds = np.random.default_rng(4).permutation(np.concatenate([seeds, seeds[::2]]))
    gbpd = GBPD(seeds, [np.eye(3)] * len(seeds), np.zeros(len(seeds)))
    labels = labels_on_grid(gbpd, [-2.5] * 3, 0.25, (21, 21, 21))
    points = np.stack(np.meshgrid(*[-2.5 + 0.25 * np.arange(21)] * 3, indexing="ij"), axis=-1)
    brute = gbpd.costs(points.reshape(-1, 1, 3), np.arange(len(gbpd))).argmin(axis=1)
    assert (labels.ravel() == brute).all()


@pytest.mark.parametrize("distance", [30.0, 1e5])
def test_a_grid_far_outside_the_seeds(distance):
    rng = np.random.default_rng(5)
    gbpd = diagram(rng, 200, 1.0)
    origin = np.array([distance, -distance, 0.3])
    labels = labels_on_grid(gbpd, origin, 0.1, (12, 12, 12))
    points = origin + 0.1 * np.stack(np.indices((12, 12, 12)), axis=-1).reshape(-1, 3)
    assert (labels.ravel() == gbpd.labels(points)).all()


def test_a_window_far_from_the_origin_whose_points_are_rounded():
    """Near 1e9 coordinates are rounded to 1e-7, and on this lattice most points lie on borders."""
    rng = np.random.default_rng(9)
    seeds = 1e9 + 0.05 * rng.integers(0, 40, (200, 3))
    gbpd = GBPD(seeds, [np.eye(3)] * 200, np.zeros(200))
    labels = labels_on_grid(gbpd, [1e9] * 3, 0.05, (40, 40, 40))
    points = 1e9 + 0.05 * np.stack(np.indices((40, 40, 40)), axis=-1).reshape(-1, 3)
    assert (labels.ravel() == gbpd.labels(points)).all()


def test_threads_do_not_change_a_byte():
    gbpd = diagram(np.random.default_rng(6), 2000, 1.5)
    results = []
    try:
        for threads in (1, 2):
            set_threads(threads)
            found = candidates(gbpd, [-1.2] * 3, [1.2] * 3, 0.2, 0.2)
            labels = labels_on_grid(gbpd, [-1.2] * 3, 0.03, (80, 80, 80))
            results.append((found.start.tobytes(), found.seeds.tobytes(), labels.tobytes()))
    finally:
        set_threads(None)
    assert results[0] == results[1]


def test_bad_regions_are_refused():
    gbpd = diagram(np.random.default_rng(7), 10, 1.0)
    with pytest.raises(InputError, match="upper > lower"):
        candidates(gbpd, [0, 0, 0], [1, 0, 1], 0.1)
    with pytest.raises(InputError, match="box must be positive"):
        candidates(gbpd, [0, 0, 0], [1, 1, 1], 0.0)
    with pytest.raises(InputError, match="lower needs 3"):
        candidates(gbpd, [0, 0], [1, 1, 1], 0.1)
    with pytest.raises(ResourceError, match="larger box"):
        candidates(gbpd, [0, 0, 0], [1, 1, 1], 1e-6)
    with pytest.raises(InputError, match="spacing"):
        labels_on_grid(gbpd, [0, 0, 0], -1.0, (2, 2, 2))
    with pytest.raises(InputError, match="3 axes"):
        labels_on_grid(gbpd, [0, 0, 0], 1.0, (2, 2))


@pytest.mark.parametrize("dim", [2, 3])
def test_lists_do_not_depend_on_how_the_work_is_cut(
    dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search begins where the last one ended; where it ends must not depend on that.

    In the plane the centres of root blocks lie off z = 0, where a matrix of large eigenvalues
    costs no more than the distance squared.
    """
    rng = np.random.default_rng(7)
    turns = rng.uniform(0, np.pi, 3000) if dim == 3 else None
    diagonals = rng.uniform(3, 30, (3000, dim))
    gbpd = GBPD.radial(rng.uniform(-4, 4, (3000, dim)), diagonals, turns, np.zeros(3000))
    corner = 3.0 * np.ones(dim)
    found = []
    for blocks in (1, 3, 16, 10_000):
        monkeypatch.setattr(module, "BLOCKS", blocks)
        monkeypatch.setattr(module, "BOXES", blocks)
        found.append(candidates(gbpd, -corner, corner, 0.03 if dim == 2 else 0.1))
    for other in found[1:]:
        assert (other.start == found[0].start).all()
        assert (other.seeds == found[0].seeds).all()
    assert (np.diff(found[0].start) >= 1).all()
