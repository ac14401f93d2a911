"""The way back: no place of the exact boundaries is farther from the mesh than proven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.certificate import certify, proven_way_back, surroundings
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats
from tests.mesher.test_certificate import FRESH
from tests.mesher.test_second_order import ball, round_mesh

CELLS, PLACES, LOST = 3000, 30, 150
"""Cells of a random mesh, places in each, and lost places that are looked at."""
NEAR = 0.05
"""Places of a curved facet are looked at so many edge lengths apart, or nearer."""


def pieces(mesh: TetMesh, facets: np.ndarray) -> Floats:
    """Triangles (k, 3, 3) of facets; curved ones are cut into small flat ones."""
    if mesh.order == 1:
        found: Floats = mesh.points[facets]
        return found
    steps = 8
    corner = [(i, j) for i in range(steps) for j in range(steps - i)]
    up = np.array([[(i, j), (i + 1, j), (i, j + 1)] for i, j in corner])
    down = np.array([[(i + 1, j), (i + 1, j + 1), (i, j + 1)] for i, j in corner
                     if i + j < steps - 1])  # fmt: skip
    at = np.concatenate([up, down]) / steps
    b, c = at[..., 0], at[..., 1]
    a = 1 - b - c
    shape = [a * (2 * a - 1), b * (2 * b - 1), c * (2 * c - 1), 4 * a * b, 4 * b * c, 4 * c * a]
    parts = np.einsum("stn,fnx->fstx", np.stack(shape, axis=-1), mesh.points[facets])
    found = parts.reshape(-1, 3, 3)
    return found


def from_triangles(place: Floats, corners: Floats) -> float:
    """Least distance of a place from triangles (k, 3, 3)."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inside = np.ones(len(corners), dtype=bool)
    least = np.inf
    for i in range(3):
        a, b = corners[:, i], corners[:, (i + 1) % 3]
        way, to = b - a, place - a
        t = np.clip((to * way).sum(1) / (way * way).sum(1), 0, 1)
        least = min(least, float(np.linalg.norm(to - t[:, None] * way, axis=1).min()))
        inside &= (np.cross(way, to) * normal).sum(1) >= 0
    if inside.any():
        away = np.abs(((place - corners[:, 0]) * normal).sum(1)) / np.linalg.norm(normal, axis=1)
        least = min(least, float(away[inside].min()))
    return least


def lost_places(
    mesh: TetMesh, particle: Particle, rng: np.random.Generator, cells: int = CELLS
) -> tuple[np.ndarray, Floats]:
    """Cells, and places in them that their grain does not own in the exact diagram."""
    some = rng.choice(len(mesh.cells), min(cells, len(mesh.cells)), replace=False)
    share = rng.dirichlet(np.full(4, 0.7), PLACES)
    places = share @ mesh.points[mesh.cells[some, :4]]
    owners = particle.labels(places.reshape(-1, 3)).reshape(places.shape[:2])
    row, column = np.nonzero(owners != mesh.labels[some][:, None])
    picked = rng.permutation(len(row))[:LOST]
    return some[row[picked]], places[row[picked], column[picked]]


def lost_farther_off(
    mesh: TetMesh, particle: Particle, bound: Floats, rng: np.random.Generator, cells: int = CELLS
) -> tuple[int, Floats]:
    """How many lost places are farther from their grain's facets than proven; all distances."""
    far = []
    wrong = 0
    size = mesh.info["size"]
    found, places = lost_places(mesh, particle, rng, cells)
    for cell, place in zip(found, places, strict=True):
        facets = mesh.facets[(mesh.facet_grains == mesh.labels[cell]).any(axis=1)]
        far.append(from_triangles(place, pieces(mesh, facets)))
        wrong += not far[-1] <= bound[cell] + 1e-3 * size * (mesh.order == 2) + 1e-6 * size
    return wrong, np.array(far)


def surface_farther_off(
    mesh: TetMesh, particle: Particle, bounds: Floats, rng: np.random.Generator, count: int
) -> tuple[int, Floats]:
    """How many places of the exact outer surface are farther off than proven; all distances."""
    size = mesh.info["size"]
    field = surroundings(mesh, particle).field
    outer = mesh.facets[mesh.outer]
    some = rng.choice(len(outer), min(count, len(outer)), replace=False)
    corners = mesh.points[outer[some, :3]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    middle = np.einsum("kn,knx->kx", rng.dirichlet(np.ones(3), len(some)), corners)
    inner, beyond = middle - 0.7 * size * normal, middle + 0.7 * size * normal
    crossed = (particle.labels(inner) > 0) & (particle.labels(beyond) == 0)
    inner, beyond = inner[crossed], beyond[crossed]
    for _ in range(40):
        amid = 0.5 * (inner + beyond)
        held = (particle.labels(amid) > 0)[:, None]
        inner, beyond = np.where(held, amid, inner), np.where(held, beyond, amid)
    at = ((inner - field.lower) / field.step).astype(int)
    box = (at[:, 0] * field.shape[1] + at[:, 1]) * field.shape[2] + at[:, 2]
    triangles = pieces(mesh, outer)
    far = np.array([from_triangles(place, triangles) for place in inner])
    return int((far > bounds[box] + 2e-3 * size).sum()), far


@pytest.mark.filterwarnings("ignore:.* are lost")
@pytest.mark.parametrize("number", range(8))
def test_no_lost_place_of_a_random_mesh_is_farther_off_than_proven(number: int) -> None:
    seed = FRESH + 2000 + number
    rng = np.random.default_rng(seed)
    surface = "shell" if number % 4 == 3 else "grains"
    particle = load_model("nmc-radial").sample(
        seed, diameter=float(rng.uniform(0.8, 1.1)), surface=surface
    )
    mesh = tetrahedralize(particle, particle.grain_size / rng.uniform(3, 4))
    if number % 4 == 2:
        mesh = second_order(mesh, particle)
    found = proven_way_back(mesh, particle)
    assert np.isfinite(found.cells).all()
    assert np.isfinite(found.boxes).all()
    wrong, far = lost_farther_off(mesh, particle, found.cells, rng)
    assert len(far) > 10
    assert wrong == 0
    wrong, far = surface_farther_off(mesh, particle, found.boxes, rng, 40)
    assert len(far) > 10
    assert wrong == 0


def test_the_way_back_of_a_ball_is_its_sagitta() -> None:
    """The sphere bulges beyond flat facets by the sagitta, and no cell loses any of its grain."""
    mesh, whole = round_mesh(0.3), ball(1.0)
    found = proven_way_back(mesh, whole)
    assert found.cells.max() < 0.05 * 0.3
    sagitta = 1 - np.linalg.norm(mesh.points[mesh.facets].mean(axis=1), axis=1)
    assert sagitta.max() <= found.boxes.max() < sagitta.max() + 0.4 * 0.3


def test_a_grain_that_is_not_meshed_is_not_covered() -> None:
    """Half of a mesh is left out: the exact surface there is as far off as the other half."""
    mesh, whole = round_mesh(0.2), ball(1.0)
    middle = mesh.points[mesh.cells].mean(axis=1)
    moved = replace(mesh, points=mesh.points * [1.0, 1.0, 0.5])
    assert (middle[:, 2] > 0.5).any()
    found = certify(moved, whole)
    assert found.back is not None
    assert found.distance_back is not None
    assert found.distance_back * found.size >= 0.5 - 1e-6  # of the pole from the flattened mesh
    assert found.two_sided == max(found.distance() or 0.0, found.distance_back)
