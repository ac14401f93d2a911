"""Which cells are under a level: what the core leaves out must not matter."""

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.mesher.shape import ANGLE, VOLUME
from nmc_mesh.mesher.stars import work_on
from nmc_mesh.typing import Floats

REGULAR = np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, -1.0]])
COUNT = 20_000


def tetrahedra(seed: int) -> Floats:
    """Tetrahedra from nearly regular to nearly flat ones, all positive, shape (n, 4, 3)."""
    rng = np.random.default_rng(seed)
    far = 10.0 ** rng.uniform(-2.0, 0.5, (COUNT, 1, 1))
    corners = REGULAR[[0, 2, 1, 3]] + far * rng.normal(size=(COUNT, 4, 3))
    turned = volumes(corners) < 0.0
    corners[turned] = corners[turned][:, [1, 0, 2, 3]]
    return corners


def volumes(corners: Floats) -> Floats:
    """Signed volumes."""
    edges = corners[:, 1:] - corners[:, :1]
    found: Floats = np.linalg.det(edges) / 6.0
    return found


def qualities(corners: Floats) -> Floats:
    """Volume / rms_edge^3, 1 at best."""
    pairs = [(i, j) for i in range(4) for j in range(i)]
    square = sum(((corners[:, i] - corners[:, j]) ** 2).sum(axis=1) for i, j in pairs)
    found: Floats = 6.0 * np.sqrt(2.0) * volumes(corners) / (square / 6.0) ** 1.5
    return found


def sines(corners: Floats) -> Floats:
    """Least sine of a dihedral angle, those of obtuse angles times 0.55."""
    least = np.full(len(corners), np.inf)
    for i in range(4):
        for j in range(i):
            k, m = (n for n in range(4) if n not in (i, j))
            axis = corners[:, m] - corners[:, k]
            axis /= np.linalg.norm(axis, axis=1)[:, None]
            arms = [corners[:, n] - corners[:, k] for n in (i, j)]
            arms = [arm - (arm * axis).sum(axis=1)[:, None] * axis for arm in arms]
            first, second = (arm / np.linalg.norm(arm, axis=1)[:, None] for arm in arms)
            sine = np.linalg.norm(np.cross(first, second), axis=1)
            obtuse = (first * second).sum(axis=1) < 0.0
            least = np.minimum(least, np.where(obtuse, 0.55 * sine, sine))
    return least


@pytest.mark.parametrize("measure", [VOLUME, ANGLE])
@pytest.mark.parametrize("level", [0.02, 0.3, 0.38, 0.424, 0.45, 0.46, 0.5, 0.55, 0.6, 0.8, 0.9])
def test_exactly_the_cells_under_a_level_are_bad(measure: int, level: float) -> None:
    corners = tetrahedra(int(1000 * level))
    fitness = qualities(corners)
    if measure == ANGLE:
        fitness = np.minimum(fitness, sines(corners))
    cells = np.arange(4 * COUNT, dtype=np.int32).reshape(-1, 4)
    labels = np.ones(COUNT, dtype=np.int32)
    work = work_on(corners.reshape(-1, 3), cells, labels, 0, measure)
    bad = np.zeros(COUNT, dtype=np.bool_)
    core.judge_cells(work, level, bad, 0, COUNT)
    clear = np.abs(fitness - level) > 1e-9
    assert 0 < bad.sum() < COUNT
    assert np.array_equal(bad[clear], fitness[clear] < level)


def test_touched_cells_are_judged_whichever_vertex_was_touched() -> None:
    corners = tetrahedra(7)
    cells = np.arange(4 * COUNT, dtype=np.int32).reshape(-1, 4)
    work = work_on(corners.reshape(-1, 3), cells, np.ones(COUNT, dtype=np.int32), 0, ANGLE)
    work.touched[:] = np.random.default_rng(7).random(4 * COUNT) < 0.3
    every, again = np.zeros((2, COUNT), dtype=np.bool_)
    core.judge_cells(work, 0.4, every, 0, COUNT)
    vertices = np.flatnonzero(work.touched).astype(np.int32)
    core.judge_stars(work, vertices, 0.4, again, 0, len(vertices))
    seen = work.touched[cells].any(axis=1)
    assert np.array_equal(again, every & seen)
