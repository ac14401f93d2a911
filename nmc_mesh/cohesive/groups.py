"""Names, ids and counts of the wedges of split meshes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.groups import LARGEST_ID, Blocks, Boundaries, Group, grain_name, groups
from nmc_mesh.mesh.tables import Table, facet_table

Wedges: TypeAlias = tuple[CohesiveMesh, list[Group]]
"""A split mesh and the groups of its wedges: what writers of files take."""


def wedge_table(split: CohesiveMesh) -> Table:
    """Count the wedges of every opened boundary.

    Returns
    -------
    dict
        ``lower``, ``higher`` (p,); ``wedges``, how many; ``area`` um^2, of all facets opened.
    """
    grains = split.wedge_grains.astype(np.int64)
    codes, which = np.unique((grains[:, 0] << 32) | grains[:, 1], return_inverse=True)
    area = facet_table(split.mesh)["area"][split.wedge_facets]
    return {
        "lower": (codes >> 32).astype(np.int32),
        "higher": (codes & 0xFFFFFFFF).astype(np.int32),
        "wedges": np.bincount(which, minlength=len(codes)),
        "area": np.bincount(which, area, len(codes)),
    }


def split_groups(
    split: CohesiveMesh,
    blocks: Blocks = "auto",
    boundaries: Boundaries = "auto",
    largest_id: int = 2**31 - 1,
) -> tuple[list[Group], list[Group]]:
    """Sort the parts of a split mesh, then its wedges, into named groups.

    As :func:`nmc_mesh.mesh.groups.groups` does; the ids of the wedges' groups follow. Wedges have a
    group per pair of grains where boundaries do.

    Raises
    ------
    InputError
        If the layout is unknown, or if its ids exceed ``largest_id``.
    """
    own = groups(split.mesh, blocks, boundaries, largest_id)
    last = max(group.id for group in own)
    pairs = any(group.dim == 2 and "_grain_" in group.name for group in own)
    wedges = wedge_groups(split, "pairs" if pairs else "one", last + 1)
    if boundaries == "auto" and wedges[-1].id > min(LARGEST_ID, largest_id):
        return split_groups(split, blocks, "one", largest_id)
    if wedges[-1].id > largest_id:
        raise InputError(
            f"the wedges need ids up to {wedges[-1].id}, but this format holds {largest_id}; "
            "use boundaries='one'"
        )
    return own, wedges


def wedge_groups(split: CohesiveMesh, boundaries: Boundaries, first: int) -> list[Group]:
    """Sort the wedges into named groups, with ids from ``first`` on.

    A group ``cohesive_00001_00002`` per pair of grains where ``boundaries`` is ``"pairs"``, else
    one, ``cohesive``. Entities are places in ``split.wedges``.
    """
    if boundaries != "pairs":
        every = np.arange(len(split.wedges), dtype=np.int32)
        return [Group(3, first, "cohesive", every)]
    grains = split.wedge_grains
    order = np.lexsort(grains.T[::-1]).astype(np.int32)
    pairs, starts = np.unique(grains[order], axis=0, return_index=True)
    parts = np.split(order, starts[1:])
    return [
        Group(3, first + k, f"cohesive_{grain_name(low)[6:]}_{grain_name(high)[6:]}", part)
        for k, ((low, high), part) in enumerate(zip(pairs.tolist(), parts, strict=True))
    ]
