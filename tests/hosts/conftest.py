"""A drawn and meshed particle, made once for all hosts."""

from __future__ import annotations

import pytest

from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model


@pytest.fixture(scope="session")
def particle_mesh() -> TetMesh:
    """Mesh of a particle of about fifty grains, coarse enough for a direct solver."""
    mesh = tetrahedralize(load_model("nmc-equiaxed").sample(1, diameter=1.9), size=0.18)
    assert len(mesh.grains) > 40
    return mesh
