"""The mesher for periodic polycrystals: a period of a tiling of space by tetrahedra.

Seeds and their images are a diagram like any other, see `PeriodicCell`; how it is cleaved and
improved without a border is told in `torus`, what is done to images in `periodic_image`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from nmc_mesh.doors import positive, taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import check_cells
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import Repairs, whole_grains
from nmc_mesh.mesher.field import Field, diagram_field
from nmc_mesh.mesher.improve import MENDING, ROUNDS
from nmc_mesh.mesher.lost import Losses, lost_labels
from nmc_mesh.mesher.periodic_image import image_period
from nmc_mesh.mesher.periodic_soup import Alike, Cut, Images, cut_at, cut_between
from nmc_mesh.mesher.pieces import Small
from nmc_mesh.mesher.sizes import EDGES_PER_GRAIN
from nmc_mesh.mesher.torus import LEAST, Torus, check_size
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Ints

Seam = Literal["box", "grains"]
"""Where a period is cut out of the tiling: along a box, or along boundaries between grains."""

_MAKE = "draw one: periodic_cell(model), or make an image of an array: LabelImage(labels, spacing)"


def tetrahedralize_periodic(
    source: PeriodicCell | LabelImage,
    size: float | None = None,
    *,
    seam: Seam = "box",
    small: Small = "merge",
    keep_voids: bool = False,
    progress: Progress = silent,
) -> TetMesh:
    """Mesh one period of a periodic polycrystal, or a label image taken as one period.

    The cells and their translates by whole periods tile space, facet on facet. What borders on
    other translates is the seam, part of ``mesh.outer``: not planes, but faces of cells, as no cell
    is cut. Nodes on it have partners whose coordinates differ by whole periods to the last bit, see
    `periodic_pairs`. So volumes add up to that of the box.

    An image is meshed as `tetrahedralize` does, with its next translate beyond every face: what
    goes on there is one piece, and has the volume of its voxels. Label 0 gets no cells, nor do
    voids: their surfaces are no seam, and have no partners.

    Parameters
    ----------
    source
        What to mesh.
    size
        Edge length in um, but for what makes a whole number of lattice cells fit each period; at
        most an eighth of the shortest of all periods. Default: a quarter of the mean grain's edge
        length (for an image not more than two voxels), or that eighth.
    seam
        Where the period is cut out: "box", as near to the box [0, L], the parallelepiped of the
        vectors or the box of the image as whole cells of the mesh allow, or "grains", along grain
        boundaries, so that every grain is whole.
    small
        Of an image: what becomes of pieces of 1 to 7 voxels, as in `tetrahedralize`.
    keep_voids
        Of an image: whether voids (see `Phases`) keep their cells.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    TetMesh
        Cells labelled by grain, 1 ... n, or as the image is. ``info`` tells the ``period``, (3,) of
        a box or (3, 3), the ``seam``, the size, the repairs and the labels lost because they are
        thinner than the mesh.

    Raises
    ------
    InputError
        If the size is not positive or too large for the period, there is no such seam, or an image
        has not three axes, no label, lies thousands of periods from the origin, or is to be cut
        out along grains.
    ResourceError
        If the mesh would not fit the memory that is free.
    MeshError
        If the mesh does not pass the validator, or more than half of the grains would be lost.

    Warns
    -----
    UserWarning
        If grains are lost, or labels of an image merged, which are named.

    Examples
    --------
    >>> pair = nmc_mesh.GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    >>> mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.PeriodicCell(pair, 2.0), 0.25)
    >>> corners = mesh.points[mesh.cells]
    >>> volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    >>> round(float(volumes.sum()), 12), np.bincount(mesh.labels, volumes).round(1).tolist()
    (8.0, [0.0, 4.0, 4.0])

    The same layers as an image: label 1 is one piece, which goes on through the seam.

    >>> labels = np.array([1, 2, 2, 1])[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.LabelImage(labels, 0.5), 0.25)
    >>> mesh.info["period"], mesh.labels_there.tolist()
    ((2.0, 2.0, 2.0), [1, 2])
    """
    taken(source, (PeriodicCell, LabelImage), "tetrahedralize_periodic", _MAKE)
    if seam not in get_args(Seam):
        raise InputError(f"the seam of a periodic mesh is 'box' or 'grains', not {seam!r}")
    if isinstance(source, LabelImage):
        if seam != "box":
            raise InputError(
                "labels of an image may go on for ever, so that no seam runs along them; leave the "
                "seam at 'box'"
            )
        return image_period(source, size, small, keep_voids, progress)
    return _polycrystal(source, size, seam, progress)


def _polycrystal(cell: PeriodicCell, size: float | None, seam: Seam, progress: Progress) -> TetMesh:
    own = min(cell.grain_size / EDGES_PER_GRAIN, float(cell.tiling.lengths.min()) / LEAST)
    length = own if size is None else positive(size, "the size")
    check_size(length, cell.tiling)
    progress("prepare", 0.0)
    images = Images(cell.arranged, cell.n_grains)
    field = _field(cell, length)
    every: Ints = np.arange(1, cell.n_grains + 1, dtype=np.int32)
    losses = Losses(length, own, every, None)
    torus = Torus(np.zeros(3), cell.tiling, images, length)
    progress("cleave", 0.0)
    soup = torus.cleaved(_lattice_field(cell, field, torus), progress)
    losses.refuse(lost_labels(images.grain[soup.labels], every))
    soup, early = _repaired(soup, cell, images, torus.across(soup))
    progress("cleave", 1.0)
    rounds = (*ROUNDS, *MENDING)
    for number, turn in enumerate(rounds):
        soup = torus.improved(field, soup, (turn,))
        progress("improve", (number + 1) / len(rounds))
    soup, late = _repaired(soup, cell, images, torus.across(soup))
    cut = _cut_out(soup, cell, images, seam)
    labels = cut.soup.labels
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


def _field(cell: PeriodicCell, size: float) -> Field:
    """Functions of all images, where the period may lie however the tiling is cut."""
    corners = cell.tiling.moves(0.5 + (2.0 * np.array(list(np.ndindex(2, 2, 2))) - 1.0))
    diagram, margin = cell.arranged.diagram, 4.0 * size
    every = np.arange(len(diagram), dtype=np.int32)
    lower, upper = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    return diagram_field(diagram, every, lower, upper, size)


def _lattice_field(cell: PeriodicCell, field: Field, torus: Torus) -> Field:
    """The same in the coordinates of the lattice, where these are others."""
    lattice = torus.lattice
    if lattice.frame is None:
        return field
    diagram, grid = cell.arranged.diagram, lattice.grid
    every = np.arange(len(diagram), dtype=np.int32)
    upper = grid.lower + grid.shape * grid.step
    return diagram_field(lattice.of(diagram), every, grid.lower, upper, torus.size)


def _cut_out(soup: Soup, cell: PeriodicCell, images: Images, seam: Seam) -> Cut:
    """One period, labelled by grains."""
    grains = soup._replace(labels=images.grain[soup.labels])
    if seam == "box":
        return cut_at(grains, cell.periods, Alike(), np.zeros(3))
    turns = images.turns[soup.labels]
    return cut_between(grains, cell.tiling, turns)


def _repaired(soup: Soup, cell: PeriodicCell, images: Images, across: Ints) -> tuple[Soup, Repairs]:
    """Leave every grain in one piece of the tiling."""
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


def _facts(
    cell: PeriodicCell, size: float, seam: str, early: Repairs, late: Repairs
) -> dict[str, Any]:
    """What the mesh tells of its source and its making."""
    crystals = {} if cell.orientations is None else {"orientations": cell.orientations}
    return {
        "provenance": dict(cell.provenance),
        **crystals,
        "period": cell.periods.plain(),
        "seam": seam,
        "size": size,
        "fragments": early.fragments + late.fragments,
        "fragment_volume": early.fragment_volume + late.fragment_volume,
    }
