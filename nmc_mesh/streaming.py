"""Meshes that are larger than memory: made slab by slab, and written as they come."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from nmc_mesh.doors import positive, taken
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.io.streams import ENDINGS, files_of
from nmc_mesh.mesh.groups import Blocks, Boundaries
from nmc_mesh.mesh.slab import StreamReport, Tally
from nmc_mesh.mesher.components import Repairs, making_facts
from nmc_mesh.mesher.lost import Losses, labels_and_volumes, lost_labels
from nmc_mesh.mesher.sizes import default_size
from nmc_mesh.mesher.stream import check_streamed, planned, slabs
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.mesher.tetrahedralize import source_facts
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent

SLAB_CELLS = 4_000_000
"""Cells in work at a time, about: 0.5 GB (ours)."""


def stream_tetrahedra(
    particle: Particle,
    path: str | PathLike[str],
    size: float | None = None,
    *,
    slab_cells: float = SLAB_CELLS,
    blocks: Blocks = "auto",
    boundaries: Boundaries = "auto",
    progress: Progress = silent,
) -> StreamReport:
    """Mesh a particle of whole grains into files, with a part of the mesh in memory.

    The mesh is what `nmc_mesh.tetrahedralize` makes of one size, in the same way, slab by slab
    along the longest axis; it is as good, but not the same, as each slab is improved before the
    next is there. Memory goes with ``slab_cells`` and the number of grains. The mesh conforms from
    slab to slab, every vertex is there once, every cell is positive, every grain in one piece. The
    same particle, size and ``slab_cells`` give the same bytes on any number of threads.

    The files are those of ``nmc_mesh.write("particle.xdmf", mesh)``, cells and facets with their
    tags, an HDF5 file for each, or of ``nmc_mesh.write("particle.e", mesh)``, blocks, side sets and
    variables in one file; but without triple lines and quadruple points. While they are written the
    disk needs as much again.

    Parameters
    ----------
    particle
        Whole grains of one phase: what ends at its shell, or has a coating, a domain, pores,
        lamellae or other particles beside it, is meshed as a whole.
    path
        The file to write, ``particle.xdmf`` or ``particle.e`` (Exodus II).
    size
        Edge length in um. Default: a quarter of the mean grain's edge length.
    slab_cells
        About how many cells may be in work at a time, 130 bytes each. A slab has eight layers of
        the lattice at least, 13 edges, whatever this says.
    blocks, boundaries
        Which groups cells and facets have: see `nmc_mesh.write`.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    StreamReport
        How many there are of everything, and the shapes of cells.

    Raises
    ------
    InputError
        If the particle is another, a number is not positive, or the path ends in neither .xdmf nor
        .e; if an array of Exodus II would be larger than 4 GiB.
    ResourceError
        If a slab would not fit the memory that is free.
    MeshError
        If a cell is not positive, or more than half of the grains would be lost.
    FileError
        If a file cannot be written.

    Warns
    -----
    UserWarning
        If grains are lost, which are named.

    Examples
    --------
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, diameter=1.2)
    >>> report = nmc_mesh.stream_tetrahedra(particle, "grains.xdmf", size=0.1)
    >>> mesh = nmc_mesh.read("grains.xdmf")
    >>> report.cells == len(mesh.cells), report.grains == particle.n_grains
    (True, True)
    """
    taken(particle, Particle, "stream_tetrahedra", "mesh an image whole: tetrahedralize(image)")
    check_streamed(particle)
    edge = default_size(particle) if size is None else positive(size, "the size")
    most = positive(slab_cells, "the number of cells in work", "")
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise InputError(
            f"meshes are streamed to {' and '.join(ENDINGS)}, not to '{target.name}'; name "
            "particle.xdmf, or mesh the particle as a whole"
        )
    progress("plan", 0.0)
    plan = planned(particle, edge, most, progress)
    labels, _ = labels_and_volumes(particle)
    losses = Losses(edge, default_size(particle), labels, None)
    losses.refuse(lost_labels(np.flatnonzero(plan.vertices_of).astype(np.int32), labels))
    with files_of(target) as stream:
        components, tally = Components(), Tally()
        progress("mesh", 0.0)
        for slab in slabs(plan, components, tally, progress):
            stream.append(slab)
            del slab  # the next one needs the room
        settled, repairs = components.settled()
        lost = lost_labels(settled, labels)
        losses.refuse(lost)
        if not (settled > 0).any():
            raise MeshError("the mesh has no cell inside a grain; take a smaller size")
        facts = making_facts(edge, repairs, Repairs(0, 0.0, ()))
        facts |= source_facts(particle) | {"lost_grains": tuple(lost.tolist())}
        progress("write", 0.0)
        counts = stream.finish(settled, facts, blocks, boundaries)
    progress("write", 1.0)
    losses.warn(lost)
    return StreamReport(
        *counts,
        volume=float(components.volumes[settled > 0].sum()),
        smallest_angle=tally.smallest_angle,
        smallest_angle_p1=tally.smallest_angle_below(0.01),
        largest_angle=tally.largest_angle,
        mean_radius_ratio=tally.mean_radius_ratio,
        info=facts,
    )
