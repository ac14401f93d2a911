"""The functions the mesher reads: one F_l(x) per label, the smallest wins; exact or from an image.

Exact particle: F_l(x) = (x - s_l)^T M_l (x - s_l) - r_l for a kept grain l >= 1, and likewise for
each seed that did not stay, under a label of its own below 0: so the creases of the outer surface,
where two cells outside meet a grain, are triple lines and come out sharp.

Label image: F_l(x) = -w_l sum_v B(x - v) [label(v) = l] with B the tensor-product cubic B-spline
over the voxel grid (support four voxels per axis), so F_l is twice differentiable and a straight
boundary stays where it is, where the weights w_l are 1. They make up for what smoothing takes from
curved ones, and being factors they do so without giving a label ground that it is not near. Beyond
the image its border goes on, or, where it is one period of a tiling, its translates stand; label 0
is outside as anywhere.

Domain boundary: where a particle is clipped at its shell, and where an image cuts its grains off,
outside begins there, whatever grain wins. The shell is the domain boundary -1; the faces of an
image's box are the domain boundaries -1 (lower x), -2 (upper x), ... -6 (upper z). With d(x) = 0 on
one, d > 0 beyond it, and F_A the function of the grain A that a place is compared with,

    F_out(x) = F_A(x) - s d(x),

so F_A = F_out is the domain boundary itself; see ``_core/src/mesher/domain_boundary.hpp``. The
slope s makes F_A - F_out about as steep as F_A - F_B.

Domain: around a particle in a box or a sphere of electrolyte the cells of seeds that did not stay
are labels too, from that of the electrolyte up, one each while the mesh is made: so creases come
out sharp as without a domain. The domain ends at its domain boundaries, the six faces of a box or
the sphere -1. Farther from the particle than its box, no grain is a candidate: the diagram holds
near it only.

Coating: the cells of seeds that did not stay are the coating's where k(x) <= 0, one label each
while the mesh is made, from ``coating`` on; elsewhere they are the one label ``beyond``, -1 or the
electrolyte: see ``_core/src/mesher/coated_field.hpp``. A particle that is cut off by its shell has
no such seeds; there F(x) = min_l F_l(x) - s d(x) over the grains stands for them, one label, the
coating's or the electrolyte's: see ``_core/src/mesher/shelled_field.hpp``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry.candidates import Candidates, candidates
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.radius_table import RadiusTable, radius_table
from nmc_mesh.numerics.functions import power
from nmc_mesh.particle.coating import NO_LAYER, Layer
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Floats, Ints, Longs

EXACT, IMAGE, CLIPPED, IN_DOMAIN, COATED, SHELLED, TILED = 0, 1, 2, 3, 4, 8, 16
"""Kinds of fields: a particle of whole grains, a label image, a particle cut off by its shell, a
particle in a box or a sphere of electrolyte; to the last or to 0 COATED is added where the particle
has a coating, SHELLED where something is around one that is cut off by its shell. TILED: an image
whose translates fill space."""

NO_SHELL = RadiusTable(np.zeros((1, 4, 4)), np.zeros(2))


class Field(NamedTuple):
    """Arrays behind F_l, in one shape for all kinds: what the core reads."""

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
    weight: Floats
    """Image: w_l of every label, (labels + 1,), such that volumes come out right.

    In a domain: lower and upper corner of its box, (6,), or the radius of its sphere, (1,).
    """
    slope: float
    """s at a domain boundary, in units of F per um."""
    shell: RadiusTable
    """Clipped: the shell."""
    layer: Layer = NO_LAYER
    """Coated: k(x), um."""
    coating: int = 0
    """First label of the cells outside, where a coating or a domain fills them. Shelled: the label
    around."""
    beyond: int = 0
    """Coated: label of what is outside the coating."""

    @property
    def clipped(self) -> bool:
        """Whether this ends at a shell, a particle's or a sphere around it."""
        return self.kind == CLIPPED or (self.in_domain and len(self.weight) == 1)

    @property
    def shelled(self) -> bool:
        """Whether this has something around a particle that is cut off by its shell."""
        return bool(self.kind & SHELLED)

    @property
    def boxed(self) -> bool:
        """Whether this ends at the box of a domain."""
        return self.in_domain and len(self.weight) > 1

    @property
    def in_domain(self) -> bool:
        """Whether this is a particle's in a domain."""
        return self.kind & ~(COATED | SHELLED) == IN_DOMAIN


def exact_field(
    particle: Particle, lower: Floats, upper: Floats, size: float, slack: float = 0.0
) -> Field:
    """Build the field of a particle on a box.

    ``lower`` and ``upper`` are the corners of the box in um, shape (3,);
    ``size`` is the mesh's edge in um. With ``slack`` (um) the candidates of a box hold those of its
    surroundings too.
    """
    filled = particle.n_labels > len(particle.kept)
    if filled and particle.surface == "grains":
        return _filled_field(particle, lower, upper, size, slack)
    field = diagram_field(particle.tessellation, particle.kept, lower, upper, size, slack)
    field = field._replace(slope=_slope(particle))
    if particle.surface != "shell":
        return field
    field = field._replace(shell=radius_table(particle.shell))
    if not filled:
        return field._replace(kind=CLIPPED)
    # What is around has no seeds: the row that is +inf stands for it.
    seeds = [*field.seed_of, *[field.seed_of[0]] * (particle.n_labels - len(particle.kept))]
    seed_of = np.array(seeds, dtype=np.int32)
    field = field._replace(kind=SHELLED, seed_of=seed_of, coating=particle.n_labels)
    return _with_surroundings(field, particle)


def _with_surroundings(field: Field, particle: Particle) -> Field:
    """The field of a particle's labels with its domain and its coating.

    Electrolyte around a coating is the label before that of the coating's cells.
    """
    domain = particle.domain
    if domain is not None:
        ends = np.concatenate(domain.bounds)
        numbers = ends if domain.shape == "box" else ends[3:4]
        field = field._replace(kind=field.kind + IN_DOMAIN, weight=numbers)
    if particle.coating is None:
        return field
    beyond = -1 if domain is None else len(particle.kept) + 1
    first = len(particle.kept) + 1 + (domain is not None)
    kind, layer = field.kind + COATED, particle.layer.meshed
    return field._replace(kind=kind, layer=layer, coating=first, beyond=beyond)


def _slope(particle: Particle) -> float:
    """Slope of functions where the labels of a particle end, in units of F per um."""
    trace = float(np.trace(particle.tessellation.matrices, axis1=1, axis2=2).mean())
    return 2.0 * trace / 3.0 * particle.grain_size


def diagram_field(
    gbpd: GBPD, kept: Ints, lower: Floats, upper: Floats, size: float, slack: float = 0.0
) -> Field:
    """Build the field of a diagram on a box: label l is the cell of the seed ``kept[l - 1]``.

    The cells of all other seeds are outside; lengths as for `exact_field`.
    """
    keeps = np.zeros(len(gbpd), dtype=np.bool_)
    keeps[kept] = True
    outside = np.flatnonzero(~keeps)
    label_of = np.empty(len(gbpd), dtype=np.int32)
    label_of[kept] = np.arange(1, len(kept) + 1)
    label_of[outside] = -np.arange(1, len(outside) + 1)
    # q = -r with r = -inf: +inf everywhere, so nothing is ever put on label 0.
    nowhere = np.array([[0.0] * 9 + [-np.inf]])
    seed_of = np.concatenate([[len(gbpd)], kept, outside[::-1]]).astype(np.int32)
    boxes = candidates(gbpd, lower, upper, 4.0 * size, slack)
    return Field(
        EXACT,
        np.concatenate([gbpd.rows, nowhere]),
        seed_of,
        label_of,
        np.asarray(boxes.lower, dtype=np.float64),
        np.full(3, float(boxes.box)),
        np.asarray(boxes.shape, dtype=np.int64),
        np.asarray(boxes.start, dtype=np.int64),
        np.asarray(boxes.seeds, dtype=np.int32),
        np.zeros(1),
        0.0,
        NO_SHELL,
    )


def _filled_field(
    particle: Particle, lower: Floats, upper: Floats, size: float, slack: float
) -> Field:
    """Build the field of a particle whose cells outside are filled: by a coating, in a domain."""
    gbpd, domain = particle.tessellation, particle.domain
    kept = len(particle.kept)
    # Electrolyte that a coating parts from the particle is one label; else each cell outside is.
    first = kept + 1 + (domain is not None and particle.coating is not None)
    keeps = np.zeros(len(gbpd), dtype=np.bool_)
    keeps[particle.kept] = True
    outside = np.flatnonzero(~keeps)
    label_of = np.empty(len(gbpd), dtype=np.int32)
    label_of[particle.kept] = np.arange(1, kept + 1)
    label_of[outside] = np.arange(first, first + len(outside))
    boxes = candidates(gbpd, lower, upper, 4.0 * size, slack)
    start, near = _without_grains(particle, boxes, label_of <= kept, int(outside[0]))
    between = [len(gbpd)] * (first - kept - 1)
    field = Field(
        EXACT,
        np.concatenate([gbpd.rows, np.array([[0.0] * 9 + [-np.inf]])]),
        np.concatenate([[len(gbpd)], particle.kept, between, outside]).astype(np.int32),
        label_of,
        np.asarray(boxes.lower, dtype=np.float64),
        np.full(3, float(boxes.box)),
        np.asarray(boxes.shape, dtype=np.int64),
        start,
        near,
        np.zeros(1),
        _slope(particle),
        NO_SHELL,
        coating=first,
    )
    return _with_surroundings(field, particle)


def _without_grains(
    particle: Particle, boxes: Candidates, grain: Bools, spare: int
) -> tuple[Longs, Ints]:
    """Lists of candidates, without grains where a box lies outside the box of the particle."""
    shape = np.asarray(boxes.shape, dtype=np.int64)
    low, high = particle.grain_bounds()
    far = np.zeros(tuple(shape), dtype=np.bool_)
    for axis in range(3):
        edge = boxes.lower[axis] + boxes.box * np.arange(shape[axis] + 1)
        away = (edge[1:] < low[axis]) | (edge[:-1] > high[axis])
        far |= away.reshape([-1 if k == axis else 1 for k in range(3)])
    counts = np.diff(boxes.start)
    owner = np.repeat(np.arange(len(counts)), counts)
    kept = ~(far.ravel()[owner] & grain[boxes.seeds])
    left = np.bincount(owner[kept], minlength=len(counts))
    bare = np.flatnonzero(left == 0)  # only grains were there: any cell outside will do
    near = np.concatenate([boxes.seeds[kept], np.full(len(bare), spare)])
    order = np.argsort(np.concatenate([owner[kept], bare]), kind="stable")
    left[bare] = 1
    start = np.concatenate([[0], np.cumsum(left)]).astype(np.int64)
    return start, near[order].astype(np.int32)


def image_field(image: LabelImage, tiled: bool = False) -> Field:
    """Build the field of a label image in three dimensions; ``tiled``, its translates go on."""
    top = int(image.labels.max())
    return Field(
        TILED if tiled else IMAGE,
        np.zeros((1, 10)),
        np.zeros(top + 1, dtype=np.int32),
        np.zeros(1, dtype=np.int32),
        np.array(image.origin),
        np.array(image.spacing),
        np.array(image.labels.shape, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.array(image.labels).ravel(),
        np.ones(top + 1),
        4.0 / (3.0 * float(power(np.prod(image.spacing), 1 / 3))),
        NO_SHELL,
    )
