"""A mesh split on one thread and on two."""

from __future__ import annotations

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import set_threads


def splits_the_same_on_any_number_of_threads(mesh: TetMesh) -> None:
    """Assert that threads change no byte of a split mesh."""
    try:
        set_threads(1)
        one = split_boundaries(mesh)
        set_threads(2)
        two = split_boundaries(mesh)
    finally:
        set_threads(None)
    for name in ("wedges", "origin"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    for name in ("cells", "edges"):
        assert getattr(one.mesh, name).tobytes() == getattr(two.mesh, name).tobytes()
