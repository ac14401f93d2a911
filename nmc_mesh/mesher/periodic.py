"""The mesher for periodic polycrystals: a period of a tiling of space by tetrahedra.

A lattice that fits the period is cleaved once, with what is a period apart treated as one
(`wrap`). Then the tiling is cut open somewhere, and improved with the cells at the seam held; the
next round cuts it open elsewhere. So every cell is improved, and both sides of every seam are the
same nodes: nothing has to be matched afterwards.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from nmc_mesh.doors import positive, taken
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import check_cells
from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice
from nmc_mesh.mesher.components import Repairs, whole_grains
from nmc_mesh.mesher.field import Field, diagram_field
from nmc_mesh.mesher.improve import MENDING, ROUNDS, improve
from nmc_mesh.mesher.lattice import check_memory, lattice_in
from nmc_mesh.mesher.lost import Losses, lost_labels
from nmc_mesh.mesher.periodic_soup import (
    Cut,
    Images,
    across_seam,
    cut_at,
    cut_between,
    rounded,
)
from nmc_mesh.mesher.sizes import EDGES_PER_GRAIN
from nmc_mesh.mesher.wrap import GHOSTS, PeriodicWrap
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Ints

Seam = Literal["box", "grains"]
"""Where a period is cut out of the tiling: along a box, or along boundaries between grains."""

_LEAST = 8
"""Edges per period: stars of vertices must not meet their own images (ours)."""

_WALK = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])
"""Corners of the cuts, in periods: powers of the root of x^4 = x + 1, whose multiples fill the cube
evenly (Roberts' sequence R3), so no place is near a seam for many rounds."""


def tetrahedralize_periodic(
    cell: PeriodicCell,
    size: float | None = None,
    *,
    seam: Seam = "box",
    progress: Progress = silent,
) -> TetMesh:
    """Mesh one period of a periodic polycrystal.

    The cells and their translates by whole periods tile space, facet on facet. What borders on
    other translates is the seam, ``mesh.outer``: not planes, but faces of cells, as no cell is cut.
    Nodes on it have partners whose coordinates differ by whole periods to the last bit, see
    `periodic_pairs`. So volumes add up to that of the box.

    Parameters
    ----------
    cell
        What to mesh.
    size
        Edge length in um, but for what makes a whole number of lattice cells fit each period; at
        most an eighth of the shortest period. Default: a quarter of the mean grain's edge length,
        or that eighth.
    seam
        Where the period is cut out: "box", as near to the box [0, L] as whole cells of the mesh
        allow, or "grains", along grain boundaries, so that every grain is whole.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    TetMesh
        Cells labelled by grain, 1 ... n. ``info`` tells ``period`` (3,), the ``seam``, the size,
        the repairs and the labels lost because they are thinner than the mesh.

    Raises
    ------
    InputError
        If the size is not positive or too large for the period, or there is no such seam.
    ResourceError
        If the mesh would not fit the memory that is free.
    MeshError
        If the mesh does not pass the validator, or more than half of the grains would be lost.

    Warns
    -----
    UserWarning
        If grains are lost, which are named.

    Examples
    --------
    >>> pair = nmc_mesh.GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    >>> mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.PeriodicCell(pair, 2.0), 0.25)
    >>> corners = mesh.points[mesh.cells]
    >>> volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    >>> round(float(volumes.sum()), 12), np.bincount(mesh.labels, volumes).round(2).tolist()
    (8.0, [0.0, 4.0, 4.0])
    """
    taken(cell, PeriodicCell, "tetrahedralize_periodic", "draw one: periodic_cell(model)")
    own = min(cell.grain_size / EDGES_PER_GRAIN, float(cell.period.min()) / _LEAST)
    length = own if size is None else positive(size, "the size")
    _check(cell, length, seam)
    progress("prepare", 0.0)
    images = Images(cell.arranged, cell.n_grains)
    field = _field(cell, length)
    every: Ints = np.arange(1, cell.n_grains + 1, dtype=np.int32)
    losses = Losses(length, own, every, None)
    progress("cleave", 0.0)
    soup = _cleaved(cell, field, images, length, progress)
    losses.refuse(lost_labels(images.grain[soup.labels], every))
    soup, early = _repaired(soup, cell, images)
    progress("cleave", 1.0)
    soup = _improved(soup, cell, field, images, length, progress)
    soup, late = _repaired(soup, cell, images)
    cut = _final(soup, cell, images, seam)
    labels = images.grain[cut.soup.labels]
    lost = lost_labels(labels, every)
    losses.refuse(lost)
    info = _facts(cell, length, seam, early, late) | {"lost_grains": tuple(lost.tolist())}
    progress("tag", 0.0)
    mesh = tagged(cut.soup.points, cut.soup.cells, labels, info)
    progress("tag", 1.0)
    progress("validate", 0.0)
    check_cells(mesh, whole=seam == "grains")
    progress("validate", 1.0)
    losses.warn(lost)
    return mesh


def _check(cell: PeriodicCell, size: float, seam: str) -> None:
    if seam not in get_args(Seam):
        raise InputError(f"the seam of a periodic mesh is 'box' or 'grains', not {seam!r}")
    most = float(cell.period.min()) / _LEAST
    if size > most:
        raise InputError(
            f"cells of {size:g} um are too large for a period of {cell.period.min():g} um; take a "
            f"size of at most {most:.3g} um, or more grains"
        )
    check_memory(np.zeros(3), cell.period, size)


def _field(cell: PeriodicCell, size: float) -> Field:
    """Functions of all images, where the period may lie however the tiling is cut."""
    margin = 0.5 * cell.period + 4.0 * size
    diagram = cell.arranged.diagram
    return diagram_field(
        diagram, np.arange(len(diagram), dtype=np.int32), -margin, cell.period + margin, size
    )


def _cleaved(
    cell: PeriodicCell, field: Field, images: Images, size: float, progress: Progress
) -> Soup:
    lower = np.zeros(3)
    grid = lattice_in(lower, cell.period, size)
    wrap = PeriodicWrap(grid.shape - 2 * GHOSTS, cell.period, images.moved)
    soup = cleave_lattice(field, grid, NO_ANCHORS, progress, wrap)
    return rounded(soup, cell.period)


def _repaired(soup: Soup, cell: PeriodicCell, images: Images) -> tuple[Soup, Repairs]:
    """Leave every grain in one piece of the tiling."""
    across = across_seam(soup, cell.period)
    if (across < 0).any():
        raise MeshError(
            f"{int((across < 0).sum())} faces of the periodic mesh fit no other; report the seed"
        )
    grains = images.grain[soup.labels]
    mended, repairs = whole_grains(soup._replace(labels=grains), across=across)
    changed = np.flatnonzero(mended.labels != grains).astype(np.int32)
    labels = soup.labels.copy()
    labels[changed] = _nearest(soup, cell, mended.labels[changed], changed)
    return soup._replace(labels=labels), repairs


def _nearest(soup: Soup, cell: PeriodicCell, grains: Ints, chosen: Ints) -> Ints:
    """Label of that image of a grain which is the cheapest in the middle of a cell."""
    middle = 0.25 * soup.points[soup.cells[chosen]].sum(axis=1)
    labels = np.empty(len(chosen), dtype=np.int32)
    for row, (grain, place) in enumerate(zip(grains, middle, strict=True)):
        rows = np.flatnonzero(cell.arranged.seed == grain - 1)
        labels[row] = 1 + rows[np.argmin(cell.arranged.diagram.costs(place, rows))]
    return labels


def _improved(
    soup: Soup, cell: PeriodicCell, field: Field, images: Images, size: float, progress: Progress
) -> Soup:
    rounds = (*ROUNDS, *MENDING)
    for number, turn in enumerate(rounds):
        # From -L/2 to L/2: the field knows no farther.
        corner = ((number * _WALK) % 1.0 - 0.5) * cell.period
        cut = cut_at(soup, cell.period, images, corner)
        soup = improve(field, cut.soup, size, silent, (turn,), fixed=cut.seam)
        soup = rounded(soup, cell.period)
        progress("improve", (number + 1) / len(rounds))
    return soup


def _final(soup: Soup, cell: PeriodicCell, images: Images, seam: str) -> Cut:
    if seam == "grains":
        return cut_between(soup, cell.period, images)
    return cut_at(soup, cell.period, images, np.zeros(3))


def _facts(
    cell: PeriodicCell, size: float, seam: str, early: Repairs, late: Repairs
) -> dict[str, Any]:
    """What the mesh tells of its source and its making."""
    crystals = {} if cell.orientations is None else {"orientations": cell.orientations}
    return {
        "provenance": dict(cell.provenance),
        **crystals,
        "period": tuple(cell.period.tolist()),
        "seam": seam,
        "size": size,
        "fragments": early.fragments + late.fragments,
        "fragment_volume": early.fragment_volume + late.fragment_volume,
    }
