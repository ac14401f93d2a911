"""Particles whose boundaries all open come apart: no two grains share a node, not at a hinge."""

from __future__ import annotations

import warnings
from pathlib import Path

import meshio
import numpy as np
import pytest

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.io import write
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.typing import Ints
from tests.cohesive.test_splitting import check, shared
from tests.meshes import cube, tet_mesh_from_cells

MODEL = load_model("nmc-equiaxed")
SEEDS = range(40)


def small(seed: int) -> TetMesh:
    """Mesh of a particle of about ten grains, three edges across."""
    return tetrahedralize(MODEL.sample(seed, diameter=1.0 + 0.02 * (seed % 11)), 0.14)


@pytest.fixture(scope="module")
def particles() -> list[TetMesh]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* are lost")
        meshes = [small(seed) for seed in SEEDS]
    return [mesh for mesh in meshes if mesh.inner.any()]


def hinges(mesh: TetMesh) -> Ints:
    """Nodes that two grains share and no facet between grains has."""
    return np.setdiff1d(np.flatnonzero(shared(mesh)), mesh.facets[mesh.inner])


def test_grains_of_random_particles_share_no_node(particles: list[TetMesh]) -> None:
    found = 0
    for mesh in particles:
        found += len(hinges(mesh))
        split = split_boundaries(mesh)
        check(mesh, split)
        assert not shared(split.mesh).any()
        assert len(split.wedges) == mesh.inner.sum()
    assert found > 20  # else the particles prove nothing


def test_nor_do_curved_ones(particles: list[TetMesh]) -> None:
    hinged = [mesh for mesh in particles if len(hinges(mesh))]
    for mesh in map(second_order, hinged[:6]):
        split = split_boundaries(mesh)
        check(mesh, split)
        assert not shared(split.mesh).any()


def test_two_octants_that_meet_in_an_edge_come_apart() -> None:
    """Octants 1 and 4 meet in an edge of three nodes; one of these is on the facets of 1 and 5."""
    whole = cube(8)
    kept = np.isin(whole.labels, [1, 4, 5])
    nodes, cells = np.unique(whole.cells[kept], return_inverse=True)
    mesh = tet_mesh_from_cells(whole.points[nodes], cells.reshape(-1, 4), whole.labels[kept])
    assert len(hinges(mesh)) == 2
    split = split_boundaries(mesh)
    check(mesh, split)
    assert not shared(split.mesh).any()
    count = np.bincount(split.origin)
    assert (count[hinges(mesh)] == 2).all()
    assert count.max() == 3


def test_hinges_stay_where_only_some_boundaries_open(particles: list[TetMesh]) -> None:
    mesh = next(
        mesh for mesh in particles if len(hinges(mesh)) and len(boundary_pairs(mesh)[0]) > 2
    )
    split = split_boundaries(mesh, boundary_pairs(mesh)[0][:1])
    check(mesh, split)
    assert (np.bincount(split.origin)[hinges(mesh)] == 1).all()


def test_no_wedge_of_a_partial_split_is_collapsed(particles: list[TetMesh], tmp_path: Path) -> None:
    dropped = 0
    for mesh in particles[:30]:
        pairs = boundary_pairs(mesh)[0]
        chosen = pairs[::2]
        split = split_boundaries(mesh, chosen)
        check(mesh, split)
        wanted = np.isin(boundary_pairs(mesh)[1], np.arange(len(pairs))[::2]).sum()
        dropped += wanted - len(split.wedges)
        write(tmp_path / "split.vtu", split)
        wedges = meshio.read(tmp_path / "split.vtu").cells_dict["wedge"]
        assert ((wedges[:, :3] == wedges[:, 3:]).sum(axis=1) < 3).all()
    assert dropped > 0  # else the particles prove nothing


def test_a_boundary_that_cannot_open_is_refused() -> None:
    """One facet between two grains inside a third one: all its corners are ends."""
    mesh = cube(1, 6)
    owner = np.flatnonzero(np.abs(mesh.points[mesh.cells].mean(axis=1)).max(axis=1) < 0.2)
    one = owner[0]
    two = next(c for c in owner if len(np.intersect1d(mesh.cells[c], mesh.cells[one])) == 3)
    labels = np.ones(len(mesh.cells), dtype=np.int32)
    labels[one], labels[two] = 2, 3
    inside = tet_mesh_from_cells(mesh.points, mesh.cells, labels)
    with pytest.raises(InputError, match="cannot open"):
        split_boundaries(inside, [(2, 3)])
