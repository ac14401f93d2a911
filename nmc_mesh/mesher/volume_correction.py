"""Volumes of a label image kept: one constant per label moves its boundary by a little.

Smoothed indicators pull curved boundaries in, and flat triangles cut corners besides. With V_l the
volume of the voxels, A_l the area of the boundary and v_l the volume of the mesh, the constant of
label l changes by (V_l - v_l) / (A_l dx/dc), where dx/dc = 3/4 h is what a flat boundary moves per
unit (F_A - F_B has the slope 4 / (3 h) there, h the voxel's edge). A few
cleavings bring most labels within ``CLOSE``. Ours; the paper has no meshes.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import Soup, cleave_field
from nmc_mesh.mesher.components import cell_volumes, face_areas
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import TOUCH_UP, improve
from nmc_mesh.numerics.functions import power
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Floats

TURNS = 4
CLOSE = 0.005
MOST = 0.25
DAMPING = 0.75


def next_offsets(field: Field, soup: Soup, wanted: Floats) -> tuple[Floats, float]:
    """Return better constants of all labels, and the largest relative error of a volume now.

    ``wanted`` holds the volume of every label in um^3, shape (labels + 1,); entry 0 is not used.
    """
    names = len(wanted)
    labels = np.maximum(soup.labels, 0)
    volumes = np.bincount(labels, weights=cell_volumes(soup.points, soup.cells), minlength=names)
    across = neighbours(soup.cells, len(soup.points))
    parted = (across >= 0) & (soup.labels[across] != soup.labels[:, None])
    parted &= soup.labels[across] >= 0  # the faces of an image's box stay where they are
    bordering = np.flatnonzero(parted.any(axis=1))
    areas = np.where(parted[bordering], face_areas(soup.points, soup.cells[bordering]), 0.0).sum(
        axis=1
    )
    area = np.bincount(labels[bordering], weights=areas, minlength=names)
    there = (wanted > 0) & (area > 0)
    there[0] = False
    change = np.zeros(names)
    move = 0.75 * float(power(np.prod(field.step), 1 / 3))
    change[there] = DAMPING * (wanted[there] - volumes[there]) / (area[there] * move)
    errors = np.abs(volumes[there] / wanted[there] - 1.0)
    offsets: Floats = np.clip(field.offset + change, -MOST, MOST)
    return offsets, float(errors.max()) if len(errors) else 0.0


def cleave_with_volumes(
    field: Field,
    lower: Floats,
    upper: Floats,
    a: float,
    wanted: Floats,
    report: Progress,
    fitted: bool = False,
) -> tuple[Field, Soup]:
    """Cleave, correct the constants by the volumes that came out, and cleave again."""
    soup = cleave_field(field, lower, upper, a, report, fitted)
    for _ in range(TURNS - 1):
        offsets, error = next_offsets(field, soup, wanted)
        if error < CLOSE:
            break
        field = field._replace(offset=offsets)
        soup = cleave_field(field, lower, upper, a, report, fitted)
    return field, soup


def restore_volumes(field: Field, soup: Soup, a: float, wanted: Floats, report: Progress) -> Soup:
    """Give the improved mesh its volumes back: move its boundaries by a little, twice at most."""
    for _ in range(2):
        offsets, error = next_offsets(field, soup, wanted)
        if error < CLOSE:
            break
        field = field._replace(offset=offsets)
        soup = improve(field, soup, a, report, TOUCH_UP)
    return soup
