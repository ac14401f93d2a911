"""The surface of the voxels itself: five tetrahedra in every voxel, and nothing is smoothed.

A regular one lies between four corners that share no edge, 0, 2, 5, 7 in the picture, and four
around it; they have 1/3 and 1/6 of the voxel's volume. A voxel's neighbours take the other four
corners: so both have the same diagonal on the face between them, and the mesh conforms. Dihedral
angles in cubes are 54.7, 70.5 and 90 degrees.

       7-------6
      /|      /|
     4-------5 |
     | 3-----|-2
     |/      |/
     0-------1
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesher.back_end import Tetrahedra
from nmc_mesh.mesher.sizes import Size, Sizes
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress

EVEN = ((0, 2, 7, 5), (0, 1, 2, 5), (0, 2, 3, 7), (0, 5, 7, 4), (2, 7, 5, 6))
ODD = ((1, 3, 4, 6), (0, 1, 3, 4), (1, 2, 3, 6), (1, 6, 4, 5), (3, 4, 6, 7))
"""Corners of a voxel, in VTK order, of its tetrahedra; which of the two is i + j + k modulo 2."""


def check_unsmoothed(
    source: Particle | LabelImage, size: Size | None, outer: float | None, growth: float, ours: bool
) -> None:
    """Refuse what a mesh of the voxels themselves cannot have.

    Raises
    ------
    InputError
        If the source is no image, a size is asked for or another mesher (``ours`` is false).
    """
    if not isinstance(source, LabelImage):
        raise InputError("a particle has no voxels to keep: smooth=0 is for label images")
    if size is not None or outer is not None or growth != 0:
        raise InputError(
            "smooth=0 makes cells of the voxels: leave out sizes, or resample the image"
        )
    if not ours:
        raise InputError("smooth=0 is a way of our mesher: leave out the other one")


def voxel_tetrahedra(source: Particle | LabelImage, sizes: Sizes, progress: Progress) -> Tetrahedra:
    """Split every voxel of an image that has a label above 0; a mesher back end.

    Boundaries are faces of voxels, volumes those of voxels. Voxels of a label that touch in an edge
    or a corner alone share its vertices there.
    """
    assert isinstance(source, LabelImage)
    progress("cleave", 0.0)
    cubes = voxel_mesh(source, keep_voids=True)
    parity = np.argwhere(source.labels > 0).sum(axis=1) % 2
    corners = np.array([EVEN, ODD])[parity]
    cells = np.take_along_axis(cubes.cells[:, None, :], corners, axis=2).reshape(-1, 4)
    progress("cleave", 1.0)
    facts = {"size": float(source.spacing.max()), "mesher": "voxels"}
    return Tetrahedra(cubes.points, cells, np.repeat(cubes.labels, 5), facts)
