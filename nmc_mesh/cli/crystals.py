"""Crystals of the grains of an image: what was asked for, else the table beside."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nmc_mesh.geometry.label_image import LabelImage
    from nmc_mesh.io.crystals import Crystals
    from nmc_mesh.mesh.tet_mesh import TetMesh

Asked = tuple["Crystals", Path, bool]
"""Orientations, where from, and whether they were asked for."""


def crystals_of(table: Path | None, labels: Path, image: LabelImage) -> Asked | None:
    """Read the table that was named, else what is beside the image; before long work.

    Parameters
    ----------
    table
        Named by the command, or None.
    labels
        File of the image.
    image
        The image.

    Raises
    ------
    InputError, FileError
        See `nmc_mesh.io.crystal_tables.read_orientations`; or if a grain of the image is not there.
    """
    from nmc_mesh.io.crystal_tables import orientations_beside, read_orientations
    from nmc_mesh.io.crystals import check_complete
    from nmc_mesh.io.label_images import label_table

    if table is not None:
        crystals = read_orientations(table)
        names, _ = image.voxels()
        check_complete(crystals, names[image.phases.mask("grain", names)], table)
        return crystals, table, True
    beside = orientations_beside(labels, image.labels.shape)
    return None if beside is None else (beside, label_table(labels), False)


def with_crystals(mesh: TetMesh, crystals: Asked | None) -> TetMesh:
    """Give a mesh its crystals; those that nobody asked for are left out where they do not fit."""
    from nmc_mesh.errors import InputError
    from nmc_mesh.io.crystals import with_orientations

    if crystals is None:
        return mesh
    turns, source, asked = crystals
    try:
        return with_orientations(mesh, turns, source)
    except InputError as error:
        if asked:
            raise
        warnings.warn(f"crystals are left out: {error}", UserWarning, stacklevel=2)
        return mesh
