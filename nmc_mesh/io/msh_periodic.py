"""The seam of a periodic mesh in a .msh: patches of the outer surface, and ``$Periodic``.

gmsh links whole entities by one affine map. So the outer surface, which is one physical group, is
two entities for every direction in which its facets have their partners: masters, and slaves, which
are the masters moved by the same whole periods. What is beside nothing stays an entity of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.periodic import periodic_pairs, periods_of, seam_facets
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints


class Patch(NamedTuple):
    """Facets that are those of a master's moved by ``move`` um, both entities of a surface.

    ``masters`` and ``slaves`` are facets, (k,) each; ``nodes`` rows of slave and master, (n, 2).
    """

    physical: int
    master: int
    slave: int
    masters: Ints
    slaves: Ints
    move: Floats
    nodes: Ints


def seam_patches(mesh: TetMesh, groups: list[Group]) -> list[Patch]:
    """Return the patches of the seam; none if there is no period, or no group for the surface."""
    seams = [group for group in groups if group.dim == 2 and mesh.outer[group.entities].all()]
    periods = periods_of(mesh)
    if periods is None or mesh.order != 1 or len(seams) != 1:
        return []
    first = np.arange(len(mesh.points), dtype=np.int32)
    pairs = periodic_pairs(mesh)
    first[pairs.slave] = pairs.master
    facets = seam_facets(mesh)
    corners = mesh.facets[facets]
    # The same order on both sides: by the node of the tiling.
    corners = np.take_along_axis(corners, np.argsort(first[corners], axis=2), axis=2)
    apart = mesh.points[corners[:, 1, 0]] - mesh.points[corners[:, 0, 0]]
    shift = np.rint(periods.fractions(apart))
    back = _is_negative(shift)
    shift[back], facets[back], corners[back] = -shift[back], facets[back, ::-1], corners[back, ::-1]
    shift += 0.0  # no -0
    moves, link = np.unique(shift, axis=0, return_inverse=True)
    start = 1 + max(group.id for group in groups)
    patches = []
    for number, move in enumerate(moves):
        chosen = link.ravel() == number
        master, slave = facets[chosen].T
        nodes = np.unique(corners[chosen][:, ::-1].transpose(0, 2, 1).reshape(-1, 2), axis=0)
        entity = start + 2 * number
        patches.append(
            Patch(seams[0].id, entity, entity + 1, master, slave, periods.moves(move), nodes)
        )
    return patches


def _is_negative(shift: Floats) -> np.ndarray:
    """Whether the first number of a row that is not 0 is below 0."""
    x, y, z = shift.T
    return np.asarray(np.where(x != 0, x, np.where(y != 0, y, z)) < 0)


def periodic_section(patches: list[Patch], binary: bool) -> bytes:
    """Return the section of version 4.1; nothing if there are no patches."""
    if not patches:
        return b""
    links = b"".join(_link(patch, binary) for patch in patches)
    count = np.int64(len(patches)).tobytes() if binary else f"{len(patches)}\n".encode()
    end = b"\n" if binary else b""
    return b"$Periodic\n" + count + links + end + b"$EndPeriodic\n"


def _link(patch: Patch, binary: bool) -> bytes:
    """One link: entities, the affine map (4 x 4, by rows), nodes."""
    affine = np.eye(4)
    affine[:3, 3] = patch.move
    nodes = patch.nodes.astype(np.int64) + 1
    if binary:
        head = np.array([2, patch.slave, patch.master], dtype=np.int32).tobytes()
        sizes = np.int64(affine.size).tobytes(), np.int64(len(nodes)).tobytes()
        return head + sizes[0] + affine.tobytes() + sizes[1] + nodes.tobytes()
    rows = "".join(f"{slave} {master}\n" for slave, master in nodes.tolist())
    numbers = " ".join(map(repr, affine.ravel().tolist()))
    return f"2 {patch.slave} {patch.master}\n16 {numbers}\n{len(nodes)}\n{rows}".encode()
