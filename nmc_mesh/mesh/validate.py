"""The validator: what must hold of every mesh before it is written, and of every mesh read back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import named, one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesh.curved import jacobians
from nmc_mesh.mesh.edges import number_edges
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.quality import Quality, quality
from nmc_mesh.mesh.tagging import beyond_of, tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import Ints

_CHUNK = 1 << 16


@dataclass(frozen=True)
class Report:
    """What the validator found in a sound mesh.

    Parameters
    ----------
    grains, cells, points, facets
        How many there are.
    quality
        Shape of every cell.
    split_grains
        Labels of grains in more than one face-connected piece, shape (s,).
    """

    grains: int
    cells: int
    points: int
    facets: int
    quality: Quality
    split_grains: Ints

    __repr__ = one_line


def validate(mesh: TetMesh, *, whole: bool = True) -> Report:
    """Check a mesh and measure its quality.

    Checked: every coordinate is finite, every vertex used, every cell positive (one of second order
    at every place in it), with one node in the middle of an edge; every triangle on one or two
    cells; facets, triple lines and quadruple points are exactly those that the labels
    of the cells imply, on the right sides; and, if ``whole``, every grain is in one piece.

    Parameters
    ----------
    mesh
        Any mesh, fresh or read from a file.
    whole
        Demand that each grain is one face-connected piece; a measured volume need not be.

    Returns
    -------
    Report
        Counts and quality.

    Raises
    ------
    MeshError
        At the first thing that does not hold; the message names it and counts the offenders.

    Examples
    --------
    >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
    >>> report = nmc_mesh.validate(mesh)
    >>> report.grains, report.cells == len(mesh.cells), len(report.split_grains)
    (2, True, 0)
    """
    taken(mesh, TetMesh, "validate", "make one: tetrahedralize(particle)")
    if not np.isfinite(mesh.points).all():
        raise MeshError("the mesh has vertices that are not finite numbers")
    used = named(mesh.cells, len(mesh.points))
    if not used.all():
        raise MeshError(f"{int((~used).sum())} vertices of the mesh belong to no cell")
    _check_tags(mesh)
    split = check_cells(mesh, whole=whole)
    return Report(
        len(mesh.grains), len(mesh.cells), len(mesh.points), len(mesh.facets), quality(mesh), split
    )


def check_cells(mesh: TetMesh, *, whole: bool = True) -> Ints:
    """Check as ``validate`` does a mesh that ``tagged`` has just made: its tags need no check.

    Returns the labels of grains in more than one piece, (s,).
    """
    bad = sum(_flat_cells(mesh, *part) for part in chunks(len(mesh.cells), _CHUNK))
    if bad:
        raise MeshError(f"{bad} of {len(mesh.cells)} cells have no positive volume")
    if mesh.order == 2:
        _check_middles(mesh)
    split = _split_grains(mesh)
    if whole and len(split):
        names = ", ".join(str(n) for n in split[:5]) + (", ..." if len(split) > 5 else "")
        raise MeshError(f"{len(split)} grains are in more than one piece: {names}")
    return split


def _flat_cells(mesh: TetMesh, start: int, stop: int) -> int:
    """How many of some cells have no positive volume."""
    volumes = np.empty(stop - start)
    corners = np.ascontiguousarray(mesh.cells[start:stop, :4])
    core.cell_volumes(mesh.points, corners, 0, stop - start, volumes)
    return int((~(volumes > 0)).sum())


def _check_middles(mesh: TetMesh) -> None:
    """Cells of one edge share its node; no det J is or may be 0 or less anywhere."""
    middles = mesh.cells[:, 4:]
    number, ends = number_edges(np.ascontiguousarray(mesh.cells[:, :4]), len(mesh.points))
    node = np.empty(len(ends), dtype=np.int32)
    node[number] = middles
    if (node[number] != middles).any() or len(np.unique(node)) != len(node):
        raise MeshError("the mesh has edges with several nodes in the middle, or with a shared one")
    bad = int((~(jacobians(mesh)[:, 0] > 0)).sum())
    if bad:
        raise MeshError(
            f"{bad} of {len(mesh.cells)} second-order cells are inverted somewhere, or may be; "
            "straighten their edges"
        )


def _check_tags(mesh: TetMesh) -> None:
    """Compare the tags with those that the labels of the cells imply."""
    try:
        fresh = tagged(mesh.points, mesh.cells, mesh.labels, beyond=beyond_of(mesh))
    except InputError:  # there are more facets with one cell, or fewer
        raise MeshError("the facets of the mesh are not those that its grains imply") from None
    for name, corners in (("facets", 3), ("edges", 2)):
        have, want = getattr(mesh, name)[:, :corners], getattr(fresh, name)[:, :corners]
        if have.shape != want.shape or not np.array_equal(_sorted(have), _sorted(want)):
            raise MeshError(f"the {name} of the mesh are not those that its grains imply")
    order, wanted = _order(mesh.facets[:, :3]), _order(fresh.facets[:, :3])
    if not np.array_equal(mesh.facet_grains[order], fresh.facet_grains[wanted]):
        raise MeshError("facets of the mesh name other grains than the cells beside them")
    if not np.array_equal(mesh.facet_cells[order], fresh.facet_cells[wanted]):
        raise MeshError("facets of the mesh name other cells than those beside them")
    if not np.array_equal(np.sort(mesh.quadruple_points), np.sort(fresh.quadruple_points)):
        raise MeshError("the quadruple points of the mesh are not those that its grains imply")


def _order(rows: Ints) -> np.ndarray:
    """Return an order that depends on the vertices of each row, not on their turn."""
    return np.lexsort(np.sort(rows, axis=1).T[::-1])


def _sorted(rows: Ints) -> Ints:
    ascending: Ints = np.sort(rows, axis=1)
    return ascending[np.lexsort(ascending.T[::-1])]


def _split_grains(mesh: TetMesh) -> Ints:
    """Grains whose cells are not one face-connected piece."""
    cells = np.ascontiguousarray(mesh.cells[:, :4])
    labels = mesh.labels
    across = neighbours(cells, len(mesh.points))
    parent = np.arange(len(cells), dtype=np.int32)
    core.unite_cells(labels, across, False, parent)
    roots = labels[parent == np.arange(len(cells), dtype=np.int32)]
    names, count = np.unique(roots, return_counts=True)
    split = names[count > 1].astype(np.int32)
    return np.intersect1d(split, mesh.grains) if mesh.phases else split
