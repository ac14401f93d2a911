"""The functions the mesher reads: one F_l(x) per label, the smallest wins; exact or from an image.

Exact particle: F_l(x) = (x - s_l)^T M_l (x - s_l) - r_l for a kept grain l >= 1, and likewise for
each seed that did not stay, under a label of its own below 0: so the creases of the outer surface,
where two cells outside meet a grain, are triple lines and come out sharp.

Label image: F_l(x) = -sum_v B(x - v) [label(v) = l] with B the tensor-product cubic B-spline over
the voxel grid (support four voxels per axis), so F_l is twice differentiable and a straight
boundary stays where it is, less one constant per label that makes up for what smoothing takes from
curved ones. Beyond the image its border goes on, and label 0 is outside as anywhere.

Walls: where a particle is clipped at its shell, and where an image cuts its grains off, outside
begins at a wall, not where another label wins. See ``walls``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry.candidates import Candidates, candidates
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.radius_table import RadiusTable, bspline, radius_table
from nmc_mesh.kernel import inline, kernel, lean
from nmc_mesh.mesh.walls import CLIPPED, EXACT, IMAGE, beyond, beyond_shell, nearest_wall, wide
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints, Longs

MANY = 64
SUPPORT = 4
NO_SHELL = RadiusTable(np.zeros((1, 4, 4)), np.zeros(2))


class Field(NamedTuple):
    """Arrays behind F_l, in one shape for all kinds so that kernels are compiled once."""

    kind: int
    rows: Floats
    """Exact: quadrics (n + 1, 10); the last one is +inf everywhere."""
    seed_of: Ints
    """Exact: row of every label, (1 + n,): entry l of grain l, entry -k of outside cell -k.

    Label 0, what a dropped grain leaves behind, has the row that is +inf: nothing is put on it.
    """
    label_of: Ints
    """Exact: label of every row, (n,): grains from 1 up, cells outside from -1 down."""
    lower: Floats
    """Corner of the candidate boxes, or centre of voxel (0, 0, 0)."""
    step: Floats
    """Edge of a candidate box, or voxel spacing, (3,)."""
    shape: Longs
    """Number of boxes or voxels per axis, (3,)."""
    start: Longs
    """Exact: first candidate of every box."""
    near: Ints
    """Exact: candidate rows; image: labels in C order."""
    support: int
    """Image: voxels per axis that a place reads; a variable, lest the compiler unroll 64 times."""
    offset: Floats
    """Image: subtracted from F of every label, (labels + 1,), so that volumes come out right."""
    slope: float
    """s of walls, in units of F per um."""
    shell: RadiusTable
    """Clipped: the shell."""


def exact_field(
    particle: Particle, lower: Floats, upper: Floats, size: float, slack: float = 0.0
) -> Field:
    """Build the field of a particle on a box.

    ``lower`` and ``upper`` are the corners of the box in um, shape (3,);
    ``size`` is the mesh's edge in um. With ``slack`` (um) the candidates of a box hold those of its
    surroundings too.
    """
    gbpd = particle.tessellation
    kept = np.zeros(len(gbpd), dtype=np.bool_)
    kept[particle.kept] = True
    outside = np.flatnonzero(~kept)
    label_of = np.empty(len(gbpd), dtype=np.int32)
    label_of[particle.kept] = np.arange(1, len(particle.kept) + 1)
    label_of[outside] = -np.arange(1, len(outside) + 1)
    nowhere = np.array([[0.0] * 9 + [-np.inf]])
    seed_of = np.concatenate([[len(gbpd)], particle.kept, outside[::-1]]).astype(np.int32)
    found: Candidates = candidates(gbpd, lower, upper, 4.0 * size, slack)
    clipped = particle.surface == "shell"
    return Field(
        CLIPPED if clipped else EXACT,
        np.concatenate([gbpd.rows, nowhere]),
        seed_of,
        label_of,
        np.asarray(found.lower, dtype=np.float64),
        np.full(3, float(found.box)),
        np.asarray(found.shape, dtype=np.int64),
        np.asarray(found.start, dtype=np.int64),
        np.asarray(found.seeds, dtype=np.int32),
        SUPPORT,
        np.zeros(1),
        2.0 * float(np.trace(gbpd.matrices, axis1=1, axis2=2).mean()) / 3.0 * particle.grain_size,
        radius_table(particle.shell) if clipped else NO_SHELL,
    )


def image_field(image: LabelImage) -> Field:
    """Build the field of a label image in three dimensions."""
    top = int(image.labels.max())
    return Field(
        IMAGE,
        np.zeros((1, 10)),
        np.zeros(top + 1, dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array(image.origin),
        np.array(image.spacing),
        np.array(image.labels.shape, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.array(image.labels).ravel(),
        SUPPORT,
        np.zeros(top + 1),
        4.0 / (3.0 * float(np.prod(image.spacing)) ** (1 / 3)),
        NO_SHELL,
    )


@lean
def box_of(f: Field, x: float, y: float, z: float) -> int:
    """Return the candidate box that holds a point, or the nearest one."""
    i = min(max(int((x - f.lower[0]) / f.step[0]), 0), f.shape[0] - 1)
    j = min(max(int((y - f.lower[1]) / f.step[1]), 0), f.shape[1] - 1)
    k = min(max(int((z - f.lower[2]) / f.step[2]), 0), f.shape[2] - 1)
    return (i * f.shape[1] + j) * f.shape[2] + k


@lean
def _cost(rows: Floats, i: int, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    dx = x - rows[i, 0]
    dy = y - rows[i, 1]
    dz = z - rows[i, 2]
    gx = rows[i, 3] * dx + rows[i, 6] * dy + rows[i, 7] * dz
    gy = rows[i, 6] * dx + rows[i, 4] * dy + rows[i, 8] * dz
    gz = rows[i, 7] * dx + rows[i, 8] * dy + rows[i, 5] * dz
    return dx * gx + dy * gy + dz * gz - rows[i, 9], 2.0 * gx, 2.0 * gy, 2.0 * gz


@lean
def _image_value(
    f: Field, label: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    px = (x - f.lower[0]) / f.step[0]
    py = (y - f.lower[1]) / f.step[1]
    pz = (z - f.lower[2]) / f.step[2]
    i0, j0, k0 = int(np.floor(px)), int(np.floor(py)), int(np.floor(pz))
    total = gx = gy = gz = 0.0
    for a in range(f.support):
        i = min(max(i0 - 1 + a, 0), f.shape[0] - 1)
        wx, sx = bspline(px - i0, a)
        for b in range(f.support):
            j = min(max(j0 - 1 + b, 0), f.shape[1] - 1)
            wy, sy = bspline(py - j0, b)
            for c in range(f.support):
                k = min(max(k0 - 1 + c, 0), f.shape[2] - 1)
                here = f.near[(i * f.shape[1] + j) * f.shape[2] + k]
                if here == label:
                    wz, sz = bspline(pz - k0, c)
                    total -= wx * wy * wz
                    gx -= sx * wy * wz
                    gy -= wx * sy * wz
                    gz -= wx * wy * sz
    return total - f.offset[label], gx / f.step[0], gy / f.step[1], gz / f.step[2]


@kernel
def _image_best(f: Field, x: float, y: float, z: float) -> tuple[int, float]:
    px = (x - f.lower[0]) / f.step[0]
    py = (y - f.lower[1]) / f.step[1]
    pz = (z - f.lower[2]) / f.step[2]
    i0, j0, k0 = int(np.floor(px)), int(np.floor(py)), int(np.floor(pz))
    names = np.empty(MANY, dtype=np.int32)
    sums = np.empty(MANY, dtype=np.float64)
    count = 0
    for a in range(f.support):
        i = min(max(i0 - 1 + a, 0), f.shape[0] - 1)
        wx, _ = bspline(px - i0, a)
        for b in range(f.support):
            j = min(max(j0 - 1 + b, 0), f.shape[1] - 1)
            wy, _ = bspline(py - j0, b)
            for c in range(f.support):
                k = min(max(k0 - 1 + c, 0), f.shape[2] - 1)
                wz, _ = bspline(pz - k0, c)
                here = f.near[(i * f.shape[1] + j) * f.shape[2] + k]
                slot = 0
                while slot < count and names[slot] != here:
                    slot += 1
                if slot == count:
                    names[slot] = here
                    sums[slot] = f.offset[here]
                    count += 1
                sums[slot] += wx * wy * wz
    best = 0
    for slot in range(1, count):
        if sums[slot] > sums[best] or (sums[slot] == sums[best] and names[slot] < names[best]):
            best = slot
    return names[best], -sums[best]


@lean
def _other(
    f: Field, label: int, host: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    """F and its gradient where the label is not that of a cell of a tessellation."""
    q, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
    cell = label if label >= 0 else host
    if f.kind == IMAGE and cell >= 0:
        q, gx, gy, gz = _image_value(f, cell, x, y, z)
    elif cell > 0 or label == 0:
        q, gx, gy, gz = _cost(f.rows, f.seed_of[cell], x, y, z)
    if label < 0:
        d, dx, dy, dz = beyond(f, label, x, y, z)
        q, gx = q - f.slope * d, gx - f.slope * dx
        gy, gz = gy - f.slope * dy, gz - f.slope * dz
    return q, gx, gy, gz


@inline
def value_gradient(
    f: Field, label: int, host: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    """Return F_label and its gradient at a point; ``host`` is a wall's grain, see ``walls``."""
    if f.kind == EXACT:
        found = _cost(f.rows, f.seed_of[label], x, y, z)
    else:
        found = _other(f, wide(label), wide(host), x, y, z)
    return found


@inline
def value(f: Field, label: int, host: int, x: float, y: float, z: float) -> float:
    """Return F_label at a point; ``host`` is a wall's grain."""
    if f.kind == EXACT:
        found = _cost(f.rows, f.seed_of[label], x, y, z)
    else:
        found = _other(f, wide(label), wide(host), x, y, z)
    return found[0]


@lean
def best_cell(f: Field, x: float, y: float, z: float) -> tuple[int, float]:
    """Do what ``best_label`` does, but see no walls."""
    if f.kind == IMAGE:
        return _image_best(f, x, y, z)
    best = np.inf
    label = 0
    box = box_of(f, x, y, z)
    for p in range(f.start[box], f.start[box + 1]):
        i = f.near[p]
        q = _cost(f.rows, i, x, y, z)[0]
        if q < best:
            best = q
            label = f.label_of[i]
    return label, best


@lean
def best_label(f: Field, x: float, y: float, z: float) -> tuple[int, float]:
    """Return the label with the smallest F at a point, and that F; ties to the first seed.

    Beyond a wall that is the wall, hosted by what has the smallest F of the others; beyond an image
    only where that is a grain.
    """
    label, best = best_cell(f, x, y, z)
    if f.kind == CLIPPED:
        d = beyond_shell(f, x, y, z)
        if d > 0.0:
            return -1, best - f.slope * d
    if f.kind == IMAGE and label > 0:
        wall, d = nearest_wall(f, x, y, z)
        if d > 0.0:
            return wall, best - f.slope * d
    return label, best
