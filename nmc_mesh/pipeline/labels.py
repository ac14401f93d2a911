"""A label image, or one period of it, to its mesh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nmc_mesh.errors import InputError
from nmc_mesh.extensions import DEFAULT_MESHER
from nmc_mesh.geometry.label_image import LabelImage, kept_labels
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.back_end import MesherBackEnd
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.mesher.pieces import Small
from nmc_mesh.mesher.second_order import check_order, of_order
from nmc_mesh.mesher.sizes import Size, check_size
from nmc_mesh.mesher.tetrahedralize import find_mesher, tetrahedralize
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.progress import LOG, Progress, silent


def mesh_labels(
    image: LabelImage,
    size: Size | None = None,
    *,
    keep: Iterable[int] | None = None,
    outer: float | None = None,
    growth: float = 0.0,
    keep_voids: bool = False,
    small: Small = "merge",
    smooth: bool | int = True,
    order: int = 1,
    mesher: str | MesherBackEnd = DEFAULT_MESHER,
    periodic: bool = False,
    progress: Progress = silent,
) -> tuple[LabelImage, TetMesh]:
    """Mesh a label image, or some of its labels.

    Parameters
    ----------
    image
        Labels in three dimensions; 0 is outside.
    size
        Edge length of the mesh in um, or several: see `tetrahedralize`, as for the default.
    keep
        Labels to mesh, see `kept_labels`; default: all but 0.
    outer, growth, mesher, progress
        As for `generate`.
    keep_voids
        Whether labels of voids (the image's ``phases`` name them) keep their cells.
    small
        What becomes of pieces of 1 to 7 voxels, "merge" or "keep": see `tetrahedralize`.
    smooth
        Whether boundaries are smoothed; 0 keeps the surface of the voxels: see `tetrahedralize`.
    order
        Order of the cells, 1 or 2; the edges of those of an image are straight.
    periodic
        Whether the image is one period of a tiling: see `tetrahedralize_periodic`. Its cells have
        one size and first order.

    Returns
    -------
    image, mesh
        The labels that were meshed, and their mesh: tagged and checked.

    Raises
    ------
    InputError
        If the size is not positive, the image not 3D, or the same label everywhere, or a label to
        keep does not occur, the order is neither 1 nor 2, the mesher is unknown, or a periodic
        mesh is to have what it cannot.
    MeshError
        If no valid mesh could be made, or more than half of the labels would be lost.

    Warns
    -----
    UserWarning
        If the size is too large for the grains, or labels are lost, which are named.
    """
    check_order(order)
    find_mesher(mesher)
    if image.dim == 3 and image.labels.min() == image.labels.max():
        raise InputError(
            f"every voxel has the label {image.labels.flat[0]}, so there is no boundary to mesh; "
            "a label image needs at least two labels"
        )
    chosen = image if keep is None else kept_labels(image, keep)
    if isinstance(size, float | int):
        labels, voxels = chosen.voxels()
        check_size(size, float(cbrt((voxels[labels > 0] * chosen.voxel_volume).mean())))
    if periodic:
        _check_periodic(size, outer, growth, smooth, order, mesher)
        single = None if size is None else float(size)  # type: ignore[arg-type]
        mesh = tetrahedralize_periodic(
            chosen, single, small=small, keep_voids=keep_voids, progress=progress
        )
        LOG.info("meshed: %r", mesh)
        return chosen, mesh
    ways: dict[str, Any] = {"outer": outer, "growth": growth, "small": small, "smooth": smooth}
    mesh = tetrahedralize(
        chosen, size, **ways, keep_voids=keep_voids, mesher=mesher, progress=progress
    )
    LOG.info("meshed: %r", mesh)
    return chosen, of_order(mesh, order, chosen, progress)


def _check_periodic(
    size: Size | None,
    outer: float | None,
    growth: float,
    smooth: bool | int,
    order: int,
    mesher: str | MesherBackEnd,
) -> None:
    """Refuse what periodic meshes of images have no form of yet."""
    several = size is not None and not isinstance(size, float | int)
    for asked, what, remedy in (
        (several or outer is not None or growth, "cells of one size", "--outer-size and --growth"),
        (not smooth, "smooth boundaries", "--smooth"),
        (order != 1, "cells of first order", "--order"),
        (mesher != DEFAULT_MESHER, "our own mesher", "--mesher"),
    ):
        if asked:
            raise InputError(f"periodic meshes have {what}; leave {remedy} out")
