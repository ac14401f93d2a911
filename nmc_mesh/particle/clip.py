"""Particles cut off at their shell: which grains reach into it, and labels of voxels inside it.

A grain that barely reaches into the shell would be a chip thinner than any mesh. So grains with
less than 1/64 of a mean grain's volume inside leave it to their neighbours, which are those of the
diagram without them: shell and grains stay exact, and every point inside the shell has a grain.
Ours; the paper keeps whole grains.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.radius_table import RadiusTable, inside, radius_table
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.box import shell_box
from nmc_mesh.typing import Floats, Ints

_PLANES = 64


def reaching_grains(gbpd: GBPD, shell: StarShape, spacing: float, least: int) -> Ints:
    """Return the seeds with at least ``least`` voxels inside the shell, ascending, int32.

    Parameters
    ----------
    gbpd, shell
        As for `kept_grains`.
    spacing
        Edge length in um of the voxels that are counted, at their centres.
    least
        Number of voxels.
    """
    lower, upper = shell_box(shell)
    shape = np.ceil((upper - lower) / spacing).astype(np.int64)
    table = radius_table(shell)
    voxels = np.zeros(len(gbpd), dtype=np.int64)
    for first in range(0, int(shape[0]), _PLANES):
        origin = lower + 0.5 * spacing
        origin[0] += first * spacing
        planes = min(_PLANES, int(shape[0]) - first)
        labels = labels_on_grid(gbpd, origin, spacing, (planes, int(shape[1]), int(shape[2])))
        clip_labels(shell, table, origin, spacing, labels, -1)
        voxels += np.bincount(labels.ravel() + 1, minlength=len(gbpd) + 1)[1:]
    found = np.flatnonzero(voxels >= least).astype(np.int32)
    if len(found) == 0:
        raise InputError(f"no grain has {least} voxels of {spacing:g} um inside the shell")
    return found


def clip_labels(
    shell: StarShape,
    table: RadiusTable,
    origin: Floats,
    spacing: float,
    labels: Ints,
    outside: int,
) -> None:
    """Give the voxels whose centres lie outside the shell the label ``outside``, in place.

    Parameters
    ----------
    shell, table
        The shell and its table.
    origin, spacing
        Centre of voxel (0, 0, 0) and edge length of a voxel, um.
    labels
        Shape (nx, ny, nz).
    outside
        What stands outside.
    """
    y, z = (origin[k] + spacing * np.arange(labels.shape[k]) for k in (1, 2))
    points = np.empty((*labels.shape[1:], 3))
    points[..., 1], points[..., 2] = np.meshgrid(y, z, indexing="ij")
    for i, plane in enumerate(labels):
        points[..., 0] = origin[0] + spacing * i
        plane[~inside(shell, table, points.reshape(-1, 3)).reshape(plane.shape)] = outside
