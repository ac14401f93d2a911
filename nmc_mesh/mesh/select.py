"""Some grains of a mesh as a mesh of its own."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.mesh.phases import STAYS, Walls, tagged_without
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Ints

_OF_THE_WHOLE = ("certificate", "lost_grains", "off_boundary", "detached_grains", "second_order")
"""Entries of ``info`` that are not true of a part."""


def select(mesh: TetMesh, labels: int | Iterable[int]) -> TetMesh:
    """Return a mesh of some labels alone; see `TetMesh.select`."""
    named = [labels] if isinstance(labels, Integral) else list(labels)  # type: ignore[arg-type]
    if not all(isinstance(label, Integral) and not isinstance(label, bool) for label in named):
        raise InputError(f"grains are named by whole numbers, not {labels!r:.80}")
    wanted = np.unique(np.array(named, dtype=np.int64))
    missing = wanted[~np.isin(wanted, mesh.labels_there)].tolist()
    if missing or not len(wanted):
        raise InputError(
            f"the mesh has no grain {missing[0]}; it has {len(mesh.labels_there):,} labels, see "
            "mesh.labels_there"
            if missing
            else "name a grain at least; see mesh.grains"
        )

    def becomes(own: Ints) -> Ints:
        return np.where(np.isin(own, wanted), np.int32(STAYS), np.int32(0))

    walls = mesh.walls
    known = Walls(mesh.facets[walls, :3], mesh.facet_grains[walls, 1])
    info = {name: value for name, value in mesh.info.items() if name not in _OF_THE_WHOLE}
    cells, own = np.asarray(mesh.cells), np.asarray(mesh.labels)
    return tagged_without(mesh.points, cells, own, becomes, info, known if walls.any() else None)
