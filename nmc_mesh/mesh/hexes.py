"""Hexahedra: one per voxel of a label image, with the same tags as tetrahedra have."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import numbering
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.memory import total_memory
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Bools, Ints

CORNERS = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1))
"""Steps from a voxel's lower corner to its eight corners, in VTK's order."""

QUADS = (
    ((0, 0, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1)),
    ((0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 0, 0)),
    ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)),
)
"""Corners of the face across each axis, whose normal points along the axis."""

SIDES = (0b10011001, 0b01100110, 0b00110011, 0b11001100, 0b00001111, 0b11110000)
"""Corners of each side of a hexahedron as bits: x below, x above, y below, ... z above."""

MOST = 2**31 - 1
BYTES = 60
"""Memory at the peak per voxel of the image, outside ones counted."""

_PLANES = 4


def voxel_mesh(
    image: LabelImage, info: Mapping[str, Any] | None = None, *, keep_voids: bool = False
) -> HexMesh:
    """Make a hexahedron of every voxel that is neither outside nor in a void.

    The plain alternative to `tetrahedralize`: boundaries are staircases, volumes are those of the
    voxels, every cell is a box. Cells stand in C order of their voxels, vertices in C order of the
    grid's corners.

    Parameters
    ----------
    image
        Labels in three dimensions; 0 is outside and gets no cells.
    info
        Passed on to the mesh.
    keep_voids
        Make hexahedra of voids too (pores, cracks); else only their walls are known.

    Raises
    ------
    InputError
        If the image is not 3D, or there is nothing to mesh.
    ResourceError
        If there are more corners than 32-bit numbers, or the mesh would not fit in memory.

    Examples
    --------
    >>> mesh = nmc_mesh.voxel_mesh(nmc_mesh.LabelImage([[[1, 1]], [[0, 2]]], spacing=0.5))
    >>> mesh.labels
    array([1, 1, 2], dtype=int32)
    >>> len(mesh.facets), int(mesh.inner.sum())
    (15, 1)
    """
    taken(image, LabelImage, "voxel_mesh", MAKE_IMAGE)
    if image.dim != 3:
        raise InputError("a mesh of hexahedra needs a label image with three axes, not two")
    if not image.labels.any():
        raise InputError("the label image holds label 0 only: there is nothing to mesh")
    _check_memory(np.prod(np.array(image.labels.shape, dtype=float) + 1))
    padded = np.pad(image.labels, 1)
    solid = padded > 0
    if image.phases and not keep_voids:
        solid &= ~image.phases.mask("void", padded)
    if not solid.any():
        raise InputError("there is nothing to mesh but voids; keep them (--keep-voids)")
    used = np.zeros(np.array(padded.shape) - 1, dtype=np.bool_)
    for step in product((0, 1), repeat=3):
        used |= _shifted(solid, step)
    node, cell = _numbered(used), _numbered(solid)
    points = np.empty((int(node.max()) + 1, 3))
    cells = np.empty((int(cell.max()) + 1, 8), dtype=np.int32)
    grid = np.array(image.origin - 0.5 * image.spacing), np.array(image.spacing)
    for_chunks(
        len(node), _PLANES, lambda i, j: core.fill_hexes(node, cell, *grid, i, j, points, cells)
    )
    facets, facet_grains, facet_cells = _facets(padded, node, cell)
    edges, quadruple_points = _junctions(padded, solid, node)
    found = {"size": float(image.spacing.max()), **(info or {})}
    if image.phases:
        found["phases"] = image.phases.plain()
    labels = padded[solid]
    return HexMesh(
        points, cells, labels, facets, facet_grains, facet_cells, edges, quadruple_points, found
    )


def _check_memory(corners: float) -> None:
    """Refuse an image whose mesh would not fit the machine."""
    have = total_memory()
    if corners > MOST or BYTES * corners > have:
        raise ResourceError(
            f"{corners:.3g} voxels need {BYTES * corners / 1e9:.3g} GB of memory, this machine has "
            f"{have / 1e9:.3g} GB; cut the image in parts or take larger voxels"
        )


def sides_of_facets(cells: Ints, facets: Ints) -> Ints:
    """Place in ``SIDES`` of the side of cell k, (k, 8), that facet k is, (k, 4); shape (k,)."""
    inside = (cells[:, :, None] == facets[:, None, :]).any(axis=2)
    table = np.zeros(256, dtype=np.int32)
    table[list(SIDES)] = np.arange(6)
    found: Ints = table[(inside << np.arange(8)).sum(axis=1)]
    return found


def _shifted(array: AnyArray, step: tuple[int, ...]) -> AnyArray:
    """All but one layer of each axis: the last where the step is 0, the first where it is 1."""
    return array[tuple(slice(s, n - 1 + s) for s, n in zip(step, array.shape, strict=True))]


def _numbered(chosen: Bools) -> Ints:
    """Number the chosen places in C order; -1 elsewhere."""
    number = numbering(chosen.ravel()).reshape(chosen.shape)
    return np.where(chosen, number, np.int32(-1))


def _facets(labels: Ints, node: Ints, cell: Ints) -> tuple[Ints, Ints, Ints]:
    """Faces between voxels of different labels, axis by axis, in C order."""
    parts = []
    for axis in range(3):
        core = tuple(slice(None) if k == axis else slice(1, -1) for k in range(3))
        last = tuple(slice(0, -1) if k == axis else slice(None) for k in range(3))
        first = tuple(slice(1, None) if k == axis else slice(None) for k in range(3))
        below, above = labels[core][last], labels[core][first]
        beside = [cell[core][part] >= 0 for part in (last, first)]
        place = np.nonzero((below != above) & (beside[0] | beside[1]))
        grains = np.stack([below[place], above[place]], axis=1)
        cells = np.stack([cell[core][last][place], cell[core][first][place]], axis=1)
        nodes = np.stack(
            [
                node[tuple(at + s for at, s in zip(place, step, strict=True))]
                for step in QUADS[axis]
            ],
            axis=1,
        )
        turned = (cells[:, 0] < 0) | ((cells[:, 1] >= 0) & (grains[:, 1] < grains[:, 0]))
        grains[turned] = grains[turned][:, ::-1]
        cells[turned] = cells[turned][:, ::-1]
        nodes[turned] = nodes[turned][:, ::-1]
        parts.append((nodes, grains, cells))
    nodes, grains, cells = (np.concatenate(part) for part in zip(*parts, strict=True))
    return nodes, grains, cells


def _junctions(labels: Ints, solid: Bools, node: Ints) -> tuple[Ints, Ints]:
    """Triple lines, axis by axis, and quadruple points, in C order."""
    lines = np.zeros((3, *node.shape), dtype=np.bool_)
    meets = np.zeros(node.shape, dtype=np.bool_)
    for_chunks(len(node), _PLANES, lambda i, j: core.mark_junctions(labels, i, j, lines, meets))
    meets &= node >= 0
    edges = []
    for axis in range(3):
        place = np.nonzero(lines[axis] & _at_edges(solid, axis, node.shape))
        ahead = tuple(at + (k == axis) for k, at in enumerate(place))
        edges.append(np.stack([node[place], node[ahead]], axis=1))
    return np.concatenate(edges), node[meets]


def _at_edges(solid: Bools, axis: int, shape: tuple[int, ...]) -> Bools:
    """Whether the edge from every corner along an axis has a cell."""
    there = np.zeros(shape, dtype=np.bool_)
    steps = [(1,) if k == axis else (0, 1) for k in range(3)]
    for step in product(*steps):
        there |= _shifted(solid, step)
    return there
