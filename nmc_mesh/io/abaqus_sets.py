"""Parts of Abaqus files: lines of words, surfaces of cells, wedges with their surfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.nodes import linear_wedges
from nmc_mesh.io.text import write_whole
from nmc_mesh.mesh.groups import Group, grain_name
from nmc_mesh.mesh.hexes import sides_of_facets
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Ints

SIDE_OPPOSITE = np.array([3, 4, 2, 1])
"""Number of the side that lies opposite to each corner of a tetrahedron."""

SIDE_OF_HEX = np.array([6, 4, 3, 5, 1, 2])
"""Number of each side of a hexahedron, in the order of ``hexes.SIDES``."""

_PER_LINE = 8


def lines_of(words: Iterable[str]) -> Iterator[str]:
    """Words with commas between, eight to a line."""
    every = list(words)
    for start in range(0, len(every), _PER_LINE):
        yield ", ".join(every[start : start + _PER_LINE]) + "\n"


def surface(name: str, mesh: TetMesh, cells: Ints, facets: Ints) -> Iterator[str]:
    """Lines of a surface: a cell and the number of its side, for every facet."""
    if mesh.cells.shape[1] == 8:
        sides = SIDE_OF_HEX[sides_of_facets(mesh.cells[cells], facets)]
    else:
        inside = (mesh.cells[cells, :4, None] == facets[:, None, :3]).any(axis=2)
        sides = SIDE_OPPOSITE[inside.argmin(axis=1)]
    yield f"*SURFACE, NAME={name}, TYPE=ELEMENT\n"
    for cell, side in zip((cells + 1).tolist(), sides.tolist(), strict=True):
        yield f"{cell}, S{side}\n"


def write_seams(
    file: BinaryIO, split: CohesiveMesh, seams: list[Group], material: str | None
) -> None:
    """Write wedges, the surfaces on their higher sides, and sections.

    Abaqus has no cohesive element of second order: four of first order stand for one.
    """
    mesh, first = split.mesh, len(split.mesh.cells) + 1
    wedges = linear_wedges(split)
    each = np.arange(len(wedges) // len(split.wedges))
    for group in seams:
        file.write(f"*ELEMENT, TYPE=COH3D6, ELSET={group.name}\n".encode())
        own = (len(each) * group.entities[:, None] + each).ravel()
        rows = np.column_stack([first + own, wedges[own] + 1])
        write_whole(file, rows.astype(np.int32), ",")
        low, high = split.wedge_grains[group.entities[0]].tolist()
        one = group.name == "cohesive"
        name = "grain_boundary_higher" if one else f"{grain_name(high)}_{grain_name(low)}"
        owners = mesh.facet_cells[split.wedge_facets[group.entities], 1]
        lines = surface(name, mesh, owners, split.higher[group.entities])
        file.write("".join(lines).encode())
    names = [group.name for group in seams]
    if names != ["cohesive"]:
        file.write(f"*ELSET, ELSET=cohesive\n{''.join(lines_of(names))}".encode())
    if material is not None:
        file.write(
            f"*COHESIVE SECTION, ELSET=cohesive, MATERIAL={material}, "
            "RESPONSE=TRACTION SEPARATION\n".encode()
        )
