"""The mesher: from a particle or a label image to a conforming, smooth, tagged mesh."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MESHER, Registry
from nmc_mesh.extensions import MESHERS as EXTENSION_GROUP
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.geometry.phases import ALL_GRAINS, Phases
from nmc_mesh.memory import trim_memory
from nmc_mesh.mesh.phases import without_voids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import check_cells
from nmc_mesh.mesher.around import sizes_around
from nmc_mesh.mesher.back_end import MesherBackEnd, Tetrahedra, check_tetrahedra
from nmc_mesh.mesher.cleaving import cleaving
from nmc_mesh.mesher.lost import Losses, labels_and_volumes, lost_labels, warn_of_merged
from nmc_mesh.mesher.pieces import Small, faces_of, is_cut_off, without_small
from nmc_mesh.mesher.sizes import Size, Sizes, default_size, read_sizes
from nmc_mesh.mesher.voids import grown_voids
from nmc_mesh.mesher.voxel_cells import check_unsmoothed, voxel_tetrahedra
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent


def tetrahedralize(
    source: Particle | LabelImage,
    size: Size | None = None,
    *,
    outer: float | None = None,
    growth: float = 0.0,
    keep_voids: bool = False,
    void_volumes: bool = True,
    small: Small = "merge",
    smooth: bool | int = True,
    mesher: str | MesherBackEnd = DEFAULT_MESHER,
    progress: Progress = silent,
) -> TetMesh:
    """Mesh a particle or a label image.

    The boundaries follow F_A(x) = F_B(x): the exact quadrics of a particle's tessellation, or the
    smoothed indicators of a label image, without a staircase and with the volumes of its voxels. A
    lattice, A15 or where sizes differ body-centred cubic, is warped and cut along them (warped
    cleaving after Labelle & Shewchuk, doi 10.1145/1275808.1276448, Doran, thesis, UBC 2013, and
    Bronson et al., doi 10.1109/TVCG.2013.115), then improved by collapses, flips and smoothing on
    the strata (grain, boundary, triple line, quadruple point).

    A label of an image may have several pieces, voxels that hang together by faces. Each comes out
    as one, with its own volume; label 0 is one whatever its pieces.

    Where grains reach the border of an image they are cut off there: they end on the faces of its
    box exactly, with sharp edges. A particle whose surface is its shell ends on that.

    Labels of other phases than grains (see `Phases`) are meshed alike; then voids lose their cells.
    Their walls stay known, as facets of a grain and the void's label, and are no outer surface.

    Parameters
    ----------
    source
        What to mesh. Label 0 is outside and gets no cells.
    size
        Edge length in um: one for all, one per grain (n,), or a function that takes points (k, 3)
        and gives lengths (k,). Where two grains meet the smaller holds; from place to place lengths
        change by at most 0.5 um per um. Edges in a particle come out 0.6 to 1.2 times as long, as
        its lattice is halved from place to place. In an image or a domain the mesh is made with the
        smallest length and then coarsened, so that one sets time and memory. Default: a quarter of
        the mean grain's edge length; for an image not more than two voxels.
    outer
        Edge length in um at the outer surface, where it should be smaller.
    growth
        By how much edges may be longer for each um of distance from the nearest boundary, whatever
        was asked for inside; 0 for lengths as asked for, 0.5 for half of the cells where ``size``
        is a twentieth of a grain.
    keep_voids
        Whether voids (pores, cracks) keep their cells.
    void_volumes
        Whether walls of a particle's pores are moved out by what flat facets cut off, so that pores
        have their volume; without it, as cells of second order want it, walls are exact.
    small
        What becomes of pieces of 1 to 7 voxels in an image: "merge" gives each to the label that it
        has most surface in common with, or to outside, unless there is nothing else; "keep" meshes
        them as any other, with worse angles there. ``info`` names labels that are no more.
    smooth
        Whether boundaries of an image are smoothed. 0 keeps the surface of its voxels: five
        tetrahedra in every voxel, small pieces too, and volumes exact to rounding; no sizes then.
    mesher
        What makes the tetrahedra: "cleaving", as told above, the name of a back end that another
        package adds, or one itself (see ``nmc_mesh.mesher.back_end``). Tags and validator are ours.
    progress
        Called with the name of the stage and the share of it that is done.

    Returns
    -------
    TetMesh
        Cells labelled by grain: numbers of ``source``, kept even if a grain is lost. ``info`` tells
        the size, the repairs and the labels lost because they are thinner than the mesh; of a
        particle that ends at its shell, or an image that cuts grains off, also how many vertices
        are kept ``off_boundary`` by their cells; of such an image also the corners of its ``box``;
        of any image its ``small_labels``, its number of ``small_pieces`` and ``merged_labels``.

    Raises
    ------
    InputError
        If a size is not positive, the sizes are not one per grain, the growth is negative, the
        image not 3D, nothing is there, there is no such mesher or way with what is small, or a
        particle or a size comes with ``smooth`` 0.
    ResourceError
        If the mesh would not fit the memory that is free; the message names a size that would.
    MeshError
        If the mesh does not pass the validator, or more than half of the grains would be lost.

    Warns
    -----
    UserWarning
        If grains are lost, or labels of an image merged, which are named.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.1)
    >>> len(np.unique(mesh.labels)) == particle.n_grains, mesh.info["lost_grains"]
    (True, ())

    Each half of a box of 2 um keeps its volume of 4 um^3.

    >>> labels = np.repeat([1, 2], 4)[:, None, None] * np.ones((1, 8, 8), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.25))
    >>> corners = mesh.points[mesh.cells]
    >>> volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    >>> np.bincount(mesh.labels, volumes).round(2)
    array([0., 4., 4.])
    """
    taken(source, (Particle, LabelImage), "tetrahedralize", MAKE_IMAGE)
    back_end = find_mesher(mesher)
    _check_source(source)
    if not smooth:
        check_unsmoothed(source, size, outer, growth, back_end is cleaving)
        back_end = voxel_tetrahedra
    facts = source_facts(source)
    whole = source
    if isinstance(source, LabelImage) and smooth:
        source, small_facts = without_small(source, small)
        facts |= small_facts
    count = source.n_labels if isinstance(source, Particle) else int(source.labels.max())
    sizes = _sizes(source, size, outer, growth, count)
    meshed = source
    if void_volumes and isinstance(source, Particle) and source.phases:
        meshed = grown_voids(source, sizes)
    ours = back_end is cleaving and meshed is not whole
    made = cleaving(meshed, sizes, progress, whole) if ours else back_end(meshed, sizes, progress)
    made = check_tetrahedra(made, count)
    labels, volumes = labels_and_volumes(source)
    what = "labels" if source.phases else "grains"
    losses = Losses(sizes.least, default_size(source), labels, volumes, what)
    lost = lost_labels(made.labels, labels)
    losses.refuse(lost)
    progress("tag", 0.0)
    facts["lost_grains"] = tuple(lost.tolist())
    if back_end is not cleaving:
        facts |= {"mesher": _name_of(mesher), "size": sizes.least}
    phases = ALL_GRAINS if keep_voids else source.phases
    mesh = _tag_inside(made, phases, {**facts, **made.facts})
    del made  # the validator needs the room
    trim_memory(len(mesh.cells))
    progress("tag", 1.0)
    progress("validate", 0.0)
    check_cells(mesh, whole=isinstance(source, Particle))
    progress("validate", 1.0)
    losses.warn(lost)
    warn_of_merged(mesh.info.get("merged_labels", ()))
    return mesh


def find_mesher(mesher: str | MesherBackEnd) -> MesherBackEnd:
    """Return a mesher back end by its name, or as it is; InputError if there is none."""
    return MESHERS.find(mesher) if isinstance(mesher, str) else mesher


def _name_of(mesher: str | MesherBackEnd) -> str:
    return mesher if isinstance(mesher, str) else getattr(mesher, "__name__", repr(mesher))


def _check_source(source: Particle | LabelImage) -> None:
    """Refuse what no back end could mesh."""
    if isinstance(source, Particle):
        return
    if source.dim != 3:
        raise InputError("a mesh of tetrahedra needs a label image with three axes, not two")
    if not source.labels.any():
        raise InputError("the label image holds label 0 only: there is nothing to mesh")


def _sizes(
    source: Particle | LabelImage,
    size: Size | None,
    outer: float | None,
    growth: float,
    count: int,
) -> Sizes:
    """Check the sizes asked for."""
    if isinstance(source, Particle):
        lower, upper = source.bounds()
    else:
        lower = source.origin
        upper = source.origin + source.spacing * np.array(source.labels.shape)
    asked = default_size(source) if size is None else size
    if isinstance(source, Particle) and source.n_labels > len(source.kept):
        return sizes_around(read_sizes(asked, outer, growth, count, lower, upper), source)
    return read_sizes(asked, outer, growth, count, lower, upper)


def source_facts(source: Particle | LabelImage) -> dict[str, Any]:
    """What the mesh tells of its source."""
    phases = {"phases": source.phases.plain()} if source.phases else {}
    if not isinstance(source, Particle):
        if not is_cut_off(source):
            return phases
        lower, upper = faces_of(source)
        return phases | {"box": (tuple(lower.tolist()), tuple(upper.tolist()))}
    crystals = {} if source.orientations is None else {"orientations": source.orientations}
    owners = {"parents": source.parents.plain(), "particles": source.particles.plain()}
    more = {name: runs for name, runs in owners.items() if runs}
    facts = {"provenance": dict(source.provenance), **crystals, **phases, **more}
    known = source.provenance.get("profiles")
    return {**facts, "profiles": dict(known)} if known else facts


def _tag_inside(made: Tetrahedra, phases: Phases, info: dict[str, Any]) -> TetMesh:
    """Drop the cells outside and those of voids, and tag the rest."""
    points, cells, labels = (np.asarray(part) for part in made[:3])
    kept = labels > 0
    if not kept.all():  # ours has none
        cells, labels = cells[kept], labels[kept]
    return without_voids(points, cells, labels, phases, info)


MESHERS: Registry[MesherBackEnd] = Registry(
    EXTENSION_GROUP,
    {DEFAULT_MESHER: cleaving},
    lambda value: "" if callable(value) else f"it is a {type(value).__name__}, not a function",
)
"""Mesher back ends by name, those of other packages too (see ``nmc_mesh.extensions``)."""
