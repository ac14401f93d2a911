"""Numbers of parts in files: the group of each, and nodes that are numbered in any way."""

from __future__ import annotations

import numpy as np

from nmc_mesh.mesh.groups import Group
from nmc_mesh.typing import Ints, Longs


def ids_of(count: int, groups: list[Group]) -> Ints:
    """Id of the group that holds each of ``count`` parts, 0 of those in none."""
    ids = np.zeros(count, dtype=np.int32)
    for group in groups:
        ids[group.entities] = group.id
    return ids


def places_among(tags: Longs, nodes: Longs) -> Longs:
    """Place of every node among the ascending tags.

    Raises
    ------
    ValueError
        If a node has none.
    """
    place = np.minimum(np.searchsorted(tags, nodes), len(tags) - 1)
    if not tags.size or (tags[place] != nodes).any():
        raise ValueError("a cell names a node that is not there")
    return place
